package understand

import "strings"

// tag names a class of phrases of the lexicon.
type tag uint8

// hit is one phrase found in the cells [from, to).
type hit struct {
	from, to int32
	value    int32 // index of the brand for tBrand, of the festival for tFestival, else 0
	tag      tag
	block    bool // a phrase that looks like its tag but is not
}

// automaton finds all phrases of the lexicon in one pass (Aho–Corasick over
// runes). It is built once by New and read-only afterwards.
type automaton struct {
	edges map[uint64]int32
	root  map[rune]int32
	fail  []int32
	link  []int32 // next node along fail that has phrases
	outs  [][]phrase
}

type phrase struct {
	size  int32
	value int32
	tag   tag
	block bool
}

func newAutomaton() *automaton {
	return &automaton{
		edges: make(map[uint64]int32, 8192), root: make(map[rune]int32, 512),
		fail: make([]int32, 1), link: make([]int32, 1), outs: make([][]phrase, 1),
	}
}

// add enters the phrases of a pattern list: words separated by white space,
// each with optional (a|b) groups; a leading "!" makes a blocker, "_" is a
// space between letters.
func (a *automaton) add(t tag, value int32, patterns string) {
	for _, p := range strings.Fields(patterns) {
		p = strings.ReplaceAll(p, "_", " ")
		p, block := strings.CutPrefix(p, "!")
		for _, w := range expand(p) {
			a.addWord(t, value, block, w)
		}
	}
}

func (a *automaton) addWord(t tag, value int32, block bool, word string) {
	node, size := int32(0), int32(0)
	for _, r := range word {
		key := uint64(node)<<32 | uint64(r)
		next, ok := a.edges[key]
		if !ok {
			next = int32(len(a.fail))
			a.edges[key] = next
			a.fail = append(a.fail, 0)
			a.link = append(a.link, 0)
			a.outs = append(a.outs, nil)
			if node == 0 {
				a.root[r] = next
			}
		}
		node = next
		size++
	}
	if size == 0 {
		return
	}
	for _, p := range a.outs[node] {
		if p.tag == t && p.value == value && p.block == block {
			return
		}
	}
	a.outs[node] = append(a.outs[node], phrase{size: size, value: value, tag: t, block: block})
}

// finish computes the failure links, breadth first.
func (a *automaton) finish() {
	type edge struct {
		r  rune
		to int32
	}
	children := make([][]edge, len(a.fail))
	for key, to := range a.edges {
		from := int32(key >> 32)
		children[from] = append(children[from], edge{rune(uint32(key)), to})
	}
	queue := make([]int32, 0, len(a.fail))
	for _, c := range children[0] {
		queue = append(queue, c.to)
	}
	for len(queue) > 0 {
		node := queue[0]
		queue = queue[1:]
		for _, c := range children[node] {
			f := a.next(a.fail[node], c.r)
			a.fail[c.to] = f
			if a.link[c.to] = f; len(a.outs[f]) == 0 {
				a.link[c.to] = a.link[f]
			}
			queue = append(queue, c.to)
		}
	}
}

// next follows rune r from a node, falling back along the failure links.
func (a *automaton) next(node int32, r rune) int32 {
	for node != 0 {
		if to, ok := a.edges[uint64(node)<<32|uint64(r)]; ok {
			return to
		}
		node = a.fail[node]
	}
	return a.root[r]
}

// scan appends every phrase found in the cells, ordered by its end, and drops
// those that a blocker of the same tag covers.
func (a *automaton) scan(cells []cell, hits []hit) []hit {
	node := int32(0)
	blocks := 0
	for i := range cells {
		if cells[i].mark == asTag {
			node = 0
			continue
		}
		node = a.next(node, cells[i].r)
		n := node
		if n != 0 && len(a.outs[n]) == 0 {
			n = a.link[n]
		}
		for n != 0 {
			for _, p := range a.outs[n] {
				if tornNumber(cells, i+1-int(p.size), i+1) {
					continue
				}
				if p.block {
					blocks++
				}
				hits = append(hits, hit{from: int32(i) + 1 - p.size, to: int32(i) + 1, value: p.value, tag: p.tag, block: p.block})
			}
			n = a.link[n]
		}
	}
	if blocks == 0 {
		return hits
	}
	return dropBlocked(hits)
}

// tornNumber reports a phrase whose digits are part of a longer number: the
// 315 of 4,315 names no hotline.
func tornNumber(cells []cell, from, to int) bool {
	if isDigit(cells[to-1].r) && isDigit(at(cells, to)) {
		return true
	}
	if !isDigit(cells[from].r) {
		return false
	}
	before := at(cells, from-1)
	return isDigit(before) || (before == '.' || before == ',') && isDigit(at(cells, from-2))
}

// dropBlocked removes blockers and what they cover. Hits are ordered by end,
// so only neighbours within the length of a phrase are looked at.
func dropBlocked(hits []hit) []hit {
	const dead = tag(0)
	for i := range hits {
		b := hits[i]
		if !b.block || b.tag == dead {
			continue
		}
		for j := i - 1; j >= 0 && hits[j].to > b.from; j-- {
			if h := &hits[j]; !h.block && h.tag == b.tag && h.from >= b.from {
				h.tag = dead
			}
		}
		for j := i + 1; j < len(hits) && hits[j].to == b.to; j++ {
			if h := &hits[j]; !h.block && h.tag == b.tag && h.from >= b.from {
				h.tag = dead
			}
		}
	}
	w := 0
	for _, h := range hits {
		if h.tag != dead && !h.block {
			hits[w] = h
			w++
		}
	}
	return hits[:w]
}
