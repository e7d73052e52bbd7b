package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

// deskNow is the clock of these tests.
func deskNow() time.Time { return time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai) }

func refusal(t *testing.T, err error, want desk.RefusalKind) {
	t.Helper()
	var r *desk.Refusal
	if !errors.As(err, &r) || r.Kind != want {
		t.Errorf("got %v, want the refusal %s", err, want)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestUsersAndSessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, deskNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		a := desk.Audit{Actor: "test", Action: "user.test"}
		if !must[bool](t)(s.SetupNeeded(ctx)) {
			t.Error("an empty database needs a set-up")
		}
		if err := s.CreateSetupLink(ctx, "h1"); err != nil {
			t.Fatal(err)
		}
		if err := s.CreateSetupLink(ctx, "h2"); err != nil {
			t.Fatal(err)
		}
		_, err := s.UseSetupLink(ctx, "h1", desk.User{Name: "admin"}, a)
		refusal(t, err, desk.Expired)
		admin := must[desk.User](t)(s.UseSetupLink(ctx, "h2", desk.User{Name: "admin", DisplayName: "管理员", Role: desk.Admin, PasswordHash: "x"}, a))
		_, err = s.UseSetupLink(ctx, "h2", desk.User{Name: "b", PasswordHash: "x"}, a)
		refusal(t, err, desk.Exists)
		li := must[desk.User](t)(s.CreateUser(ctx, desk.User{Name: "li", DisplayName: "小李", Role: desk.Agent, PasswordHash: "y", MustChange: true}, a))
		_, err = s.CreateUser(ctx, desk.User{Name: "li", Role: desk.Agent}, a)
		refusal(t, err, desk.Exists)
		got := must[desk.User](t)(s.UserByName(ctx, "li"))
		if got != li || !got.MustChange || !got.CreatedAt.Equal(deskNow()) {
			t.Errorf("read back %+v, want %+v", got, li)
		}
		if _, err := s.User(ctx, 7); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("an unknown user: %v", err)
		}
		admin.Role = desk.Agent
		refusal(t, s.UpdateUser(ctx, admin, a), desk.LastOne)
		if again := must[desk.User](t)(s.User(ctx, admin.ID)); again.Role != desk.Admin {
			t.Error("a refused change was stored")
		}
		session := desk.Session{TokenHash: "t1", UserID: li.ID, CSRF: "c", CreatedAt: deskNow(), LastSeenAt: deskNow(), ExpiresAt: deskNow().Add(time.Hour)}
		for range 5 {
			if _, err := s.LoginFailed(ctx, li.ID, a); err != nil {
				t.Fatal(err)
			}
		}
		if locked := must[desk.User](t)(s.User(ctx, li.ID)); !locked.LockedUntil.Equal(deskNow().Add(time.Minute)) {
			t.Errorf("locked until %v", locked.LockedUntil)
		}
		if err := s.StartSession(ctx, session, a); err != nil {
			t.Fatal(err)
		}
		back, user, err := s.Session(ctx, "t1")
		if err != nil || back != session || user.FailedLogins != 0 || !user.LockedUntil.IsZero() {
			t.Errorf("session %+v of %+v, %v", back, user, err)
		}
		other := session
		other.TokenHash = "t2"
		if err := s.StartSession(ctx, other, a); err != nil {
			t.Fatal(err)
		}
		if err := s.SetPassword(ctx, li.ID, "z", false, "t2", a); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Session(ctx, "t1"); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("a session outlived the password: %v", err)
		}
		li.Disabled = true
		if err := s.UpdateUser(ctx, li, a); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Session(ctx, "t2"); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("a disabled user is still signed in: %v", err)
		}
		rows := must[[]desk.Audit](t)(s.AuditRecords(ctx, desk.AuditFilter{Action: "user.*", Limit: 200}))
		if len(rows) != 11 { // refused changes leave no record
			t.Errorf("%d audit records", len(rows))
		}
		if rows = must[[]desk.Audit](t)(s.AuditRecords(ctx, desk.AuditFilter{Action: "user_*"})); len(rows) != 0 {
			t.Error("a wildcard of SQL leaked into the filter")
		}
	})
}

