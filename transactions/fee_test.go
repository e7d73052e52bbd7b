package transactions_test

import (
	"math/big"
	"testing"
	"testing/quick"

	"daozhang/transactions"
)

func fen(n int64) *int64 { return &n }

func shop() transactions.Merchant {
	return transactions.Merchant{
		MerchantNo: "M1", Cycle: "D1", Cutoff: "23:00", PayoutBy: "14:00",
		Rates: transactions.Rates{CreditBP: fen(60), DebitBP: fen(50), DebitCapFen: fen(2000), QRBP: fen(38), D0ExtraFen: fen(300)},
	}
}

func TestFee(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		txn    transactions.Transaction
		change func(*transactions.Merchant)
		want   int64
		known  bool
	}{
		"credit":                {txn: transactions.Transaction{Channel: "CARD", CardKind: "CREDIT", AmountFen: 240000}, want: 1440, known: true},
		"credit is not capped":  {txn: transactions.Transaction{Channel: "CARD", CardKind: "CREDIT", AmountFen: 5000000}, want: 30000, known: true},
		"debit below the cap":   {txn: transactions.Transaction{Channel: "CARD", CardKind: "DEBIT", AmountFen: 100000}, want: 500, known: true},
		"debit at the cap":      {txn: transactions.Transaction{Channel: "CARD", CardKind: "DEBIT", AmountFen: 1000000}, want: 2000, known: true},
		"half a fen goes up":    {txn: transactions.Transaction{Channel: "CARD", CardKind: "DEBIT", AmountFen: 100}, want: 1, known: true},
		"below half goes down":  {txn: transactions.Transaction{Channel: "CARD", CardKind: "DEBIT", AmountFen: 99}, want: 0, known: true},
		"qr":                    {txn: transactions.Transaction{Channel: "WECHAT", AmountFen: 100000}, want: 380, known: true},
		"unionpay qr":           {txn: transactions.Transaction{Channel: "UNIONPAY_QR", CardKind: "DEBIT", AmountFen: 100000}, want: 380, known: true},
		"card kind unknown":     {txn: transactions.Transaction{Channel: "CARD", AmountFen: 100000}},
		"channel unknown":       {txn: transactions.Transaction{CardKind: "CREDIT", AmountFen: 100000}},
		"e-CNY":                 {txn: transactions.Transaction{Channel: "ECNY", AmountFen: 100000}},
		"rate unknown":          {txn: transactions.Transaction{Channel: "CARD", CardKind: "CREDIT", AmountFen: 1}, change: func(m *transactions.Merchant) { m.Rates.CreditBP = nil }},
		"cap unknown":           {txn: transactions.Transaction{Channel: "CARD", CardKind: "DEBIT", AmountFen: 100000}, change: func(m *transactions.Merchant) { m.Rates.DebitCapFen = nil }},
		"rate zero is not none": {txn: transactions.Transaction{Channel: "ALIPAY", AmountFen: 100000}, change: func(m *transactions.Merchant) { m.Rates.QRBP = fen(0) }, known: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := shop()
			if c.change != nil {
				c.change(&m)
			}
			got, known := transactions.Fee(c.txn, m)
			if got != c.want && known || known != c.known {
				t.Errorf("%d %v, want %d %v", got, known, c.want, c.known)
			}
		})
	}
}

func TestD0Extra(t *testing.T) {
	t.Parallel()
	m := shop()
	if got, ok := transactions.D0Extra("D0", m); got != 300 || !ok {
		t.Errorf("D0: %d %v", got, ok)
	}
	if got, ok := transactions.D0Extra("D1", m); got != 0 || !ok {
		t.Errorf("D1: %d %v", got, ok)
	}
	if _, ok := transactions.D0Extra("T0", m); ok {
		t.Error("a T0 extra is not told by the contract")
	}
	m.Rates.D0ExtraFen = nil
	if _, ok := transactions.D0Extra("D0", m); ok {
		t.Error("unknown is not zero")
	}
}

