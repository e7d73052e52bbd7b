package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

func outcomes(t *testing.T) func(res []store.RowResult, err error) []store.Outcome {
	t.Helper()
	return func(res []store.RowResult, err error) []store.Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var out []store.Outcome
		for _, r := range res {
			if (r.Outcome == store.Rejected) != (r.Reason != "") {
				t.Errorf("outcome %s with reason %q", r.Outcome, r.Reason)
			}
			out = append(out, r.Outcome)
		}
		return out
	}
}

func wantList(t *testing.T, got []store.Outcome, want ...store.Outcome) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestUpsertIsIdempotent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		m := []transactions.Merchant{{MerchantNo: shopA, Name: "甲", Terminals: []string{"1"}}}
		tx := []transactions.Transaction{sale(shopA, "T1", fixed(), 100), sale(shopA, "T1", fixed(), 100)}
		b := []transactions.Settlement{payout(shopA, "B1", "WAITING", "T1")}
		tm := []transactions.TerminalRow{{Terminal: "1", MerchantNo: shopA, UnsentOffline: 2}}
		bd := []transactions.BindingRow{{AppID: "wx1", OpenID: "o1", MerchantNo: shopA}}
		for round, want := range [][]store.Outcome{{store.Inserted}, {store.Unchanged}, {store.Unchanged}} {
			wantList(t, outcomes(t)(s.UpsertMerchants(ctx, []string{"merchant_no", "name", "terminals"}, m)), want...)
			wantList(t, outcomes(t)(s.UpsertTransactions(ctx, nil, tx)), want[0], store.Unchanged)
			wantList(t, outcomes(t)(s.UpsertSettlements(ctx, nil, b)), want...)
			if round == 0 {
				want = []store.Outcome{store.Updated} // the merchant's list came first
			}
			wantList(t, outcomes(t)(s.UpsertTerminals(ctx, nil, tm)), want...)
			if round == 0 {
				want = []store.Outcome{store.Inserted}
			}
			wantList(t, outcomes(t)(s.UpsertBindings(ctx, nil, bd)), want...)
		}
	})
}

func TestUpsertKeepsColumnsTheFileLacksAndClearsEmptyCells(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		full := sale(shopA, "T1", fixed(), 100)
		full.RRN, full.CardLast4 = "R1", "6688"
		full.Reversal = &transactions.Reversal{State: "PENDING", Reason: "4351"}
		m := transactions.Merchant{MerchantNo: shopA, Name: "甲", MinSettleFen: fen(0), Rates: transactions.Rates{CreditBP: fen(60)}}
		outcomes(t)(s.UpsertTransactions(ctx, nil, []transactions.Transaction{full}))
		outcomes(t)(s.UpsertMerchants(ctx, nil, []transactions.Merchant{m}))

		next := transactions.Transaction{ID: "T1", MerchantNo: shopA, State: "SUCCESS", AmountFen: 100, Time: fixed()}
		cols := []string{"id", "merchant_no", "state", "amount_fen", "time", "rrn", "reversal_state"}
		next.Reversal = &transactions.Reversal{State: "FAILED"}
		wantList(t, outcomes(t)(s.UpsertTransactions(ctx, cols, []transactions.Transaction{next})), store.Updated)
		wantList(t, outcomes(t)(s.UpsertMerchants(ctx, []string{"merchant_no", "credit_bp"}, []transactions.Merchant{{MerchantNo: shopA}})), store.Updated)

		f := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}})
		want := full
		want.RRN, want.SeenAt, want.Reversal = "", fixed(), &transactions.Reversal{State: "FAILED", Reason: "4351"}
		if d := cmp.Diff(want, f.Transactions[0]); d != "" {
			t.Error(d)
		}
		got := f.Merchants[0]
		if got.Name != "甲" || got.MinSettleFen == nil || *got.MinSettleFen != 0 || got.Rates.CreditBP != nil {
			t.Errorf("merchant %+v", got)
		}
	})
}

func TestUpsertRefusesUnknownColumnsAndRowsWithoutKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if _, err := s.UpsertTransactions(ctx, []string{"id", "nonsense"}, nil); err == nil || !strings.Contains(err.Error(), "nonsense") {
			t.Errorf("unknown column: %v", err)
		}
		wantList(t, outcomes(t)(s.UpsertTransactions(ctx, nil, []transactions.Transaction{
			{MerchantNo: shopA, State: "SUCCESS"}, {ID: "T1", State: "SUCCESS"}, {ID: "T2", MerchantNo: shopA}, sale(shopA, "T3", fixed(), 1),
		})), store.Rejected, store.Rejected, store.Rejected, store.Inserted)
		wantList(t, outcomes(t)(s.UpsertBindings(ctx, nil, []transactions.BindingRow{{AppID: "a", OpenID: "o"}})), store.Rejected)
	})
}

