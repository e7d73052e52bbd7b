package diagnose

import (
	"slices"
	"strings"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// This file holds the few questions that the rules ask about the words.

func saysAny(q understand.Query, symptoms ...understand.Symptom) bool {
	return slices.ContainsFunc(q.Symptoms, func(s understand.Symptom) bool { return slices.Contains(symptoms, s) })
}

func intends(q understand.Query, intents ...understand.Intent) bool {
	if slices.Contains(intents, q.Intent) {
		return true
	}
	return slices.ContainsFunc(q.Intents, func(i understand.Intent) bool { return slices.Contains(intents, i) })
}

// speaksOfFailure keeps failed attempts in play (rules 2.3).
func speaksOfFailure(q understand.Query) bool {
	return q.RespCode != "" || intends(q, understand.Declined, understand.UnknownResult) ||
		saysAny(q, understand.DeclinedShown, understand.TimeoutShown, understand.LimitShown)
}

// speaksOfTwice opens the exception of rules 2.5.
func speaksOfTwice(q understand.Query) bool {
	return intends(q, understand.DuplicateCharge) || saysAny(q, understand.TwiceDebited)
}

func asksFee(q understand.Query) bool {
	return intends(q, understand.Fee) || saysAny(q, understand.AsksFee) ||
		slices.ContainsFunc(q.Amounts, func(a understand.Amount) bool { return a.Fee })
}

func asksRefund(q understand.Query) bool {
	return intends(q, understand.Refund) || slices.Contains(q.Kinds, transactions.Refund)
}

// namesLess is true when a smaller amount is said to have arrived; a net that
// alone is said not to have come (到手4970那笔怎么没到) is none.
func namesLess(q understand.Query) bool {
	if saysAny(q, understand.LessArrived) {
		return true
	}
	net, gross := false, false
	for _, a := range q.Amounts {
		net = net || a.Net && !a.Negated
		gross = gross || !a.Net && !a.Negated
	}
	return net && (gross || !notArrived(q.Text))
}

// notArrived is true when the words say that money has not come.
func notArrived(text string) bool {
	for _, w := range []string{"没到", "没有到", "未到", "没收到", "没入账", "不到账", "没进账"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// saysMissing is true when the merchant says that money has not arrived. A
// question about a fee, a smaller amount or a refund says that some did.
func saysMissing(q understand.Query) bool {
	if saysAny(q, understand.NoSMS, understand.BankSaysNone, understand.PartialArrived, understand.ArrivedThenGone) {
		return true
	}
	return !asksFee(q) && !namesLess(q) && !asksRefund(q)
}

// oneOnly is true when the words point at a single sale (那笔, 这一单).
func oneOnly(q understand.Query) bool {
	if strings.Contains(q.Text, "一笔都") || strings.Contains(q.Text, "一笔也") {
		return false
	}
	for _, w := range []string{"那笔", "这笔", "那一笔", "这一笔", "一笔", "那单", "这单", "一单"} {
		if strings.Contains(q.Text, w) {
			return true
		}
	}
	return q.Count == 1
}

// together is true when several sales are asked about as a whole.
func together(q understand.Query) bool {
	return q.Together || q.Count > 1 || saysAny(q, understand.PartialArrived) ||
		slices.ContainsFunc(q.Amounts, func(a understand.Amount) bool { return a.Total && !a.Negated || a.Count > 1 })
}

// oldCardGone is true when the earlier settlement card no longer exists.
func oldCardGone(q understand.Query) bool {
	for _, w := range []string{"销户", "注销", "挂失", "丢失", "遗失", "卡丢", "卡掉", "卡早丢", "卡已经丢", "卡不在了"} {
		if strings.Contains(q.Text, w) {
			return true
		}
	}
	return false
}

// speaksOfDebit is true when the payer was debited.
func speaksOfDebit(q understand.Query) bool { return saysAny(q, understand.PayerDebited) }
