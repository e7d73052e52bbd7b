package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"daozhang/bot/desk"
)

// where collects conditions; "?" becomes the next $n.
type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds = append(w.conds, w.bind(cond, args...))
}

// bind numbers the question marks of a fragment and keeps their arguments.
func (w *where) bind(fragment string, args ...any) string {
	var b strings.Builder
	for _, r := range fragment {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		w.args = append(w.args, args[0])
		args = args[1:]
		fmt.Fprintf(&b, "$%d", len(w.args))
	}
	return b.String()
}

// match adds column = value, or a prefix when value ends in "*"; "" adds
// nothing.
func (w *where) match(column, value string) {
	switch {
	case value == "":
	case strings.HasSuffix(value, "*"):
		w.add(column+` LIKE ? ESCAPE '\'`, escapeLike(strings.TrimSuffix(value, "*"))+"%")
	default:
		w.add(column+" = ?", value)
	}
}

func (w *where) sql() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// limit bounds a list: 200 rows at most, 50 when not said, plus the one that
// tells whether there are more.
func (w *where) limit(n int) string {
	if n <= 0 {
		n = 50
	}
	return w.bind(" LIMIT ?", min(n, 201))
}

// in is "(?, ?, …)" for values; never empty.
func (w *where) in(values []string) string {
	if len(values) == 0 {
		return "(NULL)"
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return w.bind("("+strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")+")", args...)
}

// inIDs is in for ids.
func (w *where) inIDs(ids []int64) string {
	if len(ids) == 0 {
		return "(NULL)"
	}
	args := make([]any, len(ids))
	for i, v := range ids {
		args[i] = v
	}
	return w.bind("("+strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", ")+")", args...)
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// scanAll runs a query and scans every row; never nil.
func scanAll[T any](ctx context.Context, q sqlReader, what, query string, args []any, scan func(*sql.Rows, *T) error) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	out := []T{}
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return out, nil
}

// scanOne runs a query for a single row; desk.ErrNotFound when there is none.
func scanOne[T any](ctx context.Context, q sqlReader, what, query string, args []any, scan func(*sql.Rows, *T) error) (T, error) {
	all, err := scanAll(ctx, q, what, query, args, scan)
	if err != nil || len(all) == 0 {
		var zero T
		if err == nil {
			err = fmt.Errorf("%s: %w", what, desk.ErrNotFound)
		}
		return zero, err
	}
	return all[0], nil
}

// execOne runs a statement that must change exactly one row; desk.ErrNotFound
// when it changed none.
func execOne(ctx context.Context, tx *sql.Tx, what, query string, args ...any) error {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", what, desk.ErrNotFound)
	}
	return nil
}
