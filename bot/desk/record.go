package desk

import (
	"time"

	"daozhang/bot"
)

// Audit is one record: who did what to what, from where. Detail never holds
// customer data beyond ids.
type Audit struct {
	ID      int64
	Actor   string // user:NAME, token:NAME, system
	Action  string // conversation.view, article.publish ...
	Subject string // conversation:12, article:t1-cutoff ...
	Detail  string
	Client  string // IP address
	At      time.Time
}

// AuditFilter of a list, newest first; empty fields match everything.
type AuditFilter struct {
	Actor, Action string // exact, or a prefix ending in "*"
	Subject       string
	From, To      time.Time // To exclusive
	BeforeID      int64     // 0 = the newest
	Limit         int
}

// BindRequest asks an agent to tie a contact to a shop.
type BindRequest struct {
	ID, ContactID, ConversationID int64
	OpenID, Nickname              string
	MerchantNo, ShopName          string
	AccountLast4                  string
	Matches                       bool
	BoundContacts, Recent         int64
	State                         string // waiting approved refused
	DecidedBy, Reason             string
	DecidedAt, CreatedAt          time.Time
}

// Scene is a one-time binding QR code.
type Scene struct {
	Token, MerchantNo, Role, CreatedBy string
	CreatedAt, ExpiresAt               time.Time
}

// SceneTTL is how long a binding QR code can be used.
const SceneTTL = 24 * time.Hour

// Shop is a merchant in a picker.
type Shop struct {
	MerchantNo, Name, Brand, Status string
	BoundContacts                   int64
}

// Macro is a canned reply (快捷回复).
type Macro struct {
	ID                               int64
	Title, Text, Shortcut, CreatedBy string
	UpdatedAt                        time.Time
}

// Notice as the console edits it; transactions.Notice is what the bot reads.
type Notice struct {
	ID                 int64
	Brand, Title, Text string
	From, Until        time.Time
	Published          bool
	CreatedBy          string
	CreatedAt          time.Time
}

// Live reports that the bot says it at an instant.
func (n Notice) Live(now time.Time) bool {
	return n.Published && !now.Before(n.From) && now.Before(n.Until)
}

// ArticleState is the administrative half of a knowledge entry.
type ArticleState struct {
	ID      string
	Status  string // draft review published archived
	Version int    // in force now; 0 = none ever was
	// Scheduled is the version that comes into force by itself at ScheduledAt;
	// 0 = none.
	Scheduled   int
	ScheduledAt time.Time
	HasDraft    bool
	DraftBy     string
	// SubmittedAt is since when the draft is under review; zero = it is not.
	// Status tells so too, except that an archived entry stays archived.
	SubmittedAt time.Time
	ReviewedBy  string
	// PublishedAt is when the version in force was published; zero = none is.
	PublishedAt time.Time
	UpdatedAt   time.Time
}

// ArticleVersion is one publication.
type ArticleVersion struct {
	Version     int
	PublishedBy string
	PublishedAt time.Time
	Note        string
	// EffectiveAt is when it came or comes into force; the zero time = when it
	// was published.
	EffectiveAt time.Time
	// Cancelled: it was scheduled and taken back before its time.
	Cancelled bool
}

// ArticleUse counts what became of one version of an entry in a span of days.
type ArticleUse struct {
	ID                   string
	Version              int
	Hits, Solved, Handed int64
	// LastHit is the last day it was told, YYYY-MM-DD.
	LastHit string
}

// LessonRow is a question that the knowledge base should answer better.
type LessonRow struct {
	ID, ConversationID int64
	bot.Lesson
	At time.Time
}

// Publication is how a draft is put into force.
type Publication struct {
	By   Actor
	Note string
	// At schedules it; the zero time or a past one = at once.
	At time.Time
	// IfUpdatedAt names the draft that was checked; the zero time skips that.
	IfUpdatedAt time.Time
	// SecondPerson refuses whoever wrote the draft (*Refusal Second).
	SecondPerson bool
}

// Session is a signed-in browser. TokenHash is the SHA-256 of the cookie.
type Session struct {
	TokenHash                        string
	UserID                           int64
	CSRF                             string
	CreatedAt, LastSeenAt, ExpiresAt time.Time
	Client                           string
}

