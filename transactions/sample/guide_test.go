package sample_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
	"daozhang/transactions/sample"
)

// TestGuideIsAnsweredAsItSays asks every sentence of the guide through the
// parser, the stored ledger and the diagnosis, at ordinary times, at night, on
// holidays and at the ends of the calendar.
func TestGuideIsAnsweredAsItSays(t *testing.T) {
	t.Parallel()
	calendar := transactions.DefaultCalendar()
	parser := understand.New(understand.Vocabulary{})
	for _, at := range []string{
		"2026-11-18 16:00", "2026-11-22 00:05", "2026-11-22 00:30", "2026-11-23 09:10", "2026-11-20 23:59", "2026-02-14 13:00",
		"2026-02-18 12:00", "2026-10-05 20:00", "2026-12-31 10:00", "2026-01-01 08:00", "2026-03-01 05:30",
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			now, err := time.ParseInLocation("2006-01-02 15:04", at, transactions.Shanghai)
			if err != nil {
				t.Fatal(err)
			}
			l := sample.Generate(now, func(d transactions.Date) bool {
				work, _ := calendar.IsWorkday(d)
				return work
			})
			s := storetest.SQLite(t, func() time.Time { return now })
			keep(t, s, l)
			for _, e := range l.Guide() {
				ask(t, s, l, parser, calendar, now, e)
			}
		})
	}
}

func keep(t *testing.T, s *store.Store, l sample.Ledger) {
	t.Helper()
	ctx := context.Background()
	taken := func(results []store.RowResult, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if r.Outcome == store.Rejected {
				t.Fatalf("row %d: %s", i, r.Reason)
			}
		}
	}
	taken(s.UpsertMerchants(ctx, nil, l.Merchants))
	taken(s.UpsertTerminals(ctx, nil, l.Terminals))
	taken(s.UpsertTransactions(ctx, nil, l.Transactions))
	taken(s.UpsertSettlements(ctx, nil, l.Settlements))
}

func ask(t *testing.T, s *store.Store, l sample.Ledger, parser *understand.Parser, calendar *transactions.Calendar, now time.Time, e sample.Example) {
	t.Helper()
	q := parser.Parse(e.Say, understand.Context{}, now)
	// Three causes are the policy's, before any look-up.
	switch e.Cause {
	case "NOT_BOUND":
		return
	case "FRAUD_SUSPECTED":
		if !slices.Contains(q.Intents, understand.Fraud) {
			t.Errorf("%q: intents %v", e.Say, q.Intents)
		}
		return
	case "POLICY":
		if !slices.Contains(q.Intents, understand.Cashout) {
			t.Errorf("%q: intents %v", e.Say, q.Intents)
		}
		return
	}
	facts, err := s.Facts(context.Background(), diagnose.Lookup(q, nil, []string{e.MerchantNo}, now))
	if err != nil {
		t.Fatal(err)
	}
	r := diagnose.Resolve(diagnose.Input{Query: q, Facts: facts, Now: now, Calendar: calendar, Notices: l.Notices})
	if string(r.Cause) != e.Cause {
		t.Errorf("%q: %s, want %s", e.Say, r.Cause, e.Cause)
	}
	if e.Transactions != nil && !cmp.Equal(r.Transactions, e.Transactions) {
		t.Errorf("%q: %s about %v, want %v", e.Say, r.Cause, r.Transactions, e.Transactions)
	}
}
