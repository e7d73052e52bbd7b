package huifu

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wiretest"
)

func goldenPayout(id, stat, amount, fee, date string) string {
	return `{"bank_code":"01020000","card_name":"张*","card_no":"622202******1234","fee_amt":"` + fee + `","fee_cust_id":"` + merchant + `","huifu_id":"` + merchant +
		`","settle_abstract":"结算","settle_batch_no":"0","settle_cycle":"T1","settle_type":"1","trans_amt":"` + amount + `","trans_date":"` + date + `","trans_id":"` + id + `","trans_stat":"` + stat + `"}`
}

func goldenPage(count int, rows ...string) string {
	return fmt.Sprintf(`{"page_num":1,"page_size":50,"resp_code":"00000000","resp_desc":"成功","result_count":%d,"trans_log_result_list":[%s]}`, count, strings.Join(rows, ","))
}

func TestEveryStateOfAPayout(t *testing.T) {
	t.Parallel()
	for stat, want := range map[string]string{"S": transactions.Paid, "F": transactions.Rejected, "P": transactions.Processing, "I": transactions.Scheduled} {
		s, url := serve(t)
		s.pages = []string{goldenPage(1, goldenPayout("J1", stat, "490.00", "0.00", "20261122"))}
		rows, err := open(t, settings(t, url)).Fetch(t.Context(), query())
		if err != nil || len(rows.Settlements) != 1 || !rows.AllPayouts {
			t.Fatalf("%+v, %v", rows, err)
		}
		got := rows.Settlements[0]
		if got.ID != "J1" || got.State != want || got.NetFen == nil || *got.NetFen != 49000 || got.AccountLast4 != "1234" || got.Cycle != transactions.T1 || !got.PaidAt.IsZero() {
			t.Errorf("%s: %+v", stat, got)
		}
	}
}

// A state that the document does not list is one payout's, not the answer's.
func TestUnlistedStateOfAPayout(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.pages = []string{goldenPage(2, goldenPayout("J1", "Z", "490.00", "0.00", "20261122"), goldenPayout("J2", "S", "10.00", "0.00", "20261122"))}
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), query())
	if err != nil || len(rows.Settlements) != 2 || !slices.Equal(rows.Unlisted, []string{"Z"}) {
		t.Fatalf("%+v, %v", rows, err)
	}
	if got := rows.Settlements[0]; got.State != transactions.Unknown || got.FailCode != "Z" || *got.NetFen != 49000 {
		t.Errorf("%+v", got)
	}
	if got := rows.Settlements[1]; got.State != transactions.Paid || got.FailCode != "" {
		t.Errorf("%+v", got)
	}
}

func TestAFeeOfThePayoutLeavesTheFigureOpen(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.pages = []string{goldenPage(1, goldenPayout("J1", "S", "490.00", "1.00", "20261122"))}
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), query())
	if err != nil || rows.Settlements[0].NetFen != nil || *rows.Settlements[0].SurchargeFen != 100 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	var all []string
	for i := range 120 {
		all = append(all, goldenPayout(fmt.Sprintf("J%d", i), "S", "1.00", "0.00", "20261122"))
	}
	s.pages = []string{goldenPage(120, all[:50]...), goldenPage(120, all[50:100]...), goldenPage(120, all[100:]...)}
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), query())
	if err != nil || len(rows.Settlements) != 120 || !rows.AllPayouts {
		t.Errorf("%d rows, all %v, %v", len(rows.Settlements), rows.AllPayouts, err)
	}
	s.pages = []string{s.pages[0], s.pages[0], s.pages[0]} // a page said again is not the end
	if rows, err = open(t, settings(t, url)).Fetch(t.Context(), query()); err != nil || len(rows.Settlements) != 50 || rows.AllPayouts {
		t.Errorf("%d rows, all %v, %v", len(rows.Settlements), rows.AllPayouts, err)
	}
}

func TestLongSpansAreCut(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	q := query()
	q.From = now.AddDate(-1, 0, 0)
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), q)
	if err != nil || rows.AllPayouts || !strings.Contains(s.asked[0], `"begin_date":"20260815","end_date":"20261122"`) {
		t.Errorf("all %v, %v, asked %s", rows.AllPayouts, err, s.asked[0])
	}
}

