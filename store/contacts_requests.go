package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daozhang/bot"
)

// merchantAttempts is how many requests for one shop within 24 h agents are
// warned of: somebody may be trying account tails.
const merchantAttempts = 5

// requestBinding stores a request for an agent. An older waiting request of
// the same contact for the same shop is replaced; both count.
func (s *Store) requestBinding(ctx context.Context, tx *sql.Tx, contact, conversation int64, b bot.BindRequest, at time.Time) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE bind_requests SET state = 'replaced', decided_at = $1 WHERE contact_id = $2 AND merchant_no = $3 AND state = 'waiting'`,
		ms(at), contact, b.MerchantNo)
	if err != nil {
		return fmt.Errorf("replace bind request: %w", err)
	}
	var matches int
	err = tx.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM merchants WHERE merchant_no = $1 AND account_last4 = $2 AND account_last4 <> ''`, b.MerchantNo, b.Last4).Scan(&matches)
	if err != nil {
		return fmt.Errorf("check bind request: %w", err)
	}
	remark, err := s.manyRequests(ctx, tx, b.MerchantNo, at)
	if err != nil {
		return err
	}
	id := s.NewID()
	_, err = tx.ExecContext(ctx,
		`INSERT INTO bind_requests (id, contact_id, conversation_id, merchant_no, account_last4, matches, reason, created_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, id, contact, conversation, b.MerchantNo, b.Last4, matches, remark, ms(at))
	if err != nil {
		return fmt.Errorf("store bind request: %w", err)
	}
	return s.appendEvent(ctx, tx, bot.EventBinding, id, 0, map[string]any{"state": "waiting"}, at)
}

// manyRequests is the warning for agents when many contacts ask for one shop.
// The request is not dropped: its owner may be among them, and the contact
// must not be able to tell.
func (s *Store) manyRequests(ctx context.Context, tx *sql.Tx, merchantNo string, at time.Time) (string, error) {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM bind_requests WHERE merchant_no = $1 AND created_at > $2`,
		merchantNo, ms(at.Add(-attemptsWindow))).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("count bind requests: %w", err)
	}
	if n < merchantAttempts {
		return "", nil
	}
	return fmt.Sprintf("24小时内该商户已有%d次绑定申请，请当心有人试卡尾号", n+1), nil
}

// DecideBinding confirms or refuses a request, once, and tells the contact,
// in one transaction. ErrNotFound, ErrDecided.
func (s *Store) DecideBinding(ctx context.Context, d bot.BindDecision) (bot.Committed, error) {
	var done bot.Committed
	err := s.tx(ctx, func(tx *sql.Tx) error {
		var contact, conversation int64
		var merchantNo string
		err := tx.QueryRowContext(ctx, `SELECT contact_id, conversation_id, merchant_no FROM bind_requests WHERE id = $1`, d.RequestID).
			Scan(&contact, &conversation, &merchantNo)
		if errors.Is(err, sql.ErrNoRows) {
			return bot.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("read bind request: %w", err)
		}
		state := "refused"
		if d.Approve {
			state = "approved"
		}
		quota, _, err := s.lockContact(ctx, tx, contact)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx,
			`UPDATE bind_requests SET state = $1, decided_by = $2, decided_at = $3, reason = $4 WHERE id = $5 AND state = 'waiting'`,
			state, d.Actor.Name, ms(d.At), d.Reason, d.RequestID)
		if err != nil {
			return fmt.Errorf("decide bind request: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(bot.ErrDecided, err)
		}
		if d.Approve {
			b := bot.Binding{MerchantNo: merchantNo, Role: d.Role, Name: d.Name, VerifiedBy: "agent:" + d.Actor.Name, BoundAt: d.At}
			if err := s.bind(ctx, tx, contact, b); err != nil {
				return err
			}
		}
		if err := s.appendEvent(ctx, tx, bot.EventBinding, d.RequestID, 0, map[string]any{"state": state}, d.At); err != nil {
			return err
		}
		if conversation == 0 || d.Text == "" {
			return nil
		}
		c, err := s.conversationRow(ctx, tx, conversation)
		if err != nil {
			return err
		}
		done.Status = c.status
		return s.say(ctx, tx, c, quota, saying{author: "system", actor: d.Actor, text: d.Text, at: d.At}, &done)
	})
	if err != nil {
		return bot.Committed{}, fmt.Errorf("decide binding: %w", err)
	}
	return done, nil
}
