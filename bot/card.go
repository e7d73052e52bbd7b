package bot

import (
	"fmt"
	"strings"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// identity is the identity level of a contact as agents read it.
func identity(c Contact) string {
	if len(c.Bindings) == 0 {
		return "unbound"
	}
	role := c.Bindings[0].Role
	if role == "" {
		role = "owner"
	}
	return "bound:" + role
}

// card puts the whole case into the agent's hand (design 6).
func (t *turn) card() *Card {
	c := &Card{
		Reason: t.dec.Handoff.Reason, Priority: t.dec.Handoff.Priority,
		Identity: identity(t.in.Contact), Shops: t.in.Contact.MerchantNos(),
		Query: t.q, AsOf: t.facts.AsOf, Cause: t.dec.Cause, LastError: t.tr.Error,
	}
	if t.result != nil {
		for _, d := range t.result.Diagnoses {
			t.cardDiagnosis(c, d)
		}
		c.Evidence = append(c.Evidence, t.result.Evidence...)
	}
	for _, p := range t.mem.Promised {
		c.Promised = append(c.Promised, moment(p.At, t.in.Now)+"告知预计"+dayOf(p.Due, t.in.Now)+"入账")
	}
	c.Steps = t.mem.Steps
	c.Summary = t.summary(c)
	return c
}

func (t *turn) cardDiagnosis(c *Card, d diagnose.Diagnosis) {
	for _, tx := range d.Transactions {
		row := CardTransaction{
			ID: tx.ID, MerchantNo: tx.MerchantNo, Time: tx.Time, AmountFen: tx.AmountFen, Channel: tx.Channel,
			CardLast4: tx.CardLast4, Terminal: tx.Terminal, State: tx.State, Cause: string(d.Cause),
		}
		if s := d.Settlement; s != nil {
			row.Settlement = s.ID + " " + s.State
		}
		if len(d.Transactions) == 1 {
			row.NetFen = d.NetFen
		}
		c.Chosen = append(c.Chosen, row)
	}
	c.Evidence = append(c.Evidence, d.Evidence...)
	c.Doubt = append(c.Doubt, d.Doubt...)
	c.Schedule = append(c.Schedule, d.Schedule.Steps...)
	if d.Schedule.RecordedEarlier {
		c.Schedule = append(c.Schedule, "账上记的出款日"+dayOf(d.Schedule.Recorded, t.in.Now)+"早于按周期算的日期，未向商户承诺")
	}
}

// causeNames are the causes as agents read them.
//
//nolint:gochecknoglobals // read-only table
var causeNames = map[diagnose.Cause]string{
	diagnose.TxnDeclined: "交易未成功", diagnose.TxnUnknown: "交易结果不明", diagnose.TxnReversed: "已冲正",
	diagnose.SingleSided: "单边账", diagnose.NotUploaded: "终端未上送", diagnose.PreauthNotCompleted: "预授权未完成",
	diagnose.Voided: "已撤销", diagnose.Refunded: "已退款", diagnose.RefundInProgress: "退款处理中",
	diagnose.CycleNotDue: "未到结算日", diagnose.AfterCutoff: "过切账时间", diagnose.HolidayDeferred: "节假日顺延",
	diagnose.SettleProcessing: "出款处理中", diagnose.Overdue: "超时未出款", diagnose.D0Downgraded: "秒到失败转后续周期",
	diagnose.BelowMinimum: "低于最低结算金额", diagnose.ManualWithdraw: "待手动提现", diagnose.MergedPayout: "合并付款",
	diagnose.FeeNet: "手续费", diagnose.Offset: "抵扣", diagnose.PayoutRejectedAccount: "打款被收款行拒绝",
	diagnose.PayoutLimitClass2: "II类户限额", diagnose.PayoutLimitClass3: "III类户限额", diagnose.PayoutReturned: "退票",
	diagnose.AccountChanged: "付到原结算卡", diagnose.PaidNotNoticed: "已付款", diagnose.RiskHold: "延迟结算审核",
	diagnose.Retrieval: "调单", diagnose.Dispute: "拒付争议", diagnose.MerchantFrozen: "商户冻结或暂停结算",
	diagnose.DocsIncomplete: "资料不齐", diagnose.Duplicate: "重复扣款", diagnose.FraudSuspected: "疑似诈骗或盗刷",
	diagnose.Outage: "公告中的故障", diagnose.NotFound: "未查到交易", diagnose.NotOwned: "非本人商户",
	diagnose.NotBound: "未绑定", diagnose.Ambiguous: "多笔待确认", diagnose.LedgerUnavailable: "交易系统查不到",
	diagnose.Inconsistent: "记录不一致", diagnose.Policy: "违规请求",
}

// reasonNames are the reasons that are no causes.
//
//nolint:gochecknoglobals // read-only table
var reasonNames = map[Reason]string{
	ReasonRequested: "要求人工", ReasonNoProgress: "多次没有进展", ReasonLowConfidence: "连续没听懂",
	ReasonAngry: "情绪激动", ReasonComplaint: "投诉", ReasonHighValue: "大额", ReasonBotError: "机器人出错",
	ReasonUnreadable: "图片或语音看不懂",
}

// CauseName is a cause in Chinese for agents; the code itself when unknown.
func CauseName(c diagnose.Cause) string {
	if n, ok := causeNames[c]; ok {
		return n
	}
	return string(c)
}

// ReasonName is a hand-off reason in Chinese for agents.
func ReasonName(r Reason) string {
	if n, ok := reasonNames[r]; ok {
		return n
	}
	return CauseName(diagnose.Cause(r))
}

// summary is two lines: what was said, what is known.
func (t *turn) summary(c *Card) string {
	words := strings.Join(t.said.texts, " / ")
	if r := []rune(words); len(r) > 60 {
		words = string(r[:60]) + "…"
	}
	if words == "" {
		words = "（没有文字）"
	}
	known := "机器人没有结论"
	switch {
	case len(c.Chosen) == 1:
		x := c.Chosen[0]
		known = fmt.Sprintf("%s %s：%s", moment(x.Time, t.in.Now), yuan(x.AmountFen), CauseName(diagnose.Cause(x.Cause)))
		if x.NetFen != nil {
			known += "，净额" + yuan(*x.NetFen)
		}
	case len(c.Chosen) > 1:
		cause := c.Cause
		if cause == "" {
			cause = diagnose.Cause(c.Chosen[0].Cause)
		}
		known = fmt.Sprintf("%d笔交易：%s", len(c.Chosen), CauseName(cause))
	case c.Cause != "":
		known = CauseName(c.Cause)
	}
	if due := t.cardDue(); due != "" {
		known += "，" + due
	}
	return "【" + ReasonName(c.Reason) + "】商户说：" + words + "\n" + known
}

func (t *turn) cardDue() string {
	if t.result == nil || len(t.result.Diagnoses) == 0 {
		return ""
	}
	if d := t.result.Diagnoses[0].DueMissed; d != (transactions.Date{}) {
		return "应于" + dayOf(d, t.in.Now) + "出款"
	}
	return ""
}
