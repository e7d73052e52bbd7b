package ledgerfile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Options of Read; the zero value is complete.
type Options struct {
	// Profile is how to read the file; nil: by the first of Profiles that tells
	// itself by its headers, else by the names of the contract.
	Profile *Profile
	// Profiles may recognise the file; nil: the ones that come with the program.
	Profiles []Profile
	// Aliases are further header spellings → column names.
	Aliases map[string]string
	// BatchRows bounds a batch; 0 = 1,000; at most 20,000.
	BatchRows int
	// Raw keeps each row as it stands in the file, for a report of bad ones.
	Raw bool
	// Progress is told the number of rows read so far, after every batch.
	Progress func(rows int)
	// Bad is told every bad row, in order, before the batch that follows it.
	Bad func(RowError)
}

// Report is what Read found.
type Report struct {
	Kind   Kind   `json:"kind"`
	Format string `json:"format"` // csv utf-8, csv gb18030, csv utf-16, xlsx
	// Profile is the title of the profile by which the file was read; "" = none.
	Profile string `json:"profile,omitempty"`
	Rows    int    `json:"rows"` // data rows seen, summary rows not counted
	Good    int    `json:"good"`
	Bad     int    `json:"bad"`
	// Errors are the first MaxErrors bad rows; Bad counts all.
	Errors []RowError `json:"errors,omitempty"`
	// Warnings concern the file: columns that mean nothing to it.
	Warnings []string `json:"warnings,omitempty"`
	Skipped  int      `json:"skipped,omitempty"` // summary and comment rows
}

// MaxErrors bounds the bad rows that a report lists.
const MaxErrors = 1000

const (
	usualBatch = 1000
	maxBatch   = 20_000
)

// Read reads a file and hands its good rows to emit in batches, in order. A
// *HeaderError, ErrEmpty, ErrOldXLS or ErrXLSX at the start means that nothing
// was emitted; an error of emit stops reading and is returned.
func Read(r io.Reader, kind Kind, o Options, emit func(Batch) error) (Report, error) {
	t, err := openTable(r)
	if err != nil {
		return Report{Kind: kind}, err
	}
	var rep Report
	switch kind {
	case Merchants:
		rep, err = readTable(t, merchantSchema(), o, emit)
	case Terminals:
		rep, err = readTable(t, terminalSchema(), o, emit)
	case Transactions:
		rep, err = readTable(t, transactionSchema(), o, emit)
	case Settlements:
		rep, err = readTable(t, settlementSchema(), o, emit)
	case Bindings:
		rep, err = readTable(t, bindingSchema(), o, emit)
	default:
		err = ErrKind
	}
	rep.Kind, rep.Format = kind, t.format()
	return rep, errors.Join(err, t.close())
}

// reader reads the rows of one table.
type reader[T any] struct {
	schema  schema[T]
	options Options
	table   table
	plan    *plan[T] // nil before the header
	above   []string // lines before the header
	failed  error    // of the row that was most like a header
	fit     int      // columns that it had
	batches []Batch  // one for each part of the plan
	held    int      // rows in batches
	size    int
	ended   bool
	report  Report
}

// heading is one spelling of a header: spec is nil for the currency.
type heading[T any] struct {
	spec     *spec[T]
	fen      bool
	currency bool
}

// maxAbove bounds the rows before the header.
const maxAbove = 30

func readTable[T any](t table, s schema[T], o Options, emit func(Batch) error) (Report, error) {
	rd := &reader[T]{schema: s, options: o, table: t, size: min(o.BatchRows, maxBatch)}
	if rd.size <= 0 {
		rd.size = usualBatch
	}
	if o.Profile != nil {
		if _, ok := o.Profile.Tables[s.kind]; !ok {
			return rd.report, fmt.Errorf("%s：%w", o.Profile.Title, ErrTable)
		}
	}
	if o.Profile == nil && o.Profiles == nil {
		rd.options.Profiles = Profiles()
	}
	skipNext := false
	for {
		cells, line, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *RowError
		if err != nil && !errors.As(err, &bad) {
			return rd.report, err
		}
		switch {
		case bad != nil && rd.plan == nil:
			return rd.report, fmt.Errorf("表头读不出来：%w", bad)
		case bad != nil:
			rd.report.Rows++
			rd.reject(*bad, line)
			continue
		case blank(cells):
			continue
		case rd.plan == nil:
			if err := rd.header(cells); err != nil {
				return rd.report, err
			}
			continue
		case skipNext || rd.ended || summary(cells) || rd.leaveOut(cells):
			skipNext = !skipNext && strings.HasPrefix(clean(cells[0]), "总交易单数")
			rd.report.Skipped++
			continue
		}
		rd.report.Rows++
		if bad := rd.take(cells, line); bad != nil {
			rd.reject(*bad, line)
		}
		if rd.held == rd.size {
			if err := rd.flush(emit); err != nil {
				return rd.report, err
			}
		}
	}
	switch {
	case rd.plan == nil && rd.failed != nil:
		return rd.report, rd.failed
	case rd.plan == nil:
		return rd.report, ErrEmpty
	}
	return rd.report, rd.flush(emit)
}

