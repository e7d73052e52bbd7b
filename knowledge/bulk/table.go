package bulk

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"daozhang/bot/understand"
	"daozhang/knowledge"
)

// column is one column of a table: key in the file form, heading for people.
type column struct {
	key, heading string
	get          func(a knowledge.Article) string
	set          func(a *knowledge.Article, v string)
}

// columns of a table in their order. A list is one item a line of its cell.
func columns() []column {
	text := func(key, heading string, at func(a *knowledge.Article) *string) column {
		return column{key, heading, func(a knowledge.Article) string { return *at(&a) }, func(a *knowledge.Article, v string) { *at(a) = strings.TrimSpace(v) }}
	}
	day := func(key, heading string, at func(a *knowledge.Article) *knowledge.Day) column {
		return column{key, heading, func(a knowledge.Article) string { return string(*at(&a)) }, func(a *knowledge.Article, v string) { *at(a) = knowledge.Day(strings.TrimSpace(v)) }}
	}
	list := func(key, heading, more string, at func(a *knowledge.Article) *[]string) column {
		return column{
			key, heading, func(a knowledge.Article) string { return joinList(*at(&a)) },
			func(a *knowledge.Article, v string) { *at(a) = splitList(v, more) },
		}
	}
	const tags = ";；,，、"
	return []column{
		text("id", "编号", func(a *knowledge.Article) *string { return &a.ID }),
		text("title", "标题", func(a *knowledge.Article) *string { return &a.Title }),
		list("phrasings", "问法", "", func(a *knowledge.Article) *[]string { return &a.Phrasings }),
		text("body", "正文", func(a *knowledge.Article) *string { return &a.Body }),
		list("causes", "原因", tags, func(a *knowledge.Article) *[]string { return &a.Causes }),
		{"intents", "意图", func(a knowledge.Article) string {
			var s []string
			for _, i := range a.Intents {
				s = append(s, string(i))
			}
			return joinList(s)
		}, func(a *knowledge.Article, v string) {
			for _, s := range splitList(v, tags) {
				a.Intents = append(a.Intents, understand.Intent(s))
			}
		}},
		list("brands", "品牌", tags, func(a *knowledge.Article) *[]string { return &a.Brands }),
		list("channels", "渠道", tags, func(a *knowledge.Article) *[]string { return &a.Channels }),
		text("audience", "说给谁", func(a *knowledge.Article) *string { return &a.Audience }),
		text("owner", "负责人", func(a *knowledge.Article) *string { return &a.Owner }),
		day("review_on", "复审日期", func(a *knowledge.Article) *knowledge.Day { return &a.ReviewOn }),
		day("valid_from", "生效日期", func(a *knowledge.Article) *knowledge.Day { return &a.ValidFrom }),
		day("valid_until", "失效日期", func(a *knowledge.Article) *knowledge.Day { return &a.ValidUntil }),
		list("sources", "依据", "", func(a *knowledge.Article) *[]string { return &a.Sources }),
		list("guide_steps", "步骤", "", func(a *knowledge.Article) *[]string { return &a.Guide.Steps }),
		text("guide_then", "步骤之后", func(a *knowledge.Article) *string { return &a.Guide.Then }),
	}
}

// joinList writes one item a line; a line break or back-slash inside an item
// is escaped.
func joinList(items []string) string {
	esc := make([]string, len(items))
	for i, s := range items {
		esc[i] = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(s)
	}
	return strings.Join(esc, "\n")
}

