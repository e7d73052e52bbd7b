package sample

import (
	"fmt"
	"math/rand/v2"
	"time"

	"daozhang/transactions"
)

// history makes the ordinary rows of a shop, day by day up to now. A day's
// rows depend on the shop and the day alone. Amounts are below 900 yuan and
// never whole yuan, so that they cannot be taken for a prepared case.
func (b *builder) history() {
	for ago := HistoryDays; ago >= b.shop.quietDays; ago-- {
		d := b.today.AddDays(-ago)
		stamp := d.Start().Format("20060102")
		rnd := rand.New(rand.NewPCG(uint64(b.index), uint64(d.Start().Unix()))) //nolint:gosec // demo data has to repeat
		var sales []transactions.Transaction
		minute := 9*60 + 20 + rnd.IntN(40)
		for i := range 2 + rnd.IntN(4) {
			amount := int64(1800+rnd.IntN(87000))/100*100 + int64(10*(1+rnd.IntN(9)))
			edit := ordinary(rnd, b.shop.qrShare)
			at := d.Start().Add(time.Duration(minute)*time.Minute + time.Duration(rnd.IntN(60))*time.Second)
			minute += 40 + rnd.IntN(80)
			if at.After(b.now.Add(-15 * time.Minute)) {
				break
			}
			id := fmt.Sprintf("P%s%02d%02d", stamp, b.index, i+1)
			t := *b.row(id, at, amount, edit, func(t *transactions.Transaction) {
				t.Terminal = b.shop.Terminals[i%len(b.shop.Terminals)]
			})
			if b.shop.Cycle == "D0" {
				b.settlement("B"+id[1:], "PAID", []transactions.Transaction{t}, paid(at.Add(2*time.Minute)))
				continue
			}
			sales = append(sales, t)
		}
		payoutMinute := rnd.IntN(90)
		if len(sales) > 0 {
			b.dayPayout("B"+stamp+fmt.Sprintf("%02d", b.index), d, sales, payoutMinute)
		}
	}
}

// ordinary picks how a customer pays.
func ordinary(rnd *rand.Rand, qrShare int) func(*transactions.Transaction) {
	scanned, which, isDebit := rnd.IntN(10) < qrShare, rnd.IntN(3), rnd.IntN(2) == 0
	return func(t *transactions.Transaction) {
		switch {
		case scanned:
			qr([]string{"WECHAT", "ALIPAY", "UNIONPAY_QR"}[which])(t)
		case isDebit:
			debit(t)
		}
	}
}

// dayPayout is the one payout of a day's ordinary sales: paid in the morning
// of its due date once that day is over, waiting until then. Today's sales
// have none yet.
func (b *builder) dayPayout(id string, d transactions.Date, sales []transactions.Transaction, minute int) {
	due := b.due(d)
	at := due.Start().Add(10*time.Hour + time.Duration(minute)*time.Minute)
	switch {
	case b.shop.Cycle == "MANUAL" && d.Before(b.today.AddDays(-2)):
		// Withdrawn by the shop the same evening.
		b.settlement(id, "PAID", sales, paid(d.Start().Add(21*time.Hour)))
	case b.shop.Cycle == "MANUAL":
		b.settlement(id, "WAITING", sales)
	case due.Before(b.today):
		b.settlement(id, "PAID", sales, paid(at), b.formerAccount(at))
	case d.Before(b.today):
		b.settlement(id, "SCHEDULED", sales)
	}
}

// formerAccount names the account that was the shop's at an instant.
func (b *builder) formerAccount(at time.Time) func(*transactions.Settlement) {
	return func(s *transactions.Settlement) {
		if a := b.shop.Account; a.PrevLast4 != "" && at.Before(a.ChangedAt) {
			s.AccountLast4 = a.PrevLast4
		}
	}
}
