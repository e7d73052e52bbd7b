package understand

import "strings"

// soundWords are words of the field that voice typing breaks in one place.
//
//nolint:gochecknoglobals // read-only table
var soundWords = strings.Fields(`
手续费 服务费 流量费 拉卡拉 盛付通 瑞银信 银联商务 云闪付 支付宝 随行付 京东白条 预授权 签购单 结算卡 收款码 收钱码 转人工
流水号 商户号 终端号 参考号 订单号 营业执照 身份证 信用卡 储蓄卡 银行卡 二维码 刷卡机 重复扣款 交易失败 交易成功 没信号 通讯故障 对账单 交易明细
`)

// sounds lists, for a character of these words, others that sound like it.
// Those that make another common word of the field are left out.
//
//nolint:gochecknoglobals // read-only table
var sounds = soundTable(`
手首守受 续绪序须蓄叙 费废肥飞非 服福扶 务物误雾勿 流留刘 量亮辆 拉啦喇辣腊 卡咔喀咖 盛圣胜剩晟升 付富复福附副负夫傅 通同痛桐童 瑞锐睿蕊 银因音印引 信新欣心鑫兴
联连莲廉恋 商伤赏尚 云运匀晕 闪山善扇 支之知只芝 宝保饱报堡 随虽岁遂 行形型性 京经精惊 东冬 白百 条跳 预遇欲玉育 授受售 权全泉 签千牵迁 购够狗构 单但担丹
结接节洁 算蒜酸 收手首 款宽 码吗马嘛 钱前 转赚砖专 人仁 工公功宫 水税 号好毫浩 户互护胡虎 终中钟种 端短段断 参餐 考烤靠 订定 营赢迎 业叶夜 执直值 照找
身深申 份分粉 证正政 用永 储除厨 蓄续 维唯围 机鸡基 重虫 复付 扣口 交焦娇 易意亿 败拜 功公 讯训迅 故固 障账 对队 明名 细系
`)

func soundTable(s string) map[rune]string {
	m := map[rune]string{}
	for _, f := range strings.Fields(s) {
		rs := []rune(f)
		m[rs[0]] += string(rs[1:])
	}
	return m
}

// soundSpellings are the spelling lines of soundWords: each word with one of
// its characters replaced by one that sounds like it.
func soundSpellings() string {
	var b strings.Builder
	for _, word := range soundWords {
		rs := []rune(word)
		b.WriteString("\n" + word + ":")
		for i, r := range rs {
			for _, like := range sounds[r] {
				b.WriteString(" " + string(rs[:i]) + string(like) + string(rs[i+1:]))
			}
		}
	}
	return b.String() + "\n"
}
