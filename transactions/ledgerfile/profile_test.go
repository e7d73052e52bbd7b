package ledgerfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
)

// readExample reads one of the example files by its profile.
func readExample(t *testing.T, profile string, kind ledgerfile.Kind, o ledgerfile.Options) (ledgerfile.Batch, ledgerfile.Report) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", profile+"-"+string(kind)+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all ledgerfile.Batch
	rep, err := ledgerfile.Read(f, kind, o, func(b ledgerfile.Batch) error {
		all.Columns = b.Columns
		all.Lines = append(all.Lines, b.Lines...)
		all.Transactions = append(all.Transactions, b.Transactions...)
		all.Settlements = append(all.Settlements, b.Settlements...)
		return nil
	})
	if err != nil {
		t.Fatalf("%s %s: %v", profile, kind, err)
	}
	return all, rep
}

// Every profile that comes with the program has an example of each of its
// tables, which it reads without a bad row and without a word about it.
func TestEveryProfileReadsItsExample(t *testing.T) {
	t.Parallel()
	b := ledgerfile.Profiles()
	if len(b) != 8 {
		t.Fatalf("%d profiles", len(b))
	}
	for _, p := range b {
		for kind := range p.Tables {
			got, rep := readExample(t, p.Name, kind, ledgerfile.Options{Profile: &p})
			if rep.Bad != 0 || len(rep.Warnings) != 0 || got.Len() < 2 || rep.Profile != p.Title {
				t.Errorf("%s %s: %+v", p.Name, kind, rep)
			}
			if len(p.Tables[kind].Detect) > 0 {
				same, again := readExample(t, p.Name, kind, ledgerfile.Options{})
				if again.Profile != p.Title {
					t.Errorf("%s %s does not recognise its own example: %+v", p.Name, kind, again)
				}
				if d := cmp.Diff(got, same); d != "" {
					t.Error(d)
				}
			}
		}
	}
}

func TestWeChatBill(t *testing.T) {
	t.Parallel()
	got, rep := readExample(t, "wechat-bill", ledgerfile.Transactions, ledgerfile.Options{})
	sale := transactions.Transaction{
		ID: "4200000000202611170000000001", Source: "wechat", MerchantNo: "1600000001", Terminal: "A0000001", Channel: "WECHAT", Kind: "SALE",
		State: "SUCCESS", AmountFen: 6800, RRN: "D20261117111005", Time: at("2026-11-17 11:10:05"), PayerRef: "oDemo0001",
	}
	refund := sale
	refund.ID, refund.Kind, refund.OrigID, refund.RRN, refund.Time = "50300000000202611170000000001", "REFUND", sale.ID, "R20261117162000", at("2026-11-17 16:20:00")
	byID := map[string]transactions.Transaction{}
	for _, r := range got.Transactions {
		byID[r.ID] = r
	}
	if d := cmp.Diff(sale, byID[sale.ID]); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(refund, byID[refund.ID]); d != "" {
		t.Error(d)
	}
	direct := byID["4200000000202611170000000003"] // no sub-merchant: the platform's 0
	if direct.MerchantNo != "1900000001" || direct.Terminal != "" || direct.AmountFen != 300000 {
		t.Errorf("%+v", direct)
	}
	void := byID["4200000000202611170000000004-REVOKED"]
	if void.Kind != "VOID" || void.OrigID != "4200000000202611170000000004" || void.AmountFen != 2000 || void.RRN != "" || byID[void.OrigID].State != "SUCCESS" {
		t.Errorf("%+v", void)
	}
	if len(byID) != 6 || rep.Skipped != 2 {
		t.Errorf("%d rows, %+v", len(byID), rep)
	}
}

func TestAlipayBill(t *testing.T) {
	t.Parallel()
	got, rep := readExample(t, "alipay-bill", ledgerfile.Transactions, ledgerfile.Options{})
	want := map[string]transactions.Transaction{
		"2026111722000000000000000001": {
			Terminal: "A0000002", Kind: "SALE", AmountFen: 32880, RRN: "Z20261117101500", Time: at("2026-11-17 10:15:00"),
		},
		"2026111722000000000000000002": {
			Terminal: "A0000002", Kind: "SALE", AmountFen: 5500, RRN: "Z20261117143000", Time: at("2026-11-17 14:30:02"),
		},
		"2026111722000000000000000002-TK0001": {
			Terminal: "A0000002", Kind: "REFUND", AmountFen: 5500, RRN: "TK0001", Time: at("2026-11-17 15:02:11"), OrigID: "2026111722000000000000000002",
		},
	}
	for id, w := range want {
		w.ID, w.Source, w.MerchantNo, w.Channel, w.State = id, "alipay", "20880000000000010156", "ALIPAY", "SUCCESS"
		want[id] = w
	}
	byID := map[string]transactions.Transaction{}
	for _, r := range got.Transactions {
		byID[r.ID] = r
	}
	if d := cmp.Diff(want, byID); d != "" {
		t.Error(d)
	}
	if rep.Format != "csv gb18030" || rep.Skipped != 4 {
		t.Errorf("%+v", rep)
	}
}

func TestOtherProfiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		profile string
		kind    ledgerfile.Kind
		check   func(ledgerfile.Batch) bool
	}{
		{"unionpay", ledgerfile.Transactions, func(b ledgerfile.Batch) bool {
			x, y := b.Transactions[0], b.Transactions[3]
			return len(b.Transactions) == 4 && x.ID == "A0000003-20261117-321110000001" && x.Time.Equal(at("2026-11-17 11:10:02")) && x.State == "SUCCESS" &&
				x.CardLast4 == "6688" && x.CardKind == "DEBIT" && x.AmountFen == 200000 && x.STAN == "000101" && x.AuthCode == "" &&
				y.Kind == "REFUND" && y.AmountFen == 56800 && b.Transactions[2].Channel == "WECHAT"
		}},
		{"settlement-list", ledgerfile.Settlements, func(b ledgerfile.Batch) bool {
			x, y, z := b.Settlements[0], b.Settlements[1], b.Settlements[2]
			return x.State == "PAID" && *x.NetFen == 259087 && x.AccountLast4 == "6688" && x.FailReason == "" && x.Cycle == "T1" && y.State == "RETURNED" &&
				y.FailReason == "户名不符" && z.State == "HELD" && z.Cycle == "D0" && z.PaidAt.IsZero()
		}},
		{"shuabei", ledgerfile.Settlements, func(b ledgerfile.Batch) bool {
			x := b.Settlements[0]
			return *x.NetFen == 99100 && *x.SurchargeFen == 300 && x.Cycle == "D0" && len(x.TransactionIDs) == 1 && b.Settlements[1].TransactionIDs == nil
		}},
		{"zhongfu", ledgerfile.Transactions, func(b ledgerfile.Batch) bool {
			return b.Transactions[1].State == "FAILED" && b.Transactions[1].RespCode == "51" && b.Transactions[2].State == "UNKNOWN" && b.Transactions[2].ClearingDate.IsZero()
		}},
		{"shengpay", ledgerfile.Transactions, func(b ledgerfile.Batch) bool {
			x, y := b.Transactions[0], b.Transactions[2]
			return x.AmountFen == 128800 && x.CardKind == "CREDIT" && x.Time.Equal(at("2026-11-17 19:30:05")) && y.Kind == "REFUND" && y.AmountFen == 5600 && y.OrigID == b.Transactions[1].ID
		}},
		{"ruiyinxin", ledgerfile.Transactions, func(b ledgerfile.Batch) bool {
			return b.Transactions[0].CardLast4 == "0021" && b.Transactions[2].State == "REVERSED" && b.Transactions[1].SettleID == ""
		}},
	} {
		p, ok := ledgerfile.ProfileNamed(ledgerfile.Profiles(), c.profile)
		if !ok {
			t.Fatalf("no profile %s", c.profile)
		}
		if b, _ := readExample(t, c.profile, c.kind, ledgerfile.Options{Profile: &p}); !c.check(b) {
			t.Errorf("%s %s: %+v %+v", c.profile, c.kind, b.Transactions, b.Settlements)
		}
	}
}

func TestProfileNamesEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	_, err := ledgerfile.ParseProfile([]byte(`
name: My Bill
tabels: {}
tables:
  transactions:
    colums: {}
    columns:
      id: {join: [], with: "-"}
      nonsense: 甲
      amount: [金额, 3]
    constants: {state: NOSUCH, amount: "1.234"}
    values:
      kind: {收款: SELL}
    comments: {merchant_no: "("}
    unit: cent
    time_format: 日-月-年
    skip: [{}]
    variants:
      - columns: {id: 单号}
        drop: [what]
  refunds:
    columns: {}
`))
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	for _, want := range []string{
		"tabels", "tables.transactions.colums", "name \"My Bill\"", "title", "columns.id", "columns.nonsense", "columns.amount", "constants.state",
		"constants.amount", "values.kind.收款", "comments.merchant_no", "unit \"cent\"", "time_format", "skip[0]", "variants[0].when", "variants[0].drop",
		"缺少必需的列 time", "tables.refunds",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not named:\n%s", want, text)
		}
	}
	for _, bad := range []string{"", "[1,2]", "a: [", "name: x\ntitle: y\n", strings.Repeat("#", 300<<10)} {
		if _, err := ledgerfile.ParseProfile([]byte(bad)); err == nil {
			t.Errorf("%.20q: no error", bad)
		}
	}
}

