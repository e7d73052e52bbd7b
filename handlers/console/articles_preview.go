package console

import (
	"context"

	"daozhang/knowledge"
)

// previewHits is how many hits a preview shows.
const previewHits = 5

func (s *server) previewArticle(ctx context.Context, in *body[PreviewInput]) (*body[Preview], error) {
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	draft, err := s.previewDraft(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	// Some hundred entries: building both indexes takes ms.
	now := base.index(base.live)
	out := Preview{Findings: []Finding{}, Similar: []Similar{}, Golden: []GoldenChange{}, Before: previewOf(now, in.Body.Question, "")}
	after := out.Before
	if draft != nil {
		next := *draft
		next.Status, next.ValidFrom = knowledge.StatusPublished, ""
		then := base.index(base.with(next))
		after = previewOf(then, in.Body.Question, draft.ID)
		out.Findings = base.lint(*draft)
		out.Similar = similarViews(knowledge.Similar(*draft, base.live))
		out.Golden = goldenChanges(knowledge.GateGolden(now, then, base.golden))
	}
	out.Hits, out.Confident, out.OffTopic = after.Hits, after.Confident, after.OffTopic
	return answer(out), nil
}

// previewOf is what a merchant would get; draft is the id of the draft asked
// against.
func previewOf(ix *knowledge.Index, question, draft string) PreviewAnswer {
	found := ix.Search(question, previewHits, knowledge.Tags{})
	out := PreviewAnswer{Hits: []PreviewHit{}, Confident: found.Confident, OffTopic: found.OffTopic}
	if found.OffTopic {
		return out
	}
	for _, h := range found.Hits {
		a, _ := ix.Article(h.ID)
		out.Hits = append(out.Hits, PreviewHit{ID: h.ID, Title: a.Title, Score: h.Score, Draft: h.ID == draft, Body: a.Body})
	}
	return out
}

// previewDraft is the draft on the screen, else the saved one.
func (s *server) previewDraft(ctx context.Context, in PreviewInput) (*knowledge.Article, error) {
	if in.Article != nil {
		a, err := articleOf(*in.Article)
		return &a, err
	}
	if in.DraftID == "" {
		return nil, nil //nolint:nilnil // no draft was asked for
	}
	_, _, draft, err := s.Store.Article(ctx, in.DraftID)
	return draft, fromError(err, "知识条目")
}

func similarViews(in []knowledge.Likeness) []Similar {
	return mapped(in, func(l knowledge.Likeness) Similar {
		kind := "conflict"
		if l.SameAnswer {
			kind = "duplicate"
		}
		return Similar{ID: l.ID, Title: l.Title, Mine: l.Mine, Theirs: l.Theirs, Score: l.Score, Pairs: l.Pairs, Kind: kind}
	})
}
