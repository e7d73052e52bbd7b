package diagnose

import (
	"slices"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// Resolve decides which sale a question is about, why its money is where it
// is, and what may be promised (rules 2 to 5). It is pure: the same input in
// any order of rows gives the same result. It never speaks of a row whose
// merchant is not in Facts.Merchants.
func Resolve(in Input) Result {
	if in.Unavailable {
		return unavailable(in)
	}
	l := newLedger(in.Facts)
	if len(l.merchants) == 0 {
		return Result{Cause: NotBound, Steps: []Step{BindFirst}}
	}
	silent, others := silentShops(l, in)
	if ev, foreign := notOwned(l, in); foreign {
		if len(silent) > 0 && !in.Query.OthersShop { // the number may be of a shop that could not be asked
			return unknownAt(in, silent)
		}
		return Result{Cause: NotOwned, Transactions: []string{}, Steps: []Step{OwnerBinds}, Evidence: ev}
	}
	in.Query = stillAbout(in)
	m := &search{l: l, q: in.Query, n: namedBy(in.Query), now: in.Now, excluded: map[*sale]bool{}}
	t := &turn{in: in, search: m}
	if len(silent) == 0 {
		return t.result(t.find())
	}
	return t.besides(silent, others)
}

// notOwned is rules 2.1: words that say it is somebody else's shop, or a
// reference, terminal or merchant number without a match among the bound
// shops. Rows of other shops were dropped before, so the answer cannot depend
// on whether they exist.
func notOwned(l *ledger, in Input) ([]Evidence, bool) {
	q := in.Query
	ev := func(field, value string) []Evidence {
		return []Evidence{{Row: "query", Field: field, Value: value, Rule: "2.1.not_owned"}}
	}
	if q.OthersShop {
		return ev("others_shop", "true"), true
	}
	if q.MerchantNo != "" {
		if _, ok := l.merchant(q.MerchantNo); !ok {
			return ev("merchant_no", q.MerchantNo), true
		}
	}
	if q.Reference != "" && !slices.ContainsFunc(l.sales, func(s *sale) bool { return s.hasReference(q.Reference) }) {
		return ev("reference", q.Reference), true
	}
	if q.Terminal != "" && !l.hasTerminal(q.Terminal) {
		return ev("terminal", q.Terminal), true
	}
	return nil, false
}

// stillAbout lets a dispute (扣得不对, 我没刷两次) be about what was explained:
// the question asked before is still the question.
func stillAbout(in Input) understand.Query {
	q := in.Query
	if !q.Disputed || len(in.Focus) == 0 {
		return q
	}
	switch in.Explained {
	case FeeNet:
		q.Symptoms = append(slices.Clone(q.Symptoms), understand.AsksFee)
	case Duplicate:
		q.Symptoms = append(slices.Clone(q.Symptoms), understand.TwiceDebited)
	case Refunded, RefundInProgress:
		q.Intents = append(slices.Clone(q.Intents), understand.Refund)
	}
	return q
}

func (l *ledger) hasTerminal(said string) bool {
	if slices.ContainsFunc(l.merchants, func(m transactions.Merchant) bool { return hasTerminal(m, said) }) {
		return true
	}
	return slices.ContainsFunc(l.sales, func(s *sale) bool { return s.hasTerminal(said) })
}

// hasTerminal reports a terminal of the shop's own row.
func hasTerminal(m transactions.Merchant, said string) bool {
	for id := range m.TerminalState {
		if sameTerminal(said, id) {
			return true
		}
	}
	return slices.ContainsFunc(m.Terminals, func(id string) bool { return sameTerminal(said, id) })
}

// turn is one call of Resolve.
type turn struct {
	in Input
	*search
}

// result turns what was found into an answer, a question or a refusal.
func (t *turn) result(f found) Result {
	switch {
	case len(f.sales) == 0 && general(t.q):
		return Result{General: true, Transactions: []string{}}
	case len(f.sales) == 0:
		return t.noMatch(f)
	}
	if speaksOfTwice(t.q) {
		f = t.withTwins(f)
		if pair := t.duplicate(f.sales); len(pair) > 0 {
			return t.answer(f, []Diagnosis{t.diagnoseDuplicate(pair)}, true)
		}
		if !t.q.Together && len(f.sales) > 1 {
			return t.ambiguous(f, t.diagnoseEach(f.sales)) // 扣了两次 counts charges of one sale: which one is open
		}
	}
	if together(t.q) && len(t.n.amounts) == 0 && t.n.tail == "" && !t.asksForOver() {
		if live := narrowed(f.sales, func(s *sale) bool { return !isOver(s) }); len(live) > 0 {
			f.sales = live // 今天的都没到 does not ask after what was voided
		}
	}
	each := t.diagnoseEach(f.sales)
	merged := t.merge(f.sales, each)
	if len(f.sales) == 1 || t.mayTellAll(f, merged) {
		return t.answer(f, merged, false)
	}
	return t.ambiguous(f, each)
}

func (t *turn) diagnoseEach(sales []*sale) []Diagnosis {
	each := make([]Diagnosis, 0, len(sales))
	for _, s := range sales {
		each = append(each, t.diagnose(s))
	}
	return each
}

// mayTellAll decides between one answer for several sales and the question
// which one is meant (rules 2.5, 2.6).
func (t *turn) mayTellAll(f found, merged []Diagnosis) bool {
	if f.whole || together(t.q) || general(t.q) {
		return true
	}
	if oneOnly(t.q) || len(t.n.amounts) > 0 || t.n.tail != "" || t.n.reference != "" {
		return false
	}
	unpaid := !slices.ContainsFunc(f.sales, (*sale).paid)
	if unpaid && sameAnswer(merged) || samePayout(f.sales) {
		return true
	}
	return t.n.empty() && unpaid && oneProblem(merged)
}

// oneProblem reports that one thing stands out when nothing was named: the only
// one that needs a human, or else the only one whose outcome is unknown. It is
// answered first (rules 2.6).
func oneProblem(ds []Diagnosis) bool {
	human, open := 0, 0
	for _, d := range ds {
		if d.Human {
			human++
		} else if d.Cause.Problem() {
			open++
		}
	}
	return human == 1 || human == 0 && open == 1
}

// sameAnswer reports one cause and one due date for all.
func sameAnswer(ds []Diagnosis) bool {
	for _, d := range ds {
		if d.Cause != ds[0].Cause || d.Due != ds[0].Due || d.DueMissed != ds[0].DueMissed {
			return false
		}
	}
	return true
}

// samePayout reports that one paid payout holds all of them.
func samePayout(sales []*sale) bool {
	for _, s := range sales {
		if !s.paid() || s.last() != sales[0].last() {
			return false
		}
	}
	return true
}

// answer tells the diagnoses, problems first; the decision speaks about the
// sales that were asked about.
func (t *turn) answer(f found, ds []Diagnosis, duplicate bool) Result {
	sortByProblem(ds)
	if saysAny(t.q, understand.PartialArrived) {
		ds = withoutArrived(ds)
	}
	r := Result{
		Cause: ds[0].Cause, Candidates: t.candidates(f, true), Diagnoses: ds, DayCorrected: f.day,
		Unmatched: f.unmatched, General: general(t.q),
	}
	told := ds
	if t.n.empty() && (general(t.q) || !together(t.q)) && !duplicate {
		// Nothing was named: the decision is about the headline's sales, and
		// those of other shops or payouts of which the same is told (rules 2.5).
		told = ds[:sameNews(ds)]
	}
	r.Transactions = idsOf(told)
	t.applyNotices(&r)
	decideHandOver(&r)
	return r
}

// sameNews counts the first diagnoses that share the cause and the due date.
func sameNews(ds []Diagnosis) int {
	n := 1
	for n < len(ds) && ds[n].Cause == ds[0].Cause && ds[n].Due == ds[0].Due {
		n++
	}
	return n
}

// withoutArrived drops what has arrived when the words say that a part did
// (三笔只到了一笔), as long as something has not.
func withoutArrived(ds []Diagnosis) []Diagnosis {
	open := slices.DeleteFunc(slices.Clone(ds), func(d Diagnosis) bool {
		return d.Settlement != nil && d.Settlement.State == transactions.Paid
	})
	if len(open) == 0 {
		return ds
	}
	return open
}

// ambiguous asks which one; what is known of each is carried along.
func (t *turn) ambiguous(f found, each []Diagnosis) Result {
	r := Result{
		Cause: Ambiguous, Candidates: t.candidates(f, true), Diagnoses: each, Unmatched: f.unmatched,
		Transactions: idsOf(each), Steps: []Step{ChooseOne},
	}
	if len(f.sales) > tooMany {
		r.Missing = t.missing()
	}
	t.applyNotices(&r)
	return r
}

func (t *turn) candidates(f found, agrees bool) []Candidate {
	out := make([]Candidate, 0, len(f.sales))
	for _, s := range f.sales {
		why := f.reasons[s]
		out = append(out, Candidate{Transaction: *s.main, Score: t.score(why), Reasons: why, Agrees: agrees && f.day == nil})
	}
	return out
}

// score is the share of what was said that speaks for the candidate; for the
// trace only, nothing is decided by it.
func (t *turn) score(why []string) float64 {
	said := len(t.n.amounts)
	for _, b := range []bool{t.n.time != nil, t.n.tail != "", t.n.reference != "", t.q.Terminal != "", t.q.Channel != ""} {
		if b {
			said++
		}
	}
	if said == 0 {
		return 1
	}
	have := 0.0
	for _, w := range why {
		switch w {
		case byDay:
			have += 0.8
		case byNeighbor:
			have += 0.5
		case byNetOwn, byPayout, bySum, byLinked:
			have += 0.9
		default:
			have++
		}
	}
	return min(1, have/float64(said))
}

// idsOf lists the sales of the diagnoses once, oldest first.
func idsOf(ds []Diagnosis) []string {
	var rows []*transactions.Transaction
	for i := range ds {
		for j := range ds[i].Transactions {
			rows = append(rows, &ds[i].Transactions[j])
		}
	}
	slices.SortFunc(rows, compareRows)
	out := []string{}
	for _, r := range rows {
		if !slices.Contains(out, r.ID) {
			out = append(out, r.ID)
		}
	}
	return out
}

// missing is the next fact worth asking for; "" when all were said.
func (t *turn) missing() string {
	switch {
	case len(t.n.amounts) == 0:
		return "amount"
	case t.n.time == nil:
		return "time"
	case t.n.tail == "" && t.q.Channel != transactions.WeChat && t.q.Channel != transactions.Alipay:
		return "card_last4"
	}
	return ""
}
