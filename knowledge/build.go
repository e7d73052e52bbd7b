package knowledge

import (
	"math"
	"math/bits"
	"slices"
)

// builder holds what is needed only while building.
type builder struct {
	ix      *Index
	df      []int32     // by term: entries whose questions hold it
	units   []unitSpan  // single questions
	counts  []termCount // their terms, one after the other
	spans   []unitSpan  // entries
	entries []termCount // their terms
	grams   []gram
	unit    tally // the question at hand
	entry   tally // the questions of the entry at hand
	body    tally // its answer
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

// tally counts terms: a counter by term number, and the terms met so far.
type tally struct {
	n    []uint16
	seen []int32
}

func (t *tally) add(term int32, n uint16) {
	if t.n[term] == 0 {
		t.seen = append(t.seen, term)
	}
	t.n[term] += min(n, math.MaxUint16-t.n[term])
}

// clear forgets everything and takes terms up to n.
func (t *tally) clear(n int) {
	for _, term := range t.seen {
		t.n[term] = 0
	}
	t.seen = t.seen[:0]
	t.grow(n)
}

func (t *tally) grow(n int) {
	if n > len(t.n) {
		t.n = append(t.n, make([]uint16, max(n-len(t.n), len(t.n)))...)
	}
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
	// Folding the texts is half of the work: it runs ahead on another core and
	// ends with the last entry, which is always taken.
	folded := make(chan []string, 64)
	go func() {
		defer close(folded)
		for i := range b.ix.entries {
			folded <- b.ix.foldEntry(&b.ix.entries[i].article)
		}
	}()
	i := 0
	words := b.ix.daily
	b.ix.phraseAsked = make([]bool, len(words.phrases))
	for texts := range folded {
		for _, q := range texts[:len(texts)-1] {
			words.scan(q, func(p int) { b.ix.phraseAsked[p] = true })
		}
		b.addEntry(&b.ix.entries[i], texts)
		i++
	}
	b.weigh()
	b.ix.indexSounds(b.df)
	b.packPostings()
	b.packUnits()
}

// foldEntry gives the folded questions, title first, and the answer last.
func (ix *Index) foldEntry(a *Article) []string {
	out := make([]string, 0, len(a.Phrasings)+2)
	out = append(out, ix.normalize(a.Title))
	for _, p := range a.Phrasings {
		out = append(out, ix.normalize(p))
	}
	return append(out, ix.normalize(a.Body))
}

func (b *builder) addEntry(e *entry, texts []string) {
	e.firstUnit = uint32(len(b.units))
	questions, answer := texts[:len(texts)-1], texts[len(texts)-1]
	length := 0
	for _, q := range questions {
		n := b.tally(&b.unit, q)
		if n == 0 {
			continue
		}
		length += n
		b.entry.grow(b.ix.terms.n)
		from := uint32(len(b.counts))
		for _, t := range b.unit.seen {
			b.counts = append(b.counts, termCount{term: t, n: b.unit.n[t]})
			b.entry.add(t, b.unit.n[t])
		}
		b.units = append(b.units, unitSpan{from, uint32(len(b.counts)), uint32(n)})
	}
	e.last = uint32(len(b.units))
	b.tally(&b.body, answer)
	for len(b.df) < b.ix.terms.n {
		b.df = append(b.df, 0)
	}
	span := unitSpan{from: uint32(len(b.entries)), length: uint32(length)}
	for _, t := range b.entry.seen {
		b.df[t]++
		b.entries = append(b.entries, termCount{t, b.entry.n[t], b.body.n[t]})
	}
	b.entry.grow(b.ix.terms.n)
	for _, t := range b.body.seen {
		if b.entry.n[t] == 0 {
			b.entries = append(b.entries, termCount{term: t, body: b.body.n[t]})
		}
	}
	b.entry.clear(b.ix.terms.n)
	span.to = uint32(len(b.entries))
	b.spans = append(b.spans, span)
}

// tally counts the terms of a folded text and gives how many there are. Terms
// met for the first time are numbered.
func (b *builder) tally(into *tally, text string) int {
	b.grams = textGrams(b.grams[:0], text)
	into.clear(b.ix.terms.n + len(b.grams))
	for _, g := range b.grams {
		if n, ok := b.ix.terms.number(g, maxTerms); ok {
			into.add(n, 1)
		}
	}
	return len(b.grams)
}

// weigh fixes the weight of every term: its rarity times the weight of its
// kind. Rarity is the idf over entries, so that a word repeated in all
// phrasings of one entry stays rare, mixed with the idf over single questions,
// so that one asked everywhere (钱) says less than one asked here and there. A
// term of answers only is as rare as in the answers.
func (b *builder) weigh() {
	n, units := float64(len(b.ix.entries)), float64(len(b.units))
	inBodies, inUnits := make([]int32, len(b.df)), make([]int32, len(b.df))
	for _, t := range b.entries {
		if t.n == 0 {
			inBodies[t.term]++
		}
	}
	for _, t := range b.counts {
		inUnits[t.term]++
	}
	b.ix.unknown = float32(idf(n, 0))
	scale := idf(n, 0) / idf(units, 0) // both rarities end at that of an unknown term
	b.ix.weight = make([]float32, len(b.df))
	b.ix.asked = make([]bool, len(b.df))
	b.ix.common = make([]float32, len(b.df))
	share := func(n float64) float32 { return float32(math.Log((n + rareCount) / (units + 1))) }
	b.ix.rare = share(0)
	for g, t := range b.ix.terms.all() {
		df := float64(b.df[t])
		asked := df > 0
		rarity := idf(n, float64(inBodies[t]))
		if asked {
			rarity = (1-unitRarity)*idf(n, df) + unitRarity*scale*idf(units, float64(inUnits[t]))
		}
		b.ix.asked[t] = asked
		b.ix.common[t] = share(float64(inUnits[t]))
		b.ix.weight[t] = float32(rarity) * kindWeight(g, asked)
	}
}

// idf is BM25's inverse document frequency of a term in df of n.
func idf(n, df float64) float64 { return math.Log(1 + (n-df+0.5)/(df+0.5)) }

// kindWeight is what a gram of its kind tells about the topic. asked is true
// for a gram that stands in a question of the base: a number there is a
// response code or a hotline, any other number is an amount or a date.
func kindWeight(g gram, asked bool) float32 {
	switch {
	case g.concept():
		return 1
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

// packPostings gives every term of an entry its impact: what the entry's
// questions say one by one, added up and divided by the root of their number (a
// hundred phrasings must not outweigh a good one), and the questions taken
// together beside the answer.
func (b *builder) packPostings() {
	ix := b.ix
	unitAvg, avg := averageLength(b.units), averageLength(b.spans)
	ix.start = make([]uint32, len(ix.weight)+1)
	for _, t := range b.entries {
		ix.start[t.term+1]++
	}
	for i := 1; i < len(ix.start); i++ {
		ix.start[i] += ix.start[i-1]
	}
	impacts := make([]float32, len(b.entries))
	single := make([]float32, len(ix.weight)) // of the entry at hand, by term
	top := float32(0)
	for e, s := range b.spans {
		entry := &ix.entries[e]
		for _, u := range b.units[entry.firstUnit:entry.last] {
			norm := k1 * (1 - unitB + unitB*float64(u.length)/unitAvg)
			for _, t := range b.counts[u.from:u.to] {
				single[t.term] += float32(saturate(float64(t.n), norm))
			}
		}
		share := float32(1 / math.Sqrt(max(float64(entry.last-entry.firstUnit), 1)))
		norm := k1 * (1 - entryB + entryB*float64(s.length)/avg)
		for i, t := range b.entries[s.from:s.to] {
			w := max(saturate(float64(t.n), norm), bodyWeight*saturate(float64(t.body), k1))
			impact := single[t.term]*share + entryShare*float32(w)
			single[t.term] = 0
			impacts[int(s.from)+i] = impact
			top = max(top, impact)
		}
	}
	impactBits := min(maxImpact, 32-bits.Len(uint(len(ix.entries))))
	steps := float32(int(1)<<impactBits - 1)
	ix.shift, ix.unit = uint(impactBits), top/steps
	ix.postings = make([]uint32, len(b.entries))
	next := slices.Clone(ix.start)
	for e, s := range b.spans {
		for i, t := range b.entries[s.from:s.to] {
			level := max(1, uint32(impacts[int(s.from)+i]/top*steps+0.5))
			ix.postings[next[t.term]] = uint32(e)<<ix.shift | level
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
