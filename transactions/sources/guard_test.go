package sources

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"daozhang/transactions"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// remote is a connector made of a function.
type remote func(ctx context.Context, q Query) (Rows, error)

func (f remote) Fetch(ctx context.Context, q Query) (Rows, error) { return f(ctx, q) }

func (f remote) Check(ctx context.Context) (Health, error) {
	_, err := f(ctx, Query{})
	return Health{}, err
}

// outcomes collects what an observer is told.
type outcomes struct {
	mu      sync.Mutex
	calls   []string
	circuit []string
}

func (o *outcomes) observer() Observer {
	return Observer{
		Call: func(_, outcome string, _ time.Duration) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.calls = append(o.calls, outcome)
		},
		Breaker: func(_, state string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.circuit = append(o.circuit, state)
		},
	}.orNone()
}

func (o *outcomes) all() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.calls, " ") + "|" + strings.Join(o.circuit, " ")
}

func guarded(c Connector, l Limits, o *outcomes) *guard {
	return newGuard("s", c, l.OrDefaults(), time.Now, func() float64 { return 0.5 }, o.observer())
}

var fault = &Error{Kind: KindDown, Retry: true}

func TestGuardTriesAgainAfterAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outcomes
		n := 0
		g := guarded(remote(func(context.Context, Query) (Rows, error) {
			if n++; n == 1 {
				return Rows{}, fault
			}
			return Rows{AllSales: true}, nil
		}), Limits{}, &o)
		began := time.Now()
		rows, e := g.fetch(t.Context(), Query{})
		if e != nil || !rows.AllSales || o.all() != "down ok|" {
			t.Errorf("%v %v %s", rows, e, o.all())
		}
		if d := time.Since(began); d != firstPause { // 0.5 + the random half
			t.Errorf("waited %s", d)
		}
	})
}

// The wait is spread, so that callers that failed together do not come back
// together.
func TestGuardSpreadsRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, r := range []float64{0, 0.25, 0.999} {
			n := 0
			g := newGuard("s", remote(func(context.Context, Query) (Rows, error) {
				if n++; n == 1 {
					return Rows{}, fault
				}
				return Rows{}, nil
			}), Limits{}.OrDefaults(), time.Now, func() float64 { return r }, Observer{}.orNone())
			began := time.Now()
			if _, e := g.fetch(t.Context(), Query{}); e != nil {
				t.Fatal(e)
			}
			if d, want := time.Since(began), time.Duration(float64(firstPause)*(0.5+r)); d != want {
				t.Errorf("with %v waited %s, want %s", r, d, want)
			}
		}
	})
}

func TestGuardTriesOnlyWhatMayHelp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"refused":   {&Error{Kind: KindRefused}, "refused|"},
		"garbage":   {Fail(KindGarbage, "", "x"), "garbage|"},
		"signature": {Fail(KindSignature, "", "x"), "signature|"},
		"down":      {fault, "down down|"},
		"foreign":   {errors.New("socket closed"), "down down|"},
		"half rows": {nil, "garbage|"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var o outcomes
				g := guarded(remote(func(context.Context, Query) (Rows, error) {
					if tc.err == nil {
						return Rows{Transactions: []transactions.Transaction{{ID: "T1"}}}, nil
					}
					return Rows{}, tc.err
				}), Limits{}, &o)
				if _, e := g.fetch(t.Context(), Query{}); e == nil || o.all() != tc.want {
					t.Errorf("%v %s", e, o.all())
				}
			})
		})
	}
}

func TestGuardEndsASlowCallInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outcomes
		g := guarded(remote(func(ctx context.Context, _ Query) (Rows, error) {
			<-ctx.Done()
			return Rows{}, ctx.Err()
		}), Limits{Timeout: time.Second}, &o)
		began := time.Now()
		_, e := g.fetch(t.Context(), Query{})
		if e == nil || e.Kind != KindTimeout || time.Since(began) != time.Second || o.all() != "timeout|" {
			t.Errorf("%v after %s: %s", e, time.Since(began), o.all())
		}
	})
}

