package diagnose_test

import (
	"fmt"
	"testing"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// BenchmarkResolve looks one amount up among as many sales as a look-up may
// return, most of them paid in daily payouts.
func BenchmarkResolve(b *testing.B) {
	var rows []transactions.Transaction
	var settled []transactions.Settlement
	for i := range 500 {
		id := fmt.Sprintf("T%03d", i)
		t := txn(id, "2026-11-18 12:00", amount(int64(10000+i)))
		t.Time = clock.Add(-time.Duration(i) * time.Hour)
		rows = append(rows, t)
		p := fmt.Sprintf("B%03d", i/10)
		if i%10 == 0 {
			settled = append(settled, pay(p, "PAID", nil))
		}
		settled[len(settled)-1].TransactionIDs = append(settled[len(settled)-1].TransactionIDs, id)
	}
	in := ask(timed(103.33, day("2026-11-05")), rows, settled...)
	b.ReportAllocs()
	for b.Loop() {
		if r := diagnose.Resolve(in); len(r.Diagnoses) == 0 {
			b.Fatal(r.Cause)
		}
	}
}
