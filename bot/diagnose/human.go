package diagnose

import (
	"cmp"
	"slices"
	"time"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// The priorities of a hand-over (rules 5).
const (
	PriorityNormal = "normal"
	PriorityHigh   = "high"
	PriorityUrgent = "urgent"
)

// ReasonHighValue hands over what exceeds bot.high_value_fen.
const ReasonHighValue = "HIGH_VALUE"

const (
	defaultUnknownAfter = 30 * time.Minute
	preauthDays         = 30
)

// NeedsHuman reports the causes that a human always takes over (rules 5).
func (c Cause) NeedsHuman() bool {
	switch c {
	case SingleSided, Overdue, PayoutRejectedAccount, PayoutLimitClass2, PayoutLimitClass3, PayoutReturned, RiskHold,
		Retrieval, Dispute, MerchantFrozen, DocsIncomplete, FraudSuspected, LedgerUnavailable, Inconsistent:
		return true
	}
	return false
}

// Priority is how urgent a hand-over for the cause is (rules 5).
func (c Cause) Priority() string {
	switch c {
	case FraudSuspected:
		return PriorityUrgent
	case RiskHold, Retrieval, Dispute, MerchantFrozen, Overdue:
		return PriorityHigh
	}
	return PriorityNormal
}

// Problem reports a cause that keeps money back or undoes it, so that it is
// told before what only waits or has arrived (rules 2.5, 2.6).
func (c Cause) Problem() bool { return c.NeedsHuman() || c == TxnUnknown }

// whenDisputed are the causes that a human takes over once the explanation is
// rejected.
func whenDisputed(c Cause) bool {
	switch c {
	case Voided, Refunded, RefundInProgress, Duplicate, FeeNet, Offset, MergedPayout:
		return true
	}
	return false
}

// decideHuman applies rules 5 to one diagnosis.
func (t *turn) decideHuman(d *Diagnosis, v *view) {
	var why string
	switch {
	case d.Cause.NeedsHuman(), d.UnlistedCode != "":
		d.Human = true
	case d.Cause == TxnUnknown:
		after := t.in.Limits.UnknownAfter
		if after <= 0 {
			after = defaultUnknownAfter
		}
		d.Human = t.now.Sub(v.main.Time) > after
		why = "unknown_after"
	case d.Cause == PreauthNotCompleted:
		d.Human = t.now.After(v.main.Time.AddDate(0, 0, preauthDays))
		why = "preauth_days"
	case d.Cause == PaidNotNoticed:
		d.Human = saysAny(t.q, understand.BankSaysNone)
		why = "bank_says_none"
	case d.Cause == AccountChanged:
		d.Human = saysAny(t.q, understand.BankSaysNone) || oldCardGone(t.q)
		why = "old_card"
	case whenDisputed(d.Cause):
		// The bank's list without the entry rejects an explanation as well as
		// words do, but only one that was given.
		d.Human = t.in.Explained == d.Cause && (t.q.Disputed || saysAny(t.q, understand.BankSaysNone))
		why = "disputed"
	}
	if d.Human {
		d.Reason = string(d.Cause)
		if why != "" {
			d.Evidence = append(d.Evidence, Evidence{Row: v.main.ID, Field: "human", Value: why, Rule: "5." + why})
		}
	}
	if limit := t.in.Limits.HighValueFen; !d.Human && limit > 0 && d.GrossFen >= limit {
		d.Human, d.Reason = true, ReasonHighValue
		d.Evidence = append(d.Evidence, Evidence{Row: v.main.ID, Field: "amount_fen", Value: transactions.Yuan(d.GrossFen), Rule: "5.high_value"})
	}
	if d.Human {
		d.Priority = d.Cause.Priority()
	}
}

// decideHandOver lifts the strongest hand-over of the diagnoses told to the
// result.
func decideHandOver(r *Result) {
	for _, d := range r.Diagnoses {
		if !d.Human {
			continue
		}
		if !r.Human || priorityRank(d.Priority) > priorityRank(r.Priority) {
			r.Human, r.Reason, r.Priority = true, d.Reason, d.Priority
		}
	}
}

func priorityRank(p string) int {
	return slices.Index([]string{"", PriorityNormal, PriorityHigh, PriorityUrgent}, p)
}

// sortByProblem puts what needs somebody first, then what is open, then what
// has arrived; within that the oldest first.
func sortByProblem(ds []Diagnosis) {
	slices.SortStableFunc(ds, func(a, b Diagnosis) int {
		return cmp.Or(cmp.Compare(tellRank(a), tellRank(b)), compareRows(&a.Transactions[0], &b.Transactions[0]))
	})
}

func tellRank(d Diagnosis) int {
	switch {
	case d.Cause.NeedsHuman() || d.Human:
		return 3 - priorityRank(d.Cause.Priority())
	case d.Cause.Problem():
		return 3
	case d.Settlement == nil || d.Settlement.State != transactions.Paid:
		return 4
	}
	return 5
}
