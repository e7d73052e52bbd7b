package redis_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"daozhang/bot/runner"
	"daozhang/store/redis"
)

// Both replicas' buses fulfil the runner's interface, like its in-process twin.
var (
	_ runner.Bus     = (*redis.Bus)(nil)
	_ runner.Limiter = (*redis.Limiter)(nil)
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// each runs a test against a server in this process and against a real one.
func each(t *testing.T, f func(t *testing.T, open func() *redis.Client, flush func())) {
	t.Helper()
	run := func(t *testing.T, url, prefix string, flush func(*redis.Client)) {
		open := func() *redis.Client {
			c, err := redis.Open(context.Background(), url, prefix, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			return c
		}
		f(t, open, func() { flush(open()) })
	}
	t.Run("miniredis", func(t *testing.T) {
		m := miniredis.NewMiniRedis()
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Close)
		run(t, "redis://"+m.Addr(), "t:", func(*redis.Client) { m.FlushAll() })
	})
	t.Run("redis", func(t *testing.T) {
		url := os.Getenv("DAOZHANG_TEST_REDIS")
		if url == "" {
			t.Skip("DAOZHANG_TEST_REDIS is not set: make test starts a server and sets it")
		}
		run(t, url, fmt.Sprintf("t%d:", time.Now().UnixNano()), func(c *redis.Client) {
			if err := c.Forget(context.Background()); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestTokensAreSharedAndOneFetches(t *testing.T) {
	each(t, func(t *testing.T, open func() *redis.Client, flush func()) {
		ctx := context.Background()
		a, b := redis.NewTokens(open(), time.Now), redis.NewTokens(open(), time.Now)
		if v, _, err := a.Get(ctx, "wx1"); v != "" || err != nil {
			t.Fatalf("empty store gave %q, %v", v, err)
		}
		until := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		if err := a.Set(ctx, "wx1", "T1", until); err != nil {
			t.Fatal(err)
		}
		if v, u, err := b.Get(ctx, "wx1"); v != "T1" || !u.Equal(until) || err != nil {
			t.Fatalf("got %q until %v, %v", v, u, err)
		}
		if err := b.Drop(ctx, "wx1", "another"); err != nil {
			t.Fatal(err)
		}
		if v, _, _ := a.Get(ctx, "wx1"); v != "T1" {
			t.Fatal("a foreign drop removed the token")
		}
		if err := b.Drop(ctx, "wx1", "T1"); err != nil {
			t.Fatal(err)
		}
		if v, _, _ := a.Get(ctx, "wx1"); v != "" {
			t.Fatal("the token survived its drop")
		}
		if err := a.Set(ctx, "wx1", "old", time.Now().Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		if v, _, _ := a.Get(ctx, "wx1"); v != "" {
			t.Fatal("a past token was stored")
		}
		oneLock(t, open, flush)
	})
}

func oneLock(t *testing.T, open func() *redis.Client, flush func()) {
	t.Helper()
	ctx := context.Background()
	var holders atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		s := redis.NewTokens(open(), time.Now)
		wg.Go(func() {
			if _, ok, err := s.Lock(ctx, "wx1", time.Minute); err != nil {
				t.Error(err)
			} else if ok {
				holders.Add(1)
			}
		})
	}
	wg.Wait()
	if holders.Load() != 1 {
		t.Fatalf("%d held the lock", holders.Load())
	}
	flush() // a flushed lock is free again, and the old owner's unlock is harmless
	first := redis.NewTokens(open(), time.Now)
	release, ok, err := first.Lock(ctx, "wx1", time.Minute)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	flush()
	if _, ok, err := first.Lock(ctx, "wx1", time.Minute); !ok || err != nil {
		t.Fatal(ok, err)
	}
	release()
	if _, ok, _ := first.Lock(ctx, "wx1", time.Minute); ok {
		t.Fatal("unlock ended the lock of another owner")
	}
}

func TestLimiterCountsForAllReplicas(t *testing.T) {
	each(t, func(t *testing.T, open func() *redis.Client, flush func()) {
		ctx := context.Background()
		a, b := redis.NewLimiter(open()), redis.NewLimiter(open())
		for i, l := range []*redis.Limiter{a, b, a, b} {
			ok, wait, err := l.Allow(ctx, "k", 3, time.Minute)
			if err != nil || ok != (i < 3) || ok == (wait > 0) {
				t.Fatalf("event %d: %t, wait %v, %v", i, ok, wait, err)
			}
		}
		flush()
		if ok, _, err := a.Allow(ctx, "k", 3, time.Minute); !ok || err != nil {
			t.Fatal(ok, err)
		}
	})
}

func TestPresenceEnds(t *testing.T) {
	each(t, func(t *testing.T, open func() *redis.Client, _ func()) {
		ctx := context.Background()
		now := time.Now()
		p := redis.NewPresence(open(), time.Minute, func() time.Time { return now })
		for _, id := range []int64{7, 8, 9} {
			if err := p.Touch(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Leave(ctx, 8); err != nil {
			t.Fatal(err)
		}
		if ids, err := p.Present(ctx); err != nil || len(ids) != 2 {
			t.Fatal(ids, err)
		}
		now = now.Add(2 * time.Minute)
		if ids, err := p.Present(ctx); err != nil || len(ids) != 0 {
			t.Fatal(ids, err)
		}
	})
}

func TestBusReachesOtherReplicas(t *testing.T) {
	each(t, func(t *testing.T, open func() *redis.Client, _ func()) {
		a, b := redis.NewBus(open()), redis.NewBus(open())
		defer a.Close()
		defer b.Close()
		own, stopOwn := a.Subscribe("work")
		defer stopOwn()
		other, stopOther := b.Subscribe("work")
		defer stopOther()
		deadline := time.After(5 * time.Second)
		// The subscription of b begins a moment after NewBus: hints may be lost.
		for heard := false; !heard; {
			a.Publish("work", "1,2")
			select {
			case p := <-other:
				heard = p == "1,2"
			case <-time.After(20 * time.Millisecond):
			case <-deadline:
				t.Fatal("the other replica heard nothing")
			}
		}
		if p := <-own; p != "1,2" {
			t.Fatalf("own hint %q", p)
		}
	})
}

func TestOpenSaysWhatIsWrongWithoutThePassword(t *testing.T) {
	for _, u := range []string{"http://:secret@x", "redis://:secret@127.0.0.1:1"} {
		_, err := redis.Open(context.Background(), u, "", slog.New(slog.DiscardHandler))
		if err == nil || containsSecret(err.Error()) {
			t.Errorf("%q: %v", u, err)
		}
	}
}

func containsSecret(s string) bool {
	for i := 0; i+6 <= len(s); i++ {
		if s[i:i+6] == "secret" {
			return true
		}
	}
	return false
}
