package bot

import (
	"fmt"
	"strings"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// Templates of money that is stopped: rejected, returned, held, disputed,
// frozen. None of them gives a date (rules 4); none tells which risk rule fired.

// riskWords mark a recorded reason that would teach or tip off about risk
// rules; such a reason is never repeated (domain 7.8, 7.9).
//
//nolint:gochecknoglobals // read-only table
var riskWords = []string{"风控", "规则", "阈值", "门槛", "模型", "命中", "监测", "涉案", "涉嫌", "嫌疑", "洗钱", "套现", "可疑", "评分", "名单", "侦查", "调查", "频次", "笔数", "大额"}

// mayTell reports that a recorded reason may be repeated to the merchant.
func mayTell(reason string) bool {
	for _, w := range riskWords {
		if strings.Contains(reason, w) {
			return false
		}
	}
	return reason != ""
}

// failWords is why a payout failed: the bank's own words when they may be
// told, else the meaning of the code.
func failWords(d diagnose.Diagnosis, s *transactions.Settlement) string {
	if s != nil && mayTell(s.FailReason) {
		return strings.TrimRight(s.FailReason, "。")
	}
	return d.FailMeaning
}

func reasonIn(reason string) string {
	if !mayTell(reason) {
		return ""
	}
	return "（" + reason + "）"
}

// asSentence ends words with a full stop once.
func asSentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.TrimRight(s, "。；，;, ") + "。"
}

func tellRejected(d diagnose.Diagnosis, t telling) string {
	amount, why := "这笔款", ""
	if s := d.Settlement; s != nil && s.NetFen != nil {
		amount = yuan(*s.NetFen)
	}
	if w := failWords(d, d.Settlement); w != "" {
		why = "，原因：" + w
	}
	return sentences(
		again(t, d.Cause)+holidayLine(d, t),
		fmt.Sprintf("%s交易成功，但打到%s的%s被收款行拒绝，没有入账%s。", sale(d, t), payoutTail(d), amount, why),
		deviceLine(d, t), rejectAdvice(d.FailCode, d.Merchant.Account.Bank),
		"处理好以后会重新出款，不用重新刷卡；具体时间现在定不了。")
}

// rejectAdvice says who can mend the account and how.
func rejectAdvice(code, bank string) string {
	if bank == "" {
		bank = "开户行"
	}
	swap := "或者更换成您本人的I类户"
	switch code {
	case "ACCT_DORMANT":
		return "请联系" + bank + "恢复账户，" + swap + "。"
	case "ACCT_FROZEN":
		return "请联系" + bank + "问清怎么解除，" + swap + "。"
	case "ACCT_FROZEN_AUTHORITY":
		return "请带身份证件到" + bank + "柜台咨询，具体情况以银行答复为准。"
	case "ACCT_CLOSED":
		return "请更换成您本人的I类户作为结算卡。"
	case "ACCT_LOST":
		return "请到" + bank + "补卡后更新资料，" + swap + "。"
	case "ACCT_NO_MATCH", "NAME_MISMATCH":
		return "请核对结算卡的户名、卡号和开户行，更正后再出款，结算卡要用本人的。"
	case "BANK_ERROR":
		return "您这边不用操作，由人工核实后重新出款。"
	}
	return "请联系" + bank + "确认账户是不是正常，" + swap + "。"
}

func tellLimit(d diagnose.Diagnosis, t telling) string {
	amount, why := "", "超过入账限额"
	if s := d.Settlement; s != nil && s.NetFen != nil {
		amount = yuan(*s.NetFen)
	}
	if w := failWords(d, d.Settlement); w != "" {
		why = w
	}
	rule := "II类户：非绑定账户转入日累计1万元、年累计20万元"
	if d.Cause == diagnose.PayoutLimitClass3 {
		rule = "III类户：余额不超过2000元，非绑定账户转入日累计2000元、年累计5万元"
	}
	bank := d.Merchant.Account.Bank
	if bank == "" {
		bank = "开户行"
	}
	return sentences(
		again(t, d.Cause)+holidayLine(d, t),
		fmt.Sprintf("%s交易成功，是打款%s被收款行拒绝，没有入账，原因：%s。", sale(d, t), amount, why),
		deviceLine(d, t),
		fmt.Sprintf("您的结算卡（%s）是%s（以开户行为准）。", payoutTail(d), rule),
		fmt.Sprintf("请换成您本人的I类户，或者请%s办理提升账户类别，之后会重新出款；具体时间现在定不了。", bank))
}

func tellReturned(d diagnose.Diagnosis, t telling) string {
	paid, back, why := "", "", ""
	amount := ""
	if s := d.Settlement; s != nil {
		if !s.PaidAt.IsZero() {
			paid = moment(s.PaidAt, t.now)
		}
		if !s.ReturnedAt.IsZero() {
			back = "在" + moment(s.ReturnedAt, t.now)
		}
		if w := failWords(d, s); w != "" {
			why = "，原因：" + w
		}
		if s.NetFen != nil {
			amount = yuan(*s.NetFen)
		}
	}
	sorry := ""
	if paidCause(t.before) {
		sorry = "更正一下，之前跟您说已经付款，现在情况变了："
	}
	return sentences(
		again(t, d.Cause)+sorry,
		fmt.Sprintf("%s交易成功，%s打款%s至%s，但%s被银行退回（退票），钱没有留在您账户里%s。", sale(d, t), paid, amount, payoutTail(d), back, why),
		rejectAdvice(d.FailCode, d.Merchant.Account.Bank),
		"账户处理好以后会重新出款，不用重新刷卡；具体时间现在定不了。")
}

