package knowledge

import (
	"slices"
	"strings"

	"daozhang/bot/understand"
)

// How scores are put together and when they suffice; tuned on the questions of
// testdata (docs/knowledge.md tells how far they can be trusted).
const (
	// candidates of the entry pass are scored question by question.
	candidates = 8
	// entryShare is the weight of the entry's questions taken together beside
	// that of its questions one by one.
	entryShare = 3.5
	// soundShare is the weight of what a question sounds like beside what it
	// says.
	soundShare = 0.6
	// intentBoost raises an article that shares an intent with the query.
	intentBoost = 1.15
	// brandMiss lowers an article about a brand that the question does not name.
	brandMiss = 0.75
	// unknownShare is what a gram foreign to the base counts in the ideal.
	unknownShare = 0.5

	// unitRarity is the share of the rarity over single questions in a term's.
	unitRarity = 0.3

	stopWeight   = 0.7
	singleWeight = 1.2
	numberWeight = 4
	// topicBase is how many entries a base must have for its words to tell what
	// it is about.
	topicBase = 30

	confidentScore  = 0.45
	confidentMargin = 0.24
	// sameQuestion is the share of its ideal from which the best phrasing says
	// the same as the question; it then needs a margin over the phrasings of
	// others only.
	sameQuestion = 0.85
	sameMargin   = 0.15
	// sameBoost raises an entry that is asked in these very words: what a
	// curator wrote down as a question is answered by its entry.
	sameBoost     = 1.5
	offTopicScore = 0.12
)

// scratch is the working memory of one search.
type scratch struct {
	scores  []float32 // by entry
	touched []uint32
	weight  []float32 // by term, of this query's terms
	terms   []queryTerm
	grams   []gram
	best    []scored
	text    string // the question, folded
	plain   string // and without what the shop sells
	said    evidence
	shared  []float32 // by example of other places: weight of the grams in common
	met     []uint16  // examples with any
}

type queryTerm struct {
	term   int32
	weight float32 // idf × occurrences
}

type scored struct {
	entry uint32
	score float32
	unit  float32 // of the best single question
	same  bool    // one of its questions has the very terms of this one
}

// Search finds the articles for a question, best first, at most top. With
// causes in the tags, articles of these causes that share no word with the
// question follow, the more particular ones first; so an empty question gives
// the article that explains a cause.
func (ix *Index) Search(query string, top int, tags Tags) Result {
	if top <= 0 || len(ix.entries) == 0 {
		return Result{OffTopic: len(ix.entries) == 0}
	}
	s := ix.scratch.Get().(*scratch) //nolint:forcetypeassert // the pool holds nothing else
	defer ix.scratch.Put(s)
	s.text = ix.normalize(query)
	ideal := ix.prepare(s, s.text)
	if len(s.terms) == 0 {
		return ix.byCause(top, tags)
	}
	ix.gather(s)
	s.said.heard = ix.addHeard(s, s.text)
	ix.rank(s, max(candidates, top), tags)
	if parts := storyParts(s.text); len(parts) > 1 {
		ix.rankParts(s, parts, ideal, tags)
	}
	r := ix.result(s, top, ideal, tags)
	if len(tags.Causes) > 0 {
		r = ix.fill(r, top, tags)
	}
	return r
}

// rank puts the best entries for the terms at hand into s.best and forgets the
// terms' weights.
func (ix *Index) rank(s *scratch, n int, tags Tags) {
	ix.scoreEntries(s)
	ix.shortlist(s, n, tags)
	ix.scoreUnits(s, tags)
	for _, t := range s.terms {
		s.weight[t.term] = 0
	}
}

// fill adds articles of the asked causes that the words did not find. The
// cause has been diagnosed, so nothing is off topic.
func (ix *Index) fill(r Result, top int, tags Tags) Result {
	for _, h := range ix.byCause(len(ix.entries), tags).Hits {
		if len(r.Hits) == top {
			break
		}
		if !slices.ContainsFunc(r.Hits, func(have Hit) bool { return have.ID == h.ID }) {
			h.Score = 0
			r.Hits = append(r.Hits, h)
		}
	}
	r.OffTopic = len(r.Hits) == 0
	return r
}

