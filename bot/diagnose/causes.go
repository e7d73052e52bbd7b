package diagnose

import (
	"slices"
	"strings"
	"time"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// view is one candidate under the eyes of the rules.
type view struct {
	*sale
	l        *ledger
	q        understand.Query
	in       Input
	now      time.Time
	pay      *transactions.Settlement // last along next_id; nil without one
	schedule transactions.Schedule
	refund   refund
	doubts   []doubt
	evidence []Evidence
	fired    string // name of the rule
}

// note keeps one fact for trace and agent.
func (v *view) note(row, field, value string) {
	v.evidence = append(v.evidence, Evidence{Row: row, Field: field, Value: value, Rule: "3." + v.fired})
}

// rule is one row of the table of rules 3: "" hands on to the next row.
type rule struct {
	name  string
	cause func(*view) Cause
}

// causeRules is the table of rules 3 in its order: the first match wins, so
// that a later stage is never quoted when an earlier one explains.
var causeRules = []rule{ //nolint:gochecknoglobals // read-only table
	{"inconsistent", inconsistent},
	{"declined", declined},
	{"unknown_outcome", unknownOutcome},
	{"reversed", reversed},
	{"voided", voided},
	{"refund", refunded},
	{"preauth", preauth},
	{"dispute", dispute},
	{"risk_hold", unpaidOnly(riskHold)},
	{"retrieval", unpaidOnly(retrieval)},
	{"merchant_frozen", unpaidOnly(merchantFrozen)},
	{"docs_incomplete", unpaidOnly(docsIncomplete)},
	{"held", unpaidOnly(held)},
	{"returned", unpaidOnly(returned)},
	{"rejected", unpaidOnly(rejected)},
	{"d0_downgraded", unpaidOnly(d0Downgraded)},
	{"below_minimum", unpaidOnly(belowMinimum)},
	{"offset_whole", unpaidOnly(offsetWhole)},
	{"manual", unpaidOnly(manual)},
	{"processing", unpaidOnly(processing)},
	{"calendar", unpaidOnly(byCalendar)},
	{"account_changed", accountChanged},
	{"offset_part", offsetPart},
	{"merged_payout", mergedPayout},
	{"fee_net", feeNet},
	{"paid_not_noticed", paidNotNoticed},
}

// unpaidOnly marks the rows of the table that stand under "not paid out".
func unpaidOnly(f func(*view) Cause) func(*view) Cause {
	return func(v *view) Cause {
		if v.paid() {
			return ""
		}
		return f(v)
	}
}

// look prepares the view of one candidate.
func (t *turn) look(s *sale) *view {
	v := &view{sale: s, l: t.l, q: t.q, in: t.in, now: t.now, pay: s.last(), refund: refundOf(s)}
	v.schedule = v.plan()
	v.doubts = findDoubts(v)
	return v
}

// plan takes the terms of the deciding payout; a D0 that failed is paid by the
// fallback cycle from the same clearing date, a follow-up by its own.
func (v *view) plan() transactions.Schedule {
	terms := transactions.TermsOf(*v.main, v.merchant, v.pay)
	switch prev := v.previous(); {
	case v.pay != nil && v.pay.State == transactions.D0Failed:
		terms.Cycle = v.merchant.FallbackCycle
	case prev != nil && prev.State == transactions.D0Failed:
		if v.pay.Cycle == "" {
			terms.Cycle = v.merchant.FallbackCycle
		}
		if v.pay.ClearingDate.IsZero() && !prev.ClearingDate.IsZero() {
			terms.RecordedClearing = prev.ClearingDate
		}
	}
	return transactions.Plan(terms, v.in.Calendar)
}

// cause runs the table.
func (v *view) cause() Cause {
	for _, r := range causeRules {
		v.fired = r.name
		if c := r.cause(v); c != "" {
			return c
		}
	}
	return PaidNotNoticed // the last row always matches a paid sale
}

func inconsistent(v *view) Cause {
	if len(v.doubts) == 0 {
		return ""
	}
	for _, d := range v.doubts {
		v.note(d.row, d.field, d.value)
	}
	return Inconsistent
}

func declined(v *view) Cause {
	switch o := outcomeOf(v.main); o {
	case transactions.Failed, transactions.Closed:
		v.note(v.main.ID, "state", o)
		if v.merchant.Status == transactions.Limited {
			v.note(v.merchant.MerchantNo, "status", transactions.Limited)
		}
		if v.in.Explained == TxnDeclined && slices.Contains(v.in.Focus, v.main.ID) && speaksOfDebit(v.q) {
			return SingleSided // told once that it failed, and the payer was debited all the same (domain 2.5)
		}
		return TxnDeclined
	}
	return ""
}

func unknownOutcome(v *view) Cause {
	switch o := outcomeOf(v.main); o {
	case transactions.Pending, transactions.Unknown:
		v.note(v.main.ID, "state", o)
		if v.main.RespCode != "" {
			v.note(v.main.ID, "resp_code", v.main.RespCode)
		}
		return TxnUnknown
	}
	return ""
}

func reversed(v *view) Cause {
	if outcomeOf(v.main) != transactions.Reversed {
		return ""
	}
	v.note(v.main.ID, "state", transactions.Reversed)
	if r := v.main.Reversal; r != nil {
		v.note(v.main.ID, "reversal.reason", r.Reason)
	}
	return TxnReversed
}

func voided(v *view) Cause {
	if outcomeOf(v.main) == transactions.Voided {
		v.note(v.main.ID, "state", transactions.Voided)
		return Voided
	}
	if by := voidOf(v.sale); by != nil {
		v.note(by.ID, "kind", kindOf(by))
		return Voided
	}
	switch k := kindOf(v.main); k {
	case transactions.Void, transactions.PreauthCancel:
		v.note(v.main.ID, "kind", k)
		return Voided
	}
	return ""
}

// refunded lets a part refund go on with the remainder unless the merchant
// asks after the refund itself.
func refunded(v *view) Cause {
	r := v.refund
	if kindOf(v.main) == transactions.Refund { // its original was not looked up
		r.state, r.whole = refundDone, true
		if v.main.RefundState == transactions.RefundAccepted {
			r.state = refundAccepted
		}
	}
	if !asksRefund(v.q) && !r.whole {
		return ""
	}
	switch r.state {
	case refundAccepted:
		v.note(v.main.ID, "refund_state", transactions.RefundAccepted)
		return RefundInProgress
	case refundDone:
		v.note(v.main.ID, "refund_state", transactions.RefundedState)
		return Refunded
	}
	return ""
}

func preauth(v *view) Cause {
	if kindOf(v.main) != transactions.Preauth {
		return ""
	}
	v.note(v.main.ID, "kind", transactions.Preauth)
	return PreauthNotCompleted
}

func dispute(v *view) Cause {
	if d := v.main.Dispute; d != nil && d.State == transactions.Chargeback {
		v.note(v.main.ID, "dispute_state", d.State)
		return Dispute
	}
	if v.pay != nil && v.pay.DisputeOffsetFen != nil && *v.pay.DisputeOffsetFen > 0 {
		v.note(v.pay.ID, "dispute_offset_fen", transactions.Yuan(*v.pay.DisputeOffsetFen))
		return Dispute
	}
	return ""
}

func riskHold(v *view) Cause {
	if isHold(v.main.Risk) {
		v.note(v.main.ID, "risk", v.main.Risk)
		return RiskHold
	}
	if v.pay != nil && isHold(v.pay.Risk) {
		v.note(v.pay.ID, "risk", v.pay.Risk)
		return RiskHold
	}
	return ""
}

func isHold(risk string) bool { return risk == transactions.Hold || risk == transactions.Refused }

func retrieval(v *view) Cause {
	switch d := v.main.Dispute; {
	case d != nil && d.State == transactions.Retrieval:
		v.note(v.main.ID, "dispute_state", d.State)
	case v.main.Risk == transactions.Retrieval:
		v.note(v.main.ID, "risk", v.main.Risk)
	case v.pay != nil && v.pay.Risk == transactions.Retrieval:
		v.note(v.pay.ID, "risk", v.pay.Risk)
	default:
		return ""
	}
	return Retrieval
}

func merchantFrozen(v *view) Cause {
	m := v.merchant
	suspended := m.Status == transactions.Limited && saysSuspended(m.StatusReason)
	if m.Status != transactions.Frozen && m.Status != transactions.Closed && !suspended {
		return ""
	}
	v.note(m.MerchantNo, "status", m.Status)
	return MerchantFrozen
}

// saysSuspended tells "settlement suspended" from the other limits, which are
// different facts (domain 2.2).
func saysSuspended(reason string) bool {
	for _, w := range []string{"暂停结算", "结算暂停", "停止结算", "暂停办理资金结算", "暂停资金结算", "冻结结算", "关闭结算"} {
		if strings.Contains(reason, w) {
			return true
		}
	}
	return false
}

func docsIncomplete(v *view) Cause {
	if v.merchant.Status != transactions.PendingDocs {
		return ""
	}
	v.note(v.merchant.MerchantNo, "status", v.merchant.Status)
	return DocsIncomplete
}

func held(v *view) Cause {
	if v.state() != transactions.Held {
		return ""
	}
	v.note(v.pay.ID, "state", v.pay.State)
	if v.merchant.Status == transactions.Limited {
		v.note(v.merchant.MerchantNo, "status", transactions.Limited)
	}
	return RiskHold
}

func returned(v *view) Cause {
	if v.state() != transactions.Returned {
		return ""
	}
	v.note(v.pay.ID, "state", v.pay.State)
	return PayoutReturned
}

func rejected(v *view) Cause {
	if v.state() != transactions.Rejected {
		return ""
	}
	v.note(v.pay.ID, "state", v.pay.State)
	v.note(v.pay.ID, "fail_code", v.pay.FailCode)
	code := failCode(v.pay.FailCode, v.pay.FailReason)
	if code == failLimit || code == failLimitYear {
		switch v.merchant.Account.Class {
		case "II":
			return PayoutLimitClass2
		case "III":
			return PayoutLimitClass3
		}
	}
	return PayoutRejectedAccount
}

// state is that of the deciding payout; "" without one.
func (v *view) state() string {
	if v.pay == nil {
		return ""
	}
	return v.pay.State
}
