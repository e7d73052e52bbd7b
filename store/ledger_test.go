package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

const (
	shopA = "822100000000001"
	shopB = "822100000000002"
)

func at(day, clock string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, transactions.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func fixed() time.Time { return at("2026-11-18", "16:00") }

func fen(n int64) *int64 { return &n }

func sale(no, id string, t time.Time, amount int64) transactions.Transaction {
	return transactions.Transaction{
		ID: id, Source: "file", MerchantNo: no, Terminal: "A0000001", Channel: "CARD", Kind: "SALE",
		State: "SUCCESS", AmountFen: amount, Time: t,
	}
}

func payout(no, id, state string, ids ...string) transactions.Settlement {
	return transactions.Settlement{ID: id, MerchantNo: no, State: state, Cycle: "D1", NetFen: fen(100), TransactionIDs: ids}
}

func put(t *testing.T, s *store.Store, txns []transactions.Transaction, payouts []transactions.Settlement) {
	t.Helper()
	wantOutcomes(t, "transactions", txns, func() ([]store.RowResult, error) {
		return s.UpsertTransactions(context.Background(), nil, txns)
	})
	wantOutcomes(t, "settlements", payouts, func() ([]store.RowResult, error) {
		return s.UpsertSettlements(context.Background(), nil, payouts)
	})
}

func wantOutcomes[T any](t *testing.T, what string, rows []T, f func() ([]store.RowResult, error)) {
	t.Helper()
	res, err := f()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if len(res) != len(rows) {
		t.Fatalf("%s: %d results for %d rows", what, len(res), len(rows))
	}
	for i, r := range res {
		if r.Outcome == store.Rejected {
			t.Fatalf("%s row %d rejected: %s", what, i, r.Reason)
		}
	}
}

func facts(t *testing.T, s *store.Store, l transactions.Lookup) transactions.Facts {
	t.Helper()
	f, err := s.Facts(context.Background(), l)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func ids(f transactions.Facts) []string {
	var out []string
	for _, r := range f.Transactions {
		out = append(out, r.ID)
	}
	return out
}

func payoutIDs(f transactions.Facts) []string {
	var out []string
	for _, b := range f.Settlements {
		out = append(out, b.ID)
	}
	return out
}

func TestFactsRoundTripsEveryColumn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		yes := true
		merchant := transactions.Merchant{
			MerchantNo: shopA, Acquirer: "拉卡拉", Brand: "拉卡拉", Name: "张记五金店", Status: "LIMITED", StatusReason: "单日限额",
			DocsRequired: []string{"营业执照", "门头照"}, DocsDue: transactions.Date{Year: 2026, Month: 12, Day: 1},
			Cycle: "D1", FallbackCycle: "T1", Cutoff: "23:00", PayoutBy: "14:00", MinSettleFen: fen(1000),
			Rates:   transactions.Rates{CreditBP: fen(60), DebitBP: fen(50), DebitCapFen: fen(2000), QRBP: fen(38), D0ExtraFen: fen(300)},
			Account: transactions.Account{Bank: "工商银行", Last4: "1234", Kind: "PERSONAL", Class: "II", State: "NORMAL", ChangedAt: at("2026-11-01", "09:00"), PrevLast4: "0001"},
			Phone:   "138****0000", OnboardedAt: at("2025-01-01", "00:00"),
			Terminals: []string{"A0000001", "A0000002"},
			TerminalState: map[string]transactions.TerminalState{
				"A0000002": {Model: "P1", LastSeen: at("2026-11-17", "08:00"), SignedIn: &yes, UnsentOffline: 3},
			},
		}
		row := transactions.Transaction{
			ID: "T1", Source: "lakala", MerchantNo: shopA, Terminal: "A0000001", Channel: "CARD", Kind: "SALE", State: "SUCCESS",
			RespCode: "00", AmountFen: 200000, CardKind: "DEBIT", CardLast4: "6688", RRN: "123456789012", STAN: "000123", BatchNo: "000001",
			AuthCode: "A1B2C3", Time: at("2026-11-17", "11:10"), ClearingDate: transactions.Date{Year: 2026, Month: 11, Day: 17},
			SettleID: "B1", Risk: "HOLD", RefundState: "NONE",
			Reversal: &transactions.Reversal{State: "FAILED", Reason: "4351", Time: at("2026-11-17", "11:11")},
			Dispute:  &transactions.Dispute{State: "RETRIEVAL", Reason: "4515", DocsDue: transactions.Date{Year: 2026, Month: 11, Day: 30}},
			PayerRef: "p1",
		}
		batch := transactions.Settlement{
			ID: "B1", MerchantNo: shopA, TransactionIDs: []string{"T1"}, State: "HELD", Cycle: "D1",
			GrossFen: fen(200000), FeeFen: fen(1000), SurchargeFen: fen(1), RefundOffsetFen: fen(2), DisputeOffsetFen: fen(3), AdjustFen: fen(-4), NetFen: fen(198990),
			ClearingDate: transactions.Date{Year: 2026, Month: 11, Day: 17}, DueDate: transactions.Date{Year: 2026, Month: 11, Day: 18},
			PaidAt: at("2026-11-18", "11:00"), ReturnedAt: at("2026-11-18", "12:00"), BankRef: "R1", AccountLast4: "1234",
			FailCode: "OTHER", FailReason: "原因", Risk: "HOLD", Docs: []string{"签购单"}, DocsDue: transactions.Date{Year: 2026, Month: 11, Day: 25},
			Attempt: 2, NextID: "B2",
		}
		wantOutcomes(t, "merchants", []int{0}, func() ([]store.RowResult, error) {
			return s.UpsertMerchants(ctx, nil, []transactions.Merchant{merchant})
		})
		put(t, s, []transactions.Transaction{row}, []transactions.Settlement{batch})
		merchant.SeenAt, row.SeenAt, batch.SeenAt = fixed(), fixed(), fixed()
		want := transactions.Facts{
			Merchants: []transactions.Merchant{merchant}, Transactions: []transactions.Transaction{row},
			Settlements: []transactions.Settlement{batch}, AsOf: fixed(),
		}
		got := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}})
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("facts differ (-want +got):\n%s", d)
		}
		if got.Transactions[0].Time.Location() != transactions.Shanghai {
			t.Errorf("time is in %v", got.Transactions[0].Time.Location())
		}
	})
}

