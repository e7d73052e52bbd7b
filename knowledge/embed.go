package knowledge

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed articles/*.md
var articleFiles embed.FS

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
