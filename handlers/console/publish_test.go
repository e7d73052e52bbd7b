package console_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
	"daozhang/knowledge"
)

// seeded is an environment with the shipped base and golden questions.
func seeded(t *testing.T, change ...func(*console.Deps)) *env {
	t.Helper()
	e := newEnv(t, change...)
	golden, err := knowledge.ShippedGolden()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.store.SeedKnowledge(context.Background(), shipped(t, 1000), nil, golden...); err != nil {
		t.Fatal(err)
	}
	return e
}

// thief is a draft that takes a golden question from its entry.
func thief() console.Article {
	return console.Article{
		ID: "thief", Title: "昨天晚上十一点半收的怎么没跟白天的一起到", Audience: "merchant", Owner: "结算组", ReviewOn: "2027-06-01", Sources: []string{"domain#2.5"},
		Phrasings: []string{"昨天晚上十一点半收的没跟白天一起到", "昨晚十一点半收的怎么没一起到", "晚上十一点半收的为什么不跟白天的一起到", "十一点半收的怎么不一起"},
		Causes:    []string{}, Intents: []string{"missing_payment"}, Brands: []string{}, Channels: []string{}, GuideSteps: []string{},
		Body: "晚上切账以后收的钱算下一天的账。",
	}
}

func TestGoldenQuestionsGateAPublication(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	boss := e.as(desk.Supervisor)
	var l console.GoldenList
	boss.call("GET", "/golden", nil, 200, &l)
	if len(l.Items) < 100 || l.Failed != 0 {
		t.Fatalf("%d golden questions, %d fail", len(l.Items), l.Failed)
	}
	var d console.ArticleDetail
	draft := thief()
	for _, a := range shipped(t, 1000) {
		if a.ID == "after-cutoff" {
			draft.Phrasings = append(draft.Phrasings, a.Phrasings[0]+"啊这")
		}
	}
	boss.call("POST", "/articles", console.DraftInput{Article: draft}, 200, &d)
	if len(d.Findings) > 0 || len(d.Similar) == 0 || d.Similar[0].ID != "after-cutoff" || d.Similar[0].Kind != "conflict" {
		t.Fatalf("findings %+v, alike %+v", d.Findings, d.Similar)
	}
	var pv console.Preview
	boss.call("POST", "/articles/preview", console.PreviewInput{Question: thief().Title, DraftID: "thief"}, 200, &pv)
	if pv.Before.Hits[0].ID != "after-cutoff" || pv.Hits[0].ID != "thief" || len(pv.Golden) == 0 {
		t.Errorf("before %+v, after %+v, golden %+v", pv.Before.Hits, pv.Hits, pv.Golden)
	}
	p := boss.refused("POST", "/articles/thief/publish", console.PublishInput{}, 409, "GOLDEN_FAILED")
	if len(p.Golden) == 0 || p.Golden[0].Before != "after-cutoff" || p.Golden[0].After != "thief" || p.Golden[0].Expected[0] != "after-cutoff" {
		t.Fatalf("the difference: %+v", p.Golden)
	}
	boss.refused("POST", "/articles/thief/publish", console.PublishInput{Override: "  "}, 409, "GOLDEN_FAILED")
	boss.call("POST", "/articles/thief/publish", console.PublishInput{Override: "新条目更准"}, 200, &d)
	if d.Version != 1 {
		t.Errorf("published %+v", d)
	}
	var a console.AuditList
	e.as(desk.Admin).call("GET", "/audit?action=article.publish", nil, 200, &a)
	if len(a.Items) != 1 || !strings.Contains(a.Items[0].Detail, "新条目更准") || !strings.Contains(a.Items[0].Detail, "by the author alone") {
		t.Errorf("audit %+v", a.Items)
	}
	// What fails already refuses nobody; what would be taken away does.
	boss.call("GET", "/golden", nil, 200, &l)
	if l.Failed == 0 {
		t.Error("the broken question passes")
	}
	boss.call("POST", "/articles/thief/archive", console.ArchiveInput{Note: "错了"}, 200, nil)
	boss.refused("POST", "/articles/after-cutoff/archive", console.ArchiveInput{}, 409, "GOLDEN_FAILED")

	var g console.GoldenQuestion
	boss.refused("POST", "/golden", console.GoldenInput{Question: "钱呢钱呢", Expected: []string{"nowhere"}}, 422, "INVALID")
	e.as(desk.Agent).refused("POST", "/golden", console.GoldenInput{Question: "钱呢钱呢"}, 403, "FORBIDDEN")
	boss.call("POST", "/golden", console.GoldenInput{Question: "明天菜市场开门吗", Expected: []string{}}, 200, &g)
	boss.refused("POST", "/golden", console.GoldenInput{Question: "明天菜市场开门吗", Expected: []string{}}, 409, "NAME_TAKEN")
	boss.call("DELETE", "/golden/"+str(int64(g.ID)), nil, 204, nil)
	boss.refused("DELETE", "/golden/"+str(int64(g.ID)), nil, 404, "NOT_FOUND")
}

