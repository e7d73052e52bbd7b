package diagnose

import (
	"fmt"

	"daozhang/transactions"
)

// doubt is one thing in the ledger that cannot be true (rules 3, first row but
// one): nothing is told from the rows it touches.
type doubt struct {
	row, field, value string
	says              string // Chinese, for the agent
	txn, pay          bool   // which figures are in doubt
}

func findDoubts(v *view) []doubt {
	var out []doubt
	unknown := func(row, field, value string, col transactions.Column, txn, pay bool) {
		if !col.Known(value) {
			out = append(out, doubt{row, field, value, fmt.Sprintf("%s 的 %s 是不认识的值 %q", row, field, value), txn, pay})
		}
	}
	t, m := v.main, v.merchant
	unknown(t.ID, "state", t.State, transactions.ColState, true, false)
	unknown(t.ID, "kind", t.Kind, transactions.ColKind, true, false)
	unknown(t.ID, "risk", t.Risk, transactions.ColRisk, false, false)
	unknown(t.ID, "refund_state", t.RefundState, transactions.ColRefundState, false, false)
	if t.Reversal != nil {
		unknown(t.ID, "reversal_state", t.Reversal.State, transactions.ColReversalState, true, false)
	}
	if t.Dispute != nil {
		unknown(t.ID, "dispute_state", t.Dispute.State, transactions.ColDisputeState, false, false)
	}
	unknown(m.MerchantNo, "status", m.Status, transactions.ColMerchantStatus, false, false)
	if v.pay == nil {
		unknown(m.MerchantNo, "cycle", m.Cycle, transactions.ColCycle, false, false)
		return out
	}
	p := v.pay
	if p.State == "" {
		out = append(out, doubt{p.ID, "state", "", p.ID + " 没有结算状态", false, true})
	}
	if !transactions.ColSettlementState.Known(p.State) {
		said := p.State
		if said == transactions.Unknown && p.FailCode != "" {
			said = p.FailCode // the source's own word
		}
		out = append(out, doubt{p.ID, "state", said, fmt.Sprintf("%s 的 state 是不认识的值 %q", p.ID, said), false, true})
	}
	unknown(p.ID, "risk", p.Risk, transactions.ColRisk, false, false)
	unknown(p.ID, "cycle", p.Cycle, transactions.ColCycle, false, false)
	if p.Cycle == "" {
		unknown(m.MerchantNo, "cycle", m.Cycle, transactions.ColCycle, false, false)
	}
	return append(out, moneyDoubts(v)...)
}

// moneyDoubts are sums and times that contradict each other.
func moneyDoubts(v *view) []doubt {
	var out []doubt
	t, p := v.main, v.pay
	if holds, known := transactions.CheckNet(*p); known && !holds {
		out = append(out, doubt{p.ID, "net_fen", transactions.Yuan(*p.NetFen), p.ID + " 的净额不等于总额减手续费、附加费、抵扣再加调整", false, true})
	}
	if !p.PaidAt.IsZero() && !t.Time.IsZero() && p.PaidAt.Before(t.Time) {
		out = append(out, doubt{p.ID, "paid_at", p.PaidAt.In(transactions.Shanghai).Format("2006-01-02 15:04"), p.ID + " 的付款时间早于交易 " + t.ID, true, true})
	}
	if o := outcomeOf(t); p.State == transactions.Paid && (o == transactions.Failed || o == transactions.Closed) {
		out = append(out, doubt{t.ID, "state", o, "未成功的交易 " + t.ID + " 在已付款的 " + p.ID + " 里", true, true})
	}
	return out
}
