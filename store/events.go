package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daozhang/bot"
	"daozhang/transactions"
)

// replayBack is how far a replay of events goes back before the last one seen:
// replicas commit out of order. The reader drops what it has.
const replayBack = time.Minute

// overlapLimit bounds the part of a replay that was probably seen.
const overlapLimit = 500

// appendEvent adds one event inside the transaction that causes it. data must
// hold no customer text.
func (s *Store) appendEvent(ctx context.Context, tx *sql.Tx, kind string, subject, version int64, data map[string]any, at time.Time) error {
	if data == nil {
		data = map[string]any{}
	}
	b, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("event data: %w", err)
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO events (id, type, subject_id, version, data, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		s.NewID(), kind, subject, version, string(b), ms(at)); err != nil {
		return fmt.Errorf("append event: %w", err)
	}
	return nil
}

// EventsAfter gives the events after an id, oldest first, at most limit of
// them, preceded by those of the minute before it (the newest 500 of that
// minute). id 0 starts at the oldest kept.
func (s *Store) EventsAfter(ctx context.Context, id int64, limit int) ([]bot.Event, error) {
	var events []bot.Event
	if id > 0 {
		back := replayBack.Milliseconds() << 22 // see idSource
		overlap, err := s.events(ctx,
			`SELECT id, type, subject_id, version, data, at FROM
			   (SELECT * FROM events WHERE id > $1 AND id <= $2 ORDER BY id DESC LIMIT $3) AS newest ORDER BY id`,
			max(id-back, 0), id, overlapLimit)
		if err != nil {
			return nil, err
		}
		events = overlap
	}
	later, err := s.events(ctx,
		`SELECT id, type, subject_id, version, data, at FROM events WHERE id > $1 ORDER BY id LIMIT $2`, id, limit)
	if err != nil {
		return nil, err
	}
	return append(events, later...), nil
}

// LastEventID is where a reader that wants only news begins; 0 when there is
// no event.
func (s *Store) LastEventID(ctx context.Context) (int64, error) {
	var id sql.NullInt64
	if err := s.db.QueryRowContext(ctx, `SELECT MAX(id) FROM events`).Scan(&id); err != nil {
		return 0, fmt.Errorf("last event: %w", err)
	}
	return id.Int64, nil
}

// PruneEvents deletes the events before an instant and tells how many.
func (s *Store) PruneEvents(ctx context.Context, before time.Time) (int64, error) {
	res, err := s.db.ExecContext(ctx, `DELETE FROM events WHERE at < $1`, ms(before))
	if err != nil {
		return 0, fmt.Errorf("prune events: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("prune events: %w", err)
	}
	return n, nil
}

func (s *Store) events(ctx context.Context, query string, args ...any) ([]bot.Event, error) {
	return queryAll(ctx, s.db, func(r *sql.Rows) (e bot.Event, err error) {
		var data string
		var at int64
		err = r.Scan(&e.ID, &e.Type, &e.SubjectID, &e.Version, &data, &at)
		e.Data, e.At = json.RawMessage(data), atMS(at)
		return e, err //nolint:wrapcheck // wrapped by queryAll
	}, query, args...)
}

// sqlReader is a database or a transaction.
type sqlReader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// queryAll runs a query and reads every row, so that no connection stays busy.
func queryAll[T any](ctx context.Context, q sqlReader, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err below tells
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read row: %w", err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return out, nil
}

// atMS is the instant of a stored time, in Shanghai; the zero time for 0.
func atMS(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v).In(transactions.Shanghai)
}