// header takes a row before the data: the header, or a line above it.
func (rd *reader[T]) header(cells []string) error {
	p, problems := rd.match(cells)
	err := problems.err()
	if err == nil {
		rd.plan, rd.report.Profile = p, p.profile
		rd.report.Warnings = append(rd.report.Warnings, problems.warnings...)
		rd.batches = make([]Batch, len(p.parts))
		rd.clear()
		return nil
	}
	fit := 0
	for _, pt := range p.parts {
		fit = max(fit, len(pt.columns))
	}
	if rd.failed == nil || fit > rd.fit {
		rd.failed, rd.fit = err, fit
	}
	if rd.above = append(rd.above, rd.table.raw()); len(rd.above) > maxAbove {
		return rd.failed
	}
	return nil
}

// match reads a header by the profile asked for, by one that recognises it, or
// by the names of the contract.
func (rd *reader[T]) match(cells []string) (*plan[T], headerProblems) {
	if rd.options.Profile != nil {
		return planProfile(rd.schema, *rd.options.Profile, cells, rd.above)
	}
	have := map[string]bool{}
	for _, c := range cells {
		have[headerKey(c)] = true
	}
	best := -1
	for i, p := range rd.options.Profiles {
		signs := p.Tables[rd.schema.kind].Detect
		if len(signs) == 0 || slices.ContainsFunc(signs, func(h string) bool { return !have[headerKey(h)] }) {
			continue
		}
		if best < 0 || len(signs) > len(rd.options.Profiles[best].Tables[rd.schema.kind].Detect) {
			best = i
		}
	}
	if best >= 0 {
		return planProfile(rd.schema, rd.options.Profiles[best], cells, rd.above)
	}
	return planHeader(rd.schema, cells, rd.options.Aliases)
}

// leaveOut tells rows that the profile skips.
func (rd *reader[T]) leaveOut(cells []string) bool {
	first := clean(cells[0])
	if slices.ContainsFunc(rd.plan.end, func(p string) bool { return strings.HasPrefix(first, p) }) {
		rd.ended = true
		return true
	}
	return slices.ContainsFunc(rd.plan.skip, func(rule []condition) bool { return holdAll(rule, cells) })
}

// take reads one row into the batch of its sort.
func (rd *reader[T]) take(cells []string, line int) *RowError {
	n := slices.IndexFunc(rd.plan.parts, func(p part[T]) bool { return holdAll(p.when, cells) })
	row, bad := rd.row(&rd.plan.parts[n], cells, rd.table.sheet())
	if bad != nil {
		return bad
	}
	b := &rd.batches[n]
	rows := rd.schema.rows(b)
	*rows = append(*rows, row)
	b.Lines = append(b.Lines, line)
	if rd.options.Raw {
		b.Raw = append(b.Raw, rd.table.raw())
	}
	rd.held++
	return nil
}

func (rd *reader[T]) flush(emit func(Batch) error) error {
	for _, b := range rd.batches {
		if b.Len() == 0 {
			continue
		}
		rd.report.Good += b.Len()
		if err := emit(b); err != nil {
			return err
		}
	}
	rd.clear()
	if rd.options.Progress != nil {
		rd.options.Progress(rd.report.Rows)
	}
	return nil
}

func (rd *reader[T]) clear() {
	for i, p := range rd.plan.parts {
		rd.batches[i] = Batch{Kind: rd.schema.kind, Columns: p.columns, Titles: p.shown}
	}
	rd.held = 0
}

func (rd *reader[T]) reject(e RowError, line int) {
	e.Line = line
	if rd.options.Raw {
		e.Raw = rd.table.raw()
	}
	rd.report.Bad++
	if len(rd.report.Errors) < MaxErrors {
		rd.report.Errors = append(rd.report.Errors, e)
	}
	if rd.options.Bad != nil {
		rd.options.Bad(e)
	}
}

