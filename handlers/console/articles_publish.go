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
	before   *knowledge.Index // of live; nil = not built yet
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
		field, row := fieldAt(lines, f.Line)
		out = append(out, Finding{Line: f.Line, Field: field, Row: row, Message: f.Reason})
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

// put has an entry in force from now on.
func (b *knowledgeBase) put(a knowledge.Article) {
	b.drop(a.ID)
	b.inForce = append(b.inForce, a)
	if a.Live(b.now) { // drop has forgotten the index
		b.live = append(b.live, a)
	}
}

// drop has an entry out of force from now on.
func (b *knowledgeBase) drop(id string) {
	b.before = nil
	b.live = b.without(id)
	b.inForce = slices.DeleteFunc(slices.Clone(b.inForce), func(a knowledge.Article) bool { return a.ID == id })
}

// gate are the golden questions that a change would break.
func (b *knowledgeBase) gate(after []knowledge.Article) []knowledge.GoldenChange {
	if len(b.golden) == 0 {
		return nil
	}
	if b.before == nil {
		b.before = b.index(b.live)
	}
	return knowledge.GateGolden(b.before, b.index(after), b.golden)
}

// index finds with the admins' synonyms, as the bot does.
func (b knowledgeBase) index(articles []knowledge.Article) *knowledge.Index {
	return knowledge.NewIndex(articles, b.words.Options())
}

// checked refuses what the lint complains about and what breaks golden
// questions, unless a reason overrides these. It gives the words for the audit
// record.
func (b *knowledgeBase) checked(after []knowledge.Article, override string, articles ...knowledge.Article) (detail string, err error) {
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
		p := problem(http.StatusConflict, codeGoldenFailed, "这样改后有 %d 个标准问题会答错，已拦下。请调整问法或正文；确实要这样改，须写明理由。", len(broken))
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
	j, err := s.judge(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.publishOne(ctx, &j, in.ID, in.Body, time.Time{}); err != nil {
		return nil, err
	}
	return s.articleDetail(ctx, in.ID)
}

// judge is what changes of the base are judged by. The base is that of the
// start with the changes that went through since.
type judge struct {
	knowledgeBase
	second bool // whoever wrote a draft may not publish it
}

func (s *server) judge(ctx context.Context) (judge, error) {
	second, err := s.secondPerson(ctx)
	if err != nil {
		return judge{}, err
	}
	base, err := s.base(ctx)
	return judge{knowledgeBase: base, second: second}, err
}

// publishOne puts a draft into force, or says why not. seen, unless zero, is
// updated_at of the draft that the user judged.
func (s *server) publishOne(ctx context.Context, j *judge, id string, in PublishInput, seen time.Time) error {
	st, _, draft, err := s.Store.Article(ctx, id)
	if err != nil {
		return fromError(err, "知识条目")
	}
	if draft == nil {
		return refused(&desk.Refusal{Kind: desk.NoDraft})
	}
	if !seen.IsZero() && !seen.Equal(st.UpdatedAt) {
		return refused(&desk.Refusal{Kind: desk.Changed, Owner: st.DraftBy})
	}
	if j.second && st.DraftBy == who(ctx).user.Name {
		return refused(&desk.Refusal{Kind: desk.Second})
	}
	next := *draft
	next.Status, next.ValidFrom = knowledge.StatusPublished, ""
	overridden, err := j.checked(j.with(next), in.Override, *draft)
	if err != nil {
		return err
	}
	alone, at := "", ""
	if st.DraftBy == who(ctx).user.Name {
		alone = "by the author alone"
	}
	if !in.At.IsZero() {
		at = "from " + in.At.In(zone).Format("2006-01-02 15:04")
	}
	_, err = s.Store.PublishDraft(ctx, id, desk.Publication{
		By: who(ctx).user.Actor(), Note: in.Note, At: in.At, IfUpdatedAt: st.UpdatedAt, SecondPerson: j.second,
	}, audit(ctx, "article.publish", "article:"+id, joined(alone, at, overridden, in.Note)))
	if err != nil {
		return fromError(err, "知识条目")
	}
	j.put(next)
	return nil
}

func (s *server) rollback(ctx context.Context, in *onArticle[RollbackInput]) (*body[ArticleDetail], error) {
	j, err := s.judge(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.rollbackOne(ctx, &j, in.ID, in.Body); err != nil {
		return nil, err
	}
	return s.articleDetail(ctx, in.ID)
}

// rollbackOne publishes an old version again, or says why not.
func (s *server) rollbackOne(ctx context.Context, j *judge, id string, in RollbackInput) error {
	_, a, err := s.Store.ArticleVersion(ctx, id, in.Version)
	if err != nil {
		return fromError(err, "版本")
	}
	// An old text has to pass today's lint: a number in it may have expired.
	a.Status = knowledge.StatusPublished
	overridden, err := j.checked(j.with(a), in.Override, a)
	if err != nil {
		return err
	}
	_, err = s.Store.Rollback(ctx, id, in.Version, who(ctx).user.Actor(), in.Note,
		audit(ctx, "article.rollback", "article:"+id, joined("to version "+itoa(int64(in.Version)), overridden, in.Note)))
	if err != nil {
		return fromError(err, "版本")
	}
	j.put(a)
	return nil
}

func (s *server) unschedule(ctx context.Context, in *byArticle) (*body[ArticleDetail], error) {
	if err := s.Store.CancelScheduled(ctx, in.ID, who(ctx).user.Actor(), audit(ctx, "article.unschedule", "article:"+in.ID, "")); err != nil {
		return nil, fromError(err, "知识条目")
	}
	return s.articleDetail(ctx, in.ID)
}

func (s *server) archive(ctx context.Context, in *onArticle[ArchiveInput]) (*body[ArticleDetail], error) {
	j, err := s.judge(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.archiveOne(ctx, &j, in.ID, in.Body); err != nil {
		return nil, err
	}
	return s.articleDetail(ctx, in.ID)
}

// archiveOne takes an entry out of force, or says why not.
func (s *server) archiveOne(ctx context.Context, j *judge, id string, in ArchiveInput) error {
	overridden, err := j.checked(j.without(id), in.Override)
	if err != nil {
		return err
	}
	if err := s.Store.Archive(ctx, id, audit(ctx, "article.archive", "article:"+id, joined(overridden, in.Note))); err != nil {
		return fromError(err, "知识条目")
	}
	j.drop(id)
	return nil
}