func TestScheduledPublicationOverTheAPI(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	boss := e.as(desk.Supervisor)
	var d console.ArticleDetail
	boss.call("GET", "/articles/fee-net", nil, 200, &d)
	draft := *d.Published
	draft.Body += "\n这一句明天才说。"
	boss.call("PUT", "/articles/fee-net/draft", console.DraftInput{Article: draft}, 200, &d)
	at := e.clock.now().Add(10 * time.Hour)
	boss.call("POST", "/articles/fee-net/publish", console.PublishInput{At: at}, 200, &d)
	if d.Version != 1 || d.Scheduled != 2 || !d.ScheduledAt.Equal(at) || !d.Versions[0].EffectiveAt.Equal(at) || strings.Contains(d.Published.Body, "明天才说") {
		t.Fatalf("scheduled %+v", d)
	}
	var l console.ArticleList
	boss.call("GET", "/articles?filter=scheduled", nil, 200, &l)
	if len(l.Items) != 1 || l.Items[0].ID != "fee-net" || !l.Items[0].Live {
		t.Errorf("list %+v", l.Items)
	}
	boss.call("POST", "/articles/fee-net/unschedule", nil, 200, &d)
	if d.Scheduled != 0 || d.Draft == nil || !d.Versions[0].Cancelled {
		t.Fatalf("taken back %+v", d)
	}
	boss.refused("POST", "/articles/fee-net/unschedule", nil, 409, "NO_DRAFT")
	boss.call("POST", "/articles/fee-net/publish", console.PublishInput{At: at}, 200, &d)
	e.clock.add(10 * time.Hour)
	boss.call("GET", "/articles/fee-net", nil, 200, &d)
	if d.Version != 3 || d.Scheduled != 0 || !strings.Contains(d.Published.Body, "明天才说") {
		t.Errorf("at its time %+v", d)
	}
	draft.ValidUntil = string(knowledge.DayOf(e.clock.now()))
	boss.call("PUT", "/articles/fee-net/draft", console.DraftInput{Article: draft}, 200, &d)
	boss.refused("POST", "/articles/fee-net/publish", console.PublishInput{At: e.clock.now().AddDate(0, 0, 2)}, 422, "INVALID")
}

// Without a setting a second person is asked for as soon as there is one.
func TestSecondPersonAuto(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	boss := e.as(desk.Supervisor)
	var d console.ArticleDetail
	boss.call("GET", "/articles/fee-net", nil, 200, &d)
	draft := *d.Published
	draft.Body += "\n一个人也能改。"
	boss.call("PUT", "/articles/fee-net/draft", console.DraftInput{Article: draft}, 200, &d)
	if !d.CanPublish {
		t.Errorf("alone: %s", d.PublishHint)
	}
	admin := e.as(desk.Admin)
	boss.refused("POST", "/articles/fee-net/publish", console.PublishInput{}, 403, "SECOND_PERSON")
	admin.call("POST", "/articles/fee-net/publish", console.PublishInput{}, 200, &d)
	if d.Version != 2 {
		t.Errorf("published %+v", d)
	}
}

