package understand

import (
	"cmp"
	"slices"
	"strings"
)

// The kinds of sensitive data, as listed in Query.Sensitive.
const (
	kindPAN    = "PAN"
	kindCVV    = "CVV"
	kindPIN    = "PIN"
	kindExpiry = "EXPIRY"
	kindCode   = "SMS_CODE"
	kindID     = "ID_NUMBER"
)

// cutSpan is a sensitive stretch of the source, in bytes.
type cutSpan struct {
	from, to int32
	kind     string
	last4    string // of a card number
}

type cutSpans []cutSpan

// Redact cuts card numbers, ID numbers, CVV, PIN, expiry dates and SMS codes
// out of a text and puts a tag in their place (【卡号已隐藏】). It returns the
// kinds that were cut, each once, in order of their first place. It is applied
// before anything is stored, logged or sent on.
func Redact(text string) (clean string, kinds []string) {
	spans := sensitiveSpans(foldText(text))
	if len(spans) == 0 {
		return text, nil
	}
	return cut(text, spans)
}

func cut(text string, spans cutSpans) (string, []string) {
	var b strings.Builder
	var kinds []string
	at := int32(0)
	for _, s := range spans {
		b.WriteString(text[at:s.from])
		b.WriteString(tagText(s.kind))
		at = s.to
		if !slices.Contains(kinds, s.kind) {
			kinds = append(kinds, s.kind)
		}
	}
	b.WriteString(text[at:])
	return b.String(), kinds
}

// tail is the last four digits of the first card number that was cut.
func (spans cutSpans) tail() string {
	for _, s := range spans {
		if s.kind == kindPAN {
			return s.last4
		}
	}
	return ""
}

func tagText(kind string) string {
	switch kind {
	case kindPAN:
		return "【卡号已隐藏】"
	case kindID:
		return "【身份证号已隐藏】"
	case kindCVV:
		return "【安全码已隐藏】"
	case kindPIN:
		return "【密码已隐藏】"
	case kindExpiry:
		return "【有效期已隐藏】"
	}
	return "【验证码已隐藏】"
}

// markTags keeps the parser from reading the words of a tag.
func markTags(c []cell) {
	for i := range c {
		if c[i].r != '[' {
			continue
		}
		for j := i + 1; j < len(c) && j < i+12; j++ {
			if c[j].r == ']' {
				if follows(c, j-3, "已隐藏]") > 0 {
					markCells(c, i, j+1, asTag)
				}
				break
			}
		}
	}
}

// group is a run of digits without anything between.
type group struct{ from, to int }

// sensitiveSpans finds what must be cut, ordered and without overlap.
func sensitiveSpans(c []cell) cutSpans {
	if !mayHoldSecrets(c) {
		return nil
	}
	var spans cutSpans
	var ends []cutEnd
	card := false
	add := func(from, to int, kind string) {
		s := cutSpan{from: c[from].from, to: c[to-1].to, kind: kind}
		if kind == kindPAN {
			s.last4 = lastFour(c[from:to])
			card = true
		}
		if kind == kindPAN || kind == kindExpiry {
			ends = append(ends, cutEnd{to, kind == kindExpiry})
		}
		spans = append(spans, s)
	}
	cardSpans(c, add)
	likeSpans(c, add)
	slices.SortFunc(spans, func(a, b cutSpan) int { return cmp.Or(int(a.from-b.from), int(b.to-a.to)) })
	cards := len(spans)
	wordSpans(c, add)
	if card {
		behindCard(c, ends, add)
	}
	lastThree(c, len(ends) > 0, add)
	if cards > 0 && len(spans) > cards { // a number cut as a card is no code
		spans = dropInside(spans, cards)
	}
	slices.SortStableFunc(spans, func(a, b cutSpan) int { return int(a.from - b.from) })
	w := 0
	for _, s := range spans {
		if w > 0 && s.from < spans[w-1].to {
			continue
		}
		spans[w] = s
		w++
	}
	return spans[:w]
}

// dropInside removes the spans behind the first n that overlap one of them.
func dropInside(spans cutSpans, n int) cutSpans {
	cards, w := spans[:n], n
	for _, s := range spans[n:] {
		k, _ := slices.BinarySearchFunc(cards, s.from, func(o cutSpan, v int32) int { return int(o.to - v - 1) })
		if k < n && cards[k].from < s.to {
			continue
		}
		spans[w] = s
		w++
	}
	return spans[:w]
}

// mayHoldSecrets is a quick refusal: nothing is cut from a text with fewer
// than three digits of any writing.
func mayHoldSecrets(c []cell) bool {
	n := 0
	for i := range c {
		if digitAt(c, i) >= 0 {
			if n++; n >= 3 {
				return true
			}
		}
	}
	return false
}

// digitAt is the value of a digit, Arabic or Han (一 to 九, 零, 〇, 幺), or -1.
func digitAt(c []cell, i int) int {
	r := at(c, i)
	if isDigit(r) {
		return int(r - '0')
	}
	switch r {
	case '两', '俩', '仨':
		return -1
	}
	return int(hanDigit(r))
}

// lastFour is the tail of a card number, look-alike letters read as digits.
func lastFour(c []cell) string {
	var out [4]byte
	k := 4
	for i := len(c) - 1; i >= 0 && k > 0; i-- {
		if d := likeDigit(c, i); d >= 0 {
			k--
			out[k] = byte('0' + d)
		}
	}
	return string(out[:])
}

