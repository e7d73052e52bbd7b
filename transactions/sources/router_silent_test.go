package sources_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
)

// One shop's source fails: the others are answered, and the error names the one.
func TestRouterAnswersForTheShopsItCouldAsk(t *testing.T) {
	t.Parallel()
	for _, kind := range []sources.FailureKind{
		sources.KindTimeout, sources.KindDown, sources.KindGarbage, sources.KindSignature, sources.KindRefused, sources.KindLimited, sources.KindBusy,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			good := &teller{rows: sources.Rows{Transactions: []transactions.Transaction{sale("", "T2", 88000, "SUCCESS")}, AllSales: true, AllPayouts: true}}
			w := newWorld(t, lakala(&teller{err: &sources.Error{Kind: kind}}), sources.Source{
				Name: "hf", Kind: "huifu", Connector: good, Route: sources.Route{Acquirers: []string{"汇付"}},
			})
			w.file(t, []transactions.Transaction{sale("M1", "T1", 500000, "SUCCESS"), sale("M3", "T3", 7700, "SUCCESS")}, nil)
			l := lookup("M1", "M2", "M3")
			l.TransactionIDs, l.Reference = []string{"T1"}, "T1"
			f, err := w.Facts(t.Context(), l)
			var u *transactions.UnavailableError
			if !errors.As(err, &u) || !slices.Equal(u.Merchants, []string{"M1"}) {
				t.Fatalf("%v", err)
			}
			if len(f.Merchants) != 3 || len(f.Transactions) != 2 || f.Transactions[0].ID == "T1" || f.Transactions[1].ID == "T1" {
				t.Errorf("%+v", f)
			}
			if !f.AgeOf("M2").Equal(w.now) {
				t.Errorf("M2 is of %s", f.AgeOf("M2"))
			}
		})
	}
}

// Nothing is left when every shop's source fails, or when the caller gave up.
func TestRouterWithoutAnyAnswer(t *testing.T) {
	t.Parallel()
	down := &teller{err: &sources.Error{Kind: sources.KindDown}}
	w := newWorld(t, sources.Source{Name: "all", Kind: "huifu", Connector: down})
	f, err := w.Facts(t.Context(), lookup("M1", "M2"))
	var u *transactions.UnavailableError
	if !errors.As(err, &u) || u.Merchants != nil || len(f.Merchants) != 2 || len(f.Transactions) != 0 {
		t.Errorf("%v %+v", err, f)
	}
	held := &teller{hold: make(chan struct{})}
	w = newWorld(t, lakala(held))
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		for held.calls() == 0 {
			time.Sleep(time.Millisecond)
		}
		stop()
	}()
	if f, err = w.Facts(ctx, lookup("M1", "M3")); !errors.As(err, &u) || u.Merchants != nil || len(f.Transactions) != 0 {
		t.Errorf("%v %+v", err, f)
	}
}

// A source that does not answer for one shop is not asked for the next ones of
// the same look-up; one that only refuses a shop is.
func TestRouterSparesASourceThatIsDown(t *testing.T) {
	t.Parallel()
	for kind, want := range map[sources.FailureKind]int{sources.KindLimited: 2, sources.KindRefused: 6} {
		down := &teller{err: &sources.Error{Kind: kind}}
		w := newWorld(t, sources.Source{Name: "all", Kind: "huifu", Connector: down})
		var nos []string
		for i := range 6 {
			nos = append(nos, "N"+string(rune('1'+i)))
			if _, err := w.store.UpsertMerchants(t.Context(), nil, []transactions.Merchant{{MerchantNo: nos[i]}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Facts(t.Context(), lookup(nos...)); err == nil || down.calls() > want || kind == sources.KindRefused && down.calls() != want {
			t.Errorf("%s: %d calls, %v", kind, down.calls(), err)
		}
	}
}

// What another shop's source told meanwhile is cached as ever, and a recovered
// source completes the answer.
func TestRouterAsksASilentShopAgain(t *testing.T) {
	t.Parallel()
	lkl := &teller{err: &sources.Error{Kind: sources.KindDown}}
	good := &teller{rows: sources.Rows{Transactions: []transactions.Transaction{sale("", "T2", 88000, "SUCCESS")}, AllSales: true}}
	w := newWorld(t, lakala(lkl), sources.Source{Name: "hf", Kind: "huifu", Connector: good, Route: sources.Route{Acquirers: []string{"汇付"}}})
	if f, err := w.Facts(t.Context(), lookup("M1", "M2")); err == nil || len(f.Transactions) != 1 {
		t.Fatalf("%v %+v", err, f)
	}
	lkl.mu.Lock()
	lkl.err, lkl.rows = nil, sources.Rows{Transactions: []transactions.Transaction{sale("", "T1", 500000, "SUCCESS")}}
	lkl.mu.Unlock()
	if f := w.facts(t, "M1", "M2"); len(f.Transactions) != 2 || good.calls() != 1 {
		t.Errorf("%d calls, %+v", good.calls(), f.Transactions)
	}
}
