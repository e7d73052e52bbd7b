package knowledge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheckOutbound(t *testing.T) {
	t.Parallel()
	verified := time.Date(2026, 11, 1, 0, 0, 0, 0, shanghai)
	row := func(kind, value string, expires time.Time) Channel {
		return Channel{Brand: "拉卡拉", Kind: kind, Value: value, Source: "合同", VerifiedBy: "甲", VerifiedAt: verified, ExpiresAt: expires}
	}
	rows := append(PublicChannels(),
		row(KindPhone, "400-820-2819", time.Time{}),
		row(KindPhone, "95034", testNow().Add(-time.Hour)),
		Channel{Kind: KindPhone, Value: "95035"}, // entered, never verified
		row(KindURL, "https://www.example.com/help", time.Time{}),
		row(KindWeChat, "example_help", time.Time{}),
	)
	exempt := []string{"032212345678", "https://bot.example.org/shop", "18612345678901", "D100202611180001"}
	tests := map[string]struct {
		text string
		want string // part of the one finding; "" = may leave
	}{
		"plain":                 {"您这笔5000.00元已打款，到手4970.00元。", ""},
		"money":                 {"一共12345元，12363.00元，¥95516，95188.5元，1,234,567.00元，10086元", ""},
		"money with unit":       {"限额10000元、200000元，12315块，3万", ""},
		"date and time":         {"2026-11-18 11:20，11月18日23:00:05，20261118，2026.11.18", ""},
		"merchant number":       {"商户号822100000000001，终端号A0000001，终端12345678", ""},
		"tail":                  {"卡尾号6688，结算卡尾号9512，138****1234", ""},
		"reference of ledger":   {"打款流水号032212345678，参考号18612345678901", ""},
		"ledger id":             {"编号D100202611180001", ""},
		"response code":         {"应答码68、96、12，代码100", ""},
		"public service":        {"被骗打110或96110，投诉打12363、12378、12315，跨行差错95516。", ""},
		"verified row":          {"客服400-820-2819，也写作4008202819。", ""},
		"own link":              {"看https://bot.example.org/shop/t?id=1", ""},
		"own link exactly":      {"看https://bot.example.org/shop", ""},
		"menu link":             {`<a href="weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=2">转人工</a>`, ""},
		"verified link":         {"见https://www.example.com/help#a", ""},
		"verified id":           {"微信号：example_help", ""},
		"notice number":         {"按银发〔2016〕302号，259号文", ""},
		"hours":                 {"客服9:00到21:00，客服12点休息，电话24小时", ""},
		"percent":               {"费率0.6%，封顶20元，1笔38次", ""},
		"list":                  {"1. 看手机\n2. 打电话给发卡行\n3. app里查", ""},
		"words":                 {"T1、D0、POS、App、Wi-Fi、4G。App里看", ""},
		"unknown mobile":        {"客服13812340001", "13812340001"},
		"mobile in groups":      {"138-1234-0001", "13812340001"},
		"mobile with spaces":    {"拨 138 1234 0001 问", "13812340001"},
		"mobile full width":     {"１３８１２３４０００１", "13812340001"},
		"mobile in Chinese":     {"一三八一二三四〇〇〇一", "13812340001"},
		"mobile with country":   {"+86 13812345678", "8613812345678"},
		"hidden joints":         {"138\u200b1234\u200b5678", "13812345678"},
		"mobile after a word":   {"单号是假的13812340001", "13812340001"},
		"landline":              {"021-62345678", "02162345678"},
		"landline in brackets":  {"(010)62345678", "01062345678"},
		"free number":           {"400 123 4567", "4001234567"},
		"short number":          {"客服95016", "95016"},
		"carrier":               {"打10086问问", "10086"},
		"emergency not listed":  {"拨打120", "120"},
		"expired row":           {"打95034", "95034"},
		"unverified row":        {"打95035", "95035"},
		"local number":          {"电话：62345678", "62345678"},
		"url":                   {"http://evil.cn/x", "evil.cn"},
		"url of another scheme": {"alipays://platformapi/startapp", "alipays"},
		"other weixin scheme":   {"weixin://dl/business", "weixin://dl"},
		"own link lookalike":    {"https://bot.example.org.evil.com/shop", "evil.com"},
		"own host, other path":  {"https://bot.example.org/shopping", "bot.example.org"},
		"verified lookalike":    {"https://www.example.com/helper", "example.com"},
		"host":                  {"上www.pos-one.cn申请", "www.pos-one.cn"},
		"bare host":             {"搜pos-help.top", "pos-help.top"},
		"host with spaces":      {"pos-one . cn", "pos-one"},
		"host with 点":           {"posone点cn", "posone"},
		"host with 。":           {"posone。cn", "posone"},
		"mail":                  {"发到help@abc.com", "abc.com"},
		"wechat id":             {"加微信 pos_88888", "pos_88888"},
		"wechat id short cue":   {"vx:pos888888", "pos888888"},
		"wxid":                  {"wxid_ab12cd34", "wxid_ab12cd34"},
		"original id":           {"gh_0123456789ab", "gh_0123456789ab"},
		"qq":                    {"QQ 123456789", "123456789"},
		"second line":           {"第一行\n第二行打95016", "95016"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := CheckOutbound(tt.text, rows, exempt, testNow())
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("%q is held back: %v", tt.text, got)
			case tt.want != "" && (len(got) != 1 || !strings.Contains(fmt.Sprint(got), tt.want)):
				t.Errorf("%q gives %v, want one finding with %q", tt.text, got, tt.want)
			}
			if name == "second line" && len(got) == 1 && got[0].Line != 2 {
				t.Errorf("line %d, want 2", got[0].Line)
			}
		})
	}
}

func TestPublicChannelsAreVerified(t *testing.T) {
	t.Parallel()
	want := []string{"110", "96110", "12363", "12378", "12315", "95516"}
	rows := PublicChannels()
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, c := range rows {
		if c.Value != want[i] || !c.Verified(testNow()) || c.Source == "" || c.Brand != "" {
			t.Errorf("row %+v", c)
		}
	}
}

func FuzzCheckOutbound(f *testing.F) {
	f.Add("打13812345678或一三八一二三四五六七八", "138")
	f.Add("weixin://bizmsgmenu?a=1 http://a.cn", "http://a.cn")
	f.Fuzz(func(t *testing.T, text, exempt string) {
		lines := 1 + strings.Count(text, "\n")
		for _, got := range CheckOutbound(text, PublicChannels(), []string{exempt}, testNow()) {
			if got.Line < 1 || got.Line > lines {
				t.Errorf("line %d of %d", got.Line, lines)
			}
		}
		if len(text) > 128 {
			return // the oracle is slow
		}
		want, got := slowUnverified(text, PublicChannels(), []string{exempt}, testNow()), unverified(text, PublicChannels(), []string{exempt}, testNow())
		if !slices.Equal(want, got) {
			t.Errorf("%q: oracle %v, got %v", text, want, got)
		}
	})
}
