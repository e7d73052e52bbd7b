package store_test

import (
	"slices"
	"testing"
	"time"

	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

// Payouts are found by the time they left, of the shops asked for only, with
// what they pay, however old that is.
func TestFactsByTheTimeOfThePayout(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		day := at("2026-11-18", "00:00")
		paidAt := func(b transactions.Settlement, at time.Time) transactions.Settlement {
			b.PaidAt = at
			return b
		}
		old := day.AddDate(0, 0, -40)
		put(t, s, []transactions.Transaction{
			sale(shopA, "T1", old, 100), sale(shopA, "T2", old, 200), sale(shopA, "T3", old, 300), sale(shopA, "T4", old, 400),
			sale(shopB, "T1", old, 900),
		}, []transactions.Settlement{
			paidAt(payout(shopA, "B1", "PAID", "T1", "T2"), day),
			paidAt(payout(shopA, "B2", "PAID", "T3"), day.Add(24*time.Hour-time.Millisecond)),
			paidAt(payout(shopA, "B3", "PAID", "T4"), day.Add(24*time.Hour)), // the next day
			payout(shopA, "B4", "WAITING"),
			paidAt(payout(shopB, "B1", "PAID", "T1"), day),
		})
		l := transactions.Lookup{MerchantNos: []string{shopA}, From: day, To: day.AddDate(0, 0, 1), PaidFrom: day, PaidTo: day.AddDate(0, 0, 1)}
		f := facts(t, s, l)
		var payouts []string
		for _, b := range f.Settlements {
			payouts = append(payouts, b.MerchantNo+" "+b.ID)
		}
		if want := []string{shopA + " B1", shopA + " B2"}; !slices.Equal(payouts, want) {
			t.Errorf("payouts %v, want %v", payouts, want)
		}
		if got, want := ids(f), []string{"T1", "T2", "T3"}; !slices.Equal(got, want) {
			t.Errorf("sales %v, want %v", got, want)
		}
		l.PaidFrom, l.PaidTo = time.Time{}, time.Time{}
		if f := facts(t, s, l); len(f.Settlements) > 0 || len(f.Transactions) > 0 {
			t.Errorf("not asked for: %+v", f)
		}
	})
}
