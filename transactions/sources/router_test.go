package sources_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"daozhang/store"
	"daozhang/transactions"
	"daozhang/transactions/sources"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, transactions.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func fen(n int64) *int64 { return &n }

// teller is a remote system under test.
type teller struct {
	mu    sync.Mutex
	rows  sources.Rows
	err   error
	asked []sources.Query
	hold  chan struct{} // closed: answer
}

func (r *teller) Fetch(ctx context.Context, q sources.Query) (sources.Rows, error) {
	r.mu.Lock()
	r.asked = append(r.asked, q)
	rows, err, hold := r.rows, r.err, r.hold
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return sources.Rows{}, ctx.Err()
		}
	}
	return rows, err
}

func (r *teller) Check(context.Context) (sources.Health, error) { return sources.Health{}, r.err }

func (r *teller) calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.asked)
}

// world is a ledger with sources before it, at a clock of its own.
type world struct {
	*sources.Router
	store   *store.Store
	now     time.Time
	foreign int
}

func newWorld(t *testing.T, list ...sources.Source) *world {
	t.Helper()
	w := &world{now: at("2026-11-18 16:00")}
	clock := func() time.Time { return w.now }
	s, err := store.Open(t.Context(), "sqlite://:memory:", store.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.store = s
	_, err = s.UpsertMerchants(t.Context(), nil, []transactions.Merchant{
		{MerchantNo: "M1", Acquirer: "拉卡拉", Brand: "拉卡拉", Cycle: "T1"}, {MerchantNo: "M2", Acquirer: "汇付", Cycle: "T1"}, {MerchantNo: "M3", Cycle: "T1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Router, err = sources.NewRouter(sources.RouterDeps{
		Ledger: s, Sources: list, Log: slog.New(slog.DiscardHandler), Now: clock, Random: func() float64 { return 0 },
		Observe: sources.Observer{Foreign: func(_ string, n int) { w.foreign += n }},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) facts(t *testing.T, nos ...string) transactions.Facts {
	t.Helper()
	f, err := w.Facts(t.Context(), lookup(nos...))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func lookup(nos ...string) transactions.Lookup {
	return transactions.Lookup{MerchantNos: nos, From: at("2026-11-10 00:00"), To: at("2026-11-19 00:00")}
}

func (w *world) file(t *testing.T, txns []transactions.Transaction, payouts []transactions.Settlement) {
	t.Helper()
	if _, err := w.store.UpsertTransactions(t.Context(), nil, txns); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.UpsertSettlements(t.Context(), nil, payouts); err != nil {
		t.Fatal(err)
	}
}

func sale(no, id string, fen int64, state string) transactions.Transaction {
	return transactions.Transaction{MerchantNo: no, ID: id, AmountFen: fen, State: state, Kind: "SALE", Channel: "CARD", Time: at("2026-11-17 15:20")}
}

func payout(no, id, state string, ids ...string) transactions.Settlement {
	return transactions.Settlement{MerchantNo: no, ID: id, State: state, Cycle: "T1", NetFen: fen(497000), TransactionIDs: ids}
}

func lakala(r *teller) sources.Source {
	return sources.Source{Name: "lkl", Kind: "lakala", Connector: r, Route: sources.Route{Acquirers: []string{"拉卡拉"}}}
}

func TestRouterAsksTheSourceOfTheMerchantOnly(t *testing.T) {
	t.Parallel()
	lkl, huifu := &teller{}, &teller{}
	lkl.rows = sources.Rows{Transactions: []transactions.Transaction{sale("", "T1", 500000, "SUCCESS")}, AllSales: true, AllPayouts: true}
	w := newWorld(t, lakala(lkl), sources.Source{
		Name: "hf", Kind: "huifu", Connector: huifu, Route: sources.Route{Merchants: []string{"M2*"}, MerchantMap: map[string]string{"M2": "6666"}},
	})
	f := w.facts(t, "M1")
	if lkl.calls() != 1 || huifu.calls() != 0 || len(f.Transactions) != 1 || f.Transactions[0].MerchantNo != "M1" || f.Transactions[0].Source != "lakala" {
		t.Fatalf("%d %d %+v", lkl.calls(), huifu.calls(), f.Transactions)
	}
	if q := lkl.asked[0]; !q.From.Equal(at("2026-11-10 00:00")) || !q.To.Equal(at("2026-11-19 00:00")) || q.RemoteNo != "M1" {
		t.Errorf("asked %+v", q)
	}
	w.facts(t, "M2")
	if huifu.calls() != 1 || huifu.asked[0].RemoteNo != "6666" || huifu.asked[0].Merchant.MerchantNo != "M2" {
		t.Errorf("asked %+v", huifu.asked)
	}
	w.facts(t, "M3") // nobody's
	w.facts(t)
	if lkl.calls() != 1 || huifu.calls() != 1 {
		t.Error("a source was asked about somebody else's merchant")
	}
}

// The worst bug: rows of a shop that is not the contact's.
func TestRouterDropsForeignRows(t *testing.T) {
	t.Parallel()
	r := &teller{rows: sources.Rows{
		Transactions: []transactions.Transaction{sale("M1", "T1", 100, "SUCCESS"), sale("M2", "T2", 200, "SUCCESS"), sale("X9", "T3", 300, "SUCCESS")},
		Settlements:  []transactions.Settlement{payout("M2", "B2", "PAID", "T1"), payout("", "B1", "WAITING", "T1")},
		AllSales:     true, AllPayouts: true,
	}}
	w := newWorld(t, lakala(r))
	f := w.facts(t, "M1")
	if len(f.Transactions) != 1 || f.Transactions[0].ID != "T1" || len(f.Settlements) != 1 || f.Settlements[0].ID != "B1" || w.foreign != 3 {
		t.Errorf("%+v %+v, %d dropped", f.Transactions, f.Settlements, w.foreign)
	}
	if f := w.facts(t, "M2"); len(f.Transactions)+len(f.Settlements) != 0 {
		t.Errorf("stored under the other merchant: %+v", f)
	}
}

func TestRouterKeepsWhatItHears(t *testing.T) {
	t.Parallel()
	r := &teller{rows: sources.Rows{
		Transactions: []transactions.Transaction{sale("", "T1", 500000, "SUCCESS")},
		Settlements:  []transactions.Settlement{payout("", "B1", "PROCESSING", "T1")}, AllSales: true, AllPayouts: true,
	}}
	w := newWorld(t, lakala(r))
	w.facts(t, "M1")
	f, err := w.store.Facts(t.Context(), lookup("M1"))
	if err != nil || len(f.Transactions) != 1 || len(f.Settlements) != 1 || f.Settlements[0].State != "PROCESSING" {
		t.Fatalf("%v %+v", err, f)
	}
}

// One sale told by a file and by the source is one sale.
func TestRouterFoldsFileAndSource(t *testing.T) {
	t.Parallel()
	for name, fileFirst := range map[string]bool{"file first": true, "source first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live := sale("", "LKL-1", 500000, "SUCCESS")
			live.RRN = "R1"
			r := &teller{rows: sources.Rows{
				Transactions: []transactions.Transaction{live}, Settlements: []transactions.Settlement{payout("", "B1", "WAITING", "LKL-1")},
				AllSales: true, AllPayouts: true,
			}}
			w := newWorld(t, lakala(r))
			old := sale("M1", "F-1", 500000, "PENDING")
			old.RRN, old.CardLast4, old.Source = "R1", "6688", "file"
			if !fileFirst {
				w.facts(t, "M1")
			}
			w.file(t, []transactions.Transaction{old}, nil)
			w.now = w.now.Add(time.Minute)
			for round := range 3 {
				f := w.facts(t, "M1")
				if len(f.Transactions) != 1 {
					t.Fatalf("round %d: %+v", round, f.Transactions)
				}
				got := f.Transactions[0]
				if got.State != "SUCCESS" || got.CardLast4 != "6688" || got.Source != "lakala" {
					t.Errorf("round %d: %+v", round, got)
				}
				if want := map[bool]string{true: "F-1", false: "LKL-1"}[fileFirst]; got.ID != want {
					t.Errorf("round %d: the sale is called %s, not %s as before", round, got.ID, want)
				}
				if len(f.Settlements) != 1 || strings.Join(f.Settlements[0].TransactionIDs, ",") != got.ID {
					t.Errorf("round %d: %+v", round, f.Settlements)
				}
				w.now = w.now.Add(time.Minute)
			}
		})
	}
}

// Two sales that only look alike stay two.
func TestRouterKeepsDifferentSalesApart(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*transactions.Transaction){
		"amount":   func(t *transactions.Transaction) { t.AmountFen = 1 },
		"card":     func(t *transactions.Transaction) { t.CardLast4 = "1111" },
		"terminal": func(t *transactions.Transaction) { t.Terminal = "A2" },
		"day":      func(t *transactions.Transaction) { t.Time = at("2026-11-12 15:20") },
		"kind":     func(t *transactions.Transaction) { t.Kind = "REFUND" },
		"rrn":      func(t *transactions.Transaction) { t.RRN = "R2" },
		"no rrn":   func(t *transactions.Transaction) { t.RRN = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live, old := sale("", "L1", 500000, "SUCCESS"), sale("M1", "F1", 500000, "SUCCESS")
			live.RRN, live.CardLast4, live.Terminal = "R1", "6688", "A1"
			old.RRN, old.CardLast4, old.Terminal = "R1", "6688", "A1"
			change(&live)
			w := newWorld(t, lakala(&teller{rows: sources.Rows{Transactions: []transactions.Transaction{live}}}))
			w.file(t, []transactions.Transaction{old}, nil)
			if f := w.facts(t, "M1"); len(f.Transactions) != 2 {
				t.Errorf("%+v", f.Transactions)
			}
		})
	}
}

// A final state never goes back, except PAID → RETURNED (contract section 7).
func TestRouterKeepsFinalStates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ stored, told, want string }{
		{"PAID", "PROCESSING", "PAID"}, {"PAID", "RETURNED", "RETURNED"}, {"RETURNED", "PAID", "RETURNED"}, {"WAITING", "PAID", "PAID"}, {"HELD", "WAITING", "WAITING"},
	} {
		t.Run(tc.stored+" "+tc.told, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, lakala(&teller{rows: sources.Rows{
				Transactions: []transactions.Transaction{sale("", "T1", 500000, "SUCCESS")}, Settlements: []transactions.Settlement{payout("", "B1", tc.told, "T1")},
			}}))
			w.file(t, []transactions.Transaction{sale("M1", "T1", 500000, "SUCCESS")}, []transactions.Settlement{payout("M1", "B1", tc.stored, "T1")})
			if f := w.facts(t, "M1"); len(f.Settlements) != 1 || f.Settlements[0].State != tc.want {
				t.Errorf("%+v", f.Settlements)
			}
		})
	}
	for _, tc := range []struct{ stored, told, want string }{
		{"REVERSED", "SUCCESS", "REVERSED"}, {"VOIDED", "SUCCESS", "VOIDED"}, {"SUCCESS", "REVERSED", "REVERSED"}, {"UNKNOWN", "FAILED", "FAILED"},
	} {
		t.Run(tc.stored+" "+tc.told, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, lakala(&teller{rows: sources.Rows{Transactions: []transactions.Transaction{sale("", "T1", 500000, tc.told)}}}))
			w.file(t, []transactions.Transaction{sale("M1", "T1", 500000, tc.stored)}, nil)
			if f := w.facts(t, "M1"); len(f.Transactions) != 1 || f.Transactions[0].State != tc.want {
				t.Errorf("%+v", f.Transactions)
			}
		})
	}
}

