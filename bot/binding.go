package bot

import (
	"regexp"
	"strings"

	"daozhang/bot/understand"
)

// Identity: which shops a contact may ask about (design 7).

var (
	// merchantRun is a merchant number told without its word: fifteen digits.
	merchantRun = regexp.MustCompile(`(?:^|[^0-9A-Za-z.])(\d{15})(?:$|[^0-9A-Za-z.])`) //nolint:gochecknoglobals // compiled once, read-only
	// bareTail is an account tail told with nothing but words around.
	bareTail  = regexp.MustCompile(`^[^0-9A-Za-z.:：]{0,16}(\d{4})[^0-9A-Za-z.:：]{0,8}$`)       //nolint:gochecknoglobals // compiled once, read-only
	bindWords = []string{"绑定", "绑商户", "绑店", "关联商户", "认证商户", "加绑", "再绑", "添加商户", "添加店", "添加门店"} //nolint:gochecknoglobals // read-only table
	// saleWords are of sales and payouts: digits beside them are no tail.
	saleWords   = []string{"刷", "没到", "没收", "没有到", "到了", "到没", "交易", "流水", "明细", "查", "元", "块", "钱", "笔", "点", "分", "月", "终端", "参考", "订单", "单号", "授权码", "凭证", "电话", "手机", "金额"} //nolint:gochecknoglobals // read-only table
	noTextWords = []string{"收不到短信", "没收到短信", "没有收到短信", "没收着短信", "短信没收到", "短信收不到", "没短信", "短信没来"}                                                                                //nolint:gochecknoglobals // read-only table
	resendWords = []string{"重新发", "再发一", "重发", "再发个", "新的验证码", "验证码过期"}                                                                                                         //nolint:gochecknoglobals // read-only table
	unbindWords = []string{"解绑", "解除绑定", "取消绑定", "不绑了", "换绑"}                                                                                                                   //nolint:gochecknoglobals // read-only table
	byHandWords = []string{"人工核实", "人工核对", "收不到验证码", "没收到验证码", "没有收到验证码", "验证码没收到", "验证码收不到"}                                                                                   //nolint:gochecknoglobals // read-only table
	whichWords  = []string{"绑了哪", "绑定了哪", "绑的哪", "绑定的是哪", "哪家店", "我绑定的"}                                                                                                        //nolint:gochecknoglobals // read-only table
)

// bindScene ties the contact to the shop of a valid binding QR code.
func (t *turn) bindScene() {
	s := t.in.Scene
	if s == nil {
		return
	}
	t.dec.Bind = s
	t.progress = true
	t.mem.BindMerchantNo, t.mem.BindLast4 = "", ""
	if isBindFact(t.mem.Asked) {
		t.mem.Asked, t.mem.AskedTimes = "", 0
	}
	for _, b := range t.in.Contact.Bindings {
		if b.MerchantNo == s.MerchantNo {
			t.say("您之前已经绑定过“" + s.ShopName + "”，可以直接问到账。")
			return
		}
	}
	t.say("绑定成功：" + s.ShopName + "。以后直接告诉我哪天刷的、多少钱，比如“昨天下午刷的500元没到”。")
}

// bindingTalk runs the binding dialogue. It reports false when the words are
// about something else.
func (t *turn) bindingTalk() bool {
	open := isBindFact(t.mem.Asked)
	switch {
	case t.e.d.Settings.Codes && (speaksOf(t.q, byHandWords...) || t.codePending() && (speaksOf(t.q, noTextWords...) || strings.TrimSpace(t.said.text) == "收不到") && len(t.q.Amounts) == 0 && t.q.Time == nil):
		t.byHand()
	case t.codePending() && speaksOf(t.q, resendWords...) && t.q.MerchantNo == "":
		t.act(ActionAsk, "code_again")
		t.say(textCodeAgain)
	case speaksOf(t.q, unbindWords...):
		t.askUnbind()
	case speaksOf(t.q, whichWords...) && hasIntent(t.q, understand.Identity, understand.Other):
		t.myShops()
	case speaksOf(t.q, bindWords...) && !t.asksHow():
		t.startBinding()
	case t.namesShop():
		return false
	case len(t.in.Contact.Bindings) == 0 && hasIntent(t.q, understand.Identity) && t.q.MerchantNo != "" && !t.asksOfASale():
		t.startBinding()
	case open && (t.bareFacts() || !t.asksOfASale()) && t.collectBinding(true):
		t.nextBinding()
	case open && t.q.Phone != "" && !t.asksOfASale(): // a telephone number is none of the facts: asked again
		t.nextBinding()
	case len(t.in.Contact.Bindings) == 0 && t.q.MerchantNo != "" && t.q.AccountLast4 != "":
		t.startBinding()
	default:
		return false
	}
	return true
}

