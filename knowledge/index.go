package knowledge

import (
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
	// daily is what belongs elsewhere; nil = what comes with the program.
	daily *dailyWords
}

// Index answers "which article is this question about". It never changes after
// NewIndex and is safe for concurrent use; its owner swaps it atomically.
type Index struct {
	normalize   func(string) string
	entries     []entry
	terms       termTable
	weight      []float32       // by term number: idf × weight of its kind
	unknown     float32         // idf of a gram that the base does not hold
	asked       []bool          // by term: stands in a question of the base
	phraseAsked []bool          // by phrase of daily life: the base asks about it
	common      []float32       // by term: log of the share of questions that hold it
	rare        float32         // the same of a term that no question holds
	sounds      map[uint32]gram // how the base writes a pair of syllables
	// postings of term t are postings[start[t]:start[t+1]]: entry<<shift | impact;
	// an impact times unit is what the term's weight is multiplied by.
	shift    uint
	unit     float32
	start    []uint32
	postings []uint32
	// units are the single questions (title, phrasings): unit u holds the terms
	// unitTerms[unitStart[u]:unitStart[u+1]], each term<<8 | impact.
	unitStart     []uint32
	unitTerms     []uint32
	daily         *dailyWords
	exampleLength []float32 // by example of other places
	scratch       sync.Pool // *scratch
}

type entry struct {
	article         Article
	firstUnit, last uint32 // units [firstUnit, last)
}

// BM25's constants. Single questions are short and of like length, so length
// counts for less there.
const (
	k1       = 1.2
	unitB    = 0.5
	entryB   = 0.75
	maxTF    = k1 + 1 // bound of BM25's term frequency part
	levels   = 255 / maxTF
	maxTerms = 1 << 24
)

// bodyWeight is what a match in the answer counts beside one in a question.
const bodyWeight = 0.75

// maxImpact bounds the bits of an impact; large bases leave fewer.
const maxImpact = 10

// NewIndex builds an index of the articles in any order. Of articles with the
// same id the last one counts.
func NewIndex(articles []Article, o IndexOptions) *Index {
	if o.Normalize == nil {
		o.Normalize = Fold
	}
	normalize := func(s string) string { return aliases.Replace(o.Normalize(s)) }
	ix := &Index{normalize: normalize}
	for _, a := range articles {
		ix.entries = append(ix.entries, entry{article: a})
	}
	slices.SortStableFunc(ix.entries, func(a, b entry) int { return compareStrings(a.article.ID, b.article.ID) })
	ix.entries = lastOfEqual(ix.entries)
	ix.daily = o.daily
	if ix.daily == nil {
		ix.daily = daily()
	}
	newBuilder(ix).build()
	ix.exampleLength = ix.weighExamples()
	n, t := len(ix.entries), len(ix.weight)
	ix.scratch.New = func() any {
		return &scratch{scores: make([]float32, n), weight: make([]float32, t), shared: make([]float32, len(ix.exampleLength))}
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
