package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
)

// maxSaid bounds the messages of one turn; the rest is answered after it.
const maxSaid = 50

// LeaseConversation takes the conversation that has been due longest, for
// owner until until. ok is false when none is due. Whoever holds the lease
// alone may commit; after until another worker takes over, so a crash loses
// nothing. A conversation without waiting messages is put to rest.
func (s *Store) LeaseConversation(ctx context.Context, owner string, now, until time.Time) (w bot.Work, ok bool, err error) {
	for {
		due, err := s.anyDue(ctx, now)
		if err != nil || !due {
			return bot.Work{}, false, err
		}
		var found, empty bool
		err = s.tx(ctx, func(tx *sql.Tx) error {
			w, found, empty, err = s.lease(ctx, tx, owner, now, until)
			return err
		})
		if err != nil {
			return bot.Work{}, false, fmt.Errorf("lease conversation: %w", err)
		}
		if !found || !empty {
			return w, found, nil
		}
	}
}

// anyDue spares the write lock when there is nothing to do.
func (s *Store) anyDue(ctx context.Context, now time.Time) (bool, error) {
	var one int
	err := s.db.QueryRowContext(ctx,
		`SELECT 1 FROM conversations WHERE due_at > 0 AND due_at <= $1 AND lease_until <= $1 LIMIT 1`, ms(now)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for due conversations: %w", err)
	}
	return true, nil
}

func (s *Store) lease(ctx context.Context, tx *sql.Tx, owner string, now, until time.Time) (w bot.Work, found, empty bool, err error) {
	var id int64
	err = tx.QueryRowContext(ctx,
		`SELECT id FROM conversations WHERE due_at > 0 AND due_at <= $1 AND lease_until <= $1
		 ORDER BY due_at, id LIMIT 1`+s.dialect.skipLocked, ms(now)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return w, false, false, nil
	}
	if err != nil {
		return w, false, false, fmt.Errorf("find due conversation: %w", err)
	}
	// due_at follows the lease: what is lost is due again when it ends. A
	// message that arrives meanwhile brings due_at forward, and the commit
	// sees that.
	if w, err = s.take(ctx, tx, id, owner, until, `due_at = $1, attempts = attempts + 1`); err != nil {
		return w, false, false, err
	}
	said, err := s.waitingInbound(ctx, tx, id, maxSaid)
	if err != nil {
		return w, false, false, err
	}
	if len(said) == 0 {
		_, err := tx.ExecContext(ctx, `UPDATE conversations SET due_at = 0, lease_until = 0, attempts = 0 WHERE id = $1`, id)
		if err != nil {
			return w, false, false, fmt.Errorf("rest conversation: %w", err)
		}
		return w, true, true, nil
	}
	for _, m := range said {
		w.Input.Said = append(w.Input.Said, utterance(m))
	}
	return w, true, false, s.resolveScene(ctx, tx, &w.Input, said, now)
}

// take leases one conversation with everything that a turn needs but its
// messages. set changes further columns; $1 in it is the end of the lease.
func (s *Store) take(ctx context.Context, tx *sql.Tx, id int64, owner string, until time.Time, set string) (bot.Work, error) {
	w := bot.Work{ConversationID: id, Until: until}
	in := &w.Input
	var memory string
	err := tx.QueryRowContext(ctx,
		`UPDATE conversations SET lease_until = $1, lease_owner = $2, version = version + 1, `+set+`
		 WHERE id = $3 RETURNING version, attempts, status, memory, contact_id, app_id, openid`,
		ms(until), owner, id).
		Scan(&w.Version, &w.Attempts, &in.Status, &memory, &in.Contact.ID, &in.Contact.AppID, &in.Contact.OpenID)
	if err != nil {
		return w, fmt.Errorf("take conversation: %w", err)
	}
	if err := json.Unmarshal([]byte(memory), &in.Memory); err != nil {
		return w, fmt.Errorf("memory of conversation %d: %w", id, err)
	}
	if err := s.fillContact(ctx, tx, &in.Contact); err != nil {
		return w, err
	}
	if in.OpenCases, err = s.openCases(ctx, tx, in.Contact.ID); err != nil {
		return w, err
	}
	err = tx.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM outbox WHERE conversation_id = $1 AND author = $2 AND state IN ('held', 'pending')`,
		id, string(delivery.ByAgent)).Scan(&in.HeldReplies)
	if err != nil {
		return w, fmt.Errorf("count held replies: %w", err)
	}
	return w, nil
}

// ReleaseConversation gives a lease back without an outcome; the conversation
// is due again at due. A lease already lost is no error.
func (s *Store) ReleaseConversation(ctx context.Context, w bot.Work, due time.Time) error {
	_, err := s.db.ExecContext(ctx,
		`UPDATE conversations SET lease_until = 0, lease_owner = '', version = version + 1,
		   due_at = CASE WHEN due_at = 0 THEN due_at ELSE $1 END
		 WHERE id = $2 AND version = $3`, ms(due), w.ConversationID, w.Version)
	if err != nil {
		return fmt.Errorf("release conversation: %w", err)
	}
	return nil
}

// NextDue is when the next conversation, outbox row or watch wants attention;
// the zero time when nothing does.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	var next sql.NullInt64
	err := s.db.QueryRowContext(ctx, `SELECT MIN(due) FROM (
		SELECT MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) AS due FROM conversations WHERE due_at > 0
		UNION ALL SELECT MIN(due_at) FROM outbox WHERE state IN ('pending', 'passive', 'sending')
		UNION ALL SELECT MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) FROM bind_codes WHERE state = 'queued'
		UNION ALL SELECT MIN(check_at) FROM watches WHERE state = 'open') AS all_due`).Scan(&next)
	if err != nil {
		return time.Time{}, fmt.Errorf("next due: %w", err)
	}
	return atMS(next.Int64), nil
}

// ConversationOf finds the conversation of a WeChat user; false when the user
// never wrote.
func (s *Store) ConversationOf(ctx context.Context, appID, openID string) (int64, bool, error) {
	var id int64
	err := s.db.QueryRowContext(ctx,
		`SELECT c.id FROM conversations c JOIN contacts k ON k.id = c.contact_id WHERE k.app_id = $1 AND k.openid = $2`,
		appID, openID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("find conversation: %w", err)
	}
	return id, true, nil
}
