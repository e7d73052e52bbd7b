package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daozhang/bot/desk"
	"daozhang/transactions"
)

var zone = transactions.Shanghai //nolint:gochecknoglobals // read-only

const userColumns = `id, name, display_name, role, password_hash, disabled, must_change, presence, presence_at,
	failed_logins, locked_until, created_at`

func scanUser(row *sql.Rows, u *desk.User) error {
	var presenceAt, locked, created int64
	err := row.Scan(&u.ID, &u.Name, &u.DisplayName, &u.Role, &u.PasswordHash, asBool(&u.Disabled), asBool(&u.MustChange),
		&u.Presence, &presenceAt, &u.FailedLogins, &locked, &created)
	u.PresenceAt, u.LockedUntil, u.CreatedAt = shanghai(presenceAt), shanghai(locked), shanghai(created)
	return err
}

// Users lists all users by name.
func (s *Store) Users(ctx context.Context) ([]desk.User, error) {
	return scanAll(ctx, s.db, "list users", `SELECT `+userColumns+` FROM users ORDER BY name`, nil, scanUser)
}

// User by id; desk.ErrNotFound when there is none.
func (s *Store) User(ctx context.Context, id int64) (desk.User, error) {
	return scanOne(ctx, s.db, "read user", `SELECT `+userColumns+` FROM users WHERE id = $1`, []any{id}, scanUser)
}

// UserByName for signing in; desk.ErrNotFound when there is none.
func (s *Store) UserByName(ctx context.Context, name string) (desk.User, error) {
	return scanOne(ctx, s.db, "read user", `SELECT `+userColumns+` FROM users WHERE name = $1`, []any{name}, scanUser)
}

// CreateUser stores a new user; ID and CreatedAt are given by the store. A
// name that is taken is a *desk.Refusal (Exists).
func (s *Store) CreateUser(ctx context.Context, u desk.User, a desk.Audit) (desk.User, error) {
	u.ID, u.CreatedAt, u.Presence = s.NewID(), s.now().In(zone), desk.Offline
	err := s.audited(ctx, a, func(tx *sql.Tx) error { return s.insertUser(ctx, tx, u) })
	return u, err
}

func (s *Store) insertUser(ctx context.Context, tx *sql.Tx, u desk.User) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO users (id, name, display_name, role, password_hash, disabled, must_change, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING`,
		u.ID, u.Name, u.DisplayName, string(u.Role), u.PasswordHash, smallint(u.Disabled), smallint(u.MustChange), ms(u.CreatedAt))
	if err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	if n == 0 {
		return &desk.Refusal{Kind: desk.Exists}
	}
	return nil
}

// UpdateUser changes display name, role and disabled. Disabling ends the
// user's sessions. The last living administrator stays one (*desk.Refusal
// LastOne).
func (s *Store) UpdateUser(ctx context.Context, u desk.User, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		if err := execOne(ctx, tx, "update user", `UPDATE users SET display_name = $1, role = $2, disabled = $3 WHERE id = $4`,
			u.DisplayName, string(u.Role), smallint(u.Disabled), u.ID); err != nil {
			return err
		}
		var admins int64
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM users WHERE role = $1 AND disabled = 0`, string(desk.Admin)).Scan(&admins); err != nil {
			return fmt.Errorf("count administrators: %w", err)
		}
		if admins == 0 {
			return &desk.Refusal{Kind: desk.LastOne}
		}
		if !u.Disabled {
			return nil
		}
		return s.endSessions(ctx, tx, u.ID, "")
	})
}

// SetPassword stores a new hash, clears the lock-out and ends the user's
// sessions except the one kept ("" = all).
func (s *Store) SetPassword(ctx context.Context, userID int64, hash string, mustChange bool, keep string, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		if err := execOne(ctx, tx, "set password",
			`UPDATE users SET password_hash = $1, must_change = $2, failed_logins = 0, locked_until = 0 WHERE id = $3`,
			hash, smallint(mustChange), userID); err != nil {
			return err
		}
		return s.endSessions(ctx, tx, userID, keep)
	})
}

// LoginFailed counts a wrong password and locks the account as desk.LockFor
// says. It returns until when it is locked; the zero time = it is not.
func (s *Store) LoginFailed(ctx context.Context, userID int64, a desk.Audit) (time.Time, error) {
	var until time.Time
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx,
			`UPDATE users SET failed_logins = failed_logins + 1 WHERE id = $1 RETURNING failed_logins`, userID).Scan(&n)
		if err != nil {
			return fmt.Errorf("count wrong password: %w", err)
		}
		lock := desk.LockFor(n)
		if lock == 0 {
			return nil
		}
		until = s.now().Add(lock).In(zone)
		if _, err := tx.ExecContext(ctx, `UPDATE users SET locked_until = $1 WHERE id = $2`, ms(until), userID); err != nil {
			return fmt.Errorf("lock user: %w", err)
		}
		return nil
	})
	return until, err
}

// SetPresence notes that a user takes cases or not. The console is told only
// when it changed.
func (s *Store) SetPresence(ctx context.Context, userID int64, p desk.Presence) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var before desk.User
		err := tx.QueryRowContext(ctx, `SELECT presence FROM users WHERE id = $1`, userID).Scan(&before.Presence)
		if errors.Is(err, sql.ErrNoRows) {
			return desk.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("read presence: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET presence = $1, presence_at = $2 WHERE id = $3`,
			string(p), ms(s.now()), userID); err != nil {
			return fmt.Errorf("set presence: %w", err)
		}
		if before.Presence == p {
			return nil
		}
		return s.tell(ctx, tx, desk.EventPresence, userID, 0)
	})
}

// Loads are the users who may own conversations, with how many they have.
func (s *Store) Loads(ctx context.Context) ([]desk.Load, error) {
	users, err := scanAll(ctx, s.db, "list agents", `SELECT `+userColumns+` FROM users
		WHERE disabled = 0 AND role <> $1 ORDER BY display_name, name`, []any{string(desk.Auditor)}, scanUser)
	if err != nil {
		return nil, err
	}
	type owned struct{ user, n int64 }
	counts, err := scanAll(ctx, s.db, "count conversations",
		`SELECT assignee_id, COUNT(*) FROM conversations WHERE status = 'human' GROUP BY assignee_id`, nil,
		func(row *sql.Rows, o *owned) error { return row.Scan(&o.user, &o.n) })
	if err != nil {
		return nil, err
	}
	open := make(map[int64]int64, len(counts))
	for _, c := range counts {
		open[c.user] = c.n
	}
	loads := make([]desk.Load, len(users))
	for i, u := range users {
		loads[i] = desk.Load{User: u, Open: open[u.ID]}
	}
	return loads, nil
}

// smallint is the storage form of a boolean.
func smallint(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// boolScan reads a SMALLINT into a bool.
type boolScan struct{ to *bool }

func asBool(to *bool) boolScan { return boolScan{to} }

// Scan implements sql.Scanner.
func (b boolScan) Scan(v any) error {
	switch n := v.(type) {
	case int64:
		*b.to = n != 0
	case nil:
		*b.to = false
	default:
		return fmt.Errorf("cannot read %T as a boolean", v)
	}
	return nil
}