func TestImportAndExport(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	boss := e.as(desk.Supervisor)
	export := func(format string) []byte {
		t.Helper()
		r := boss.do("GET", "/articles/export?format="+format, nil)
		if r.status != 200 || !strings.Contains(r.header.Get("Content-Disposition"), "knowledge-2026-11-18.") {
			t.Fatalf("%d %v", r.status, r.header)
		}
		return r.body
	}
	var rep console.ImportReport
	for format, name := range map[string]string{"md": "kb.zip", "csv": "kb.csv", "xlsx": "kb.xlsx"} {
		boss.call("POST", "/articles/import", console.ImportInput{Name: name, Data: export(format), As: "publish"}, 200, &rep)
		if rep.Same < 100 || rep.New+rep.Changed > 0 || rep.Done || len(rep.Findings) > 0 {
			t.Errorf("%s: %+v", format, rep)
		}
	}
	changed := bytes.Replace(export("csv"), []byte("到账比刷卡金额少，是扣了手续费"), []byte("少了的是手续费"), 1)
	in := console.ImportInput{Name: "kb.csv", Data: changed, As: "publish", DryRun: true}
	boss.call("POST", "/articles/import", in, 200, &rep)
	if rep.Changed != 1 || rep.Done || len(rep.Changes) != 1 || rep.Changes[0].ID != "fee-net" || len(rep.Changes[0].Lines) == 0 {
		t.Fatalf("dry run %+v", rep)
	}
	var d console.ArticleDetail
	boss.call("GET", "/articles/fee-net", nil, 200, &d)
	if d.Version != 1 {
		t.Error("a dry run changed something")
	}
	in.DryRun = false
	bad := in
	bad.Data = append(bytes.Clone(changed), []byte("thief,题目,问,拨打 400-123-4567\n")...)
	boss.call("POST", "/articles/import", bad, 200, &rep)
	if rep.Done || len(rep.Findings) == 0 || rep.Findings[0].File != "kb.csv" || rep.Findings[0].Line < 100 {
		t.Errorf("all or nothing: %+v", rep.Findings)
	}
	e.as(desk.Agent).refused("POST", "/articles/import", in, 403, "FORBIDDEN")
	boss.call("POST", "/articles/import", in, 200, &rep)
	boss.call("GET", "/articles/fee-net", nil, 200, &d)
	if !rep.Done || d.Version != 2 || d.Published.Title != "少了的是手续费" || d.Versions[0].PublishedBy != "supervisor" {
		t.Errorf("imported %+v, %+v", rep, d)
	}
	// With a second person the same file becomes drafts under review.
	admin := e.as(desk.Admin)
	in.Data = bytes.Replace(changed, []byte("少了的是手续费"), []byte("少的是手续费"), 1)
	boss.refused("POST", "/articles/import", in, 403, "SECOND_PERSON")
	in.As = "review"
	boss.call("POST", "/articles/import", in, 200, &rep)
	boss.call("GET", "/articles/fee-net", nil, 200, &d)
	if !rep.Done || rep.MayPublish || d.Status != "review" || d.Draft == nil || d.Version != 2 || d.CanPublish {
		t.Errorf("drafts %+v, %+v", rep, d)
	}
	admin.refused("POST", "/articles/import", in, 409, "ARTICLE_CHANGED")
	admin.call("POST", "/articles/fee-net/publish", console.PublishInput{}, 200, &d)
	e.audited("article.import", "articles")
}

func TestWords(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	admin, boss := e.as(desk.Admin), e.as(desk.Supervisor)
	boss.refused("POST", "/words", console.WordInput{Kind: "forbidden", Word: "稳赚"}, 403, "FORBIDDEN")
	for _, bad := range []console.WordInput{
		{Kind: "forbidden", Word: "稳"}, {Kind: "forbidden", Word: "手续费"}, {Kind: "synonym", Word: "闪付宝"}, {Kind: "synonym", Word: "闪付宝", Means: "闪付宝 "},
	} {
		admin.refused("POST", "/words", bad, 422, "INVALID")
	}
	var w console.Word
	admin.call("POST", "/words", console.WordInput{Kind: "forbidden", Word: "稳赚不赔"}, 200, &w)
	admin.refused("POST", "/words", console.WordInput{Kind: "forbidden", Word: "稳赚不赔"}, 409, "NAME_TAKEN")
	var d console.ArticleDetail
	boss.call("GET", "/articles/fee-net", nil, 200, &d)
	draft := *d.Published
	draft.Body += "\n放心，稳赚 不赔！"
	boss.call("PUT", "/articles/fee-net/draft", console.DraftInput{Article: draft}, 200, &d)
	if len(d.Findings) != 1 || d.Findings[0].Field != "body" || !strings.Contains(d.Findings[0].Message, "稳赚不赔") {
		t.Errorf("findings %+v", d.Findings)
	}
	// A synonym is how a question finds the entry.
	ask := func() (pv console.Preview) {
		boss.call("POST", "/articles/preview", console.PreviewInput{Question: "葫芦娃要怎么换呀"}, 200, &pv)
		return pv
	}
	if pv := ask(); len(pv.Hits) > 0 && pv.Confident {
		t.Fatalf("before %+v", pv.Hits)
	}
	admin.call("POST", "/words", console.WordInput{Kind: "synonym", Word: "葫芦娃", Means: "结算卡"}, 200, &w)
	if pv := ask(); len(pv.Hits) == 0 || pv.Hits[0].ID != "account-change-how" {
		t.Errorf("after %+v", pv.Hits)
	}
	// One that breaks golden questions needs a reason.
	var g console.GoldenQuestion
	boss.call("POST", "/golden", console.GoldenInput{Question: "红烧面条怎么算", Expected: []string{}}, 200, &g)
	if !g.Passes {
		t.Fatalf("%+v", g)
	}
	breaking := console.WordInput{Kind: "synonym", Word: "红烧面条", Means: "手续费"}
	if p := admin.refused("POST", "/words", breaking, 409, "GOLDEN_FAILED"); len(p.Golden) == 0 {
		t.Error("without the difference")
	}
	breaking.Override = "试一试"
	admin.call("POST", "/words", breaking, 200, &w)
	admin.call("DELETE", "/words/"+str(int64(w.ID)), nil, 204, nil)
	admin.refused("DELETE", "/words/"+str(int64(w.ID)), nil, 404, "NOT_FOUND")
	var l console.WordList
	boss.call("GET", "/words", nil, 200, &l)
	if len(l.Items) != 2 {
		t.Errorf("%+v", l.Items)
	}
}
