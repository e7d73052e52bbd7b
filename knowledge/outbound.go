package knowledge

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// Finding is one thing wrong. Line is 1-based; File is "" for a text that is
// no file.
type Finding struct {
	File   string
	Line   int
	Reason string
}

// String is file:line: reason, as compilers print it.
func (f Finding) String() string {
	if f.File == "" {
		return fmt.Sprintf("%d: %s", f.Line, f.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason)
}

// CheckOutbound finds every telephone number, URL and WeChat ID in a text that
// no verified row allows at the instant now (rules section 6). exempt are
// values bound from the ledger (references) and the own public_url; links
// weixin://bizmsgmenu are always exempt. No finding = the text may leave.
func CheckOutbound(text string, rows []Channel, exempt []string, now time.Time) []Finding {
	var out []Finding
	for _, h := range unverified(text, rows, exempt, now) {
		out = append(out, Finding{Line: 1 + strings.Count(text[:h.at], "\n"), Reason: h.reason})
	}
	return out
}

// The patterns run over plain text (see plainText): lower case, half-width, with
// Chinese digits of a telephone number as ASCII.
//
//nolint:gochecknoglobals // read-only table
var (
	urlTail    = `(?:[/:?#][^\s\p{Han}，。；、！？）】》”"'<>()]*)?`
	urlPattern = regexp.MustCompile(`[a-z][a-z0-9+.\-]{1,15}://[^\s\p{Han}，。；、！？）】》”"'<>()]*` +
		`|www\.[a-z0-9.\-]*[a-z0-9]` + urlTail +
		`|(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,12}/[a-z0-9]` + urlTail +
		`|(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\s?\.\s?)+(?:com|cn|net|org|top|xyz|vip|cc|info|shop|site|link|club|wang|ltd|online|store|icu|pro|app|tech|work|live|biz|io|me|co|tv|hk|tw|ink|fun|asia|mobi|ren)\b` + urlTail +
		`|[a-z0-9\-]{2,61}\s?(?:。|点|丶|·)\s?(?:com|cn|net|org|top|xyz|vip|cc)\b` +
		`|[a-z0-9._%+\-]+@[a-z0-9.\-]+\.[a-z]{2,}`)
	// weChatID is an id after a word that announces one, or one of WeChat's own
	// kind.
	weChatID = regexp.MustCompile(`(wxid_[a-z0-9]+|gh_[a-z0-9]{6,})` +
		`|(?:微\s?信(?:号|id)?|公众号|加\s?[v微]信?|[vw]x|weixin|wechat|威信|薇信|q\s?q|扣扣)(?:群|号|号码|客服|同号|联系)?\s*(?:[:：=是为→]|号是)*\s*([a-z][a-z0-9_\-]{5,19}|\d{5,11})`)
	// notPhoneAfter marks a number as money, a count, a date…
	notPhoneAfter = regexp.MustCompile(`^\s*(?:\.\d|,\d{3}|元|块|万|千元|分(?:钱|之)|角|笔|次|天|日|小时|分钟|秒|人|台|张|份|个|倍|岁|页|行|%|％|‰|〕|号(?:文|令)|年|月)`)
	mobile        = regexp.MustCompile(`^(?:86|0086|0)?1[3-9]\d{9}$`)
	serviceLine   = regexp.MustCompile(`^(?:[48]00\d{7}|95\d{3}|95[1-9]\d{3,5}|96\d{3,4}|100\d{2}|12[1-9]\d{2}|1066\d{4,8}|11[48]\d{2})$`)
	landline      = regexp.MustCompile(`^(?:86)?0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}$`)
)

// unverified lists what may not leave, in the order of the text.
func unverified(text string, rows []Channel, exempt []string, now time.Time) []breach {
	allowed := verifiedValues(rows, now)
	plain, places := plainText(text)
	plain = blankExempt(plain, exempt)
	var out []breach
	add := func(at int, reason string) { out = append(out, breach{places[at], reason}) }

	var hidden [][]int
	for _, m := range eachRun(plain, urlRun, urlPattern) {
		found := plain[m[0]:m[1]]
		if !allowedURL(found, allowed[KindURL], exempt) && !versionLike(found) {
			add(m[0], "网址 "+quote(found)+" 不在已核验的渠道表里")
		}
		hidden = append(hidden, m) // its digits are no telephone number
	}
	plain, hidden = blank(plain, hidden), nil
	for _, m := range eachRun(plain, idRun, weChatID) {
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		if id := plain[from:to]; !allowed[KindWeChat][id] && !allowed[KindPhone][id] {
			add(from, "微信号 "+quote(id)+" 不在已核验的渠道表里")
			hidden = append(hidden, []int{from, to})
		}
	}
	plain = blank(plain, hidden)
	for _, m := range digitRuns(plain) {
		for _, p := range phonesIn(plain, m[0], m[1]) {
			if !allowed[KindPhone][p.digits] {
				add(p.at, "电话 "+quote(p.digits)+" 不在已核验的渠道表里")
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].at < out[j].at })
	return out
}

// wordsAround is how far, in bytes, the words beside a number are looked at.
const wordsAround = 48

type phone struct {
	at     int
	digits string
}

// phonesIn decides whether a run of digits is a telephone number: by its form
// where the form is unmistakable, by the words around it where it is not.
func phonesIn(plain string, from, to int) []phone {
	run := plain[from:to]
	digits, _ := digitsOf(run)
	plainRun := len(digits) == len(run)
	if len(digits) < 3 || len(digits) == 4 && plainRun {
		return nil // no telephone number is that short
	}
	before, after := plain[max(0, from-wordsAround):from], plain[to:min(len(plain), to+wordsAround)]
	if letterBefore(before) || letterAfter(after) { // A0000001, V1.2, 4G
		return nil
	}
	cue := func() bool { return cued(before) }
	switch {
	case len(digits) >= 10 && (mobile.MatchString(digits) || landline.MatchString(digits) && (!plainRun || cue()) || len(digits) == 10 && serviceLine.MatchString(digits)):
		if plainRun && (follows(before, amountWords) || strings.HasPrefix(after, "元")) && !cue() {
			return nil
		}
		return []phone{{from, digits}}
	case !plainRun && !strings.ContainsAny(run, " "):
		// 12.50, 2026-11-18, 8.8: one token that is no number of a telephone,
		// unless it is announced as one.
		if len(digits) >= 7 && !dateLike(run) && cue() {
			return []phone{{from, digits}}
		}
		return nil
	case !plainRun:
		return splitRun(plain, from, run)
	case notPhoneAfter.MatchString(after) || notPhoneBefore(before):
		return nil
	case landline.MatchString(digits), serviceLine.MatchString(digits):
		return []phone{{from, digits}}
	case (len(digits) >= 5 && len(digits) <= 12 || len(digits) == 3 && digits[0] == '1') && cue():
		if strings.HasPrefix(after, ":") || strings.HasPrefix(after, "：") {
			return nil // 客服9:00
		}
		return []phone{{from, digits}}
	}
	return nil
}

// splitRun looks at the parts of a run that spaces hold together by chance.
func splitRun(plain string, from int, run string) []phone {
	var out []phone
	at := 0
	for _, part := range strings.Split(run, " ") {
		if part != "" && len(part) < len(run) {
			out = append(out, phonesIn(plain, from+at, from+at+len(part))...)
		}
		at += len(part) + 1
	}
	return out
}

func dateLike(run string) bool {
	for _, layout := range []string{"2006-01-02", "2006.01.02", "2006-1-2", "2006.1.2"} {
		if _, err := time.Parse(layout, run); err == nil {
			return true
		}
	}
	return false
}

func letterBefore(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r >= 'a' && r <= 'z' || r == '_' || r == '#' || r == '*'
}

func letterAfter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r >= 'a' && r <= 'z' || r == '_' || r == '*'
}

