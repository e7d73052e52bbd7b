package diagnose

import (
	"daozhang/transactions"
)

// diagnose says everything that is true of one candidate.
func (t *turn) diagnose(s *sale) Diagnosis {
	v := t.look(s)
	d := Diagnosis{
		Cause: v.cause(), Transactions: rowsOf([]*sale{s}), Merchant: s.merchant, Settlement: v.pay, First: v.previous(),
		Linked: copies(s.linked), FailedAttempts: copies(s.attempts), GrossFen: s.main.AmountFen,
		Schedule: v.schedule, AsksRefund: asksRefund(t.q), WaitingFen: t.waitingOf(v),
	}
	d.Evidence = v.evidence
	t.addCompanions(&d, s)
	addRefund(&d, v)
	addMoney(&d, v)
	addDates(&d, v)
	addPapers(&d, v)
	addCodes(&d, v)
	d.Steps = stepsOf(v, &d)
	t.decideHuman(&d, v)
	if d.Cause == Inconsistent {
		withholdFigures(&d, v)
	}
	return d
}

func (t *turn) waitingOf(v *view) int64 {
	if v.state() != transactions.BelowMin && !waits(v.state()) {
		return 0
	}
	return t.l.waitingSum(v.merchant.MerchantNo)
}

func (t *turn) addCompanions(d *Diagnosis, s *sale) {
	ours, _ := t.l.inPayout(s.last())
	for _, c := range ours {
		if c != s {
			d.Companions = append(d.Companions, *c.main)
		}
	}
}

func addRefund(d *Diagnosis, v *view) {
	if v.refund.state == refundAccepted || v.refund.state == refundDone {
		d.RefundedFen = min(v.refund.fen, d.GrossFen)
	}
}

// addMoney takes fee and net from the payout where it pays this sale alone;
// else it computes them and says so (rules 4: a fee in the ledger beats the
// computed one).
func addMoney(d *Diagnosis, v *view) {
	switch d.Cause {
	case TxnDeclined, TxnUnknown, TxnReversed, Voided, PreauthNotCompleted:
		return // nothing was earned
	}
	if v.pay != nil {
		if _, n := v.l.inPayout(v.pay); n <= 1 && v.pay.NetFen != nil {
			d.NetFen, d.FeeFen = v.pay.NetFen, v.pay.FeeFen
			return
		}
	}
	if m, ok := computedNet(v.sale); ok {
		d.FeeFen, d.NetFen, d.NetComputed = &m.fee, &m.net, true
	}
}

// addDates promises a date only for the five causes that have one, only when
// it is today or later, and tells a missed one only where that is the point
// (rules 4).
func addDates(d *Diagnosis, v *view) {
	due := v.schedule.Due
	switch d.Cause {
	case CycleNotDue, AfterCutoff, HolidayDeferred, SettleProcessing, D0Downgraded:
		if !due.IsZero() && !due.Before(transactions.DateOf(v.now)) {
			d.Due = due
		}
		if d.Due.IsZero() {
			d.NoDate = "unknown_cycle"
			if v.schedule.BeyondCalendar {
				d.NoDate = "beyond_calendar"
			}
		}
	case Overdue, PayoutRejectedAccount, PayoutLimitClass2, PayoutLimitClass3:
		if v.schedule.Missed(v.now) {
			d.DueMissed = due
		}
	}
}

func addPapers(d *Diagnosis, v *view) {
	switch d.Cause {
	case RiskHold, Retrieval, Dispute:
		if v.pay != nil {
			d.Docs, d.DocsDue = v.pay.Docs, v.pay.DocsDue
		}
		if x := v.main.Dispute; x != nil && d.DocsDue.IsZero() && x.State != transactions.Won && x.State != transactions.Lost {
			d.DocsDue = x.DocsDue
		}
	case MerchantFrozen, DocsIncomplete:
		d.Docs, d.DocsDue = v.merchant.DocsRequired, v.merchant.DocsDue
		if len(d.Docs) == 0 && v.pay != nil {
			d.Docs = v.pay.Docs
		}
		if d.DocsDue.IsZero() && v.pay != nil {
			d.DocsDue = v.pay.DocsDue
		}
	}
}

// addCodes explains what the codes say. Only an outcome that the code speaks
// of is explained: an approved sale needs no code.
func addCodes(d *Diagnosis, v *view) {
	if d.Cause == TxnDeclined || d.Cause == TxnUnknown || v.main.State == "" {
		if c, ok := LookupCode(v.main); ok {
			if !misleads(c, d.Cause) {
				d.Code = &c
			}
		} else {
			d.UnlistedCode = normalCode(v.main.RespCode)
		}
	}
	if r := v.main.Reversal; r != nil && d.Cause == TxnReversed {
		d.ReversalMeaning = reversalMeaning(r.Reason)
	}
	if v.pay != nil {
		failed := v.pay
		if failed.State != transactions.Rejected && failed.State != transactions.Returned && failed.State != transactions.D0Failed && d.First != nil {
			failed = d.First // a follow-up waits: the failure is the one before
		}
		d.FailCode = failCode(failed.FailCode, failed.FailReason)
		d.FailMeaning = failMeaning(failed.FailCode, failed.FailReason)
	}
}

// misleads reports a code that says something else than the state that decides
// ("00" on a failed row): it is kept out of the reply.
func misleads(c ResponseCode, cause Cause) bool {
	return c.Outcome == OutcomeApproved || cause == TxnDeclined && c.Outcome == OutcomeUnknown
}

// withholdFigures keeps every figure of a row in doubt out of the answer.
func withholdFigures(d *Diagnosis, v *view) {
	for _, x := range v.doubts {
		d.Doubt = append(d.Doubt, x.says)
		if x.txn {
			d.GrossFen, d.RefundedFen = 0, 0
		}
		if x.pay {
			d.Settlement, d.First = nil, nil
		}
	}
	d.NetFen, d.FeeFen, d.NetComputed, d.WaitingFen = nil, nil, false, 0
	d.Companions = nil
	d.Schedule = transactions.Schedule{}
}

func rowsOf(sales []*sale) []transactions.Transaction {
	out := make([]transactions.Transaction, 0, len(sales))
	for _, s := range sales {
		out = append(out, *s.main)
	}
	return out
}

func copies(in []*transactions.Transaction) []transactions.Transaction {
	out := make([]transactions.Transaction, 0, len(in))
	for _, t := range in {
		out = append(out, *t)
	}
	return out
}
