package understand

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cell is one normalised rune and the bytes of the source it came from.
type cell struct {
	r        rune
	from, to int32 // byte offsets into the source, to exclusive
	mark     mark  // what the parser has read it as
}

// mark says which reading has claimed a cell; a claimed cell is not read again.
type mark uint8

const (
	free   mark = iota
	asTime      // part of a time
	asRef       // part of a reference, tail, terminal, code or rate
	asSum       // part of an amount
	asTag       // the tag left behind by a cut (【卡号已隐藏】)
)

// Normalize folds a text to the form that matching and the knowledge index
// use: half width, lower case, simplified characters, 账 for 帐, the field's
// usual misspellings, censor-evasion spellings and pinyin fragments put right,
// emoji and control characters removed. Any bytes are accepted; invalid UTF-8
// is skipped.
func Normalize(text string) string {
	cells := spellings.apply(foldText(text))
	var b strings.Builder
	b.Grow(len(text))
	for i := range cells {
		b.WriteRune(cells[i].r)
	}
	return b.String()
}

// foldText returns the cells of the text in reading order, before spellings are
// put right. Spaces are dropped except between two ASCII letters or digits,
// where they separate words; line breaks are kept as '\n'.
func foldText(text string) []cell {
	cells := make([]cell, 0, min(len(text), utf8.RuneCountInString(text)+4))
	space := false
	var spaceAt int32
	letters := false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		at := int32(i)
		i += n
		if r == utf8.RuneError && n <= 1 {
			continue
		}
		r = fold(r)
		switch r {
		case dropped:
			continue
		case ' ':
			if !space {
				space, spaceAt = true, at
			}
			continue
		case '\n':
			if k := len(cells); k > 0 && cells[k-1].r == '\n' {
				continue
			}
		}
		if space {
			if k := len(cells); k > 0 && isAlnum(cells[k-1].r) && isAlnum(r) {
				cells = append(cells, cell{r: ' ', from: spaceAt, to: at})
			}
			space = false
		}
		if isLetter(r) {
			letters = true
		}
		cells = append(cells, cell{r: r, from: at, to: int32(i)})
	}
	if letters {
		cells = foldPinyin(cells)
	}
	return cells
}

// dropped marks runes that carry nothing: emoji joiners, zero-width characters.
const dropped rune = -1

// fold maps one rune to its normal form; dropped removes it, ' ' is any space
// or picture, '\n' any line break.
func fold(r rune) rune {
	if r < 0x80 {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '\n' || r == '\r':
			return '\n'
		case r == '\t' || r == '\v' || r == '\f':
			return ' '
		case r < ' ' || r == 0x7f:
			return dropped
		}
		return r
	}
	switch {
	case r == '，':
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return fold(r - 0xFEE0)
	case r == 0x3000 || r == 0xA0 || r >= 0x2000 && r <= 0x200A:
		return ' '
	case r == 0x2028 || r == 0x2029 || r == 0x85:
		return '\n'
	}
	if s, ok := folded[r]; ok {
		return s
	}
	if r >= 0x4E00 && r <= 0x9FFF {
		return r
	}
	if unicode.IsDigit(r) {
		return '0' + rune(digitValue(r))
	}
	if unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn, unicode.Me, unicode.Co) { // joiners, marks, direction
		return dropped
	}
	if r >= 0x1F000 || r >= 0x2190 && r <= 0x2BFF {
		return ' '
	}
	return unicode.ToLower(r)
}

// digitValue is the value of any Unicode decimal digit. Their blocks are runs
// of ten that begin at a zero.
func digitValue(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r >= 0xFF10 && r <= 0xFF19:
		return int(r - 0xFF10)
	}
	for _, t := range unicode.Nd.R16 {
		if lo, hi := rune(t.Lo), rune(t.Hi); r >= lo && r <= hi {
			return int(r-lo) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if lo, hi := rune(t.Lo), rune(t.Hi); r >= lo && r <= hi {
			return int(r-lo) % 10
		}
	}
	return -1
}

func isDigit(r rune) bool  { return r >= '0' && r <= '9' }
func isLetter(r rune) bool { return r >= 'a' && r <= 'z' }
func isAlnum(r rune) bool  { return isDigit(r) || isLetter(r) }

// isBreak reports whether the rune ends a clause.
func isBreak(r rune) bool {
	switch r {
	case ',', '，', '。', ';', '；', '!', '?', '\n', '、', '…', '~':
		return true
	}
	return false
}

// folded maps traditional and variant characters of the field to the form that
// the tables use, and circled or Roman numerals to digits.
//
//nolint:gochecknoglobals // read-only table
var folded = foldTable(
	traditional+
		"嘅的咗了冇没喺在唔不佢他啲些咩么咁这邊边哪哪"+
		"帐账沒没妳你您您俺我咱我啥啥仟千佰百拾十圆元"+
		"①1②2③3④4⑤5⑥6⑦7⑧8⑨9❶1❷2❸3❹4❺5❻6❼7❽8❾9Ⅰ1Ⅱ2Ⅲ3ⅰ1ⅱ2ⅲ3⒈1⒉2⒊3",
	"【[】]「\"」\"『\"』\"“\"”\"‘'’'《<》>〈<〉>—-–-‑-−-―-～~〜~·.•.・.︰:∶:﹕:﹐,﹒.、、。。｡。‰‰￥¥𝟎0",
)

func foldTable(pairs ...string) map[rune]rune {
	m := make(map[rune]rune, 512)
	for _, p := range pairs {
		rs := []rune(p)
		for i := 0; i+1 < len(rs); i += 2 {
			if rs[i] != rs[i+1] {
				m[rs[i]] = rs[i+1]
			}
		}
	}
	for r, to := range m { // 帳 is 帐 is 账
		for i := 0; i < 3; i++ {
			if next, ok := m[to]; ok && next > 0 {
				to = next
			}
		}
		m[r] = to
	}
	return m
}
