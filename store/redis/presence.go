package redis

import (
	"context"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Presence knows which agents are there, across replicas. An agent who is not
// touched again is gone after ttl.
type Presence struct {
	c   *Client
	ttl time.Duration
	now func() time.Time
}

// NewPresence makes a presence list.
func NewPresence(c *Client, ttl time.Duration, now func() time.Time) *Presence {
	return &Presence{c, ttl, now}
}

// Touch says that an agent is there now.
func (p *Presence) Touch(ctx context.Context, userID int64) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	key := p.c.key("presence")
	pipe := p.c.db.TxPipeline()
	pipe.ZAdd(ctx, key, goredis.Z{Score: float64(p.now().Add(p.ttl).UnixMilli()), Member: userID})
	pipe.PExpire(ctx, key, 2*p.ttl)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("touch presence: %w", err)
	}
	return nil
}

// Leave says that an agent has gone.
func (p *Presence) Leave(ctx context.Context, userID int64) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := p.c.db.ZRem(ctx, p.c.key("presence"), userID).Err(); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// Present lists who is there.
func (p *Presence) Present(ctx context.Context) ([]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	members, err := p.c.db.ZRangeArgs(ctx, goredis.ZRangeArgs{
		Key: p.c.key("presence"), ByScore: true, Start: "(" + strconv.FormatInt(p.now().UnixMilli(), 10), Stop: "+inf",
	}).Result()
	if err != nil {
		return nil, fmt.Errorf("presence: %w", err)
	}
	ids := make([]int64, 0, len(members))
	for _, m := range members {
		if id, err := strconv.ParseInt(m, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
