package understand

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// withLuhn completes a prefix to a number of n digits that passes the check.
func withLuhn(prefix string, n int) string {
	d := []byte(prefix)
	for len(d) < n-1 {
		d = append(d, byte('0'+(len(d)*7+3)%10))
	}
	for c := byte('0'); c <= '9'; c++ {
		v := append(append([]byte{}, d...), c)
		digits := make([]byte, len(v))
		for i := range v {
			digits[i] = v[i] - '0'
		}
		if luhn(digits) {
			return string(v)
		}
	}
	return ""
}

// withCheck completes seventeen digits to an ID number.
func withCheck(first17 string) string {
	sum := 0
	for i := range 17 {
		w := 1
		for range 17 - i {
			w = w * 2 % 11
		}
		sum += int(first17[i]-'0') * w
	}
	return first17 + string("10X98765432"[sum%11])
}

func grouped(s, sep string, sizes ...int) string {
	var b strings.Builder
	for i, k := 0, 0; i < len(s); k++ {
		n := min(sizes[k%len(sizes)], len(s)-i)
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s[i : i+n])
		i += n
	}
	return b.String()
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

func inHan(s string) string {
	return strings.Map(func(r rune) rune { return []rune("零一二三四五六七八九")[r-'0'] }, s)
}

type secretCase struct{ text, kind, secret string }

// secretCases builds the constructed cases: every card in every writing, ID
// numbers, and codes near their words.
func secretCases() []secretCase {
	var out []secretCase
	cards := []string{
		withLuhn("622202", 19), withLuhn("622848", 19), withLuhn("621226", 19), withLuhn("622588", 16), withLuhn("411111", 16), withLuhn("552534", 16),
		withLuhn("356889", 16), withLuhn("601382", 19), withLuhn("37828", 15), withLuhn("625965", 16), withLuhn("955880", 19), withLuhn("436742", 18), withLuhn("3622", 14), withLuhn("4716", 13), withLuhn("6200", 17),
	}
	frames := []string{"我卡号%s没到账", "%s", "客户的卡是 %s 刷了5000", "卡号:%s,昨天刷的", "帮我查%s这张卡"}
	for i, card := range cards {
		for j, form := range []string{
			card, grouped(card, " ", 4), grouped(card, "-", 4), fullWidth(card), grouped(card, "\n", 8), grouped(card, "  ", 4), fullWidth(grouped(card, " ", 4)), grouped(card, "\u200b", 4), grouped(card, "–", 4),
		} {
			out = append(out, secretCase{fmt.Sprintf(frames[(i+j)%len(frames)], form), kindPAN, card})
		}
	}
	for i, first := range []string{"11010519491231002", "44030119900307123", "32010219851115442", "51010720010228331", "33010619780909551", "11010519880606001"} {
		id := withCheck(first)
		for _, form := range []string{id, strings.ToLower(id), fullWidth(id), grouped(id, " ", 6, 8, 4)} {
			out = append(out, secretCase{fmt.Sprintf([]string{"身份证%s", "我的身份证号码是%s,昨天没到账", "%s"}[i%3], form), kindID, id})
		}
	}
	for _, c := range []struct{ text, kind, secret string }{
		{"验证码123456", kindCode, "123456"},
		{"验证码是 4821", kindCode, "4821"},
		{"验证码:９０８１２３", kindCode, "908123"},
		{"收到验证码 556677 了", kindCode, "556677"},
		{"短信验证码为102938", kindCode, "102938"},
		{"123456是我的验证码", kindCode, "123456"},
		{"【工商银行】您的验证码为667788,切勿告诉他人", kindCode, "667788"},
		{"验证码我发你了 334455", kindCode, "334455"},
		{"校验码7788", kindCode, "7788"},
		{"动态码 129034", kindCode, "129034"},
		{"验证码一二三四五六", kindCode, "一二三四五六"},
		{"验证码\n553421", kindCode, "553421"},
		{"收到的验证码:123 456", kindCode, "123 456"},
		{"驗證碼 887766", kindCode, "887766"},
		{"CVV 123", kindCVV, "123"},
		{"cvv2是456", kindCVV, "456"},
		{"安全码789", kindCVV, "789"},
		{"卡背面三位是321", kindCVV, "321"},
		{"CVN2:135", kindCVV, "135"},
		{"背面后三位 246", kindCVV, "246"},
		{"安全码是１２３", kindCVV, "１２３"},
		{"密码123456", kindPIN, "123456"},
		{"支付密码是 888888", kindPIN, "888888"},
		{"我的密码是654321帮我查", kindPIN, "654321"},
		{"取款密码:112233", kindPIN, "112233"},
		{"pin 9876", kindPIN, "9876"},
		{"银行卡密码 147258", kindPIN, "147258"},
		{"有效期12/28", kindExpiry, "12/28"},
		{"有效期是1228", kindExpiry, "1228"},
		{"有效期到28年12月", kindExpiry, "28年12月"},
		{"valid thru 09/27", kindExpiry, "09/27"},
		{"有效期:2028-12", kindExpiry, "2028-12"},
		{"exp 03/29", kindExpiry, "03/29"},
		{"有效期０９／２７", kindExpiry, "０９／２７"},
	} {
		for _, frame := range []string{"%s", "昨天5000没到,%s", "你好 %s"} {
			out = append(out, secretCase{fmt.Sprintf(frame, c.text), c.kind, c.secret})
		}
	}
	card := withLuhn("622202", 19)
	out = append(out, secretCase{inHan(card), kindPAN, inHan(card)}, secretCase{"卡号" + card + "有效期12/28", kindPAN, card}, secretCase{card + " 5000没到", kindPAN, card})
	return out
}

