package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"daozhang/bot/desk"
)

// StartSession stores a session after a right password, clears the count of
// wrong ones and forgets the user's dead sessions.
func (s *Store) StartSession(ctx context.Context, n desk.Session, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE users SET failed_logins = 0, locked_until = 0 WHERE id = $1`, n.UserID); err != nil {
			return fmt.Errorf("clear wrong passwords: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at < $1 OR last_seen_at < $2`,
			ms(s.now()), ms(s.now().Add(-desk.SessionIdle))); err != nil {
			return fmt.Errorf("forget sessions: %w", err)
		}
		return s.insertSession(ctx, tx, n)
	})
}

func (s *Store) insertSession(ctx context.Context, tx *sql.Tx, n desk.Session) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO sessions (token_hash, user_id, csrf, created_at, last_seen_at, expires_at, client)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		n.TokenHash, n.UserID, n.CSRF, ms(n.CreatedAt), ms(n.LastSeenAt), ms(n.ExpiresAt), n.Client)
	if err != nil {
		return fmt.Errorf("create session: %w", err)
	}
	return nil
}

// Session by the hash of its cookie, with its user; desk.ErrNotFound when
// there is none. Whether it is still live is for the caller.
func (s *Store) Session(ctx context.Context, tokenHash string) (desk.Session, desk.User, error) {
	n, err := scanOne(ctx, s.db, "read session", `SELECT token_hash, user_id, csrf, created_at, last_seen_at, expires_at, client
		FROM sessions WHERE token_hash = $1`, []any{tokenHash}, func(row *sql.Rows, n *desk.Session) error {
		var created, seen, expires int64
		err := row.Scan(&n.TokenHash, &n.UserID, &n.CSRF, &created, &seen, &expires, &n.Client)
		n.CreatedAt, n.LastSeenAt, n.ExpiresAt = shanghai(created), shanghai(seen), shanghai(expires)
		return err
	})
	if err != nil {
		return n, desk.User{}, err
	}
	u, err := s.User(ctx, n.UserID)
	return n, u, err
}

// TouchSession notes a sign of life.
func (s *Store) TouchSession(ctx context.Context, tokenHash string) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE sessions SET last_seen_at = $1 WHERE token_hash = $2`, ms(s.now()), tokenHash); err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// EndSession signs one browser out.
func (s *Store) EndSession(ctx context.Context, tokenHash string, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = $1`, tokenHash); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// endSessions ends a user's sessions except the one kept.
func (s *Store) endSessions(ctx context.Context, tx *sql.Tx, userID int64, keep string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2`, userID, keep); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// SetupNeeded reports that nobody can sign in yet.
func (s *Store) SetupNeeded(ctx context.Context) (bool, error) {
	var n int64
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM users WHERE password_hash <> ''`).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("count users: %w", err)
	}
	return n == 0, nil
}

// CreateSetupLink replaces every earlier set-up link: only the newest works.
func (s *Store) CreateSetupLink(ctx context.Context, tokenHash string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM setup_links`); err != nil {
			return fmt.Errorf("replace set-up link: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO setup_links (token_hash, expires_at) VALUES ($1, $2)`,
			tokenHash, ms(s.now().Add(desk.SetupTTL))); err != nil {
			return fmt.Errorf("create set-up link: %w", err)
		}
		return nil
	})
}

// UseSetupLink creates the first administrator with a link that works once.
// *desk.Refusal: Expired (used, unknown, too old), Exists (somebody can sign
// in already).
func (s *Store) UseSetupLink(ctx context.Context, tokenHash string, u desk.User, a desk.Audit) (desk.User, error) {
	u.ID, u.CreatedAt, u.Presence = s.NewID(), s.now().In(zone), desk.Offline
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		var users int64
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM users WHERE password_hash <> ''`).Scan(&users); err != nil {
			return fmt.Errorf("count users: %w", err)
		}
		if users > 0 {
			return &desk.Refusal{Kind: desk.Exists}
		}
		err := execOne(ctx, tx, "use set-up link", `UPDATE setup_links SET used_at = $1 WHERE token_hash = $2 AND used_at = 0 AND expires_at > $3`,
			ms(s.now()), tokenHash, ms(s.now()))
		if errors.Is(err, desk.ErrNotFound) {
			return &desk.Refusal{Kind: desk.Expired}
		}
		if err != nil {
			return err
		}
		return s.insertUser(ctx, tx, u)
	})
	return u, err
}
