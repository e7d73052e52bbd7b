package diagnose_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

func sumOf(of understand.Totals, from, to string, rows []transactions.Transaction, pays ...transactions.Settlement) diagnose.TotalsInput {
	return diagnose.TotalsInput{
		Of: of, From: at(from), To: at(to), Now: clock, Calendar: transactions.DefaultCalendar(),
		Facts: transactions.Facts{Merchants: []transactions.Merchant{shop()}, Transactions: rows, Settlements: pays, AsOf: clock},
	}
}

func paidOn(when string) payEdit {
	return func(s *transactions.Settlement) { s.PaidAt = at(when) }
}

func TestTotalCountsASaleOnce(t *testing.T) {
	t.Parallel()
	in := sumOf(understand.TotalSales, "2026-11-17 00:00", "2026-11-18 00:00", txns(
		txn("A", "2026-11-16 23:59"),                                                      // the day before
		txn("B", "2026-11-17 00:00"),                                                      // the first minute
		txn("C", "2026-11-17 10:00", state("FAILED", "51")), txn("D", "2026-11-17 10:05"), // tried again: one sale
		txn("E", "2026-11-17 11:00"), txn("F", "2026-11-17 12:00", kind("VOID", "E")),
		txn("G", "2026-11-17 13:00", kind("PREAUTH", ""), amount(500000)), txn("H", "2026-11-17 14:00", kind("PREAUTH_COMPLETE", "G"), amount(30000)),
		txn("I", "2026-11-17 15:00", kind("PREAUTH", ""), amount(70000)),
		txn("J", "2026-11-17 16:00", state("UNKNOWN", "68"), amount(70000)),
		txn("K", "2026-11-17 17:00", amount(20000)), txn("L", "2026-11-18 09:00", kind("REFUND", "K"), amount(5000), refunds("REFUNDED")),
		txn("N", "2026-11-17 18:00", amount(90000), risk("HOLD")),
		txn("M", "2026-11-18 00:00"), // the next day
	), pay("P", "PAID", one("B")))
	in.Now = at("2026-11-18 10:00") // before payout_by: nothing is overdue
	got := diagnose.Total(in).All()
	type figures struct {
		Sold, Refunded, Paid, Open, Stuck diagnose.Sum
		Voided, Failed, Unknown, Preauths int
		FeeKnown                          bool
	}
	want := figures{
		Sold: diagnose.Sum{Count: 5, Fen: 340000}, Refunded: diagnose.Sum{Count: 1, Fen: 5000}, Paid: diagnose.Sum{Count: 1, Fen: 100000},
		Open: diagnose.Sum{Count: 4, Fen: 240000}, Stuck: diagnose.Sum{Count: 1, Fen: 90000}, Voided: 1, Unknown: 1, Preauths: 1,
	}
	have := figures{got.Sold, got.Refunded, got.Paid, got.Open, got.Stuck, got.Voided, got.Failed, got.Unknown, got.Preauths, got.FeeFen != nil}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d) // the fee of a part refund is not known, so there is no net
	}
	if got.PaidNetFen == nil || *got.PaidNetFen != 99400 || got.PaidComputed {
		t.Errorf("paid %v computed %v, want the ledger's 99400", got.PaidNetFen, got.PaidComputed)
	}
}

func TestTotalTakesThePayoutsOwnFigures(t *testing.T) {
	t.Parallel()
	rows := txns(txn("A", "2026-11-17 10:00"), txn("B", "2026-11-17 11:00"), txn("C", "2026-11-16 11:00"))
	whole := diagnose.Total(sumOf(understand.TotalSales, "2026-11-16 00:00", "2026-11-18 00:00", rows,
		pay("P", "PAID", []string{"A", "B", "C"}, sums(300000, 1790, 298210)))).All()
	if *whole.FeeFen != 1790 || *whole.NetFen != 298210 || whole.Computed {
		t.Errorf("whole payout: fee %d net %d computed %v", *whole.FeeFen, *whole.NetFen, whole.Computed)
	}
	part := diagnose.Total(sumOf(understand.TotalSales, "2026-11-17 00:00", "2026-11-18 00:00", rows,
		pay("P", "PAID", []string{"A", "B", "C"}, sums(300000, 1790, 298210)))).All()
	if *part.FeeFen != 1200 || *part.NetFen != 198800 || !part.Computed {
		t.Errorf("part of a payout: fee %d net %d computed %v", *part.FeeFen, *part.NetFen, part.Computed)
	}
}

