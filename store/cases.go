package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"daozhang/bot"
)

// NextCase gives the number of a new case, counting from 1. A number whose
// turn is not committed is lost, never given twice.
func (s *Store) NextCase(ctx context.Context) (int64, error) { return nextCase(ctx, s.db) }

func nextCase(ctx context.Context, q sqlReader) (int64, error) {
	var n int64
	err := q.QueryRowContext(ctx,
		`INSERT INTO sequences (name, value) VALUES ('case', 1)
		 ON CONFLICT (name) DO UPDATE SET value = sequences.value + 1 RETURNING value`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("next case number: %w", err)
	}
	return n, nil
}

// openCase opens a case unless the conversation has an open one, whose id it
// then gives with number 0.
func (s *Store) openCase(ctx context.Context, tx *sql.Tx, c conversationRow, o bot.Outcome) (id, number int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id FROM cases WHERE conversation_id = $1 AND status IN ('waiting', 'human') LIMIT 1`, c.id).Scan(&id)
	if err == nil {
		return id, 0, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("look for an open case: %w", err)
	}
	d := o.Decision
	card := []byte("{}")
	if d.Card != nil {
		if card, err = json.Marshal(d.Card); err != nil {
			return 0, 0, fmt.Errorf("case card: %w", err)
		}
	}
	priority := d.Handoff.Priority
	if priority == "" {
		priority = "normal"
	}
	id, number = s.NewID(), d.Memory.CaseNumber
	if number == 0 {
		if number, err = nextCase(ctx, tx); err != nil {
			return 0, 0, err
		}
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO cases (id, number, conversation_id, contact_id, status, reason, priority, card, opened_at, expected_at, notified_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9)`,
		id, number, c.id, c.contact, string(bot.StatusWaiting), string(d.Handoff.Reason), priority, string(card), ms(o.At), ms(o.Expected))
	if err != nil {
		return 0, 0, fmt.Errorf("open case %d: %w", number, err)
	}
	return id, number, s.appendEvent(ctx, tx, bot.EventCase, c.id, c.version,
		map[string]any{"number": number, "priority": priority, "reason": string(d.Handoff.Reason)}, o.At)
}

// openCases are what the contact may read of its open cases, oldest first.
func (s *Store) openCases(ctx context.Context, q sqlReader, contact int64) ([]bot.CaseInfo, error) {
	return queryAll(ctx, q, func(r *sql.Rows) (c bot.CaseInfo, err error) {
		var opened, expected int64
		err = r.Scan(&c.Number, &c.Status, &c.Reason, &opened, &expected)
		c.OpenedAt, c.ExpectedAt = atMS(opened), atMS(expected)
		return c, err //nolint:wrapcheck // wrapped by queryAll
	}, `SELECT c.number, c.status, c.reason, c.opened_at, c.expected_at FROM cases c
	    JOIN conversations v ON v.id = c.conversation_id
	    WHERE v.contact_id = $1 AND c.status IN ('waiting', 'human') ORDER BY c.opened_at, c.id`, contact)
}

// UnclaimedCases are the waiting cases whose last notification is older than
// notifiedBefore, oldest first.
func (s *Store) UnclaimedCases(ctx context.Context, notifiedBefore time.Time, limit int) ([]bot.WaitingCase, error) {
	return queryAll(ctx, s.db, func(r *sql.Rows) (c bot.WaitingCase, err error) {
		var opened, expected, notified int64
		err = r.Scan(&c.ID, &c.Number, &c.ConversationID, &c.Reason, &c.Priority, &opened, &expected, &notified)
		c.OpenedAt, c.ExpectedAt, c.NotifiedAt = atMS(opened), atMS(expected), atMS(notified)
		return c, err //nolint:wrapcheck // wrapped by queryAll
	}, `SELECT id, number, conversation_id, reason, priority, opened_at, expected_at, notified_at FROM cases
	    WHERE status = 'waiting' AND notified_at <= $1 ORDER BY opened_at, id LIMIT $2`, ms(notifiedBefore), limit)
}

// Renotify records that agents are told of a waiting case again, once even
// with several replicas; false when it was claimed or told meanwhile. level
// counts up as the case climbs.
func (s *Store) Renotify(ctx context.Context, c bot.WaitingCase, level int, at time.Time) (bool, error) {
	told := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx,
			`UPDATE cases SET notified_at = $1 WHERE id = $2 AND status = 'waiting' AND notified_at = $3`,
			ms(at), c.ID, ms(c.NotifiedAt))
		if err != nil {
			return fmt.Errorf("renotify: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 {
			return err //nolint:wrapcheck // a driver without counts
		}
		told = true
		return s.appendEvent(ctx, tx, bot.EventCase, c.ConversationID, 0,
			map[string]any{"number": c.Number, "priority": c.Priority, "level": level}, at)
	})
	return told, err
}

// rate stores the rating of the last closed case that has none.
func (s *Store) rate(ctx context.Context, tx *sql.Tx, conversation int64, rating int) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE cases SET rating = $1 WHERE rating = 0 AND id =
		   (SELECT id FROM cases WHERE conversation_id = $2 AND status = 'closed' ORDER BY closed_at DESC, id DESC LIMIT 1)`,
		rating, conversation)
	if err != nil {
		return fmt.Errorf("rate: %w", err)
	}
	return nil
}
