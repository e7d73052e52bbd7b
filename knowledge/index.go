package knowledge

import (
	"math"
	"slices"
	"sort"
	"sync"

	"daozhang/bot/understand"
)

// IndexOptions tune an index. The zero value is ready for use.
type IndexOptions struct {
	// Normalize folds spellings before phrasings and queries are compared; nil
	// = Fold. It must be deterministic and safe for concurrent use.
	Normalize func(string) string
}

// Index answers "which article is this question about". It never changes after
// NewIndex and is safe for concurrent use; its owner swaps it atomically.
type Index struct {
	normalize func(string) string
	entries   []entry
	terms     map[gram]int32 // gram → term number
	weight    []float32      // by term number: idf × weight of its kind
	unknown   float32        // idf of a gram that the base does not hold
	anchor    []bool         // by term: a word of the base's topic
	// postings of term t are postings[start[t]:start[t+1]]: entry<<8 | impact.
	start    []uint32
	postings []uint32
	// units are the single questions (title, phrasings): unit u holds the terms
	// unitTerms[unitStart[u]:unitStart[u+1]], each term<<8 | impact.
	unitStart []uint32
	unitTerms []uint32
	scratch   sync.Pool // *scratch
}

type entry struct {
	article         Article
	firstUnit, last uint32 // units [firstUnit, last)
}

// BM25's constants. Questions are short and of like length, so length counts
// for little (b); a whole entry's questions are longer the more phrasings it
// has, which must not count against it at all.
const (
	k1       = 1.2
	unitB    = 0.5
	entryB   = 0.3
	maxTF    = k1 + 1 // bound of BM25's term frequency part
	levels   = 255 / maxTF
	maxTerms = 1 << 24
)

// bodyWeight is what a match in the answer counts beside one in a question.
const bodyWeight = 0.4

