package bot_test

import (
	"strings"
	"testing"

	"daozhang/bot"
	"daozhang/knowledge"
)

func checkEntry(version int, steps ...string) knowledge.Article {
	return knowledge.Article{
		ID: "check", Version: version, Status: knowledge.StatusPublished, Title: "查网络", Phrasings: []string{"机器连不上网"},
		Guide: knowledge.Guide{Steps: steps}, Body: "先查网。\n1. 第一件\n2. 第二件",
	}
}

// The steps of another version are not those that were asked.
func TestGuideOfAChangedEntryBeginsAnew(t *testing.T) {
	t.Parallel()
	p := shop()
	p.articles = []knowledge.Article{checkEntry(1, "看信号", "重启", "换地方")}
	dec, _ := turn(t, engine(t, p), bot.Input{Said: said("机器连不上网")})
	if g := dec.Memory.Guide; g == nil || g.Version != 1 || !strings.Contains(text(dec), "先查网。") || strings.Contains(text(dec), "第二件") {
		t.Fatalf("%+v %q", g, text(dec))
	}
	dec, _ = turn(t, engine(t, p), bot.Input{Memory: dec.Memory, Said: said("已检查，还不行")})
	kept := dec.Memory
	p.articles = []knowledge.Article{checkEntry(2, "先充电", "重启")}
	dec, _ = turn(t, engine(t, p), bot.Input{Memory: kept, Said: said("已检查，还不行")})
	if g := dec.Memory.Guide; g == nil || g.Version != 2 || g.Step != 0 || !strings.Contains(text(dec), "先充电") || dec.Articles[0] != "check@2" {
		t.Errorf("%+v %q %v", g, text(dec), dec.Articles)
	}
	if kept.Guide.Step != 1 {
		t.Error("the memory that came in was changed")
	}
	p.articles = nil // archived meanwhile
	dec, _ = turn(t, engine(t, p), bot.Input{Memory: kept, Said: said("已检查，还不行")})
	if dec.Memory.Guide != nil || !strings.Contains(text(dec), "下线") {
		t.Errorf("%+v %q", dec.Memory.Guide, text(dec))
	}
}

// The person who takes over sees what was tried and what could not be.
func TestStepsTriedStandOnTheCard(t *testing.T) {
	t.Parallel()
	p := shop()
	p.articles = []knowledge.Article{checkEntry(1, "看信号", "重启")}
	e := engine(t, p)
	dec, _ := turn(t, e, bot.Input{Said: said("机器连不上网")})
	dec, _ = turn(t, e, bot.Input{Memory: dec.Memory, Said: said("已检查，还不行")})
	dec, _ = turn(t, e, bot.Input{Memory: dec.Memory, Said: said("没有，这步做不了")})
	if dec.Handoff == nil || dec.Handoff.Reason != bot.ReasonNoProgress || dec.Memory.Guide != nil {
		t.Fatalf("%+v %q", dec.Handoff, text(dec))
	}
	if s := strings.Join(dec.Card.Steps, "|"); s != "看信号（做了，没解决）|重启（没做成）" {
		t.Errorf("steps %q", s)
	}
}
