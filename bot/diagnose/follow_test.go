package diagnose_test

import (
	"slices"
	"testing"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// TestFollowUps walks through rules 2.7 and the taps of 2.5.
func TestFollowUps(t *testing.T) {
	t.Parallel()
	rows := txns(
		txn("T1", "2026-11-17 11:10", amount(200000)), txn("T2", "2026-11-17 17:45", amount(200000), tail("3344"), terminal("A0000002")),
		txn("T3", "2026-11-18 09:00", amount(550000)), txn("T4", "2026-11-18 12:00", amount(3000), qr),
	)
	settled := pays(
		pay("B1", "PAID", one("T1"), sums(200000, 1200, 198800)), pay("B2", "HELD", one("T2"), sums(200000, 1200, 198800)),
	)
	both := []string{"T1", "T2"}
	for _, c := range []struct {
		name                     string
		q                        understand.Query
		focus, offered, answered []string
		cause                    diagnose.Cause
		ids                      []string
	}{
		{name: "tap on the second", q: understand.Query{Choice: 2}, offered: both, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "tap on the first", q: understand.Query{Choice: 1}, offered: both, cause: diagnose.PaidNotNoticed, ids: []string{"T1"}},
		{name: "tap beyond the list puts the question again", q: understand.Query{Choice: 7}, offered: both, cause: diagnose.Ambiguous, ids: both},
		{name: "a tap on a row that is not ours", q: understand.Query{Choice: 1}, offered: []string{"X9", "T1"}, cause: diagnose.CycleNotDue, ids: []string{"T3", "T4"}},
		{name: "none of these", q: understand.Query{Choice: -1}, offered: both, cause: diagnose.NotFound},
		{name: "none of these, another amount", q: understand.Query{Choice: -1, Amounts: []understand.Amount{yuan(5500)}}, offered: both, cause: diagnose.CycleNotDue, ids: []string{"T3"}},
		{name: "none of these, the same amount", q: understand.Query{Choice: -1, Amounts: []understand.Amount{yuan(2000)}}, offered: both, cause: diagnose.NotFound},
		{name: "picks by part of day", q: understand.Query{Time: part("2026-11-17 12:00", "2026-11-17 18:00")}, offered: both, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "picks by tail", q: understand.Query{CardLast4: "3344"}, offered: both, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "picks by an hour on the other half", q: understand.Query{Time: hour("2026-11-17 05:00", "2026-11-17 06:00", false)}, offered: both, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "something else than the list", q: named(5500), offered: both, cause: diagnose.CycleNotDue, ids: []string{"T3"}},
		{name: "an unanswered list is put again", q: understand.Query{}, offered: both, focus: both, cause: diagnose.Ambiguous, ids: both},
		{name: "the other one", q: understand.Query{Other: true}, offered: both, answered: []string{"T2"}, focus: []string{"T2"}, cause: diagnose.PaidNotNoticed, ids: []string{"T1"}},
		{name: "the other one, by focus alone", q: understand.Query{Other: true}, offered: both, focus: []string{"T1"}, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "the other one of the same amount, no list", q: understand.Query{Other: true, Amounts: []understand.Amount{yuan(2000)}}, focus: []string{"T1"}, answered: []string{"T1"}, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "the other one, all answered", q: understand.Query{Other: true, Amounts: []understand.Amount{yuan(2000)}}, focus: []string{"T1"}, answered: both, cause: diagnose.NotFound},
		{name: "names nothing", q: understand.Query{}, focus: []string{"T2"}, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "names nothing, fee asked", q: understand.Query{Intent: understand.Fee}, focus: []string{"T1"}, cause: diagnose.FeeNet, ids: []string{"T1"}},
		{name: "names a fee", q: understand.Query{Intent: understand.Fee, Amounts: []understand.Amount{{Fen: 1200, Count: 1, Fee: true}}}, focus: []string{"T1"}, cause: diagnose.FeeNet, ids: []string{"T1"}},
		{name: "names a sum that nothing agrees with", q: understand.Query{Intent: understand.Fee, Amounts: []understand.Amount{yuan(12.34)}}, focus: []string{"T1"}, cause: diagnose.FeeNet, ids: []string{"T1"}},
		{name: "names a day that nothing agrees with", q: understand.Query{Time: day("2026-11-10")}, focus: []string{"T1"}, cause: diagnose.PaidNotNoticed, ids: []string{"T1"}},
		{name: "names another sale whole, and it is not there", q: timed(8800, day("2026-11-10")), focus: []string{"T1"}, cause: diagnose.NotFound},
		{name: "a kept day does not count as said", q: and(timed(8800, day("2026-11-10")), func(q *understand.Query) { q.Carried = []string{"time"} }), focus: []string{"T1"}, cause: diagnose.PaidNotNoticed, ids: []string{"T1"}},
		{name: "a correction found", q: understand.Query{Amounts: []understand.Amount{{Fen: 200000, Count: 1, Negated: true}, yuan(5500)}}, focus: []string{"T1"}, cause: diagnose.CycleNotDue, ids: []string{"T3"}},
		{name: "a correction not found", q: understand.Query{Amounts: []understand.Amount{{Fen: 200000, Count: 1, Negated: true}, yuan(6600)}}, focus: []string{"T1"}, cause: diagnose.NotFound},
		{name: "another day", q: understand.Query{Time: day("2026-11-18"), CardLast4: "6688"}, focus: []string{"T1"}, cause: diagnose.CycleNotDue, ids: []string{"T3"}},
		{name: "another channel", q: understand.Query{Channel: "WECHAT"}, focus: []string{"T1"}, cause: diagnose.CycleNotDue, ids: []string{"T4"}},
		{name: "what it says agrees with the focus too", q: named(2000), focus: []string{"T2"}, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "a reference that is not ours is refused in a follow-up too", q: understand.Query{Reference: "998877"}, focus: []string{"T1"}, cause: diagnose.NotOwned},
		{name: "a focus that is not ours is forgotten", q: understand.Query{}, focus: []string{"X9"}, cause: diagnose.RiskHold, ids: []string{"T2"}},
		{name: "a voided row leads to its sale", q: understand.Query{}, focus: []string{"T3"}, cause: diagnose.CycleNotDue, ids: []string{"T3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := ask(c.q, rows, settled...)
			if c.name == "a tap on a row that is not ours" {
				in.Facts.Settlements = nil
				in.Facts.Transactions = rows[2:]
			}
			in.Focus, in.Offered, in.Answered = c.focus, c.offered, c.answered
			r := diagnose.Resolve(in)
			if r.Cause != c.cause || !slices.Equal(r.Transactions, c.ids) && len(r.Transactions)+len(c.ids) > 0 {
				t.Errorf("%s %v, want %s %v", r.Cause, r.Transactions, c.cause, c.ids)
			}
		})
	}
}

// TestHuman walks through rules 5: when, and how urgent.
func TestHuman(t *testing.T) {
	t.Parallel()
	paid := pay("B1", "PAID", one("T1"))
	sale := txns(txn("T1", "2026-11-17 10:00"))
	for _, c := range []struct {
		name     string
		q        understand.Query
		rows     []transactions.Transaction
		pays     []transactions.Settlement
		in       func(*diagnose.Input)
		human    bool
		reason   string
		priority string
	}{
		{name: "hold is high", rows: txns(txn("T1", "2026-11-17 10:00", risk("HOLD"))), human: true, reason: "RISK_HOLD", priority: "high"},
		{name: "overdue is high", rows: txns(txn("T1", "2026-11-16 10:00")), human: true, reason: "OVERDUE", priority: "high"},
		{name: "rejected is normal", rows: sale, pays: pays(pay("B1", "REJECTED", one("T1"))), human: true, reason: "PAYOUT_REJECTED_ACCOUNT", priority: "normal"},
		{name: "single sided", q: says(named(8), understand.PayerDebited), human: true, reason: "SINGLE_SIDED", priority: "normal"},
		{name: "ledger unavailable", in: func(in *diagnose.Input) { in.Unavailable = true }, human: true, reason: "LEDGER_UNAVAILABLE", priority: "normal"},
		{name: "unknown_after is configurable", rows: txns(txn("T1", "2026-11-18 14:50", state("UNKNOWN", "68"))), in: func(in *diagnose.Input) { in.Limits.UnknownAfter = 5 * time.Minute }, human: true, reason: "TXN_UNKNOWN", priority: "normal"},
		{name: "exactly 30 minutes is not older", rows: txns(txn("T1", "2026-11-18 14:30", state("UNKNOWN", "68")))},
		{name: "not uploaded, in time", q: named(8), in: unsent},
		{name: "not uploaded, past the due time of the day named", q: timed(8, day("2026-11-16")), in: unsent, human: true, reason: "NOT_UPLOADED", priority: "normal"},
		{name: "not found is the bot's", q: named(8)},
		{name: "ambiguous is the bot's", q: named(1000), rows: txns(txn("T1", "2026-11-17 10:00", risk("HOLD")), txn("T2", "2026-11-17 12:00"))},
		{name: "fee, disputed after the explanation", q: understand.Query{Disputed: true, Intent: understand.Fee}, rows: sale, pays: pays(paid), in: explained(diagnose.FeeNet), human: true, reason: "FEE_NET", priority: "normal"},
		{name: "fee, disputed in other words", q: understand.Query{Disputed: true}, rows: sale, pays: pays(paid), in: explained(diagnose.FeeNet), human: true, reason: "FEE_NET", priority: "normal"},
		{name: "duplicate, disputed in other words", q: understand.Query{Disputed: true}, rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:05")), in: explained(diagnose.Duplicate), human: true, reason: "DUPLICATE", priority: "normal"},
		{name: "part refund, disputed in other words", q: understand.Query{Disputed: true}, rows: txns(txn("T1", "2026-11-18 10:00", refunds("PART_REFUNDED"))), in: explained(diagnose.Refunded), human: true, reason: "REFUNDED", priority: "normal"},
		{name: "fee, disputed at once", q: understand.Query{Disputed: true, Intent: understand.Fee}, rows: sale, pays: pays(paid)},
		{name: "fee, asked again without dispute", q: understand.Query{Intent: understand.Fee}, rows: sale, pays: pays(paid), in: explained(diagnose.FeeNet)},
		{name: "void, disputed after the explanation", q: understand.Query{Disputed: true}, rows: txns(txn("T1", "2026-11-17 10:00", state("VOIDED", "00"))), in: explained(diagnose.Voided), human: true, reason: "VOIDED", priority: "normal"},
		{name: "refund, disputed after the explanation", q: understand.Query{Disputed: true}, rows: txns(txn("T1", "2026-11-17 10:00", refunds("REFUNDED"))), in: explained(diagnose.Refunded), human: true, reason: "REFUNDED", priority: "normal"},
		{name: "duplicate, disputed after the explanation", q: and(says(named(1000), understand.TwiceDebited), func(q *understand.Query) { q.Disputed = true }), rows: txns(txn("T1", "2026-11-18 10:00"), txn("T2", "2026-11-18 10:05")), in: explained(diagnose.Duplicate), human: true, reason: "DUPLICATE", priority: "normal"},
		{name: "waiting, disputed: the date stands", q: understand.Query{Disputed: true}, rows: txns(txn("T1", "2026-11-18 10:00")), in: explained(diagnose.CycleNotDue)},
		{name: "paid, bank says none", q: says(understand.Query{}, understand.BankSaysNone), rows: sale, pays: pays(paid), human: true, reason: "PAID_NOT_NOTICED", priority: "normal"},
		{name: "merged, bank says none after the explanation", q: says(understand.Query{Amounts: []understand.Amount{yuan(1000)}}, understand.BankSaysNone), rows: txns(txn("T1", "2026-11-17 10:00"), txn("T2", "2026-11-17 11:00", amount(50000))), pays: pays(pay("B1", "PAID", []string{"T1", "T2"}, sums(150000, 900, 149100))), in: explained(diagnose.MergedPayout), human: true, reason: "MERGED_PAYOUT", priority: "normal"},
		{name: "high value", rows: txns(txn("T1", "2026-11-18 10:00")), in: func(in *diagnose.Input) { in.Limits.HighValueFen = 100000 }, human: true, reason: "HIGH_VALUE", priority: "normal"},
		{name: "below high value", rows: txns(txn("T1", "2026-11-18 10:00")), in: func(in *diagnose.Input) { in.Limits.HighValueFen = 100001 }},
		{name: "high value off", rows: txns(txn("T1", "2026-11-18 10:00", amount(1<<40)))},
		{name: "declined is the bot's", rows: txns(txn("T1", "2026-11-18 10:00", state("FAILED", "51")))},
		{name: "unlisted code", rows: txns(txn("T1", "2026-11-18 10:00", state("FAILED", "ZZ"))), human: true, reason: "TXN_DECLINED", priority: "normal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := ask(c.q, c.rows, c.pays...)
			if c.in != nil {
				c.in(&in)
			}
			r := diagnose.Resolve(in)
			if r.Human != c.human || r.Reason != c.reason || r.Priority != c.priority {
				t.Errorf("%s: human %v %s %s", r.Cause, r.Human, r.Reason, r.Priority)
			}
		})
	}
}

func explained(c diagnose.Cause) func(*diagnose.Input) {
	return func(in *diagnose.Input) { in.Explained, in.Focus = c, []string{"T1"} }
}

func TestLookup(t *testing.T) {
	t.Parallel()
	shops := []string{"M1", "M2"}
	l := diagnose.Lookup(understand.Query{}, []string{"T1"}, shops, clock)
	if l.From != at("2026-10-19 00:00") || l.To != at("2026-11-19 00:00") || !slices.Equal(l.MerchantNos, shops) || !slices.Equal(l.TransactionIDs, []string{"T1"}) {
		t.Errorf("without a time: %+v", l)
	}
	l = diagnose.Lookup(understand.Query{Time: day("2026-09-05")}, nil, shops, clock)
	if l.From.After(at("2026-09-02 00:00")) || l.To.Before(at("2026-09-09 00:00")) || l.To.After(at("2026-09-12 00:00")) {
		t.Errorf("an old day with its neighbours: %+v", l)
	}
	l = diagnose.Lookup(understand.Query{Time: day("2026-11-18"), Reference: " 112233 "}, nil, nil, clock)
	if l.Reference != "112233" || len(l.MerchantNos) != 0 || l.From.After(at("2026-11-01 00:00")) {
		t.Errorf("a reference widens, nobody's shops stay nobody's: %+v", l)
	}
	l = diagnose.Lookup(understand.Query{Time: day("2026-11-18")}, nil, shops, clock)
	if l.From.After(at("2026-11-11 00:00")) || l.To != at("2026-11-19 00:00") {
		t.Errorf("today with the open week: %+v", l)
	}
	l = diagnose.Lookup(understand.Query{Intent: understand.SettlementRule, Time: span("2027-02-01 00:00", "2027-02-08 00:00")}, nil, shops, clock)
	if l.From != at("2026-10-19 00:00") {
		t.Errorf("a general question looks at the last month: %+v", l)
	}
	if l = diagnose.Lookup(understand.Query{Time: day("2027-05-01")}, nil, shops, clock); !l.From.Before(l.To) {
		t.Errorf("a future day: %+v", l)
	}
}
