// Package diagnose decides which transaction a merchant speaks of, why its
// money has not arrived, and which date may be given. It is pure: facts,
// query and instant in, ranked candidates and diagnoses out. Every rule
// follows docs/rules.md sections 2 to 5.
package diagnose

import (
	"time"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Cause is why the money is where it is (contract section 8). The zero value
// means that none applies.
type Cause string

// The closed list of causes.
const (
	TxnDeclined           Cause = "TXN_DECLINED"
	TxnUnknown            Cause = "TXN_UNKNOWN"
	TxnReversed           Cause = "TXN_REVERSED"
	SingleSided           Cause = "SINGLE_SIDED"
	NotUploaded           Cause = "NOT_UPLOADED"
	PreauthNotCompleted   Cause = "PREAUTH_NOT_COMPLETED"
	Voided                Cause = "VOIDED"
	Refunded              Cause = "REFUNDED"
	RefundInProgress      Cause = "REFUND_IN_PROGRESS"
	CycleNotDue           Cause = "CYCLE_NOT_DUE"
	AfterCutoff           Cause = "AFTER_CUTOFF"
	HolidayDeferred       Cause = "HOLIDAY_DEFERRED"
	SettleProcessing      Cause = "SETTLE_PROCESSING"
	Overdue               Cause = "OVERDUE"
	D0Downgraded          Cause = "D0_DOWNGRADED"
	BelowMinimum          Cause = "BELOW_MINIMUM"
	ManualWithdraw        Cause = "MANUAL_WITHDRAW"
	MergedPayout          Cause = "MERGED_PAYOUT"
	FeeNet                Cause = "FEE_NET"
	Offset                Cause = "OFFSET"
	PayoutRejectedAccount Cause = "PAYOUT_REJECTED_ACCOUNT"
	PayoutLimitClass2     Cause = "PAYOUT_LIMIT_CLASS2"
	PayoutLimitClass3     Cause = "PAYOUT_LIMIT_CLASS3"
	PayoutReturned        Cause = "PAYOUT_RETURNED"
	AccountChanged        Cause = "ACCOUNT_CHANGED"
	PaidNotNoticed        Cause = "PAID_NOT_NOTICED"
	RiskHold              Cause = "RISK_HOLD"
	Retrieval             Cause = "RETRIEVAL"
	Dispute               Cause = "DISPUTE"
	MerchantFrozen        Cause = "MERCHANT_FROZEN"
	DocsIncomplete        Cause = "DOCS_INCOMPLETE"
	Duplicate             Cause = "DUPLICATE"
	FraudSuspected        Cause = "FRAUD_SUSPECTED"
	Outage                Cause = "OUTAGE"
	NotFound              Cause = "NOT_FOUND"
	NotOwned              Cause = "NOT_OWNED"
	NotBound              Cause = "NOT_BOUND"
	Ambiguous             Cause = "AMBIGUOUS"
	LedgerUnavailable     Cause = "LEDGER_UNAVAILABLE"
	Inconsistent          Cause = "INCONSISTENT"
	Policy                Cause = "POLICY"
)

// Input is everything that decides a result.
type Input struct {
	Query understand.Query
	Facts transactions.Facts
	// Focus are the transactions last spoken about (rules 2.7), oldest first.
	Focus []string
	// Offered are the candidates last listed as taps, in their order; Answered
	// those of them already explained.
	Offered  []string
	Answered []string
	// Explained is the cause explained in the last reply about Focus; with
	// Query.Disputed it hands over (rules 5).
	Explained Cause
	Now       time.Time
	Calendar  *transactions.Calendar
	// Notices published and covering now; the brand is checked here.
	Notices []transactions.Notice
	Limits  Limits
	// Unavailable is true when the look-up failed, was slow or returned garbage:
	// Facts mean nothing then, and nothing is said about any transaction.
	Unavailable bool
	// Silent are the shops whose system could not be asked while others could:
	// Facts hold no row of theirs, and what is not found may be there.
	Silent []string
}

// Limits is the operator's configuration that decides hand-overs.
type Limits struct {
	UnknownAfter time.Duration // default 30 min
	HighValueFen int64         // 0 = off
}

// Result is the outcome of one look-up.
type Result struct {
	// Cause is the headline. For NOT_FOUND, AMBIGUOUS and NOT_OWNED there are
	// no Diagnoses to answer with (AMBIGUOUS still carries them for each
	// candidate, so that the reply may say what is known of each).
	Cause Cause
	// Candidates are ranked best first, with reasons for the trace.
	Candidates []Candidate
	// Diagnoses to be told, problems first.
	Diagnoses []Diagnosis
	// Transactions is what the decision speaks about, oldest first (rules 6).
	Transactions []string
	// DayCorrected is set when the sale was found on a neighbour day of the one
	// said (rules 2.4); the reply says so and asks to confirm.
	DayCorrected *DayCorrection
	// Missing names the fact to ask for after NOT_FOUND (and after an AMBIGUOUS
	// too long to list): "amount", "time", "card_last4"; "" when all were said.
	Missing string
	// Near are at most three sales that agree but for a slip, best first, after
	// NOT_FOUND: to be offered as taps, without a word about their state.
	Near []Candidate
	// General is true for a question about the rules (settlement_rule) that
	// names no sale: unless Human, or Cause.Problem(), knowledge answers
	// it and the Diagnoses are background.
	General bool
	// Unmatched are amounts said (fen) that no sale explains, while others did;
	// the reply may say that they were not found.
	Unmatched []int64
	// Notice is the published notice behind OUTAGE.
	Notice *transactions.Notice
	// Silent are those of Input.Silent that the question may be about, in the
	// order of their numbers: LEDGER_UNAVAILABLE is about them alone, any other
	// answer is told without them and says so.
	Silent []transactions.Merchant
	// NotElsewhere is true beside Silent when the other shops were asked and
	// nothing there agrees.
	NotElsewhere bool
	Human        bool
	// Reason of the hand-over: a cause or HIGH_VALUE; "" without one.
	Reason string
	// Priority of a hand-over: normal high urgent.
	Priority string
	// Steps for the causes that have no Diagnosis (NOT_FOUND, SINGLE_SIDED,
	// NOT_UPLOADED, NOT_OWNED, NOT_BOUND, LEDGER_UNAVAILABLE, AMBIGUOUS, OUTAGE).
	Steps []Step
	// Terminals with unsent transactions, behind NOT_UPLOADED.
	Terminals []string
	// Evidence for the causes that have no Diagnosis.
	Evidence []Evidence
}

// DayCorrection tells the day said and the day found.
type DayCorrection struct {
	Said  transactions.Date
	Found transactions.Date
}

// Candidate is a sale with the settlement that decides it.
type Candidate struct {
	Transaction transactions.Transaction
	Score       float64  // 0..1, for ranking and trace only
	Reasons     []string // machine words: amount_gross, amount_net, time, tail ...
	Agrees      bool     // agrees with everything said
}

// Diagnosis is the truth about one sale, or about several with the same cause
// and due date.
type Diagnosis struct {
	Cause Cause
	// Transactions the cause is about, oldest first.
	Transactions []transactions.Transaction
	Merchant     transactions.Merchant
	// Settlement is the last one along next_id; nil when the ledger has none.
	// First is the one before it when there were several (退票后重新出款).
	Settlement *transactions.Settlement
	First      *transactions.Settlement
	// Linked rows that explain: original preauth, void, refund, completion.
	Linked []transactions.Transaction
	// FailedAttempts are earlier tries of the same sale (rules 2.3).
	FailedAttempts []transactions.Transaction
	// Companions are other sales in the same payout.
	Companions []transactions.Transaction
	// Due is the date that may be promised (rules 4); zero when none may be.
	Due transactions.Date
	// DueMissed is a date that has passed; it may be told, never promised.
	DueMissed transactions.Date
	// NoDate says why no date is given: "beyond_calendar", "" when it is plain.
	NoDate string
	// Schedule is the calculation behind the dates; shown to agents.
	Schedule transactions.Schedule
	// GrossFen is what was sold (after part refunds see RemainingFen); FeeFen and
	// NetFen are nil when unknown. NetComputed: the net is ours, say 约.
	GrossFen    int64
	FeeFen      *int64
	NetFen      *int64
	NetComputed bool
	// RefundedFen of a part refund; RemainingFen = GrossFen − RefundedFen.
	RefundedFen int64
	// WaitingFen is the sum that waits below the minimum (rules 4).
	WaitingFen int64
	// Code explains a response code; nil when none or unlisted. UnlistedCode is
	// set when the ledger has a code that the table does not list.
	Code         *ResponseCode
	UnlistedCode string
	// AsksRefund is true when the question was about the refund itself.
	AsksRefund bool
	// Docs and DocsDue are the papers asked for and their last day, whichever row
	// carries them.
	Docs    []string
	DocsDue transactions.Date
	// FailCode is the canonical code of a payout that failed, taken from the
	// words of its reason when the code is unknown or absent; FailMeaning says it
	// in plain Chinese. Both "" when nothing is known.
	FailCode    string
	FailMeaning string
	// ReversalMeaning explains the reason of a reversal in plain Chinese.
	ReversalMeaning string
	// Doubt lists the inconsistencies found (INCONSISTENT), for the agent.
	Doubt []string
	// Evidence for trace and agent: which row and field said what.
	Evidence []Evidence
	Human    bool
	// Reason of the hand-over: the cause or HIGH_VALUE; "" without one.
	Reason   string
	Priority string
	// Steps are machine words for what happens next and who acts (steps.go); the
	// composer has the sentence of each.
	Steps []Step
}

// RemainingFen is what stays of the sale after a part refund.
func (d Diagnosis) RemainingFen() int64 { return d.GrossFen - d.RefundedFen }

// Evidence is one fact that led to the cause.
type Evidence struct {
	Row   string `json:"row"`   // T1, B1, merchant
	Field string `json:"field"` // state
	Value string `json:"value"` // HELD
	Rule  string `json:"rule"`  // rules.md row: "3.risk_hold"
}

// ResponseCode explains a code of field 39 (domain 3). Source keys the table:
// codes collide between systems.
type ResponseCode struct {
	Source  string // pos acp ...
	Code    string
	Meaning string // Chinese, plain
	Outcome string // A D U T R
	Advice  string // Chinese, what the merchant does
}
