package diagnose_test

import (
	"slices"
	"testing"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

func hour(from, to string, bare bool) *understand.Span {
	return &understand.Span{From: at(from), To: at(to), Precision: understand.Hour, Bare: bare}
}

func span(from, to string) *understand.Span {
	return &understand.Span{From: at(from), To: at(to), Precision: understand.Range}
}

func and(q understand.Query, change func(*understand.Query)) understand.Query {
	change(&q)
	return q
}

func timed(n float64, s *understand.Span) understand.Query {
	return and(named(n), func(q *understand.Query) { q.Time = s })
}

func says(q understand.Query, s ...understand.Symptom) understand.Query {
	q.Symptoms = s
	return q
}

// TestWhichTransaction walks through rules 2.
func TestWhichTransaction(t *testing.T) {
	t.Parallel()
	paid := func(id string, ids ...string) transactions.Settlement { return pay("B"+id, "PAID", ids) }
	for _, c := range []struct {
		name   string
		q      understand.Query
		rows   []transactions.Transaction
		pays   []transactions.Settlement
		in     func(*diagnose.Input)
		cause  diagnose.Cause // "" = any
		ids    []string
		absent bool // no match
	}{
		// 2.1 ownership
		{name: "reference of nobody", q: understand.Query{Reference: "112233"}, rows: txns(txn("T1", "2026-11-18 10:00")), cause: diagnose.NotOwned},
		{name: "terminal of nobody", q: understand.Query{Terminal: "B7777777"}, rows: txns(txn("T1", "2026-11-18 10:00")), cause: diagnose.NotOwned},
		{name: "terminal without a sale", q: and(named(8), func(q *understand.Query) { q.Terminal = "A0000002" }), rows: txns(txn("T1", "2026-11-18 10:00")), cause: diagnose.NotFound},
		{name: "merchant number of another", q: understand.Query{MerchantNo: "M2"}, rows: txns(txn("T1", "2026-11-18 10:00")), cause: diagnose.NotOwned},
		{name: "somebody else's shop", q: and(named(1000), func(q *understand.Query) { q.OthersShop = true }), rows: txns(txn("T1", "2026-11-18 10:00")), cause: diagnose.NotOwned},
		{name: "nothing bound", q: named(1000), in: func(in *diagnose.Input) { in.Facts.Merchants = nil }, cause: diagnose.NotBound},
		{name: "a row of another shop is not there", q: named(1000), rows: txns(txn("T1", "2026-11-18 10:00", func(t *transactions.Transaction) { t.MerchantNo = "M2" })), cause: diagnose.NotFound},
		// 2.2 agreement
		{name: "reference", q: understand.Query{Reference: "000123"}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:01", func(t *transactions.Transaction) { t.RRN = "123" })), ids: []string{"T2"}},
		{name: "bank reference", q: understand.Query{Reference: "r1"}, rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 10:01")), pays: pays(paid("1", "T1")), ids: []string{"T1"}},
		{name: "gross", q: named(500), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:01", amount(50000))), ids: []string{"T2"}},
		{name: "net of the ledger", q: named(994), rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 10:01", amount(50000))), pays: pays(paid("1", "T1")), ids: []string{"T1"}},
		{name: "net computed", q: named(994), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:01", amount(50000))), ids: []string{"T1"}},
		{name: "remaining after a part refund", q: named(700), rows: txns(txn("T1", "2026-11-18 10:00", refunds("PART_REFUNDED")), txn("T2", "2026-11-18 10:01", kind("REFUND", "T1"), amount(30000))), ids: []string{"T1"}},
		{name: "range", q: understand.Query{Amounts: []understand.Amount{{Fen: 70000, FromFen: 70000, ToFen: 80000, Count: 1}}}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:01", amount(75000))), ids: []string{"T2"}},
		{name: "about", q: understand.Query{Amounts: []understand.Amount{{Fen: 70000, Approx: true, Count: 1}}}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:01", amount(73500))), ids: []string{"T2"}},
		{name: "sum of a payout", q: named(1491), rows: txns(txn("T1", "2026-11-17 12:00"), txn("T2", "2026-11-17 13:00", amount(50000)), txn("T3", "2026-11-18 09:00", amount(7))), pays: pays(pay("B1", "PAID", []string{"T1", "T2"}, sums(150000, 900, 149100))), cause: diagnose.MergedPayout, ids: []string{"T1", "T2"}},
		{name: "sum of a day", q: timed(1500, day("2026-11-18")), rows: txns(txn("T0", "2026-11-17 09:00", amount(20000)), txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", amount(50000))), ids: []string{"T1", "T2"}},
		{name: "sum of the only subset", q: timed(1500, day("2026-11-18")), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", amount(50000)), txn("T3", "2026-11-18 12:00", amount(7700))), ids: []string{"T1", "T2"}},
		{name: "two subsets fit: chance, no match", q: timed(1500, day("2026-11-18")), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", amount(50000)), txn("T3", "2026-11-18 12:00", amount(70000)), txn("T4", "2026-11-18 12:30", amount(80000))), cause: diagnose.NotFound},
		{name: "the amount of a refund", q: and(named(300), func(q *understand.Query) { q.Intent = understand.Refund }), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", kind("REFUND", "T1"), amount(30000)), txn("T3", "2026-11-18 12:00", amount(30000))), cause: diagnose.Refunded, ids: []string{"T1"}},
		{name: "the amount of a sale, not of a refund", q: named(300), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", kind("REFUND", "T1"), amount(30000)), txn("T3", "2026-11-18 12:00", amount(30000))), ids: []string{"T3"}},
		{name: "tail", q: and(named(1000), func(q *understand.Query) { q.CardLast4 = "3344" }), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", tail("3344"))), ids: []string{"T2"}},
		{name: "tail that nobody has", q: and(named(1000), func(q *understand.Query) { q.CardLast4 = "0000" }), rows: txns(txn("T1", "2026-11-18 10:00")), cause: diagnose.NotFound},
		{name: "a tail is no QR sale's", q: understand.Query{CardLast4: "6688"}, rows: txns(txn("T1", "2026-11-18 10:00", qr)), cause: diagnose.NotFound},
		{name: "terminal", q: and(named(1000), func(q *understand.Query) { q.Terminal = "0002" }), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", terminal("A0000002"))), ids: []string{"T2"}},
		{name: "channel", q: and(named(1000), func(q *understand.Query) { q.Channel = "WECHAT" }), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", qr)), ids: []string{"T2"}},
		{name: "part of day ranks", q: timed(1000, part("2026-11-18 12:00", "2026-11-18 18:00")), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 14:00")), ids: []string{"T2"}},
		{name: "part of day does not exclude the only one", q: timed(1000, part("2026-11-17 12:00", "2026-11-17 18:00")), rows: txns(txn("T1", "2026-11-17 10:00")), pays: pays(paid("1", "T1")), ids: []string{"T1"}},
		{name: "bare hour, other half", q: timed(1000, hour("2026-11-17 15:00", "2026-11-17 16:00", true)), rows: txns(txn("T1", "2026-11-17 03:20"), txn("T2", "2026-11-17 20:00")), ids: []string{"T1"}, pays: pays(paid("1", "T1", "T2"))},
		{name: "bare hour alone, other half", q: understand.Query{Time: hour("2026-11-17 15:00", "2026-11-17 16:00", true)}, rows: txns(txn("T1", "2026-11-17 03:20"), txn("T2", "2026-11-17 20:00")), ids: []string{"T1"}, pays: pays(paid("1", "T1", "T2"))},
		{name: "bare hour, other half over midnight", q: timed(1000, hour("2026-11-17 15:00", "2026-11-17 16:00", true)), rows: txns(txn("T1", "2026-11-18 03:20")), cause: diagnose.CycleNotDue, ids: []string{"T1"}},
		{name: "an hour alone far from any sale", q: understand.Query{Time: hour("2026-11-17 15:00", "2026-11-17 16:00", false)}, rows: txns(txn("T1", "2026-11-17 20:00")), cause: diagnose.NotFound},
		{name: "payout state never decides", q: timed(1000, day("2026-11-17")), rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 15:00", tail("3344"))), pays: pays(paid("1", "T1"), pay("B2", "HELD", one("T2"))), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "gross and net agree equally", q: named(994), rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 15:00", amount(99400))), pays: pays(paid("1", "T1")), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "a sum that arrived prefers the net", q: understand.Query{Amounts: []understand.Amount{{Fen: 99400, Count: 1, Net: true}}}, rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 15:00", amount(99400))), pays: pays(paid("1", "T1")), ids: []string{"T1"}},
		{name: "a fee names no sale", q: understand.Query{Amounts: []understand.Amount{yuan(1000), {Fen: 600, Count: 1, Fee: true}}}, rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 12:00", amount(600))), pays: pays(paid("1", "T1")), ids: []string{"T1"}},
		{name: "a fee alone finds its sale", q: understand.Query{Intent: understand.Fee, Amounts: []understand.Amount{{Fen: 600, Count: 1, Fee: true}}}, rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 12:00", amount(50000))), pays: pays(paid("1", "T1")), cause: diagnose.FeeNet, ids: []string{"T1"}},
		{name: "taken back", q: understand.Query{Amounts: []understand.Amount{{Fen: 100000, Count: 1, Negated: true}, yuan(500)}}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:01", amount(50000))), ids: []string{"T2"}},
		// 2.3 one sale
		{name: "failed, then a success", q: named(1000), rows: txns(txn("T1", "2026-11-18 10:00", state("FAILED", "55")), txn("T2", "2026-11-18 10:30")), cause: diagnose.CycleNotDue, ids: []string{"T2"}},
		{name: "unknown, then a success", q: named(1000), rows: txns(txn("T1", "2026-11-18 10:00", state("UNKNOWN", "68")), txn("T2", "2026-11-18 10:05")), cause: diagnose.CycleNotDue, ids: []string{"T2"}},
		{name: "unknown, success too late", q: named(1000), rows: txns(txn("T1", "2026-11-18 10:00", state("UNKNOWN", "68")), txn("T2", "2026-11-18 10:31")), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "unknown, success elsewhere", q: named(1000), rows: txns(txn("T1", "2026-11-18 10:00", state("UNKNOWN", "68")), txn("T2", "2026-11-18 10:05", terminal("A0000002"))), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "94: the earlier success", q: named(1000), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:02", state("UNKNOWN", "94"))), cause: diagnose.CycleNotDue, ids: []string{"T1"}},
		{name: "failed stands back", q: named(1000), rows: txns(txn("T1", "2026-11-18 08:00", state("FAILED", "55")), txn("T2", "2026-11-18 12:00")), cause: diagnose.CycleNotDue, ids: []string{"T2"}},
		{name: "failed is meant", q: and(named(1000), func(q *understand.Query) { q.Intent = understand.Declined }), rows: txns(txn("T1", "2026-11-18 08:00", state("FAILED", "55")), txn("T2", "2026-11-18 12:00")), cause: diagnose.TxnDeclined, ids: []string{"T1"}},
		{name: "failed does not disturb two that are named", q: understand.Query{Amounts: []understand.Amount{yuan(1000), yuan(500)}}, rows: txns(txn("T0", "2026-11-18 08:00", state("FAILED", "55")), txn("T1", "2026-11-18 12:00"), txn("T2", "2026-11-18 12:01", amount(50000))), ids: []string{"T1", "T2"}},
		{name: "sale and void are one", q: named(1000), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:05", kind("VOID", "T1"))), cause: diagnose.Voided, ids: []string{"T1"}},
		// 2.4 neighbour day
		{name: "the day before", q: timed(1000, day("2026-11-18")), rows: txns(txn("T1", "2026-11-17 10:00")), pays: pays(paid("1", "T1")), ids: []string{"T1"}},
		{name: "two days before", q: timed(1000, day("2026-11-18")), rows: txns(txn("T1", "2026-11-16 10:00")), cause: diagnose.NotFound},
		{name: "a weekend reaches three days", q: timed(1000, day("2026-11-15")), rows: txns(txn("T1", "2026-11-12 10:00")), ids: []string{"T1"}, cause: diagnose.Overdue},
		{name: "two on neighbour days", q: timed(1000, day("2026-11-17")), rows: txns(txn("T1", "2026-11-16 10:00"), txn("T2", "2026-11-18 10:00")), cause: diagnose.NotFound},
		{name: "the neighbour must have the tail", q: and(timed(1000, day("2026-11-18")), func(q *understand.Query) { q.CardLast4 = "0000" }), rows: txns(txn("T1", "2026-11-17 10:00")), cause: diagnose.NotFound},
		// 2.5 several
		{name: "twice", q: says(named(1000), understand.TwiceDebited), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:10")), cause: diagnose.Duplicate, ids: []string{"T1", "T2"}},
		{name: "twice, nothing named", q: says(understand.Query{}, understand.TwiceDebited), rows: txns(txn("T0", "2026-11-18 09:00", amount(5000)), txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 10:03")), pays: pays(paid("1", "T1"), paid("2", "T2")), cause: diagnose.Duplicate, ids: []string{"T1", "T2"}},
		{name: "twice, finer time names one", q: says(timed(1000, &understand.Span{From: at("2026-11-18 09:59"), To: at("2026-11-18 10:01"), Precision: understand.Minute}), understand.TwiceDebited), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:05")), cause: diagnose.Duplicate, ids: []string{"T1", "T2"}},
		{name: "twice, other tail", q: says(named(1000), understand.TwiceDebited), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:05", tail("3344"))), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "twice, eleven minutes apart", q: says(named(1000), understand.TwiceDebited), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:11")), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "not twice without the words", q: named(1000), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:05")), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "twice by QR", q: says(named(1000), understand.TwiceDebited), rows: txns(txn("T1", "2026-11-18 10:00", qr), txn("T2", "2026-11-18 10:05", qr)), cause: diagnose.Duplicate, ids: []string{"T1", "T2"}},
		{name: "twice, one voided by now", q: says(named(1000), understand.TwiceDebited), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:05", state("VOIDED", "00"))), ids: []string{"T1", "T2"}},
		{name: "same cause and date, asked together", q: and(understand.Query{Time: day("2026-11-18")}, func(q *understand.Query) { q.Together = true }), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", amount(50000))), cause: diagnose.CycleNotDue, ids: []string{"T1", "T2"}},
		{name: "together, the problem first", q: and(understand.Query{Time: day("2026-11-18")}, func(q *understand.Query) { q.Together = true }), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", risk("HOLD"))), cause: diagnose.RiskHold, ids: []string{"T1", "T2"}},
		{name: "three, only one arrived", q: and(says(understand.Query{Time: day("2026-11-17"), Count: 3}, understand.PartialArrived), func(q *understand.Query) { q.Together = true }), rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 11:00", amount(50000)), txn("T3", "2026-11-17 12:00", amount(70000))), pays: pays(paid("1", "T1"), pay("B2", "HELD", one("T2"), sums(50000, 300, 49700)), pay("B3", "HELD", one("T3"), sums(70000, 420, 69580))), cause: diagnose.RiskHold, ids: []string{"T2", "T3"}},
		{name: "two amounts named", q: understand.Query{Amounts: []understand.Amount{yuan(1000), yuan(500)}}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", amount(50000), risk("HOLD"))), cause: diagnose.RiskHold, ids: []string{"T1", "T2"}},
		{name: "one arrived, the other is asked about", q: understand.Query{Amounts: []understand.Amount{{Fen: 100000, Count: 1, Arrived: true}, yuan(500)}}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", amount(50000))), ids: []string{"T2"}},
		{name: "two of one amount, counted", q: understand.Query{Amounts: []understand.Amount{{Fen: 100000, Count: 2}}}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 14:00")), cause: diagnose.CycleNotDue, ids: []string{"T1", "T2"}},
		{name: "a day as a whole, one answer", q: understand.Query{Text: "今天刷的还没到", Time: day("2026-11-18")}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", amount(50000))), cause: diagnose.CycleNotDue, ids: []string{"T1", "T2"}},
		{name: "one of a day, asked as one", q: understand.Query{Text: "今天那笔还没到", Time: day("2026-11-18")}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", amount(50000))), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "a day as a whole, both paid apart", q: understand.Query{Text: "昨天刷的没到", Time: day("2026-11-17")}, rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 11:00", amount(50000))), pays: pays(paid("1", "T1"), pay("B2", "PAID", one("T2"), sums(50000, 300, 49700))), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "a day as a whole, different causes", q: understand.Query{Text: "今天刷的没到", Time: day("2026-11-18")}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 11:00", risk("HOLD"))), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "on two days", q: understand.Query{Count: 2, Together: true, Time: day("2026-11-17"), Times: []understand.Span{*day("2026-11-17"), *day("2026-11-18")}}, rows: txns(txn("T1", "2026-11-17 10:00", risk("HOLD")), txn("T2", "2026-11-18 11:00")), cause: diagnose.RiskHold, ids: []string{"T1", "T2"}},
		// 2.6 nothing named
		{name: "what is not paid out", rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-18 10:00")), pays: pays(paid("1", "T1")), cause: diagnose.CycleNotDue, ids: []string{"T2"}},
		{name: "not older than seven days", rows: txns(txn("T1", "2026-11-11 14:00"), txn("T2", "2026-11-17 10:00")), pays: pays(paid("2", "T2")), cause: diagnose.PaidNotNoticed, ids: []string{"T2"}},
		{name: "else the latest", rows: txns(txn("T1", "2026-11-16 10:00"), txn("T2", "2026-11-17 10:00")), pays: pays(paid("1", "T1"), paid("2", "T2")), cause: diagnose.PaidNotNoticed, ids: []string{"T2"}},
		{name: "an open problem first", rows: txns(txn("T1", "2026-11-18 09:00"), txn("T2", "2026-11-18 10:00", risk("HOLD"))), cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "a hold beside a fresh unknown", rows: txns(txn("T1", "2026-11-18 09:00"), txn("T2", "2026-11-18 10:00", amount(50000), risk("HOLD")), txn("T3", "2026-11-18 14:50", amount(700), state("UNKNOWN", "68"))), cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "two holds of different kinds, nothing named", rows: txns(txn("T1", "2026-11-18 09:00", disputed("CHARGEBACK")), txn("T2", "2026-11-18 10:00", amount(50000), risk("HOLD"))), cause: diagnose.Ambiguous, ids: []string{"T1", "T2"}},
		{name: "a general question asked of all", q: understand.Query{Intent: understand.SettlementRule, Together: true}, rows: txns(txn("T1", "2026-11-18 09:00"), txn("T2", "2026-11-18 10:00", amount(50000), risk("HOLD"))), cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "different dates, nothing named", rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-17 23:30"), txn("T3", "2026-11-17 10:00", state("VOIDED", "00"))), cause: diagnose.Ambiguous, ids: []string{"T2", "T1"}},
		{name: "a general question meets a problem", q: understand.Query{Intent: understand.SettlementRule, Time: span("2026-10-01 00:00", "2026-10-08 00:00")}, rows: txns(txn("T1", "2026-11-17 10:00")), pays: pays(pay("B1", "REJECTED", one("T1"), failed("ACCT_DORMANT", ""))), cause: diagnose.PayoutRejectedAccount, ids: []string{"T1"}},
		{name: "less arrived, nothing named", q: says(understand.Query{}, understand.LessArrived), rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-18 10:00")), pays: pays(paid("1", "T1")), cause: diagnose.FeeNet, ids: []string{"T1"}},
		{name: "a failure, nothing named", q: understand.Query{Intent: understand.Declined}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 12:00", amount(5000), state("FAILED", "51"))), cause: diagnose.TxnDeclined, ids: []string{"T2"}},
		{name: "code shown", q: understand.Query{RespCode: "51"}, rows: txns(txn("T1", "2026-11-18 10:00", state("FAILED", "55")), txn("T2", "2026-11-18 12:00", amount(5000), state("FAILED", "51"))), cause: diagnose.TxnDeclined, ids: []string{"T2"}},
		// 2.8 no match
		{name: "payer debited", q: says(named(8), understand.PayerDebited), rows: txns(txn("T1", "2026-11-18 10:00")), cause: diagnose.SingleSided},
		{name: "unsent", q: named(8), rows: txns(txn("T1", "2026-11-18 10:00")), in: unsent, cause: diagnose.NotUploaded},
		{name: "debited before unsent", q: says(named(8), understand.PayerDebited), in: unsent, cause: diagnose.SingleSided},
		{name: "not found", q: named(8), rows: txns(txn("T1", "2026-11-18 10:00")), cause: diagnose.NotFound},
		{name: "an empty ledger", cause: diagnose.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := ask(c.q, c.rows, c.pays...)
			if c.in != nil {
				c.in(&in)
			}
			r := diagnose.Resolve(in)
			if c.cause != "" && r.Cause != c.cause {
				t.Errorf("cause %s, want %s", r.Cause, c.cause)
			}
			got := r.Transactions
			if r.Cause == diagnose.Ambiguous {
				got = nil
				for _, x := range r.Candidates {
					got = append(got, x.Transaction.ID)
				}
				slices.Sort(got)
				slices.Sort(c.ids)
			}
			if len(got)+len(c.ids) > 0 && !slices.Equal(got, c.ids) {
				t.Errorf("transactions %v, want %v (%s)", got, c.ids, r.Cause)
			}
			for _, x := range r.Candidates {
				if len(x.Reasons) == 0 || x.Score < 0 || x.Score > 1 {
					t.Errorf("candidate %s: %v %v", x.Transaction.ID, x.Reasons, x.Score)
				}
			}
		})
	}
}

func unsent(in *diagnose.Input) {
	in.Facts.Merchants[0].TerminalState = map[string]transactions.TerminalState{"A0000001": {UnsentOffline: 2, LastSeen: at("2026-11-18 09:00")}}
}

func TestDayCorrected(t *testing.T) {
	t.Parallel()
	r := diagnose.Resolve(ask(timed(1000, day("2026-11-18")), txns(txn("T1", "2026-11-17 10:00"))))
	if r.DayCorrected == nil || r.DayCorrected.Said != day8("2026-11-18") || r.DayCorrected.Found != day8("2026-11-17") {
		t.Fatalf("%+v", r.DayCorrected)
	}
	if r.Candidates[0].Agrees {
		t.Error("a neighbour day does not agree with everything said")
	}
	r = diagnose.Resolve(ask(timed(1000, hour("2026-11-17 15:00", "2026-11-17 16:00", true)), txns(txn("T1", "2026-11-18 03:20"))))
	if r.DayCorrected != nil || r.Cause != diagnose.CycleNotDue {
		t.Error("the other half of the clock is no correction of the day")
	}
	if r = diagnose.Resolve(ask(timed(1000, day("2026-11-17")), txns(txn("T1", "2026-11-17 10:00")))); r.DayCorrected != nil {
		t.Error("the day said was right")
	}
}

func TestMissingFact(t *testing.T) {
	t.Parallel()
	for want, q := range map[string]understand.Query{
		"amount": {Time: day("2026-11-10")}, "time": named(8), "card_last4": timed(8, day("2026-11-10")),
		"": and(timed(8, day("2026-11-10")), func(q *understand.Query) { q.CardLast4 = "1111" }),
	} {
		if r := diagnose.Resolve(ask(q, nil)); r.Cause != diagnose.NotFound || r.Missing != want {
			t.Errorf("%s %q, want %q", r.Cause, r.Missing, want)
		}
	}
}

func TestAttemptsCompanionsAndLinkedAreMentioned(t *testing.T) {
	t.Parallel()
	rows := txns(
		txn("T0", "2026-11-17 09:50", state("FAILED", "55")), txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 11:00", amount(50000)),
		txn("T3", "2026-11-17 11:30", kind("REFUND", "T1"), amount(10000), state("FAILED", "")),
	)
	d := first(t, diagnose.Resolve(ask(named(1000), rows, pay("B1", "PAID", []string{"T1", "T2"}, sums(150000, 900, 149100)))))
	if len(d.FailedAttempts) != 1 || d.FailedAttempts[0].ID != "T0" || len(d.Companions) != 1 || d.Companions[0].ID != "T2" || len(d.Linked) != 1 {
		t.Errorf("attempts %v companions %v linked %v", d.FailedAttempts, d.Companions, d.Linked)
	}
	if d.NetFen == nil || *d.NetFen != 99400 || !d.NetComputed {
		t.Error("one sale of a merged payout has no net of its own in the ledger: it is computed, and a refund that failed changes nothing")
	}
}

func TestMergedSumsComeFromTheLedger(t *testing.T) {
	t.Parallel()
	rows := txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 11:00", amount(50000)))
	d := first(t, diagnose.Resolve(ask(named(1491), rows, pay("B1", "PAID", []string{"T1", "T2"}, sums(150000, 900, 149100)))))
	if d.GrossFen != 150000 || d.NetFen == nil || *d.NetFen != 149100 || d.NetComputed || len(d.Companions) != 0 {
		t.Errorf("%+v", d)
	}
	one := first(t, diagnose.Resolve(ask(named(1000), rows, pay("B1", "PAID", []string{"T1", "T2"}, sums(150000, 900, 149100)))))
	if one.NetFen == nil || *one.NetFen != 99400 || !one.NetComputed || *one.Settlement.NetFen != 149100 {
		t.Errorf("one of two: %+v", one)
	}
}

func TestTwoOfThreeInAPayout(t *testing.T) {
	t.Parallel()
	rows := txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 11:00", amount(50000)), txn("T3", "2026-11-17 12:00", amount(70000)))
	q := understand.Query{Amounts: []understand.Amount{yuan(1000), yuan(500)}}
	d := first(t, diagnose.Resolve(ask(q, rows, pay("B1", "PAID", []string{"T1", "T2", "T3"}, sums(220000, 1320, 218680)))))
	if d.Cause != diagnose.MergedPayout || d.NetFen == nil || *d.NetFen != 149100 || !d.NetComputed || len(d.Companions) != 1 || d.Companions[0].ID != "T3" {
		t.Errorf("the sum of the whole payout is not that of two: %+v", d)
	}
}

func TestOverdueTellsTheDateMissed(t *testing.T) {
	t.Parallel()
	d := first(t, diagnose.Resolve(ask(named(1000), txns(txn("T1", "2026-11-16 10:00")))))
	if d.Cause != diagnose.Overdue || !d.Due.IsZero() || d.DueMissed != day8("2026-11-17") {
		t.Errorf("%s due %s missed %s", d.Cause, d.Due, d.DueMissed)
	}
	d = first(t, diagnose.Resolve(ask(named(1000), txns(txn("T1", "2026-11-16 10:00", risk("HOLD"))))))
	if !d.Due.IsZero() || !d.DueMissed.IsZero() {
		t.Errorf("a hold has no date at all: %s %s", d.Due, d.DueMissed)
	}
}
