package sample_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/transactions"
	"daozhang/transactions/sample"
)

const mainShop = "822100000000001"

func date(text string) transactions.Date {
	d, err := transactions.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// workday knows the holidays that the instants below stand in.
func workday(d transactions.Date) bool {
	switch n := d.Year*10000 + int(d.Month)*100 + d.Day; {
	case n == 20250928, n == 20251011, n == 20260104, n == 20260214, n == 20260228, n == 20260920, n == 20261010:
		return true
	case n >= 20251001 && n <= 20251008, n >= 20260101 && n <= 20260103, n >= 20260215 && n <= 20260223,
		n >= 20260925 && n <= 20260927, n >= 20261001 && n <= 20261007:
		return false
	}
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

// instants are every hour of days of every sort, and the edges of a day.
func instants() []time.Time {
	var out []time.Time
	for _, d := range []string{
		"2026-11-18", "2026-11-22", // Wednesday, Sunday
		"2026-02-14", "2026-02-18", // Saturday at work before, and within Spring Festival
		"2026-10-04", "2026-12-31", // National Day, year end
	} {
		for h := range 24 {
			out = append(out, date(d).Start().Add(time.Duration(h)*time.Hour+30*time.Minute))
		}
	}
	return append(out, edges()...)
}

// edges are the first and last second of days around weekends and holidays.
func edges() []time.Time {
	var out []time.Time
	for _, d := range []string{
		"2026-11-18", "2026-11-21", "2026-11-23", "2026-02-15", "2026-02-24", "2026-02-28",
		"2026-09-30", "2026-10-01", "2026-10-08", "2025-12-31", "2026-01-01", "2026-12-31",
	} {
		out = append(out, date(d).Start(), date(d).AddDays(1).Start().Add(-time.Second))
	}
	return out
}

func TestEveryInstantHoldsTheInvariants(t *testing.T) {
	t.Parallel()
	for _, now := range instants() {
		check(t, now, sample.Generate(now, workday))
	}
}

func check(t *testing.T, now time.Time, l sample.Ledger) {
	t.Helper()
	bad := func(format string, args ...any) {
		t.Helper()
		t.Errorf(now.Format(time.DateTime)+": "+format, args...)
	}
	shops := map[string]transactions.Merchant{}
	for _, m := range l.Merchants {
		if len(m.MerchantNo) != 15 || shops[m.MerchantNo].MerchantNo != "" || !strings.Contains(m.Phone, "****") {
			bad("merchant %+v", m)
		}
		shops[m.MerchantNo] = m
	}
	txns := map[string]transactions.Transaction{}
	for _, r := range l.Transactions {
		if _, twice := txns[r.ID]; twice || shops[r.MerchantNo].Name == "" || r.AmountFen <= 0 || r.Time.After(now) {
			bad("transaction %+v", r)
		}
		txns[r.ID] = r
	}
	for _, r := range l.Transactions {
		if r.OrigID != "" && (txns[r.OrigID].MerchantNo != r.MerchantNo || !txns[r.OrigID].Time.Before(r.Time)) {
			bad("%s points to %q", r.ID, r.OrigID)
		}
	}
	inconsistent := guide(l, "INCONSISTENT")[0].Transactions
	overdue := guide(l, "OVERDUE")[0].Transactions
	seen := map[string]bool{}
	for _, s := range l.Settlements {
		if seen[s.ID] || len(s.TransactionIDs) == 0 {
			bad("payout %+v", s)
		}
		seen[s.ID] = true
		checkPayout(bad, now, s, shops[s.MerchantNo], txns, slices.Equal(s.TransactionIDs, inconsistent), slices.Equal(s.TransactionIDs, overdue))
	}
	for _, s := range l.Settlements {
		if s.NextID != "" && !seen[s.NextID] {
			bad("%s goes on in %q", s.ID, s.NextID)
		}
	}
	checkMain(bad, now, l)
	for _, e := range l.Guide() {
		for _, id := range e.Transactions {
			if txns[id].MerchantNo != e.MerchantNo {
				bad("guide %s names %q of another shop", e.Cause, id)
			}
		}
	}
}

func checkPayout(bad func(string, ...any), now time.Time, s transactions.Settlement, m transactions.Merchant, txns map[string]transactions.Transaction, inconsistent, overdue bool) {
	net := *s.GrossFen - *s.FeeFen - *s.SurchargeFen - *s.RefundOffsetFen - *s.DisputeOffsetFen + *s.AdjustFen
	if (net == *s.NetFen) == inconsistent {
		bad("%s: net %d, computed %d", s.ID, *s.NetFen, net)
	}
	var gross, fees int64
	var clearing transactions.Date
	var newest time.Time
	for _, id := range s.TransactionIDs {
		r := txns[id]
		if r.MerchantNo != s.MerchantNo || r.State != "SUCCESS" {
			bad("%s names %+v", s.ID, r)
		}
		gross += r.AmountFen
		fees += wantFee(m.Rates, r)
		newest = r.Time
		clearing = transactions.DateOf(r.Time)
		if r.Time.Format("15:04") >= m.Cutoff {
			clearing = clearing.AddDays(1)
		}
	}
	if gross != *s.GrossFen || fees != *s.FeeFen {
		bad("%s: gross %d fee %d, its sales give %d and %d", s.ID, *s.GrossFen, *s.FeeFen, gross, fees)
	}
	due := clearing
	switch s.Cycle {
	case "D1":
		due = clearing.AddDays(1)
	case "T1":
		for due = clearing.AddDays(1); !workday(due); {
			due = due.AddDays(1)
		}
	}
	if !s.DueDate.IsZero() && s.DueDate != due {
		bad("%s: due %s, the rule gives %s", s.ID, s.DueDate, due)
	}
	today := transactions.DateOf(now)
	switch s.State {
	case "PAID", "RETURNED":
		if s.PaidAt.After(now) || s.PaidAt.Before(newest) || s.BankRef == "" {
			bad("%s: paid at %s, sold at %s", s.ID, s.PaidAt, newest)
		}
		if (s.Cycle == "T1" || s.Cycle == "D1") && transactions.DateOf(s.PaidAt) != due {
			bad("%s: paid at %s, due %s", s.ID, s.PaidAt, due)
		}
		last4 := m.Account.Last4
		if !m.Account.ChangedAt.IsZero() && s.PaidAt.Before(m.Account.ChangedAt) {
			last4 = m.Account.PrevLast4
		}
		if s.AccountLast4 != last4 {
			bad("%s: paid to %s, the account was %s", s.ID, s.AccountLast4, last4)
		}
	case "WAITING", "SCHEDULED", "PROCESSING":
		if s.Cycle != "MANUAL" && due.Before(today) != overdue {
			bad("%s: %s and due %s", s.ID, s.State, due)
		}
	}
}

func wantFee(r transactions.Rates, t transactions.Transaction) int64 {
	bp := *r.CreditBP
	if t.Channel != "CARD" {
		bp = *r.QRBP
	} else if t.CardKind == "DEBIT" {
		bp = *r.DebitBP
	}
	f := t.AmountFen * bp / 10000
	if t.AmountFen*bp%10000 >= 5000 {
		f++
	}
	if t.Channel == "CARD" && t.CardKind == "DEBIT" && f > *r.DebitCapFen {
		f = *r.DebitCapFen
	}
	return f
}

// checkMain holds what the demo promises on its first page.
func checkMain(bad func(string, ...any), now time.Time, l sample.Ledger) {
	yesterday := transactions.DateOf(now).AddDays(-1)
	var found []transactions.Transaction
	for _, r := range l.Transactions {
		if r.MerchantNo == mainShop && r.AmountFen == 500000 {
			found = append(found, r)
		}
	}
	if len(found) != 1 || transactions.DateOf(found[0].Time) != yesterday || found[0].Time.Hour() < 14 || found[0].Time.Hour() > 16 || found[0].State != "SUCCESS" {
		bad("5000.00 sales: %+v", found)
		return
	}
	for _, s := range l.Settlements {
		if slices.Contains(s.TransactionIDs, found[0].ID) {
			if s.State != "SCHEDULED" || *s.NetFen != 497000 || s.DueDate != transactions.DateOf(now) {
				bad("its payout %+v", s)
			}
			return
		}
	}
	bad("the 5000.00 sale has no payout")
}

func guide(l sample.Ledger, cause string) []sample.Example {
	var out []sample.Example
	for _, e := range l.Guide() {
		if e.Cause == cause {
			out = append(out, e)
		}
	}
	return out
}

func TestGuideShowsEveryCause(t *testing.T) {
	t.Parallel()
	ordinary := sample.Generate(date("2026-11-18").Start().Add(16*time.Hour), workday)
	holiday := sample.Generate(date("2026-10-03").Start().Add(16*time.Hour), workday)
	for _, cause := range strings.Fields(`TXN_DECLINED TXN_UNKNOWN TXN_REVERSED SINGLE_SIDED NOT_UPLOADED PREAUTH_NOT_COMPLETED VOIDED REFUNDED
		REFUND_IN_PROGRESS CYCLE_NOT_DUE AFTER_CUTOFF SETTLE_PROCESSING OVERDUE D0_DOWNGRADED BELOW_MINIMUM MANUAL_WITHDRAW MERGED_PAYOUT FEE_NET OFFSET
		PAYOUT_REJECTED_ACCOUNT PAYOUT_LIMIT_CLASS2 PAYOUT_LIMIT_CLASS3 PAYOUT_RETURNED ACCOUNT_CHANGED PAID_NOT_NOTICED RISK_HOLD RETRIEVAL DISPUTE
		MERCHANT_FROZEN DOCS_INCOMPLETE DUPLICATE FRAUD_SUSPECTED OUTAGE NOT_FOUND NOT_OWNED NOT_BOUND AMBIGUOUS INCONSISTENT POLICY`) {
		if len(guide(ordinary, cause)) == 0 {
			t.Errorf("no sentence for %s", cause)
		}
	}
	if len(guide(ordinary, "HOLIDAY_DEFERRED")) != 0 || len(guide(holiday, "HOLIDAY_DEFERRED")) != 1 {
		t.Error("HOLIDAY_DEFERRED is shown at a holiday, and only there")
	}
	for _, brand := range []string{"拉卡拉", "刷呗", "中付", "盛付通", "银联商务"} {
		if !slices.ContainsFunc(ordinary.Merchants, func(m transactions.Merchant) bool { return m.Brand == brand }) {
			t.Errorf("no shop of %s", brand)
		}
	}
}

// TestGuideAmountsAreUnmistakable: the amount said belongs to the rows named
// and to no other sale of the shop.
func TestGuideAmountsAreUnmistakable(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`(?:刷了|笔|客人|押的)(\d+)`)
	for _, now := range edges() {
		l := sample.Generate(now, workday)
		for _, e := range l.Guide() {
			m := number.FindStringSubmatch(e.Say)
			if m == nil || e.MerchantNo == "" {
				continue
			}
			var got []string
			for _, r := range l.Transactions {
				if r.MerchantNo == e.MerchantNo && r.OrigID == "" && fmt.Sprint(r.AmountFen/100) == m[1] && r.AmountFen%100 == 0 {
					got = append(got, r.ID)
				}
			}
			if d := cmp.Diff(e.Transactions, got); d != "" {
				t.Errorf("%s %s %q: %s", now.Format(time.DateTime), e.Cause, e.Say, d)
			}
		}
	}
}

func TestGenerateIsDeterministicAndHistoryStays(t *testing.T) {
	t.Parallel()
	now := date("2026-11-18").Start().Add(16 * time.Hour)
	a, b := sample.Generate(now, workday), sample.Generate(now.UTC(), workday)
	if d := cmp.Diff(a, b, cmp.AllowUnexported(sample.Ledger{})); d != "" {
		t.Error(d)
	}
	if days := len(a.Transactions) / len(a.Merchants); days < 60 {
		t.Errorf("%d transactions a shop", days)
	}
	later := sample.Generate(now.AddDate(0, 0, 3), workday)
	rows := map[string]transactions.Transaction{}
	for _, r := range later.Transactions {
		rows[r.ID] = r
	}
	same := 0
	for _, r := range a.Transactions {
		if next, ok := rows[r.ID]; ok && strings.HasPrefix(r.ID, "P") {
			same++
			if d := cmp.Diff(r, next); d != "" {
				t.Fatalf("an ordinary row changed with the clock: %s", d)
			}
		}
	}
	if same < 1000 {
		t.Errorf("only %d ordinary rows are the same", same)
	}
}

func TestGenerateWithoutACalendar(t *testing.T) {
	t.Parallel()
	for _, answer := range []bool{true, false} {
		l := sample.Generate(date("2027-03-01").Start(), func(transactions.Date) bool { return answer })
		if len(l.Transactions) == 0 || len(guide(l, "CYCLE_NOT_DUE")) == 0 {
			t.Errorf("always %v: %d transactions", answer, len(l.Transactions))
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	now := date("2026-11-18").Start().Add(16 * time.Hour)
	for b.Loop() {
		sample.Generate(now, workday)
	}
}
