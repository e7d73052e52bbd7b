package console_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/handlers/console"
	"daozhang/transactions"
)

func TestListConversations(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	normal := e.conversation("o-normal", true, "normal", "昨天那笔两千的没到账")
	e.clock.add(time.Minute)
	urgent := e.conversation("o-urgent", false, "urgent", "遇到骗子了")
	e.clock.add(time.Minute)
	late := e.conversation("o-late", false, "normal", "转人工")
	idle := e.conversation("o-idle", false, "", "Hello 你好 50%_off")
	ids := func(l console.ConversationList) (out []int64) {
		for _, c := range l.Items {
			out = append(out, int64(c.ID))
		}
		return out
	}
	var l console.ConversationList
	b.call("GET", "/conversations?status=waiting", nil, 200, &l)
	if got := ids(l); !slices.Equal(got, []int64{urgent, normal, late}) {
		t.Errorf("queue %v, want urgent %d, then by age %d, %d", got, urgent, normal, late)
	}
	if l.Counts.Waiting != 3 || l.Counts.Bot != 1 {
		t.Errorf("counts %+v", l.Counts)
	}
	if c := l.Items[1]; c.ContactName != "微信用户normal" || !slices.Equal(c.Shops, []string{"老王面馆"}) || c.LastText != "昨天那笔两千的没到账" || c.Priority != "normal" {
		t.Errorf("row %+v", c)
	}
	t.Run("pages", func(t *testing.T) {
		for tab, want := range map[string][]int64{"waiting": {urgent, normal, late}, "all": {idle, late, urgent, normal}} {
			var got []int64
			cursor := ""
			for range 10 {
				var page console.ConversationList
				b.call("GET", "/conversations?limit=1&status="+tab+"&cursor="+cursor, nil, 200, &page)
				got = append(got, ids(page)...)
				if cursor = page.NextCursor; cursor == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s page by page: %v, want %v", tab, got, want)
			}
		}
	})
	t.Run("search", func(t *testing.T) {
		for q, want := range map[string][]int64{
			"两千":             {normal},
			"骗子":             {urgent},
			"hello":          {idle},
			"老王":             {normal},
			"8221":           {normal},
			"没有人说过这句话":       nil,
			"%25":            nil,
			"50%25_off":      {idle},
			"%23999999999":   nil,
			"o-":             nil,
			"两千 没到账":         {normal},
			"%27%20OR%201=1": nil,
		} {
			var page console.ConversationList
			b.call("GET", "/conversations?q="+strings.ReplaceAll(q, " ", "%20"), nil, 200, &page)
			if got := ids(page); !slices.Equal(got, want) {
				t.Errorf("search %q: %v, want %v", q, got, want)
			}
		}
		e.audited("conversation.search", "")
	})
	t.Run("overdue", func(t *testing.T) {
		e.clock.add(time.Hour)
		b.call("GET", "/conversations?status=waiting", nil, 200, &l)
		if !l.Items[0].Overdue {
			t.Error("a case past its expected time is not overdue")
		}
	})
}

