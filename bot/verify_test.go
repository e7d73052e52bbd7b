package bot_test

import (
	"strings"
	"testing"

	"daozhang/bot"
)

const composed = `11月17日10:00的5000.00元（信用卡尾号6688）交易成功，还没到出款的日子，钱没有丢。
您签约的是D+1（第二天，节假日也算），这笔计入11月17日清算，预计11月18日14:00前入账，净额约4970.00元，打到工商银行尾号1234。
1. 是这笔
2. 不是这笔`

func TestVerifyRephraseKeepsTheTruth(t *testing.T) {
	t.Parallel()
	if err := bot.VerifyRephrase(composed, composed); err != nil {
		t.Fatalf("the same words: %v", err)
	}
	softer := strings.Replace(composed, "钱没有丢", "放心，钱没有丢", 1)
	if err := bot.VerifyRephrase(composed, softer); err != nil {
		t.Errorf("softer words: %v", err)
	}
	for name, change := range map[string][2]string{
		"amount":              {"4970.00", "4907.00"},
		"amount twice":        {"净额约4970.00元", "净额约4970.00元（4970.00元）"},
		"date":                {"11月18日", "11月19日"},
		"time":                {"14:00", "12:00"},
		"tail":                {"1234", "4321"},
		"bank":                {"工商银行", "农业银行"},
		"rule":                {"D+1", "T+1"},
		"约 dropped":           {"约4970", "4970"},
		"预计 dropped":          {"预计", ""},
		"预计 became a promise": {"预计", "一定"},
		"negation dropped":    {"没有丢", "丢"},
		"negation added":      {"交易成功", "交易不成功"},
		"today added":         {"入账，", "今天入账，"},
		"han number added":    {"钱没有丢", "钱没有丢，再等两天"},
		"choice changed":      {"2. 不是这笔", "2. 都不是"},
		"choice dropped":      {"\n2. 不是这笔", ""},
		"telephone":           {"钱没有丢", "钱没有丢，电话95016"},
		"link":                {"钱没有丢", "钱没有丢 a.cn"},
		"advice":              {"钱没有丢", "钱没有丢，点击领取"},
		"hand-over claimed":   {"钱没有丢", "钱没有丢，已转人工"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(composed, change[0], change[1], 1)
			if changed == composed {
				t.Fatal("the change does not change anything")
			}
			if bot.VerifyRephrase(composed, changed) == nil {
				t.Errorf("accepted %q", changed)
			}
		})
	}
	if bot.VerifyRephrase(composed, composed+strings.Repeat("好", 700)) == nil {
		t.Error("accepted what is too long")
	}
}

func FuzzVerifyRephrase(f *testing.F) {
	f.Add(composed, "5000")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, original, add string) {
		if err := bot.VerifyRephrase(original, original); err != nil && strings.TrimSpace(original) != "" && len([]rune(original)) <= 600 {
			t.Errorf("the same words were refused: %v", err)
		}
		if strings.ContainsAny(add, "0123456789") && bot.VerifyRephrase(original, original+add) == nil {
			t.Errorf("accepted the added digits %q", add)
		}
	})
}
