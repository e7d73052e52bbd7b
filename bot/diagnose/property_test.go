package diagnose_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// random facts of three shops of which two are bound, and a random question.
func randomInput(rng *rand.Rand) diagnose.Input {
	pick := func(values ...string) string { return values[rng.IntN(len(values))] }
	some := func(col transactions.Column) string {
		if rng.IntN(12) == 0 {
			return pick("", "RUBBISH")
		}
		return pick(col.Values()...)
	}
	now := at("2025-01-05 00:00").Add(time.Duration(rng.IntN(720*24*60)) * time.Minute)
	in := diagnose.Input{Now: now, Calendar: transactions.DefaultCalendar()}
	if rng.IntN(5) == 0 {
		in.Calendar = in.Calendar.LimitedTo(transactions.DateOf(now).AddDays(rng.IntN(4) - 1))
	}
	for _, no := range []string{"M1", "M2"} {
		m := shop()
		m.MerchantNo, m.Status, m.Cycle, m.FallbackCycle = no, some(transactions.ColMerchantStatus), some(transactions.ColCycle), some(transactions.ColCycle)
		m.Account.Class = some(transactions.ColAccountClass)
		m.Cutoff = pick("", "23:00", "22:30", "bad")
		in.Facts.Merchants = append(in.Facts.Merchants, m)
	}
	n := 1 + rng.IntN(8)
	ids := []string{}
	for i := range n {
		t := txn("T"+string(rune('0'+i)), "2026-01-01 00:00", amount(int64([]int{100000, 100000, 50000, 600, 0}[rng.IntN(5)])))
		t.Time = now.Add(-time.Duration(rng.IntN(10*24*60)) * time.Minute)
		t.MerchantNo = pick("M1", "M1", "M2", "M9")
		t.State, t.RespCode = some(transactions.ColState), pick("", "00", "51", "68", "94", "QQ")
		t.Kind, t.Channel, t.CardKind = some(transactions.ColKind), some(transactions.ColChannel), some(transactions.ColCardKind)
		if rng.IntN(3) > 0 {
			t.Kind, t.State = "SALE", "SUCCESS"
		}
		t.CardLast4 = pick("6688", "3344", "")
		if rng.IntN(3) == 0 {
			t.OrigID = "T" + string(rune('0'+rng.IntN(n)))
		}
		if rng.IntN(4) == 0 {
			t.Risk, t.RefundState = some(transactions.ColRisk), some(transactions.ColRefundState)
			t.Reversal = &transactions.Reversal{State: some(transactions.ColReversalState)}
			t.Dispute = &transactions.Dispute{State: some(transactions.ColDisputeState)}
		}
		ids = append(ids, t.ID)
		in.Facts.Transactions = append(in.Facts.Transactions, t)
	}
	for i := range rng.IntN(6) {
		s := pay("B"+string(rune('0'+i)), some(transactions.ColSettlementState), nil)
		s.MerchantNo = pick("", "M1", "M2", "M9")
		s.Cycle, s.FailCode, s.NextID = some(transactions.ColCycle), pick("", "ACCT_LIMIT", "ACCT_CLOSED"), pick("", "", "B0", "B1", "B2")
		for range 1 + rng.IntN(3) {
			s.TransactionIDs = append(s.TransactionIDs, pick(ids...))
		}
		if rng.IntN(3) == 0 {
			s.RefundOffsetFen, s.NetFen, s.DueDate = fen(1), nil, transactions.DateOf(now).AddDays(rng.IntN(7)-3)
		}
		if s.State == "PAID" {
			s.PaidAt = now.Add(-time.Duration(rng.IntN(48)) * time.Hour)
		}
		in.Facts.Settlements = append(in.Facts.Settlements, s)
	}
	in.Query = randomQuery(rng, now, pick)
	for _, list := range []*[]string{&in.Focus, &in.Offered, &in.Answered} {
		if rng.IntN(3) == 0 {
			*list = []string{pick(ids...), pick(ids...)}
		}
	}
	in.Explained = diagnose.Cause(pick("", "FEE_NET", "VOIDED"))
	if rng.IntN(8) == 0 {
		in.Notices = []transactions.Notice{{Brand: pick("", "拉卡拉", "刷呗"), From: now.Add(-time.Hour), Until: now.Add(time.Hour)}}
	}
	return in
}

func randomQuery(rng *rand.Rand, now time.Time, pick func(...string) string) understand.Query {
	q := understand.Query{
		Intent: understand.Intent(pick("missing_payment", "fee", "refund", "settlement_rule", "declined", "duplicate_charge")),
		Text:   pick("", "那笔", "旧卡丢失"), Together: rng.IntN(4) == 0, Other: rng.IntN(9) == 0, Disputed: rng.IntN(9) == 0,
	}
	for range rng.IntN(3) {
		q.Amounts = append(q.Amounts, understand.Amount{
			Fen: []int64{100000, 50000, 99400, 150000, 600}[rng.IntN(5)], Count: 1 + rng.IntN(2),
			Approx: rng.IntN(5) == 0, Net: rng.IntN(5) == 0, Fee: rng.IntN(5) == 0, Negated: rng.IntN(6) == 0, Total: rng.IntN(6) == 0,
		})
	}
	if rng.IntN(2) == 0 {
		from := transactions.DateOf(now).AddDays(-rng.IntN(6)).Start()
		q.Time = &understand.Span{From: from, To: from.AddDate(0, 0, 1), Precision: understand.Precision(pick("day", "range", "hour", "part", "minute")), Bare: rng.IntN(2) == 0}
	}
	if rng.IntN(4) == 0 {
		q.CardLast4 = pick("6688", "3344")
	}
	if rng.IntN(10) == 0 {
		q.Choice = rng.IntN(4) - 1
	}
	if rng.IntN(20) == 0 {
		q.Reference = pick("T0", "T1", "B0", "zzz")
	}
	for _, s := range []understand.Symptom{understand.PartialArrived, understand.LessArrived, understand.TwiceDebited, understand.PayerDebited, understand.BankSaysNone} {
		if rng.IntN(8) == 0 {
			q.Symptoms = append(q.Symptoms, s)
		}
	}
	return q
}

