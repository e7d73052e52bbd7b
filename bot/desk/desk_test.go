package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
)

func TestPermissions(t *testing.T) {
	t.Parallel()
	for role, tt := range map[desk.Role]struct{ can, cannot []desk.Permission }{
		desk.Agent:      {[]desk.Permission{desk.ActOnConversations, desk.EditKnowledge}, []desk.Permission{desk.PublishKnowledge, desk.WriteUsers, desk.ReadAudit, desk.AssignConversations}},
		desk.Supervisor: {[]desk.Permission{desk.PublishKnowledge, desk.AssignConversations, desk.RetryDelivery}, []desk.Permission{desk.WriteUsers, desk.WriteChannels, desk.WriteTokens}},
		desk.Admin:      {[]desk.Permission{desk.WriteUsers, desk.WriteChannels, desk.ReadAudit}, nil},
		desk.Auditor:    {[]desk.Permission{desk.ReadAudit, desk.ReadConversations, desk.ReadLedger}, []desk.Permission{desk.ActOnConversations, desk.EditKnowledge, desk.DecideBindings}},
		"root":          {nil, []desk.Permission{desk.ReadConversations, ""}},
	} {
		for _, p := range tt.can {
			if !role.Can(p) {
				t.Errorf("%s cannot %s", role, p)
			}
		}
		for _, p := range append(tt.cannot, desk.PushLedger) {
			if role.Can(p) {
				t.Errorf("%s can %s", role, p)
			}
		}
		if got := role.Permissions(); len(got) > 0 {
			got[0] = "changed"
			if role.Permissions()[0] == "changed" {
				t.Error("the table can be changed from outside")
			}
		}
	}
	// Whoever audits must not be able to change anything.
	for _, p := range desk.Auditor.Permissions() {
		if !strings.HasSuffix(string(p), ".read") {
			t.Errorf("an auditor has %s", p)
		}
	}
	for _, s := range desk.Scopes() {
		if s.Allows(desk.ReadLedger) || s.Allows(desk.WriteUsers) || s.Allows(desk.ActOnConversations) {
			t.Errorf("scope %s goes too far", s)
		}
	}
}

func TestLockFor(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{0: 0, 4: 0, 5: time.Minute, 6: 2 * time.Minute, 10: 32 * time.Minute, 11: time.Hour, 1 << 30: time.Hour} {
		if got := desk.LockFor(n); got != want {
			t.Errorf("LockFor(%d) = %v, want %v", n, got, want)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"correct horse battery", "到账助手真好用呀哈哈", "k7Qz-pTm2-x9"} {
		if err := desk.CheckPassword("li", good); err != nil {
			t.Errorf("%q refused: %v", good, err)
		}
	}
	for _, bad := range []string{"", "short", strings.Repeat("ab", 70), "1234567890", "9876543210", "abcdefghijkl", "aaaaaaaaaaaa", "abababababab", "Password123", "wangxiaoming1", "\xff\xfe12345678abc"} {
		err := desk.CheckPassword("wangxiaoming", bad)
		if err == nil {
			t.Errorf("%q accepted", bad)
		} else if !strings.Contains(err.Error(), "密码") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	me := desk.Actor{ID: 1, Role: desk.Agent}
	boss := desk.Actor{ID: 2, Role: desk.Supervisor}
	auditor := desk.Actor{ID: 3, Role: desk.Auditor}
	for _, tt := range []struct {
		name   string
		who    desk.Actor
		move   bot.Move
		status bot.Status
		owner  int64
		want   bot.Status
		refuse desk.RefusalKind
	}{
		{"claims what waits", me, bot.MoveClaim, bot.StatusWaiting, 0, bot.StatusHuman, ""},
		{"claims from the bot", me, bot.MoveClaim, bot.StatusBot, 0, bot.StatusHuman, ""},
		{"claims their own again", me, bot.MoveClaim, bot.StatusHuman, 1, bot.StatusHuman, ""},
		{"not a colleague's", me, bot.MoveClaim, bot.StatusHuman, 9, "", desk.Claimed},
		{"a supervisor takes over", boss, bot.MoveClaim, bot.StatusHuman, 9, bot.StatusHuman, ""},
		{"closes their own", me, bot.MoveClose, bot.StatusHuman, 1, bot.StatusClosed, ""},
		{"not a colleague's end", me, bot.MoveClose, bot.StatusHuman, 9, "", desk.NotOwner},
		{"a supervisor closes", boss, bot.MoveClose, bot.StatusHuman, 9, bot.StatusClosed, ""},
		{"gives back", me, bot.MoveGiveBack, bot.StatusHuman, 1, bot.StatusBot, ""},
		{"nothing to give back", me, bot.MoveGiveBack, bot.StatusBot, 0, "", desk.WrongStatus},
		{"closed twice", boss, bot.MoveClose, bot.StatusClosed, 0, "", desk.WrongStatus},
		{"an auditor only reads", auditor, bot.MoveClaim, bot.StatusWaiting, 0, "", desk.NotOwner},
		{"nobody without a role", desk.Actor{ID: 5}, bot.MoveClaim, bot.StatusWaiting, 0, "", desk.NotOwner},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := desk.Allow(tt.who, tt.move, tt.status, tt.owner, "小王")
			var r *desk.Refusal
			switch {
			case tt.refuse == "" && (err != nil || got != tt.want):
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			case tt.refuse != "" && (!errors.As(err, &r) || r.Kind != tt.refuse || r.Owner != "小王" || got != tt.status):
				t.Errorf("got %s, %v, want the refusal %s", got, err, tt.refuse)
			}
		})
	}
}

