package intake

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"daozhang/transactions/ledgerfile"
)

// ErrorFile writes bad rows for people: CSV that a spreadsheet opens (行号、列、
// 原因、原始行), or JSON lines. Create with NewErrorCSV or NewErrorLines; Close
// tells what was not written.
type ErrorFile struct {
	write func(ledgerfile.RowError) error
	flush func() error
}

// NewErrorCSV begins a CSV. redact cuts what must not be stored (card numbers)
// out of each text.
func NewErrorCSV(w io.Writer, redact func(string) string) (*ErrorFile, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets guess UTF-8 by it
		return nil, err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{"行号", "列", "原因", "原始行"}); err != nil {
		return nil, err
	}
	return &ErrorFile{
		write: func(e ledgerfile.RowError) error {
			line := ""
			if e.Line > 0 {
				line = strconv.Itoa(e.Line)
			}
			return out.Write([]string{line, inert(redact(e.Column)), inert(redact(e.Reason)), inert(redact(e.Raw))})
		},
		flush: func() error { out.Flush(); return out.Error() },
	}, nil
}

// NewErrorLines begins JSON lines.
func NewErrorLines(w io.Writer, redact func(string) string) *ErrorFile {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &ErrorFile{
		write: func(e ledgerfile.RowError) error {
			e.Column, e.Reason, e.Raw = redact(e.Column), redact(e.Reason), redact(e.Raw)
			return enc.Encode(e)
		},
		flush: func() error { return nil },
	}
}

// Bad writes one row.
func (f *ErrorFile) Bad(e ledgerfile.RowError) error {
	if len(e.Raw) > maxRaw {
		e.Raw = strings.ToValidUTF8(e.Raw[:maxRaw], "") + "…"
	}
	return f.write(e)
}

// Close writes what is buffered; the file itself is its owner's.
func (f *ErrorFile) Close() error { return f.flush() }

// maxRaw bounds a row that is repeated, in bytes.
const maxRaw = 4096

// inert keeps a spreadsheet from running a cell as a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