// prepare turns a folded text into weighted terms and gives the score that a
// phrasing equal to it would have. Numbers that the base does not know (an
// amount, a date) say nothing about the topic and are left out.
func (ix *Index) prepare(s *scratch, text string) float32 {
	s.terms = s.terms[:0]
	s.grams = textGrams(s.grams[:0], text)
	slices.Sort(s.grams)
	var ideal float32
	for i, g := range s.grams {
		if i > 0 && g == s.grams[i-1] {
			continue
		}
		n, known := ix.terms.find(g)
		if !known {
			if hasNumber(g) || g.concept() {
				continue
			}
			ideal += ix.unknown * unknownShare * kindWeight(g, false)
		} else if ix.weight[n] > 0 {
			s.terms = append(s.terms, queryTerm{n, ix.weight[n]})
			s.weight[n] = ix.weight[n]
			ideal += ix.weight[n]
		}
	}
	return ideal * (1 + entryShare)
}

// addHeard adds what a folded text sounds like, and reports whether that is
// another thing than what it says.
func (ix *Index) addHeard(s *scratch, text string) bool {
	heard, ok := ix.heard(text)
	if !ok {
		return false
	}
	s.grams = textGrams(s.grams[:0], heard)
	for _, g := range s.grams {
		n, known := ix.terms.find(g)
		if known && s.weight[n] == 0 && ix.weight[n] > 0 {
			w := soundShare * ix.weight[n]
			s.terms = append(s.terms, queryTerm{n, w})
			s.weight[n] = w
		}
	}
	return true
}

func hasNumber(g gram) bool { return gram(uint32(g)).number() || (g >> 32).number() }

func (ix *Index) scoreEntries(s *scratch) {
	s.touched = s.touched[:0]
	shift, mask := ix.shift, uint32(1)<<ix.shift-1
	for _, t := range s.terms {
		w := t.weight * ix.unit
		for _, p := range ix.postings[ix.start[t.term]:ix.start[t.term+1]] {
			e := p >> shift
			if s.scores[e] == 0 {
				s.touched = append(s.touched, e)
			}
			s.scores[e] += w * float32(p&mask)
		}
	}
}

// shortlist keeps the n best entries that the tags allow and clears the rest.
func (ix *Index) shortlist(s *scratch, n int, tags Tags) {
	s.best = s.best[:0]
	for _, e := range s.touched {
		c := scored{entry: e, score: s.scores[e]}
		s.scores[e] = 0
		if len(s.best) == n && !better(c, s.best[n-1]) {
			continue
		}
		if !tags.allow(&ix.entries[e].article) {
			continue
		}
		if len(s.best) < n {
			s.best = append(s.best, c)
		} else {
			s.best[n-1] = c
		}
		for i := len(s.best) - 1; i > 0 && better(s.best[i], s.best[i-1]); i-- {
			s.best[i], s.best[i-1] = s.best[i-1], s.best[i]
		}
	}
}

// better orders by score, equal scores by id (entries lie in id order).
func better(a, b scored) bool {
	return a.score > b.score || a.score == b.score && a.entry < b.entry
}

func (ix *Index) scoreUnits(s *scratch, tags Tags) {
	for i := range s.best {
		c := &s.best[i]
		e := &ix.entries[c.entry]
		var best float32
		for u := e.firstUnit; u < e.last; u++ {
			terms := ix.unitTerms[ix.unitStart[u]:ix.unitStart[u+1]]
			var sum float32
			for _, t := range terms { // most weigh 0: adding is cheaper than asking
				sum += s.weight[t>>8] * float32(t&0xff)
			}
			best = max(best, sum)
			c.same = c.same || len(terms) == len(s.terms) && s.holdsAll(terms)
		}
		c.unit = best / levels
		if tags.shareIntent(&e.article) {
			c.score *= intentBoost
		}
		if c.same {
			c.score *= sameBoost
		}
		if len(e.article.Brands) > 0 && len(tags.Brands) == 0 && !slices.ContainsFunc(e.article.Brands, func(b string) bool { return namesBrand(s.text, b) }) {
			c.score *= brandMiss
		}
	}
	sortScored(s.best)
}

// holdsAll reports that every term of a single question is asked.
func (s *scratch) holdsAll(terms []uint32) bool {
	return !slices.ContainsFunc(terms, func(t uint32) bool { return s.weight[t>>8] == 0 })
}

