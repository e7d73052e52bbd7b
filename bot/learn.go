package bot

import (
	"strings"

	"daozhang/bot/understand"
)

// LessonKind says why a question is kept for the admins.
type LessonKind string

// The kinds of lesson.
const (
	LessonUnanswered LessonKind = "unanswered" // knowledge had nothing
	LessonUnhelpful  LessonKind = "unhelpful"  // told, and it was no help
	LessonRated      LessonKind = "rated"      // the matter was rated 1 or 2
)

// Lesson is a question that the knowledge base should answer better. Question
// is free of sensitive spans.
type Lesson struct {
	Kind     LessonKind
	Question string
	Article  string // told for it (id@version); "" = none
}

// ArticleUse is what became of one telling of an entry.
type ArticleUse struct {
	Article string // id@version
	Kind    UseKind
}

// UseKind is one thing counted of an entry.
type UseKind string

// What is counted.
const (
	UseHit    UseKind = "hit"    // told
	UseSolved UseKind = "solved" // and the contact said that it helped
	UseHanded UseKind = "handed" // and a person had to take over
)

// maxLesson is the longest question kept, in characters.
const maxLesson = 120

// learn notes what the turn teaches: what was asked in vain, what was told and
// what became of it.
func (t *turn) learn() {
	before := t.in.Memory
	t.dec.Lesson = t.lesson(before)
	if t.in.Status == StatusBot && !t.chose && t.dec.Action != ActionNone && !t.guided && asksSomething(t.q, t.said.text) {
		t.mem.LastQuestion = shortened(t.said.text)
	}
	told := t.dec.Articles
	if strings.HasPrefix(t.tr.Rule, "guide.") && t.mem.Guide != nil {
		told = nil // a further step of an entry told already
	}
	for _, a := range told {
		if !strings.HasPrefix(t.tr.Rule, "guide.solved") {
			t.dec.Uses = append(t.dec.Uses, ArticleUse{a, UseHit})
		}
	}
	last := before.LastArticle
	if last == "" {
		last = t.mem.LastArticle
	}
	switch {
	case last == "":
	case t.tr.Rule == "guide.solved", t.q.Intent == understand.Thanks && len(told) == 0 && before.LastArticle != "" && !before.Thanked:
		t.dec.Uses = append(t.dec.Uses, ArticleUse{last, UseSolved})
		t.mem.Thanked = true
	case t.dec.Handoff != nil:
		t.dec.Uses = append(t.dec.Uses, ArticleUse{last, UseHanded})
	}
	if len(told) > 0 && t.q.Intent != understand.Thanks {
		t.mem.Thanked = false
	}
}

// lesson is the question of this turn that needs a better answer; nil = none.
func (t *turn) lesson(before Memory) *Lesson {
	var l Lesson
	switch {
	case t.dec.Rating == 1, t.dec.Rating == 2:
		l = Lesson{LessonRated, before.LastQuestion, before.LastArticle}
	case !t.dec.Unanswered || t.tr.Rule == "fragment":
		return nil
	case t.chose, t.q.Intent == understand.Deny:
		l = Lesson{LessonUnhelpful, before.LastQuestion, before.LastArticle}
	default:
		l = Lesson{Kind: LessonUnanswered, Question: shortened(t.said.text)}
	}
	if len([]rune(l.Question)) < 3 {
		return nil
	}
	return &l
}

// asksSomething reports words that may be quoted as a question later.
func asksSomething(q understand.Query, text string) bool {
	switch q.Intent {
	case understand.Greeting, understand.Thanks, understand.Confirm, understand.Deny, understand.Human, understand.Complaint:
		return false
	}
	return len([]rune(text)) >= 4
}

func shortened(text string) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	return string(r[:min(len(r), maxLesson)])
}
