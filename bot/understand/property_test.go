package understand

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// spell writes a whole number of yuan in Han digits, formal ones if asked.
func spell(n int64, formal bool) string {
	digits, units := []rune("零一二三四五六七八九"), []string{"", "十", "百", "千"}
	if formal {
		digits, units = []rune("零壹贰叁肆伍陆柒捌玖"), []string{"", "拾", "佰", "仟"}
	}
	section := func(v int64) string {
		var b strings.Builder
		zero := false
		for p, unit := 3, int64(1000); p >= 0; p, unit = p-1, unit/10 {
			d := v / unit % 10
			if d == 0 {
				zero = b.Len() > 0
				continue
			}
			if zero {
				b.WriteRune(digits[0])
				zero = false
			}
			b.WriteRune(digits[d])
			b.WriteString(units[p])
		}
		return b.String()
	}
	high, low := n/10000, n%10000
	switch {
	case high == 0:
		return section(low)
	case low == 0:
		return section(high) + "万"
	case low < 1000:
		return section(high) + "万零" + section(low)
	}
	return section(high) + "万" + section(low)
}

func commas(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// spellings12 writes an amount in twelve ways.
func spellings12(f int64) []string {
	yuan, cents := f/100, f%100
	plain := strconv.FormatInt(yuan, 10)
	two := fmt.Sprintf("%s.%02d", plain, cents)
	coins := ""
	if cents > 0 {
		coins = fmt.Sprintf("%d角%d分", cents/10, cents%10)
	}
	han := spell(yuan, false)
	return []string{
		two + "元", two, "￥" + two, "¥" + fmt.Sprintf("%s.%02d", commas(yuan), cents), fmt.Sprintf("%s.%02d元", commas(yuan), cents),
		fullWidth(two) + "元", plain + "元" + coins, plain + "块" + coins, han + "元" + coins, spell(yuan, true) + "元" + coins,
		two + "rmb", "人民币" + two + "元整",
	}
}

func TestAmountsReadBackInTwelveSpellings(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	rng := rand.New(rand.NewPCG(1, 2))
	values := []int64{100, 101, 110, 1050, 10000, 100000, 1000000, 500000, 123456, 2980050, 99999999, 10000005}
	for range 300 {
		values = append(values, 100+rng.Int64N(1_000_000_00), 100*(1+rng.Int64N(99999)))
	}
	for _, f := range values {
		for k, text := range spellings12(f) {
			q := p.Parse("昨天刷了"+text+"没到账", Context{}, testNow())
			if len(q.Amounts) != 1 || q.Amounts[0].Fen != f || q.Amounts[0].Approx {
				t.Fatalf("%d fen in spelling %d, %q: %+v", f, k, text, q.Amounts)
			}
		}
	}
}

func hanDay(n int) string {
	switch {
	case n <= 10:
		return []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}[n]
	case n < 20:
		return "十" + hanDay(n-10)
	case n%10 == 0:
		return hanDay(n/10) + "十"
	}
	return hanDay(n/10) + "十" + hanDay(n%10)
}

func TestDatesReadBackInEightWritings(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	now := testNow()
	for n := range 730 {
		d := addDays(now, -n)
		y, m, day := d.Year(), int(d.Month()), d.Day()
		hanYear := strings.Map(func(r rune) rune { return []rune("零一二三四五六七八九")[r-'0'] }, strconv.Itoa(y))
		for k, text := range []string{
			fmt.Sprintf("%d-%02d-%02d", y, m, day), fmt.Sprintf("%d/%d/%d", y, m, day), fmt.Sprintf("%d.%02d.%02d", y, m, day), fmt.Sprintf("%d年%d月%d日", y, m, day),
			fmt.Sprintf("%d%02d%02d", y, m, day), fmt.Sprintf("%s年%s月%s日", hanYear, hanDay(m), hanDay(day)), fmt.Sprintf("%02d年%d月%d号", y%100, m, day), fullWidth(fmt.Sprintf("%d年%02d月%02d号", y, m, day)),
		} {
			q := p.Parse(text+"刷的5000没到", Context{}, now)
			if q.Time == nil || !q.Time.From.Equal(d) || !q.Time.To.Equal(addDays(d, 1)) || q.Time.Precision != Day {
				t.Fatalf("%s in writing %d, %q: %+v", d.Format(time.DateOnly), k, text, q.Time)
			}
			if len(q.Amounts) != 1 || q.Amounts[0].Fen != 500000 {
				t.Fatalf("%q disturbs the amount: %+v", text, q.Amounts)
			}
		}
		if n < 365 && (m != 2 || day != 29) {
			q := p.Parse(fmt.Sprintf("%d月%d号的没到", m, day), Context{}, now)
			if q.Time == nil || !q.Time.From.Equal(d) {
				t.Fatalf("%d月%d号 is not %s: %+v", m, day, d.Format(time.DateOnly), q.Time)
			}
		}
	}
}