func TestGuardOpensAndClosesTheCircuit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outcomes
		var asked atomic.Int64
		well := false
		g := guarded(remote(func(context.Context, Query) (Rows, error) {
			asked.Add(1)
			if well {
				return Rows{}, nil
			}
			return Rows{}, Fail(KindGarbage, "", "x")
		}), Limits{BreakerFailures: 3, BreakerOpen: 10 * time.Second}, &o)
		for range 5 {
			_, _ = g.fetch(t.Context(), Query{})
		}
		if asked.Load() != 3 || o.all() != "garbage garbage garbage busy busy|open" {
			t.Fatalf("%d calls: %s", asked.Load(), o.all())
		}
		time.Sleep(10*time.Second + time.Millisecond)
		_, _ = g.fetch(t.Context(), Query{}) // one may try
		well = true
		time.Sleep(10*time.Second + time.Millisecond)
		if _, e := g.fetch(t.Context(), Query{}); e != nil {
			t.Fatal(e)
		}
		if o.all() != "garbage garbage garbage busy busy garbage ok|open half-open open half-open closed" {
			t.Error(o.all())
		}
	})
}

// What concerns one merchant, and callers that gave up, leave the circuit shut.
func TestGuardDoesNotBlameTheSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outcomes
		g := guarded(remote(func(ctx context.Context, _ Query) (Rows, error) {
			if ctx.Err() != nil {
				return Rows{}, Classify(ctx, ctx.Err())
			}
			return Rows{}, &Error{Kind: KindRefused}
		}), Limits{BreakerFailures: 2}, &o)
		gone, giveUp := context.WithCancel(t.Context())
		giveUp()
		for range 4 {
			_, _ = g.fetch(t.Context(), Query{})
			_, e := g.once(gone, Query{})
			if !strings.Contains(e.Error(), "canceled") {
				t.Error(e)
			}
			_, _ = g.breaker.Execute(func() (Rows, error) { return g.once(gone, Query{}) })
		}
		if o.all() != "refused refused refused refused|" {
			t.Error(o.all())
		}
	})
}

// A slow source holds at most 2 × Concurrency callers; the next is refused at
// once, those who wait after half the budget.
func TestGuardBoundsWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outcomes
		var inside, most atomic.Int64
		g := guarded(remote(func(ctx context.Context, _ Query) (Rows, error) {
			n := inside.Add(1)
			defer inside.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			<-ctx.Done()
			return Rows{}, ctx.Err()
		}), Limits{Timeout: 2 * time.Second, Concurrency: 2, BreakerFailures: 100}, &o)
		var wg sync.WaitGroup
		var after []time.Duration
		var mu sync.Mutex
		began := time.Now()
		for range 6 {
			wg.Go(func() {
				_, _ = g.fetch(t.Context(), Query{})
				mu.Lock()
				defer mu.Unlock()
				after = append(after, time.Since(began))
			})
		}
		wg.Wait()
		want := []time.Duration{0, 0, time.Second, time.Second, 2 * time.Second, 2 * time.Second}
		for i, d := range want {
			if after[i] != d {
				t.Fatalf("they came back after %v, want %v", after, want)
			}
		}
		if most.Load() != 2 {
			t.Errorf("%d at a time", most.Load())
		}
	})
}

func TestGuardSurvivesAPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outcomes
		g := guarded(remote(func(context.Context, Query) (Rows, error) { panic("secret of a merchant") }), Limits{}, &o)
		_, e := g.fetch(t.Context(), Query{})
		if e == nil || e.Kind != KindGarbage || strings.Contains(e.Error(), "secret") {
			t.Errorf("%v", e)
		}
	})
}

func TestMemoryIsShortAndBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai)
	var m memory
	q := question{source: "s", merchantNo: "M1"}
	m.put(q, heard{at: now, until: now.Add(15 * time.Second)}, now)
	for _, tc := range []struct {
		at   time.Time
		want bool
	}{{now, true}, {now.Add(14 * time.Second), true}, {now.Add(15 * time.Second), false}, {now.Add(-time.Hour), false}} {
		if _, ok := m.get(q, tc.at); ok != tc.want {
			t.Errorf("at %s: %v", tc.at, ok)
		}
	}
	for i := range 3 * maxRemembered {
		m.put(question{from: int64(i)}, heard{at: now, until: now.Add(time.Minute)}, now)
		if len(m.all) > maxRemembered {
			t.Fatalf("%d answers are remembered", len(m.all))
		}
	}
	if _, ok := m.get(question{from: 3*maxRemembered - 1}, now); !ok {
		t.Error("the newest answer is forgotten")
	}
}
