package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
)

// outboxBody is the part of a row that is never searched.
type outboxBody struct {
	Text      string             `json:"text"`
	Choices   []delivery.Choice  `json:"choices,omitempty"`
	KfAccount string             `json:"kf_account,omitempty"`
	Template  *delivery.Template `json:"template,omitempty"`
}

const outboxColumns = `id, conversation_id, message_id, app_id, openid, reply_to, author, body, state, due_at, attempts, last_error, created_at, sent_at`

func scanOutbound(scan func(...any) error) (o delivery.Outbound, err error) {
	var body string
	var due, created, sent int64
	err = scan(&o.ID, &o.ConversationID, &o.MessageID, &o.AppID, &o.OpenID, &o.ReplyTo, &o.Author, &body, &o.State,
		&due, &o.Attempts, &o.LastError, &created, &sent)
	if err != nil {
		return o, err
	}
	var b outboxBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return o, fmt.Errorf("outbound %d: %w", o.ID, err)
	}
	o.Text, o.Choices, o.KfAccount, o.Template = b.Text, b.Choices, b.KfAccount, b.Template
	o.DueAt, o.CreatedAt, o.SentAt = atMS(due), atMS(created), atMS(sent)
	return o, nil
}

func (s *Store) outbounds(ctx context.Context, q sqlReader, where string, args ...any) ([]delivery.Outbound, error) {
	return queryAll(ctx, q, func(r *sql.Rows) (delivery.Outbound, error) { return scanOutbound(r.Scan) },
		`SELECT `+outboxColumns+` FROM outbox `+where, args...)
}

func bodyOf(o delivery.Outbound) (string, error) {
	b, err := json.Marshal(outboxBody{Text: o.Text, Choices: o.Choices, KfAccount: o.KfAccount, Template: o.Template})
	if err != nil {
		return "", fmt.Errorf("outbound body: %w", err)
	}
	return string(b), nil
}

func (s *Store) insertOutbound(ctx context.Context, tx *sql.Tx, o delivery.Outbound) error {
	body, err := bodyOf(o)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO outbox (id, conversation_id, message_id, app_id, openid, reply_to, author, body, state, due_at, last_error, created_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		o.ID, o.ConversationID, o.MessageID, o.AppID, o.OpenID, o.ReplyTo, string(o.Author), body, string(o.State),
		ms(o.DueAt), o.LastError, ms(o.CreatedAt))
	if err != nil {
		return fmt.Errorf("insert outbound: %w", err)
	}
	return nil
}

