package knowledge

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxMeaning bounds the text of an entry that is embedded, in characters: many
// models read no more than 512 tokens.
const maxMeaning = 400

// fuseRank is the constant of reciprocal rank fusion: how little the first
// places differ. 60 is the value of Cormack, Clarke and Büttcher (2009).
const fuseRank = 60

// MeaningText is what an entry is embedded by: its title and then whole
// phrasings, a line each, as long as they fit.
func MeaningText(a Article) string {
	var b strings.Builder
	b.WriteString(a.Title)
	left := maxMeaning - utf8.RuneCountInString(a.Title)
	for _, p := range a.Phrasings {
		n := utf8.RuneCountInString(p) + 1
		if n > left {
			break
		}
		left -= n
		b.WriteByte('\n')
		b.WriteString(p)
	}
	return b.String()
}

// MeaningTexts are the texts of all entries, ordered by id.
func (ix *Index) MeaningTexts() []string {
	out := make([]string, len(ix.entries))
	for i := range ix.entries {
		out[i] = MeaningText(ix.entries[i].article)
	}
	return out
}

// Meaning finds the entries of one index by vectors. It never changes after
// NewMeaning and is safe for concurrent use. A nil Meaning is empty.
type Meaning struct {
	ix        *Index
	dimension int
	entries   []int // in the index, in the order of ids
	vectors   [][]float32
}

// NewMeaning keeps for each entry of the index the vector of its MeaningText.
// An entry without one, or with one of another dimension than the first, is not
// found by meaning. Vectors have length 1 and must not change afterwards.
func NewMeaning(ix *Index, vector func(text string) []float32) *Meaning {
	m := &Meaning{ix: ix}
	for i, text := range ix.MeaningTexts() {
		v := vector(text)
		if m.dimension == 0 {
			m.dimension = len(v)
		}
		if len(v) > 0 && len(v) == m.dimension {
			m.entries, m.vectors = append(m.entries, i), append(m.vectors, v)
		}
	}
	return m
}

// Len is the number of entries with a vector.
func (m *Meaning) Len() int {
	if m == nil {
		return 0
	}
	return len(m.entries)
}

// Near are the entries whose vectors point most like that of the question, best
// first, at most top; the score is the dot product. Tags rule entries out as in
// Search, opposite and unrelated ones (0 and below) are left out, ties order by
// id. A vector of another dimension finds nothing.
func (m *Meaning) Near(question []float32, top int, tags Tags) []Hit {
	if m.Len() == 0 || len(question) != m.dimension || top <= 0 {
		return nil
	}
	var hits []Hit
	for i, v := range m.vectors {
		score := dot(question, v)
		if !(score > 0) || len(hits) == top && score <= hits[top-1].Score { //nolint:staticcheck // NaN is not above 0 either
			continue
		}
		a := &m.ix.entries[m.entries[i]].article
		if !tags.allow(a) {
			continue
		}
		at := len(hits)
		for at > 0 && score > hits[at-1].Score {
			at--
		}
		hits = slices.Insert(hits, at, Hit{a.ID, a.Version, score})
		hits = hits[:min(top, len(hits))]
	}
	return hits
}

func dot(a, b []float32) float64 {
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return float64(sum)
}

// Fuse puts what is near in meaning into the hits of an unsure search by
// reciprocal rank fusion: an entry counts 1/(60+rank) for each list that it
// stands in, ties order by id. Scores stay those of the words, 0 for an entry
// that they did not find. An answer stays an answer and a refusal a refusal:
// of a result that is Confident or OffTopic nothing changes, and no result
// becomes either.
func Fuse(r Result, near []Hit, top int) Result {
	if r.Confident || r.OffTopic || len(near) == 0 {
		return r
	}
	type fused struct {
		Hit
		share float64
	}
	var all []fused
	for i, h := range r.Hits {
		all = append(all, fused{h, 1 / float64(fuseRank+i+1)})
	}
	for i, h := range near {
		share := 1 / float64(fuseRank+i+1)
		if at := slices.IndexFunc(all, func(f fused) bool { return f.ID == h.ID }); at >= 0 {
			all[at].share += share
			continue
		}
		h.Score = 0
		all = append(all, fused{h, share})
	}
	slices.SortFunc(all, func(a, b fused) int {
		switch {
		case a.share > b.share:
			return -1
		case a.share < b.share:
			return 1
		}
		return compareStrings(a.ID, b.ID)
	})
	r.Hits = nil
	for _, f := range all[:max(0, min(top, len(all)))] {
		r.Hits = append(r.Hits, f.Hit)
	}
	return r
}
