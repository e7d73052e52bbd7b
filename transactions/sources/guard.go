package sources

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Limits bound what one source may cost; a zero field is its default.
type Limits struct {
	// Timeout is the budget of one look-up at the source, waiting and retries
	// included: 2.5 s, because the engine gives a look-up 3 s.
	Timeout time.Duration
	// Attempts are the calls of one look-up at most: 2.
	Attempts int
	// Concurrency is how many look-ups ask the source at a time: 4. As many
	// again may wait; more are refused at once, so that a slow source never
	// holds all workers.
	Concurrency int
	// Cache is how long an answer stands for the same question: 15 s; negative:
	// never.
	Cache time.Duration
	// BreakerFailures in a row open the circuit: 5.
	BreakerFailures int
	// BreakerOpen is how long an open circuit refuses at once before one call
	// may try again: 10 s.
	BreakerOpen time.Duration
	// MaxDays bounds the span of one look-up, days: 92.
	MaxDays int
}

// OrDefaults fills zero fields.
func (l Limits) OrDefaults() Limits {
	def := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	num := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&l.Timeout, 2500*time.Millisecond)
	def(&l.Cache, 15*time.Second)
	def(&l.BreakerOpen, 10*time.Second)
	num(&l.Attempts, 2)
	num(&l.Concurrency, 4)
	num(&l.BreakerFailures, 5)
	num(&l.MaxDays, 92)
	return l
}

// Observer is told what sources do; a nil field is not called. Names come from
// the configuration, never from an answer.
type Observer struct {
	// Call: one call ended. outcome is ok or a FailureKind.
	Call func(source, outcome string, took time.Duration)
	// Cached: a look-up was answered without a call.
	Cached func(source string)
	// Breaker: the circuit changed to closed, half-open or open.
	Breaker func(source, state string)
	// Foreign: rows of other merchants were dropped.
	Foreign func(source string, rows int)
	// Unlisted: an answer held words for a state that the connector does not
	// know.
	Unlisted func(source string, words int)
}

func (o Observer) orNone() Observer {
	if o.Call == nil {
		o.Call = func(string, string, time.Duration) {}
	}
	if o.Cached == nil {
		o.Cached = func(string) {}
	}
	if o.Breaker == nil {
		o.Breaker = func(string, string) {}
	}
	if o.Foreign == nil {
		o.Foreign = func(string, int) {}
	}
	if o.Unlisted == nil {
		o.Unlisted = func(string, int) {}
	}
	return o
}

// firstPause is the middle of the wait before the first retry; it doubles.
const firstPause = 100 * time.Millisecond

// guard keeps one connector within its limits.
type guard struct {
	name      string
	connector Connector
	limits    Limits
	slots     chan struct{}
	inside    atomic.Int64 // asking and waiting
	breaker   *gobreaker.CircuitBreaker[Rows]
	now       func() time.Time
	random    func() float64
	observe   Observer
}

func newGuard(name string, c Connector, l Limits, now func() time.Time, random func() float64, o Observer) *guard {
	g := &guard{name: name, connector: c, limits: l, slots: make(chan struct{}, l.Concurrency), now: now, random: random, observe: o}
	g.breaker = gobreaker.NewCircuitBreaker[Rows](gobreaker.Settings{
		Name: name, MaxRequests: 1, Timeout: l.BreakerOpen, Interval: time.Minute,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			if int(c.ConsecutiveFailures) >= l.BreakerFailures {
				return true
			}
			return c.Requests >= 20 && c.TotalFailures*2 >= c.Requests
		},
		OnStateChange: func(_ string, _, to gobreaker.State) { o.Breaker(name, to.String()) },
		// What the source says about one merchant or what the caller gave up
		// tells nothing of the source.
		IsExcluded: func(err error) bool {
			var e *Error
			return errors.As(err, &e) && (e.Kind == KindRefused || e.Kind == KindBusy || e.Kind == KindCanceled)
		},
	})
	return g
}

// fetch asks within the limits.
func (g *guard) fetch(ctx context.Context, q Query) (Rows, *Error) {
	ctx, cancel := context.WithTimeout(ctx, g.limits.Timeout)
	defer cancel()
	if e := g.enter(ctx); e != nil {
		g.observe.Call(g.name, string(e.Kind), 0)
		return Rows{}, e
	}
	defer g.leave()
	pause := firstPause
	for attempt := 1; ; attempt++ {
		began := g.now()
		rows, err := g.breaker.Execute(func() (Rows, error) { return g.once(ctx, q) })
		if err == nil {
			g.observe.Call(g.name, "ok", g.now().Sub(began))
			return rows, nil
		}
		e := g.judge(ctx, err)
		g.observe.Call(g.name, string(e.Kind), g.now().Sub(began))
		if !e.Retry || attempt >= g.limits.Attempts {
			return Rows{}, e
		}
		// Between half and one and a half of the pause, so that many callers do
		// not come back together.
		wait := time.NewTimer(time.Duration(float64(pause) * (0.5 + g.random())))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return Rows{}, e // what went wrong, not that time ran out
		}
		pause *= 2
	}
}

// enter takes a place among those who ask, waiting at most half the budget.
func (g *guard) enter(ctx context.Context) *Error {
	if g.inside.Add(1) > int64(2*g.limits.Concurrency) {
		g.inside.Add(-1)
		return &Error{Kind: KindBusy, Err: errors.New("too many look-ups wait for this source")}
	}
	wait, cancel := context.WithTimeout(ctx, g.limits.Timeout/2)
	defer cancel()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-wait.Done():
		g.inside.Add(-1)
		return &Error{Kind: KindBusy, Err: errors.New("no place among the look-ups of this source in time")}
	}
}

func (g *guard) leave() {
	<-g.slots
	g.inside.Add(-1)
}

// once calls the connector; a panic of it is garbage. The value of the panic
// may hold customer data and is not told.
func (g *guard) once(ctx context.Context, q Query) (rows Rows, err error) {
	defer func() {
		if p := recover(); p != nil {
			rows, err = Rows{}, &Error{Kind: KindGarbage, Err: fmt.Errorf("the connector panicked (%T)", p)}
		}
	}()
	rows, err = g.connector.Fetch(ctx, q)
	if err == nil {
		err = check(rows)
	}
	if err != nil {
		return Rows{}, Classify(ctx, err)
	}
	return rows, nil
}

// judge turns every error into an *Error.
func (g *guard) judge(ctx context.Context, err error) *Error {
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return &Error{Kind: KindBusy, Err: errors.New("the circuit is open after repeated failures")}
	}
	return Classify(ctx, err)
}

// check refuses rows that nothing can be said about: an answer with one of
// them is not the answer that was asked for.
func check(rows Rows) error {
	for i, t := range rows.Transactions {
		if t.ID == "" || t.Time.IsZero() || t.State == "" && t.RespCode == "" {
			return Fail(KindGarbage, "", "transaction %d of the answer lacks id, time or state", i+1)
		}
	}
	for i, s := range rows.Settlements {
		if s.ID == "" || s.State == "" {
			return Fail(KindGarbage, "", "payout %d of the answer lacks id or state", i+1)
		}
	}
	return nil
}