// headers maps every accepted spelling, folded, to its column. A money column
// is yuan under its bare name and its Chinese names, fen with _fen or (分).
func (s schema[T]) headers(extra map[string]string) map[string]heading[T] {
	known := map[string]heading[T]{}
	byName := map[string]*spec[T]{}
	for i := range s.specs {
		sp := &s.specs[i]
		byName[sp.name] = sp
		bare := strings.TrimSuffix(sp.name, "_fen")
		for _, name := range append(sp.names(), bare) {
			key := headerKey(name)
			known[key] = heading[T]{spec: sp}
			if sp.money() {
				known[key+"(元)"] = heading[T]{spec: sp}
				known[key+"(分)"] = heading[T]{spec: sp, fen: true}
			}
		}
		if sp.money() {
			known[sp.name] = heading[T]{spec: sp, fen: true}
		}
	}
	for _, name := range []string{currencyColumn, "币种", "货币种类"} {
		known[name] = heading[T]{currency: true}
	}
	for title, name := range extra {
		if sp, ok := byName[name]; ok {
			known[headerKey(title)] = heading[T]{spec: sp, fen: strings.HasSuffix(headerKey(title), "_fen")}
		} else if sp, ok := byName[name+"_fen"]; ok {
			known[headerKey(title)] = heading[T]{spec: sp}
		}
	}
	return known
}

// row reads one row; the error names the first cell at fault.
func (rd *reader[T]) row(p *part[T], cells []string, sheet bool) (T, *RowError) {
	var row T
	for i := range p.bindings {
		b := &p.bindings[i]
		if slices.ContainsFunc(b.cells, func(c int) bool { return c < len(cells) && tooLong(cells[c], b.spec) }) {
			return row, &RowError{Column: b.title, Reason: "单元格内容过长"}
		}
		if err := rd.set(&row, b, b.text(cells), sheet && len(b.cells) == 1); err != nil {
			return row, &RowError{Column: b.title, Reason: err.Error()}
		}
	}
	width := len(rd.plan.titles)
	for i := width; i < len(cells); i++ {
		if clean(cells[i]) != "" {
			return row, &RowError{Reason: fmt.Sprintf("有 %d 个单元格，表头只有 %d 列（单元格里的逗号要加引号）", len(cells), width)}
		}
	}
	if rd.schema.check != nil {
		if bad := rd.schema.check(&row); bad != nil {
			bad.Column = Batch{Columns: p.columns, Titles: p.shown}.Title(bad.Column)
			return row, bad
		}
	}
	return row, nil
}

var errRequired = errors.New("必填，不能为空")

// sheetErrors are what spreadsheets show in the place of a value.
func sheetErrors() []string {
	return []string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!"}
}

func tooLong[T any](raw string, sp *spec[T]) bool {
	return len(raw) > maxCell && (sp == nil || sp.name != "transaction_ids")
}

// set fills one column with clean text.
func (rd *reader[T]) set(row *T, b *binding[T], text string, sheet bool) error {
	switch {
	case strings.ContainsRune(text, '\ufffd'):
		return errors.New("有无法识别的字符，请另存为 UTF-8 或 GB18030 编码")
	case b.spec == nil:
		if !slices.Contains([]string{"", "CNY", "RMB", "人民币", "人民币元", "156"}, strings.ToUpper(narrow(text))) {
			return errCurrency
		}
		return nil
	case text == "" && slices.Contains(rd.schema.required, b.spec.name) && rd.table != nil && rd.table.sheet():
		return errors.New("必填，不能为空（合并的单元格请先取消合并并填满）")
	case text == "" && slices.Contains(rd.schema.required, b.spec.name):
		return errRequired
	case strings.HasPrefix(text, "=") && len(text) > 1:
		return errors.New("是公式而不是值，请在表格里选择性粘贴为数值后重新导出")
	case strings.HasPrefix(text, "#") && slices.Contains(sheetErrors(), strings.ToUpper(text)):
		return errors.New("是表格的错误值 " + text + "，请先改正")
	}
	if len(b.values) > 0 && text != "" {
		if v, ok := b.values[fold(text)]; ok {
			return b.spec.set(row, cell{text: v, fen: b.fen})
		}
	}
	if b.layout != "" && text != "" {
		if _, _, ok := serial(text); !ok || !sheet {
			var err error
			if text, err = b.moment(text); err != nil {
				return err
			}
			sheet = false
		}
	}
	return b.spec.set(row, cell{text: text, fen: b.fen, sheet: sheet})
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return clean(c) != "" })
}

// summary tells rows that are no data: totals and comments.
func summary(cells []string) bool {
	first := clean(cells[0])
	if strings.HasPrefix(first, "总交易单数") || strings.HasPrefix(first, "#") {
		return true
	}
	return slices.Contains([]string{"合计", "总计", "小计", "汇总"}, strings.TrimRight(first, ":： "))
}
