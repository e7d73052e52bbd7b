package bot

import (
	"fmt"
	"slices"
	"strings"

	"daozhang/knowledge"
)

// GuideState is a check that is being walked through: the entry and the step
// asked last. It stays while the contact talks of something else.
type GuideState struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	// Step is the step asked last, 0-based.
	Step int `json:"step"`
	// Skipped are steps that could not be done, for the case card.
	Skipped []int `json:"skipped,omitempty"`
	// Reminded is true once the contact was told, after another matter, that
	// the check waits.
	Reminded bool `json:"reminded,omitempty"`
}

// Taps of a step and the words that stand for them.
const (
	tapChecked = "已检查，还不行"
	tapCannot  = "没有，这步做不了"
	tapSolved  = "解决了"
	tapResume  = "继续检查"
)

// guideWords are answers to a step in people's own words; they count only while
// a step is asked.
//
//nolint:gochecknoglobals // read-only table
var guideWords = map[string]string{
	"已检查": "next", "检查了": "next", "检查过了": "next", "查了": "next", "看了": "next", "看过了": "next", "试了": "next", "试过了": "next", "做了": "next",
	"还不行": "next", "还是不行": "next", "不行": "next", "没用": "next", "还没好": "next", "没好": "next", "没解决": "next", "没有解决": "next", "下一步": "next",
	"没变化": "next", "还是一样": "next", "一样": "next", "试了还不行": "next", "检查了没用": "next", "试了没用": "next", "还是没用": "next",
	"没有": "cannot", "没法": "cannot", "不会": "cannot", "做不了": "cannot", "没法检查": "cannot", "不知道怎么弄": "cannot", "不懂": "cannot", "跳过": "cannot", "没检查": "cannot",
	"解决了": "solved", "已解决": "solved", "好了": "solved", "可以了": "solved", "能用了": "solved", "行了": "solved", "通了": "solved", "恢复了": "solved", "弄好了": "solved", "修好了": "solved",
	"算了": "stop", "不查了": "stop", "不检查了": "stop", "不用了": "stop", "先不查了": "stop", "停": "stop",
	"上一步": "back", "返回": "back", "返回上一步": "back", "回到上一步": "back", "退回上一步": "back", "上一个": "back", "重来上一步": "back",
	"继续检查": "resume", "继续": "resume", "接着来": "resume", "接着检查": "resume", "继续排查": "resume",
}

// startGuide asks the first step of an entry. What the entry says besides its
// numbered lines is told first: the steps come one at a time.
func (t *turn) startGuide(a knowledge.Article) {
	var told []string
	for _, line := range strings.Split(a.Body, "\n") {
		if !stepLine.MatchString(line) {
			told = append(told, line)
		}
	}
	t.say(told...)
	t.say(fmt.Sprintf("我陪您一步一步查，共%d步，每步做完告诉我结果。", len(a.Guide.Steps)))
	t.mem.Guide = &GuideState{ID: a.ID, Version: a.Version}
	t.mem.Steps = nil
	t.askStep(a)
}

// askStep puts the present step with its taps.
func (t *turn) askStep(a knowledge.Article) {
	g := t.mem.Guide
	t.say(fmt.Sprintf("第%d步（共%d步）：%s。", g.Step+1, len(a.Guide.Steps), strings.TrimRight(a.Guide.Steps[g.Step], "。；; ")))
	t.offer(Choice{Text: tapChecked, Means: "guide:next"}, Choice{Text: tapCannot, Means: "guide:cannot"}, Choice{Text: tapSolved, Means: "guide:solved"})
	t.mem.Offered = nil
	g.Reminded = false
	t.guided, t.progress = true, true
	t.mem.Misses, t.mem.Asked, t.mem.AskedTimes = 0, "", 0
}

// guideAnswer is what the contact answered to the step asked last; "" = they
// speak of something else.
func (t *turn) guideAnswer() string {
	if len(t.said.texts) == 0 {
		return ""
	}
	text := t.said.texts[len(t.said.texts)-1]
	text = strings.TrimRight(strings.Trim(text, "。.！!～~，, "), "啊呀吧呢哈哦")
	word := guideWords[text]
	switch {
	case text == tapResume:
		return "resume"
	case t.mem.Guide == nil, word != "resume" && !t.stepAsked():
		return "" // a yes or no to something else
	}
	return word
}

