package main

import (
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ledgerRows reads what is in the ledger, but for when it was last seen.
func ledgerRows(t *testing.T, dir string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "daozhang.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT merchant_no || ' ' || id || ' ' || source || ' ' || state || ' ' || amount_fen || ' ' || time || ' ' || settle_id FROM transactions
		UNION ALL SELECT merchant_no || ' ' || transaction_id || ' ' || settlement_id FROM settlement_items ORDER BY 1`)
	if err != nil {
		return nil // not made yet
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// An import that is killed after its first batch: what was reported as stored
// is there, and the same file again ends in the ledger of an import that ran
// through.
func TestKilledImportIsTakenUpByTheNextRun(t *testing.T) {
	t.Parallel()
	const batch, rows = 300, 500
	var b strings.Builder
	b.WriteString("id,merchant_no,state,amount,time,settle_id\n")
	for i := range rows {
		settle := ""
		if i%3 == 0 {
			settle = fmt.Sprintf("B%d", i%40)
		}
		fmt.Fprintf(&b, "T%05d,%d,SUCCESS,%d.50,2026-11-17 10:%02d:%02d,%s\n", rows-i, 8221+i%7, i, i%60, i%59, settle)
	}
	dir := t.TempDir()
	file, killed, whole := filepath.Join(dir, "f.csv"), filepath.Join(dir, "killed"), filepath.Join(dir, "whole")
	writeFile(t, file, b.String())

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const stdin = "/dev/stdin"
	if _, err := os.Stat(stdin); err != nil {
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "ledger", "import", "transactions", stdin, "-data-dir", killed, "-batch", strconv.Itoa(batch))
	cmd.Env = append(os.Environ(), asProgram+"=1")
	pipe, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Everything but the end of the file: one batch is complete, another is not.
	go func() { _, _ = io.WriteString(pipe, b.String()[:b.Len()-20]) }()
	eventually(t, "the first batch is stored", func() error {
		if n := len(ledgerRows(t, killed)); n < batch {
			return fmt.Errorf("%d rows", n)
		}
		return nil
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	half := ledgerRows(t, killed)
	out := done(t, "", "ledger", "import", "transactions", file, "-data-dir", killed)
	if want := fmt.Sprintf("共%d行（csv utf-8）：新增%d，更新0，无变化%d，拒绝0", rows, rows-batch, batch); !strings.Contains(out, want) {
		t.Errorf("want %s, got %s", want, out)
	}
	done(t, "", "ledger", "import", "transactions", file, "-data-dir", whole)
	got := ledgerRows(t, killed)
	if d := cmp.Diff(ledgerRows(t, whole), got); d != "" || len(half) >= len(got) {
		t.Errorf("%d rows after the kill, %d in the end\n%.2000s", len(half), len(got), d)
	}
}

// A server with an import folder takes what is put there, and says so to the
// auditor.
func TestServerImportsFromItsFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inbox := filepath.Join(dir, "inbox")
	bill, err := os.ReadFile("transactions/ledgerfile/testdata/wechat-bill-transactions.csv")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(inbox, "transactions", "bill.csv"), string(bill))
	writeFile(t, filepath.Join(inbox, "merchants-bad.csv"), "店名\n张记\n")
	config := filepath.Join(dir, "c.yaml")
	writeFile(t, config, "ledger:\n  import_dir: "+inbox+"\n")
	var out syncBuffer
	stop := serveInBackground(t, &out, "serve", "-config", config, "-listen", "127.0.0.1:0", "-metrics-listen", "", "-data-dir", dir)
	eventually(t, "both files are put away", func() error {
		for _, f := range []string{"done/transactions/bill.csv", "failed/merchants-bad.csv", "failed/merchants-bad.csv.errors.csv"} {
			if _, err := os.Stat(filepath.Join(inbox, f)); err != nil {
				return err
			}
		}
		return nil
	})
	if code := stop(); code != exitDone {
		t.Errorf("exit %d", code)
	}
	if n := len(ledgerRows(t, dir)); n != 6 {
		t.Errorf("%d rows", n)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "daozhang.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var detail, failed string
	if err := db.QueryRow(`SELECT (SELECT detail FROM audit WHERE action = 'ledger.import' AND subject = 'file:transactions/bill.csv'),
		(SELECT detail FROM audit WHERE action = 'ledger.import' AND subject = 'file:merchants-bad.csv')`).Scan(&detail, &failed); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(detail, "inserted 6") || !strings.Contains(failed, "merchant_no") {
		t.Errorf("%q %q", detail, failed)
	}
}

// Profiles of the operator's own, by file, by configuration, and refused with
// every problem at once.
func TestLedgerImportByProfile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, own, config := filepath.Join(dir, "f.csv"), filepath.Join(dir, "own.yaml"), filepath.Join(dir, "c.yaml")
	writeFile(t, file, "单号,店,结果,钱,日期,钟点\nT1,8221,好,12.50,17/11/2026,10:30\nT2,8221,不好,1.00,17/11/2026,10:31\nT3,8221,怪,6222020200112233446,17/11/2026,10:31\n")
	writeFile(t, own, `
name: own
title: 自家导出
tables:
  transactions:
    columns: {id: 单号, merchant_no: 店, state: 结果, amount: 钱, time: {join: [日期, 钟点], with: " "}}
    values: {state: {好: SUCCESS, 不好: FAILED, 怪: UNKNOWN}}
    constants: {source: own}
    time_format: dd/MM/yyyy HH:mm
`)
	writeFile(t, config, "ledger:\n  profiles: ["+own+"]\n")
	bad := filepath.Join(dir, "bad.csv")
	out := done(t, "", "ledger", "import", "-profile", own, "-errors", bad, "transactions", file, "-data-dir", dir)
	for _, want := range []string{"新增2，更新0，无变化0，拒绝1", "按「自家导出」格式读取", "第 4 行「钱」"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	text, err := os.ReadFile(bad)
	if err != nil || !strings.Contains(string(text), "4,钱,") || strings.Contains(string(text), "6222020200112233446") || !strings.Contains(string(text), "T3,8221,怪") {
		t.Errorf("%v\n%s", err, text)
	}
	out = done(t, "", "ledger", "import", "-config", config, "-profile", "own", "transactions", file, "-data-dir", dir)
	if !strings.Contains(out, "无变化2") || !strings.Contains(out, "账务没有变化") {
		t.Error(out)
	}
	if out := done(t, "", "ledger", "profiles", "-config", config); !strings.Contains(out, "own") || !strings.Contains(out, "wechat-bill") {
		t.Error(out)
	}
	writeFile(t, own, "name: Own\ntables: {}\n")
	for _, args := range [][]string{{"-profile", own}, {"-config", config}} {
		code, _, errs := command1(t, "", append([]string{"ledger", "import", "transactions", file, "-data-dir", dir}, args...)...)
		if code != exitFailed || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "name") || !strings.Contains(errs, "title") || !strings.Contains(errs, "tables") {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	if code, _, errs := command1(t, "", "ledger", "import", "-profile", "nosuch", "transactions", file, "-data-dir", dir); code != exitUsage || !strings.Contains(errs, "nosuch") {
		t.Errorf("%d %s", code, errs)
	}
	// A profile's own YAML is a profile again.
	writeFile(t, own, done(t, "", "ledger", "profiles", "shuabei"))
	done(t, "", "ledger", "import", "-profile", own, "transactions", "transactions/ledgerfile/testdata/shuabei-transactions.csv", "-data-dir", dir)
}
