package diagnose

import (
	"slices"
	"time"

	"daozhang/transactions"
)

// duplicateGap is how close two successes of the same card and amount must be
// (rules 2.5).
const duplicateGap = 10 * time.Minute

// duplicate is the group of successes that were charged twice, when the words
// speak of twice; nil without one, or when several groups could be meant.
func (t *turn) duplicate(sales []*sale) []*sale {
	if !speaksOfTwice(t.q) {
		return nil
	}
	good := narrowed(sales, func(s *sale) bool {
		return succeeded(s.main) && voidOf(s) == nil && !refundOf(s).whole
	})
	var groups [][]*sale
	for i, s := range good {
		g := []*sale{s}
		for _, o := range good[i+1:] {
			last := g[len(g)-1]
			if o.main.Time.Sub(last.main.Time) <= duplicateGap && samePayer(last.main, o.main) {
				g = append(g, o)
			}
		}
		taken := len(groups) > 0 && slices.Contains(groups[len(groups)-1], s)
		if len(g) > 1 && !taken {
			groups = append(groups, g)
		}
	}
	if len(groups) != 1 {
		return nil
	}
	return groups[0]
}

// samePayer compares tails; a QR sale has none, so that the payer reference or
// the words alone must do.
func samePayer(a, b *transactions.Transaction) bool {
	if a.MerchantNo != b.MerchantNo || a.AmountFen != b.AmountFen || isQR(a) != isQR(b) || kindOf(a) != kindOf(b) {
		return false
	}
	if isQR(a) {
		return a.Channel == b.Channel && (a.PayerRef == "" || b.PayerRef == "" || a.PayerRef == b.PayerRef)
	}
	return a.CardLast4 == b.CardLast4
}

func (t *turn) diagnoseDuplicate(pair []*sale) Diagnosis {
	first, last := pair[0], pair[len(pair)-1]
	v := t.look(last)
	d := Diagnosis{
		Cause: Duplicate, Transactions: rowsOf(pair), Merchant: first.merchant, Settlement: v.pay,
		GrossFen: grossOf(pair), Schedule: v.schedule,
		Evidence: []Evidence{
			{Row: first.main.ID, Field: "amount_fen", Value: transactions.Yuan(first.main.AmountFen), Rule: "2.5.duplicate"},
			{Row: last.main.ID, Field: "time", Value: last.main.Time.In(transactions.Shanghai).Format("2006-01-02 15:04:05"), Rule: "2.5.duplicate"},
		},
	}
	// A void works on the day of the sale before it is cleared and paid.
	undo := RefundDuplicate
	if !last.paid() && transactions.DateOf(last.main.Time) == transactions.DateOf(t.now) && !isQR(last.main) {
		undo = VoidToday
	}
	d.Steps = []Step{undo}
	t.decideHuman(&d, v)
	return d
}

// withTwins adds what was charged twice beside a sale that was found, and
// marks a list that is nothing but one sale charged twice (of which one may be
// voided by now) as asked about whole.
func (t *turn) withTwins(f found) found {
	for _, s := range slices.Clone(f.sales) {
		for _, o := range t.l.sales {
			if near := o.main.Time.Sub(s.main.Time).Abs() <= duplicateGap; near && samePayer(s.main, o.main) && !slices.Contains(f.sales, o) {
				f.sales = append(f.sales, o)
				f.say(o, byTwin)
			}
		}
	}
	sortSales(f.sales)
	first := f.sales[0].main
	if !slices.ContainsFunc(f.sales, func(s *sale) bool {
		return !samePayer(first, s.main) || s.main.Time.Sub(first.Time) > duplicateGap
	}) {
		f.whole = len(f.sales) > 1
	}
	return f
}
