package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daozhang/bot"
)

// LeaseCode takes the code that has waited longest to be sent, until until; ok
// is false when none is due. A code that was not sent before it was over is
// given up.
func (s *Store) LeaseCode(ctx context.Context, now, until time.Time) (j bot.CodeJob, ok bool, err error) {
	var due int
	err = s.db.QueryRowContext(ctx, `SELECT 1 FROM bind_codes WHERE state = 'queued' AND due_at <= $1 AND lease_until <= $1 LIMIT 1`, ms(now)).Scan(&due)
	if errors.Is(err, sql.ErrNoRows) {
		return j, false, nil
	}
	if err != nil {
		return j, false, fmt.Errorf("look for codes: %w", err)
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE bind_codes SET state = 'failed', why = '`+whyLate+`' WHERE state = 'queued' AND due_at <= $1 AND created_at <= $2`,
			ms(now), ms(now.Add(-bot.CodeTTL)))
		if err != nil {
			return fmt.Errorf("give up late codes: %w", err)
		}
		j, ok, err = s.leaseCode(ctx, tx, now, until)
		return err
	})
	if err != nil {
		return bot.CodeJob{}, false, fmt.Errorf("lease code: %w", err)
	}
	return j, ok, nil
}

func (s *Store) leaseCode(ctx context.Context, tx *sql.Tx, now, until time.Time) (j bot.CodeJob, ok bool, err error) {
	err = tx.QueryRowContext(ctx,
		`SELECT id FROM bind_codes WHERE state = 'queued' AND due_at <= $1 AND lease_until <= $1 ORDER BY due_at, id LIMIT 1`+s.dialect.skipLocked,
		ms(now)).Scan(&j.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return j, false, nil
	}
	if err != nil {
		return j, false, fmt.Errorf("find code: %w", err)
	}
	var created int64
	err = tx.QueryRowContext(ctx,
		`UPDATE bind_codes SET attempts = attempts + 1, lease_until = $1 WHERE id = $2 RETURNING merchant_no, attempts, created_at`,
		ms(until), j.ID).Scan(&j.MerchantNo, &j.Attempts, &created)
	if err != nil {
		return j, false, fmt.Errorf("take code: %w", err)
	}
	j.CreatedAt = atMS(created)
	err = tx.QueryRowContext(ctx, `SELECT phone FROM merchants WHERE merchant_no = $1`, j.MerchantNo).Scan(&j.Phone)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return j, false, fmt.Errorf("telephone of the shop: %w", err)
	}
	return j, true, nil
}

// ArmCode stores the digest of the code that is about to be sent; false when
// the job is no longer ours or the code no longer wanted, and then nothing may
// be sent. A code sent before by a process that died is worth nothing any more.
func (s *Store) ArmCode(ctx context.Context, j bot.CodeJob, hash string) (bool, error) {
	res, err := s.db.ExecContext(ctx, `UPDATE bind_codes SET hash = $1 WHERE id = $2 AND attempts = $3 AND state = 'queued'`, hash, j.ID, j.Attempts)
	if err != nil {
		return false, fmt.Errorf("arm code: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("arm code: %w", err)
	}
	return n == 1, nil
}

// SettleCode ends an attempt: sent, tried again at again, or (zero again)
// given up.
func (s *Store) SettleCode(ctx context.Context, j bot.CodeJob, sent bool, again, now time.Time) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		state, due, why, sentAt := "failed", int64(0), whyGateway, int64(0)
		switch {
		case sent:
			state, why, sentAt = "sent", "", ms(now)
		case !again.IsZero():
			state, due = "queued", ms(again)
		}
		res, err := tx.ExecContext(ctx,
			`UPDATE bind_codes SET state = $1, due_at = $2, why = $3, sent_at = $4, lease_until = 0 WHERE id = $5 AND attempts = $6 AND state = 'queued'`,
			state, due, why, sentAt, j.ID, j.Attempts)
		if err != nil {
			return fmt.Errorf("settle code: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 || state == "queued" {
			return err //nolint:wrapcheck // the driver's
		}
		a := contactAudit(0, "bind_code."+state, j.MerchantNo, "")
		a.Actor = "system"
		if err := s.record(ctx, tx, a); err != nil {
			return err
		}
		return s.appendEvent(ctx, tx, bot.EventBinding, j.ID, 0, map[string]any{"state": "code_" + state}, now)
	})
}
