package bot

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// mode says how readily a look-up answers.
type mode int

const (
	// modeAlways: the question is about the contact's own money.
	modeAlways mode = iota
	// modeRelevant: a general question; only what bears on it, or an open
	// problem, is told (rules 2.6).
	modeRelevant
)

// money answers questions about money from the ledger. It reports false when
// the words are none, or when the ledger has nothing to say to them.
func (t *turn) money() (bool, error) {
	kind, ask := t.moneyKind()
	if !ask {
		return false, nil
	}
	if len(t.in.Contact.Bindings) == 0 {
		return t.unbound(kind), nil
	}
	done, err := t.lookUp(kind)
	if err != nil || !done {
		return done, err
	}
	if hasSymptom(t.q, understand.AsksHumanPhone) {
		t.say(t.phoneText())
	}
	if t.wantsPerson() {
		t.escalatePerson()
		if t.dec.Handoff != nil {
			t.body = append([]string{t.sorry()}, t.body...)
		}
	}
	return true, nil
}

// moneyKind decides whether the words ask about money, and how firmly.
func (t *turn) moneyKind() (mode, bool) {
	if t.onlyTime() {
		return modeAlways, false
	}
	t.rejects()
	q := t.q
	if t.anotherSale() {
		return modeAlways, false
	}
	switch {
	case q.Choice != 0 && len(t.mem.Offered) > 0,
		q.MerchantNo != "",
		namesSomething(q) && !hasOnly(q, understand.Greeting, understand.Thanks),
		hasIntent(q, understand.MissingPayment, understand.UnknownResult, understand.DuplicateCharge),
		hasSymptom(q, understand.PayerDebited, understand.PartialArrived, understand.LessArrived, understand.TwiceDebited,
			understand.ArrivedThenGone, understand.BankSaysNone, understand.NoSMS, understand.PrintedNoRecord, understand.TimeoutShown):
		return modeAlways, true
	case t.followsUp(), q.Disputed && len(t.mem.Focus) > 0, q.NotifyMe, len(q.Kinds) > 0 && len(t.mem.Focus) > 0:
		return modeAlways, true
	case len(t.mem.Focus) > 0 && (hasSymptom(q, understand.AsksWhen, understand.AccountWrong) || asksFee(q) || aboutOldCard(q)):
		return modeAlways, true
	case hasIntent(q, understand.Fee, understand.Limit, understand.Frozen, understand.Refund, understand.AccountChange,
		understand.SettlementRule, understand.Declined),
		hasSymptom(q, understand.AsksWhen, understand.AsksFee, understand.LimitShown, understand.FrozenShown, understand.DeclinedShown, understand.AccountWrong):
		return modeRelevant, true
	}
	return modeAlways, false
}

func aboutOldCard(q understand.Query) bool {
	return speaksOf(q, "销户", "注销", "挂失", "旧卡", "老卡", "原来的卡", "原来那张")
}

// unbound asks to bind, unless the question is general and knowledge answers
// it (rules 2.1).
func (t *turn) unbound(kind mode) bool {
	if t.wantsPerson() && !t.waits() {
		return false // a person helps with the binding too
	}
	personal := namesSomething(t.q) || t.q.MerchantNo != "" || t.q.NotifyMe || (kind == modeAlways && personalWords(t.q))
	if !personal && t.answerFromKnowledge("unbound_general") {
		if kind == modeAlways {
			t.say("想查具体哪一笔，先绑定商户：把商户号和结算卡后四位发给我。")
		}
		return true
	}
	if !personal && kind == modeRelevant {
		return false
	}
	t.notBound()
	return true
}

// personalWords mark a question about one's own money rather than about how
// things work.
func personalWords(q understand.Query) bool {
	return speaksOf(q, "我", "这笔", "那笔", "查", "还没", "怎么没", "到了没", "到账没", "到没", "刚", "俺")
}

// notBound asks for the binding; in other words the second time, a person the
// third.
func (t *turn) notBound() {
	t.dec.Cause = diagnose.NotBound
	t.act(ActionAsk, "not_bound")
	t.collectBinding(false)
	if t.mem.BindMerchantNo != "" && t.mem.BindLast4 == "" {
		t.asked("account_last4")
		t.say("查具体的交易要先绑定商户。商户号收到了，请再发收款结算卡的后四位。")
	} else if n := t.asked("merchant_no"); n < 3 && t.codePending() {
		t.say(textCodeNeeded)
	} else if n < 2 {
		t.say(textNotBound)
	} else if n == 2 || t.waits() {
		t.say(textBindMore)
	} else {
		t.say("没有绑定，具体的交易我查不了，请人工帮您核对身份和绑定。")
	}
	if namesSomething(t.q) {
		t.mem.Previous = previous(t.q)
	}
	if t.mem.AskedTimes > 2 {
		t.handOver(ReasonNoProgress, "normal")
	}
}

// asked counts how often in a row the same fact was asked for.
func (t *turn) asked(what string) int {
	if t.mem.Asked == what || (isBindFact(t.mem.Asked) && isBindFact(what)) {
		t.mem.AskedTimes++
	} else {
		t.mem.AskedTimes = 1
	}
	t.mem.Asked = what
	return t.mem.AskedTimes
}

func isBindFact(s string) bool { return s == "merchant_no" || s == "account_last4" }

// generalQuery is the menu key QUERY: the open sales of the contact.
func (t *turn) generalQuery() error {
	t.dec.Intent, t.q.Intent = understand.MissingPayment, understand.MissingPayment
	t.q.Intents = []understand.Intent{understand.MissingPayment}
	if len(t.in.Contact.Bindings) == 0 {
		t.notBound()
		return nil
	}
	t.mem.Focus, t.mem.Offered, t.mem.Answered, t.mem.Explained = nil, nil, nil, ""
	_, err := t.lookUp(modeAlways)
	return err
}

// lookUp reads the ledger, resolves and answers.
func (t *turn) lookUp(m mode) (bool, error) {
	ids := append(append([]string(nil), t.mem.Focus...), t.mem.Offered...)
	in := diagnose.Input{
		Query: t.asking(), Focus: t.mem.Focus, Offered: t.mem.Offered, Answered: t.mem.Answered,
		Explained: t.mem.Explained, Now: t.in.Now, Calendar: t.e.d.Calendars.Calendar(),
		Notices: t.in.Notices, Limits: t.e.d.Settings.Limits(),
	}
	facts, err := t.read(diagnose.Lookup(t.q, ids, t.in.Contact.MerchantNos(), t.in.Now))
	switch {
	case err != nil && t.ctx.Err() != nil:
		return false, err // the turn itself was ended
	case err != nil:
		if m == modeRelevant && t.answerFromKnowledge("ledger_down") {
			return true, nil
		}
		in.Facts, in.Unavailable = facts, true
		if in.Query.Brand == "" {
			in.Query.Brand = t.e.d.Settings.Brand // whose notices apply
		}
	default:
		in.Facts, in.Silent = facts, t.silent
	}
	r, asked := t.resolve(in)
	if asked {
		return true, nil
	}
	if r, in, asked = t.asTail(r, in); asked {
		return true, nil
	}
	if len(r.Silent) > 0 && r.Cause == diagnose.LedgerUnavailable && m == modeRelevant && t.answerFromKnowledge("ledger_down") {
		return true, nil
	}
	if m == modeRelevant && !t.relevant(r) {
		return false, nil
	}
	t.result, t.facts = &r, in.Facts
	t.traceResult(r)
	if r.General && !problem(r.Cause) && t.answerFromKnowledge("general_rule") {
		t.dec.Cause, t.dec.Transactions, t.dec.Due = "", nil, transactions.Date{}
		return true, nil
	}
	if r.General && len(r.Diagnoses) == 0 && r.Cause == "" {
		return false, nil
	}
	if r.Cause == diagnose.Ambiguous && t.asksCharge() && t.answerFromKnowledge("charge") {
		t.dec.Cause, t.dec.Transactions = "", nil
		return true, nil
	}
	if r.Cause == diagnose.NotFound && t.asksRate() && t.answerFromKnowledge("fee_rule") {
		return true, nil
	}
	t.decide(r)
	return true, nil
}

// asksCharge reports a charge that names no sale (扣了我299是什么费).
func (t *turn) asksCharge() bool {
	q := t.q
	if len(q.Amounts) == 0 || q.Time != nil || q.CardLast4 != "" || q.Reference != "" || q.Terminal != "" || len(t.mem.Focus) > 0 {
		return false
	}
	return !slices.ContainsFunc(q.Amounts, func(a understand.Amount) bool { return !a.Fee })
}

// fourDigits is a message of nothing else: a sum, or the tail of a card.
var fourDigits = regexp.MustCompile(`^\s*\d{4}\s*$`) //nolint:gochecknoglobals // compiled once, read-only

// asTail tries four bare digits that are the sum of no sale as the tail of the
// payer's card; where that finds nothing either, all stays as it was.
func (t *turn) asTail(r diagnose.Result, in diagnose.Input) (diagnose.Result, diagnose.Input, bool) {
	if r.Cause != diagnose.NotFound || !fourDigits.MatchString(t.said.text) || t.q.CardLast4 != "" {
		return r, in, false
	}
	q := t.q
	q.Amounts, q.CardLast4 = nil, strings.TrimSpace(t.said.text)
	as := in
	as.Query = q
	tail, asked := t.resolve(as)
	if asked {
		return r, in, true
	}
	if tail.Cause == diagnose.NotFound || tail.Cause == diagnose.LedgerUnavailable {
		return r, in, false
	}
	t.q = q
	return tail, as, false
}

// asksRate reports a question about the fee of a sum that names no sale (刷5万
// 手续费多少).
func (t *turn) asksRate() bool {
	q := t.q
	return q.Intent == understand.Fee && q.Time == nil && q.CardLast4 == "" && q.Reference == "" && q.Terminal == "" &&
		!hasSymptom(q, understand.LessArrived) && hasSymptom(q, understand.AsksFee)
}

// asking is the query for the ledger. Who rejects an explanation still asks
// what was asked before: the words that led to it are kept (rules 2.7).
func (t *turn) asking() understand.Query {
	q := t.q
	if !q.Disputed || t.mem.Previous == nil || len(t.mem.Focus) == 0 || namesAnew(q, *t.mem.Previous) {
		return q
	}
	p := *t.mem.Previous
	p.Text, p.Disputed, p.Together = q.Text, true, p.Together || q.Together
	p.Intents = append(append([]understand.Intent(nil), p.Intents...), q.Intents...)
	p.Symptoms = append(append([]understand.Symptom(nil), p.Symptoms...), q.Symptoms...)
	return p
}

// disputeWords reject an explanation just given.
//
//nolint:gochecknoglobals // read-only table
var disputeWords = []string{
	"不是这么回事", "这回事", "没这事", "这不对", "不信", "搞错", "弄错", "算错", "扣错", "不对", "不可能", "只刷了一次", "没退过", "没撤过", "没操作过", "不认", "凭什么", "乱扣", "多扣", "不是我们", "不是我",
}

// rejects marks words that reject the explanation of the sale last spoken
// about (rules 5); new amounts or times are a correction instead.
func (t *turn) rejects() {
	if t.mem.Explained == "" || len(t.mem.Focus) == 0 || t.q.Disputed {
		return
	}
	before := understand.Query{}
	if t.mem.Previous != nil {
		before = *t.mem.Previous
	}
	t.q.Disputed = speaksOf(t.q, disputeWords...) && !namesAnew(t.q, before)
}

// moneyWords are those of anybody's question about takings.
//
//nolint:gochecknoglobals // read-only table
var moneyWords = []string{
	"刷", "收", "钱", "账", "帐", "到", "款", "付", "卡", "笔", "交易", "元", "块", "单", "机", "码", "结", "提", "转", "退", "扣", "查", "没",
}

// onlyTime reports words that name a time and nothing of money: 今天天气怎么样.
func (t *turn) onlyTime() bool {
	q := t.q
	q.Time, q.Times = nil, nil
	return t.q.Time != nil && shopMention(q.Text) == "" && !namesSomething(q) && len(q.Symptoms) == 0 && !speaksOf(q, moneyWords...) &&
		t.mem.Asked == "" && len(t.mem.Offered) == 0 && len(t.mem.Focus) == 0
}

// namesAnew reports an amount or a time that was not said before.
func namesAnew(q, before understand.Query) bool {
	if len(q.Amounts) > 0 && !slices.Equal(q.Amounts, before.Amounts) {
		return true
	}
	return q.Time != nil && (before.Time == nil || !q.Time.From.Equal(before.Time.From) || !q.Time.To.Equal(before.Time.To))
}

// stillWords are those of a follow-up that names nothing: 还是没有啊.
//
//nolint:gochecknoglobals // read-only table
var stillWords = []string{
	"还没", "还是没", "没有啊", "没有呀", "没到", "不到", "到了吗", "到了没", "到没", "怎么样了", "有消息", "有结果", "进度", "多久",
	"什么情况", "怎么回事", "什么时候", "几点", "啥时候", "再查", "查一下", "查下", "还要等", "等到", "这笔", "那笔", "没收到", "没看到", "没见",
}

// anotherSale reports 不是这笔 about the sale last spoken about, without saying
// which one instead.
func (t *turn) anotherSale() bool {
	return len(t.mem.Focus) > 0 && !namesSomething(t.q) && speaksOf(t.q, "不是这笔", "不是那笔", "不是这一笔", "不是那一笔", "不是这个", "不是它", "不是这单", "不是那单") &&
		!speaksOf(t.q, "不是这个意思", "是不是这")
}

// followsUp reports a follow-up about the sale last spoken about.
func (t *turn) followsUp() bool {
	return len(t.mem.Focus) > 0 && hasOnly(t.q, understand.Other, understand.Deny, understand.Confirm, understand.Greeting) &&
		(speaksOf(t.q, stillWords...) || speaksOf(t.q, paperWords...) || !t.waits() && speaksOf(t.q, hurryWords...))
}

// paperWords ask for the papers that a sale waits for.
//
//nolint:gochecknoglobals // read-only table
var paperWords = []string{
	"什么材料", "哪些材料", "啥材料", "什么资料", "哪些资料", "啥资料", "什么证件", "哪些证件", "交什么", "提交什么", "补什么", "交哪些", "补哪些", "提供什么", "提供哪些",
}

// hurryWords ask for more speed: the answer is where the money is; said to a
// person who is awaited they are chatter.
//
//nolint:gochecknoglobals // read-only table
var hurryWords = []string{"加急", "快点", "快一点", "催", "提前", "早点", "抓紧", "急用"}

// ledgerTimeout bounds one look-up; slower counts as failed (rules 3).
const ledgerTimeout = 3 * time.Second

// read looks facts up. After an error only the merchants count: they say whose
// notices apply. It is no error that some of several shops could not be asked:
// t.silent are these then.
func (t *turn) read(l transactions.Lookup) (transactions.Facts, error) {
	ctx, cancel := context.WithTimeout(t.ctx, ledgerTimeout)
	defer cancel()
	facts, err := t.e.d.Ledger.Facts(ctx, l)
	t.silent = nil
	if err != nil {
		t.tr.Error = err.Error()
		var some *transactions.UnavailableError
		if errors.As(err, &some) && len(some.Merchants) > 0 {
			t.silent = some.Merchants
			return facts, nil
		}
		return transactions.Facts{Merchants: facts.Merchants}, fmt.Errorf("ledger: %w", err)
	}
	return facts, nil
}

// problem reports a cause that is told before a general question is answered.
func problem(c diagnose.Cause) bool { return c != "" && c.Problem() }

