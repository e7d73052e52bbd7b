package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"daozhang/bot/desk"
	"daozhang/bot/understand"
	"daozhang/knowledge"
)

// articleLimit is the body of an article in bytes.
const articleLimit = 256 << 10

type byArticle struct {
	ID string `path:"id" maxLength:"64"`
}

type onArticle[T any] struct {
	ID   string `path:"id" maxLength:"64"`
	Body T
}

func (s *server) articleRoutes() {
	const tag = "Knowledge"
	const base = "/api/v1/articles"
	handle(s, route{method: http.MethodGet, path: base, tag: tag, summary: "All entries", permission: desk.ReadKnowledge}, s.listArticles)
	handle(s, route{method: http.MethodPost, path: base, tag: tag, summary: "New entry, as a draft", permission: desk.EditKnowledge, bodyLimit: articleLimit}, s.createArticle)
	handle(s, route{method: http.MethodPost, path: base + "/preview", tag: tag, summary: "Ask a question against a draft", permission: desk.ReadKnowledge, bodyLimit: articleLimit}, s.previewArticle)
	handle(s, route{method: http.MethodGet, path: base + "/{id}", tag: tag, summary: "Entry with draft, versions and findings", permission: desk.ReadKnowledge}, s.getArticle)
	handle(s, route{method: http.MethodGet, path: base + "/{id}/versions/{version}", tag: tag, summary: "One version", permission: desk.ReadKnowledge}, s.getVersion)
	handle(s, route{method: http.MethodPut, path: base + "/{id}/draft", tag: tag, summary: "Save the draft", permission: desk.EditKnowledge, bodyLimit: articleLimit}, s.saveDraft)
	handle(s, route{method: http.MethodDelete, path: base + "/{id}/draft", tag: tag, summary: "Discard the draft; an entry never published goes away (answer is empty then)", permission: desk.EditKnowledge}, s.discardDraft)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/submit", tag: tag, summary: "Ask for a review", permission: desk.EditKnowledge}, s.submitDraft)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/withdraw", tag: tag, summary: "Take the request for a review back", permission: desk.EditKnowledge}, s.withdrawDraft)
	handle(s, route{method: http.MethodPost, path: base + "/batch", tag: tag, summary: "One action on many entries, each by itself", permission: desk.EditKnowledge, bodyLimit: articleLimit}, s.batch)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/publish", tag: tag, summary: "Publish the draft", permission: desk.PublishKnowledge}, s.publishDraft)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/rollback", tag: tag, summary: "Publish an old version again", permission: desk.PublishKnowledge}, s.rollback)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/unschedule", tag: tag, summary: "Take a scheduled publication back", permission: desk.PublishKnowledge}, s.unschedule)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/archive", tag: tag, summary: "Take out of force", permission: desk.PublishKnowledge}, s.archive)
}

func articleView(a knowledge.Article) Article {
	return Article{
		ID: a.ID, Title: a.Title, Phrasings: some(a.Phrasings), Causes: some(a.Causes),
		Intents: mapped(a.Intents, func(i understand.Intent) string { return string(i) }),
		Brands:  some(a.Brands), Channels: some(a.Channels), Audience: a.Audience, Owner: a.Owner,
		ReviewOn: string(a.ReviewOn), ValidFrom: string(a.ValidFrom), ValidUntil: string(a.ValidUntil),
		Sources: some(a.Sources), GuideSteps: some(a.Guide.Steps), GuideThen: a.Guide.Then, Body: a.Body,
	}
}

