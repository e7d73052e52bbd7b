package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RowResult is what became of one row of an upsert.
type RowResult struct {
	Outcome Outcome
	// Reason says in Chinese why a row was rejected, Column which value of it is
	// at fault; "" otherwise.
	Column, Reason string
	// Touched are the transactions of the row's merchant whose payout may have
	// changed with it; open promises of that merchant were woken.
	Touched []string
}

// Outcome of a row.
type Outcome string

// The closed list of outcomes.
const (
	Inserted  Outcome = "inserted"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Rejected  Outcome = "rejected"
)

// batchRows bounds the rows that are held and merged at once. Usually they are
// one database transaction, for which others who write wait; a bulk import pays
// per page that a transaction touches and takes bulkRows.
const (
	batchRows = 1000
	bulkRows  = 20_000
)

// rowsPerTx bounds the rows of one database transaction.
func (s *Store) rowsPerTx() int {
	if s.bulk {
		return bulkRows
	}
	return batchRows
}

// change is one row written: old is nil for a new one.
type change[T any] struct{ old, new *T }

// rules are what one kind of row adds to the upsert.
type rules[T any] struct {
	// normalise completes a row before its key is read.
	normalise func(row *T) refusal
	// merge checks and completes the merged row; old is nil for a new one.
	merge func(old, incoming, merged *T) refusal
	// after runs in the same transaction with the rows that changed.
	after func(ctx context.Context, tx *sql.Tx, changes []change[T]) error
	// merchant and touched tell whose promises to wake.
	merchant func(*T) string
	touched  func(*T) []string
}

// refusal rejects a row; the zero value does not.
type refusal struct{ column, reason string }

func (r refusal) result() RowResult {
	return RowResult{Outcome: Rejected, Column: r.column, Reason: r.reason}
}

// entry is the state of one key during a batch.
type entry[T any] struct {
	stored  *T // nil = not in the database
	current T
	exists  bool
	dirty   bool // seen_at or more has to be written
	changed bool
}

// upsert writes rows in batches, each one transaction. columns are the ones
// that the file has: the others keep what is stored; nil means all.
func upsert[T any](ctx context.Context, s *Store, t table[T], ru rules[T], columns []string, rows []T) ([]RowResult, error) {
	present, err := t.present(columns)
	if err != nil {
		return nil, err
	}
	results := make([]RowResult, 0, len(rows))
	for chunk := range slices.Chunk(rows, s.rowsPerTx()) {
		out, err := upsertBatch(ctx, s, t, ru, present, chunk)
		if err != nil {
			return results, fmt.Errorf("write %s: %w", t.name, err)
		}
		results = append(results, out...)
	}
	return results, nil
}

// present picks the columns a file has, in table order, without the keys.
func (t table[T]) present(names []string) ([]column[T], error) {
	if names == nil {
		return t.columns[t.keys:], nil
	}
	var out []column[T]
	known := 0
	for i, c := range t.columns {
		if !slices.Contains(names, c.name) {
			continue
		}
		known++
		if i >= t.keys {
			out = append(out, c)
		}
	}
	if known != len(names) {
		for _, n := range names {
			if !slices.ContainsFunc(t.columns, func(c column[T]) bool { return c.name == n }) {
				return nil, fmt.Errorf("%s has no column %q", t.name, n)
			}
		}
	}
	return out, nil
}

// keyed is one incoming row under its key and place in the call.
type keyed struct {
	key   string
	index int
}

