package ledgerfile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
)

func body(t *testing.T, text string) []map[string]json.RawMessage {
	t.Helper()
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestFromJSON(t *testing.T) {
	t.Parallel()
	batches, rep := ledgerfile.FromJSON(ledgerfile.Settlements, body(t, `[
		{"id":"B1","merchant_no":"1","state":"PAID","net_fen":497000,"transaction_ids":["T1","T2"],"paid_at":"2026-11-18T11:31:00+08:00"},
		{"id":"B2","merchant_no":"1","state":"PAID","net":"4,970.00","transaction_ids":"T3;T4","paid_at":null},
		{"id":"B3","merchant_no":"1","state":"PAID","net":4970.5},
		{"id":"B4","merchant_no":"1","state":"PAID","net":4970.555},
		{"id":"B5","merchant_no":"1","state":"GONE","net":1},
		{"id":"B6","merchant_no":"1","state":"PAID"},
		{"id":"B7","merchant_no":"1","state":"PAID","net":1,"net_fen":100},
		{"id":"B8","merchant_no":"1","state":"PAID","net":{"fen":1}},
		{"id":7,"merchant_no":"1","state":"PAID","net":1,"remark":"x"},
		{"id":"B10","merchant_no":"1","state":"PAID","net":null}]`))
	if len(batches) != 2 || !cmp.Equal(batches[0].Lines, []int{0, 1}) || !cmp.Equal(batches[1].Lines, []int{2, 8}) {
		t.Fatalf("batches %+v", batches)
	}
	if d := cmp.Diff([]string{"id", "merchant_no", "state", "net_fen", "paid_at", "transaction_ids"}, batches[0].Columns); d != "" {
		t.Error(d)
	}
	fen := func(n int64) *int64 { return &n }
	want := []transactions.Settlement{
		{ID: "B1", MerchantNo: "1", State: "PAID", NetFen: fen(497000), TransactionIDs: []string{"T1", "T2"}, PaidAt: at("2026-11-18 11:31:00")},
		{ID: "B2", MerchantNo: "1", State: "PAID", NetFen: fen(497000), TransactionIDs: []string{"T3", "T4"}},
	}
	if d := cmp.Diff(want, batches[0].Settlements); d != "" {
		t.Error(d)
	}
	if got := batches[1].Settlements[1]; got.ID != "7" || *got.NetFen != 100 {
		t.Errorf("%+v", got)
	}
	var bad []int
	for _, e := range rep.Errors {
		bad = append(bad, e.Line)
	}
	if d := cmp.Diff([]int{3, 4, 5, 6, 7, 9}, bad); d != "" || rep.Good != 4 || rep.Rows != 10 {
		t.Error(d, rep)
	}
	if len(rep.Warnings) != 1 || !strings.Contains(rep.Warnings[0], "remark") {
		t.Errorf("warnings %q", rep.Warnings)
	}
}

func TestFromJSONOtherKinds(t *testing.T) {
	t.Parallel()
	b, rep := ledgerfile.FromJSON(ledgerfile.Merchants, body(t, `[{"merchant_no":"1","credit_bp":60,"docs_required":["营业执照","门头照"],"min_settle":10}]`))
	if rep.Bad != 0 || *b[0].Merchants[0].Rates.CreditBP != 60 || len(b[0].Merchants[0].DocsRequired) != 2 || *b[0].Merchants[0].MinSettleFen != 1000 {
		t.Errorf("%+v %+v", b, rep)
	}
	b, rep = ledgerfile.FromJSON(ledgerfile.Terminals, body(t, `[{"merchant_no":"1","terminal":"A","signed_in":true,"unsent_offline":2}]`))
	if rep.Bad != 0 || !*b[0].Terminals[0].SignedIn || b[0].Terminals[0].UnsentOffline != 2 {
		t.Errorf("%+v %+v", b, rep)
	}
	if _, rep = ledgerfile.FromJSON("nonsense", body(t, `[{}]`)); rep.Bad != 1 {
		t.Errorf("%+v", rep)
	}
}

func FuzzFromJSON(f *testing.F) {
	f.Add([]byte(`[{"id":"B1","merchant_no":"1","state":"PAID","net_fen":1}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var rows []map[string]json.RawMessage
		if json.Unmarshal(text, &rows) != nil {
			return
		}
		for _, kind := range ledgerfile.Kinds() {
			batches, rep := ledgerfile.FromJSON(kind, rows)
			n := 0
			for _, b := range batches {
				n += b.Len()
			}
			if n != rep.Good || rep.Good+rep.Bad != len(rows) {
				t.Fatalf("%d rows: %+v", n, rep)
			}
		}
	})
}