// articleOf reads an article off the wire; its words are for the lint to
// judge, its days must be days.
func articleOf(a Article) (knowledge.Article, error) {
	out := knowledge.Article{
		ID: a.ID, Title: strings.TrimSpace(a.Title), Phrasings: trimmed(a.Phrasings), Causes: trimmed(a.Causes),
		Intents: mapped(trimmed(a.Intents), func(i string) understand.Intent { return understand.Intent(i) }),
		Brands:  trimmed(a.Brands), Channels: trimmed(a.Channels), Audience: a.Audience, Owner: strings.TrimSpace(a.Owner),
		Sources: trimmed(a.Sources), Guide: knowledge.Guide{Steps: trimmed(a.GuideSteps), Then: strings.TrimSpace(a.GuideThen)},
		Body: strings.TrimSpace(strings.ReplaceAll(a.Body, "\r\n", "\n")),
	}
	for _, d := range []struct {
		to          *knowledge.Day
		value, name string
	}{{&out.ReviewOn, a.ReviewOn, "review_on"}, {&out.ValidFrom, a.ValidFrom, "valid_from"}, {&out.ValidUntil, a.ValidUntil, "valid_until"}} {
		day, err := knowledge.ParseDay(strings.TrimSpace(d.value))
		if err != nil {
			p := problem(http.StatusUnprocessableEntity, codeInvalid, "日期应写成 2026-11-18 这样的形式。")
			p.Errors = []FieldError{{Location: "body.article." + d.name, Message: "日期格式不对"}}
			return out, p
		}
		*d.to = day
	}
	return out, nil
}

