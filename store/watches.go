package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daozhang/bot"
	"daozhang/transactions"
)

// LeaseWatch takes the watch that has waited longest to be looked at, with its
// conversation, so that no turn runs beside it. ok is false when none is due
// or every conversation concerned is busy. When the lease is lost the watch is
// due again at until.
func (s *Store) LeaseWatch(ctx context.Context, owner string, now, until time.Time) (w bot.Work, d bot.DueWatch, ok bool, err error) {
	const due = `SELECT w.id, w.conversation_id FROM watches w JOIN conversations c ON c.id = w.conversation_id
		WHERE w.state = 'open' AND w.check_at <= $1 AND c.lease_until <= $1 ORDER BY w.check_at, w.id LIMIT 1`
	var conversation int64
	err = s.db.QueryRowContext(ctx, due, ms(now)).Scan(&d.ID, &conversation)
	if errors.Is(err, sql.ErrNoRows) {
		return w, d, false, nil
	}
	if err != nil {
		return w, d, false, fmt.Errorf("find due watch: %w", err)
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var free int64
		err := tx.QueryRowContext(ctx, `SELECT id FROM conversations WHERE id = $1 AND lease_until <= $2`+s.dialect.skipLocked,
			conversation, ms(now)).Scan(&free)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // taken meanwhile
		}
		if err != nil {
			return fmt.Errorf("lock conversation: %w", err)
		}
		if d, ok, err = s.takeWatch(ctx, tx, d.ID, now, until); err != nil || !ok {
			return err
		}
		w, err = s.take(ctx, tx, conversation, owner, until, `attempts = attempts`)
		return err
	})
	if err != nil {
		return w, d, false, fmt.Errorf("lease watch: %w", err)
	}
	return w, d, ok, nil
}

func (s *Store) takeWatch(ctx context.Context, tx *sql.Tx, id int64, now, until time.Time) (d bot.DueWatch, ok bool, err error) {
	d.ID = id
	var due string
	var deadline, check int64
	err = tx.QueryRowContext(ctx,
		`UPDATE watches SET check_at = $1, attempts = attempts + 1 WHERE id = $2 AND state = 'open' AND check_at <= $3
		 RETURNING attempts, kind, merchant_no, transaction_id, cause, due, deadline, check_at`, ms(until), id, ms(now)).
		Scan(&d.Attempts, &d.Watch.Kind, &d.Watch.MerchantNo, &d.Watch.TransactionID, &d.Watch.Cause, &due, &deadline, &check)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("take watch: %w", err)
	}
	if due != "" {
		if d.Watch.Due, err = transactions.ParseDate(due); err != nil {
			return d, false, fmt.Errorf("watch %d: %w", id, err)
		}
	}
	d.Watch.Deadline, d.Watch.CheckAt = atMS(deadline), now
	return d, true, nil
}

// PostponeWatch lets a follow-up that failed be tried again at at, or gives
// the watch up.
func (s *Store) PostponeWatch(ctx context.Context, id int64, at time.Time, giveUp bool) error {
	state, closed := "open", int64(0)
	if giveUp {
		state, closed = "closed", ms(s.now())
	}
	_, err := s.db.ExecContext(ctx,
		`UPDATE watches SET check_at = $1, state = $2, closed_at = $3, outcome = CASE WHEN $2 = 'closed' THEN 'failed' ELSE outcome END
		 WHERE id = $4 AND state = 'open'`, ms(at), state, closed, id)
	if err != nil {
		return fmt.Errorf("postpone watch: %w", err)
	}
	return nil
}

// OpenWatches lists the promises of a conversation that are kept in view.
func (s *Store) OpenWatches(ctx context.Context, conversation int64) ([]bot.Watch, error) {
	return queryAll(ctx, s.db, func(r *sql.Rows) (w bot.Watch, err error) {
		var due string
		var deadline, check int64
		if err := r.Scan(&w.Kind, &w.MerchantNo, &w.TransactionID, &w.Cause, &due, &deadline, &check); err != nil {
			return w, err //nolint:wrapcheck // wrapped by queryAll
		}
		w.Deadline, w.CheckAt = atMS(deadline), atMS(check)
		if due != "" {
			w.Due, err = transactions.ParseDate(due)
		}
		return w, err //nolint:wrapcheck // wrapped by queryAll
	}, `SELECT kind, merchant_no, transaction_id, cause, due, deadline, check_at FROM watches
	    WHERE conversation_id = $1 AND state = 'open' ORDER BY id`, conversation)
}

