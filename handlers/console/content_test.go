package console_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
	"daozhang/knowledge"
)

func TestBindRequests(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	ask := func(openid, merchant string, matches int) int64 {
		conversation := e.conversation(openid, false, "", "绑定")
		id := e.store.NewID()
		e.exec(`INSERT INTO bind_requests (id, contact_id, conversation_id, merchant_no, account_last4, matches, created_at)
			SELECT ?, contact_id, id, ?, '6688', ?, ? FROM conversations WHERE id = ?`, id, merchant, matches, e.clock.now().UnixMilli(), conversation)
		return id
	}
	good, bad, ghost := ask("o1", "8221", 1), ask("o2", "8221", 0), ask("o3", "0000", 0)
	var l console.BindRequestList
	b.call("GET", "/bind-requests?limit=2", nil, 200, &l)
	if len(l.Items) != 2 || int64(l.Items[0].ID) != good || l.NextCursor == "" || l.Items[0].ShopName != "老王面馆" || !l.Items[0].Matches || l.Items[0].Recent != 1 {
		t.Fatalf("requests %+v", l)
	}
	b.call("GET", "/bind-requests?limit=2&cursor="+l.NextCursor, nil, 200, &l)
	if len(l.Items) != 1 || int64(l.Items[0].ID) != ghost {
		t.Fatalf("second page %+v", l)
	}
	var r console.BindRequest
	b.call("POST", "/bind-requests/"+str(good)+"/approve", console.BindDecision{Role: "clerk"}, 200, &r)
	if r.State != "approved" || r.DecidedBy != "小agent" {
		t.Errorf("approved %+v", r)
	}
	b.refused("POST", "/bind-requests/"+str(good)+"/refuse", console.BindDecision{Reason: "x"}, 409, "ALREADY_DECIDED")
	b.refused("POST", "/bind-requests/"+str(bad)+"/approve", console.BindDecision{}, 422, "NEEDS_CONFIRMATION")
	b.refused("POST", "/bind-requests/"+str(bad)+"/approve", console.BindDecision{Confirmed: true}, 422, "INVALID")
	b.refused("POST", "/bind-requests/"+str(bad)+"/refuse", console.BindDecision{}, 422, "INVALID")
	b.call("POST", "/bind-requests/"+str(bad)+"/refuse", console.BindDecision{Reason: "尾号不对"}, 200, &r)
	b.refused("POST", "/bind-requests/"+str(ghost)+"/approve", console.BindDecision{Confirmed: true, Reason: "见过本人"}, 404, "NOT_FOUND")
	e.audited("bind_request.approve", "bind_request:"+str(good))
	e.audited("bind_request.refuse", "bind_request:"+str(bad))

	var c console.ContactDetail
	b.call("GET", "/contacts/"+str(int64(l.Items[0].ContactID)), nil, 200, &c)
	if len(c.BindRequests) != 1 || c.ConversationID == nil {
		t.Errorf("contact %+v", c)
	}
	boss := e.as(desk.Supervisor)
	b.refused("DELETE", "/contacts/"+str(int64(r.ContactID))+"/bindings/8221", nil, 403, "FORBIDDEN")
	boss.refused("DELETE", "/contacts/"+str(int64(r.ContactID))+"/bindings/8221", nil, 404, "NOT_FOUND")
}

func TestScenesAndMerchants(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	e.conversation("o1", true, "", "你好")
	var m console.MerchantList
	b.call("GET", "/merchants?q=%E9%9D%A2%E9%A6%86", nil, 200, &m)
	if len(m.Items) != 1 || m.Items[0].BoundContacts != 1 {
		t.Errorf("merchants %+v", m)
	}
	var s console.Scene
	b.call("POST", "/scenes", console.SceneInput{MerchantNo: "8221", Role: "manager"}, 200, &s)
	if !strings.HasSuffix(s.URL, s.Token) || len(s.Token) < 32 || len(s.Token) > 64 || s.ExpiresAt.Sub(e.clock.now()) != desk.SceneTTL {
		t.Errorf("scene %+v", s)
	}
	e.audited("scene.create", "merchant:8221")
	b.refused("POST", "/scenes", console.SceneInput{MerchantNo: "1"}, 404, "NOT_FOUND")
	down := newEnv(t, func(d *console.Deps) { d.Scenes = fakeScenes{err: errors.New("48001")} })
	down.conversation("o1", true, "", "你好")
	down.as(desk.Agent).refused("POST", "/scenes", console.SceneInput{MerchantNo: "8221"}, 503, "WECHAT_UNAVAILABLE")
}

