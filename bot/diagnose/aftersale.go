package diagnose

import "daozhang/transactions"

// Whether a sale was refunded.
type refundState int

const (
	refundNone     refundState = iota
	refundAccepted             // on its way
	refundDone
	refundFailed
)

// refund is what is known of the refunds of one sale. fen is 0 when the ledger
// does not tell how much.
type refund struct {
	state refundState
	fen   int64
	whole bool
}

// refundOf reads refund_state and the linked REFUND rows. Without a linked
// row, ACCEPTED and REFUNDED mean the whole sale.
func refundOf(s *sale) refund {
	r := refund{}
	for _, t := range s.linked {
		if kindOf(t) == transactions.Refund {
			r.add(t)
		}
	}
	switch s.main.RefundState {
	case transactions.RefundAccepted:
		r.raise(refundAccepted)
		r.whole = r.fen == 0 || r.fen >= s.main.AmountFen
	case transactions.RefundedState:
		r.raise(refundDone)
		r.whole = true
		r.fen = s.main.AmountFen
	case transactions.PartRefunded:
		r.raise(refundDone)
	case transactions.Failed:
		r.raise(refundFailed)
	default:
		r.whole = r.fen > 0 && r.fen >= s.main.AmountFen
	}
	if p := s.last(); r.fen == 0 && r.state == refundDone && p != nil && p.RefundOffsetFen != nil && len(p.TransactionIDs) == 1 {
		r.fen = *p.RefundOffsetFen
	}
	return r
}

// add counts one linked refund row. One that is accepted keeps the whole in
// progress even where an earlier one is done.
func (r *refund) add(t *transactions.Transaction) {
	switch o := outcomeOf(t); {
	case t.RefundState == transactions.Failed || o == transactions.Failed || o == transactions.Closed ||
		o == transactions.Reversed || o == transactions.Voided:
		if r.state == refundNone {
			r.state = refundFailed
		}
		return
	case t.RefundState == transactions.RefundAccepted || o != transactions.Success:
		r.state = refundAccepted
	case r.state != refundAccepted:
		r.state = refundDone
	}
	r.fen += t.AmountFen
}

// raise lets the state of the sale itself speak; a linked row that is still in
// progress keeps the upper hand over "done".
func (r *refund) raise(to refundState) {
	if r.state == refundNone || r.state == refundFailed || to == refundAccepted && r.state != refundDone {
		r.state = to
	}
}

// voidOf is the linked void that undid the sale; nil without one.
func voidOf(s *sale) *transactions.Transaction { return undoneBy(s.main, s.linked) }
