package bot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"daozhang/transactions"
)

// yuan writes fen as the merchant reads it: 4970.00元 (rules 6).
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d元", sign, fen/100, fen%100)
}

// percent writes basis points as a rate: 60 → 0.6%, 38 → 0.38%.
func percent(bp int64) string {
	s := strings.TrimRight(fmt.Sprintf("%d.%02d", bp/100, bp%100), "0")
	return strings.TrimSuffix(s, ".") + "%"
}

// clock is the Shanghai time of day, 11:20.
func clock(t time.Time) string { return t.In(transactions.Shanghai).Format("15:04") }

// dayOf is 11月18日, with the year where it is not that of now.
func dayOf(d transactions.Date, now time.Time) string {
	if d.IsZero() {
		return ""
	}
	if d.Year != transactions.DateOf(now).Year {
		return strconv.Itoa(d.Year) + "年" + d.Chinese()
	}
	return d.Chinese()
}

// moment is 11月18日11:20.
func moment(t, now time.Time) string {
	return dayOf(transactions.DateOf(t), now) + clock(t)
}

// relativeDay is 今天, 昨天, 明天 or the date.
func relativeDay(d transactions.Date, now time.Time) string {
	today := transactions.DateOf(now)
	switch d {
	case today:
		return "今天"
	case today.AddDays(-1):
		return "昨天"
	case today.AddDays(1):
		return "明天"
	}
	return dayOf(d, now)
}

// cycleName is what the merchant knows a cycle as.
func cycleName(cycle string) string {
	switch cycle {
	case "T1":
		return "T+1（下一个工作日）"
	case "D1":
		return "D+1（第二天，节假日也算）"
	case "T0":
		return "T+0（工作日当天）"
	case "D0":
		return "D+0（当天）"
	case "MANUAL":
		return "手动提现"
	}
	return cycle
}

// channelName is how a sale was taken, for labels.
func channelName(t transactions.Transaction) string {
	switch t.Channel {
	case "WECHAT":
		return "微信收款"
	case "ALIPAY":
		return "支付宝收款"
	case "UNIONPAY_QR":
		return "云闪付收款"
	case "ECNY":
		return "数字人民币收款"
	}
	switch t.CardKind {
	case "DEBIT":
		return "借记卡"
	case "CREDIT":
		return "信用卡"
	}
	return ""
}

// tailOf is 信用卡尾号6688 or 微信收款; "" when nothing is known.
func tailOf(t transactions.Transaction) string {
	name := channelName(t)
	if t.CardLast4 == "" {
		return name
	}
	return name + "尾号" + t.CardLast4
}

// saleName names one sale for the merchant: 11月17日10:00的5000.00元(信用卡尾号6688).
func saleName(t transactions.Transaction, now time.Time) string {
	s := moment(t.Time, now) + "的" + yuan(t.AmountFen)
	if tail := tailOf(t); tail != "" {
		s += "（" + tail + "）"
	}
	return s
}

// accountName is the settlement account as the merchant knows it:
// 工商银行尾号1234. last4 overrides the present tail where a payout names one.
func accountName(a transactions.Account, last4 string) string {
	if last4 == "" {
		last4 = a.Last4
	}
	if last4 == "" {
		return a.Bank + "结算卡"
	}
	if last4 != a.Last4 { // the bank of a former account is not known
		return "尾号" + last4
	}
	return a.Bank + "尾号" + last4
}

// caseNumber is 000012.
func caseNumber(n int64) string { return fmt.Sprintf("%06d", n) }

// list joins names the Chinese way.
func list(items []string) string { return strings.Join(items, "、") }

// sentences joins the non-empty parts with line breaks.
func sentences(parts ...string) string {
	kept := make([]string, 0, len(parts))
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n")
}