func TestTotalLeavesDoubtOut(t *testing.T) {
	t.Parallel()
	got := diagnose.Total(sumOf(understand.TotalSales, "2026-11-17 00:00", "2026-11-18 00:00",
		txns(txn("A", "2026-11-17 10:00"), txn("B", "2026-11-17 11:00", amount(5000))), pay("P", "PAID", one("A"), sums(100000, 600, 1))))
	if all := got.All(); all.Sold.Fen != 5000 || len(got.Doubt) != 1 || got.Doubt[0].Cause != diagnose.Inconsistent || got.Doubt[0].Transactions[0].ID != "A" {
		t.Errorf("%+v, doubt %+v", all.Sold, got.Doubt)
	}
	paid := diagnose.Total(sumOf(understand.TotalPayouts, "2026-11-18 00:00", "2026-11-19 00:00",
		txns(txn("A", "2026-11-17 10:00"), txn("B", "2026-11-17 11:00")), pay("P", "PAID", one("A"), sums(100000, 600, 1)), pay("Q", "PAID", one("B"))))
	if all := paid.All(); all.Left != (diagnose.Sum{Count: 1, Fen: 99400}) || len(paid.Doubt) != 1 {
		t.Errorf("%+v, doubt %+v", all.Left, paid.Doubt)
	}
}

func TestTotalOfPayouts(t *testing.T) {
	t.Parallel()
	rows := txns(txn("A", "2026-11-01 10:00"), txn("B", "2026-11-17 10:00"), txn("C", "2026-11-17 11:00"), txn("D", "2026-11-17 12:00"))
	got := diagnose.Total(sumOf(
		understand.TotalPayouts, "2026-11-18 00:00", "2026-11-19 00:00", rows,
		pay("P1", "PAID", one("A"), paidOn("2026-11-18 00:00")), pay("P2", "PAID", one("B"), paidOn("2026-11-17 23:59")),
		pay("P3", "RETURNED", one("C"), paidOn("2026-11-18 10:00")), pay("P4", "WAITING", one("D")),
		transactions.Settlement{ID: "PX", MerchantNo: "M9", State: "PAID", NetFen: fen(777), PaidAt: at("2026-11-18 10:00")},
	)).All()
	if got.Left != (diagnose.Sum{Count: 1, Fen: 99400}) || got.Returned != 1 || len(got.Payouts) != 1 || got.Payouts[0].ID != "P1" {
		t.Errorf("%+v", got)
	}
}

// Whatever the ledger holds: two spans add up to the one that holds both, the
// order of the rows does not matter, every sale is in one place, and shops of
// others count nowhere.
func TestTotalAddsUp(t *testing.T) {
	t.Parallel()
	states := []string{"SUCCESS", "SUCCESS", "SUCCESS", "FAILED", "UNKNOWN", "VOIDED", "REVERSED"}
	payStates := []string{"PAID", "WAITING", "HELD", "RETURNED", "OFFSET", "PROCESSING"}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		var rows []transactions.Transaction
		var pays []transactions.Settlement
		for i := range 60 {
			id := fmt.Sprintf("T%02d", i)
			row := txn(id, "2026-11-10 00:00", amount(int64(1+r.IntN(500000))), state(states[r.IntN(len(states))], ""))
			row.Time = row.Time.Add(time.Duration(r.IntN(5*24*60)) * time.Minute)
			if r.IntN(4) == 0 {
				row.MerchantNo = "M9" // not ours
			}
			rows = append(rows, row)
			if r.IntN(2) == 0 {
				p := pay("P"+id, payStates[r.IntN(len(payStates))], one(id), sums(row.AmountFen, 1, row.AmountFen-1))
				p.MerchantNo = row.MerchantNo
				pays = append(pays, p)
			}
		}
		from, mid, to := "2026-11-10 00:00", "2026-11-12 09:30", "2026-11-15 00:00"
		both := diagnose.Total(sumOf(understand.TotalSales, from, to, rows, pays...))
		a := diagnose.Total(sumOf(understand.TotalSales, from, mid, rows, pays...))
		b := diagnose.Total(sumOf(understand.TotalSales, mid, to, rows, pays...))
		x, y, z := a.All(), b.All(), both.All()
		if x.Sold.Fen+y.Sold.Fen != z.Sold.Fen || x.Sold.Count+y.Sold.Count != z.Sold.Count || x.Open.Fen+y.Open.Fen != z.Open.Fen ||
			len(a.Doubt)+len(b.Doubt) != len(both.Doubt) {
			t.Fatalf("seed %d: %+v and %+v do not add up to %+v", seed, x.Sold, y.Sold, z.Sold)
		}
		if z.Paid.Fen+z.Open.Fen+z.Offset.Fen != z.Sold.Fen || z.Stuck.Fen > z.Open.Fen {
			t.Fatalf("seed %d: %+v", seed, z)
		}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if again := diagnose.Total(sumOf(understand.TotalSales, from, to, rows, pays...)).All(); again.Sold != z.Sold || again.Paid != z.Paid {
			t.Fatalf("seed %d: another order, another sum", seed)
		}
		for _, s := range both.Shops {
			if s.Merchant.MerchantNo != "M1" {
				t.Fatalf("seed %d: shop %s", seed, s.Merchant.MerchantNo)
			}
		}
	}
}
