package diagnose_test

import (
	"slices"
	"testing"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// TestCauses walks through the table of rules 3, row by row and in its order:
// the later rows of a case are there to be overruled by the earlier one.
func TestCauses(t *testing.T) {
	t.Parallel()
	yesterday, today := "2026-11-17 12:00", "2026-11-18 10:00"
	frozen := func(status, reason string) func(*diagnose.Input) {
		return func(in *diagnose.Input) {
			in.Facts.Merchants[0].Status, in.Facts.Merchants[0].StatusReason = status, reason
			in.Facts.Merchants[0].DocsRequired = []string{"营业执照"}
		}
	}
	account := func(class string) func(*diagnose.Input) {
		return func(in *diagnose.Input) { in.Facts.Merchants[0].Account.Class = class }
	}
	cycle := func(c string) func(*diagnose.Input) {
		return func(in *diagnose.Input) { in.Facts.Merchants[0].Cycle = c }
	}
	now := func(s string) func(*diagnose.Input) { return func(in *diagnose.Input) { in.Now = at(s) } }
	reversal := func(s string) edit {
		return func(t *transactions.Transaction) { t.Reversal = &transactions.Reversal{State: s, Reason: "4351"} }
	}
	for _, c := range []struct {
		name  string
		q     understand.Query
		rows  []transactions.Transaction
		pays  []transactions.Settlement
		in    func(*diagnose.Input)
		cause diagnose.Cause
		due   string
		human bool
		ids   []string // default T1
	}{
		{name: "net does not add up", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"), sums(100000, 600, 98000))), cause: diagnose.Inconsistent, human: true},
		{name: "net mismatch beats a refund", rows: txns(txn("T1", yesterday, refunds("REFUNDED"))), pays: pays(pay("B1", "WAITING", one("T1"), sums(100000, 600, 1))), cause: diagnose.Inconsistent, human: true},
		{name: "paid before the sale", rows: txns(txn("T1", today)), pays: pays(pay("B1", "PAID", one("T1"), func(s *transactions.Settlement) { s.PaidAt = at("2026-11-18 09:00") })), cause: diagnose.Inconsistent, human: true},
		{name: "unknown transaction state", rows: txns(txn("T1", today, state("HALF", ""))), cause: diagnose.Inconsistent, human: true},
		{name: "unknown settlement state", rows: txns(txn("T1", today)), pays: pays(pay("B1", "ON_ITS_WAY", one("T1"))), cause: diagnose.Inconsistent, human: true},
		{name: "a failed sale that was paid out", rows: txns(txn("T1", yesterday, state("FAILED", "51"))), pays: pays(pay("B1", "PAID", one("T1"))), cause: diagnose.Inconsistent, human: true},

		{name: "failed", rows: txns(txn("T1", today, state("FAILED", "51"))), cause: diagnose.TxnDeclined},
		{name: "closed", rows: txns(txn("T1", today, qr, state("CLOSED", ""))), cause: diagnose.TxnDeclined},
		{name: "failed with an unlisted code", rows: txns(txn("T1", today, state("FAILED", "18"))), cause: diagnose.TxnDeclined, human: true},
		{name: "failed while the merchant is frozen", rows: txns(txn("T1", today, state("FAILED", "03"))), in: frozen("FROZEN", ""), cause: diagnose.TxnDeclined},

		{name: "unknown, fresh", rows: txns(txn("T1", "2026-11-18 14:35", state("UNKNOWN", "68"))), cause: diagnose.TxnUnknown},
		{name: "unknown, older than 30 minutes", rows: txns(txn("T1", "2026-11-18 14:29", state("UNKNOWN", "68"))), cause: diagnose.TxnUnknown, human: true},
		{name: "pending, reversal pending", rows: txns(txn("T1", "2026-11-18 14:35", state("PENDING", ""), reversal("PENDING"))), cause: diagnose.TxnUnknown},
		{name: "unknown, reversal done", rows: txns(txn("T1", today, state("UNKNOWN", "68"), reversal("SUCCESS"))), cause: diagnose.TxnReversed},
		{name: "success, reversal done", rows: txns(txn("T1", today, reversal("SUCCESS"))), cause: diagnose.TxnReversed},
		{name: "reversed", rows: txns(txn("T1", today, state("REVERSED", ""))), cause: diagnose.TxnReversed},
		{name: "state missing: code decides unknown", rows: txns(txn("T1", "2026-11-18 14:50", state("", "98"))), cause: diagnose.TxnUnknown},
		{name: "state missing: code decides declined", rows: txns(txn("T1", today, state("", "55"))), cause: diagnose.TxnDeclined},
		{name: "state missing: code decides approved", rows: txns(txn("T1", today, state("", "00"))), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "state decides against the code", rows: txns(txn("T1", today, state("SUCCESS", "68"))), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "state missing: unlisted code", rows: txns(txn("T1", "2026-11-18 14:50", state("", "QQ"))), cause: diagnose.TxnUnknown, human: true},

		{name: "voided", rows: txns(txn("T1", today, state("VOIDED", "00"))), cause: diagnose.Voided},
		{name: "linked void", rows: txns(txn("T1", today), txn("T2", "2026-11-18 10:05", kind("VOID", "T1"))), cause: diagnose.Voided},
		{name: "linked void that failed", rows: txns(txn("T1", today), txn("T2", "2026-11-18 10:05", kind("VOID", "T1"), state("FAILED", "12"))), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "wholly refunded", rows: txns(txn("T1", today, refunds("REFUNDED"))), cause: diagnose.Refunded},
		{name: "wholly refunded by a linked row", rows: txns(txn("T1", today), txn("T2", "2026-11-18 11:00", kind("REFUND", "T1"))), cause: diagnose.Refunded},
		{name: "refund accepted", rows: txns(txn("T1", today, refunds("ACCEPTED"))), cause: diagnose.RefundInProgress},
		{name: "part refund goes on", rows: txns(txn("T1", today, refunds("PART_REFUNDED")), txn("T2", "2026-11-18 11:00", kind("REFUND", "T1"), amount(30000))), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{
			name: "part refund, asked after", q: understand.Query{Intent: understand.Refund},
			rows: txns(txn("T1", today, refunds("PART_REFUNDED")), txn("T2", "2026-11-18 11:00", kind("REFUND", "T1"), amount(30000))), cause: diagnose.Refunded,
		},
		{
			name: "part refund on its way, asked after", q: understand.Query{Intent: understand.Refund},
			rows: txns(txn("T1", today, refunds("ACCEPTED")), txn("T2", "2026-11-18 11:00", kind("REFUND", "T1"), amount(30000), refunds("ACCEPTED"))), cause: diagnose.RefundInProgress,
		},
		{name: "preauth", rows: txns(txn("T1", today, kind("PREAUTH", ""))), cause: diagnose.PreauthNotCompleted},
		{name: "preauth, 31 days old", rows: txns(txn("T1", "2026-10-18 10:00", kind("PREAUTH", ""))), cause: diagnose.PreauthNotCompleted, human: true},
		{name: "preauth completed", rows: txns(txn("T1", yesterday, kind("PREAUTH", "")), txn("T2", today, kind("PREAUTH_COMPLETE", "T1"), amount(80000))), cause: diagnose.CycleNotDue, due: "2026-11-19", ids: []string{"T2"}},
		{name: "preauth, completion failed", rows: txns(txn("T1", yesterday, kind("PREAUTH", "")), txn("T2", today, kind("PREAUTH_COMPLETE", "T1"), state("FAILED", "22"))), cause: diagnose.PreauthNotCompleted},
		{name: "preauth cancelled", rows: txns(txn("T1", yesterday, kind("PREAUTH", "")), txn("T2", today, kind("PREAUTH_CANCEL", "T1"))), cause: diagnose.Voided},
		{name: "completion voided", rows: txns(txn("T1", yesterday, kind("PREAUTH", "")), txn("T2", today, kind("PREAUTH_COMPLETE", "T1")), txn("T3", "2026-11-18 10:05", kind("VOID", "T2"))), cause: diagnose.Voided, ids: []string{"T2"}},
		{name: "chargeback", rows: txns(txn("T1", yesterday, disputed("CHARGEBACK"), risk("HOLD"))), cause: diagnose.Dispute, human: true},
		{name: "dispute offset on a paid one", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"), sums(100000, 600, 49400), func(s *transactions.Settlement) { s.DisputeOffsetFen = fen(50000) })), cause: diagnose.Dispute, human: true},
		{name: "dispute won is closed", rows: txns(txn("T1", today, disputed("WON"))), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "dispute lost is closed", rows: txns(txn("T1", today, disputed("LOST"))), cause: diagnose.CycleNotDue, due: "2026-11-19"},

		{name: "risk of the sale", rows: txns(txn("T1", yesterday, risk("HOLD"))), in: frozen("FROZEN", ""), cause: diagnose.RiskHold, human: true},
		{name: "risk refused on the payout", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "WAITING", one("T1"), func(s *transactions.Settlement) { s.Risk = "REFUSED" })), cause: diagnose.RiskHold, human: true},
		{name: "risk released", rows: txns(txn("T1", today, risk("RELEASED"))), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "risk on a paid one explains nothing", rows: txns(txn("T1", yesterday, risk("HOLD"))), pays: pays(pay("B1", "PAID", one("T1"))), cause: diagnose.PaidNotNoticed},
		{name: "retrieval by risk", rows: txns(txn("T1", yesterday, risk("RETRIEVAL"))), in: frozen("FROZEN", ""), cause: diagnose.Retrieval, human: true},
		{name: "retrieval by dispute", rows: txns(txn("T1", yesterday, disputed("RETRIEVAL"))), cause: diagnose.Retrieval, human: true},
		{name: "merchant frozen", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "HELD", one("T1"))), in: frozen("FROZEN", "资料过期"), cause: diagnose.MerchantFrozen, human: true},
		{name: "merchant closed", rows: txns(txn("T1", yesterday)), in: frozen("CLOSED", ""), cause: diagnose.MerchantFrozen, human: true},
		{name: "settlement suspended", rows: txns(txn("T1", yesterday)), in: frozen("LIMITED", "暂停结算"), cause: diagnose.MerchantFrozen, human: true},
		{name: "a stale reason of a normal shop", rows: txns(txn("T1", today)), in: frozen("NORMAL", "曾暂停结算"), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "limited says nothing of a waiting one", rows: txns(txn("T1", today)), in: frozen("LIMITED", "设置收款限额"), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "limited explains a held one", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "HELD", one("T1"))), in: frozen("LIMITED", "延迟资金结算"), cause: diagnose.RiskHold, human: true},
		{name: "limited explains a declined one", rows: txns(txn("T1", today, state("FAILED", "61"))), in: frozen("LIMITED", "设置收款限额"), cause: diagnose.TxnDeclined},
		{name: "papers missing", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "HELD", one("T1"))), in: frozen("PENDING_DOCS", ""), cause: diagnose.DocsIncomplete, human: true},
		{name: "held, and nothing else", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "HELD", one("T1"))), cause: diagnose.RiskHold, human: true},
		{name: "returned", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "RETURNED", one("T1"), func(s *transactions.Settlement) { s.ReturnedAt = at("2026-11-18 12:00") })), cause: diagnose.PayoutReturned, human: true},
		{name: "returned, then paid again", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "RETURNED", one("T1"), next("B2")), pay("B2", "PAID", one("T1"))), cause: diagnose.PaidNotNoticed},

		{name: "rejected", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "REJECTED", one("T1"), failed("ACCT_CLOSED", ""))), in: account("II"), cause: diagnose.PayoutRejectedAccount, human: true},
		{name: "limit, class II", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "REJECTED", one("T1"), failed("ACCT_LIMIT", ""))), in: account("II"), cause: diagnose.PayoutLimitClass2, human: true},
		{name: "limit of the year, class III", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "REJECTED", one("T1"), failed("ACCT_LIMIT_YEAR", ""))), in: account("III"), cause: diagnose.PayoutLimitClass3, human: true},
		{name: "limit by its words", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "REJECTED", one("T1"), failed("X99", "超过账户日累计入账限额"))), in: account("II"), cause: diagnose.PayoutLimitClass2, human: true},
		{name: "limit, class I", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "REJECTED", one("T1"), failed("ACCT_LIMIT", ""))), cause: diagnose.PayoutRejectedAccount, human: true},
		{name: "D0 quota is not the account's limit", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "REJECTED", one("T1"), failed("D0_QUOTA", "超过D0额度"))), in: account("II"), cause: diagnose.PayoutRejectedAccount, human: true},

		{name: "D0 failed, fallback waits", rows: txns(txn("T1", today)), pays: pays(pay("B1", "D0_FAILED", one("T1"), cycleOf("D0"))), in: cycle("D0"), cause: diagnose.D0Downgraded, due: "2026-11-19"},
		{name: "D0 failed, follow-up waits", rows: txns(txn("T1", today)), pays: pays(pay("B1", "D0_FAILED", one("T1"), cycleOf("D0"), next("B2")), pay("B2", "WAITING", one("T1"), cycleOf("T1"))), in: cycle("D0"), cause: diagnose.D0Downgraded, due: "2026-11-19"},
		{name: "D0 failed, follow-up on its way", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "D0_FAILED", one("T1"), cycleOf("D0"), next("B2")), pay("B2", "PROCESSING", nil, cycleOf("T1"))), in: now("2026-11-18 10:00"), cause: diagnose.D0Downgraded, due: "2026-11-18"},
		{name: "D0 failed, fallback missed", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "D0_FAILED", one("T1"), cycleOf("D0"))), in: cycle("D0"), cause: diagnose.Overdue, human: true},
		{name: "D0 failed, follow-up paid", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "D0_FAILED", one("T1"), next("B2")), pay("B2", "PAID", nil)), cause: diagnose.PaidNotNoticed},
		{name: "D0 failed, follow-up held", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "D0_FAILED", one("T1"), next("B2")), pay("B2", "HELD", nil)), cause: diagnose.RiskHold, human: true},
		{name: "below the minimum", rows: txns(txn("T1", yesterday, amount(500))), pays: pays(pay("B1", "BELOW_MIN", one("T1"), sums(500, 3, 497))), cause: diagnose.BelowMinimum},
		{name: "waiting alone below the minimum", rows: txns(txn("T1", today, amount(500))), cause: diagnose.BelowMinimum},
		{name: "offset whole", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "OFFSET", one("T1"))), cause: diagnose.Offset},
		{name: "manual", rows: txns(txn("T1", yesterday)), in: cycle("MANUAL"), cause: diagnose.ManualWithdraw},
		{name: "manual, on its way", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PROCESSING", one("T1"))), in: cycle("MANUAL"), cause: diagnose.SettleProcessing},
		{name: "processing before the deadline", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PROCESSING", one("T1"))), in: now("2026-11-18 13:59"), cause: diagnose.SettleProcessing, due: "2026-11-18"},
		{name: "processing after the deadline", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PROCESSING", one("T1"))), in: now("2026-11-18 14:00"), cause: diagnose.Overdue, human: true},
		{name: "waiting", rows: txns(txn("T1", today)), pays: pays(pay("B1", "WAITING", one("T1"))), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "scheduled", rows: txns(txn("T1", today)), pays: pays(pay("B1", "SCHEDULED", one("T1"))), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "no settlement row", rows: txns(txn("T1", today)), cause: diagnose.CycleNotDue, due: "2026-11-19"},
		{name: "no settlement row, missed", rows: txns(txn("T1", "2026-11-16 10:00")), cause: diagnose.Overdue, human: true},
		{name: "after the cut-off", rows: txns(txn("T1", "2026-11-17 23:00")), cause: diagnose.AfterCutoff, due: "2026-11-19"},
		{name: "weekend is the cycle", rows: txns(txn("T1", "2026-11-14 10:00")), in: both(cycle("T1"), now("2026-11-14 12:00")), cause: diagnose.CycleNotDue, due: "2026-11-16"},
		{name: "holiday", rows: txns(txn("T1", "2026-09-30 10:00")), in: both(cycle("T1"), now("2026-10-02 12:00")), cause: diagnose.HolidayDeferred, due: "2026-10-08"},
		{name: "holiday beats the cut-off", rows: txns(txn("T1", "2026-09-30 23:30")), in: both(cycle("T1"), now("2026-10-02 12:00")), cause: diagnose.HolidayDeferred, due: "2026-10-08"},
		{name: "beyond the calendar", rows: txns(txn("T1", "2026-12-31 10:00")), in: both(cycle("T1"), now("2026-12-31 12:00")), cause: diagnose.CycleNotDue},
		{name: "settlement cycle beats the merchant's", rows: txns(txn("T1", "2026-11-13 10:00")), pays: pays(pay("B1", "WAITING", one("T1"), cycleOf("T1"))), in: now("2026-11-14 12:00"), cause: diagnose.CycleNotDue, due: "2026-11-16"},
		{name: "recorded due date earlier than the formula", rows: txns(txn("T1", today)), pays: pays(pay("B1", "WAITING", one("T1"), func(s *transactions.Settlement) { s.DueDate = day8("2026-11-18") })), cause: diagnose.CycleNotDue, due: "2026-11-19"},

		{name: "paid to the earlier card", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"), account4("9999"), func(s *transactions.Settlement) { s.AdjustFen, s.NetFen = fen(-100), fen(99300) })), cause: diagnose.AccountChanged},
		{name: "paid to the earlier card, fee asked", q: understand.Query{Intent: understand.Fee}, rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"), account4("9999"))), cause: diagnose.FeeNet},
		{name: "part withheld", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"), func(s *transactions.Settlement) { s.RefundOffsetFen, s.NetFen = fen(400), fen(99000) })), cause: diagnose.Offset},
		{name: "one of a merged payout is missed", q: named(1000), rows: txns(txn("T1", yesterday), txn("T2", "2026-11-17 13:00", amount(50000))), pays: pays(pay("B1", "PAID", []string{"T1", "T2"}, sums(150000, 900, 149100))), cause: diagnose.MergedPayout},
		{name: "the sum is named", q: named(1491), rows: txns(txn("T1", yesterday), txn("T2", "2026-11-17 13:00", amount(50000))), pays: pays(pay("B1", "PAID", []string{"T1", "T2"}, sums(150000, 900, 149100))), cause: diagnose.MergedPayout, ids: []string{"T1", "T2"}},
		{name: "merged, fee asked", q: understand.Query{Intent: understand.Fee, Amounts: []understand.Amount{yuan(1000)}}, rows: txns(txn("T1", yesterday), txn("T2", "2026-11-17 13:00", amount(50000))), pays: pays(pay("B1", "PAID", []string{"T1", "T2"}, sums(150000, 900, 149100))), cause: diagnose.FeeNet},
		{name: "less arrived", q: understand.Query{Amounts: []understand.Amount{yuan(1000), {Fen: 99400, Count: 1, Net: true}}}, rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"))), cause: diagnose.FeeNet},
		{name: "paid and nothing else", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"))), cause: diagnose.PaidNotNoticed},
		{name: "paid, bank says none", q: understand.Query{Symptoms: []understand.Symptom{understand.BankSaysNone}}, rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"))), cause: diagnose.PaidNotNoticed, human: true},
		{name: "paid, no SMS alone", q: understand.Query{Symptoms: []understand.Symptom{understand.NoSMS}}, rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"))), cause: diagnose.PaidNotNoticed},
		{name: "earlier card is closed", q: understand.Query{Text: "旧卡早就销户了"}, rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "PAID", one("T1"), account4("9999"))), cause: diagnose.AccountChanged, human: true},
		{name: "a circle of next_id ends", rows: txns(txn("T1", yesterday)), pays: pays(pay("B1", "WAITING", one("T1"), next("B2")), pay("B2", "PAID", one("T1"), next("B1"))), cause: diagnose.PaidNotNoticed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := ask(c.q, c.rows, c.pays...)
			if c.in != nil {
				c.in(&in)
			}
			r := diagnose.Resolve(in)
			if r.Cause != c.cause {
				t.Fatalf("cause %s, want %s; %+v", r.Cause, c.cause, r.Diagnoses)
			}
			d := first(t, r)
			if d.Due.String() != c.due {
				t.Errorf("due %q, want %q", d.Due, c.due)
			}
			if r.Human != c.human {
				t.Errorf("human %v", r.Human)
			}
			want := c.ids
			if want == nil {
				want = []string{"T1"}
			}
			if !slices.Equal(r.Transactions, want) {
				t.Errorf("transactions %v, want %v", r.Transactions, want)
			}
			if len(d.Evidence) == 0 || len(d.Steps) == 0 {
				t.Errorf("evidence %v, steps %v", d.Evidence, d.Steps)
			}
		})
	}
}

func pays(s ...transactions.Settlement) []transactions.Settlement { return s }

func cycleOf(c string) payEdit { return func(s *transactions.Settlement) { s.Cycle = c } }

func account4(l string) payEdit { return func(s *transactions.Settlement) { s.AccountLast4 = l } }

func both(a, b func(*diagnose.Input)) func(*diagnose.Input) {
	return func(in *diagnose.Input) { a(in); b(in) }
}

func TestInconsistentTellsNoFigure(t *testing.T) {
	t.Parallel()
	row := txn("T1", "2026-11-17 12:00")
	d := first(t, diagnose.Resolve(ask(named(1000), txns(row), pay("B1", "PAID", one("T1"), sums(100000, 600, 98000)))))
	if d.NetFen != nil || d.FeeFen != nil || d.Settlement != nil || !d.Due.IsZero() || !d.Schedule.Due.IsZero() {
		t.Errorf("figures of a row in doubt: %+v", d)
	}
	if d.GrossFen != 100000 || len(d.Doubt) != 1 {
		t.Errorf("the sale itself is not in doubt: %d %v", d.GrossFen, d.Doubt)
	}
	d = first(t, diagnose.Resolve(ask(named(1000), txns(row), pay("B1", "PAID", one("T1"), func(s *transactions.Settlement) { s.PaidAt = at("2026-11-01 10:00") }))))
	if d.GrossFen != 0 {
		t.Error("both rows are in doubt")
	}
}

func TestOutageReplaces(t *testing.T) {
	t.Parallel()
	notice := transactions.Notice{Brand: "拉卡拉", Title: "系统升级", From: at("2026-11-18 12:00"), Until: at("2026-11-18 18:00")}
	unknown := txns(txn("T1", "2026-11-18 10:00", state("UNKNOWN", "96")))
	overdue := txns(txn("T1", "2026-11-16 10:00"))
	for _, c := range []struct {
		name   string
		rows   []transactions.Transaction
		pays   []transactions.Settlement
		change func(*diagnose.Input, *transactions.Notice)
		want   diagnose.Cause
		human  bool
	}{
		{name: "unknown outcome", rows: unknown, want: diagnose.Outage},
		{name: "overdue", rows: overdue, want: diagnose.Outage},
		{name: "processing", rows: txns(txn("T1", "2026-11-18 10:00")), pays: pays(pay("B1", "PROCESSING", one("T1"))), want: diagnose.Outage},
		{name: "not found", want: diagnose.Outage},
		{name: "ledger unavailable", change: func(in *diagnose.Input, _ *transactions.Notice) { in.Unavailable = true }, want: diagnose.Outage},
		{name: "every brand", rows: overdue, change: func(_ *diagnose.Input, n *transactions.Notice) { n.Brand = "" }, want: diagnose.Outage},
		{name: "another brand", rows: overdue, change: func(_ *diagnose.Input, n *transactions.Notice) { n.Brand = "刷呗" }, want: diagnose.Overdue, human: true},
		{name: "over", rows: overdue, change: func(_ *diagnose.Input, n *transactions.Notice) { n.Until = clock }, want: diagnose.Overdue, human: true},
		{name: "not yet", rows: overdue, change: func(_ *diagnose.Input, n *transactions.Notice) { n.From = clock.Add(time.Minute) }, want: diagnose.Overdue, human: true},
		{name: "a hold is not an outage", rows: txns(txn("T1", "2026-11-17 10:00", risk("HOLD"))), want: diagnose.RiskHold, human: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in, n := ask(named(1000), c.rows, c.pays...), notice
			if c.change != nil {
				c.change(&in, &n)
			}
			in.Notices = []transactions.Notice{n}
			r := diagnose.Resolve(in)
			if r.Cause != c.want || r.Human != c.human {
				t.Fatalf("%s human %v", r.Cause, r.Human)
			}
			if c.want == diagnose.Outage && (r.Notice == nil || len(r.Diagnoses) > 0 && !r.Diagnoses[0].Due.IsZero()) {
				t.Errorf("notice %v, due promised during an outage", r.Notice)
			}
		})
	}
}
