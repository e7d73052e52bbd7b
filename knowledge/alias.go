package knowledge

import (
	"slices"
	"strings"
	"sync"
)

// Merchants have many words for the same thing. Folding them on both sides,
// phrasing and question, lets one phrasing stand for all.

//nolint:gochecknoglobals // read-only table
var aliases = strings.NewReplacer(aliasPairs(map[string]string{
	"没到账": "没有到账 未到账 不到账 到不了账 没到卡 没进账 没进卡 没有进账 没收到钱 没有收到钱 没收到款 没有收到款 没收着钱 收不到钱 收不到款 " +
		"钱没有到 钱没到 钱没来 款没到 款没来 钱没进来 钱还没到 钱还没来 还没到账 没见到钱 没见着钱 没见钱 没看到钱 没看见钱 没拿到钱 没入账 没有入账 " +
		"钱不到 钱没影 钱没下来 钱没过来 钱还没影 没打过来 没转过来 没到手 不进账 不来钱 没来钱 没有钱进来",
	"什么时候": "啥时候 几时 何时 多久 多长时间 几天能 哪天 什么时间 啥时 多会儿 多咱 什么辰光 哪一天 哪日",
	"什么":   "啥 甚么 么子",
	"为什么":  "为啥 咋回事 怎么回事 为何 什么原因 什么情况 啥情况 啥原因 怎么会 咋会 点解 干嘛 为嘛",
	"怎么办":  "咋办 怎么弄 怎么搞 咋弄 咋整 咋搞 怎么整 怎么处理 如何处理 如何解决 怎么解决 怎么样办 啷个办 咋处理",
	"怎么":   "咋 如何 怎样 啷个 咋子 咋的 咋地",
	"客人":   "顾客 客户 持卡人 买家 消费者 买东西的",
	"机器":   "pos机 pos 机子 机具 终端机 收款机 收银机",
	"播报":   "播报器 小喇叭 喇叭 云音箱 音箱 音响",
	"节假日":  "国庆节 国庆 春节 过年 元旦 五一 端午节 端午 中秋节 中秋 清明节 清明 假期 放假 长假 小长假 黄金周 除夕 年三十 大年初一",
	"周日":   "礼拜天 礼拜日 星期天 星期日 周天",
	"周六":   "礼拜六 星期六",
	"周末":   "双休日 双休",
	"周":    "礼拜 星期",
	"半夜":   "夜里 凌晨 后半夜 大半夜 深更半夜 三更半夜 深夜 夜间",
	"今天":   "今儿个 今儿 今日 今朝",
	"昨天":   "昨儿个 昨儿 昨日 昨个",
	"手续费":  "扣点 点数 服务费率",
	"费率":   "几个点 点位 几个百分点",
	"借记卡":  "储蓄卡",
	"钱":    "货款 款项 款子 资金 钞票 铜钿 银子",
	"打款":   "划款 放款 出款 打钱 拨款 划账",
	"退货":   "退单",
	"换卡":   "改卡",
	"换":    "更换 变更",
	"注销":   "销户 销卡",
	"冻结":   "冻住 冻了 封住 封了",
	"扣住":   "压着 压住 押着 扣着 扣下 按住",
	"核查":   "审查",
	"刷不了":  "刷不成 刷不过去 刷不过 刷不上 刷不动 刷不出来 刷不出",
	"两次":   "两遍 两回 二次 2次 2遍 两道",
	"少了":   "少到 少给 少打 少来 短了",
	"拆开":   "拆成 分几笔 分成几笔 分几次 分开刷 拆着",
	"新开通":  "刚办 新办 刚开通 刚装 新装 新申请 刚申请 新到手 刚到手",
	"小票":   "凭条 小条",
	"出票":   "出纸 吐票 吐纸 打票",
	"找不到":  "找不着 寻不到 没找着 没找到",
	"没看到":  "没看见 没见着 没瞅见 看不见 看不到",
	"业务员":  "代理商 推销员 办机器的人 办机子的人",
	"店员":   "收银员 员工 伙计 服务员 小工",
	"家人":   "老婆 老公 媳妇 爱人 家里人 亲戚 亲友 父亲 母亲 我妈 我爸 我爹 我哥 我弟 我儿子",
	"公安":   "警察 派出所 警方",
	"二维码":  "收款码 收钱码 付款码",
	"多少":   "多少钱 几多",
	"没有":   "莫得 没得 么得 木得 冇",
	"知道":   "晓得",
	"看":    "瞅 瞧",
	"我":    "俺",
})...)

// aliasPairs turns canonical → spellings, parted by spaces, into the replacer's
// pairs.
func aliasPairs(m map[string]string) []string {
	var pairs []string
	// Longer spellings first: the replacer takes the first that fits. The order
	// must not hang on the map's.
	for n := 8; n > 0; n-- {
		var same []string
		for canonical, spellings := range m {
			for _, s := range strings.Fields(spellings) {
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

func stopToken(t uint32) bool { return t < 1<<16 && stopSet().has(rune(t)) }

//nolint:gochecknoglobals // read-only table
var stopSet = sync.OnceValue(func() *runeSet {
	var set runeSet
	for _, r := range stopRunes {
		set.add(r)
	}
	return &set
})

// runeSet has a bit for every rune below 1<<16: the question whether a word of
// a table can begin here, in one step.
type runeSet [1 << 10]uint64

func (s *runeSet) add(r rune) {
	if r < 1<<16 {
		s[r>>6] |= 1 << (r & 63)
	}
}

// has is true for a rune beyond the set as well.
func (s *runeSet) has(r rune) bool { return r >= 1<<16 || s[r>>6]&(1<<(r&63)) != 0 }

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
