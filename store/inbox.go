package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
)

// errDuplicate rolls an Accept back whose message is stored already.
var errDuplicate = errors.New("stored before")

// Accept stores an inbound message before it is acknowledged, in one
// transaction: contact and conversation exist, the message is in the inbox
// once, the conversation is due at due at the latest, the quota pool of the
// trigger is full again, and, with release, what waited for this contact goes
// out. A zero due stores a message that asks for no turn. A repeated message
// changes nothing and gives the id of the first.
func (s *Store) Accept(ctx context.Context, m delivery.Inbound, due time.Time, release bool) (id int64, duplicate bool, err error) {
	if m.ReceivedAt.IsZero() {
		m.ReceivedAt = s.now()
	}
	if id, err = s.inboxID(ctx, m); err != nil || id != 0 {
		return id, id != 0, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		contact, err := s.reachContact(ctx, tx, m)
		if err != nil {
			return err
		}
		conversation, err := s.wantTurn(ctx, tx, contact, m, due)
		if err != nil {
			return err
		}
		id, err = s.insertInbound(ctx, tx, conversation, m, due)
		if err != nil {
			return err
		}
		if !release {
			return nil
		}
		return s.releaseHeld(ctx, tx, conversation, m.ReceivedAt)
	})
	if errors.Is(err, errDuplicate) {
		id, err = s.inboxID(ctx, m)
		return id, true, err
	}
	if err != nil {
		return 0, false, fmt.Errorf("accept inbound: %w", err)
	}
	return id, false, nil
}

// inboxID finds a message by its deduplication key; 0 when it is new.
func (s *Store) inboxID(ctx context.Context, m delivery.Inbound) (int64, error) {
	var id int64
	err := s.db.QueryRowContext(ctx, `SELECT id FROM inbox WHERE app_id = $1 AND dedupe_key = $2`, m.AppID, m.DedupeKey).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("look for inbound: %w", err)
	}
	return id, nil
}

// reachContact makes or finds the contact, refills the quota pool that the
// message triggers, and keeps the row locked until the end of the transaction.
func (s *Store) reachContact(ctx context.Context, tx *sql.Tx, m delivery.Inbound) (int64, error) {
	var id int64
	var stored string
	followed := 1
	if m.Kind == delivery.KindEvent && m.Event == "unsubscribe" {
		followed = 0
	}
	err := tx.QueryRowContext(ctx,
		`INSERT INTO contacts (id, app_id, openid, followed, last_inbound_at, created_at) VALUES ($1, $2, $3, $4, $5, $5)
		 ON CONFLICT (app_id, openid) DO UPDATE SET followed = excluded.followed, last_inbound_at = excluded.last_inbound_at
		 RETURNING id, quota`,
		s.NewID(), m.AppID, m.OpenID, followed, ms(m.ReceivedAt)).Scan(&id, &stored)
	if err != nil {
		return 0, fmt.Errorf("contact: %w", err)
	}
	pool, ok := delivery.PoolOf(m)
	if !ok {
		return id, nil
	}
	quota, err := parseQuota(stored)
	if err != nil {
		return 0, err
	}
	return id, s.saveQuota(ctx, tx, id, quota.Trigger(pool, m.ReceivedAt))
}

// wantTurn makes or finds the conversation and brings its due time forward.
func (s *Store) wantTurn(ctx context.Context, tx *sql.Tx, contact int64, m delivery.Inbound, due time.Time) (int64, error) {
	var id int64
	err := tx.QueryRowContext(ctx,
		`INSERT INTO conversations (id, contact_id, app_id, openid, due_at, last_message_at, created_at, updated_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $6, $6)
		 ON CONFLICT (contact_id) DO UPDATE SET updated_at = excluded.updated_at,
		   due_at = CASE WHEN excluded.due_at = 0 THEN conversations.due_at
		                 WHEN conversations.due_at = 0 OR conversations.due_at > excluded.due_at THEN excluded.due_at
		                 ELSE conversations.due_at END,
		   last_message_at = CASE WHEN excluded.due_at = 0 THEN conversations.last_message_at ELSE excluded.last_message_at END
		 RETURNING id`,
		s.NewID(), contact, m.AppID, m.OpenID, ms(due), ms(m.ReceivedAt)).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("conversation: %w", err)
	}
	return id, nil
}

