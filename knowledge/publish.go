package knowledge

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors of publishing.
var (
	// ErrStep: the status may not follow the present one.
	ErrStep = errors.New("这一步不能从当前状态做")
	// ErrSecondPerson: nobody approves what they wrote.
	ErrSecondPerson = errors.New("发布须由另一个人批准，不能自己批准自己写的")
	// ErrExpired: the validity has already ended.
	ErrExpired = errors.New("有效期已过，请先改有效期")
	// ErrNobody: who acts must be named.
	ErrNobody = errors.New("缺少操作人")
)

// Step is one change of status, to be recorded with its actor and time.
type Step struct {
	To Status
	// Actor does the step; Author wrote the words last.
	Actor, Author string
	// Published is the highest version published of this article so far; 0 =
	// never.
	Published int
	Now       time.Time
}

// Advance takes an article one step along draft → review → published →
// archived, or back from review to draft. Publishing needs another person than
// the author and gives the next version number. The article passed in is not
// changed. Errors: ErrStep, ErrSecondPerson, ErrExpired, ErrNobody, wrapped
// with the article's id.
func Advance(a Article, s Step) (Article, error) {
	from := a.Status
	if from == "" {
		from = StatusDraft
	}
	fail := func(err error) (Article, error) {
		return Article{}, fmt.Errorf("条目 %s（%s → %s）：%w", a.ID, from, s.To, err)
	}
	actor, author := strings.TrimSpace(s.Actor), strings.TrimSpace(s.Author)
	if actor == "" {
		return fail(ErrNobody)
	}
	switch {
	case from == StatusDraft && s.To == StatusReview, from == StatusReview && s.To == StatusDraft, from == StatusPublished && s.To == StatusArchived:
	case from == StatusReview && s.To == StatusPublished:
		switch {
		case author == "":
			return fail(ErrNobody)
		case author == actor:
			return fail(ErrSecondPerson)
		case a.ValidUntil != "" && a.ValidUntil < DayOf(s.Now):
			return fail(ErrExpired)
		}
		a.Version = max(s.Published, a.Version) + 1
	default:
		return fail(ErrStep)
	}
	a.Status = s.To
	return a, nil
}

// Revise starts the next draft of an article in any status; the published
// version stays what it is until the draft is published.
func Revise(a Article) Article {
	a.Status = StatusDraft
	return a
}
