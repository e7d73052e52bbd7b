// Package redis shares between replicas what may be lost at any time: the
// WeChat access token with its refresh lock, hints on an event bus, counters of
// limits, presence of agents. Everything durable is in the database; a flushed
// or absent Redis costs a token fetch, a poll interval, a fresh count.
package redis

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// callTimeout bounds one command: everything here is optional and must never
// hold a message up.
const callTimeout = 2 * time.Second

// Client is one connection pool. It is safe for concurrent use.
type Client struct {
	db     *goredis.Client
	prefix string
	log    *slog.Logger
}

// Open connects to redis://[user:password@]host:port[/db] (rediss:// for TLS)
// and checks that the server answers. prefix separates deployments that share
// a server, e.g. "daozhang:".
func Open(ctx context.Context, rawURL, prefix string, log *slog.Logger) (*Client, error) {
	o, err := goredis.ParseURL(rawURL)
	if err != nil {
		// The parser's words may hold the password.
		return nil, errors.New("redis_url: use redis://[user:password@]HOST:PORT[/DB] or rediss://…")
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = callTimeout, callTimeout, callTimeout
	c := &Client{db: goredis.NewClient(o), prefix: prefix, log: log}
	if err := c.Ping(ctx); err != nil {
		return nil, errors.Join(err, c.db.Close())
	}
	return c, nil
}

// Ping reports whether the server answers.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := c.db.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

// Close closes the pool. Close buses first.
func (c *Client) Close() error { return c.db.Close() }

func (c *Client) key(parts ...string) string {
	k := c.prefix
	for i, p := range parts {
		if i > 0 {
			k += ":"
		}
		k += p
	}
	return k
}

// nonce tells owners and replicas apart.
func nonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(b[:])
}

// Limiter counts events for all replicas, in windows that begin with their
// first event. It fulfils the limiters of runner and console.
type Limiter struct{ c *Client }

// NewLimiter makes a limiter.
func NewLimiter(c *Client) *Limiter { return &Limiter{c} }

// count adds one and starts the window with the first event, in one step, so
// that no counter stays without an end.
//
//nolint:gochecknoglobals // read-only script
var count = goredis.NewScript(`
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}`)

// Allow counts one event under a key and reports whether it is within limit
// per window; otherwise when to try again.
func (l *Limiter) Allow(ctx context.Context, key string, limit int, window time.Duration) (bool, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := count.Run(ctx, l.c.db, []string{l.c.key("limit", key)}, window.Milliseconds()).Int64Slice()
	if err != nil {
		return false, 0, fmt.Errorf("count: %w", err)
	}
	if len(r) != 2 {
		return false, 0, errors.New("count: the script gave no pair")
	}
	if r[0] <= int64(limit) {
		return true, 0, nil
	}
	return false, time.Duration(max(r[1], 0)) * time.Millisecond, nil
}

// Tokens shares WeChat access tokens; it fulfils wechat.TokenStore.
type Tokens struct {
	c   *Client
	now func() time.Time
}

// NewTokens makes a token store; now is the clock of the expiry times.
func NewTokens(c *Client, now func() time.Time) *Tokens { return &Tokens{c, now} }

// Get is the stored token with its end of use; "" when there is none.
func (t *Tokens) Get(ctx context.Context, appID string) (string, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	v, err := t.c.db.HMGet(ctx, t.c.key("token", appID), "token", "until").Result()
	if err != nil {
		return "", time.Time{}, fmt.Errorf("get token: %w", err)
	}
	token, _ := v[0].(string)
	until, _ := v[1].(string)
	ms, err := strconv.ParseInt(until, 10, 64)
	if token == "" || err != nil {
		return "", time.Time{}, nil //nolint:nilerr // a broken entry is none
	}
	return token, time.UnixMilli(ms), nil
}

// Set replaces the token; a time already past stores nothing.
func (t *Tokens) Set(ctx context.Context, appID, token string, until time.Time) error {
	left := until.Sub(t.now())
	if left <= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	key := t.c.key("token", appID)
	pipe := t.c.db.TxPipeline()
	pipe.HSet(ctx, key, "token", token, "until", until.UnixMilli())
	pipe.PExpire(ctx, key, left)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("set token: %w", err)
	}
	return nil
}

// drop removes a token while it is still this one; unlock ends a lock while it
// is still ours.
//
//nolint:gochecknoglobals // read-only scripts
var (
	drop = goredis.NewScript(`
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)
	unlock = goredis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)
)

// Drop removes the token while it is still this one.
func (t *Tokens) Drop(ctx context.Context, appID, token string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := drop.Run(ctx, t.c.db, []string{t.c.key("token", appID)}, token).Err(); err != nil {
		return fmt.Errorf("drop token: %w", err)
	}
	return nil
}

// Lock lets one replica fetch; ok is false while another one does. The lock
// ends by unlock or after ttl.
func (t *Tokens) Lock(ctx context.Context, appID string, ttl time.Duration) (func(), bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	mine, key := nonce(), t.c.key("token-lock", appID)
	ok, err := t.c.db.SetNX(ctx, key, mine, ttl).Result()
	if err != nil {
		return nil, false, fmt.Errorf("lock token: %w", err)
	}
	if !ok {
		return nil, false, nil
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		defer cancel()
		if err := unlock.Run(ctx, t.c.db, []string{key}, mine).Err(); err != nil {
			t.c.log.Warn("redis: unlock token", slog.Any("err", err)) // it ends by itself
		}
	}, true, nil
}

// Forget deletes everything under the prefix: nothing is lost by it.
func (c *Client) Forget(ctx context.Context) error {
	keys := c.db.Scan(ctx, 0, c.prefix+"*", 100).Iterator()
	for keys.Next(ctx) {
		if err := c.db.Del(ctx, keys.Val()).Err(); err != nil {
			return fmt.Errorf("forget: %w", err)
		}
	}
	if err := keys.Err(); err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	return nil
}
