package diagnose

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"daozhang/transactions"
)

// oneSale is how long after a failed attempt a success of the same amount on
// the same terminal is still the same sale (rules 2.3).
const oneSale = 30 * time.Minute

// sale is one candidate: a sale with everything linked to it. main is what the
// money follows: the sale itself, or the completion of a pre-authorisation.
type sale struct {
	main     *transactions.Transaction
	linked   []*transactions.Transaction // original preauth, voids, refunds, further completions
	attempts []*transactions.Transaction // failed tries of the same sale
	merchant transactions.Merchant
	// chain is the payout along next_id, first to last; empty without one.
	chain []*transactions.Settlement
}

// last is the settlement that decides; nil without one.
func (s *sale) last() *transactions.Settlement {
	if len(s.chain) == 0 {
		return nil
	}
	return s.chain[len(s.chain)-1]
}

// previous is the settlement before the last one; nil without one.
func (s *sale) previous() *transactions.Settlement {
	if len(s.chain) < 2 {
		return nil
	}
	return s.chain[len(s.chain)-2]
}

func (s *sale) paid() bool { return s.last() != nil && s.last().State == transactions.Paid }

// rows are all rows of the candidate, main first.
func (s *sale) rows() []*transactions.Transaction {
	return slices.Concat([]*transactions.Transaction{s.main}, s.linked, s.attempts)
}

func (s *sale) has(id string) bool {
	return slices.ContainsFunc(s.rows(), func(t *transactions.Transaction) bool { return t.ID == id })
}

// ledger is the look-up as the rules see it: only rows of the merchants in
// Facts, in an order that does not depend on theirs.
type ledger struct {
	merchants   []transactions.Merchant
	sales       []*sale // oldest first
	settlements []*transactions.Settlement
	payouts     map[*transactions.Settlement]payout
	waiting     map[string]int64 // waitingSum by merchant number, as asked for
}

// payout is what one settlement pays: our sales, oldest first, and how many
// there are in all (rows that were not looked up included).
type payout struct {
	ours  []*sale
	total int
}

// rowKey tells rows of two shops with the same number apart.
type rowKey struct{ merchant, id string }

func newLedger(f transactions.Facts) *ledger {
	l := &ledger{merchants: slices.Clone(f.Merchants), waiting: map[string]int64{}}
	slices.SortStableFunc(l.merchants, func(a, b transactions.Merchant) int { return cmp.Compare(a.MerchantNo, b.MerchantNo) })
	l.merchants = slices.CompactFunc(l.merchants, func(a, b transactions.Merchant) bool { return a.MerchantNo == b.MerchantNo })
	rows := l.ownRows(f.Transactions)
	l.settlements = l.ownSettlements(f.Settlements, rows)
	l.sales = group(rows)
	paying := l.paying()
	for _, s := range l.sales {
		s.merchant, _ = l.merchant(s.main.MerchantNo)
		s.chain = l.chainOf(s.main, paying[s.main.ID])
	}
	l.foldAttempts()
	l.fillPayouts()
	return l
}

func (l *ledger) merchant(no string) (transactions.Merchant, bool) {
	i, ok := slices.BinarySearchFunc(l.merchants, no, func(m transactions.Merchant, no string) int {
		return cmp.Compare(m.MerchantNo, no)
	})
	if !ok {
		return transactions.Merchant{}, false
	}
	return l.merchants[i], true
}

// ownRows keeps the rows of the bound shops, one per number, oldest first.
// This is the second lock on rule 2.1: a source that returns too much still
// cannot make the bot speak of another shop.
func (l *ledger) ownRows(in []transactions.Transaction) []*transactions.Transaction {
	byKey := map[rowKey]*transactions.Transaction{}
	for i := range in {
		t := &in[i]
		if _, ok := l.merchant(t.MerchantNo); !ok || t.ID == "" {
			continue
		}
		k := rowKey{t.MerchantNo, t.ID}
		if old := byKey[k]; old == nil || newer(t, old) {
			byKey[k] = t
		}
	}
	out := make([]*transactions.Transaction, 0, len(byKey))
	for _, t := range byKey {
		out = append(out, t)
	}
	slices.SortFunc(out, compareRows)
	return out
}

// newer decides between two sources of the same row, whatever their order.
func newer(a, b *transactions.Transaction) bool {
	if !a.SeenAt.Equal(b.SeenAt) {
		return a.SeenAt.After(b.SeenAt)
	}
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.State, b.State), cmp.Compare(a.AmountFen, b.AmountFen)) > 0
}

func compareRows(a, b *transactions.Transaction) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.MerchantNo, b.MerchantNo), cmp.Compare(a.ID, b.ID))
}

// ownSettlements keeps the payouts of the bound shops. A payout without a
// merchant number belongs to us when it names one of our rows or follows one
// that does.
func (l *ledger) ownSettlements(in []transactions.Settlement, rows []*transactions.Transaction) []*transactions.Settlement {
	ids, ours := map[string]bool{}, map[string]bool{}
	for _, t := range rows {
		ids[t.ID] = true
		if t.SettleID != "" {
			ours[t.SettleID] = true
		}
	}
	var all []*transactions.Settlement
	for i := range in {
		s := &in[i]
		_, bound := l.merchant(s.MerchantNo)
		if s.ID == "" || s.MerchantNo != "" && !bound {
			continue
		}
		all = append(all, s)
		if bound || slices.ContainsFunc(s.TransactionIDs, func(id string) bool { return ids[id] }) {
			ours[s.ID] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, s := range all {
			if ours[s.ID] && s.NextID != "" && !ours[s.NextID] {
				ours[s.NextID], grown = true, true
			}
		}
	}
	all = slices.DeleteFunc(all, func(s *transactions.Settlement) bool { return !ours[s.ID] })
	slices.SortFunc(all, func(a, b *transactions.Settlement) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.MerchantNo, b.MerchantNo), a.SeenAt.Compare(b.SeenAt), cmp.Compare(a.State, b.State))
	})
	return all
}

