package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
)

// Why no code went out, for agents.
const (
	whyNoMatch = "no_match"        // no such shop, or another tail
	whyNoPhone = "no_phone"        // no mobile number is registered in full
	whyLocked  = "merchant_locked" // codes or wrong answers of the shop are used up
	whyGateway = "gateway"         // the SMS gateway refused or did not answer
	whyLate    = "late"            // not sent before the code was over
)

// liveCodes are the states in which a code may be answered.
const liveCodes = `('queued', 'sent', 'failed', 'silent')`

// countedSince is from when attempts count: 24 h ago, or since the lock was
// lifted; UTC ms.
func (s *Store) countedSince(ctx context.Context, q sqlReader, kind, subject string, now time.Time) (int64, error) {
	since := ms(now.Add(-attemptsWindow))
	var lifted int64
	err := q.QueryRowContext(ctx, `SELECT lifted_at FROM bind_lifts WHERE kind = $1 AND subject = $2`, kind, subject).Scan(&lifted)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("lifted locks: %w", err)
	}
	return max(since, lifted), nil
}

// fillCodes reads the contact's newest code and its counts since since.
func (s *Store) fillCodes(ctx context.Context, q sqlReader, c *bot.Contact, since int64, now time.Time) error {
	err := q.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(wrong), 0) FROM bind_codes WHERE contact_id = $1 AND created_at > $2`,
		c.ID, since).Scan(&c.Codes, &c.WrongCodes)
	if err != nil {
		return fmt.Errorf("codes of contact %d: %w", c.ID, err)
	}
	code, ok, err := s.newestCode(ctx, q, `b.contact_id = $2`, ms(now.Add(-attemptsWindow)), c.ID)
	if err != nil || !ok {
		return err
	}
	c.Code = &code
	return nil
}

// newestCode reads the newest code made after since of the contact that the
// condition with its arguments from $2 on means.
func (s *Store) newestCode(ctx context.Context, q sqlReader, condition string, since int64, arg ...any) (c bot.Code, ok bool, err error) {
	var created int64
	args := append([]any{since}, arg...)
	err = q.QueryRowContext(ctx,
		`SELECT b.id, b.merchant_no, b.account_last4, COALESCE(m.name, ''), b.hash, CASE WHEN b.state IN `+liveCodes+` THEN 1 ELSE 0 END, b.created_at
		 FROM bind_codes b JOIN contacts k ON k.id = b.contact_id LEFT JOIN merchants m ON m.merchant_no = b.merchant_no
		 WHERE b.created_at > $1 AND `+condition+` ORDER BY b.id DESC LIMIT 1`, args...).
		Scan(&c.ID, &c.MerchantNo, &c.Last4, &c.ShopName, &c.Hash, asBool(&c.Live), &created)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("newest code: %w", err)
	}
	c.CreatedAt = atMS(created)
	return c, true, nil
}

// PendingCode is the newest code of a WeChat user, made within 24 h of now;
// false when there is none.
func (s *Store) PendingCode(ctx context.Context, appID, openID string, now time.Time) (bot.Code, bool, error) {
	return s.newestCode(ctx, s.db, `k.app_id = $2 AND k.openid = $3`, ms(now.Add(-attemptsWindow)), appID, openID)
}

// requestCode stores a code to be sent, or one that never is: both take the
// same way. Counts that changed since the decision are a conflict.
func (s *Store) requestCode(ctx context.Context, tx *sql.Tx, c conversationRow, r bot.CodeRequest, at time.Time) error {
	since, err := s.countedSince(ctx, tx, "contact", strconv.FormatInt(c.contact, 10), at)
	if err != nil {
		return err
	}
	var asked int
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM bind_codes WHERE contact_id = $1 AND created_at > $2`, c.contact, since).Scan(&asked)
	if err != nil {
		return fmt.Errorf("count codes: %w", err)
	}
	if asked != r.Asked {
		return bot.ErrConflict
	}
	_, err = tx.ExecContext(ctx, `UPDATE bind_codes SET state = 'replaced', ended_at = $1 WHERE contact_id = $2 AND state IN `+liveCodes,
		ms(at), c.contact)
	if err != nil {
		return fmt.Errorf("replace code: %w", err)
	}
	matches, why, err := s.mayText(ctx, tx, r, at)
	if err != nil {
		return err
	}
	state, due := "queued", ms(at)
	if why != "" {
		state, due = "silent", 0
	}
	id := s.NewID()
	_, err = tx.ExecContext(ctx,
		`INSERT INTO bind_codes (id, contact_id, conversation_id, merchant_no, account_last4, state, why, matches, due_at, created_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, c.contact, c.id, r.MerchantNo, r.Last4, state, why, flag(matches), due, ms(at))
	if err != nil {
		return fmt.Errorf("store code: %w", err)
	}
	if err := s.record(ctx, tx, contactAudit(c.contact, "bind_code.request", r.MerchantNo, why)); err != nil {
		return err
	}
	return s.appendEvent(ctx, tx, bot.EventBinding, id, 0, map[string]any{"state": "code"}, at)
}

// mayText decides whether a code goes out: number and tail agree, a mobile
// number is registered, and the shop is not locked. The shop's row is locked,
// so that two contacts do not both pass the last place.
func (s *Store) mayText(ctx context.Context, tx *sql.Tx, r bot.CodeRequest, at time.Time) (matches bool, why string, err error) {
	var phone, last4 string
	err = tx.QueryRowContext(ctx, `UPDATE merchants SET phone = phone WHERE merchant_no = $1 RETURNING phone, account_last4`, r.MerchantNo).
		Scan(&phone, &last4)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, "", fmt.Errorf("check code request: %w", err)
	}
	since, err := s.countedSince(ctx, tx, "merchant", r.MerchantNo, at)
	if err != nil {
		return false, "", err
	}
	var sent, wrong int
	err = tx.QueryRowContext(ctx,
		`SELECT COUNT(*), COALESCE(SUM(wrong), 0) FROM bind_codes WHERE merchant_no = $1 AND created_at > $2 AND matches = 1 AND why <> '`+whyLocked+`'`,
		r.MerchantNo, since).Scan(&sent, &wrong)
	if err != nil {
		return false, "", fmt.Errorf("count codes of the shop: %w", err)
	}
	matches = last4 != "" && last4 == r.Last4
	switch {
	case !matches:
		return false, whyNoMatch, nil
	case bot.MobileNumber(phone) == "":
		return true, whyNoPhone, nil
	case sent >= bot.CodesPerDay || wrong >= bot.CodeTries:
		return true, whyLocked, nil
	}
	return true, "", nil
}

// answerCode counts wrong answers and binds on the right one. A code or a
// count that changed since the decision is a conflict: the turn is run again.
func (s *Store) answerCode(ctx context.Context, tx *sql.Tx, c conversationRow, a bot.CodeAnswer, at time.Time) error {
	since, err := s.countedSince(ctx, tx, "contact", strconv.FormatInt(c.contact, 10), at)
	if err != nil {
		return err
	}
	var tries int
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(wrong), 0) FROM bind_codes WHERE contact_id = $1 AND created_at > $2`, c.contact, since).Scan(&tries)
	if err != nil {
		return fmt.Errorf("count tries: %w", err)
	}
	if tries != a.Tries {
		return bot.ErrConflict
	}
	state, ended := "", int64(0)
	switch {
	case a.Right:
		state, ended = "used", ms(at)
	case a.Locked:
		state, ended = "locked", ms(at)
	}
	var merchantNo string
	err = tx.QueryRowContext(ctx,
		`UPDATE bind_codes SET wrong = wrong + $1, state = CASE WHEN $2 = '' THEN state ELSE $2 END, ended_at = $3
		 WHERE id = $4 AND contact_id = $5 AND created_at > $6 AND state IN `+liveCodes+` AND ($7 = '' OR hash = $7) RETURNING merchant_no`,
		a.Wrong, state, ended, a.ID, c.contact, ms(at.Add(-bot.CodeTTL)), a.Hash).Scan(&merchantNo)
	if errors.Is(err, sql.ErrNoRows) {
		return bot.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("answer code: %w", err)
	}
	if a.Right {
		b := bot.Binding{MerchantNo: merchantNo, Role: string(bot.Owner), VerifiedBy: "sms", BoundAt: at}
		if err := s.bind(ctx, tx, c.contact, b); err != nil {
			return err
		}
	}
	if a.Wrong > 0 {
		if err := s.record(ctx, tx, contactAudit(c.contact, "bind_code.wrong", merchantNo, strconv.Itoa(a.Wrong)+" wrong")); err != nil {
			return err
		}
	}
	if state == "" {
		return nil
	}
	if err := s.record(ctx, tx, contactAudit(c.contact, "bind_code."+state, merchantNo, "")); err != nil {
		return err
	}
	return s.appendEvent(ctx, tx, bot.EventBinding, a.ID, 0, map[string]any{"state": "code_" + state}, at)
}

// contactAudit is the record of something that a contact did.
func contactAudit(contact int64, action, merchantNo, detail string) desk.Audit {
	return desk.Audit{
		Actor: "contact:" + strconv.FormatInt(contact, 10), Action: action, Subject: "merchant:" + merchantNo, Detail: detail,
	}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
