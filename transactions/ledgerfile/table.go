package ledgerfile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// table is a file as rows of raw cells.
type table interface {
	// next gives a row and its line from 1; io.EOF ends the file. A *RowError
	// concerns one row only: reading goes on.
	next() (cells []string, line int, err error)
	// raw is the row of the last next, as text.
	raw() string
	// sheet tells raw spreadsheet values from text.
	sheet() bool
	format() string
	close() error
}

// Bounds of a file.
const (
	maxLine     = 1 << 20   // bytes of one CSV line
	maxQuoted   = 16        // lines that one quoted cell may span
	maxWorkbook = 256 << 20 // bytes of an XLSX file, which cannot be streamed
	maxUnzipped = 2 << 30
	// A sheet of ledger rows unfolds to 10 to 30 times its size.
	usualUnzipped = 64 << 20
	maxRatio      = 200
	peekBytes     = 4096
)

var errBomb = errors.New("XLSX 解压后大得不正常，没有打开：请另存为 CSV 再导入")

// openTable tells the format by its first bytes, never by the file name.
func openTable(r io.Reader) (table, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, _ := br.Peek(8)
	switch {
	case len(head) == 0:
		return nil, ErrEmpty
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return openSheet(br)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, ErrOldXLS
	}
	return openCSV(br, head)
}

type sheetTable struct {
	file *excelize.File
	rows *excelize.Rows
	line int
	last []string
}

// openSheet reads the first sheet of a workbook. The library meets hostile
// files here, so its panics are errors of the file.
func openSheet(r io.Reader) (t table, err error) {
	defer func() {
		if recover() != nil {
			t, err = nil, ErrXLSX
		}
	}()
	text, err := io.ReadAll(io.LimitReader(r, maxWorkbook+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxWorkbook {
		return nil, errors.New("XLSX 文件超过 256 MB，请改用 CSV")
	}
	if err := checkZip(text); err != nil {
		return nil, err
	}
	// Parts above 1 MB (sheets, texts) are read from temporary files as a stream.
	f, err := excelize.OpenReader(bytes.NewReader(text), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: 1 << 20})
	if err != nil {
		return nil, ErrXLSX
	}
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return nil, errors.Join(ErrXLSX, f.Close())
	}
	rows, err := f.Rows(sheets[0])
	if err != nil {
		return nil, errors.Join(ErrXLSX, f.Close())
	}
	return &sheetTable{file: f, rows: rows}, nil
}

// checkZip refuses a workbook that would unfold to far more than any sheet
// does. The sizes it trusts are enforced when the parts are read.
func checkZip(text []byte) error {
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return ErrXLSX
	}
	var whole uint64
	for _, f := range z.File {
		if whole += f.UncompressedSize64; whole > maxUnzipped || f.UncompressedSize64 > maxUnzipped {
			return errBomb
		}
	}
	if whole > usualUnzipped && whole > maxRatio*uint64(len(text)) {
		return errBomb
	}
	return nil
}

func (t *sheetTable) next() (cells []string, line int, err error) {
	defer func() {
		if recover() != nil {
			cells, line, err = nil, t.line, ErrXLSX
		}
	}()
	if !t.rows.Next() {
		if t.rows.Error() != nil {
			return nil, t.line, ErrXLSX
		}
		return nil, t.line, io.EOF
	}
	t.line++
	cells, err = t.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, t.line, ErrXLSX
	}
	t.last = cells
	return cells, t.line, nil
}

func (t *sheetTable) raw() string    { return strings.Join(t.last, ",") }
func (t *sheetTable) sheet() bool    { return true }
func (t *sheetTable) format() string { return "xlsx" }
func (t *sheetTable) close() error   { return errors.Join(t.rows.Close(), t.file.Close()) }

type csvTable struct {
	r         *bufio.Reader
	text      *decoder
	separator byte
	line      int
	last      string
	// held are lines read ahead for a quoted cell that never closed.
	held []heldLine
}

type heldLine struct {
	text string
	long bool
}

