package knowledge

import (
	"strings"

	"daozhang/bot/understand"
)

// Fold is the normaliser used when IndexOptions names none: the reader's own
// (understand.Normalize: width, case, simplified characters, the field's usual
// misspellings), and on top what only the search needs, the many ways to
// write and to dictate T+1, the machine and the account classes.
func Fold(s string) string { return slips.Replace(understand.Normalize(s)) }

//nolint:gochecknoglobals // read-only table
var slips = strings.NewReplacer(append(cycleSlips(),
	"pose机", "pos机", "破斯机", "pos机", "泼斯机", "pos机", "破死机", "pos机", "婆斯机", "pos机", "po机", "pos机", "刷卡机", "pos机",
	"到张", "到账", "手续非", "手续费", "收续费", "手续费", "接算", "结算", "威信", "微信", "云闪府", "云闪付", "风孔", "风控",
	"二累卡", "二类卡", "三累卡", "三类卡", "2类", "二类", "3类", "三类", "1类", "一类", "iii类", "三类", "ii类", "二类", "i类", "一类",
	"付款吗", "付款码", "收款吗", "收款码",
)...)

// cycleSlips folds the ways to write T+1 and, as dictation hears the letters,
// to say it: t加1, 替加一, 地家一 → t1, d1.
func cycleSlips() []string {
	var pairs []string
	for letter, heard := range map[string]string{"t": "t替踢提题", "d": "d地弟滴第迪"} {
		for _, l := range heard {
			for _, plus := range "+加家佳" {
				for number, said := range map[string]string{"0": "0零〇", "1": "1一"} {
					for _, n := range said {
						pairs = append(pairs, string([]rune{l, plus, n}), letter+number)
					}
				}
			}
		}
	}
	return pairs
}
