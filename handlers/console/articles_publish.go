package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// knowledgeBase is what an entry is judged among.
type knowledgeBase struct {
	now      time.Time
	live     []knowledge.Article // in force and valid today
	inForce  []knowledge.Article // in force, whatever their validity
	channels []knowledge.Channel
	golden   []knowledge.Golden
	words    knowledge.Wordbook
}

// base reads what is in force.
func (s *server) base(ctx context.Context) (knowledgeBase, error) {
	b := knowledgeBase{now: s.now()}
	var err error
	if b.inForce, _, err = s.Store.PublishedArticles(ctx); err != nil {
		return b, err
	}
	b.live = knowledge.Live(b.inForce, b.now)
	channels, err := s.Store.Channels(ctx)
	if err != nil {
		return b, err
	}
	b.channels = mapped(channels, knowledgeChannel)
	words, err := s.Store.Words(ctx)
	if err != nil {
		return b, err
	}
	b.words = knowledge.NewWordbook(words)
	rows, err := s.Store.GoldenQuestions(ctx)
	b.golden = mapped(rows, func(g knowledge.GoldenRow) knowledge.Golden { return g.Golden })
	return b, err
}

// lint checks an article among the others in force.
func (b knowledgeBase) lint(a knowledge.Article) []Finding {
	out := []Finding{}
	lines := strings.Split(string(knowledge.Format(a)), "\n")
	for _, f := range knowledge.Lint([]knowledge.Article{a}, b.lintOptions()) {
		out = append(out, Finding{Line: f.Line, Field: fieldAt(lines, f.Line), Message: f.Reason})
	}
	return out
}

func (b knowledgeBase) lintOptions() knowledge.LintOptions {
	return knowledge.LintOptions{Channels: b.channels, Now: b.now, Others: b.inForce, Forbidden: b.words.Forbidden()}
}

// with is what is told once the articles are in force.
func (b knowledgeBase) with(articles ...knowledge.Article) []knowledge.Article {
	return append(slices.Clone(b.live), articles...) // of the same id the last one counts
}

// without is what is told once an article is gone.
func (b knowledgeBase) without(id string) []knowledge.Article {
	return slices.DeleteFunc(slices.Clone(b.live), func(a knowledge.Article) bool { return a.ID == id })
}

// gate are the golden questions that a change would break.
func (b knowledgeBase) gate(after []knowledge.Article) []knowledge.GoldenChange {
	if len(b.golden) == 0 {
		return nil
	}
	return knowledge.GateGolden(b.index(b.live), b.index(after), b.golden)
}

// index finds with the admins' synonyms, as the bot does.
func (b knowledgeBase) index(articles []knowledge.Article) *knowledge.Index {
	return knowledge.NewIndex(articles, b.words.Options())
}

// checked refuses what the lint complains about and what breaks golden
// questions, unless a reason overrides these. It gives the words for the audit
// record.
func (b knowledgeBase) checked(after []knowledge.Article, override string, articles ...knowledge.Article) (detail string, err error) {
	for _, a := range articles {
		if findings := b.lint(a); len(findings) > 0 {
			p := problem(http.StatusUnprocessableEntity, codeArticleLint, "检查发现 %d 处问题，改好后才能发布。", len(findings))
			p.Findings = findings
			return "", p
		}
	}
	return overridden(b.gate(after), override)
}

// overridden refuses a change that breaks golden questions, unless a reason is
// given. It gives the words for the audit record.
func overridden(broken []knowledge.GoldenChange, override string) (detail string, err error) {
	override = strings.TrimSpace(override)
	switch {
	case len(broken) == 0:
		return "", nil
	case override == "":
		p := problem(http.StatusConflict, codeGoldenFailed, "这样发布后有 %d 个标准问题会答错，已拦下。请调整问法或正文；确实要这样发布，须写明理由。", len(broken))
		p.Golden = goldenChanges(broken)
		return "", p
	}
	return "golden questions broken: " + itoa(int64(len(broken))) + ", overridden: " + override, nil
}

func goldenChanges(in []knowledge.GoldenChange) []GoldenChange {
	return mapped(in, func(c knowledge.GoldenChange) GoldenChange {
		return GoldenChange{Question: c.Golden.Question, Expected: expected(c.Golden), Before: c.Before, After: c.After}
	})
}

