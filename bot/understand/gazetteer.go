package understand

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// channelTags are the channels that Vocabulary.Channels may name.
//
//nolint:gochecknoglobals // read-only table
var channelTags = [...]struct {
	name string
	tag  tag
}{{"CARD", tCard}, {"WECHAT", tWechat}, {"ALIPAY", tAlipay}, {"UNIONPAY_QR", tUnionQR}}

// minWord is the shortest word that an operator may add, in characters.
const minWord = 2

// Check names what cannot work: an empty name, a word too short to be told
// from others, a word given to two brands or channels, an unknown channel. The
// problems come in a fixed order.
func (v Vocabulary) Check() []error {
	var bad []error
	check := func(kind string, words map[string][]string) {
		owner := map[string]string{}
		for _, name := range slices.Sorted(maps.Keys(words)) {
			if strings.TrimSpace(name) == "" {
				bad = append(bad, fmt.Errorf("%s: a name is missing", kind))
				continue
			}
			all := words[name]
			if kind == "brand" {
				all = append([]string{name}, all...)
			}
			for _, w := range all {
				n := Normalize(strings.TrimSpace(w))
				if utf8.RuneCountInString(n) < minWord {
					bad = append(bad, fmt.Errorf("%s %s: %q is too short to be recognised, give at least %d characters", kind, name, w, minWord))
				} else if o, taken := owner[n]; taken && o != name {
					bad = append(bad, fmt.Errorf("%s %s: %q already stands for %s", kind, name, w, o))
				}
				owner[n] = name
			}
		}
	}
	check("brand", v.Brands)
	check("channel", v.Channels)
	for _, name := range slices.Sorted(maps.Keys(v.Channels)) {
		if channelTag(name) == 0 && strings.TrimSpace(name) != "" {
			bad = append(bad, fmt.Errorf("channel %s is none of CARD, WECHAT, ALIPAY, UNIONPAY_QR", name))
		}
	}
	return bad
}

func channelTag(name string) tag {
	for _, c := range channelTags {
		if c.name == name {
			return c.tag
		}
	}
	return 0
}

// addVocabulary enters the operator's brands and channel words, folded as
// messages are. What Check refuses is left out.
func (p *Parser) addVocabulary(v Vocabulary) {
	for _, name := range slices.Sorted(maps.Keys(v.Brands)) {
		i := slices.Index(p.brands, name)
		if i < 0 {
			i = len(p.brands)
			p.brands = append(p.brands, name)
		}
		for _, w := range append([]string{name}, v.Brands[name]...) {
			p.addWord(tBrand, int32(i), w)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.Channels)) {
		if t := channelTag(name); t != 0 {
			for _, w := range v.Channels[name] {
				p.addWord(t, 0, w)
			}
		}
	}
}

func (p *Parser) addWord(t tag, value int32, word string) {
	if w := Normalize(strings.TrimSpace(word)); utf8.RuneCountInString(w) >= minWord {
		p.words.addWord(t, value, false, w)
	}
}

// readBrand takes the first acquirer named; a wallet (微信支付, 支付宝, 花呗,
// 京东白条, 云闪付) or the network (银联) only where no acquirer is.
func (s *scan) readBrand(names []string) {
	best, bestRank, bestLen := int32(-1), 9, int32(0)
	var bestAt int32
	for _, h := range s.hits {
		if h.tag != tBrand || s.insideWord(h) {
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
	} else if s.q.Channel == "WECHAT" && len(s.q.Channels) == 0 {
		s.q.Brand = "微信支付" // 微信那笔: WeChat as a way to pay
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

// insideWord reports a Latin phrase that is part of a longer word or code.
func (s *scan) insideWord(h hit) bool {
	first, last := s.cells[h.from].r, s.cells[h.to-1].r
	return isLetter(first) && isLetter(at(s.cells, int(h.from)-1)) || isLetter(last) && isAlnum(at(s.cells, int(h.to)))
}
