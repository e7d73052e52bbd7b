// Package sample makes the demo ledger: invented shops whose transactions and
// payouts lie relative to a clock, so that every cause that comes from a ledger
// can be met live, at any hour and on any day. Nothing in it is real. The same
// clock gives the same ledger. Ids of ordinary rows follow their day and ids of
// the prepared cases never change, so that a later clock moves the cases on
// when its ledger is stored over an earlier one.
package sample

import (
	"fmt"
	"hash/fnv"
	"time"

	"daozhang/transactions"
)

// HistoryDays is how far the ordinary rows reach back.
const HistoryDays = 60

// Ledger is everything to store; Notices are published announcements.
type Ledger struct {
	Merchants    []transactions.Merchant
	Terminals    []transactions.TerminalRow
	Transactions []transactions.Transaction
	Settlements  []transactions.Settlement
	Notices      []transactions.Notice

	guide []Example
}

// Example is one sentence that meets a cause live.
type Example struct {
	Cause string `json:"cause"` // contract section 8
	// MerchantNo is the shop to ask as; "" = a WeChat user bound to no shop.
	MerchantNo string `json:"merchant_no,omitempty"`
	Shop       string `json:"shop"`
	Say        string `json:"say"`
	// Transactions are the rows that the answer speaks about.
	Transactions []string `json:"transactions,omitempty"`
}

// Guide lists at least one sentence for each cause that the sample can show at
// its clock. HOLIDAY_DEFERRED needs a clock at a holiday.
func (l Ledger) Guide() []Example { return l.guide }

// Generate makes the ledger at an instant. workday tells working days from the
// settlement calendar; for days that the calendar does not know it may say
// what it likes: no date beyond today is taken from it.
func Generate(now time.Time, workday func(transactions.Date) bool) Ledger {
	now = now.In(transactions.Shanghai).Truncate(time.Second)
	b := &builder{now: now, today: transactions.DateOf(now), workday: workday}
	for i, s := range shops(b.today) {
		b.shop, b.index = s, i+1
		b.history()
		s.cases(b)
		b.terminals()
		b.ledger.Merchants = append(b.ledger.Merchants, b.shop.Merchant)
	}
	b.words()
	return b.ledger
}

// builder collects the rows of one shop after the other.
type builder struct {
	now     time.Time
	today   transactions.Date
	workday func(transactions.Date) bool
	shop    shop
	index   int
	serial  int
	ledger  Ledger
}