// releaseHeld lets what waited for a contact go out, in its order.
func (s *Store) releaseHeld(ctx context.Context, tx *sql.Tx, conversation int64, at time.Time) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE outbox SET state = 'pending', due_at = $1, attempts = 0, last_error = '' WHERE conversation_id = $2 AND state = 'held'`,
		ms(at), conversation)
	if err != nil {
		return fmt.Errorf("release held rows: %w", err)
	}
	return nil
}

// candidate is a row that could be sent now.
type candidate struct {
	id, contact int64
}

// LeaseOutbox takes up to limit rows that are due, at most one a conversation
// and never one before an earlier row of its conversation has ended. Each row
// is counted in the contact's quota at its first attempt; what the quota does
// not allow is held instead, and those rows are given as held. A row whose
// earlier lease ended without a word is taken again: whether WeChat had it is
// not known.
func (s *Store) LeaseOutbox(ctx context.Context, now, until time.Time, limit int) (rows, held []delivery.Outbound, err error) {
	found, err := queryAll(ctx, s.db, func(r *sql.Rows) (c candidate, err error) {
		err = r.Scan(&c.id, &c.contact)
		return c, err //nolint:wrapcheck // wrapped by queryAll
	}, `SELECT o.id, c.contact_id FROM outbox o JOIN conversations c ON c.id = o.conversation_id
	    WHERE o.state IN ('pending', 'passive', 'sending') AND o.due_at <= $1 AND (o.state = 'pending' OR o.lease_until <= $1)
	      AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.id < o.id
	                      AND e.state IN ('pending', 'passive', 'sending'))
	    ORDER BY o.due_at, o.id LIMIT $2`, ms(now), limit)
	if err != nil {
		return nil, nil, fmt.Errorf("find due outbound: %w", err)
	}
	if len(found) == 0 {
		return nil, nil, nil
	}
	// Contacts are locked in one order everywhere: no deadlock.
	slices.SortFunc(found, func(a, b candidate) int { return int(min(1, max(-1, a.contact-b.contact))) })
	err = s.tx(ctx, func(tx *sql.Tx) error {
		for _, c := range found {
			row, ok, err := s.leaseRow(ctx, tx, c, now, until)
			switch {
			case err != nil:
				return err
			case ok && row.State == delivery.Held:
				held = append(held, row)
			case ok:
				rows = append(rows, row)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("lease outbound: %w", err)
	}
	byID := func(a, b delivery.Outbound) int { return int(min(1, max(-1, a.ID-b.ID))) }
	slices.SortFunc(rows, byID)
	return rows, held, nil
}

func (s *Store) leaseRow(ctx context.Context, tx *sql.Tx, c candidate, now, until time.Time) (row delivery.Outbound, ok bool, err error) {
	quota, _, err := s.lockContact(ctx, tx, c.contact)
	if err != nil {
		return row, false, err
	}
	row, err = scanOutbound(tx.QueryRowContext(ctx,
		`UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease_until = $1, due_at = $1
		 WHERE id = $2 AND (state = 'pending' AND due_at <= $3 OR state IN ('passive', 'sending') AND lease_until <= $3)
		 RETURNING `+outboxColumns, ms(until), c.id, ms(now)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, nil // somebody else was faster
	}
	if err != nil {
		return row, false, fmt.Errorf("lease row: %w", err)
	}
	if row.Template != nil || row.Attempts > 1 {
		return row, true, nil // templates have no quota; a retry was counted
	}
	priority := delivery.Reserved
	if row.Author == delivery.ByBot {
		priority = delivery.Normal
	}
	allowed := false
	for range max(1, len(delivery.Split(row.Text, delivery.MaxChars, delivery.MaxBytes))) {
		left, fits := quota.Take(now, priority)
		if !fits {
			break
		}
		quota, allowed = left, true
	}
	if allowed {
		return row, true, s.saveQuota(ctx, tx, c.contact, quota)
	}
	row.State, row.LastError = delivery.Held, shortage(quota, now)
	return row, true, s.settleRow(ctx, tx, row, now)
}

// settleRow writes the state that a row ends an attempt with.
func (s *Store) settleRow(ctx context.Context, tx *sql.Tx, o delivery.Outbound, at time.Time) error {
	body, err := bodyOf(o)
	if err != nil {
		return err
	}
	sent := int64(0)
	if o.State == delivery.Sent {
		sent = ms(at)
	}
	_, err = tx.ExecContext(ctx,
		`UPDATE outbox SET state = $1, body = $2, due_at = $3, lease_until = 0, last_error = $4, sent_at = $5 WHERE id = $6`,
		string(o.State), body, ms(o.DueAt), o.LastError, sent, o.ID)
	if err != nil {
		return fmt.Errorf("settle outbound: %w", err)
	}
	return s.appendEvent(ctx, tx, bot.EventDelivery, o.ConversationID, 0,
		map[string]any{"message": fmt.Sprint(o.MessageID), "state": string(o.State), "error": o.LastError}, at)
}

// SettleOutbox ends the attempt that began at began. result is what the
// sender said: nil, a *delivery.Error, a *delivery.Partial; anything else
// counts as worth a retry. It gives the state that the row has now.
func (s *Store) SettleOutbox(ctx context.Context, o delivery.Outbound, began, now time.Time, result error) (delivery.OutboundState, error) {
	var state delivery.OutboundState
	err := s.tx(ctx, func(tx *sql.Tx) error {
		var contact int64
		if err := s.contactOf(ctx, tx, o.ConversationID, &contact); err != nil {
			return err
		}
		quota, last, err := s.lockContact(ctx, tx, contact)
		if err != nil {
			return err
		}
		var one int
		err = tx.QueryRowContext(ctx, `SELECT 1 FROM outbox WHERE id = $1 AND state = 'sending' AND attempts = $2`, o.ID, o.Attempts).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			state = "" // the lease was lost: whoever has it settles
			return nil
		}
		if err != nil {
			return fmt.Errorf("read outbound: %w", err)
		}
		class := afterAttempt(&o, result, now)
		if class.Waits() {
			if last.After(began) {
				o.State, o.DueAt = delivery.Pending, now // the contact wrote meanwhile
			} else if class == delivery.ClassWindow || class == delivery.ClassQuota {
				if err := s.saveQuota(ctx, tx, contact, quota.Refused(class)); err != nil {
					return err
				}
			}
		}
		state = o.State
		return s.settleRow(ctx, tx, o, now)
	})
	if err != nil {
		return "", fmt.Errorf("settle outbound %d: %w", o.ID, err)
	}
	return state, nil
}

// OutboxStats is the state of all deliveries, for metrics and readiness.
type OutboxStats struct {
	Waiting   int64     // pending, passive or sending
	Held      int64     // until the contact writes
	Dead      int64     // dead letters, without those of contacts who unfollowed
	OldestDue time.Time // of what should be gone already; zero = nothing
}

// OutboxStats counts the rows by state.
func (s *Store) OutboxStats(ctx context.Context, now time.Time) (OutboxStats, error) {
	var st OutboxStats
	var oldest sql.NullInt64
	err := s.db.QueryRowContext(ctx,
		`SELECT (SELECT COUNT(*) FROM outbox WHERE state IN ('pending', 'passive', 'sending')),
		        (SELECT COUNT(*) FROM outbox WHERE state IN ('held', 'dead') AND state = 'held'),
		        (SELECT COUNT(*) FROM outbox WHERE state IN ('held', 'dead') AND state = 'dead' AND last_error <> 'unfollowed'),
		        (SELECT MIN(due_at) FROM outbox WHERE state IN ('pending', 'passive', 'sending') AND due_at <= $1)`, ms(now)).
		Scan(&st.Waiting, &st.Held, &st.Dead, &oldest)
	if err != nil {
		return st, fmt.Errorf("outbox statistics: %w", err)
	}
	st.OldestDue = atMS(oldest.Int64)
	return st, nil
}
