package console_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
	"daozhang/knowledge"
)

// batch sends one action on entries.
func (b *browser) batch(action string, items ...console.BatchItem) console.BatchReport {
	b.e.t.Helper()
	var r console.BatchReport
	b.call("POST", "/articles/batch", console.BatchInput{Action: action, Items: items}, 200, &r)
	return r
}

func (b *browser) article(id string) (d console.ArticleDetail) {
	b.e.t.Helper()
	b.call("GET", "/articles/"+id, nil, 200, &d)
	return d
}

// edited stores a draft with one more sentence.
func (b *browser) edited(id, sentence string) console.ArticleDetail {
	b.e.t.Helper()
	draft := *b.article(id).Published
	draft.Body += "\n" + sentence
	var d console.ArticleDetail
	b.call("PUT", "/articles/"+id+"/draft", console.DraftInput{Article: draft}, 200, &d)
	return d
}

func items(ids ...string) []console.BatchItem {
	out := make([]console.BatchItem, len(ids))
	for i, id := range ids {
		out[i].ID = id
	}
	return out
}

// undo sends what the results say takes them back.
func (b *browser) undo(r console.BatchReport) (all []console.BatchReport) {
	b.e.t.Helper()
	for _, i := range r.Items {
		if i.Undo != nil {
			all = append(all, b.batch(i.Undo.Action, console.BatchItem{ID: i.ID, Value: i.Undo.Value}))
		}
	}
	return all
}

// Each entry of a batch is done or refused by itself, with the reason.
func TestBatchOfPublications(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	agent, boss, admin := e.as(desk.Agent), e.as(desk.Supervisor), e.as(desk.Admin)
	agent.edited("fee-net", "第一句新的。")
	agent.edited("overdue", "有疑问拨打 400-123-4567。")
	boss.edited("d0-downgraded", "自己写的。")
	seen := agent.edited("below-minimum", "看到时的样子。").UpdatedAt
	e.clock.add(time.Minute)
	agent.edited("below-minimum", "后来又改了。")
	agent.call("POST", "/articles", console.DraftInput{Article: thief()}, 200, nil)

	agent.refused("POST", "/articles/batch", console.BatchInput{Action: "publish", Items: items("fee-net")}, 403, "FORBIDDEN")
	r := agent.batch("submit", items("fee-net", "overdue", "after-cutoff", "nowhere", "fee-net")...)
	codes(t, r, "", "", "NO_DRAFT", "NOT_FOUND", "NO_DRAFT")
	if d := boss.article("fee-net"); d.DraftStatus != "review" || d.Told != "in_force" || d.SubmittedAt.IsZero() || d.CanSubmit {
		t.Errorf("under review: %+v", d.ArticleFacts)
	}
	before := boss.article("overdue")
	r = boss.batch("publish", append(items("fee-net", "overdue", "d0-downgraded", "thief", "after-cutoff"), console.BatchItem{ID: "below-minimum", IfUpdatedAt: seen})...)
	codes(t, r, "", "ARTICLE_LINT", "SECOND_PERSON", "GOLDEN_FAILED", "NO_DRAFT", "ARTICLE_CHANGED")
	if r.Done != 1 || r.Refused != 5 || len(r.Items[1].Findings) == 0 || len(r.Items[3].Golden) == 0 || r.Items[0].Title == "" {
		t.Errorf("report %+v", r)
	}
	if d := boss.article("overdue"); !d.UpdatedAt.Equal(before.UpdatedAt) || d.DraftStatus != "review" {
		t.Errorf("a refused entry was touched: %+v", d)
	}
	e.audited("article.publish", "article:fee-net")
	for _, back := range boss.undo(r) {
		codes(t, back, "")
	}
	d := boss.article("fee-net")
	if d.Version != 3 || strings.Contains(d.Published.Body, "第一句新的") {
		t.Errorf("taken back: %+v", d.Published)
	}
	// What the author may not publish, somebody else does; scheduled as well.
	at := e.clock.now().Add(time.Hour)
	admin.call("POST", "/articles/batch", console.BatchInput{Action: "publish", At: at, Items: items("d0-downgraded")}, 200, &r)
	codes(t, r, "")
	if d = boss.article("d0-downgraded"); d.Scheduled != 2 || !d.ScheduledAt.Equal(at) || r.Items[0].Undo != nil {
		t.Errorf("scheduled %+v, undo %+v", d, r.Items[0].Undo)
	}
	codes(t, boss.batch("owner", console.BatchItem{ID: "d0-downgraded", Value: "风控组"}), "SCHEDULED")
	if r = boss.batch("archive", items("d0-downgraded")...); !strings.Contains(r.Items[0].Detail, "v2") && r.Items[0].Code == "" {
		t.Errorf("not told that the scheduled version goes: %+v", r)
	}
}

