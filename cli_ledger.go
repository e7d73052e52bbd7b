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
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"daozhang/store"
	"daozhang/transactions/intake"
	"daozhang/transactions/ledgerfile"
)

// runLedger imports ledger files; every bad row is reported and never stops
// the good ones.
func runLedger(ctx context.Context, t terminal, args []string) error {
	switch {
	case len(args) > 0 && args[0] == "import":
		return runLedgerImport(ctx, t, args[1:])
	case len(args) > 0 && args[0] == "profiles":
		return runLedgerProfiles(t, args[1:])
	}
	return usagef("只有 import 和 profiles：ledger import transactions FILE")
}

func runLedgerImport(ctx context.Context, t terminal, args []string) (err error) {
	f := flag.NewFlagSet("ledger import", flag.ContinueOnError)
	asJSON := f.Bool("json", false, "报告用 JSON 输出")
	errorsTo := f.String("errors", "", "把有问题的行写到 `FILE`：.csv 用表格打开，其他为每行 JSON")
	profile := f.String("profile", "", "按这个格式读：名称 `NAME`（ledger profiles 列出）或 FILE.yaml；不写则看表头")
	rows := f.Int("batch", bulkRows, "每次提交的行数 `ROWS`，1 到 20000：越少，同时运行的服务越能插进去写，但更慢")
	cfg, rest, err := configFlags(t, f, args)
	if err != nil {
		return err
	}
	if *rows < 1 || *rows > bulkRows {
		return usagef("-batch %d: 1 to %d rows", *rows, bulkRows)
	}
	if len(rest) != 2 {
		return usagef("import 要写明种类（%s）和文件", kindNames())
	}
	kind := ledgerfile.Kind(rest[0])
	if ledgerfile.Columns(kind) == nil {
		return usagef("%q 不是 %s 之一", rest[0], kindNames())
	}
	o := intake.Options{BatchRows: *rows}
	if o.Profiles, err = importProfiles(cfg.Ledger.Profiles); err != nil {
		return err
	}
	if o.Profile, err = pickProfile(o.Profiles, *profile); err != nil {
		return err
	}
	file, err := os.Open(rest[1])
	if err != nil {
		return fmt.Errorf("ledger file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("%s：是文件夹，请给出其中的一个文件", rest[1])
	}
	// Half of the memory for a few percent of the time: nothing else runs here.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	s, err := openStoreWith(ctx, cfg, store.Options{Now: time.Now, Bulk: true})
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // every batch was committed
	bad, err := openBadRows(*errorsTo)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bad.close()) }()
	line := progress(t, file)
	o.Progress, o.Bad = line.at, bad.bad()
	if strings.HasPrefix(cfg.database(), "sqlite://") {
		o.Rest = func(time.Duration) time.Duration { return writerGap }
	}
	report, err := intake.Import(ctx, ledgerStore{s}, line, kind, o)
	line.end()
	if err != nil {
		return fmt.Errorf("%s: %w%s", rest[1], err, stored(report))
	}
	if err := s.Record(ctx, importRecord("cli", filepath.Base(rest[1]), kind, report, "")); err != nil {
		return err
	}
	return writeReport(t.stdout, report, *asJSON)
}

// bulkRows are committed at once: what a crash in the middle loses, and what
// the next run of the same file makes good.
const bulkRows = 20_000

// writerGap lets a server that runs beside an import write between two batches:
// SQLite's waiting writers look every 100 ms whether it is their turn.
const writerGap = 110 * time.Millisecond

// stored tells what is in the ledger already when an import ends early.
func stored(r intake.Report) string {
	if n := r.Inserted + r.Updated + r.Unchanged; n > 0 {
		return fmt.Sprintf("（已写入%d行，再次导入同一文件即可接着完成）", n)
	}
	return ""
}

func kindNames() string {
	var names []string
	for _, k := range ledgerfile.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// pickProfile finds a profile by its name or file; nil for "".
func pickProfile(profiles []ledgerfile.Profile, name string) (*ledgerfile.Profile, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // none was asked for
	}
	if strings.ContainsAny(name, "./\\") {
		p, err := profileFile(name)
		return &p, err
	}
	p, ok := ledgerfile.ProfileNamed(profiles, name)
	if !ok {
		return nil, usagef("没有格式 %q；daozhang ledger profiles 列出所有格式", name)
	}
	return &p, nil
}

