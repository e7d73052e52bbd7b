package sources

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"daozhang/transactions"
)

// Ledger is the local ledger: it knows merchants, and keeps what sources tell.
type Ledger interface {
	transactions.Source
	// Absorb stores rows that a source told: an empty field keeps what is
	// stored, a final state does not go back (contract section 7), and open
	// promises about changed rows are woken. stale counts the rows refused for
	// their state.
	Absorb(ctx context.Context, t []transactions.Transaction, s []transactions.Settlement) (stale int, err error)
}

// Route tells which merchants a source is asked about. All lists empty: all
// merchants; else one agreement is enough.
type Route struct {
	Acquirers []string
	Brands    []string
	// Merchants are merchant numbers; "8221*" is every number that begins so.
	Merchants []string
	// MerchantMap gives the number of a merchant at the source where it is not
	// the ledger's: ledger's → source's.
	MerchantMap map[string]string
}

// covers reports whether the source is asked about the merchant.
func (r Route) covers(m transactions.Merchant) bool {
	if len(r.Acquirers)+len(r.Brands)+len(r.Merchants) == 0 {
		return true
	}
	if m.Acquirer != "" && slices.Contains(r.Acquirers, m.Acquirer) || m.Brand != "" && slices.Contains(r.Brands, m.Brand) {
		return true
	}
	return slices.ContainsFunc(r.Merchants, func(p string) bool {
		if prefix, open := strings.CutSuffix(p, "*"); open {
			return strings.HasPrefix(m.MerchantNo, prefix)
		}
		return p == m.MerchantNo
	})
}

// Source is one configured source.
type Source struct {
	Name      string // of the entry
	Kind      string // becomes Source of the rows
	Route     Route
	Limits    Limits
	Connector Connector
}

// RouterDeps are the parts of a Router.
type RouterDeps struct {
	Ledger  Ledger
	Sources []Source
	Observe Observer
	Log     *slog.Logger
	Now     func() time.Time
	// Random gives numbers in [0, 1) for the jitter of retries.
	Random func() float64
}

// Router answers look-ups from the local ledger after asking the sources of
// the merchants in question. It is safe for concurrent use.
type Router struct {
	ledger  Ledger
	sources []*source
	kinds   map[string]bool
	observe Observer
	log     *slog.Logger
	now     func() time.Time
	memory  memory
	words   words
}

type source struct {
	Source
	guard *guard
}

// NewRouter builds a Router.
func NewRouter(d RouterDeps) (*Router, error) {
	if d.Ledger == nil || d.Log == nil || d.Now == nil || d.Random == nil {
		return nil, errors.New("sources: Ledger, Log, Now and Random are required")
	}
	r := &Router{ledger: d.Ledger, observe: d.Observe.orNone(), log: d.Log, now: d.Now, kinds: map[string]bool{}}
	for _, s := range d.Sources {
		s.Limits = s.Limits.OrDefaults()
		r.observe.Breaker(s.Name, "closed")
		r.sources = append(r.sources, &source{s, newGuard(s.Name, s.Connector, s.Limits, d.Now, d.Random, r.observe)})
		r.kinds[s.Kind] = true
	}
	return r, nil
}

// Facts implements transactions.Source. The merchants' sources are asked
// first, what they say is kept in the local ledger, and the ledger answers. A
// source that cannot answer makes its merchant unavailable: rows that may be
// old are not told as if they were current. What is known of the other
// merchants is given beside the error, which names those that could not be
// asked (transactions.UnavailableError.Merchants).
func (r *Router) Facts(ctx context.Context, l transactions.Lookup) (transactions.Facts, error) {
	base, err := r.ledger.Facts(ctx, l)
	if err != nil {
		return base, err //nolint:wrapcheck // *transactions.UnavailableError already
	}
	calls := r.plan(l, base)
	if len(calls) == 0 {
		return base, nil
	}
	asked := r.ask(ctx, calls)
	failed, answered := failure(calls), l
	if failed != nil {
		answered.MerchantNos = slices.DeleteFunc(slices.Clone(l.MerchantNos), func(no string) bool { return slices.Contains(failed.Merchants, no) })
		known := func(m transactions.Merchant) bool { return slices.Contains(answered.MerchantNos, m.MerchantNo) }
		if ctx.Err() != nil || !slices.ContainsFunc(base.Merchants, known) {
			failed.Merchants = nil
			return transactions.Facts{Merchants: base.Merchants}, failed
		}
	}
	facts := base
	if asked { // the ledger has what was told
		if facts, err = r.ledger.Facts(ctx, answered); err != nil {
			return transactions.Facts{Merchants: base.Merchants}, err //nolint:wrapcheck // *transactions.UnavailableError already
		}
	}
	fold(&facts, r.kinds)
	doubt(&facts, calls)
	facts.AsOf, facts.Ages = ages(facts, answered, calls)
	facts.Truncated = facts.Truncated || slices.ContainsFunc(calls, func(c *call) bool { return c.heard.cut })
	if failed != nil {
		facts.Merchants = base.Merchants
		return facts, failed
	}
	return facts, nil
}

// call is one merchant to ask one source about.
type call struct {
	source *source
	query  Query
	key    question
	heard  heard
	err    *Error
}

