package transactions

import (
	"context"
	"time"
)

// Lookup asks for what is known about the shops of one contact. The merchant
// numbers are the authorisation: a Source returns rows of these shops only
// (rules 2.1), so an empty list returns nothing.
type Lookup struct {
	MerchantNos []string
	// From and To bound the transaction time, To exclusive.
	From, To time.Time
	// References widen the look-up beyond From..To: rows of the same shops with
	// this rrn, stan, id or auth code.
	Reference string
	// TransactionIDs widen it to rows spoken about earlier.
	TransactionIDs []string
	// Limit bounds the number of transactions, newest first; 0 = 500.
	Limit int
}

// Facts is one consistent look-up. Transactions are ordered by time, oldest
// first, with linked originals, voids, refunds and completions included even
// when they lie outside the look-up's bounds; Settlements hold every payout
// that names one of the transactions and its successors along next_id.
type Facts struct {
	Merchants    []Merchant
	Transactions []Transaction
	Settlements  []Settlement
	// AsOf is when the data was current: the look-up instant for a live
	// source, the newest import for a file.
	AsOf time.Time
	// Truncated is true when Limit cut the list.
	Truncated bool
}

// Source looks facts up. Errors: *UnavailableError when the system
// behind it is slow, down or returns garbage; the caller must then treat the
// state as unknown, never as absent.
type Source interface {
	Facts(ctx context.Context, l Lookup) (Facts, error)
}

// UnavailableError says that a source could not answer.
type UnavailableError struct {
	Kind string // timeout down garbage
	Err  error
}

// Error implements error.
func (e *UnavailableError) Error() string { return "ledger unavailable: " + e.Kind }

// Unwrap gives the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }
