package wechat

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"daozhang/bot/delivery"
)

func TestNewReportsAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	deps := func(a ...Account) Deps {
		c := newCore(silent)
		return Deps{Accounts: a, Inbox: c, Replies: c, Redact: func(s string) (string, []string) { return s, nil }, Log: slog.New(slog.DiscardHandler)}
	}
	good := Account{AppID: "wx1", Token: "t", EncodingAESKey: testKey}
	for name, c := range map[string]struct {
		accounts []Account
		want     []string
	}{
		"good":              {[]Account{good, {AppID: "wx2", Token: "t", Mode: Plain}}, nil},
		"empty":             {[]Account{{}}, []string{"app_id", "token", "encoding_aes_key"}},
		"twice":             {[]Account{good, good}, []string{"重复"}},
		"short key":         {[]Account{{AppID: "wx1", Token: "t", EncodingAESKey: "abc", PreviousEncodingAESKey: "x"}}, []string{"encoding_aes_key 应为 43 位", "previous_encoding_aes_key"}},
		"mode and verified": {[]Account{{AppID: "wx1", Token: "t", Mode: "open", Verified: "maybe"}}, []string{"mode 只能", "verified 只能"}},
		"two accounts":      {[]Account{{AppID: "wx1"}, {Token: "t", EncodingAESKey: testKey}}, []string{"accounts[0]", "accounts[1]"}},
	} {
		_, err := New(deps(c.accounts...))
		if (err != nil) != (len(c.want) > 0) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q is not in %v", name, w, err)
			}
		}
	}
	if _, err := New(Deps{}); err == nil {
		t.Error("nothing at all was accepted")
	}
	bad := deps(good)
	bad.APIBaseURL = "ftp://x"
	if _, err := New(bad); err == nil {
		t.Error("an api_base_url of ftp was accepted")
	}
}

func TestTriesCount(t *testing.T) {
	t.Parallel()
	clock := &hands{at: time.Unix(1700000000, 0)}
	c := newTries(clock.now)
	for i, want := range []int{1, 2, 3, 4} {
		if got := c.count("a", i > 0, 0); got != want {
			t.Errorf("try %d counted as %d", want, got)
		}
	}
	// The third try at another replica: seen here once, the age tells.
	if got := c.count("b", true, 10*time.Second); got != 3 {
		t.Errorf("third try elsewhere counted as %d", got)
	}
	if got := c.count("c", true, 5*time.Second); got != 2 {
		t.Errorf("second try elsewhere counted as %d", got)
	}
	if got := c.count("d", false, time.Hour); got != 1 {
		t.Errorf("a late first try counted as %d", got)
	}
	clock.move(2 * time.Minute)
	if got := c.count("a", false, 0); got != 1 {
		t.Errorf("after the memory ended: %d", got)
	}
	for i := range triesMax + 5 {
		c.count("k"+digits(int64(i)), false, 0)
	}
	if len(c.all) > triesMax {
		t.Errorf("%d entries kept", len(c.all))
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	if got := tapLink(`a<b>`, `"x"&y#z+1% <`, 3); got != `<a href="weixin://bizmsgmenu?msgmenucontent=%22x%22%26y%23z%2B1%25%20%3C&msgmenuid=3">a＜b＞</a>` {
		t.Errorf("tapLink = %s", got)
	}
	choices := []delivery.Choice{{ID: 1, Text: "甲"}, {ID: 2, Text: "乙"}}
	if got := withLinks("选哪个？", choices); strings.Count(got, "<a ") != 2 || !strings.HasPrefix(got, "选哪个？\n<a ") {
		t.Errorf("missing lines are not added: %s", got)
	}
	if got := withLinks("1. 甲\n1. 甲\n2. 乙", choices); strings.Count(got, "<a ") != 2 {
		t.Errorf("a repeated line: %s", got)
	}
	head, tail := aroundChoices("问\n\n1. 甲\n中间\n2. 乙\n\n尾", choices)
	if head != "问\n\n中间" || tail != "尾" {
		t.Errorf("around = %q, %q", head, tail)
	}
	if head, tail := aroundChoices("问", choices); head != "问" || tail != "" {
		t.Errorf("around nothing = %q, %q", head, tail)
	}
}

func TestFieldValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"thing1", strings.Repeat("长", 21), strings.Repeat("长", 19) + "…"},
		{"thing12", strings.Repeat("长", 20), strings.Repeat("长", 20)},
		{"phrase2", "已经到账了吗", "已经到账了"},
		{"phrase2", "paid", "-"},
		{"character_string3", "单号 A1-" + strings.Repeat("9", 40), "A1-" + strings.Repeat("9", 29)},
		{"amount4", "4970.00元", "4970.00元"},
		{"keyword1", "a\nb", "a b"},
		{"thing1", "", "-"},
	} {
		if got := FieldValue(c.name, c.in); got != c.want {
			t.Errorf("FieldValue(%s, %q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestTokenWaitEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	store := NewMemoryTokens()
	unlock, _, _ := store.Lock(t.Context(), "wx1", time.Second)
	src := newTokenSource(store, slog.New(slog.DiscardHandler), time.Now)
	src.fetch = func(context.Context, *account, bool) (string, time.Duration, error) { return "tok", time.Hour, nil }
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := src.token(ctx, &account{Account: Account{AppID: "wx1"}}); err == nil {
		t.Error("the token came while another replica held the lock")
	}
	unlock()
	if v, err := src.token(t.Context(), &account{Account: Account{AppID: "wx1"}}); v != "tok" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}
