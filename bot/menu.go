package bot

import (
	"context"
	"errors"
	"time"

	"daozhang/knowledge"
)

// Meaning finds entries by what a question means where its words do not tell.
type Meaning interface {
	// Near are the live entries nearest in meaning, best first, at most top;
	// none when there are no vectors. Tags rule out as in Knowledge.Search.
	Near(ctx context.Context, question string, top int, tags knowledge.Tags) ([]knowledge.Hit, error)
}

// Ranker is a language model that orders titles; what it returns is verified
// before use.
type Ranker interface {
	// Rank gives places in titles, best first, each at most once; titles that
	// it leaves out keep their order behind.
	Rank(ctx context.Context, question string, titles []string) ([]int, error)
}

const (
	// menuCandidates is how many entries are considered for a menu.
	menuCandidates = 8
	// menuTaps is how many of them are offered.
	menuTaps = 3
	// hitsKept is how many hits a search gives where nothing orders them anew.
	hitsKept = 5
	// defaultMenuWithin is what zero Settings.MenuWithin means.
	defaultMenuWithin = 3 * time.Second
)

func (s Settings) menuWithin() time.Duration {
	if s.MenuWithin <= 0 {
		return defaultMenuWithin
	}
	return s.MenuWithin
}

// depth is how many hits a search gives.
func (t *turn) depth() int {
	if t.e.d.Meaning == nil && t.e.d.Ranker == nil {
		return hitsKept
	}
	return menuCandidates
}

// menu are the taps of an unsure search: in the order of the words, or in that
// of meaning and model where they are on and answer in time. They only order:
// every tap is an entry that the tags allow, and choosing stays with the
// contact.
func (t *turn) menu(r knowledge.Result) []Choice {
	d := t.e.d
	if r.Confident || r.OffTopic || d.Meaning == nil && d.Ranker == nil || t.slow {
		return t.nearest(r)
	}
	ctx, cancel := context.WithTimeout(t.ctx, d.Settings.menuWithin())
	defer cancel()
	ordered, moved := r, false
	if d.Meaning != nil {
		near, err := d.Meaning.Near(ctx, t.q.Text, menuCandidates, t.tags())
		switch {
		case err != nil:
			t.model("menu not by meaning: " + t.failure(err))
		case len(near) > 0:
			ordered, moved = knowledge.Fuse(r, near, menuCandidates), true
			t.model("menu by meaning")
		}
	}
	ordered.Hits = t.offerable(ordered.Hits)
	if d.Ranker != nil && len(ordered.Hits) > 1 && !t.slow {
		moved = t.rank(ctx, ordered.Hits) || moved
	}
	if !moved || len(ordered.Hits) == 0 {
		return t.nearest(r)
	}
	t.hits(ordered.Hits)
	return t.nearest(ordered)
}

// offerable drops hits that were taken down since, and those that would accuse:
// neither meaning nor model may bring them to the front.
func (t *turn) offerable(hits []knowledge.Hit) []knowledge.Hit {
	out := make([]knowledge.Hit, 0, len(hits))
	for _, h := range hits {
		if _, ok := t.e.d.Knowledge.Article(h.ID); ok && !t.wouldAccuse(h.ID) {
			out = append(out, h)
		}
	}
	return out
}

// rank puts the hits into the order of the model, in place; false when they
// stay as they are.
func (t *turn) rank(ctx context.Context, hits []knowledge.Hit) bool {
	titles := make([]string, len(hits))
	for i, h := range hits {
		a, _ := t.e.d.Knowledge.Article(h.ID)
		titles[i] = a.Title
	}
	order, err := t.e.d.Ranker.Rank(ctx, t.q.Text, titles)
	if err != nil {
		t.model("menu not ranked: " + t.failure(err))
		return false
	}
	ranked, ok := reorder(hits, order)
	switch {
	case !ok:
		t.model("rejected: order")
		return false
	case len(order) == 0:
		t.model("menu: none fits")
		return false
	}
	copy(hits, ranked)
	t.model("menu ranked")
	return true
}

// reorder takes the places in order first and the others as they stood; false
// when order is not places of hits, each at most once.
func reorder(hits []knowledge.Hit, order []int) ([]knowledge.Hit, bool) {
	used := make([]bool, len(hits))
	out := make([]knowledge.Hit, 0, len(hits))
	for _, i := range order {
		if i < 0 || i >= len(hits) || used[i] {
			return nil, false
		}
		used[i] = true
		out = append(out, hits[i])
	}
	for i, h := range hits {
		if !used[i] {
			out = append(out, h)
		}
	}
	return out, true
}

// failure is why, in a word: errors of endpoints are not for traces. An
// endpoint that was too slow once is not asked again in the same turn, whose
// own time would run out.
func (t *turn) failure(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		t.slow = true
		return "timeout"
	}
	return "error"
}
