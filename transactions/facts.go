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
	// Ages are the same by merchant number where shops differ: one with a live
	// source beside one that is fed by files. nil: AsOf counts for all.
	Ages map[string]time.Time
	// Truncated is true when Limit cut the list, or a source could not tell all.
	Truncated bool
}

// AgeOf is when the data of one merchant were current.
func (f Facts) AgeOf(merchantNo string) time.Time {
	if at, ok := f.Ages[merchantNo]; ok {
		return at
	}
	return f.AsOf
}

// Source looks facts up. Errors: *UnavailableError when the system
// behind it is slow, down or returns garbage; the caller must then treat the
// state as unknown, never as absent. Where the shops of one contact have
// different systems and some of them answered, Facts beside the error hold what
// these told (UnavailableError.Merchants).
type Source interface {
	Facts(ctx context.Context, l Lookup) (Facts, error)
}

// UnavailableError says that a source could not answer.
type UnavailableError struct {
	Kind string // timeout down garbage
	// Merchants are the shops that could not be asked, while the others could:
	// Facts beside the error hold every Merchant, all that is known of the others
	// and no row of these. nil: nothing is known of any shop.
	Merchants []string
	Err       error
}

// Error implements error.
func (e *UnavailableError) Error() string { return "ledger unavailable: " + e.Kind }

// Unwrap gives the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Schedule is the calculation of one payout date (rules 4), kept for the
// trace and the agent's view.
type Schedule struct {
	Cycle    string `json:"cycle"`
	Clearing Date   `json:"clearing"`
	// AfterCutoff is true when the time of sale moved the clearing day.
	AfterCutoff bool `json:"after_cutoff"`
	// Due is zero when it cannot be computed (T date beyond the calendar).
	Due Date `json:"due,omitzero"`
	// Deadline is Due at payout_by, or the end of that day.
	Deadline time.Time `json:"deadline,omitzero"`
	// Plain is the due date by a Monday–Friday calendar; later Due = holiday.
	Plain Date `json:"plain,omitzero"`
	// CutoffPassed is true when the sale was at or after the merchant's cut-off;
	// ClearingRecorded when the ledger's own clearing date differs from that and
	// beat it.
	CutoffPassed     bool `json:"cutoff_passed,omitempty"`
	ClearingRecorded bool `json:"clearing_recorded,omitempty"`
	// Formula is the due date by the formula alone; BeforeCutoff what it would
	// have been for the same sale before the cut-off.
	Formula      Date `json:"formula,omitzero"`
	BeforeCutoff Date `json:"before_cutoff,omitzero"`
	// Recorded is the ledger's own due date when it beat the formula;
	// RecordedEarlier when it was earlier and therefore not promised.
	Recorded        Date `json:"recorded,omitzero"`
	RecordedEarlier bool `json:"recorded_earlier,omitempty"`
	// BeyondCalendar is true when the loaded calendar ends before the date.
	BeyondCalendar bool `json:"beyond_calendar,omitempty"`
	// Steps are the calculation in Chinese, one line each, for agents.
	Steps []string `json:"steps,omitempty"`
}