func TestConversationDetail(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	if _, err := e.store.SeedKnowledge(context.Background(), shipped(t, 3), nil); err != nil {
		t.Fatal(err)
	}
	a := shipped(t, 1)[0]
	id := e.conversation("o1", true, "high", "没到账")
	e.say(id, "bot", "这笔明天到账", `{"rule":"x","cause":"CYCLE_NOT_DUE","articles":["`+a.ID+`@1","gone@9"],`+
		`"facts":{"merchants":[{"merchant_no":"8221","phone":"13800001234"}]}}`)
	for range 60 {
		e.say(id, "contact", "在吗", "")
	}
	var d console.ConversationDetail
	b.call("GET", "/conversations/"+str(id), nil, 200, &d)
	if len(d.Messages) != 50 || d.OlderCursor == "" || d.Messages[0].ID >= d.Messages[49].ID {
		t.Fatalf("%d messages, cursor %q", len(d.Messages), d.OlderCursor)
	}
	var older console.MessageList
	b.call("GET", "/conversations/"+str(id)+"/messages?cursor="+d.OlderCursor, nil, 200, &older)
	if len(older.Messages) != 12 || older.OlderCursor != "" {
		t.Fatalf("%d older messages, cursor %q", len(older.Messages), older.OlderCursor)
	}
	m := older.Messages[1]
	if m.Trace == nil || m.Trace.Cause != "CYCLE_NOT_DUE" || m.Trace.Facts.Merchants[0].Phone != "138****1234" {
		t.Errorf("trace %+v", m.Trace)
	}
	want := []console.ArticleRef{{ID: a.ID, Version: 1, Title: a.Title}, {ID: "gone", Version: 9, Title: "gone"}}
	if !slices.Equal(m.Articles, want) {
		t.Errorf("articles %+v, want %+v", m.Articles, want)
	}
	if d.Case == nil || d.Case.Card.Summary != "要求人工" || d.Case.Priority != "high" {
		t.Errorf("case %+v", d.Case)
	}
	if !d.Window.Open || d.Window.Left != 3 || !d.Window.EndAt.Equal(e.clock.now().Add(time.Hour)) {
		t.Errorf("window %+v", d.Window)
	}
	if len(d.Contact.Bindings) != 1 || d.Contact.Bindings[0].ShopName != "老王面馆" || d.Contact.OpenIDTail != "o1" {
		t.Errorf("contact %+v", d.Contact)
	}
	if !slices.Contains(d.Actions, "claim") || !slices.Contains(d.Actions, "reply") {
		t.Errorf("actions %v", d.Actions)
	}
	e.audited("conversation.view", "conversation:"+str(id))
	e.clock.add(2 * time.Hour)
	b.call("GET", "/conversations/"+str(id), nil, 200, &d)
	if d.Window.Open || !strings.Contains(d.Window.Hint, "48 小时") {
		t.Errorf("closed window %+v", d.Window)
	}
	b.refused("GET", "/conversations/1", nil, 404, "NOT_FOUND")
	b.refused("GET", "/conversations/9999999999999999999", nil, 404, "NOT_FOUND")
	b.refused("GET", "/conversations/1/messages", nil, 404, "NOT_FOUND")
}

func TestWorkOnAConversation(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.user("a", desk.Agent)
	e.user("b", desk.Agent)
	a, b, boss := e.signIn("a"), e.signIn("b"), e.as(desk.Supervisor)
	id := e.conversation("o1", true, "normal", "转人工")
	path := "/conversations/" + str(id)
	var c console.Conversation
	a.call("POST", path+"/claim", nil, 200, &c)
	if c.Status != bot.StatusHuman || c.AssigneeName != "小a" || c.Unread != 0 {
		t.Fatalf("claimed %+v", c)
	}
	a.call("POST", path+"/claim", nil, 200, nil) // twice is no harm
	if p := b.refused("POST", path+"/claim", nil, 409, "ALREADY_CLAIMED"); !strings.Contains(p.Detail, "小a") {
		t.Errorf("the refusal does not name the owner: %s", p.Detail)
	}
	for _, act := range []string{"/reply", "/give-back", "/close", "/handover"} {
		var body any = map[string]any{}
		code, status := "NOT_YOURS", 403
		switch act {
		case "/reply":
			body, code, status = console.ReplyInput{Text: "我来"}, "ALREADY_CLAIMED", 409
		case "/close":
			body = console.CloseInput{Outcome: "solved"}
		case "/handover":
			body = map[string]string{"to_user_id": str(e.user("c"+act[1:2], desk.Agent).ID)}
		}
		b.refused("POST", path+act, body, status, code)
	}
	var said console.ReplyResult
	a.call("POST", path+"/reply", console.ReplyInput{Text: " 卡号6222021234567890123收到 "}, 200, &said)
	if said.Message.Text != "卡号【卡号已隐藏】收到" || said.Message.Author != "agent" {
		t.Errorf("said %+v", said.Message)
	}
	a.refused("POST", path+"/reply", console.ReplyInput{Text: "   "}, 422, "INVALID")
	a.refused("POST", path+"/reply", console.ReplyInput{Text: strings.Repeat("长", 2001)}, 422, "INVALID")
	var n console.Note
	b.call("POST", path+"/note", console.NoteInput{Text: "老客户"}, 200, &n)
	if n.AuthorName != "小b" {
		t.Errorf("note %+v", n)
	}
	boss.call("POST", path+"/claim", nil, 200, &c) // takes over
	if c.AssigneeName != "小supervisor" {
		t.Errorf("taken over by %q", c.AssigneeName)
	}
	to, err := e.store.UserByName(context.Background(), "b")
	if err != nil {
		t.Fatal(err)
	}
	boss.call("POST", path+"/handover", console.HandoverInput{ToUserID: console.ID(to.ID), Note: "请跟进"}, 200, &c)
	if c.AssigneeName != "小b" {
		t.Errorf("handed to %q", c.AssigneeName)
	}
	var l console.ConversationList
	b.call("GET", "/conversations?status=mine", nil, 200, &l)
	if len(l.Items) != 1 || l.Counts.Mine != 1 {
		t.Errorf("mine %+v", l)
	}
	b.call("POST", path+"/close", console.CloseInput{Outcome: "explained", Note: "已说明"}, 200, &c)
	if c.Status != bot.StatusClosed || c.CaseID != nil {
		t.Errorf("closed %+v", c)
	}
	var d console.ConversationDetail
	b.call("GET", path, nil, 200, &d)
	if d.Case == nil || d.Case.Outcome != "explained" || len(d.Notes) != 3 || len(d.Changes) < 3 {
		t.Errorf("after closing: case %+v, %d notes, %d changes", d.Case, len(d.Notes), len(d.Changes))
	}
	b.refused("POST", path+"/close", console.CloseInput{Outcome: "solved"}, 409, "WRONG_STATUS")
	b.refused("POST", path+"/reply", console.ReplyInput{Text: "在吗"}, 409, "WRONG_STATUS")
	for _, action := range []string{"claim", "reply", "note", "handover", "close"} {
		e.audited("conversation."+action, "conversation:"+str(id))
	}
}