func TestFactsNeverReadsOtherShops(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		other := sale(shopB, "T9", at("2026-11-17", "11:00"), 500000)
		other.RRN, other.STAN, other.AuthCode, other.OrigID = "999", "000999", "ZZ", "T1"
		mine := sale(shopA, "T1", at("2026-11-17", "11:00"), 500000)
		mine.SettleID, mine.OrigID = "B9", "T9"
		// The other shop uses the same payout number and names my transaction.
		put(t, s, []transactions.Transaction{other, mine}, []transactions.Settlement{payout(shopB, "B9", "PAID", "T9", "T1")})
		for _, ref := range []string{"", "T9", "999", "000999", "ZZ"} {
			f := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}, Reference: ref, TransactionIDs: []string{"T9"}})
			if d := cmp.Diff([]string{"T1"}, ids(f)); d != "" {
				t.Errorf("reference %q: %s", ref, d)
			}
			if len(f.Settlements) != 0 {
				t.Errorf("reference %q: foreign payout %v", ref, f.Settlements)
			}
		}
		for _, nos := range [][]string{nil, {}, {""}} {
			if f := facts(t, s, transactions.Lookup{MerchantNos: nos, Reference: "999"}); !cmp.Equal(f, transactions.Facts{}) {
				t.Errorf("merchants %q: %+v", nos, f)
			}
		}
	})
}

