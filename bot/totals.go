package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Totals over a span (昨天一共收了多少, 今天到账多少钱): from the ledger of the bound
// shops, never an estimate; no date is promised by them.

const (
	// totalDays is the longest span of one answer.
	totalDays = 31
	// totalRows bounds the sales read for one; of more nothing is added up.
	totalRows = 2000
	// payoutLines are the payouts listed one by one.
	payoutLines = 5
	// paidAfter is how far before a payout its sales are looked for.
	paidAfter = 4
)

// totals answers a question for a sum; false when the words ask for none.
func (t *turn) totals() (bool, error) {
	if p := t.mem.Previous; p != nil && p.Totals != "" && t.feeOfThem() {
		text := t.q.Text
		t.q = *p
		t.q.Text = text
	}
	if t.q.Totals == "" || t.q.OthersShop || t.q.MerchantNo != "" && !t.boundTo(t.q.MerchantNo) {
		return false, nil
	}
	if len(t.in.Contact.Bindings) == 0 {
		t.notBound()
		return true, nil
	}
	if t.notRecorded() {
		return true, nil
	}
	from, to := t.totalSpan()
	switch {
	case transactions.DateOf(to.Add(-time.Nanosecond)).Start().Sub(transactions.DateOf(from).Start()) >= totalDays*24*time.Hour:
		t.act(ActionAsk, "totals.span")
		t.progress = true
		t.mem.Previous = previous(t.q)
		t.say(fmt.Sprintf("合计一次最多查%d天。请说短一点的时间，比如“昨天一共收了多少”“11月1号到10号收了多少”。", totalDays))
		return true, nil
	case !from.Before(to):
		return false, nil
	}
	t.mem.Previous = previous(t.q)
	facts, err := t.readTotals(from, to)
	if err != nil {
		if t.ctx.Err() != nil {
			return false, err // the turn itself was ended
		}
		r := diagnose.Resolve(diagnose.Input{
			Query: t.q, Facts: facts, Now: t.in.Now, Calendar: t.e.d.Calendars.Calendar(), Notices: t.in.Notices, Unavailable: true,
		})
		t.result, t.facts = &r, facts
		t.decide(r)
		return true, nil
	}
	t.answerTotals(facts, from, to)
	if t.wantsPerson() {
		t.escalatePerson()
	}
	return true, nil
}

// totalSpan is the span asked for, up to now; without one it is today.
func (t *turn) totalSpan() (from, to time.Time) {
	today := transactions.DateOf(t.in.Now)
	from, to = today.Start(), today.AddDays(1).Start()
	if s := t.q.Time; s != nil {
		from, to = s.From.In(transactions.Shanghai), s.To.In(transactions.Shanghai)
	}
	if to.After(t.in.Now) {
		to = t.in.Now
	}
	return from, to
}

// totalsOf is what the sum is asked of: of one way of paying the sales, since a
// payout holds them all.
func (t *turn) totalsOf() understand.Totals {
	if len(channelsOf(t.q)) > 0 {
		return understand.TotalSales
	}
	return t.q.Totals
}

func (t *turn) readTotals(from, to time.Time) (transactions.Facts, error) {
	l := transactions.Lookup{MerchantNos: t.in.Contact.MerchantNos(), From: from, To: to, Limit: totalRows}
	if t.totalsOf() == understand.TotalPayouts {
		l.From = transactions.DateOf(from).AddDays(-paidAfter).Start()
		l.PaidFrom, l.PaidTo = from, to
	}
	return t.read(l)
}

