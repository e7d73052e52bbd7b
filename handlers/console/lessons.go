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

// LessonGroup is a group of like questions that need a better answer.
type LessonGroup struct {
	Text          string         `json:"text" doc:"the question most like the others"`
	Examples      []string       `json:"examples" doc:"distinct wordings, at most five"`
	IDs           []ID           `json:"ids"`
	Kinds         map[string]int `json:"kinds" doc:"unanswered, unhelpful, rated → how many"`
	Articles      []ArticleRef   `json:"articles" doc:"told for them without helping"`
	Conversations []ID           `json:"conversations" doc:"the newest five"`
	LastAt        time.Time      `json:"last_at"`
	// Nearest is the entry in force that comes closest; null = none.
	Nearest *ArticleRef `json:"nearest"`
}

// LessonList is every open group, the largest first.
type LessonList struct {
	Items []LessonGroup `json:"items"`
	Total int           `json:"total" doc:"questions in these groups"`
	// Elsewhere are groups with a question that does not belong here, and what
	// was asked since in nearly the same words.
	Elsewhere []LessonGroup `json:"elsewhere"`
}

// LessonClose takes questions off the list or brings them back. elsewhere also
// keeps off what will be asked in nearly the same words.
type LessonClose struct {
	IDs   []ID   `json:"ids" minItems:"1" maxItems:"2000"`
	State string `json:"state" enum:"done,dropped,elsewhere,open"`
}

// LessonPhrasing makes questions phrasings of an entry's draft.
type LessonPhrasing struct {
	Article   string   `json:"article" maxLength:"64"`
	Phrasings []string `json:"phrasings" minItems:"1" maxItems:"20"`
	IDs       []ID     `json:"ids,omitempty" maxItems:"2000" doc:"taken off the list with it"`
}

// Usage is how an entry in force does.
type Usage struct {
	ID          string         `json:"id"`
	Title       string         `json:"title"`
	Version     int            `json:"version"`
	PublishedAt time.Time      `json:"published_at,omitempty,omitzero"`
	ReviewDue   bool           `json:"review_due"`
	Hits        int64          `json:"hits"`
	Solved      int64          `json:"solved"`
	Handed      int64          `json:"handed"`
	LastHit     string         `json:"last_hit" doc:"YYYY-MM-DD; empty = never in the span"`
	Versions    []VersionUsage `json:"versions" doc:"newest first"`
}

// VersionUsage is how one version did.
type VersionUsage struct {
	Version int   `json:"version"`
	Hits    int64 `json:"hits"`
	Solved  int64 `json:"solved"`
	Handed  int64 `json:"handed"`
}

// UsageList is every entry in force, the most told first.
type UsageList struct {
	Items []Usage `json:"items"`
	From  string  `json:"from" doc:"YYYY-MM-DD"`
}

func (s *server) lessonRoutes() {
	const tag = "Knowledge"
	const base = "/api/v1/lessons"
	handle(s, route{method: http.MethodGet, path: base, tag: tag, summary: "Questions asked in vain, gathered", permission: desk.ReadKnowledge}, s.listLessons)
	handle(s, route{method: http.MethodPost, path: base + "/close", tag: tag, summary: "Take questions off the list", permission: desk.EditKnowledge, status: http.StatusNoContent}, s.closeLessons)
	handle(s, route{method: http.MethodPost, path: base + "/phrasing", tag: tag, summary: "Make a question a phrasing of an entry", permission: desk.EditKnowledge}, s.addPhrasing)
	handle(s, route{method: http.MethodGet, path: "/api/v1/articles/usage", tag: tag, summary: "How entries do", permission: desk.ReadKnowledge}, s.usage)
}

// How many questions are gathered: open ones, and those that belong elsewhere.
const (
	maxLessons   = 1500
	maxElsewhere = 500
)

func (s *server) listLessons(ctx context.Context, _ *struct{}) (*body[LessonList], error) {
	away, err := s.Store.ElsewhereLessons(ctx, maxElsewhere)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.OpenLessons(ctx, maxLessons)
	if err != nil {
		return nil, err
	}
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	byID, elsewhere := map[int64]desk.LessonRow{}, map[int64]bool{}
	asked := make([]knowledge.Asked, 0, len(away)+len(rows))
	for _, r := range slices.Concat(away, rows) { // those come first, so that the others join them
		byID[r.ID] = r
		elsewhere[r.ID] = len(asked) < len(away)
		asked = append(asked, knowledge.Asked{ID: r.ID, Text: r.Question})
	}
	ix := base.index(base.live)
	out := LessonList{Items: []LessonGroup{}, Elsewhere: []LessonGroup{}}
	for _, c := range knowledge.Clusters(asked) {
		g := lessonGroup(c, byID, ix)
		if slices.ContainsFunc(c.IDs, func(id int64) bool { return elsewhere[id] }) {
			out.Elsewhere = append(out.Elsewhere, g)
			continue
		}
		out.Items = append(out.Items, g)
		out.Total += len(c.IDs)
	}
	return answer(out), nil
}

