package runner

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"math/big"
	"time"

	"daozhang/bot"
)

// One-time codes are made at the moment of sending: a code is a row that is
// committed with the words that promise it, leased like an outbox row, and only
// its keyed digest is ever stored. A process that dies between the commit and
// the gateway leaves the row due; the next one makes another code and sends
// that. So no promise is lost, at worst the contact gets two codes, and the
// later one opens.

// Codes holds one-time codes; store.Store fulfils it.
type Codes interface {
	// PendingCode is the newest code of a WeChat user within 24 h.
	PendingCode(ctx context.Context, appID, openID string, now time.Time) (bot.Code, bool, error)
	LeaseCode(ctx context.Context, now, until time.Time) (bot.CodeJob, bool, error)
	// ArmCode stores the digest; false: the job is no longer ours.
	ArmCode(ctx context.Context, j bot.CodeJob, hash string) (bool, error)
	// SettleCode ends an attempt; zero again and not sent gives up.
	SettleCode(ctx context.Context, j bot.CodeJob, sent bool, again, now time.Time) error
}

// Texter sends a code by SMS. Its errors never hold number or code.
type Texter interface {
	Text(ctx context.Context, phone, code, purpose string, ttl time.Duration) error
}

// SecondFactor is what one-time codes need; the zero value switches them off.
type SecondFactor struct {
	Texter Texter
	// Key of the digests; at least 16 bytes, the same in every replica.
	Key []byte
	// NewCode makes six digits; nil: from the system's random source.
	NewCode func() string
}

const (
	codePurpose  = "bind"
	codeAttempts = 3
	codeRetry    = 15 * time.Second
	// codeMinLeft is how long a code must still be good for when it is sent.
	codeMinLeft = 2 * time.Minute
	minCodeKey  = 16
)

func (f SecondFactor) on() bool { return f.Texter != nil }

func (f SecondFactor) check() error {
	if f.on() && len(f.Key) < minCodeKey {
		return fmt.Errorf("runner: the key of one-time codes needs %d bytes or more", minCodeKey)
	}
	return nil
}

func (f SecondFactor) newCode() (string, error) {
	if f.NewCode != nil {
		return f.NewCode(), nil
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("random code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// TakeCode cuts the answer to a one-time code out of a text, before anything
// of it is stored, logged or shown: see bot.TakeCode. The channel calls it
// first of all.
func (r *Runner) TakeCode(ctx context.Context, appID, openID, text string) (clean, proof string, err error) {
	if !r.second.on() || len(bot.CodeSpans(text)) == 0 {
		return text, "", nil
	}
	now := r.now()
	c, ok, err := r.store.PendingCode(ctx, appID, openID, now)
	if err != nil {
		return "", "", fmt.Errorf("pending code: %w", err)
	}
	if !ok {
		return text, "", nil
	}
	clean, proof = bot.TakeCode(text, c, r.second.Key, now)
	return clean, proof, nil
}

// textOne sends one code that is due.
func (r *Runner) textOne(ctx context.Context) (bool, error) {
	if !r.second.on() {
		return false, nil
	}
	now := r.now()
	j, ok, err := r.store.LeaseCode(ctx, now, now.Add(r.timing.SendLease))
	if err != nil || !ok {
		return false, err //nolint:wrapcheck // says itself where
	}
	left := j.CreatedAt.Add(bot.CodeTTL).Sub(now)
	phone := bot.MobileNumber(j.Phone)
	if phone == "" || left < codeMinLeft {
		return true, r.settleCode(ctx, j, false, time.Time{})
	}
	code, err := r.second.newCode()
	if err != nil {
		return true, err
	}
	mine, err := r.store.ArmCode(ctx, j, bot.CodeDigest(r.second.Key, j.ID, code))
	if err != nil || !mine {
		return true, err //nolint:wrapcheck // says itself where
	}
	r.fault("code armed")
	sending, cancel := context.WithTimeout(ctx, r.timing.Send)
	err = r.second.Texter.Text(sending, phone, code, codePurpose, left)
	cancel()
	r.fault("code sent")
	if err == nil {
		return true, r.settleCode(ctx, j, true, time.Time{})
	}
	r.log.Error("runner: SMS not sent", slog.Int64("code_id", j.ID), slog.Int("attempt", j.Attempts), slog.Any("err", err))
	again := time.Time{}
	if j.Attempts < codeAttempts && left > codeRetry+codeMinLeft {
		again = r.now().Add(codeRetry)
	}
	return true, r.settleCode(ctx, j, false, again)
}

func (r *Runner) settleCode(ctx context.Context, j bot.CodeJob, sent bool, again time.Time) error {
	if err := r.store.SettleCode(ctx, j, sent, again, r.now()); err != nil {
		return err //nolint:wrapcheck // says itself where
	}
	r.bus.Publish(TopicEvents, "")
	poke(r.wake.schedule)
	return nil
}
