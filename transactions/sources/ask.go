package sources

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"daozhang/transactions"
)

// perSource bounds the merchants of one look-up that ask one source at a time.
const perSource = 2

// reading is what of a look-up's time is left for the local ledger, which
// answers for the merchants that were asked when others took too long.
const reading = 100 * time.Millisecond

// lane is one source within one look-up.
type lane struct {
	places chan struct{}
	// down is why the source does not answer; who still waits is not sent to it.
	down atomic.Pointer[Error]
}

// ask makes the calls, those of different sources side by side. A failure ends
// what still runs for the same merchant, and what waits for the same source
// where that does not answer at all. It reports false when earlier answers
// served.
func (r *Router) ask(ctx context.Context, calls []*call) (asked bool) {
	ctx, cancel := sooner(ctx)
	defer cancel()
	lanes := map[*source]*lane{}
	type asking struct {
		ctx    context.Context //nolint:containedctx // of one merchant, for this call only
		giveUp context.CancelFunc
	}
	merchants := map[string]asking{}
	for _, c := range calls {
		if lanes[c.source] == nil {
			lanes[c.source] = &lane{places: make(chan struct{}, perSource)}
		}
		if no := c.query.Merchant.MerchantNo; merchants[no].ctx == nil {
			of, giveUp := context.WithCancel(ctx)
			defer giveUp()
			merchants[no] = asking{of, giveUp}
		}
	}
	var wg sync.WaitGroup
	for _, c := range calls {
		now := r.now()
		if h, ok := r.memory.get(c.key, now); ok {
			c.heard = h
			r.observe.Cached(c.source.Name)
			continue
		}
		asked = true
		of, l := merchants[c.query.Merchant.MerchantNo], lanes[c.source]
		wg.Go(func() {
			l.places <- struct{}{} // those ahead end with ctx
			defer func() { <-l.places }()
			if c.err = l.down.Load(); c.err == nil {
				c.err = r.one(of.ctx, c)
			}
			if c.err == nil {
				return
			}
			if ofSource(c.err.Kind) {
				l.down.Store(c.err)
			}
			of.giveUp()
		})
	}
	wg.Wait()
	return asked
}

// sooner ends before ctx does.
func sooner(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-min(reading, time.Until(end)/10)))
}

// ofSource reports a failure that says the same of every merchant.
func ofSource(k FailureKind) bool {
	return k == KindTimeout || k == KindDown || k == KindLimited || k == KindBusy
}

// failure is the error of the calls, nil without one; its Merchants are those
// that could not be asked. A call that was only cancelled for another's failure
// does not say why.
func failure(calls []*call) *transactions.UnavailableError {
	var first *call
	var unknown []string
	for _, c := range calls {
		if c.err == nil {
			continue
		}
		if first == nil || first.err.Kind == KindCanceled {
			first = c
		}
		if no := c.query.Merchant.MerchantNo; !slices.Contains(unknown, no) {
			unknown = append(unknown, no)
		}
	}
	if first == nil {
		return nil
	}
	u := first.err.unavailable(first.source.Name)
	u.Merchants = unknown
	return u
}
