package bot

import (
	"strconv"
	"strings"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// decide turns a result into what is said and done.
func (t *turn) decide(r diagnose.Result) {
	t.dec.Cause = r.Cause
	t.dec.Transactions = r.Transactions
	if namesSomething(t.q) || len(t.q.Kinds) > 0 {
		t.mem.Previous = previous(t.q)
	}
	switch r.Cause {
	case diagnose.NotBound:
		t.notBound()
	case diagnose.NotOwned:
		t.act(ActionRefuse, "not_owned")
		t.dec.Transactions = nil
		t.say(textNotOwned(t.telling()))
	case diagnose.LedgerUnavailable:
		t.unavailable(r)
	case diagnose.Ambiguous:
		t.ambiguous(r)
	case diagnose.NotFound:
		words := ""
		if len(r.Near) > 0 {
			words = textNear(t.telling(), r.Missing)
		}
		t.notFound(r.Missing, words)
		t.offerNear(r)
	default:
		t.explain(r)
	}
	t.besides(r)
	t.after(r)
}

// after hands over what needs a person and remembers what was told.
func (t *turn) after(r diagnose.Result) {
	if r.Human {
		reason := Reason(r.Reason)
		if reason == "" {
			reason = Reason(r.Cause)
		}
		t.handOver(reason, r.Priority)
	}
	if t.dec.Handoff == nil && t.dec.Action == ActionEscalate {
		t.dec.Action = ActionAnswer
	}
}

// unavailable says that nothing is known and looks again by itself.
func (t *turn) unavailable(r diagnose.Result) {
	t.act(ActionAnswer, "ledger_unavailable")
	t.dec.Transactions = nil
	t.progress = true
	if len(r.Silent) > 0 {
		t.say(textSilent(t.shopWords(r.Silent), r.NotElsewhere, t.telling()))
	} else {
		t.say(textUnavailable())
	}
	t.mem.Explained = r.Cause
	if t.mem.Previous == nil {
		t.mem.Previous = previous(t.q)
	}
	t.dec.Watches = append(t.dec.Watches, Watch{
		Kind: WatchSource, Cause: r.Cause, CheckAt: t.in.Now.Add(sourceEvery), Deadline: t.in.Now.Add(sourceFor),
	})
}

// ambiguous lists the candidates; put once more in other words, then a person.
func (t *turn) ambiguous(r diagnose.Result) {
	t.act(ActionAsk, "ambiguous")
	times := t.asked("choice")
	rows := candidatesOf(r)
	if times > 2 {
		t.say("还是不能确定是哪一笔，不再让您反复选了。")
		t.mem.Offered, t.mem.Answered = nil, nil
	} else if r.Missing != "" && len(rows) > maxChoices {
		t.say(whichHead(rows, t.telling()), "请再告诉我"+missingNames[r.Missing]+"，我就能找准。")
		t.mem.Offered, t.mem.Answered = nil, nil
	} else {
		text, choices := askWhich(r, t.telling(), times > 1)
		t.say(text)
		t.offer(choices...)
		t.mem.Offered, t.mem.Answered = nil, nil
		for _, c := range choices {
			if id, ok := strings.CutPrefix(c.Means, "transaction:"); ok {
				t.mem.Offered = append(t.mem.Offered, id)
			}
		}
	}
	t.bind(r.Diagnoses)
	t.mem.Focus = nil
	t.progress = times == 1
	if times > 2 {
		t.handOver(ReasonNoProgress, "normal")
	}
}

// notFound asks one thing more; at the second miss a person takes over (rules
// 2.8). words replace the usual sentence.
func (t *turn) notFound(missing, words string) {
	t.dec.Cause = diagnose.NotFound
	t.dec.Transactions = nil
	t.act(ActionAsk, "not_found")
	if missing == "" {
		missing = "reference"
	}
	second := t.mem.AskedTimes > 0 && isSaleFact(t.mem.Asked)
	t.mem.Asked, t.mem.AskedTimes = missing, t.mem.AskedTimes+1
	t.mem.Focus = nil
	if second && t.in.Status == StatusBot {
		t.say("在您绑定的商户里还是没有查到" + saidWords(t.telling()) + "，不再让您反复找了。")
		t.handOver(ReasonNoProgress, "normal")
		return
	}
	if words != "" {
		t.say(words)
		return
	}
	t.say(textNotFound(t.telling(), missing))
}

// offerNear lists the sales that are like what was said, after a first miss.
// Nothing is told of them before one is chosen.
func (t *turn) offerNear(r diagnose.Result) {
	if len(r.Near) == 0 || t.dec.Handoff != nil {
		return
	}
	choices := make([]Choice, 0, len(r.Near)+1)
	t.mem.Offered, t.mem.Answered = nil, nil
	for _, c := range r.Near {
		choices = append(choices, Choice{Text: choiceText(c.Transaction, t.telling()), Means: "transaction:" + c.Transaction.ID})
		t.mem.Offered = append(t.mem.Offered, c.Transaction.ID)
	}
	t.offer(append(choices, Choice{Text: "都不是", Means: "none"})...)
}

func isSaleFact(s string) bool {
	switch s {
	case "amount", "time", "card_last4", "reference":
		return true
	}
	return false
}

// explain tells the diagnoses, problems first.
func (t *turn) explain(r diagnose.Result) {
	t.act(ActionAnswer, "cause."+strings.ToLower(string(r.Cause)))
	same := r.Cause == t.mem.Explained && sameIDs(r.Transactions, t.mem.Focus)
	tl := t.telling()
	if sameIDs(r.Transactions, t.mem.Focus) {
		tl.before = t.mem.Explained
	}
	tl.handed = tl.handed || r.Human
	tl.unasked = t.unasked
	t.watch(r)
	tl.watched = len(t.dec.Watches) > 0 && !r.Human
	t.dayCorrected(r, tl)
	t.tellAll(r, tl)
	t.unmatched(r)
	if t.q.NotifyMe && notifies(t.dec.Watches) {
		t.say("这笔有了变化，我会主动告诉您。")
	}
	t.bind(r.Diagnoses)
	t.age(r.Diagnoses)
	t.due(r)
	t.keepTold(sameIDs(r.Transactions, t.mem.Focus))
	t.remember(r)
	t.progress = t.progress || !same
	if !same && (!t.unasked || !paidCause(r.Cause)) {
		t.articleSteps(r)
	}
}

// tellAll writes the diagnoses that fit one message.
func (t *turn) tellAll(r diagnose.Result, tl telling) {
	if len(r.Diagnoses) == 0 {
		t.say(tell(diagnose.Diagnosis{Cause: r.Cause, Merchant: t.unsentAt(r.Terminals)}, tl))
		return
	}
	const most = 3
	for i, d := range r.Diagnoses {
		if i == most {
			t.say("还有其他交易，需要的话告诉我金额或时间，我接着查。")
			return
		}
		if i > 0 {
			tl.before = ""
			tl.noDates = r.Diagnoses[0].Due.IsZero()
		}
		if r.Cause == diagnose.Outage {
			d.Cause = diagnose.Outage
		}
		t.say(tell(t.forRole(d), tl))
		if r.Cause == diagnose.Outage {
			return
		}
	}
}

// unsentAt is the shop whose terminals hold unsent transactions, with these
// terminals only.
func (t *turn) unsentAt(terminals []string) transactions.Merchant {
	for _, m := range t.facts.Merchants {
		states := map[string]transactions.TerminalState{}
		for _, id := range terminals {
			if s, ok := m.TerminalState[id]; ok {
				states[id] = s
			}
		}
		if len(states) > 0 {
			m.TerminalState = states
			return m
		}
	}
	return transactions.Merchant{}
}

// dayCorrected says that the sale lies on another day than the one said, and
// asks to confirm (rules 2.4).
func (t *turn) dayCorrected(r diagnose.Result, tl telling) {
	if r.DayCorrected == nil {
		return
	}
	where := ""
	if len(r.Silent) > 0 {
		where = "在能查到的店里，"
	}
	t.say(where + "您说的" + dayOf(r.DayCorrected.Said, tl.now) + "没有这个金额的交易，" + dayOf(r.DayCorrected.Found, tl.now) +
		"有一笔，先按这笔说（不是的话告诉我）：")
	t.offer(Choice{Text: "是这笔", Means: "confirm"}, Choice{Text: "不是这笔", Means: "deny"})
}

// unmatched names the amounts that no sale explains while others did.
func (t *turn) unmatched(r diagnose.Result) {
	if len(r.Unmatched) == 0 {
		return
	}
	sums := make([]string, 0, len(r.Unmatched))
	for _, fen := range r.Unmatched {
		if !partOfPayout(r, fen) {
			sums = append(sums, yuan(fen))
		}
	}
	if len(sums) == 0 {
		return
	}
	if len(r.Silent) > 0 {
		t.say("您说的" + list(sums) + "在能查到的店里没有对应的交易。")
		return
	}
	t.say("您说的" + list(sums) + "没有查到对应的交易，请核对金额和日期。")
}

// partOfPayout reports an amount that the answer has named already: a fee,
// something withheld, what is missing of the gross.
func partOfPayout(r diagnose.Result, fen int64) bool {
	for _, d := range r.Diagnoses {
		s := d.Settlement
		if d.FeeFen != nil && sameMoney(*d.FeeFen, fen) || d.NetFen != nil && sameMoney(*d.NetFen, fen) || d.RefundedFen == fen {
			return true
		}
		for _, tx := range d.Transactions {
			if sameMoney(tx.AmountFen, fen) || tx.CardLast4 != "" && strconv.FormatInt(fen, 10) == tx.CardLast4+"00" {
				return true // the sale in whole yuan, or its tail said as a bare number
			}
		}
		if s == nil {
			continue
		}
		for _, p := range []*int64{s.FeeFen, s.SurchargeFen, s.RefundOffsetFen, s.DisputeOffsetFen, s.AdjustFen, s.NetFen, s.GrossFen} {
			if p != nil && (sameMoney(*p, fen) || *p == -fen) {
				return true
			}
		}
	}
	return false
}

// sameMoney reports that a sum said (fen) is the one of the ledger, to the fen
// or in whole yuan: 到了1487 for 1487.85元.
func sameMoney(ledger, said int64) bool {
	return ledger == said || said > 0 && said%100 == 0 && ledger/100 == said/100
}

// bind exempts ledger values from the outbound filter (rules 6).
func (t *turn) bind(ds []diagnose.Diagnosis) {
	for _, d := range ds {
		for _, s := range []*transactions.Settlement{d.Settlement, d.First} {
			if s != nil && s.BankRef != "" {
				t.bound = append(t.bound, s.BankRef)
			}
		}
		for _, tx := range d.Transactions {
			for _, v := range []string{tx.RRN, tx.Terminal, tx.AuthCode} {
				if v != "" {
					t.bound = append(t.bound, v)
				}
			}
		}
		for no := range d.Merchant.TerminalState {
			t.bound = append(t.bound, no)
		}
	}
}

// stale is the age from which data are no longer called live.
const stale = 10 * time.Minute

// age says how old the data are when they are not live (domain 1.1, claim 14).
func (t *turn) age(told []diagnose.Diagnosis) {
	as := t.facts.AsOf
	for i, d := range told { // the oldest of what was told
		if at := t.facts.AgeOf(d.Merchant.MerchantNo); i == 0 || at.Before(as) {
			as = at
		}
	}
	if as.IsZero() || t.in.Now.Sub(as) < stale {
		return
	}
	at := clock(as)
	if transactions.DateOf(as) != transactions.DateOf(t.in.Now) {
		at = moment(as, t.in.Now)
	}
	t.say("（数据截至" + at + "）")
}

// due is the one date that the reply promises (contract section 4): only one
// that all diagnoses told share, and only if it is today or later.
func (t *turn) due(r diagnose.Result) {
	if len(r.Diagnoses) == 0 || r.Cause == diagnose.Outage {
		return
	}
	d := r.Diagnoses[0].Due
	if d.IsZero() || d.Before(transactions.DateOf(t.in.Now)) {
		return
	}
	t.dec.Due = d
}

// remember keeps what follow-ups refer to (rules 2.7).
func (t *turn) remember(r diagnose.Result) {
	t.mem.Focus = r.Transactions
	t.mem.Explained = r.Cause
	t.mem.Misses = 0
	t.mem.Asked, t.mem.AskedTimes = "", 0
	t.mem.LastArticle = ""
	for _, id := range r.Transactions {
		for _, o := range t.mem.Offered {
			if o == id {
				t.mem.Answered = union(t.mem.Answered, []string{id})
			}
		}
	}
	if len(t.mem.Answered) == 0 {
		t.mem.Offered = nil
	}
}

// Intervals of the watches.
const (
	promiseEvery = 30 * time.Minute
	blindFor     = 2 * time.Hour // a date passed while the ledger could not be asked
	resultEvery  = 5 * time.Minute
	sourceEvery  = 2 * time.Minute
	sourceFor    = 24 * time.Hour
	brokenFor    = 7 * 24 * time.Hour // a broken promise is looked at so long
	returnFor    = 3 * 24 * time.Hour
	notifyFor    = 14 * 24 * time.Hour
)

// watch opens the promises that this answer makes.
func (t *turn) watch(r diagnose.Result) {
	if r.Cause == diagnose.Outage || t.in.Status == StatusHuman {
		return
	}
	for _, d := range r.Diagnoses {
		for _, tx := range d.Transactions {
			if w, ok := t.watchFor(d, tx, r.Human); ok {
				t.dec.Watches = append(t.dec.Watches, w)
			}
		}
	}
	// One watch a sale: an answer replaces the one before. A follow-up replaces
	// the watch that ran, which the runner does by its key.
	if len(t.dec.Watches) > 0 && !t.unasked {
		t.dec.CancelWatches = append(t.dec.CancelWatches, r.Transactions...)
	}
}

// notifies reports a watch that was asked for about money still to come.
func notifies(ws []Watch) bool {
	for _, w := range ws {
		if w.Kind == WatchNotify && !paidCause(w.Cause) {
			return true
		}
	}
	return false
}

func (t *turn) watchFor(d diagnose.Diagnosis, tx transactions.Transaction, human bool) (Watch, bool) {
	now := t.in.Now
	w := Watch{MerchantNo: tx.MerchantNo, TransactionID: tx.ID, Cause: d.Cause, Due: d.Due}
	switch {
	case !d.Due.IsZero() && !human:
		w.Kind, w.Deadline = WatchPromise, d.Schedule.Deadline
		if w.Deadline.IsZero() {
			w.Deadline = d.Due.AddDays(1).Start()
		}
		w.CheckAt = earlier(now.Add(promiseEvery), w.Deadline)
	case d.Cause == diagnose.TxnUnknown && !human:
		w.Kind, w.Deadline = WatchResult, t.e.d.Settings.unknownUntil(tx.Time, now)
		w.CheckAt = earlier(now.Add(resultEvery), w.Deadline)
	case t.q.NotifyMe && !paidCause(d.Cause):
		w.Kind, w.Deadline = WatchNotify, now.Add(notifyFor)
		w.CheckAt = now.Add(promiseEvery)
	case paidCause(d.Cause) && !human && d.Settlement != nil && now.Sub(d.Settlement.PaidAt) < returnFor:
		w.Kind, w.Deadline = WatchNotify, d.Settlement.PaidAt.Add(returnFor)
		w.CheckAt = earlier(now.Add(promiseEvery), w.Deadline)
	default:
		return Watch{}, false
	}
	return w, true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