// stepAsked reports that the last reply put a step.
func (t *turn) stepAsked() bool {
	for _, c := range t.mem.Choices {
		if c.Means == "guide:next" {
			return true
		}
	}
	return false
}

// guide goes on with the check: the next step, solved, or where the entry says
// it goes on.
func (t *turn) guide(answer string) {
	if t.mem.Guide == nil {
		t.act(ActionAsk, "guide.none")
		t.say("现在没有做到一半的检查。请告诉我遇到了什么问题，比如“机器连不上网”。")
		return
	}
	g := *t.mem.Guide // the memory that came in stays as it was
	g.Skipped = append([]int(nil), g.Skipped...)
	t.mem.Guide = &g
	a, ok := t.e.d.Knowledge.Article(g.ID)
	if !ok || len(a.Guide.Steps) == 0 {
		t.mem.Guide = nil
		t.missed("这个检查刚刚下线了。请直接告诉我现在机器或页面上提示什么，或回复“转人工”。")
		return
	}
	t.act(ActionAnswer, "guide."+answer)
	t.dec.Articles = append(t.dec.Articles, articleRef(a))
	t.mem.LastArticle = articleRef(a)
	if a.Version != g.Version { // its steps may be others now
		g = GuideState{ID: a.ID, Version: a.Version}
		t.mem.Guide = &g
		if answer != "solved" {
			t.say("这个检查刚更新过，我们从第1步重新来。")
			t.askStep(a)
			return
		}
	}
	switch answer {
	case "stop":
		t.mem.Guide = nil
		t.progress, t.guided = true, true
		t.say("好的，先不查了。要接着查就再问一次；要人工请回复“转人工”。")
		return
	case "solved":
		t.mem.Guide = nil
		t.progress, t.guided = true, true
		t.say("太好了，问题解决了。之前已经成功的交易照常结算；还想查哪一笔，告诉我哪天刷的、多少钱就行。")
		return
	case "resume":
		t.say("接着刚才的检查。")
		t.askStep(a)
		return
	case "back":
		t.stepBack(&g)
		t.askStep(a)
		return
	case "cannot":
		g.Skipped = append(g.Skipped, g.Step)
	}
	t.mem.Steps = append(append([]string(nil), t.mem.Steps...), stepTried(a.Guide.Steps[g.Step], answer))
	if g.Step++; g.Step < len(a.Guide.Steps) {
		t.mem.Guide = &g
		t.askStep(a)
		return
	}
	t.endGuide(a)
}

// stepBack returns to the step before; what was answered to it is forgotten.
func (t *turn) stepBack(g *GuideState) {
	if g.Step == 0 {
		t.say("这已经是第1步了。")
		return
	}
	g.Step--
	g.Skipped = slices.DeleteFunc(g.Skipped, func(i int) bool { return i == g.Step })
	if n := len(t.mem.Steps); n > 0 {
		t.mem.Steps = slices.Clone(t.mem.Steps[:n-1])
	}
}

// stepTried is a step for the case card.
func stepTried(step, answer string) string {
	if answer == "cannot" {
		return step + "（没做成）"
	}
	return step + "（做了，没解决）"
}

// endGuide goes on where the entry says: another entry, else a person, who gets
// the steps tried.
func (t *turn) endGuide(a knowledge.Article) {
	t.mem.Guide = nil
	t.progress, t.guided = true, true
	t.say(fmt.Sprintf("%d步都查过了，还没解决。", len(a.Guide.Steps)))
	if next := a.Guide.Then; next != "" && next != a.ID {
		tried := t.mem.Steps
		if t.article(next, "guide_then") {
			t.mem.Steps = append(tried, t.mem.Steps...)
			return
		}
	}
	t.handOver(ReasonNoProgress, "normal")
}

// keepGuide ends a check at a hand-over, and reminds of one that waits after an
// answer about something else.
func (t *turn) keepGuide() {
	g := t.mem.Guide
	if g == nil {
		return
	}
	if t.dec.Handoff != nil || t.in.Status != StatusBot {
		t.mem.Guide = nil
		return
	}
	if t.guided || g.Reminded || t.dec.Action != ActionAnswer || len(t.body) == 0 {
		return
	}
	reminded := *g
	reminded.Reminded = true
	t.mem.Guide = &reminded
	t.say(fmt.Sprintf("刚才的检查停在第%d步，回复“%s”接着来。", g.Step+1, tapResume))
	if len(t.choices) == 0 {
		t.offer(Choice{Text: tapResume, Means: "guide:resume"})
	}
}