func TestArticleLife(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	if _, err := e.store.SeedKnowledge(context.Background(), shipped(t, 200), nil); err != nil {
		t.Fatal(err)
	}
	agent, boss := e.as(desk.Agent), e.as(desk.Supervisor)
	var l console.ArticleList
	agent.call("GET", "/articles?status=published", nil, 200, &l)
	if l.Total == 0 || len(l.Items) != l.Total || !l.Items[0].Live {
		t.Fatalf("list %d of %d", len(l.Items), l.Total)
	}
	id := shipped(t, 1)[0].ID
	path := "/articles/" + id
	var d console.ArticleDetail
	agent.call("GET", path, nil, 200, &d)
	if d.Version != 1 || d.Published == nil || d.Draft != nil || len(d.Findings) != 0 {
		t.Fatalf("detail %+v", d)
	}
	boss.refused("POST", path+"/publish", console.PublishInput{}, 409, "NO_DRAFT")

	draft := *d.Published
	draft.Body += "\n如有疑问请拨打 400-123-4567。"
	agent.call("PUT", path+"/draft", console.DraftInput{Article: draft, IfUpdatedAt: d.UpdatedAt}, 200, &d)
	if d.Draft == nil || len(d.Findings) == 0 || d.Findings[0].Field != "body" || d.Findings[0].Row != strings.Count(draft.Body, "\n")+1 || d.CanPublish || d.Published.Body == draft.Body {
		t.Fatalf("a draft with an unverified number: %+v", d.Findings)
	}
	p := boss.refused("POST", path+"/publish", console.PublishInput{}, 422, "ARTICLE_LINT")
	if len(p.Findings) == 0 {
		t.Error("no findings in the refusal")
	}
	stale := d.UpdatedAt
	draft.Body = d.Published.Body + "\n这一句是新的。"
	agent.call("PUT", path+"/draft", console.DraftInput{Article: draft, IfUpdatedAt: d.UpdatedAt}, 200, &d)
	boss.refused("PUT", path+"/draft", console.DraftInput{Article: draft, IfUpdatedAt: stale}, 409, "ARTICLE_CHANGED")
	var pv console.Preview
	agent.call("POST", "/articles/preview", console.PreviewInput{Question: draft.Phrasings[0], DraftID: id}, 200, &pv)
	if len(pv.Hits) == 0 || pv.Hits[0].ID != id || !pv.Hits[0].Draft || !strings.Contains(pv.Hits[0].Body, "这一句是新的") {
		t.Errorf("preview %+v", pv)
	}
	agent.call("POST", path+"/submit", nil, 200, &d)
	if d.Status != "review" {
		t.Errorf("status %s", d.Status)
	}
	live := func() string {
		t.Helper()
		all, _, err := e.store.PublishedArticles(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(a knowledge.Article) bool { return a.ID == id })
		if i < 0 {
			return ""
		}
		return all[i].Body
	}
	if strings.Contains(live(), "这一句是新的") {
		t.Error("a draft under review is in force")
	}
	before, err := e.store.KnowledgeRevision(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	boss.call("POST", path+"/publish", console.PublishInput{Note: "补充"}, 200, &d)
	after, err := e.store.KnowledgeRevision(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if d.Version != 2 || d.Draft != nil || after <= before || !strings.Contains(live(), "这一句是新的") {
		t.Errorf("published %+v, revision %d after %d", d, after, before)
	}
	if d.Versions[0].PublishedBy != "supervisor" || d.Versions[0].Note != "补充" {
		t.Errorf("versions %+v", d.Versions)
	}
	boss.call("POST", path+"/rollback", console.RollbackInput{Version: 1}, 200, &d)
	if d.Version != 3 || strings.Contains(live(), "这一句是新的") {
		t.Errorf("rolled back %+v", d)
	}
	var v console.ArticleVersion
	agent.call("GET", path+"/versions/2", nil, 200, &v)
	if v.Article == nil || !strings.Contains(v.Article.Body, "这一句是新的") {
		t.Errorf("version 2 %+v", v)
	}
	agent.refused("GET", path+"/versions/9", nil, 404, "NOT_FOUND")
	boss.call("POST", path+"/archive", console.PublishInput{}, 200, &d)
	if d.Status != "archived" || live() != "" {
		t.Errorf("archived %+v", d)
	}
	agent.call("PUT", path+"/draft", console.DraftInput{Article: draft}, 200, &d)
	agent.call("POST", path+"/submit", nil, 200, &d)
	if live() != "" {
		t.Error("editing brought an archived entry back into force")
	}
	agent.call("DELETE", path+"/draft", nil, 200, &d)
	if d.Draft != nil {
		t.Error("the draft is still there")
	}
	for _, action := range []string{"draft", "submit", "publish", "rollback", "archive", "discard"} {
		e.audited("article."+action, "article:"+id)
	}
}

func TestNewArticle(t *testing.T) {
	t.Parallel()
	e := newEnv(t, func(d *console.Deps) { d.SecondPerson = "true" })
	b := e.as(desk.Supervisor)
	src := shipped(t, 1)[0]
	a := console.Article{
		ID: "fresh-entry", Title: "全新的一条说明", Phrasings: []string{"蓝色的灯为什么一直闪", "灯一直闪烁", "蓝灯闪是什么意思", "指示灯闪个不停", " "},
		Causes: []string{}, Intents: []string{"device"}, Brands: []string{}, Channels: []string{}, Audience: "merchant", Owner: src.Owner,
		ReviewOn: "2027-06-01", Sources: src.Sources, GuideSteps: []string{}, Body: "蓝灯闪烁表示机器正在连接网络，稍等一会儿就好。",
	}
	var d console.ArticleDetail
	b.call("POST", "/articles", console.DraftInput{Article: a}, 200, &d)
	if d.Status != "draft" || d.Version != 0 || d.Published != nil || len(d.Draft.Phrasings) != 4 {
		t.Fatalf("new %+v", d)
	}
	b.refused("POST", "/articles", console.DraftInput{Article: a}, 409, "ARTICLE_EXISTS")
	if len(d.Findings) == 0 {
		b.refused("POST", "/articles/fresh-entry/publish", console.PublishInput{}, 403, "SECOND_PERSON")
	} else {
		t.Errorf("findings %+v", d.Findings)
	}
	bad := a
	bad.ID = "Bad ID"
	b.refused("POST", "/articles", console.DraftInput{Article: bad}, 422, "INVALID")
	bad = a
	bad.ID, bad.ValidFrom = "other-entry", "tomorrow"
	b.refused("POST", "/articles", console.DraftInput{Article: bad}, 422, "INVALID")
	b.call("DELETE", "/articles/fresh-entry/draft", nil, 200, nil)
	b.refused("GET", "/articles/fresh-entry", nil, 404, "NOT_FOUND")
}

func TestChannelsNoticesMacros(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Admin)
	var c console.Channel
	in := console.ChannelInput{Brand: "拉卡拉", Kind: "phone", Value: "400-766-6666", Label: "客服", Source: "官网"}
	b.call("POST", "/channels", in, 200, &c)
	if !c.Live || c.VerifiedBy != "admin" {
		t.Errorf("channel %+v", c)
	}
	for _, bad := range []console.ChannelInput{
		{Kind: "phone", Value: "call me", Label: "x", Source: "y"},
		{Kind: "url", Value: "http://x.com", Label: "x", Source: "y"},
		{Kind: "wechat", Value: "a b", Label: "x", Source: "y"},
		{Kind: "phone", Value: "95516", Label: "x", Source: "y", ExpiresAt: e.clock.now().Add(-time.Hour)},
	} {
		b.refused("POST", "/channels", bad, 422, "INVALID")
	}
	in.ExpiresAt = e.clock.now().Add(time.Hour)
	b.call("PUT", "/channels/"+str(int64(c.ID)), in, 200, &c)
	e.clock.add(2 * time.Hour)
	var cl console.ChannelList
	b.call("GET", "/channels", nil, 200, &cl)
	if len(cl.Items) != 1 || cl.Items[0].Live {
		t.Errorf("an expired channel is live: %+v", cl)
	}
	b.call("DELETE", "/channels/"+str(int64(c.ID)), nil, 204, nil)
	b.refused("DELETE", "/channels/"+str(int64(c.ID)), nil, 404, "NOT_FOUND")

	now := e.clock.now()
	var n console.Notice
	notice := console.NoticeInput{Title: "通道维护", Text: "今晚到账会晚一些。", From: now, Until: now.Add(time.Hour), Published: true}
	b.call("POST", "/notices", notice, 200, &n)
	if !n.Live {
		t.Errorf("notice %+v", n)
	}
	at, err := e.store.NoticesAt(context.Background(), now)
	if err != nil || len(at) != 1 {
		t.Errorf("the bot sees %d notices, %v", len(at), err)
	}
	notice.Published = false
	b.call("PUT", "/notices/"+str(int64(n.ID)), notice, 200, &n)
	if n.Live {
		t.Error("a draft notice is live")
	}
	notice.Text = "详情请拨打 400-123-4567"
	b.refused("POST", "/notices", notice, 422, "INVALID")
	notice.Text, notice.Until = "x", now.Add(-time.Hour)
	b.refused("POST", "/notices", notice, 422, "INVALID")
	b.call("DELETE", "/notices/"+str(int64(n.ID)), nil, 204, nil)

	var m console.Macro
	b.call("POST", "/macros", console.MacroInput{Title: "问候", Text: "您好", Shortcut: "hi"}, 200, &m)
	b.call("PUT", "/macros/"+str(int64(m.ID)), console.MacroInput{Title: "问候2", Text: "您好呀"}, 200, nil)
	var ml console.MacroList
	b.call("GET", "/macros", nil, 200, &ml)
	if len(ml.Items) != 1 || ml.Items[0].Title != "问候2" {
		t.Errorf("macros %+v", ml)
	}
	b.call("DELETE", "/macros/"+str(int64(m.ID)), nil, 204, nil)
	b.refused("PUT", "/macros/7", console.MacroInput{Title: "a", Text: "b"}, 404, "NOT_FOUND")
}