// asksHow reports a question about binding rather than the wish to bind.
func (t *turn) asksHow() bool {
	return speaksOf(t.q, "怎么", "如何", "为什么", "安全吗", "什么意思") && t.q.MerchantNo == "" && t.q.AccountLast4 == ""
}

// namesShop reports a merchant number named outside of a binding dialogue by
// somebody who has shops: whose takings are meant, and only a bound shop's are
// told (rules 2.1).
func (t *turn) namesShop() bool {
	return t.q.MerchantNo != "" && len(t.in.Contact.Bindings) > 0 && (!isBindFact(t.mem.Asked) || t.asksOfASale() && !t.bareFacts())
}

// asksOfASale reports words about a sale: a merchant number beside them says
// whose sale is meant, not that a shop is to be bound.
func (t *turn) asksOfASale() bool {
	return len(t.q.Amounts) > 0 || t.q.Time != nil || t.q.Reference != "" || t.q.Terminal != "" ||
		hasIntent(t.q, understand.MissingPayment) || speaksOf(t.q, saleWords...)
}

// bareFacts reports a message that holds the facts of a binding and nothing
// of a sale (822100000000001 1234, 尾号1234).
func (t *turn) bareFacts() bool {
	if speaksOf(t.q, saleWords...) {
		return false
	}
	no := t.shopNo()
	rest := strings.TrimSpace(strings.ReplaceAll(t.q.Text, no, " "))
	return bareTail.MatchString(rest) || no != "" && !strings.ContainsAny(rest, "0123456789")
}

// shopNo is the merchant number told, by its word or as fifteen digits; "" =
// none.
func (t *turn) shopNo() string {
	if t.q.MerchantNo != "" {
		return t.q.MerchantNo
	}
	if m := merchantRun.FindStringSubmatch(t.q.Text); m != nil && !speaksOf(t.q, saleWords...) {
		return m[1]
	}
	return ""
}

// startBinding begins or goes on with the dialogue.
func (t *turn) startBinding() {
	t.collectBinding(true)
	t.nextBinding()
}

// collectBinding takes what was said of merchant number and account tail, in
// any order. bare allows plain digits, which only mean that when asked for; a
// terminal, a sum, a time or a telephone number never does.
func (t *turn) collectBinding(bare bool) bool {
	no, last4 := t.q.MerchantNo, t.q.AccountLast4
	if bare {
		no = t.shopNo()
		if last4 == "" && t.bareFacts() {
			if m := bareTail.FindStringSubmatch(strings.TrimSpace(strings.ReplaceAll(t.q.Text, no, " "))); m != nil {
				last4 = m[1]
			}
		}
		if last4 == "" && !t.asksOfASale() {
			last4 = t.q.CardLast4
		}
	}
	if no != "" {
		t.mem.BindMerchantNo = no
	}
	if last4 != "" {
		t.mem.BindLast4 = last4
	}
	return no != "" || last4 != ""
}