// checkQuery holds what is true of every answer.
func checkQuery(t *testing.T, text string, q Query, now time.Time) {
	t.Helper()
	if utf8.ValidString(text) && !utf8.ValidString(q.Text) {
		t.Fatalf("%q: text is no longer UTF-8", text)
	}
	for _, s := range append(slices.Clone(q.Times), deref(q.Time)...) {
		if !s.To.After(s.From) {
			t.Fatalf("%q: empty span %+v", text, s)
		}
		if len(q.Carried) == 0 && !strings.Contains(q.Text, s.Text) {
			t.Fatalf("%q: span text %q is not in the text", text, s.Text)
		}
		if s.Precision == "" {
			t.Fatalf("%q: no precision", text)
		}
	}
	for _, a := range q.Amounts {
		if a.Fen < 0 || a.Count < 1 || a.ToFen < a.FromFen || a.ToFen > 0 && a.Fen != a.FromFen {
			t.Fatalf("%q: impossible amount %+v", text, a)
		}
	}
	if q.Role == "" || q.Urgency == "" || q.Intent == "" {
		t.Fatalf("%q: a field that is always said is empty: %+v", text, q)
	}
	if len(q.Intents) > 0 && !slices.Contains(q.Intents, q.Intent) {
		t.Fatalf("%q: intent %s is not among %v", text, q.Intent, q.Intents)
	}
	_ = now
}

func deref(s *Span) []Span {
	if s == nil {
		return nil
	}
	return []Span{*s}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", typical, "6222 0212 3456 7890 123", "验证码123456", "\xff\xfe昨天", "2月30号", "99999999999999999999", "一万万亿亿", "3点到2点", "2点到2点", "初三十", strings.Repeat("一", 500), "7年前的8号", "第第第", "****1234", "农历十三月", "00:00:00", "1.2.3.4", "两两两笔", "五一十一六一"} {
		f.Add(s, int64(0))
	}
	p := New(Vocabulary{})
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		now := testNow().Add(time.Duration(seconds%(4*365*86400)) * time.Second)
		q := p.Parse(text, Context{}, now)
		checkQuery(t, text, q, now)
		next := p.Parse(text, Context{Previous: &q, Offered: 3, Asked: "amount"}, now)
		checkQuery(t, text, next, now)
		clean, kinds := Redact(text)
		if clean != q.Text || len(kinds) != len(q.Sensitive) {
			t.Fatalf("%q: Parse and Redact differ: %q, %q", text, q.Text, clean)
		}
	})
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"", "KA卡 刷咔 ｍｅｉ　ｄａｏ", "帳號", "\xf0\x28", "mei dao zhang a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := Normalize(text)
		if !utf8.ValidString(n) {
			t.Fatalf("%q: not UTF-8: %q", text, n)
		}
		last := int32(0)
		for _, c := range spellings.apply(foldText(text)) {
			if c.from < last || c.to < c.from || int(c.to) > len(text) {
				t.Fatalf("%q: offsets %d to %d after %d", text, c.from, c.to, last)
			}
			last = c.from
		}
	})
}

func TestParseIsDeterministic(t *testing.T) {
	t.Parallel()
	a, b := New(Vocabulary{Brands: map[string][]string{"星驿付": {"星驿"}, "合利宝": nil}}), New(Vocabulary{Brands: map[string][]string{"合利宝": nil, "星驿付": {"星驿"}}})
	for _, text := range []string{typical, "星驿的机器昨天5000没到", "合利宝没到账"} {
		x, y := a.Parse(text, Context{}, testNow()), b.Parse(text, Context{}, testNow())
		if fmt.Sprintf("%+v", x.Amounts)+x.Brand+fmt.Sprint(x.Intents, x.Times) != fmt.Sprintf("%+v", y.Amounts)+y.Brand+fmt.Sprint(y.Intents, y.Times) {
			t.Errorf("%q: two parsers differ: %+v %+v", text, x, y)
		}
	}
	if q := a.Parse("星驿的机器昨天5000没到", Context{}, testNow()); q.Brand != "星驿付" {
		t.Errorf("an operator's brand is not read: %q", q.Brand)
	}
}

func TestParseAllocates(t *testing.T) {
	p := New(Vocabulary{})
	if n := testing.AllocsPerRun(100, func() { p.Parse(typical, Context{}, testNow()) }); n > 20 {
		t.Errorf("%v allocations for a message of forty characters", n)
	}
}