// answerTotals adds up and tells.
func (t *turn) answerTotals(facts transactions.Facts, from, to time.Time) {
	if t.notMyShop(facts.Merchants) {
		return
	}
	t.act(ActionAnswer, "totals."+string(t.totalsOf()))
	t.progress = true
	t.mem.Focus, t.mem.Offered, t.mem.Answered, t.mem.Explained, t.mem.LastArticle = nil, nil, nil, "", ""
	t.mem.Misses, t.mem.Asked, t.mem.AskedTimes = 0, "", 0
	t.lookAt(facts.Merchants)
	if t.mem.Shop != "" && t.boundTo(t.mem.Shop) {
		facts = ofShop(facts, t.mem.Shop)
	}
	facts, unasked := t.answering(facts)
	t.facts = facts
	if len(facts.Merchants) == 0 {
		t.unaskedTotals(unasked)
		return
	}
	if facts.Truncated {
		t.act(ActionAsk, "totals.truncated")
		t.say(t.spanName(from, to) + "的记录太多，或者没有取全，现在报合计会不准。请把时间说短一点再问，比如只问一天、一个上午。")
		return
	}
	sum := diagnose.Total(diagnose.TotalsInput{
		Of: t.totalsOf(), Facts: facts, From: from, To: to, Channels: channelsOf(t.q), Now: t.in.Now, Calendar: t.e.d.Calendars.Calendar(),
	})
	if t.totalsOf() == understand.TotalPayouts {
		t.tellPayouts(sum, from, to)
	} else {
		t.tellTakings(sum, from, to)
	}
	if len(unasked) > 0 {
		t.say(t.shopWords(unasked) + "的渠道现在查不到，没有算进去。")
	}
	t.doubtful(sum.Doubt)
	t.say(t.asOf(facts))
}

// answering keeps the shops whose system answered; the others are unknown, not
// zero.
func (t *turn) answering(f transactions.Facts) (transactions.Facts, []transactions.Merchant) {
	var unasked []transactions.Merchant
	for _, m := range f.Merchants {
		if contains(t.silent, m.MerchantNo) {
			unasked = append(unasked, m)
		}
	}
	if len(unasked) == 0 {
		return f, nil
	}
	f.Merchants = slices.DeleteFunc(slices.Clone(f.Merchants), func(m transactions.Merchant) bool { return contains(t.silent, m.MerchantNo) })
	return f, unasked
}

// unaskedTotals says that nothing is known of the shops asked about.
func (t *turn) unaskedTotals(unasked []transactions.Merchant) {
	r := diagnose.Resolve(diagnose.Input{
		Query: t.q, Facts: transactions.Facts{Merchants: unasked}, Silent: t.silent, Now: t.in.Now,
		Calendar: t.e.d.Calendars.Calendar(), Notices: t.in.Notices, Unavailable: true,
	})
	t.result = &r
	t.decide(r)
}

// channelsOf are the ways of paying that were said.
func channelsOf(q understand.Query) []string {
	if len(q.Channels) > 0 || q.Channel == "" {
		return q.Channels
	}
	return []string{q.Channel}
}

// doubtful says that something is left out because its rows contradict each
// other, and calls a person (rules 3 and 5).
func (t *turn) doubtful(ds []diagnose.Diagnosis) {
	if len(ds) == 0 {
		return
	}
	r := diagnose.Result{Cause: diagnose.Inconsistent, Diagnoses: ds}
	for _, d := range ds {
		for _, tx := range d.Transactions {
			r.Transactions = append(r.Transactions, tx.ID)
		}
	}
	t.result = &r
	t.traceResult(r)
	t.dec.Cause, t.dec.Transactions = r.Cause, r.Transactions
	t.say(fmt.Sprintf("另有%d笔账上的数据前后对不上，金额没有算进去，要请人工核对。", len(ds)))
	t.handOver(Reason(diagnose.Inconsistent), "")
}

// asOf says how old the data are; a sum always says so.
func (t *turn) asOf(f transactions.Facts) string {
	as := f.AsOf
	for _, m := range f.Merchants { // the oldest of what was added up
		if at := f.AgeOf(m.MerchantNo); !at.IsZero() && at.Before(as) {
			as = at
		}
	}
	if as.IsZero() {
		return ""
	}
	if transactions.DateOf(as) != transactions.DateOf(t.in.Now) {
		return "（数据截至" + moment(as, t.in.Now) + "，之后的还没进来）"
	}
	return "（数据截至" + clock(as) + "）"
}

