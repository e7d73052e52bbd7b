package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Person is a contact bound to a shop, as its owner sees it.
type Person struct {
	ContactID  int64
	MerchantNo string
	ShopName   string
	Role       Role
	Name       string // as the operator or WeChat knows it; "" = unknown
	BoundAt    time.Time
}

// Removal ends the binding of somebody else; only an owner may ask for it, and
// whoever commits it checks that again.
type Removal struct {
	MerchantNo string
	ContactID  int64
}

var (
	peopleWords = []string{"谁绑", "有谁", "哪些人", "哪几个人", "几个人绑", "多少人绑", "绑定的人", "绑定人员", "店员列表", "成员", "员工列表", "管理店员", "查看店员"} //nolint:gochecknoglobals // read-only table
	removeWords = []string{"移除", "踢", "删除店员", "删掉店员", "删除店长", "解除店员", "解绑店员", "取消店员", "店员离职", "店员不干", "店员辞", "员工离职"}        //nolint:gochecknoglobals // read-only table
)

// asksPeople reports words about who else is bound to the shop.
func (t *turn) asksPeople() bool {
	if t.asksOfASale() && !speaksOf(t.q, removeWords...) && !speaksOf(t.q, "绑") {
		return false
	}
	return speaksOf(t.q, removeWords...) ||
		speaksOf(t.q, peopleWords...) && (speaksOf(t.q, "绑", "店") || hasOnly(t.q, understand.Identity, understand.Other))
}

// people lists who is bound, for owners, with a tap to remove each.
func (t *turn) people() error {
	t.q.Intent = understand.Identity
	t.progress = true
	var mine []string
	for _, b := range t.in.Contact.Bindings {
		if Role(b.Role).May(SeePeople) {
			mine = append(mine, b.MerchantNo)
		}
	}
	if len(mine) == 0 {
		t.act(ActionRefuse, "people_refused")
		t.say("谁绑定了这家店，只有店主能看和管理。")
		return nil
	}
	all, err := t.peopleOf(mine)
	if err != nil {
		return err
	}
	t.act(ActionAnswer, "people")
	var rows []string
	var choices []Choice
	for _, no := range mine {
		n := 0
		shop := "商户号" + maskedNo(no)
		for _, p := range all {
			if p.MerchantNo != no {
				continue
			}
			n++
			if p.ShopName != "" {
				shop = "“" + p.ShopName + "”"
			}
			if p.ContactID == t.in.Contact.ID {
				continue
			}
			rows = append(rows, p.label()+"，"+moment(p.BoundAt, t.in.Now)+"绑定")
			if p.Role.Removable() && Owner.May(RemovePeople) && len(choices) < maxChoices {
				choices = append(choices, Choice{Text: "移除" + p.label(), Means: "remove:" + no + ":" + strconv.FormatInt(p.ContactID, 10)})
			}
		}
		if n <= 1 {
			t.say(shop + "只有您一个人绑定。")
			continue
		}
		t.say(shop + "除了您还有" + strconv.Itoa(n-1) + "人绑定：")
		t.say(rows...)
		rows = nil
	}
	for _, p := range all {
		t.bound = append(t.bound, p.label(), p.ShopName)
	}
	if len(choices) > 0 {
		t.offer(append(choices, Choice{Text: "都不移除", Means: "keep_people"})...)
	}
	return nil
}

// peopleOf asks who is bound; nobody where there is no way to know.
func (t *turn) peopleOf(merchantNos []string) ([]Person, error) {
	if t.e.d.People == nil {
		return nil, nil
	}
	return t.e.d.People.People(t.ctx, merchantNos) //nolint:wrapcheck // says itself where
}

func (p Person) label() string {
	if p.Name == "" {
		return p.Role.Chinese()
	}
	return p.Name + "（" + p.Role.Chinese() + "）"
}

// removalOf finds the person that a tap means, among those that the contact
// may remove now.
func (t *turn) removalOf(arg string) (Person, bool, error) {
	no, id, _ := strings.Cut(arg, ":")
	contact, err := strconv.ParseInt(id, 10, 64)
	if err != nil || !t.in.Contact.roleAt(no).May(RemovePeople) || t.in.Contact.roleAt(no) == "" {
		return Person{}, false, nil //nolint:nilerr // a tap of ours always parses
	}
	all, err := t.peopleOf([]string{no})
	if err != nil {
		return Person{}, false, err
	}
	for _, p := range all {
		if p.ContactID == contact && contact != t.in.Contact.ID && p.Role.Removable() {
			t.bound = append(t.bound, p.label(), p.ShopName)
			return p, true, nil
		}
	}
	return Person{}, false, nil
}

// askRemove confirms before somebody is removed; remove does it.
func (t *turn) askRemove(arg string, confirmed bool) error {
	t.q.Intent = understand.Identity
	t.progress = true
	p, ok, err := t.removalOf(arg)
	if err != nil {
		return err
	}
	if !ok {
		t.act(ActionAnswer, "remove_gone")
		t.say("这个人现在没有绑定您的店，不用移除。")
		return nil
	}
	if !confirmed {
		t.act(ActionAsk, "remove_ask")
		t.say("移除后，" + p.label() + "就不能再查这家店的到账，也不会再收到提醒。确定移除吗？")
		t.offer(Choice{Text: "确定移除", Means: "remove_yes:" + arg}, Choice{Text: "不移除", Means: "keep_people"})
		return nil
	}
	t.act(ActionAnswer, "remove")
	t.dec.Remove = &Removal{MerchantNo: p.MerchantNo, ContactID: p.ContactID}
	t.say("已移除" + p.label() + "。以后要恢复，请对方重新绑定。")
	return nil
}

// forRole leaves out of a diagnosis what the contact's role may not see.
func (t *turn) forRole(d diagnose.Diagnosis) diagnose.Diagnosis {
	if role := t.in.Contact.roleAt(d.Merchant.MerchantNo); role == "" || role.May(SeeAccount) {
		return d
	}
	a := d.Merchant.Account
	d.Docs = slices.Clone(d.Docs)
	for i, doc := range d.Docs {
		if withoutAccount(doc, a, "") == "" {
			d.Docs[i] = "结算账户资料"
		}
	}
	d.Merchant.StatusReason = withoutAccount(d.Merchant.StatusReason, a, "")
	d.Settlement, d.First = hideAccount(d.Settlement, a), hideAccount(d.First, a)
	d.Merchant.Account.Bank, d.Merchant.Account.Last4, d.Merchant.Account.PrevLast4 = "", "", ""
	return d
}

// hideAccount is a copy of a payout without the account it went to, nor the
// bank's words where they name it.
func hideAccount(s *transactions.Settlement, a transactions.Account) *transactions.Settlement {
	if s == nil {
		return nil
	}
	c := *s
	c.FailReason = withoutAccount(s.FailReason, a, s.AccountLast4)
	c.AccountLast4 = ""
	return &c
}

// withoutAccount is a recorded reason, empty when it names the account's bank
// or a tail.
func withoutAccount(reason string, a transactions.Account, last4 string) string {
	for _, w := range []string{a.Bank, a.Last4, a.PrevLast4, last4, "尾号"} {
		if w != "" && strings.Contains(reason, w) {
			return ""
		}
	}
	return reason
}
