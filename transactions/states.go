package transactions

import "slices"

// The values of state-like columns (contract section 7).
const (
	Pending  = "PENDING"
	Success  = "SUCCESS"
	Failed   = "FAILED"
	Unknown  = "UNKNOWN"
	Reversed = "REVERSED"
	Voided   = "VOIDED"
	Closed   = "CLOSED"

	Sale            = "SALE"
	Preauth         = "PREAUTH"
	PreauthComplete = "PREAUTH_COMPLETE"
	PreauthCancel   = "PREAUTH_CANCEL"
	Void            = "VOID"
	Refund          = "REFUND"

	Card       = "CARD"
	WeChat     = "WECHAT"
	Alipay     = "ALIPAY"
	UnionPayQR = "UNIONPAY_QR"
	ECNY       = "ECNY"

	Credit = "CREDIT"
	Debit  = "DEBIT"

	RefundAccepted = "ACCEPTED"
	PartRefunded   = "PART_REFUNDED"
	RefundedState  = "REFUNDED"

	Chargeback = "CHARGEBACK"
	Retrieval  = "RETRIEVAL" // of dispute_state and of risk (调单)
	Won        = "WON"
	Lost       = "LOST"

	Hold     = "HOLD"
	Released = "RELEASED"
	Refused  = "REFUSED"

	Waiting    = "WAITING"
	BelowMin   = "BELOW_MIN"
	Scheduled  = "SCHEDULED"
	Processing = "PROCESSING"
	D0Failed   = "D0_FAILED"
	Held       = "HELD"
	Paid       = "PAID"
	Rejected   = "REJECTED"
	Returned   = "RETURNED"
	OffsetAll  = "OFFSET"

	Normal      = "NORMAL"
	Limited     = "LIMITED"
	PendingDocs = "PENDING_DOCS"
	Frozen      = "FROZEN"

	D0     = "D0"
	D1     = "D1"
	T0     = "T0"
	T1     = "T1"
	Manual = "MANUAL"
)

// Column names one column with a closed list of values.
type Column string

// The columns with a closed list. The names are those of the contract, with
// the table in front where two tables share one.
const (
	ColState           Column = "state"
	ColKind            Column = "kind"
	ColChannel         Column = "channel"
	ColCardKind        Column = "card_kind"
	ColRefundState     Column = "refund_state"
	ColReversalState   Column = "reversal_state"
	ColDisputeState    Column = "dispute_state"
	ColRisk            Column = "risk"
	ColSettlementState Column = "settlement.state"
	ColMerchantStatus  Column = "merchant.status"
	ColCycle           Column = "cycle"
	ColAccountKind     Column = "account_kind"
	ColAccountClass    Column = "account_class"
	ColAccountState    Column = "account_state"
)

// Values lists what a column may hold; nil for a column without a closed list.
// The empty text (unknown) is not listed.
func (c Column) Values() []string {
	switch c {
	case ColState:
		return []string{Pending, Success, Failed, Unknown, Reversed, Voided, Closed}
	case ColKind:
		return []string{Sale, Preauth, PreauthComplete, PreauthCancel, Void, Refund}
	case ColChannel:
		return []string{Card, WeChat, Alipay, UnionPayQR, ECNY}
	case ColCardKind:
		return []string{Credit, Debit}
	case ColRefundState:
		return []string{"NONE", RefundAccepted, PartRefunded, RefundedState, Failed}
	case ColReversalState:
		return []string{Pending, Success, Failed}
	case ColDisputeState:
		return []string{Chargeback, Retrieval, Won, Lost}
	case ColRisk:
		return []string{"NONE", Hold, Retrieval, Released, Refused}
	case ColSettlementState:
		return []string{Waiting, BelowMin, Scheduled, Processing, D0Failed, Held, Paid, Rejected, Returned, OffsetAll}
	case ColMerchantStatus:
		return []string{Normal, Limited, PendingDocs, Frozen, Closed}
	case ColCycle:
		return []string{D0, D1, T0, T1, Manual}
	case ColAccountKind:
		return []string{"PERSONAL", "CORPORATE"}
	case ColAccountClass:
		return []string{"I", "II", "III", Unknown}
	case ColAccountState:
		return []string{Normal, Frozen, Closed, "DORMANT", "LOST", "NAME_MISMATCH", Unknown}
	}
	return nil
}

// Known reports whether the column may hold the value. The empty text means
// unknown and is always allowed.
func (c Column) Known(value string) bool {
	return value == "" || slices.Contains(c.Values(), value)
}

// MayFollow reports whether a row in state from may be changed to state to: a
// final state (PAID, RETURNED, REVERSED, VOIDED) does not go back, except
// PAID → RETURNED (contract section 7).
func MayFollow(from, to string) bool {
	switch from {
	case Paid:
		return to == Paid || to == Returned
	case Returned, Reversed, Voided:
		return to == from
	}
	return true
}