// What the source does not tell is not cleared.
func TestRouterFillsGapsOnly(t *testing.T) {
	t.Parallel()
	bare := transactions.Transaction{ID: "T1", State: "SUCCESS", AmountFen: 500000, Time: at("2026-11-17 15:20")}
	r := &teller{rows: sources.Rows{Transactions: []transactions.Transaction{bare}, Settlements: []transactions.Settlement{{ID: "B1", State: "PAID", BankRef: "K1"}}}}
	w := newWorld(t, lakala(r))
	full := sale("M1", "T1", 500000, "SUCCESS")
	full.RRN, full.Risk = "R1", "HOLD"
	w.file(t, []transactions.Transaction{full}, []transactions.Settlement{payout("M1", "B1", "WAITING", "T1")})
	f := w.facts(t, "M1")
	if got := f.Transactions[0]; got.RRN != "R1" || got.Risk != "HOLD" || got.Channel != "CARD" {
		t.Errorf("%+v", got)
	}
	if got := f.Settlements[0]; got.State != "PAID" || got.NetFen == nil || got.BankRef != "K1" || len(got.TransactionIDs) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestRouterNeverStoresWholeCardNumbers(t *testing.T) {
	t.Parallel()
	row := sale("", "T1", 500000, "SUCCESS")
	row.CardLast4 = "6222020000001234"
	pay := payout("", "B1", "PAID", "T1")
	pay.AccountLast4 = "6217 **** **** 4477"
	w := newWorld(t, lakala(&teller{rows: sources.Rows{Transactions: []transactions.Transaction{row}, Settlements: []transactions.Settlement{pay}}}))
	f := w.facts(t, "M1")
	if f.Transactions[0].CardLast4 != "1234" || f.Settlements[0].AccountLast4 != "4477" {
		t.Errorf("%+v %+v", f.Transactions[0], f.Settlements[0])
	}
}

// A source that cannot answer makes everything unknown; rows of yesterday's
// file are not told instead.
func TestRouterIsUnavailableWithItsSource(t *testing.T) {
	t.Parallel()
	for kind, want := range map[sources.FailureKind]string{
		sources.KindTimeout: "timeout", sources.KindDown: "down", sources.KindGarbage: "garbage", sources.KindSignature: "garbage",
		sources.KindRefused: "down", sources.KindLimited: "down", sources.KindBusy: "down",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, lakala(&teller{err: &sources.Error{Kind: kind}}))
			w.file(t, []transactions.Transaction{sale("M1", "T1", 500000, "SUCCESS")}, nil)
			f, err := w.Facts(t.Context(), lookup("M1"))
			var u *transactions.UnavailableError
			if !errors.As(err, &u) || u.Kind != want || len(f.Transactions) != 0 {
				t.Errorf("%v %+v", err, f)
			}
			if len(f.Merchants) != 1 {
				t.Error("the merchants say whose notices apply")
			}
			if f := w.facts(t, "M3"); len(f.Merchants) != 1 {
				t.Error("another merchant suffers")
			}
		})
	}
}

