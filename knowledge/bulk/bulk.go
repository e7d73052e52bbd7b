// Package bulk moves many knowledge entries at once: Markdown files, alone or
// in a zip, CSV and XLSX in and out, without loss, and what an import would
// change. It is pure: bytes in, values out.
package bulk

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"daozhang/knowledge"
)

// Bounds of an import.
const (
	MaxUpload   = 8 << 20  // bytes of what is uploaded
	maxUnzipped = 32 << 20 // bytes of what a zip holds
	MaxEntries  = 5000
)

// Options are what entries are judged by.
type Options struct {
	// Current are the entries in force: the new ones join them, and one that
	// is the same as in force is not judged again.
	Current  []knowledge.Article
	Channels []knowledge.Channel
	// Forbidden are the admins' own words.
	Forbidden []string
	// Phrasings is how many an entry must have at least; 0 = the usual.
	Phrasings int
	Now       time.Time
}

// Read takes files of any supported kind and gives their entries in order. An
// import uses them only when there is no finding; a finding names the file, the
// line (a row of a table) and the reason.
func Read(files []knowledge.File, o Options) ([]knowledge.Article, []knowledge.Finding) {
	var docs []source
	var findings []knowledge.Finding
	for _, f := range files {
		got, bad := open(f)
		docs = append(docs, got...)
		findings = append(findings, bad...)
	}
	if len(docs) == 0 && len(findings) == 0 {
		findings = append(findings, knowledge.Finding{File: firstName(files), Line: 1, Reason: "里面没有知识条目（.md、.csv、.xlsx）"})
	}
	if len(docs) > MaxEntries {
		return nil, append(findings, knowledge.Finding{File: firstName(files), Line: 1, Reason: fmt.Sprintf("有 %d 条，一次最多 %d 条", len(docs), MaxEntries)})
	}
	articles, bad := judge(docs, o)
	findings = append(findings, bad...)
	slices.SortStableFunc(findings, func(a, b knowledge.Finding) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return articles, findings
}

func firstName(files []knowledge.File) string {
	if len(files) == 0 {
		return "（空）"
	}
	return files[0].Name
}

// source is one entry with the place it came from.
type source struct {
	file    string
	row     int    // of a table; 0 = a Markdown file
	text    []byte // of a Markdown file
	article knowledge.Article
}

// open reads one file by its kind.
func open(f knowledge.File) ([]source, []knowledge.Finding) {
	fail := func(format string, args ...any) ([]source, []knowledge.Finding) {
		return nil, []knowledge.Finding{{File: f.Name, Line: 1, Reason: fmt.Sprintf(format, args...)}}
	}
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".md":
		a, err := knowledge.Parse(f)
		if err != nil {
			return nil, knowledge.ParseFindings(err)
		}
		return []source{{file: f.Name, text: f.Data, article: a}}, nil
	case ".csv":
		return readCSV(f)
	case ".xlsx":
		return readXLSX(f)
	case ".zip":
		return readZip(f)
	case ".xls":
		return fail("旧版 .xls 不支持，请另存为 .xlsx 或 CSV")
	}
	return fail("不认识的文件类型，请用 .md、.csv、.xlsx 或 .zip")
}

// readZip opens the files of a folder that was packed. Folders, and what the
// packing programs add (__MACOSX, .DS_Store), are passed over.
func readZip(f knowledge.File) ([]source, []knowledge.Finding) {
	fail := func(format string, args ...any) ([]source, []knowledge.Finding) {
		return nil, []knowledge.Finding{{File: f.Name, Line: 1, Reason: fmt.Sprintf(format, args...)}}
	}
	r, err := zip.NewReader(bytes.NewReader(f.Data), int64(len(f.Data)))
	if err != nil {
		return fail("压缩包打不开，请重新打包成 zip")
	}
	if len(r.File) > 2*MaxEntries {
		return fail("压缩包里有 %d 个文件，太多了", len(r.File))
	}
	var docs []source
	var findings []knowledge.Finding
	left := int64(maxUnzipped)
	for _, z := range r.File {
		name := path.Base(z.Name)
		if z.FileInfo().IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(z.Name, "__MACOSX/") {
			continue
		}
		if strings.EqualFold(path.Ext(name), ".zip") {
			findings = append(findings, knowledge.Finding{File: z.Name, Line: 1, Reason: "压缩包里不能再有压缩包"})
			continue
		}
		data, err := readMember(z, left)
		if err != nil {
			return fail("%s：%v", z.Name, err)
		}
		left -= int64(len(data))
		got, bad := open(knowledge.File{Name: z.Name, Data: data})
		docs, findings = append(docs, got...), append(findings, bad...)
	}
	return docs, findings
}

