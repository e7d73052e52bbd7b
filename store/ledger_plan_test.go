package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"daozhang/transactions"
)

// planner asks SQLite how it would run each query before running it.
type planner struct {
	tx    *sql.Tx
	plans []string
}

func (p *planner) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.explain(ctx, query, args...); err != nil {
		return nil, err
	}
	return p.tx.QueryContext(ctx, query, args...)
}

func (p *planner) explain(ctx context.Context, query string, args ...any) error {
	rows, err := p.tx.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return err
		}
		p.plans = append(p.plans, detail)
	}
	return rows.Err()
}

func TestFactsRunsOnIndexes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := bigLedger(t, 300)
	err := s.read(ctx, func(tx *sql.Tx) error {
		p := &planner{tx: tx}
		f, err := s.factsIn(ctx, p, transactions.Lookup{
			MerchantNos: []string{"M001"}, Reference: "R5", TransactionIDs: []string{"T7"}, Limit: 50,
			PaidFrom: time.Date(2026, 11, 18, 0, 0, 0, 0, transactions.Shanghai),
		}, []string{"M001"})
		if err != nil {
			return err
		}
		if len(f.Transactions) == 0 || len(f.Settlements) == 0 {
			return fmt.Errorf("nothing found: %+v", f)
		}
		for _, line := range p.plans {
			table, how, _ := strings.Cut(strings.TrimPrefix(line, "SEARCH "), " ")
			big := table == "t" && strings.Contains(line, "transactions") || table == "t" && strings.Contains(line, "settlements") || table == "i"
			if strings.HasPrefix(line, "SCAN t") || strings.HasPrefix(line, "SCAN i") || big && strings.HasSuffix(how, "(merchant_no=?)") {
				t.Errorf("not on an index: %s", line)
			}
		}
		if len(p.plans) < 10 {
			t.Errorf("only %d plan lines", len(p.plans))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// bigLedger has n transactions in 100 shops, five a payout.
func bigLedger(tb testing.TB, n int) *Store {
	tb.Helper()
	ctx := context.Background()
	s, err := Open(ctx, "sqlite://"+tb.TempDir()+"/big.db", Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	start := time.Date(2026, 11, 18, 0, 0, 0, 0, transactions.Shanghai)
	var rows []transactions.Transaction
	var payouts []transactions.Settlement
	flush := func() {
		if _, err := s.UpsertTransactions(ctx, nil, rows); err != nil {
			tb.Fatal(err)
		}
		if _, err := s.UpsertSettlements(ctx, nil, payouts); err != nil {
			tb.Fatal(err)
		}
		rows, payouts = nil, nil
	}
	for i := range n {
		no := fmt.Sprintf("M%03d", i/5%100)
		id := fmt.Sprintf("T%d", i)
		rows = append(rows, transactions.Transaction{
			ID: id, MerchantNo: no, State: "SUCCESS", AmountFen: int64(i), RRN: fmt.Sprintf("R%d", i),
			Time: start.Add(-time.Duration(i) * 20 * time.Second),
		})
		if i%5 == 0 {
			payouts = append(payouts, transactions.Settlement{ID: fmt.Sprintf("B%d", i/5), MerchantNo: no, State: "PAID"})
		}
		b := &payouts[len(payouts)-1]
		b.TransactionIDs = append(b.TransactionIDs, id)
		if len(rows) == 50_000 {
			flush()
		}
	}
	flush()
	return s
}

// BenchmarkFacts shows that the look-up does not slow down as the ledger
// grows: compare the sizes within one run.
func BenchmarkFacts(b *testing.B) {
	for _, n := range []int{10_000, 200_000} {
		s := bigLedger(b, n)
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			from := time.Date(2026, 11, 11, 0, 0, 0, 0, transactions.Shanghai)
			i := 0
			for b.Loop() {
				i++
				no := fmt.Sprintf("M%03d", i%100)
				if _, err := s.Facts(context.Background(), transactions.Lookup{MerchantNos: []string{no}, From: from, Reference: "none", Limit: 100}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