// changeWatches ends the watch that ran, cancels and opens others.
func (s *Store) changeWatches(ctx context.Context, tx *sql.Tx, o bot.Outcome, c conversationRow) error {
	again := func(w bot.Watch) bool {
		return o.Watch != nil && w.Kind == o.Watch.Watch.Kind && w.MerchantNo == o.Watch.Watch.MerchantNo &&
			w.TransactionID == o.Watch.Watch.TransactionID
	}
	if o.Watch != nil {
		if err := s.endWatch(ctx, tx, o, again); err != nil {
			return err
		}
	}
	for _, id := range o.Decision.CancelWatches {
		_, err := tx.ExecContext(ctx,
			`UPDATE watches SET state = 'closed', outcome = 'cancelled', closed_at = $1
			 WHERE conversation_id = $2 AND state = 'open' AND ($3 = '*' OR transaction_id = $3)`, ms(o.At), c.id, id)
		if err != nil {
			return fmt.Errorf("cancel watch: %w", err)
		}
	}
	for _, w := range o.Decision.Watches {
		if again(w) {
			continue
		}
		if err := s.openWatch(ctx, tx, c, w, o.At); err != nil {
			return err
		}
	}
	return nil
}

// endWatch closes the watch that ran or, when the decision opens the same one,
// sets its next look. New facts that came in during the run are looked at now.
func (s *Store) endWatch(ctx context.Context, tx *sql.Tx, o bot.Outcome, again func(bot.Watch) bool) error {
	for _, w := range o.Decision.Watches {
		if !again(w) {
			continue
		}
		_, err := tx.ExecContext(ctx,
			`UPDATE watches SET check_at = CASE WHEN check_at < $1 THEN check_at ELSE $2 END, attempts = 0, cause = $3, due = $4, deadline = $5
			 WHERE id = $6 AND state = 'open'`,
			ms(o.Work.Until), ms(w.CheckAt), string(w.Cause), w.Due.String(), ms(w.Deadline), o.Watch.ID)
		if err != nil {
			return fmt.Errorf("set next look: %w", err)
		}
		return nil
	}
	outcome := "done"
	switch {
	case o.Decision.Handoff != nil:
		outcome = "handed_off"
	case len(o.Decision.Replies) > 0:
		outcome = "told"
	}
	_, err := tx.ExecContext(ctx, `UPDATE watches SET state = 'closed', outcome = $1, closed_at = $2 WHERE id = $3 AND state = 'open'`,
		outcome, ms(o.At), o.Watch.ID)
	if err != nil {
		return fmt.Errorf("close watch: %w", err)
	}
	return nil
}

// openWatch opens a watch, or renews the open one of the same kind on the same
// transaction.
func (s *Store) openWatch(ctx context.Context, tx *sql.Tx, c conversationRow, w bot.Watch, at time.Time) error {
	res, err := tx.ExecContext(ctx,
		`UPDATE watches SET cause = $1, due = $2, deadline = $3, check_at = $4, attempts = 0
		 WHERE conversation_id = $5 AND merchant_no = $6 AND transaction_id = $7 AND kind = $8 AND state = 'open'`,
		string(w.Cause), w.Due.String(), ms(w.Deadline), ms(w.CheckAt), c.id, w.MerchantNo, w.TransactionID, string(w.Kind))
	if err != nil {
		return fmt.Errorf("renew watch: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err //nolint:wrapcheck // a driver without counts
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO watches (id, conversation_id, contact_id, merchant_no, transaction_id, kind, cause, due, deadline, check_at, created_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		s.NewID(), c.id, c.contact, w.MerchantNo, w.TransactionID, string(w.Kind), string(w.Cause), w.Due.String(),
		ms(w.Deadline), ms(w.CheckAt), ms(at))
	if err != nil {
		return fmt.Errorf("open watch: %w", err)
	}
	return nil
}
