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
