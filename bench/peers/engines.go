package main

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk" // registers the analyser
	"github.com/blevesearch/bleve/v2/index/scorch"
	_ "modernc.org/sqlite" // registers the driver

	"daozhang/knowledge"
)

type ours struct{ ix *knowledge.Index }

func newOurs(articles []knowledge.Article) (engine, error) {
	return ours{knowledge.NewIndex(articles, knowledge.IndexOptions{})}, nil
}

func (o ours) search(q string, top int) ([]string, error) {
	hits := o.ix.Search(q, top, knowledge.Tags{}).Hits
	out := make([]string, 0, len(hits))
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return out, nil
}

func (ours) close() error { return nil }

type bleveEngine struct{ ix bleve.Index }

func newBleve(articles []knowledge.Article) (engine, error) {
	mapping := bleve.NewIndexMapping()
	mapping.DefaultAnalyzer = "cjk"
	ix, err := bleve.NewUsing("", mapping, scorch.Name, scorch.Name, nil) // "" = in memory
	if err != nil {
		return nil, fmt.Errorf("bleve: %w", err)
	}
	for rest := articles; len(rest) > 0; {
		batch := ix.NewBatch()
		n := min(1000, len(rest))
		for _, a := range rest[:n] {
			doc := map[string]string{"q": strings.Join(append([]string{a.Title}, a.Phrasings...), "\n"), "a": a.Body}
			if err := batch.Index(a.ID, doc); err != nil {
				return nil, fmt.Errorf("bleve: %w", err)
			}
		}
		if err := ix.Batch(batch); err != nil {
			return nil, fmt.Errorf("bleve: %w", err)
		}
		rest = rest[n:]
	}
	return bleveEngine{ix}, nil
}

func (b bleveEngine) search(q string, top int) ([]string, error) {
	ask := bleve.NewMatchQuery(q)
	ask.SetField("q")
	answer := bleve.NewMatchQuery(q)
	answer.SetField("a")
	answer.SetBoost(0.4)
	res, err := b.ix.Search(bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(ask, answer), top, 0, false))
	if err != nil {
		return nil, fmt.Errorf("bleve: %w", err)
	}
	out := make([]string, 0, len(res.Hits))
	for _, h := range res.Hits {
		out = append(out, h.ID)
	}
	return out, nil
}

func (b bleveEngine) close() error { return b.ix.Close() }

type sqliteEngine struct {
	db  *sql.DB
	ask *sql.Stmt
}

func newSQLite(articles []knowledge.Article) (_ engine, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	db.SetMaxOpenConns(1) // one memory database
	if _, err := db.Exec(`CREATE VIRTUAL TABLE kb USING fts5(id UNINDEXED, q, a, tokenize='trigram')`); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	tx, err := db.Begin()
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // committed below
	for _, a := range articles {
		if _, err := tx.Exec(`INSERT INTO kb VALUES ($1,$2,$3)`, a.ID, strings.Join(append([]string{a.Title}, a.Phrasings...), "\n"), a.Body); err != nil {
			return nil, fmt.Errorf("sqlite: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	ask, err := db.Prepare(`SELECT id FROM kb WHERE kb MATCH $1 ORDER BY bm25(kb, 0, 1.0, 0.4) LIMIT $2`)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return sqliteEngine{db, ask}, nil
}

// search asks for any of the question's trigrams; a shorter question cannot be
// asked of a trigram index.
func (s sqliteEngine) search(q string, top int) ([]string, error) {
	r := []rune(strings.ReplaceAll(q, `"`, " "))
	var parts []string
	for i := 0; i+3 <= len(r); i++ {
		parts = append(parts, `"`+string(r[i:i+3])+`"`)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	rows, err := s.ask.Query(strings.Join(parts, " OR "), top)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	defer rows.Close() //nolint:errcheck // only read
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("sqlite: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

func (s sqliteEngine) close() error { return errors.Join(s.ask.Close(), s.db.Close()) }
