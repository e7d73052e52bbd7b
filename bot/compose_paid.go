package bot

import (
	"fmt"
	"strings"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Templates of money that the ledger shows as paid out.

// paidSentence is 11月18日11:20已付2584.40元至工商银行尾号1234,流水号R1。
func paidSentence(d diagnose.Diagnosis, t telling) string {
	s := d.Settlement
	if s == nil {
		return ""
	}
	when := ""
	if !s.PaidAt.IsZero() {
		when = moment(s.PaidAt, t.now)
	}
	amount := ""
	if s.NetFen != nil {
		amount = yuan(*s.NetFen)
	}
	ref := ""
	if s.BankRef != "" {
		ref = "，流水号" + s.BankRef
	}
	return fmt.Sprintf("%s已付%s至%s%s。", when, amount, payoutTail(d), ref)
}

func tellPaid(d diagnose.Diagnosis, t telling) string {
	check := "短信可能没开通或没推送，不能当准。请打开银行App查明细，按到账净额找，不要按刷卡金额找。"
	if len(d.Companions) > 0 {
		check = "短信可能没开通或没推送，不能当准。请打开银行App查明细，按合并后的金额找。"
	}
	ask := "银行明细里确实没有的话，请留好明细截图并告诉我“银行说没有”，我马上转人工追踪。"
	if t.unasked {
		check, ask = "请打开银行App，按这个金额查明细；没有的话告诉我。", ""
	}
	if d.Human {
		check, ask = "", "请准备好这张卡的银行明细截图，方便人工向银行追踪。"
	}
	return sentences(
		again(t, d.Cause)+paidSentence(d, t)+ownSale(d, t), merged(d), offsets(d), check, ask)
}

// ownSale ties a payout to the sale asked about: 这是11月17日…的2600.00元,扣手续费…
func ownSale(d diagnose.Diagnosis, t telling) string {
	return "\n这是" + sale(d, t) + "：" + netSentence(d)
}

// merged mentions the companions of a payout.
func merged(d diagnose.Diagnosis) string {
	if len(d.Companions) == 0 {
		return ""
	}
	n := len(d.Companions) + len(d.Transactions)
	s := fmt.Sprintf("这笔款是%d笔合在一起付的", n)
	if d.Settlement != nil && d.Settlement.GrossFen != nil {
		s += "，共刷" + yuan(*d.Settlement.GrossFen)
	}
	return s + "。"
}

func tellMerged(d diagnose.Diagnosis, t telling) string {
	all := append(append([]transactions.Transaction(nil), d.Transactions...), d.Companions...)
	sortByTime(all)
	if len(all) == 0 {
		return paidSentence(d, t) + "这笔款是几笔合并付的，请按合计净额查银行明细。"
	}
	const named = 6
	var lines []string
	for i, tx := range all {
		if i == named {
			lines = append(lines, "等")
			break
		}
		lines = append(lines, moment(tx.Time, t.now)+"的"+yuan(tx.AmountFen))
	}
	sum := ""
	if s := d.Settlement; s != nil {
		if s.GrossFen != nil {
			sum = "合计" + yuan(*s.GrossFen)
		}
		if s.FeeFen != nil {
			sum += "，扣手续费" + yuan(*s.FeeFen)
		}
		if s.NetFen != nil {
			sum += "，净额" + yuan(*s.NetFen)
		}
		if sum != "" {
			sum = "，" + sum
		}
	}
	own := ""
	if len(d.Transactions) == 1 && len(all) > 1 {
		own = fmt.Sprintf("您问的%s就在里面：%s", sale(d, t), netSentence(d))
	}
	next := "请按这个合计净额查银行明细，不要按单笔金额找。"
	if t.handed {
		next = ""
	}
	return sentences(
		again(t, d.Cause)+paidSentence(d, t),
		fmt.Sprintf("这一笔款是%d笔合并付的：%s%s。", len(all), list(lines), sum), own, offsets(d), next)
}

// offsets names every part of the gross that was withheld or added.
func offsets(d diagnose.Diagnosis) string {
	s := d.Settlement
	if s == nil {
		return ""
	}
	out := ""
	for _, part := range []struct {
		fen  *int64
		name string
	}{
		{s.RefundOffsetFen, "抵扣退款"},
		{s.DisputeOffsetFen, "争议（拒付）暂扣"},
		{s.SurchargeFen, "当天到账附加费"},
	} {
		if part.fen != nil && *part.fen != 0 {
			out += part.name + yuan(*part.fen) + "，"
		}
	}
	if s.AdjustFen != nil && *s.AdjustFen != 0 {
		if *s.AdjustFen < 0 {
			out += "调账扣减" + yuan(-*s.AdjustFen) + "，"
		} else {
			out += "调账补入" + yuan(*s.AdjustFen) + "，"
		}
	}
	if out == "" {
		return ""
	}
	return "其中" + strings.TrimSuffix(out, "，") + "。"
}

func tellOffset(d diagnose.Diagnosis, t telling) string {
	s := d.Settlement
	what := fmt.Sprintf("%s交易成功，这次结算里有一部分被抵扣，所以到账比刷的少。", sale(d, t))
	paid := ""
	if s != nil {
		sum := ""
		if s.GrossFen != nil {
			sum = "结算总额" + yuan(*s.GrossFen)
		}
		if s.FeeFen != nil {
			sum += "，手续费" + yuan(*s.FeeFen)
		}
		if s.NetFen != nil {
			sum += "，净额" + yuan(*s.NetFen)
		}
		if sum != "" {
			sum += "。"
		}
		if s.State == "OFFSET" {
			what = fmt.Sprintf("%s交易成功，但应结算的钱被抵扣了，没有另外打款。", sale(d, t))
		}
		if s.State == "PAID" {
			paid = paidSentence(d, t)
		}
		paid = sentences(sum+offsets(d), paid)
	}
	return sentences(again(t, d.Cause)+what, paid, disputeHint(t))
}

func disputeHint(t telling) string {
	if t.handed {
		return ""
	}
	return "对这些扣款有疑问，回复“扣得不对”，我转人工核对。"
}

func tellFee(d diagnose.Diagnosis, t telling) string {
	paid := ""
	if s := d.Settlement; s != nil && s.State == "PAID" {
		paid = paidSentence(d, t)
	}
	return sentences(again(t, d.Cause)+preauthWords(d, t)+feeSentence(d), paid, feeOwed(d, t), merged(d), disputeHint(t))
}

// feeSentence is the fee, how it is computed and the net.
func feeSentence(d diagnose.Diagnosis) string {
	gross := grossOf(d)
	if d.FeeFen == nil {
		return "手续费记录还没有，费率或卡种不清楚，到手金额暂时算不出来。"
	}
	fee := *d.FeeFen
	how := ""
	if len(d.Transactions) == 1 {
		how = rateWords(d, gross, fee)
	}
	s := how + fmt.Sprintf("手续费%s%s%s。", about(d), yuan(fee), net(d))
	if st := d.Settlement; st != nil && st.SurchargeFen != nil && *st.SurchargeFen > 0 {
		s += "另有当天到账附加费" + yuan(*st.SurchargeFen) + "，已含在净额里。"
	}
	return s
}

// rateWords explains a fee by the merchant's own rates; "" when they do not
// explain it (another rate was agreed: the ledger's fee stands).
func rateWords(d diagnose.Diagnosis, gross, fee int64) string {
	r := d.Merchant.Rates
	tx := d.Transactions[0]
	bp, name := r.CreditBP, "信用卡"
	switch {
	case tx.Channel != "" && tx.Channel != "CARD":
		bp, name = r.QRBP, "扫码"
	case tx.CardKind == "DEBIT":
		bp, name = r.DebitBP, "借记卡"
	case tx.CardKind != "CREDIT":
		return ""
	}
	if bp == nil {
		return ""
	}
	plain := roundFee(gross, *bp)
	switch {
	case fee == plain:
		return fmt.Sprintf("按您签约的%s费率%s，", name, percent(*bp))
	case tx.CardKind == "DEBIT" && (tx.Channel == "" || tx.Channel == "CARD") && r.DebitCapFen != nil && fee == *r.DebitCapFen && plain > fee:
		return fmt.Sprintf("按您签约的费率，借记卡是%s、单笔手续费封顶%s；这笔按比例是%s，所以只收封顶的，", percent(*bp), yuan(*r.DebitCapFen), yuan(plain))
	}
	return ""
}

// roundFee is gross × bp, half up to the fen (rules 4).
func roundFee(gross, bp int64) int64 { return (gross*bp + 5000) / 10000 }

// feeOwed answers the fear that more will be taken later: only what the
// settlement itself shows.
func feeOwed(d diagnose.Diagnosis, t telling) string {
	s := d.Settlement
	if s == nil || s.State != "PAID" || (s.AdjustFen != nil && *s.AdjustFen != 0) {
		return ""
	}
	if speaksOf(t.q, "补扣", "少算", "少扣", "再扣", "还要扣", "后面", "多扣") || d.Merchant.Rates.DebitCapFen != nil && d.FeeFen != nil && *d.FeeFen == *d.Merchant.Rates.DebitCapFen {
		return "账上没有待补扣的记录。"
	}
	return ""
}

// preauthWords begins a fee answer: the sale itself, or the authorisation, its
// completion and what was released.
func preauthWords(d diagnose.Diagnosis, t telling) string {
	pre, ok := linked(d, "PREAUTH")
	if !ok || len(d.Transactions) != 1 || d.Transactions[0].Kind != "PREAUTH_COMPLETE" {
		return sale(d, t) + "："
	}
	tx := d.Transactions[0]
	s := fmt.Sprintf("预授权%s，%s完成%s，结算按完成的金额算。", yuan(pre.AmountFen), dayOf(transactions.DateOf(tx.Time), t.now), yuan(tx.AmountFen))
	if rest := pre.AmountFen - tx.AmountFen; rest > 0 {
		s += fmt.Sprintf("剩余%s额度已释放给客户，不会入账。", yuan(rest))
	}
	return s
}

func tellAccountChanged(d diagnose.Diagnosis, t telling) string {
	now := accountName(d.Merchant.Account, "")
	changed := ""
	if !d.Merchant.Account.ChangedAt.IsZero() {
		changed = "（" + dayOf(transactions.DateOf(d.Merchant.Account.ChangedAt), t.now) + "变更）"
	}
	next := "请先查原来那张卡的明细；如果原卡已经注销或挂失，告诉我，我转人工处理。"
	if d.Human {
		next = "请准备好原卡的明细或销户凭证，方便人工处理。"
	}
	if d.Merchant.Account.Last4 == "" { // not told, or not known
		return sentences(again(t, d.Cause)+paidSentence(d, t)+ownSale(d, t),
			"这笔出款时用的是原来的结算卡，现在登记的已经换了"+changed+"。", next)
	}
	return sentences(
		again(t, d.Cause)+paidSentence(d, t)+ownSale(d, t),
		fmt.Sprintf("这是您原来的结算卡，现在登记的是%s%s，这笔出款时用的还是原来的卡。", now, changed), next)
}

// asksFee reports a question about the fee itself.
func asksFee(q understand.Query) bool {
	return hasIntent(q, understand.Fee) || hasSymptom(q, understand.AsksFee)
}
