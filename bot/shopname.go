package bot

import (
	"regexp"
	"slices"
	"strings"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// Shops named in words (城东店昨天的): looked for among the contact's own shops
// only, so that what is said does not depend on the shops of others.

// shopSaid is what looks like the name of a shop, at the beginning of a clause
// or behind a time.
var shopSaid = regexp.MustCompile(`(?:^|[，。！？,!?\s:：])(\p{Han}{2,9}(?:店|超市|[面餐饭酒茶]馆|餐厅|商行))(?:的|里的|那|昨|今|前|上|这|刚|早|晚|中|周|星|礼|[0-9一二三四五六七八九十]|总|收|刷|到|有|还|没|呢|吗|$)`) //nolint:gochecknoglobals // compiled once, read-only

// beforeShop may stand in front of the name of a shop.
//
//nolint:gochecknoglobals // read-only table
var beforeShop = []string{
	"查一下", "查下", "查查", "查", "看一下", "看看", "看下", "帮我", "麻烦", "请问", "你好", "我想", "我要", "那个", "那", "我们的", "我们", "我的", "我", "咱们", "咱", "俺",
	"大前天", "昨天", "今天", "前天", "昨晚", "今早", "今晚", "昨日", "今日", "上午", "下午", "中午", "晚上", "早上", "刚才", "刚刚",
}

// noShopName are words before 店 that name no particular shop: which one is
// meant, what is sold, what is done there.
var noShopName = regexp.MustCompile(`[这那哪家本开到在的个几两另外别其每换关网们么多全所有你您他她客顾送进逛去来回出]|旁边|隔壁|对面|朋友|人家|^(?:旗舰|专卖|连锁|加盟|直营|实体|便利|楼下|附近|街上|社区|小区|农家|自助)|(?:五金|水果|早餐|小吃|服装|烟酒|理发|美发|奶茶|咖啡|花|药|酒|饭|书|手机|建材|便利|杂货|百货|粮油|副食|修车|洗车|美容|宠物|母婴|鞋|茶|蛋糕|面包|烧烤|火锅|快餐|零食|文具|眼镜|家具|汽修|打印|牛肉|羊肉|拉面|兰州|生鲜|海鲜|大型|小型|川菜|湘菜|粤菜|家常|素食|餐饮|生活)$`) //nolint:gochecknoglobals // compiled once, read-only

// shopMention is what the words call a shop; "" when they name none.
func shopMention(text string) string {
	m := shopSaid.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	name := withoutOpening(m[1])
	if len([]rune(name)) < 3 {
		return ""
	}
	return name
}

// shopKinds are the words that end the name of a shop.
//
//nolint:gochecknoglobals // read-only table
var shopKinds = []string{"店", "超市", "面馆", "餐馆", "饭馆", "酒馆", "茶馆", "餐厅", "商行"}

// withoutOpening cuts what people say in front of a shop's name.
func withoutOpening(text string) string {
	for cut := true; cut; {
		cut = false
		for _, p := range beforeShop {
			if rest, ok := strings.CutPrefix(text, p); ok {
				text, cut = rest, true
			}
		}
	}
	return text
}

// shopBegun finds the one of several bound shops whose name, or two characters
// of it that no other has, begins the words (城东昨天收了多少); "" when they may
// name several.
func shopBegun(text string, shops []transactions.Merchant) string {
	text = withoutOpening(text)
	if len(shops) < 2 || len([]rune(text)) < 2 {
		return ""
	}
	begin, found := string([]rune(text)[:2]), ""
	for _, m := range shops {
		own := ownPairs(m, shops)
		switch {
		case slices.Contains(own, begin) && !noShopName.MatchString(begin):
			found = m.MerchantNo
		case slices.ContainsFunc(own, func(p string) bool { return strings.Contains(text, p) }):
			return ""
		}
	}
	return found
}

// ownPairs are the pairs of characters in the name of a shop, without the word
// of its kind, that no other shop's name holds.
func ownPairs(m transactions.Merchant, shops []transactions.Merchant) []string {
	name := m.Name
	for _, kind := range shopKinds {
		name = strings.TrimSuffix(name, kind)
	}
	var own []string
	for r := []rune(name); len(r) >= 2; r = r[1:] {
		pair := string(r[:2])
		if !slices.ContainsFunc(shops, func(o transactions.Merchant) bool {
			return o.MerchantNo != m.MerchantNo && strings.Contains(o.Name, pair)
		}) {
			own = append(own, pair)
		}
	}
	return own
}

// mentioned finds the one bound shop that the words name by a part of its
// name. unknown is the name said when it is that of none of them.
func mentioned(text string, shops []transactions.Merchant) (no, unknown string) {
	said := shopMention(text)
	if said == "" {
		return "", ""
	}
	part := said
	for _, kind := range shopKinds {
		part = strings.TrimSuffix(part, kind)
	}
	n := 0
	for _, m := range shops {
		if m.Name == "" {
			return "", "" // its name is not known: it may be the one
		}
		if strings.Contains(m.Name, said) || strings.Contains(m.Name, part) || strings.Contains(said, m.Name) {
			no, n = m.MerchantNo, n+1
		}
	}
	switch {
	case n == 1:
		return no, ""
	case n > 1, noShopName.MatchString(part), noShopName.MatchString(strings.TrimSuffix(said, "馆")): // 兰州拉面馆
		return "", ""
	}
	return "", said
}

// notMyShop says that the shop named is none of the contact's own, and offers
// those; the same words whether it exists elsewhere or not (rules 2.1).
func (t *turn) notMyShop(shops []transactions.Merchant) bool {
	if t.chose || t.q.OthersShop || t.q.MerchantNo != "" || len(shops) == 0 || len(shops) < len(t.in.Contact.Bindings) || shopNamed(t.said.text, shops) != "" {
		return false
	}
	_, unknown := mentioned(t.said.text, shops)
	if unknown == "" {
		return false
	}
	t.dec.Cause, t.dec.Transactions = diagnose.NotOwned, nil
	t.act(ActionRefuse, "not_my_shop")
	t.progress = true
	t.mem.Previous = previous(t.q)
	t.mem.Focus, t.mem.Offered, t.mem.Answered, t.mem.Explained = nil, nil, nil, ""
	t.say("您绑定的店里没有叫“"+unknown+"”的，所以不能提供它的任何信息；是您自己的店，请先绑定它的商户号。",
		"您绑定的是下面这些，要查其中一家请回复序号：")
	t.offerShops(slices.Clone(shops), false)
	return true
}
