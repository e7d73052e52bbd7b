package bot

import (
	"fmt"
	"sort"
	"strings"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// Sentences of the causes that have no transaction to speak of: questions,
// refusals and the look-up that failed.

const (
	textNotBound = "为了保护您的资金信息，查具体的交易要先绑定商户。\n请把商户号（签购单上有）和结算卡后四位发给我，一句话发来就行；手上有绑定二维码的，直接扫码。"
	textBindMore = "还没有绑定商户，具体的交易我查不了。\n请发两样：1）签购单上“商户号”那一串数字；2）收款结算卡的后四位。不方便的话回复“转人工”。"
	textPolicy   = "这个我帮不了您：套现、拆单、绕开审核或限额的办法都不能提供，对您的商户也有风险。\n我能帮的：真实的买卖请正常收款；被限额或审核的，我告诉您要交哪些材料、找谁办；资金周转请找银行的正规贷款。"
	textUnknown  = "这个问题我没听明白，不敢乱答。\n查到账请告诉我哪天刷的、多少钱，比如“昨天下午刷的500元没到”；要找人工请回复“转人工”。"
	textUnknown2 = "抱歉，还是没听明白您的意思。"
	textOffTopic = "这个我帮不上忙，我只管收款到账的事。\n查到账请告诉我哪天刷的、多少钱；也可以问手续费、到账时间、机器怎么用。"
	textEnglish  = "I can only read Chinese. Please write in Chinese, or reply “转人工” for a person."
	textFallback = "这条回复里有我不能确认的内容，先不发给您，免得误导。"
	textPicture  = "图片和语音我暂时看不懂。请用文字告诉我：哪天刷的、多少钱、卡号后四位；图片会留给人工客服看。"
	textThanks   = "不客气，钱的事随时问我。"
)

// textNotOwned refuses: the same words whether the row exists elsewhere or
// not (rules 2.1). It depends only on what the contact said.
func textNotOwned(t telling) string {
	what := "这笔交易"
	switch {
	case t.q.Reference != "":
		what = "这个参考号"
	case t.q.Terminal != "":
		what = "这个终端号"
	case t.q.MerchantNo != "":
		what = "这个商户号"
	}
	return sentences(
		"在您绑定的商户下没有查到"+what+"，所以不能提供任何信息。",
		"如果是别人店里的，请该商户本人用自己的微信绑定后查询；如果是您自己的，请核对号码，或回复“绑定”加绑这家店。")
}

// textUnavailable says that nothing is known, which is not "no such sale".
func textUnavailable() string {
	return sentences(
		"现在查不到交易系统，不能判断这笔钱的状态，所以先不下结论。",
		"您的问题已经记下，系统恢复后我会自动再查，查到就告诉您；在这之前请不要让客户重刷。")
}

// textSilent says that the shops named could not be asked; elsewhere: that the
// others were, without finding anything.
func textSilent(shops string, elsewhere bool, t telling) string {
	found := ""
	if elsewhere {
		found = "其他能查的店里没有" + saidWords(t) + "。"
	}
	return sentences(found+shops+"的渠道现在查不到，不能判断这笔钱是不是在那里、到了哪一步，所以先不下结论。",
		"您的问题已经记下，渠道恢复后我会自动再查，查到就告诉您；在这之前请不要让客户重刷。")
}

func tellInconsistent(diagnose.Diagnosis, telling) string {
	return "系统里这笔的记录对不上，数字我不敢报给您，需要人工核对后再答复。请先不要重刷，签购单留好。"
}

func tellOutage(d diagnose.Diagnosis, t telling) string {
	if t.notice == nil {
		return "现在系统有公告的故障或维护，这笔的状态要等恢复后才能确定。"
	}
	return sentences(
		"现在有公告："+asSentence(t.notice.Title)+strings.TrimSpace(t.notice.Text),
		sale2(d, t)+"，状态要等恢复后才能确定，现在没有确定的时间。请先不要让客户重刷。恢复后您再问我，我重新查。")
}

func sale2(d diagnose.Diagnosis, t telling) string {
	if len(d.Transactions) == 0 {
		return "您问的这笔"
	}
	return sale(d, t) + net(d)
}

// missingNames are the facts we may ask for.
//
//nolint:gochecknoglobals // read-only table
var missingNames = map[string]string{
	"amount":     "刷的金额",
	"time":       "哪一天、大概几点刷的",
	"card_last4": "客户付款卡的后四位",
	"reference":  "签购单上的参考号",
}

// textNotFound asks one thing more; second puts it in other words.
func textNotFound(t telling, missing string) string {
	said := saidWords(t)
	ask, ok := missingNames[missing]
	if !ok {
		ask = "签购单上的参考号"
		return sentences("在您绑定的商户里没有查到"+said+"。",
			"请核对一下日期和金额（刷卡金额，不是到手金额），或者把"+ask+"发给我。")
	}
	return sentences("在您绑定的商户里没有查到"+said+"。", "请告诉我"+ask+"，我再找。")
}

// textNear stands before the sales that are like what was said.
func textNear(t telling, missing string) string {
	ask, ok := missingNames[missing]
	if !ok {
		ask = "签购单上的参考号"
	}
	return sentences("在您绑定的商户里没有查到"+saidWords(t)+"。", "接近的有下面这些：是其中一笔请回复序号；都不是的话，请告诉我"+ask+"，我再找。")
}

// saidWords repeats what was looked for, so that a slip is seen at once.
func saidWords(t telling) string {
	var parts []string
	if t.q.Time != nil {
		d := transactions.DateOf(t.q.Time.From)
		if transactions.DateOf(t.q.Time.To.Add(-1)) == d {
			parts = append(parts, dayOf(d, t.now))
		} else {
			parts = append(parts, dayOf(d, t.now)+"到"+dayOf(transactions.DateOf(t.q.Time.To.Add(-1)), t.now))
		}
	}
	for _, a := range t.q.Amounts {
		if a.Negated {
			continue
		}
		if a.FromFen != 0 || a.ToFen != 0 {
			parts = append(parts, yuan(a.FromFen)+"到"+yuan(a.ToFen))
		} else {
			parts = append(parts, yuan(a.Fen))
		}
		break
	}
	if t.q.CardLast4 != "" {
		parts = append(parts, "尾号"+t.q.CardLast4)
	}
	if len(parts) == 0 {
		return "对得上的交易"
	}
	return strings.Join(parts, " ") + "的交易"
}

// maxChoices bounds a tap list; more candidates are asked for by amount.
const maxChoices = 6

// askWhich lists the candidates masked, and what is known of each.
func askWhich(r diagnose.Result, t telling, more bool) (string, []Choice) {
	rows := candidatesOf(r)
	shown := rows
	if len(shown) > maxChoices {
		shown = shown[len(shown)-maxChoices:]
	}
	choices := make([]Choice, 0, len(shown)+1)
	shops := shopNames(r, rows)
	for i, tx := range shown {
		choices = append(choices, Choice{ID: int64(i + 1), Text: choiceText(tx, t) + shops[tx.MerchantNo], Means: "transaction:" + tx.ID})
	}
	choices = append(choices, Choice{ID: int64(len(choices) + 1), Text: "都不是", Means: "none"})
	head := whichHead(rows, t)
	if more {
		head = "还不能确定是哪一笔。" + head
	}
	if len(rows) > len(shown) {
		head += fmt.Sprintf("（先列最近%d笔）", len(shown))
	}
	return sentences(head, knownOfEach(r, shown, t), "请问是哪一笔？回复序号，或说时间、卡尾号："), choices
}

// whichHead is 11月17日(昨天)有2笔2000.00元的交易,情况不一样。
func whichHead(rows []transactions.Transaction, t telling) string {
	sameDay, sameSum := true, true
	for _, tx := range rows[1:] {
		sameDay = sameDay && transactions.DateOf(tx.Time) == transactions.DateOf(rows[0].Time)
		sameSum = sameSum && tx.AmountFen == rows[0].AmountFen
	}
	day, sum := "", ""
	if sameDay {
		d := transactions.DateOf(rows[0].Time)
		day = dayOf(d, t.now)
		if rel := relativeDay(d, t.now); rel != day {
			day = rel + "（" + day + "）"
		}
	}
	if sameSum {
		sum = yuan(rows[0].AmountFen) + "的"
	}
	return fmt.Sprintf("%s有%d笔%s交易对得上。", day, len(rows), sum)
}

// shopNames are the shops of the candidates by merchant number, for the ends
// of the taps; empty while all are of one shop.
func shopNames(r diagnose.Result, rows []transactions.Transaction) map[string]string {
	names := map[string]string{}
	for _, d := range r.Diagnoses {
		if d.Merchant.Name != "" {
			names[d.Merchant.MerchantNo] = " “" + d.Merchant.Name + "”"
		}
	}
	for _, tx := range rows {
		if tx.MerchantNo != rows[0].MerchantNo {
			return names
		}
	}
	return nil
}

func choiceText(tx transactions.Transaction, t telling) string {
	s := moment(tx.Time, t.now) + " " + yuan(tx.AmountFen)
	if tail := tailOf(tx); tail != "" {
		s += " " + tail
	} else if tx.Terminal != "" {
		s += " 终端" + tx.Terminal
	}
	return s
}

// knownOfEach says in a few words where each candidate stands.
func knownOfEach(r diagnose.Result, shown []transactions.Transaction, t telling) string {
	state := map[string]string{}
	for _, d := range r.Diagnoses {
		for _, tx := range d.Transactions {
			state[tx.ID] = stateWords(d, t)
		}
	}
	var parts []string
	for _, tx := range shown {
		if s := state[tx.ID]; s != "" {
			parts = append(parts, clock(tx.Time)+"那笔"+s)
		}
	}
	return asSentence(strings.Join(parts, "；"))
}

// stateWords is a diagnosis in a few words.
func stateWords(d diagnose.Diagnosis, t telling) string {
	switch d.Cause {
	case diagnose.TxnDeclined:
		return "没有刷成功"
	case diagnose.TxnUnknown:
		return "结果还不确定"
	case diagnose.TxnReversed:
		return "已冲正"
	case diagnose.Voided:
		return "已撤销"
	case diagnose.Refunded:
		return "已退款"
	case diagnose.RefundInProgress:
		return "正在退款"
	case diagnose.PreauthNotCompleted:
		return "是预授权，还没完成"
	case diagnose.CycleNotDue, diagnose.AfterCutoff, diagnose.HolidayDeferred, diagnose.SettleProcessing, diagnose.D0Downgraded:
		return "还没到出款时间"
	case diagnose.Overdue:
		return "已超时还没付款"
	case diagnose.BelowMinimum:
		return "低于最低结算金额，累计中"
	case diagnose.ManualWithdraw:
		return "等您提现"
	case diagnose.RiskHold:
		return "在审核中，还没有付款"
	case diagnose.Retrieval:
		return "在调单，还没有付款"
	case diagnose.Dispute:
		return "有争议（拒付）"
	case diagnose.PayoutRejectedAccount, diagnose.PayoutLimitClass2, diagnose.PayoutLimitClass3:
		return "打款被收款行拒绝"
	case diagnose.PayoutReturned:
		return "付款后被银行退回"
	case diagnose.MerchantFrozen, diagnose.DocsIncomplete:
		return "结算暂停，还没有付款"
	}
	if paidCause(d.Cause) && d.Settlement != nil && d.Settlement.NetFen != nil && d.Settlement.State == "PAID" {
		return "已付款" + yuan(*d.Settlement.NetFen) + "（" + moment(d.Settlement.PaidAt, t.now) + "）"
	}
	return ""
}

// candidatesOf are the transactions asked about, oldest first.
func candidatesOf(r diagnose.Result) []transactions.Transaction {
	byID := map[string]transactions.Transaction{}
	for _, c := range r.Candidates {
		byID[c.Transaction.ID] = c.Transaction
	}
	for _, d := range r.Diagnoses {
		for _, tx := range d.Transactions {
			byID[tx.ID] = tx
		}
	}
	var rows []transactions.Transaction
	for _, id := range r.Transactions {
		if tx, ok := byID[id]; ok {
			rows = append(rows, tx)
		}
	}
	if len(rows) == 0 {
		for _, c := range r.Candidates {
			if c.Agrees {
				rows = append(rows, c.Transaction)
			}
		}
	}
	sortByTime(rows)
	return rows
}

func sortByTime(rows []transactions.Transaction) {
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Time.Before(rows[j].Time) })
}

// lines renders choices inside a text (rules 6).
func lines(text string, choices []Choice) string {
	for _, c := range choices {
		text += fmt.Sprintf("\n%d. %s", c.ID, c.Text)
	}
	return text
}
