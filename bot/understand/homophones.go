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
手首守受 续绪序须蓄叙需许 费废肥飞非 服福扶 务物误雾勿 流留刘 量亮辆 拉啦喇辣腊 卡咔喀咖 盛圣胜剩晟升 付富复福附副负夫傅 通同痛桐童 瑞锐睿蕊 银因音印引 信新欣心鑫兴
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

// pinyinWords are words of the field that are written with one character in
// letters (tou诉, 到zhang), to get past a filter or for want of the character.
//
//nolint:gochecknoglobals // read-only table
var pinyinWords = strings.Fields(`
到账 投诉 提现 套现 冻结 风控 退款 手续费 费率 客服 人工 转人工 骗子 诈骗 盗刷 报警 举报 刷卡 信用卡 银行卡 花呗 微信 支付宝 收款 扣款 结算 没到 没收到 机器 失败 成功 小票 流水 明细 限额 商户 密码 验证码 账户
`)

// letters spells the characters of pinyinWords.
//
//nolint:gochecknoglobals // read-only table
var letters = soundLetters(`
到dao 账zhang 投tou 诉su 提ti 现xian 套tao 冻dong 结jie 风feng 控kong 退tui 款kuan 手shou 续xu 费fei 率lv 客ke 服fu 人ren 工gong 转zhuan 骗pian 子zi 诈zha 盗dao 刷shua 报bao 警jing 举ju
卡ka 信xin 用yong 银yin 行hang 花hua 呗bei 微wei 支zhi 付fu 宝bao 收shou 扣kou 算suan 没mei 机ji 器qi 失shi 败bai 成cheng 功gong 小xiao 票piao 流liu 水shui 明ming 细xi 限xian 额e 商shang 户hu 密mi 码ma 验yan 证zheng
`)

func soundLetters(s string) map[rune]string {
	m := map[rune]string{}
	for _, f := range strings.Fields(s) {
		r := []rune(f)[0]
		m[r] = strings.TrimPrefix(f, string(r))
	}
	return m
}

// soundSpellings are the spelling lines of soundWords: each word with one of
// its characters replaced by one that sounds like it, and those of pinyinWords
// with one character in letters.
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
	for _, word := range pinyinWords {
		rs := []rune(word)
		b.WriteString("\n" + word + ":")
		for i, r := range rs {
			head, tail := string(rs[:i]), string(rs[i+1:])
			for _, as := range [...]string{letters[r], letters[r] + string(r), string(r) + letters[r]} {
				b.WriteString(" " + head + as + tail)
			}
		}
	}
	return b.String() + "\n"
}
