package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"daozhang/transactions"
)

// importRows of the generated file; a shop's rows are spread over all of it, as
// in a day's file of an acquirer.
const importRows = 200_000

// benchImport: `ledger import transactions` of a CSV file, twice, against
// inserting the same cells as text into one table without indexes.
func benchImport(ctx context.Context, binary, dir string) ([]figure, error) {
	file := filepath.Join(dir, "import.csv")
	if err := writeSales(file, importRows); err != nil {
		return nil, err
	}
	plain, err := plainInsert(ctx, file, filepath.Join(dir, "plain.db"))
	if err != nil {
		return nil, fmt.Errorf("plain insert: %w", err)
	}
	var figures []figure
	for _, name := range []string{"import of 200,000 CSV rows", "… the same file again"} {
		cmd := exec.CommandContext(ctx, binary, "ledger", "import", "transactions", file, "-data-dir", filepath.Join(dir, "import"))
		begin := time.Now()
		out, err := cmd.CombinedOutput()
		took := time.Since(begin)
		if err != nil || !strings.Contains(string(out), "拒绝0") {
			return nil, errors.Join(fmt.Errorf("import: %s", out), err)
		}
		memory := ""
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			memory = fmt.Sprintf(", %.0f MB", float64(usage.Maxrss)/1024)
		}
		figures = append(figures, figure{
			name, fmt.Sprintf("%.0f rows/s%s", importRows/took.Seconds(), memory), "17k/s, 150 MB",
			fmt.Sprintf("%.2f × the rows/s of a plain insert (%.0f)", float64(plain)/float64(took), importRows/plain.Seconds()),
		})
	}
	return figures, nil
}

// writeSales writes a transactions file.
func writeSales(name string, rows int) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "商户号,终端号,交易流水号,交易渠道,交易类型,交易状态,应答码,交易金额,卡类型,卡号后四位,参考号,凭证号,批次号,授权码,交易时间,清算日期")
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, transactions.Shanghai)
	for i := range rows {
		at := start.Add(time.Duration(i) * 7 * time.Second)
		shop := i * 7919 % 2000
		fmt.Fprintf(w, "8221%011d,A%07d,%s%09d,刷卡,消费,成功,00,\"%d,%03d.%02d\",贷记卡,%04d,%012d,%06d,%06d,%06d,%s,%s\n",
			shop, shop, at.Format("20060102"), i, 1+i%9, i%1000, i%100, i%10_000, i, i%1_000_000, i/20_000, i*7919%1_000_000,
			at.Format("2006-01-02 15:04:05"), at.Format(time.DateOnly))
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return fmt.Errorf("file: %w", err)
	}
	return nil
}

// plainInsert is what the engine can do: one transaction, one prepared
// statement, no index, no look at what is there.
func plainInsert(ctx context.Context, file, path string) (time.Duration, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer db.Close() //nolint:errcheck // the figure is taken before
	rows := csv.NewReader(f)
	head, err := rows.Read()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // committed below
	marks := strings.TrimSuffix(strings.Repeat("?,", len(head)), ",")
	if _, err := tx.ExecContext(ctx, "CREATE TABLE sales ("+strings.Join(head, ",")+")"); err != nil {
		return 0, err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO sales VALUES ("+marks+")")
	if err != nil {
		return 0, err
	}
	defer insert.Close() //nolint:errcheck // the commit tells
	args := make([]any, len(head))
	for {
		cells, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		for i, c := range cells {
			args[i] = c
		}
		if _, err := insert.ExecContext(ctx, args...); err != nil {
			return 0, err
		}
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return time.Since(begin), nil
}