func TestTokensRoundTrip(t *testing.T) {
	t.Parallel()
	storetest.Each(t, deskNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		made := must[desk.Token](t)(s.CreateToken(ctx, desk.Token{Name: "n", Hash: "h", Scopes: []desk.Scope{desk.ScopeLedgerWrite}}, desk.Audit{}))
		if err := s.TouchToken(ctx, made.ID); err != nil {
			t.Fatal(err)
		}
		got := must[desk.Token](t)(s.TokenByHash(ctx, "h"))
		if !got.LastUsedAt.Equal(deskNow()) || !got.Can(desk.PushLedger) || got.Can(desk.ReadReports) {
			t.Errorf("token %+v", got)
		}
		if err := s.RevokeToken(ctx, made.ID, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if got = must[desk.Token](t)(s.TokenByHash(ctx, "h")); got.Can(desk.PushLedger) {
			t.Error("a revoked token still works")
		}
		if err := s.RevokeToken(ctx, made.ID, desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("revoked twice: %v", err)
		}
	})
}

func TestKnowledgeStore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, deskNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		shipped := must[[]knowledge.Article](t)(knowledge.Shipped())
		for i, want := range []int{len(shipped), 0} { // only an empty database is seeded
			if n := must[int](t)(s.SeedKnowledge(ctx, shipped, nil)); n != want {
				t.Errorf("seed %d stored %d, want %d", i, n, want)
			}
		}
		live, revision, err := s.PublishedArticles(ctx)
		if err != nil || len(live) != len(shipped) || revision != 1 {
			t.Fatalf("%d live at revision %d, %v", len(live), revision, err)
		}
		slices.SortFunc(shipped, func(a, b knowledge.Article) int {
			if a.ID < b.ID {
				return -1
			}
			return 1
		})
		if fmt.Sprintf("%+v", live) != fmt.Sprintf("%+v", shipped) {
			t.Error("an article changed on its way through the database")
		}
		a := live[0]
		li, boss := desk.Actor{Name: "li"}, desk.Actor{Name: "boss"}
		_, err = s.PublishDraft(ctx, a.ID, desk.Publication{By: boss, SecondPerson: true}, desk.Audit{})
		refusal(t, err, desk.NoDraft)
		a.Title = "新标题"
		if err := s.SaveDraft(ctx, a, li, time.Time{}, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		st, published, draft, err := s.Article(ctx, a.ID)
		if err != nil || published.Title == "新标题" || draft.Title != "新标题" || st.DraftBy != "li" {
			t.Fatalf("%+v %+v %+v %v", st, published, draft, err)
		}
		refusal(t, s.SaveDraft(ctx, a, boss, st.UpdatedAt.Add(-time.Millisecond), desk.Audit{}), desk.Changed)
		if err := s.SaveDraft(ctx, a, li, st.UpdatedAt, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		// The clock stands still: a second save must be told apart all the same.
		refusal(t, s.SaveDraft(ctx, a, boss, st.UpdatedAt, desk.Audit{}), desk.Changed)
		_, err = s.PublishDraft(ctx, a.ID, desk.Publication{By: li, SecondPerson: true}, desk.Audit{})
		refusal(t, err, desk.Second)
		if v := must[int](t)(s.PublishDraft(ctx, a.ID, desk.Publication{By: boss, Note: "n", SecondPerson: true}, desk.Audit{})); v != 2 {
			t.Errorf("published as %d", v)
		}
		if _, revision, _ = s.PublishedArticles(ctx); revision != 2 {
			t.Errorf("revision %d", revision)
		}
		if titles := must[map[string]string](t)(s.ArticleTitles(ctx, []string{a.ID + "@2", "x@1", "bad"})); len(titles) != 1 || titles[a.ID+"@2"] != "新标题" {
			t.Errorf("titles %v", titles)
		}
		if v := must[int](t)(s.Rollback(ctx, a.ID, 1, boss, "", desk.Audit{})); v != 3 {
			t.Errorf("rolled back as %d", v)
		}
		if err := s.Archive(ctx, a.ID, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if live, _, _ = s.PublishedArticles(ctx); len(live) != len(shipped)-1 {
			t.Errorf("%d live after archiving one of %d", len(live), len(shipped))
		}
		refusal(t, s.CreateArticle(ctx, a, li, desk.Audit{}), desk.Exists)
		states, contents, err := s.Articles(ctx)
		if err != nil || len(states) != len(shipped) || len(contents) != len(states) || states[0].Status != "archived" || contents[0].Title == "" {
			t.Errorf("list of %d and %d, %v", len(states), len(contents), err)
		}
	})
}

func TestChannelsSeedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, deskNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		for range 2 {
			channels := []desk.Channel{{Kind: "phone", Value: "95516", VerifiedBy: "x", VerifiedAt: deskNow()}}
			if _, err := s.SeedKnowledge(ctx, []knowledge.Article{{ID: "one", Title: "一"}}, channels); err != nil {
				t.Fatal(err)
			}
		}
		all := must[[]desk.Channel](t)(s.Channels(ctx))
		if len(all) != 1 || !all[0].VerifiedAt.Equal(deskNow()) {
			t.Errorf("channels %+v", all)
		}
		all[0].Value = "95588"
		if _, err := s.SaveChannel(ctx, all[0], desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SaveChannel(ctx, desk.Channel{ID: 7}, desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("an unknown channel: %v", err)
		}
	})
}

// deskConversation makes a conversation whose contact wrote once.
func deskConversation(t *testing.T, s *store.Store, openid string) (contact, conversation int64) {
	t.Helper()
	ctx := context.Background()
	contact, conversation, err := s.EnsureContact(ctx, "wx1", openid, "")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Accept(ctx, delivery.Inbound{
		AppID: "wx1", OpenID: openid, DedupeKey: openid, Kind: delivery.KindText, Text: "昨天的没到账", ReceivedAt: deskNow(),
	}, deskNow(), false)
	if err != nil {
		t.Fatal(err)
	}
	return contact, conversation
}