func TestRouterAnswersShortlyFromMemory(t *testing.T) {
	t.Parallel()
	r := &teller{rows: sources.Rows{Transactions: []transactions.Transaction{sale("", "T1", 500000, "SUCCESS")}, AllSales: true}}
	w := newWorld(t, lakala(r))
	began := w.now
	w.facts(t, "M1")
	w.now = w.now.Add(10 * time.Second)
	f := w.facts(t, "M1")
	if r.calls() != 1 || !f.AsOf.Equal(began) {
		t.Errorf("%d calls, as of %s", r.calls(), f.AsOf)
	}
	l := lookup("M1")
	l.Reference = "R9"
	if _, err := w.Facts(t.Context(), l); err != nil || r.calls() != 2 || r.asked[1].Reference != "R9" {
		t.Errorf("another question is another call: %v, %d", err, r.calls())
	}
	w.now = w.now.Add(10 * time.Second)
	if f := w.facts(t, "M1"); r.calls() != 3 || !f.AsOf.Equal(w.now) {
		t.Errorf("%d calls, as of %s", r.calls(), f.AsOf)
	}
	r.mu.Lock()
	r.err = &sources.Error{Kind: sources.KindDown}
	r.mu.Unlock()
	w.now = w.now.Add(time.Minute)
	if _, err := w.Facts(t.Context(), lookup("M1")); err == nil {
		t.Error("an old answer is not told when the source is down")
	}
}