// expected are the ids that answer a golden question; none = to be refused.
func expected(g knowledge.Golden) []string {
	if g.ID == "" {
		return []string{}
	}
	return append([]string{g.ID}, g.IDs...)
}

// secondPerson reports whether authors need somebody else to publish.
func (s *server) secondPerson(ctx context.Context) (bool, error) {
	if s.SecondPerson == "true" || s.SecondPerson == "false" {
		return s.SecondPerson == "true", nil
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return false, err
	}
	publishers := 0
	for _, u := range users {
		if !u.Disabled && u.Role.Can(desk.PublishKnowledge) {
			publishers++
		}
	}
	return knowledge.NeedsSecondPerson(s.SecondPerson, publishers), nil
}

// joined makes one audit detail of several remarks.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "; ")
}

func (s *server) publishDraft(ctx context.Context, in *onArticle[PublishInput]) (*body[ArticleDetail], error) {
	st, _, draft, err := s.Store.Article(ctx, in.ID)
	if err != nil {
		return nil, fromError(err, "知识条目")
	}
	if draft == nil {
		return nil, refused(&desk.Refusal{Kind: desk.NoDraft})
	}
	second, err := s.secondPerson(ctx)
	if err != nil {
		return nil, err
	}
	if second && st.DraftBy == who(ctx).user.Name {
		return nil, refused(&desk.Refusal{Kind: desk.Second})
	}
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	next := *draft
	next.Status, next.ValidFrom = knowledge.StatusPublished, ""
	overridden, err := base.checked(base.with(next), in.Body.Override, *draft)
	if err != nil {
		return nil, err
	}
	alone, at := "", ""
	if st.DraftBy == who(ctx).user.Name {
		alone = "by the author alone"
	}
	if !in.Body.At.IsZero() {
		at = "from " + in.Body.At.In(zone).Format("2006-01-02 15:04")
	}
	_, err = s.Store.PublishDraft(ctx, in.ID, desk.Publication{
		By: who(ctx).user.Actor(), Note: in.Body.Note, At: in.Body.At, IfUpdatedAt: st.UpdatedAt, SecondPerson: second,
	}, audit(ctx, "article.publish", "article:"+in.ID, joined(alone, at, overridden, in.Body.Note)))
	if err != nil {
		return nil, fromError(err, "知识条目")
	}
	return s.articleDetail(ctx, in.ID)
}

func (s *server) rollback(ctx context.Context, in *onArticle[RollbackInput]) (*body[ArticleDetail], error) {
	_, a, err := s.Store.ArticleVersion(ctx, in.ID, in.Body.Version)
	if err != nil {
		return nil, fromError(err, "版本")
	}
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	// An old text has to pass today's lint: a number in it may have expired.
	a.Status = knowledge.StatusPublished
	overridden, err := base.checked(base.with(a), in.Body.Override, a)
	if err != nil {
		return nil, err
	}
	_, err = s.Store.Rollback(ctx, in.ID, in.Body.Version, who(ctx).user.Actor(), in.Body.Note,
		audit(ctx, "article.rollback", "article:"+in.ID, joined("to version "+itoa(int64(in.Body.Version)), overridden, in.Body.Note)))
	if err != nil {
		return nil, fromError(err, "版本")
	}
	return s.articleDetail(ctx, in.ID)
}

func (s *server) unschedule(ctx context.Context, in *byArticle) (*body[ArticleDetail], error) {
	if err := s.Store.CancelScheduled(ctx, in.ID, who(ctx).user.Actor(), audit(ctx, "article.unschedule", "article:"+in.ID, "")); err != nil {
		return nil, fromError(err, "知识条目")
	}
	return s.articleDetail(ctx, in.ID)
}

func (s *server) archive(ctx context.Context, in *onArticle[ArchiveInput]) (*body[ArticleDetail], error) {
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	overridden, err := base.checked(base.without(in.ID), in.Body.Override)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Archive(ctx, in.ID, audit(ctx, "article.archive", "article:"+in.ID, joined(overridden, in.Body.Note))); err != nil {
		return nil, fromError(err, "知识条目")
	}
	return s.articleDetail(ctx, in.ID)
}
