package bot

import (
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Action is what a turn did (contract section 4).
type Action string

// The closed list of actions.
const (
	ActionAnswer   Action = "answer"
	ActionAsk      Action = "ask"
	ActionRefuse   Action = "refuse"
	ActionEscalate Action = "escalate"
	ActionNone     Action = "none"
)

// Reason of a hand-off: one of the reasons below, or the cause that needs a
// human (contract section 8).
type Reason string

// Reasons besides causes.
const (
	ReasonRequested     Reason = "REQUESTED"
	ReasonNoProgress    Reason = "NO_PROGRESS"
	ReasonLowConfidence Reason = "LOW_CONFIDENCE"
	ReasonAngry         Reason = "ANGRY"
	ReasonComplaint     Reason = "COMPLAINT"
	ReasonHighValue     Reason = "HIGH_VALUE"
	ReasonBotError      Reason = "BOT_ERROR"
	ReasonUnreadable    Reason = "UNREADABLE"
)

// Handoff is a request for a human.
type Handoff struct {
	Reason   Reason `json:"reason"`
	Priority string `json:"priority"` // normal high urgent
}

// Decision is the whole outcome of a turn: what is said and what changes. The
// runner commits it in one transaction.
type Decision struct {
	Intent       understand.Intent `json:"intent"`
	Query        understand.Query  `json:"query"`
	Action       Action            `json:"action"`
	Cause        diagnose.Cause    `json:"cause"`
	Transactions []string          `json:"transactions"`
	Due          transactions.Date `json:"due"`      // null in JSON when zero: see MarshalJSON
	Articles     []string          `json:"articles"` // id@version
	Handoff      *Handoff          `json:"handoff"`
	Status       Status            `json:"status"`

	// Replies are sent in order; the first may go as the passive reply.
	Replies []Reply `json:"-"`
	// Memory is the state after the turn.
	Memory Memory `json:"-"`
	// Card describes the case for the agent; set with Handoff.
	Card *Card `json:"-"`
	// Watches to open; CancelWatches names transactions no longer watched,
	// "*" for all of this conversation.
	Watches       []Watch  `json:"-"`
	CancelWatches []string `json:"-"`
	// Bind, Unbind and BindRequest change identity.
	Bind        *Scene       `json:"-"`
	Unbind      []string     `json:"-"` // merchant numbers
	BindRequest *BindRequest `json:"-"`
	// CodeRequest and CodeAnswer are of a one-time code (second factor).
	CodeRequest *CodeRequest `json:"-"`
	CodeAnswer  *CodeAnswer  `json:"-"`
	// Remove ends the binding of somebody else at the contact's own shop.
	Remove *Removal `json:"-"`
	// Rating 1–5 given to the closed case; 0 = none.
	Rating int `json:"-"`
	// Unfollowed marks the contact unreachable.
	Unfollowed bool `json:"-"`
	// Unanswered is true when knowledge had nothing: kept for the admins.
	Unanswered bool `json:"-"`
	// Lesson is a question to answer better, Uses what became of entries told.
	Lesson *Lesson      `json:"-"`
	Uses   []ArticleUse `json:"-"`
	// Report is the trouble that the contact met, counted for incidents; nil =
	// none.
	Report *Report `json:"-"`
}

// Reply is one message to the contact. Text has the choices as lines "1. …"
// already; Choices lets the channel make them tappable.
type Reply struct {
	Text    string   `json:"text"`
	Choices []Choice `json:"choices,omitempty"`
}

// BindRequest asks an agent to tie the contact to a shop.
type BindRequest struct {
	MerchantNo string
	Last4      string
}

// Watch is a promise to look again (design 5).
type Watch struct {
	Kind          WatchKind
	MerchantNo    string
	TransactionID string
	Cause         diagnose.Cause
	Due           transactions.Date
	// Deadline is when the promise is broken; CheckAt when to look next.
	Deadline time.Time
	CheckAt  time.Time
}

// WatchKind says what the watch waits for.
type WatchKind string

// The kinds of watch.
const (
	WatchPromise WatchKind = "promise" // a stated date
	WatchNotify  WatchKind = "notify"  // 到了告诉我
	WatchResult  WatchKind = "result"  // an unknown outcome, checked again
	WatchSource  WatchKind = "source"  // the look-up failed, tried again
)

// Card is the case card of an agent (design 6).
type Card struct {
	Reason   Reason           `json:"reason"`
	Priority string           `json:"priority"`
	Identity string           `json:"identity"` // unbound, bound:owner ...
	Shops    []string         `json:"shops,omitempty"`
	Query    understand.Query `json:"query"`
	// Chosen are the transactions spoken about as the ledger had them.
	Chosen []CardTransaction `json:"chosen,omitempty"`
	// AsOf is when the ledger data was current.
	AsOf      time.Time           `json:"as_of,omitzero"`
	Cause     diagnose.Cause      `json:"cause,omitempty"`
	Evidence  []diagnose.Evidence `json:"evidence,omitempty"`
	Doubt     []string            `json:"doubt,omitempty"`
	Schedule  []string            `json:"schedule,omitempty"` // the calculation of the date, in Chinese
	Promised  []string            `json:"promised,omitempty"` // dates told, in Chinese
	Steps     []string            `json:"steps,omitempty"`    // told to the merchant already, in Chinese
	LastError string              `json:"last_error,omitempty"`
	Summary   string              `json:"summary"` // two lines in Chinese
}

// CardTransaction is one row of a case card.
type CardTransaction struct {
	ID         string    `json:"id"`
	MerchantNo string    `json:"merchant_no"`
	Time       time.Time `json:"time"`
	AmountFen  int64     `json:"amount_fen"`
	Channel    string    `json:"channel"`
	CardLast4  string    `json:"card_last4,omitempty"`
	Terminal   string    `json:"terminal,omitempty"`
	State      string    `json:"state"`
	Settlement string    `json:"settlement,omitempty"` // id and state
	NetFen     *int64    `json:"net_fen,omitempty"`
	Cause      string    `json:"cause,omitempty"`
}

// Trace is how a turn came to its decision; stored with the message, shown to
// agents and replayable. It never holds sensitive spans.
type Trace struct {
	At         time.Time              `json:"at"`
	Said       []string               `json:"said,omitempty"`
	Query      understand.Query       `json:"query"`
	Candidates []TraceCandidate       `json:"candidates,omitempty"`
	Rule       string                 `json:"rule"` // the policy branch that decided
	Cause      diagnose.Cause         `json:"cause,omitempty"`
	Evidence   []diagnose.Evidence    `json:"evidence,omitempty"`
	Schedule   *transactions.Schedule `json:"schedule,omitempty"`
	// Facts is the snapshot of the rows concerned and their age.
	Facts     *TraceFacts `json:"facts,omitempty"`
	Articles  []string    `json:"articles,omitempty"`
	Hits      []TraceHit  `json:"hits,omitempty"`
	Model     string      `json:"model,omitempty"` // "", "filled", "rephrased", "rejected: numbers", "menu by meaning", "menu ranked"
	Filtered  []string    `json:"filtered,omitempty"`
	ElapsedUS int64       `json:"elapsed_us,omitempty"` // set by the runner
	Error     string      `json:"error,omitempty"`
}

// TraceCandidate is one candidate with its score.
type TraceCandidate struct {
	ID      string   `json:"id"`
	Score   float64  `json:"score"`
	Agrees  bool     `json:"agrees"`
	Reasons []string `json:"reasons"`
}

// TraceHit is one knowledge hit.
type TraceHit struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"`
}

// TraceFacts is the ledger snapshot of a turn.
type TraceFacts struct {
	AsOf         time.Time                  `json:"as_of,omitzero"`
	Merchants    []transactions.Merchant    `json:"merchants,omitempty"`
	Transactions []transactions.Transaction `json:"transactions,omitempty"`
	Settlements  []transactions.Settlement  `json:"settlements,omitempty"`
}
