package diagnose

import (
	"slices"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// The ways in which an amount agrees with a candidate, for the trace.
const (
	byGross    = "amount_gross"
	byNet      = "amount_net"
	byNetOwn   = "amount_net_computed"
	byLinked   = "amount_linked"
	byRest     = "amount_remaining"
	byFee      = "amount_fee"
	byPayout   = "amount_payout_sum"
	bySum      = "amount_sum"
	byTerm     = "terminal"
	byTail     = "tail"
	byRef      = "reference"
	byChannel  = "channel"
	byTime     = "time"
	byDay      = "day"
	byNeighbor = "neighbour_day"
	byChoice   = "chosen"
	byFocus    = "focus_kept"
	byPool     = "not_paid_out"
	byLatest   = "latest"
	byTwin     = "charged_twice"
)

// equals compares an amount said with an amount of the ledger.
func equals(a understand.Amount, fen int64) bool {
	switch {
	case fen <= 0:
		return false
	case a.ToFen > 0:
		return fen >= a.FromFen && fen <= a.ToFen
	case a.Approx:
		return abs(fen-a.Fen) <= a.Fen/10
	}
	return fen == a.Fen
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// agreement of one candidate with one amount: "" when it does not agree.
func (l *ledger) agreesInAmount(s *sale, a understand.Amount) string {
	if a.Fee {
		if f, ok := l.feeOf(s); ok && equals(a, f) {
			return byFee
		}
	}
	if a.Net {
		if w := l.agreesInNet(s, a); w != "" {
			return w
		}
	}
	if equals(a, s.main.AmountFen) {
		return byGross
	}
	if w := l.agreesInNet(s, a); w != "" {
		return w
	}
	if r := refundOf(s); r.fen > 0 && r.fen < s.main.AmountFen && equals(a, s.main.AmountFen-r.fen) {
		return byRest
	}
	for _, t := range s.linked {
		if equals(a, t.AmountFen) {
			return byLinked
		}
	}
	return ""
}

// agreesInNet compares with the payout's net where it pays this sale alone,
// else with the net computed for the sale.
func (l *ledger) agreesInNet(s *sale, a understand.Amount) string {
	for _, p := range s.chain {
		if _, n := l.inPayout(p); n == 1 && p.NetFen != nil && equals(a, *p.NetFen) {
			return byNet
		}
	}
	if p := s.last(); p != nil && p.NetFen != nil {
		if _, n := l.inPayout(p); n == 1 {
			return ""
		}
	}
	if m, ok := computedNet(s); ok && equals(a, m.net) {
		return byNetOwn
	}
	return ""
}

// feeOf is the fee of one sale: the ledger's where the payout pays it alone.
func (l *ledger) feeOf(s *sale) (int64, bool) {
	if p := s.last(); p != nil && p.FeeFen != nil {
		if _, n := l.inPayout(p); n == 1 {
			return *p.FeeFen, true
		}
	}
	return transactions.Fee(*s.main, s.merchant)
}

// computation is our own arithmetic for one sale, never the ledger's.
type computation struct{ fee, net int64 }

// computedNet is gross − fee − D0 extra. It is unknown after a part refund,
// whose fee the contract does not tell, and for anything that is not a sale.
func computedNet(s *sale) (computation, bool) {
	k := kindOf(s.main)
	if k != transactions.Sale && k != transactions.PreauthComplete {
		return computation{}, false
	}
	if r := refundOf(s).state; r == refundAccepted || r == refundDone {
		return computation{}, false
	}
	fee, ok := transactions.Fee(*s.main, s.merchant)
	if !ok {
		return computation{}, false
	}
	cycle := s.merchant.Cycle
	if p := s.last(); p != nil {
		if p.Cycle != "" {
			cycle = p.Cycle
		}
		if p.State == transactions.D0Failed {
			cycle = s.merchant.FallbackCycle // the extra counts only where the ledger shows it
		}
	}
	extra, ok := transactions.D0Extra(cycle, s.merchant)
	if !ok || fee+extra > s.main.AmountFen {
		return computation{}, false
	}
	return computation{fee: fee, net: s.main.AmountFen - fee - extra}, true
}

// amountHits is how a list of amounts falls on candidates.
type amountHits struct {
	sales     []*sale
	how       map[*sale]string
	exact     bool // every amount points at exactly as many sales as were said
	sum       bool // one amount is the sum of several sales
	unmatched []int64
}

// matchAmounts finds the candidates that the amounts agree with. One that
// agrees with all of them stands before those that agree with some; an amount
// that nothing agrees with is tried as a sum of several (rules 2.2).
func (m *search) matchAmounts(pool []*sale, sumAllowed bool) amountHits {
	l, amounts := m.l, m.n.amounts
	h := amountHits{how: map[*sale]string{}, exact: true}
	count := map[*sale]int{}
	for _, a := range amounts {
		n := 0
		hits := m.agreeing(pool, a)
		if len(hits) == 0 && len(amounts) > 1 {
			hits = m.agreeing(pool, withFen(a)) // 到了4970和1487两笔
		}
		for _, s := range hits {
			n++
			count[s.sale]++
			if h.how[s.sale] == "" {
				h.how[s.sale] = s.how
			}
		}
		if n == 0 && sumAllowed {
			if sum, how := l.sumOf(a, pool); len(sum) > 0 {
				for _, s := range sum {
					count[s]++
					h.how[s] = how
				}
				h.sum = true
				continue
			}
		}
		if n == 0 {
			h.unmatched = append(h.unmatched, a.Fen)
		} else if n != max(a.Count, 1) {
			h.exact = false
		}
	}
	most := 0
	for _, n := range count {
		most = max(most, n)
	}
	for _, s := range pool {
		if count[s] == 0 || most == len(amounts) && len(amounts) > 1 && count[s] < most {
			continue
		}
		h.sales = append(h.sales, s)
	}
	return h
}

// fenForgotten reads whole yuan as people say them of 1487.85元, after nothing
// agreed with the yuan alone. The reply names the whole sum.
func (m *search) fenForgotten(pool []*sale) amountHits {
	loose := *m
	loose.n.amounts = nil
	for _, a := range m.n.amounts {
		loose.n.amounts = append(loose.n.amounts, withFen(a))
	}
	return loose.matchAmounts(pool, false)
}

// withFen is an amount of whole yuan with the fen left open; others are the
// same.
func withFen(a understand.Amount) understand.Amount {
	if a.Fen%100 == 0 && a.Fen >= 1000 && !a.Approx && a.ToFen == 0 && !a.Fee {
		a.FromFen, a.ToFen = a.Fen, a.Fen+99
	}
	return a
}

type oneHit struct {
	sale *sale
	how  string
}

// agreeing keeps, for what arrived (到手), those that agree by their net where
// there are any; gross and net count the same otherwise.
func (m *search) agreeing(pool []*sale, a understand.Amount) []oneHit {
	var out []oneHit
	for _, s := range pool {
		if how := m.l.agreesInAmount(s, a); how != "" {
			out = append(out, oneHit{s, how})
		}
	}
	prefer := func(keep func(how string) bool) {
		if kept := slices.DeleteFunc(slices.Clone(out), func(h oneHit) bool { return !keep(h.how) }); len(kept) > 0 {
			out = kept
		}
	}
	if !m.n.after {
		prefer(func(how string) bool { return how != byLinked })
	}
	if a.Net {
		prefer(func(how string) bool { return how == byNet || how == byNetOwn })
	}
	if a.Fee {
		prefer(func(how string) bool { return how == byFee })
	}
	var sales []*sale
	for _, h := range out {
		sales = append(sales, h.sale)
	}
	standing := standBack(sales, m.q)
	return slices.DeleteFunc(out, func(h oneHit) bool { return !slices.Contains(standing, h.sale) })
}

// sumOf finds the sales whose sum an amount is: one payout, everything in the
// pool, everything unpaid in it, or the only small subset that fits.
func (l *ledger) sumOf(a understand.Amount, pool []*sale) ([]*sale, string) {
	if a.Fee {
		return nil, ""
	}
	for _, p := range l.settlements {
		ours, n := l.inPayout(p)
		inPool := slices.DeleteFunc(slices.Clone(ours), func(s *sale) bool { return !slices.Contains(pool, s) })
		if n < 2 || len(inPool) == 0 {
			continue
		}
		if p.NetFen != nil && equals(a, *p.NetFen) || p.GrossFen != nil && equals(a, *p.GrossFen) {
			return ours, byPayout
		}
	}
	good := slices.DeleteFunc(slices.Clone(pool), func(s *sale) bool { return !succeeded(s.main) || voidOf(s) != nil })
	unpaid := slices.DeleteFunc(slices.Clone(good), (*sale).paid)
	for _, set := range [][]*sale{good, unpaid} {
		if len(set) > 1 && (equals(a, grossOf(set)) || equalsNetSum(a, set)) {
			return set, bySum
		}
	}
	if a.Approx || a.ToFen > 0 {
		return nil, ""
	}
	return onlySubset(a.Fen, good, a.Count), bySum
}

func grossOf(set []*sale) (sum int64) {
	for _, s := range set {
		sum += s.main.AmountFen
	}
	return sum
}

func equalsNetSum(a understand.Amount, set []*sale) bool {
	var sum int64
	for _, s := range set {
		m, ok := computedNet(s)
		if !ok {
			return false
		}
		sum += m.net
	}
	return equals(a, sum)
}

// subsetPool bounds the search for a sum of several: above it a fitting subset
// would be chance.
const subsetPool = 24

// onlySubset is the only set of two to four sales with the sum; nil when there
// is none or more than one.
func onlySubset(fen int64, pool []*sale, count int) []*sale {
	if len(pool) < 2 || len(pool) > subsetPool {
		return nil
	}
	var found [][]*sale
	var pick func(from int, chosen []*sale, rest int64)
	pick = func(from int, chosen []*sale, rest int64) {
		if len(found) > 1 {
			return
		}
		if rest == 0 && len(chosen) >= 2 && (count <= 1 || len(chosen) == count) {
			found = append(found, slices.Clone(chosen))
			return
		}
		if len(chosen) == 4 {
			return
		}
		for i := from; i < len(pool); i++ {
			if v := pool[i].main.AmountFen; v > 0 && v <= rest {
				pick(i+1, append(chosen, pool[i]), rest-v)
			}
		}
	}
	pick(0, nil, fen)
	if len(found) != 1 {
		return nil
	}
	return found[0]
}
