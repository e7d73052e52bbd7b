package bot

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Templates of the authorisation stage: whether the sale happened at all.

func tellDeclined(d diagnose.Diagnosis, t telling) string {
	what := sale(d, t) + "没有刷成功，这笔不会结算给您。"
	if len(d.Transactions) > 0 && d.Transactions[0].State == "CLOSED" {
		what = sale(d, t) + "没有付成功，订单已经关闭，这笔不会结算给您。"
	}
	var why, next string
	switch {
	case d.Code != nil:
		why = fmt.Sprintf("原因：%s（应答码%s）。", d.Code.Meaning, d.Code.Code)
		next = d.Code.Advice
	case d.UnlistedCode != "":
		why = fmt.Sprintf("机器返回的应答码%s我这里没有收录，不乱猜，请人工核实。", d.UnlistedCode)
	default:
		why = "系统没有给出具体原因" + codeIn(d) + "。"
	}
	limit := ""
	if d.Merchant.Status == "LIMITED" {
		limit = "您的商户目前被设置了收款限制" + reasonIn(d.Merchant.StatusReason) + "。"
	}
	debited := "如果客户说已经被扣款，请告诉我“客户被扣款了”，我转人工跟银行核对。"
	switch {
	case t.handed:
		debited = ""
	case hasSymptom(t.q, understand.PayerDebited):
		debited = "客户说被扣款的话，请他先看发卡行的明细有没有原路退回，扣款截图留好，先不要重刷；确实扣了没退，回复“客户被扣款了”，我转人工跟银行核对。"
		if d.Code != nil {
			next = ""
		}
	}
	return sentences(what, why, limit, asSentence(next), debited)
}

func tellUnknown(d diagnose.Diagnosis, t telling) string {
	var why string
	if d.Code != nil {
		why = fmt.Sprintf("（应答码%s：%s）", d.Code.Code, d.Code.Meaning)
	}
	what := fmt.Sprintf("%s结果还不确定%s，现在不能算成功，也不能算失败。先不要重刷，免得客户被扣两次。", sale(d, t), why)
	todo := "请先在POS上查询或重打这一笔，等系统自动冲正或返回结果。"
	if len(d.Transactions) > 0 && d.Transactions[0].CardLast4 == "" && d.Transactions[0].Channel != transactions.Card {
		todo = "请先在POS或收款App上查询这一笔，等系统返回结果。"
	}
	switch {
	case t.handed:
		return sentences(again(t, d.Cause)+what, todo)
	case len(d.Transactions) > 0:
		at := t.settings.unknownUntil(d.Transactions[0].Time, t.now)
		return sentences(again(t, d.Cause)+what, todo,
			"我会自动再查，有结果马上告诉您；到"+clock(at)+"还不明确，就给您转人工。")
	}
	return sentences(again(t, d.Cause)+what, todo)
}

func tellReversed(d diagnose.Diagnosis, t telling) string {
	when := ""
	if len(d.Transactions) > 0 && d.Transactions[0].Reversal != nil && !d.Transactions[0].Reversal.Time.IsZero() {
		when = "在" + moment(d.Transactions[0].Reversal.Time, t.now)
	}
	why := ""
	if d.ReversalMeaning != "" {
		why = "（" + strings.TrimRight(d.ReversalMeaning, "。") + "）"
	}
	return sentences(
		fmt.Sprintf("%s没有完成，系统%s已自动冲正（撤回）%s，这笔不会结算给您。", sale(d, t), when, why),
		"客户如果被扣了款，会原路退回他的卡或账户，什么时候看到以他的发卡行为准。",
		"这笔已经了结，需要的话可以重新收款。")
}

func tellSingleSided(d diagnose.Diagnosis, t telling) string {
	what := "客户那边显示已扣款，但您商户的交易记录里没有对应的成功交易。"
	if len(d.Transactions) > 0 {
		what = fmt.Sprintf("客户那边显示已扣款，但%s在我们这边不是成功状态。", sale(d, t))
	}
	return sentences(what+"这种两边对不上的情况（单边账）要由收单机构跟银行核对。",
		"请先不要让客户重刷，准备好：终端号、刷卡时间、金额、卡号后四位、客户的扣款截图（遮住完整卡号）。")
}

func tellNotUploaded(d diagnose.Diagnosis, t telling) string {
	var found string
	terminals := make([]string, 0, len(d.Merchant.TerminalState))
	for no := range d.Merchant.TerminalState {
		terminals = append(terminals, no)
	}
	sort.Strings(terminals)
	for _, no := range terminals {
		s := d.Merchant.TerminalState[no]
		if s.UnsentOffline <= 0 {
			continue
		}
		seen := ""
		if !s.LastSeen.IsZero() {
			seen = "，上次联网是" + moment(s.LastSeen, t.now)
		}
		found += fmt.Sprintf("终端%s还有%d笔交易没有上送%s。", no, s.UnsentOffline, seen)
	}
	if found == "" {
		found = "终端里还有交易没有上送。"
	}
	first := "系统里还没有您说的这笔，很可能还留在POS机里没传上来。"
	if len(d.Transactions) > 0 {
		first = sale(d, t) + "还没有从POS机传到系统" + net(d) + "。"
	}
	return sentences(first+found,
		"请把机器连上网，重新签到，再做一次“结算/批上送”；签购单先留好。",
		"传上来以后按正常周期结算，钱不会丢。")
}

