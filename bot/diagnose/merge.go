package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"daozhang/transactions"
)

// merge joins diagnoses that are one answer: several sales of one shop with
// the same cause and due date, or in the same payout (rules 2.5).
func (t *turn) merge(sales []*sale, each []Diagnosis) []Diagnosis {
	var out []Diagnosis
	var members [][]*sale
	index := map[string]int{}
	for i, d := range each {
		k := mergeKey(sales[i], d)
		at, ok := index[k]
		if !ok {
			index[k] = len(out)
			out = append(out, d)
			members = append(members, []*sale{sales[i]})
			continue
		}
		join(&out[at], d)
		members[at] = append(members[at], sales[i])
	}
	for i := range out {
		if len(members[i]) > 1 {
			t.settleSum(&out[i], members[i])
		}
	}
	return out
}

// mergeKey is equal for diagnoses that one sentence can tell.
func mergeKey(s *sale, d Diagnosis) string {
	pay := s.main.ID
	if d.Settlement != nil {
		pay = d.Settlement.ID
	}
	key := []string{string(d.Cause), d.Merchant.MerchantNo, d.Due.String(), d.DueMissed.String(), d.NoDate, fmt.Sprint(d.Human)}
	switch d.Cause {
	case CycleNotDue, AfterCutoff, HolidayDeferred, D0Downgraded, SettleProcessing, Overdue, BelowMinimum, ManualWithdraw,
		MerchantFrozen, DocsIncomplete:
	case RiskHold, Retrieval:
		key = append(key, strings.Join(d.Docs, ";"), d.DocsDue.String())
	case PayoutRejectedAccount, PayoutLimitClass2, PayoutLimitClass3:
		key = append(key, d.FailCode, d.FailMeaning)
	case TxnDeclined, TxnUnknown, TxnReversed, Voided, Refunded, RefundInProgress, PreauthNotCompleted, Inconsistent, Dispute:
		key = append(key, s.main.ID)
	default:
		key = append(key, pay)
	}
	return strings.Join(key, "|")
}

// join adds the second diagnosis to the first.
func join(a *Diagnosis, b Diagnosis) {
	a.Transactions = append(a.Transactions, b.Transactions...)
	a.Linked = append(a.Linked, b.Linked...)
	a.FailedAttempts = append(a.FailedAttempts, b.FailedAttempts...)
	a.Evidence = append(a.Evidence, b.Evidence...)
	a.GrossFen += b.GrossFen
	a.RefundedFen += b.RefundedFen
	a.NetFen = plus(a.NetFen, b.NetFen)
	a.FeeFen = plus(a.FeeFen, b.FeeFen)
	a.NetComputed = a.NetComputed || b.NetComputed
	if a.Settlement == nil || b.Settlement == nil || a.Settlement.ID != b.Settlement.ID {
		a.Settlement, a.First = nil, nil
	}
	for _, c := range b.Companions {
		if !slices.ContainsFunc(a.Companions, func(x transactions.Transaction) bool { return x.ID == c.ID }) {
			a.Companions = append(a.Companions, c)
		}
	}
}

func plus(a, b *int64) *int64 {
	if a == nil || b == nil {
		return nil
	}
	sum := *a + *b
	return &sum
}

// settleSum drops companions that are told themselves, and takes the ledger's
// own sum where the diagnosis tells a payout whole.
func (t *turn) settleSum(d *Diagnosis, told []*sale) {
	d.Companions = slices.DeleteFunc(d.Companions, func(c transactions.Transaction) bool {
		return slices.ContainsFunc(d.Transactions, func(x transactions.Transaction) bool { return x.ID == c.ID })
	})
	if p := told[0].last(); p != nil && d.Settlement != nil && d.Cause != Inconsistent {
		if _, n := t.l.inPayout(p); n == len(told) && p.NetFen != nil {
			d.NetFen, d.FeeFen, d.NetComputed = p.NetFen, p.FeeFen, false
		}
	}
}
