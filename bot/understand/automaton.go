package understand

import (
	"cmp"
	"slices"
	"strings"
)

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
	// The edges of node n stand at edges[first[n]:first[n+1]], by rune.
	first []int32
	edges []edge
	root  map[rune]int32
	fail  []int32
	link  []int32 // next node along fail that has phrases
	// outs is the first phrase that ends at a node, an index of phrases; 0 = none.
	outs    []int32
	phrases []phrase // the first stands for none
	// Until finish: where each node came from, and its edges.
	grown []grown
	grow  map[uint64]int32
}

type edge struct {
	r  rune
	to int32
}

type phrase struct {
	size  int32
	value int32
	more  int32 // another phrase that ends at the same node; 0 = none
	tag   tag
	block bool
}

// grown tells where a node came from.
type grown struct {
	parent int32
	r      rune
	depth  int32
}

// The lexicon makes about so many nodes and phrases; more only cost growing.
const (
	usualNodes   = 110_000
	usualPhrases = 60_000
)

func newAutomaton() *automaton {
	return &automaton{
		grow: make(map[uint64]int32, usualNodes), root: make(map[rune]int32, 2048),
		outs: make([]int32, 1, usualNodes), phrases: make([]phrase, 1, usualPhrases), grown: make([]grown, 1, usualNodes),
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
		next, ok := a.grow[key]
		if !ok {
			next = int32(len(a.outs))
			a.grow[key] = next
			a.outs = append(a.outs, 0)
			a.grown = append(a.grown, grown{parent: node, r: r, depth: size})
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
	last := &a.outs[node]
	for *last != 0 {
		p := &a.phrases[*last]
		if p.tag == t && p.value == value && p.block == block {
			return
		}
		last = &p.more
	}
	*last = int32(len(a.phrases))
	a.phrases = append(a.phrases, phrase{size: size, value: value, tag: t, block: block})
}

// finish packs the edges and computes the failure links, by depth: those of a
// node need its parent's.
func (a *automaton) finish() {
	a.pack()
	a.fail, a.link = make([]int32, len(a.outs)), make([]int32, len(a.outs))
	var byDepth [][]int32
	for node := 1; node < len(a.grown); node++ {
		d := int(a.grown[node].depth)
		for len(byDepth) <= d {
			byDepth = append(byDepth, nil)
		}
		byDepth[d] = append(byDepth[d], int32(node))
	}
	for d, nodes := range byDepth {
		for _, node := range nodes {
			g := a.grown[node]
			if d > 0 {
				a.fail[node] = a.next(a.fail[g.parent], g.r)
			}
			f := a.fail[node]
			if a.link[node] = f; a.outs[f] == 0 {
				a.link[node] = a.link[f]
			}
		}
	}
	a.grown, a.phrases = nil, slices.Clip(a.phrases)
}

// pack turns the map of edges into lists, a tenth of its size.
func (a *automaton) pack() {
	a.grow = nil
	a.first, a.edges = make([]int32, len(a.grown)+1), make([]edge, len(a.grown)-1)
	for _, g := range a.grown[1:] {
		a.first[g.parent+1]++
	}
	for n := range a.grown {
		a.first[n+1] += a.first[n]
	}
	free := slices.Clone(a.first)
	for node, g := range a.grown[1:] {
		a.edges[free[g.parent]] = edge{g.r, int32(node + 1)}
		free[g.parent]++
	}
	for n := range a.grown {
		slices.SortFunc(a.edges[a.first[n]:a.first[n+1]], func(x, y edge) int { return cmp.Compare(x.r, y.r) })
	}
}

// child follows the edge of a rune; false when the node has none.
func (a *automaton) child(node int32, r rune) (int32, bool) {
	edges := a.edges[a.first[node]:a.first[node+1]]
	for len(edges) > 8 {
		if half := len(edges) / 2; edges[half].r <= r {
			edges = edges[half:]
		} else {
			edges = edges[:half]
		}
	}
	for _, e := range edges {
		if e.r == r {
			return e.to, true
		}
	}
	return 0, false
}

// next follows rune r from a node, falling back along the failure links.
func (a *automaton) next(node int32, r rune) int32 {
	for node != 0 {
		if to, ok := a.child(node, r); ok {
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
		if n != 0 && a.outs[n] == 0 {
			n = a.link[n]
		}
		for n != 0 {
			for at := a.outs[n]; at != 0; at = a.phrases[at].more {
				p := a.phrases[at]
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
