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
var evasionSpellings = regexp.MustCompile(`(?i)ka卡|刷ka|七咋|信xin息|zheng件|身份zheng|fa票|[\p{Han}]zheng[\p{Han}]|tao现|套xian|t现|微\s*xin|v信` +
	`|tao\s?xian|套` + joints + `现(?:[^在场有行成\w]|$)|薇信|徽信|微` + joints + `信|\bvx\b|套` + joints + `xian`)

// joints stand between the halves of a word that is cut up.
const joints = `[\s*·•.\-_/|+~^]{1,3}`

// promises are words of certainty about money to come; a negation right before
// them (不能保证) takes them back.
//
//nolint:gochecknoglobals // read-only table
var promises = regexp.MustCompile(`(一定|肯定|必定|必|绝对|准)(会|能|可以)?(到账|收到|入账|到卡)|马上(就)?(会|能)?到账|立刻到账|保证|保到|包[您你]?(能|会)?到账|百分之?百|100%|绝对安全|放心等|最迟\d|准时到账`)

// unpromised is a negation that governs the word after it.
//
//nolint:gochecknoglobals // read-only table
var unpromised = regexp.MustCompile(`(不|没|没有|无法|没法|别|勿|禁|拒|非|谁都|难以|没人|没有人)(绝?对)?(能|会|敢|可|要|是|给|向|作|做|信|轻信|承诺|说|听|替|[您你他]|任何|人){0,4}[“”]?$`)

// coaching are ways around limits and controls, or of turning credit into
// cash. What forbids them is what an article may say.
//
//nolint:gochecknoglobals // read-only table
var coaching = regexp.MustCompile(`套现|养卡|拆(开|成|分|单)|分单|化整为零|分(成)?(几|多|两|三|2|3)[笔次]|换(一?[台个]|几[台个]?)?(机器|终端|商户|家店)(再)?刷|换机器躲|避(开|免)(整数|风控|限额|核查)|绕(开|过)|躲(开|避)|间隔\S{0,4}(小时|分钟)再?刷|模拟消费|跳码|刷卡换现|换现金|借(我|你|他人)的?(卡|机器)` +
	`|额度\S{0,4}(套|刷|变|换|取)(出|成现|现)|虚[假构](的)?交易|空刷|自刷|(用|拿|借)(别人|他人|亲戚|朋友|亲友|家人)的?(身份证|证件|执照|名义|卡)`)

// pitches are words that sell machines or rates.
//
//nolint:gochecknoglobals // read-only table
var pitches = regexp.MustCompile(`全新大?pos|大pos机|推荐(您|你)?(办理|办|申请|用|使用|选)|(超|最|特|更|极)低(的)?费率|费率(低至|低到|最低|只要|仅需|仅)\S{0,2}\d|免押金|免费(送|领|赠|试用|办)|(招|找)代理|代理加盟|加盟热线|返现|返佣|名额有限|先到先得|限时(优惠|特惠|免费)|包邮|加(我|客服|我们)?(的)?(个人)?(微信|qq|扣扣)|(微信|qq)同号|了解详情`)

// forbids governs what stands after it in its clause; condemns judges what the
// sentence names, before or after. comforts are no prohibition, though they
// hold its words (就不会被停用, 不怕查).
//
//nolint:gochecknoglobals // read-only tables
var (
	forbids  = regexp.MustCompile(`(不要|不能|不得|不可|不许|不准|不应|不该|不替|不帮|不会?教|不提供|不支持|不建议|不推荐|不做|不信|切勿|勿|禁止|严禁|拒绝|杜绝|别(?:再|去|信|听|拿|用|借|把|给|让|替|想|加|点)?)([^，,。：:]*)$`)
	turns    = regexp.MustCompile(`就|可以|而是|改[为成]|先|直接`)
	condemns = regexp.MustCompile(`违法|违规|不合规|违反|犯法|犯罪|法律责任|停用|骗|报警|当心|小心|警惕|不能帮|不能教|不会?教|不要信|别信|不可信`)
	comforts = regexp.MustCompile(`(不会(被|再|有|影响|触发|查|封|停|冻|限)|不再|不怕|不用怕|不用担心|不容易|不至于|免得|避免|防止|以免|省得|没人)[^，,。！？；]{0,8}|没有(货|买卖)|特别|分别|级别|个别|区别|别[的人家处]`)
)

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
		if !deposit && !unpromised.MatchString(low[:m[0]]) {
			out = append(out, breach{m[0], "含有承诺性的话 " + quote(low[m[0]:m[1]]) + "，到账时间不能承诺"})
		}
	}
	for _, m := range coaching.FindAllStringIndex(low, -1) {
		if !warned(low, m[0]) {
			out = append(out, breach{m[0], "疑似教人套现或规避风控 " + quote(low[m[0]:m[1]])})
		}
	}
	for _, m := range pitches.FindAllStringIndex(low, -1) {
		if !warned(low, m[0]) {
			out = append(out, breach{m[0], "像推销的话 " + quote(low[m[0]:m[1]]) + "，条目里不做广告"})
		}
	}
	return out
}

func quote(s string) string { return "“" + s + "”" }

// warned reports that the sentence forbids or condemns what stands at a place.
func warned(text string, at int) bool {
	before, after := sentenceAt(text, at)
	if condemns.MatchString(comforts.ReplaceAllString(before, "") + "，" + comforts.ReplaceAllString(after, "")) {
		return true
	}
	m := forbids.FindStringSubmatch(comforts.ReplaceAllString(before, ""))
	return m != nil && !turns.MatchString(m[2])
}

// sentenceAt is the sentence around a place in bytes, cut in two there.
func sentenceAt(text string, at int) (before, after string) {
	const ends = "。！？；\n"
	before, after = text[:at], text[at:]
	if i := strings.LastIndexAny(before, ends); i >= 0 {
		before = before[i:]
	}
	if i := strings.IndexAny(after, ends); i >= 0 {
		after = after[:i]
	}
	return before, after
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
