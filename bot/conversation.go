// Package bot is the pure core: conversation and its states, policy,
// composing, escalation. Values in, Decision and Trace out; no I/O, no clock,
// no globals. Only turn.go has a context and ports.
package bot

import (
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Status of a conversation: who owns it.
type Status string

// bot → waiting → human → closed; give-back: human → bot.
const (
	StatusBot     Status = "bot"
	StatusWaiting Status = "waiting"
	StatusHuman   Status = "human"
	StatusClosed  Status = "closed"
)

// Contact is one WeChat user within one official account.
type Contact struct {
	ID       int64
	AppID    string
	OpenID   string
	Nickname string
	// Bindings are the shops this contact may ask about; empty = unbound.
	Bindings []Binding
	// BindAttempts counts bind requests of the last 24 h (lock-out, design 7).
	BindAttempts int
	// Codes counts the one-time codes asked for, WrongCodes the wrong answers,
	// of the last 24 h or since an agent lifted the lock.
	Codes, WrongCodes int
	// Code is the newest code of the last 24 h; nil = none.
	Code *Code
}

// MerchantNos are the bound merchant numbers.
func (c Contact) MerchantNos() []string {
	nos := make([]string, len(c.Bindings))
	for i, b := range c.Bindings {
		nos[i] = b.MerchantNo
	}
	return nos
}

// Binding ties a contact to a shop.
type Binding struct {
	MerchantNo string
	Role       string // owner manager clerk
	Name       string // of the person, as the operator knows it
	VerifiedBy string // scene, sms, agent:NAME, file
	BoundAt    time.Time
}

// Utterance is one thing the contact did: a message or an event, text already
// free of sensitive spans.
type Utterance struct {
	InboxID   int64
	Kind      string // text image voice video location link event unsupported
	Event     string // CLICK SCAN subscribe unsubscribe VIEW ...
	Key       string // QUERY FAQ HUMAN CASES BIND, or the scene
	Text      string
	Sensitive []string // kinds that were cut from Text
	MediaID   string
	MenuID    int64
	// Proof is the digest of an answer to a one-time code; "" = none.
	Proof string
	At    time.Time
}

// Memory is what a conversation remembers between turns. It is stored as
// JSON with the conversation; the zero value is a fresh conversation.
type Memory struct {
	// Previous is the last query that named something.
	Previous *understand.Query `json:"previous,omitempty"`
	// Focus, Offered, Answered, Explained: see diagnose.Input.
	Focus     []string       `json:"focus,omitempty"`
	Offered   []string       `json:"offered,omitempty"`
	Answered  []string       `json:"answered,omitempty"`
	Explained diagnose.Cause `json:"explained,omitempty"`
	// Told are the problems told in this conversation, as "sale cause": a general
	// question is not answered with them again (rules 2.6).
	Told []string `json:"told,omitempty"`
	// Choices are the taps of the last reply, so that a number or a tapped
	// text is read as what it stood for.
	Choices []Choice `json:"choices,omitempty"`
	// Asked is the fact asked for last and AskedTimes how often in a row.
	Asked      string `json:"asked,omitempty"`
	AskedTimes int    `json:"asked_times,omitempty"`
	// Misses counts turns in a row that were not understood; Turns counts bot
	// turns without progress (rules 5).
	Misses int `json:"misses,omitempty"`
	Turns  int `json:"turns,omitempty"`
	// BindMerchantNo and BindLast4 are a binding being collected.
	BindMerchantNo string `json:"bind_merchant_no,omitempty"`
	BindLast4      string `json:"bind_last4,omitempty"`
	// BindByHand is true once the contact asked for an agent instead of a code.
	BindByHand bool `json:"bind_by_hand,omitempty"`
	// Shop is the one in view of several (its number; "" = all), and ShopAsked
	// whether it was asked for.
	Shop      string `json:"shop,omitempty"`
	ShopAsked bool   `json:"shop_asked,omitempty"`
	// CaseNumber of the open or last case; 0 = none.
	CaseNumber int64 `json:"case_number,omitempty"`
	// AskRating is true after an agent closed the case, until it is answered.
	AskRating bool `json:"ask_rating,omitempty"`
	// Promised are the dates told about Focus, oldest first, and Steps the steps
	// told, for the case card; both start afresh with another sale.
	Promised []Promise `json:"promised,omitempty"`
	Steps    []string  `json:"steps,omitempty"`
	// LastArticle is the entry told last (id@version), for "没用" and "还有吗".
	LastArticle string `json:"last_article,omitempty"`
	// LastQuestion is what was asked last in words worth quoting; Thanked is
	// true once LastArticle was counted as helpful.
	LastQuestion string `json:"last_question,omitempty"`
	Thanked      bool   `json:"thanked,omitempty"`
	// Guide is a check being walked through; nil = none.
	Guide *GuideState `json:"guide,omitempty"`
	// Greeted is when the bot last introduced itself.
	Greeted time.Time `json:"greeted,omitzero"`
	// LastTurnAt is when the contact last spoke; a long silence starts afresh.
	LastTurnAt time.Time `json:"last_turn_at,omitzero"`
}

// Promise is a date that was told.
type Promise struct {
	At  time.Time         `json:"at"`
	Due transactions.Date `json:"due"`
}

// Choice is one tap of a reply with what it means to us.
type Choice struct {
	ID   int64  `json:"id"` // numeric, 1-based within the reply
	Text string `json:"text"`
	// Means: "transaction:ID", "none", "human", "article:ID", "faq", "bind",
	// "query", "rate:5", "confirm", "deny", "notify", "guide:next|cannot|solved|resume", "unbind:NO",
	// "keep", "shop:NO", "shop:*", "remove:NO:CONTACT", "remove_yes:NO:CONTACT", "keep_people".
	Means string `json:"means"`
}

// Input is everything one turn may know besides what its ports look up.
type Input struct {
	Now     time.Time
	Status  Status
	Memory  Memory
	Contact Contact
	// Said is what arrived since the last turn, oldest first; all of it is
	// answered in one turn.
	Said []Utterance
	// Scene is the valid, unused binding scene that a SCAN or subscribe event
	// carried; nil when there was none or it was not valid.
	Scene *Scene
	// SceneRejected is true when a scene was carried but expired, used or
	// unknown.
	SceneRejected bool
	// OpenCases of the contact, for CASES and "我的工单".
	OpenCases []CaseInfo
	// Notices published and covering Now.
	Notices []transactions.Notice
	// HeldReplies is the number of agent replies that waited for this contact.
	HeldReplies int
}

// Scene is a binding QR code made for one shop.
type Scene struct {
	Token      string
	MerchantNo string
	ShopName   string
	Role       string
}

// CaseInfo is what a contact may read of a case.
type CaseInfo struct {
	Number   int64
	Status   Status
	Reason   string
	OpenedAt time.Time
	// ExpectedAt is when a person answers at the latest, by business hours.
	ExpectedAt time.Time
}
