package knowledge

import (
	_ "embed"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Does a question belong to the base at all? A score alone cannot tell: any
// sentence shares characters with some entry. Three kinds of evidence are
// weighed together: how much of the question the best entry explains, whether
// its words are words of the base or of daily life, and whether it is like
// questions that are asked in other places.
//
// daily.txt holds words of daily life and of trades next door (loans, savings,
// insurance, shopping as a customer), by kind, parted by spaces. A word that
// the base asks about counts for the base whatever the list says.
//
//go:embed daily.txt
var dailyFile string //nolint:gochecknoglobals // embedded, read-only

// dailyWords is what the words and the example questions of other places say.
type dailyWords struct {
	// grams of both, sorted; odds are the logarithms of how common each is.
	grams []gram
	odds  []float32
	rare  float32 // of a gram that is not listed
	// phrases are the words of three and more characters, which can hardly mean
	// anything else.
	phrases  []string
	first    runeSet
	byFirst  map[rune][]int
	examples examples
}

//nolint:gochecknoglobals // read-only table
var daily = sync.OnceValue(func() *dailyWords {
	return newDaily(strings.Fields(dailyFile), exampleLines(elsewhereFile))
})

func newDaily(words, lines []string) *dailyWords {
	d := dailyWords{byFirst: map[rune][]int{}}
	count, holders := map[gram]int{}, map[gram][]uint16{}
	var grams []gram
	for _, w := range words {
		w = aliases.Replace(Fold(w))
		if runes := []rune(w); len(runes) >= 3 {
			d.first.add(runes[0])
			d.byFirst[runes[0]] = append(d.byFirst[runes[0]], len(d.phrases))
			d.phrases = append(d.phrases, w)
		}
		grams = appendGrams(grams[:0], w)
		for _, g := range grams {
			count[g]++
		}
	}
	for i, line := range lines {
		grams = textGrams(grams[:0], aliases.Replace(Fold(line)))
		slices.Sort(grams)
		for _, g := range slices.Compact(grams) {
			count[g]++
			if tellsSubject(g) {
				holders[g] = append(holders[g], uint16(i))
			}
		}
	}
	odds := func(n int) float32 {
		return float32(math.Log((float64(n) + rareCount) / float64(len(words)+len(lines)+1)))
	}
	d.rare = odds(0)
	d.grams = slices.Sorted(maps.Keys(count))
	d.odds = make([]float32, len(d.grams))
	d.examples = examples{number: len(lines), start: make([]uint32, 1, len(d.grams)+1)}
	for i, g := range d.grams {
		d.odds[i] = odds(count[g])
		d.examples.add(holders[g])
	}
	return &d
}

// rareCount stands in for words never seen, in daily life or in the base.
const rareCount = 0.3

// evidence is what is known of a question before the best entry is.
type evidence struct {
	content   int     // characters and words beside stop words
	pairs     int     // pairs of them that the base asks with
	heard     bool    // rewritten by its sound
	daily     float32 // sum of the log odds of daily life against the base
	weighed   float32 // grams that the sum is of
	elsewhere float32 // likeness to the nearest examples of other places
}

// gather collects the evidence of the question at hand, whose sorted grams are
// in s.grams.
func (ix *Index) gather(s *scratch) {
	s.said = evidence{}
	if s.plain = withoutShop(s.text); s.plain != s.text {
		s.grams = appendGrams(s.grams[:0], s.plain)
		slices.Sort(s.grams)
	}
	var subject float32
	for i, g := range s.grams {
		if i > 0 && g == s.grams[i-1] {
			continue
		}
		n, known := ix.terms.find(g)
		if !known {
			n = -1
		}
		at, listed := slices.BinarySearch(ix.daily.grams, g)
		if !listed {
			at = -1
		}
		if known || !hasNumber(g) {
			ix.note(&s.said, g, n, at)
		}
		if w := ix.subjectWeight(g, n); w > 0 {
			subject += w
			if listed {
				s.share(ix.daily.examples.holding(at), w)
			}
		}
	}
	s.said.elsewhere = ix.likeness(s, subject)
}

// note gathers the evidence of one gram; n is its term and listed its place in
// the grams of daily life, -1 = in neither.
func (ix *Index) note(e *evidence, g gram, n int32, listed int) {
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
	if listed < 0 && !asked {
		if n < 0 && g.single() && g&wordBit != 0 {
			e.daily += foreignWord
			e.weighed++
		}
		return
	}
	here, there := ix.rare, ix.daily.rare
	if asked {
		here = ix.common[n]
	}
	if listed >= 0 {
		there = ix.daily.odds[listed]
	}
	e.daily += there - here
	e.weighed++
}

// scan gives the places in dailyWords.phrases of the phrases that a folded
// text holds; every place is tried, so they may overlap.
func (d *dailyWords) scan(text string, found func(phrase int)) {
	for i, r := range text {
		if !d.first.has(r) {
			continue
		}
		for _, p := range d.byFirst[r] {
			if strings.HasPrefix(text[i:], d.phrases[p]) {
				found(p)
			}
		}
	}
}

// Figures of a question, weighed by a logistic regression (topicWeights).
const (
	figScore     = iota // of the best entry, at most topScore
	figUnit             // share of the question that the best phrasing says
	figElsewhere        // likeness to examples of other places
	figDaily            // mean log odds of the question's words
	figPhrase           // 1: names a matter of daily life that nobody asks here
	figLength           // log of the number of characters: a story says more besides
	figures
)

// topicWeights come from `go test ./knowledge -run TopicFit -fit`: the
// labelled questions that are not held out, and phrasings and examples each
// left out of the index while they are asked. The weighted sum is the log odds
// that the question belongs to the base.
//
//nolint:gochecknoglobals // read-only table
var topicWeights = [figures]float32{
	figScore: 5.61, figUnit: 2.74, figElsewhere: -10.60,
	figDaily: -3.16, figPhrase: -1.98, figLength: 1.94,
}

const (
	topicBias = -6.3
	topScore  = 1.5 // a higher score proves no more
	// confidentTopic are the log odds from which an answer may be told unasked.
	confidentTopic = 1
	// foreignWord is the log odds of a Latin word that the base does not hold.
	foreignWord = 1.5
	// wordless is how much of a question without words of its own (怎么给我少打了)
	// the best phrasing must say.
	wordless = 0.5
)

// topicOdds are the log odds that the question is one for this base, given the
// score of its best entry and the score that a phrasing equal to it would have;
// infinite where a rule decides.
func (ix *Index) topicOdds(s *scratch, ideal float32) float32 {
	first := s.best[0]
	unit := first.unit * (1 + entryShare) / ideal
	sure := func(on bool) float32 {
		if on {
			return float32(math.Inf(1))
		}
		return float32(math.Inf(-1))
	}
	switch {
	case first.score/ideal < offTopicScore:
		return sure(false)
	case len(ix.entries) < topicBase || unit >= sameQuestion:
		return sure(true)
	case s.said.content == 0:
		return sure(unit >= wordless || ix.hasNumberTerm(s))
	}
	odds := float32(topicBias)
	for i, f := range ix.topicFigures(s, ideal) {
		odds += topicWeights[i] * f
	}
	return odds
}

func (ix *Index) topicFigures(s *scratch, ideal float32) [figures]float32 {
	var unit float32
	for _, c := range s.best {
		unit = max(unit, c.unit)
	}
	own := ideal / (1 + entryShare) // the weights of the question's grams
	f := [figures]float32{
		figScore: min(s.best[0].score/ideal, topScore), figUnit: unit / own,
		figElsewhere: s.said.elsewhere,
		figLength:    float32(math.Log(float64(max(utf8.RuneCountInString(s.text), 1)))),
	}
	if s.said.weighed > 0 {
		f[figDaily] = s.said.daily / s.said.weighed
	}
	if ix.namesDaily(s.plain) {
		f[figPhrase] = 1
	}
	return f
}

// namesDaily reports a phrase of daily life that the base does not ask about.
func (ix *Index) namesDaily(text string) (found bool) {
	ix.daily.scan(text, func(phrase int) { found = found || !ix.phraseAsked[phrase] })
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
