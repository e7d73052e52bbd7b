// Package delivery is the vocabulary of messages on their way in and out:
// pure values, shared by the channel (handlers/wechat), the runner and the
// store. Window and quota rules live here too, without I/O or clock.
package delivery

import "time"

// InboundKind says what arrived.
type InboundKind string

// The kinds of inbound message. Event carries its name in Inbound.Event.
const (
	KindText        InboundKind = "text"
	KindImage       InboundKind = "image"
	KindVoice       InboundKind = "voice"
	KindVideo       InboundKind = "video"
	KindLocation    InboundKind = "location"
	KindLink        InboundKind = "link"
	KindEvent       InboundKind = "event"
	KindUnsupported InboundKind = "unsupported"
)

// Inbound is one message or event of a contact as the inbox stores it. Text
// has already lost its sensitive spans: nothing else may be stored.
type Inbound struct {
	ID     int64  // given by the store
	AppID  string // official account
	OpenID string // WeChat user within the account
	// DedupeKey is unique per account: openid+MsgId for messages,
	// openid+CreateTime+Event+EventKey for events (wechat.md B1).
	DedupeKey string
	Kind      InboundKind
	Event     string // subscribe, unsubscribe, SCAN, CLICK, VIEW, TEMPLATESENDJOBFINISH, ...; "" for messages
	EventKey  string // scene or menu key; for subscribe without the qrscene_ prefix
	Text      string // content, recognised speech, or ""
	Sensitive []string
	// Proof is the keyed digest of an answer to a one-time code, which Text has
	// lost; "" = none.
	Proof  string `json:",omitempty"`
	MenuID int64  // bizmsgmenuid, a hint only (wechat.md B3)
	// Tapped is true when the message carries a bizmsgmenuid at all, even 0 or
	// one that is not a number: it counts as a menu click (PoolOf).
	Tapped  bool
	MediaID string // picture, voice, video
	PicURL  string
	SentAt  time.Time // WeChat's CreateTime
	// ReceivedAt is when our callback read it; the passive deadline counts from here.
	ReceivedAt time.Time
}

// Pool names the quota pool that an outbound customer message draws on
// (wechat.md B3).
type Pool string

// The pools with their sizes and lifetimes.
const (
	PoolMessage Pool = "message" // 5 in 48 h after a user message
	PoolClick   Pool = "click"   // 3 in 1 min after a menu click
	PoolFollow  Pool = "follow"  // 3 in 1 min after following
	PoolScan    Pool = "scan"    // 3 in 1 min after scanning a QR code
)

// Choice is one tap of a reply. ID is numeric (wechat.md A1: a non-numeric
// menu id makes the whole message unparsable).
type Choice struct {
	ID   int64  `json:"id"`
	Text string `json:"text"`
}

// OutboundState is where a message to a contact is.
type OutboundState string

// Pending → Sending → Sent is the normal way. Held waits for the next contact
// (window closed or quota used up); Dead is a visible dead letter.
const (
	Pending OutboundState = "pending"
	Passive OutboundState = "passive" // claimed by a waiting callback, not yet written
	Sending OutboundState = "sending" // leased by the sender loop
	Sent    OutboundState = "sent"
	Held    OutboundState = "held"
	Dead    OutboundState = "dead"
)

// Outbound is one message to a contact.
type Outbound struct {
	ID             int64
	ConversationID int64
	MessageID      int64 // the conversation message it delivers
	AppID          string
	OpenID         string
	// ReplyTo is the inbound message that a passive reply may answer with this
	// row; 0 when none.
	ReplyTo int64
	Author  Author
	Text    string
	// Choices are rendered as lines of Text as well; the channel may add taps.
	Choices []Choice
	// KfAccount shows an agent's nickname; "" for the bot.
	KfAccount string
	State     OutboundState
	Attempts  int
	// DueAt is when the sender may take it; for rows that a waiting callback
	// may still claim it is the passive deadline.
	DueAt     time.Time
	LastError string // class and code only, never customer data
	CreatedAt time.Time
	SentAt    time.Time
	// Template is set for a template message (outside the 48 h window).
	Template *Template
}

// Author of an outbound message.
type Author string

// The authors.
const (
	ByBot    Author = "bot"
	ByAgent  Author = "agent"
	BySystem Author = "system"
)

// Template is a template message: values are cut to the platform's field
// limits by the sender (wechat.md B4).
type Template struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"`
	URL    string            `json:"url,omitempty"`
}

// Class is what a delivery error means for the row.
type Class string

// The error classes (wechat.md B6).
const (
	ClassOK        Class = "ok"
	ClassRetry     Class = "retry"     // network, -1, 45009/45011: backoff
	ClassToken     Class = "token"     // 40001 40014 42001: drop the token, once more at once
	ClassWindow    Class = "window"    // 45015: hold until the next contact
	ClassQuota     Class = "quota"     // 45047: hold, pool is empty
	ClassPermanent Class = "permanent" // 40003 43004 43019 ...: dead letter
	ClassTooLong   Class = "too_long"  // 45002: split
	ClassMenu      Class = "menu"      // 40200: fall back to text
	ClassForbidden Class = "forbidden" // 48001: the account may not; passive only
	ClassOperator  Class = "operator"  // 40164 ...: configuration, alert and retry slowly
)

// Error is a classified delivery error. Its text holds the code and the
// platform's words without tokens, openids or message text.
type Error struct {
	Class Class
	Code  int
	Msg   string
}

// Error implements error.
func (e *Error) Error() string { return e.Msg }

// Partial says that only the beginning of a row reached the contact. The row
// goes back to Pending (Err nil) or to what the class of Err asks for, with
// Rest as its new text; its choices stay with the rest. errors.As finds the
// *Error of a part that failed.
type Partial struct {
	Rest string // never ""
	Err  error  // why the rest was not sent; nil when the slot was full
}

// Error implements error without message text.
func (p *Partial) Error() string {
	if p.Err == nil {
		return "sent in part: the rest waits"
	}
	return "sent in part: " + p.Err.Error()
}

// Unwrap gives the failure of the next part, or nil.
func (p *Partial) Unwrap() error { return p.Err }
