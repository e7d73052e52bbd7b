package transactions

// Fee is the contract fee of one transaction in fen: amount × rate, rounded
// half up to the fen, the cap counting for DEBIT only (rules 4). ok is false
// when the channel, the card kind or a rate that it needs is unknown: then no
// net may be said. The D0 extra is not part of it (D0Extra).
func Fee(t Transaction, m Merchant) (fen int64, ok bool) {
	if t.AmountFen < 0 {
		return 0, false
	}
	switch t.Channel {
	case Card:
		switch t.CardKind {
		case Credit:
			return share(t.AmountFen, m.Rates.CreditBP)
		case Debit:
			fen, ok = share(t.AmountFen, m.Rates.DebitBP)
			// A cap of 0 would make every debit sale free: it is read as
			// "not told", which is not the same as "no cap".
			if limit := m.Rates.DebitCapFen; !ok || limit == nil || *limit <= 0 {
				return fen, ok && fen == 0
			} else if fen > *limit {
				fen = *limit
			}
			return fen, true
		}
	case WeChat, Alipay, UnionPayQR:
		return share(t.AmountFen, m.Rates.QRBP)
	}
	return 0, false // ECNY has a rate of its own that the contract does not carry
}

// D0Extra is what a same-day payout costs on top of the fee, per transaction.
// ok is false when it applies and is unknown; a T0 payout is priced by the
// same line only where that line is 0, because the contract does not say more.
func D0Extra(cycle string, m Merchant) (fen int64, ok bool) {
	extra := m.Rates.D0ExtraFen
	switch cycle {
	case D0:
		if extra == nil || *extra < 0 {
			return 0, false
		}
		return *extra, true
	case T0:
		return 0, extra != nil && *extra == 0
	}
	return 0, true
}

// share is amount × bp / 10000, half up, without overflow for any amount of
// fen that a ledger can hold (int64 whole and rest are multiplied apart).
func share(amount int64, bp *int64) (int64, bool) {
	if bp == nil || *bp < 0 || *bp > 10_000 {
		return 0, false
	}
	whole, rest := amount/10_000, amount%10_000
	return whole**bp + (rest**bp+5_000)/10_000, true
}

// CheckNet tests the invariant of a payout:
//
//	net = gross − fee − surcharge − offsets + adjust
//
// known is false, and holds means nothing, when gross, fee or net is unknown.
// A surcharge, offset or adjustment that the ledger does not carry counts as
// none, because a difference that nothing on record explains is the very thing
// to be found.
func CheckNet(s Settlement) (holds, known bool) {
	if s.GrossFen == nil || s.NetFen == nil || s.FeeFen == nil {
		return false, false
	}
	want := *s.GrossFen - *s.FeeFen - orZero(s.SurchargeFen) - orZero(s.RefundOffsetFen) -
		orZero(s.DisputeOffsetFen) + orZero(s.AdjustFen)
	return want == *s.NetFen, true
}

func orZero(p *int64) int64 {
	if p == nil {
		return 0
	}
	return *p
}