// TestFeeIsHalfUp compares with exact arithmetic for any amount and rate.
func TestFeeIsHalfUp(t *testing.T) {
	t.Parallel()
	if err := quick.Check(func(amount uint32, wide uint16, bp uint16) bool {
		a, rate := int64(amount)*int64(wide), int64(bp%10001)
		m := shop()
		m.Rates.CreditBP = &rate
		got, ok := transactions.Fee(transactions.Transaction{Channel: "CARD", CardKind: "CREDIT", AmountFen: a}, m)
		exact := new(big.Int).Mul(big.NewInt(a), big.NewInt(rate))
		exact.Add(exact, big.NewInt(5000)).Div(exact, big.NewInt(10000))
		return ok && exact.IsInt64() && exact.Int64() == got && got <= a
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestCheckNet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		s            transactions.Settlement
		holds, known bool
	}{
		"plain":               {transactions.Settlement{GrossFen: fen(200000), FeeFen: fen(1200), NetFen: fen(198800)}, true, true},
		"every part":          {transactions.Settlement{GrossFen: fen(1000), FeeFen: fen(10), SurchargeFen: fen(3), RefundOffsetFen: fen(100), DisputeOffsetFen: fen(50), AdjustFen: fen(-7), NetFen: fen(830)}, true, true},
		"unexplained missing": {transactions.Settlement{GrossFen: fen(200000), FeeFen: fen(1200), NetFen: fen(190000)}, false, true},
		"net unknown":         {transactions.Settlement{GrossFen: fen(200000), FeeFen: fen(1200)}, false, false},
		"fee unknown":         {transactions.Settlement{GrossFen: fen(200000), NetFen: fen(198800)}, false, false},
	} {
		if holds, known := transactions.CheckNet(c.s); known != c.known || known && holds != c.holds {
			t.Errorf("%s: %v %v", name, holds, known)
		}
	}
	if err := quick.Check(func(gross, fee, sur, ref, dis, adj int32) bool {
		net := int64(gross) - int64(fee) - int64(sur) - int64(ref) - int64(dis) + int64(adj)
		s := transactions.Settlement{
			GrossFen: fen(int64(gross)), FeeFen: fen(int64(fee)), SurchargeFen: fen(int64(sur)), RefundOffsetFen: fen(int64(ref)),
			DisputeOffsetFen: fen(int64(dis)), AdjustFen: fen(int64(adj)), NetFen: &net,
		}
		holds, known := transactions.CheckNet(s)
		off := net + 1
		s.NetFen = &off
		wrong, _ := transactions.CheckNet(s)
		return holds && known && !wrong
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	for col, n := range map[transactions.Column]int{
		transactions.ColState: 7, transactions.ColRefundState: 5, transactions.ColReversalState: 3, transactions.ColDisputeState: 4,
		transactions.ColRisk: 5, transactions.ColSettlementState: 10, transactions.ColMerchantStatus: 5, transactions.ColCycle: 5,
		transactions.ColKind: 6, transactions.ColChannel: 5, transactions.ColCardKind: 2, transactions.ColAccountClass: 4,
		transactions.ColAccountState: 7, transactions.ColAccountKind: 2, "nonsense": 0,
	} {
		if got := len(col.Values()); got != n {
			t.Errorf("%s has %d values, want %d", col, got, n)
		}
	}
	if !transactions.ColState.Known("") || !transactions.ColState.Known("SUCCESS") || transactions.ColState.Known("success") || transactions.ColRisk.Known("SUCCESS") {
		t.Error("Known")
	}
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"PAID", "RETURNED", true},
		{"PAID", "PROCESSING", false},
		{"PAID", "PAID", true},
		{"RETURNED", "PAID", false},
		{"REVERSED", "SUCCESS", false},
		{"VOIDED", "SUCCESS", false},
		{"WAITING", "PAID", true},
		{"FAILED", "SUCCESS", true},
	} {
		if transactions.MayFollow(c.from, c.to) != c.ok {
			t.Errorf("%s → %s", c.from, c.to)
		}
	}
}
