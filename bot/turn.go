package bot

import (
	"context"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// Ledger looks facts up; transactions.Source fulfils it.
type Ledger interface {
	Facts(ctx context.Context, l transactions.Lookup) (transactions.Facts, error)
}

// Cases gives the number of a new case; called only when a turn hands over.
type Cases interface {
	NextCase(ctx context.Context) (int64, error)
}

// People tells who is bound to shops, oldest binding first.
type People interface {
	People(ctx context.Context, merchantNos []string) ([]Person, error)
}

// Model is the optional language model. What it returns is verified by the
// engine before use.
type Model interface {
	// Fill proposes values for slots that stayed empty.
	Fill(ctx context.Context, text string, q understand.Query) (understand.Query, error)
	// Rephrase proposes other words for a composed reply.
	Rephrase(ctx context.Context, text string) (string, error)
}

// Knowledge is the current index and channels; swapped atomically behind it.
type Knowledge interface {
	Search(query string, top int, tags knowledge.Tags) knowledge.Result
	// Article is the published version now live, false when there is none.
	Article(id string) (knowledge.Article, bool)
	// ForCause are the live articles tagged with the cause, best first.
	ForCause(cause string, tags knowledge.Tags) []knowledge.Article
	Channels() []knowledge.Channel
	// Forbidden are the admins' words that no answer may hold.
	Forbidden() []string
}

// Calendars gives the calendar loaded now.
type Calendars interface {
	Calendar() *transactions.Calendar
}

// Settings is the operator's configuration of the bot; zero values mean the
// defaults of contract section 2.
type Settings struct {
	Name          string // 到账助手
	Brand         string
	BusinessHours Hours         // 09:00–21:00
	TurnCap       int           // 6
	UnknownAfter  time.Duration // 30 min
	HighValueFen  int64         // 0 = off
	PublicURL     string
	// MenuWithin bounds what Meaning and Ranker take together for one menu.
	MenuWithin time.Duration // 3 s
	// Codes is true when one-time codes can be sent by SMS; else an agent
	// confirms every binding by number and tail.
	Codes bool
}

// Hours are business hours of every day, HH:MM in Asia/Shanghai.
type Hours struct{ From, To string }

// Deps are the parts of an Engine. Model, Meaning, Ranker and People may be nil.
type Deps struct {
	Parser    *understand.Parser
	Ledger    Ledger
	Cases     Cases
	People    People
	Model     Model
	Meaning   Meaning
	Ranker    Ranker
	Knowledge Knowledge
	Calendars Calendars
	Settings  Settings
}

// Limits of the settings in diagnose's terms.
func (s Settings) Limits() diagnose.Limits {
	return diagnose.Limits{UnknownAfter: s.UnknownAfter, HighValueFen: s.HighValueFen}
}