// AsOf is the oldest of what the facts rest on.
func TestRouterSaysHowOldTheDataAre(t *testing.T) {
	t.Parallel()
	imported := at("2026-11-18 08:00")
	for name, tc := range map[string]struct {
		rows sources.Rows
		want time.Time
	}{
		"all told":            {sources.Rows{AllSales: true, AllPayouts: true}, at("2026-11-18 16:00")},
		"payouts of the file": {sources.Rows{AllSales: true}, imported},
		"sales of the file":   {sources.Rows{AllPayouts: true}, imported},
		"every row told": {sources.Rows{
			Transactions: []transactions.Transaction{sale("", "T1", 500000, "SUCCESS")}, Settlements: []transactions.Settlement{payout("", "B1", "WAITING", "T1")},
		}, at("2026-11-18 16:00")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, lakala(&teller{rows: tc.rows}))
			w.now = imported
			w.file(t, []transactions.Transaction{sale("M1", "T1", 500000, "SUCCESS")}, []transactions.Settlement{payout("M1", "B1", "WAITING", "T1")})
			w.now = at("2026-11-18 16:00")
			if f := w.facts(t, "M1"); !f.AsOf.Equal(tc.want) {
				t.Errorf("as of %s, want %s", f.AsOf, tc.want)
			}
		})
	}
}