// allowedURL compares with the verified rows and the exempt prefixes; a prefix
// ends where a part of a URL ends, so that https://a.cn does not allow
// https://a.cn.evil.com.
func allowedURL(found string, allowed map[string]bool, exempt []string) bool {
	under := func(base string) bool {
		base = strings.TrimSuffix(narrow(strings.TrimSpace(base)), "/")
		if base == "" || !strings.HasPrefix(found, base) {
			return false
		}
		rest := found[len(base):]
		return rest == "" || strings.ContainsRune("/?#", rune(rest[0]))
	}
	if under("weixin://bizmsgmenu") {
		return true
	}
	for v := range allowed {
		if under(v) {
			return true
		}
	}
	for _, e := range exempt {
		if strings.Contains(e, "://") && under(e) {
			return true
		}
	}
	return false
}

// versionLike is a dotted word that is no host: every label before the last is
// a number (v2.cn is a host, 3.co is not).
func versionLike(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 || strings.ContainsAny(s, "/:@") {
		return false
	}
	for _, l := range labels[:len(labels)-1] {
		if len(l) > 2 || strings.Trim(l, "0123456789") != "" {
			return false
		}
	}
	return true
}

// plainText folds a text for the patterns and gives the byte place in the
// original of every byte of the result. Zero-width characters vanish, and
// seven or more Chinese digits in a row become ASCII ones.
func plainText(text string) (string, []int) {
	plain := make([]byte, 0, len(text)+8)
	places := make([]int, 0, len(text)+9)
	write := func(r rune, at int) {
		plain = utf8.AppendRune(plain, r)
		for len(places) < len(plain) {
			places = append(places, at)
		}
	}
	runEnd, runIsNumber := 0, false
	for i, r := range text {
		if d, ok := chineseDigit(r); ok {
			if i >= runEnd {
				n := 0
				runEnd, n = chineseRun(text, i)
				runIsNumber = n >= 7
			}
			if runIsNumber {
				r = d
			}
		}
		if r >= 0x200b && r <= 0x200f || r == 0xfeff || r == 0x2060 || r == 0xad {
			continue
		}
		write(narrowRune(r), i)
	}
	return string(plain), append(places, len(text))
}

