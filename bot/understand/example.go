package understand

import (
	"math"
	"strings"
)

// exampleIndex finds the example phrasing nearest to a message by the words of
// two characters that they share, weighed by how rare those are. It is asked
// only where no rule has found an intent.
//
// Sums, times and references are read in the examples as in messages.
type exampleIndex struct {
	postings map[uint64][]posting
	intents  []Intent
}

// posting is one example that holds a pair of characters, and its weight there.
type posting struct {
	example int32
	weight  float32
}

// alike is the likeness from which an example speaks against a rule that is
// only a general word (多久能到 as a question about the cycle).
const alike = 0.6

// nearEnough is the likeness (0 to 1) from which an example speaks for a
// message; chosen on the labelled sentences so that small talk stays silent.
const nearEnough = 0.5

func newExampleIndex(read func(text string) []cell) *exampleIndex {
	x := &exampleIndex{postings: make(map[uint64][]posting, 4096)}
	var grams [][]uint64
	count := map[uint64]int{}
	for _, e := range examples {
		for line := range strings.Lines(e.phrasings) {
			for _, text := range strings.Fields(line) {
				g := gramsOf(read(text), nil)
				if len(g) == 0 {
					continue
				}
				grams = append(grams, g)
				x.intents = append(x.intents, e.intent)
				for _, k := range g {
					count[k]++
				}
			}
		}
	}
	n := float64(len(grams))
	for i, g := range grams {
		sum := 0.0
		for _, k := range g {
			w := math.Log(1 + n/float64(count[k]))
			sum += w * w
		}
		for _, k := range g {
			w := math.Log(1+n/float64(count[k])) / math.Sqrt(sum)
			x.postings[k] = append(x.postings[k], posting{int32(i), float32(w)})
		}
	}
	return x
}

// gramsOf appends the pairs of neighbouring characters of a text, each once;
// particles and punctuation are left out, sums, times and references stand as
// one sign each.
func gramsOf(cells []cell, dst []uint64) []uint64 {
	last := rune('^')
	add := func(r rune) {
		k := uint64(last)<<32 | uint64(r)
		last = r
		for _, have := range dst {
			if have == k {
				return
			}
		}
		dst = append(dst, k)
	}
	for i := range cells {
		r := cells[i].r
		switch cells[i].mark {
		case asSum:
			r = '#'
		case asTime:
			r = '@'
		case asRef, asTag:
			r = '%'
		default:
			if isBreak(r) || filler(r) {
				continue
			}
		}
		if (r == '#' || r == '@' || r == '%') && last == r {
			continue
		}
		add(r)
	}
	if len(dst) > 0 {
		add('$')
	}
	return dst
}

// sign reports what stands for a border, a sum, a time or a reference.
func sign(r rune) bool { return r == '^' || r == '$' || r == '#' || r == '@' || r == '%' }

// filler reports the particles that carry no intent.
func filler(r rune) bool {
	switch r {
	case '的', '了', '啊', '呀', '呢', '吧', '嘛', '哦', '呗', '我', '你', '们', '您', '请', '问', ' ', '.', '哈', '啦', '噢', '诶', '嗯', '这', '那', '个', '就', '都', '也', '吗', '么':
		return true
	}
	return false
}

// maxExampleCells bounds the messages that are compared: a long story is told
// by its parts and not by its likeness to a short question.
const maxExampleCells = 40

// nearest is the intent of the example most like the cells; Other when none is
// near enough.
func (x *exampleIndex) nearest(cells []cell, enough float64) Intent {
	if x == nil || len(cells) > maxExampleCells {
		return Other
	}
	var buf [maxExampleCells + 2]uint64
	g := gramsOf(cells, buf[:0])
	plain := 0 // pairs that hold a character
	for _, k := range g {
		if !sign(rune(k>>32)) || !sign(rune(uint32(k))) {
			plain++
		}
	}
	if plain < 1 {
		return Other
	}
	score := make([]float32, len(x.intents))
	sum := 0.0
	for _, k := range g {
		list := x.postings[k]
		w := math.Log(1 + float64(len(x.intents))/float64(len(list)+1))
		sum += w * w
		for _, p := range list {
			score[p.example] += float32(w) * p.weight
		}
	}
	best, top := Other, float32(enough*math.Sqrt(sum))
	for i, v := range score {
		if v > top {
			best, top = x.intents[i], v
		}
	}
	return best
}
