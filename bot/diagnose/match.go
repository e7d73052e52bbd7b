package diagnose

import (
	"slices"
	"time"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// recent is how far back an unnamed question looks (rules 2.6).
const recent = 7 * 24 * time.Hour

// tooMany candidates are not listed as taps: one more fact is asked for.
const tooMany = 8

// found is what matching came to.
type found struct {
	sales   []*sale
	reasons map[*sale][]string
	// together: all of them are asked about; whole: they were named one by one
	// or as a sum, so that telling all of them answers the question.
	whole     bool
	day       *DayCorrection
	unmatched []int64
	// stale is true when nothing was named and the latest sale stands in.
	stale bool
}

func (f *found) say(s *sale, why ...string) {
	if f.reasons == nil {
		f.reasons = map[*sale][]string{}
	}
	for _, w := range why {
		if w != "" && !slices.Contains(f.reasons[s], w) {
			f.reasons[s] = append(f.reasons[s], w)
		}
	}
}

// search holds one look for candidates.
type search struct {
	l        *ledger
	q        understand.Query
	n        named
	now      time.Time
	excluded map[*sale]bool
}

// matchNamed finds the candidates that agree with what was named, inside pool.
// Several sales on several days (昨天和前天各一笔) are looked for on each.
func (m *search) matchNamed(pool []*sale) found {
	f := m.matchOnce(pool)
	want := max(m.q.Count, len(m.n.amounts))
	if m.n.time == nil || len(m.q.Times) < 2 || want < 2 || len(f.sales) >= want {
		return f
	}
	all := found{whole: true, unmatched: f.unmatched}
	for i := range m.q.Times {
		one := *m
		one.n.time = &m.q.Times[i]
		if g := one.matchOnce(pool); g.day == nil {
			for _, s := range g.sales {
				if !slices.Contains(all.sales, s) {
					all.sales = append(all.sales, s)
				}
				all.say(s, g.reasons[s]...)
			}
		}
	}
	if len(all.sales) != want {
		return f
	}
	sortSales(all.sales)
	all.unmatched = nil
	return all
}

func (m *search) matchOnce(pool []*sale) found {
	var f found
	base := m.passing(pool)
	if ref := m.n.reference; ref != "" {
		// A reference is one sale; what else was said cannot make it another.
		base = slices.DeleteFunc(slices.Clone(pool), func(s *sale) bool { return !s.hasReference(ref) || m.excluded[s] })
		return m.refined(m.withReference(base))
	}
	alone := len(m.n.amounts) == 0 && m.n.tail == ""
	inDay := slices.DeleteFunc(slices.Clone(base), func(s *sale) bool { return !m.n.agreesInTime(s, alone) })
	if len(m.n.amounts) == 0 {
		f.sales = inDay
		return m.refined(f)
	}
	h := m.matchAmounts(inDay, true)
	if len(h.sales) == 0 {
		h = m.fenForgotten(inDay)
	}
	if len(h.sales) == 0 {
		return m.neighbour(base)
	}
	f.sales, f.unmatched = h.sales, h.unmatched
	f.whole = h.sum || h.exact && len(m.n.amounts)-len(h.unmatched) >= 1 && len(h.sales) > 1
	for _, s := range h.sales {
		f.say(s, h.how[s])
	}
	return m.refined(f)
}

// withReference keeps, of several rows that share a number, those that agree
// with the rest too.
func (m *search) withReference(base []*sale) found {
	f := found{sales: base}
	if len(base) > 1 {
		if h := m.matchAmounts(base, false); len(h.sales) > 0 {
			f.sales = h.sales
		}
		if kept := narrowed(f.sales, func(s *sale) bool { return m.n.agreesInTime(s, false) }); len(kept) > 0 {
			f.sales = kept
		}
	}
	for _, s := range f.sales {
		f.say(s, byRef)
	}
	return f
}

func (m *search) passing(pool []*sale) []*sale {
	return slices.DeleteFunc(slices.Clone(pool), func(s *sale) bool { return m.excluded[s] || !s.passes(m.q) || m.takenBack(s) })
}

// takenBack is true for the sale that the speaker says it is not (不是5000).
func (m *search) takenBack(s *sale) bool {
	back := false
	for _, a := range m.q.Amounts {
		if !equals(a, s.main.AmountFen) {
			continue
		}
		if !a.Negated {
			return false
		}
		back = true
	}
	return back
}

// neighbour applies rules 2.4: the day said holds nothing of that amount, and
// the days beside it hold exactly one.
func (m *search) neighbour(base []*sale) found {
	var f found
	if m.n.time == nil || len(m.n.amounts) == 0 {
		return f
	}
	said := daysOf(m.n.time)
	reach := said.reach()
	beside := slices.DeleteFunc(slices.Clone(base), func(s *sale) bool {
		d := said.distance(transactions.DateOf(s.main.Time))
		return d == 0 || d > reach
	})
	h := m.matchAmounts(beside, false)
	sales := standBack(h.sales, m.q)
	if len(sales) != 1 {
		return f
	}
	f.sales = sales
	f.day = &DayCorrection{Said: said.first, Found: transactions.DateOf(sales[0].main.Time)}
	f.say(sales[0], h.how[sales[0]], byNeighbor)
	return f
}

// refined ranks what agrees: a finer time, words of failure, kinds, codes and
// brands choose between candidates; payout states never do.
func (m *search) refined(f found) found {
	f.sales = standBack(f.sales, m.q)
	if m.n.time != nil && len(f.sales) > 0 {
		best := 0
		for _, s := range f.sales {
			best = max(best, m.n.timeRank(s))
		}
		if best > 0 {
			f.sales = narrowed(f.sales, func(s *sale) bool { return m.n.timeRank(s) == best })
		}
		for _, s := range f.sales {
			if best > 0 {
				f.say(s, byTime)
			} else {
				f.say(s, byDay)
			}
		}
	}
	f.sales = m.preferred(f.sales)
	for _, s := range f.sales {
		if m.n.tail != "" && s.main.CardLast4 == m.n.tail {
			f.say(s, byTail)
		}
		if m.q.Terminal != "" {
			f.say(s, byTerm)
		}
		if m.q.Channel != "" && s.main.Channel == m.q.Channel {
			f.say(s, byChannel)
		}
	}
	return f
}

// preferred keeps those that fit what was said beside the naming; a fit that
// nobody has is ignored.
func (m *search) preferred(in []*sale) []*sale {
	q := m.q
	for _, want := range []struct {
		said bool
		fits func(*sale) bool
	}{
		{q.RespCode != "", func(s *sale) bool { return hasCode(s, q.RespCode) }},
		{len(q.Kinds) > 0, func(s *sale) bool { return hasKind(s, q.Kinds) }},
		{intends(q, understand.Refund), func(s *sale) bool { return refundOf(s).state != refundNone }},
		{q.Brand != "", func(s *sale) bool { return s.merchant.Brand == q.Brand }},
		{q.AccountLast4 != "", func(s *sale) bool { return s.last() != nil && s.last().AccountLast4 == q.AccountLast4 }},
		{saysAny(q, understand.ArrivedThenGone), wasReturned},
		{speaksOfFailure(q), func(s *sale) bool { return isFailure(s.main) || len(s.attempts) > 0 }},
	} {
		if want.said {
			if kept := narrowed(in, want.fits); len(kept) > 0 {
				in = kept
			}
		}
	}
	return in
}

func narrowed(in []*sale, keep func(*sale) bool) []*sale {
	return slices.DeleteFunc(slices.Clone(in), func(s *sale) bool { return !keep(s) })
}

func hasCode(s *sale, code string) bool {
	return slices.ContainsFunc(s.rows(), func(t *transactions.Transaction) bool { return normalCode(t.RespCode) == normalCode(code) })
}

func hasKind(s *sale, kinds []string) bool {
	return slices.ContainsFunc(s.rows(), func(t *transactions.Transaction) bool { return slices.Contains(kinds, kindOf(t)) }) ||
		slices.Contains(kinds, transactions.Refund) && refundOf(s).state != refundNone ||
		slices.Contains(kinds, transactions.Void) && outcomeOf(s.main) == transactions.Voided
}

func wasReturned(s *sale) bool {
	return slices.ContainsFunc(s.chain, func(p *transactions.Settlement) bool { return p.State == transactions.Returned })
}

func isFailure(t *transactions.Transaction) bool {
	switch outcomeOf(t) {
	case transactions.Failed, transactions.Closed, transactions.Unknown, transactions.Pending, transactions.Reversed:
		return true
	}
	return false
}

// standBack removes FAILED and CLOSED attempts where a success agrees too,
// unless the words speak of a failure (rules 2.3).
func standBack(in []*sale, q understand.Query) []*sale {
	if speaksOfFailure(q) || !slices.ContainsFunc(in, func(s *sale) bool { return succeeded(s.main) }) {
		return in
	}
	return narrowed(in, func(s *sale) bool {
		o := outcomeOf(s.main)
		return o != transactions.Failed && o != transactions.Closed
	})
}

// unnamed is the pool of a question that names nothing (rules 2.6): the last
// seven days' sales that are not paid out; none of these: the latest.
func (m *search) unnamed() found {
	all := m.passing(m.l.sales)
	if m.q.Terminal != "" {
		all = narrowed(all, func(s *sale) bool { return s.hasTerminal(m.q.Terminal) })
	}
	week := narrowed(all, m.isRecent)
	if arrived := m.arrivedLess(week); len(arrived) > 0 {
		return m.pool(arrived, byLatest)
	}
	open := narrowed(week, func(s *sale) bool { return !s.paid() && isStart(s) })
	if live := narrowed(open, func(s *sale) bool { return !isOver(s) }); len(live) > 0 && !m.asksForOver() {
		open = live
	}
	if len(open) > 0 {
		return m.pool(m.preferred(standBack(open, m.q)), byPool)
	}
	if len(all) == 0 || general(m.q) {
		return found{}
	}
	last := m.preferred(narrowed(all, isStart))
	if len(last) == 0 {
		last = all
	}
	f := m.pool(last[len(last)-1:], byLatest)
	f.stale = true
	return f
}

func (m *search) isRecent(s *sale) bool {
	return s.main.Time.After(m.now.Add(-recent)) && !s.main.Time.After(m.now)
}

func (m *search) pool(sales []*sale, why string) found {
	f := found{sales: sales}
	for _, s := range sales {
		f.say(s, why)
	}
	return f
}

// arrivedLess is the latest payout of the week when the words say that
// something arrived (到账少了): only a paid sale can be meant.
func (m *search) arrivedLess(week []*sale) []*sale {
	if !namesLess(m.q) {
		return nil
	}
	paid := narrowed(week, (*sale).paid)
	if len(paid) == 0 {
		return nil
	}
	latest := paid[0]
	for _, s := range paid {
		if !s.last().PaidAt.Before(latest.last().PaidAt) {
			latest = s
		}
	}
	return narrowed(paid, func(s *sale) bool { return s.last() == latest.last() })
}

// isStart is false for a void or refund whose original was not looked up.
func isStart(s *sale) bool {
	k := kindOf(s.main)
	return k != transactions.Void && k != transactions.Refund && k != transactions.PreauthCancel
}

// isOver is true for a sale whose money will never be paid out.
func isOver(s *sale) bool {
	switch outcomeOf(s.main) {
	case transactions.Failed, transactions.Closed, transactions.Reversed, transactions.Voided:
		return true
	}
	r := refundOf(s)
	return voidOf(s) != nil || r.whole && r.state == refundDone
}

// asksForOver is true when the words ask for just such a sale.
func (m *search) asksForOver() bool {
	return speaksOfFailure(m.q) || asksRefund(m.q) || len(m.q.Kinds) > 0 || speaksOfTwice(m.q)
}
