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
	// Aliases are further header spellings → column names: what a profile of a
	// bill format adds.
	Aliases map[string]string
	// BatchRows bounds a batch; 0 = 1,000; at most 20,000.
	BatchRows int
	// Progress is told the number of rows read so far, after every batch.
	Progress func(rows int)
}

// Report is what Read found.
type Report struct {
	Kind   Kind   `json:"kind"`
	Format string `json:"format"` // csv utf-8, csv gb18030, csv utf-16, xlsx
	Rows   int    `json:"rows"`   // data rows seen, summary rows not counted
	Good   int    `json:"good"`
	Bad    int    `json:"bad"`
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
	head    []heading[T]
	columns []string
	report  Report
}

// heading is one column of a file, matched; spec is nil for one that only
// takes up room, or the currency.
type heading[T any] struct {
	title    string
	spec     *spec[T]
	fen      bool
	currency bool
}

func readTable[T any](t table, s schema[T], o Options, emit func(Batch) error) (Report, error) {
	rd := &reader[T]{schema: s}
	size := min(o.BatchRows, maxBatch)
	if size <= 0 {
		size = usualBatch
	}
	batch := rd.batch()
	flush := func() error {
		if batch.Len() > 0 {
			rd.report.Good += batch.Len()
			if err := emit(batch); err != nil {
				return err
			}
			batch = rd.batch()
		}
		if o.Progress != nil {
			o.Progress(rd.report.Rows)
		}
		return nil
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
		case bad != nil && rd.head == nil:
			return rd.report, fmt.Errorf("表头读不出来: %w", bad)
		case bad != nil:
			rd.report.Rows++
			rd.reject(*bad)
			continue
		case blank(cells):
			continue
		case rd.head == nil:
			if err := rd.match(cells, o.Aliases); err != nil {
				return rd.report, err
			}
			batch = rd.batch()
			continue
		case skipNext || summary(cells):
			skipNext = !skipNext && strings.HasPrefix(clean(cells[0]), "总交易单数")
			rd.report.Skipped++
			continue
		}
		rd.report.Rows++
		row, rowErr := rd.row(cells, t.sheet())
		if rowErr != nil {
			rowErr.Line = line
			rd.reject(*rowErr)
			continue
		}
		rows := s.rows(&batch)
		*rows = append(*rows, row)
		batch.Lines = append(batch.Lines, line)
		if batch.Len() == size {
			if err := flush(); err != nil {
				return rd.report, err
			}
		}
	}
	if rd.head == nil {
		return rd.report, ErrEmpty
	}
	return rd.report, flush()
}

func (rd *reader[T]) batch() Batch { return Batch{Kind: rd.schema.kind, Columns: rd.columns} }

func (rd *reader[T]) reject(e RowError) {
	rd.report.Bad++
	if len(rd.report.Errors) < MaxErrors {
		rd.report.Errors = append(rd.report.Errors, e)
	}
}

// match reads the header.
func (rd *reader[T]) match(cells []string, extra map[string]string) error {
	known := rd.schema.headers(extra)
	var bad HeaderError
	seen := map[string]bool{}
	for _, title := range cells {
		h := heading[T]{title: clean(title)}
		key := headerKey(title)
		if m, ok := known[key]; ok {
			h.spec, h.fen, h.currency = m.spec, m.fen, m.currency
		} else if key != "" {
			rd.report.Warnings = append(rd.report.Warnings, fmt.Sprintf("不认识的列「%s」,已忽略", short(h.title)))
		}
		if h.spec != nil {
			if seen[h.spec.name] {
				bad.Duplicate = append(bad.Duplicate, h.spec.name+"("+short(h.title)+")")
			}
			seen[h.spec.name] = true
		}
		rd.head = append(rd.head, h)
	}
	for _, name := range rd.schema.required {
		if !seen[name] {
			bad.Missing = append(bad.Missing, name)
		}
	}
	if bad.Missing != nil || bad.Duplicate != nil {
		return &bad
	}
	for _, sp := range rd.schema.specs {
		if seen[sp.name] {
			rd.columns = append(rd.columns, sp.name)
		}
	}
	return nil
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
func (rd *reader[T]) row(cells []string, sheet bool) (T, *RowError) {
	var row T
	for i, h := range rd.head {
		raw := ""
		if i < len(cells) {
			raw = cells[i]
		}
		if h.spec == nil && !h.currency {
			continue
		}
		if err := rd.set(&row, h, raw, sheet); err != nil {
			return row, &RowError{Column: h.title, Reason: err.Error()}
		}
	}
	for i := len(rd.head); i < len(cells); i++ {
		if clean(cells[i]) != "" {
			return row, &RowError{Reason: fmt.Sprintf("有 %d 个单元格,表头只有 %d 列(单元格里的逗号要加引号)", len(cells), len(rd.head))}
		}
	}
	if rd.schema.check != nil {
		if bad := rd.schema.check(&row); bad != nil {
			for _, h := range rd.head {
				if h.spec != nil && h.spec.name == bad.Column {
					bad.Column = h.title
				}
			}
			return row, bad
		}
	}
	return row, nil
}

func (rd *reader[T]) set(row *T, h heading[T], raw string, sheet bool) error {
	if len(raw) > maxCell && (h.spec == nil || h.spec.name != "transaction_ids") {
		return errors.New("单元格内容过长")
	}
	text := clean(raw)
	switch {
	case strings.ContainsRune(text, '\ufffd'):
		return errors.New("有无法识别的字符,请另存为 UTF-8 或 GB18030 编码")
	case h.currency:
		if !slices.Contains([]string{"", "CNY", "RMB", "人民币", "人民币元", "156"}, strings.ToUpper(narrow(text))) {
			return errCurrency
		}
		return nil
	case text == "" && slices.Contains(rd.schema.required, h.spec.name):
		return errors.New("必填,不能为空")
	}
	return h.spec.set(row, cell{text: text, fen: h.fen, sheet: sheet})
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
