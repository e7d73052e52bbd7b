package bot

import (
	"strconv"
	"strings"

	"daozhang/bot/understand"
)

// askedText is Memory.Asked after a message that could not be read.
const askedText = "readable"

// unfollowed notes that the contact left.
func (t *turn) unfollowed() bool {
	for _, u := range t.said.events {
		if u.Event == "unsubscribe" {
			t.dec.Unfollowed = true
			t.act(ActionNone, "unsubscribe")
			return true
		}
	}
	return false
}

// wordless handles a turn of events and unreadable messages only.
func (t *turn) wordless() error {
	for i := len(t.said.events) - 1; i >= 0; i-- {
		if done, err := t.event(t.said.events[i]); done || err != nil {
			return err
		}
	}
	if len(t.body) > 0 { // a scene was bound
		t.act(ActionAnswer, "bind_scene")
		return nil
	}
	if len(t.said.unread) > 0 {
		t.unreadable()
		return nil
	}
	t.act(ActionNone, "nothing_said")
	if len(t.said.events) == 0 {
		t.missed(textUnknown)
	}
	return nil
}

// event answers one menu click, subscription or scan.
func (t *turn) event(u Utterance) (bool, error) {
	switch strings.ToLower(u.Event) {
	case "subscribe":
		t.welcome()
	case "scan":
		t.scanned()
	case "click":
		return t.clicked(u.Key)
	default:
		return false, nil // VIEW, LOCATION, delivery reports: nothing to answer
	}
	return true, nil
}

// clicked acts on the menu keys of the contract.
func (t *turn) clicked(key string) (bool, error) {
	switch strings.ToUpper(key) {
	case "QUERY":
		return true, t.generalQuery()
	case "FAQ":
		t.faq()
	case "HUMAN":
		t.q.Intent, t.q.WantsHuman = understand.Human, true
		t.q.Role, t.q.Urgency = understand.RoleUnknown, understand.UrgencyNormal
		t.person()
	case "CASES":
		t.cases()
	case "BIND":
		t.startBinding()
	default:
		t.act(ActionAnswer, "unknown_key")
		t.say(textUnknown)
	}
	return true, nil
}

// welcome greets a new follower.
func (t *turn) welcome() {
	t.act(ActionAnswer, "subscribe")
	t.progress = true
	if t.dec.Bind == nil {
		t.mem.Greeted = t.in.Now
		if t.in.SceneRejected {
			t.say(textSceneRejected)
		}
		hello := "您好，我是" + t.e.d.Settings.name() + "，帮您查POS和收款码的钱到哪了。"
		if len(t.in.Contact.Bindings) > 0 {
			t.say(hello, "直接告诉我哪天刷的、多少钱就行。")
			return
		}
		t.say(hello, "查具体交易要先绑定商户：把商户号和结算卡后四位发给我，或扫绑定二维码；一般问题直接问就行。要找人工，回复“转人工”。")
		return
	}
	t.mem.Greeted = t.in.Now
}

const textSceneRejected = "这个绑定二维码已经失效或用过了，请向给您码的人重新要一个；也可以直接发商户号和结算卡后四位给我。"

// scanned answers a scan: bound by bindScene already, or refused.
func (t *turn) scanned() {
	t.act(ActionAnswer, "scan")
	t.progress = true
	if t.dec.Bind == nil {
		t.say(textSceneRejected)
	}
}

// unreadable asks for words; when it happens again in a row a person looks.
func (t *turn) unreadable() {
	if t.waits() {
		t.act(ActionNone, "waiting_chatter")
		return
	}
	t.act(ActionAsk, "unreadable")
	t.mem.Offered = nil
	if t.asked(askedText) >= 2 {
		t.say("这条我还是看不懂，请人工帮您看。")
		t.handOver(ReasonUnreadable, "normal")
		return
	}
	t.say(textPicture)
}

// rated takes the rating of a closed case; false when the words are none.
func (t *turn) rated() bool {
	if !t.mem.AskRating || t.said.text == "" {
		return false
	}
	n := ratingOf(t.said.text, t.mem.Choices)
	if n == 0 {
		return false
	}
	t.dec.Rating = n
	t.mem = fresh(t.mem)
	t.mem.AskRating = false
	t.progress = true
	t.act(ActionAnswer, "rating")
	t.dec.Query.Text = t.said.text
	if n <= 2 {
		t.say("谢谢您的评价，没让您满意很抱歉，我们会改进。还有问题随时找我。")
	} else {
		t.say("谢谢您的评价！还有问题随时找我。")
	}
	return true
}

// ratingOf reads 5, 5分, 五星, 满意; 0 when the text is no rating.
func ratingOf(text string, choices []Choice) int {
	text = strings.TrimSpace(text)
	for _, c := range choices {
		if r, ok := strings.CutPrefix(c.Means, "rate:"); ok && sameTap(text, c) {
			if n, err := strconv.Atoi(r); err == nil {
				return n
			}
		}
	}
	bare := strings.TrimRight(text, "分星!！。. ")
	if n, err := strconv.Atoi(bare); err == nil && n >= 1 && n <= 5 {
		return n
	}
	words := map[string]int{
		"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5,
		"非常满意": 5, "很满意": 5, "满意": 4, "一般": 3, "不满意": 2, "很不满意": 1, "非常不满意": 1,
	}
	return words[bare]
}
