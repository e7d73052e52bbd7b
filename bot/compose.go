package bot

import (
	"fmt"
	"strings"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// telling is what a template may use besides its diagnosis. Every figure, date
// and state of a reply comes from the Diagnosis; telling only says how to put
// it.
type telling struct {
	now      time.Time
	q        understand.Query
	settings Settings
	// before is the cause told last about the same transactions; "" = none.
	before diagnose.Cause
	// handed is true when a person has or gets the conversation with this reply.
	handed bool
	// manyShops is true when the contact has several: the shop is named.
	manyShops bool
	// unasked is true when the bot speaks first.
	unasked bool
	// watched is true when a watch is opened with this reply.
	watched bool
	// noDates is true for what is told beside a headline without a date: then
	// the reply promises none at all (contract section 4, due null).
	noDates bool
	notice  *transactions.Notice
}

// template writes the sentences of one cause.
type template func(d diagnose.Diagnosis, t telling) string

// templates has the sentence of every cause that speaks about transactions.
// The causes without any (NOT_FOUND, NOT_BOUND …) are in compose_ask.go.
//
//nolint:gochecknoglobals // read-only table
var templates = map[diagnose.Cause]template{
	diagnose.TxnDeclined:         tellDeclined,
	diagnose.TxnUnknown:          tellUnknown,
	diagnose.TxnReversed:         tellReversed,
	diagnose.SingleSided:         tellSingleSided,
	diagnose.NotUploaded:         tellNotUploaded,
	diagnose.PreauthNotCompleted: tellPreauth,
	diagnose.Voided:              tellVoided,
	diagnose.Refunded:            tellRefunded,
	diagnose.RefundInProgress:    tellRefundInProgress,
	diagnose.Duplicate:           tellDuplicate,

	diagnose.CycleNotDue:      tellCycleNotDue,
	diagnose.AfterCutoff:      tellAfterCutoff,
	diagnose.HolidayDeferred:  tellHolidayDeferred,
	diagnose.SettleProcessing: tellProcessing,
	diagnose.Overdue:          tellOverdue,
	diagnose.D0Downgraded:     tellD0Downgraded,
	diagnose.BelowMinimum:     tellBelowMinimum,
	diagnose.ManualWithdraw:   tellManualWithdraw,

	diagnose.PaidNotNoticed: tellPaid,
	diagnose.MergedPayout:   tellMerged,
	diagnose.FeeNet:         tellFee,
	diagnose.Offset:         tellOffset,
	diagnose.AccountChanged: tellAccountChanged,

	diagnose.PayoutRejectedAccount: tellRejected,
	diagnose.PayoutLimitClass2:     tellLimit,
	diagnose.PayoutLimitClass3:     tellLimit,
	diagnose.PayoutReturned:        tellReturned,
	diagnose.RiskHold:              tellHold,
	diagnose.Retrieval:             tellRetrieval,
	diagnose.Dispute:               tellDispute,
	diagnose.MerchantFrozen:        tellFrozen,
	diagnose.DocsIncomplete:        tellDocs,
	diagnose.Inconsistent:          tellInconsistent,
	diagnose.Outage:                tellOutage,
}

// tell writes one diagnosis. A cause without a template is a mistake of ours
// and said as what it is: not known yet.
func tell(d diagnose.Diagnosis, t telling) string {
	write, ok := templates[d.Cause]
	if !ok {
		return "这笔的情况我还不能确定，不敢乱说。"
	}
	body := write(d, t)
	if d.Cause == diagnose.Inconsistent || d.Cause == diagnose.Outage {
		return body
	}
	return sentences(failedAttempts(d), completes(d, t), body, partRefund(d), reissued(d, t))
}

// sale names the transactions of a diagnosis.
func sale(d diagnose.Diagnosis, t telling) string {
	switch len(d.Transactions) {
	case 0:
		return "您问的这笔"
	case 1:
		return shopOf(d, t) + saleName(d.Transactions[0], t.now)
	}
	const named = 4
	var names []string
	for i, tx := range d.Transactions {
		if i == named {
			break
		}
		names = append(names, moment(tx.Time, t.now)+"的"+yuan(tx.AmountFen))
	}
	s := shopOf(d, t) + list(names)
	if len(d.Transactions) > named {
		s += "等"
	}
	return fmt.Sprintf("%s共%d笔（合计%s）", s, len(d.Transactions), yuan(grossOf(d)))
}

func shopOf(d diagnose.Diagnosis, t telling) string {
	if !t.manyShops || d.Merchant.Name == "" {
		return ""
	}
	return "“" + d.Merchant.Name + "”"
}

// grossOf is the diagnosis' gross in fen, summed where diagnose left it open.
func grossOf(d diagnose.Diagnosis) int64 {
	if d.GrossFen != 0 {
		return d.GrossFen
	}
	var sum int64
	for _, tx := range d.Transactions {
		sum += tx.AmountFen
	}
	return sum
}

// net is "，净额4970.00元" with 约 where it is computed (rules 4); "" unknown.
func net(d diagnose.Diagnosis) string {
	if d.NetFen == nil {
		return ""
	}
	return "，净额" + about(d) + yuan(*d.NetFen)
}

func about(d diagnose.Diagnosis) string {
	if d.NetComputed {
		return "约"
	}
	return ""
}

// netSentence explains the net: 扣手续费30.00元,净额4970.00元。
func netSentence(d diagnose.Diagnosis) string {
	if d.NetFen == nil {
		return "费率或卡种还不清楚，到手净额暂时算不出来。"
	}
	if d.FeeFen != nil && *d.FeeFen != 0 {
		return fmt.Sprintf("扣手续费%s%s%s。", about(d), yuan(*d.FeeFen), net(d))
	}
	return strings.TrimPrefix(net(d), "，") + "。"
}

// failedAttempts mentions tries of the same sale that did not count (rules 2.3).
func failedAttempts(d diagnose.Diagnosis) string {
	if len(d.FailedAttempts) == 0 || len(d.Transactions) == 0 {
		return ""
	}
	times := make([]string, 0, len(d.FailedAttempts))
	for _, tx := range d.FailedAttempts {
		times = append(times, clock(tx.Time))
	}
	return fmt.Sprintf("%s那次没有刷成功，%s这次才是成功的，按这次说：", list(times), clock(d.Transactions[0].Time))
}

func partRefund(d diagnose.Diagnosis) string {
	if d.RefundedFen <= 0 || d.Cause == diagnose.Refunded || d.Cause == diagnose.RefundInProgress {
		return ""
	}
	return fmt.Sprintf("其中%s已退款给客户，剩余%s照常结算。", yuan(d.RefundedFen), yuan(grossOf(d)-d.RefundedFen))
}

// reissued tells of an earlier payout of the same money that did not arrive.
func reissued(d diagnose.Diagnosis, t telling) string {
	if d.First == nil || d.Settlement == nil || d.First.ID == d.Settlement.ID {
		return ""
	}
	switch d.First.State {
	case "RETURNED":
		return sentenceOf("上一次出款", returnedWhen(d.First, t), "被银行退回，以上是重新出款的情况。")
	case "REJECTED":
		return "上一次出款被收款行拒绝，以上是重新出款的情况。"
	}
	return ""
}

func returnedWhen(s *transactions.Settlement, t telling) string {
	if s.ReturnedAt.IsZero() {
		return ""
	}
	return moment(s.ReturnedAt, t.now)
}

func sentenceOf(parts ...string) string { return strings.Join(parts, "") }

// again says that a fresh look found the same.
func again(t telling, c diagnose.Cause) string {
	if t.before == c && !t.unasked {
		return "刚又帮您查了一遍，情况没有变：\n"
	}
	return ""
}

// speaksOf reports that the words of the turn hold one of the given ones.
func speaksOf(q understand.Query, words ...string) bool {
	for _, w := range words {
		if strings.Contains(q.Text, w) {
			return true
		}
	}
	return false
}

// deviceLine answers the suspicion that the terminal is to blame: an approved
// sale proves that it worked (domain 1.1, claim 10).
func deviceLine(d diagnose.Diagnosis, t telling) string {
	if !speaksOf(t.q, "机器", "POS", "pos", "设备", "机子", "假的") || len(d.Transactions) == 0 ||
		!speaksOf(t.q, "坏", "故障", "假", "问题", "毛病", "换", "不行", "垃圾", "破", "失灵", "出错", "不好使", "不好用", "吞", "骗", "修") {
		return ""
	}
	for _, tx := range d.Transactions {
		if tx.State != "SUCCESS" {
			return ""
		}
	}
	return "交易能刷成功，说明机器正常，不是机器故障，不用换机器。"
}

// holidayLine answers the suspicion that a holiday is to blame, from the
// merchant's own cycle.
func holidayLine(d diagnose.Diagnosis, t telling) string {
	if !speaksOf(t.q, "国庆", "春节", "过年", "放假", "节假日", "假期", "周末", "星期天", "周日", "周六", "五一", "端午", "中秋", "清明", "元旦", "节日", "休息日") {
		return ""
	}
	due := d.DueMissed
	if due.IsZero() {
		due = d.Schedule.Due
	}
	when := ""
	if !due.IsZero() {
		when = "，" + these(d) + "按日子应在" + dayOf(due, t.now) + "出款"
	}
	switch cycleOf(d) {
	case "D1", "D0":
		return ownCycle(d, short(cycleOf(d))) + "，按自然日结算，不受节假日影响" + when + "。"
	case "T1", "T0":
		return ownCycle(d, short(cycleOf(d))) + "，只在工作日出款" + when + "。"
	}
	return ""
}

// cycleOf is the cycle that decides: the settlement's own before the merchant's.
func cycleOf(d diagnose.Diagnosis) string {
	switch {
	case d.Schedule.Cycle != "":
		return d.Schedule.Cycle
	case d.Settlement != nil && d.Settlement.Cycle != "":
		return d.Settlement.Cycle
	}
	return d.Merchant.Cycle
}

// short is D+1.
func short(cycle string) string {
	if len(cycle) == 2 {
		return cycle[:1] + "+" + cycle[1:]
	}
	return cycleName(cycle)
}

// payoutTail is the account of the payout itself, else the merchant's.
func payoutTail(d diagnose.Diagnosis) string {
	if d.Settlement != nil {
		return accountName(d.Merchant.Account, d.Settlement.AccountLast4)
	}
	return accountName(d.Merchant.Account, "")
}