// nextBinding asks for what is missing, or files the request. The words never
// depend on whether such a shop exists.
func (t *turn) nextBinding() {
	t.q.Intent = understand.Identity
	switch {
	case t.in.Contact.BindAttempts >= maxBinds:
		t.act(ActionRefuse, "bind_locked")
		t.endBinding()
		t.say("今天的绑定申请次数已经用完，为了您的资金安全，请24小时后再试，或回复“转人工”。")
	case t.mem.BindMerchantNo == "" && t.mem.BindLast4 == "":
		t.act(ActionAsk, "bind_ask")
		if t.asked("merchant_no") > 2 {
			t.handOver(ReasonNoProgress, "normal")
		}
		t.say("好的，绑定商户要两样：\n1）商户号（签购单上有，一长串数字）；\n2）收款结算卡的后四位。\n一句话发来就行；有绑定二维码的直接扫码更快。")
	case t.mem.BindMerchantNo == "":
		t.act(ActionAsk, "bind_ask_merchant")
		t.asked("merchant_no")
		t.progress = true
		t.say("结算卡后四位收到了。请再发商户号，签购单上“商户号”后面那一长串就是。")
	case t.mem.BindLast4 == "":
		t.act(ActionAsk, "bind_ask_last4")
		t.asked("account_last4")
		t.progress = true
		t.say("商户号收到了。请再发收款结算卡的后四位（只要四位，不要发完整卡号）。")
	case t.boundTo(t.mem.BindMerchantNo):
		t.act(ActionAnswer, "bind_already")
		t.progress = true
		t.say("商户号" + maskedNo(t.mem.BindMerchantNo) + "您已经绑定过了，可以直接问到账。")
		t.endBinding()
	case t.e.d.Settings.Codes && !t.mem.BindByHand && !t.in.Contact.codesSpent():
		t.act(ActionAsk, "code_request")
		t.progress = true
		t.dec.CodeRequest = &CodeRequest{MerchantNo: t.mem.BindMerchantNo, Last4: t.mem.BindLast4, Asked: t.in.Contact.Codes}
		t.endBinding()
		t.say(textCodeAsked)
	default:
		t.act(ActionAnswer, "bind_request")
		spent := t.e.d.Settings.Codes && !t.mem.BindByHand
		t.fileRequest(t.mem.BindMerchantNo, t.mem.BindLast4)
		if spent {
			t.say("今天的验证码次数已经用完，改由人工核实。")
		}
		t.say("绑定申请已提交。为了您的资金安全，工作人员会核对身份后确认，结果会在这里通知您" + t.hoursNote() + "。")
	}
}

func (t *turn) boundTo(no string) bool {
	for _, b := range t.in.Contact.Bindings {
		if b.MerchantNo == no {
			return true
		}
	}
	return false
}

// askUnbind confirms before a shop is let go.
func (t *turn) askUnbind() {
	t.act(ActionAsk, "unbind_ask")
	t.q.Intent = understand.Identity
	t.progress = true
	if len(t.in.Contact.Bindings) == 0 {
		t.act(ActionAnswer, "unbind_none")
		t.say("您现在没有绑定商户，不用解绑。")
		return
	}
	choices := make([]Choice, 0, len(t.in.Contact.Bindings)+1)
	for _, b := range t.in.Contact.Bindings {
		choices = append(choices, Choice{Text: "解绑商户号" + maskedNo(b.MerchantNo), Means: "unbind:" + b.MerchantNo})
	}
	t.say("解绑后就不能在这里查这家店的到账了。确定要解绑吗？")
	t.offer(append(choices, Choice{Text: "不解绑", Means: "keep"})...)
}

func (t *turn) unbind(no string) {
	t.act(ActionAnswer, "unbind")
	t.progress = true
	for _, b := range t.in.Contact.Bindings {
		if b.MerchantNo == no {
			t.dec.Unbind = []string{no}
			if len(t.in.Contact.Bindings) == 1 {
				t.dec.CancelWatches = []string{"*"} // of several shops, the store ends those of this one
			}
			t.mem = fresh(t.mem)
			t.say("已解绑商户号" + maskedNo(no) + "。要重新绑定，回复“绑定”就行。")
			return
		}
	}
	t.say("这家店现在没有绑定，不用解绑。")
}

// myShops lists the bound merchant numbers, masked.
func (t *turn) myShops() {
	t.act(ActionAnswer, "my_shops")
	t.progress = true
	if len(t.in.Contact.Bindings) == 0 {
		t.say("您还没有绑定商户。", "要绑定的话，把商户号和结算卡后四位发给我。")
		return
	}
	var nos []string
	for _, b := range t.in.Contact.Bindings {
		nos = append(nos, maskedNo(b.MerchantNo))
	}
	t.say("您绑定的商户号：" + list(nos) + "。要加绑回复“绑定”，不要了回复“解绑”。")
}

// maskedNo shows the last four digits of a merchant number.
func maskedNo(no string) string {
	if len(no) <= 4 {
		return no
	}
	return "尾号" + no[len(no)-4:]
}