// on is a time of day, n days before today (negative: after).
func (b *builder) on(daysAgo, hour, minute int) time.Time {
	return b.today.AddDays(-daysAgo).Start().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// day says a day as a merchant would.
func (b *builder) day(daysAgo int) string {
	switch daysAgo {
	case 0:
		return "今天"
	case 1:
		return "昨天"
	case 2:
		return "前天"
	default:
		return b.today.AddDays(-daysAgo).Chinese()
	}
}

// due is the payout date of a clearing day by the shop's cycle (rules 4).
func (b *builder) due(clearing transactions.Date) transactions.Date {
	switch b.shop.Cycle {
	case "D0", "MANUAL":
		return clearing
	case "T1":
		return nextWorkday(clearing, b.workday)
	default:
		return clearing.AddDays(1)
	}
}

// nextWorkday is the first working day after a day; the next day when there is
// none in sight.
func nextWorkday(d transactions.Date, workday func(transactions.Date) bool) transactions.Date {
	for i := 1; i <= 30; i++ {
		if e := d.AddDays(i); workday(e) {
			return e
		}
	}
	return d.AddDays(1)
}

// sale makes a successful card sale of the shop and keeps it.
func (b *builder) sale(at time.Time, fen int64, edits ...func(*transactions.Transaction)) *transactions.Transaction {
	b.serial++
	return b.row(fmt.Sprintf("DEMO%02d%04d", b.index, b.serial), at, fen, edits...)
}

func (b *builder) row(id string, at time.Time, fen int64, edits ...func(*transactions.Transaction)) *transactions.Transaction {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	n := h.Sum64()
	t := transactions.Transaction{
		ID: id, Source: "file", MerchantNo: b.shop.MerchantNo, Terminal: b.shop.Terminals[0],
		Channel: "CARD", Kind: "SALE", State: "SUCCESS", RespCode: "00", AmountFen: fen,
		CardKind: "CREDIT", CardLast4: fmt.Sprintf("%04d", n%10000), Time: at,
		RRN: fmt.Sprintf("%012d", n/7%1_000_000_000_000), STAN: fmt.Sprintf("%06d", n/11%1_000_000),
		BatchNo: fmt.Sprintf("%06d", n/13%1000), AuthCode: fmt.Sprintf("%06X", n/17%0xffffff),
	}
	for _, edit := range edits {
		edit(&t)
	}
	if t.State != "SUCCESS" {
		t.AuthCode = ""
	}
	b.ledger.Transactions = append(b.ledger.Transactions, t)
	return &b.ledger.Transactions[len(b.ledger.Transactions)-1]
}

func debit(t *transactions.Transaction) { t.CardKind = "DEBIT" }

func tail(last4 string) func(*transactions.Transaction) {
	return func(t *transactions.Transaction) { t.CardLast4 = last4 }
}

func outcome(state, code string) func(*transactions.Transaction) {
	return func(t *transactions.Transaction) { t.State, t.RespCode = state, code }
}

// of makes a row of another kind that points back to an original.
func of(kind string, original transactions.Transaction) func(*transactions.Transaction) {
	return func(t *transactions.Transaction) {
		t.Kind, t.OrigID, t.Channel, t.CardKind, t.CardLast4 = kind, original.ID, original.Channel, original.CardKind, original.CardLast4
	}
}

// qr makes it a scanned payment: no card, no slip numbers of a bank.
func qr(channel string) func(*transactions.Transaction) {
	return func(t *transactions.Transaction) {
		t.PayerRef = "payer-" + t.RRN[:6]
		t.Channel, t.CardKind, t.CardLast4, t.AuthCode, t.STAN, t.RespCode = channel, "", "", "", "", ""
	}
}

// payout makes the settlement of some transactions in a state, with exact fees.
func (b *builder) payout(state string, txns []transactions.Transaction, edits ...func(*transactions.Settlement)) *transactions.Settlement {
	b.serial++
	return b.settlement(fmt.Sprintf("DEMOB%02d%04d", b.index, b.serial), state, txns, edits...)
}

func (b *builder) settlement(id, state string, txns []transactions.Transaction, edits ...func(*transactions.Settlement)) *transactions.Settlement {
	s := transactions.Settlement{
		ID: id, MerchantNo: b.shop.MerchantNo, State: state, Cycle: b.shop.Cycle, AccountLast4: b.shop.Account.Last4, Attempt: 1,
	}
	var gross, fees, surcharge, zero int64
	for _, t := range txns {
		gross += t.AmountFen
		fees += fee(b.shop.Rates, t)
		s.TransactionIDs = append(s.TransactionIDs, t.ID)
		s.ClearingDate = clearing(b.shop.Merchant, t.Time)
	}
	if b.shop.Cycle == "D0" && b.shop.Rates.D0ExtraFen != nil && (state == "PAID" || state == "PROCESSING") {
		surcharge = *b.shop.Rates.D0ExtraFen
	}
	s.GrossFen, s.FeeFen, s.SurchargeFen, s.RefundOffsetFen, s.DisputeOffsetFen, s.AdjustFen = &gross, &fees, &surcharge, &zero, &zero, &zero
	if b.shop.Cycle == "D1" || b.shop.Cycle == "D0" {
		s.DueDate = b.due(s.ClearingDate)
	}
	for _, edit := range edits {
		edit(&s)
	}
	if s.NetFen == nil {
		net := *s.GrossFen - *s.FeeFen - *s.SurchargeFen - *s.RefundOffsetFen - *s.DisputeOffsetFen + *s.AdjustFen
		s.NetFen = &net
	}
	b.ledger.Settlements = append(b.ledger.Settlements, s)
	return &b.ledger.Settlements[len(b.ledger.Settlements)-1]
}

// paid fills in the bank's side of a payout.
func paid(at time.Time) func(*transactions.Settlement) {
	return func(s *transactions.Settlement) {
		s.PaidAt, s.BankRef = at, "R"+at.Format("20060102")+s.ID[len(s.ID)-6:]
		if s.DueDate.IsZero() {
			s.DueDate = transactions.DateOf(at)
		}
	}
}

func failed(code, reason string) func(*transactions.Settlement) {
	return func(s *transactions.Settlement) { s.FailCode, s.FailReason = code, reason }
}

func held(risk string, due transactions.Date, docs ...string) func(*transactions.Settlement) {
	return func(s *transactions.Settlement) { s.Risk, s.Docs, s.DocsDue = risk, docs, due }
}

// clearing is the clearing day of a sale: the next day from the cut-off on.
func clearing(m transactions.Merchant, at time.Time) transactions.Date {
	d := transactions.DateOf(at)
	if m.Cutoff != "" && at.Format("15:04") >= m.Cutoff {
		return d.AddDays(1)
	}
	return d
}

// fee is the fee of one sale, half up to the fen; the cap is for debit cards.
func fee(r transactions.Rates, t transactions.Transaction) int64 {
	bp := r.CreditBP
	switch {
	case t.Channel != "CARD":
		bp = r.QRBP
	case t.CardKind == "DEBIT":
		bp = r.DebitBP
	}
	if bp == nil {
		return 0
	}
	f := (t.AmountFen**bp + 5000) / 10000
	if t.Channel == "CARD" && t.CardKind == "DEBIT" && r.DebitCapFen != nil {
		f = min(f, *r.DebitCapFen)
	}
	return f
}

// show adds a sentence to the guide.
func (b *builder) show(cause, say string, txns ...transactions.Transaction) {
	e := Example{Cause: cause, MerchantNo: b.shop.MerchantNo, Shop: b.shop.Name, Say: say}
	for _, t := range txns {
		e.Transactions = append(e.Transactions, t.ID)
	}
	b.ledger.guide = append(b.ledger.guide, e)
}
