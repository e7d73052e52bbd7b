package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
)

// DeskContact is a contact with its shops; desk.ErrNotFound when there is
// none.
func (s *Store) DeskContact(ctx context.Context, id int64) (desk.ContactView, error) {
	c, err := scanOne(ctx, s.db, "read contact", `SELECT t.id, t.app_id, t.openid, t.nickname, t.followed, t.quota, t.last_inbound_at,
		t.created_at, COALESCE(c.id, 0) FROM contacts t LEFT JOIN conversations c ON c.contact_id = t.id WHERE t.id = $1`, []any{id},
		func(row *sql.Rows, c *desk.ContactView) error {
			var last, created int64
			err := row.Scan(&c.ID, &c.AppID, &c.OpenID, &c.Nickname, asBool(&c.Followed), &c.Quota, &last, &created, &c.ConversationID)
			c.LastInboundAt, c.CreatedAt = shanghai(last), shanghai(created)
			return err
		})
	if err != nil {
		return c, err
	}
	c.Bindings, err = scanAll(ctx, s.db, "list bindings", `SELECT b.merchant_no, COALESCE(m.name, ''), COALESCE(m.brand, ''), b.role, b.verified_by, b.bound_at
		FROM bindings b LEFT JOIN merchants m ON m.merchant_no = b.merchant_no WHERE b.contact_id = $1 ORDER BY b.id`, []any{id},
		func(row *sql.Rows, b *desk.BindingView) error {
			var at int64
			err := row.Scan(&b.MerchantNo, &b.ShopName, &b.Brand, &b.Role, &b.VerifiedBy, &at)
			b.BoundAt = shanghai(at)
			return err
		})
	return c, err
}

// DeleteBinding unties a contact from a shop; desk.ErrNotFound when it was not
// tied. Open promises about the shop's money end with it.
func (s *Store) DeleteBinding(ctx context.Context, contactID int64, merchantNo string, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		if err := execOne(ctx, tx, "delete binding", `DELETE FROM bindings WHERE contact_id = $1 AND merchant_no = $2`,
			contactID, merchantNo); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE watches SET state = 'closed', outcome = 'unbound', closed_at = $1
			WHERE contact_id = $2 AND merchant_no = $3 AND state = 'open'`, ms(s.now()), contactID, merchantNo); err != nil {
			return fmt.Errorf("cancel watches: %w", err)
		}
		var conversation sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT MAX(id) FROM conversations WHERE contact_id = $1`, contactID).Scan(&conversation); err != nil {
			return fmt.Errorf("read conversation: %w", err)
		}
		return s.tell(ctx, tx, bot.EventStatus, conversation.Int64, 0)
	})
}

// DeskBindRequests lists bind requests: waiting ones oldest first, the others
// newest first, after a request id (0 = the beginning). state "" or "all"
// lists every one; contactID 0 = anybody's.
func (s *Store) DeskBindRequests(ctx context.Context, state string, contactID, after int64, limit int) ([]desk.BindRequest, error) {
	var w where
	order := " ORDER BY r.id DESC"
	cmp := "r.id < ?"
	if state == "waiting" {
		order, cmp = " ORDER BY r.id", "r.id > ?"
	}
	if state != "" && state != "all" {
		w.add("r.state = ?", state)
	}
	if contactID > 0 {
		w.add("r.contact_id = ?", contactID)
	}
	if after > 0 {
		w.add(cmp, after)
	}
	q := s.bindRequests(&w) + w.sql() + order + w.limit(limit)
	return scanAll(ctx, s.db, "list bind requests", q, w.args, scanBindRequest)
}

// DeskBindRequest by id; desk.ErrNotFound when there is none.
func (s *Store) DeskBindRequest(ctx context.Context, id int64) (desk.BindRequest, error) {
	var w where
	w.add("r.id = ?", id)
	return scanOne(ctx, s.db, "read bind request", s.bindRequests(&w)+w.sql(), w.args, scanBindRequest)
}

func (s *Store) bindRequests(w *where) string {
	return `SELECT r.id, r.contact_id, r.conversation_id, t.openid, t.nickname, r.merchant_no, COALESCE(m.name, ''), r.account_last4, r.matches,
		(SELECT COUNT(*) FROM bindings b WHERE b.merchant_no = r.merchant_no),
		(SELECT COUNT(*) FROM bind_requests x WHERE x.contact_id = r.contact_id AND x.created_at > ` + w.bind("?", ms(s.now().Add(-24*time.Hour))) + `),
		r.state, r.decided_by, r.decided_at, r.reason, r.created_at
		FROM bind_requests r JOIN contacts t ON t.id = r.contact_id LEFT JOIN merchants m ON m.merchant_no = r.merchant_no`
}

func scanBindRequest(row *sql.Rows, r *desk.BindRequest) error {
	var decided, created int64
	err := row.Scan(&r.ID, &r.ContactID, &r.ConversationID, &r.OpenID, &r.Nickname, &r.MerchantNo, &r.ShopName, &r.AccountLast4,
		asBool(&r.Matches), &r.BoundContacts, &r.Recent, &r.State, &r.DecidedBy, &decided, &r.Reason, &created)
	r.DecidedAt, r.CreatedAt = shanghai(decided), shanghai(created)
	return err
}

// DeskShops finds shops by number or part of the name, by number, after a
// number ("" = the beginning).
func (s *Store) DeskShops(ctx context.Context, query, after string, limit int) ([]desk.Shop, error) {
	var w where
	if query = strings.TrimSpace(query); query != "" {
		like := "%" + escapeLike(strings.ToLower(query)) + "%"
		w.add(`(m.merchant_no LIKE ? ESCAPE '\' OR LOWER(m.name) LIKE ? ESCAPE '\')`, like, like)
	}
	if after != "" {
		w.add("m.merchant_no > ?", after)
	}
	q := `SELECT m.merchant_no, m.name, m.brand, m.status, (SELECT COUNT(*) FROM bindings b WHERE b.merchant_no = m.merchant_no)
		FROM merchants m` + w.sql() + ` ORDER BY m.merchant_no` + w.limit(limit)
	return scanAll(ctx, s.db, "list shops", q, w.args, scanShop)
}

// DeskShop by number; desk.ErrNotFound when there is none.
func (s *Store) DeskShop(ctx context.Context, merchantNo string) (desk.Shop, error) {
	return scanOne(ctx, s.db, "read shop", `SELECT m.merchant_no, m.name, m.brand, m.status,
		(SELECT COUNT(*) FROM bindings b WHERE b.merchant_no = m.merchant_no) FROM merchants m WHERE m.merchant_no = $1`,
		[]any{merchantNo}, scanShop)
}

func scanShop(row *sql.Rows, m *desk.Shop) error {
	return row.Scan(&m.MerchantNo, &m.Name, &m.Brand, &m.Status, &m.BoundContacts)
}

// DeskCreateScene stores a one-time binding QR code with its audit record.
func (s *Store) DeskCreateScene(ctx context.Context, n desk.Scene, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO scenes (token, merchant_no, role, created_by, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, n.Token, n.MerchantNo, n.Role, n.CreatedBy, ms(n.CreatedAt), ms(n.ExpiresAt))
		if err != nil {
			return fmt.Errorf("create scene: %w", err)
		}
		return nil
	})
}
