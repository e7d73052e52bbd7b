package ledgerfile_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"daozhang/transactions/ledgerfile"
)

const plainHead = "id,merchant_no,state,amount,time\n"

func goodLine(id string) string { return id + "," + shop + ",SUCCESS,1.00,2026-11-17 10:00:00\n" }

// One bad row of every sort between two good ones: it is named, and the good
// ones are taken.
func TestBadInputIsNamedAndNeverBent(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("张记")
	if err != nil {
		t.Fatal(err)
	}
	row := func(cells ...string) string { return strings.Join(cells, ",") + "\n" }
	for name, c := range map[string]struct{ line, column, reason string }{
		"another encoding":     {row("张记张记张记"+gbk, shop, "SUCCESS", "1", "2026-11-17 10:00"), "id", "编码"},
		"10 MB in one line":    {strings.Repeat("x", 10<<20) + "\n", "", "超过 1 MB"},
		"a long cell":          {row(strings.Repeat("x", 5000), shop, "SUCCESS", "1", "2026-11-17 10:00"), "id", "过长"},
		"quotes not closed":    {`"T,` + shop + ",SUCCESS,1,2026-11-17 10:00\n", "", "引号"},
		"a formula":            {row("T", shop, "SUCCESS", "=A1*2", "2026-11-17 10:00"), "amount", "公式"},
		"an error of a sheet":  {row("T", shop, "SUCCESS", "#REF!", "2026-11-17 10:00"), "amount", "错误值"},
		"three decimals":       {row("T", shop, "SUCCESS", "1.234", "2026-11-17 10:00"), "amount", "两位"},
		"a negative sale":      {row("T", shop, "SUCCESS", "-1", "2026-11-17 10:00"), "amount", "负数"},
		"another currency":     {row("T", shop, "SUCCESS", "HKD 5", "2026-11-17 10:00"), "amount", "币种"},
		"an unknown state":     {row("T", shop, "DONE", "1", "2026-11-17 10:00"), "state", "SUCCESS"},
		"a date without time":  {row("T", shop, "SUCCESS", "1", "2026-11-17"), "time", "时刻"},
		"no such day":          {row("T", shop, "SUCCESS", "1", "2026-02-30 10:00"), "time", "不是时间"},
		"half a number":        {row("8.22E+14", shop, "SUCCESS", "1", "2026-11-17 10:00"), "id", "科学计数"},
		"no merchant":          {row("T", "", "SUCCESS", "1", "2026-11-17 10:00"), "merchant_no", "必填"},
		"a cell too many":      {row("T", shop, "SUCCESS", "1", "2026-11-17 10:00", "", "x"), "", "7 个单元格"},
		"half a row":           {row("T", shop, "SUCCESS"), "amount", "必填"},
		"a serial number time": {row("T", shop, "SUCCESS", "1", "46343.5"), "time", "不是时间"}, // only in a workbook is it a time
	} {
		b, rep := read(t, ledgerfile.Transactions, plainHead+goodLine("A")+c.line+goodLine("B"))
		if rep.Bad != 1 || len(b.Transactions) != 2 || b.Transactions[1].ID != "B" {
			t.Errorf("%s: %d good, %+v", name, len(b.Transactions), rep)
			continue
		}
		if e := rep.Errors[0]; e.Line != 3 || e.Column != c.column || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestHalfAFileIsTakenAndNamed(t *testing.T) {
	t.Parallel()
	file := plainHead + goodLine("A") + goodLine("B")
	b, rep := read(t, ledgerfile.Transactions, file[:len(file)-25])
	if rep.Good != 1 || rep.Bad != 1 || rep.Errors[0].Line != 3 || b.Transactions[0].ID != "A" {
		t.Errorf("%+v", rep)
	}
}

// makeBook makes an XLSX; edit changes it before it is written.
func makeBook(t *testing.T, rows [][]any, edit func(*excelize.File) error) []byte {
	t.Helper()
	book := excelize.NewFile()
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := book.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	if edit != nil {
		if err := edit(book); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkbookOddities(t *testing.T) {
	t.Parallel()
	file := makeBook(t, [][]any{
		{"2026年11月交易"},
		{"交易流水号", "商户号", "交易状态", "交易金额", "交易时间", "卡号"},
		{"T1", shop, "成功", 5000.1, 46343.5, "6222****6688"},
		{"T2", nil, "成功", 1, 46343.25, nil}, // merged with the cell above
		{"T3", shop, "成功", nil, 46343.25, nil},
		{"T4", shop, "成功", 7, 46343, nil}, // a day without a time
	}, func(f *excelize.File) error {
		if err := f.MergeCell("Sheet1", "B3", "B4"); err != nil {
			return err
		}
		if err := f.MergeCell("Sheet1", "A1", "F1"); err != nil {
			return err
		}
		return f.SetCellFormula("Sheet1", "D5", "D3*2") // never calculated
	})
	b, rep, err := readAll(ledgerfile.Transactions, bytes.NewReader(file))
	if err != nil || rep.Good != 1 || rep.Bad != 3 {
		t.Fatalf("%v %+v", err, rep)
	}
	if x := b.Transactions[0]; x.AmountFen != 500010 || !x.Time.Equal(at("2026-11-17 12:00:00")) || x.CardLast4 != "6688" {
		t.Errorf("%+v", x)
	}
	for i, want := range []struct {
		line           int
		column, reason string
	}{{4, "商户号", "合并"}, {5, "交易金额", "必填"}, {6, "交易时间", "时刻"}} {
		if e := rep.Errors[i]; e.Line != want.line || e.Column != want.column || !strings.Contains(e.Reason, want.reason) {
			t.Errorf("%+v, want %+v", e, want)
		}
	}
}

func TestZipBombIsNotOpened(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 80 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	_, rep, err := readAll(ledgerfile.Transactions, bytes.NewReader(b.Bytes()))
	if err == nil || !strings.Contains(err.Error(), "大得不正常") || rep.Rows != 0 {
		t.Errorf("%d bytes: %v", b.Len(), err)
	}
}
