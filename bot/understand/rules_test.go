package understand

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// These tests follow docs/rules.md, section 1, line by line.

func TestRulesTimes(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	const wednesday = "2026-11-18T15:00"
	for _, c := range []struct{ text, now, want string }{
		// a day is 00:00 to next 00:00
		{"昨天刷的", wednesday, "11-17T00:00/11-18T00:00/day"},
		{"今天刷的", wednesday, "11-18T00:00/11-19T00:00/day"},
		{"前天刷的", wednesday, "11-16T00:00/11-17T00:00/day"},
		{"大前天刷的", wednesday, "11-15T00:00/11-16T00:00/day"},
		{"三天前刷的", wednesday, "11-15T00:00/11-16T00:00/day"},
		// parts of the day
		{"昨天凌晨刷的", wednesday, "11-17T00:00/11-17T06:00/part"},
		{"昨天早上刷的", wednesday, "11-17T05:00/11-17T09:00/part"},
		{"昨天上午刷的", wednesday, "11-17T06:00/11-17T12:00/part"},
		{"昨天中午刷的", wednesday, "11-17T11:00/11-17T14:00/part"},
		{"昨天下午刷的", wednesday, "11-17T12:00/11-17T18:00/part"},
		{"昨天傍晚刷的", wednesday, "11-17T17:00/11-17T19:00/part"},
		{"昨天晚上刷的", wednesday, "11-17T18:00/11-18T00:00/part"},
		{"昨天半夜刷的", wednesday, "11-17T23:00/11-18T05:00/part"},
		// the evening just past
		{"昨晚刷的", wednesday, "11-17T18:00/11-18T00:00/part"},
		{"昨晚刷的", "2026-11-17T00:30", "11-16T18:00/11-17T00:00/part"},
		{"今晚刷的", "2026-11-17T00:30", "11-16T18:00/11-17T00:00/part"},
		{"昨晚1点刷的", wednesday, "11-18T01:00/11-18T02:00/hour"},
		{"昨晚12点刷的", wednesday, "11-18T00:00/11-18T01:00/hour"},
		// hours
		{"昨天下午3点多刷的", wednesday, "11-17T15:00/11-17T16:00/hour"},
		{"昨天下午3点左右刷的", wednesday, "11-17T14:30/11-17T15:30/hour"},
		{"昨天下午3点20刷的", wednesday, "11-17T15:20/11-17T15:21/minute"},
		{"昨天15:20刷的", wednesday, "11-17T15:20/11-17T15:21/minute"},
		{"昨天三点半刷的", wednesday, "11-17T15:30/11-17T15:31/minute"},
		{"刚才刷的", wednesday, "11-18T14:30/11-18T15:00/range"},
		{"半小时前刷的", wednesday, "11-18T14:15/11-18T14:45/range"},
		{"前几天刷的", wednesday, "11-11T00:00/11-18T15:00/range"},
		{"最近刷的没到", wednesday, "11-11T00:00/11-18T15:00/range"},
		// bare hours: the latest past reading in 07–23
		{"3点多刷的", wednesday, "11-18T15:00/11-18T16:00/hour"},
		{"3点多刷的", "2026-11-18T14:00", "11-17T15:00/11-17T16:00/hour"},
		{"8点刷的", wednesday, "11-18T08:00/11-18T09:00/hour"},
		{"8点刷的", "2026-11-18T21:00", "11-18T20:00/11-18T21:00/hour"},
		{"昨天8点刷的", wednesday, "11-17T20:00/11-17T21:00/hour"},
		{"6点刷的", wednesday, "11-17T18:00/11-17T19:00/hour"},
		{"12点刷的", wednesday, "11-18T12:00/11-18T13:00/hour"},
		// the past is preferred, today included when already reached
		{"8号刷的", wednesday, "11-08T00:00/11-09T00:00/day"},
		{"18号刷的", wednesday, "11-18T00:00/11-19T00:00/day"},
		{"20号刷的", wednesday, "10-20T00:00/10-21T00:00/day"},
		{"31号刷的", wednesday, "10-31T00:00/11-01T00:00/day"},
		{"周一刷的", wednesday, "11-16T00:00/11-17T00:00/day"},
		{"周三刷的", wednesday, "11-18T00:00/11-19T00:00/day"},
		{"周五刷的", wednesday, "11-13T00:00/11-14T00:00/day"},
		{"上周五刷的", wednesday, "11-13T00:00/11-14T00:00/day"},
		{"上周一刷的", wednesday, "11-09T00:00/11-10T00:00/day"},
		{"十二月20号刷的", wednesday, "2025-12-20T00:00/2025-12-21T00:00/day"},
		{"下午刷的", "2026-11-18T10:00", "11-17T12:00/11-17T18:00/part"},
		{"2月29号刷的", wednesday, "2024-02-29T00:00/2024-03-01T00:00/day"},
		// festivals, the lunar ones by table
		{"春节那天刷的", wednesday, "2026-02-17T00:00/2026-02-18T00:00/day"},
		{"元宵节刷的", wednesday, "03-03T00:00/03-04T00:00/day"},
		{"清明当天刷的", wednesday, "04-05T00:00/04-06T00:00/day"},
		{"端午当天刷的", wednesday, "06-19T00:00/06-20T00:00/day"},
		{"中秋当天刷的", wednesday, "09-25T00:00/09-26T00:00/day"},
		{"中秋当天刷的", "2025-12-01T10:00", "10-06T00:00/10-07T00:00/day"},
		{"春节当天刷的", "2027-03-01T10:00", "2027-02-06T00:00/2027-02-07T00:00/day"},
		{"重阳节刷的", "2024-12-01T10:00", "10-11T00:00/10-12T00:00/day"},
		// nothing is better than something wrong
		{"发工资那天刷的", wednesday, ""},
		{"改天再刷", wednesday, ""},
		{"每周一都刷", wednesday, ""},
	} {
		now, err := time.ParseInLocation("2006-01-02T15:04", c.now, zone)
		if err != nil {
			t.Fatal(err)
		}
		q := p.Parse(c.text, Context{}, now.UTC())
		if got := writeTime(q.Time, c.want); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.text, c.now, got, c.want)
		}
		if q.Time != nil {
			if _, offset := q.Time.From.Zone(); offset != 8*3600 {
				t.Errorf("%s: not at +08:00: %s", c.text, q.Time.From)
			}
		}
	}
}