func tellPreauth(d diagnose.Diagnosis, t telling) string {
	old := ""
	if len(d.Transactions) > 0 && t.now.Sub(d.Transactions[0].Time) > 30*24*time.Hour {
		old = "这笔已经超过30天，能不能再完成要由收单机构核实。"
	}
	next := "请在POS上按实际金额做“预授权完成”，完成后才会按周期结算；不收了就做“预授权撤销”。"
	if old != "" {
		next = ""
	}
	return sentences(again(t, d.Cause)+sale(d, t)+"是预授权，只是冻结了客户的额度，还没有做“预授权完成”，所以不会到账。", triedToComplete(d, t), old, next)
}

// completes ties a completion to its pre-authorisation, which is what the
// merchant remembers; the fee answer tells it itself.
func completes(d diagnose.Diagnosis, t telling) string {
	pre, ok := linked(d, "PREAUTH")
	if !ok || len(d.Transactions) != 1 || d.Transactions[0].Kind != "PREAUTH_COMPLETE" || d.Cause == diagnose.FeeNet {
		return ""
	}
	return fmt.Sprintf("%s的预授权%s，已在%s完成%s，按完成的金额结算：",
		moment(pre.Time, t.now), yuan(pre.AmountFen), moment(d.Transactions[0].Time, t.now), yuan(d.Transactions[0].AmountFen))
}

// triedToComplete mentions completions that failed.
func triedToComplete(d diagnose.Diagnosis, t telling) string {
	for i := len(d.Linked) - 1; i >= 0; i-- {
		tx := d.Linked[i]
		if tx.Kind != "PREAUTH_COMPLETE" || tx.State == "SUCCESS" {
			continue
		}
		return moment(tx.Time, t.now) + "做过一次预授权完成，没有成功" + codeText(tx) + "。"
	}
	return ""
}

func codeIn(d diagnose.Diagnosis) string {
	if len(d.Transactions) != 1 {
		return ""
	}
	return codeText(d.Transactions[0])
}

// codeText is （应答码91）, without a meaning.
func codeText(tx transactions.Transaction) string {
	if tx.RespCode == "" {
		return ""
	}
	return "（应答码" + tx.RespCode + "）"
}

func tellVoided(d diagnose.Diagnosis, t telling) string {
	when, where := "", ""
	if v, ok := linked(d, "VOID"); ok {
		when = "在" + moment(v.Time, t.now)
		if v.Terminal != "" {
			where = "（终端" + v.Terminal + "）"
		}
	}
	return sentences(
		fmt.Sprintf("%s%s已被撤销%s，钱退回给客户，所以不会结算给您。", sale(d, t), when, where),
		"撤销是在店里POS上操作的，请先问问当班的同事；如果店里都没撤销过，告诉我“不是我们撤的”，我转人工核实。")
}

func tellRefunded(d diagnose.Diagnosis, t telling) string {
	so := "，所以不会结算给您"
	if s := d.Settlement; s != nil && s.State == transactions.Paid {
		so = ""
		if !s.PaidAt.IsZero() {
			so = "；退款之前，这笔已在" + moment(s.PaidAt, t.now) + "付给您"
		}
	}
	return sentences(fmt.Sprintf("%s已经退款给客户%s%s。", sale(d, t), refundWords(d, t), so),
		"钱原路退回客户的卡或账户，客户没看到请他问发卡行。",
		disputeOffer(t, "不是我们退的"))
}

func tellRefundInProgress(d diagnose.Diagnosis, t telling) string {
	return sentences(again(t, d.Cause)+fmt.Sprintf("%s的退款已经受理%s，正在退回客户原来的卡或账户。", sale(d, t), refundWords(d, t)),
		"客户什么时候看到以他的发卡行为准，不用重复退。",
		disputeOffer(t, "不是我们退的"))
}

// refundWords is the time and sum of the linked refund.
func refundWords(d diagnose.Diagnosis, t telling) string {
	r, ok := linked(d, "REFUND")
	if !ok {
		if d.RefundedFen > 0 {
			return "（" + yuan(d.RefundedFen) + "）"
		}
		return ""
	}
	return fmt.Sprintf("（%s退款%s）", moment(r.Time, t.now), yuan(r.AmountFen))
}

func disputeOffer(t telling, words string) string {
	if t.handed {
		return ""
	}
	return "如果店里没人操作过，告诉我“" + words + "”，我转人工核实。"
}

func tellDuplicate(d diagnose.Diagnosis, t telling) string {
	if len(d.Transactions) == 0 {
		return "查到重复的扣款，都成功了，系统不会自动退。当天可以做“撤销”，隔天做“退货”，退回客户原卡。"
	}
	times := make([]string, 0, len(d.Transactions))
	var each int64
	tail := ""
	for _, tx := range d.Transactions {
		times = append(times, moment(tx.Time, t.now))
		each = tx.AmountFen
		tail = tailOf(tx)
	}
	undo := "当天可以在POS上做“撤销”，隔天做“退货”，退回客户原卡"
	switch {
	case d.Transactions[0].CardLast4 == "":
		undo = "在收款设备或收款App里对多收的那笔做“退款”，原路退回客户"
		if tail != "" {
			tail = strings.TrimSuffix(tail, "收款") + "的"
		}
	case tail != "":
		tail = "同一个" + tail + "的"
	}
	return sentences(
		fmt.Sprintf("查到%s%d笔%s都成功了：%s%s。", tail, len(times), yuan(each), list(times), net(d)),
		fmt.Sprintf("%d笔都是真实扣款，系统不会自动退。", len(times)),
		"确认多收了一笔："+undo+"；客户本来就是分开付的，就不用处理。")
}

// linked finds the row of a kind among the linked ones.
func linked(d diagnose.Diagnosis, kind string) (transactions.Transaction, bool) {
	for _, tx := range d.Linked {
		if tx.Kind == kind {
			return tx, true
		}
	}
	return transactions.Transaction{}, false
}