// splitList reads a cell; more are further separators that people use.
func splitList(cell, more string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' || r == '\r' || strings.ContainsRune(more, r) }) {
		if s = strings.TrimSpace(strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(s)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// rowsOf turns entries into rows under a heading.
func rowsOf(articles []knowledge.Article) [][]string {
	cols := columns()
	head := make([]string, len(cols))
	for i, c := range cols {
		head[i] = c.heading
	}
	rows := [][]string{head}
	for _, a := range articles {
		row := make([]string, len(cols))
		for i, c := range cols {
			row[i] = c.get(a)
		}
		rows = append(rows, row)
	}
	return rows
}

// fromRows reads rows under a heading; lines are those of the rows in the
// file.
func fromRows(name string, rows [][]string, lines []int) ([]source, []knowledge.Finding) {
	at := func(line int, format string, args ...any) knowledge.Finding {
		return knowledge.Finding{File: name, Line: line, Reason: fmt.Sprintf(format, args...)}
	}
	if len(rows) == 0 {
		return nil, []knowledge.Finding{at(1, "表是空的，第一行须是列名")}
	}
	used, findings := header(rows[0], func(format string, args ...any) knowledge.Finding { return at(lines[0], format, args...) })
	if len(findings) > 0 {
		return nil, findings
	}
	var docs []source
	for i, row := range rows[1:] {
		line := lines[i+1]
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			continue
		}
		a := knowledge.Article{}
		for j, cell := range row {
			if c, ok := used[j]; ok {
				c.set(&a, strings.ReplaceAll(strings.ReplaceAll(cell, "\r\n", "\n"), "\r", "\n"))
			} else if strings.TrimSpace(cell) != "" {
				findings = append(findings, at(line, "第 %d 列没有列名，却有内容", j+1))
			}
		}
		bad := badRow(a)
		for _, reason := range bad {
			findings = append(findings, at(line, "%s：%s", a.ID, reason))
		}
		if len(bad) == 0 {
			docs = append(docs, source{file: name, row: line, article: a})
		}
	}
	return docs, findings
}

// header finds the column of each heading, Chinese or English.
func header(row []string, at func(format string, args ...any) knowledge.Finding) (map[int]column, []knowledge.Finding) {
	used := map[int]column{}
	seen := map[string]bool{}
	var findings []knowledge.Finding
	for j, cell := range row {
		name := strings.TrimSpace(cell)
		if name == "" {
			continue
		}
		found := false
		for _, c := range columns() {
			if strings.EqualFold(name, c.key) || name == c.heading || strings.EqualFold(strings.ReplaceAll(name, " ", ""), c.heading+c.key) {
				if seen[c.key] {
					findings = append(findings, at("列 %q 出现了两次", name))
				}
				used[j], seen[c.key], found = c, true, true
			}
		}
		if !found {
			findings = append(findings, at("不认识 %q 这一列", name))
		}
	}
	for _, c := range columns() {
		if (c.key == "id" || c.key == "body") && !seen[c.key] {
			findings = append(findings, at("缺少 %q（%s）这一列", c.heading, c.key))
		}
	}
	return used, findings
}

// badRow says what a file form could not hold.
func badRow(a knowledge.Article) []string {
	var out []string
	if a.ID == "" {
		out = append(out, "缺少编号")
	}
	if a.Body == "" {
		out = append(out, "缺少正文")
	}
	for _, d := range []struct {
		name string
		day  knowledge.Day
	}{{"复审日期", a.ReviewOn}, {"生效日期", a.ValidFrom}, {"失效日期", a.ValidUntil}} {
		if _, err := knowledge.ParseDay(string(d.day)); err != nil {
			out = append(out, fmt.Sprintf("%s %q 不是 YYYY-MM-DD", d.name, d.day))
		}
	}
	if len(out) > 0 {
		return out
	}
	// The rest of the form is that of a file: control characters, its size.
	_, err := knowledge.Parse(knowledge.File{Name: a.ID + ".md", Data: knowledge.Format(a)})
	for _, f := range knowledge.ParseFindings(err) {
		if !slices.Contains(out, f.Reason) {
			out = append(out, f.Reason)
		}
	}
	return out
}

const byteOrderMark = "\ufeff"

// risky reports the first characters by which spreadsheets take a cell for a
// formula; such a cell gets an apostrophe in front.
func risky(cell string) bool { return cell != "" && strings.ContainsRune("=+-@'\t", rune(cell[0])) }

func writeCSV(articles []knowledge.Article) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(byteOrderMark) // without it Excel reads the file as GBK
	w := csv.NewWriter(&b)
	w.UseCRLF = false
	for _, row := range rowsOf(articles) {
		for i, cell := range row {
			if risky(cell) {
				row[i] = "'" + cell
			}
		}
		if err := w.Write(row); err != nil {
			return nil, fmt.Errorf("write CSV: %w", err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func readCSV(f knowledge.File) ([]source, []knowledge.Finding) {
	data := f.Data
	if !utf8.Valid(data) { // Excel in China saves CSV as GBK
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil {
			return nil, []knowledge.Finding{{File: f.Name, Line: 1, Reason: "编码不是 UTF-8，也不是 GBK，请另存为“CSV UTF-8”"}}
		}
		data = decoded
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte(byteOrderMark))))
	r.FieldsPerRecord = -1
	var rows [][]string
	var lines []int
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line := 1
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				line = pe.StartLine
			}
			return nil, []knowledge.Finding{{File: f.Name, Line: line, Reason: "引号没有配对，这一行读不出来"}}
		}
		for i, cell := range row {
			if len(cell) > 1 && cell[0] == '\'' && risky(cell[1:]) {
				row[i] = cell[1:]
			}
		}
		line, _ := r.FieldPos(0)
		rows, lines = append(rows, row), append(lines, line)
	}
	return fromRows(f.Name, rows, lines)
}

const sheetName = "知识条目"

// readXLSX reads the first sheet. The library meets hostile files here, so its
// panics are errors of the file.
func readXLSX(f knowledge.File) (docs []source, findings []knowledge.Finding) {
	broken := []knowledge.Finding{{File: f.Name, Line: 1, Reason: "表格打不开，请在 Excel 或 WPS 里另存为 .xlsx 再试"}}
	defer func() {
		if p := recover(); p != nil {
			docs, findings = nil, broken
		}
	}()
	x, err := excelize.OpenReader(bytes.NewReader(f.Data), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return nil, broken
	}
	defer x.Close() //nolint:errcheck // only read
	rows, err := x.GetRows(x.GetSheetName(0))
	if err != nil {
		return nil, broken
	}
	lines := make([]int, len(rows))
	for i := range lines {
		lines[i] = i + 1
	}
	return fromRows(f.Name, rows, lines)
}