// paidCause reports a cause that says that the money was paid out.
func paidCause(c diagnose.Cause) bool {
	switch c {
	case diagnose.PaidNotNoticed, diagnose.MergedPayout, diagnose.FeeNet, diagnose.Offset, diagnose.AccountChanged:
		return true
	}
	return false
}

// papersSentence is 请在11月25日前提交:签购单、…。
func papersSentence(d diagnose.Diagnosis, t telling) string {
	docs, due := d.Docs, d.DocsDue
	by := ""
	if !due.IsZero() {
		by = "在" + dayOf(due, t.now) + "前"
	}
	if len(docs) == 0 {
		if by == "" {
			return "需要哪些材料，人工会告诉您，请先把签购单和销售凭证留好。"
		}
		return "请" + by + "按通知提交材料，要哪些人工会告诉您，请先把签购单和销售凭证留好。"
	}
	return "请" + by + "提交：" + list(docs) + "。"
}

func tellHold(d diagnose.Diagnosis, t telling) string {
	state := "但收单机构对这笔做了延迟结算，正在审核，还没有付款"
	if d.Settlement != nil && d.Settlement.Risk == "REFUSED" || anyRisk(d, "REFUSED") {
		state = "但收单机构审核后没有放行，还没有付款"
	}
	limited := ""
	if d.Merchant.Status == "LIMITED" {
		limited = "您的商户目前被设置了收款限制" + reasonIn(d.Merchant.StatusReason) + "。"
	}
	return sentences(
		again(t, d.Cause)+fmt.Sprintf("%s交易成功%s，%s。", sale(d, t), net(d), state),
		limited, deviceLine(d, t), papersSentence(d, t),
		"审核结果和时间由收单机构决定，现在没有确定的到账日期，我不能随便给您一个日子。")
}

func anyRisk(d diagnose.Diagnosis, risk string) bool {
	for _, tx := range d.Transactions {
		if tx.Risk == risk {
			return true
		}
	}
	return false
}

func tellRetrieval(d diagnose.Diagnosis, t telling) string {
	return sentences(
		again(t, d.Cause)+fmt.Sprintf("%s交易成功%s，银行正在调单（调阅这笔的交易凭证），款项先不结算。", sale(d, t), net(d)),
		papersSentence(d, t),
		"请按时交，逾期可能影响结果；核对多久由银行和收单机构决定，现在没有确定的到账日期。")
}

// disputeReasons are the words of chargeback codes (domain 2.5); others are
// told as recorded when they are words.
//
//nolint:gochecknoglobals // read-only table
var disputeReasons = map[string]string{
	"4515": "持卡人不认可这笔交易", "4512": "重复扣款", "4557": "没有收到货或服务", "4562": "被伪卡盗刷", "4502": "交易没有完成",
}

func tellDispute(d diagnose.Diagnosis, t telling) string {
	why := ""
	for _, tx := range d.Transactions {
		if tx.Dispute == nil || tx.Dispute.Reason == "" {
			continue
		}
		for code, words := range disputeReasons {
			if strings.Contains(tx.Dispute.Reason, code) {
				why = "（理由：" + words + "）"
			}
		}
		if why == "" {
			why = reasonIn(tx.Dispute.Reason)
		}
		break
	}
	held := ""
	if s := d.Settlement; s != nil && s.DisputeOffsetFen != nil && *s.DisputeOffsetFen > 0 {
		held = "争议暂扣" + yuan(*s.DisputeOffsetFen) + "。"
		if s.State == "PAID" {
			held += paidSentence(d, t)
		}
	}
	return sentences(
		again(t, d.Cause)+fmt.Sprintf("%s交易成功%s，但付款的客户或他的银行提出了争议（拒付）%s。", sale(d, t), net(d), why),
		held, papersSentence(d, t),
		"结果和时间由银行判定，现在没有确定的到账日期；签购单、发货或服务凭证都请留好。")
}

func tellFrozen(d diagnose.Diagnosis, t telling) string {
	state := "您的商户结算目前被暂停"
	switch d.Merchant.Status {
	case "FROZEN":
		state = "您的商户目前被冻结，结算暂停"
	case "CLOSED":
		state = "您的商户目前是关闭状态，结算暂停"
	}
	docs := ""
	if len(d.Docs) > 0 {
		docs = papersSentence(d, t)
	}
	first := ""
	if len(d.Transactions) > 0 {
		first = fmt.Sprintf("%s交易成功%s，还没有付款。", sale(d, t), net(d))
	}
	return sentences(again(t, d.Cause)+first, state+reasonIn(d.Merchant.StatusReason)+"。", docs,
		"什么时候恢复由收单机构审核决定，现在没有确定的到账日期。")
}

func tellDocs(d diagnose.Diagnosis, t telling) string {
	first := ""
	if len(d.Transactions) > 0 {
		first = fmt.Sprintf("%s交易成功%s，还没有付款。", sale(d, t), net(d))
	}
	return sentences(again(t, d.Cause)+first,
		"您的商户资料还不齐，补齐审核通过之前先不结算"+reasonIn(d.Merchant.StatusReason)+"。",
		papersSentence(d, t),
		"审核要多久由收单机构决定，现在没有确定的到账日期。")
}