func chineseDigit(r rune) (rune, bool) {
	switch r {
	case '零', '〇':
		return '0', true
	case '一', '幺':
		return '1', true
	case '二', '两':
		return '2', true
	case '三':
		return '3', true
	case '四':
		return '4', true
	case '五':
		return '5', true
	case '六':
		return '6', true
	case '七':
		return '7', true
	case '八':
		return '8', true
	case '九':
		return '9', true
	}
	return 0, false
}

// chineseRun measures the run of Chinese digits (and dashes) that starts at i.
func chineseRun(text string, i int) (end, digits int) {
	end = i
	for j, r := range text[i:] {
		_, ok := chineseDigit(r)
		if !ok && r != '-' && r != ' ' {
			break
		}
		if ok {
			digits++
			end = i + j + utf8.RuneLen(r)
		}
	}
	return end, digits
}

// blankExempt replaces exempt values (not links) that stand alone by spaces.
func blankExempt(plain string, exempt []string) string {
	var hidden [][]int
	for _, e := range exempt {
		e = narrow(strings.TrimSpace(e))
		if len(e) < 4 || strings.Contains(e, "://") {
			continue
		}
		for from := 0; ; {
			i := strings.Index(plain[from:], e)
			if i < 0 {
				break
			}
			i += from
			if !wordByte(plain, i-1) && !wordByte(plain, i+len(e)) {
				hidden = append(hidden, []int{i, i + len(e)})
			}
			from = i + len(e)
		}
	}
	return blank(plain, hidden)
}

func wordByte(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'z')
}

// blank hides ranges; the length stays, so that places stay true.
func blank(s string, ranges [][]int) string {
	if len(ranges) == 0 {
		return s
	}
	b := []byte(s)
	for _, r := range ranges {
		for i := r[0]; i < r[1]; i++ {
			b[i] = '|'
		}
	}
	return string(b)
}
