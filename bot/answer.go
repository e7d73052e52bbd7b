package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/knowledge"
)

// tags are what the query is known to be about.
func (t *turn) tags() knowledge.Tags {
	tags := knowledge.Tags{}
	for _, i := range append([]understand.Intent{t.q.Intent}, t.q.Intents...) {
		switch i {
		case "", understand.Other, understand.Greeting, understand.Thanks, understand.Confirm, understand.Deny:
		default:
			tags.Intents = append(tags.Intents, i)
		}
	}
	if t.q.Brand != "" {
		tags.Brands = []string{t.q.Brand}
	}
	if t.q.Channel != "" {
		tags.Channels = []string{t.q.Channel}
	}
	return tags
}

// search asks the knowledge base with the tags of the query.
func (t *turn) search() knowledge.Result {
	r := t.e.d.Knowledge.Search(t.q.Text, t.depth(), t.tags())
	t.hits(r.Hits)
	if len(r.Hits) > 0 && t.wouldAccuse(r.Hits[0].ID) {
		r.Hits, r.Confident = r.Hits[1:], false
	}
	r.Confident = r.Confident && utf8.RuneCountInString(strings.TrimSpace(t.said.text)) > 1 // 急 asks nothing
	return r
}

// hits keeps them for the trace.
func (t *turn) hits(found []knowledge.Hit) {
	t.tr.Hits = t.tr.Hits[:0]
	for _, h := range found {
		t.tr.Hits = append(t.tr.Hits, TraceHit{h.ID, h.Score})
	}
}

// cashWords are those of taking cash out of a card.
var cashWords = regexp.MustCompile(`套|现|刷|取|提|养卡|代还|碌|倒|钱|额度`) //nolint:gochecknoglobals // compiled once, read-only

// wouldAccuse reports an entry against cash-out for words that ask for none of
// it (信用卡怎么办).
func (t *turn) wouldAccuse(id string) bool {
	a, ok := t.e.d.Knowledge.Article(id)
	return ok && slices.Contains(a.Intents, understand.Cashout) && t.q.Intent != understand.Cashout && !cashWords.MatchString(t.q.Text)
}

// knows reports a confident answer of the knowledge base.
func (t *turn) knows() bool {
	r := t.search()
	return r.Confident && len(r.Hits) > 0
}

// answerFromKnowledge tells the confident article, if there is one.
func (t *turn) answerFromKnowledge(rule string) bool {
	r := t.search()
	if !r.Confident || len(r.Hits) == 0 {
		return false
	}
	return t.article(r.Hits[0].ID, rule)
}

// article tells one published article.
func (t *turn) article(id, rule string) bool {
	a, ok := t.e.d.Knowledge.Article(id)
	if !ok {
		if rule == "tapped" {
			t.missed("这条说明刚刚下线了。请换个说法再问一次，或回复“转人工”。")
		}
		return false
	}
	t.act(ActionAnswer, "knowledge."+rule)
	t.dec.Articles = append(t.dec.Articles, articleRef(a))
	again := t.mem.LastArticle == articleRef(a)
	t.mem.LastArticle = articleRef(a)
	t.mem.Misses, t.mem.Asked, t.mem.AskedTimes = 0, "", 0
	if !a.Guide.IsZero() && t.in.Status == StatusBot && t.dec.Handoff == nil && (len(t.body) == 0 || rule == "guide_then") {
		t.startGuide(a)
		return true
	}
	if slices.Contains(a.Causes, string(diagnose.Outage)) {
		t.sayNotices()
	}
	t.say(a.Body)
	t.progress = !again
	if rates := t.ownRates(); rates != "" {
		t.say(rates)
	}
	if promisesPerson(a.Body) { // what an entry promises is done
		t.handOver(personFor(a), "")
	}
	return true
}

// sayNotices tells the notices that cover now, of the brand said or of all:
// whoever asks for a fault hears of it first.
func (t *turn) sayNotices() {
	for _, n := range t.in.Notices {
		switch {
		case n.Brand == "":
			t.say(sentences("现在有公告：" + n.Title + "。" + n.Text))
		case t.q.Brand == "" || t.q.Brand == n.Brand:
			t.say(sentences("现在有公告（" + n.Brand + "）：" + n.Title + "。" + n.Text))
		}
	}
}