// mayPromise are the five causes that have a date (rules 4).
func mayPromise(c diagnose.Cause) bool {
	switch c {
	case diagnose.CycleNotDue, diagnose.AfterCutoff, diagnose.HolidayDeferred, diagnose.SettleProcessing, diagnose.D0Downgraded:
		return true
	}
	return false
}

// checkResult is what must hold whatever the ledger and the words are.
func checkResult(t *testing.T, in diagnose.Input, r diagnose.Result) {
	t.Helper()
	ours := map[string]bool{}
	for _, row := range in.Facts.Transactions {
		if row.MerchantNo == "M1" || row.MerchantNo == "M2" {
			ours[row.ID] = true
		}
	}
	for _, id := range r.Transactions {
		if !ours[id] {
			t.Fatalf("speaks of %s, which is not ours", id)
		}
	}
	if r.Cause == diagnose.NotOwned && len(r.Diagnoses)+len(r.Candidates)+len(r.Transactions) > 0 {
		t.Fatal("a refusal tells something")
	}
	today := transactions.DateOf(in.Now)
	for _, d := range r.Diagnoses {
		for _, rows := range [][]transactions.Transaction{d.Transactions, d.Linked, d.FailedAttempts, d.Companions} {
			for _, row := range rows {
				if row.MerchantNo != "M1" && row.MerchantNo != "M2" {
					t.Fatalf("%s of %s appears", row.ID, row.MerchantNo)
				}
			}
		}
		if s := d.Settlement; s != nil && s.MerchantNo == "M9" {
			t.Fatalf("settlement %s of another shop", s.ID)
		}
		if d.Due.IsZero() {
			continue
		}
		if !mayPromise(d.Cause) {
			t.Fatalf("%s promises %s", d.Cause, d.Due)
		}
		if d.Due.Before(today) || d.Due.Before(d.Schedule.Formula) || d.Due.Before(d.Schedule.Clearing) {
			t.Fatalf("%s promises %s: today %s, schedule %+v", d.Cause, d.Due, today, d.Schedule)
		}
	}
	if r.Human != (r.Reason != "") || r.Human != (r.Priority != "") {
		t.Fatalf("human %v reason %q priority %q", r.Human, r.Reason, r.Priority)
	}
	if r.Cause == "" && !r.General {
		t.Fatal("no cause")
	}
}

// shuffled is the same look-up in another order.
func shuffled(in diagnose.Input, rng *rand.Rand) diagnose.Input {
	f := in.Facts
	f.Merchants, f.Transactions, f.Settlements = slices.Clone(f.Merchants), slices.Clone(f.Transactions), slices.Clone(f.Settlements)
	rng.Shuffle(len(f.Merchants), func(i, j int) { f.Merchants[i], f.Merchants[j] = f.Merchants[j], f.Merchants[i] })
	rng.Shuffle(len(f.Transactions), func(i, j int) { f.Transactions[i], f.Transactions[j] = f.Transactions[j], f.Transactions[i] })
	rng.Shuffle(len(f.Settlements), func(i, j int) { f.Settlements[i], f.Settlements[j] = f.Settlements[j], f.Settlements[i] })
	in.Facts = f
	return in
}

func checkOne(t *testing.T, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a fixed seed is the point
	in := randomInput(rng)
	r := diagnose.Resolve(in)
	checkResult(t, in, r)
	a, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(diagnose.Resolve(shuffled(in, rng)))
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Fatalf("seed %d: the order of rows decides\n%s\n%s", seed, a, b)
	}
	// A row of another shop changes nothing, not even a byte of a refusal.
	without := in
	without.Facts.Transactions = slices.DeleteFunc(slices.Clone(in.Facts.Transactions), func(x transactions.Transaction) bool { return x.MerchantNo == "M9" })
	c, err := json.Marshal(diagnose.Resolve(without))
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(c) {
		t.Fatalf("seed %d: another shop's row shows\n%s\n%s", seed, a, c)
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	seen := map[diagnose.Cause]int{}
	for seed := range uint64(4000) {
		checkOne(t, seed)
		seen[diagnose.Resolve(randomInput(rand.New(rand.NewPCG(seed, 7)))).Cause]++ //nolint:gosec // a fixed seed is the point
	}
	if len(seen) < 20 {
		t.Errorf("the random facts reach only %d causes: %v", len(seen), seen)
	}
}

func FuzzResolve(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { checkOne(t, seed) })
}
