package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

// A bulk import takes many rows in one transaction, in key order and some at a
// time: rows of one key keep their order wherever they fall.
func TestBulkUpsertKeepsTheOrderOfAKey(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), "sqlite://"+t.TempDir()+"/b.db", store.Options{Now: fixed, Bulk: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const n = 1000 // the last key of the first thousand comes three times
	var rows []transactions.Transaction
	for i := n - 1; i >= 0; i-- { // against the order of keys
		rows = append(rows, sale(shopA, fmt.Sprintf("T%04d", i), fixed(), int64(i)))
	}
	last := rows[0].ID
	failed, voided := sale(shopA, last, fixed(), 5), sale(shopA, last, fixed(), 5)
	voided.State, failed.State = "VOIDED", "FAILED"
	rows = append(rows, voided, failed) // final: does not go back
	got := outcomes(t)(s.UpsertTransactions(t.Context(), nil, rows))
	for i, o := range got {
		want := store.Inserted
		switch i {
		case n:
			want = store.Updated
		case n + 1:
			want = store.Rejected
		}
		if o != want {
			t.Fatalf("row %d: %s, want %s", i, o, want)
		}
	}
	f := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}, Reference: last})
	for _, r := range f.Transactions {
		if r.ID == last && (r.State != "VOIDED" || r.AmountFen != 5) {
			t.Errorf("%+v", r)
		}
	}
	for i, o := range outcomes(t)(s.UpsertTransactions(t.Context(), nil, rows[1:n])) {
		if o != store.Unchanged {
			t.Fatalf("again, row %d: %s", i, o)
		}
	}
}

// Rows that did not change only become newer.
func TestUnchangedRowsAreSeenAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx, now := context.Background(), fixed()
		rows := []transactions.Transaction{sale(shopA, "T1", now, 1), sale(shopA, "T2", now, 2)}
		outcomes(t)(s.UpsertTransactions(ctx, nil, rows))
		later := now.Add(time.Hour)
		again := []transactions.Transaction{rows[0]}
		again[0].SeenAt = later
		wantList(t, outcomes(t)(s.UpsertTransactions(ctx, nil, again)), store.Unchanged)
		m := []transactions.Merchant{{MerchantNo: shopA, Name: "甲", SeenAt: now}}
		outcomes(t)(s.UpsertMerchants(ctx, []string{"merchant_no", "name"}, m))
		m[0].SeenAt = later
		wantList(t, outcomes(t)(s.UpsertMerchants(ctx, []string{"merchant_no", "name"}, m)), store.Unchanged)
		f := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}})
		for _, r := range f.Transactions {
			if want := map[string]time.Time{"T1": later, "T2": now}[r.ID]; !r.SeenAt.Equal(want) {
				t.Errorf("%s seen at %s, want %s", r.ID, r.SeenAt, want)
			}
		}
		if !f.Merchants[0].SeenAt.Equal(later) {
			t.Errorf("merchant seen at %s", f.Merchants[0].SeenAt)
		}
	})
}
