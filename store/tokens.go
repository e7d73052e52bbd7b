package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"daozhang/bot/desk"
)

const tokenColumns = `id, name, token_hash, scopes, created_by, created_at, last_used_at, revoked_at`

func scanToken(row *sql.Rows, t *desk.Token) error {
	var scopes string
	var created, used, revoked int64
	if err := row.Scan(&t.ID, &t.Name, &t.Hash, &scopes, &t.CreatedBy, &created, &used, &revoked); err != nil {
		return err
	}
	t.CreatedAt, t.LastUsedAt, t.RevokedAt = shanghai(created), shanghai(used), shanghai(revoked)
	return json.Unmarshal([]byte(scopes), &t.Scopes)
}

// Tokens lists all API tokens, newest first.
func (s *Store) Tokens(ctx context.Context) ([]desk.Token, error) {
	return scanAll(ctx, s.db, "list tokens", `SELECT `+tokenColumns+` FROM api_tokens ORDER BY id DESC`, nil, scanToken)
}

// TokenByHash for a request; desk.ErrNotFound when there is none.
func (s *Store) TokenByHash(ctx context.Context, hash string) (desk.Token, error) {
	return scanOne(ctx, s.db, "read token", `SELECT `+tokenColumns+` FROM api_tokens WHERE token_hash = $1`, []any{hash}, scanToken)
}

// CreateToken stores a new token; ID and CreatedAt are given by the store.
func (s *Store) CreateToken(ctx context.Context, t desk.Token, a desk.Audit) (desk.Token, error) {
	t.ID, t.CreatedAt = s.NewID(), s.now().In(zone)
	scopes, err := json.Marshal(t.Scopes)
	if err != nil {
		return t, fmt.Errorf("encode scopes: %w", err)
	}
	err = s.audited(ctx, a, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO api_tokens (id, name, token_hash, scopes, created_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, t.ID, t.Name, t.Hash, string(scopes), t.CreatedBy, ms(t.CreatedAt)); err != nil {
			return fmt.Errorf("create token: %w", err)
		}
		return nil
	})
	return t, err
}

// TouchToken notes that a token was used.
func (s *Store) TouchToken(ctx context.Context, id int64) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE api_tokens SET last_used_at = $1 WHERE id = $2`, ms(s.now()), id); err != nil {
		return fmt.Errorf("touch token: %w", err)
	}
	return nil
}

// RevokeToken ends a token for good; desk.ErrNotFound when there is none that
// lives.
func (s *Store) RevokeToken(ctx context.Context, id int64, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		return execOne(ctx, tx, "revoke token", `UPDATE api_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, ms(s.now()), id)
	})
}
