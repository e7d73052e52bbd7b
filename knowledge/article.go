// Package knowledge holds the curated answers of the bot: articles as Markdown
// with front matter, their lint, their search index, the rules of publishing,
// golden questions, and the filter that keeps unverified telephone numbers,
// links and WeChat IDs from leaving. It is pure: values in, values out, no
// clock and no I/O beyond the embedded articles.
package knowledge

import (
	"fmt"
	"time"

	"daozhang/bot/understand"
)

// Article is one curated answer. Lists may be nil. The zero Status means
// StatusDraft and version 0 means "never published": neither is part of the
// file format, the store keeps them.
type Article struct {
	// ID is lower-case words joined by "-"; it is the file's name without .md.
	ID    string
	Title string
	// Phrasings are questions as merchants speak them; they are searched and
	// never sent.
	Phrasings []string
	// Causes, Intents, Brands and Channels are tags out of the closed lists of
	// the contract (sections 8 and 5) and rules section 1. An empty list of
	// brands or channels means "all".
	Causes   []string
	Intents  []understand.Intent
	Brands   []string
	Channels []string
	// Audience is one of all, merchant, clerk, payer.
	Audience string
	// Owner answers for the content; ReviewOn is when it must be read again.
	Owner    string
	ReviewOn Day
	// ValidFrom and ValidUntil are inclusive Shanghai days; "" = no bound.
	ValidFrom  Day
	ValidUntil Day
	// Sources name where each statement comes from: seed#19 for a seed claim,
	// domain#2.5 for the trade document, or the number of a public notice.
	Sources []string
	// Guide is set when the answer is a check walked through step by step.
	Guide Guide
	// Body is the answer: plain text, at most MaxBody characters, lines ending
	// in "\n", without surrounding white space.
	Body string

	Version int
	Status  Status
}

// Guide is a check delivered one step at a time. The zero Guide is none.
type Guide struct {
	Steps []string
	// Then is the article that goes on when the last step did not help;
	// "" = a human.
	Then string
}

// IsZero reports that there is no guide.
func (g Guide) IsZero() bool { return len(g.Steps) == 0 && g.Then == "" }

// Status of an article (contract section 8).
type Status string

// The closed list of statuses; "" counts as StatusDraft.
const (
	StatusDraft     Status = "draft"
	StatusReview    Status = "review"
	StatusPublished Status = "published"
	StatusArchived  Status = "archived"
)

// Day is a calendar day in Asia/Shanghai written YYYY-MM-DD; "" is no day.
type Day string

// ParseDay checks the form; "" is allowed.
func ParseDay(s string) (Day, error) {
	if s == "" {
		return "", nil
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("%q is not a day YYYY-MM-DD", s)
	}
	return Day(s), nil
}

// DayOf is the Shanghai day of an instant.
func DayOf(t time.Time) Day { return Day(t.In(shanghai).Format(time.DateOnly)) }

var shanghai = time.FixedZone("CST", 8*60*60) //nolint:gochecknoglobals // read-only table

// Live reports that the article may be told at an instant: published and
// inside its validity.
func (a Article) Live(now time.Time) bool {
	if a.Status != StatusPublished {
		return false
	}
	day := DayOf(now) // the form YYYY-MM-DD orders as text
	return (a.ValidFrom == "" || a.ValidFrom <= day) && (a.ValidUntil == "" || day <= a.ValidUntil)
}

// Live keeps the articles that may be told at an instant, in their order.
func Live(articles []Article, now time.Time) []Article {
	live := make([]Article, 0, len(articles))
	for _, a := range articles {
		if a.Live(now) {
			live = append(live, a)
		}
	}
	return live
}
