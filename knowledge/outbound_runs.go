package knowledge

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A pattern over a whole answer costs a step of the automaton for every byte,
// though most of an answer is Chinese that no address and no number can be part
// of. So the text is cut, in one pass, at the characters that no match of the
// pattern can hold, and the pattern runs over the few pieces that could hold
// one. The matches are the same: none can cross a cut.

// run says where the pieces of a pattern's matches lie.
type run struct {
	// part reports that a character may stand in a match.
	part func(rune) bool
	// worth reports that a piece may hold a match at all.
	worth func(string) bool
}

// eachRun gives the pattern's matches (with submatches), with places in the
// whole text.
func eachRun(text string, r run, pattern *regexp.Regexp) [][]int {
	var out [][]int
	piece := func(from, to int) {
		if from == to || !r.worth(text[from:to]) {
			return
		}
		for _, m := range pattern.FindAllStringSubmatchIndex(text[from:to], -1) {
			for i := range m {
				if m[i] >= 0 {
					m[i] += from
				}
			}
			out = append(out, m)
		}
	}
	from := 0
	for i, n := 0, 0; i < len(text); i += n {
		var c rune
		c, n = rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRuneInString(text[i:])
		}
		if !r.part(c) {
			piece(from, i)
			from = i + n
		}
	}
	piece(from, len(text))
	return out
}

// The pieces of urlPattern and weChatID.
//
//nolint:gochecknoglobals // read-only table
var (
	urlRun = run{
		part: func(c rune) bool {
			switch c {
			case '点', '丶', '。', '·':
				return true
			case '，', '；', '、', '！', '？', '）', '】', '》', '”', '"', '\'', '<', '>', '(', ')':
				return false
			}
			return c < utf8.RuneSelf || !unicode.Is(unicode.Han, c)
		},
		worth: func(s string) bool {
			return strings.Contains(s, "://") || strings.Contains(s, "www.") || strings.ContainsRune(s, '@') || hasDomainEnd(s)
		},
	}
	idRun = run{
		part: func(c rune) bool {
			switch {
			case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-', c == ':', c == '=', c == ' ', c >= '\t' && c <= '\r':
				return true
			case c < utf8.RuneSelf:
				return false
			}
			switch c {
			case '微', '信', '号', '公', '众', '加', '威', '薇', '扣', '群', '码', '客', '服', '同', '联', '系', '是', '为', '：', '→':
				return true
			}
			return false
		},
		worth: func(s string) bool {
			return hasID(s) && (strings.ContainsAny(s, "微公加威薇扣q") || strings.Contains(s, "wx") || strings.Contains(s, "vx") ||
				strings.Contains(s, "we") || strings.Contains(s, "gh_"))
		},
	}
)

// hasDomainEnd reports a dot of any kind with two letters after it.
func hasDomainEnd(s string) bool {
	const none, dot, letter = 0, 1, 2
	state, space := none, false
	for _, c := range s {
		switch {
		case c == '.', c == '。', c == '点', c == '丶', c == '·':
			state, space = dot, false
		case isSpace(c) && state == dot && !space:
			space = true
		case c >= 'a' && c <= 'z' && state == letter:
			return true
		case c >= 'a' && c <= 'z' && state == dot:
			state = letter
		default:
			state = none
		}
	}
	return false
}

// hasID reports five characters of an id in a row.
func hasID(s string) bool {
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-':
			if n++; n >= 5 {
				return true
			}
		default:
			n = 0
		}
	}
	return false
}

// isSpace is \s of the patterns.
func isSpace(c rune) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digitRuns gives the places of two and more digits with at most two separators
// of telephone numbers between any two, and a plus or bracket before.
func digitRuns(s string) [][]int {
	var out [][]int
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			continue
		}
		end := i + 1
		for next := afterJoints(s, end); next > 0; next = afterJoints(s, end) {
			end = next
		}
		if end > i+1 {
			from := i
			if i > 0 && (s[i-1] == '+' || s[i-1] == '(') {
				from--
			}
			out = append(out, []int{from, end})
		}
		i = end - 1
	}
	return out
}

// afterJoints is the place behind the next digit of a run; 0 = the run ends.
func afterJoints(s string, at int) int {
	for joints := 0; at < len(s); joints++ {
		if isDigit(s[at]) {
			return at + 1
		}
		r, n := utf8.DecodeRuneInString(s[at:])
		if joints == 2 || !strings.ContainsRune(" -.·—–_()~*", r) {
			return 0
		}
		at += n
	}
	return 0
}

// The words beside a number, looked at from its place outwards.
//
//nolint:gochecknoglobals // read-only table
var (
	cueWords    = strings.Fields("电话 热线 拨打 致电 来电 拨 手机 手机号 座机 专线 客服 tel phone call 打")
	amountWords = strings.Fields("¥ ￥ $ 金额 商户号 终端号")
	otherWords  = strings.Fields("¥ ￥ $ 金额 到手 尾号 末四位 卡号 参考号 流水号 订单号 单号 凭证号 批次 批次号 商户号 终端 终端号 授权码 编号 工单 案件 版本 代码 应答码 第 令 号令 〔")
)

// cued reports words that announce a telephone number right before it.
func cued(before string) bool {
	before = strings.TrimRightFunc(before, func(r rune) bool { return isSpace(r) || strings.ContainsRune(":：=是为(（", r) })
	for _, tail := range []string{"", "号", "号码"} {
		if head, ok := strings.CutSuffix(before, tail); ok && endsIn(head, cueWords) {
			return true
		}
	}
	return false
}

// follows reports that one of the words stands right before a number, with at
// most one sign like a colon between.
func follows(before string, words []string) bool {
	before = trimSpaceRight(before)
	if endsIn(before, words) {
		return true
	}
	r, n := utf8.DecodeLastRuneInString(before)
	return strings.ContainsRune(":：=是为", r) && endsIn(trimSpaceRight(before[:len(before)-n]), words)
}

// notPhoneBefore marks a number as money, a count or a reference.
func notPhoneBefore(before string) bool { return follows(before, otherWords) || yearBefore(before) }

// yearBefore reports four digits, as of a year, before a number.
func yearBefore(before string) bool {
	fourDigits := func(s string) bool {
		s = strings.TrimSuffix(s, "年")
		return len(s) >= 4 && isDigit(s[len(s)-1]) && isDigit(s[len(s)-2]) && isDigit(s[len(s)-3]) && isDigit(s[len(s)-4])
	}
	before = trimSpaceRight(before)
	if fourDigits(before) {
		return true
	}
	r, n := utf8.DecodeLastRuneInString(before)
	return strings.ContainsRune(":：=是为", r) && fourDigits(trimSpaceRight(before[:len(before)-n]))
}

func trimSpaceRight(s string) string { return strings.TrimRightFunc(s, isSpace) }

func endsIn(s string, words []string) bool {
	for _, w := range words {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}