// A shop that is fed by files does not make the live one look old, nor the
// other way round.
func TestRouterTellsTheAgeOfEachShop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lakala(&teller{rows: sources.Rows{Transactions: []transactions.Transaction{sale("", "T1", 1, "SUCCESS")}, AllSales: true, AllPayouts: true}}))
	w.now = at("2026-11-17 20:00")
	w.file(t, []transactions.Transaction{sale("M3", "T3", 3, "SUCCESS")}, nil)
	w.now = at("2026-11-18 16:00")
	f := w.facts(t, "M1", "M3")
	if !f.AgeOf("M1").Equal(w.now) || !f.AgeOf("M3").Equal(at("2026-11-17 20:00")) || !f.AsOf.Equal(at("2026-11-17 20:00")) {
		t.Errorf("%v, all %s", f.Ages, f.AsOf)
	}
}

// A promise about an old sale reaches the source as well.
func TestRouterWidensTheSpanToRowsSpokenAbout(t *testing.T) {
	t.Parallel()
	r := &teller{}
	w := newWorld(t, lakala(r))
	old := sale("M1", "T0", 500000, "SUCCESS")
	old.Time = at("2026-10-20 10:00")
	w.file(t, []transactions.Transaction{old}, nil)
	l := lookup("M1")
	l.TransactionIDs = []string{"T0"}
	if _, err := w.Facts(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	q := r.asked[0]
	if !q.From.Equal(at("2026-10-20 00:00")) || len(q.Known) != 1 || q.Known[0].ID != "T0" {
		t.Errorf("%+v", q)
	}
}

// One slow source holds nobody else's look-up.
func TestSlowSourceHoldsNobodyElse(t *testing.T) {
	t.Parallel()
	slow, quick := &teller{hold: make(chan struct{})}, &teller{}
	w := newWorld(t, lakala(slow), sources.Source{Name: "hf", Kind: "huifu", Connector: quick, Route: sources.Route{Acquirers: []string{"汇付"}}})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { _, _ = w.Facts(ctx, lookup("M1")) })
	}
	for slow.calls() == 0 {
		time.Sleep(time.Millisecond)
	}
	for range 20 { // would wait for ever behind a shared lock
		w.facts(t, "M2")
		w.facts(t, "M3")
	}
	stop()
	wg.Wait()
}
