package diagnose

import (
	"slices"
	"strings"
	"time"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// named are the parts of a query that point at one sale. Everything else it
// says (channel, kind, brand, code) narrows a pool but names nothing.
type named struct {
	amounts   []understand.Amount
	time      *understand.Span
	tail      string
	reference string
	// after is true when the time may be that of a refund or void.
	after bool
}

// namedBy reads what the query names. An amount that is a fee, or that the
// speaker takes back, names nothing, unless a fee is all that was said; one
// that has arrived already names nothing where another is asked about.
func namedBy(q understand.Query) named {
	n := named{time: q.Time, tail: q.CardLast4, reference: q.Reference, after: asksRefund(q) || slices.Contains(q.Kinds, transactions.Void)}
	var fees, arrived []understand.Amount
	var largest int64
	for _, a := range q.Amounts {
		if !a.Negated && !a.Fee {
			largest = max(largest, a.Fen)
		}
	}
	for _, a := range q.Amounts {
		switch {
		case a.Negated:
		case a.Fee, asksFee(q) && !a.Net && a.Fen <= largest/20:
			fees = append(fees, a)
		case a.Arrived:
			arrived = append(arrived, a)
		default:
			n.amounts = append(n.amounts, a)
		}
	}
	if len(n.amounts) == 0 {
		n.amounts = arrived
	}
	if n.empty() {
		n.amounts = fees
	}
	if general(q) {
		n.time = nil
	}
	return n
}

func (n named) empty() bool {
	return len(n.amounts) == 0 && n.time == nil && n.tail == "" && n.reference == ""
}

// general is a question about the rules rather than about a sale.
func general(q understand.Query) bool {
	return q.Intent == understand.SettlementRule && len(q.Amounts) == 0 && q.CardLast4 == "" && q.Reference == "" && q.Choice == 0
}

// sameText compares numbers and codes as people copy them.
func sameText(said, row string) bool {
	said, row = wordsOf(said), wordsOf(row)
	if said == "" || row == "" {
		return false
	}
	return said == row || strings.TrimLeft(said, "0") != "" && strings.TrimLeft(said, "0") == strings.TrimLeft(row, "0")
}

// hasReference looks for a reference in every row of the candidate and in its
// payouts.
func (s *sale) hasReference(ref string) bool {
	for _, t := range s.rows() {
		for _, v := range []string{t.RRN, t.STAN, t.ID, t.AuthCode} {
			if sameText(ref, v) {
				return true
			}
		}
	}
	return slices.ContainsFunc(s.chain, func(p *transactions.Settlement) bool {
		return sameText(ref, p.BankRef) || sameText(ref, p.ID)
	})
}

// hasTerminal accepts the whole number or its last four or more characters.
func (s *sale) hasTerminal(said string) bool {
	return slices.ContainsFunc(s.rows(), func(t *transactions.Transaction) bool { return sameTerminal(said, t.Terminal) })
}

func sameTerminal(said, row string) bool {
	said, row = wordsOf(said), wordsOf(row)
	return said != "" && row != "" && (said == row || len(said) >= 4 && strings.HasSuffix(row, said))
}

// passes reports that nothing said about card, terminal, channel or shop
// speaks against the candidate. What the ledger does not know never excludes;
// a QR sale has no card, so a tail speaks against it.
func (s *sale) passes(q understand.Query) bool {
	t := s.main
	if q.CardLast4 != "" && t.CardLast4 != q.CardLast4 && (t.CardLast4 != "" || isQR(t)) {
		return false
	}
	if q.Terminal != "" && t.Terminal != "" && !s.hasTerminal(q.Terminal) {
		return false
	}
	if q.Channel != "" && t.Channel != "" && t.Channel != q.Channel && !slices.Contains(q.Channels, t.Channel) {
		return false
	}
	return q.MerchantNo == "" || t.MerchantNo == q.MerchantNo
}

func isQR(t *transactions.Transaction) bool {
	switch t.Channel {
	case transactions.WeChat, transactions.Alipay, transactions.UnionPayQR, transactions.ECNY:
		return true
	}
	return false
}

// days is a span of whole days, last inclusive.
type days struct{ first, last transactions.Date }

func daysOf(s *understand.Span) days {
	d := days{transactions.DateOf(s.From), transactions.DateOf(s.To.Add(-time.Nanosecond))}
	if d.last.Before(d.first) {
		d.last = d.first
	}
	return d
}

func (d days) contains(x transactions.Date) bool { return !x.Before(d.first) && !x.After(d.last) }

// distance is how many days x lies outside; 0 inside.
func (d days) distance(x transactions.Date) int {
	switch {
	case x.Before(d.first):
		return int(d.first.Start().Sub(x.Start()).Hours() / 24)
	case x.After(d.last):
		return int(x.Start().Sub(d.last.Start()).Hours() / 24)
	}
	return 0
}

// reach is how far a neighbour day may lie: one day, three for a weekend
// (rules 2.4).
func (d days) reach() int {
	for x := d.first; !x.After(d.last) && d.distance(x) == 0; x = x.AddDays(1) {
		if w := x.Weekday(); w == time.Saturday || w == time.Sunday {
			return 3
		}
		if d.first.AddDays(7).Before(x) {
			break
		}
	}
	return 1
}

// inSpan reports that any row of the candidate that tells its time lies in the
// span, with the given slack.
func (s *sale) inSpan(from, to time.Time, slack time.Duration, after bool) bool {
	return slices.ContainsFunc(s.timed(after), func(t *transactions.Transaction) bool {
		return !t.Time.Before(from.Add(-slack)) && t.Time.Before(to.Add(slack))
	})
}

func (s *sale) inDays(d days, after bool) bool {
	return slices.ContainsFunc(s.timed(after), func(t *transactions.Transaction) bool { return d.contains(transactions.DateOf(t.Time)) })
}

// timed are the rows whose time a merchant means: the sale, its failed tries
// and the pre-authorisation behind a completion; its void or refund only where
// the words ask for one.
func (s *sale) timed(after bool) []*transactions.Transaction {
	out := append([]*transactions.Transaction{s.main}, s.attempts...)
	for _, t := range s.linked {
		if k := kindOf(t); k == transactions.Preauth || k == transactions.PreauthComplete || after {
			out = append(out, t)
		}
	}
	return out
}

// halfClock is the other reading of a bare hour.
const halfClock = 12 * time.Hour

// agreesInTime tells whether a candidate may be the one of the time said. Day,
// part, hour and minute agree by the day, and the finer part only ranks; an
// hour or minute without amount or tail must be near, because nothing else
// would tie it to the sale. A range agrees by its bounds.
func (n named) agreesInTime(s *sale, alone bool) bool {
	span := n.time
	switch {
	case span == nil:
		return true
	case span.Precision == understand.Range:
		return s.inSpan(span.From, span.To, 0, n.after)
	case alone && (span.Precision == understand.Hour || span.Precision == understand.Minute):
		slack := 30 * time.Minute
		if span.Precision == understand.Hour {
			slack = time.Hour
		}
		return s.inSpan(span.From, span.To, slack, n.after) || n.otherHalf(s, slack)
	}
	return s.inDays(daysOf(span), n.after) || n.otherHalf(s, 0)
}

// otherHalf reads a bare hour on the other half of the clock.
func (n named) otherHalf(s *sale, slack time.Duration) bool {
	span := n.time
	return span.Bare && (s.inSpan(span.From.Add(halfClock), span.To.Add(halfClock), slack, n.after) ||
		s.inSpan(span.From.Add(-halfClock), span.To.Add(-halfClock), slack, n.after))
}

// timeRank is how finely the time agrees: 3 inside what was said, 2 close to
// it, 1 on the other half of the clock, 0 only by the day.
func (n named) timeRank(s *sale) int {
	span := n.time
	switch {
	case span == nil:
		return 0
	case s.inSpan(span.From, span.To, 0, n.after):
		return 3
	case span.Precision == understand.Day || span.Precision == understand.Range:
		return 0
	case s.inSpan(span.From, span.To, 30*time.Minute, n.after):
		return 2
	case n.otherHalf(s, 0):
		return 1
	}
	return 0
}
