package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"daozhang/bot"
	"daozhang/bot/desk"
)

// DeskCodes lists one-time codes, newest first, below a code id (0 = the
// newest). Neither code nor digest is among what it reads.
func (s *Store) DeskCodes(ctx context.Context, before int64, limit int) ([]desk.BindCode, error) {
	var w where
	if before > 0 {
		w.add("b.id < ?", before)
	}
	q := `SELECT b.id, b.contact_id, b.conversation_id, k.openid, k.nickname, b.merchant_no, COALESCE(m.name, ''), b.account_last4, COALESCE(m.phone, ''),
		b.state, b.why, b.matches, b.wrong, b.sent_at, b.ended_at, b.created_at
		FROM bind_codes b JOIN contacts k ON k.id = b.contact_id LEFT JOIN merchants m ON m.merchant_no = b.merchant_no` +
		w.sql() + ` ORDER BY b.id DESC` + w.limit(limit)
	return scanAll(ctx, s.db, "list codes", q, w.args, func(row *sql.Rows, c *desk.BindCode) error {
		var sent, ended, created int64
		err := row.Scan(&c.ID, &c.ContactID, &c.ConversationID, &c.OpenID, &c.Nickname, &c.MerchantNo, &c.ShopName, &c.AccountLast4, &c.Phone,
			&c.State, &c.Why, asBool(&c.Matches), &c.Wrong, &sent, &ended, &created)
		c.SentAt, c.EndedAt, c.CreatedAt = shanghai(sent), shanghai(ended), shanghai(created)
		return err
	})
}

// DeskLocks lists who is locked now: contacts, then shops, most wrong answers
// first.
func (s *Store) DeskLocks(ctx context.Context) ([]desk.BindLock, error) {
	const q = `SELECT * FROM (
		SELECT 'contact' AS kind, CAST(b.contact_id AS TEXT) AS subject, MAX(k.openid) AS openid, MAX(k.nickname) AS name,
			COUNT(*) AS codes, COALESCE(SUM(b.wrong), 0) AS wrong, MAX(b.created_at) AS latest
		FROM bind_codes b JOIN contacts k ON k.id = b.contact_id
		LEFT JOIN bind_lifts l ON l.kind = 'contact' AND l.subject = CAST(b.contact_id AS TEXT)
		WHERE b.created_at > $1 AND b.created_at > COALESCE(l.lifted_at, 0) GROUP BY b.contact_id
		UNION ALL
		SELECT 'merchant', b.merchant_no, '', COALESCE(MAX(m.name), ''), COUNT(*), COALESCE(SUM(b.wrong), 0), MAX(b.created_at)
		FROM bind_codes b LEFT JOIN merchants m ON m.merchant_no = b.merchant_no
		LEFT JOIN bind_lifts l ON l.kind = 'merchant' AND l.subject = b.merchant_no
		WHERE b.created_at > $1 AND b.created_at > COALESCE(l.lifted_at, 0) AND b.matches = 1 AND b.why <> '` + whyLocked + `' GROUP BY b.merchant_no
		) AS counted WHERE codes >= $2 OR wrong >= $3 ORDER BY kind, wrong DESC, subject LIMIT 200`
	return scanAll(ctx, s.db, "list locks", q, []any{ms(s.now().Add(-attemptsWindow)), bot.CodesPerDay, bot.CodeTries},
		func(row *sql.Rows, l *desk.BindLock) error {
			var latest int64
			err := row.Scan(&l.Kind, &l.Subject, &l.OpenID, &l.Name, &l.Codes, &l.Wrong, &latest)
			l.Latest = shanghai(latest)
			l.Until = l.Latest.Add(attemptsWindow)
			return err
		})
}

// LiftLock lets a contact (by its id) or a shop (by its number) begin anew:
// attempts until now count no more. desk.ErrNotFound when there is no such one.
func (s *Store) LiftLock(ctx context.Context, kind, subject string, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		q, arg := `SELECT COUNT(*) FROM bind_codes WHERE merchant_no = $1`, any(subject)
		if kind == "contact" {
			id, err := strconv.ParseInt(subject, 10, 64)
			if err != nil {
				return desk.ErrNotFound
			}
			q, arg = `SELECT COUNT(*) FROM contacts WHERE id = $1`, id
		}
		var n int
		if err := tx.QueryRowContext(ctx, q, arg).Scan(&n); err != nil {
			return fmt.Errorf("find the locked: %w", err)
		}
		if n == 0 {
			return desk.ErrNotFound
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO bind_lifts (kind, subject, lifted_by, lifted_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (kind, subject) DO UPDATE SET lifted_by = excluded.lifted_by, lifted_at = excluded.lifted_at`,
			kind, subject, a.Actor, ms(s.now()))
		if err != nil {
			return fmt.Errorf("lift lock: %w", err)
		}
		return s.tell(ctx, tx, bot.EventBinding, 0, 0)
	})
}