func TestRulesAmounts(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	for _, c := range []struct{ text, want string }{
		{"刷了5000", "5000"},
		{"刷了5千", "5000"},
		{"刷了五千块", "5000"},
		{"刷了1万2", "12000"},
		{"刷了两万三", "23000"},
		{"刷了三千五", "3500"},
		{"刷了3.5w", "35000"},
		{"刷了5k", "5000"},
		{"刷了2,980.50", "2980.50"},
		{"刷了壹仟贰佰", "1200"},
		{"刷了七八千", "7000-8000"},
		{"刷了四五百", "400-500"},
		{"刷了一万多", "10000-20000"},
		{"刷了小一万", "~10000"},
		{"刷了800块零5毛", "800.50"},
		{"一笔800两笔1500", "800 1500x2"},
		{"一共5000没到", "total:5000"},
		{"到了4970", "net:4970"},
		{"到手4970", "net:4970"},
		{"只到4970", "net:4970"},
		{"不是5000", "neg:5000"},
		{"刷了10.005元", "10.01"},
		{"刷了10.004元", "10"},
		{"刷了0.5元没到", "0.50"},
		{"付了100美元", ""},
		{"付了500港币", ""},
		{"付了30欧元", ""},
		{"三笔没到", ""},
		{"尾号6688没到", ""},
		{"我电话13800138000", ""},
		{"流水号000123", ""},
		{"商户号822100000000001", ""},
		{"费率0.6%", ""},
		{"费率0.38", ""},
		{"千分之六", ""},
		{"11月18日15:20没到", ""},
		{"T+1没到", ""},
		{"二类卡没到", ""},
		{"显示68", ""},
		{"3天没到", ""},
		{"24小时没到", ""},
		{"2026年没到", ""},
		{"版本2.3.1", ""},
		{"打12363投诉", ""},
	} {
		q := p.Parse(c.text, Context{}, testNow())
		var got []string
		for _, a := range q.Amounts {
			got = append(got, writeAmount(a))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.text, s, c.want)
		}
	}
}

