// Package console is the JSON API of the agents' and administrators' console,
// the integration API, the live event stream and the delivery of the console's
// own pages. It knows HTTP and roles; what an action means is decided behind
// the interfaces of ports.go.
package console

import (
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"daozhang/bot"
)

// ID is an int64 id, a decimal string in every JSON: browsers round large
// numbers.
type ID int64

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(id), 10), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(b []byte) error {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || n <= 0 {
		return errBadID
	}
	*id = ID(n)
	return nil
}

// Schema implements huma.SchemaProvider.
func (ID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^[0-9]{1,19}$", Description: "id", Examples: []any{"1867340029441"}}
}

var _ huma.SchemaProvider = ID(0)

// PathID is an id in a path. What is no id is simply not found.
type PathID string

// Schema implements huma.SchemaProvider.
func (PathID) Schema(r huma.Registry) *huma.Schema { return ID(0).Schema(r) }

func (p PathID) id() ID {
	n, err := strconv.ParseInt(string(p), 10, 64)
	if err != nil {
		return 0
	}
	return ID(n)
}

// Common -----------------------------------------------------------------------

// Page is the paging of every list.
type Page struct {
	Cursor string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before; empty = first page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// User is a console user as others see it.
type User struct {
	ID          ID        `json:"id"`
	Name        string    `json:"name"`
	DisplayName string    `json:"display_name"`
	Role        string    `json:"role" enum:"agent,supervisor,admin,auditor"`
	Disabled    bool      `json:"disabled"`
	MustChange  bool      `json:"must_change" doc:"the password must be changed before anything else"`
	Presence    string    `json:"presence" enum:"online,away,offline"`
	LockedUntil time.Time `json:"locked_until,omitempty,omitzero"`
	CreatedAt   time.Time `json:"created_at"`
}

// Session is who is signed in and what they may do.
type Session struct {
	User        User     `json:"user"`
	CSRF        string   `json:"csrf" doc:"send as X-CSRF-Token with every POST, PUT and DELETE"`
	Permissions []string `json:"permissions"`
	Settings    Settings `json:"settings"`
}

// Settings is what the console needs to know of the configuration.
type Settings struct {
	BotName   string    `json:"bot_name"`
	Brand     string    `json:"brand"`
	HoursFrom string    `json:"hours_from" doc:"HH:MM, Asia/Shanghai"`
	HoursTo   string    `json:"hours_to"`
	PublicURL string    `json:"public_url"`
	Accounts  []Account `json:"accounts"`
	Demo      bool      `json:"demo"`
	Version   string    `json:"version"`
	Now       time.Time `json:"now" doc:"the server's clock: countdowns use it, not the browser's"`
}

// Account is an official account.
type Account struct {
	AppID    string `json:"app_id"`
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
}

// AuthState tells a signed-out page what to show.
type AuthState struct {
	SignedIn    bool `json:"signed_in"`
	SetupNeeded bool `json:"setup_needed" doc:"no administrator exists yet: open the one-time link printed at start"`
}

// LoginInput signs in.
type LoginInput struct {
	Name     string `json:"name" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"256"`
}

// PasswordInput changes one's own password.
type PasswordInput struct {
	OldPassword string `json:"old_password" minLength:"1" maxLength:"256"`
	NewPassword string `json:"new_password" minLength:"1" maxLength:"256"`
}

// SetupInput creates the first administrator.
type SetupInput struct {
	Token    string `json:"token" minLength:"1" maxLength:"128"`
	Name     string `json:"name,omitempty" maxLength:"64" doc:"default admin"`
	Password string `json:"password" minLength:"1" maxLength:"256"`
}

// PresenceInput says whether one takes cases.
type PresenceInput struct {
	Presence string `json:"presence" enum:"online,away,offline"`
}

// Conversations ----------------------------------------------------------------

// Conversation is one row of the list and the head of the view.
type Conversation struct {
	ID            ID         `json:"id"`
	Status        bot.Status `json:"status" enum:"bot,waiting,human,closed"`
	AppID         string     `json:"app_id"`
	ContactID     ID         `json:"contact_id"`
	ContactName   string     `json:"contact_name" doc:"nickname, or 微信用户 and the tail of the openid"`
	Shops         []string   `json:"shops" doc:"names of the bound shops"`
	AssigneeID    *ID        `json:"assignee_id"`
	AssigneeName  string     `json:"assignee_name"`
	Unread        int64      `json:"unread"`
	LastText      string     `json:"last_text" doc:"at most 80 characters of the last message"`
	LastAuthor    string     `json:"last_author" enum:"contact,bot,agent,system,"`
	LastKind      string     `json:"last_kind" doc:"text image voice video location link event unsupported; empty = no message"`
	LastMessageAt time.Time  `json:"last_message_at,omitempty,omitzero"`
	CaseID        *ID        `json:"case_id"`
	CaseNumber    int64      `json:"case_number" doc:"0 = none"`
	Reason        string     `json:"reason" doc:"hand-off reason of the open case"`
	Priority      string     `json:"priority" enum:"normal,high,urgent,"`
	OpenedAt      time.Time  `json:"opened_at,omitempty,omitzero"`
	ExpectedAt    time.Time  `json:"expected_at,omitempty,omitzero" doc:"promised answer time of the open case"`
	Overdue       bool       `json:"overdue" doc:"waiting past expected_at"`
	Held          int64      `json:"held" doc:"messages that wait for the contact's next word"`
	Dead          int64      `json:"dead" doc:"messages that could not be delivered"`
	Version       int64      `json:"version"`
}

// Counts are the numbers on the list's tabs.
type Counts struct {
	Waiting      int64 `json:"waiting"`
	Mine         int64 `json:"mine"`
	Human        int64 `json:"human"`
	Bot          int64 `json:"bot"`
	Closed       int64 `json:"closed"`
	BindRequests int64 `json:"bind_requests"`
	DeadLetters  int64 `json:"dead_letters"`
}

// ConversationList is a page of conversations.
type ConversationList struct {
	Items      []Conversation `json:"items"`
	NextCursor string         `json:"next_cursor"`
	Counts     Counts         `json:"counts"`
}

// ConversationDetail is everything an agent sees when opening a conversation.
type ConversationDetail struct {
	Conversation Conversation   `json:"conversation"`
	Contact      Contact        `json:"contact"`
	Case         *Case          `json:"case" doc:"the open case, else the last one; null = never handed over"`
	EarlierCases []CaseRow      `json:"earlier_cases"`
	Window       Window         `json:"window"`
	Messages     []Message      `json:"messages" doc:"the newest, oldest first"`
	OlderCursor  string         `json:"older_cursor" doc:"for GET …/messages; empty = this is all"`
	Notes        []Note         `json:"notes"`
	Changes      []StatusChange `json:"changes" doc:"who owned it when"`
	Actions      []string       `json:"actions" doc:"what this user may do now: claim, reply, give_back, close, note, handover, ledger"`
}

// Window is what WeChat still lets us send (48 h, 5 messages).
type Window struct {
	Open  bool      `json:"open"`
	EndAt time.Time `json:"end_at,omitempty,omitzero" doc:"when the last open window ends"`
	Left  int       `json:"left" doc:"customer messages that may still be sent"`
	Held  int64     `json:"held" doc:"messages that wait for the contact's next word"`
	// Hint says in Chinese what happens to a reply sent now.
	Hint string `json:"hint"`
}

// Contact is a WeChat user.
type Contact struct {
	ID            ID        `json:"id"`
	AppID         string    `json:"app_id"`
	OpenIDTail    string    `json:"openid_tail" doc:"last 6 characters"`
	Name          string    `json:"name"`
	Followed      bool      `json:"followed"`
	LastInboundAt time.Time `json:"last_inbound_at,omitempty,omitzero"`
	CreatedAt     time.Time `json:"created_at"`
	Bindings      []Binding `json:"bindings"`
}

// Binding ties a contact to a shop.
type Binding struct {
	MerchantNo string    `json:"merchant_no"`
	ShopName   string    `json:"shop_name"`
	Brand      string    `json:"brand"`
	Role       string    `json:"role" enum:"owner,manager,clerk"`
	VerifiedBy string    `json:"verified_by"`
	BoundAt    time.Time `json:"bound_at"`
}

// ContactDetail is a contact with its history.
type ContactDetail struct {
	Contact        Contact       `json:"contact"`
	ConversationID *ID           `json:"conversation_id"`
	Cases          []CaseRow     `json:"cases"`
	BindRequests   []BindRequest `json:"bind_requests"`
}

// Message is one thing said.
type Message struct {
	ID         ID        `json:"id"`
	Author     string    `json:"author" enum:"contact,bot,agent,system"`
	AuthorName string    `json:"author_name"`
	Kind       string    `json:"kind" doc:"text image voice video location link event unsupported"`
	Text       string    `json:"text"`
	Choices    []Tap     `json:"choices" doc:"taps offered with the message"`
	MediaID    string    `json:"media_id"`
	At         time.Time `json:"at"`
	// Delivery is nil for what the contact said.
	Delivery *Delivery `json:"delivery"`
	// Trace is how the bot came to its answer; nil otherwise.
	Trace *bot.Trace `json:"trace"`
	// Articles told in the message, with the version that was told.
	Articles []ArticleRef `json:"articles"`
}

// Tap is one choice of a message.
type Tap struct {
	ID   int64  `json:"id" doc:"1-based within the message; a small number, not an id of the database"`
	Text string `json:"text"`
}

// Delivery is where an outgoing message is.
type Delivery struct {
	State    string    `json:"state" enum:"pending,passive,sending,sent,held,dead"`
	Attempts int       `json:"attempts"`
	Error    string    `json:"error" doc:"class and code"`
	Hint     string    `json:"hint" doc:"what it means and what to do, in Chinese"`
	SentAt   time.Time `json:"sent_at,omitempty,omitzero"`
	OutboxID ID        `json:"outbox_id"`
}

// ArticleRef names the published version that was told.
type ArticleRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Title   string `json:"title"`
}

