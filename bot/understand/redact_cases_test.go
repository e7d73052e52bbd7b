package understand

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// constructed is one sentence that was put together: the secret as written in
// it and the kind that must be reported; kind "" means that nothing may be cut.
type constructed struct{ text, kind, secret string }

// cardsOfAllSchemes are valid by check digit and belong to nobody: every
// scheme's beginning and length, the rest is counted up.
func cardsOfAllSchemes() []string {
	var out []string
	for _, s := range []struct {
		first  string
		length int
	}{
		{"622588", 16},
		{"621700", 19},
		{"625912", 16},
		{"436742", 16},
		{"620058", 17},
		{"623668", 18},
		{"4", 16},
		{"51", 16},
		{"55", 16},
		{"2221", 16},
		{"3528", 16},
		{"34", 15},
		{"37", 15},
		{"6011", 16},
		{"36", 14},
	} {
		out = append(out, withLuhn(s.first, s.length))
	}
	return out
}

// cardSpellings are the ways in which people write a card number.
func cardSpellings(card string) []string {
	return []string{
		card,
		grouped(card, " ", 4),
		fullWidth(card),
		fullWidth(grouped(card, "\u3000", 4)),
		grouped(card, "\n", 4, 4),
		grouped(card, "\r\n", 6, 6),
		grouped(card, "\t", 4),
		grouped(card, " - ", 4),
		grouped(card, ".", 4),
		grouped(card, " ", 6, 2, 3),
		card[:len(card)/2] + "\n" + fullWidth(card[len(card)/2:]),
	}
}

func constructedSecrets() []constructed {
	var out []constructed
	frames := []string{"我卡号%s", "客人的卡是 %s 昨天刷的3000没到", "卡号:%s\n金额500", "结算卡换成%s这张", "%s,户名张三", "银行卡%s尾号对不对"}
	for i, card := range cardsOfAllSchemes() {
		for j, form := range cardSpellings(card) {
			out = append(out, constructed{fmt.Sprintf(frames[(i+j)%len(frames)], form), kindPAN, card})
		}
	}
	idFrames := []string{"身份证号%s", "我是法人,身份证%s", "%s是我身份证", "证件号码:%s,昨天的5000没到"}
	for i, first := range []string{"11010119491231001", "31010419860229114", "44010620001010338", "65010219750615027", "81000019880808123", "15040319920704261"} {
		id := withCheck(first)
		for j, form := range []string{id, strings.ToLower(id), fullWidth(id), grouped(id, " ", 6, 4, 4), grouped(id, "\n", 6, 8), grouped(id, "-", 6, 8)} {
			out = append(out, constructed{fmt.Sprintf(idFrames[(i+j)%len(idFrames)], form), kindID, id})
		}
	}
	// A card copied whole: number, expiry date and code, mostly without words.
	for i, card := range cardsOfAllSchemes() {
		tail := []string{",有效期0928,后三位731", " 0928 731", " 09/28 731", "\n09/28\n731", ",有效期09/28,731", " 后三位是731", "/09/28/731", "、0928、后3位731"}[i%8]
		out = append(out, constructed{"卡号" + card + tail, kindCVV, "731"})
	}
	out = append(out,
		constructed{"后三位731 有效期09/28", kindCVV, "731"}, constructed{"有效期0928 末3位是064", kindCVV, "064"},
		constructed{"短信说482913", kindCode, "482913"}, constructed{"收到482913这个码", kindCode, "482913"}, constructed{"他要的六位数是482913", kindCode, "482913"})
	words := []struct {
		kind   string
		values []string
		frames []string
	}{
		{kindCVV, []string{"731", "０６４", "4 0 8"}, []string{"CVV%s", "cvv2:%s", "安全码是%s", "卡背面后三位%s", "背面那三位数字是 %s", "cvn %s 能用吗", "背面的数字%s", "ccv %s", "卡后面那三个数%s"}},
		{kindCode, []string{"482913", "６１０２４８", "48 29 13", "482 913", "4829 13", "7731"}, []string{"验证码%s", "收到短信验证码是 %s 然后呢", "动态码:%s", "他让我报验证码我报了%s", "您的验证码为%s,5分钟内有效", "%s是验证码", "校验码 %s", "验证码\n%s", "code %s", "他要的验证码 就是%s"}},
		{kindPIN, []string{"258369", "１３５７９０"}, []string{"密码%s", "取款密码是%s", "交易密码:%s", "我卡密码 %s 你试试", "pwd %s", "卡密%s"}},
		{kindExpiry, []string{"09/28", "0928", "０９／２８", "2028年9月"}, []string{"有效期%s", "有效期是 %s", "卡有效期:%s", "valid thru %s", "mm/yy %s", "后三位不记得 有效期%s"}},
	}
	for _, w := range words {
		for _, v := range w.values {
			for _, f := range w.frames {
				out = append(out, constructed{fmt.Sprintf(f, v), w.kind, v})
			}
		}
	}
	return out
}

