package bot

import (
	"fmt"
	"regexp"
	"strings"

	"daozhang/bot/understand"
)

// run is the policy: the first branch that applies decides. Order (rules 3,
// 5): who owns the conversation, fraud, evasion, taps, identity, money,
// knowledge, small talk.
func (t *turn) run() error {
	t.said = merge(t.in.Said)
	if t.unfollowed() {
		return nil
	}
	t.bindScene()
	if t.in.Status == StatusHuman {
		t.parse()
		t.act(ActionNone, "human_owns")
		return nil
	}
	if t.in.Status == StatusClosed && t.rated() {
		return nil
	}
	if t.in.Status == StatusClosed {
		t.dec.Status = StatusBot
		t.in.Status = StatusBot
		t.mem = fresh(t.mem)
	}
	t.mem.AskRating = false
	if t.answerCode() {
		return nil
	}
	if t.said.text == "" {
		return t.wordless()
	}
	t.mem.Asked, t.mem.AskedTimes = keepAsked(t.mem)
	chosen := t.chosen()
	t.parse()
	if t.guard() {
		return nil
	}
	if done, err := t.tapped(chosen); done || err != nil {
		return err
	}
	return t.talk()
}

// keepAsked drops a question about readable text as soon as text came.
func keepAsked(m Memory) (string, int) {
	if m.Asked == askedText {
		return "", 0
	}
	return m.Asked, m.AskedTimes
}

// parse understands the text with what was said before, and lets the model
// fill empty slots.
func (t *turn) parse() {
	c := understand.Context{Offered: len(t.mem.Choices), Asked: t.mem.Asked, Previous: t.mem.Previous}
	t.q = t.e.d.Parser.Parse(t.said.text, c, t.in.Now)
	t.said.sensitive = union(t.said.sensitive, t.q.Sensitive)
	t.generalDays()
	t.fill()
	t.dec.Query, t.dec.Intent = t.q, t.q.Intent
	t.tr.Query = t.q
}

// generalDays reads "周末是不是都不到账" as a question about the rules: the
// days named are an example, not the time of a sale.
func (t *turn) generalDays() {
	q := &t.q
	if q.Time == nil || len(q.Amounts) > 0 || q.CardLast4 != "" || q.Reference != "" || q.Terminal != "" ||
		q.Intent != understand.SettlementRule && !speaksOf(*q, "是不是都", "会不会都", "是否都", "都不到账吗", "也到账吗", "能到账吗", "会到账吗", "还到账吗") ||
		!speaksOf(*q, "周末", "周六", "周日", "星期", "礼拜", "节", "放假", "假期", "国庆", "五一", "端午", "中秋", "清明", "元旦", "过年") {
		return
	}
	q.Time, q.Times = nil, nil
	q.Intent = understand.SettlementRule
	q.Intents = append(q.Intents, understand.SettlementRule)
}

// guard handles what comes before any look-up: fraud, then cash-out and
// evasion (rules 3).
func (t *turn) guard() bool {
	switch {
	case hasIntent(t.q, understand.Fraud):
		t.fraud()
		return true
	case hasIntent(t.q, understand.Cashout) || evasion.MatchString(t.q.Text):
		t.dec.Cause = "POLICY"
		t.act(ActionRefuse, "policy")
		t.say(textPolicy)
		t.q.Intent = understand.Cashout
		return true
	}
	return false
}

// evasion are requests to split sales or to get round a check or a limit
// (domain 7.8) in words that the parser reads as something else. A report
// (分两笔刷的都没到) is none.
var evasion = regexp.MustCompile( //nolint:gochecknoglobals // compiled once, read-only
	`(?:怎么|如何|能不能|能否|可不可以|可以|是不是|要不要|教我|想)[^。，！？]{0,6}(?:分成?|拆成?|拆开|分开)(?:几|多|两|三|四|五|\d)?(?:笔|次|单)[^。，！？到]{0,4}(?:刷|收|吗|$)` +
		`|(?:绕|避|躲|骗|逃)(?:开|过|掉)[^。，！？]{0,4}(?:风控|审核|限额|监管|检查)` +
		`|(?:换|跳)(?:个|成)?(?:MCC|mcc|商户类型)` +
		`|(?:刷卡|刷信用卡|刷)[^。，！？到多错一]{0,5}(?:返|换|兑)(?:点|些)?(?:他|她|客户|客人|顾客|人家|对方)?(?:点|些)?(?:现金|现钱)` +
		`|刷(?:卡|信用卡)[^。，！？到多错一]{0,3}给(?:他|她|客户|客人|顾客|人家|对方)(?:返|换|拿|点|些){0,2}(?:现金|现钱)`)

