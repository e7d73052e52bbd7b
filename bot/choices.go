package bot

import (
	"strconv"
	"strings"

	"daozhang/bot/understand"
)

// chosen finds the tap that one of the messages stands for: its text or its
// number. Other messages of the turn stay to be understood.
func (t *turn) chosen() *Choice {
	if len(t.mem.Choices) == 0 {
		return nil
	}
	for i := len(t.said.texts) - 1; i >= 0; i-- {
		for _, c := range t.mem.Choices {
			if sameTap(t.said.texts[i], c) {
				found := c
				return &found
			}
		}
	}
	return nil
}

// sameTap compares a message with a tap: its number ("2", "2.", "选2") or its
// words, blanks aside.
func sameTap(text string, c Choice) bool {
	text = strings.TrimSpace(text)
	n := strings.TrimFunc(strings.TrimPrefix(strings.TrimPrefix(text, "选"), "第"), func(r rune) bool {
		return strings.ContainsRune(" .。、,，)）(（个笔条", r)
	})
	if v, err := strconv.Atoi(n); err == nil && int64(v) == c.ID && len(n) <= 2 {
		return true
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	return squeeze(text) == squeeze(c.Text) || squeeze(text) == squeeze(strconv.FormatInt(c.ID, 10)+". "+c.Text)
}

// tapped acts on a choice: a tap, or an ordinal that the parser found.
func (t *turn) tapped(c *Choice) (bool, error) {
	if c == nil {
		c = t.ordinal()
	}
	if answer := t.guideAnswer(); c == nil && answer != "" {
		c = &Choice{Means: "guide:" + answer}
	}
	if c == nil {
		c = t.shopTapped()
	}
	if c == nil {
		return false, nil
	}
	t.chose = true
	what, arg, _ := strings.Cut(c.Means, ":")
	switch what {
	case "transaction":
		return t.chooseTransaction(arg)
	case "none":
		return true, t.noneOfThese()
	case "human":
		t.q.WantsHuman = true
		t.person()
	case "article":
		t.article(arg, "tapped")
	case "guide":
		t.guide(arg)
	case "faq":
		t.faq()
	case "bind":
		t.startBinding()
	case "query":
		return true, t.generalQuery()
	case "confirm":
		return t.confirmed()
	case "deny":
		return true, t.denied()
	case "notify":
		t.q.NotifyMe = true
		return t.money()
	case "unbind":
		t.unbind(arg)
	case "shop":
		return t.chooseShop(arg)
	case "remove":
		return true, t.askRemove(arg, false)
	case "remove_yes":
		return true, t.askRemove(arg, true)
	case "keep_people":
		t.act(ActionAnswer, "remove_kept")
		t.progress = true
		t.say("好的，不移除。")
	case "keep":
		t.act(ActionAnswer, "unbind_kept")
		t.progress = true
		t.say("好的，绑定不变。")
	default:
		return false, nil
	}
	return true, nil
}

// ordinal maps 第二个 and 都不是 to the taps of the last reply; yes and no to
// taps that mean it.
func (t *turn) ordinal() *Choice {
	switch n := t.q.Choice; {
	case n > 0 && n <= len(t.mem.Choices):
		return &t.mem.Choices[n-1]
	case n == -1 && len(t.mem.Choices) > 0:
		return &Choice{Means: "none"}
	}
	if namesSomething(t.q) {
		return nil
	}
	if c := t.mem.Choices; len(c) == 2 && strings.HasPrefix(c[0].Means, "transaction:") && (t.q.Intent == understand.Confirm || t.halfYes()) {
		return &c[0] // 对: the only one that was offered
	}
	if c := t.mem.Choices; len(c) > 1 && strings.HasPrefix(c[0].Means, "transaction:") && c[len(c)-1].Means == "none" && t.deniesThese() {
		return &c[len(c)-1]
	}
	for _, c := range t.mem.Choices {
		yes := c.Means == "confirm" || strings.HasPrefix(c.Means, "unbind:") || strings.HasPrefix(c.Means, "remove_yes:")
		no := c.Means == "deny" || c.Means == "keep" || c.Means == "keep_people"
		if (yes && t.q.Intent == understand.Confirm) || (no && t.q.Intent == understand.Deny) {
			found := c
			return &found
		}
	}
	return nil
}

// halfYes reports a yes that is not quite sure (应该是的): the sale is named
// whole in the answer.
func (t *turn) halfYes() bool {
	if len(t.said.texts) == 0 {
		return false
	}
	switch strings.TrimRight(strings.TrimSpace(t.said.texts[len(t.said.texts)-1]), "。.！!~～，, 吧啊呀了") {
	case "应该是", "应该是的", "应该就是", "好像是", "好像是的", "可能是", "大概是", "应该是这笔", "好像是这笔", "差不多":
		return true
	}
	return false
}

// deniesThese reports a no to the sales listed (不对, 不是的, 都不对), as against
// giving up (算了, 不用了).
func (t *turn) deniesThese() bool {
	if t.q.Intent != understand.Deny || len(t.said.texts) == 0 {
		return false
	}
	text := strings.TrimSpace(t.said.texts[len(t.said.texts)-1])
	for _, p := range []string{"不是", "不对", "都不", "没有", "错了", "否", "没一个", "no", "No", "NO"} {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return text == "不"
}

// chooseTransaction answers the candidate that was tapped.
func (t *turn) chooseTransaction(id string) (bool, error) {
	for i, o := range t.mem.Offered {
		if o == id {
			t.q.Choice = i + 1
		}
	}
	if t.q.Choice == 0 { // no longer offered: stay with it all the same
		t.mem.Focus = []string{id}
	}
	t.progress = true
	_, err := t.lookUp(modeAlways)
	if t.result != nil && len(t.result.Diagnoses) == 1 && len(t.in.Contact.Bindings) > 1 {
		t.mem.Shop = t.result.Diagnoses[0].Merchant.MerchantNo // chosen: stays in view
	}
	return true, err
}

// noneOfThese leads on after 都不是: another sale is asked for, another article
// is looked for, never a dead end.
func (t *turn) noneOfThese() error {
	if len(t.mem.Offered) == 0 {
		t.missed("那请换个说法告诉我遇到了什么事；查到账请说哪天刷的、多少钱。要人工请回复“转人工”。")
		return nil
	}
	t.notFound("card_last4", "那就不是这几笔。请告诉我客户付款卡的后四位，或签购单上的参考号，我再找。")
	t.mem.Offered, t.mem.Answered = nil, nil
	return nil
}

// confirmed tells the sale again that was found on a neighbour day.
func (t *turn) confirmed() (bool, error) {
	if len(t.mem.Focus) == 0 {
		return false, nil
	}
	t.progress = true
	_, err := t.lookUp(modeAlways)
	return true, err
}

// denied asks on when the sale of the neighbour day was not the one.
func (t *turn) denied() error {
	t.mem.Focus = nil
	t.notFound("time", "那不是这一笔。请再告诉我是哪一天、大概几点刷的，刷了多少钱，我重新找。")
	return nil
}
