package knowledge

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// Words of everyday Chinese that ask for the same thing in other characters.
// Unlike the aliases, which fold one spelling into another, a concept is added
// to what the text says: 更换 and 修改 share one gram more than their
// characters, and two texts with the very same word still share more. The
// table is of general use: nothing in it belongs to one trade, so that it helps
// a foreign base as well. A word may stand for several concepts.
const conceptTable = `
怎么 如何 怎样 咋 咋样 怎么样 怎麽 怎麼 咋个 啷个
为什么 为何 为啥 咋回事 怎么回事 什么原因 什么情况 因为什么 为嘛 怎么会 凭什么 凭啥
什么 啥 哪些 何种 啥子 甚么
什么时候 啥时候 何时 几时 多久 多长时间 几天 哪天 几点 多少时间 多会儿 什么时间
多少 几多 几个 多少钱 多大
可以 能 能不能 可不可以 可否 能否 是否可以 行不行 允许
没有 没 未 无 沒 没得 莫得 尚未
没 不 未 无法 不能 不可以
修改 更改 更换 变更 改 换 调整 改动 更新 重设
取消 撤销 撤消 撤回 不要了 退掉 解除
关闭 注销 停用 销户 关掉 停掉 关了 删除 删掉
查询 查看 查 看 查一下 查找 哪里看 哪看
电话 号码 手机号 热线 客服电话 联系方式 联系电话
账单 帐单 对账单 流水 明细
账户 帐户 账号 帐号
到账 到帐 入账 收到 进账 到了 到
钱 款 款项 资金 金额 费用
费用 收费 手续费 价格 多少钱 费 利息 费率
申请 办理 办 开通 开启 启用
失败 不成功 没成功 不了 失效 错误
显示 提示 说 出现 弹出 报
人工 真人 客服
密码 口令
丢 丢失 丢了 遗失 掉了 不见了 消失 找不到 没有了
收到 接到 拿到
退款 退钱 退货 退回
需要 要 必须 须
条件 资格 要求
资料 材料 证件
快 尽快 赶紧 马上 立刻
绑定 关联 捆绑
登录 登陆 登入 登不上
下载 安装
支付 付款 付钱 缴费 交钱 付
购买 买 下单
额度 限额 上限
快递 物流 包裹
地址 住址 位置 地方 哪里 哪儿 在哪
时间 日期 日子
`

// conceptMark marks the grams of concepts; no character and no word has it.
const conceptMark = 1 << 29

func conceptGram(n int) gram { return gram(conceptMark)<<32 | gram(n) }

func (g gram) concept() bool { return g>>32 == conceptMark }

type conceptWord struct {
	word     string
	concepts []gram
}

// conceptWords are the words by their first character, longer ones first.
type conceptWords struct {
	first runeSet
	by    map[rune][]conceptWord
}

//nolint:gochecknoglobals // read-only table
var concepts = sync.OnceValue(func() *conceptWords {
	means := map[string][]gram{}
	var order []string
	for n, line := range strings.Split(strings.TrimSpace(conceptTable), "\n") {
		for _, w := range strings.Fields(line) {
			if means[w] == nil {
				order = append(order, w)
			}
			means[w] = append(means[w], conceptGram(n))
		}
	}
	out := conceptWords{by: map[rune][]conceptWord{}}
	for length := 4 * 8; length > 0; length-- {
		for _, w := range order {
			if len(w) == length {
				first, _ := utf8.DecodeRuneInString(w)
				out.first.add(first)
				out.by[first] = append(out.by[first], conceptWord{w, means[w]})
			}
		}
	}
	return &out
})

// appendConcepts adds the concepts of a text in order, repeats included. Of
// words that begin at the same place the longest counts; words do not overlap.
func appendConcepts(dst []gram, text string) []gram {
	table := concepts()
	skip := 0
	for i, r := range text {
		if i < skip || !table.first.has(r) {
			continue
		}
		for _, c := range table.by[r] {
			if strings.HasPrefix(text[i:], c.word) {
				dst = append(dst, c.concepts...)
				skip = i + len(c.word)
				break
			}
		}
	}
	return dst
}