func TestHeaderBelowTitleLines(t *testing.T) {
	t.Parallel()
	b, rep := read(t, ledgerfile.Transactions, "2026年11月交易明细\n#导出时间：2026-11-18\n\n交易流水号,商户号,交易状态,交易金额,交易时间\nT1,"+shop+",成功,1,2026-11-17 10:00\n")
	if b.Len() != 1 || b.Lines[0] != 5 || rep.Rows != 1 {
		t.Errorf("%+v %+v", b, rep)
	}
	// What looks most like the header is what the error speaks of.
	_, _, err := readAll(ledgerfile.Transactions, strings.NewReader("标题\n交易流水号,商户号,交易状态,交易金额\nT1,1,成功,1\n"))
	if err == nil || !strings.Contains(err.Error(), "time") || strings.Contains(err.Error(), "id") {
		t.Errorf("%v", err)
	}
	p, _ := ledgerfile.ProfileNamed(ledgerfile.Profiles(), "shuabei")
	_, err = ledgerfile.Read(strings.NewReader("订单编号,商户编号,订单状态,创建时间\n"), ledgerfile.Transactions, ledgerfile.Options{Profile: &p}, nil)
	if err == nil || !strings.Contains(err.Error(), "订单金额（amount_fen）") || !strings.Contains(err.Error(), "刷呗") {
		t.Errorf("%v", err)
	}
	_, err = ledgerfile.Read(strings.NewReader("merchant_no\n1\n"), ledgerfile.Merchants, ledgerfile.Options{Profile: &p}, nil)
	if err == nil || !strings.Contains(err.Error(), "不包含") {
		t.Errorf("%v", err)
	}
}

func FuzzProfile(f *testing.F) {
	f.Add([]byte("name: x\ntitle: y\ntables:\n  terminals:\n    columns: {terminal: 终端, merchant_no: [商户, 店]}\n    skip: [{终端: [x]}]\n"), []byte("终端,商户\nA1,1\nx,2\n"))
	f.Add([]byte("name: x\ntitle: y\ntables:\n  transactions:\n    contract_names: true\n    time_format: yyyyMMdd HHmmss\n    variants: [{when: {状态: [退]}, constants: {kind: REFUND}}]\n"), []byte("id,merchant_no,状态,amount,time\n1,2,退,3,20261117 111111\n"))
	f.Fuzz(func(t *testing.T, yaml, file []byte) {
		p, err := ledgerfile.ParseProfile(yaml)
		if err != nil {
			return
		}
		for kind := range p.Tables {
			rows := 0
			rep, err := ledgerfile.Read(strings.NewReader(string(file)), kind, ledgerfile.Options{Profile: &p, Raw: true}, func(b ledgerfile.Batch) error {
				if rows += b.Len(); len(b.Raw) != b.Len() || len(b.Titles) != len(b.Columns) {
					t.Errorf("%+v", b)
				}
				return nil
			})
			if err == nil && (rows != rep.Good || rep.Good+rep.Bad != rep.Rows) {
				t.Errorf("%d rows, %+v", rows, rep)
			}
		}
	})
}

// The document lists the profiles, and its template is one.
func TestDocumentOfProfiles(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/ledger-files.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ledgerfile.Profiles() {
		if !strings.Contains(string(b), "| `"+p.Name+"` | "+strings.TrimSuffix(p.Title, "导出文件")+" |") {
			t.Errorf("%s (%s) is not in the table", p.Name, p.Title)
		}
		if text, ok := ledgerfile.ProfileText(p.Name); !ok || !strings.Contains(text, p.Title) {
			t.Errorf("no text of %s", p.Name)
		}
	}
	_, text, _ := strings.Cut(string(b), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	p, err := ledgerfile.ParseProfile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	file := "商户号:8221\n平台单号,结果,金额,日期,时间,退款单号,退款金额,子商户号,备注\nA1,成功,5,20261117,103000,,,77,\nA1,退款,5,20261117,113000,R1,2.5,77,\nA2,处理中,5,20261117,103000,,,,\n合计,,,,,,,,\n"
	p.Tables["transactions"] = func(t ledgerfile.Table) ledgerfile.Table { t.TimeFormat = ""; return t }(p.Tables["transactions"])
	var rows []transactions.Transaction
	rep, err := ledgerfile.Read(strings.NewReader(file), ledgerfile.Transactions, ledgerfile.Options{Profile: &p}, func(b ledgerfile.Batch) error {
		rows = append(rows, b.Transactions...)
		return nil
	})
	if err != nil || rep.Bad != 0 || rep.Skipped != 2 || len(rows) != 2 {
		t.Fatalf("%v %+v", err, rep)
	}
	for _, r := range rows {
		if r.MerchantNo != "77" || r.Source != "mybill" || r.ID == "R1" && (r.OrigID != "A1" || r.AmountFen != 250) {
			t.Errorf("%+v", r)
		}
	}
}