// promisesPerson reports an entry that says a person takes over at once.
func promisesPerson(body string) bool {
	for _, w := range []string{"马上转人工", "这就转人工", "已转人工", "已为您转人工"} {
		if strings.Contains(body, w) {
			return true
		}
	}
	return false
}

// personFor is the reason of such a hand-over: the cause the entry is about,
// where that one always needs a person.
func personFor(a knowledge.Article) Reason {
	for _, c := range a.Causes {
		if diagnose.Cause(c).NeedsHuman() {
			return Reason(c)
		}
	}
	return ReasonRequested
}

func articleRef(a knowledge.Article) string { return fmt.Sprintf("%s@%d", a.ID, a.Version) }

// ownRates adds the merchant's own rates to a fee article: the numbers of an
// article are never those of a contract.
func (t *turn) ownRates() string {
	if !asksFee(t.q) || len(t.facts.Merchants) != 1 {
		return ""
	}
	r := t.facts.Merchants[0].Rates
	var parts []string
	if r.CreditBP != nil {
		parts = append(parts, "信用卡"+percent(*r.CreditBP))
	}
	if r.DebitBP != nil {
		s := "借记卡" + percent(*r.DebitBP)
		if r.DebitCapFen != nil {
			s += "（单笔封顶" + yuan(*r.DebitCapFen) + "）"
		}
		parts = append(parts, s)
	}
	if r.QRBP != nil {
		parts = append(parts, "扫码"+percent(*r.QRBP))
	}
	if len(parts) == 0 {
		return ""
	}
	return "您商户签约的费率：" + list(parts) + "。"
}

// bareNumber is a number of a list that is no longer there.
var bareNumber = regexp.MustCompile(`^\s*-?\d{1,2}\s*[.。、)）]?\s*$`) //nolint:gochecknoglobals // compiled once

// ask answers from knowledge, offers the nearest entries, or says that it does
// not know; the second miss in a row goes to a person (rules 5).
func (t *turn) ask() {
	if bareNumber.MatchString(t.said.text) && !t.waits() {
		t.missed("现在没有要选的序号。查到账请告诉我哪天刷的、多少钱，比如“昨天下午刷的500元没到”；要找人工请回复“转人工”。")
		return
	}
	if isSaleFact(t.mem.Asked) && t.mem.AskedTimes > 0 && !t.waits() && speaksOf(t.q, "不知道", "不记得", "忘了", "记不清", "记不得", "想不起", "没有小票", "没小票") && len([]rune(t.said.text)) <= 10 {
		t.notFound("", "") // the one thing asked for cannot be told
		return
	}
	r := t.search()
	if r.Confident && len(r.Hits) > 0 && !bareNumber.MatchString(t.said.text) && t.article(r.Hits[0].ID, "answer") {
		return
	}
	if t.waits() {
		t.act(ActionNone, "waiting_chatter")
		return
	}
	t.dec.Unanswered = true
	if len(t.in.Contact.Bindings) > 0 && t.fragment() {
		t.act(ActionAsk, "fragment")
		t.say("收到。请再说一下是哪天刷的、多少钱，我马上查。")
		t.asked("amount")
		return
	}
	if len(t.nearest(r)) > 0 && !r.OffTopic {
		if t.missed("您想问的是下面哪一个？回复序号就行：") {
			return
		}
		t.tr.Rule = "knowledge.menu"
		t.offer(append(t.menu(r), Choice{Text: "都不是", Means: "none"})...)
		t.mem.Offered = nil
		return
	}
	text := textUnknown
	if r.OffTopic && len([]rune(t.said.text)) > 3 {
		text = textOffTopic
	}
	if latinOnly(t.said.text) {
		text = sentences(text, textEnglish)
	}
	t.missed(text)
}

// fragment reports words that begin a question about money but name nothing
// yet.
func (t *turn) fragment() bool {
	return len(t.q.Kinds) > 0 || t.q.Brand != "" && len([]rune(t.q.Text)) <= 6
}

// missed counts a turn that was not understood; at the second in a row a
// person takes over and true is returned.
func (t *turn) missed(text string) bool {
	t.act(ActionAsk, "not_understood")
	if t.waits() {
		t.act(ActionNone, "waiting_chatter")
		return true
	}
	t.dec.Unanswered = true
	t.mem.Misses++
	if t.mem.Misses >= 2 {
		t.say(textUnknown2)
		t.handOver(ReasonLowConfidence, "normal")
		return true
	}
	t.say(text)
	return false
}