// trimmed drops empty lines; nil for none, as the stored form has it.
func trimmed(in []string) []string {
	var out []string
	for _, v := range in {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

func (s *server) listArticles(ctx context.Context, in *struct {
	Status string `query:"status" enum:"draft,review,published,archived,all" default:"all"`
	Query  string `query:"q" maxLength:"100" doc:"part of id, title, phrasing or text"`
	Cause  string `query:"cause" maxLength:"40"`
	Brand  string `query:"brand" maxLength:"30"`
	Filter string `query:"filter" enum:"review_due,has_draft,scheduled,"`
},
) (*body[ArticleList], error) {
	states, contents, err := s.Store.Articles(ctx)
	if err != nil {
		return nil, err
	}
	list := ArticleList{Items: []ArticleRow{}, Total: len(states)}
	for i, st := range states {
		row := s.articleRow(st, contents[i])
		switch {
		case !row.is(in.Status),
			in.Cause != "" && !slices.Contains(row.Causes, in.Cause),
			in.Brand != "" && len(row.Brands) > 0 && !slices.Contains(row.Brands, in.Brand),
			in.Filter == "review_due" && !row.ReviewDue,
			in.Filter == "has_draft" && !row.HasDraft,
			in.Filter == "scheduled" && row.ScheduledAt.IsZero(),
			!articleHas(contents[i], in.Query):
			continue
		}
		list.Items = append(list.Items, row)
	}
	return answer(list), nil
}

func (s *server) articleRow(st desk.ArticleState, a knowledge.Article) ArticleRow {
	now := s.now()
	published := st.Version > 0 && st.Status != string(knowledge.StatusArchived)
	a.Status = knowledge.StatusPublished
	return ArticleRow{
		ID: st.ID, Title: a.Title, Status: st.Status, Version: st.Version, HasDraft: st.HasDraft, DraftBy: st.DraftBy,
		ArticleFacts: articleFacts(st, a, now),
		Causes:       some(a.Causes), Brands: some(a.Brands), Owner: a.Owner, ReviewOn: string(a.ReviewOn),
		ReviewDue: published && a.ReviewOn != "" && a.ReviewOn <= knowledge.DayOf(now), Live: published && a.Live(now),
		ScheduledAt: st.ScheduledAt, UpdatedAt: st.UpdatedAt,
	}
}

// is reports that one of the two facts of an entry is a status of the list.
func (r ArticleRow) is(status string) bool {
	switch knowledge.Status(status) {
	case knowledge.StatusDraft, knowledge.StatusReview:
		return r.DraftStatus == status
	case knowledge.StatusPublished:
		return r.Version > 0 && r.Told != string(knowledge.StatusArchived)
	case knowledge.StatusArchived:
		return r.Told == status
	}
	return status == "all"
}

// articleFacts reads the two facts; a is the content of the version in force,
// else of the one scheduled.
func articleFacts(st desk.ArticleState, a knowledge.Article, now time.Time) ArticleFacts {
	f := ArticleFacts{Told: "in_force", SubmittedAt: st.SubmittedAt}
	today := knowledge.DayOf(now)
	switch {
	case st.Status == string(knowledge.StatusArchived):
		f.Told = "archived"
	case st.Version == 0 && st.Scheduled == 0:
		f.Told = "never"
	case st.Version > 0 && a.ValidUntil != "" && a.ValidUntil < today:
		f.Told = "expired"
	case st.Version == 0, a.ValidFrom > today:
		f.Told = "not_yet"
	}
	switch {
	case !st.SubmittedAt.IsZero():
		f.DraftStatus = string(knowledge.StatusReview)
	case st.HasDraft:
		f.DraftStatus = string(knowledge.StatusDraft)
	}
	return f
}

// articleHas reports that every word of a query stands somewhere in an entry.
func articleHas(a knowledge.Article, query string) bool {
	text := desk.FoldText(strings.Join(append([]string{a.ID, a.Title, a.Body}, a.Phrasings...), "\n"))
	for _, word := range strings.Fields(desk.FoldText(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func (s *server) getArticle(ctx context.Context, in *byArticle) (*body[ArticleDetail], error) {
	return s.articleDetail(ctx, in.ID)
}

func (s *server) articleDetail(ctx context.Context, id string) (*body[ArticleDetail], error) {
	st, published, draft, err := s.Store.Article(ctx, id)
	if err != nil {
		return nil, fromError(err, "知识条目")
	}
	versions, err := s.Store.ArticleVersions(ctx, id)
	if err != nil {
		return nil, err
	}
	d := ArticleDetail{
		ID: id, Status: st.Status, Version: st.Version, DraftBy: st.DraftBy, UpdatedAt: st.UpdatedAt,
		Scheduled: st.Scheduled, ScheduledAt: st.ScheduledAt, Versions: mapped(versions, versionView), Similar: []Similar{},
		CanSubmit: draft != nil && st.SubmittedAt.IsZero(), ArticleFacts: articleFacts(st, knowledge.Article{}, s.now()),
	}
	subject := published
	if published != nil {
		d.ArticleFacts = articleFacts(st, *published, s.now())
		v := articleView(*published)
		d.Published = &v
	}
	if draft != nil {
		v := articleView(*draft)
		d.Draft, subject = &v, draft
	}
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	d.Findings = base.lint(*subject)
	if draft != nil {
		d.Similar = similarViews(knowledge.Similar(*draft, base.live))
	}
	second, err := s.secondPerson(ctx)
	if err != nil {
		return nil, err
	}
	d.CanPublish, d.PublishHint = publishable(who(ctx), st, d.Findings, second)
	return answer(d), nil
}

func versionView(v desk.ArticleVersion) ArticleVersion {
	return ArticleVersion{
		Version: v.Version, PublishedBy: v.PublishedBy, PublishedAt: v.PublishedAt, Note: v.Note, EffectiveAt: v.EffectiveAt, Cancelled: v.Cancelled,
	}
}

// publishable says whether this user may publish the draft now, and if not why.
func publishable(p principal, st desk.ArticleState, findings []Finding, secondPerson bool) (bool, string) {
	switch {
	case !st.HasDraft:
		return false, "没有未发布的改动。"
	case !p.can(desk.PublishKnowledge):
		return false, "发布需要主管或管理员，请先提交审核。"
	case secondPerson && st.DraftBy == p.user.Name:
		return false, "写草稿的人不能自己发布，请另一位主管或管理员核对后发布。"
	case len(findings) > 0:
		return false, "请先处理检查发现的问题。"
	}
	return true, ""
}

// fieldAt is the field of Article that holds a line (1-based) of the file form:
// the front matter key at or above it, "body" below the front matter. row is
// the line within the body or the item of a list; 0 = the field as a whole.
func fieldAt(lines []string, line int) (field string, row int) {
	field = "body"
	fences, from := 0, 0
	for i := 0; i < min(line, len(lines)); i++ {
		if lines[i] == "---" {
			if fences++; fences == 2 {
				if line > len(lines) {
					return "body", 0
				}
				return "body", max(0, line-i-2) // a blank line stands between
			}
			continue
		}
		if key, _, ok := strings.Cut(lines[i], ":"); ok && key != "" && !strings.ContainsAny(key[:1], " \t-") {
			field, from = key, i+1
		}
	}
	if field == "guide" {
		return "guide_steps", 0
	}
	return field, line - from
}

func (s *server) getVersion(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	Version int    `path:"version" minimum:"1"`
},
) (*body[ArticleVersion], error) {
	v, a, err := s.Store.ArticleVersion(ctx, in.ID, in.Version)
	if err != nil {
		return nil, fromError(err, "版本")
	}
	content := articleView(a)
	view := versionView(v)
	view.Article = &content
	return answer(view), nil
}

func (s *server) createArticle(ctx context.Context, in *body[DraftInput]) (*body[ArticleDetail], error) {
	a, err := articleOf(in.Body.Article)
	if err != nil {
		return nil, err
	}
	err = s.Store.CreateArticle(ctx, a, who(ctx).user.Actor(), audit(ctx, "article.create", "article:"+a.ID, ""))
	var refusal *desk.Refusal
	if errors.As(err, &refusal) && refusal.Kind == desk.Exists {
		return nil, problem(http.StatusConflict, codeArticleExists, "编号 %s 已有条目，请换一个编号或去编辑原来的条目。", a.ID)
	}
	if err != nil {
		return nil, err
	}
	return s.articleDetail(ctx, a.ID)
}

func (s *server) saveDraft(ctx context.Context, in *onArticle[DraftInput]) (*body[ArticleDetail], error) {
	in.Body.Article.ID = in.ID
	a, err := articleOf(in.Body.Article)
	if err != nil {
		return nil, err
	}
	err = s.Store.SaveDraft(ctx, a, who(ctx).user.Actor(), in.Body.IfUpdatedAt, audit(ctx, "article.draft", "article:"+a.ID, ""))
	if err != nil {
		return nil, fromError(err, "知识条目")
	}
	return s.articleDetail(ctx, a.ID)
}

func (s *server) discardDraft(ctx context.Context, in *byArticle) (*body[ArticleDetail], error) {
	if err := s.Store.DiscardDraft(ctx, in.ID, audit(ctx, "article.discard", "article:"+in.ID, "")); err != nil {
		return nil, fromError(err, "知识条目")
	}
	d, err := s.articleDetail(ctx, in.ID)
	var p *Problem
	if errors.As(err, &p) && p.Code == codeNotFound { // it was never published and is gone
		return answer(ArticleDetail{ID: in.ID, Status: string(knowledge.StatusArchived), Versions: []ArticleVersion{}, Findings: []Finding{}, Similar: []Similar{}}), nil
	}
	return d, err
}

func (s *server) submitDraft(ctx context.Context, in *byArticle) (*body[ArticleDetail], error) {
	if err := s.Store.SubmitDraft(ctx, in.ID, audit(ctx, "article.submit", "article:"+in.ID, "")); err != nil {
		return nil, fromError(err, "知识条目")
	}
	return s.articleDetail(ctx, in.ID)
}

func (s *server) withdrawDraft(ctx context.Context, in *byArticle) (*body[ArticleDetail], error) {
	if err := s.Store.WithdrawDraft(ctx, in.ID, audit(ctx, "article.withdraw", "article:"+in.ID, "")); err != nil {
		return nil, fromError(err, "知识条目")
	}
	return s.articleDetail(ctx, in.ID)
}

func knowledgeChannel(c desk.Channel) knowledge.Channel {
	return knowledge.Channel{
		Brand: c.Brand, Kind: c.Kind, Value: c.Value, Label: c.Label, Source: c.Source,
		VerifiedBy: c.VerifiedBy, VerifiedAt: c.VerifiedAt, ExpiresAt: c.ExpiresAt,
	}
}
