package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/store"
	"daozhang/transactions"
)

// Shape of the generated ledger: every shop has as many rows, so that only the
// size of the ledger differs; one payout for every twenty of them.
const (
	shopRows   = 500
	payoutRows = 20
	lookups    = 3000
)

// benchLookups: look-up and diagnosis of one question on a ledger of rows
// transactions, against the same on 10,000 of the same shape. rows 0: left out.
// Ledgers found in dir from an earlier run are asked as they are.
func benchLookups(ctx context.Context, dir string, rows int) ([]figure, error) {
	if rows == 0 {
		return nil, nil
	}
	now := time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai)
	small := &asked{path: filepath.Join(dir, "lookup-10000.db"), rows: 10_000}
	big := &asked{path: filepath.Join(dir, fmt.Sprintf("lookup-%d.db", rows)), rows: rows}
	for _, l := range []*asked{small, big} {
		if _, err := os.Stat(l.path); err == nil {
			continue
		}
		growing := l.path + ".growing" // an interrupted run leaves no half ledger
		if err := os.RemoveAll(growing); err != nil {
			return nil, fmt.Errorf("clear: %w", err)
		}
		if err := growLedger(ctx, growing, l.rows, now); err != nil {
			return nil, err
		}
		if err := os.Rename(growing, l.path); err != nil {
			return nil, fmt.Errorf("keep: %w", err)
		}
	}
	// One by one in turn: what else the machine does meets both alike.
	for i := range lookups {
		for _, l := range []*asked{small, big} {
			if err := l.ask(ctx, i, now); err != nil {
				return nil, err
			}
		}
	}
	for _, l := range []*asked{small, big} {
		if err := l.store.Close(); err != nil {
			return nil, fmt.Errorf("close: %w", err)
		}
		slices.Sort(l.took)
	}
	name := fmt.Sprintf("look-up and diagnosis, %d rows", rows)
	return []figure{
		{name + ": p50", big.at(50).Round(time.Microsecond).String(), "", fmt.Sprintf("%.2f × at 10,000 rows (%s)", ratio(big.at(50), small.at(50)), small.at(50).Round(time.Microsecond))},
		{name + ": p99", big.at(99).Round(time.Microsecond).String(), "≤ 5 ms", fmt.Sprintf("%.2f × at 10,000 rows (%s), reach ≤ 1.3", ratio(big.at(99), small.at(99)), small.at(99).Round(time.Microsecond))},
		{name + ": memory at the end, both open", fmt.Sprintf("%.1f MB", selfResident()), "", ""},
	}, nil
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// asked is a ledger that is asked, and how long each answer took.
type asked struct {
	path  string
	rows  int
	store *store.Store
	query understand.Query
	days  *transactions.Calendar
	took  []time.Duration
}

func (l *asked) at(percent int) time.Duration { return l.took[(len(l.took)-1)*percent/100] }

// ask looks a question up and diagnoses it, for shops all over the ledger.
func (l *asked) ask(ctx context.Context, i int, now time.Time) error {
	if l.store == nil {
		s, err := store.Open(ctx, "sqlite://"+l.path, store.Options{})
		if err != nil {
			return fmt.Errorf("open store: %w", err)
		}
		l.store, l.query = s, understand.New(understand.Vocabulary{}).Parse("昨天那笔300的怎么没到", understand.Context{}, now)
		l.days = transactions.DefaultCalendar()
	}
	shops := max(l.rows/shopRows, 1)
	begin := time.Now()
	facts, err := l.store.Facts(ctx, diagnose.Lookup(l.query, nil, []string{shopNo(i * 7919 % shops)}, now)) // a prime: no order
	if err != nil {
		return fmt.Errorf("look-up: %w", err)
	}
	r := diagnose.Resolve(diagnose.Input{Query: l.query, Facts: facts, Now: now, Calendar: l.days, Limits: diagnose.Limits{UnknownAfter: 30 * time.Minute}})
	took := time.Since(begin)
	if len(facts.Transactions) == 0 || len(r.Diagnoses) == 0 {
		return errors.New("a look-up found nothing: it measures nothing")
	}
	if i >= lookups/10 { // the first ones warm up
		l.took = append(l.took, took)
	}
	return nil
}

func shopNo(i int) string { return fmt.Sprintf("8221%011d", i) }

// growLedger writes rows transactions, shop by shop, the newest an hour ago.
func growLedger(ctx context.Context, path string, rows int, now time.Time) error {
	s, err := store.Open(ctx, "sqlite://"+path, store.Options{Now: func() time.Time { return now }, Bulk: true})
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer s.Close() //nolint:errcheck // closed below, unless an error came first
	credit := int64(60)
	var merchants []transactions.Merchant
	var sales []transactions.Transaction
	var payouts []transactions.Settlement
	flush := func() error {
		if _, err := s.UpsertMerchants(ctx, []string{"merchant_no", "name", "status", "cycle", "cutoff", "payout_by", "credit_bp", "account_last4", "account_state"}, merchants); err != nil {
			return fmt.Errorf("merchants: %w", err)
		}
		if _, err := s.UpsertTransactions(ctx, nil, sales); err != nil {
			return fmt.Errorf("transactions: %w", err)
		}
		if _, err := s.UpsertSettlements(ctx, nil, payouts); err != nil {
			return fmt.Errorf("settlements: %w", err)
		}
		merchants, sales, payouts = merchants[:0], sales[:0], payouts[:0]
		return nil
	}
	for i := range rows {
		shop, k := i/shopRows, i%shopRows
		no := shopNo(shop)
		if k == 0 {
			merchants = append(merchants, transactions.Merchant{
				MerchantNo: no, Name: "测试店", Status: "NORMAL", Cycle: "T1", Cutoff: "23:00", PayoutBy: "24:00",
				Rates: transactions.Rates{CreditBP: &credit}, Account: transactions.Account{Last4: "6688", State: "NORMAL"},
			})
		}
		at := now.Add(-time.Hour - time.Duration(k)*4*time.Hour)
		id := fmt.Sprintf("T%09d", i)
		sales = append(sales, transactions.Transaction{
			ID: id, Source: "file", MerchantNo: no, Terminal: "A0000001", Channel: "CARD", Kind: "SALE", State: "SUCCESS", RespCode: "00",
			AmountFen: int64(10000 + 1000*(k%40)), CardKind: "CREDIT", CardLast4: "6688", RRN: fmt.Sprintf("%012d", i), STAN: fmt.Sprintf("%06d", i%1e6),
			AuthCode: fmt.Sprintf("%06d", i*31%1e6), Time: at, ClearingDate: transactions.DateOf(at),
		})
		if k >= 24 && k%payoutRows == 0 { // the newest are not paid out yet
			payout := transactions.Settlement{ID: "B" + id, MerchantNo: no, State: "PAID", Cycle: "T1", PaidAt: at.Add(30 * time.Hour), AccountLast4: "6688"}
			for j := range payoutRows {
				payout.TransactionIDs = append(payout.TransactionIDs, fmt.Sprintf("T%09d", i+j))
			}
			payouts = append(payouts, payout)
		}
		if len(sales) == 20*shopRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return errors.Join(flush(), s.Close())
}

// selfResident is VmRSS of this process in MB (Linux), 0 where it cannot be read.
func selfResident() float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.Fields(kb)[0])
			if err != nil {
				return 0
			}
			return float64(n) / 1024
		}
	}
	return 0
}