func TestDeskReadsBothEngines(t *testing.T) {
	t.Parallel()
	storetest.Each(t, deskNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		contact, id := deskConversation(t, s, "o1")
		if _, err := s.UpsertMerchants(ctx, nil, []transactions.Merchant{{MerchantNo: "8221", Name: "老王面馆", Brand: "拉卡拉"}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Bind(ctx, contact, bot.Binding{MerchantNo: "8221", BoundAt: deskNow()}); err != nil {
			t.Fatal(err)
		}
		agent := must[desk.User](t)(s.CreateUser(ctx, desk.User{Name: "li", DisplayName: "小李", Role: desk.Agent}, desk.Audit{}))
		if _, err := s.Act(ctx, bot.DeskAct{
			ConversationID: id, Actor: bot.Actor{ID: agent.ID, Name: "小李"}, At: deskNow(), Move: bot.MoveClaim, Text: "您好，我来查两千元那笔", Author: "agent",
		}); err != nil {
			t.Fatal(err)
		}
		for _, tab := range []desk.Tab{desk.TabMine, desk.TabHuman, desk.TabAll} {
			rows := must[[]desk.Row](t)(s.DeskConversations(ctx, desk.Filter{Tab: tab, UserID: agent.ID, Limit: 10}))
			if len(rows) != 1 || rows[0].AssigneeName != "小李" || !slices.Equal(rows[0].Shops, []string{"老王面馆"}) || rows[0].LastAuthor != "agent" {
				t.Errorf("%s: %+v", tab, rows)
			}
		}
		for _, tab := range []desk.Tab{desk.TabWaiting, desk.TabBot, desk.TabClosed} {
			after := desk.Position{Rank: 1, At: 1, ID: 1}
			if rows := must[[]desk.Row](t)(s.DeskConversations(ctx, desk.Filter{Tab: tab, After: after, Limit: 10})); len(rows) != 0 {
				t.Errorf("%s: %+v", tab, rows)
			}
		}
		if _, err := s.DeskConversations(ctx, desk.Filter{Tab: "x"}); err == nil {
			t.Error("an unknown tab was accepted")
		}
		for q, want := range map[string]int{"两千": 1, "老王": 1, "8221": 1, "三千": 0, "#1": 0, "%": 0, "'": 0} {
			if rows := must[[]desk.Row](t)(s.DeskConversations(ctx, desk.Filter{Tab: desk.TabAll, Query: q, Limit: 10})); len(rows) != want {
				t.Errorf("search %q found %d, want %d", q, len(rows), want)
			}
		}
		if c := must[desk.Counts](t)(s.DeskCounts(ctx, agent.ID)); c.Human != 1 || c.Mine != 1 {
			t.Errorf("counts %+v", c)
		}
		if ms := must[[]desk.MessageView](t)(s.DeskMessages(ctx, id, 0, 10)); len(ms) != 1 || ms[0].Delivery == nil {
			t.Errorf("messages %+v", ms)
		}
		note := must[desk.Note](t)(s.DeskAddNote(ctx, id, agent.Actor(), "记", desk.Audit{}))
		if notes := must[[]desk.Note](t)(s.DeskNotes(ctx, id)); len(notes) != 1 || notes[0] != note {
			t.Errorf("notes %+v, want %+v", notes, note)
		}
		if _, err := s.DeskAddNote(ctx, 7, agent.Actor(), "记", desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("a note on nothing: %v", err)
		}
		if changes := must[[]desk.StatusChange](t)(s.DeskChanges(ctx, id)); len(changes) != 1 || changes[0].To != bot.StatusHuman {
			t.Errorf("changes %+v", changes)
		}
		if loads := must[[]desk.Load](t)(s.Loads(ctx)); len(loads) != 1 || loads[0].Open != 1 {
			t.Errorf("loads %+v", loads)
		}
		c := must[desk.ContactView](t)(s.DeskContact(ctx, contact))
		if c.ConversationID != id || len(c.Bindings) != 1 || !c.Followed {
			t.Errorf("contact %+v", c)
		}
		if r := must[desk.Report](t)(s.Summary(ctx, deskNow().Add(-time.Hour), deskNow().Add(time.Hour))); r.AgentReplies != 1 || len(r.Days) != 1 {
			t.Errorf("report %+v", r)
		}
		if shops := must[[]desk.Shop](t)(s.DeskShops(ctx, "面馆", "", 10)); len(shops) != 1 || shops[0].BoundContacts != 1 {
			t.Errorf("shops %+v", shops)
		}
		if err := s.DeskCreateScene(ctx, desk.Scene{Token: "t", MerchantNo: "8221", CreatedAt: deskNow(), ExpiresAt: deskNow()}, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteBinding(ctx, contact, "8221", desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteBinding(ctx, contact, "8221", desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("unbound twice: %v", err)
		}
		for _, err := range []error{s.MarkRead(ctx, id), s.MarkRead(ctx, 7), s.SetPresence(ctx, agent.ID, desk.Online)} {
			if err != nil {
				t.Error(err)
			}
		}
		if cases := must[[]desk.Case](t)(s.DeskCases(ctx, desk.CaseFilter{Status: "open", AssigneeID: 1, ContactID: 1, Reason: "x", Before: desk.Position{At: 1, ID: 1}})); len(cases) != 0 {
			t.Errorf("cases %+v", cases)
		}
		if dead := must[[]desk.DeadLetter](t)(s.DeadLetters(ctx, 1, 10)); len(dead) != 0 {
			t.Errorf("dead letters %+v", dead)
		}
		if requests := must[[]desk.BindRequest](t)(s.DeskBindRequests(ctx, "waiting", 1, 1, 10)); len(requests) != 0 {
			t.Errorf("requests %+v", requests)
		}
	})
}

func TestMacrosAndNotices(t *testing.T) {
	t.Parallel()
	storetest.Each(t, deskNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		m := must[desk.Macro](t)(s.SaveMacro(ctx, desk.Macro{Title: "a", Text: "b"}, desk.Audit{}))
		m.Title = "c"
		if _, err := s.SaveMacro(ctx, m, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if all := must[[]desk.Macro](t)(s.Macros(ctx)); len(all) != 1 || all[0] != m {
			t.Errorf("macros %+v, want %+v", all, m)
		}
		if err := s.DeleteMacro(ctx, m.ID, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		n := must[desk.Notice](t)(s.DeskSaveNotice(ctx, desk.Notice{Title: "t", Text: "x", From: deskNow(), Until: deskNow().Add(time.Hour), Published: true}, desk.Audit{}))
		if all := must[[]desk.Notice](t)(s.DeskNotices(ctx)); len(all) != 1 || all[0] != n || !all[0].Live(deskNow()) || all[0].Live(deskNow().Add(time.Hour)) {
			t.Errorf("notices %+v, want %+v", all, n)
		}
		if err := s.DeskDeleteNotice(ctx, n.ID, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeskDeleteNotice(ctx, n.ID, desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
	})
}