func readMember(z *zip.File, left int64) ([]byte, error) {
	in, err := z.Open()
	if err != nil {
		return nil, errors.New("解不开，请重新打包")
	}
	defer in.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(in, left+1))
	switch {
	case err != nil:
		return nil, errors.New("解不开，请重新打包")
	case int64(len(data)) > left:
		return nil, fmt.Errorf("解开后超过 %d MiB", maxUnzipped>>20)
	}
	return data, nil
}

// judge lints the entries among those in force. Entries in force as they are
// come first and are not judged: a clash with them is the other's fault.
func judge(docs []source, o Options) ([]knowledge.Article, []knowledge.Finding) {
	inForce := map[string]string{}
	for _, a := range o.Current {
		inForce[a.ID] = string(knowledge.Format(a))
	}
	incoming := map[string]bool{}
	articles := make([]knowledge.Article, 0, len(docs))
	var changed []knowledge.Document
	var others []knowledge.Article
	places := map[string]source{}
	for _, d := range docs {
		articles = append(articles, d.article)
		if !incoming[d.article.ID] && inForce[d.article.ID] == string(knowledge.Format(d.article)) {
			incoming[d.article.ID] = true
			others = append(others, d.article)
			continue
		}
		incoming[d.article.ID] = true
		doc := knowledge.Document{File: d.file, Text: string(d.text), Article: d.article}
		if d.row > 0 {
			doc.File, doc.Text = fmt.Sprintf("%s\x00%d", d.file, d.row), string(knowledge.Format(d.article))
		}
		places[doc.File] = d
		changed = append(changed, doc)
	}
	for _, a := range o.Current {
		if !incoming[a.ID] {
			others = append(others, a)
		}
	}
	findings := knowledge.LintDocuments(changed, knowledge.LintOptions{Channels: o.Channels, Now: o.Now, Others: others, Forbidden: o.Forbidden, Phrasings: o.Phrasings})
	for i, f := range findings {
		f.Reason = strings.ReplaceAll(f.Reason, "\x00", ":")
		findings[i].Reason = f.Reason
		if d := places[f.File]; d.row > 0 {
			findings[i] = knowledge.Finding{File: d.file, Line: d.row, Reason: d.article.ID + "：" + f.Reason}
		}
	}
	return articles, findings
}

// Kind of a change.
type Kind string

// The kinds of change.
const (
	New     Kind = "new"
	Changed Kind = "changed"
	Same    Kind = "same"
)

// Change is what an import does to one entry.
type Change struct {
	ID, Title string
	Kind      Kind
	// Lines are the comparison of a changed entry with the one in force.
	Lines []knowledge.DiffLine
}

// Plan says what an import would change, in the order of the entries.
func Plan(current, incoming []knowledge.Article) []Change {
	have := map[string]knowledge.Article{}
	for _, a := range current {
		have[a.ID] = a
	}
	out := make([]Change, 0, len(incoming))
	for _, a := range incoming {
		c := Change{ID: a.ID, Title: a.Title, Kind: New}
		if old, ok := have[a.ID]; ok {
			c.Kind, c.Lines = Changed, knowledge.Diff(old, a)
			if !slices.ContainsFunc(c.Lines, func(l knowledge.DiffLine) bool { return l.Op != knowledge.Same }) {
				c.Kind, c.Lines = Same, nil
			}
		}
		out = append(out, c)
	}
	return out
}

// Write packs entries as "md" (a zip of files), "csv" or "xlsx".
func Write(format string, articles []knowledge.Article) ([]byte, error) {
	switch format {
	case "md":
		return writeZip(articles)
	case "csv":
		return writeCSV(articles)
	case "xlsx":
		return writeXLSX(articles)
	}
	return nil, fmt.Errorf("format %q is none of md, csv, xlsx", format)
}

func writeZip(articles []knowledge.Article) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, a := range articles {
		f, err := w.Create(a.ID + ".md")
		if err == nil {
			_, err = f.Write(knowledge.Format(a))
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", a.ID, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return b.Bytes(), nil
}
