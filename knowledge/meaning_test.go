package knowledge_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"daozhang/knowledge"
)

func ids(hits []knowledge.Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return strings.Join(out, " ")
}

// compass are entries whose vectors point in known directions.
func compass() (*knowledge.Index, map[string][]float32) {
	articles := []knowledge.Article{
		{ID: "c-any", Title: "丙", Version: 3},
		{ID: "a-card", Title: "甲", Channels: []string{"CARD"}, Causes: []string{"FEE_NET"}},
		{ID: "b-brand", Title: "乙", Brands: []string{"拉卡拉"}},
		{ID: "d-none", Title: "丁"},
		{ID: "e-other", Title: "戊"},
		{ID: "f-same", Title: "己"},
	}
	return knowledge.NewIndex(articles, knowledge.IndexOptions{}), map[string][]float32{
		"甲": {1, 0, 0}, "乙": {0.8, 0.6, 0}, "丙": {0.6, 0.8, 0}, "戊": {-1, 0, 0}, "己": {0.6, 0.8, 0},
	}
}

func TestNear(t *testing.T) {
	t.Parallel()
	ix, v := compass()
	m := knowledge.NewMeaning(ix, func(s string) []float32 { return v[s] })
	if m.Len() != 5 {
		t.Fatalf("%d entries with a vector", m.Len())
	}
	for name, c := range map[string]struct {
		q    []float32
		top  int
		tags knowledge.Tags
		want string
	}{
		"best first, ties by id, opposites out": {[]float32{1, 0, 0}, 9, knowledge.Tags{}, "a-card b-brand c-any f-same"},
		"at most top":                           {[]float32{1, 0, 0}, 3, knowledge.Tags{}, "a-card b-brand c-any"},
		"another brand is ruled out":            {[]float32{1, 0, 0}, 9, knowledge.Tags{Brands: []string{"随行付"}}, "a-card c-any f-same"},
		"another channel is ruled out":          {[]float32{1, 0, 0}, 9, knowledge.Tags{Channels: []string{"WECHAT"}}, "b-brand c-any f-same"},
		"only the cause":                        {[]float32{1, 0, 0}, 9, knowledge.Tags{Causes: []string{"FEE_NET"}}, "a-card"},
		"unrelated":                             {[]float32{0, 0, 1}, 9, knowledge.Tags{}, ""},
		"another dimension":                     {[]float32{1, 0}, 9, knowledge.Tags{}, ""},
		"not a number":                          {[]float32{float32(math.NaN()), 0, 0}, 9, knowledge.Tags{}, ""},
		"none asked for":                        {[]float32{1, 0, 0}, 0, knowledge.Tags{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := ids(m.Near(c.q, c.top, c.tags)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if h := m.Near([]float32{0, 1, 0}, 1, knowledge.Tags{}); len(h) != 1 || h[0].Version != 3 || math.Abs(h[0].Score-0.8) > 1e-6 {
		t.Errorf("%+v", h)
	}
	var none *knowledge.Meaning
	if none.Len() != 0 || none.Near([]float32{1}, 3, knowledge.Tags{}) != nil {
		t.Error("no meaning finds nothing")
	}
}

// An entry of another dimension than the first is left out, not compared.
func TestMeaningHasOneDimension(t *testing.T) {
	t.Parallel()
	ix, v := compass()
	v["丙"] = []float32{1, 0}
	m := knowledge.NewMeaning(ix, func(s string) []float32 { return v[s] })
	if got := ids(m.Near([]float32{1, 0, 0}, 9, knowledge.Tags{})); got != "a-card b-brand f-same" {
		t.Errorf("got %q", got)
	}
}

// The first of the sorted whole is what the bounded insertion keeps.
func TestNearAgreesWithSorting(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var articles []knowledge.Article
	vectors := map[string][]float32{}
	for i := range 60 {
		id := fmt.Sprintf("e%02d", i)
		articles = append(articles, knowledge.Article{ID: id, Title: id})
		vectors[id] = []float32{float32(r.IntN(5) - 2), float32(r.IntN(5) - 2)} // many ties
	}
	m := knowledge.NewMeaning(knowledge.NewIndex(articles, knowledge.IndexOptions{}), func(s string) []float32 { return vectors[s] })
	for range 50 {
		q := []float32{float32(r.IntN(7) - 3), float32(r.IntN(7) - 3)}
		score := func(id string) float32 { return q[0]*vectors[id][0] + q[1]*vectors[id][1] }
		var want []string
		for _, a := range articles {
			if score(a.ID) > 0 {
				want = append(want, a.ID)
			}
		}
		slices.SortStableFunc(want, func(a, b string) int { return int(score(b) - score(a)) })
		want = want[:min(8, len(want))]
		if got := ids(m.Near(q, 8, knowledge.Tags{})); got != strings.Join(want, " ") {
			t.Fatalf("%v: got %s, want %v", q, got, want)
		}
	}
}

func TestFuse(t *testing.T) {
	t.Parallel()
	hits := func(s string) (out []knowledge.Hit) {
		for i, id := range strings.Fields(s) {
			out = append(out, knowledge.Hit{ID: id, Version: 1, Score: 0.4 / float64(i+1)})
		}
		return out
	}
	for name, c := range map[string]struct {
		words, near string
		top         int
		want        string
	}{
		"in both comes first":         {"a b c", "c d", 8, "c a b d"},
		"agreement stays":             {"a b c", "a b c", 8, "a b c"},
		"ties by id":                  {"b", "a", 8, "a b"},
		"nothing near":                {"b a", "", 8, "b a"},
		"found by meaning alone":      {"a b c d", "x", 8, "a x b c d"},
		"at most top":                 {"a b c", "d e f", 2, "a d"},
		"opposite orders end in ties": {"a b", "b a", 8, "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := knowledge.Fuse(knowledge.Result{Hits: hits(c.words)}, hits(c.near), c.top)
			if ids(got.Hits) != c.want || got.Confident || got.OffTopic {
				t.Errorf("got %q %+v, want %q", ids(got.Hits), got, c.want)
			}
			for _, h := range got.Hits {
				if !slices.Contains(strings.Fields(c.words), h.ID) && h.Score != 0 {
					t.Errorf("%s has the score %v though no word found it", h.ID, h.Score)
				}
			}
		})
	}
	// An answer stays that answer, a refusal a refusal.
	for _, r := range []knowledge.Result{{Hits: hits("a b"), Confident: true}, {Hits: hits("a b"), OffTopic: true}} {
		if got := knowledge.Fuse(r, hits("z"), 8); ids(got.Hits) != "a b" || got.Confident != r.Confident || got.OffTopic != r.OffTopic {
			t.Errorf("%+v became %+v", r, got)
		}
	}
}

func TestMeaningText(t *testing.T) {
	t.Parallel()
	a := knowledge.Article{Title: "标题", Phrasings: []string{"问法一", strings.Repeat("长", 380), strings.Repeat("满", 30), "短"}, Body: "正文不算"}
	got := knowledge.MeaningText(a)
	if !strings.HasPrefix(got, "标题\n问法一\n长") || strings.Contains(got, "满") || strings.Contains(got, "正文") || utf8.RuneCountInString(got) > 400 {
		t.Errorf("%q", got)
	}
}