// cardSpans cuts ID numbers and card numbers: groups of digits joined by
// spaces, dashes, dots or line breaks.
func cardSpans(c []cell, add func(from, to int, kind string)) {
	groups := digitGroups(c)
	for a := 0; a < len(groups); {
		n := joined(c, groups, a, add)
		a += max(n, 1)
	}
}

func digitGroups(c []cell) []group {
	var out []group
	for i := 0; i < len(c); {
		if digitAt(c, i) < 0 {
			i++
			continue
		}
		j := i
		for digitAt(c, j) >= 0 {
			j++
		}
		out = append(out, group{i, j})
		i = j
	}
	return out
}

// joined tries the groups from a on, longest number first, and returns how
// many groups were cut.
func joined(c []cell, g []group, a int, add func(from, to int, kind string)) int {
	var digits [20]byte
	n, last := 0, a
	ends := [20]int{}
	for b := a; b < len(g); b++ {
		if b > a && !separates(c, g[b-1].to, g[b].from) {
			break
		}
		if n+g[b].to-g[b].from > 19 {
			break
		}
		for i := g[b].from; i < g[b].to; i++ {
			digits[n] = byte(digitAt(c, i))
			n++
		}
		ends[b-a] = n
		last = b
	}
	for b := last; b >= a; b-- {
		n := ends[b-a]
		from, to := g[a].from, g[b].to
		if isLetter(at(c, from-1)) && n < 18 {
			continue
		}
		switch {
		case isIDNumber(digits[:n], at(c, to)), n >= 15 && namedID(c, from), n == 17 && at(c, to) == 'x' && birthday(digits[6:14]):
			if n == 17 && at(c, to) == 'x' {
				to++
			}
			add(from, to, kindID)
			return b - a + 1
		case isCardNumber(c, digits[:n], from, to, b > a):
			add(from, to, kindPAN)
			return b - a + 1
		}
	}
	return 0
}

// separates reports whether the cells between two groups may stand inside one
// number: at most four of space, dash, dot, line break, slash or comma.
func separates(c []cell, from, to int) bool {
	if to-from > 4 {
		return false
	}
	for i := from; i < to; i++ {
		switch c[i].r {
		case ' ', '-', '\n', '.', '_', '/', '*', '|', ',', '，', '、', ':':
		default:
			return false
		}
	}
	return true
}

// isCardNumber decides on 13 to 19 digits: Luhn, a prefix that cards have, and
// no word that makes it another number. Groups written apart must look like a
// card's (none shorter than three digits but the last).
func isCardNumber(c []cell, d []byte, from, to int, apart bool) bool {
	if len(d) < 13 || len(d) > 19 {
		return false
	}
	if otherNumber(c, from, len(d)) {
		return false
	}
	named := cardWords(c, from, to, len(d))
	if !luhn(d) {
		return mistyped(c, d, from, to, named, apart)
	}
	if named {
		return true
	}
	if len(d) == 15 && d[0] == 8 {
		return false
	}
	if apart && !cardGroups(c, from, to) {
		return false
	}
	switch d[0] {
	case 3, 4, 5, 6, 9:
		return true
	case 2:
		return len(d) == 16 && d[1] >= 2 && d[1] <= 7
	}
	return false
}

// cardGroups refuses lists of sums: every group of a card number but the last
// has at least three digits, and no group is cut off by a comma alone unless
// all are of four.
func cardGroups(c []cell, from, to int) bool {
	size, short := 0, 0
	comma, four := false, true
	for i := from; i < to; i++ {
		if digitAt(c, i) >= 0 {
			size++
			continue
		}
		if r := c[i].r; r == ',' || r == '，' || r == '、' || r == ':' || r == '/' {
			comma = true
		}
		if size > 0 {
			if size < 3 {
				short++
			}
			four = four && size == 4
		}
		size = 0
	}
	return short <= 1 && (!comma || four)
}

// luhn is the check sum of card numbers.
func luhn(d []byte) bool {
	sum := 0
	for i := range d {
		v := int(d[len(d)-1-i])
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// isIDNumber checks an 18-place ID number: a plausible birthday and the check
// digit of GB 11643, which may be the X that follows 17 digits.
func isIDNumber(d []byte, next rune) bool {
	if len(d) != 18 && (len(d) != 17 || next != 'x') || d[0] == 0 || d[0] > 8 {
		return false
	}
	if !birthday(d[6:14]) {
		return false
	}
	sum, w := 0, 1
	for i := 17; i >= 0; i-- { // weight 2^i mod 11 from the right
		v := 10
		if i < len(d) {
			v = int(d[i])
		}
		sum += v * w
		w = w * 2 % 11
	}
	return sum%11 == 1
}

// birthday checks eight digits YYYYMMDD.
func birthday(d []byte) bool {
	year := int(d[0])*1000 + int(d[1])*100 + int(d[2])*10 + int(d[3])
	month, day := int(d[4])*10+int(d[5]), int(d[6])*10+int(d[7])
	return year >= 1900 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// namedID reports that the words before a number call it an ID number: it is
// cut even with a wrong check digit, as people mistype.
func namedID(c []cell, from int) bool {
	j := from
	for j > 0 && from-j < maxGap && fills(c[j-1].r) {
		j--
	}
	for k := j; k <= from; k++ {
		if k >= 2 && c[k-2].r == '份' && (c[k-1].r == '证' || c[k-1].r == '号') || k >= 3 && c[k-3].r == '身' && c[k-2].r == '份' {
			return true
		}
	}
	return false
}
