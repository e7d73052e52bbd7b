package console_test

import (
	"slices"
	"testing"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
)

func TestLessonsBecomeKnowledge(t *testing.T) {
	t.Parallel()
	e := seeded(t)
	agent := e.as(desk.Agent)
	conversation := e.conversation("o1", true, "", "你好")
	for i, q := range []struct{ kind, text, article string }{
		{"unanswered", "小票机卡住纸了咋整", ""}, {"unanswered", "小票机卡住纸了咋整呀", ""}, {"rated", "到账少了几块钱呢", "fee-net@1"},
	} {
		e.exec(`INSERT INTO lessons (id, conversation_id, kind, question, article, at) VALUES (?, ?, ?, ?, ?, ?)`,
			i+1, conversation, q.kind, q.text, q.article, e.clock.now().UnixMilli()+int64(i))
	}
	var l console.LessonList
	agent.call("GET", "/lessons", nil, 200, &l)
	if l.Total != 3 || len(l.Items) != 2 || len(l.Items[0].IDs) != 2 || l.Items[0].Kinds["unanswered"] != 2 || len(l.Items[0].Conversations) != 1 {
		t.Fatalf("%+v", l)
	}
	if g := l.Items[1]; len(g.Articles) != 1 || g.Articles[0].ID != "fee-net" || g.Articles[0].Title == "" || g.Nearest == nil || g.Nearest.ID != "fee-net" {
		t.Errorf("%+v", g)
	}
	var d console.ArticleDetail
	in := console.LessonPhrasing{Article: "fee-net", Phrasings: []string{l.Items[1].Text}, IDs: l.Items[1].IDs}
	agent.call("POST", "/lessons/phrasing", in, 200, &d)
	if d.Draft == nil || d.DraftBy != "agent" || !slices.Contains(d.Draft.Phrasings, "到账少了几块钱呢") || slices.Contains(d.Published.Phrasings, "到账少了几块钱呢") {
		t.Fatalf("%+v", d)
	}
	n := len(d.Draft.Phrasings)
	agent.call("POST", "/lessons/phrasing", in, 200, &d) // twice is once
	if len(d.Draft.Phrasings) != n {
		t.Errorf("%d phrasings after %d", len(d.Draft.Phrasings), n)
	}
	e.as(desk.Auditor).refused("POST", "/lessons/close", console.LessonClose{IDs: l.Items[0].IDs, State: "dropped"}, 403, "FORBIDDEN")
	agent.call("POST", "/lessons/close", console.LessonClose{IDs: l.Items[0].IDs, State: "dropped"}, 204, nil)
	open := func() int {
		agent.call("GET", "/lessons", nil, 200, &l)
		return l.Total
	}
	if n := open(); n != 0 {
		t.Errorf("%d open", n)
	}
	agent.call("POST", "/lessons/close", console.LessonClose{IDs: []console.ID{1, 2}, State: "open"}, 204, nil)
	if n := open(); n != 2 {
		t.Errorf("%d open after undo", n)
	}

	// What belongs elsewhere leaves the list and stays out when it is asked again
	// in nearly the same words, until it is taken back.
	agent.call("POST", "/lessons/close", console.LessonClose{IDs: []console.ID{1, 2}, State: "elsewhere"}, 204, nil)
	e.audited("lesson.elsewhere", "lessons")
	for i, q := range []string{"小票机卡住纸了咋整啊", "到账少了几块钱是咋回事"} {
		e.exec(`INSERT INTO lessons (id, conversation_id, kind, question, at) VALUES (?, ?, 'unanswered', ?, ?)`, 11+i, conversation, q, e.clock.now().UnixMilli()+9)
	}
	if n := open(); n != 1 || len(l.Items) != 1 || l.Items[0].Text != "到账少了几块钱是咋回事" {
		t.Errorf("%d open beside what belongs elsewhere: %+v", n, l.Items)
	}
	if len(l.Elsewhere) != 1 || len(l.Elsewhere[0].IDs) != 3 {
		t.Fatalf("elsewhere %+v", l.Elsewhere)
	}
	agent.call("POST", "/lessons/close", console.LessonClose{IDs: l.Elsewhere[0].IDs, State: "open"}, 204, nil)
	if n := open(); n != 4 || len(l.Elsewhere) != 0 {
		t.Errorf("%d open after taking back, %d elsewhere", n, len(l.Elsewhere))
	}

	e.exec(`INSERT INTO article_uses (id, version, day, hits, solved, handed) VALUES ('fee-net', 1, '2026-11-18', 5, 2, 1), ('fee-net', 2, '2026-11-17', 3, 0, 0), ('fee-net', 1, '2026-09-01', 90, 0, 0)`)
	var u console.UsageList
	agent.call("GET", "/articles/usage", nil, 200, &u)
	if top := u.Items[0]; top.ID != "fee-net" || top.Hits != 8 || top.Solved != 2 || top.Handed != 1 || top.LastHit != "2026-11-18" || len(top.Versions) != 2 || top.PublishedAt.IsZero() {
		t.Errorf("%+v", top)
	}
	if last := u.Items[len(u.Items)-1]; last.Hits != 0 || last.LastHit != "" || len(u.Items) < 100 {
		t.Errorf("%+v of %d", last, len(u.Items))
	}
}