func openCSV(br *bufio.Reader, head []byte) (table, error) {
	d := &decoder{r: br}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = br.Discard(3)
		d.name, d.out = "utf-8", br
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		d.name = "utf-16"
		d.out = transform.NewReader(br, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	}
	t := &csvTable{r: bufio.NewReaderSize(d, 64<<10), text: d, separator: ','}
	first, err := t.readLine()
	for err == nil && strings.TrimSpace(first) == "" {
		t.line++
		first, err = t.readLine()
	}
	if errors.Is(err, io.EOF) && first == "" {
		return nil, ErrEmpty
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !strings.Contains(first, ",") && strings.Contains(first, "\t") {
		t.separator = '\t'
	}
	t.held = []heldLine{{text: first}}
	return t, nil
}

func (t *csvTable) raw() string { return t.last }

func (t *csvTable) sheet() bool { return false }

func (t *csvTable) format() string {
	if t.text.name == "" {
		return "csv utf-8"
	}
	return "csv " + t.text.name
}

func (t *csvTable) close() error { return nil }

var errLongLine = errors.New("一行超过 1 MB")

// readLine gives the next line without its end; io.EOF after the last. A line
// too long is skipped to its end.
func (t *csvTable) readLine() (string, error) {
	if len(t.held) > 0 {
		h := t.held[0]
		t.held = t.held[1:]
		if h.long {
			return "", errLongLine
		}
		return h.text, nil
	}
	var b []byte
	long := false
	for {
		part, err := t.r.ReadSlice('\n')
		if long = long || len(b)+len(part) > maxLine; !long {
			b = append(b, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if errors.Is(err, io.EOF) && len(b) == 0 && !long {
			return "", io.EOF
		}
		if long {
			return "", errLongLine
		}
		return strings.TrimRight(string(b), "\r\n"), nil
	}
}

func (t *csvTable) next() ([]string, int, error) {
	text, err := t.readLine()
	if errors.Is(err, io.EOF) {
		return nil, t.line, io.EOF
	}
	t.line++
	t.last = ""
	if errors.Is(err, errLongLine) {
		return nil, t.line, &RowError{Line: t.line, Reason: errLongLine.Error()}
	}
	if err != nil {
		return nil, t.line, err
	}
	start := t.line
	t.last = text
	var ahead []heldLine
	for {
		cells, closed := split(text, t.separator)
		if closed {
			t.line += len(ahead)
			t.last = text
			return cells, start, nil
		}
		more, err := t.readLine()
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLongLine) {
			return nil, t.line, err
		}
		if err != nil || len(ahead) == maxQuoted || len(text) > maxLine {
			// The quote never closes: only the line it stands in is lost.
			if !errors.Is(err, io.EOF) {
				ahead = append(ahead, heldLine{more, err != nil})
			}
			t.held = append(ahead, t.held...)
			return nil, start, &RowError{Line: start, Reason: "引号没有闭合"}
		}
		ahead = append(ahead, heldLine{text: more})
		text += "\n" + more
	}
}

// split cuts a line at separators outside quotes; false when a quoted cell is
// still open. A quote inside an unquoted cell is part of it (="001").
func split(s string, separator byte) (cells []string, closed bool) {
	for {
		if !strings.HasPrefix(s, `"`) {
			i := strings.IndexByte(s, separator)
			if i < 0 {
				return append(cells, s), true
			}
			cells, s = append(cells, s[:i]), s[i+1:]
			continue
		}
		var b strings.Builder
		s = s[1:]
		for {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				return nil, false
			}
			b.WriteString(s[:i])
			s = s[i+1:]
			if !strings.HasPrefix(s, `"`) {
				break
			}
			b.WriteByte('"')
			s = s[1:]
		}
		i := strings.IndexByte(s, separator)
		if i < 0 {
			b.WriteString(s)
			return append(cells, b.String()), true
		}
		b.WriteString(s[:i])
		cells, s = append(cells, b.String()), s[i+1:]
	}
}

// decoder turns UTF-8 or GB18030 into UTF-8. It decides at the first byte that
// is not ASCII, by whether what follows is valid UTF-8.
type decoder struct {
	r    *bufio.Reader
	name string
	out  io.Reader
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.out != nil {
		return d.out.Read(p)
	}
	if len(p) == 0 {
		return 0, nil
	}
	ahead, err := d.r.Peek(peekBytes)
	if len(ahead) == 0 {
		return 0, err
	}
	n := 0
	for n < len(ahead) && n < len(p) && ahead[n] < utf8.RuneSelf {
		n++
	}
	if n > 0 {
		return d.r.Read(p[:n])
	}
	if looksUTF8(ahead) {
		d.name, d.out = "utf-8", d.r
	} else {
		d.name, d.out = "gb18030", transform.NewReader(d.r, simplifiedchinese.GB18030.NewDecoder())
	}
	return d.out.Read(p)
}

// looksUTF8 forgives a rune cut off at the end of the window, and a few stray
// bytes among many whole runes: text in GB18030 is hardly ever a whole rune.
func looksUTF8(b []byte) bool {
	whole, broken := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n <= 1:
			if len(b) < utf8.UTFMax && !utf8.FullRune(b) {
				b = nil
				continue
			}
			broken++
		case n > 1:
			whole++
		}
		b = b[n:]
	}
	return broken == 0 || whole > 4*broken
}