func TestUpsertSourcesAreApart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		a, b := sale(shopA, "T1", fixed(), 1), sale(shopA, "T1", fixed(), 2)
		a.Source, b.Source = "", "wechat"
		wantList(t, outcomes(t)(s.UpsertTransactions(ctx, nil, []transactions.Transaction{a, b})), store.Inserted, store.Inserted)
		f := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}})
		if len(f.Transactions) != 2 || f.Transactions[0].Source != "file" {
			t.Errorf("%+v", f.Transactions)
		}
	})
}

func TestUpsertFinalStatesStay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		for _, c := range []struct {
			from, to string
			want     store.Outcome
		}{
			{"PAID", "RETURNED", store.Updated},
			{"PAID", "PAID", store.Unchanged},
			{"PAID", "PROCESSING", store.Rejected},
			{"PAID", "REJECTED", store.Rejected},
			{"RETURNED", "PAID", store.Rejected},
			{"RETURNED", "WAITING", store.Rejected},
			{"REJECTED", "PAID", store.Updated},
			{"HELD", "WAITING", store.Updated},
			{"OFFSET", "WAITING", store.Updated},
		} {
			id := c.from + c.to
			outcomes(t)(s.UpsertSettlements(ctx, nil, []transactions.Settlement{payout(shopA, id, c.from)}))
			wantList(t, outcomes(t)(s.UpsertSettlements(ctx, nil, []transactions.Settlement{payout(shopA, id, c.to)})), c.want)
		}
		for _, c := range []struct {
			from, to string
			want     store.Outcome
		}{
			{"REVERSED", "SUCCESS", store.Rejected},
			{"VOIDED", "SUCCESS", store.Rejected},
			{"VOIDED", "REFUNDED", store.Rejected},
			{"VOIDED", "VOIDED", store.Unchanged},
			{"SUCCESS", "VOIDED", store.Updated},
			{"UNKNOWN", "REVERSED", store.Updated},
			{"FAILED", "SUCCESS", store.Updated},
		} {
			r := sale(shopA, c.from+c.to, fixed(), 1)
			r.State = c.from
			outcomes(t)(s.UpsertTransactions(ctx, nil, []transactions.Transaction{r}))
			r.State = c.to
			wantList(t, outcomes(t)(s.UpsertTransactions(ctx, nil, []transactions.Transaction{r})), c.want)
		}
		// Within one file as well: the second row does not undo the first.
		wantList(t, outcomes(t)(s.UpsertSettlements(ctx, nil, []transactions.Settlement{
			payout(shopA, "X", "PROCESSING"), payout(shopA, "X", "PAID"), payout(shopA, "X", "PROCESSING"), payout(shopA, "X", "RETURNED"),
		})), store.Inserted, store.Updated, store.Rejected, store.Updated)
	})
}

func TestUpsertRefundStates(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		base := []string{"id", "merchant_no", "state", "amount_fen", "time"}
		for _, c := range []struct {
			state, own string
			columns    []string
			want       string
		}{
			{"REFUND", "", base, "REFUNDED"},
			{"REFUNDED", "", nil, "REFUNDED"},
			{"PART_REFUNDED", "", base, "PART_REFUNDED"},
			{"REFUND", "ACCEPTED", nil, "ACCEPTED"},
			{"SUCCESS", "", base, "NONE"},
		} {
			id := c.state + c.own
			r := sale(shopA, id, fixed(), 1)
			r.RefundState = "NONE"
			outcomes(t)(s.UpsertTransactions(ctx, nil, []transactions.Transaction{r}))
			r.State, r.RefundState = c.state, c.own
			outcomes(t)(s.UpsertTransactions(ctx, c.columns, []transactions.Transaction{r}))
			f := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}, Reference: id, From: fixed().AddDate(1, 0, 0)})
			if got := f.Transactions[0]; got.State != "SUCCESS" || got.RefundState != c.want {
				t.Errorf("%s/%s: %s %s", c.state, c.own, got.State, got.RefundState)
			}
		}
	})
}

