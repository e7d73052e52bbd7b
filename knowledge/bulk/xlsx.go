package bulk

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"

	"daozhang/knowledge"
)

// A workbook of one sheet of texts is five small files. The library that reads
// workbooks would write them too, but its writer calls methods by reflection,
// which makes the linker keep every method of the program: 16 MB of it.

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	mainSpace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	content   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// workbookParts are the files beside the sheet (ECMA-376, part 1).
//
//nolint:gochecknoglobals // read-only table
var workbookParts = [...]struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + content + `sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + content + `worksheet+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relations + `">` +
		`<sheets><sheet name="` + sheetName + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + relations + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
}

// escaped is what a reader of the format would take for an escaped character.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`) //nolint:gochecknoglobals // compiled once, read-only

func writeXLSX(articles []knowledge.Article) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range workbookParts {
		if err := writePart(z, p.name, xmlHead+p.text); err != nil {
			return nil, err
		}
	}
	var s strings.Builder
	s.WriteString(xmlHead + `<worksheet xmlns="` + mainSpace + `"><sheetData>`)
	for i, row := range rowsOf(articles) {
		fmt.Fprintf(&s, `<row r="%d">`, i+1)
		for j, cell := range row {
			if cell == "" {
				continue
			}
			cell = escaped.ReplaceAllStringFunc(cell, func(e string) string { return "_x005F" + e })
			fmt.Fprintf(&s, `<c r="%s%d" t="inlineStr"><is><t xml:space="preserve">`, letters(j), i+1)
			if err := xml.EscapeText(&s, []byte(cell)); err != nil {
				return nil, fmt.Errorf("write XLSX: %w", err)
			}
			s.WriteString(`</t></is></c>`)
		}
		s.WriteString(`</row>`)
	}
	s.WriteString(`</sheetData></worksheet>`)
	if err := writePart(z, "xl/worksheets/sheet1.xml", s.String()); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write XLSX: %w", err)
	}
	return b.Bytes(), nil
}

func writePart(z *zip.Writer, name, text string) error {
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

// letters name the n-th column from 0: A … Z, AA …
func letters(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return letters(n/26-1) + letters(n%26)
}