func TestRedactCutsEverySecret(t *testing.T) {
	t.Parallel()
	cases := secretCases()
	if len(cases) < 200 {
		t.Fatalf("only %d cases", len(cases))
	}
	p := New(Vocabulary{})
	for _, c := range cases {
		clean, kinds := Redact(c.text)
		if !strings.Contains(strings.Join(kinds, " "), c.kind) {
			t.Errorf("%q: kinds %v lack %s (clean %q)", c.text, kinds, c.kind, clean)
			continue
		}
		q := p.Parse(c.text, Context{}, testNow())
		raw, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if q.Text != clean || fmt.Sprint(q.Sensitive) != fmt.Sprint(kinds) {
			t.Errorf("%q: Parse and Redact differ: %q %v", c.text, q.Text, q.Sensitive)
		}
		digits := onlyDigits(c.secret)
		if len(digits) > 4 && strings.Contains(onlyDigits(string(raw)), digits) || strings.Contains(clean, c.secret) {
			t.Errorf("%q: the secret is still in %s", c.text, raw)
		}
		if again, more := Redact(clean); again != clean || len(more) > 0 {
			t.Errorf("%q: cutting twice changes the text: %q", clean, again)
		}
	}
}

func onlyDigits(s string) string {
	var b strings.Builder
	for _, r := range s {
		if v := digitValue(r); v >= 0 {
			b.WriteByte(byte('0' + v))
		}
	}
	return b.String()
}

func TestRedactKeepsReferences(t *testing.T) {
	t.Parallel()
	ref := withLuhn("4", 15)
	keep := []string{
		"昨天5000没到", "参考号112233445566", "商户号822100000000001", "商户号" + withLuhn("8221", 15), withLuhn("8221", 15) + "没到账", "终端号A0000001", "终端号12345678",
		"订单号" + withLuhn("4200001", 19), "订单号20261118123456789012", "4200001234202611171234567890", "流水号" + ref, "交易单号" + withLuhn("62", 16), "批次号000012凭证号000345",
		"手机号13800138000", "138-0013-8000", "刷了5000 3000 2000 1000", "5000,3000,2000,1800都没到", "2026-11-18 09:30 刷了5000", "20261118093000", "参考号 1122 3344 5566", "密码错误55", "密码输错3次", "验证码收不到",
		"没收到验证码,5000块没到", "刷了输密码5000块没到", "有效期过了怎么办", "卡号后四位6688", "尾号6688", "安全码在哪", "9月8号刷的12000", "单号SF1234567890123", "2026111812345678", "1700000000000", "商户订单号 2026111800001111222",
		"sn号 " + withLuhn("62", 16), "打95516", "一共12笔,123456.78元", "检索参考号:987654321098", "验证码是什么", "密码忘了 昨天刷了5000元",
	}
	for _, text := range keep {
		if clean, kinds := Redact(text); clean != text || kinds != nil {
			t.Errorf("%q was cut: %q %v", text, clean, kinds)
		}
	}
}

func TestParseKeepsTailOfCutCard(t *testing.T) {
	t.Parallel()
	card := withLuhn("622202", 19)
	q := New(Vocabulary{}).Parse("卡号"+card+"昨天刷了5000没到", Context{}, testNow())
	if q.CardLast4 != card[15:] || len(q.Amounts) != 1 || q.Amounts[0].Fen != 500000 || q.Time == nil || q.Intent != MissingPayment {
		t.Errorf("what stands around the cut is lost: %+v", q)
	}
}