func TestRulesEveryIntent(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	for in, texts := range map[Intent][]string{
		MissingPayment: {"钱没到", "昨天5000没到账", "什么时候能到账啊"}, Declined: {"刷卡失败", "交易被拒绝"}, UnknownResult: {"一直超时", "不知道成没成功"}, Fee: {"手续费怎么算", "费率多少"}, Limit: {"单笔限额多少", "超限了"},
		Frozen: {"我的账户被冻结了", "延迟结算是啥"}, Refund: {"怎么退款给客户", "撤销一笔"}, DuplicateCharge: {"扣了两次钱", "重复扣款"}, AccountChange: {"想换结算卡", "变更收款账户"}, Device: {"机器坏了", "pos机黑屏"},
		Network: {"没信号", "机器连不上网"}, SettlementRule: {"周末到账吗", "T+1是什么意思", "几点之前刷当天到"}, Statement: {"导出对账单", "怎么查交易明细"}, Identity: {"怎么绑定商户", "商户号822100000000001"}, Human: {"转人工", "找个活人"},
		Complaint: {"我要投诉", "我要去12363告你们"}, Fraud: {"被盗刷了", "有人冒充客服"}, Cashout: {"怎么套现", "刷自己的信用卡周转"}, Thanks: {"谢谢"}, Greeting: {"你好", "在吗"}, Confirm: {"对", "是的"}, Deny: {"不是", "不对"}, Other: {"", "今天天气不错", "哈哈哈"},
	} {
		for _, text := range texts {
			if q := p.Parse(text, Context{}, testNow()); q.Intent != in {
				t.Errorf("%q: %s, want %s", text, q.Intent, in)
			}
		}
	}
}

func TestRulesEverySymptom(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	for sy, text := range map[Symptom]string{
		PrintedNoRecord: "小票出来了但是后台查不到", PayerDebited: "客户卡里扣钱了", NoPrint: "没出小票", DeclinedShown: "显示交易失败", TimeoutShown: "显示超时", PartialArrived: "只到了一笔", LessArrived: "到账少了", TwiceDebited: "客户被扣了两次",
		ArrivedThenGone: "到账又被扣走了", BankSaysNone: "银行说没有这笔", NoSMS: "没收到短信", DeviceDown: "机器死机了", Offline: "没有网络", LimitShown: "提示超限额", FrozenShown: "被冻结了", AccountWrong: "卡号填错了", AsksFee: "手续费多少", AsksWhen: "什么时候到账", AsksHumanPhone: "客服电话多少",
	} {
		if q := p.Parse(text, Context{}, testNow()); !slices.Contains(q.Symptoms, sy) {
			t.Errorf("%q: %v lacks %s", text, q.Symptoms, sy)
		}
	}
	if q := p.Parse("没看到钱,没收到短信", Context{}, testNow()); slices.Contains(q.Symptoms, BankSaysNone) {
		t.Error("没看到 alone is not bank_says_none")
	}
}

func TestRulesLists(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	parse := func(text string) Query { return p.Parse(text, Context{}, testNow()) }
	for _, brand := range []string{"拉卡拉", "刷呗", "中付", "盛付通", "瑞银信", "银联商务", "银联", "云闪付", "微信支付", "支付宝", "花呗", "京东白条", "汇付", "随行付", "富友"} {
		if q := parse(brand + "的机器昨天没到账"); q.Brand != brand {
			t.Errorf("%s is read as %q", brand, q.Brand)
		}
	}
	for text, want := range map[string]string{"D0没到": "D0", "秒到没到": "D0", "d+1的没到": "D1", "T0到账": "T0", "T+1没到": "T1", "手动提现没到": "MANUAL", "没到": ""} {
		if q := parse(text); q.Settle != want {
			t.Errorf("%s: settle %q, want %q", text, q.Settle, want)
		}
	}
	for text, want := range map[string]string{"刷卡没到": "CARD", "微信收的没到": "WECHAT", "支付宝的没到": "ALIPAY", "云闪付的没到": "UNIONPAY_QR", "银联二维码收的": "UNIONPAY_QR", "加你微信": "", "刷卡机坏了": ""} {
		if q := parse(text); q.Channel != want {
			t.Errorf("%s: channel %q, want %q", text, q.Channel, want)
		}
	}
	for text, want := range map[string]string{"二类卡": "II", "2类户": "II", "Ⅱ类卡": "II", "一类卡": "I", "三类账户": "III", "这一类问题": ""} {
		if q := parse(text); q.CardClass != want {
			t.Errorf("%s: class %q, want %q", text, q.CardClass, want)
		}
	}
	if q := parse("昨天刷的今天还没到"); len(q.Times) != 2 || q.Time == nil || !q.Time.From.Equal(date(2026, 11, 17)) {
		t.Errorf("times hold all mentions, time the transaction's: %+v", q)
	}
	if q := parse("你好,5000没到,转人工,谢谢"); !slices.Equal(q.Intents, []Intent{Greeting, MissingPayment, Human, Thanks}) || q.Intent != MissingPayment || !q.WantsHuman {
		t.Errorf("intents in order of mention: %v %s", q.Intents, q.Intent)
	}
	if q := parse("5000没到,是不是被盗刷了"); q.Intent != Fraud {
		t.Errorf("fraud comes before any look-up: %s", q.Intent)
	}
	if q := parse("客服电话多少"); q.WantsHuman {
		t.Error("asking for a number is not a request for a person")
	}
}
