package knowledge

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

// Most misspellings in Chinese are other characters of the same sound, picked
// from an input method's list (到帐, 接算). A pair of characters that the base
// does not hold is read aloud, and if the base holds a pair of that sound the
// question is searched for it too.
//
// sounds.txt lists the characters of GB 2312 by their reading without tone, one
// syllable a line; derived from the kMandarin field of the Unicode Han Database
// (Unicode license, sounds_LICENSE.txt).
//
//go:embed sounds.txt
var soundFile string //nolint:gochecknoglobals // embedded, read-only

const (
	hanFirst = 0x4e00
	hanLast  = 0x9fff
)

// soundTable gives a character's syllable as a number; 0 = not known.
//
//nolint:gochecknoglobals // read-only table
var soundTable = sync.OnceValue(func() *[hanLast - hanFirst + 1]uint16 {
	var out [hanLast - hanFirst + 1]uint16
	n := uint16(0)
	for line := range strings.Lines(soundFile) {
		_, characters, _ := strings.Cut(strings.TrimSpace(line), " ")
		n++
		for _, r := range characters {
			if r >= hanFirst && r <= hanLast {
				out[r-hanFirst] = n
			}
		}
	}
	return &out
})

func soundOf(table *[hanLast - hanFirst + 1]uint16, r uint32) uint32 {
	if r < hanFirst || r > hanLast {
		return 0
	}
	return uint32(table[r-hanFirst])
}

// soundPair is the reading of two characters; 0 when one has none.
func soundPair(table *[hanLast - hanFirst + 1]uint16, a, b uint32) uint32 {
	x, y := soundOf(table, a), soundOf(table, b)
	if x == 0 || y == 0 {
		return 0
	}
	return x<<16 | y
}

// indexSounds notes for every reading the pair of characters that most
// questions of the base write; df is by term.
func (ix *Index) indexSounds(df []int32) {
	table := soundTable()
	ix.sounds = make(map[uint32]gram, len(df)/2)
	for g, t := range ix.terms.all() {
		if df[t] == 0 || g.single() || g.concept() {
			continue
		}
		pair := soundPair(table, uint32(g>>32), uint32(g))
		if pair == 0 {
			continue
		}
		have, ok := ix.sounds[pair]
		at, _ := ix.terms.find(have)
		if !ok || df[t] > df[at] || df[t] == df[at] && g < have {
			ix.sounds[pair] = g
		}
	}
}

// heard rewrites a folded text with the characters that the base writes for
// the same sound; ok is false when nothing changed. A character that forms a
// known pair with its other neighbour is not touched.
func (ix *Index) heard(text string) (rewritten string, ok bool) {
	table := soundTable()
	known := func(a, b rune) bool {
		n, ok := ix.terms.find(gram(uint32(a))<<32 | gram(uint32(b)))
		return ok && ix.asked[n]
	}
	var runes []rune
	var before, last rune
	for i, r := range text {
		if last >= hanFirst && r >= hanFirst && !known(last, r) {
			if g, mate := ix.sounds[soundPair(table, uint32(last), uint32(r))]; mate {
				if runes == nil {
					runes = []rune(text)
				}
				a, b := rune(g>>32), rune(g&0xffffffff)
				next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
				at := utf8.RuneCountInString(text[:i])
				if (a == last || before == 0 || !known(before, last)) && (b == r || !known(r, next)) {
					runes[at-1], runes[at] = a, b
					ok = true
					last, r = a, b
				}
			}
		}
		before, last = last, r
	}
	return string(runes), ok
}