// TestConstructedSecretsAreAllCut is the recall of issue 3: every constructed
// secret is found, and no answer holds it in any spelling.
func TestConstructedSecretsAreAllCut(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	cases, found := constructedSecrets(), 0
	for _, c := range cases {
		q := p.Parse(c.text, Context{}, testNow())
		raw, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		switch digits := onlyDigits(c.secret); {
		case !strings.Contains(" "+strings.Join(sensitiveNames(q), " ")+" ", " "+c.kind+" "):
			t.Errorf("%q: %s not reported: %v, text %q", c.text, c.kind, q.Sensitive, q.Text)
		case strings.Contains(q.Text, c.secret), len(digits) > 4 && strings.Contains(onlyDigits(string(raw)), digits):
			t.Errorf("%q: the %s is still in %s", c.text, c.kind, raw)
		default:
			found++
		}
	}
	t.Logf("constructed secrets: %d of %d cut (%.1f %%)", found, len(cases), inPercent(found, len(cases)))
	if len(cases) < 200 {
		t.Errorf("only %d cases", len(cases))
	}
}

func sensitiveNames(q Query) []string {
	out := make([]string, 0, len(q.Sensitive))
	for _, s := range q.Sensitive {
		out = append(out, fmt.Sprint(s))
	}
	return out
}

// harmlessNumbers are numbers that merchants do send: references, orders,
// merchants, terminals, traces, many of them valid by a card's check digit.
func harmlessNumbers() []string {
	var out []string
	for _, w := range []struct {
		words   []string
		numbers []string
	}{
		{[]string{"参考号%s", "检索参考号:%s", "系统参考号 %s 没到"}, []string{"512345678901", withLuhn("6", 12), "1122 3344 5566", "００１２３４５６７８９０"}},
		{[]string{"订单号%s", "商户订单号:%s", "交易单号 %s 查下", "支付宝订单号%s"}, []string{"2026111822001412341234567890", "4200002345202611187654321098", withLuhn("62", 16), withLuhn("4200", 18), withLuhn("2026", 19)}},
		{[]string{"商户号%s", "商户编号:%s", "我商户号是%s昨天没到", "MID %s"}, []string{"822100000000001", withLuhn("8984", 15), withLuhn("3", 15), "898440153110012"}},
		{[]string{"终端号%s", "终端编号:%s", "机器终端号 %s 昨天5000", "TID%s"}, []string{"A0000001", "12345678", withLuhn("1", 8), "10023456"}},
		{[]string{"流水号%s", "凭证号:%s", "批次号 %s", "授权码%s"}, []string{"000123", "338812", withLuhn("1", 6), "002417"}},
		{[]string{"机身号%s", "SN:%s", "序列号 %s", "快递单号%s"}, []string{withLuhn("62", 16), "N9000123456789", "SF1234567890123", withLuhn("35", 16)}},
	} {
		for _, f := range w.words {
			for _, n := range w.numbers {
				out = append(out, fmt.Sprintf(f, n))
			}
		}
	}
	return append(out,
		"没收到短信,260000没到", "短信说到账5000", "这个码收的5000没到", "卡后面贴了标签", "流水号后三位731,昨天没到", "六位数的流水号000123",
		"商户号822100000000001 0928 731", "订单号2026111822001412341234567890 09/28 731", "流水号后三位731", "终端号后三位是731",
		"我手机13812345678", "电话0755-83012345", "昨天5000 3000 2000 1800都没到", "2026-11-18 09:30:22 刷了 2,980.50", "20261118093022", "一共12笔 123456.78元",
		"密码错误是什么意思", "验证码收不到", "没有验证码,昨天5000没到", "有效期到了要换卡吗", "有效期内能退吗", "安全码是什么", "提示密码输错3次", "尾号6688刷了5000", "后四位0928的卡", "CVV是啥", "卡号后四位1234,昨天3000没到",
	)
}

// TestConstructedReferencesAreKept: nothing of these is cut, and nothing is
// reported as sensitive.
func TestConstructedReferencesAreKept(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	cases, kept := harmlessNumbers(), 0
	for _, text := range cases {
		if q := p.Parse(text, Context{}, testNow()); q.Text != text || len(q.Sensitive) > 0 {
			t.Errorf("%q was cut: %q %v", text, q.Text, q.Sensitive)
			continue
		}
		kept++
	}
	t.Logf("harmless numbers: %d of %d kept (%.1f %%)", kept, len(cases), inPercent(kept, len(cases)))
	if len(cases) < 100 {
		t.Errorf("only %d cases", len(cases))
	}
}
