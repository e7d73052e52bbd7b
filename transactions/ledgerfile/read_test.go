package ledgerfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
)

const shop = "822100000000001"

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", text, transactions.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func read(t *testing.T, kind ledgerfile.Kind, file string) (ledgerfile.Batch, ledgerfile.Report) {
	t.Helper()
	b, rep, err := readAll(kind, strings.NewReader(file))
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	return b, rep
}

// readAll joins the batches of a file.
func readAll(kind ledgerfile.Kind, r io.Reader) (ledgerfile.Batch, ledgerfile.Report, error) {
	var all ledgerfile.Batch
	rep, err := ledgerfile.Read(r, kind, ledgerfile.Options{}, func(b ledgerfile.Batch) error {
		all.Kind, all.Columns = b.Kind, b.Columns
		all.Lines = append(all.Lines, b.Lines...)
		all.Merchants = append(all.Merchants, b.Merchants...)
		all.Terminals = append(all.Terminals, b.Terminals...)
		all.Transactions = append(all.Transactions, b.Transactions...)
		all.Settlements = append(all.Settlements, b.Settlements...)
		all.Bindings = append(all.Bindings, b.Bindings...)
		return nil
	})
	return all, rep, err
}

func TestReadTransactionsInEveryEncoding(t *testing.T) {
	t.Parallel()
	const text = "交易流水号,商户号,交易状态,交易金额,交易时间,卡类型,备注\nT1," + shop + ",成功,\"5,000.00\",2026-11-17 15:20:00,借记卡,张记\n"
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for format, file := range map[string]string{
		"csv utf-8": text, "csv utf-8 ": "\ufeff" + text, "csv gb18030": gbk, "csv utf-16": utf16,
		"csv utf-8  ": strings.ReplaceAll(strings.ReplaceAll(text, `"5,000.00"`, "5000"), ",", "\t"),
		"csv utf-8\n": "\r\n\n" + strings.ReplaceAll(text, "\n", "\r\n"),
	} {
		b, rep := read(t, ledgerfile.Transactions, file)
		want := []transactions.Transaction{{
			ID: "T1", MerchantNo: shop, State: "SUCCESS", AmountFen: 500000, Time: at("2026-11-17 15:20:00"), CardKind: "DEBIT",
		}}
		if d := cmp.Diff(want, b.Transactions); d != "" {
			t.Errorf("%s: %s", format, d)
		}
		if d := cmp.Diff([]string{"id", "merchant_no", "state", "amount_fen", "card_kind", "time"}, b.Columns); d != "" {
			t.Errorf("%s: columns %s", format, d)
		}
		if rep.Format != strings.TrimSpace(format) || rep.Good != 1 || rep.Bad != 0 || len(rep.Warnings) != 1 || !strings.Contains(rep.Warnings[0], "备注") {
			t.Errorf("%s: report %+v", format, rep)
		}
	}
}

func TestReadDecidesEncodingWhereTextBegins(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("merchant_no,name\n")
	for i := range 20000 { // far beyond any window
		fmt.Fprintf(&b, "%d,plain\n", i)
	}
	b.WriteString("1,张记五金店\n")
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(b.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{b.String(), gbk} {
		got, _ := read(t, ledgerfile.Merchants, file)
		if n := len(got.Merchants); n != 20001 || got.Merchants[n-1].Name != "张记五金店" {
			t.Errorf("%d rows, last %+v", n, got.Merchants[n-1])
		}
	}
}

func TestReadAmounts(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int64{
		"5000": 500000, "5000.00": 500000, "0.01": 1, "12.3": 1230, `"5,000.5"`: 500050, "５０００．５": 500050, "¥5000": 500000,
		"￥5000.00": 500000, "5000元": 500000, "5000.00 元": 500000, "CNY 5000": 500000, "`5000.00": 500000, "'5000": 500000,
		`="5000.00"`: 500000, `"=""5000.00"""`: 500000, "+5": 500, "0": 0, "12.3400": 1234, "4.97E3": 497000, ".5": 50, "5.": 500,
		`"1,234,567.89"`: 123456789, `"１，２３４．５６"`: 123456, "9999999999999.99": 999999999999999,
	} {
		b, rep := read(t, ledgerfile.Transactions, "id,merchant_no,state,amount,time\nT,"+shop+",SUCCESS,"+cell+",20261117111000\n")
		if rep.Bad != 0 || b.Transactions[0].AmountFen != want {
			t.Errorf("%s: %+v %v", cell, b.Transactions, rep.Errors)
		}
	}
	for cell, reason := range map[string]string{
		"": "必填", "abc": "币种", "12.345": "两位", "$5": "币种", "USD 5": "币种", "5 HKD": "币种", "100美元": "币种", `"5,00"`: "逗号",
		"1.2.3": "不是数字", "--5": "不是数字", "-5": "负数", "99999999999999999": "过大", "5万": "不是数字", "1e99": "不是数字", "元": "不是数字", ",": "",
	} {
		b, rep := read(t, ledgerfile.Transactions, "id,merchant_no,state,amount,time\nT,"+shop+",SUCCESS,"+cell+",20261117111000\nT2,"+shop+",SUCCESS,1,20261117111000\n")
		if rep.Bad != 1 || rep.Good != 1 || len(rep.Errors) != 1 || !strings.Contains(rep.Errors[0].Reason, reason) || rep.Errors[0].Line != 2 {
			t.Errorf("%q: %+v %+v", cell, b.Transactions, rep)
		}
	}
}

func TestReadFenAndYuanColumns(t *testing.T) {
	t.Parallel()
	b, _ := read(t, ledgerfile.Settlements, "id,merchant_no,state,net_fen,fee,手续费率,gross(分),调账金额（元）\nB1,"+shop+",已付款,497000,30.00,,500000,-1.50\n")
	got := b.Settlements[0]
	if *got.NetFen != 497000 || *got.FeeFen != 3000 || *got.GrossFen != 500000 || *got.AdjustFen != -150 || got.State != "PAID" || got.SurchargeFen != nil {
		t.Errorf("%+v", got)
	}
	_, rep := read(t, ledgerfile.Settlements, "id,merchant_no,state,net_fen\nB1,"+shop+",PAID,4970.5\n")
	if rep.Bad != 1 || !strings.Contains(rep.Errors[0].Reason, "整数") {
		t.Errorf("%+v", rep)
	}
}

func TestReadTimes(t *testing.T) {
	t.Parallel()
	full := at("2026-11-17 11:10:00")
	for cell, want := range map[string]time.Time{
		"2026-11-17 11:10:00": full, "2026/11/17 11:10": full, "2026/11/17 11:10:00": full, "20261117111000": full, "202611171110": full,
		"2026-11-17T11:10:00+08:00": full, "2026-11-17T03:10:00Z": full, "2026-11-17T11:10:00": full, "2026-11-17 03:10:00Z": full,
		"2026.11.17 11:10": full, "2026年11月17日 11:10": full, "2026年11月17日11时10分00秒": full, "20261117 11:10:00": full,
		"2026-11-17 11:10:00.123": full, "２０２６-11-17 11:10:00": full, "`2026-11-17 11:10:00": full, `="2026-11-17 11:10:00"`: full,
		"2026/11/7 1:05": at("2026-11-07 01:05:00"), "2026/11/17 下午 3:05:00": at("2026-11-17 15:05:00"), "2026-02-28 23:59:59": at("2026-02-28 23:59:59"),
	} {
		b, rep := read(t, ledgerfile.Transactions, "id,merchant_no,state,amount,time\nT,"+shop+",SUCCESS,1,"+cell+"\n")
		if rep.Bad != 0 || !b.Transactions[0].Time.Equal(want) {
			t.Errorf("%s: %+v %v", cell, b.Transactions, rep.Errors)
		}
	}
	for _, cell := range []string{"2026-11-17", "20261117", "2026-02-30 10:00:00", "2026-11-17 25:00:00", "2026-11-17 10:60", "昨天", "11-17 10:00", "46343.5", "2026-13-01 10:00", "0000-01-01T00:00:00Z"} {
		_, rep := read(t, ledgerfile.Transactions, "id,merchant_no,state,amount,time\nT,"+shop+",SUCCESS,1,"+cell+"\n")
		if rep.Bad != 1 || rep.Errors[0].Column != "time" {
			t.Errorf("%s was taken: %+v", cell, rep)
		}
	}
}

func TestReadBadHeaderEmitsNothing(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]ledgerfile.HeaderError{
		"id,merchant_no,amount\nT,1,1\n":                                      {Missing: []string{"state", "time"}},
		"id,merchant_no,state,amount,amount_fen,time\n":                       {Duplicate: []string{"amount_fen（amount_fen）"}},
		"流水号,交易流水号,商户号,状态,金额\nT,T,1,成功,1\n":                                   {Duplicate: []string{"id（交易流水号）"}, Missing: []string{"time"}},
		"T1," + shop + ",SUCCESS,5000,2026-11-17 10:00\nT2,1,SUCCESS,1,x,1\n": {Missing: []string{"id", "merchant_no", "state", "amount_fen", "time"}},
	} {
		_, err := ledgerfile.Read(strings.NewReader(file), ledgerfile.Transactions, ledgerfile.Options{}, func(ledgerfile.Batch) error {
			t.Error("a batch of a file with a bad header")
			return nil
		})
		var bad *ledgerfile.HeaderError
		if !errors.As(err, &bad) {
			t.Errorf("%q: %v", file, err)
			continue
		}
		if d := cmp.Diff(want, *bad); d != "" {
			t.Errorf("%q: %s", file, d)
		}
	}
	for file, want := range map[string]error{"": ledgerfile.ErrEmpty, "\n\n": ledgerfile.ErrEmpty, "\ufeff": ledgerfile.ErrEmpty, "\xd0\xcf\x11\xe0 old": ledgerfile.ErrOldXLS, "PK\x03\x04 no zip": ledgerfile.ErrXLSX} {
		if _, _, err := readAll(ledgerfile.Transactions, strings.NewReader(file)); !errors.Is(err, want) {
			t.Errorf("%q: %v", file, err)
		}
	}
	if _, _, err := readAll("nonsense", strings.NewReader("id\n")); !errors.Is(err, ledgerfile.ErrKind) {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestReadBadRowsNeverStopGoodOnes(t *testing.T) {
	t.Parallel()
	file := strings.Join([]string{
		"id,merchant_no,state,amount,time,card_last4,kind,refund_state",
		"T1," + shop + ",SUCCESS,1,2026-11-17 10:00,6688,SALE,", // 2
		"T2," + shop + ",PAID,1,2026-11-17 10:00,,,",            // 3 unknown state
		"T3,,SUCCESS,1,2026-11-17 10:00,,,",                     // 4 no merchant
		"T4," + shop + ",SUCCESS,1,2026-11-17 10:00,12a,,",      // 5 tail
		"T5," + shop + ",SUCCESS,5,000.00,2026-11-17 10:00,,,,", // 6 comma without quotes
		"\"T6," + shop + ",SUCCESS,1,2026-11-17 10:00,,,",       // 7 open quote
		"T7," + shop + ",REFUND,1,2026-11-17 10:00,,,",          // 8 refund state
		"", // 9
		"T8," + shop + ",SUCCESS,-1,2026-11-17 10:00,6222001,退款,已退款", // 10
		"T9," + shop + ",SUCCESS,1,2026-11-17 10:00",                 // 11 short row
		"8.221E+14," + shop + ",SUCCESS,1,2026-11-17 10:00,,,",       // 12 lost digits
		"TA\xff," + shop + ",SUCCESS,1,2026-11-17 10:00,,,",          // 13 not text in any encoding
		"总交易单数,总金额", "`8,`100", "合计,,,8", "小计：,,,8",
	}, "\n")
	b, rep := read(t, ledgerfile.Transactions, file)
	var got []string
	for i, r := range b.Transactions {
		got = append(got, fmt.Sprintf("%d %s %s %d %s %s", b.Lines[i], r.ID, r.State, r.AmountFen, r.CardLast4, r.RefundState))
	}
	want := []string{"2 T1 SUCCESS 100 6688 ", "8 T7 REFUND 100  ", "10 T8 SUCCESS 100 2001 REFUNDED", "11 T9 SUCCESS 100  "}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var bad []string
	for _, e := range rep.Errors {
		bad = append(bad, fmt.Sprintf("%d %s", e.Line, e.Column))
	}
	if d := cmp.Diff([]string{"3 state", "4 merchant_no", "5 card_last4", "6 time", "7 ", "12 id", "13 id"}, bad); d != "" {
		t.Error(d, rep.Errors)
	}
	if rep.Rows != 11 || rep.Good != 4 || rep.Bad != 7 || rep.Skipped != 4 {
		t.Errorf("%+v", rep)
	}
}

func TestReadQuotedCells(t *testing.T) {
	t.Parallel()
	b, rep := read(t, ledgerfile.Merchants, "merchant_no,name,terminals\n1,\"张记,五金\"\"店\"\"\",A1;A2；A3\n2,\"两\n行\",\"=\"\"001\"\"\"\n3,x\"y,\n")
	if rep.Bad != 0 {
		t.Fatal(rep.Errors)
	}
	want := []transactions.Merchant{
		{MerchantNo: "1", Name: `张记,五金"店"`, Terminals: []string{"A1", "A2", "A3"}},
		{MerchantNo: "2", Name: "两 行", Terminals: []string{"001"}},
		{MerchantNo: "3", Name: `x"y`},
	}
	if d := cmp.Diff(want, b.Merchants); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{2, 3, 5}, b.Lines); d != "" {
		t.Error(d)
	}
}

func TestReadMerchantsTerminalsBindings(t *testing.T) {
	t.Parallel()
	b, rep := read(t, ledgerfile.Merchants, "商户号,商户状态,结算周期,日切时间,最晚到账时间,起结金额,贷记卡费率,借记卡费率,借记卡封顶,账户类别,结算卡尾号,资料截止日,手机号,D0附加费\n"+
		shop+",正常,D+1,23点,24:00,10,0.60%,50,20,二类,34,2026年12月1日,13800000000,3\n")
	if rep.Bad != 0 {
		t.Fatal(rep.Errors)
	}
	fen := func(n int64) *int64 { return &n }
	want := transactions.Merchant{
		MerchantNo: shop, Status: "NORMAL", Cycle: "D1", Cutoff: "23:00", MinSettleFen: fen(1000), Phone: "13800000000",
		Rates:   transactions.Rates{CreditBP: fen(60), DebitBP: fen(50), DebitCapFen: fen(2000), D0ExtraFen: fen(300)},
		Account: transactions.Account{Class: "II", Last4: "0034"}, DocsDue: transactions.Date{Year: 2026, Month: 12, Day: 1},
	}
	if d := cmp.Diff(want, b.Merchants[0]); d != "" {
		t.Error(d)
	}
	_, rep = read(t, ledgerfile.Merchants, "merchant_no,cutoff,credit_bp\n1,25:00,\n2,,0.6\n3,09:30:00,60\n")
	if rep.Bad != 2 || rep.Good != 1 {
		t.Errorf("%+v", rep)
	}
	b, _ = read(t, ledgerfile.Terminals, "终端号,商户号,是否签到,未上送笔数,最近在线时间\nA1,1,否,3,2026-11-17\nA2,1,,,\n")
	no := false
	if d := cmp.Diff([]transactions.TerminalRow{
		{Terminal: "A1", MerchantNo: "1", SignedIn: &no, UnsentOffline: 3, LastSeen: at("2026-11-17 00:00:00")}, {Terminal: "A2", MerchantNo: "1"},
	}, b.Terminals); d != "" {
		t.Error(d)
	}
	b, rep = read(t, ledgerfile.Bindings, "app_id,openid,merchant_no,role\nwx1,o1,1,店员\nwx1,o2,1,\nwx1,o3,1,king\n")
	if d := cmp.Diff([]transactions.BindingRow{{AppID: "wx1", OpenID: "o1", MerchantNo: "1", Role: "clerk"}, {AppID: "wx1", OpenID: "o2", MerchantNo: "1"}}, b.Bindings); d != "" || rep.Bad != 1 {
		t.Error(d, rep)
	}
}

func TestReadCurrencyColumn(t *testing.T) {
	t.Parallel()
	_, rep := read(t, ledgerfile.Transactions, "id,merchant_no,state,amount,time,货币种类\nT1,1,成功,1,20261117111000,CNY\nT2,1,成功,1,20261117111000,USD\nT3,1,成功,1,20261117111000,\n")
	if rep.Good != 2 || rep.Bad != 1 || rep.Errors[0].Column != "货币种类" || len(rep.Warnings) != 0 {
		t.Errorf("%+v", rep)
	}
}

func workbook(t *testing.T, rows [][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, r := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Sheet1", cell, &r); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadWorkbook(t *testing.T) {
	t.Parallel()
	file := workbook(t, [][]any{
		{"交易流水号", "商户号", "交易状态", "交易金额", "交易时间", "卡号后四位", "应答码"},
		{"T1", 822100000000001, "成功", 5000, time.Date(2026, 11, 17, 11, 10, 0, 0, time.UTC), 12, 0},
		{},
		{20261117000001, "822100000000001", "成功", 4970.300000000001, "2026-11-17 11:10:00", "0012", "00"},
		{"T3", shop, "成功", "12.345", 46343.5, "", ""},
		{"T4", shop, "成功", 1, 46343, "", ""},
		{"1.2345678901234567E+19", shop, "成功", 1, 46343.5, "", ""},
	})
	b, rep, err := readAll(ledgerfile.Transactions, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	row := transactions.Transaction{ID: "T1", MerchantNo: shop, State: "SUCCESS", AmountFen: 500000, Time: at("2026-11-17 11:10:00"), CardLast4: "0012", RespCode: "00"}
	second := row
	second.ID, second.AmountFen = "20261117000001", 497030
	if d := cmp.Diff([]transactions.Transaction{row, second}, b.Transactions); d != "" {
		t.Error(d, rep.Errors)
	}
	var lines []int
	for _, e := range rep.Errors {
		lines = append(lines, e.Line)
	}
	if d := cmp.Diff([]int{5, 6, 7}, lines); d != "" || rep.Format != "xlsx" {
		t.Error(d, rep)
	}
}

func TestReadBatchesAndStops(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	file.WriteString("merchant_no\n")
	for i := range 25 {
		fmt.Fprintf(&file, "%d\n", i)
	}
	var sizes, progress []int
	_, err := ledgerfile.Read(strings.NewReader(file.String()), ledgerfile.Merchants, ledgerfile.Options{
		BatchRows: 10, Progress: func(n int) { progress = append(progress, n) },
	}, func(b ledgerfile.Batch) error {
		sizes = append(sizes, b.Len())
		return nil
	})
	if err != nil || !cmp.Equal(sizes, []int{10, 10, 5}) || !cmp.Equal(progress, []int{10, 20, 25}) {
		t.Errorf("%v %v %v", sizes, progress, err)
	}
	stop := errors.New("disk full")
	n := 0
	_, err = ledgerfile.Read(strings.NewReader(file.String()), ledgerfile.Merchants, ledgerfile.Options{BatchRows: 10}, func(ledgerfile.Batch) error {
		n++
		return stop
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d batches", err, n)
	}
}

func TestReadLongLineIsOneBadRow(t *testing.T) {
	t.Parallel()
	file := "merchant_no,name\n1,a\n2," + strings.Repeat("x", 3<<20) + "\n3,c\n"
	b, rep := read(t, ledgerfile.Merchants, file)
	if len(b.Merchants) != 2 || rep.Bad != 1 || rep.Errors[0].Line != 3 || b.Lines[1] != 4 {
		t.Errorf("%+v %+v", b.Lines, rep)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("id,merchant_no,state,amount,time\nT1,1,SUCCESS,\"5,000.00\",2026-11-17 11:10\n"), uint8(2))
	f.Add([]byte("商户号,名称\n1,\"a\n\"\"b\n"), uint8(0))
	f.Add([]byte("PK\x03\x04"), uint8(3))
	f.Add([]byte("id\tmerchant_no\tstate\tnet\nB1\t1\t已付款\t=\"1.00\"\n"), uint8(3))
	f.Add([]byte("\xff\xfea\x00"), uint8(1))
	f.Fuzz(func(t *testing.T, file []byte, k uint8) {
		kind := ledgerfile.Kinds()[int(k)%len(ledgerfile.Kinds())]
		good := 0
		rep, err := ledgerfile.Read(bytes.NewReader(file), kind, ledgerfile.Options{BatchRows: 7}, func(b ledgerfile.Batch) error {
			if b.Len() == 0 || b.Len() > 7 {
				t.Fatalf("batch of %d", b.Len())
			}
			for _, r := range b.Transactions {
				if r.ID == "" || r.MerchantNo == "" || r.AmountFen < 0 || r.Time.IsZero() || r.State == "" {
					t.Fatalf("incomplete row %+v", r)
				}
			}
			for _, r := range b.Settlements {
				if r.ID == "" || r.MerchantNo == "" || r.NetFen == nil {
					t.Fatalf("incomplete row %+v", r)
				}
			}
			good += b.Len()
			return nil
		})
		if err == nil && (rep.Good != good || rep.Good+rep.Bad != rep.Rows) {
			t.Fatalf("report %+v, %d good", rep, good)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var file bytes.Buffer
	file.WriteString("id,merchant_no,terminal,channel,kind,state,resp_code,amount,card_kind,card_last4,rrn,time\n")
	for i := range 10000 {
		fmt.Fprintf(&file, "T%d,%s,A0000001,CARD,SALE,SUCCESS,00,\"5,000.%02d\",DEBIT,6688,%012d,2026-11-17 11:10:00\n", i, shop, i%100, i)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if _, err := ledgerfile.Read(bytes.NewReader(file.Bytes()), ledgerfile.Transactions, ledgerfile.Options{}, func(ledgerfile.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(10000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