// fraud tells what to do at once and calls a person.
func (t *turn) fraud() {
	t.dec.Cause = "FRAUD_SUSPECTED"
	t.act(ActionAnswer, "fraud")
	t.progress = true
	call := "请马上报警"
	if lines := t.channelLines([]string{"110", "96110"}); lines != "" {
		call = "请马上报警：" + lines
	}
	t.say("先别再转钱，别再点对方发的链接，验证码、密码谁要都不给。",
		call+"；同时联系发卡行冻结或挂失相关的卡。",
		"把聊天记录、转账记录、签购单留好。凡是要先交“解冻费”“保证金”“验证金”才放款的，都是骗局。")
	t.handOver("FRAUD_SUSPECTED", "urgent")
}

// talk is everything that is neither a tap nor guarded.
func (t *turn) talk() error {
	if t.asksPeople() && len(t.in.Contact.Bindings) > 0 {
		return t.people()
	}
	if t.bindingTalk() {
		return nil
	}
	if t.q.StopNotify {
		t.dec.CancelWatches = []string{"*"}
		t.act(ActionAnswer, "stop_notify")
		t.progress = true
		t.say("好的，不再提醒您了。想知道到没到，随时问我。")
		return nil
	}
	if done, err := t.switchesShop(); done || err != nil {
		return err
	}
	if t.otherBusiness() {
		return nil
	}
	if done, err := t.totals(); done || err != nil {
		return err
	}
	if done, err := t.general(); done || err != nil {
		return err
	}
	if done, err := t.money(); done || err != nil {
		return err
	}
	switch {
	case t.wantsPerson():
		t.person()
	case hasSymptom(t.q, understand.AsksHumanPhone):
		t.phone()
	case asksCases(t.q):
		t.cases()
	case t.anotherSale() && !t.waits():
		return t.denied()
	case t.smallTalk():
	default:
		t.ask()
	}
	return nil
}

// wantsPerson reports a request for a human, anger or a complaint. Asking for
// a telephone number is none (rules 5).
func (t *turn) wantsPerson() bool {
	return t.q.WantsHuman || t.q.Angry || t.q.Complaint ||
		hasIntent(t.q, understand.Complaint) ||
		(hasIntent(t.q, understand.Human) && !hasSymptom(t.q, understand.AsksHumanPhone))
}

// person hands over without an answer of the ledger.
func (t *turn) person() {
	if t.waits() {
		if t.q.WantsHuman || hasIntent(t.q, understand.Human) {
			t.act(ActionAnswer, "waiting_human_again")
			t.say(t.queueText())
			return
		}
		t.act(ActionNone, "waiting_chatter")
		return
	}
	t.act(ActionAnswer, "human")
	t.escalatePerson()
	t.say(t.sorry())
}

// sorry acknowledges a complaint or anger; "" without either.
func (t *turn) sorry() string {
	switch {
	case t.q.Complaint || hasIntent(t.q, understand.Complaint):
		return "很抱歉让您这么着急，您的投诉我已经记下。"
	case t.q.Angry:
		return "很抱歉让您生气了，钱的事我们马上找人处理。"
	}
	return ""
}

// escalatePerson hands over for the strongest reason that the words give.
func (t *turn) escalatePerson() {
	switch {
	case t.q.Complaint || hasIntent(t.q, understand.Complaint):
		t.handOver(ReasonComplaint, "high")
		if t.dec.Handoff != nil {
			t.dec.Handoff.Reason = ReasonComplaint // said aloud beats what the ledger shows
		}
	case t.q.Angry:
		t.handOver(ReasonAngry, "high")
	case t.q.WantsHuman || (hasIntent(t.q, understand.Human) && !hasSymptom(t.q, understand.AsksHumanPhone)):
		t.handOver(ReasonRequested, "normal")
	}
}

// phone answers a question for a telephone number from verified rows only.
func (t *turn) phone() {
	t.act(ActionAnswer, "phone")
	t.progress = true
	t.say(t.phoneText())
}