func TestUpsertKeepsSettlementItemsInStep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		t1, t2 := sale(shopA, "T1", fixed(), 1), sale(shopA, "T2", fixed(), 2)
		t1.SettleID = "B1"
		put(t, s, []transactions.Transaction{t1, t2}, []transactions.Settlement{payout(shopA, "B1", "WAITING", "T1", "T2"), payout(shopA, "B2", "WAITING")})
		named := func(id string) []string {
			return payoutIDs(facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}, TransactionIDs: []string{id}, From: fixed().Add(time.Hour)}))
		}
		check := func(step string, of1, of2 []string) {
			t.Helper()
			if d := cmp.Diff([][]string{of1, of2}, [][]string{named("T1"), named("T2")}); d != "" {
				t.Errorf("%s: %s", step, d)
			}
		}
		check("both named", []string{"B1"}, []string{"B1"})
		put(t, s, nil, []transactions.Settlement{payout(shopA, "B1", "WAITING")})
		check("list emptied: T1 still says so itself", []string{"B1"}, nil)
		t1.SettleID = "B2"
		put(t, s, []transactions.Transaction{t1}, nil)
		check("moved", []string{"B2"}, nil)
		put(t, s, nil, []transactions.Settlement{payout(shopA, "B2", "WAITING", "T1")})
		t1.SettleID = ""
		put(t, s, []transactions.Transaction{t1}, nil)
		check("the payout still names it", []string{"B2"}, nil)
	})
}

func TestUpsertTerminalsOfMerchants(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		cols := []string{"merchant_no", "terminals"}
		outcomes(t)(s.UpsertMerchants(ctx, cols, []transactions.Merchant{{MerchantNo: shopA, Terminals: []string{"1", "2", "3"}}}))
		outcomes(t)(s.UpsertTerminals(ctx, nil, []transactions.TerminalRow{{MerchantNo: shopA, Terminal: "2", UnsentOffline: 1}, {MerchantNo: shopB, Terminal: "9"}}))
		wantList(t, outcomes(t)(s.UpsertMerchants(ctx, cols, []transactions.Merchant{{MerchantNo: shopA, Terminals: []string{"1", "4"}}})), store.Updated)
		got, err := s.Merchants(ctx, []string{shopB, shopA, "none"})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0].MerchantNo != shopB {
			t.Fatalf("merchants %+v", got)
		}
		if d := cmp.Diff([]string{"1", "2", "4"}, got[1].Terminals); d != "" {
			t.Error(d)
		}
		if got[1].TerminalState["2"].UnsentOffline != 1 || len(got[1].TerminalState) != 1 {
			t.Errorf("state %+v", got[1].TerminalState)
		}
	})
}

func TestSearchMerchants(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		outcomes(t)(s.UpsertMerchants(ctx, nil, []transactions.Merchant{
			{MerchantNo: shopB, Name: "李记100%果汁", Brand: "刷呗"}, {MerchantNo: shopA, Name: "张记五金店", Brand: "拉卡拉"},
		}))
		for q, want := range map[string]int{"": 2, "8221": 2, shopA: 1, "五金": 1, "刷呗": 1, "100%": 1, "%": 1, "_": 0, "无": 0} {
			got, err := s.SearchMerchants(ctx, q, 10)
			if err != nil || len(got) != want {
				t.Errorf("%q: %d merchants, %v", q, len(got), err)
			}
		}
		if got, _ := s.SearchMerchants(ctx, "", 1); len(got) != 1 || got[0].MerchantNo != shopA {
			t.Errorf("limit and order: %+v", got)
		}
		if _, ok, err := s.MerchantByNo(ctx, "none"); ok || err != nil {
			t.Errorf("unknown merchant: %v %v", ok, err)
		}
	})
}

