package desk

import (
	"strings"
	"unicode"
)

// maxGrams bounds the grams of one text: search, not archive.
const maxGrams = 2000

// Grams are the search keys of a text, each once: runs of letters, digits and
// Han characters, folded to lower case and half width, cut into overlapping
// pairs; a run of one character is itself. Writer and searcher use the same
// function, so a text is found by every part of it that has two characters.
func Grams(text string) []string {
	seen := map[string]bool{}
	var out []string
	add := func(g string) {
		if !seen[g] && len(out) < maxGrams {
			seen[g] = true
			out = append(out, g)
		}
	}
	for _, run := range strings.FieldsFunc(FoldText(text), notWord) {
		rs := []rune(run)
		if len(rs) == 1 {
			add(run)
		}
		for i := 0; i+1 < len(rs); i++ {
			add(string(rs[i : i+2]))
		}
	}
	return out
}

// FoldText is lower case and half width.
func FoldText(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '!'+0xFEE0 && r <= '~'+0xFEE0 {
			r -= 0xFEE0
		}
		return unicode.ToLower(r)
	}, s)
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }
