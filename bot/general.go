package bot

import (
	"regexp"
	"slices"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// Questions about how things work, asked beside a sale: what was told of it is
// not told again for them (rules 2.6: an open problem first, once).

var (
	// generalWords make a question of how things work.
	generalWords = regexp.MustCompile(`怎么|如何|咋|什么|啥|吗|么[？?]?$|哪|几个点|多少|多久|能不能|可不可以|可以|要不要|为什么|区别|规定`) //nolint:gochecknoglobals // compiled once, read-only
	// thisSale point at the sale last spoken about, or ask what became of it.
	thisSale = regexp.MustCompile(`这笔|那笔|这单|那单|这一笔|那一笔|这个钱|那个钱|这钱|那钱|我的钱|我那|刚才|刚刚|上面|它|这次|那次|这张|那张` + //nolint:gochecknoglobals // compiled once, read-only
		`|没到|没收到|没到账|还没|没有到|到了没|到了吗|到账了|到没|怎么还|怎么没|怎么样了|怎么回事|什么情况|什么时候(?:能|会|才|可以)?到|(?:哪天|哪一天|几号|何时)(?:能|会|才|可以)?到|啥时候(?:能|会|才)?到|多久(?:能|会|才|可以)?到|几点(?:能|会|才)?到|还要多久`)
	// feeRule asks for the fee in general (手续费怎么算的, 花呗费率多少), feeHere for that of the
	// sale just spoken about (扣了多少, 为什么扣我30).
	feeRule = regexp.MustCompile(`费率|扣点|点位|几个点|多少个点|封顶|怎么收费|收费标准|(?:手续费|服务费)[^，。,？?]{0,3}(?:怎么|如何|咋)(?:算|收|定|来)|(?:手续费|服务费)(?:标准|规则)`) //nolint:gochecknoglobals // compiled once, read-only
	feeHere = regexp.MustCompile(`扣了|被扣|扣我|扣的|扣掉|少了|只到|才到|多扣|乱扣|凭什么|不对|算错|多收`)                                                         //nolint:gochecknoglobals // compiled once, read-only
)

// general answers such a question from the knowledge base. It reports false
// when the words are about a sale, when the base is not sure, or when its
// entry is about what was explained: then the sale answers better.
func (t *turn) general() (bool, error) {
	if !t.asksGenerally() {
		return false, nil
	}
	found := t.search()
	a, sure := t.sureOf(found)
	switch {
	case !sure && (!t.asksFeeRule() || len(t.in.Contact.Bindings) == 0):
		return false, nil
	case sure && !t.asksFeeRule() && t.mem.Explained != "" && slices.Contains(a.Causes, string(t.mem.Explained)):
		return false, nil
	}
	if len(t.in.Contact.Bindings) > 0 {
		if done, err := t.problemFirst(); done || err != nil {
			return done, err
		}
	}
	if sure {
		return t.article(a.ID, "general"), nil
	}
	return t.rates(found), nil
}

// sureOf is the entry that answers: a confident one, or the best for a fee of
// the very brand that was named.
func (t *turn) sureOf(found knowledge.Result) (knowledge.Article, bool) {
	if len(found.Hits) == 0 {
		return knowledge.Article{}, false
	}
	a, ok := t.e.d.Knowledge.Article(found.Hits[0].ID)
	brand := t.asksFeeRule() && t.q.Brand != "" && slices.Contains(a.Brands, t.q.Brand) && slices.Contains(a.Intents, understand.Fee)
	return a, ok && (found.Confident || brand)
}

// rates tells the shop's own rates where no entry is sure, and offers the
// nearest ones.
func (t *turn) rates(found knowledge.Result) bool {
	rates, choices := t.ownRates(), t.nearest(found)
	if rates == "" {
		return false
	}
	t.act(ActionAnswer, "fee_rates")
	t.progress = true
	t.mem.Misses, t.mem.Asked, t.mem.AskedTimes = 0, "", 0
	t.say(rates + "实际扣多少以每笔的结算明细为准。")
	if len(choices) > 0 && !t.waits() {
		t.say("还想了解哪一条，回复序号：")
		t.offer(append(choices, Choice{Text: "都不是", Means: "none"})...)
		t.mem.Offered = nil
	}
	return true
}

// asksGenerally reports a question about rules or how to do something that
// names no sale and points at none. Without a sale spoken about, the ordinary
// way knows what to do with all but fees.
func (t *turn) asksGenerally() bool {
	q := t.q
	switch {
	case namesSomething(saidNow(q)), q.MerchantNo != "", q.AccountLast4 != "", q.Disputed, q.NotifyMe, q.StopNotify, q.RespCode != "", q.Choice != 0, t.wantsPerson(),
		hasIntent(q, understand.UnknownResult, understand.DuplicateCharge),
		hasSymptom(q, understand.PayerDebited, understand.PartialArrived, understand.LessArrived, understand.TwiceDebited, understand.ArrivedThenGone,
			understand.BankSaysNone, understand.NoSMS, understand.PrintedNoRecord, understand.TimeoutShown, understand.AccountWrong, understand.AsksHumanPhone),
		thisSale.MatchString(q.Text), speaksOf(q, hurryWords...), speaksOf(q, paperWords...), aboutOldCard(q):
		return false
	case asksFee(q):
		return t.asksFeeRule()
	}
	return (len(t.mem.Focus) > 0 || len(t.mem.Told) > 0) && generalWords.MatchString(q.Text)
}

// saidNow is a query without what was kept from the one before.
func saidNow(q understand.Query) understand.Query {
	for _, field := range q.Carried {
		switch field {
		case "amounts":
			q.Amounts = nil
		case "time":
			q.Time, q.Times = nil, nil
		case "card_last4":
			q.CardLast4 = ""
		case "terminal":
			q.Terminal = ""
		}
	}
	return q
}

func (t *turn) asksFeeRule() bool {
	return asksFee(t.q) && feeRule.MatchString(t.q.Text) && !feeHere.MatchString(t.q.Text)
}

// problemFirst tells an open problem that was not told yet in this
// conversation instead of what was asked (rules 2.6). The facts stay for the
// entry (the shop's own rates).
func (t *turn) problemFirst() (bool, error) {
	q := understand.Query{
		Text: t.q.Text, Intent: understand.SettlementRule, Intents: []understand.Intent{understand.SettlementRule},
		Role: t.q.Role, Urgency: t.q.Urgency,
	}
	facts, err := t.read(diagnose.Lookup(q, nil, t.in.Contact.MerchantNos(), t.in.Now))
	if err != nil {
		return false, t.ctx.Err() // the base does not need the ledger
	}
	r := diagnose.Resolve(diagnose.Input{
		Query: q, Facts: facts, Now: t.in.Now, Calendar: t.e.d.Calendars.Calendar(), Notices: t.in.Notices, Limits: t.e.d.Settings.Limits(),
		Silent: t.silent,
	})
	t.facts = facts
	if !problem(r.Cause) || r.Cause == diagnose.LedgerUnavailable || t.toldOf(r) {
		return false, nil
	}
	t.result = &r
	t.traceResult(r)
	t.decide(r)
	return true, nil
}

// maxTold bounds what a conversation remembers of problems told.
const maxTold = 20

// keepProblems remembers the problems told.
func (t *turn) keepProblems(r diagnose.Result) {
	for _, d := range r.Diagnoses {
		if d.Cause.Problem() {
			t.mem.Told = union(t.mem.Told, problemKeys(d.Cause, d.Transactions))
		}
	}
	if n := len(t.mem.Told); n > maxTold {
		t.mem.Told = slices.Clone(t.mem.Told[n-maxTold:])
	}
}

// toldOf reports that the problem of the headline was told already.
func (t *turn) toldOf(r diagnose.Result) bool {
	for _, id := range r.Transactions {
		if !slices.Contains(t.mem.Told, id+" "+string(r.Cause)) {
			return false
		}
	}
	return len(r.Transactions) > 0
}

func problemKeys(c diagnose.Cause, txns []transactions.Transaction) []string {
	keys := make([]string, 0, len(txns))
	for _, tx := range txns {
		keys = append(keys, tx.ID+" "+string(c))
	}
	return keys
}
