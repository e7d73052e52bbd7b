package knowledge

import (
	"regexp"
	"strings"
)

// What must never stand in an article or a reply: the advertisements of the
// seed articles, their spellings made to slip past filters, advice on cashing
// out credit cards or slipping past risk control, and promises (domain.md 1.2
// and section 7). The lint fails on each; the texts stand here and nowhere
// else.

// bannedStrings are found in lower-cased half-width text.
//
//nolint:gochecknoglobals // read-only table
var bannedStrings = []string{
	// Advertisements.
	"soupos", "mepos.cn", "免费办理", "免费申请", "办理官网", "官网办理", "官网pos", "十大正规", "十大pos", "排行榜", "前十名",
	"微信复制成功", "点击网址", "申请入口", "办理电话", "无需繁琐资料", "即开即用", "正规一清", "一清机", "一清pos", "一清个人", "龙头企业", "手续费不涨价", "61金额太大",
	"个人pos机办理", "低费率办理", "加微信办理", "代办pos",
	// Cashing out and card farming as a benefit.
	"管理信用卡资金", "刷出来周转", "提高信用卡额度", "信用卡额度提高", "信用卡额度的提高", "快速提额", "养卡技巧",
	// Evasion coaching.
	"换机分流", "避免整数", "大额分多笔", "不超过2笔", "间隔3-4小时", "间隔3–4小时", "错峰刷卡避",
	// Spun nonsense.
	"资金被得到", "突pos", "pos事风险", "pos机攻击", "非常新版本", "非常新动态", "引入第三方监管", "加强宣传推广",
	"二类卡安全性较低", "磁带", "不用担心重复付款",
}

// bannedDigits are the telephone numbers of the advertisements, found in the
// text's digits whatever stands between them.
//
//nolint:gochecknoglobals // read-only table
var bannedDigits = []string{"18584839115", "18200351458", "18140023002"}

// evasionSpellings are words cut up or respelt to pass a filter.
//
//nolint:gochecknoglobals // read-only table
var evasionSpellings = regexp.MustCompile(`(?i)ka卡|刷ka|七咋|信xin息|zheng件|身份zheng|fa票|[\p{Han}]zheng[\p{Han}]|tao现|套xian|t现|微\s*xin|v信`)

// promises are words of certainty about money to come; a negation right before
// them (不能保证) takes them back.
//
//nolint:gochecknoglobals // read-only table
var promises = regexp.MustCompile(`一定(会|能)?到账|肯定(会|能)?到账|必定到账|必到账|绝对(会|能)?到账|马上(就)?(会|能)?到账|立刻到账|保证|保到|包到账|百分之?百|100%|绝对安全|放心等|最迟\d|准时到账`)

//nolint:gochecknoglobals // read-only table
var negations = []string{"不", "没", "无法", "别", "勿", "禁", "拒", "非", "谁都"}

// coaching are ways around limits and controls, or of turning credit into
// cash. A sentence that forbids them is what an article may say.
//
//nolint:gochecknoglobals // read-only table
var coaching = regexp.MustCompile(`套现|养卡|拆(开|成|分)|分(成)?(几|多|两|三)[笔次]|换(一?[台个])?(机器|终端|商户)(再)?刷|避(开|免)(整数|风控|限额|核查)|绕(开|过)|躲(开|避)|间隔\S{0,4}(小时|分钟)再?刷|模拟消费|跳码|刷卡换现|换现金|借(我|你|他人)的?(卡|机器)`)

//nolint:gochecknoglobals // read-only table
var forbids = regexp.MustCompile(`不|别|勿|禁|拒|违法|违规|停用|骗|警`)

// markup is HTML, scripts and what smuggles them into Markdown.
//
//nolint:gochecknoglobals // read-only table
var markup = regexp.MustCompile(`(?i)<\s*[a-z!/?]|&(#\d+|#x[0-9a-f]+|lt|gt|quot|amp);|javascript:|data:text|vbscript:|!\[`)

// breach is a run of text that may not stand, with its place in bytes.
type breach struct {
	at     int
	reason string
}

// breachesOf finds everything banned in a text. answer is true for what is
// sent; questions may name what merchants ask for (套现, 保证).
func breachesOf(text string, answer bool) (out []breach) {
	low, places := plainText(text)
	defer func() {
		for i := range out {
			out[i].at = places[out[i].at]
		}
	}()
	for _, s := range bannedStrings {
		if i := strings.Index(low, s); i >= 0 {
			out = append(out, breach{i, "含有禁用内容 " + quote(s)})
		}
	}
	digits, at := digitsOf(low)
	for _, d := range bannedDigits {
		if i := strings.Index(digits, d); i >= 0 {
			out = append(out, breach{at[i], "含有禁用号码 " + quote(d)})
		}
	}
	for _, m := range evasionSpellings.FindAllStringIndex(low, -1) {
		out = append(out, breach{m[0], "含有规避审查的写法 " + quote(low[m[0]:m[1]]) + "，请用规范的字"})
	}
	for _, m := range markup.FindAllStringIndex(low, -1) {
		out = append(out, breach{m[0], "含有 HTML、脚本或图片标记 " + quote(low[m[0]:m[1]]) + "，正文只能是纯文字"})
	}
	if !answer {
		return out
	}
	for _, m := range promises.FindAllStringIndex(low, -1) {
		deposit := strings.HasPrefix(low[m[1]:], "金") // 保证金
		if !deposit && !negated(low[:m[0]]) {
			out = append(out, breach{m[0], "含有承诺性的话 " + quote(low[m[0]:m[1]]) + "，到账时间不能承诺"})
		}
	}
	for _, m := range coaching.FindAllStringIndex(low, -1) {
		if !forbids.MatchString(sentenceAt(low, m[0])) {
			out = append(out, breach{m[0], "疑似教人套现或规避风控 " + quote(low[m[0]:m[1]])})
		}
	}
	return out
}

func quote(s string) string { return "“" + s + "”" }

// negated reports a negation within the few characters before.
func negated(before string) bool {
	r := []rune(before)
	tail := string(r[max(0, len(r)-4):])
	for _, n := range negations {
		if strings.Contains(tail, n) {
			return true
		}
	}
	return false
}

// sentenceAt is the sentence around a place in bytes.
func sentenceAt(text string, at int) string {
	const ends = "。！？；\n"
	from := strings.LastIndexAny(text[:at], ends)
	if from < 0 {
		from = 0
	}
	to := strings.IndexAny(text[at:], ends)
	if to < 0 {
		return text[from:]
	}
	return text[from : at+to]
}

// narrow lower-cases ASCII and turns full-width forms into half-width ones.
func narrow(s string) string {
	return strings.Map(narrowRune, s)
}

func narrowRune(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= 'Ａ' && r <= 'Ｚ':
		return r - 'Ａ' + 'a'
	case r >= '０' && r <= '９', r >= 'ａ' && r <= 'ｚ', r == '．', r == '／', r == '－', r == '＠', r == '＜', r == '＞', r == '＋', r == '＿':
		return r - 0xfee0
	}
	return r
}

// digitsOf strings the digits of a text together, with the place of each.
func digitsOf(s string) (digits string, places []int) {
	var b strings.Builder
	for i, r := range s {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
			places = append(places, i)
		}
	}
	return b.String(), places
}
