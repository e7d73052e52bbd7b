package store

import (
	"context"
	"database/sql"
	"fmt"

	"daozhang/bot/desk"
)

// Channels lists every channel, by brand, kind and label.
func (s *Store) Channels(ctx context.Context) ([]desk.Channel, error) {
	return scanAll(ctx, s.db, "list channels", `SELECT id, brand, kind, value, label, source, verified_by, verified_at, expires_at
		FROM channels ORDER BY brand, kind, label, id`, nil, func(row *sql.Rows, c *desk.Channel) error {
		var verified, expires int64
		err := row.Scan(&c.ID, &c.Brand, &c.Kind, &c.Value, &c.Label, &c.Source, &c.VerifiedBy, &verified, &expires)
		c.VerifiedAt, c.ExpiresAt = shanghai(verified), shanghai(expires)
		return err
	})
}

// seedChannels writes the shipped rows while there is none.
func (s *Store) seedChannels(ctx context.Context, tx *sql.Tx, channels []desk.Channel) error {
	var n int64
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM channels`).Scan(&n); err != nil {
		return fmt.Errorf("count channels: %w", err)
	}
	if n > 0 {
		return nil
	}
	for _, c := range channels {
		c.ID = s.NewID()
		if err := s.insertChannel(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) insertChannel(ctx context.Context, tx *sql.Tx, c desk.Channel) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO channels (id, brand, kind, value, label, source, verified_by, verified_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c.ID, c.Brand, c.Kind, c.Value, c.Label, c.Source, c.VerifiedBy, ms(c.VerifiedAt), ms(c.ExpiresAt))
	if err != nil {
		return fmt.Errorf("create channel: %w", err)
	}
	return nil
}

// SaveChannel stores a channel: a new one when its id is 0; desk.ErrNotFound
// when the id is unknown. It is in force with the very next answer.
func (s *Store) SaveChannel(ctx context.Context, c desk.Channel, a desk.Audit) (desk.Channel, error) {
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		if c.ID == 0 {
			c.ID = s.NewID()
			if err := s.insertChannel(ctx, tx, c); err != nil {
				return err
			}
			return s.bumpKnowledge(ctx, tx)
		}
		if err := execOne(ctx, tx, "update channel", `UPDATE channels SET brand = $1, kind = $2, value = $3, label = $4, source = $5,
			verified_by = $6, verified_at = $7, expires_at = $8 WHERE id = $9`,
			c.Brand, c.Kind, c.Value, c.Label, c.Source, c.VerifiedBy, ms(c.VerifiedAt), ms(c.ExpiresAt), c.ID); err != nil {
			return err
		}
		return s.bumpKnowledge(ctx, tx)
	})
	return c, err
}

// DeleteChannel removes a channel; desk.ErrNotFound when there is none.
func (s *Store) DeleteChannel(ctx context.Context, id int64, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		if err := execOne(ctx, tx, "delete channel", `DELETE FROM channels WHERE id = $1`, id); err != nil {
			return err
		}
		return s.bumpKnowledge(ctx, tx)
	})
}
