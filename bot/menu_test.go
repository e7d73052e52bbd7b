package bot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/understand"
	"daozhang/knowledge"
)

// vague is a base on which 打印怎么了 fits four entries alike.
func vague() *ports {
	p := shop()
	for i, what := range []string{"打印机卡住", "打印的字很浅", "打印两联小票", "打印空白小票"} {
		p.articles = append(p.articles, knowledge.Article{ID: fmt.Sprintf("p%d", i+1), Version: 1, Title: what, Phrasings: []string{what + "怎么办"}, Body: "按说明操作。"})
	}
	p.articles = append(p.articles, knowledge.Article{ID: "paper", Version: 1, Title: "更换纸卷", Phrasings: []string{"纸卷用完"}, Body: "打开纸仓。"},
		knowledge.Article{ID: "cash", Version: 1, Title: "不提供套现", Phrasings: []string{"刷自己的卡套现"}, Intents: []understand.Intent{understand.Cashout}, Body: "不能。"})
	return p
}

type near struct {
	hits []knowledge.Hit
	err  error
	wait bool
	tags *knowledge.Tags
}

func (n near) Near(ctx context.Context, _ string, _ int, tags knowledge.Tags) ([]knowledge.Hit, error) {
	if n.tags != nil {
		*n.tags = tags
	}
	if n.wait {
		<-ctx.Done()
		return nil, fmt.Errorf("near: %w", ctx.Err())
	}
	return n.hits, n.err
}

type ranker struct {
	order []int
	err   error
	wait  bool
	asked *[]string // titles of the last call
}

func (r ranker) Rank(ctx context.Context, _ string, titles []string) ([]int, error) {
	if r.asked != nil {
		*r.asked = titles
	}
	if r.wait {
		<-ctx.Done()
		return nil, fmt.Errorf("rank: %w", ctx.Err())
	}
	return r.order, r.err
}

func taps(d bot.Decision) string {
	var out []string
	for _, r := range d.Replies {
		for _, c := range r.Choices {
			out = append(out, strings.TrimPrefix(c.Means, "article:"))
		}
	}
	return strings.Join(out, " ")
}

const unsure = "打印怎么了"

func TestMenuOrder(t *testing.T) {
	t.Parallel()
	ask := bot.Input{Contact: bound(), Said: said(unsure)}
	plain, plainTrace := turn(t, engine(t, vague()), ask)
	lexical := taps(plain)
	if plainTrace.Rule != "knowledge.menu" || len(strings.Fields(lexical)) != 4 || plainTrace.Model != "" {
		t.Fatalf("no menu to order: %q %q", plainTrace.Rule, lexical)
	}
	var hits []string
	for _, h := range plainTrace.Hits {
		hits = append(hits, h.ID)
	}
	nearPaper := near{hits: []knowledge.Hit{{ID: "paper", Version: 1, Score: 0.9}, {ID: hits[1], Version: 1, Score: 0.8}}}
	for name, c := range map[string]struct {
		n          bot.Meaning
		r          bot.Ranker
		want, says string
	}{
		"the model's order":      {nil, ranker{order: []int{2, 0}}, hits[2] + " " + hits[0] + " " + hits[1] + " none", "menu ranked"},
		"the model finds none":   {nil, ranker{}, lexical, "menu: none fits"},
		"the model is down":      {nil, ranker{err: errors.New("down")}, lexical, "menu not ranked: error"},
		"the model is slow":      {nil, ranker{wait: true}, lexical, "menu not ranked: timeout"},
		"a number not given":     {nil, ranker{order: []int{99}}, lexical, "rejected: order"},
		"a negative number":      {nil, ranker{order: []int{-1}}, lexical, "rejected: order"},
		"one number twice":       {nil, ranker{order: []int{1, 1}}, lexical, "rejected: order"},
		"by meaning":             {nearPaper, nil, hits[1] + " paper " + hits[0] + " none", "menu by meaning"},
		"no vectors":             {near{}, nil, lexical, ""},
		"vectors fail":           {near{err: errors.New("down")}, nil, lexical, "menu not by meaning: error"},
		"vectors slow":           {near{wait: true}, ranker{order: []int{2}}, lexical, "menu not by meaning: timeout"},
		"meaning, then model":    {nearPaper, ranker{order: []int{1}}, "paper " + hits[1] + " " + hits[0] + " none", "menu by meaning, menu ranked"},
		"an entry taken down":    {near{hits: []knowledge.Hit{{ID: "gone", Score: 1}}}, nil, lexical, "menu by meaning"},
		"one that accuses":       {near{hits: []knowledge.Hit{{ID: "cash", Version: 1, Score: 1}}}, nil, lexical, "menu by meaning"},
		"vectors fail, model on": {near{err: errors.New("down")}, ranker{order: []int{1}}, hits[1] + " " + hits[0] + " " + hits[2] + " none", "menu not by meaning: error, menu ranked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec, tr := turn(t, engine(t, vague(), func(d *bot.Deps) {
				d.Meaning, d.Ranker, d.Settings.MenuWithin = c.n, c.r, 20*time.Millisecond
			}), ask)
			if taps(dec) != c.want || tr.Model != c.says || tr.Rule != "knowledge.menu" {
				t.Errorf("taps %q (want %q), trace %q (want %q), rule %s", taps(dec), c.want, tr.Model, c.says, tr.Rule)
			}
			if len(tr.Hits) < menuTaps || tr.Hits[0].ID != strings.Fields(c.want)[0] {
				t.Errorf("the trace has %v", tr.Hits)
			}
		})
	}
}

