package understand_test

import (
	"slices"
	"testing"
	"time"

	"daozhang/bot/understand"
)

// Others who are only told of are no other shop that is asked about; who is
// sent for to mend something is no person of ours.
func TestOthersToldOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 15, 0, 0, 0, time.FixedZone("CST", 8*3600))
	p := understand.New(understand.Vocabulary{})
	for _, c := range []struct {
		text          string
		others, human bool
	}{
		{"我一个亲戚开超市的，他说他家的机器都是秒到，为什么我的要等到第二天", false, false},
		{"人家店里都是当天到，我昨天那笔800怎么还没到", false, false},
		{"隔壁饭店说他们过节都能到账，我的国庆七天一分没到，是不是机器不行", false, false},
		{"隔壁老李店里昨天收了多少", true, false},
		{"朋友店里的钱没到，我的号能查吗", true, false},
		{"帮我亲戚查他超市昨天那笔800，他说我的号怎么查", true, false},
		{"帮朋友问下他店里的钱", true, false},
		{"空调坏了叫人来修", false, false},
		{"我敢不敢让人家再刷一次", false, false},
		{"她家那个码前两天让人给换了", false, false},
		{"找人来处理", false, true},
		{"换人", false, true},
		{"你不是机器人吧，让人来", false, true},
	} {
		q := p.Parse(c.text, understand.Context{}, now)
		if q.OthersShop != c.others || q.WantsHuman != c.human {
			t.Errorf("%s: others %t, human %t; want %t, %t", c.text, q.OthersShop, q.WantsHuman, c.others, c.human)
		}
	}
	for text, want := range map[string]bool{"Hi": true, "hi，在吗": true, "this is it": false, "high": false} {
		if q := p.Parse(text, understand.Context{}, now); slices.Contains(q.Intents, understand.Greeting) != want {
			t.Errorf("%s: greeting %t", text, !want)
		}
	}
}
