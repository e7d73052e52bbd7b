package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"daozhang/store"
	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
)

// runLedger imports ledger files; every bad row is reported and never stops
// the good ones.
func runLedger(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 || args[0] != "import" {
		return usagef("the only action is import: ledger import transactions FILE")
	}
	f := flag.NewFlagSet("ledger import", flag.ContinueOnError)
	asJSON := f.Bool("json", false, "print the report as JSON")
	errorsTo := f.String("errors", "", "write all listed bad rows to `FILE` as JSON lines")
	cfg, rest, err := configFlags(t, f, args[1:])
	if err != nil {
		return err
	}
	if len(rest) != 2 {
		return usagef("import needs a kind (%s) and a file", kindNames())
	}
	kind := ledgerfile.Kind(rest[0])
	if ledgerfile.Columns(kind) == nil {
		return usagef("%q is none of %s", rest[0], kindNames())
	}
	file, err := os.Open(rest[1])
	if err != nil {
		return fmt.Errorf("ledger file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // every batch was committed
	im := importer{store: s, progress: progress(t, "rows")}
	report, err := ledgerfile.Read(file, kind, ledgerfile.Options{Progress: im.progress.at}, func(b ledgerfile.Batch) error { return im.batch(ctx, b) })
	im.progress.end()
	im.report.add(report)
	if err != nil {
		return fmt.Errorf("%s: %w", rest[1], err)
	}
	if err := im.report.write(t.stdout, *asJSON); err != nil {
		return err
	}
	if *errorsTo != "" {
		return im.report.writeErrors(*errorsTo)
	}
	return nil
}

func kindNames() string {
	var names []string
	for _, k := range ledgerfile.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// importer stores batches and counts.
type importer struct {
	store    *store.Store
	progress *progressLine
	report   importReport
}

func (im *importer) batch(ctx context.Context, b ledgerfile.Batch) error {
	results, err := upsertBatch(ctx, im.store, b)
	if err != nil {
		return err
	}
	for i, r := range results {
		switch r.Outcome {
		case store.Inserted:
			im.report.Inserted++
		case store.Updated:
			im.report.Updated++
		case store.Unchanged:
			im.report.Unchanged++
		case store.Rejected:
			im.report.Rejected++
			im.report.Errors = append(im.report.Errors, ledgerfile.RowError{Line: b.Lines[i], Reason: r.Reason})
		}
	}
	return nil
}

// importReport is what an import did.
type importReport struct {
	Rows      int                   `json:"rows"`
	Inserted  int                   `json:"inserted"`
	Updated   int                   `json:"updated"`
	Unchanged int                   `json:"unchanged"`
	Rejected  int                   `json:"rejected"`
	Skipped   int                   `json:"skipped"`
	Format    string                `json:"format"`
	Warnings  []string              `json:"warnings"`
	Errors    []ledgerfile.RowError `json:"errors"`
}

func (r *importReport) add(read ledgerfile.Report) {
	r.Rows, r.Skipped, r.Format = read.Rows, read.Skipped, read.Format
	r.Rejected += read.Bad
	r.Warnings = append([]string{}, read.Warnings...)
	r.Errors = append(append([]ledgerfile.RowError{}, read.Errors...), r.Errors...)
	slices.SortStableFunc(r.Errors, func(a, b ledgerfile.RowError) int { return cmp.Compare(a.Line, b.Line) })
}

// maxShown bounds the bad rows printed for people.
const maxShown = 50

func (r *importReport) write(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("report: %w", err)
		}
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "共%d行(%s):新增%d,更新%d,无变化%d,拒绝%d", r.Rows, r.Format, r.Inserted, r.Updated, r.Unchanged, r.Rejected)
	if r.Skipped > 0 {
		fmt.Fprintf(&b, ",跳过汇总行%d", r.Skipped)
	}
	b.WriteByte('\n')
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "注意:%s\n", w)
	}
	for i, e := range r.Errors {
		if i == maxShown {
			fmt.Fprintf(&b, "……还有%d行有问题;-errors FILE 写出全部\n", len(r.Errors)-maxShown)
			break
		}
		fmt.Fprintf(&b, "%s\n", e.Error())
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func (r *importReport) writeErrors(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("error file: %w", err)
	}
	enc := json.NewEncoder(f)
	enc.SetEscapeHTML(false)
	for _, e := range r.Errors {
		if err := enc.Encode(e); err != nil {
			return errors.Join(fmt.Errorf("error file: %w", err), f.Close())
		}
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("error file: %w", err)
	}
	return nil
}

// progressLine shows progress on a terminal and stays quiet in a pipe.
type progressLine struct{ bar *progressbar.ProgressBar }

func progress(t terminal, what string) *progressLine {
	f, ok := t.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progressLine{}
	}
	return &progressLine{progressbar.NewOptions(-1, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())}
}

func (p *progressLine) at(rows int) {
	if p.bar != nil {
		_ = p.bar.Set(rows) // only a picture
	}
}

func (p *progressLine) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// runCalendar imports holidays and make-up working days.
func runCalendar(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 || args[0] != "import" {
		return usagef("the only action is import: calendar import FILE")
	}
	cfg, rest, err := configFlags(t, flag.NewFlagSet("calendar import", flag.ContinueOnError), args[1:])
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usagef("import needs one file: JSON like {\"2027\":{\"off\":[…],\"work\":[…]}} or CSV lines date,off|work")
	}
	data, err := os.ReadFile(rest[0])
	if err != nil {
		return fmt.Errorf("calendar file: %w", err)
	}
	cal, err := transactions.ParseCalendar(data)
	if err != nil {
		return fmt.Errorf("%s: %w", rest[0], err)
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // committed
	if err := saveCalendar(ctx, s, cal, time.Now()); err != nil {
		return err
	}
	years := make([]string, 0, 2)
	for _, y := range cal.Years() {
		off, work := special(cal, y)
		years = append(years, fmt.Sprintf("%d年(工作日放假%d天,周末上班%d天)", y, len(off), len(work)))
	}
	fmt.Fprintf(t.stdout, "已载入日历:%s。正在运行的服务在一分钟内生效。\n", strings.Join(years, "、"))
	return nil
}