func lessonGroup(c knowledge.Cluster, byID map[int64]desk.LessonRow, ix *knowledge.Index) LessonGroup {
	const most = 5
	g := LessonGroup{Text: c.Text, Examples: c.Examples, Kinds: map[string]int{}, Articles: []ArticleRef{}, Conversations: []ID{}}
	for _, id := range c.IDs {
		r := byID[id]
		g.IDs = append(g.IDs, ID(id))
		g.Kinds[string(r.Kind)]++
		if r.At.After(g.LastAt) {
			g.LastAt = r.At
		}
		if n := ID(r.ConversationID); len(g.Conversations) < most && !slices.Contains(g.Conversations, n) {
			g.Conversations = append(g.Conversations, n)
		}
		if r.Article == "" || len(g.Articles) == most {
			continue
		}
		ref := articleRef(r.Article, "")
		if a, ok := ix.Article(ref.ID); ok {
			ref.Title = a.Title
		}
		if !slices.Contains(g.Articles, ref) {
			g.Articles = append(g.Articles, ref)
		}
	}
	if found := ix.Search(c.Text, 1, knowledge.Tags{}); len(found.Hits) > 0 && !found.OffTopic {
		if a, ok := ix.Article(found.Hits[0].ID); ok {
			g.Nearest = &ArticleRef{ID: a.ID, Version: a.Version, Title: a.Title}
		}
	}
	return g
}

func (s *server) closeLessons(ctx context.Context, in *body[LessonClose]) (*none, error) {
	return nil, s.Store.CloseLessons(ctx, ids(in.Body.IDs), in.Body.State, who(ctx).user.Actor(),
		audit(ctx, "lesson."+in.Body.State, "lessons", itoa(int64(len(in.Body.IDs)))))
}

func ids(in []ID) []int64 { return mapped(in, func(i ID) int64 { return int64(i) }) }

func (s *server) addPhrasing(ctx context.Context, in *body[LessonPhrasing]) (*body[ArticleDetail], error) {
	st, published, draft, err := s.Store.Article(ctx, in.Body.Article)
	if err != nil {
		return nil, fromError(err, "知识条目")
	}
	a := draft
	if a == nil {
		a = published
	}
	next := *a
	next.Phrasings = slices.Clone(a.Phrasings)
	for _, p := range in.Body.Phrasings {
		p = strings.TrimSpace(p)
		if p != "" && !slices.ContainsFunc(next.Phrasings, func(have string) bool { return knowledge.Fold(have) == knowledge.Fold(p) }) {
			next.Phrasings = append(next.Phrasings, p)
		}
	}
	if len(next.Phrasings) > len(a.Phrasings) {
		if err := s.Store.SaveDraft(ctx, next, who(ctx).user.Actor(), st.UpdatedAt, audit(ctx, "article.draft", "article:"+a.ID, "phrasings out of use")); err != nil {
			return nil, fromError(err, "知识条目")
		}
	}
	if len(in.Body.IDs) > 0 {
		if err := s.Store.CloseLessons(ctx, ids(in.Body.IDs), "done", who(ctx).user.Actor(), audit(ctx, "lesson.done", "article:"+a.ID, itoa(int64(len(in.Body.IDs))))); err != nil {
			return nil, err
		}
	}
	return s.articleDetail(ctx, a.ID)
}

func (s *server) usage(ctx context.Context, in *struct {
	Days int `query:"days" minimum:"1" maximum:"366" default:"30"`
},
) (*body[UsageList], error) {
	now := s.now()
	from := now.AddDate(0, 0, 1-in.Days)
	uses, err := s.Store.ArticleUses(ctx, from, now)
	if err != nil {
		return nil, err
	}
	states, contents, err := s.Store.Articles(ctx)
	if err != nil {
		return nil, err
	}
	byID := map[string][]desk.ArticleUse{}
	for _, u := range uses {
		byID[u.ID] = append(byID[u.ID], u)
	}
	out := UsageList{Items: []Usage{}, From: string(knowledge.DayOf(from))}
	for i, st := range states {
		row := s.articleRow(st, contents[i])
		if !row.Live {
			continue
		}
		u := Usage{ID: st.ID, Title: row.Title, Version: st.Version, PublishedAt: st.PublishedAt, ReviewDue: row.ReviewDue, Versions: []VersionUsage{}}
		for _, v := range byID[st.ID] {
			u.Hits, u.Solved, u.Handed, u.LastHit = u.Hits+v.Hits, u.Solved+v.Solved, u.Handed+v.Handed, max(u.LastHit, v.LastHit)
			u.Versions = append(u.Versions, VersionUsage{v.Version, v.Hits, v.Solved, v.Handed})
		}
		out.Items = append(out.Items, u)
	}
	slices.SortStableFunc(out.Items, func(a, b Usage) int { return int(b.Hits - a.Hits) })
	return answer(out), nil
}
