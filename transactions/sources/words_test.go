package sources_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
)

// A state that nobody knows is logged once a source and counted each time; the
// payout it is about is not told as what it was before, even when that was final.
func TestRouterNamesUnlistedStates(t *testing.T) {
	t.Parallel()
	strange := payout("", "B1", transactions.Unknown, "T1")
	strange.FailCode = "Z"
	said := sources.Rows{
		Transactions: []transactions.Transaction{sale("", "T1", 500000, "SUCCESS"), sale("", "T2", 88000, "SUCCESS")},
		Settlements:  []transactions.Settlement{strange, payout("", "B2", "PAID", "T2")}, AllPayouts: true, Unlisted: []string{"Z"},
	}
	r := &teller{rows: said}
	w := newWorld(t, lakala(r))
	var log bytes.Buffer
	counted := 0
	var err error
	w.Router, err = sources.NewRouter(sources.RouterDeps{
		Ledger: w.store, Sources: []sources.Source{lakala(r)}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Now: func() time.Time { return w.now }, Random: func() float64 { return 0 },
		Observe: sources.Observer{Unlisted: func(_ string, n int) { counted += n }},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.file(t, []transactions.Transaction{sale("M1", "T1", 500000, "SUCCESS")}, []transactions.Settlement{payout("M1", "B1", "PAID", "T1")})
	for range 3 {
		for _, s := range w.facts(t, "M1").Settlements {
			if s.ID == "B1" && (s.State != transactions.Unknown || s.FailCode != "Z") || s.ID == "B2" && s.State != transactions.Paid {
				t.Errorf("%+v", s)
			}
		}
		w.now = w.now.Add(time.Minute)
	}
	f, err := w.store.Facts(t.Context(), lookup("M1"))
	if err != nil || f.Settlements[0].State != transactions.Paid {
		t.Errorf("the final state of the ledger went back: %v %+v", err, f.Settlements)
	}
	if n := strings.Count(log.String(), "does not list"); n != 1 || counted != 3 || !strings.Contains(log.String(), "state=Z") || strings.Contains(log.String(), "M1") {
		t.Errorf("%d lines, %d counted\n%s", n, counted, log.String())
	}
	for i := range 100 {
		r.mu.Lock()
		r.rows.Unlisted = []string{fmt.Sprintf("NEW%d", i)}
		r.mu.Unlock()
		w.now = w.now.Add(time.Minute)
		w.facts(t, "M1")
	}
	if n := strings.Count(log.String(), "does not list"); n > 50 {
		t.Errorf("%d lines: the log is not bounded", n)
	}
}
