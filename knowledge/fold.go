package knowledge

import "strings"

// Fold is the normaliser used when IndexOptions names none: lower case,
// full-width to half-width, and the everyday slips of typing and dictation in
// talk about takings (帐 for 账, po机 for pos机).
func Fold(s string) string {
	return slips.Replace(strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r >= 'Ａ' && r <= 'Ｚ':
			r += 'a' - 'Ａ'
		case r > 0xff00 && r < 0xff5f:
			r -= 0xfee0
		case r == '帐':
			r = '账'
		}
		return r
	}, s))
}

//nolint:gochecknoglobals // read-only table
var slips = strings.NewReplacer(append(evasionFolds(),
	"t+1", "t1", "t+0", "t0", "d+1", "d1", "d+0", "d0", "t加1", "t1", "d加1", "d1", "d加0", "d0", "t加一", "t1", "d加一", "d1", "t加零", "t0", "d加零", "d0",
	"pose机", "pos机", "破斯机", "pos机", "泼斯机", "pos机", "破死机", "pos机", "婆斯机", "pos机", "poss机", "pos机", "po机", "pos机", "刷卡机", "pos机",
	"到涨", "到账", "道账", "到账", "到张", "到账", "手续非", "手续费", "收续费", "手续费", "结祘", "结算", "接算", "结算",
	"威信", "微信", "薇信", "微信", "支付保", "支付宝", "之付宝", "支付宝", "云闪府", "云闪付",
	"冻洁", "冻结", "风孔", "风控", "预受权", "预授权", "二累卡", "二类卡", "三累卡", "三类卡", "2类卡", "二类卡", "3类卡", "三类卡", "ii类", "二类", "iii类", "三类", "1类卡", "一类卡", "i类卡", "一类卡", "撤消", "撤销", "付款吗", "付款码", "收款吗", "收款码",
)...)
