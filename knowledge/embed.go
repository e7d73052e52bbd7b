package knowledge

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

//go:embed articles/*.md
var articleFiles embed.FS //nolint:gochecknoglobals // embedded, read-only

// ShippedFiles are the articles that come with the program, in name order.
func ShippedFiles() ([]File, error) {
	names, err := fs.Glob(articleFiles, "articles/*.md")
	if err != nil {
		return nil, fmt.Errorf("list shipped articles: %w", err)
	}
	files := make([]File, 0, len(names))
	for _, name := range names {
		data, err := articleFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read shipped article: %w", err)
		}
		files = append(files, File{name, data})
	}
	return files, nil
}

// Shipped are the articles that come with the program, published as version
// 1: an empty database is seeded with them.
func Shipped() ([]Article, error) {
	files, err := ShippedFiles()
	if err != nil {
		return nil, err
	}
	articles := make([]Article, 0, len(files))
	for _, f := range files {
		a, err := Parse(f)
		if err != nil {
			return nil, err
		}
		a.Status, a.Version = StatusPublished, 1
		articles = append(articles, a)
	}
	return articles, nil
}

//go:embed golden.jsonl
var goldenFile []byte //nolint:gochecknoglobals // embedded, read-only

// ShippedGolden are the golden questions that come with the program.
func ShippedGolden() ([]Golden, error) {
	var out []Golden
	for d := json.NewDecoder(bytes.NewReader(goldenFile)); ; {
		var g Golden
		switch err := d.Decode(&g); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("golden question %d: %w", len(out)+1, err)
		}
		out = append(out, g)
	}
}