// phoneText is the verified number, or where it stands.
func (t *turn) phoneText() string {
	brand := t.q.Brand
	if brand == "" {
		brand = t.e.d.Settings.Brand
	}
	if rows := t.brandLines(brand); rows != "" {
		return "已核实的官方客服：" + rows
	}
	return "客服电话请以POS签购单、机身标签或收单协议上印的官方号码为准，网上搜到的号码不要信。要人工在这里帮您，回复“转人工”。"
}

// asksCases reports a question about one's own cases.
func asksCases(q understand.Query) bool {
	return strings.Contains(q.Text, "工单") || strings.Contains(q.Text, "投诉进度") || strings.Contains(q.Text, "处理进度")
}

// cases lists case numbers and their states.
func (t *turn) cases() {
	t.act(ActionAnswer, "cases")
	t.progress = true
	if len(t.in.OpenCases) == 0 {
		t.say("您现在没有在处理的工单。要查到账，直接告诉我哪天刷的、多少钱。")
		return
	}
	var rows []string
	for _, c := range t.in.OpenCases {
		rows = append(rows, "工单号 "+caseNumber(c.Number)+"："+caseState(c, t))
	}
	t.say(sentences(append([]string{"您的工单："}, rows...)...))
}

func caseState(c CaseInfo, t *turn) string {
	opened := moment(c.OpenedAt, t.in.Now) + "提交，"
	switch c.Status {
	case StatusHuman:
		return opened + "客服正在处理"
	case StatusClosed:
		return opened + "已处理完"
	case StatusBot:
		return opened + "已转回自动答复"
	}
	if c.ExpectedAt.After(t.in.Now) {
		return opened + "排队中，预计" + expectedPhrase(c.ExpectedAt, t.in.Now) + "回复"
	}
	return opened + "排队中，人工会尽快回复"
}

// smallTalk answers greetings, thanks, yes and no.
func (t *turn) smallTalk() bool {
	// Plain chatter while waiting is kept for the agent (rules 5), whatever an
	// entry's phrasings may share with it.
	plain := hasOnly(t.q, understand.Greeting, understand.Thanks, understand.Confirm, understand.Deny)
	if t.waits() && (plain || hasOnly(t.q, understand.Greeting, understand.Thanks, understand.Confirm, understand.Deny, understand.Other) && !t.knows()) {
		t.act(ActionNone, "waiting_chatter")
		return true
	}
	switch t.q.Intent {
	case understand.Greeting:
		t.act(ActionAnswer, "greeting")
		t.progress = true
		t.say(t.greeting())
		t.mem.Greeted = t.in.Now
	case understand.Thanks:
		t.act(ActionAnswer, "thanks")
		t.progress = true
		t.say(textThanks)
	case understand.Confirm:
		t.act(ActionAnswer, "confirm")
		t.say("好的。还有别的到账问题，随时告诉我哪天刷的、多少钱。")
	case understand.Deny:
		t.deny()
	default:
		return t.chatter()
	}
	return true
}

// deny leads on after a no.
func (t *turn) deny() {
	if t.mem.LastArticle != "" || len(t.mem.Focus) > 0 {
		t.missed("抱歉没帮上。请告诉我哪天刷的、多少钱，或换个说法再问一次；要人工请回复“转人工”。")
		return
	}
	t.act(ActionAnswer, "deny")
	t.say("好的。需要查到账的时候，告诉我哪天刷的、多少钱就行。")
}

func hasOnly(q understand.Query, allowed ...understand.Intent) bool {
	for _, i := range append([]understand.Intent{q.Intent}, q.Intents...) {
		ok := i == ""
		for _, a := range allowed {
			ok = ok || i == a
		}
		if !ok {
			return false
		}
	}
	return true
}

// greeting introduces the bot once a day, then only greets.
func (t *turn) greeting() string {
	if !t.mem.Greeted.IsZero() && t.in.Now.Sub(t.mem.Greeted) < forget {
		return "在的。请告诉我哪天刷的、多少钱，我来查。"
	}
	hello := fmt.Sprintf("您好，我是%s，帮您查POS和收款码的钱到哪了。", t.e.d.Settings.name())
	if latinOnly(t.said.text) {
		hello = sentences(hello, textEnglish)
	}
	if len(t.in.Contact.Bindings) == 0 {
		return sentences(hello, "查具体交易要先绑定商户：发商户号和结算卡后四位给我，或扫绑定二维码。一般问题直接问就行。")
	}
	return sentences(hello, "直接告诉我哪天刷的、多少钱，比如“昨天下午刷的500元没到”。")
}