// nearest are the first three entries as taps.
func (t *turn) nearest(r knowledge.Result) []Choice {
	var out []Choice
	for _, h := range r.Hits {
		if a, ok := t.e.d.Knowledge.Article(h.ID); ok && len(out) < menuTaps {
			out = append(out, Choice{Text: a.Title, Means: "article:" + a.ID})
		}
	}
	return out
}

// faqCauses are the questions behind the menu key FAQ, most asked first.
//
//nolint:gochecknoglobals // read-only table
var faqCauses = []diagnose.Cause{
	diagnose.CycleNotDue, diagnose.FeeNet, diagnose.PaidNotNoticed, diagnose.TxnUnknown, diagnose.PayoutLimitClass2, diagnose.RiskHold,
}

// faq lists the most asked entries as taps.
func (t *turn) faq() {
	t.act(ActionAnswer, "faq")
	t.progress = true
	seen := map[string]bool{}
	var out []Choice
	for _, c := range faqCauses {
		for _, a := range t.e.d.Knowledge.ForCause(string(c), knowledge.Tags{}) {
			if !seen[a.ID] {
				seen[a.ID] = true
				out = append(out, Choice{Text: a.Title, Means: "article:" + a.ID})
				break
			}
		}
	}
	if len(out) == 0 {
		t.say("常见问题还在整理。直接问就行，比如“昨天下午刷的500元没到”。")
		return
	}
	t.say("大家常问这些，回复序号看答案，或者直接问：")
	t.offer(append(out, Choice{Text: "都不是", Means: "none"})...)
	t.mem.Offered = nil
}

// latinOnly reports a message without any Han character but with words.
func latinOnly(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case r >= 0x4e00 && r <= 0x9fff:
			return false
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			letters++
		}
	}
	return letters >= 3
}

// stepLine is a numbered line of an article.
var stepLine = regexp.MustCompile(`^\s*(?:\d{1,2}\s*[.、.)]|[①②③④⑤⑥⑦⑧⑨])\s*(.+)$`) //nolint:gochecknoglobals // compiled once, read-only

// maxSteps bounds the steps of one reply.
const maxSteps = 4

// articleSteps takes the steps of the entry tagged with the cause: the
// template states the truth, the entry what one can do.
func (t *turn) articleSteps(r diagnose.Result) {
	if len(t.choices) > 0 || len(r.Diagnoses) > 1 || t.dec.Action == ActionRefuse {
		return
	}
	tags := knowledge.Tags{}
	if len(r.Diagnoses) == 1 {
		d := r.Diagnoses[0]
		if d.Merchant.Brand != "" {
			tags.Brands = []string{d.Merchant.Brand}
		}
		if len(d.Transactions) > 0 && d.Transactions[0].Channel != "" {
			tags.Channels = []string{d.Transactions[0].Channel}
		}
	}
	a, ok := t.entryFor(r, tags)
	if !ok {
		return
	}
	if head, steps := t.stepsOf(a, r); len(steps) > 0 {
		t.stepsHead, t.steps, t.stepsFrom = head, steps, articleRef(a)
	}
}

// entryFor chooses the entry of a cause. Where the ledger gives a reason (a
// response code, why a payout failed) the entry has to speak of that reason:
// another reason's advice would be wrong. Otherwise the entry named like the
// cause is the main one.
func (t *turn) entryFor(r diagnose.Result, tags knowledge.Tags) (knowledge.Article, bool) {
	live := t.e.d.Knowledge.ForCause(string(r.Cause), tags)
	if hint := reasonHint(r); hint != "" {
		tags.Causes = []string{string(r.Cause)}
		found := t.e.d.Knowledge.Search(hint, 2, tags)
		if len(found.Hits) == 0 || found.Hits[0].Score < hintScore ||
			len(found.Hits) > 1 && found.Hits[0].Score < hintMargin*found.Hits[1].Score {
			return knowledge.Article{}, false
		}
		return t.e.d.Knowledge.Article(found.Hits[0].ID)
	}
	main := strings.ReplaceAll(strings.ToLower(string(r.Cause)), "_", "-")
	for _, a := range live {
		if a.ID == main {
			return a, true
		}
	}
	if len(live) == 1 {
		return live[0], true
	}
	return knowledge.Article{}, false
}