// NewIndex builds an index of the articles in any order. Of articles with the
// same id the last one counts.
func NewIndex(articles []Article, o IndexOptions) *Index {
	if o.Normalize == nil {
		o.Normalize = Fold
	}
	normalize := func(s string) string { return aliases.Replace(o.Normalize(s)) }
	ix := &Index{normalize: normalize, terms: make(map[gram]int32, 1024)}
	for _, a := range articles {
		ix.entries = append(ix.entries, entry{article: a})
	}
	slices.SortStableFunc(ix.entries, func(a, b entry) int { return compareStrings(a.article.ID, b.article.ID) })
	ix.entries = lastOfEqual(ix.entries)
	newBuilder(ix).build()
	n, t := len(ix.entries), len(ix.weight)
	ix.scratch.New = func() any {
		return &scratch{scores: make([]float32, n), weight: make([]float32, t)}
	}
	return ix
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func lastOfEqual(in []entry) []entry {
	out := in[:0]
	for i := range in {
		if i+1 < len(in) && in[i+1].article.ID == in[i].article.ID {
			continue
		}
		out = append(out, in[i])
	}
	return out
}

// Len is the number of articles.
func (ix *Index) Len() int { return len(ix.entries) }

// Article gives the article of a hit.
func (ix *Index) Article(id string) (Article, bool) {
	i := sort.Search(len(ix.entries), func(i int) bool { return ix.entries[i].article.ID >= id })
	if i == len(ix.entries) || ix.entries[i].article.ID != id {
		return Article{}, false
	}
	return ix.entries[i].article, true
}

// builder holds what is needed only while building.
type builder struct {
	ix      *Index
	df      []int32 // by term: entries whose questions hold it
	units   []unitSpan
	counts  []termCount // all units' terms, one after the other
	spans   []unitSpan  // entries' terms in entryTerms
	entries []termCount
	grams   []gram
	numbers []int32 // terms of the questions of the entry at hand
	text    []int32 // terms of the text at hand
}

type termCount struct {
	term int32
	n    uint16 // questions: occurrences
	body uint16
}

type unitSpan struct {
	from, to uint32
	length   uint32
}

func newBuilder(ix *Index) *builder { return &builder{ix: ix} }

func (b *builder) build() {
	runes, questions := 0, 0 // estimates: a Chinese character has three bytes
	for _, e := range b.ix.entries {
		questions += len(e.article.Title) / 3
		for _, p := range e.article.Phrasings {
			questions += len(p) / 3
		}
		runes += len(e.article.Body) / 3
	}
	b.counts = make([]termCount, 0, 2*questions)
	b.entries = make([]termCount, 0, 2*questions+3*runes/2)
	for i := range b.ix.entries {
		b.addEntry(&b.ix.entries[i])
	}
	b.weigh()
	b.packUnits()
	b.packPostings()
}

func (b *builder) addEntry(e *entry) {
	e.firstUnit = uint32(len(b.units))
	all := b.numbers[:0]
	add := func(text string) {
		terms := b.numbered(text)
		if len(terms) == 0 {
			return
		}
		all = append(all, terms...)
		from := uint32(len(b.counts))
		b.counts = appendCounts(b.counts, terms)
		b.units = append(b.units, unitSpan{from, uint32(len(b.counts)), uint32(len(terms))})
	}
	add(e.article.Title)
	for _, p := range e.article.Phrasings {
		add(p)
	}
	e.last = uint32(len(b.units))
	b.numbers = all
	slices.Sort(all)
	span := unitSpan{from: uint32(len(b.entries)), length: uint32(len(all))}
	b.entries = appendCounts(b.entries, all)
	for len(b.df) < len(b.ix.terms) {
		b.df = append(b.df, 0)
	}
	questions := b.entries[span.from:]
	for _, t := range questions {
		b.df[t.term]++
	}
	if body := b.numbered(e.article.Body); len(body) > 0 {
		b.entries = mergeBody(b.entries, int(span.from), body)
		for len(b.df) < len(b.ix.terms) {
			b.df = append(b.df, 0)
		}
	}
	span.to = uint32(len(b.entries))
	b.spans = append(b.spans, span)
}

// numbered gives the sorted term numbers of a text, repeats included. The
// slice is valid until the next call.
func (b *builder) numbered(text string) []int32 {
	b.grams = appendGrams(b.grams[:0], b.ix.normalize(text))
	out := slices.Grow(b.text[:0], len(b.grams))[:len(b.grams)]
	b.text = out
	for i, g := range b.grams {
		n, ok := b.ix.terms[g]
		if !ok && len(b.ix.terms) < maxTerms {
			n = int32(len(b.ix.terms))
			b.ix.terms[g] = n
		}
		out[i] = n
	}
	slices.Sort(out)
	return out
}

// appendCounts counts sorted terms.
func appendCounts(dst []termCount, terms []int32) []termCount {
	for i, t := range terms {
		if i > 0 && t == terms[i-1] {
			if last := &dst[len(dst)-1]; last.n < math.MaxUint16 {
				last.n++
			}
			continue
		}
		dst = append(dst, termCount{term: t, n: 1})
	}
	return dst
}

// mergeBody adds the terms of the answer to the last entry's counts.
func mergeBody(all []termCount, from int, body []int32) []termCount {
	known := len(all)
	for i := 0; i < len(body); {
		j := i
		for j < len(body) && body[j] == body[i] {
			j++
		}
		n := uint16(min(j-i, math.MaxUint16))
		at, ok := slices.BinarySearchFunc(all[from:known], body[i], func(t termCount, n int32) int { return int(t.term) - int(n) })
		if ok {
			all[from+at].body = n
		} else {
			all = append(all, termCount{term: body[i], body: n})
		}
		i = j
	}
	return all
}

// weigh fixes the weight of every term: its idf over the entries' questions,
// so that a word repeated in all phrasings of one entry stays rare, times the
// weight of its kind. A term of answers only is as rare as in the answers.
func (b *builder) weigh() {
	n := float64(len(b.ix.entries))
	inBodies := make([]int32, len(b.df))
	for _, t := range b.entries {
		if t.n == 0 {
			inBodies[t.term]++
		}
	}
	idf := func(df float64) float32 { return float32(math.Log(1 + (n-df+0.5)/(df+0.5))) }
	b.ix.weight = make([]float32, len(b.df))
	b.ix.anchor = make([]bool, len(b.df))
	for g, t := range b.ix.terms {
		df := b.df[t]
		asked := df > 0
		if !asked {
			df = inBodies[t]
		}
		b.ix.weight[t] = idf(float64(df)) * kindWeight(g, asked)
		b.ix.anchor[t] = float64(b.df[t]) >= anchorShare*n && !stopGram(g)
	}
	b.ix.unknown = idf(0)
}

// kindWeight is what a gram of its kind tells about the topic. asked is true
// for a gram that stands in a question of the base: a number there is a
// response code or a hotline, any other number is an amount or a date.
func kindWeight(g gram, asked bool) float32 {
	switch {
	case stopGram(g):
		return stopWeight
	case g.number():
		if asked {
			return numberWeight
		}
		return 0
	case g.single():
		return singleWeight
	}
	return 1
}

func (b *builder) packUnits() {
	ix := b.ix
	avg := averageLength(b.units)
	ix.unitStart = make([]uint32, 0, len(b.units)+1)
	ix.unitTerms = make([]uint32, 0, len(b.counts))
	for _, u := range b.units {
		ix.unitStart = append(ix.unitStart, uint32(len(ix.unitTerms)))
		norm := k1 * (1 - unitB + unitB*float64(u.length)/avg)
		for _, t := range b.counts[u.from:u.to] {
			ix.unitTerms = append(ix.unitTerms, uint32(t.term)<<8|quantise(saturate(float64(t.n), norm)))
		}
	}
	ix.unitStart = append(ix.unitStart, uint32(len(ix.unitTerms)))
	b.counts, b.units = nil, nil
}

func (b *builder) packPostings() {
	ix := b.ix
	avg := averageLength(b.spans)
	ix.start = make([]uint32, len(ix.weight)+1)
	for _, t := range b.entries {
		ix.start[t.term+1]++
	}
	for i := 1; i < len(ix.start); i++ {
		ix.start[i] += ix.start[i-1]
	}
	ix.postings = make([]uint32, len(b.entries))
	next := slices.Clone(ix.start)
	for e, s := range b.spans {
		norm := k1 * (1 - entryB + entryB*float64(s.length)/avg)
		for _, t := range b.entries[s.from:s.to] {
			w := max(saturate(float64(t.n), norm), bodyWeight*saturate(float64(t.body), k1))
			ix.postings[next[t.term]] = uint32(e)<<8 | quantise(w)
			next[t.term]++
		}
	}
}

func averageLength(spans []unitSpan) float64 {
	sum := 0.0
	for _, s := range spans {
		sum += float64(s.length)
	}
	return max(sum/max(float64(len(spans)), 1), 1)
}

// saturate is BM25's term frequency part, in 0..maxTF.
func saturate(tf, norm float64) float64 {
	if tf == 0 {
		return 0
	}
	return tf * (k1 + 1) / (tf + norm)
}

func quantise(w float64) uint32 { return uint32(max(1, math.Round(w*levels))) }

// Tags are what the query is known to be about; the zero value is nothing.
type Tags struct {
	// Causes keeps only articles tagged with one of them.
	Causes []string
	// Intents raise articles that share one; an article of other intents is
	// never confident.
	Intents []understand.Intent
	// Brands and Channels drop articles that are only about others.
	Brands   []string
	Channels []string
}

// Hit is one article found. Score is finite and comparable within one query:
// about 1 for a query equal to a phrasing, 0 for nothing in common.
type Hit struct {
	ID      string
	Version int
	Score   float64
}

// Result of a search, best first.
type Result struct {
	Hits []Hit
	// Confident is true when the first hit may be told as the answer: score,
	// margin and tags agree. Without it offer the first three as taps.
	Confident bool
	// OffTopic is true when the base has nothing on the question; the hits are
	// then leftovers and must not be offered.
	OffTopic bool
}