func TestListAsText(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.pages = []string{`{"resp_code":"00000000","result_count":1,"trans_log_result_list":"[{\"trans_id\":\"J1\",\"trans_stat\":\"S\",\"trans_amt\":\"1.00\",\"trans_date\":\"20261122\"}]"}`}
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), query())
	if err != nil || len(rows.Settlements) != 1 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestPayoutGarbage(t *testing.T) {
	t.Parallel()
	good := goldenPayout("J1", "S", "490.00", "0.00", "20261122")
	for name, row := range map[string]string{
		"another merchant": strings.Replace(good, `"huifu_id":"`+merchant, `"huifu_id":"6666000999`, 1), "no number": strings.Replace(good, `"trans_id":"J1"`, `"trans_id":""`, 1),
		"no state": strings.Replace(good, `"trans_stat":"S"`, `"x":"S"`, 1),
		"a date":   strings.Replace(good, "20261122", "2026/11/22", 1), "an amount": strings.Replace(good, "490.00", "490.0.0", 1), "a text": `"x"`,
	} {
		s, url := serve(t)
		s.pages = []string{goldenPage(1, row)}
		wiretest.Failed(t, name, fetchErr(t.Context(), open(t, settings(t, url)), query()), nil, sources.KindGarbage)
	}
}

// Which payout of the ledger a paid one is, is only said when nothing else fits.
func TestAdopt(t *testing.T) {
	t.Parallel()
	fen := func(n int64) *int64 { return &n }
	day := transactions.Date{Year: 2026, Month: 11, Day: 22}
	told := func(id string, net int64, state string) dated {
		return dated{transactions.Settlement{ID: id, State: state, NetFen: fen(net), AccountLast4: "1234"}, day}
	}
	live := func(id string, net int64) dated { return told(id, net, transactions.Paid) }
	ours := func(id string, net int64, state string) transactions.Settlement {
		return transactions.Settlement{ID: id, State: state, NetFen: fen(net), DueDate: day, AccountLast4: "1234", TransactionIDs: []string{"T"}}
	}
	for name, c := range map[string]struct {
		live  []dated
		known []transactions.Settlement
		want  string
	}{
		"the same":            {[]dated{live("J", 100)}, []transactions.Settlement{ours("S", 100, transactions.Scheduled)}, "S"},
		"another sum":         {[]dated{live("J", 100)}, []transactions.Settlement{ours("S", 101, transactions.Scheduled)}, "J"},
		"paid already":        {[]dated{live("J", 100)}, []transactions.Settlement{ours("S", 100, transactions.Paid)}, "J"},
		"two of the ledger":   {[]dated{live("J", 100)}, []transactions.Settlement{ours("S", 100, transactions.Scheduled), ours("R", 100, "")}, "J"},
		"two of the platform": {[]dated{live("J", 100), live("K", 100)}, []transactions.Settlement{ours("S", 100, transactions.Scheduled)}, "J"},
		"on its way":          {[]dated{told("J", 100, transactions.Processing)}, []transactions.Settlement{ours("S", 100, transactions.Scheduled)}, "S"},
		"a state of no table": {[]dated{told("J", 100, transactions.Unknown)}, []transactions.Settlement{ours("S", 100, transactions.Paid)}, "S"},
		"known again":         {[]dated{live("J", 100)}, []transactions.Settlement{ours("S", 100, transactions.Unknown)}, "S"},
		"known by its number": {[]dated{live("J", 100)}, []transactions.Settlement{ours("J", 100, transactions.Scheduled), ours("S", 100, transactions.Scheduled)}, "J"},
	} {
		if got := adopt(c.live, c.known)[0].ID; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Whatever a list of payouts says: a row has a number and sums in whole fen.
func FuzzPayouts(f *testing.F) {
	f.Add([]byte(`{"trans_log_result_list":"[{\"trans_id\":\"1\",\"trans_amt\":\"1.00\",\"trans_stat\":\"S\",\"trans_date\":\"20261121\"}]"}`))
	f.Add([]byte(`{"trans_log_result_list":[{"trans_id":"1","trans_amt":"-1","fee_amt":"0.01"}],"result_count":"1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var a page
		if json.Unmarshal(b, &a) != nil {
			return
		}
		for _, p := range a.List {
			s, err := p.row("6666000109133323")
			if err == nil && (s.ID == "" || s.State == "" || s.NetFen != nil && *s.NetFen < 0 || len(s.AccountLast4) > 4) {
				t.Errorf("%s: %+v", b, s)
			}
		}
	})
}
