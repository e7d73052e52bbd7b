package sources_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"daozhang/store"
	"daozhang/transactions"
	"daozhang/transactions/sources"
)

// BenchmarkLookup is what the router adds to a call: reading, keeping and
// reading again 300 sales and 30 payouts of a merchant on an embedded database
// on disk. cached is the same without a call.
func BenchmarkLookup(b *testing.B) {
	for name, step := range map[string]time.Duration{"asked": time.Minute, "cached": 0} {
		b.Run(name, func(b *testing.B) {
			now := at("2026-11-18 16:00")
			clock := func() time.Time { return now }
			s, err := store.Open(b.Context(), "sqlite://"+b.TempDir()+"/x.db", store.Options{Now: clock})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			if _, err := s.UpsertMerchants(b.Context(), nil, []transactions.Merchant{{MerchantNo: "M1"}}); err != nil {
				b.Fatal(err)
			}
			var rows sources.Rows
			for i := range 300 {
				row := sale("", fmt.Sprintf("T%d", i), int64(100+i), "SUCCESS")
				row.Time = at("2026-11-11 08:00").Add(time.Duration(i) * 20 * time.Minute)
				rows.Transactions = append(rows.Transactions, row)
				if i%10 == 0 {
					rows.Settlements = append(rows.Settlements, payout("", fmt.Sprintf("B%d", i), "PAID", row.ID))
				}
			}
			rows.AllSales, rows.AllPayouts = true, true
			r, err := sources.NewRouter(sources.RouterDeps{
				Ledger: s, Log: slog.New(slog.DiscardHandler), Now: clock, Random: func() float64 { return 0 },
				Sources: []sources.Source{{Name: "x", Kind: "x", Connector: &teller{rows: rows}}},
			})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				now = now.Add(step)
				if f, err := r.Facts(b.Context(), lookup("M1")); err != nil || len(f.Transactions) != 300 {
					b.Fatal(err, len(f.Transactions))
				}
			}
		})
	}
}
