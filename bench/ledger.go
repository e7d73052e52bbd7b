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
func benchLookups(ctx context.Context, dir string, rows int) ([]figure, error) {
	if rows == 0 {
		return nil, nil
	}
	small, err := measureLookups(ctx, filepath.Join(dir, "lookup-small.db"), 10_000)
	if err != nil {
		return nil, err
	}
	big, err := measureLookups(ctx, filepath.Join(dir, "lookup-big.db"), rows)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("look-up and diagnosis, %d rows", rows)
	return []figure{
		{name + ": p50", big.at(50).Round(time.Microsecond).String(), "", fmt.Sprintf("%.2f × at 10,000 rows (%s)", ratio(big.at(50), small.at(50)), small.at(50).Round(time.Microsecond))},
		{name + ": p99", big.at(99).Round(time.Microsecond).String(), "≤ 5 ms", fmt.Sprintf("%.2f × at 10,000 rows (%s), reach ≤ 1.3", ratio(big.at(99), small.at(99)), small.at(99).Round(time.Microsecond))},
		{name + ": memory of the process", fmt.Sprintf("%.1f MB", big.resident), "", fmt.Sprintf("%.2f × at 10,000 rows (%.1f MB)", big.resident/small.resident, small.resident)},
	}, nil
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// sample is a sorted list of durations.
type sample struct {
	took     []time.Duration
	resident float64 // MB, afterwards
}

func (s sample) at(percent int) time.Duration { return s.took[(len(s.took)-1)*percent/100] }

// measureLookups fills a database and asks about shops all over it.
func measureLookups(ctx context.Context, path string, rows int) (sample, error) {
	now := time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai)
	if err := growLedger(ctx, path, rows, now); err != nil {
		return sample{}, err
	}
	s, err := store.Open(ctx, "sqlite://"+path, store.Options{})
	if err != nil {
		return sample{}, fmt.Errorf("open store: %w", err)
	}
	defer s.Close() //nolint:errcheck // only read
	parser, calendar := understand.New(understand.Vocabulary{}), transactions.DefaultCalendar()
	query := parser.Parse("昨天那笔300的怎么没到", understand.Context{}, now)
	shops := max(rows/shopRows, 1)
	var out sample
	for i := range lookups {
		no := shopNo(i * 7919 % shops) // a prime: all over the ledger
		begin := time.Now()
		facts, err := s.Facts(ctx, diagnose.Lookup(query, nil, []string{no}, now))
		if err != nil {
			return out, fmt.Errorf("look-up: %w", err)
		}
		r := diagnose.Resolve(diagnose.Input{Query: query, Facts: facts, Now: now, Calendar: calendar, Limits: diagnose.Limits{UnknownAfter: 30 * time.Minute}})
		took := time.Since(begin)
		if len(facts.Transactions) == 0 || len(r.Diagnoses) == 0 {
			return out, errors.New("a look-up found nothing: it measures nothing")
		}
		if i >= lookups/10 { // the first ones warm up
			out.took = append(out.took, took)
		}
	}
	slices.Sort(out.took)
	out.resident = selfResident()
	return out, nil
}

func shopNo(i int) string { return fmt.Sprintf("8221%011d", i) }

// growLedger writes rows transactions, shop by shop, the newest an hour ago.
func growLedger(ctx context.Context, path string, rows int, now time.Time) error {
	s, err := store.Open(ctx, "sqlite://"+path, store.Options{Now: func() time.Time { return now }, Bulk: true})
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer s.Close() //nolint:errcheck // what was committed is read
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
	return flush()
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