// spanName is 昨天（11月17日00:00到24:00）, with the bounds of the day in Shanghai.
func (t *turn) spanName(from, to time.Time) string {
	now := t.in.Now
	first, last := transactions.DateOf(from), transactions.DateOf(to.Add(-time.Nanosecond))
	end := clock(to)
	switch {
	case !to.Before(now):
		end = "现在"
	case end == "00:00":
		end = "24:00"
	}
	start := dayOf(first, now) + clock(from)
	if first != last && end != "现在" {
		end = dayOf(last, now) + end
	}
	name := start + "到" + end
	if word := relativeDay(first, now); first == last && word != dayOf(first, now) {
		return word + "（" + name + "）"
	}
	return name
}

// whose names the shop where the contact has several.
func (t *turn) whose(sum diagnose.Totals) string {
	switch {
	case len(t.in.Contact.Bindings) < 2:
		return ""
	case len(sum.Shops) == 1:
		return sum.Shops[0].Merchant.Name
	}
	return "您绑定的" + count(len(sum.Shops)) + "家店"
}

func (t *turn) tellTakings(sum diagnose.Totals, from, to time.Time) {
	all := sum.All()
	what := t.whose(sum) + channelsSaid(t.q)
	if all.Sold.Count == 0 {
		t.say(t.spanName(from, to)+"，"+what+"没有查到成功的收款。", leftOut(all))
		return
	}
	t.say(fmt.Sprintf("%s，%s共收款%d笔，交易额合计%s。", t.spanName(from, to), what, all.Sold.Count, yuan(all.Sold.Fen)))
	if len(sum.Shops) > 1 {
		t.say(perShop(sum.Shops, func(s diagnose.Takings) diagnose.Sum { return s.Sold }))
	}
	t.say(t.notToldApart(), feesOf(all), paidOf(all))
	if all.Refunded.Count > 0 {
		t.say(fmt.Sprintf("其中退款%d笔%s。", all.Refunded.Count, yuan(all.Refunded.Fen)))
	}
	t.say(leftOut(all))
}

// channelsSaid names the ways of paying that were said: 微信, 刷卡.
func channelsSaid(q understand.Query) string {
	switch {
	case q.Channel == "" && len(q.Channels) == 1:
		return "数字人民币"
	case q.Channel == "" && len(q.Channels) > 1:
		return "扫码" // every way of paying by a code
	}
	names := make([]string, 0, len(q.Channels)+1)
	for _, c := range channelsOf(q) {
		switch c {
		case transactions.Card:
			names = append(names, "刷卡")
		default:
			names = append(names, strings.TrimSuffix(channelName(transactions.Transaction{Channel: c}), "收款"))
		}
	}
	return list(names)
}

// perShop is one line with each shop's share.
func perShop(shops []diagnose.Takings, of func(diagnose.Takings) diagnose.Sum) string {
	const most = 9
	var parts []string
	for i, s := range shops {
		if i == most {
			parts = append(parts, "其余的店请说店名再问")
			break
		}
		name := s.Merchant.Name
		if name == "" {
			name = "商户号" + maskedNo(s.Merchant.MerchantNo)
		}
		parts = append(parts, fmt.Sprintf("%s%d笔%s", name, of(s).Count, yuan(of(s).Fen)))
	}
	return "其中" + strings.Join(parts, "；") + "。"
}

// feesOf tells fee and net, and what else was withheld.
func feesOf(all diagnose.Takings) string {
	if all.FeeFen == nil || all.NetFen == nil {
		if !all.RateUnknown {
			return "手续费和净额没法合计：有退款的交易，账上没有它单独的手续费和净额。"
		}
		return "手续费和净额没法合计：有的交易账上没有费率或卡种。"
	}
	about := ""
	if all.Computed {
		about = "约"
	}
	text := "手续费合计" + about + yuan(*all.FeeFen)
	switch rest := all.Sold.Fen - *all.FeeFen - *all.NetFen; {
	case rest > 0:
		text += "，退款、抵扣、附加费等另扣" + yuan(rest)
	case rest < 0:
		text += "，调整增加" + yuan(-rest)
	}
	return text + "，净额" + about + yuan(*all.NetFen) + "。"
}