// plan lists the calls of a look-up, in the order of merchants and sources.
// Only merchants of the look-up that the ledger knows are asked about.
func (r *Router) plan(l transactions.Lookup, base transactions.Facts) []*call {
	var calls []*call
	now := r.now().In(transactions.Shanghai)
	for _, m := range base.Merchants {
		if !slices.Contains(l.MerchantNos, m.MerchantNo) {
			continue
		}
		known, payouts := rowsOf(base, m.MerchantNo)
		for _, s := range r.sources {
			if !s.Route.covers(m) {
				continue
			}
			q := Query{
				Merchant: m, RemoteNo: cmp.Or(s.Route.MerchantMap[m.MerchantNo], m.MerchantNo), Now: now,
				Reference: strings.TrimSpace(l.Reference), Known: known, Payouts: payouts,
			}
			q.From, q.To = span(l, known, now, s.Limits.MaxDays)
			ids := slices.Clone(l.TransactionIDs)
			slices.Sort(ids)
			calls = append(calls, &call{source: s, query: q, key: question{
				source: s.Name, merchantNo: m.MerchantNo, from: q.From.UnixMilli(), to: q.To.UnixMilli(),
				reference: q.Reference, ids: strings.Join(ids, "\x00"),
			}})
		}
	}
	return calls
}

// span is the time to ask for: that of the look-up, widened to the rows spoken
// about earlier, and at most maxDays up to the end of today.
func span(l transactions.Lookup, known []transactions.Transaction, now time.Time, maxDays int) (from, to time.Time) {
	end := transactions.DateOf(now).AddDays(1).Start()
	from, to = l.From, l.To
	if to.IsZero() || to.After(end) {
		to = end
	}
	for _, t := range known {
		if !slices.Contains(l.TransactionIDs, t.ID) && (l.Reference == "" || !refersTo(t, l.Reference)) {
			continue
		}
		day := transactions.DateOf(t.Time)
		if start := day.Start(); start.Before(from) {
			from = start
		}
		if next := day.AddDays(1).Start(); next.After(to) {
			to = next
		}
	}
	if first := transactions.DateOf(to).AddDays(-maxDays).Start(); from.Before(first) {
		from = first
	}
	return from.In(transactions.Shanghai), to.In(transactions.Shanghai)
}

func refersTo(t transactions.Transaction, ref string) bool {
	ref = strings.TrimSpace(ref)
	return ref == t.ID || ref == t.RRN || ref == t.STAN || strings.EqualFold(ref, t.AuthCode)
}

func rowsOf(f transactions.Facts, merchantNo string) (t []transactions.Transaction, s []transactions.Settlement) {
	for _, row := range f.Transactions {
		if row.MerchantNo == merchantNo {
			t = append(t, row)
		}
	}
	for _, row := range f.Settlements {
		if row.MerchantNo == merchantNo {
			s = append(s, row)
		}
	}
	return t, s
}

// one asks one source about one merchant and keeps what it says.
func (r *Router) one(ctx context.Context, c *call) *Error {
	if ctx.Err() != nil {
		return Classify(ctx, ctx.Err())
	}
	rows, e := c.source.guard.fetch(ctx, c.query)
	if e != nil {
		r.log.Warn("a look-up source did not answer", slog.String("source", c.source.Name), slog.String("kind", string(e.Kind)), slog.Any("error", e))
		return e
	}
	now := r.now()
	foreign := own(&rows, c.query, c.source.Kind, now)
	if foreign > 0 {
		r.observe.Foreign(c.source.Name, foreign)
		r.log.Error("a look-up source returned rows of other merchants; they were dropped", slog.String("source", c.source.Name), slog.Int("rows", foreign))
	}
	if n := len(rows.Unlisted); n > 0 {
		r.observe.Unlisted(c.source.Name, n)
		for _, word := range r.words.news(c.source.Name, rows.Unlisted) {
			r.log.Warn("a look-up source told a state that its table does not list; the row counts as unknown and goes to a person", slog.String("source", c.source.Name), slog.String("state", word))
		}
	}
	adopt(&rows, c.query)
	link(&rows, c.query)
	stale, err := r.ledger.Absorb(ctx, rows.Transactions, rows.Settlements)
	if err != nil {
		r.log.Error("what a look-up source told could not be stored", slog.String("source", c.source.Name), slog.Any("error", err))
		return &Error{Kind: KindDown, Err: errors.New("the local ledger could not be written")}
	}
	if stale > 0 {
		r.log.Warn("a look-up source told states that are behind final ones; the final ones stay", slog.String("source", c.source.Name), slog.Int("rows", stale))
	}
	c.heard = listen(rows, now)
	if d := c.source.Limits.Cache; d > 0 {
		c.heard.until = now.Add(d)
		r.memory.put(c.key, c.heard, now)
	}
	return nil
}

// Close lets connectors that hold connections close them.
func (r *Router) Close() {
	for _, s := range r.sources {
		if c, ok := s.Connector.(interface{ Close() }); ok {
			c.Close()
		}
	}
}

// CheckConnector makes the check of a connector within a time limit.
func CheckConnector(ctx context.Context, c Connector, timeout time.Duration) (Health, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	h, err := c.Check(ctx)
	if err != nil {
		return h, Classify(ctx, err)
	}
	return h, nil
}
