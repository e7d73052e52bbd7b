package knowledge

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"sync"
)

// Does a question belong to the base at all? A score alone cannot tell: any
// sentence shares characters with some entry. Three kinds of evidence are
// weighed together: how much of the question the best entry explains, how much
// of it stands in the base's questions, and whether its words are words of the
// base or of daily life.
//
// daily.txt holds words of daily life and of trades next door (loans, savings,
// insurance, shopping as a customer), by kind, parted by spaces. A word that
// the base asks about counts for the base whatever the list says.
//
//go:embed daily.txt
var dailyFile string //nolint:gochecknoglobals // embedded, read-only

type dailyWords struct {
	// odds are the logarithms of how common a gram is in daily life.
	odds map[gram]float32
	rare float32 // of a gram that is not listed
	// phrases are the words of three and more characters, which can hardly mean
	// anything else.
	phrases []string
	byFirst map[rune][]int
}

//nolint:gochecknoglobals // read-only table
var daily = sync.OnceValue(func() *dailyWords {
	d := dailyWords{byFirst: map[rune][]int{}}
	count := map[gram]int{}
	words := strings.Fields(dailyFile)
	var grams []gram
	for _, w := range words {
		w = aliases.Replace(Fold(w))
		if runes := []rune(w); len(runes) >= 3 {
			d.byFirst[runes[0]] = append(d.byFirst[runes[0]], len(d.phrases))
			d.phrases = append(d.phrases, w)
		}
		grams = appendGrams(grams[:0], w)
		for _, g := range grams {
			count[g]++
		}
	}
	odds := func(n int) float32 { return float32(math.Log((float64(n) + rareCount) / float64(len(words)+1))) }
	d.rare = odds(0)
	d.odds = make(map[gram]float32, len(count))
	for g, n := range count {
		d.odds[g] = odds(n)
	}
	return &d
})

// rareCount stands in for words never seen, in daily life or in the base.
const rareCount = 0.3

// evidence is what is known of a question before the best entry is.
type evidence struct {
	content int     // characters and words beside stop words
	pairs   int     // pairs of them that the base asks with
	heard   bool    // rewritten by its sound
	daily   float32 // sum of the log odds of daily life against the base
	weighed float32 // grams that the sum is of
	worst   float32 // the highest of them, of a pair or a word, at least 0
}

// gather collects the evidence of the question at hand, whose sorted grams are
// in s.grams.
func (ix *Index) gather(s *scratch) {
	s.said = evidence{}
	if s.plain = withoutShop(s.text); s.plain != s.text {
		s.grams = appendGrams(s.grams[:0], s.plain)
		slices.Sort(s.grams)
	}
	for i, g := range s.grams {
		if i > 0 && g == s.grams[i-1] {
			continue
		}
		n, known := ix.terms[g]
		switch {
		case known:
			ix.note(&s.said, g, n)
		case !hasNumber(g):
			ix.note(&s.said, g, -1)
		}
	}
}

// note gathers the evidence of one gram; n is its term, -1 = not in the base.
func (ix *Index) note(e *evidence, g gram, n int32) {
	if g.concept() || g.number() || stopGram(g) {
		return
	}
	if g.single() {
		e.content++
	}
	asked := n >= 0 && ix.asked[n]
	if asked && !g.single() {
		e.pairs++
	}
	d := daily()
	listed, known := d.odds[g]
	if !known {
		listed = d.rare
	}
	if !known && !asked {
		if n < 0 && g.single() && g&wordBit != 0 {
			e.daily += foreignWord
			e.weighed++
		}
		return
	}
	base := ix.rare
	if asked {
		base = ix.common[n]
	}
	odds := listed - base
	e.daily += odds
	e.weighed++
	if !g.single() {
		e.worst = max(e.worst, odds)
	}
}

// scan gives the places in dailyWords.phrases of the phrases that a folded
// text holds; every place is tried, so they may overlap.
func (d *dailyWords) scan(text string, found func(phrase int)) {
	for i, r := range text {
		for _, p := range d.byFirst[r] {
			if strings.HasPrefix(text[i:], d.phrases[p]) {
				found(p)
			}
		}
	}
}

// How the evidence is weighed: a logistic regression on the labelled questions
// of testdata and on phrasings held back from the base. The sum is the log odds
// that the question belongs to the base.
const (
	topicBias   = -1.36
	topicUnit   = 1.83  // share of the question that the best phrasing says
	topicScore  = 1.17  // score of the best entry
	topicDaily  = -3.87 // mean log odds of the question's words
	topicWorst  = -1.33 // highest log odds of a pair
	topicPhrase = -3.37 // names a matter of daily life that nobody asks here
	topScore    = 1.5   // a higher score proves no more
	// foreignWord is the log odds of a Latin word that the base does not hold.
	foreignWord = 1.5
	// wordless is how much of a question without words of its own (怎么给我少打了)
	// the best phrasing must say.
	wordless = 0.5
)

// onTopic decides whether the question is one for this base, given its best
// entry's score and the share of the question that its best phrasing says.
func (ix *Index) onTopic(s *scratch, score, unit float32) bool {
	e := &s.said
	switch {
	case score < offTopicScore:
		return false
	case len(ix.entries) < topicBase || unit >= sameQuestion:
		return true
	case e.content == 0:
		return unit >= wordless || ix.hasNumberTerm(s)
	}
	odds := topicBias + topicUnit*unit + topicScore*min(score, topScore) + topicWorst*e.worst
	if e.weighed > 0 {
		odds += topicDaily * e.daily / e.weighed
	}
	if ix.namesDaily(s.plain) {
		odds += topicPhrase
	}
	return odds >= 0
}

// namesDaily reports a phrase of daily life that the base does not ask about.
func (ix *Index) namesDaily(text string) (found bool) {
	daily().scan(text, func(phrase int) { found = found || !ix.phraseAsked[phrase] })
	return found
}

// hasNumberTerm reports that a question without words of its own holds
// something that the base is asked about, as a known number ("68", "12363").
func (ix *Index) hasNumberTerm(s *scratch) bool {
	for _, t := range s.terms {
		if ix.asked[t.term] {
			return true
		}
	}
	return false
}