// TestUpsertWakesPromises looks at the table itself: the watches' own
// operations live elsewhere.
func TestUpsertWakesPromises(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/w.db"
	s, err := store.Open(context.Background(), "sqlite://"+path, store.Options{Now: fixed})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // test
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // test
	later := fixed().Add(time.Hour).UnixMilli()
	for i, w := range []struct{ no, state string }{{shopA, "open"}, {shopA, "closed"}, {shopB, "open"}} {
		if _, err := db.Exec(fmt.Sprintf(`INSERT INTO watches (id, conversation_id, contact_id, merchant_no, transaction_id, kind, check_at, state, created_at)
			VALUES (%d, 1, 1, '%s', 'T1', 'paid', %d, '%s', 0)`, i, w.no, later, w.state)); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	due := func() (out []bool) {
		rows, err := db.Query(`SELECT check_at FROM watches ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck // test
		for rows.Next() {
			var v int64
			if err := rows.Scan(&v); err != nil {
				t.Fatal(err)
			}
			out = append(out, v == fixed().UnixMilli())
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return out
	}
	res, err := s.UpsertSettlements(ctx, nil, []transactions.Settlement{payout("other", "B0", "PAID")})
	if err != nil || due()[0] {
		t.Fatalf("another shop woke the promise: %v %v", res, err)
	}
	res, err = s.UpsertSettlements(ctx, nil, []transactions.Settlement{payout(shopA, "B1", "PAID", "T1", "T2")})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"T1", "T2"}, res[0].Touched); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]bool{true, false, false}, due()); d != "" {
		t.Error(d)
	}
	if _, err := db.Exec(`UPDATE watches SET check_at = ?`, later); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpsertSettlements(ctx, nil, []transactions.Settlement{payout(shopA, "B1", "PAID", "T1", "T2")}); err != nil {
		t.Fatal(err)
	}
	if due()[0] {
		t.Error("the same row again woke the promise")
	}
}

func TestUpsertManyBatches(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		var rows []transactions.Transaction
		for i := range 2503 {
			rows = append(rows, sale(shopA, fmt.Sprintf("T%05d", i), fixed().Add(time.Duration(i)*time.Second), int64(i)))
		}
		put(t, s, rows, nil)
		f := facts(t, s, transactions.Lookup{MerchantNos: []string{shopA}, Limit: 5000})
		if len(f.Transactions) != len(rows) {
			t.Fatalf("%d rows", len(f.Transactions))
		}
	})
}

func BenchmarkUpsertTransactions(b *testing.B) {
	s, err := store.Open(context.Background(), "sqlite://"+b.TempDir()+"/b.db", store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // benchmark
	n := 0
	for b.Loop() {
		rows := make([]transactions.Transaction, 1000)
		for i := range rows {
			n++
			r := sale(fmt.Sprintf("8221000%08d", n%500), fmt.Sprintf("20261118%012d", n), fixed().Add(time.Duration(n)*time.Second), int64(n))
			r.RRN, r.STAN, r.AuthCode, r.CardLast4, r.CardKind, r.SettleID = fmt.Sprintf("%012d", n), fmt.Sprintf("%06d", n%1000000), "A1B2C3", "6688", "DEBIT", fmt.Sprintf("B%d", n/50)
			rows[i] = r
		}
		if _, err := s.UpsertTransactions(context.Background(), nil, rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}

// What a source does not tell keeps what is stored; final states stay.
func TestAbsorb(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		outcomes(t)(s.UpsertMerchants(ctx, nil, []transactions.Merchant{{MerchantNo: shopA}}))
		full := sale(shopA, "T1", fixed(), 100)
		full.Source, full.RRN, full.Risk = "lakala", "R1", "HOLD"
		full.Reversal = &transactions.Reversal{State: "PENDING", Reason: "4351"}
		paid := payout(shopA, "B1", "PAID", "T1")
		paid.BankRef = "K1"
		stale, err := s.Absorb(ctx, []transactions.Transaction{full}, []transactions.Settlement{paid})
		if err != nil || stale != 0 {
			t.Fatal(stale, err)
		}
		bare := transactions.Transaction{ID: "T1", MerchantNo: shopA, Source: "lakala", State: "REVERSED", AmountFen: 100, Time: fixed()}
		other := transactions.Transaction{ID: "T2", MerchantNo: shopA, Source: "lakala", State: "SUCCESS", AmountFen: 5, Time: fixed(), RRN: "R2"}
		back := transactions.Settlement{ID: "B1", MerchantNo: shopA, State: "PROCESSING"}
		next := transactions.Settlement{ID: "B2", MerchantNo: shopA, State: "WAITING", TransactionIDs: []string{"T2"}}
		if stale, err = s.Absorb(ctx, []transactions.Transaction{bare, other}, []transactions.Settlement{back, next}); err != nil || stale != 1 {
			t.Fatalf("%d stale rows, %v", stale, err)
		}
		f, err := s.Facts(ctx, transactions.Lookup{MerchantNos: []string{shopA}, TransactionIDs: []string{"T1", "T2"}})
		if err != nil || len(f.Transactions) != 2 || len(f.Settlements) != 2 {
			t.Fatalf("%v %+v", err, f)
		}
		for _, row := range f.Transactions {
			if row.ID == "T1" && (row.State != "REVERSED" || row.RRN != "R1" || row.Risk != "HOLD" || row.Reversal == nil || row.Reversal.Reason != "4351") {
				t.Errorf("%+v", row)
			}
		}
		for _, p := range f.Settlements {
			if p.ID == "B1" && (p.State != "PAID" || p.BankRef != "K1" || len(p.TransactionIDs) != 1) {
				t.Errorf("%+v", p)
			}
		}
		// Nothing new changes nothing, so that no promise is woken for it.
		if stale, err := s.Absorb(ctx, nil, nil); err != nil || stale != 0 {
			t.Error(stale, err)
		}
	})
}
