package store

import (
	"context"
	"database/sql"
	"sync"
)

// keptStatements bounds the statements kept; look-ups have about a dozen texts.
const keptStatements = 32

// prepared keeps the statements of look-ups compiled, once a connection: SQLite
// compiles a text anew each time, which is a sixth of a look-up. The zero value
// is empty; closing the database closes them.
type prepared struct {
	mu   sync.RWMutex
	kept map[string]*sql.Stmt
}

func (p *prepared) get(text string) *sql.Stmt {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.kept[text]
}

// keep compiles texts that were met for the first time. It takes a connection,
// so nobody may call it within a transaction. A text that cannot be compiled
// now runs uncompiled, as before.
func (p *prepared) keep(ctx context.Context, db *sql.DB, texts []string) {
	for _, text := range texts {
		stmt, err := db.PrepareContext(ctx, text) //nolint:sqlclosecheck // kept until the database closes
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.kept == nil {
			p.kept = map[string]*sql.Stmt{}
		}
		_, have := p.kept[text]
		if !have && len(p.kept) < keptStatements {
			p.kept[text] = stmt
			stmt = nil
		}
		p.mu.Unlock()
		if stmt != nil {
			_ = stmt.Close() // another one came first
		}
	}
}

// preparedTx runs the queries of one transaction on kept statements and notes
// the texts that are not kept yet.
type preparedTx struct {
	tx  *sql.Tx
	of  *prepared
	new []string
}

func (t *preparedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := t.of.get(query); stmt != nil {
		return t.tx.StmtContext(ctx, stmt).QueryContext(ctx, args...) //nolint:wrapcheck,sqlclosecheck // as the transaction's own; it closes the statement
	}
	t.new = append(t.new, query)
	return t.tx.QueryContext(ctx, query, args...) //nolint:wrapcheck,sqlclosecheck // as the transaction's own; it closes the statement
}