func TestQueueOrder(t *testing.T) {
	t.Parallel()
	q := []desk.Position{{Rank: 0, At: 5, ID: 1}, {Rank: 2, At: 9, ID: 2}, {Rank: 0, At: 3, ID: 4}, {Rank: 1, At: 1, ID: 5}, {Rank: 0, At: 3, ID: 3}}
	slices.SortFunc(q, func(a, b desk.Position) int {
		if desk.Less(a, b) {
			return -1
		}
		return 1
	})
	var ids []int64
	for _, p := range q {
		ids = append(ids, p.ID)
	}
	if !slices.Equal(ids, []int64{2, 5, 3, 4, 1}) {
		t.Errorf("order %v", ids)
	}
	if desk.Rank("urgent") <= desk.Rank("high") || desk.Rank("high") <= desk.Rank("normal") || desk.Rank("") != desk.Rank("normal") {
		t.Error("ranks are not in order")
	}
}

func TestGrams(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":         nil,
		"，。!":      nil,
		"到账":       {"到账"},
		"没到账，急":    {"没到", "到账", "急"},
		"POS机":     {"po", "os", "s机"},
		"ＡＢ１２":     {"ab", "b1", "12"},
		"5000 元":   {"50", "00", "元"},
		"哈哈哈哈":     {"哈哈"},
		"\x00\xff": nil,
	} {
		if got := desk.Grams(text); !slices.Equal(got, want) {
			t.Errorf("Grams(%q) = %q, want %q", text, got, want)
		}
	}
	if n := len(desk.Grams(longText())); n != 2000 {
		t.Errorf("a long text has %d grams", n)
	}
}

func longText() string {
	rs := make([]rune, 5000)
	for i := range rs {
		rs[i] = rune(0x4e00 + i)
	}
	return string(rs)
}

// Every part of two characters or more is found by its grams.
func FuzzGrams(f *testing.F) {
	f.Add("昨天下午刷了一笔5000到现在没到账", 2, 8)
	f.Add("POS机 拉卡拉", 0, 3)
	f.Fuzz(func(t *testing.T, text string, from, n int) {
		all := desk.Grams(text)
		seen := map[string]bool{}
		for _, g := range all {
			if seen[g] || g == "" {
				t.Fatalf("gram %q twice or empty", g)
			}
			seen[g] = true
		}
		rs := []rune(desk.FoldText(text))
		if from < 0 || n < 2 || from+n > len(rs) || from+n < from || len(all) >= 2000 {
			return
		}
		for _, g := range desk.Grams(string(rs[from : from+n])) {
			if len([]rune(g)) == 2 && !seen[g] {
				t.Fatalf("part %q has the gram %q that the whole lacks", string(rs[from:from+n]), g)
			}
		}
	})
}

func TestSmallViews(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 16, 0, 0, 0, time.UTC)
	if got := desk.DisplayName("", "oABCDEFGH"); got != "微信用户CDEFGH" {
		t.Errorf("name %q", got)
	}
	if got := desk.DisplayName("老王", "o1"); got != "老王" {
		t.Errorf("name %q", got)
	}
	u := desk.User{Presence: desk.Online, PresenceAt: now}
	if u.At(now.Add(time.Minute)) != desk.Online || u.At(now.Add(3*time.Minute)) != desk.Offline || (desk.User{}).At(now) != desk.Offline {
		t.Error("presence")
	}
	s := desk.Session{LastSeenAt: now, ExpiresAt: now.Add(desk.SessionMax)}
	if !s.Live(now.Add(time.Hour)) || s.Live(now.Add(desk.SessionIdle)) || (desk.Session{LastSeenAt: now, ExpiresAt: now}).Live(now) {
		t.Error("session")
	}
	r := desk.Row{Status: bot.StatusWaiting, ExpectedAt: now}
	if r.Overdue(now) || !r.Overdue(now.Add(time.Second)) || (desk.Row{Status: bot.StatusHuman, ExpectedAt: now}).Overdue(now.Add(time.Hour)) {
		t.Error("overdue")
	}
	rep := desk.Report{Conversations: 4, WithCase: 1, FirstReplies: []time.Duration{1, 2, 3, 4}}
	if rep.Contained() != 0.75 || rep.MedianFirstReply() != 2 || (desk.Report{}).Contained() != 0 || (desk.Report{}).MedianFirstReply() != 0 {
		t.Error("report")
	}
}
