package knowledge

import (
	"math/rand"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The filter as it was first written: every pattern over the whole text. It is
// the oracle of the fast one, which must find the same, in the same places.

//nolint:gochecknoglobals // read-only table
var (
	slowDigitRun       = regexp.MustCompile(`(?:\+|\()?\d(?:[ \-.·—–_()~*]{0,2}\d)+`)
	slowPhoneCue       = regexp.MustCompile(`(?:电话|热线|拨打|致电|来电|拨|手机号?|座机|专线|客服|tel|phone|call|打)(?:号码|号)?(?:\s|[:：=是为(（])*$`)
	slowNotPhoneBefore = regexp.MustCompile(`(?:[¥￥$]|金额|到手|尾号|末四位|卡号|参考号|流水号|订单号|单号|凭证号|批次号?|商户号|终端号?|授权码|编号|工单|案件|版本|代码|应答码|第|令|号令|〔|\d{4}年?)\s*(?:[:：=是为]\s*)?$`)
	slowAmountBefore   = regexp.MustCompile(`(?:[¥￥$]|金额|商户号|终端号)\s*(?:[:：=是为]\s*)?$`)
)

// slowUnverified lists what may not leave, in the order of the text.
func slowUnverified(text string, rows []Channel, exempt []string, now time.Time) []breach {
	allowed := verifiedValues(rows, now)
	plain, places := plainText(text)
	plain = blankExempt(plain, exempt)
	var out []breach
	add := func(at int, reason string) { out = append(out, breach{places[at], reason}) }

	var hidden [][]int
	for _, m := range urlPattern.FindAllStringIndex(plain, -1) {
		found := plain[m[0]:m[1]]
		if !allowedURL(found, allowed[KindURL], exempt) && !versionLike(found) {
			add(m[0], "网址 "+quote(found)+" 不在已核验的渠道表里")
		}
		hidden = append(hidden, m) // its digits are no telephone number
	}
	plain, hidden = blank(plain, hidden), nil
	for _, m := range weChatID.FindAllStringSubmatchIndex(plain, -1) {
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
	for _, m := range slowDigitRun.FindAllStringIndex(plain, -1) {
		for _, p := range slowPhonesIn(plain, m[0], m[1]) {
			if !allowed[KindPhone][p.digits] {
				add(p.at, "电话 "+quote(p.digits)+" 不在已核验的渠道表里")
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].at < out[j].at })
	return out
}

// slowPhonesIn decides whether a run of digits is a telephone number: by its form
// where the form is unmistakable, by the words around it where it is not.
func slowPhonesIn(plain string, from, to int) []phone {
	run := plain[from:to]
	digits, _ := digitsOf(run)
	before, after := plain[max(0, from-wordsAround):from], plain[to:min(len(plain), to+wordsAround)]
	if letterBefore(before) || letterAfter(after) { // A0000001, V1.2, 4G
		return nil
	}
	cue := slowPhoneCue.MatchString(before)
	plainRun := len(digits) == len(run)
	switch {
	case mobile.MatchString(digits), landline.MatchString(digits) && (cue || !plainRun), len(digits) == 10 && serviceLine.MatchString(digits):
		if plainRun && !cue && (slowAmountBefore.MatchString(before) || strings.HasPrefix(after, "元")) {
			return nil
		}
		return []phone{{from, digits}}
	case !plainRun && !strings.ContainsAny(run, " "):
		// 12.50, 2026-11-18, 8.8: one token that is no number of a telephone,
		// unless it is announced as one.
		if cue && len(digits) >= 7 && !dateLike(run) {
			return []phone{{from, digits}}
		}
		return nil
	case !plainRun:
		return slowSplitRun(plain, from, run)
	case slowNotPhoneBefore.MatchString(before) || notPhoneAfter.MatchString(after):
		return nil
	case landline.MatchString(digits), serviceLine.MatchString(digits):
		return []phone{{from, digits}}
	case cue && (len(digits) >= 5 && len(digits) <= 12 || len(digits) == 3 && digits[0] == '1'):
		if strings.HasPrefix(after, ":") || strings.HasPrefix(after, "：") {
			return nil // 客服9:00
		}
		return []phone{{from, digits}}
	}
	return nil
}

// slowSplitRun looks at the parts of a run that spaces hold together by chance.
func slowSplitRun(plain string, from int, run string) []phone {
	var out []phone
	at := 0
	for _, part := range strings.Split(run, " ") {
		if part != "" && len(part) < len(run) {
			out = append(out, slowPhonesIn(plain, from+at, from+at+len(part))...)
		}
		at += len(part) + 1
	}
	return out
}

// pieces are what texts are put together from: everything the patterns look
// for, whole and broken.
func pieces() []string {
	return []string{
		"打", "电话", "拨打", "客服", "热线：", "微信", "微 信号", "vx", "wx:", "加v", "加微信", "公众号", "q q", "扣扣群", "威信", "gh_", "wxid_", "weixin", "wechat号是",
		"13812340001", "138-1234-0001", "138 1234 0001", "+86 ", "(010)", "62345678", "021-62345678", "400 123 4567", "95016", "95516", "110", "12363", "12", "5", "1234",
		"一三八一二三四〇〇〇一", "幺三八", "１３８", "https://", "http://a.cn/x?y=1#z", "www.", "abc.com", "a.b", "pos-one . cn", "posone点cn", "posone。cn", "x丶top", "m·vip",
		"help@abc.com", "weixin://bizmsgmenu?a=1", "alipays://x", ".", "/", ":", "：", "=", "是", "为", "→", "-", "_", " ", "\n", "\t", "\v", "*", "~", "(", ")", "，", "。", "、", "！", "元", "万", "笔", "年", "月",
		"金额", "¥", "商户号", "终端号", "参考号", "卡尾号", "第", "〔2016〕302号", "2026-11-18", "11:20", "9:00", "8.8", "5000.00", "1,234", "abc12345", "pos_88888", "A0000001", "V1.2", "4G", "é", "ß", "K", "\u200b", "\u00ad", "\xff", "<a href=\"", "\">", "'", "钱到了", "号", "群", "码", "零钱",
	}
}

func TestCheckOutboundFindsWhatTheOracleFinds(t *testing.T) {
	t.Parallel()
	rows := append(PublicChannels(), Channel{Kind: KindWeChat, Value: "pos_88888", VerifiedBy: "甲", VerifiedAt: testNow().Add(-time.Hour)},
		Channel{Kind: KindURL, Value: "http://a.cn/x", VerifiedBy: "甲", VerifiedAt: testNow().Add(-time.Hour)})
	exempt := []string{"032212345678", "https://bot.example.org/shop", "13812340001"}
	rnd := rand.New(rand.NewSource(7))
	all := pieces()
	found := 0
	for range 60_000 {
		var b strings.Builder
		for range 1 + rnd.Intn(9) {
			b.WriteString(all[rnd.Intn(len(all))])
		}
		text, ex := b.String(), exempt[:rnd.Intn(len(exempt)+1)]
		want, got := slowUnverified(text, rows, ex, testNow()), unverified(text, rows, ex, testNow())
		found += len(want)
		if !slices.Equal(want, got) {
			t.Fatalf("%q: %s", text, cmp.Diff(want, got, cmp.AllowUnexported(breach{})))
		}
	}
	if found < 10_000 {
		t.Errorf("only %d findings: the texts prove nothing", found)
	}
}
