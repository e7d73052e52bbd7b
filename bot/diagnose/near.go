package diagnose

import (
	"cmp"
	"slices"
	"strconv"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// People remember a day, a sum or four digits wrongly. Where nothing agrees
// with everything said, the sales that agree but for one slip are offered to
// choose from; nothing is said of their state before one is chosen.

// nearMost bounds the list; nearEnough is the least likeness of a statement
// that counts as a slip rather than as speaking of another sale.
const (
	nearMost   = 3
	nearEnough = 0.3
)

// Ways in which a statement is like a sale, for the trace.
const (
	likeAmount = "amount_slip"
	likeTime   = "time_slip"
	likeTail   = "tail_slip"
	// LikeChannel is a sale of another way of paying than the one said, which
	// agrees in everything else.
	LikeChannel = "channel_slip"
)

// channelSlip puts sales of another way of paying behind the other slips:
// people know how they were paid better than how much or when.
const channelSlip = 0.5

// likeness compares one statement with one sale: 1 agrees, 0 is another sale.
type likeness struct {
	score float64
	why   string // the slip, or the agreement
}

// near ranks the sales that are like what was said, best first. It is empty
// for a reference: a number is right or it is not.
func (t *turn) near() []Candidate {
	if t.n.reference != "" || t.n.empty() || t.q.Together || general(t.q) {
		return nil
	}
	var out []Candidate
	pool := narrowed(t.l.sales, func(s *sale) bool { return !t.excluded[s] && isStart(s) && !t.takenBack(s) && t.sameMeans(s) })
	for _, s := range standBack(pool, t.q) {
		if c, ok := t.like(s); ok {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), b.Transaction.Time.Compare(a.Transaction.Time), cmp.Compare(a.Transaction.ID, b.Transaction.ID))
	})
	return out[:min(len(out), nearMost)]
}

// sameMeans keeps terminal and shop as they were said.
func (t *turn) sameMeans(s *sale) bool {
	q := t.q
	q.CardLast4, q.Channel, q.Channels = "", "", nil
	return s.passes(q)
}

// sameChannel reports that the way of paying said is that of the sale, as far
// as both are known.
func (t *turn) sameChannel(s *sale) bool {
	return s.passes(understand.Query{Channel: t.q.Channel, Channels: t.q.Channels})
}

// like accepts one slip beside agreement, or one slight slip alone.
func (t *turn) like(s *sale) (Candidate, bool) {
	said := t.likenesses(s)
	c := Candidate{Transaction: *s.main}
	agree, slips := 0, 0
	for _, l := range said {
		c.Score += l.score / float64(len(said))
		c.Reasons = append(c.Reasons, l.why)
		switch {
		case l.score >= 1:
			agree++
		case l.score >= nearEnough:
			slips++
		case len(said) < 3:
			return c, false
		}
	}
	if !t.sameChannel(s) { // 您说微信,账上是刷卡: the one slip there may be
		c.Score *= channelSlip
		c.Reasons = append(c.Reasons, LikeChannel)
		return c, len(t.n.amounts) > 0 && agree == len(said)
	}
	if agree+slips < 2 && len(said) > 1 {
		return c, false
	}
	if len(said) == 1 { // nothing else ties it to what was said
		return c, said[0].score >= 0.5
	}
	return c, agree >= len(said)-1 && agree > 0 || agree+slips == len(said) && c.Score >= 0.6
}

func (t *turn) likenesses(s *sale) []likeness {
	var out []likeness
	if len(t.n.amounts) > 0 {
		best := likeness{why: likeAmount}
		for _, a := range t.n.amounts {
			if l := t.amountLike(s, a); l.score > best.score {
				best = l
			}
		}
		out = append(out, best)
	}
	if t.n.time != nil {
		out = append(out, t.timeLike(s))
	}
	if t.n.tail != "" {
		out = append(out, tailLike(t.n.tail, s.main))
	}
	return out
}

// amountLike measures a slip of the pen (one digit, a zero too many, two
// digits swapped) or of memory (a rounded sum).
func (t *turn) amountLike(s *sale, a understand.Amount) likeness {
	if how := t.l.agreesInAmount(s, a); how != "" {
		return likeness{1, how}
	}
	best := slip(a.Fen, s.main.AmountFen)
	if m, ok := computedNet(s); ok {
		best = max(best, slip(a.Fen, m.net)-0.05)
	}
	return likeness{max(best, 0), likeAmount}
}

// slip is how like two sums of fen are that are not equal.
func slip(said, is int64) float64 {
	if said <= 0 || is <= 0 {
		return 0
	}
	if oneSlip(digits(said), digits(is)) {
		return 0.7
	}
	switch off := abs(said - is); {
	case off <= is/50:
		return 0.7
	case off <= is/10:
		return 0.5
	case off <= is/5:
		return 0.35
	}
	return 0
}

// digits are those of the whole yuan, or of the fen where there are any.
func digits(fen int64) string {
	if fen%100 == 0 {
		return strconv.FormatInt(fen/100, 10)
	}
	return strconv.FormatInt(fen, 10)
}

// oneSlip reports one digit changed, left out or added, or two neighbours
// swapped, in numbers of at least two digits.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(b) < 2 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) < len(b):
		return a[i:] == b[i+1:]
	case i == len(a):
		return false // equal
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// timeLike falls with the days between what was said and the sale.
func (t *turn) timeLike(s *sale) likeness {
	if t.n.agreesInTime(s, false) {
		return likeness{1, byDay}
	}
	switch d := daysOf(t.n.time).distance(transactions.DateOf(s.main.Time)); {
	case d <= 1: // the same day at another hour of a range, or the next one
		return likeness{0.7, likeTime}
	case d <= 3:
		return likeness{0.5, likeTime}
	case d <= 7:
		return likeness{0.35, likeTime}
	}
	return likeness{0, likeTime}
}

// tailLike allows one wrong digit or two swapped. A row without a tail says
// nothing either way.
func tailLike(said string, t *transactions.Transaction) likeness {
	switch {
	case said == t.CardLast4:
		return likeness{1, byTail}
	case t.CardLast4 == "":
		return likeness{nearEnough, likeTail}
	case len(said) == len(t.CardLast4) && oneSlip(said, t.CardLast4):
		return likeness{0.6, likeTail}
	}
	return likeness{0, likeTail}
}
