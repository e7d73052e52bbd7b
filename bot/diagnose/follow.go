package diagnose

import (
	"slices"
	"strings"
	"time"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// find walks from the most definite way of pointing at a sale to the least: a
// tap, a refusal of the list, 另外一笔, the list itself, what is named, the
// sale last spoken about, the open ones (rules 2.2 to 2.7).
func (t *turn) find() found {
	offered := t.salesOf(t.in.Offered)
	switch {
	case t.q.Choice > 0 && t.q.Choice <= len(t.in.Offered):
		if chosen := t.salesOf(t.in.Offered[t.q.Choice-1 : t.q.Choice]); len(chosen) > 0 {
			return t.pool(chosen, byChoice)
		}
	case t.q.Choice > 0 && len(t.in.Offered) == 0 && len(t.in.Focus) > 1 && t.q.Choice <= len(t.in.Focus):
		if chosen := t.salesOf(t.in.Focus[t.q.Choice-1 : t.q.Choice]); len(chosen) > 0 {
			return t.pool(chosen, byChoice) // 第二笔 of the ones told together
		}
	case t.q.Choice < 0:
		t.exclude(offered)
		if len(offered) == 0 {
			t.exclude(t.salesOf(t.in.Focus))
		}
		if t.n.empty() {
			return found{}
		}
		return t.matchNamed(t.l.sales)
	case t.q.Other:
		return t.another(offered)
	}
	if t.n.empty() {
		return t.findUnnamed(offered)
	}
	return t.findNamed(offered)
}

// findNamed looks among the listed first (下午那笔), then everywhere.
func (t *turn) findNamed(offered []*sale) found {
	if len(offered) > 1 {
		among := *t.search
		if among.n.time != nil {
			span := *among.n.time
			span.Bare = span.Bare || span.Precision == understand.Hour || span.Precision == understand.Minute
			among.n.time = &span // one that picks from a list is tried on both halves of the clock
		}
		if f := among.matchNamed(offered); len(f.sales) == 1 && f.day == nil {
			return f
		}
	}
	f := t.matchNamed(t.l.sales)
	focus := t.salesOf(t.in.Focus)
	if f.day != nil && t.n.time != nil && strings.HasPrefix(t.n.time.Text, "刚") &&
		len(f.sales) > 0 && len(narrowed(f.sales, func(s *sale) bool { return slices.Contains(focus, s) })) == len(f.sales) {
		f.day = nil // 刚才那笔 is the one just spoken about, no day was said
	}
	if kept := narrowed(f.sales, func(s *sale) bool { return slices.Contains(focus, s) }); len(kept) > 0 && len(kept) < len(f.sales) && !f.whole && !together(t.q) {
		f.sales = kept // a follow-up keeps what it does not change
		return f
	}
	if len(f.sales) > 0 {
		return f
	}
	if len(focus) > 0 && t.staysWith(focus) {
		f := t.pool(focus, byFocus)
		f.unmatched = t.unexplained(focus)
		return f
	}
	if !slices.ContainsFunc(t.n.amounts, func(a understand.Amount) bool { return !a.Fee }) && t.n.time == nil && t.n.tail == "" {
		return t.findUnnamed(offered) // a fee alone names no sale
	}
	return f
}

// unexplained are the amounts said now (fen) that the sales do not agree with:
// an answer that stays with them says so.
func (t *turn) unexplained(focus []*sale) []int64 {
	if slices.Contains(t.q.Carried, "amounts") {
		return nil
	}
	var out []int64
	for _, a := range t.n.amounts {
		if a.Fee || a.Net || a.Total || a.Approx || a.ToFen > 0 || a.Negated {
			continue
		}
		if !slices.ContainsFunc(focus, func(s *sale) bool { return t.l.agreesInAmount(s, a) != "" }) {
			out = append(out, a.Fen)
		}
	}
	return out
}

// staysWith decides whether a follow-up with which nothing agrees is still
// about the sale last spoken about (rules 2.7: 扣的20是什么). It is not when
// the words take that sale back, when they name another shop's number, or when
// everything they name, two things or more, speaks against it.
func (t *turn) staysWith(focus []*sale) bool {
	if t.n.reference != "" || slices.ContainsFunc(focus, t.takenBack) {
		return false
	}
	if slices.ContainsFunc(t.q.Amounts, func(a understand.Amount) bool { return a.Negated }) {
		return false
	}
	against, for_ := 0, 0
	count := func(said bool, field string, fits func(*sale) bool) {
		switch {
		case !said || slices.Contains(t.q.Carried, field):
		case slices.ContainsFunc(focus, fits):
			for_++
		default:
			against++
		}
	}
	count(len(t.n.amounts) > 0, "amounts", func(s *sale) bool {
		return slices.ContainsFunc(t.n.amounts, func(a understand.Amount) bool {
			return t.l.agreesInAmount(s, a) != "" || a.Net || a.Fen < s.main.AmountFen
		})
	})
	count(t.n.time != nil, "time", func(s *sale) bool { return t.n.agreesInTime(s, false) })
	count(t.n.tail != "", "card_last4", func(s *sale) bool { return s.main.CardLast4 == t.n.tail })
	return for_ > 0 || against < 2
}

// findUnnamed stays with the sale last spoken about, puts an open question
// once more, or looks at what is not paid out.
func (t *turn) findUnnamed(offered []*sale) found {
	focus := t.salesOf(t.in.Focus)
	fitting := narrowed(focus, func(s *sale) bool { return s.passes(t.q) })
	if len(fitting) > 0 && !general(t.q) {
		f := t.pool(fitting, byFocus)
		f.whole = len(fitting) > 1 && !t.stillOpen(fitting, offered)
		return f
	}
	if open := t.unanswered(offered); len(open) > 1 && len(focus) == 0 && !general(t.q) {
		return t.pool(open, byFocus)
	}
	if speaksOfTwice(t.q) {
		if pair := t.duplicate(narrowed(t.passing(t.l.sales), t.isRecent)); len(pair) > 0 {
			return t.pool(pair, byPool)
		}
	}
	f := t.unnamed()
	if len(f.sales) == 0 && len(focus) > 0 && !general(t.q) {
		return t.pool(focus, byFocus)
	}
	return f
}

// stillOpen reports that the sales in focus are a list of which none was
// chosen yet.
func (t *turn) stillOpen(focus, offered []*sale) bool {
	return len(offered) > 1 && len(t.in.Answered) == 0 && len(narrowed(focus, func(s *sale) bool { return slices.Contains(offered, s) })) == len(focus)
}

// another finds 另外一笔: the listed candidate not yet answered; without a
// list, what agrees apart from the one last spoken about.
func (t *turn) another(offered []*sale) found {
	if open := t.unanswered(offered); len(open) > 0 {
		if !t.n.empty() {
			if f := t.matchNamed(open); len(f.sales) > 0 {
				return f
			}
		}
		return t.pool(open, byChoice)
	}
	t.exclude(t.salesOf(t.in.Focus))
	t.exclude(t.salesOf(t.in.Answered))
	if !t.n.empty() {
		return t.matchNamed(t.l.sales)
	}
	f := t.unnamed()
	if f.stale {
		return found{}
	}
	return f
}

// unanswered are the listed candidates that were neither explained nor are the
// sale last spoken about.
func (t *turn) unanswered(offered []*sale) []*sale {
	done := t.salesOf(t.in.Answered)
	focus := t.salesOf(t.in.Focus)
	return narrowed(offered, func(s *sale) bool {
		return !slices.Contains(done, s) && (!slices.Contains(focus, s) || len(focus) == len(offered) && len(done) == 0)
	})
}

func (t *turn) exclude(sales []*sale) {
	for _, s := range sales {
		t.excluded[s] = true
	}
}

// salesOf finds candidates by the numbers of any of their rows, in the order
// given. Numbers that are not ours find nothing.
func (t *turn) salesOf(ids []string) []*sale {
	var out []*sale
	for _, id := range ids {
		for _, s := range t.l.sales {
			if s.has(id) && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// lookUpDays is what a look-up without a time covers (rules 2.6).
const lookUpDays = 30

// Lookup says which rows to read for a query: 30 days without a time, else the
// days named with their neighbours (rules 2.4; a weekend reaches three days)
// and a day on each side for the cut of a night. A reference and the sales
// spoken about earlier widen it. merchantNos is the authorisation and passes
// through unchanged.
func Lookup(q understand.Query, focus, merchantNos []string, now time.Time) transactions.Lookup {
	today := transactions.DateOf(now)
	l := transactions.Lookup{
		MerchantNos:    merchantNos,
		From:           today.AddDays(-lookUpDays).Start(),
		To:             today.AddDays(1).Start(),
		Reference:      strings.TrimSpace(q.Reference),
		TransactionIDs: slices.Clone(focus),
	}
	n := namedBy(q)
	if n.time == nil || n.reference != "" {
		return l
	}
	const reach = 4
	d := daysOf(n.time)
	l.From, l.To = d.first.AddDays(-reach).Start(), d.last.AddDays(reach+1).Start()
	// An amount may lie on another day of the last month (a follow-up may drop
	// the day); without one, the open sales of the week must be in sight too.
	if week := today.AddDays(-7).Start(); l.From.After(week) {
		l.From = week
	}
	if tomorrow := today.AddDays(1).Start(); l.To.After(tomorrow) {
		l.To = tomorrow
	}
	return l
}
