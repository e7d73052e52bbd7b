package diagnose

import (
	"slices"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Several shops of one contact, and the system of one of them does not answer:
// what the others have is told, and nothing that was not found is called absent
// (rules 3, first row).

// silentShops are the shops that could not be asked and that the words may be
// about. others is true when there are shops beside them that were asked.
func silentShops(l *ledger, in Input) (silent []transactions.Merchant, others bool) {
	for _, m := range meant(l, in.Query) {
		if slices.Contains(in.Silent, m.MerchantNo) {
			silent = append(silent, m)
		} else {
			others = true
		}
	}
	return silent, others
}

// meant are the shops that the words leave open: a merchant number, or a
// terminal of a shop's own row, says which one.
func meant(l *ledger, q understand.Query) []transactions.Merchant {
	shops := l.merchants
	if q.MerchantNo != "" {
		shops = slices.DeleteFunc(slices.Clone(shops), func(m transactions.Merchant) bool { return m.MerchantNo != q.MerchantNo })
	}
	if q.Terminal == "" {
		return shops
	}
	if theirs := slices.DeleteFunc(slices.Clone(shops), func(m transactions.Merchant) bool { return !hasTerminal(m, q.Terminal) }); len(theirs) > 0 {
		return theirs
	}
	return shops
}

// unknownAt answers when nothing was found and some shops could not be asked.
func unknownAt(in Input, silent []transactions.Merchant) Result {
	r := Result{
		Cause: LedgerUnavailable, Transactions: []string{}, Human: true, Reason: string(LedgerUnavailable),
		Priority: LedgerUnavailable.Priority(), Steps: []Step{WaitRecovery}, Silent: silent, Evidence: unasked(silent),
	}
	outageInstead(&r, in, append(brandsOf(silent), in.Query.Brand))
	return r
}

func unasked(silent []transactions.Merchant) []Evidence {
	out := make([]Evidence, 0, len(silent))
	for _, m := range silent {
		out = append(out, Evidence{Row: m.MerchantNo, Field: "source", Value: "unavailable", Rule: "3.ledger_unavailable"})
	}
	return out
}

// besides answers from the shops that could be asked.
func (t *turn) besides(silent []transactions.Merchant, others bool) Result {
	if t.pointsAtNothing() {
		return unknownAt(t.in, silent)
	}
	f := t.find()
	if len(f.sales) == 0 && !general(t.q) || f.stale {
		r := unknownAt(t.in, silent)
		r.NotElsewhere = others && !t.n.empty() && t.q.Choice == 0
		return r
	}
	r := t.result(f)
	if len(f.sales) > 0 && !t.pointedAt(f) {
		r.Silent = silent
		r.Evidence = append(r.Evidence, unasked(silent)...)
	}
	return r
}

// pointsAtNothing reports that the sale listed or last spoken about is not
// there: it is of a shop that could not be asked, and no other sale is meant.
func (t *turn) pointsAtNothing() bool {
	q := t.q
	switch {
	case q.Choice > 0 && q.Choice <= len(t.in.Offered):
		return len(t.salesOf(t.in.Offered[q.Choice-1:q.Choice])) == 0
	case q.Choice > 0 && len(t.in.Offered) == 0 && len(t.in.Focus) > 1 && q.Choice <= len(t.in.Focus):
		return len(t.salesOf(t.in.Focus[q.Choice-1:q.Choice])) == 0
	case q.Choice != 0 || q.Other || general(q) || !t.n.empty():
		return false
	}
	return len(t.in.Focus) > 0 && len(t.salesOf(t.in.Focus)) == 0
}

// pointedAt reports sales found by a tap, a reference or as those last spoken
// about: no other shop can be meant.
func (t *turn) pointedAt(f found) bool {
	if len(t.salesOf(t.in.Focus)) < len(t.in.Focus) {
		return false
	}
	return !slices.ContainsFunc(f.sales, func(s *sale) bool {
		return !slices.ContainsFunc(f.reasons[s], func(why string) bool { return why == byChoice || why == byFocus || why == byRef })
	})
}