// relevant decides whether a general question is answered from the ledger: an
// open problem not told yet, or a cause that the question is about.
func (t *turn) relevant(r diagnose.Result) bool {
	if problem(r.Cause) && !t.toldOf(r) {
		return true
	}
	accept := map[understand.Intent][]diagnose.Cause{
		understand.Fee:    {diagnose.FeeNet, diagnose.Offset, diagnose.MergedPayout},
		understand.Limit:  {diagnose.TxnDeclined, diagnose.PayoutLimitClass2, diagnose.PayoutLimitClass3},
		understand.Frozen: {diagnose.MerchantFrozen, diagnose.RiskHold, diagnose.DocsIncomplete, diagnose.PayoutRejectedAccount},
		understand.Refund: {diagnose.Refunded, diagnose.RefundInProgress, diagnose.Voided},
		understand.Declined: {
			diagnose.TxnDeclined, diagnose.TxnUnknown, diagnose.TxnReversed, diagnose.SingleSided,
		},
		understand.AccountChange: {diagnose.AccountChanged},
		understand.SettlementRule: {
			diagnose.CycleNotDue, diagnose.AfterCutoff, diagnose.HolidayDeferred, diagnose.SettleProcessing,
			diagnose.D0Downgraded, diagnose.BelowMinimum, diagnose.ManualWithdraw,
		},
	}
	if machineMoney.MatchString(t.q.Text) && !problem(r.Cause) {
		return false // what was paid for the machine is no customer's refund
	}
	for intent, causes := range accept {
		asksWhen := intent == understand.SettlementRule && hasSymptom(t.q, understand.AsksWhen)
		if !asksWhen && !hasIntent(t.q, intent) {
			continue
		}
		if slices.Contains(causes, r.Cause) && (intent != understand.Limit || ofLimit(r)) {
			return true
		}
	}
	return false
}

// machineMoney is paid for the machine or a service, not taken with it.
var machineMoney = regexp.MustCompile(`押金|流量费|流量卡|通讯费|服务费|机具费|年费|月租|会员费|工本费`) //nolint:gochecknoglobals // compiled once, read-only

// ofLimit reports that a limit is what the result is about: of a declined sale
// its code, or the state of the merchant (rules 3).
func ofLimit(r diagnose.Result) bool {
	if r.Cause != diagnose.TxnDeclined {
		return true
	}
	for _, d := range r.Diagnoses {
		if d.Merchant.Status == transactions.Limited {
			return true
		}
		for _, tx := range d.Transactions {
			switch tx.RespCode {
			case "13", "61", "65": // amount, amount of the day, number of the day
				return true
			}
		}
	}
	return false
}

func sameIDs(a, b []string) bool { return strings.Join(a, "\x00") == strings.Join(b, "\x00") }

// previous copies a query for the memory.
func previous(q understand.Query) *understand.Query {
	p := q
	return &p
}

func (t *turn) traceResult(r diagnose.Result) {
	for _, c := range append(slices.Clone(r.Candidates), r.Near...) {
		t.tr.Candidates = append(t.tr.Candidates, TraceCandidate{c.Transaction.ID, c.Score, c.Agrees, c.Reasons})
	}
	t.tr.Evidence = append(t.tr.Evidence, r.Evidence...)
	for _, d := range r.Diagnoses {
		t.tr.Evidence = append(t.tr.Evidence, d.Evidence...)
	}
	if len(r.Diagnoses) > 0 {
		s := r.Diagnoses[0].Schedule
		t.tr.Schedule = &s
	}
	t.tr.Facts = concerned(t.facts, r)
}

// concerned keeps the rows of the snapshot that the result speaks about.
func concerned(f transactions.Facts, r diagnose.Result) *TraceFacts {
	ids, shops := map[string]bool{}, map[string]bool{}
	add := func(rows []transactions.Transaction) {
		for _, tx := range rows {
			ids[tx.ID], shops[tx.MerchantNo] = true, true
		}
	}
	for _, d := range r.Diagnoses {
		add(d.Transactions)
		add(d.Linked)
		add(d.FailedAttempts)
		add(d.Companions)
	}
	for _, c := range r.Near {
		add([]transactions.Transaction{c.Transaction})
	}
	out := &TraceFacts{AsOf: f.AsOf}
	for _, m := range f.Merchants {
		if shops[m.MerchantNo] || len(f.Merchants) == 1 {
			m.Phone = "" // nobody reads it in full
			out.Merchants = append(out.Merchants, m)
		}
	}
	for _, tx := range f.Transactions {
		if ids[tx.ID] {
			out.Transactions = append(out.Transactions, tx)
		}
	}
	for _, s := range f.Settlements {
		for _, id := range s.TransactionIDs {
			if ids[id] {
				out.Settlements = append(out.Settlements, s)
				break
			}
		}
	}
	return out
}
