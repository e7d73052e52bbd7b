package understand

import (
	"strings"
	"unicode/utf8"
)

// spelling replaces misspellings by what was meant: a trie walked once over
// the cells, leftmost and longest first. Replacements never grow the text.
type spelling struct {
	edges map[uint64]int32
	out   map[int32][]rune
}

// newSpelling builds the trie from lines of the form "right: wrong wrong …". A
// wrong spelling may hold (a|b) groups; "a~b" replaces a only where b follows.
func newSpelling(table string) *spelling {
	s := &spelling{edges: make(map[uint64]int32), out: make(map[int32][]rune)}
	nodes := int32(1)
	for line := range strings.Lines(table) {
		right, wrongs, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		for _, pattern := range strings.Fields(wrongs) {
			for _, wrong := range expand(pattern) {
				// "~" in the wrong form marks what follows as context that stays.
				bare, context, _ := strings.Cut(wrong, "~")
				to := []rune(right + context)
				node := int32(0)
				for _, r := range bare + context {
					key := uint64(node)<<32 | uint64(r)
					next, ok := s.edges[key]
					if !ok {
						next = nodes
						nodes++
						s.edges[key] = next
					}
					node = next
				}
				s.out[node] = to
			}
		}
	}
	return s
}

// apply rewrites the cells in place and returns the shorter slice.
func (s *spelling) apply(cells []cell) []cell {
	w := 0
	for i := 0; i < len(cells); {
		node, best, bestEnd := int32(0), int32(-1), 0
		for j := i; j < len(cells); j++ {
			next, ok := s.edges[uint64(node)<<32|uint64(cells[j].r)]
			if !ok {
				break
			}
			node = next
			if _, ok := s.out[node]; ok && !tornLetters(cells, i, j+1) {
				best, bestEnd = node, j+1
			}
		}
		if best < 0 {
			cells[w] = cells[i]
			w++
			i++
			continue
		}
		from, to := cells[i].from, cells[bestEnd-1].to
		for _, r := range s.out[best] {
			if w >= bestEnd { // never longer than what it replaces
				break
			}
			cells[w] = cell{r: r, from: from, to: to}
			w++
		}
		i = bestEnd
	}
	return cells[:w]
}

// tornLetters reports a wrong spelling whose letters are part of a longer word
// or name (the wx of wx_zhang88).
func tornLetters(cells []cell, from, to int) bool {
	if isLetter(cells[to-1].r) {
		if r := at(cells, to); isAlnum(r) || r == '_' {
			return true
		}
	}
	return isLetter(cells[from].r) && (isLetter(at(cells, from-1)) || at(cells, from-1) == '_')
}

// expand lists the strings of a pattern with (a|b) alternatives; "?" makes the
// rune or group before it optional.
func expand(p string) []string {
	out := []string{""}
	rest := p
	for rest != "" {
		var alts []string
		if rest[0] == '(' {
			end := closing(rest)
			for _, a := range alternatives(rest[1:end]) {
				alts = append(alts, expand(a)...)
			}
			rest = rest[end+1:]
		} else {
			_, n := utf8.DecodeRuneInString(rest)
			alts = []string{rest[:n]}
			rest = rest[n:]
		}
		if strings.HasPrefix(rest, "?") {
			alts = append(alts, "")
			rest = rest[1:]
		}
		next := make([]string, 0, len(out)*len(alts))
		for _, head := range out {
			for _, a := range alts {
				next = append(next, head+a)
			}
		}
		out = next
	}
	return out
}

// closing is the index of the bracket that closes the one p begins with; the
// last byte when none does.
func closing(p string) int {
	depth := 0
	for i := range len(p) {
		switch p[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(p) - 1
}

// alternatives cuts a pattern at the bars outside of inner groups.
func alternatives(p string) []string {
	var out []string
	depth, start := 0, 0
	for i := range len(p) {
		switch p[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				out = append(out, p[start:i])
				start = i + 1
			}
		}
	}
	return append(out, p[start:])
}

// spellings: "right: wrong …". "a~b" is wrong a only where b follows. 帐 is
// already 账 when this is applied.
//
//nolint:gochecknoglobals // read-only table
var spellings = newSpelling(soundSpellings() + `
卡: ka卡 k卡
刷卡: 刷ka 刷咔 刷喀 唰卡 涮卡 刷卞 shua卡 刷卡卡 刷ka卡
刷: 唰 涮
欺诈: 七咋 欺咋 七诈 期诈
信息: 信xin息 xin息 信xi息
证件: zheng件 证jian
身份证: 身份zheng 身fen证 sfz
营业执照: 营业zhi照
发票: fa票 发piao 發票
突发状况: 突pos况
刑事风险: pos事风险
最新: 非常新~(版本|动态)
最常见: 非常常见
资金被盗取: 资金被得到
套现: 套xian tao现 套x 掏现 t现
微信: vx wx 威信~(支付|收|扫|付) 薇信 v信
支付宝: zfb 支付保 支付饱 之付宝 支fu宝 吱付宝
到账: 到涨 道账 到帐 到丈 倒账 到胀 到仗 到障 dao账 到zhang 到zh 到長 道帐 到掌 稻账 到章~(没|了|吗) 到账账
没到账: 没到张 没道账 没倒账 没到长 沒到账 没到站 没得到账 梅到账 莫到账 mei到账 没dao账
不到账: 不到张 步到账 不到站
未到账: 未到张 味到账 位到账
到账了: 到张了 到长了 到站了
到账没: 到站没 到张没 到长没
没到: 梅到 mei到 没dao 沒到 没道~(啊|呢|吗|呀|了)
没有: 没油 木有 没又 莓有 米有 mei有
秒到: 秒道 妙到 秒倒 渺到 喵到 秒到到
提现: 提线 题现 提县 体现~(没|到|不|失败|了|的钱)
结算: 结蒜 节算 洁算 结祘 接算~(卡|到|没)
入账: 入涨 入丈 如账
手续费: 手续废 手序费 首续费 手绩费 手须费 手续费费
费率: 费绿 废率 费律 费率率
拉卡拉: 拉咔啦 拉卡啦 拉咔拉 啦卡啦 啦咔啦 拉客拉 喇卡拉 拉喀拉 lakala 拉ka拉 拉卡那 拉卡辣 啦卡拉 辣卡拉 la卡la
盛付通: 盛付桐 盛富通 盛付痛 圣付通 胜付通 盛夫通 晟付通 盛付同 盛福通 生付通 剩付通
中付: 中富~(支付|pos|刷|机|的|没|到|那|这|钱) 中附 中赴 钟付 终付~(支付|pos|机|的) 众付~(支付|pos|机|的) 忠付
用中付: 用中富
瑞银信: 瑞银鑫 瑞银新 锐银信 瑞音信 睿银信 瑞印信 瑞银欣 瑞信银 蕊银信
刷呗: 刷杯 刷贝 刷吧~(pos|机|的|app) 刷被~(pos|机|的|app) 刷倍 唰呗 刷钡
银联商务: 银联商物 银联商户~(pos|的pos|通) 银联商雾 银连商务
银联: 银连 银帘 银莲 印联 音联~(pos|商务)
云闪付: 云散付 云闪富 云闪复 云山付 云闪附
汇付: 会付~(天下|的|pos|通) 惠付~(天下|通) 汇富~(天下|的|pos) 汇付付
随行付: 随形付 随行富 随心付 随行复 虽行付 随性付
富友: 富有~(pos|的pos|支付|机) 付友 富优~(pos|支付)
花呗: 花贝 花被~(收|付|扫|刷|的) 花吧~(收|付|的) 画呗
京东白条: 京东白挑 京东百条
小票: 小飘 小漂 小嫖 小标~(打|没|出|上)
签购单: 签够单 千购单 签购但 签狗单
预授权: 预售权 与授权 预受权 玉授权 预授全 遇授权
撤销: 撤消 彻销 车销 撤肖 扯销
退款: 推款 退宽 腿款 tui款
冻结: 东结 冻解 动结 冻洁 凍結
风控: 风空 疯控 丰控 封控
限额: 线额 现额 县额 限鹅
客服: 可服 课服 克服~(电话|呢|在) 客户服务 kefu 客福 刻服
人工: 人公 仁工 人功 人共~(客服|服务)
转人工: 转人公 专人工 赚人工 砖人工 转人共 zhuan人工 转人功
尾号: 为号 尾好 委号 未号 伟号 围号 wei号 卫号 尾浩
商户号: 商户好 商胡号 商铺号 商家号 商户hao
终端号: 终端好 中端号 终段号 钟端号
参考号: 参考好 餐考号 参靠号
流水号: 流水好 留水号 刘水号
pos: poss
机: pos机机
昨天: 昨填 作天 做天~(刷|收|下午|上午|晚上|的) 坐天 昨田 zuo天 昨夭
今天: 今填 金天 斤天 进天~(刷|收|下午|上午|晚上|的) jin天 今夭 今田
前天: 前填 钱天~(刷|收|下午|上午|晚上|的) 潜天 qian天
刚才: 刚材 钢材~(刷|收) 刚裁 刚踩
块: 块块 kuai
什么: 什莫 神马 甚么 啥子 什摸 神么 虾米
怎么: 怎莫 咋么 怎摸 zen么 肿么 咋个 哪能
怎么办: zmb
咋办: 点算
半夜来: 半夜来
昨天: 夜来~(刷|收|付|扫|的|卖|那) 琴日 寻日 擒日 夜儿个 夜隔 昨儿天
昨晚: 琴晚 寻晚 昨黑 昨儿黑 昨晚黑 昨夜黑
今早: 今朝早 今早起
今天: 今朝 今个天
明天: 听日
下午: 下昼 晏昼 下半日 过晌
上午: 上昼 上半日 头晌 前晌
早上: 朝早 朝头早 清起来
晚上: 夜晚黑 晚黑 夜到 下黑
傍晚: 擦黑 下晚儿
现在: 而家 依家 宜家 家下
为啥: 点解
多少: 几多
多久: 几耐
哪里: 边度
老板: 老细
入账: 入数
到账: 到数 过数
麻烦: 不该~(帮|查|看|问|你)
还: 仲~(没|未|不|有|在|得)
刷: 碌~(卡|不|了|咗|过)
关系: 关是
联系: 联是
没有: 没得~(到|来|了|钱|动|影|消|反|人|办|,|，|。|啊|嘛|哦|啥) 莫得
去了: 切了
的: 嘞~(钱|款|没|那|这|交|账|货)
到不了账: 到不料账 到不了站 到不了张
被骗: 被片~(了|钱) 被偏~(了|钱)
盗刷: 盗唰 
被盗刷: 被道刷 被到刷 被倒刷
商家: 伤家 上家~没
客户: 可户 克户 客戶
`)