// insertInbound gives the message its id under the conversation's lock, so
// that ids follow the order of arrival.
func (s *Store) insertInbound(ctx context.Context, tx *sql.Tx, conversation int64, m delivery.Inbound, due time.Time) (int64, error) {
	m.ID = s.NewID()
	body, err := json.Marshal(m)
	if err != nil {
		return 0, fmt.Errorf("inbound body: %w", err)
	}
	var handled int64
	if due.IsZero() {
		handled = ms(m.ReceivedAt)
	}
	res, err := tx.ExecContext(ctx,
		`INSERT INTO inbox (id, conversation_id, app_id, openid, dedupe_key, body, received_at, handled_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (app_id, dedupe_key) DO NOTHING`,
		m.ID, conversation, m.AppID, m.OpenID, m.DedupeKey, string(body), ms(m.ReceivedAt), handled)
	if err != nil {
		return 0, fmt.Errorf("inbox: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return 0, errors.Join(errDuplicate, err)
	}
	return m.ID, nil
}

// waitingInbound reads the oldest unhandled messages of a conversation.
func (s *Store) waitingInbound(ctx context.Context, q sqlReader, conversation int64, limit int) ([]delivery.Inbound, error) {
	return queryAll(ctx, q, func(r *sql.Rows) (m delivery.Inbound, err error) {
		var id int64
		var body string
		if err := r.Scan(&id, &body); err != nil {
			return m, err //nolint:wrapcheck // wrapped by queryAll
		}
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			return m, fmt.Errorf("inbound %d: %w", id, err)
		}
		m.ID = id
		return m, nil
	}, `SELECT id, body FROM inbox WHERE conversation_id = $1 AND handled_at = 0 ORDER BY id LIMIT $2`, conversation, limit)
}

// markHandled ends exactly these messages; a message that somebody else has
// handled is a conflict.
func (s *Store) markHandled(ctx context.Context, tx *sql.Tx, said []bot.Utterance, turn int64, at time.Time) error {
	if len(said) == 0 {
		return nil
	}
	args := []any{ms(at), turn}
	marks := make([]string, len(said))
	for i, u := range said {
		args = append(args, u.InboxID)
		marks[i] = "$" + strconv.Itoa(len(args))
	}
	res, err := tx.ExecContext(ctx,
		`UPDATE inbox SET handled_at = $1, turn_id = $2 WHERE handled_at = 0 AND id IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return fmt.Errorf("mark handled: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != int64(len(said)) {
		return errors.Join(bot.ErrConflict, err)
	}
	return nil
}

// utterance is an inbound message as the core reads it.
func utterance(m delivery.Inbound) bot.Utterance {
	return bot.Utterance{
		InboxID: m.ID, Kind: string(m.Kind), Event: m.Event, Key: m.EventKey, Text: m.Text,
		Sensitive: m.Sensitive, Proof: m.Proof, MediaID: m.MediaID, MenuID: m.MenuID, At: m.ReceivedAt,
	}
}

func parseQuota(stored string) (delivery.Quota, error) {
	var q delivery.Quota
	if err := json.Unmarshal([]byte(stored), &q); err != nil {
		return q, fmt.Errorf("stored quota: %w", err)
	}
	return q, nil
}

func (s *Store) saveQuota(ctx context.Context, tx *sql.Tx, contact int64, q delivery.Quota) error {
	b, err := json.Marshal(q)
	if err != nil {
		return fmt.Errorf("quota: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE contacts SET quota = $1 WHERE id = $2`, string(b), contact); err != nil {
		return fmt.Errorf("save quota: %w", err)
	}
	return nil
}

// lockContact reads the quota of a contact and keeps the row locked: every
// transaction that touches contact and conversation locks them in this order.
func (s *Store) lockContact(ctx context.Context, tx *sql.Tx, contact int64) (q delivery.Quota, lastInbound time.Time, err error) {
	var stored string
	var last int64
	err = tx.QueryRowContext(ctx, `UPDATE contacts SET quota = quota WHERE id = $1 RETURNING quota, last_inbound_at`, contact).Scan(&stored, &last)
	if err != nil {
		return q, lastInbound, fmt.Errorf("lock contact: %w", err)
	}
	q, err = parseQuota(stored)
	return q, atMS(last), err
}

// PruneInbox deletes handled messages received before an instant (their words
// live on as messages; the key must outlive WeChat's retries) and tells how
// many.
func (s *Store) PruneInbox(ctx context.Context, before time.Time) (int64, error) {
	res, err := s.db.ExecContext(ctx, `DELETE FROM inbox WHERE received_at < $1 AND handled_at > 0`, ms(before))
	if err != nil {
		return 0, fmt.Errorf("prune inbox: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("prune inbox: %w", err)
	}
	return n, nil
}
