package bot

import (
	"regexp"
	"strings"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// Several shops of one contact: asked once which is meant, where they would be
// answered differently; the choice holds for the conversation, until another
// shop is named.

var (
	switchWords = []string{"换一家店", "换家店", "换个店", "换一个店", "另一家店", "另外一家店", "另一个店", "另外那家店", "别的店", "其他店", "另一家", "另外一家", "换一家"} //nolint:gochecknoglobals // read-only table
	allWords    = []string{"所有店", "全部店", "每家店", "几家店", "两家店都", "都查", "两家都"}                                                    //nolint:gochecknoglobals // read-only table
)

// resolve matches within the shop in view. asked is true when the shop has to
// be chosen first, and the question stands in the reply.
func (t *turn) resolve(in diagnose.Input) (r diagnose.Result, asked bool) {
	shops := in.Facts.Merchants
	if !in.Unavailable && t.notMyShop(shops) {
		return r, true
	}
	if len(t.in.Contact.Bindings) < 2 || len(shops) < 2 || in.Unavailable {
		return diagnose.Resolve(in), false
	}
	t.lookAt(shops)
	all := in.Facts
	if t.mem.Shop != "" {
		in.Facts = ofShop(all, t.mem.Shop)
		r = diagnose.Resolve(in)
		if len(r.Silent) > 0 {
			return r, false // the shop in view itself could not be asked
		}
		stays := sameIDs(r.Transactions, t.mem.Focus) // nothing new agreed here (rules 2.7)
		if r.Cause != diagnose.NotFound && (!stays || !namesSomething(t.q)) {
			return r, false
		}
		in.Facts = all // what is not there may be another shop's
		wider := diagnose.Resolve(in)
		if agrees(wider) && r.Cause == diagnose.NotFound && len(wider.Diagnoses) > 0 {
			t.saleElsewhere(shops)
		}
		if agrees(wider) || r.Cause == diagnose.NotFound && len(wider.Silent) > 0 {
			return wider, false
		}
		return r, false
	}
	r = diagnose.Resolve(in)
	if t.mem.ShopAsked || len(in.Focus) > 0 || len(in.Offered) > 0 || !differ(r) {
		return r, false
	}
	t.askShop(shops)
	return r, true
}

// saleElsewhere says that the sale is not of the shop just named, but of
// another of the contact's own.
func (t *turn) saleElsewhere(shops []transactions.Merchant) {
	for _, m := range shops {
		named := shopNamed(t.said.text, shops) == m.MerchantNo
		if no, _ := mentioned(t.said.text, shops); no == m.MerchantNo {
			named = true
		}
		if named && m.MerchantNo == t.mem.Shop && m.Name != "" {
			t.bound = append(t.bound, m.Name)
			t.say("“" + m.Name + "”没有对得上的交易，您的另一家店有：")
		}
	}
}

// besides says which shops an answer was given without.
func (t *turn) besides(r diagnose.Result) {
	if len(r.Silent) > 0 && len(r.Diagnoses) > 0 {
		t.say(t.shopWords(r.Silent) + "的渠道现在查不到，上面没有算上；要查那里的请过一会儿再问我。")
	}
}

// shopWords names shops: “张记二店”、“张记三店”这两家店.
func (t *turn) shopWords(shops []transactions.Merchant) string {
	const named = 3
	var names []string
	for _, m := range shops[:min(named, len(shops))] {
		name := "“" + m.Name + "”"
		if m.Name == "" {
			name = "商户号" + maskedNo(m.MerchantNo)
		}
		t.bound = append(t.bound, name)
		names = append(names, name)
	}
	words := list(names)
	if len(shops) > named {
		words += "等"
	}
	if len(shops) == 1 {
		return words + "这家店"
	}
	return words + "这" + count(len(shops)) + "家店"
}

// lookAt keeps in mind which shop the words name.
func (t *turn) lookAt(shops []transactions.Merchant) {
	if speaksOf(t.q, allWords...) {
		t.mem.Shop, t.mem.ShopAsked = "", true
		return
	}
	if no := t.q.MerchantNo; no != "" && t.boundTo(no) {
		t.mem.Shop = no
		return
	}
	if no := shopNamed(t.said.text, shops); no != "" {
		t.mem.Shop = no
		return
	}
	no, _ := mentioned(t.said.text, shops)
	if no == "" {
		no = shopBegun(t.said.text, shops)
	}
	if no != "" && t.boundTo(no) {
		t.mem.Shop = no
	}
}

// shopNamed finds the one shop whose whole name is in the words; "" = none, or
// several.
func shopNamed(text string, shops []transactions.Merchant) string {
	found := ""
	for _, m := range shops {
		if m.Name == "" || !strings.Contains(text, m.Name) {
			continue
		}
		if found != "" {
			return ""
		}
		found = m.MerchantNo
	}
	return found
}

func agrees(r diagnose.Result) bool {
	for _, c := range r.Candidates {
		if c.Agrees {
			return true
		}
	}
	return false
}

// mixedRows is how many sales of several shops are still listed together, each
// with its shop (rules 2.5); of more the shop is asked for first.
const mixedRows = 3

// differ reports that the sales that may be meant are of several shops and too
// many for one list.
func differ(r diagnose.Result) bool {
	if r.Cause != diagnose.Ambiguous {
		return false
	}
	rows, shops := candidatesOf(r), map[string]bool{}
	for _, tx := range rows {
		shops[tx.MerchantNo] = true
	}
	return len(rows) > mixedRows && len(shops) > 1
}

// ofShop are the facts of one shop.
func ofShop(f transactions.Facts, no string) transactions.Facts {
	out := f
	out.Merchants, out.Transactions, out.Settlements = nil, nil, nil
	for _, m := range f.Merchants {
		if m.MerchantNo == no {
			out.Merchants = append(out.Merchants, m)
		}
	}
	for _, tx := range f.Transactions {
		if tx.MerchantNo == no {
			out.Transactions = append(out.Transactions, tx)
		}
	}
	for _, s := range f.Settlements {
		if s.MerchantNo == no {
			out.Settlements = append(out.Settlements, s)
		}
	}
	return out
}

// askShop asks which shop is meant, once a conversation.
func (t *turn) askShop(shops []transactions.Merchant) {
	t.dec.Cause = diagnose.Ambiguous
	t.act(ActionAsk, "which_shop")
	t.progress = true
	t.mem.ShopAsked = true
	t.mem.Previous = previous(t.q)
	t.mem.Offered, t.mem.Answered = nil, nil
	t.say("您绑定了" + count(len(shops)) + "家店，想查哪一家？")
	t.offerShops(shops, true)
}

func (t *turn) offerShops(shops []transactions.Merchant, all bool) {
	const most = 9
	choices := make([]Choice, 0, len(shops)+1)
	for _, m := range shops {
		if len(choices) == most {
			t.say("没有列出的店，请直接发商户号。")
			break
		}
		name := m.Name
		if name == "" || shopNamed(name, shops) == "" {
			name = strings.TrimSpace(name + " 商户号" + maskedNo(m.MerchantNo))
		}
		t.bound = append(t.bound, name)
		choices = append(choices, Choice{Text: name, Means: "shop:" + m.MerchantNo})
	}
	if all {
		choices = append(choices, Choice{Text: "都看看", Means: "shop:*"})
	}
	t.offer(choices...)
}

func count(n int) string {
	words := []string{"零", "一", "两", "三", "四", "五", "六", "七", "八", "九"}
	if n < len(words) {
		return words[n]
	}
	return "多"
}

// shopTapped finds the tap whose shop part of a name stands for.
func (t *turn) shopTapped() *Choice {
	text := strings.Trim(strings.TrimSpace(t.said.text), "，。！？,.!? ")
	for _, tail := range []string{"吧", "的", "那家", "那个", "这家", "店"} {
		text = strings.TrimSuffix(text, tail)
	}
	if len([]rune(text)) < 2 || len([]rune(text)) > 12 {
		return nil
	}
	var found *Choice
	for _, c := range t.mem.Choices {
		name := c.Text
		if strings.HasPrefix(c.Means, "transaction:") {
			_, name, _ = strings.Cut(c.Text, "“")
		} else if !strings.HasPrefix(c.Means, "shop:") || c.Means == "shop:*" {
			continue
		}
		if !strings.Contains(name, text) {
			continue
		}
		if found != nil {
			return nil
		}
		hit := c
		found = &hit
	}
	return found
}

// chooseShop keeps the shop in mind and answers what was asked before.
func (t *turn) chooseShop(no string) (bool, error) {
	t.mem.ShopAsked = true
	t.mem.Shop = ""
	if no != "*" {
		if !t.boundTo(no) {
			return false, nil
		}
		t.mem.Shop = no
	}
	return true, t.askAgain()
}

// askAgain puts the question before to the shop in view; without one, what is
// open there is told.
func (t *turn) askAgain() error {
	t.progress = true
	t.mem.Focus, t.mem.Offered, t.mem.Answered, t.mem.Explained = nil, nil, nil, ""
	if p := t.mem.Previous; p != nil {
		text := t.q.Text
		t.q = *p
		t.q.Text, t.q.Choice = text, 0
	}
	if t.q.Totals != "" {
		_, err := t.totals()
		return err
	}
	_, err := t.lookUp(modeAlways)
	return err
}

// switchesShop acts on 换一家店. It reports false when the words are none, or
// there is no other shop.
func (t *turn) switchesShop() (bool, error) {
	if len(t.in.Contact.Bindings) < 2 {
		return false, nil
	}
	if part := shopPart(t.said.text); part != "" && !namesSomething(t.q) {
		if done, err := t.switchesTo(part); done || err != nil {
			return done, err
		}
	}
	if !speaksOf(t.q, switchWords...) {
		return false, nil
	}
	others := make([]string, 0, len(t.in.Contact.Bindings))
	for _, b := range t.in.Contact.Bindings {
		if b.MerchantNo != t.mem.Shop {
			others = append(others, b.MerchantNo)
		}
	}
	if len(others) == 1 {
		t.mem.Shop, t.mem.ShopAsked = others[0], true
		if namesSomething(t.q) {
			t.mem.Previous = previous(t.q)
		}
		return true, t.askAgain()
	}
	facts, err := t.read(diagnose.Lookup(t.q, nil, others, t.in.Now))
	if err != nil && len(facts.Merchants) == 0 {
		return false, nil //nolint:nilerr // the ordinary way says that the ledger does not answer
	}
	if namesSomething(t.q) {
		t.mem.Previous = previous(t.q)
	}
	t.mem.Shop, t.mem.ShopAsked = "", true
	t.act(ActionAsk, "which_shop")
	t.dec.Cause = diagnose.Ambiguous
	t.progress = true
	t.say("想查哪一家？")
	t.offerShops(facts.Merchants, false)
	return true, nil
}

// shopAsked is a message that names a shop and nothing else: 换成张记二店,
// 五金店的呢, 那二店呢, 查张记的.
var shopAsked = regexp.MustCompile(`^(换成|换到|切换到|切到|改查|改成查|我要查|我想查|查一下|查下|查|那|看看|看)?(.{2,12}?)(的?呢|那家的?呢?|这家的?呢?|的(情况|钱|到账)?|吧|)$`) //nolint:gochecknoglobals // compiled once

// shopPart is what may be a shop's name, or part of it, in a message that does
// nothing but switch to it; "" when nothing in the words says so.
func shopPart(text string) string {
	m := shopAsked.FindStringSubmatch(strings.Trim(strings.TrimSpace(text), "，。！？,.!? "))
	if m == nil || m[1] == "" && m[3] == "" || strings.ContainsAny(m[2], "0123456789 \n") {
		return ""
	}
	return m[2]
}

// switchesTo looks at the one bound shop whose name holds the part. It reports
// false when none does, or several do.
func (t *turn) switchesTo(part string) (bool, error) {
	mine := make([]string, 0, len(t.in.Contact.Bindings))
	for _, b := range t.in.Contact.Bindings {
		mine = append(mine, b.MerchantNo)
	}
	facts, err := t.read(diagnose.Lookup(t.q, nil, mine, t.in.Now))
	if err != nil && len(facts.Merchants) == 0 {
		return false, nil //nolint:nilerr // the ordinary way says that the ledger does not answer
	}
	found := ""
	for _, m := range facts.Merchants {
		if !strings.Contains(m.Name, part) {
			continue
		}
		if found != "" {
			return false, nil
		}
		found = m.MerchantNo
	}
	if found == "" || !t.boundTo(found) {
		return false, nil
	}
	t.mem.Shop, t.mem.ShopAsked = found, true
	return true, t.askAgain()
}