// settlement finds a payout that the merchant may have.
func (l *ledger) settlement(id, merchantNo string) *transactions.Settlement {
	i, _ := slices.BinarySearchFunc(l.settlements, id, func(s *transactions.Settlement, id string) int { return cmp.Compare(s.ID, id) })
	var found *transactions.Settlement
	for ; i < len(l.settlements) && l.settlements[i].ID == id; i++ {
		if s := l.settlements[i]; s.MerchantNo == "" || s.MerchantNo == merchantNo {
			found = s // the latest seen comes last
		}
	}
	return found
}

// paying lists, by the number of a row, the payouts that name it; by the number
// of a payout, the payout itself is found in order (settlement).
func (l *ledger) paying() map[string][]*transactions.Settlement {
	out := map[string][]*transactions.Settlement{}
	for _, p := range l.settlements {
		for _, id := range p.TransactionIDs {
			if have := out[id]; len(have) == 0 || have[len(have)-1] != p {
				out[id] = append(have, p)
			}
		}
	}
	return out
}

// chainOf follows next_id from every payout that names the row, safe against
// circles; the longest chain with the latest end is the story of the money.
func (l *ledger) chainOf(t *transactions.Transaction, named []*transactions.Settlement) []*transactions.Settlement {
	starts := slices.Clone(named)
	if p := l.settlement(t.SettleID, t.MerchantNo); p != nil && !slices.Contains(starts, p) {
		starts = append(starts, p)
	}
	var best []*transactions.Settlement
	for _, s := range starts {
		if s.MerchantNo != "" && s.MerchantNo != t.MerchantNo {
			continue
		}
		chain := []*transactions.Settlement{s}
		seen := map[string]bool{s.ID: true}
		for next := s.NextID; next != "" && !seen[next]; {
			n := l.settlement(next, t.MerchantNo)
			if n == nil {
				break
			}
			seen[next] = true
			chain = append(chain, n)
			next = n.NextID
		}
		if betterChain(chain, best) {
			best = chain
		}
	}
	return best
}

// betterChain prefers the chain that contains the other's end, then the later
// attempt, then the later end, then the greater id (so that the order of the
// rows never decides).
func betterChain(a, b []*transactions.Settlement) bool {
	if len(b) == 0 {
		return true
	}
	x, y := a[len(a)-1], b[len(b)-1]
	if x.ID == y.ID {
		return len(a) > len(b)
	}
	xInB, yInA := containsSettlement(b, x.ID), containsSettlement(a, y.ID)
	if xInB != yInA {
		return yInA
	}
	return cmp.Or(cmp.Compare(x.Attempt, y.Attempt), endOf(x).Compare(endOf(y)), cmp.Compare(x.ID, y.ID)) > 0
}

func containsSettlement(chain []*transactions.Settlement, id string) bool {
	return slices.ContainsFunc(chain, func(s *transactions.Settlement) bool { return s.ID == id })
}

// endOf is the latest instant that a payout row carries.
func endOf(s *transactions.Settlement) time.Time {
	out := s.PaidAt
	for _, t := range []time.Time{s.ReturnedAt, dayStart(s.DueDate), dayStart(s.ClearingDate)} {
		if t.After(out) {
			out = t
		}
	}
	return out
}

func dayStart(d transactions.Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return d.Start()
}

// inPayout are our sales that a payout pays and how many it pays in all; the
// zero values for a nil payout.
func (l *ledger) inPayout(s *transactions.Settlement) (ours []*sale, total int) {
	p := l.payouts[s]
	return p.ours, p.total
}

// fillPayouts finds what each settlement pays: the candidates whose main row it
// names or whose chain it is part of.
func (l *ledger) fillPayouts() {
	l.payouts = make(map[*transactions.Settlement]payout, len(l.settlements))
	byRow := map[string][]*sale{}
	for _, c := range l.sales {
		for _, r := range c.rows() {
			byRow[r.ID] = append(byRow[r.ID], c)
		}
		for _, p := range c.chain {
			l.addToPayout(p, c)
		}
	}
	for _, p := range l.settlements {
		absent := map[string]bool{}
		for _, id := range p.TransactionIDs {
			absent[id] = true
			for _, c := range byRow[id] {
				if p.MerchantNo != "" && p.MerchantNo != c.main.MerchantNo {
					continue
				}
				delete(absent, id)
				if c.main.ID == id {
					l.addToPayout(p, c)
				}
			}
		}
		out := l.payouts[p]
		sortSales(out.ours)
		out.total = len(out.ours) + len(absent)
		l.payouts[p] = out
	}
}

func (l *ledger) addToPayout(p *transactions.Settlement, c *sale) {
	out := l.payouts[p]
	if isStart(c) && !slices.Contains(out.ours, c) {
		out.ours = append(out.ours, c)
		l.payouts[p] = out
	}
}

// wordsOf normalises free text for comparison.
func wordsOf(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }
