package wechat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// TokenStore shares access tokens between replicas. It may lose everything at
// any time. A failing store never stops a send: the token is then fetched and
// kept by this process.
type TokenStore interface {
	// Get is the stored token with its end of use; "" when there is none.
	Get(ctx context.Context, appID string) (token string, until time.Time, err error)
	// Set replaces it; a time already past stores nothing.
	Set(ctx context.Context, appID, token string, until time.Time) error
	// Drop removes it while it is still this token.
	Drop(ctx context.Context, appID, token string) error
	// Lock lets one replica fetch; ok is false while another one does. The
	// lock ends by unlock or after ttl.
	Lock(ctx context.Context, appID string, ttl time.Duration) (unlock func(), ok bool, err error)
}

// Limits of fetching. WeChat renews a stable token five minutes before it
// ends; a forced renewal is allowed 20 times a day and every 30 s
// (wechat.md B5).
const (
	tokenMargin   = 5 * time.Minute
	tokenTimeout  = 8 * time.Second
	tokenLock     = 10 * time.Second
	tokenPoll     = 100 * time.Millisecond
	forcedEvery   = 72 * time.Minute // 20 a day
	forcedMinimum = 3                // the first ones may follow each other after 30 s
)

// tokenSource hands out access tokens, one fetch at a time per account.
type tokenSource struct {
	store TokenStore
	fetch func(ctx context.Context, acc *account, force bool) (token string, lives time.Duration, err error)
	log   *slog.Logger
	now   func() time.Time
	group singleflight.Group

	mu     sync.Mutex
	copies map[string]tokenCopy
	bad    map[string]string      // the token last refused, per account
	forced map[string][]time.Time // forced renewals of the last day
}

type tokenCopy struct {
	value string
	until time.Time
}

func newTokenSource(store TokenStore, log *slog.Logger, now func() time.Time) *tokenSource {
	return &tokenSource{
		store: store, log: log, now: now,
		copies: map[string]tokenCopy{}, bad: map[string]string{}, forced: map[string][]time.Time{},
	}
}

// token is a usable access token: the copy of this process, the shared one, or
// a new one.
func (t *tokenSource) token(ctx context.Context, acc *account) (string, error) {
	t.mu.Lock()
	have := t.copies[acc.AppID]
	t.mu.Unlock()
	if have.value != "" && t.now().Before(have.until) {
		return have.value, nil
	}
	ch := t.group.DoChan(acc.AppID, func() (any, error) {
		// The work outlives the caller that began it: others wait for it too.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenTimeout)
		defer cancel()
		return t.renew(ctx, acc)
	})
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("wait for access token: %w", ctx.Err())
	case r := <-ch:
		if r.Err != nil {
			return "", r.Err
		}
		s, _ := r.Val.(string)
		return s, nil
	}
}

// refused forgets a token that WeChat does not accept.
func (t *tokenSource) refused(ctx context.Context, acc *account, token string) {
	t.mu.Lock()
	if t.copies[acc.AppID].value == token {
		delete(t.copies, acc.AppID)
	}
	t.bad[acc.AppID] = token
	t.mu.Unlock()
	if err := t.store.Drop(ctx, acc.AppID, token); err != nil {
		t.log.Warn("wechat: token store", slog.String("app_id", acc.AppID), slog.String("op", "drop"), slog.Any("err", err))
	}
}

// renew takes the shared token, or fetches one while holding the lock.
func (t *tokenSource) renew(ctx context.Context, acc *account) (string, error) {
	for {
		if v, ok := t.shared(ctx, acc); ok {
			return v, nil
		}
		unlock, ok, err := t.store.Lock(ctx, acc.AppID, tokenLock)
		if err != nil {
			t.log.Warn("wechat: token store", slog.String("app_id", acc.AppID), slog.String("op", "lock"), slog.Any("err", err))
			return t.fresh(ctx, acc)
		}
		if ok {
			defer unlock()
			if v, ok := t.shared(ctx, acc); ok { // fetched while we waited
				return v, nil
			}
			return t.fresh(ctx, acc)
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("wait for another replica's access token: %w", ctx.Err())
		case <-time.After(tokenPoll):
		}
	}
}

// shared is the stored token unless it ended or was refused.
func (t *tokenSource) shared(ctx context.Context, acc *account) (string, bool) {
	v, until, err := t.store.Get(ctx, acc.AppID)
	if err != nil {
		t.log.Warn("wechat: token store", slog.String("app_id", acc.AppID), slog.String("op", "get"), slog.Any("err", err))
		return "", false
	}
	if v == "" || !t.now().Before(until) || v == t.lastBad(acc) {
		return "", false
	}
	t.keep(acc, v, until)
	return v, true
}

// fresh asks WeChat. When the normal mode repeats the token just refused, it
// is renewed by force, within the platform's daily limit.
func (t *tokenSource) fresh(ctx context.Context, acc *account) (string, error) {
	v, lives, err := t.fetch(ctx, acc, false)
	if err == nil && v == t.lastBad(acc) && t.mayForce(acc) {
		v, lives, err = t.fetch(ctx, acc, true)
	}
	if err != nil {
		return "", err
	}
	if v == "" {
		return "", errors.New("WeChat gave an empty access token")
	}
	until := t.now().Add(lives - min(tokenMargin, lives/2)) // expires_in may be 300 or less
	t.keep(acc, v, until)
	if err := t.store.Set(ctx, acc.AppID, v, until); err != nil {
		t.log.Warn("wechat: token store", slog.String("app_id", acc.AppID), slog.String("op", "set"), slog.Any("err", err))
	}
	return v, nil
}

func (t *tokenSource) keep(acc *account, v string, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.copies[acc.AppID] = tokenCopy{value: v, until: until}
}

func (t *tokenSource) lastBad(acc *account) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bad[acc.AppID]
}

func (t *tokenSource) mayForce(acc *account) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	past := t.forced[acc.AppID]
	for len(past) > 0 && now.Sub(past[0]) > 24*time.Hour {
		past = past[1:]
	}
	gap := 30 * time.Second
	if len(past) >= forcedMinimum {
		gap = forcedEvery
	}
	ok := len(past) == 0 || now.Sub(past[len(past)-1]) >= gap
	if ok {
		past = append(past, now)
	}
	t.forced[acc.AppID] = past
	return ok
}

// MemoryTokens is the TokenStore of a single process.
type MemoryTokens struct {
	mu     sync.Mutex
	tokens map[string]tokenCopy
	locked map[string]bool
}

// NewMemoryTokens makes an empty store.
func NewMemoryTokens() *MemoryTokens {
	return &MemoryTokens{tokens: map[string]tokenCopy{}, locked: map[string]bool{}}
}

// Get implements TokenStore.
func (m *MemoryTokens) Get(_ context.Context, appID string) (string, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.tokens[appID]
	return c.value, c.until, nil
}

// Set implements TokenStore.
func (m *MemoryTokens) Set(_ context.Context, appID, token string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens[appID] = tokenCopy{value: token, until: until}
	return nil
}

// Drop implements TokenStore.
func (m *MemoryTokens) Drop(_ context.Context, appID, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens[appID].value == token {
		delete(m.tokens, appID)
	}
	return nil
}

// Lock implements TokenStore; within a process the holder always unlocks, so
// ttl is not needed.
func (m *MemoryTokens) Lock(_ context.Context, appID string, _ time.Duration) (func(), bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked[appID] {
		return nil, false, nil
	}
	m.locked[appID] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.locked, appID)
	}, true, nil
}