// upsertBatch is one database transaction. Rows are taken in key order: every
// index of a ledger table begins with the merchant, so that each of its pages is
// touched in one go, and once, whatever the order of the file. Rows of one key
// keep their order.
func upsertBatch[T any](ctx context.Context, s *Store, t table[T], ru rules[T], present []column[T], rows []T) ([]RowResult, error) {
	now := s.now()
	results := make([]RowResult, len(rows))
	incoming := slices.Clone(rows)
	order := make([]keyed, 0, len(rows))
	for i := range incoming {
		if no := ru.normalise(&incoming[i]); no.reason != "" {
			results[i] = no.result()
			continue
		}
		order = append(order, keyed{keyText(t.key(&incoming[i])), i})
	}
	slices.SortStableFunc(order, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	err := s.tx(ctx, func(tx *sql.Tx) error {
		// Serialises writers of the ledger on PostgreSQL, where two could
		// otherwise read the same row before either wrote it.
		if err := s.lockLedger(ctx, tx); err != nil {
			return err
		}
		for some := range slices.Chunk(order, batchRows) {
			entries, err := loadEntries(ctx, s, tx, t, incoming, some)
			if err != nil {
				return err
			}
			for i, k := range some {
				results[k.index] = apply(t, ru, present, entries[i], &incoming[k.index], now)
			}
			if err := writeEntries(ctx, s, tx, t, ru, entries, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// apply merges one incoming row into its entry.
func apply[T any](t table[T], ru rules[T], present []column[T], e *entry[T], incoming *T, now time.Time) RowResult {
	merged := e.current
	if !e.exists {
		for _, c := range t.columns[:t.keys] {
			_ = c.of(&merged).Scan(c.of(incoming).value()) // its own storage form
		}
	}
	for _, c := range present {
		_ = c.of(&merged).Scan(c.of(incoming).value())
	}
	var old *T
	if e.exists {
		old = &e.current
	}
	if no := ru.merge(old, incoming, &merged); no.reason != "" {
		return no.result()
	}
	differs := !e.exists
	for _, c := range t.columns[t.keys:] {
		if differs {
			break
		}
		differs = c.of(&e.current).value() != c.of(&merged).value()
	}
	seen := *t.seen(incoming)
	if seen.IsZero() {
		seen = now
	}
	if stored := *t.seen(&e.current); stored.After(seen) {
		seen = stored
	}
	*t.seen(&merged) = seen
	res := RowResult{Outcome: Unchanged}
	switch {
	case !e.exists:
		res = RowResult{Outcome: Inserted, Touched: ru.touched(&merged)}
	case differs:
		res = RowResult{Outcome: Updated, Touched: ru.touched(&merged)}
	}
	e.current, e.exists, e.dirty = merged, true, true
	e.changed = e.changed || differs
	return res
}

// loadEntries reads what is stored under the keys of rows in key order: one
// entry a row, the same one for the same key.
func loadEntries[T any](ctx context.Context, s *Store, tx *sql.Tx, t table[T], rows []T, order []keyed) ([]*entry[T], error) {
	entries := make([]*entry[T], len(order))
	byKey := make(map[string]*entry[T], len(order))
	slab := make([]entry[T], len(order)) // one allocation for all
	var keys [][]string
	for i, k := range order {
		if i > 0 && order[i-1].key == k.key {
			entries[i] = entries[i-1]
			continue
		}
		entries[i] = &slab[i]
		byKey[k.key] = entries[i]
		keys = append(keys, t.key(&rows[k.index]))
	}
	on := make([]string, 0, t.keys)
	for i, c := range t.columns[:t.keys] {
		on = append(on, fmt.Sprintf("t.%s = k.value->>%d", c.name, i))
	}
	found, err := selectRows(ctx, s, tx, t, t.name+" t", strings.Join(on, " AND "), keys)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if e := byKey[keyText(t.key(&found[i]))]; e != nil {
			e.stored, e.current, e.exists = &found[i], found[i], true
		}
	}
	return entries, nil
}

// writeEntries stores what changed (entries in key order, repeated for equal keys), then wakes and keeps the indexes in step.
func writeEntries[T any](ctx context.Context, s *Store, tx *sql.Tx, t table[T], ru rules[T], order []*entry[T], now time.Time) error {
	var write []*T
	var changes []change[T]
	touch := map[int64][][]string{} // by seen_at
	var merchants [][]string
	woken := map[string]bool{}
	for i, e := range order {
		if !e.dirty || i > 0 && order[i-1] == e {
			continue
		}
		switch seen := *t.seen(&e.current); {
		case e.changed || e.stored == nil:
			write = append(write, &e.current)
		case !t.seen(e.stored).Equal(seen):
			touch[ms(seen)] = append(touch[ms(seen)], t.key(&e.current))
		}
		if e.changed {
			changes = append(changes, change[T]{e.stored, &e.current})
			if no := ru.merchant(&e.current); !woken[no] {
				woken[no] = true
				merchants = append(merchants, []string{no})
			}
		}
	}
	if err := insertRows(ctx, s, tx, t, write); err != nil {
		return err
	}
	if err := touchRows(ctx, s, tx, t, touch); err != nil {
		return err
	}
	if len(changes) == 0 {
		return nil
	}
	if ru.after != nil {
		if err := ru.after(ctx, tx, changes); err != nil {
			return err
		}
	}
	return s.wakeWatches(ctx, tx, merchants, now)
}

// touchRows notes when unchanged rows were last seen: that and no more, since
// writing them whole would write their indexes again.
func touchRows[T any](ctx context.Context, s *Store, tx *sql.Tx, t table[T], bySeen map[int64][][]string) error {
	var names, values []string
	for i, c := range t.columns[:t.keys] {
		names = append(names, c.name)
		values = append(values, fmt.Sprintf("value->>%d", i))
	}
	for seen, keys := range bySeen {
		_, err := tx.ExecContext(ctx, `UPDATE `+t.name+` SET seen_at = $1 WHERE (`+strings.Join(names, ", ")+`) IN (SELECT `+
			strings.Join(values, ", ")+` FROM `+s.jsonRows("$2")+`)`, seen, jsonText(keys))
		if err != nil {
			return fmt.Errorf("touch: %w", err)
		}
	}
	return nil
}

// insertRows writes whole rows, several a statement where that is faster.
func insertRows[T any](ctx context.Context, s *Store, tx *sql.Tx, t table[T], rows []*T) error {
	for len(rows) > 0 {
		n := min(s.rowsPerInsert(), len(rows))
		whole := len(rows) - len(rows)%n
		if err := insertBatches(ctx, tx, t, rows[:whole], n); err != nil {
			return err
		}
		rows = rows[whole:]
	}
	return nil
}

// insertBatches writes rows, a multiple of n, with one statement of n rows.
func insertBatches[T any](ctx context.Context, tx *sql.Tx, t table[T], rows []*T, n int) error {
	stmt, err := tx.PrepareContext(ctx, t.insertText(n))
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer stmt.Close() //nolint:errcheck // the transaction's end tells
	args := make([]any, 0, n*(len(t.columns)+1))
	for ; len(rows) > 0; rows = rows[n:] {
		args = args[:0]
		for _, r := range rows[:n] {
			args = t.values(args, r)
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("insert: %w", err)
		}
	}
	return nil
}

// insertText is the upsert statement for n rows.
func (t table[T]) insertText(n int) string {
	names := make([]string, 0, len(t.columns)+1)
	sets := make([]string, 0, len(t.columns)+1)
	for i, c := range t.columns {
		names = append(names, c.name)
		if i >= t.keys {
			sets = append(sets, c.name+" = excluded."+c.name)
		}
	}
	names = append(names, "seen_at")
	sets = append(sets, "seen_at = excluded.seen_at")
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", t.name, strings.Join(names, ", "))
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range names {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i*len(names) + j + 1))
		}
		b.WriteByte(')')
	}
	fmt.Fprintf(&b, " ON CONFLICT (%s) DO UPDATE SET %s", strings.Join(names[:t.keys], ", "), strings.Join(sets, ", "))
	return b.String()
}

// wakeWatches lets the follow-up loop look again at the promises made to
// these merchants.
func (s *Store) wakeWatches(ctx context.Context, tx *sql.Tx, merchants [][]string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE watches SET check_at = $1 WHERE state = 'open' AND check_at > $1
		AND merchant_no IN (SELECT value->>0 FROM `+s.jsonRows("$2")+`)`, ms(now), jsonText(merchants))
	if err != nil {
		return fmt.Errorf("wake watches: %w", err)
	}
	return nil
}

// lockLedger makes writers of the ledger take turns; SQLite has one anyway.
func (s *Store) lockLedger(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO sequences (name, value) VALUES ('ledger', 1)
		ON CONFLICT (name) DO UPDATE SET value = sequences.value + 1`)
	if err != nil {
		return fmt.Errorf("lock ledger: %w", err)
	}
	return nil
}

// selectRows reads the rows that join the given key rows. condition names the
// key values k.value->>0, k.value->>1, …
func selectRows[T any](ctx context.Context, s *Store, tx querier, t table[T], from, condition string, keys [][]string) ([]T, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	// CROSS JOIN keeps SQLite from making the big table the outer loop.
	return queryRows(ctx, tx, t, `SELECT `+t.selectList("t")+` FROM `+s.jsonRows("$1")+` k CROSS JOIN `+from+
		` WHERE `+condition, jsonText(keys))
}

// querier is what the ledger needs of a transaction: whole result sets only.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// queryRows scans whole rows of a table.
func queryRows[T any](ctx context.Context, tx querier, t table[T], query string, args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []T
	for rows.Next() {
		var r T
		if err := rows.Scan(t.fields(&r)...); err != nil {
			return nil, fmt.Errorf("scan %s: %w", t.name, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// jsonRows is a table of the JSON arrays in a parameter, one column "value".
// A list as one parameter keeps statements few and short on both engines.
func (s *Store) jsonRows(param string) string {
	if s.dialect.name == "postgres" {
		return "jsonb_array_elements(" + param + "::jsonb)"
	}
	return "json_each(" + param + ")"
}

// rowsPerInsert: PostgreSQL wants few round trips; SQLite has none, and its
// driver binds long parameter lists in quadratic time.
func (s *Store) rowsPerInsert() int {
	if s.dialect.name == "postgres" {
		return 250
	}
	return 1
}

// jsonText is a parameter for jsonRows; no rows are an empty array.
func jsonText(v any) string {
	b, _ := json.Marshal(v) // strings always encode
	if string(b) == "null" {
		return "[]"
	}
	return string(b)
}

func keyText(key []string) string { return strings.Join(key, "\x00") }
