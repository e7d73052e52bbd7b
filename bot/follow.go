package bot

import (
	"context"
	"fmt"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// FollowInput is a watch whose time has come.
type FollowInput struct {
	Now     time.Time
	Status  Status
	Memory  Memory
	Contact Contact
	Watch   Watch
	Notices []transactions.Notice
	// OpenCases of the contact, for the words of a reply.
	OpenCases []CaseInfo
}

// Follow looks again at a promise and speaks first when there is something to
// say: the money arrived, the date passed, an unknown outcome became known, a
// source recovered, a payout came back. With nothing to say the decision has
// no replies (ActionNone). Decision.Watches holds the same watch again when it
// is to be looked at later; without it the watch is done.
func (e *Engine) Follow(ctx context.Context, in FollowInput) (dec Decision, tr Trace, err error) {
	t := e.begin(ctx, Input{
		Now: in.Now, Status: in.Status, Memory: in.Memory, Contact: in.Contact, Notices: in.Notices, OpenCases: in.OpenCases,
	})
	defer func() {
		if p := recover(); p != nil {
			dec, tr = Decision{}, t.tr
			err = panicError("follow", p)
			tr.Error = err.Error()
		}
	}()
	last := t.mem.LastTurnAt
	t.progress, t.unasked = true, true
	if err := t.follow(in.Watch); err != nil { //nolint:contextcheck // the turn carries it
		return Decision{}, t.tr, fmt.Errorf("follow: %w", err)
	}
	if err := t.finish(); err != nil { //nolint:contextcheck // the turn carries it
		return Decision{}, t.tr, fmt.Errorf("follow: %w", err)
	}
	t.dec.Memory.LastTurnAt = last // the contact did not speak
	if len(t.dec.Replies) == 0 {
		t.dec.Memory = in.Memory // nothing was said: nothing changes
	}
	return t.dec, t.tr, nil
}

// follow decides by the kind of the watch.
func (t *turn) follow(w Watch) error {
	t.dec.Intent = understand.MissingPayment
	t.act(ActionNone, "follow."+string(w.Kind))
	if t.in.Status == StatusHuman {
		return nil // the person sees the ledger
	}
	if t.in.Status == StatusClosed {
		t.in.Status, t.dec.Status = StatusBot, StatusBot
		defer t.closedAgain()
	}
	if len(t.in.Contact.Bindings) == 0 {
		return nil // no longer entitled to know
	}
	if w.Kind == WatchSource {
		return t.recovered(w)
	}
	r, ok := t.lookAgain(w)
	if !ok {
		if t.blind(w) {
			return nil
		}
		t.again(w, promiseEvery)
		return nil
	}
	switch w.Kind {
	case WatchResult:
		t.resultKnown(w, r)
	default:
		t.promiseKept(w, r)
	}
	return nil
}

// blind hands a promise to a person whose date passed while the ledger could
// not be asked: nobody knows whether it was kept, and the merchant must not be
// left waiting for the system.
func (t *turn) blind(w Watch) bool {
	if t.tr.Error == "" || len(t.in.Notices) > 0 || w.Kind == WatchNotify || t.in.Now.Before(w.Deadline.Add(blindFor)) || t.in.Status == StatusWaiting {
		return false
	}
	t.dec.Cause = diagnose.LedgerUnavailable
	t.act(ActionAnswer, "follow.blind")
	t.say("之前跟您说好的时间过了，可是交易系统一直查不到，到没到账我不敢乱说，已经请人工核对。")
	t.handOver(Reason(diagnose.LedgerUnavailable), "")
	return true
}

// closedAgain leaves a closed conversation closed when nothing was said.
func (t *turn) closedAgain() {
	if t.dec.Action == ActionNone {
		t.dec.Status = StatusClosed
	}
}

// again keeps the watch for later while its deadline lies ahead.
func (t *turn) again(w Watch, every time.Duration) {
	next := t.in.Now.Add(every)
	if t.in.Now.Before(w.Deadline) && next.After(w.Deadline) {
		next = w.Deadline
	}
	w.CheckAt = next
	t.dec.Watches = append(t.dec.Watches, w)
}

// lookAgain resolves the one transaction of the watch on fresh facts; false
// when the ledger cannot say.
func (t *turn) lookAgain(w Watch) (diagnose.Result, bool) {
	q := understand.Query{Intent: understand.MissingPayment, Role: understand.RoleUnknown, Urgency: understand.UrgencyNormal}
	t.q = q
	facts, err := t.read(diagnose.Lookup(q, []string{w.TransactionID}, t.in.Contact.MerchantNos(), t.in.Now))
	if err != nil || contains(t.silent, w.MerchantNo) {
		return diagnose.Result{}, false
	}
	t.tr.Error = "" // other shops do not matter here
	r := diagnose.Resolve(diagnose.Input{
		Query: q, Facts: facts, Focus: []string{w.TransactionID}, Now: t.in.Now,
		Calendar: t.e.d.Calendars.Calendar(), Notices: t.in.Notices, Limits: t.e.d.Settings.Limits(),
	})
	if len(r.Diagnoses) == 0 || r.Cause == diagnose.Outage {
		return r, false
	}
	for _, tx := range r.Diagnoses[0].Transactions {
		if tx.ID == w.TransactionID {
			t.result, t.facts = &r, facts
			t.traceResult(r)
			return r, true
		}
	}
	return r, false
}

// promiseKept tells of money that arrived, of a date that passed, and of
// everything that changed what was said.
func (t *turn) promiseKept(w Watch, r diagnose.Result) {
	d := r.Diagnoses[0]
	paidNow := paidCause(r.Cause)
	switch {
	case paidNow && paidCause(w.Cause):
		if t.in.Now.Before(w.Deadline) {
			t.again(w, promiseEvery) // told already; looked at again for a return
		}
		return
	case paidNow:
		t.followUp(r, "好消息，您的钱付出去了：")
		return
	case r.Human && r.Cause != w.Cause:
		t.followUp(r, followHead(r.Cause))
		t.stillWatched(w, r.Cause)
		return
	case !t.in.Now.Before(w.Deadline) && w.Kind == WatchPromise && r.Cause != w.Cause,
		over(r.Cause):
		t.followUp(r, followHead(r.Cause))
		return
	case w.Kind == WatchPromise && !d.Due.IsZero() && d.Due != w.Due:
		t.followUp(r, "之前跟您说的日期有变化：")
		return
	case !t.in.Now.Before(w.Deadline):
		return
	}
	t.again(w, promiseEvery)
}

// stillWatched goes on looking after a promise was broken or a payout held: a
// person has the case, and the merchant wants to hear when the money comes.
func (t *turn) stillWatched(w Watch, told diagnose.Cause) {
	if over(told) {
		return
	}
	w.Cause, w.Deadline = told, t.in.Now.Add(brokenFor)
	t.again(w, promiseEvery)
}

// over reports a cause by which the money will never be paid out.
func over(c diagnose.Cause) bool {
	switch c {
	case diagnose.TxnReversed, diagnose.TxnDeclined, diagnose.Voided, diagnose.Refunded:
		return true
	}
	return false
}

func followHead(c diagnose.Cause) string {
	switch c {
	case diagnose.Overdue:
		return "该到账的时间过了，钱还没有付出，我主动跟您说一声："
	case diagnose.PayoutReturned:
		return "" // the template corrects itself
	}
	return "您之前问的这笔有新情况："
}

// resultKnown tells what became of an unknown outcome; after the time set it
// goes to a person (rules 5).
func (t *turn) resultKnown(w Watch, r diagnose.Result) {
	switch {
	case r.Cause != diagnose.TxnUnknown:
		t.followUp(r, "刚才那笔有结果了：")
	case r.Human || !t.in.Now.Before(w.Deadline):
		r.Human = true
		t.followUp(r, "到现在还没有明确结果，我不让您再等了：")
	default:
		t.again(w, resultEvery)
	}
}

// followUp tells a result without having been asked.
func (t *turn) followUp(r diagnose.Result, head string) {
	if t.in.Status == StatusClosed {
		t.in.Status = StatusBot
	}
	t.dec.Cause, t.dec.Transactions = r.Cause, r.Transactions
	t.say(head)
	t.explain(r)
	t.after(r)
	t.tr.Rule = "follow." + t.tr.Rule
}

// recovered tries the question again that the ledger could not answer.
func (t *turn) recovered(w Watch) error {
	if t.mem.Previous == nil {
		return nil
	}
	t.q = *t.mem.Previous
	facts, err := t.read(diagnose.Lookup(t.q, t.mem.Focus, t.in.Contact.MerchantNos(), t.in.Now))
	if err != nil {
		if t.in.Now.Before(w.Deadline) {
			t.again(w, sourceEvery)
		}
		return nil
	}
	in := diagnose.Input{
		Query: t.q, Facts: facts, Focus: t.mem.Focus, Now: t.in.Now, Calendar: t.e.d.Calendars.Calendar(),
		Notices: t.in.Notices, Limits: t.e.d.Settings.Limits(), Silent: t.silent,
	}
	if t.mem.Shop != "" && len(t.silent) > 0 {
		in.Facts = ofShop(facts, t.mem.Shop) // another shop that answers is no recovery
	}
	r := diagnose.Resolve(in)
	if r.Cause == diagnose.LedgerUnavailable { // of the shop that the question may be about
		if t.in.Now.Before(w.Deadline) {
			t.again(w, sourceEvery)
		}
		return nil
	}
	t.result, t.facts = &r, facts
	t.traceResult(r)
	t.say("交易系统恢复了，您刚才问的查到了结果：")
	t.decide(r)
	t.tr.Rule = "follow." + t.tr.Rule
	return nil
}
