package knowledge

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// How a story is taken apart; tuned on merchants_dev and newcomers_dev.
const (
	// storyLength is up to how many characters a text is one question.
	storyLength = 24
	// longestPart bounds a clause that was typed or spoken without a stop;
	// the next part begins in its middle.
	longestPart = 28
	// pairLength is up to how many characters two clauses are also asked together.
	pairLength   = 26
	shortestPart = 4
	// partShare is what the best part counts beside the whole; a part of
	// smallPart characters counts half of that.
	partShare = 0.4
	smallPart = 8
)

// storyParts cuts a folded text that is longer than a question into its
// clauses and pairs of them; nil for a question.
func storyParts(text string) []string {
	if utf8.RuneCountInString(text) <= storyLength {
		return nil
	}
	var parts []string
	before := ""
	for _, clause := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("，。！？；：,.!?;:\n ", r) }) {
		runes := []rune(clause)
		for len(runes) > longestPart {
			parts = append(parts, string(runes[:longestPart]))
			runes = runes[longestPart/2:]
		}
		clause = string(runes)
		if len(runes) >= shortestPart {
			parts = append(parts, clause)
		}
		if both := before + "，" + clause; before != "" && utf8.RuneCountInString(both) <= pairLength {
			parts = append(parts, both)
		}
		before = clause
	}
	return parts
}

// rankParts raises the entries that a part of the story asks for: what the
// rest tells about stock and children says nothing of the question. ideal is
// that of the whole story.
func (ix *Index) rankParts(s *scratch, parts []string, ideal float32, tags Tags) {
	whole := slices.Clone(s.best)
	asked := map[uint32]scored{}
	for _, part := range parts {
		own := ix.prepare(s, part)
		ix.addHeard(s, part)
		ix.rank(s, candidates, tags)
		if own == 0 {
			continue
		}
		length := float32(utf8.RuneCountInString(part))
		scale := ideal / own * length / (length + smallPart)
		for _, c := range s.best {
			a := asked[c.entry]
			asked[c.entry] = scored{entry: c.entry, score: max(a.score, c.score*scale), unit: max(a.unit, c.unit*scale)}
		}
	}
	s.best = s.best[:0]
	for _, c := range whole {
		a := asked[c.entry]
		delete(asked, c.entry)
		s.best = append(s.best, scored{entry: c.entry, score: c.score + partShare*a.score, unit: max(c.unit, a.unit)})
	}
	for _, a := range asked {
		s.best = append(s.best, scored{entry: a.entry, score: partShare * a.score, unit: a.unit})
	}
	sortScored(s.best)
}