func TestGiveBack(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	id := e.conversation("o1", true, "", "你好")
	path := "/conversations/" + str(id)
	b.refused("POST", path+"/give-back", console.GiveBackInput{}, 409, "NOT_CLAIMED")
	b.call("POST", path+"/reply", console.ReplyInput{Text: "我来看看"}, 200, nil) // the first reply claims
	var c console.Conversation
	b.call("POST", path+"/give-back", console.GiveBackInput{Note: "查清了"}, 200, &c)
	if c.Status != bot.StatusBot || c.AssigneeID != nil {
		t.Errorf("given back %+v", c)
	}
}

// What another agent did between the look and the act is told as it is.
func TestLostRace(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	id := e.conversation("o1", true, "normal", "转人工")
	e.desk.fail = bot.ErrTaken
	b.refused("POST", "/conversations/"+str(id)+"/claim", nil, 409, "ALREADY_CLAIMED")
	e.desk.fail = bot.ErrConflict
	b.refused("POST", "/conversations/"+str(id)+"/claim", nil, 409, "WRONG_STATUS")
	e.desk.fail = errors.New("disk full")
	p := b.refused("POST", "/conversations/"+str(id)+"/claim", nil, 500, "INTERNAL")
	if strings.Contains(p.Detail, "disk") {
		t.Error("the answer leaks internals")
	}
}

