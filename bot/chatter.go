package bot

import (
	"regexp"
	"unicode/utf8"
)

var (
	// whoAreYou asks who is speaking here.
	whoAreYou = regexp.MustCompile(`^(?:请问)?(?:你|您|你们)(?:是谁|是哪位|叫什么|叫啥|是什么人|是干(?:嘛|什么|啥)的|是做(?:什么|啥)的|能(?:做|干|帮我做)(?:什么|啥|嘛)|会(?:什么|啥|干啥))(?:名字)?[呀啊呢的吗]?[。？?！!~]*$`) //nolint:gochecknoglobals // compiled once, read-only
	// nod is what people say only to show that they have read.
	nod = regexp.MustCompile(`^(?:哦|噢|喔|昂|呃|额|👍|👌|🙏|😊|🌹|[\x{1F3FB}-\x{1F3FF}])+[。.！!~～]*$`) //nolint:gochecknoglobals // compiled once, read-only
	// elsewhere begins a short question about money or parcels that never pass
	// by a terminal or a code of the shop; shopMoney takes that back.
	elsewhere = regexp.MustCompile(`^(?:请问|你好|您好|我的|我们的|我|俺的|那|微信|支付宝|这个月|上个月|今天|昨天|的|[，, ])*(?:快递|包裹|工资|奖金|退税|公积金|社保|话费|游戏|红包|股票|基金|理财|网贷|贷款|养老金|退休金|低保|奖学金|助学金|q币|Q币)`) //nolint:gochecknoglobals // compiled once, read-only
	shopMoney = regexp.MustCompile(`刷|机|扫|收款|客|店|商户|货款|营业|顾|码|结算|费|钱|单|笔|发`)                                                                                              //nolint:gochecknoglobals // compiled once, read-only
)

// longestElsewhere is how many characters such a question has at most: in a
// longer one it is a part of a story.
const longestElsewhere = 14

// otherBusiness answers 工资什么时候到账: the words are those of a missing
// payment, what is missing is none of the shop's.
func (t *turn) otherBusiness() bool {
	q := t.q
	if len(q.Amounts) > 0 || q.CardLast4 != "" || q.Reference != "" || q.Terminal != "" || q.MerchantNo != "" || q.Choice != 0 ||
		t.waits() || t.wantsPerson() || t.mem.Asked != "" || len(t.mem.Offered) > 0 ||
		utf8.RuneCountInString(t.said.text) > longestElsewhere ||
		!elsewhere.MatchString(t.said.text) || shopMoney.MatchString(t.said.text) {
		return false
	}
	t.missed(textOffTopic)
	t.tr.Rule = "other_business"
	return true
}

// chatter answers what is neither a question about money nor one for the base.
func (t *turn) chatter() bool {
	switch {
	case whoAreYou.MatchString(t.said.text):
		t.act(ActionAnswer, "who")
		t.progress = true
		t.say("我是" + t.e.d.Settings.name() + "，机器人，帮您查POS和收款码的钱到哪了。告诉我哪天刷的、多少钱就行；要人工请回复“转人工”。")
	case nod.MatchString(t.said.text):
		t.act(ActionAnswer, "nod")
		t.say("好的。还有别的到账问题，随时告诉我哪天刷的、多少钱。")
	default:
		return false
	}
	return true
}
