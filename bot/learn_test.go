package bot_test

import (
	"fmt"
	"testing"

	"daozhang/bot"
	"daozhang/knowledge"
)

func learnable() *ports {
	p := shop()
	p.articles = []knowledge.Article{
		{ID: "paper", Version: 3, Status: knowledge.StatusPublished, Title: "打印纸怎么换", Phrasings: []string{"怎么换打印纸", "打印纸用完了", "换纸"}, Body: "打开盖子换一卷。"},
		{ID: "invoice", Version: 1, Status: knowledge.StatusPublished, Title: "手续费发票怎么开", Phrasings: []string{"怎么开发票", "要发票"}, Body: "找收单机构开。"},
	}
	return p
}

func TestWhatATurnTeaches(t *testing.T) {
	t.Parallel()
	const asked = "怎么换打印纸"
	type step struct {
		say    string
		lesson string
		uses   string
	}
	for name, steps := range map[string][]step{
		"told, thanked once": {{asked, "<nil>", "[{paper@3 hit}]"}, {"谢谢", "<nil>", "[{paper@3 solved}]"}, {"谢谢", "<nil>", "[]"}},
		"told, no help":      {{asked, "<nil>", "[{paper@3 hit}]"}, {"不是这个", "&{unhelpful " + asked + " paper@3}", "[]"}},
		"told, then a human": {{asked, "<nil>", "[{paper@3 hit}]"}, {"转人工", "<nil>", "[{paper@3 handed}]"}},
		"asked in vain":      {{"楼下菜市场的大门朝哪边开", "&{unanswered 楼下菜市场的大门朝哪边开 }", "[]"}},
		"a greeting":         {{"你好", "<nil>", "[]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine(t, learnable())
			memory := bot.Memory{}
			for _, s := range steps {
				dec, _ := turn(t, e, bot.Input{Contact: bound(), Memory: memory, Said: said(s.say)})
				lesson := "<nil>"
				if dec.Lesson != nil {
					lesson = fmt.Sprintf("&%v", *dec.Lesson)
				}
				if lesson != s.lesson || fmt.Sprint(dec.Uses) != s.uses {
					t.Errorf("%s: lesson %s, uses %v; want %s, %s (%q)", s.say, lesson, dec.Uses, s.lesson, s.uses, text(dec))
				}
				memory = dec.Memory
			}
		})
	}
}

// A bad rating names what was asked before the person took over.
func TestBadRatingTeaches(t *testing.T) {
	t.Parallel()
	in := bot.Input{
		Contact: bound(), Status: bot.StatusClosed, Memory: bot.Memory{AskRating: true, LastQuestion: "怎么换打印纸", LastArticle: "paper@3"}, Said: said("1分"),
	}
	dec, _ := turn(t, engine(t, learnable()), in)
	if dec.Rating != 1 || dec.Lesson == nil || *dec.Lesson != (bot.Lesson{Kind: bot.LessonRated, Question: "怎么换打印纸", Article: "paper@3"}) {
		t.Errorf("%d %+v", dec.Rating, dec.Lesson)
	}
	in.Said = said("5分")
	if dec, _ = turn(t, engine(t, learnable()), in); dec.Lesson != nil {
		t.Errorf("%+v", dec.Lesson)
	}
}

// A check counts once when it begins, and as solved when it says so.
func TestGuideCountsOnce(t *testing.T) {
	t.Parallel()
	p := shop()
	p.articles = []knowledge.Article{checkEntry(1, "看信号", "重启", "换地方")}
	e := engine(t, p)
	memory := bot.Memory{}
	for _, s := range []struct{ say, uses string }{
		{"机器连不上网", "[{check@1 hit}]"}, {"已检查，还不行", "[]"}, {"解决了", "[{check@1 solved}]"},
	} {
		dec, _ := turn(t, e, bot.Input{Memory: memory, Said: said(s.say)})
		if fmt.Sprint(dec.Uses) != s.uses {
			t.Errorf("%s: %v, want %s", s.say, dec.Uses, s.uses)
		}
		memory = dec.Memory
	}
}
