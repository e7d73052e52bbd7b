package store

import (
	"context"
	"database/sql"
	"fmt"

	"daozhang/bot/desk"
)

// Macros lists the canned replies by title.
func (s *Store) Macros(ctx context.Context) ([]desk.Macro, error) {
	return scanAll(ctx, s.db, "list macros", `SELECT id, title, text, shortcut, created_by, updated_at FROM macros ORDER BY title, id`, nil,
		func(row *sql.Rows, m *desk.Macro) error {
			var at int64
			err := row.Scan(&m.ID, &m.Title, &m.Text, &m.Shortcut, &m.CreatedBy, &at)
			m.UpdatedAt = shanghai(at)
			return err
		})
}

// SaveMacro stores a macro: a new one when its id is 0; desk.ErrNotFound when
// the id is unknown.
func (s *Store) SaveMacro(ctx context.Context, m desk.Macro, a desk.Audit) (desk.Macro, error) {
	m.UpdatedAt = s.now().In(zone)
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		if m.ID != 0 {
			return execOne(ctx, tx, "update macro", `UPDATE macros SET title = $1, text = $2, shortcut = $3, updated_at = $4 WHERE id = $5`,
				m.Title, m.Text, m.Shortcut, ms(m.UpdatedAt), m.ID)
		}
		m.ID = s.NewID()
		_, err := tx.ExecContext(ctx, `INSERT INTO macros (id, title, text, shortcut, created_by, updated_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			m.ID, m.Title, m.Text, m.Shortcut, m.CreatedBy, ms(m.UpdatedAt))
		if err != nil {
			return fmt.Errorf("create macro: %w", err)
		}
		return nil
	})
	return m, err
}

// DeleteMacro removes a macro; desk.ErrNotFound when there is none.
func (s *Store) DeleteMacro(ctx context.Context, id int64, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		return execOne(ctx, tx, "delete macro", `DELETE FROM macros WHERE id = $1`, id)
	})
}

// DeskNotices lists all notices, the one that ends last first.
func (s *Store) DeskNotices(ctx context.Context) ([]desk.Notice, error) {
	return scanAll(ctx, s.db, "list notices", `SELECT id, brand, title, text, from_at, until_at, published, created_by, created_at
		FROM notices ORDER BY until_at DESC, id DESC LIMIT 500`, nil, func(row *sql.Rows, n *desk.Notice) error {
		var from, until, created int64
		err := row.Scan(&n.ID, &n.Brand, &n.Title, &n.Text, &from, &until, asBool(&n.Published), &n.CreatedBy, &created)
		n.From, n.Until, n.CreatedAt = shanghai(from), shanghai(until), shanghai(created)
		return err
	})
}

// DeskSaveNotice stores a notice: a new one when its id is 0; desk.ErrNotFound
// when the id is unknown.
func (s *Store) DeskSaveNotice(ctx context.Context, n desk.Notice, a desk.Audit) (desk.Notice, error) {
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		if n.ID != 0 {
			if err := execOne(ctx, tx, "update notice",
				`UPDATE notices SET brand = $1, title = $2, text = $3, from_at = $4, until_at = $5, published = $6 WHERE id = $7`,
				n.Brand, n.Title, n.Text, ms(n.From), ms(n.Until), smallint(n.Published), n.ID); err != nil {
				return err
			}
			return s.tell(ctx, tx, desk.EventNotice, n.ID, 0)
		}
		n.ID, n.CreatedAt = s.NewID(), s.now().In(zone)
		_, err := tx.ExecContext(ctx, `INSERT INTO notices (id, brand, title, text, from_at, until_at, published, created_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			n.ID, n.Brand, n.Title, n.Text, ms(n.From), ms(n.Until), smallint(n.Published), n.CreatedBy, ms(n.CreatedAt))
		if err != nil {
			return fmt.Errorf("create notice: %w", err)
		}
		return s.tell(ctx, tx, desk.EventNotice, n.ID, 0)
	})
	return n, err
}

// DeskDeleteNotice removes a notice; desk.ErrNotFound when there is none.
func (s *Store) DeskDeleteNotice(ctx context.Context, id int64, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		if err := execOne(ctx, tx, "delete notice", `DELETE FROM notices WHERE id = $1`, id); err != nil {
			return err
		}
		return s.tell(ctx, tx, desk.EventNotice, id, 0)
	})
}
