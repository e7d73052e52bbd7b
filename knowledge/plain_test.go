package knowledge

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// plainBM25 is the yardstick of contract section 6: BM25 over character
// 1+2-grams of everything an entry asks, nothing folded, no field told apart.
type plainBM25 struct {
	docs []map[string]float64
	size []float64
	df   map[string]float64
	avg  float64
}

func plainGrams(s string) []string {
	r := []rune(strings.ToLower(s))
	var out []string
	for i := range r {
		out = append(out, string(r[i]))
		if i > 0 {
			out = append(out, string(r[i-1:i+1]))
		}
	}
	return out
}

func newPlain(articles []Article) *plainBM25 {
	p := &plainBM25{df: map[string]float64{}}
	for _, a := range articles {
		doc := map[string]float64{}
		n := 0.0
		for _, text := range append([]string{a.Title}, a.Phrasings...) {
			for _, g := range plainGrams(text) {
				if doc[g] == 0 {
					p.df[g]++
				}
				doc[g]++
				n++
			}
		}
		p.docs, p.size, p.avg = append(p.docs, doc), append(p.size, n), p.avg+n
	}
	p.avg /= float64(len(articles))
	return p
}

// rank is the 1-based place of an entry.
func (p *plainBM25) rank(q string, want int) int {
	score := make([]float64, len(p.docs))
	for i, d := range p.docs {
		for _, g := range plainGrams(q) {
			if tf := d[g]; tf > 0 {
				idf := math.Log(1 + (float64(len(p.docs))-p.df[g]+0.5)/(p.df[g]+0.5))
				score[i] += idf * tf * 2.2 / (tf + 1.2*(0.25+0.75*p.size[i]/p.avg))
			}
		}
	}
	better := 1
	for i := range score {
		if i != want && (score[i] > score[want] || score[i] == score[want] && i < want) {
			better++
		}
	}
	return better
}

// A third of the phrasings is asked; the base holds the others, or only one
// question an entry.
func TestNotWorseThanPlainBM25(t *testing.T) {
	t.Parallel()
	for name, several := range map[string]bool{"one question": false, "several phrasings": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ours, theirs, oursFirst, theirsFirst, n float64
			for split := range 3 {
				foreign, questions := splitBase(shipped(t), split, several)
				ix, plain := NewIndex(foreign, IndexOptions{}), newPlain(foreign)
				for _, q := range questions {
					r := ix.Search(q.q, 10, Tags{})
					if at := slices.IndexFunc(r.Hits, func(h Hit) bool { return h.ID == foreign[q.want].ID }); at >= 0 {
						ours += 1 / float64(at+1)
						if at == 0 {
							oursFirst++
						}
					}
					if at := plain.rank(q.q, q.want); at <= 10 {
						theirs += 1 / float64(at)
						if at == 1 {
							theirsFirst++
						}
					}
				}
				n += float64(len(questions))
			}
			t.Logf("against plain BM25, %s: %.0f questions, MRR@10 %.3f against %.3f, first %.1f%% against %.1f%%",
				name, n, ours/n, theirs/n, 100*oursFirst/n, 100*theirsFirst/n)
			if ours < theirs || several && ours < theirs*1.005 {
				t.Error("worse than plain BM25, or not better with several phrasings")
			}
		})
	}
}

type askedOf struct {
	q    string
	want int // place of the entry in the base
}

// splitBase keeps every third phrasing back as a question.
func splitBase(articles []Article, split int, several bool) (foreign []Article, questions []askedOf) {
	for i, a := range articles {
		f := Article{ID: a.ID, Title: a.Phrasings[0]}
		for j, p := range a.Phrasings[1:] {
			switch {
			case j%3 == split:
				questions = append(questions, askedOf{p, i})
			case several:
				f.Phrasings = append(f.Phrasings, p)
			}
		}
		foreign = append(foreign, f)
	}
	return foreign, questions
}
