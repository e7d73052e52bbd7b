package knowledge

import (
	"slices"
	"sort"
)

// Likeness is what a draft has in common with another entry.
type Likeness struct {
	ID, Title string
	// Mine and Theirs are the two questions most alike.
	Mine, Theirs string
	// Score is the likeness of these questions, 0–1; Pairs counts the
	// questions of the draft that the other entry has too.
	Score float64
	Pairs int
	// SameAnswer: the answers say much the same, it is a duplicate. Otherwise
	// the same question has two answers: perhaps a contradiction.
	SameAnswer bool
}

// From these on two questions count as the same, and two answers.
const (
	alikeQuestion = 0.8
	alikeAnswer   = 0.5
	maxLikeness   = 5
)

// Similar warns of entries that answer the draft's questions already, the most
// alike first, at most five. Entries whose brands, channels or audience never
// meet the draft's are not compared, nor is the draft's own id.
func Similar(draft Article, others []Article) []Likeness {
	mine := questionGrams(draft)
	body := gramsOf(draft.Body)
	var out []Likeness
	for _, o := range others {
		if o.ID == draft.ID || !meet(draft.Brands, o.Brands) || !meet(draft.Channels, o.Channels) || !meetAudience(draft.Audience, o.Audience) {
			continue
		}
		l := Likeness{ID: o.ID, Title: o.Title}
		theirs := questionGrams(o)
		for _, m := range mine {
			best := 0.0
			for _, t := range theirs {
				s := dice(m.grams, t.grams)
				best = max(best, s)
				if s > l.Score {
					l.Score, l.Mine, l.Theirs = s, m.text, t.text
				}
			}
			if best >= alikeQuestion {
				l.Pairs++
			}
		}
		if l.Pairs == 0 {
			continue
		}
		l.SameAnswer = dice(body, gramsOf(o.Body)) >= alikeAnswer
		out = append(out, l)
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Pairs != out[j].Pairs {
			return out[i].Pairs > out[j].Pairs
		}
		return out[i].Score > out[j].Score
	})
	return out[:min(len(out), maxLikeness)]
}

// meet reports two scopes with something in common; empty = all.
func meet(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

func meetAudience(a, b string) bool {
	return a == b || a == "" || b == "" || a == "all" || b == "all"
}

type questionSet struct {
	text  string
	grams []string // sorted, distinct
}

func questionGrams(a Article) []questionSet {
	out := make([]questionSet, 0, len(a.Phrasings)+1)
	for _, q := range append([]string{a.Title}, a.Phrasings...) {
		if g := gramsOf(q); len(g) > 0 {
			out = append(out, questionSet{q, g})
		}
	}
	return out
}

// gramsOf are the distinct pairs of characters of a folded text, sorted; of
// one character alone that character.
func gramsOf(text string) []string {
	r := []rune(foldJoined(text))
	var out []string
	for i := range r {
		if i+1 < len(r) {
			out = append(out, string(r[i:i+2]))
		}
	}
	if len(r) == 1 {
		out = append(out, string(r))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// foldJoined folds a text and drops what is no word: blanks and punctuation.
func foldJoined(text string) string {
	out := make([]rune, 0, len(text))
	for _, r := range aliases.Replace(Fold(text)) {
		if isWordRune(r) {
			out = append(out, r)
		}
	}
	return string(out)
}

func isWordRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x3400 && r <= 0x9fff
}

// dice is twice what two sorted sets share over what both hold.
func dice(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	shared, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			shared++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return 2 * float64(shared) / float64(len(a)+len(b))
}
