package knowledge

import (
	_ "embed"
	"math"
	"strings"
)

// elsewhere.txt holds questions of trades next door (loans, online shops, tax,
// telephones) and of daily life, one a line under "# topic" lines. Their
// authors knew what the shipped base answers; no line stands in a held-out set
// of testdata. A question near to some of them and to no phrasing of the base
// belongs elsewhere.
//
//go:embed elsewhere.txt
var elsewhereFile string //nolint:gochecknoglobals // embedded, read-only

func exampleLines(file string) []string {
	var out []string
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// examples are questions of other places by the grams of dailyWords: gram i
// stands in the examples of[start[i]:start[i+1]].
type examples struct {
	number int
	start  []uint32
	of     []uint16
}

// add gives the examples that hold the next gram.
func (x *examples) add(holders []uint16) {
	x.of = append(x.of, holders...)
	x.start = append(x.start, uint32(len(x.of)))
}

func (x *examples) holding(gram int) []uint16 { return x.of[x.start[gram]:x.start[gram+1]] }

// tellsSubject is false for a single character and for asking words, which
// stand in every second example.
func tellsSubject(g gram) bool { return (!g.single() || g&wordBit != 0) && !stopGram(g) }

// subjectWeight is what a gram tells about the subject of a text: its weight
// in the base (term n) or, -1, that of a gram foreign to it.
func (ix *Index) subjectWeight(g gram, n int32) float32 {
	switch {
	case !tellsSubject(g):
		return 0
	case n >= 0:
		return ix.weight[n]
	case hasNumber(g) || g.concept():
		return 0
	}
	return ix.unknown * unknownShare
}

// smallSubject keeps a text with hardly a subject from being near to anything.
const smallSubject = 2

// subjectLength is the length of a text whose grams weigh sum.
func subjectLength(sum float32) float32 { return float32(math.Sqrt(float64(sum + smallSubject))) }

// weighExamples gives the length of every example under the weights of the base.
func (ix *Index) weighExamples() []float32 {
	x := &ix.daily.examples
	length := make([]float32, x.number)
	for i, g := range ix.daily.grams {
		n, known := ix.terms.find(g)
		if !known {
			n = -1
		}
		w := ix.subjectWeight(g, n)
		for _, e := range x.holding(i) {
			length[e] += w
		}
	}
	for i, sum := range length {
		length[i] = subjectLength(sum)
	}
	return length
}

// share notes that these examples hold a gram of the question that weighs w.
func (s *scratch) share(holders []uint16, w float32) {
	for _, e := range holders {
		if s.shared[e] == 0 {
			s.met = append(s.met, e)
		}
		s.shared[e] += w
	}
}

// nearest is how many examples are asked for likeness.
const nearest = 3

// likeness is how near the question, whose grams weigh subject, is to the
// nearest examples met: the mean cosine, 0 to 1. It forgets what was met.
func (ix *Index) likeness(s *scratch, subject float32) float32 {
	var top [nearest]float32
	for _, e := range s.met {
		like := s.shared[e] / ix.exampleLength[e]
		s.shared[e] = 0
		for k := range top {
			if like > top[k] {
				copy(top[k+1:], top[k:])
				top[k] = like
				break
			}
		}
	}
	s.met = s.met[:0]
	var all float32
	for _, like := range top {
		all += like
	}
	return all / nearest / subjectLength(subject)
}
