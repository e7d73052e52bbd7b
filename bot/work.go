package bot

import (
	"encoding/json"
	"errors"
	"time"
)

// ErrConflict says that a conversation changed while a turn ran: somebody
// claimed it, or the lease was lost and another worker answered. Nothing of
// the outcome was stored; what still waits is due again.
var ErrConflict = errors.New("the conversation changed meanwhile")

// ErrNotFound says that there is no such conversation, case or request.
var ErrNotFound = errors.New("not found")

// ErrTaken says that another agent owns the conversation.
var ErrTaken = errors.New("another agent owns this conversation")

// ErrDecided says that a bind request was decided before.
var ErrDecided = errors.New("the request was decided before")

// Work is one leased conversation with everything stored that a turn needs.
// Input lacks Now and Notices, which the runner adds.
type Work struct {
	ConversationID int64
	// Version guards the commit.
	Version int64
	// Attempts counts leases without a commit, this one included.
	Attempts int
	// Until is when the lease ends.
	Until time.Time
	Input Input
}

// DueWatch is a promise whose time to look again has come.
type DueWatch struct {
	ID       int64
	Attempts int
	Watch    Watch
}

// Outcome is everything that one turn or follow-up changes. It is committed in
// one transaction, or not at all.
type Outcome struct {
	Work     Work
	At       time.Time
	Decision Decision
	Trace    Trace
	// Handled are the utterances answered; the contact's messages are stored
	// from them. Empty for follow-ups and for notices that answer nothing yet.
	Handled []Utterance
	// ReplyTo is the inbound message whose callback may carry the first reply,
	// until PassiveUntil; 0 = none waits.
	ReplyTo      int64
	PassiveUntil time.Time
	// Expected is when a person answers at the latest, for a case opened now.
	Expected time.Time
	// NextDue postpones what was not handled; zero = as soon as possible.
	NextDue time.Time
	// Watch is the follow-up that ran: it is closed unless Decision.Watches
	// opens the same one again.
	Watch *DueWatch
	// Template is what a follow-up says once the 48 h window is closed; nil =
	// the words wait for the contact.
	Template *TemplateNotice
}

// TemplateNotice is a template message in the words of the channel.
type TemplateNotice struct {
	ID     string
	Fields map[string]string
	URL    string
}

// Committed tells what a commit did.
type Committed struct {
	Status     Status
	CaseNumber int64 // of a case opened now; 0 = none
	Outbound   []int64
	// Held are rows of Outbound that wait for the contact's next message.
	Held []int64
}

// Actor is a person at the console.
type Actor struct {
	ID   int64
	Name string
	// KfAccount shows the agent's nickname in WeChat; "" = none.
	KfAccount string
}

// DeskAct is one action of an agent on a conversation. It is committed in one
// transaction.
type DeskAct struct {
	ConversationID int64
	Actor          Actor
	At             time.Time
	// Move changes the owner; "" leaves it.
	Move   Move
	Reason string
	// Text is said to the contact by Author; "" says nothing.
	Text    string
	Choices []Choice
	Author  string // agent or system
	// ByOwner refuses with ErrTaken when another agent owns the conversation.
	ByOwner bool
	// Memory replaces the conversation's memory; nil keeps it. CaseNumber and
	// Greeted are kept in any case, as are LastQuestion and LastArticle.
	Memory *Memory
	// Outcome of the case that this act ends: solved, given_back; "" = none.
	Outcome string
}

// BindDecision is an agent's answer to a bind request.
type BindDecision struct {
	RequestID int64
	Actor     Actor
	At        time.Time
	Approve   bool
	Role      string // owner manager clerk; "" = owner
	Name      string // of the person, as the operator knows it
	Reason    string // of a refusal, for the record
	// Text tells the contact.
	Text string
}

// WaitingCase is a case that nobody has claimed yet.
type WaitingCase struct {
	ID             int64
	Number         int64
	ConversationID int64
	Reason         Reason
	Priority       string
	OpenedAt       time.Time
	ExpectedAt     time.Time
	NotifiedAt     time.Time
}

// Event is what the console is told: small, replayed by id.
type Event struct {
	ID        int64           `json:"id,string"`
	Type      string          `json:"type"`
	SubjectID int64           `json:"subject_id,string"`
	Version   int64           `json:"version"`
	Data      json.RawMessage `json:"data"`
	At        time.Time       `json:"at"`
}

// The types of events. The subject is the conversation unless said.
const (
	EventMessage    = "message"
	EventStatus     = "status"
	EventCase       = "case"       // data: number, level of re-notification
	EventDelivery   = "delivery"   // data: outbound id, state
	EventBinding    = "binding"    // subject: the bind request
	EventUnanswered = "unanswered" // data: message id; knowledge had nothing
	EventNote       = "note"
)