const menuTaps = 3

// An answer, a refusal and a hand-over do not wait for the endpoint.
func TestOnlyTheMenuIsOrdered(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]bot.Input{
		"an answer":  {Contact: bound(), Said: said("打印机卡住怎么办")},
		"off topic":  {Contact: bound(), Said: said("zzz qqq")},
		"hand-over":  {Contact: bound(), Said: said(unsure), Memory: bot.Memory{Misses: 1, LastTurnAt: noon}},
		"waiting":    {Contact: bound(), Said: said(unsure), Status: bot.StatusWaiting},
		"the ledger": {Contact: bound(), Said: said("昨天刷的5000没到")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, _ := turn(t, engine(t, vague()), in)
			var asked []string
			var tags *knowledge.Tags
			dec, tr := turn(t, engine(t, vague(), func(d *bot.Deps) {
				tags = &knowledge.Tags{Causes: []string{"not asked"}}
				d.Meaning, d.Ranker = near{tags: tags}, ranker{order: []int{1}, asked: &asked}
			}), in)
			if text(dec) != text(want) || asked != nil || len(tags.Causes) != 1 || tr.Model != "" {
				t.Errorf("asked %v, trace %q\n%s", asked, tr.Model, text(dec))
			}
		})
	}
}

// At most eight go to the model, and tags rule out by meaning as by words.
func TestMenuIsBounded(t *testing.T) {
	t.Parallel()
	p := vague()
	for i := range 20 {
		p.articles = append(p.articles, knowledge.Article{ID: fmt.Sprintf("q%02d", i), Version: 1, Title: fmt.Sprintf("打印的第%d件事", i+10), Phrasings: []string{fmt.Sprintf("打印事项%d", i+10)}, Body: "好。"})
	}
	var asked []string
	var tags knowledge.Tags
	dec, tr := turn(t, engine(t, p, func(d *bot.Deps) {
		d.Meaning, d.Ranker = near{tags: &tags}, ranker{order: []int{6}, asked: &asked}
	}), bot.Input{Contact: bound(), Said: said("拉卡拉打印怎么了")})
	if tr.Rule != "knowledge.menu" || len(asked) < 7 || len(asked) > 8 || len(strings.Fields(taps(dec))) != 4 || !strings.Contains(text(dec), asked[6]) {
		t.Errorf("rule %s, %d titles, taps %q", tr.Rule, len(asked), taps(dec))
	}
	if len(tags.Brands) != 1 || tags.Brands[0] != "拉卡拉" {
		t.Errorf("tags %+v", tags)
	}
}

// slowModel never answers in time.
type slowModel struct{ rephrased *int }

func (slowModel) Fill(context.Context, string, understand.Query) (understand.Query, error) {
	return understand.Query{}, fmt.Errorf("fill: %w", context.DeadlineExceeded)
}

func (m slowModel) Rephrase(context.Context, string) (string, error) {
	*m.rephrased++
	return "", context.DeadlineExceeded
}

// Who was too slow once is not waited for again in the turn: its time would run
// out and the contact would get no answer.
func TestSlowModelIsAskedOnceATurn(t *testing.T) {
	t.Parallel()
	var asked []string
	rephrased := 0
	dec, tr := turn(t, engine(t, vague(), func(d *bot.Deps) {
		d.Model, d.Ranker = slowModel{&rephrased}, ranker{order: []int{1}, asked: &asked}
	}), bot.Input{Contact: bound(), Said: said(unsure)})
	if tr.Rule != "knowledge.menu" || asked != nil || rephrased != 0 || len(strings.Fields(taps(dec))) != 4 {
		t.Errorf("%s: ranked %v, rephrased %d times, taps %q", tr.Rule, asked, rephrased, taps(dec))
	}
}