// paidOf tells how much has left and how much has not.
func paidOf(all diagnose.Takings) string {
	var parts []string
	if all.Paid.Count > 0 {
		p := fmt.Sprintf("已出款%d笔，", all.Paid.Count)
		switch {
		case all.PaidNetFen == nil:
			p += "交易额" + yuan(all.Paid.Fen)
		case all.PaidComputed:
			p += "净额约" + yuan(*all.PaidNetFen)
		default:
			p += "净额" + yuan(*all.PaidNetFen)
		}
		parts = append(parts, p)
	}
	if all.Open.Count > 0 {
		parts = append(parts, fmt.Sprintf("还没出款%d笔，交易额%s", all.Open.Count, yuan(all.Open.Fen)))
	}
	if all.Offset.Count > 0 {
		parts = append(parts, fmt.Sprintf("被全额抵扣%d笔，交易额%s", all.Offset.Count, yuan(all.Offset.Fen)))
	}
	text := ""
	if len(parts) > 0 {
		text = strings.Join(parts, "；") + "。"
	}
	if all.Stuck.Count > 0 {
		text += fmt.Sprintf("没出款的里面有%d笔（%s）被卡住或超了时间，想知道原因请回复“没到的是哪笔”。", all.Stuck.Count, yuan(all.Stuck.Fen))
	}
	return text
}

// leftOut names what is in no figure.
func leftOut(all diagnose.Takings) string {
	var parts []string
	for _, p := range []struct {
		name string
		n    int
	}{
		{"撤销", all.Voided},
		{"冲正", all.Reversed},
		{"没刷成功", all.Failed},
		{"结果不明", all.Unknown},
		{"没完成的预授权", all.Preauths},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s%d笔", p.name, p.n))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "没算在里面的：" + list(parts) + "。"
}

func (t *turn) tellPayouts(sum diagnose.Totals, from, to time.Time) {
	all := sum.All()
	span := t.spanName(from, to)
	if all.Left.Count == 0 {
		t.say(span + "，" + t.whose(sum) + "没有查到打到结算卡的出款。")
	} else {
		t.say(fmt.Sprintf("%s，%s打到结算卡的出款共%d笔，合计%s。", span, t.whose(sum), all.Left.Count, yuan(all.Left.Fen)))
		if len(sum.Shops) > 1 {
			t.say(perShop(sum.Shops, func(s diagnose.Takings) diagnose.Sum { return s.Left }))
		}
		t.say(t.payoutList(all.Payouts, from, to))
	}
	if all.Returned > 0 {
		t.say(fmt.Sprintf("另有%d笔出款后被退回，没算在里面。", all.Returned))
	}
	if all.Unpriced > 0 {
		t.say(fmt.Sprintf("另有%d笔出款账上没有金额，没算在里面。", all.Unpriced))
	}
	t.say("这里算的是出款时间在这段时间里的；想知道收了多少，请问“昨天一共收了多少”。")
}

// payoutList names the first payouts one by one.
func (t *turn) payoutList(ps []transactions.Settlement, from, to time.Time) string {
	oneDay := transactions.DateOf(from) == transactions.DateOf(to.Add(-time.Nanosecond))
	var parts []string
	for i, p := range ps {
		if i == payoutLines {
			parts = append(parts, fmt.Sprintf("其余%d笔不一一列出", len(ps)-payoutLines))
			break
		}
		at := clock(p.PaidAt)
		if !oneDay {
			at = moment(p.PaidAt, t.in.Now)
		}
		line := at + " " + yuan(*p.NetFen)
		if n := len(p.TransactionIDs); n > 1 {
			line += fmt.Sprintf("（%d笔交易合并）", n)
		}
		parts = append(parts, line)
	}
	return strings.Join(parts, "；") + "。"
}

// totalsRecovered answers the sum that the ledger could not give before.
func (t *turn) totalsRecovered(w Watch) {
	from, to := t.totalSpan()
	facts, err := t.readTotals(from, to)
	if err != nil || len(t.silent) > 0 {
		if t.in.Now.Before(w.Deadline) {
			t.again(w, sourceEvery)
		}
		return
	}
	t.say("交易系统恢复了，您刚才问的查到了结果：")
	t.answerTotals(facts, from, to)
	t.tr.Rule = "follow." + t.tr.Rule
}