// hintScore is how well an entry must match a reason to be used, hintMargin by
// how much better than the next.
const (
	hintScore  = 0.45
	hintMargin = 1.25
)

// reasonHint is the reason in plain words that the advice must be about; ""
// where the cause itself is the reason.
func reasonHint(r diagnose.Result) string {
	if len(r.Diagnoses) != 1 {
		return ""
	}
	d := r.Diagnoses[0]
	switch r.Cause {
	case diagnose.TxnDeclined:
		if d.Code != nil {
			return d.Code.Meaning
		}
		return "没有刷成功"
	case diagnose.PayoutRejectedAccount, diagnose.PayoutReturned:
		if d.FailMeaning != "" {
			return d.FailMeaning
		}
		return "收款账户异常"
	}
	return ""
}

// stepsOf are the numbered lines of an article that fit the state and are not
// said already.
func (t *turn) stepsOf(a knowledge.Article, r diagnose.Result) (head string, steps []string) {
	human := t.dec.Handoff != nil || t.waits() || r.Human
	told := strings.Join(t.body, "")
	head = "您可以："
	bodyLines := a.Guide.Steps
	if len(bodyLines) == 0 {
		before := ""
		for _, line := range strings.Split(a.Body, "\n") {
			m := stepLine.FindStringSubmatch(line)
			if m == nil {
				before = line
				continue
			}
			if len(bodyLines) == 0 {
				head = stepsHead(before, head)
			}
			bodyLines = append(bodyLines, m[1])
		}
	}
	for _, s := range bodyLines {
		if fitsState(s, r, human) && !saidAlready(told, s) && len(steps) < maxSteps {
			steps = append(steps, strings.TrimSpace(s))
		}
	}
	return head, steps
}

// stepsHead is the entry's own line before its steps when it leads into them
// (请先备好：), at most one short sentence.
func stepsHead(before, usual string) string {
	before = strings.TrimSpace(before)
	if !strings.HasSuffix(before, "：") {
		return usual
	}
	if i := strings.LastIndexAny(before, "。！？"); i >= 0 {
		before = before[i+len("。"):]
	}
	if utf8.RuneCountInString(before) > 16 {
		return usual
	}
	return before
}

// saidAlready reports that most of a step's pairs of characters stand in the
// text.
func saidAlready(text, step string) bool {
	var all, hit int
	prev := rune(0)
	for _, r := range step {
		if r < 0x4e00 || r > 0x9fff {
			prev = 0
			continue
		}
		if prev != 0 {
			all++
			if strings.Contains(text, string([]rune{prev, r})) {
				hit++
			}
		}
		prev = r
	}
	return all > 0 && hit*10 >= all*6
}

// stepFigure is a sum, a share or a term in a step: beside an answer from the
// ledger only the ledger's figures stand.
var stepFigure = regexp.MustCompile(`[0-9０-９]\s*(?:个?工作日|个?小时|天|日内|元|块|万|%|％|点前)|[一二两三四五六七八九十]+(?:个?工作日|个?小时|天)(?:内|后|左右|到)`) //nolint:gochecknoglobals // compiled once, read-only

// fitsState drops a step that would contradict what was just said: calling a
// person who is called already, charging again what stands.
func fitsState(step string, r diagnose.Result, human bool) bool {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(step, w) {
				return true
			}
		}
		return false
	}
	if human && (has("转人工", "回复", "告诉我", "人工", "发我", "我去查") || r.Cause == diagnose.PreauthNotCompleted) {
		return false
	}
	if stepFigure.MatchString(step) {
		return false
	}
	if has("没有扣款") && r.Cause == diagnose.TxnDeclined { // a debit without a sale exists: SINGLE_SIDED
		return false
	}
	settled := r.Cause == diagnose.TxnDeclined || r.Cause == diagnose.TxnReversed
	if !settled && has("重新刷", "重刷", "再刷", "再收一次", "重新收款") && !has("不要", "别", "不用", "先不", "不能", "无需") {
		return false
	}
	return !has("任选", "预计", "明天到", "当天到") // a date is the template's business
}
