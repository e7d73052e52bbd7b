package knowledge

import (
	"slices"
	"strings"
)

// Merchants have many words for the same thing. Folding them on both sides,
// phrasing and question, lets one phrasing stand for all.

//nolint:gochecknoglobals // read-only table
var aliases = strings.NewReplacer(aliasPairs(map[string][]string{
	"没到账": {
		"没有到账", "未到账", "不到账", "到不了账", "没到卡", "没进账", "没进卡", "没有进账", "没收到钱", "没有收到钱", "没收到款", "没有收到款",
		"收不到钱", "收不到款", "钱没有到", "钱没到", "钱没来", "款没到", "款没来", "钱没进来", "钱还没到", "钱还没来", "还没到账", "没见到钱", "没拿到钱", "没入账",
		"没有入账", "钱不到",
	},
	"什么时候": {"啥时候", "几时", "何时", "多久", "多长时间", "几天能", "哪天", "什么时间"},
	"什么":   {"啥", "甚么"},
	"为什么":  {"为啥", "咋回事", "怎么回事", "为何", "什么原因", "什么情况", "啥情况", "啥原因"},
	"怎么办":  {"咋办", "怎么弄", "怎么搞", "咋弄", "咋整", "怎么处理", "如何处理", "如何解决", "怎么解决", "怎么样办"},
	"怎么":   {"咋", "如何", "怎样"},
	"客人":   {"顾客", "客户", "持卡人", "买家", "消费者"},
	"机器":   {"pos机", "pos", "机子", "机具", "终端机"},
	"节假日":  {"国庆节", "国庆", "春节", "过年", "元旦", "五一", "端午节", "端午", "中秋节", "中秋", "清明节", "清明", "假期", "放假", "长假"},
	"周日":   {"礼拜天", "礼拜日", "星期天", "星期日", "周天"},
	"周六":   {"礼拜六", "星期六"},
	"周末":   {"双休日", "双休"},
	"周":    {"礼拜", "星期"},
	"手续费":  {"扣点", "点数", "服务费率"},
	"钱":    {"货款", "款项", "款子", "资金"},
	"退货":   {"退单"},
	"换卡":   {"改卡"},
	"二维码":  {"收款码", "收钱码", "付款码"},
	"多少":   {"多少钱", "几多"},
})...)

func aliasPairs(m map[string][]string) []string {
	var pairs []string
	// Longer spellings first: the replacer takes the first that fits. The order
	// must not hang on the map's.
	for n := 8; n > 0; n-- {
		var same []string
		for canonical, spellings := range m {
			for _, s := range spellings {
				if len([]rune(s)) == n {
					same = append(same, s+"\x00"+canonical)
				}
			}
		}
		slices.Sort(same)
		for _, s := range same {
			from, to, _ := strings.Cut(s, "\x00")
			pairs = append(pairs, from, to)
		}
	}
	return pairs
}

// stopRunes build the words that every question has and that say nothing about
// its topic: askers, particles, pronouns, days.
const stopRunes = "的了吗呢啊吧呀嘛哦么是我你他她它们们您咱这那哪有在就都还也很又才再把被给让跟和与或要会能可以得着过请问下怎什为样办哈好没不个些里边时候多少几现今昨明天点"

func stopGram(g gram) bool {
	return stopToken(uint32(g)) && (g.single() || stopToken(uint32(g>>32)))
}

func stopToken(t uint32) bool { return t&wordBit == 0 && strings.ContainsRune(stopRunes, rune(t)) }

// brandNames are short names by which a question points at a brand.
//
//nolint:gochecknoglobals // read-only table
var brandNames = map[string][]string{
	"微信支付": {"微信"}, "京东白条": {"白条"}, "银联商务": {"银商", "银联商务"}, "随行付": {"随行付", "鑫联盟"},
}

func namesBrand(question, brand string) bool {
	if strings.Contains(question, brand) {
		return true
	}
	for _, n := range brandNames[brand] {
		if strings.Contains(question, n) {
			return true
		}
	}
	return false
}