func TestFactsWindowLimitAndReferences(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		var rows []transactions.Transaction
		for i := range 10 {
			r := sale(shopA, fmt.Sprintf("T%02d", i), at("2026-11-10", "10:00").AddDate(0, 0, i), 1000)
			r.RRN, r.STAN, r.AuthCode = fmt.Sprintf("RRN%02d", i), fmt.Sprintf("%06d", i+100), fmt.Sprintf("AC%02d", i)
			rows = append(rows, r)
		}
		put(t, s, rows, nil)
		base := transactions.Lookup{MerchantNos: []string{shopA}, From: at("2026-11-17", "10:00"), To: at("2026-11-19", "10:00")}
		for _, c := range []struct {
			name string
			edit func(*transactions.Lookup)
			want []string
			cut  bool
		}{
			{"window, to exclusive", func(*transactions.Lookup) {}, []string{"T07", "T08"}, false},
			{"rrn", func(l *transactions.Lookup) { l.Reference = "RRN01" }, []string{"T01", "T07", "T08"}, false},
			{"trace without zeros", func(l *transactions.Lookup) { l.Reference = "102" }, []string{"T02", "T07", "T08"}, false},
			{"auth code in small letters", func(l *transactions.Lookup) { l.Reference = " ac03 " }, []string{"T03", "T07", "T08"}, false},
			{"id", func(l *transactions.Lookup) { l.Reference = "T04" }, []string{"T04", "T07", "T08"}, false},
			{"spoken of", func(l *transactions.Lookup) { l.TransactionIDs = []string{"T00", "T07", "none"} }, []string{"T00", "T07", "T08"}, false},
			{"newest first", func(l *transactions.Lookup) { l.From, l.To, l.Limit = time.Time{}, time.Time{}, 3 }, []string{"T07", "T08", "T09"}, true},
			{"exactly the limit", func(l *transactions.Lookup) { l.From, l.To, l.Limit = time.Time{}, time.Time{}, 10 }, []string{
				"T00", "T01", "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09",
			}, false},
		} {
			l := base
			c.edit(&l)
			f := facts(t, s, l)
			if d := cmp.Diff(c.want, ids(f)); d != "" || f.Truncated != c.cut {
				t.Errorf("%s: truncated %v %s", c.name, f.Truncated, d)
			}
		}
	})
}

func TestFactsFollowsLinksAndPayouts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		old := at("2026-10-01", "09:00")
		pre := sale(shopA, "PRE", old, 100000)
		pre.Kind = "PREAUTH"
		done := sale(shopA, "DONE", old.AddDate(0, 0, 3), 90000)
		done.Kind, done.OrigID = "PREAUTH_COMPLETE", "PRE"
		refund := sale(shopA, "REF", at("2026-11-17", "09:00"), 90000)
		refund.Kind, refund.OrigID = "REFUND", "DONE"
		mate := sale(shopA, "MATE", old.AddDate(0, 0, 3), 5000)
		bySettleID := sale(shopA, "BYID", old.AddDate(0, 0, 3), 6000)
		bySettleID.SettleID = "B1"
		stranger := sale(shopA, "FAR", old, 7000)
		b1, b2, b3 := payout(shopA, "B1", "RETURNED", "DONE", "MATE"), payout(shopA, "B2", "REJECTED"), payout(shopA, "B3", "PAID")
		b1.NextID, b2.NextID, b3.NextID = "B2", "B3", "B1" // a ring
		put(t, s, []transactions.Transaction{pre, done, refund, mate, bySettleID, stranger}, []transactions.Settlement{b1, b2, b3})
		window := transactions.Lookup{MerchantNos: []string{shopA}, From: at("2026-11-17", "00:00"), To: at("2026-11-18", "00:00")}
		f := facts(t, s, window)
		if d := cmp.Diff([]string{"PRE", "BYID", "DONE", "MATE", "REF"}, ids(f)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"B1", "B2", "B3"}, payoutIDs(f)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"DONE", "MATE", "BYID"}, f.Settlements[0].TransactionIDs); d != "" {
			t.Errorf("payout B1 names: %s", d)
		}
		// From the other end: asking for the preauth finds what came of it.
		l := transactions.Lookup{MerchantNos: []string{shopA}, From: old, To: old.Add(time.Hour)}
		if got := ids(facts(t, s, l)); !slices.Contains(got, "REF") || !slices.Contains(got, "DONE") {
			t.Errorf("from the preauth: %v", got)
		}
	})
}

func TestFactsBoundsCompanions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		var rows []transactions.Transaction
		var names []string
		for i := range 300 {
			rows = append(rows, sale(shopA, fmt.Sprintf("T%03d", i), at("2026-11-01", "00:00").Add(time.Duration(i)*time.Minute), 100))
			names = append(names, rows[i].ID)
		}
		put(t, s, rows, []transactions.Settlement{payout(shopA, "B1", "PAID", names...)})
		f := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}, Reference: "T299", From: at("2026-11-18", "00:00")})
		if len(f.Transactions) != 101 || len(f.Settlements) != 1 || len(f.Settlements[0].TransactionIDs) != 300 {
			t.Fatalf("%d transactions, %d payouts", len(f.Transactions), len(f.Settlements))
		}
	})
}

func TestFactsSaysWhenTheLedgerIsDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := s.Facts(ctx, transactions.Lookup{MerchantNos: []string{shopA}})
		u, ok := err.(*transactions.UnavailableError) //nolint:errorlint // the exact type is the promise
		if !ok || u.Kind != "timeout" {
			t.Fatalf("got %v", err)
		}
	})
}