func sortScored(best []scored) {
	slices.SortFunc(best, func(a, b scored) int {
		if better(a, b) {
			return -1
		}
		return 1
	})
}

func (ix *Index) result(s *scratch, top int, ideal float32, tags Tags) Result {
	r := Result{Hits: make([]Hit, 0, min(top, len(s.best)))}
	for _, c := range s.best[:min(top, len(s.best))] {
		a := &ix.entries[c.entry].article
		r.Hits = append(r.Hits, Hit{a.ID, a.Version, float64(c.score / ideal)})
	}
	if len(s.best) == 0 {
		r.OffTopic = true
		return r
	}
	first := s.best[0].score / ideal
	var second float32
	if len(s.best) > 1 {
		second = s.best[1].score / ideal
	}
	topic := ix.topicOdds(s, ideal)
	r.OffTopic = topic < 0
	// What only sounds like the base is no proof.
	heard := s.said.heard && s.said.pairs == 0
	r.Confident = topic >= confidentTopic && !heard && first >= confidentScore && s.apart(first, second, ideal) &&
		tags.agree(&ix.entries[s.best[0].entry].article)
	return r
}

// apart reports that the first entry stands out: by its score while no other
// entry has a phrasing that is nearer, or because one of its phrasings says
// the same as the question and no other entry's does.
func (s *scratch) apart(first, second, ideal float32) bool {
	unit, other, same := s.best[0].unit, float32(0), s.best[0].same
	for _, c := range s.best[1:] {
		other = max(other, c.unit)
		same = same && !c.same
	}
	near := unit >= sameQuestion*ideal/(1+entryShare) && unit-other >= sameMargin*unit
	return same || near || unit >= other && first-second >= confidentMargin*first
}

// PrimaryID is the id of the article that explains a cause by itself: the
// cause in lower case, FEE_NET → fee-net.
func PrimaryID(cause string) string { return strings.ReplaceAll(strings.ToLower(cause), "_", "-") }

// byCause lists the articles of the asked causes: the primary one first, then
// the more particular ones, that is those with fewer causes and with an asked
// one at the head.
func (ix *Index) byCause(top int, tags Tags) Result {
	if len(tags.Causes) == 0 {
		return Result{OffTopic: true}
	}
	var r Result
	for i := range ix.entries {
		a := &ix.entries[i].article
		if !tags.allow(a) {
			continue
		}
		score := 1 / float64(len(a.Causes))
		switch {
		case slices.ContainsFunc(tags.Causes, func(c string) bool { return PrimaryID(c) == a.ID }):
			score++
		case !slices.Contains(tags.Causes, a.Causes[0]):
			score /= 2
		}
		if tags.shareIntent(a) {
			score *= intentBoost
		}
		r.Hits = append(r.Hits, Hit{a.ID, a.Version, score})
	}
	slices.SortStableFunc(r.Hits, func(a, b Hit) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	r.Hits = r.Hits[:min(top, len(r.Hits))]
	r.OffTopic = len(r.Hits) == 0
	return r
}

// allow reports that the tags do not rule the article out.
func (t *Tags) allow(a *Article) bool {
	return (len(t.Causes) == 0 || overlap(t.Causes, a.Causes)) &&
		(len(t.Brands) == 0 || len(a.Brands) == 0 || overlap(t.Brands, a.Brands)) &&
		(len(t.Channels) == 0 || len(a.Channels) == 0 || overlap(t.Channels, a.Channels))
}

func (t *Tags) shareIntent(a *Article) bool {
	return len(t.Intents) > 0 && overlap(t.Intents, a.Intents)
}

// agree reports that the tags speak for the article, or that there are none.
func (t *Tags) agree(a *Article) bool {
	return len(t.Intents) == 0 || t.unclear() || len(a.Intents) == 0 || t.shareIntent(a)
}

// unclear reports that the words were read and no intent was found in them.
func (t *Tags) unclear() bool {
	return len(t.Intents) > 0 && !slices.ContainsFunc(t.Intents, func(i understand.Intent) bool { return i != understand.Other })
}

func overlap[T comparable](a, b []T) bool {
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}
