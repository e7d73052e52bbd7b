package diagnose

import (
	"slices"

	"daozhang/transactions"
)

// The rows of rules 3 for money that waits for its date, and for what it
// waits until that date is over.

// waits reports a payout that has not been sent and is not held up.
func waits(state string) bool {
	return state == "" || state == transactions.Waiting || state == transactions.Scheduled
}

func d0Downgraded(v *view) Cause {
	prev := v.previous()
	followUp := prev != nil && prev.State == transactions.D0Failed && (waits(v.state()) || v.state() == transactions.Processing)
	if v.state() != transactions.D0Failed && !followUp {
		return ""
	}
	if followUp {
		v.note(prev.ID, "state", prev.State)
	}
	v.note(v.pay.ID, "state", v.pay.State)
	return v.unlessMissed(D0Downgraded)
}

// belowMinimum is what the payout says; a payout that only waits, or is not
// there yet, is below the minimum when everything that waits together is
// (rules 4): promising it a date would be wrong.
func belowMinimum(v *view) Cause {
	if v.state() == transactions.BelowMin {
		v.note(v.pay.ID, "state", v.pay.State)
		return BelowMinimum
	}
	least := v.merchant.MinSettleFen
	if least == nil || v.in.Facts.Truncated || v.state() != "" && v.state() != transactions.Waiting {
		return ""
	}
	if sum := v.l.waitingSum(v.merchant.MerchantNo); sum < *least {
		v.note(v.merchant.MerchantNo, "min_settle_fen", transactions.Yuan(*least))
		v.note(v.merchant.MerchantNo, "waiting", transactions.Yuan(sum))
		return BelowMinimum
	}
	return ""
}

// waitingSum is the net of everything of one shop that waits to be paid out;
// the gross where no net is known.
func (l *ledger) waitingSum(merchantNo string) int64 {
	if sum, ok := l.waiting[merchantNo]; ok {
		return sum
	}
	var sum int64
	var counted []*transactions.Settlement
	for _, s := range l.sales {
		if s.main.MerchantNo != merchantNo || isOver(s) || !succeeded(s.main) || !isMoney(s) {
			continue
		}
		p := s.last()
		if p != nil && !waits(p.State) && p.State != transactions.BelowMin {
			continue
		}
		if p != nil && p.NetFen != nil {
			if !slices.Contains(counted, p) {
				counted = append(counted, p)
				sum += *p.NetFen
			}
			continue
		}
		if m, ok := computedNet(s); ok {
			sum += m.net
		} else {
			sum += s.main.AmountFen - refundOf(s).fen
		}
	}
	l.waiting[merchantNo] = sum
	return sum
}

// isMoney is true for what is paid out: a sale or a completion.
func isMoney(s *sale) bool {
	k := kindOf(s.main)
	return k == transactions.Sale || k == transactions.PreauthComplete
}

func offsetWhole(v *view) Cause {
	if v.state() != transactions.OffsetAll {
		return ""
	}
	v.note(v.pay.ID, "state", v.pay.State)
	return Offset
}

func manual(v *view) Cause {
	if v.schedule.Cycle != transactions.Manual || !waits(v.state()) {
		return ""
	}
	v.note(v.cycleRow(), "cycle", transactions.Manual)
	return ManualWithdraw
}

func (v *view) cycleRow() string {
	if v.pay != nil && v.pay.Cycle != "" {
		return v.pay.ID
	}
	return v.merchant.MerchantNo
}

func processing(v *view) Cause {
	if v.state() != transactions.Processing {
		return ""
	}
	v.note(v.pay.ID, "state", v.pay.State)
	return v.unlessMissed(SettleProcessing)
}

// byCalendar explains what simply waits: first the holiday, then the cut-off,
// else the cycle.
func byCalendar(v *view) Cause {
	if v.pay != nil {
		v.note(v.pay.ID, "state", v.pay.State)
	} else {
		v.note(v.main.ID, "settlement", "none")
	}
	switch {
	case v.schedule.Deferred():
		return v.unlessMissed(HolidayDeferred)
	case v.schedule.Later():
		return v.unlessMissed(AfterCutoff)
	}
	return v.unlessMissed(CycleNotDue)
}

// unlessMissed turns any of the waiting causes into OVERDUE after the deadline.
func (v *view) unlessMissed(c Cause) Cause {
	v.note(v.cycleRow(), "due", v.schedule.Due.String())
	if v.schedule.Missed(v.now) {
		v.note(v.cycleRow(), "deadline", v.schedule.Deadline.Format("2006-01-02 15:04"))
		return Overdue
	}
	return c
}
