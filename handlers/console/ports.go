package console

import (
	"context"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// Desk is what agents do to a conversation; bot/runner.Desk fulfils it. Every
// action commits in one transaction and tells the contact where it must. Who
// may act on a colleague's conversation is decided before (desk.Allow).
// Errors: bot.ErrNotFound, bot.ErrTaken, bot.ErrConflict, or what bot.Next
// refuses.
type Desk interface {
	Claim(ctx context.Context, conversation int64, agent bot.Actor) error
	// TakeOver is Claim that also takes from another agent.
	TakeOver(ctx context.Context, conversation int64, agent bot.Actor) error
	// Reply says text to the contact; held = it waits for the contact's next
	// word.
	Reply(ctx context.Context, conversation int64, agent bot.Actor, text string) (held bool, err error)
	GiveBack(ctx context.Context, conversation int64, agent bot.Actor) error
	Close(ctx context.Context, conversation int64, agent bot.Actor) error
}

// BindingDecider decides bind requests; bot/runner.Desk fulfils it. Errors:
// bot.ErrNotFound, bot.ErrDecided.
type BindingDecider interface {
	DecideBinding(ctx context.Context, request int64, agent bot.Actor, approve bool, role, reason string) (held bool, err error)
}

// SceneCodes makes the QR code of a binding scene; handlers/wechat fulfils it.
// picture may be empty where the platform serves none.
type SceneCodes interface {
	SceneCode(ctx context.Context, appID, scene string, ttl time.Duration) (url, picture string, err error)
}

// LedgerPush stores pushed rows of a kind (merchants, transactions,
// settlements); the body is that of the contract, section 7. A *PushError says
// what is wrong with the whole body.
type LedgerPush interface {
	Push(ctx context.Context, kind string, body []byte) (PushReport, error)
}

// PushError refuses a whole push.
type PushError struct {
	Detail string // Chinese
}

// Error implements error.
func (e *PushError) Error() string { return e.Detail }

// Explainer says what the rules say of every sale of a look-up now; the wiring
// fulfils it with package diagnose.
type Explainer interface {
	Explain(ctx context.Context, facts transactions.Facts) ([]Explained, error)
}

// Limiter bounds attempts. The default counts in this process; store/redis does
// for all replicas.
type Limiter interface {
	// Allow counts one attempt under a key and reports whether it is within
	// limit per window; otherwise when to try again.
	Allow(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error)
}

// EventSource is the table of events; package store fulfils it.
type EventSource interface {
	// EventsAfter gives at most limit events after an id, preceded by those of
	// the minute before it.
	EventsAfter(ctx context.Context, id int64, limit int) ([]bot.Event, error)
	LastEventID(ctx context.Context) (int64, error)
}

// Store is everything the console reads and writes; package store fulfils it.
type Store interface {
	UserStore
	SessionStore
	TokenStore
	AuditStore
	ConversationStore
	IdentityStore
	ArticleStore
	ArticleEditor
	GoldenStore
	WordStore
	LessonStore
	ChannelStore
	NoticeStore
	IncidentStore
	MacroStore
	ReportStore
	EventSource
}

// UserStore keeps console users.
type UserStore interface {
	Users(ctx context.Context) ([]desk.User, error)
	User(ctx context.Context, id int64) (desk.User, error)
	UserByName(ctx context.Context, name string) (desk.User, error)
	CreateUser(ctx context.Context, u desk.User, a desk.Audit) (desk.User, error)
	UpdateUser(ctx context.Context, u desk.User, a desk.Audit) error
	SetPassword(ctx context.Context, userID int64, hash string, mustChange bool, keep string, a desk.Audit) error
	SetPresence(ctx context.Context, userID int64, p desk.Presence) error
	Loads(ctx context.Context) ([]desk.Load, error)
}

// SessionStore keeps sessions and the first set-up.
type SessionStore interface {
	Session(ctx context.Context, tokenHash string) (desk.Session, desk.User, error)
	StartSession(ctx context.Context, n desk.Session, a desk.Audit) error
	TouchSession(ctx context.Context, tokenHash string) error
	EndSession(ctx context.Context, tokenHash string, a desk.Audit) error
	LoginFailed(ctx context.Context, userID int64, a desk.Audit) (time.Time, error)
	SetupNeeded(ctx context.Context) (bool, error)
	CreateSetupLink(ctx context.Context, tokenHash string) error
	UseSetupLink(ctx context.Context, tokenHash string, u desk.User, a desk.Audit) (desk.User, error)
}

// TokenStore keeps API tokens.
type TokenStore interface {
	Tokens(ctx context.Context) ([]desk.Token, error)
	TokenByHash(ctx context.Context, hash string) (desk.Token, error)
	CreateToken(ctx context.Context, t desk.Token, a desk.Audit) (desk.Token, error)
	TouchToken(ctx context.Context, id int64) error
	RevokeToken(ctx context.Context, id int64, a desk.Audit) error
}

// AuditStore keeps who did and saw what.
type AuditStore interface {
	Record(ctx context.Context, a desk.Audit) error
	AuditRecords(ctx context.Context, f desk.AuditFilter) ([]desk.Audit, error)
}

// ConversationStore reads conversations and cases as agents see them.
type ConversationStore interface {
	DeskConversations(ctx context.Context, f desk.Filter) ([]desk.Row, error)
	DeskConversation(ctx context.Context, id int64) (desk.Row, error)
	DeskCounts(ctx context.Context, userID int64) (desk.Counts, error)
	DeskMessages(ctx context.Context, conversationID, beforeID int64, limit int) ([]desk.MessageView, error)
	DeskNotes(ctx context.Context, conversationID int64) ([]desk.Note, error)
	DeskAddNote(ctx context.Context, conversationID int64, by desk.Actor, text string, a desk.Audit) (desk.Note, error)
	DeskSetOutcome(ctx context.Context, caseID int64, outcome string) error
	DeskChanges(ctx context.Context, conversationID int64) ([]desk.StatusChange, error)
	MarkRead(ctx context.Context, id int64) error
	DeskCases(ctx context.Context, f desk.CaseFilter) ([]desk.Case, error)
	DeskCase(ctx context.Context, id int64) (desk.Case, error)
}

// IdentityStore reads contacts, shops and bindings.
type IdentityStore interface {
	DeskContact(ctx context.Context, id int64) (desk.ContactView, error)
	DeleteBinding(ctx context.Context, contactID int64, merchantNo string, a desk.Audit) error
	DeskBindRequests(ctx context.Context, state string, contactID, after int64, limit int) ([]desk.BindRequest, error)
	DeskBindRequest(ctx context.Context, id int64) (desk.BindRequest, error)
	DeskCodes(ctx context.Context, before int64, limit int) ([]desk.BindCode, error)
	DeskLocks(ctx context.Context) ([]desk.BindLock, error)
	LiftLock(ctx context.Context, kind, subject string, a desk.Audit) error
	DeskShops(ctx context.Context, query, after string, limit int) ([]desk.Shop, error)
	DeskShop(ctx context.Context, merchantNo string) (desk.Shop, error)
	DeskCreateScene(ctx context.Context, n desk.Scene, a desk.Audit) error
}

// ArticleStore reads knowledge entries.
type ArticleStore interface {
	Articles(ctx context.Context) ([]desk.ArticleState, []knowledge.Article, error)
	Article(ctx context.Context, id string) (st desk.ArticleState, published, draft *knowledge.Article, err error)
	ArticleVersions(ctx context.Context, id string) ([]desk.ArticleVersion, error)
	ArticleVersion(ctx context.Context, id string, version int) (desk.ArticleVersion, knowledge.Article, error)
	ArticleTitles(ctx context.Context, refs []string) (map[string]string, error)
	PublishedArticles(ctx context.Context) ([]knowledge.Article, int64, error)
}

// ArticleEditor changes knowledge entries.
type ArticleEditor interface {
	CreateArticle(ctx context.Context, a knowledge.Article, by desk.Actor, audit desk.Audit) error
	SaveDraft(ctx context.Context, a knowledge.Article, by desk.Actor, ifUpdatedAt time.Time, audit desk.Audit) error
	DiscardDraft(ctx context.Context, id string, audit desk.Audit) error
	SubmitDraft(ctx context.Context, id string, audit desk.Audit) error
	WithdrawDraft(ctx context.Context, id string, audit desk.Audit) error
	PublishDraft(ctx context.Context, id string, p desk.Publication, audit desk.Audit) (int, error)
	CancelScheduled(ctx context.Context, id string, by desk.Actor, audit desk.Audit) error
	Rollback(ctx context.Context, id string, version int, by desk.Actor, note string, audit desk.Audit) (int, error)
	Archive(ctx context.Context, id string, audit desk.Audit) error
	// SetCare changes owner and review date, "" = neither, of what is published
	// and of the draft.
	SetCare(ctx context.Context, id, owner string, reviewOn knowledge.Day, by desk.Actor, note string, audit desk.Audit) error
	Drafts(ctx context.Context) ([]knowledge.Article, error)
	// ImportArticles publishes, ImportDrafts asks for a review; all or none.
	ImportArticles(ctx context.Context, articles []knowledge.Article, by desk.Actor, a desk.Audit) (int, error)
	ImportDrafts(ctx context.Context, articles []knowledge.Article, by desk.Actor, a desk.Audit) error
}

// GoldenStore keeps the questions that guard publications.
type GoldenStore interface {
	GoldenQuestions(ctx context.Context) ([]knowledge.GoldenRow, error)
	AddGolden(ctx context.Context, g knowledge.GoldenRow, a desk.Audit) (knowledge.GoldenRow, error)
	DeleteGolden(ctx context.Context, id int64, a desk.Audit) error
}

// LessonStore keeps what is asked in vain, and how entries do.
type LessonStore interface {
	OpenLessons(ctx context.Context, limit int) ([]desk.LessonRow, error)
	ElsewhereLessons(ctx context.Context, limit int) ([]desk.LessonRow, error)
	CloseLessons(ctx context.Context, ids []int64, state string, by desk.Actor, a desk.Audit) error
	ArticleUses(ctx context.Context, from, to time.Time) ([]desk.ArticleUse, error)
}

// WordStore keeps the admins' synonyms and forbidden words.
type WordStore interface {
	Words(ctx context.Context) ([]knowledge.Word, error)
	AddWord(ctx context.Context, w knowledge.Word, a desk.Audit) (knowledge.Word, error)
	DeleteWord(ctx context.Context, id int64, a desk.Audit) error
}

// ChannelStore keeps verified channels.
type ChannelStore interface {
	Channels(ctx context.Context) ([]desk.Channel, error)
	SaveChannel(ctx context.Context, c desk.Channel, a desk.Audit) (desk.Channel, error)
	DeleteChannel(ctx context.Context, id int64, a desk.Audit) error
}

// NoticeStore keeps announcements.
type NoticeStore interface {
	DeskNotices(ctx context.Context) ([]desk.Notice, error)
	DeskSaveNotice(ctx context.Context, n desk.Notice, a desk.Audit) (desk.Notice, error)
	DeskDeleteNotice(ctx context.Context, id int64, a desk.Audit) error
}

// MacroStore keeps canned replies.
type MacroStore interface {
	Macros(ctx context.Context) ([]desk.Macro, error)
	SaveMacro(ctx context.Context, m desk.Macro, a desk.Audit) (desk.Macro, error)
	DeleteMacro(ctx context.Context, id int64, a desk.Audit) error
}

// ReportStore counts, and keeps what could not be delivered.
type ReportStore interface {
	Summary(ctx context.Context, from, to time.Time) (desk.Report, error)
	DeadLetters(ctx context.Context, beforeID int64, limit int) ([]desk.DeadLetter, error)
	RetryDeadLetter(ctx context.Context, id int64, a desk.Audit) error
}
