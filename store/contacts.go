package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
)

// attemptsWindow is how long a bind request counts towards the lock-outs.
const attemptsWindow = 24 * time.Hour

// EnsureContact makes or finds a contact with its conversation, before it has
// written anything (replay, chat, an import).
func (s *Store) EnsureContact(ctx context.Context, appID, openID, nickname string) (contact, conversation int64, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx,
			`INSERT INTO contacts (id, app_id, openid, nickname, created_at) VALUES ($1, $2, $3, $4, $5)
			 ON CONFLICT (app_id, openid) DO UPDATE SET nickname = CASE WHEN excluded.nickname = '' THEN contacts.nickname ELSE excluded.nickname END
			 RETURNING id`, s.NewID(), appID, openID, nickname, ms(s.now())).Scan(&contact)
		if err != nil {
			return fmt.Errorf("contact: %w", err)
		}
		conversation, err = s.wantTurn(ctx, tx, contact, delivery.Inbound{AppID: appID, OpenID: openID, ReceivedAt: s.now()}, time.Time{})
		return err
	})
	return contact, conversation, err
}

// Bind ties a contact to a shop; a binding that exists gets the new role and
// name.
func (s *Store) Bind(ctx context.Context, contact int64, b bot.Binding) error {
	return s.tx(ctx, func(tx *sql.Tx) error { return s.bind(ctx, tx, contact, b) })
}

func (s *Store) bind(ctx context.Context, tx *sql.Tx, contact int64, b bot.Binding) error {
	if b.Role == "" {
		b.Role = "owner"
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO bindings (id, contact_id, merchant_no, role, name, verified_by, bound_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		 ON CONFLICT (contact_id, merchant_no) DO UPDATE SET role = excluded.role, name = excluded.name,
		   verified_by = excluded.verified_by, bound_at = excluded.bound_at`,
		s.NewID(), contact, b.MerchantNo, b.Role, b.Name, b.VerifiedBy, ms(b.BoundAt))
	if err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	return s.record(ctx, tx, contactAudit(contact, "binding.create", b.MerchantNo, b.Role+" by "+b.VerifiedBy))
}

// unbind ends a binding with the promises that depend on it.
func (s *Store) unbind(ctx context.Context, tx *sql.Tx, contact int64, merchantNo string, at time.Time) error {
	if err := s.endBinding(ctx, tx, contact, merchantNo, at); err != nil {
		return err
	}
	return s.record(ctx, tx, contactAudit(contact, "binding.end", merchantNo, "by the contact"))
}

func (s *Store) endBinding(ctx context.Context, tx *sql.Tx, contact int64, merchantNo string, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM bindings WHERE contact_id = $1 AND merchant_no = $2`, contact, merchantNo); err != nil {
		return fmt.Errorf("unbind: %w", err)
	}
	_, err := tx.ExecContext(ctx,
		`UPDATE watches SET state = 'closed', outcome = 'unbound', closed_at = $1
		 WHERE contact_id = $2 AND merchant_no = $3 AND state = 'open'`, ms(at), contact, merchantNo)
	if err != nil {
		return fmt.Errorf("close watches of the shop: %w", err)
	}
	return nil
}

// fillContact reads nickname, bindings and bind attempts.
func (s *Store) fillContact(ctx context.Context, q sqlReader, c *bot.Contact) error {
	now := s.now()
	since, err := s.countedSince(ctx, q, "contact", strconv.FormatInt(c.ID, 10), now)
	if err != nil {
		return err
	}
	err = q.QueryRowContext(ctx,
		`SELECT nickname, (SELECT COUNT(*) FROM bind_requests WHERE contact_id = $1 AND created_at > $2) FROM contacts WHERE id = $1`,
		c.ID, since).Scan(&c.Nickname, &c.BindAttempts)
	if err != nil {
		return fmt.Errorf("contact %d: %w", c.ID, err)
	}
	if err := s.fillCodes(ctx, q, c, since, now); err != nil {
		return err
	}
	c.Bindings, err = queryAll(ctx, q, func(r *sql.Rows) (b bot.Binding, err error) {
		var at int64
		err = r.Scan(&b.MerchantNo, &b.Role, &b.Name, &b.VerifiedBy, &at)
		b.BoundAt = atMS(at)
		return b, err //nolint:wrapcheck // wrapped by queryAll
	}, `SELECT merchant_no, role, name, verified_by, bound_at FROM bindings WHERE contact_id = $1 ORDER BY id`, c.ID)
	if err != nil {
		return fmt.Errorf("bindings of contact %d: %w", c.ID, err)
	}
	return nil
}

// CreateScene stores a one-time binding scene; token is what the QR code
// carries and must not be guessable (32 hex digits or more).
func (s *Store) CreateScene(ctx context.Context, sc bot.Scene, createdBy string, expires time.Time) error {
	if len(sc.Token) < 32 || len(sc.Token) > 64 {
		return errors.New("a scene token has 32 to 64 characters")
	}
	_, err := s.db.ExecContext(ctx,
		`INSERT INTO scenes (token, merchant_no, role, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		sc.Token, sc.MerchantNo, sc.Role, createdBy, ms(s.now()), ms(expires))
	if err != nil {
		return fmt.Errorf("create scene: %w", err)
	}
	return nil
}

// resolveScene puts the scene of the last scan among the messages into the
// input: the valid one, or the fact that it was refused. Expired, used and
// unknown scenes look the same.
func (s *Store) resolveScene(ctx context.Context, q sqlReader, in *bot.Input, said []delivery.Inbound, now time.Time) error {
	token := ""
	for _, m := range said {
		if m.Kind == delivery.KindEvent && (m.Event == "SCAN" || m.Event == "subscribe") && m.EventKey != "" {
			token = m.EventKey
		}
	}
	if token == "" {
		return nil
	}
	sc := bot.Scene{Token: token}
	err := q.QueryRowContext(ctx,
		`SELECT s.merchant_no, s.role, COALESCE(m.name, '') FROM scenes s LEFT JOIN merchants m ON m.merchant_no = s.merchant_no
		 WHERE s.token = $1 AND s.used_at = 0 AND s.expires_at > $2`, token, ms(now)).
		Scan(&sc.MerchantNo, &sc.Role, &sc.ShopName)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		in.SceneRejected = true
		return nil
	case err != nil:
		return fmt.Errorf("resolve scene: %w", err)
	}
	in.Scene = &sc
	return nil
}

// useScene binds by a scene, once: a scene that somebody else used meanwhile
// is a conflict, and the turn is run again.
func (s *Store) useScene(ctx context.Context, tx *sql.Tx, contact int64, sc bot.Scene, at time.Time) error {
	res, err := tx.ExecContext(ctx,
		`UPDATE scenes SET used_at = $1, used_by = $2 WHERE token = $3 AND merchant_no = $4 AND used_at = 0 AND expires_at > $1`,
		ms(at), contact, sc.Token, sc.MerchantNo)
	if err != nil {
		return fmt.Errorf("use scene: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(bot.ErrConflict, err)
	}
	return s.bind(ctx, tx, contact, bot.Binding{MerchantNo: sc.MerchantNo, Role: sc.Role, VerifiedBy: "scene", BoundAt: at})
}
