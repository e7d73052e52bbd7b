package knowledge

import (
	"iter"
	"math/bits"
)

// termTable numbers grams in the order they are met: an open-addressing hash
// table, twice as fast as a map for what is asked dozens of times a question
// and millions of times a large index. The zero value is empty.
type termTable struct {
	keys  []gram // 0 = free; no gram is 0
	terms []int32
	n     int
	shift uint
}

// smallestTable is a power of two.
const smallestTable = 1 << 10

// slot is where a gram is, or the free place where it belongs.
func (t *termTable) slot(g gram) int {
	const golden = 0x9e3779b97f4a7c15
	for i := int(uint64(g) * golden >> t.shift); ; i++ {
		if i == len(t.keys) {
			i = 0
		}
		if k := t.keys[i]; k == g || k == 0 {
			return i
		}
	}
}

// find gives the term of a gram.
func (t *termTable) find(g gram) (int32, bool) {
	if t.n == 0 {
		return 0, false
	}
	i := t.slot(g)
	return t.terms[i], t.keys[i] == g
}

// number gives the term of a gram; one met for the first time gets the next
// number as long as there are fewer than limit, else ok is false.
func (t *termTable) number(g gram, limit int) (term int32, ok bool) {
	if t.n*2 >= len(t.keys) {
		t.grow()
	}
	i := t.slot(g)
	switch {
	case t.keys[i] == g:
	case t.n == limit:
		return 0, false
	default:
		t.keys[i], t.terms[i] = g, int32(t.n)
		t.n++
	}
	return t.terms[i], true
}

func (t *termTable) grow() {
	keys, terms := t.keys, t.terms
	size := max(smallestTable, 2*len(keys))
	t.keys, t.terms = make([]gram, size), make([]int32, size)
	t.shift = uint(64 - bits.TrailingZeros(uint(size)))
	for i, g := range keys {
		if g != 0 {
			at := t.slot(g)
			t.keys[at], t.terms[at] = g, terms[i]
		}
	}
}

// all are the grams and their terms, in no order.
func (t *termTable) all() iter.Seq2[gram, int32] {
	return func(yield func(gram, int32) bool) {
		for i, g := range t.keys {
			if g != 0 && !yield(g, t.terms[i]) {
				return
			}
		}
	}
}
