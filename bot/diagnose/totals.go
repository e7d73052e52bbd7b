package diagnose

import (
	"slices"
	"time"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// TotalsInput asks for the takings or the payouts of a span.
type TotalsInput struct {
	Of    understand.Totals
	Facts transactions.Facts
	// From and To bound the time of sale, or of the payout; To exclusive.
	From, To time.Time
	// Channels that count; empty = all.
	Channels []string
	Now      time.Time
	Calendar *transactions.Calendar
}

// Sum is a number of sales or payouts and their money in fen.
type Sum struct {
	Count int
	Fen   int64
}

func (s *Sum) add(fen int64) { s.Count, s.Fen = s.Count+1, s.Fen+fen }

// Takings are the totals of one shop, or of several.
type Takings struct {
	Merchant transactions.Merchant // the zero value for several
	// Sold are the sales that stand, gross; Refunded what of them was or is being
	// given back.
	Sold, Refunded Sum
	// FeeFen and NetFen of all of Sold; nil when one of them is unknown. Computed:
	// at least one is our own arithmetic, say 约.
	FeeFen, NetFen *int64
	Computed       bool
	// RateUnknown: of a sale that nothing was given back of, neither the ledger
	// nor the contract says the fee.
	RateUnknown bool
	// Paid are those of Sold whose money has left, gross, and PaidNetFen what left
	// (nil = unknown); Open those whose money is still to leave, gross, and Stuck
	// those of Open that something holds up; Offset what was withheld whole.
	Paid, Open, Stuck, Offset Sum
	PaidNetFen                *int64
	PaidComputed              bool
	// What is not in Sold.
	Voided, Reversed, Failed, Unknown, Preauths int
	// Payouts that left in the span and stand, oldest first; Left is their sum,
	// Returned those that came back, Unpriced those whose sum is not known.
	Payouts            []transactions.Settlement
	Left               Sum
	Returned, Unpriced int
}

// Totals answers a question for a sum.
type Totals struct {
	// Shops in the order of their numbers, all bound shops of the facts.
	Shops []Takings
	// Doubt are the sales whose rows contradict each other: they are in no figure,
	// and a person looks at them (rules 3, INCONSISTENT).
	Doubt []Diagnosis
}

// All is the sum of the shops.
func (t Totals) All() Takings {
	if len(t.Shops) == 1 {
		return t.Shops[0]
	}
	zero := int64(0)
	all := Takings{FeeFen: &zero, NetFen: &zero, PaidNetFen: &zero}
	for _, s := range t.Shops {
		for _, p := range [...]struct {
			to   *Sum
			from Sum
		}{
			{&all.Sold, s.Sold},
			{&all.Refunded, s.Refunded},
			{&all.Paid, s.Paid},
			{&all.Open, s.Open},
			{&all.Stuck, s.Stuck},
			{&all.Offset, s.Offset},
			{&all.Left, s.Left},
		} {
			p.to.Count, p.to.Fen = p.to.Count+p.from.Count, p.to.Fen+p.from.Fen
		}
		all.FeeFen, all.NetFen, all.PaidNetFen = plus(all.FeeFen, s.FeeFen), plus(all.NetFen, s.NetFen), plus(all.PaidNetFen, s.PaidNetFen)
		all.RateUnknown = all.RateUnknown || s.RateUnknown
		all.Computed, all.PaidComputed = all.Computed || s.Computed, all.PaidComputed || s.PaidComputed
		all.Voided, all.Reversed, all.Failed = all.Voided+s.Voided, all.Reversed+s.Reversed, all.Failed+s.Failed
		all.Unknown, all.Preauths = all.Unknown+s.Unknown, all.Preauths+s.Preauths
		all.Payouts = append(all.Payouts, s.Payouts...)
		all.Returned, all.Unpriced = all.Returned+s.Returned, all.Unpriced+s.Unpriced
	}
	slices.SortStableFunc(all.Payouts, func(a, b transactions.Settlement) int { return a.PaidAt.Compare(b.PaidAt) })
	return all
}

// Total adds up. A sale and its void, refund or completion are one, as
// everywhere (rules 2.3); rows of shops that are not in Facts.Merchants count
// nowhere.
func Total(in TotalsInput) Totals {
	l := newLedger(in.Facts)
	input := Input{Facts: in.Facts, Now: in.Now, Calendar: in.Calendar}
	c := counter{
		in: in, turn: &turn{in: input, search: &search{l: l, now: in.Now, excluded: map[*sale]bool{}}},
		shops: map[string]*Takings{}, sold: map[*sale]bool{},
	}
	out := Totals{Shops: make([]Takings, len(l.merchants))}
	for i, m := range l.merchants {
		zero, none, nothing := int64(0), int64(0), int64(0)
		out.Shops[i] = Takings{Merchant: m, FeeFen: &zero, NetFen: &none, PaidNetFen: &nothing}
		c.shops[m.MerchantNo] = &out.Shops[i]
	}
	if in.Of == understand.TotalPayouts {
		c.countPayouts()
	} else {
		c.countSales()
	}
	out.Doubt = c.doubt
	return out
}

// counter is one call of Total.
type counter struct {
	in    TotalsInput
	turn  *turn
	shops map[string]*Takings
	sold  map[*sale]bool
	doubt []Diagnosis
}

// asked reports a sale of the span and of the channels asked for.
func (c *counter) asked(s *sale) bool {
	t := s.main
	return !t.Time.Before(c.in.From) && t.Time.Before(c.in.To) && (len(c.in.Channels) == 0 || slices.Contains(c.in.Channels, t.Channel))
}

func (c *counter) countSales() {
	var views []*view
	for _, s := range c.turn.l.sales {
		if !isStart(s) || !c.asked(s) {
			continue
		}
		if v := c.turn.look(s); len(v.doubts) > 0 {
			c.doubt = append(c.doubt, c.turn.diagnose(s))
		} else if c.stands(v) {
			c.sold[s] = true
			views = append(views, v)
		}
	}
	for _, v := range views {
		c.addSale(v)
	}
	c.addMoney(views)
}

// stands reports a sale that counts; what does not is counted by its reason.
func (c *counter) stands(v *view) bool {
	shop := c.shops[v.merchant.MerchantNo]
	switch outcomeOf(v.main) {
	case transactions.Failed, transactions.Closed:
		shop.Failed++
	case transactions.Pending, transactions.Unknown:
		shop.Unknown++
	case transactions.Reversed:
		shop.Reversed++
	case transactions.Voided:
		shop.Voided++
	default:
		if voidOf(v.sale) != nil {
			shop.Voided++
			return false
		}
		if kindOf(v.main) == transactions.Preauth {
			shop.Preauths++
			return false
		}
		return true
	}
	return false
}

// addSale counts one sale by what became of its money.
func (c *counter) addSale(v *view) {
	shop, gross := c.shops[v.merchant.MerchantNo], v.main.AmountFen
	shop.Sold.add(gross)
	back := int64(0)
	if r := v.refund; r.state == refundAccepted || r.state == refundDone {
		back = min(r.fen, gross)
		if r.whole {
			back = gross
		}
		shop.Refunded.add(back)
	}
	switch {
	case v.paid():
		shop.Paid.add(gross)
	case v.state() == transactions.OffsetAll:
		shop.Offset.add(gross)
	case back >= gross: // given back before it was paid out
	default:
		shop.Open.add(gross)
		if v.cause().Problem() {
			shop.Stuck.add(gross)
		}
	}
}

// addMoney takes fee and net from the ledger where a payout pays nothing but
// what was asked about; else they are computed sale by sale.
func (c *counter) addMoney(views []*view) {
	told := map[*transactions.Settlement]bool{}
	for _, v := range views {
		shop, p := c.shops[v.merchant.MerchantNo], v.pay
		if p != nil && p.FeeFen != nil && p.NetFen != nil && c.whole(p) {
			if !told[p] {
				told[p] = true
				shop.money(*p.FeeFen, *p.NetFen, v.paid(), false)
			}
			continue
		}
		if m, ok := computedNet(v.sale); ok {
			shop.money(m.fee, m.net, v.paid(), true)
			continue
		}
		shop.FeeFen, shop.NetFen = nil, nil
		shop.RateUnknown = shop.RateUnknown || v.refund.state != refundAccepted && v.refund.state != refundDone
		if v.paid() {
			shop.PaidNetFen = nil
		}
	}
}

// money adds one fee and net; what is unknown stays unknown.
func (t *Takings) money(fee, net int64, paid, computed bool) {
	t.FeeFen, t.NetFen = plus(t.FeeFen, &fee), plus(t.NetFen, &net)
	t.Computed = t.Computed || computed
	if paid {
		t.PaidNetFen = plus(t.PaidNetFen, &net)
		t.PaidComputed = t.PaidComputed || computed
	}
}

// whole reports a payout that pays nothing but sales that count.
func (c *counter) whole(p *transactions.Settlement) bool {
	ours, n := c.turn.l.inPayout(p)
	return n == len(ours) && !slices.ContainsFunc(ours, func(s *sale) bool { return !c.sold[s] })
}

func (c *counter) countPayouts() {
	for _, p := range c.turn.l.settlements {
		if p.PaidAt.IsZero() || p.PaidAt.Before(c.in.From) || !p.PaidAt.Before(c.in.To) {
			continue
		}
		ours, _ := c.turn.l.inPayout(p)
		shop := c.shops[p.MerchantNo]
		if shop == nil && len(ours) > 0 {
			shop = c.shops[ours[0].merchant.MerchantNo]
		}
		switch {
		case shop == nil, c.doubted(p, ours):
		case p.State == transactions.Returned:
			shop.Returned++
		case p.State == transactions.Paid && p.NetFen == nil:
			shop.Unpriced++
		case p.State == transactions.Paid:
			shop.Payouts = append(shop.Payouts, *p)
			shop.Left.add(*p.NetFen)
		}
	}
	for _, shop := range c.shops {
		slices.SortStableFunc(shop.Payouts, func(a, b transactions.Settlement) int { return a.PaidAt.Compare(b.PaidAt) })
	}
}

// doubted reports a payout that contradicts itself or its sales.
func (c *counter) doubted(p *transactions.Settlement, ours []*sale) bool {
	found := false
	for _, s := range ours {
		if v := c.turn.look(s); v.pay == p && slices.ContainsFunc(v.doubts, func(d doubt) bool { return d.pay }) {
			c.doubt, found = append(c.doubt, c.turn.diagnose(s)), true
		}
	}
	if holds, known := transactions.CheckNet(*p); known && !holds {
		return true // its sales are not in sight, or told already
	}
	return found
}
