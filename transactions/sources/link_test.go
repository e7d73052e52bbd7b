package sources

import (
	"slices"
	"strings"
	"testing"
	"time"

	"daozhang/transactions"
)

func TestLinkPayoutsByExactSumOfTheDay(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 30, 0, 0, transactions.Shanghai) }
	sale := func(id string, fen int64, when time.Time) transactions.Transaction {
		return transactions.Transaction{ID: id, State: "SUCCESS", AmountFen: fen, Time: when}
	}
	gross := func(n int64) *int64 { return &n }
	day := transactions.Date{Year: 2026, Month: 11, Day: 17}
	sales := []transactions.Transaction{
		sale("late", 300, at(16, 23)), sale("T1", 100, at(17, 9)), sale("T2", 200, at(17, 22)), sale("next", 900, at(17, 23)),
		{ID: "F", State: "FAILED", AmountFen: 50, Time: at(17, 10)},
		{ID: "R", State: "SUCCESS", Kind: "REFUND", AmountFen: 10, Time: at(17, 11)},
	}
	for name, tc := range map[string]struct {
		change func(r *Rows, q *Query)
		want   string
	}{
		"the sum of the day":     {func(*Rows, *Query) {}, "T1 T2 late"},
		"another sum":            {func(r *Rows, _ *Query) { r.Settlements[0].GrossFen = gross(601) }, ""},
		"sum not told":           {func(r *Rows, _ *Query) { r.Settlements[0].GrossFen = nil }, ""},
		"day not told":           {func(r *Rows, _ *Query) { r.Settlements[0].ClearingDate = transactions.Date{} }, ""},
		"the payout says itself": {func(r *Rows, _ *Query) { r.Settlements[0].TransactionIDs = []string{"T1"} }, "T1"},
		"a sale says so":         {func(r *Rows, _ *Query) { r.Transactions[1].SettleID = "B1" }, ""},
		"two payouts of the day": {func(r *Rows, _ *Query) {
			r.Settlements = append(r.Settlements, transactions.Settlement{ID: "B2", State: "PAID", ClearingDate: day})
		}, ""},
		"one paid elsewhere": {func(_ *Rows, q *Query) {
			q.Payouts = []transactions.Settlement{{ID: "B0", TransactionIDs: []string{"late"}}}
		}, ""},
		"the rest of the day": {func(r *Rows, q *Query) {
			q.Payouts = []transactions.Settlement{{ID: "B0", TransactionIDs: []string{"late"}}}
			r.Settlements[0].GrossFen = gross(300)
		}, "T1 T2"},
		"a sale that only the ledger has": {func(r *Rows, q *Query) {
			q.Known, r.Transactions = []transactions.Transaction{r.Transactions[1]}, slices.Delete(slices.Clone(r.Transactions), 1, 2)
		}, "T1 T2 late"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := Rows{Transactions: slices.Clone(sales), Settlements: []transactions.Settlement{{ID: "B1", State: "PAID", ClearingDate: day, GrossFen: gross(600)}}}
			q := Query{Merchant: transactions.Merchant{MerchantNo: "M1", Cycle: "T1", Cutoff: "23:00"}}
			tc.change(&rows, &q)
			link(&rows, q)
			if got := rows.Settlements[0].TransactionIDs; !slices.Equal(got, strings.Fields(tc.want)) {
				t.Errorf("links %v", got)
			}
		})
	}
}
