package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daozhang/bot/delivery"
)

// ReplyTo is the row that may go as the passive reply to an inbound message:
// the first reply of the turn that handled it, while nobody has it. done tells
// that the message was handled, so that waiting longer is useless.
func (s *Store) ReplyTo(ctx context.Context, inbound int64) (row delivery.Outbound, found, done bool, err error) {
	var handled, turn int64
	err = s.db.QueryRowContext(ctx, `SELECT handled_at, turn_id FROM inbox WHERE id = $1`, inbound).Scan(&handled, &turn)
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, true, nil
	}
	if err != nil {
		return row, false, false, fmt.Errorf("read inbound: %w", err)
	}
	if turn == 0 {
		turn = inbound // a notice may answer what is not handled yet
	}
	rows, err := s.outbounds(ctx, s.db, `WHERE reply_to = $1 AND reply_to > 0 AND state IN ('pending', 'held') ORDER BY id LIMIT 1`, turn)
	if err != nil {
		return row, false, false, fmt.Errorf("find reply: %w", err)
	}
	if len(rows) == 0 {
		return row, false, handled > 0, nil
	}
	return rows[0], true, true, nil
}

// ClaimPassive gives a row to one waiting callback until until: false when
// somebody else has it, or when an earlier row of the conversation is still on
// its way.
func (s *Store) ClaimPassive(ctx context.Context, id int64, until time.Time) (bool, error) {
	res, err := s.db.ExecContext(ctx,
		`UPDATE outbox SET state = 'passive', lease_until = $1, due_at = $1
		 WHERE id = $2 AND state IN ('pending', 'held') AND NOT EXISTS (
		   SELECT 1 FROM outbox e WHERE e.conversation_id = outbox.conversation_id AND e.id < outbox.id AND e.state IN ('pending', 'sending'))`,
		ms(until), id)
	if err != nil {
		return false, fmt.Errorf("claim outbound %d: %w", id, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("claim outbound %d: %w", id, err)
	}
	return n == 1, nil
}

// EndPassive ends a claim: sent, the rest of a text that was too long goes
// on, or the row goes back as it was. A claim that was lost meanwhile changes
// nothing.
func (s *Store) EndPassive(ctx context.Context, id int64, now time.Time, result error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		rows, err := s.outbounds(ctx, tx, `WHERE id = $1 AND state = 'passive'`, id)
		if err != nil || len(rows) == 0 {
			return err
		}
		o := rows[0]
		var part *delivery.Partial
		o.DueAt, o.State = now, delivery.Pending
		switch {
		case result == nil:
			o.State = delivery.Sent
		case errors.As(result, &part):
			o.Text = part.Rest
		}
		return s.settleRow(ctx, tx, o, now)
	})
}

// Waiting lists what an earlier passive reply could not carry, oldest first:
// held rows, and pending ones past their passive deadline.
func (s *Store) Waiting(ctx context.Context, appID, openID string) ([]delivery.Outbound, error) {
	rows, err := s.outbounds(ctx, s.db,
		`WHERE conversation_id = (SELECT c.id FROM conversations c JOIN contacts k ON k.id = c.contact_id WHERE k.app_id = $1 AND k.openid = $2)
		   AND (state = 'held' OR state = 'pending' AND due_at <= $3) ORDER BY id LIMIT 5`, appID, openID, ms(s.now()))
	if err != nil {
		return nil, fmt.Errorf("waiting replies: %w", err)
	}
	return rows, nil
}
