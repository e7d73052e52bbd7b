package desk

import (
	"time"

	"daozhang/bot"
)

// Tab of the list of conversations.
type Tab string

// The closed list of tabs.
const (
	TabWaiting Tab = "waiting" // handed over, nobody has it: priority, then age
	TabMine    Tab = "mine"    // in the asker's hands
	TabHuman   Tab = "human"   // in anybody's hands
	TabBot     Tab = "bot"
	TabClosed  Tab = "closed"
	TabAll     Tab = "all"
)

// Filter of a list of conversations. Limit and UserID are required.
type Filter struct {
	Tab    Tab
	UserID int64 // whose "mine"
	// Query searches message texts, contact names, shops, merchant numbers, and
	// case numbers (#12); "" = everything.
	Query string
	After Position
	Limit int
}

// Position is where a page begins: after the row with these keys. The zero
// value is the beginning. Rank is used by TabWaiting only.
type Position struct {
	Rank int
	At   int64 // ms UTC
	ID   int64
}

// IsZero reports the beginning.
func (p Position) IsZero() bool { return p == Position{} }

// Rank orders priorities: urgent 2, high 1, everything else 0.
func Rank(priority string) int {
	switch priority {
	case "urgent":
		return 2
	case "high":
		return 1
	}
	return 0
}

// Less is the order of the waiting queue: higher priority first, then the
// older, then the smaller id. The store's SQL does the same.
func Less(a, b Position) bool {
	switch {
	case a.Rank != b.Rank:
		return a.Rank > b.Rank
	case a.At != b.At:
		return a.At < b.At
	}
	return a.ID < b.ID
}

// Row is one conversation in a list.
type Row struct {
	ID            int64
	Status        bot.Status
	AppID         string
	OpenID        string
	ContactID     int64
	Nickname      string
	Shops         []string
	AssigneeID    int64
	AssigneeName  string
	Unread        int64
	LastText      string
	LastAuthor    string
	LastKind      string // text image voice … event
	LastMessageAt time.Time
	CaseID        int64 // of the open case; 0 = none
	CaseNumber    int64
	Reason        string
	Priority      string
	OpenedAt      time.Time
	ExpectedAt    time.Time
	Held, Dead    int64
	Version       int64
}

// Overdue reports a case that waits past the time the contact was told.
func (r Row) Overdue(now time.Time) bool {
	return r.Status == bot.StatusWaiting && !r.ExpectedAt.IsZero() && now.After(r.ExpectedAt)
}

// Position of the row in its tab.
func (r Row) Position(t Tab) Position {
	if t == TabWaiting {
		return Position{Rank: Rank(r.Priority), At: r.OpenedAt.UnixMilli(), ID: r.ID}
	}
	return Position{At: r.LastMessageAt.UnixMilli(), ID: r.ID}
}

// Counts are the numbers of the tabs.
type Counts struct {
	Waiting, Mine, Human, Bot, Closed int64
	BindRequests, DeadLetters         int64
}

// ContactView is a contact with its shops.
type ContactView struct {
	ID             int64
	AppID, OpenID  string
	Nickname       string
	Followed       bool
	Quota          string // JSON of delivery.Quota
	LastInboundAt  time.Time
	CreatedAt      time.Time
	ConversationID int64
	Bindings       []BindingView
}

// MerchantNos are the shops that the contact may ask about.
func (c ContactView) MerchantNos() []string {
	nos := make([]string, len(c.Bindings))
	for i, b := range c.Bindings {
		nos[i] = b.MerchantNo
	}
	return nos
}

// DisplayName is what agents read for a contact: nickname, or 微信用户 and the
// tail of the openid.
func DisplayName(nickname, openid string) string {
	if nickname != "" {
		return nickname
	}
	return "微信用户" + Tail(openid, 6)
}

// Tail is the last n characters of an ASCII id.
func Tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[len(s)-n:]
}

// BindingView is a binding with the shop's name.
type BindingView struct {
	MerchantNo, ShopName, Brand, Role, VerifiedBy string
	BoundAt                                       time.Time
}

// MessageView is one thing said, with its delivery.
type MessageView struct {
	ID         int64
	Author     string
	AuthorName string
	Kind       string
	Text       string
	Choices    []bot.Choice
	MediaID    string
	Trace      *bot.Trace
	At         time.Time
	Delivery   *DeliveryView
}

// DeliveryView is where an outgoing message is. A message cut into parts has
// the state of the part that is worst off.
type DeliveryView struct {
	OutboxID int64
	State    string
	Attempts int
	Error    string
	SentAt   time.Time
}

// Note is seen by agents only.
type Note struct {
	ID         int64
	AuthorName string
	Text       string
	At         time.Time
}

// StatusChange is one change of ownership.
type StatusChange struct {
	From, To bot.Status
	Actor    string
	Reason   string
	At       time.Time
}

// Case is a hand-off with its card.
type Case struct {
	ID, Number                int64
	ConversationID, ContactID int64
	AppID, OpenID, Nickname   string
	Status                    bot.Status
	Reason, Priority          string
	Card                      bot.Card
	AssigneeID                int64
	AssigneeName              string
	OpenedAt, ExpectedAt      time.Time
	ClaimedAt, FirstReplyAt   time.Time
	ClosedAt                  time.Time
	Outcome                   string
	Rating                    int64
}

// Overdue reports a case that waits past the time the contact was told.
func (c Case) Overdue(now time.Time) bool {
	return c.Status == bot.StatusWaiting && !c.ExpectedAt.IsZero() && now.After(c.ExpectedAt)
}

// CaseFilter of a list of cases, newest first.
type CaseFilter struct {
	// Status is open (waiting or human), waiting, human, closed, all.
	Status     string
	AssigneeID int64 // 0 = anybody's
	Reason     string
	ContactID  int64 // 0 = anybody's
	Before     Position
	Limit      int
}

// Load is an agent and what is in their hands.
type Load struct {
	User User
	Open int64
}
