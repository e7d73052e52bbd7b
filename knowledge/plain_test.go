package knowledge

import (
	"math"
	"math/rand"
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

// foreignKind is how a foreign base is made out of the shipped entries: a third
// of the phrasings is asked, of the others some stand in the base.
type foreignKind struct {
	name    string
	similar int  // how many more questions than one an entry keeps; -1 = all
	answers bool // the base holds the answers
	typos   bool // every question has a character replaced by one of its sound
	// gain is by how much MRR@10 must be above plain BM25's (which reads the
	// questions only).
	gain float64
}

func TestNotWorseThanPlainBM25(t *testing.T) {
	t.Parallel()
	for _, k := range []foreignKind{
		{"one question", 0, false, false, 0.005},
		{"one question and an answer", 0, true, false, 0.03},
		{"several phrasings", -1, false, false, 0.01},
		{"four phrasings and an answer", 3, true, false, 0.03},
		{"several phrasings, typing errors", -1, false, true, 0.03},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			var ours, theirs, oursFirst, theirsFirst, n float64
			for split := range 3 {
				foreign, questions := splitBase(shipped(t), split, k)
				ix, plain := NewIndex(foreign, IndexOptions{}), newPlain(foreign)
				for i, q := range questions {
					if i%4 != 0 {
						continue // a quarter tells as much
					}
					n++
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
			}
			t.Logf("against plain BM25, %-33s %4.0f questions, MRR@10 %.3f against %.3f (%+.3f), first %.1f%% against %.1f%%",
				k.name+":", n, ours/n, theirs/n, (ours-theirs)/n, 100*oursFirst/n, 100*theirsFirst/n)
			if (ours-theirs)/n < k.gain {
				t.Errorf("must be better than plain BM25 by %.3f", k.gain)
			}
		})
	}
}

type askedOf struct {
	q    string
	want int // place of the entry in the base
}

// splitBase keeps every third phrasing back as a question.
func splitBase(articles []Article, split int, k foreignKind) (foreign []Article, questions []askedOf) {
	rnd := rand.New(rand.NewSource(int64(split)))
	for i, a := range articles {
		f := Article{ID: a.ID, Title: a.Phrasings[0]}
		if k.answers {
			f.Body = a.Body
		}
		for j, p := range a.Phrasings[1:] {
			switch {
			case j%3 == split:
				if k.typos {
					p = misspell(p, rnd)
				}
				questions = append(questions, askedOf{p, i})
			case k.similar < 0 || len(f.Phrasings) < k.similar:
				f.Phrasings = append(f.Phrasings, p)
			}
		}
		foreign = append(foreign, f)
	}
	return foreign, questions
}

// misspell replaces a character by another one of its sound.
func misspell(text string, rnd *rand.Rand) string {
	table := soundTable()
	runes := []rune(text)
	at := rnd.Intn(len(runes))
	sound := soundOf(table, uint32(runes[at]))
	if sound == 0 {
		return text
	}
	var same []rune
	for r := rune(hanFirst); r <= hanLast; r++ {
		if soundOf(table, uint32(r)) == sound && r != runes[at] {
			same = append(same, r)
		}
	}
	if len(same) > 0 {
		runes[at] = same[rnd.Intn(len(same))]
	}
	return string(runes)
}