// Sessions end after SessionIdle without a request and SessionMax in any case.
const (
	SessionIdle = 12 * time.Hour
	SessionMax  = 7 * 24 * time.Hour
	SetupTTL    = 24 * time.Hour
)

// Live reports that a session is valid at an instant.
func (s Session) Live(now time.Time) bool {
	return now.Before(s.ExpiresAt) && now.Sub(s.LastSeenAt) < SessionIdle
}

// Token is an API token. Hash is the SHA-256 of the secret.
type Token struct {
	ID                               int64
	Name, Hash, CreatedBy            string
	Scopes                           []Scope
	CreatedAt, LastUsedAt, RevokedAt time.Time
}

// Can reports whether a living token carries a permission.
func (t Token) Can(p Permission) bool {
	if !t.RevokedAt.IsZero() {
		return false
	}
	for _, s := range t.Scopes {
		if s.Allows(p) {
			return true
		}
	}
	return false
}

// The types of events of the desk, besides those of package bot. The subject
// is 0 unless said.
const (
	EventRead      = "read"      // the conversation whose messages were read
	EventKnowledge = "knowledge" // articles or channels changed
	EventNotice    = "notice"    // the notice
	EventPresence  = "presence"  // the user
)

// DeadLetter is a message that could not be delivered.
type DeadLetter struct {
	ID, ConversationID int64
	OpenID, Nickname   string
	Author, Text       string
	Attempts           int
	Error              string
	CreatedAt          time.Time
}

// Report is the summary of a span; days are Asia/Shanghai.
type Report struct {
	Conversations, Inbound, BotReplies, AgentReplies int64
	Cases, Closed, Rated, Overdue                    int64
	WithCase                                         int64 // of Conversations
	RatingAverage                                    float64
	FirstReplies                                     []time.Duration // ascending
	Days                                             []ReportDay
	Causes, Reasons, Articles                        []Count
}

// ReportDay is one day.
type ReportDay struct {
	Day                                string // YYYY-MM-DD
	Inbound, BotReplies, Cases, Closed int64
}

// Count is one bar of a report.
type Count struct {
	Name  string
	Count int64
}

// Contained is the share of conversations that no human was needed for, 0–1;
// 0 without conversations.
func (r Report) Contained() float64 {
	if r.Conversations == 0 {
		return 0
	}
	return 1 - float64(r.WithCase)/float64(r.Conversations)
}

// MedianFirstReply is the middle of FirstReplies (the lower one of an even
// number); 0 = none.
func (r Report) MedianFirstReply() time.Duration {
	if len(r.FirstReplies) == 0 {
		return 0
	}
	return r.FirstReplies[(len(r.FirstReplies)-1)/2]
}

// Channel is a verified way to reach somebody, as the console edits it;
// knowledge.Channel is what the bot reads.
type Channel struct {
	ID                                            int64
	Brand, Kind, Value, Label, Source, VerifiedBy string
	VerifiedAt, ExpiresAt                         time.Time
}

// Live reports that the bot may say it at an instant.
func (c Channel) Live(now time.Time) bool {
	return !c.VerifiedAt.IsZero() && (c.ExpiresAt.IsZero() || now.Before(c.ExpiresAt))
}

// BindCode is a one-time code as agents see it: never the code itself.
type BindCode struct {
	ID, ContactID, ConversationID int64
	OpenID, Nickname              string
	MerchantNo, ShopName          string
	AccountLast4                  string
	Phone                         string // registered, in full: mask it
	State                         string // queued sent failed silent used locked replaced
	Why                           string // why none went out; "" = it did, or will
	Matches                       bool
	Wrong                         int64
	SentAt, EndedAt, CreatedAt    time.Time
}

// BindLock is a contact or shop that gets no more codes for now.
type BindLock struct {
	Kind    string // contact merchant
	Subject string // contact id or merchant number
	OpenID  string // of a contact
	Name    string // nickname or name of the shop
	Codes   int64
	Wrong   int64
	Latest  time.Time
	Until   time.Time // at the latest
}

// MaskPhone keeps the first three and the last four digits of a telephone
// number; a short or masked one is shown as far as it is safe.
func MaskPhone(s string) string {
	if len(s) < 8 {
		return ""
	}
	return s[:3] + "****" + s[len(s)-4:]
}
