package bot

import (
	"fmt"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// Templates of money that is on its way: nothing is wrong, or its date passed.

// promise is the only sentence that gives a date (rules 4).
func promise(d diagnose.Diagnosis, t telling) string {
	if t.noDates {
		return "在正常排队出款" + net(d) + "，想知道哪天到，单独问我" + these(d) + "。"
	}
	if d.Due.IsZero() {
		if d.NoDate == "beyond_calendar" {
			return "那几天的节假日安排系统里还没有，准确日期现在给不了您，等安排录入后再问我就能算出来" + net(d) + "。"
		}
		return "具体入账日期现在给不了您" + net(d) + "。"
	}
	today := ""
	if d.Due == transactions.DateOf(t.now) {
		today = "（今天）"
	}
	return fmt.Sprintf("预计%s%s%s入账%s，打到%s。", dayOf(d.Due, t.now), today, by(d, ""), net(d), accountName(d.Merchant.Account, ""))
}

// by is the time of the day until which a payout of the next day is made; the
// same-day cycles have until the end of the day (rules 4), for which rest
// stands.
func by(d diagnose.Diagnosis, rest string) string {
	if d.Merchant.PayoutBy == "" || cycleOf(d) != "T1" && cycleOf(d) != "D1" {
		return rest
	}
	return d.Merchant.PayoutBy + "前"
}

// follow offers what the watch will do.
func follow(t telling) string {
	if !t.watched {
		return ""
	}
	return "到账了，或者过了时间还没到，我都会主动告诉您。"
}

func tellCycleNotDue(d diagnose.Diagnosis, t telling) string {
	return sentences(
		again(t, d.Cause)+sale(d, t)+"交易成功，还没到出款的日子，钱没有丢。",
		cycleSentence(d, t)+promise(d, t), deviceLine(d, t), follow(t))
}

// cycleSentence is 您签约的是D+1…,这笔计入11月17日清算,
func cycleSentence(d diagnose.Diagnosis, t telling) string {
	s := ""
	if c := cycleOf(d); c != "" {
		s = ownCycle(d, cycleName(c)) + "，"
	}
	if !d.Schedule.Clearing.IsZero() {
		s += these(d) + "计入" + dayOf(d.Schedule.Clearing, t.now) + "清算，"
	}
	return s
}

func tellAfterCutoff(d diagnose.Diagnosis, t telling) string {
	when := "这笔的时间"
	if len(d.Transactions) > 0 {
		when = moment(d.Transactions[0].Time, t.now)
	}
	cutoff := d.Merchant.Cutoff
	if cutoff != "" {
		cutoff += "的"
	}
	late := fmt.Sprintf("%s已过%s切账时间，计入%s清算，比切账前刷的晚一天。", when, cutoff, dayOf(d.Schedule.Clearing, t.now))
	if !pastCutoff(d) { // the payout's record says so, not the clock
		late = fmt.Sprintf("结算记录里%s计入%s清算，比当天清算的晚一天。", these(d), dayOf(d.Schedule.Clearing, t.now))
	}
	return sentences(
		again(t, d.Cause)+sale(d, t)+"交易成功，钱没有丢。", late,
		shortCycle(d)+promise(d, t), deviceLine(d, t), follow(t))
}

// pastCutoff reports that the sale was made at or after the merchant's cut-off.
func pastCutoff(d diagnose.Diagnosis) bool {
	return len(d.Transactions) > 0 && d.Merchant.Cutoff != "" && clock(d.Transactions[0].Time) >= d.Merchant.Cutoff
}

func shortCycle(d diagnose.Diagnosis) string {
	if c := cycleOf(d); c != "" {
		return ownCycle(d, cycleName(c)) + "，"
	}
	return ""
}

// ownCycle names the cycle that decides: the merchant's contract, or the
// payout's own where that differs.
func ownCycle(d diagnose.Diagnosis, name string) string {
	if c := d.Merchant.Cycle; c != "" && c != cycleOf(d) {
		return these(d) + "按" + name + "结算"
	}
	return "您签约的是" + name
}

// these is 这笔 or 这几笔.
func these(d diagnose.Diagnosis) string {
	if len(d.Transactions) > 1 {
		return "这几笔"
	}
	return "这笔"
}

func tellHolidayDeferred(d diagnose.Diagnosis, t telling) string {
	plain := ""
	if !d.Schedule.Plain.IsZero() && d.Schedule.Plain != d.Due {
		plain = fmt.Sprintf("平时是%s，", dayOf(d.Schedule.Plain, t.now))
	}
	cut := ""
	if pastCutoff(d) && d.Schedule.AfterCutoff {
		cut = fmt.Sprintf("刷的时候已过%s切账，", d.Merchant.Cutoff)
	}
	return sentences(
		again(t, d.Cause)+sale(d, t)+"交易成功，钱没有丢。",
		fmt.Sprintf("%s，%s计入%s清算；%s遇到节假日，顺延到放假后的工作日。", deferredCycle(d), cut, dayOf(d.Schedule.Clearing, t.now), plain),
		promise(d, t), deviceLine(d, t), follow(t))
}

func deferredCycle(d diagnose.Diagnosis) string {
	return ownCycle(d, short(cycleOf(d))) + "，只在工作日出款"
}

func tellProcessing(d diagnose.Diagnosis, t telling) string {
	return sentences(
		again(t, d.Cause)+sale(d, t)+"交易成功，已经在出款，银行正在处理。",
		promise(d, t), deviceLine(d, t), follow(t))
}

func tellOverdue(d diagnose.Diagnosis, t telling) string {
	should := "已经过了应该出款的时间"
	if !d.DueMissed.IsZero() {
		should = fmt.Sprintf("按周期应在%s%s入账", dayOf(d.DueMissed, t.now), by(d, "当天"))
	}
	return sentences(
		fmt.Sprintf("%s交易成功%s。", sale(d, t), net(d)),
		should+"，现在已经超时，账上还没有付款记录，需要人工追查。", deviceLine(d, t), holidayLine(d, t),
		"这期间请不要让客户重刷。")
}

func tellD0Downgraded(d diagnose.Diagnosis, t telling) string {
	why := ""
	failed := d.Settlement
	if d.First != nil && d.First.State == "D0_FAILED" {
		failed = d.First
	}
	if r := failWords(d, failed); r != "" {
		why = "（" + r + "）"
	}
	extra := ""
	if d.Settlement != nil && d.Settlement.SurchargeFen != nil && *d.Settlement.SurchargeFen > 0 {
		extra = "账上记有当天到账的附加费" + yuan(*d.Settlement.SurchargeFen) + "。"
	}
	to := ""
	if c := cycleOf(d); c != "" && c != "D0" && c != "T0" {
		to = "按" + cycleName(c)
	}
	return sentences(
		again(t, d.Cause)+sale(d, t)+"交易成功。",
		fmt.Sprintf("当天到账（秒到）没有出成功%s，已改成%s出款。", why, to)+promise(d, t), extra, deviceLine(d, t), follow(t))
}

func tellBelowMinimum(d diagnose.Diagnosis, t telling) string {
	minimum, rest := "最低结算金额", "累计够了以后一起结算"
	if m := d.Merchant.MinSettleFen; m != nil {
		minimum += yuan(*m)
		rest = "累计到" + yuan(*m) + "后一起结算"
	}
	waiting := ""
	if m := d.Merchant.MinSettleFen; d.WaitingFen > 0 && (m == nil || d.WaitingFen < *m) {
		waiting = "现在累计了" + yuan(d.WaitingFen) + "，"
	}
	return sentences(
		again(t, d.Cause)+fmt.Sprintf("%s交易成功%s，但低于本商户的%s，%s%s，不用另外操作。", sale(d, t), net(d), minimum, waiting, rest),
		"钱没有丢，也不是机器故障。")
}

func tellManualWithdraw(d diagnose.Diagnosis, t telling) string {
	return sentences(
		again(t, d.Cause)+sale(d, t)+"交易成功"+net(d)+"，钱在您的商户余额里。",
		"您签约的是手动提现，要在收款App里点“提现”或“结算”才会打到"+accountName(d.Merchant.Account, "")+"。", deviceLine(d, t))
}
