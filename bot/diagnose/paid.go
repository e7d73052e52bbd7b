package diagnose

import (
	"strconv"

	"daozhang/transactions"
)

// The rows of rules 3 for money that was paid out: what was asked decides
// which of the true explanations comes first.

func accountChanged(v *view) Cause {
	now, then := v.merchant.Account.Last4, v.pay.AccountLast4
	if now == "" || then == "" || now == then || !saysMissing(v.q) {
		return ""
	}
	v.note(v.pay.ID, "account_last4", then)
	v.note(v.merchant.MerchantNo, "account_last4", now)
	return AccountChanged
}

func offsetPart(v *view) Cause {
	for _, part := range []struct {
		field string
		fen   *int64
	}{{"refund_offset_fen", v.pay.RefundOffsetFen}, {"adjust_fen", v.pay.AdjustFen}} {
		if part.fen != nil && *part.fen != 0 {
			v.note(v.pay.ID, part.field, transactions.Yuan(*part.fen))
			return Offset
		}
	}
	return ""
}

func mergedPayout(v *view) Cause {
	_, n := v.l.inPayout(v.pay)
	if n < 2 || !saysMissing(v.q) && !v.namesSum() {
		return ""
	}
	v.note(v.pay.ID, "transaction_ids", strconv.Itoa(n))
	return MergedPayout
}

// namesSum is true when the merchant names or asks about the sum of a payout
// (一共到了多少), and not merely about the fee of one sale.
func (v *view) namesSum() bool {
	for _, a := range v.q.Amounts {
		if a.Negated || a.Fee {
			continue
		}
		if a.Total || v.pay.NetFen != nil && equals(a, *v.pay.NetFen) || v.pay.GrossFen != nil && equals(a, *v.pay.GrossFen) {
			return true
		}
	}
	return together(v.q) && !asksFee(v.q)
}

func feeNet(v *view) Cause {
	if !asksFee(v.q) && !namesLess(v.q) && !v.namesNet() {
		return ""
	}
	v.note(v.pay.ID, "state", v.pay.State)
	if v.pay.FeeFen != nil {
		v.note(v.pay.ID, "fee_fen", transactions.Yuan(*v.pay.FeeFen))
	}
	return FeeNet
}

// namesNet is true when gross and net of the sale are both named (刷了5000,
// 4970): the difference is what is asked about.
func (v *view) namesNet() bool {
	gross, less := false, false
	for _, a := range v.q.Amounts {
		if a.Negated || a.Approx {
			continue
		}
		gross = gross || a.Fen == v.main.AmountFen
		less = less || v.pay.NetFen != nil && a.Fen == *v.pay.NetFen && a.Fen < v.main.AmountFen
	}
	return gross && less
}

func paidNotNoticed(v *view) Cause {
	v.note(v.pay.ID, "state", v.pay.State)
	if v.pay.BankRef != "" {
		v.note(v.pay.ID, "bank_ref", v.pay.BankRef)
	}
	return PaidNotNoticed
}
