package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"daozhang/bot/runner"
	"daozhang/handlers/wechat"
	"daozhang/store/redis"
)

// shared is what replicas have in common besides the database, and may lose at
// any time: Redis when configured, else its twins in this process.
type shared struct {
	bus     runner.Bus
	limiter runner.Limiter
	tokens  wechat.TokenStore
	ping    func(context.Context) error // nil: nothing to ask
	close   func() error
}

// connectShared opens Redis or makes the twins.
func connectShared(ctx context.Context, cfg Config, log *slog.Logger, now func() time.Time) (shared, error) {
	if cfg.RedisURL == "" {
		return shared{
			bus: runner.NewBus(), limiter: runner.NewLimiter(now), tokens: wechat.NewMemoryTokens(), close: func() error { return nil },
		}, nil
	}
	client, err := redis.Open(ctx, cfg.RedisURL, "daozhang:", log)
	if err != nil {
		return shared{}, fmt.Errorf("redis_url：%w（只运行一个实例时可留空，不用 Redis）", err)
	}
	bus, limiter := redis.NewBus(client), redis.NewLimiter(client) //nolint:contextcheck // the bus outlives this call; its Close ends it
	return shared{
		bus: bus, limiter: limiter, tokens: redis.NewTokens(client, now), ping: client.Ping,
		close: func() error {
			bus.Close()
			return errors.Join(client.Close())
		},
	}, nil
}

// silentRedis drops the Redis library's own lines: what matters comes back as
// an error and is logged once.
type silentRedis struct{}

// Printf implements the library's logger.
func (silentRedis) Printf(context.Context, string, ...any) {}