// Two publications of one batch are judged together: the second sees the first.
func TestBatchSeesWhatItPublished(t *testing.T) {
	t.Parallel()
	e := seeded(t, func(d *console.Deps) { d.SecondPerson = "false" })
	boss := e.as(desk.Supervisor)
	twin := func(id string) console.Article {
		a := thief()
		a.ID, a.Title = id, "店里的风扇怎么开"
		a.Phrasings = []string{"店里风扇怎么开啊", "风扇开关在哪儿呢", "风扇不转了怎么弄", "吊扇怎么调快慢"}
		a.Body = "按墙上的开关。"
		return a
	}
	for _, id := range []string{"fan-one", "fan-two"} {
		boss.call("POST", "/articles", console.DraftInput{Article: twin(id)}, 200, nil)
	}
	codes(t, boss.batch("publish", items("fan-one", "fan-two")...), "", "ARTICLE_LINT")
}

func TestBatchArchivesAndRestores(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	boss := e.as(desk.Supervisor)
	boss.edited("overdue", "还没发布。")
	boss.call("POST", "/articles/overdue/submit", nil, 200, nil)
	free := idle(t, e, 2)
	told := func() int {
		all, _, err := e.store.PublishedArticles(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	start := told()
	r := boss.batch("archive", items(free[0], "after-cutoff", free[1], free[0])...)
	codes(t, r, "", "GOLDEN_FAILED", "", "WRONG_STATUS")
	if told() != start-2 {
		t.Errorf("%d told, %d before", told(), start)
	}
	d := boss.article(free[0])
	if d.Told != "archived" || d.DraftStatus != "" {
		t.Errorf("archived %+v", d.ArticleFacts)
	}
	// A draft of an archived entry under review shows both, in both lists.
	boss.edited(free[0], "再补一句。")
	codes(t, boss.batch("submit", items(free[0])...), "")
	for status, want := range map[string]bool{"review": true, "archived": true, "published": false, "draft": false, "all": true} {
		var l console.ArticleList
		boss.call("GET", "/articles?status="+status, nil, 200, &l)
		has := false
		for _, row := range l.Items {
			if row.ID == free[0] {
				has = true
				if row.Told != "archived" || row.DraftStatus != "review" {
					t.Errorf("%s: %+v", status, row.ArticleFacts)
				}
			}
		}
		if has != want {
			t.Errorf("in the list %s: %v", status, has)
		}
	}
	back := boss.undo(r)
	if len(back) != 2 || told() != start {
		t.Fatalf("restored %+v, %d told", back, told())
	}
	if d = boss.article(free[0]); d.Told != "in_force" || d.DraftStatus != "review" || d.Status != "review" || d.Version != 2 {
		t.Errorf("restored %+v", d)
	}
	codes(t, boss.batch("restore", items(free[0], "nowhere")...), "WRONG_STATUS", "NOT_FOUND")
	codes(t, boss.batch("withdraw", items(free[0], free[0], free[1])...), "", "NO_DRAFT", "NO_DRAFT")
	codes(t, boss.batch("rollback", console.BatchItem{ID: free[0], Value: "x"}, console.BatchItem{ID: free[0], Value: "9"}), "INVALID", "NOT_FOUND")
}

// Owner and review date change without a word told, as a version of their own,
// and in the open draft.
func TestBatchOfCare(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	agent, boss := e.as(desk.Agent), e.as(desk.Supervisor)
	was := boss.article("fee-net")
	agent.edited("fee-net", "草稿里的话。")
	agent.call("POST", "/articles/fee-net/submit", nil, 200, nil)
	set := func(action, value string) console.BatchReport {
		t.Helper()
		return boss.batch(action, console.BatchItem{ID: "fee-net", Value: value}, console.BatchItem{ID: "overdue", Value: value})
	}
	codes(t, set("owner", " "), "INVALID", "INVALID")
	codes(t, set("owner", "找 400-123-4567"), "ARTICLE_LINT", "ARTICLE_LINT")
	codes(t, set("review_on", "明年"), "INVALID", "INVALID")
	codes(t, set("review_on", string(knowledge.DayOf(e.clock.now()))), "INVALID", "INVALID")
	r := set("owner", "风控组")
	codes(t, r, "", "")
	codes(t, set("owner", "风控组"), "WRONG_STATUS", "WRONG_STATUS")
	codes(t, set("review_on", "2027-09-01"), "", "")
	d := boss.article("fee-net")
	if d.Version != 3 || d.Published.Owner != "风控组" || d.Published.ReviewOn != "2027-09-01" || d.Published.Body != was.Published.Body ||
		d.Draft == nil || d.Draft.Owner != "风控组" || !strings.Contains(d.Draft.Body, "草稿里的话") || d.DraftBy != "agent" || d.DraftStatus != "review" ||
		!strings.Contains(d.Versions[1].Note, "风控组") {
		t.Errorf("%+v, published %+v, draft %+v", d, d.Published, d.Draft)
	}
	e.audited("article.owner", "article:fee-net")
	e.audited("article.review_on", "article:overdue")
	for _, back := range boss.undo(r) {
		codes(t, back, "")
	}
	if d = boss.article("fee-net"); d.Published.Owner != was.Published.Owner || d.Published.ReviewOn != "2027-09-01" {
		t.Errorf("taken back: %+v", d.Published)
	}
}

// codes checks what became of each entry; every refusal says why in Chinese.
func codes(t *testing.T, r console.BatchReport, want ...string) {
	t.Helper()
	if len(r.Items) != len(want) || r.Done+r.Refused != len(want) {
		t.Fatalf("%d results, %d done, %d refused, want %d", len(r.Items), r.Done, r.Refused, len(want))
	}
	for i, item := range r.Items {
		if string(item.Code) != want[i] || item.Done != (want[i] == "") {
			t.Errorf("%s: %q %s, want %q", item.ID, item.Code, item.Detail, want[i])
		}
		if !item.Done && (!strings.ContainsFunc(item.Detail, func(r rune) bool { return r > 0x4e00 }) || item.Undo != nil) {
			t.Errorf("%s: refused with %q, undo %+v", item.ID, item.Detail, item.Undo)
		}
	}
}

// idle are entries that no golden question needs.
func idle(t *testing.T, e *env, n int) (ids []string) {
	t.Helper()
	golden, err := e.store.GoldenQuestions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	needed := map[string]bool{}
	for _, g := range golden {
		needed[g.ID] = true
		for _, id := range g.IDs {
			needed[id] = true
		}
	}
	for _, a := range shipped(t, 1000) {
		if !needed[a.ID] && len(ids) < n {
			ids = append(ids, a.ID)
		}
	}
	if len(ids) < n {
		t.Fatalf("only %d entries without golden questions", len(ids))
	}
	return ids
}
