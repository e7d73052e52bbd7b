package understand

import (
	"slices"
	"strings"
)

// addBrands enters the operator's brands and spellings, folded as messages are.
func (p *Parser) addBrands(v Vocabulary) {
	names := make([]string, 0, len(v.Brands))
	for name := range v.Brands {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		i := slices.Index(p.brands, name)
		if i < 0 {
			i = len(p.brands)
			p.brands = append(p.brands, name)
		}
		p.addBrandWord(i, name)
		for _, w := range v.Brands[name] {
			p.addBrandWord(i, w)
		}
	}
}

func (p *Parser) addBrandWord(i int, word string) {
	if w := strings.TrimSpace(Normalize(word)); w != "" {
		p.words.addWord(tBrand, int32(i), false, w)
	}
}

// readBrand takes the first acquirer named; a wallet (微信支付, 支付宝, 花呗,
// 京东白条, 云闪付) or the network (银联) only where no acquirer is.
func (s *scan) readBrand(names []string) {
	best, bestRank, bestLen := int32(-1), 9, int32(0)
	var bestAt int32
	for _, h := range s.hits {
		if h.tag != tBrand {
			continue
		}
		rank := brandRank(names[h.value])
		size := h.to - h.from
		if rank < bestRank || rank == bestRank && h.from <= bestAt && size > bestLen {
			best, bestRank, bestAt, bestLen = h.value, rank, h.from, size
		}
	}
	if best >= 0 {
		s.q.Brand = names[best]
	}
}

func brandRank(name string) int {
	switch name {
	case "花呗", "京东白条":
		return 1
	case "微信支付", "支付宝", "云闪付":
		return 2
	case "银联":
		return 3
	}
	return 0
}
