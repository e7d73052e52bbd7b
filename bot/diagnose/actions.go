package diagnose

import (
	"slices"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// stepsOf lists what happens next, the most important first.
func stepsOf(v *view, d *Diagnosis) []Step {
	switch d.Cause {
	case TxnDeclined:
		return declinedSteps(v, d)
	case TxnUnknown:
		return []Step{DoNotReswipe, QueryOnTerminal, WaitAutoReversal, BotRechecks}
	case TxnReversed:
		return []Step{CollectAgain, CardholderAsksBank}
	case Voided:
		return []Step{CheckShift}
	case Refunded, RefundInProgress:
		return []Step{RefundToCard, CardholderAsksBank}
	case PreauthNotCompleted:
		return []Step{CompletePreauth, CancelPreauth}
	case Dispute:
		return []Step{SupplyEvidence, ReviewDecides}
	case RiskHold:
		return limitedToo(v, []Step{SubmitDocs, ReviewDecides})
	case Retrieval, DocsIncomplete, MerchantFrozen:
		return frozenSteps(d)
	case PayoutReturned, PayoutRejectedAccount, PayoutLimitClass2, PayoutLimitClass3:
		return payoutSteps(v, d)
	case D0Downgraded:
		if v.schedule.Cycle == transactions.Manual {
			return []Step{WithdrawInApp}
		}
		return []Step{WaitUntilDue}
	case CycleNotDue, AfterCutoff, HolidayDeferred, SettleProcessing:
		return []Step{WaitUntilDue}
	case BelowMinimum:
		return []Step{Accumulates}
	case ManualWithdraw:
		return []Step{WithdrawInApp}
	case Overdue:
		return []Step{AgentTracesPayout}
	case Inconsistent:
		return []Step{AgentChecksLedger}
	}
	return paidSteps(v, d)
}

func declinedSteps(v *view, d *Diagnosis) []Step {
	out := []Step{CollectAgain}
	switch {
	case speaksOfDebit(v.q): // charging again would take the money twice for a while
		out = []Step{CardholderAsksBank, CollectDebitProof}
	case d.Code != nil:
		out = []Step{FollowCode}
	}
	if v.merchant.Status == transactions.Limited {
		out = append(out, AskMerchantLimit)
	}
	return out
}

func limitedToo(v *view, out []Step) []Step {
	if v.merchant.Status == transactions.Limited {
		out = append(out, AskMerchantLimit)
	}
	return out
}

func frozenSteps(d *Diagnosis) []Step {
	if len(d.Docs) == 0 && d.DocsDue.IsZero() {
		return []Step{ContactAcquirer, ReviewDecides}
	}
	return []Step{SubmitDocs, ReviewDecides}
}

func payoutSteps(v *view, d *Diagnosis) []Step {
	if d.Cause == PayoutLimitClass2 || d.Cause == PayoutLimitClass3 {
		return []Step{RebindClass1, AskBankLimit, WaitRepayout}
	}
	return failSteps(v.pay.FailCode, v.pay.FailReason)
}

func paidSteps(v *view, d *Diagnosis) []Step {
	switch d.Cause {
	case AccountChanged:
		return []Step{CheckOldCard, SendBankStatement}
	case Offset:
		return []Step{SeeOffset}
	case MergedPayout:
		return []Step{SeePayout, CheckBankByNet}
	case FeeNet:
		if completedFor(v.sale) {
			return []Step{SeeFee, CustomerCreditFreed}
		}
		return []Step{SeeFee}
	}
	out := []Step{CheckBankByNet}
	if saysAny(v.q, understand.NoSMS) {
		out = append(out, SMSIsNoEvidence)
	}
	return append(out, SendBankStatement)
}

// completedFor is true for a completion below its pre-authorised sum.
func completedFor(s *sale) bool {
	return kindOf(s.main) == transactions.PreauthComplete && slices.ContainsFunc(s.linked, func(t *transactions.Transaction) bool {
		return kindOf(t) == transactions.Preauth && t.AmountFen > s.main.AmountFen
	})
}