func TestLedgerPanel(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	id := e.conversation("o1", true, "normal", "没到账")
	at := e.clock.now().Add(-24 * time.Hour)
	e.ledger.facts = transactions.Facts{
		AsOf:      e.clock.now(),
		Merchants: []transactions.Merchant{{MerchantNo: "8221", Phone: "13800001234"}, {MerchantNo: "9999"}},
		Transactions: []transactions.Transaction{
			{ID: "T1", MerchantNo: "8221", Time: at, AmountFen: 500000}, {ID: "X1", MerchantNo: "9999", Time: at}, {ID: "T2", MerchantNo: "8221", Time: at.Add(time.Hour)},
		},
		Settlements: []transactions.Settlement{{ID: "B1", MerchantNo: "8221", TransactionIDs: []string{"T1"}}, {ID: "B9", MerchantNo: "9999"}},
	}
	var v console.LedgerView
	b.call("GET", "/conversations/"+str(id)+"/ledger?reference=R1", nil, 200, &v)
	if len(v.Sales) != 2 || v.Sales[0].Transaction.ID != "T2" || len(v.Merchants) != 1 || len(v.Payouts) != 1 {
		t.Fatalf("panel %+v: another shop's rows must never pass", v)
	}
	if v.Merchants[0].Phone != "138****1234" || v.Sales[1].Diagnosis.Cause != "CYCLE_NOT_DUE" || !slices.Equal(v.Sales[1].SettleIDs, []string{"B1"}) {
		t.Errorf("panel %+v", v)
	}
	if l := e.ledger.asked; !slices.Equal(l.MerchantNos, []string{"8221"}) || l.Reference != "R1" || l.From.Format(time.DateOnly) != "2026-10-19" || l.To.Format(time.DateOnly) != "2026-11-19" {
		t.Errorf("asked %+v", l)
	}
	e.audited("ledger.view", "conversation:"+str(id))
	b.refused("GET", "/conversations/"+str(id)+"/ledger?from=2026-11-18&to=2026-11-01", nil, 422, "INVALID")
	b.refused("GET", "/conversations/"+str(id)+"/ledger?from=yesterday", nil, 422, "INVALID")
	e.ledger.err = &transactions.UnavailableError{Kind: "timeout"}
	b.refused("GET", "/conversations/"+str(id)+"/ledger", nil, 503, "LEDGER_UNAVAILABLE")
	// One of several shops could not be asked: the others are shown, it is named
	// and no row of it passes; a foreign number among the silent is not told.
	e.ledger.facts.Transactions = append(e.ledger.facts.Transactions, transactions.Transaction{ID: "S1", MerchantNo: "8222", Time: at})
	e.ledger.err = &transactions.UnavailableError{Kind: "timeout", Merchants: []string{"8222", "9999"}}
	b.refused("GET", "/conversations/"+str(id)+"/ledger", nil, 503, "LEDGER_UNAVAILABLE") // none of the silent is this contact's: nothing can be believed
	row, err := e.store.DeskConversation(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	e.exec(`INSERT INTO merchants (merchant_no, name) VALUES ('8222', '老王面馆二店')`)
	if err := e.store.Bind(t.Context(), row.ContactID, bot.Binding{MerchantNo: "8222", VerifiedBy: "scene", BoundAt: e.clock.now()}); err != nil {
		t.Fatal(err)
	}
	b.call("GET", "/conversations/"+str(id)+"/ledger", nil, 200, &v)
	if len(v.Sales) != 2 || len(v.Payouts) != 1 || !slices.Equal(v.Silent, []string{"8222"}) {
		t.Errorf("panel with a silent shop %+v", v)
	}
	unbound := e.conversation("o2", false, "normal", "没到账")
	b.call("GET", "/conversations/"+str(unbound)+"/ledger", nil, 200, &v)
	if len(v.Sales) != 0 {
		t.Error("an unbound contact has no rows")
	}
}

func TestCases(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	e.conversation("o1", true, "normal", "转人工")
	e.clock.add(time.Second)
	second := e.conversation("o2", true, "urgent", "转人工")
	b.call("POST", "/conversations/"+str(second)+"/claim", nil, 200, nil)
	var l console.CaseList
	b.call("GET", "/cases?limit=1", nil, 200, &l)
	if len(l.Items) != 1 || int64(l.Items[0].ConversationID) != second || l.NextCursor == "" {
		t.Fatalf("cases %+v", l)
	}
	b.call("GET", "/cases?limit=1&cursor="+l.NextCursor, nil, 200, &l)
	if len(l.Items) != 1 || l.NextCursor != "" {
		t.Fatalf("second page %+v", l)
	}
	b.call("GET", "/cases?mine=true", nil, 200, &l)
	if len(l.Items) != 1 || l.Items[0].Status != bot.StatusHuman {
		t.Errorf("mine %+v", l)
	}
	var c console.Case
	b.call("GET", "/cases/"+str(int64(l.Items[0].ID)), nil, 200, &c)
	if c.Card.Identity != "bound:owner" {
		t.Errorf("card %+v", c.Card)
	}
	b.refused("GET", "/cases/7", nil, 404, "NOT_FOUND")
	var agents console.AgentList
	b.call("POST", "/auth/presence", console.PresenceInput{Presence: "online"}, 204, nil)
	b.call("GET", "/agents", nil, 200, &agents)
	if len(agents.Items) != 1 || agents.Items[0].Presence != "online" || agents.Items[0].Open != 1 {
		t.Errorf("agents %+v", agents)
	}
	e.clock.add(desk.PresenceTTL + time.Second)
	b.call("GET", "/agents", nil, 200, &agents)
	if agents.Items[0].Presence != "offline" {
		t.Error("somebody without a sign of life is online")
	}
}
