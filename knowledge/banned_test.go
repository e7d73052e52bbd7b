package knowledge

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"daozhang/bot/understand"
)

func TestLintRefusesBanned(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Article)
		want   string
	}{
		"advertised site":     {func(a *Article) { a.Phrasings[3] = "SouPOS 怎么样" }, "soupos"},
		"advertised number":   {func(a *Article) { a.Title = "185 8483 9115" }, "18584839115"},
		"advertisement":       {func(a *Article) { a.Body = "POS机免费办理。" }, "免费办理"},
		"ranking":             {func(a *Article) { a.Body = "十大正规机器。" }, "十大正规"},
		"card farming":        {func(a *Article) { a.Body = "有助于提高信用卡额度。" }, "提高信用卡额度"},
		"evasion spelling":    {func(a *Article) { a.Body = "请把KA卡插好。" }, "规避审查"},
		"evasion in phrasing": {func(a *Article) { a.Phrasings[3] = "ka卡不到账" }, "规避审查"},
		"spun":                {func(a *Article) { a.Body = "检查磁带。" }, "磁带"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := sound()
			a.Intents = []understand.Intent{understand.Fee}
			tt.change(&a)
			if got := fmt.Sprint(Lint([]Article{a}, lintOptions())); !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %q", got, tt.want)
			}
		})
	}
}

// What an operator would paste from an agent of machines or a cash-out ring is
// refused in every wording; the same words in a warning are what an answer is
// for.
func TestLintReadsAdviceAndWarnings(t *testing.T) {
	t.Parallel()
	const advice, advert, promise, spelt, good = "规避风控", "像推销", "承诺", "规避审查", ""
	for body, want := range map[string]string{
		// A word of negation somewhere does not turn advice into a warning.
		"想套现的话，把大额拆成几笔小额刷，就不会被风控。":  advice,
		"用别人的身份证再办一台，夜里绕开限额刷。":      advice,
		"不要一次刷完，拆成三笔刷。":             advice,
		"不能刷大额就分几笔刷。":               advice,
		"特别简单：换一台机器再刷。":             advice,
		"换几家店刷，不怕被查。":               advice,
		"分单刷，系统发现不了。":               advice,
		"化整为零，每笔不要太大。":              advice,
		"把信用卡额度套出来给您现金。":            advice,
		"没有货也可以刷，做一笔虚假交易就行。":        advice,
		"拿亲戚的卡在自己机器上刷。":             advice,
		"用他人的身份证办一台。":               advice,
		"换机器刷就不会停用。":                advice,
		"不收押金的全新大POS机。":             advert,
		"别人都在用的大POS机，加微信。":          advert,
		"我不会教您拆单。":                  good,
		"不要套现，套现违法。":                good,
		"套现我不能帮，也不会教。":              good,
		"不要把一笔买卖拆开刷，这不合规。":          good,
		"拆单、换机器躲核查都不合规，会被停用。":       good,
		"教您换机器躲开风控的，多半是骗子。":         good,
		"不要借用亲友的卡，也别拿别人的卡刷。":        good,
		"虚假交易违法，会被停用。":              good,
		"没有授权用别人的卡刷，要负法律责任。":        good,
		"分几天打款的，看结算单上每天一笔。":         good,
		"推荐办理全新大POS机，费率低到0.38，秒到账。": advert,
		"加微信了解详情。":                  advert,
		"有意请加客服微信。":                 advert,
		"超低费率，名额有限，先到先得。":           advert,
		"诚招代理，刷一笔返现十元。":             advert,
		"新机器免费送，包邮到家，免押金。":          advert,
		"陌生人让您加微信办机器的，不要信。":         good,
		"打着“超低费率”“免押金”旗号的，多半是骗子。":   good,
		"我不推荐任何一家。":                 good,
		"费率以您的收单协议为准，没有低到多少的说法。":    good,
		"更换机器要到收单机构办理。":             good,
		"不出三天保证到。":                  promise,
		"您的钱明天肯定能收到。":               promise,
		"放心，今晚包您到账。":                promise,
		"我不能保证哪天到。":                 good,
		"谁都不能保证秒到。":                 good,
		"不一定到账，要看银行。":               good,
		"想套*现的，找我。":                 spelt,
		"想套 现的，找我。":                 spelt,
		"taoxian的事别问。":              spelt,
		"加薇信聊。":                     spelt,
		"联系VX问。":                    spelt,
		"整套 现在都换了。":                 good,
	} {
		a := sound()
		a.Intents, a.Body = []understand.Intent{understand.Fee}, body
		switch got := fmt.Sprint(Lint([]Article{a}, lintOptions())); {
		case want == good && got != "[]":
			t.Errorf("%s refused: %s", body, got)
		case !strings.Contains(got, want):
			t.Errorf("%s: got %s, want %q", body, got, want)
		}
	}
}

func TestFoldEvasionSpellings(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"pos机刷KA卡不到账": "pos机刷卡不到账", "信XIN息": "信息", "身份zheng": "身份证", "七咋": "欺诈"} {
		if got := Fold(in); got != want {
			t.Errorf("%s folds to %s, want %s", in, got, want)
		}
	}
}

// Nothing that the trade document forbids to carry over stands anywhere in an
// article; the lint's own file is the only place for these strings.
func TestNothingForbiddenShipped(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("articles")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile("articles/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range breachesOf(string(data), false) {
			t.Errorf("%s: %s", e.Name(), b.reason)
		}
	}
}
