package store

import (
	"context"
	"database/sql"
	"fmt"

	"daozhang/bot/desk"
)

// Record writes an audit record of an access or of a change that another
// transaction made. ID and At are given by the store.
func (s *Store) Record(ctx context.Context, a desk.Audit) error {
	return s.tx(ctx, func(tx *sql.Tx) error { return s.record(ctx, tx, a) })
}

func (s *Store) record(ctx context.Context, tx *sql.Tx, a desk.Audit) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO audit (id, actor, action, subject, detail, client, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		s.NewID(), a.Actor, a.Action, a.Subject, a.Detail, a.Client, ms(s.now()))
	if err != nil {
		return fmt.Errorf("write audit %s: %w", a.Action, err)
	}
	return nil
}

// audited runs a change and its audit record in one transaction: there is no
// change without its record.
func (s *Store) audited(ctx context.Context, a desk.Audit, change func(*sql.Tx) error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		return s.record(ctx, tx, a)
	})
}

// tell writes an event for the console into the transaction of the change.
func (s *Store) tell(ctx context.Context, tx *sql.Tx, kind string, subject, version int64) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO events (id, type, subject_id, version, at) VALUES ($1, $2, $3, $4, $5)`,
		s.NewID(), kind, subject, version, ms(s.now()))
	if err != nil {
		return fmt.Errorf("write event %s: %w", kind, err)
	}
	return nil
}

// AuditRecords lists audit records, newest first.
func (s *Store) AuditRecords(ctx context.Context, f desk.AuditFilter) ([]desk.Audit, error) {
	var w where
	w.match("actor", f.Actor)
	w.match("action", f.Action)
	w.match("subject", f.Subject)
	if !f.From.IsZero() {
		w.add("at >= ?", ms(f.From))
	}
	if !f.To.IsZero() {
		w.add("at < ?", ms(f.To))
	}
	if f.BeforeID > 0 {
		w.add("id < ?", f.BeforeID)
	}
	q := `SELECT id, actor, action, subject, detail, client, at FROM audit` + w.sql() + ` ORDER BY id DESC` + w.limit(f.Limit)
	return scanAll(ctx, s.db, "list audit", q, w.args, func(row *sql.Rows, a *desk.Audit) error {
		var at int64
		err := row.Scan(&a.ID, &a.Actor, &a.Action, &a.Subject, &a.Detail, &a.Client, &at)
		a.At = shanghai(at)
		return err
	})
}