// MessageList is a page of messages, oldest first.
type MessageList struct {
	Messages    []Message `json:"messages"`
	OlderCursor string    `json:"older_cursor"`
}

// Note is seen by agents only.
type Note struct {
	ID         ID        `json:"id"`
	AuthorName string    `json:"author_name"`
	Text       string    `json:"text"`
	At         time.Time `json:"at"`
}

// StatusChange is one change of ownership.
type StatusChange struct {
	From   bot.Status `json:"from"`
	To     bot.Status `json:"to"`
	Actor  string     `json:"actor"`
	Reason string     `json:"reason"`
	At     time.Time  `json:"at"`
}

// ReplyInput is an agent's answer.
type ReplyInput struct {
	Text string `json:"text" minLength:"1" maxLength:"2000"`
}

// ReplyResult is the committed answer.
type ReplyResult struct {
	Message      Message      `json:"message"`
	Held         bool         `json:"held" doc:"the window is closed or the quota used up: it goes out with the contact's next word"`
	Conversation Conversation `json:"conversation"`
}

// GiveBackInput hands the conversation to the bot.
type GiveBackInput struct {
	Note string `json:"note,omitempty" maxLength:"500"`
}

// CloseInput ends a case.
type CloseInput struct {
	Outcome string `json:"outcome" enum:"solved,explained,forwarded,unreachable,other" doc:"已解决 已解释 已转交 联系不上 其他"`
	Note    string `json:"note,omitempty" maxLength:"500"`
}

// NoteInput is a private note.
type NoteInput struct {
	Text string `json:"text" minLength:"1" maxLength:"2000"`
}

// HandoverInput gives the conversation to another agent.
type HandoverInput struct {
	ToUserID ID     `json:"to_user_id"`
	Note     string `json:"note,omitempty" maxLength:"500"`
}
