package knowledge

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// What a shop sells says nothing about the question: 我开火锅店的，昨天的钱没到
// is about money. shopKinds end the name of a shop.
//
//nolint:gochecknoglobals // read-only table
var shopKinds = strings.Fields("店 铺 馆 驿站 超市 车行 餐厅 市场 摊 美容院 培训班 幼儿园 驾校 健身房 民宿 酒店 网吧 加油站 棋牌室 诊所 工作室 公司")

//nolint:gochecknoglobals // read-only table
var (
	shopBefore = strings.Fields("我 我们 我家 咱 俺 本店 开 老板")
	shopAfter  = strings.Fields("的 里 这 ， , 。 客人 顾客 昨 今 前天 上午 下午 刷 收 用 pos 机器")
)

// shopReach is how many characters from the start a shop may be introduced in.
const shopReach = 12

// withoutShop cuts the introduction of a shop off a folded question; a question
// that is little more than that is left as it is.
func withoutShop(text string) string {
	reach := 0
	for i := range text {
		if reach++; reach > shopReach {
			break
		}
		for _, kind := range shopKinds {
			if i == 0 || !strings.HasPrefix(text[i:], kind) {
				continue
			}
			before, rest := text[:i], text[i+len(kind):]
			introduced := slices.ContainsFunc(shopBefore, func(w string) bool { return strings.Contains(before, w) }) ||
				slices.ContainsFunc(shopAfter, func(w string) bool { return strings.HasPrefix(rest, w) })
			if introduced && utf8.RuneCountInString(rest) >= 5 {
				return rest
			}
		}
	}
	return text
}
