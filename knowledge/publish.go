package knowledge

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors of publishing.
var (
	// ErrSecondPerson: nobody approves what they wrote.
	ErrSecondPerson = errors.New("发布须由另一个人批准，不能自己批准自己写的")
	// ErrExpired: the validity has already ended.
	ErrExpired = errors.New("有效期已过，请先改有效期")
	// ErrNobody: who acts must be named.
	ErrNobody = errors.New("缺少操作人")
	// ErrTooLate: it would come into force after its validity has ended.
	ErrTooLate = errors.New("定时发布的时间晚于有效期的结束")
)

// Publishing is a draft about to be put into force.
type Publishing struct {
	Article Article
	// Actor publishes; Author wrote the words last.
	Actor, Author string
	// SecondPerson asks for two different people.
	SecondPerson bool
	// At is when it is to come into force; the zero time = at once.
	At  time.Time
	Now time.Time
}

// Publish decides whether a draft may be published and when it comes into
// force: at the later of At and the first minute of ValidFrom; the zero time =
// at once. Until then the version before it stays in force. Errors: ErrNobody,
// ErrSecondPerson, ErrExpired, ErrTooLate, wrapped with the article's id.
func Publish(p Publishing) (effective time.Time, err error) {
	fail := func(err error) (time.Time, error) {
		return time.Time{}, fmt.Errorf("条目 %s：%w", p.Article.ID, err)
	}
	actor, author := strings.TrimSpace(p.Actor), strings.TrimSpace(p.Author)
	switch {
	case actor == "", p.SecondPerson && author == "":
		return fail(ErrNobody)
	case p.SecondPerson && author == actor:
		return fail(ErrSecondPerson)
	case p.Article.ValidUntil != "" && p.Article.ValidUntil < DayOf(p.Now):
		return fail(ErrExpired)
	}
	effective = p.At
	if from := p.Article.ValidFrom.Start(); from.After(effective) {
		effective = from
	}
	switch {
	case !effective.After(p.Now):
		return time.Time{}, nil
	case p.Article.ValidUntil != "" && p.Article.ValidUntil < DayOf(effective):
		return fail(ErrTooLate)
	}
	return effective, nil
}

// Start is the first instant of a day in Shanghai; the zero time for "".
func (d Day) Start() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), shanghai)
	if err != nil {
		return time.Time{}
	}
	return t
}

// NeedsSecondPerson reads the setting: true, false, or auto, which asks for a
// second person as soon as two people may publish.
func NeedsSecondPerson(setting string, publishers int) bool {
	switch setting {
	case "true":
		return true
	case "false":
		return false
	}
	return publishers > 1
}