// runLedgerProfiles lists the formats, or prints one.
func runLedgerProfiles(t terminal, args []string) error {
	cfg, rest, err := configFlags(t, flag.NewFlagSet("ledger profiles", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	profiles, err := importProfiles(cfg.Ledger.Profiles)
	if err != nil {
		return err
	}
	if len(rest) == 1 {
		text, ok := ledgerfile.ProfileText(rest[0])
		if !ok {
			return usagef("程序里没有格式 %q", rest[0])
		}
		fmt.Fprint(t.stdout, text)
		return nil
	}
	if len(rest) > 1 {
		return usagef("最多写一个名称")
	}
	slices.SortFunc(profiles, func(a, b ledgerfile.Profile) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range profiles {
		var kinds []string
		for _, k := range ledgerfile.Kinds() {
			if table, ok := p.Tables[k]; ok {
				word := string(k)
				if len(table.Detect) > 0 {
					word += "（自动识别）"
				}
				kinds = append(kinds, word)
			}
		}
		fmt.Fprintf(t.stdout, "%-16s %s：%s\n", p.Name, p.Title, strings.Join(kinds, "、"))
	}
	return nil
}

// badRows is the file of bad rows, if one was asked for.
type badRows struct {
	file *os.File
	out  *intake.ErrorFile
}

func openBadRows(name string) (badRows, error) {
	if name == "" {
		return badRows{}, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // rows of the ledger
	if err != nil {
		return badRows{}, fmt.Errorf("error file: %w", err)
	}
	if !strings.EqualFold(filepath.Ext(name), ".csv") {
		return badRows{f, intake.NewErrorLines(f, cutSensitive)}, nil
	}
	out, err := intake.NewErrorCSV(f, cutSensitive)
	if err != nil {
		return badRows{}, errors.Join(fmt.Errorf("error file: %w", err), f.Close())
	}
	return badRows{f, out}, nil
}

func (b badRows) bad() func(ledgerfile.RowError) error {
	if b.out == nil {
		return nil
	}
	return b.out.Bad
}

func (b badRows) close() error {
	if b.out == nil {
		return nil
	}
	if err := errors.Join(b.out.Close(), b.file.Close()); err != nil {
		return fmt.Errorf("error file: %w", err)
	}
	return nil
}

// maxShown bounds the bad rows printed for people.
const maxShown = 50

func writeReport(w io.Writer, r intake.Report, asJSON bool) error {
	for i := range r.Errors {
		r.Errors[i].Reason = cutSensitive(r.Errors[i].Reason)
	}
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("report: %w", err)
		}
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "共%d行（%s）：新增%d，更新%d，无变化%d，拒绝%d", r.Rows, r.Format, r.Inserted, r.Updated, r.Unchanged, r.Rejected)
	if r.Skipped > 0 {
		fmt.Fprintf(&b, "，跳过汇总行%d", r.Skipped)
	}
	b.WriteByte('\n')
	if r.Profile != "" {
		fmt.Fprintf(&b, "按「%s」格式读取\n", r.Profile)
	}
	if r.Unchanged > 0 && r.Inserted+r.Updated == 0 {
		b.WriteString("这些行此前已经导入，账务没有变化\n")
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "注意：%s\n", w)
	}
	for i, e := range r.Errors {
		if i == maxShown {
			fmt.Fprintf(&b, "……还有%d行有问题；-errors FILE.csv 写出全部\n", r.Rejected-maxShown)
			break
		}
		fmt.Fprintf(&b, "%s\n", e.Error())
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// progressLine shows progress on a terminal and stays quiet in a pipe.
type progressLine struct {
	bar *progressbar.ProgressBar
	in  io.Reader
}

// progress of reading a file: by its bytes where they are read as they are
// needed (CSV), else by rows alone.
func progress(t terminal, file *os.File) *progressLine {
	p := &progressLine{in: file}
	f, ok := t.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return p
	}
	size := int64(-1)
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && !strings.EqualFold(filepath.Ext(file.Name()), ".xlsx") {
		size = info.Size()
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(f), progressbar.OptionSetDescription("读取中"), progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30),
	}
	if size > 0 {
		options = append(options, progressbar.OptionShowBytes(true), progressbar.OptionSetPredictTime(true))
	}
	p.bar = progressbar.NewOptions64(size, options...)
	return p
}

// Read implements io.Reader on the file.
func (p *progressLine) Read(b []byte) (int, error) {
	n, err := p.in.Read(b)
	if p.bar != nil {
		_ = p.bar.Add(n) // only a picture
	}
	return n, err
}

// at tells how many rows are stored, or refused, so far.
func (p *progressLine) at(rows int) {
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("已处理%d行", rows))
	}
}

func (p *progressLine) end() {
	if p.bar != nil {
		_ = p.bar.Finish() // only a picture
	}
}
