package runner

import (
	"context"
	"sync"
	"time"
)

// Topics of the bus. Everything on it is a hint that may be lost: whoever
// listens looks into the database, and looks again by time.
const (
	TopicWork     = "work"     // something became due
	TopicAnswered = "answered" // payload: inbox ids, comma-separated
	TopicEvents   = "events"   // new rows for the consoles
)

// Bus carries hints between replicas. Publish never blocks and never fails
// the caller.
type Bus interface {
	Publish(topic, payload string)
	// Subscribe gives what is published from now on; a slow reader loses
	// hints. The function ends the subscription.
	Subscribe(topic string) (<-chan string, func())
}

// MemoryBus is the Bus within one process.
type MemoryBus struct {
	mu   sync.Mutex
	subs map[string]map[chan string]bool
}

// NewBus makes an empty bus.
func NewBus() *MemoryBus { return &MemoryBus{subs: map[string]map[chan string]bool{}} }

// busBuffer bounds what a slow reader may be behind.
const busBuffer = 64

// Publish implements Bus.
func (b *MemoryBus) Publish(topic, payload string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.subs[topic] {
		select {
		case c <- payload:
		default:
		}
	}
}

// Subscribe implements Bus.
func (b *MemoryBus) Subscribe(topic string) (<-chan string, func()) {
	c := make(chan string, busBuffer)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs[topic] == nil {
		b.subs[topic] = map[chan string]bool{}
	}
	b.subs[topic][c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs[topic], c)
	}
}

// Limiter counts events per key in windows that begin with their first event.
type Limiter interface {
	// Allow counts one event and reports whether the window holds no more
	// than limit; otherwise when to try again.
	Allow(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error)
}

// MemoryLimiter is the Limiter within one process.
type MemoryLimiter struct {
	now  func() time.Time
	mu   sync.Mutex
	keys map[string]counted
}

type counted struct {
	n   int
	end time.Time
}

// NewLimiter makes an empty limiter.
func NewLimiter(now func() time.Time) *MemoryLimiter {
	return &MemoryLimiter{now: now, keys: map[string]counted{}}
}

// maxKeys bounds the memory: when it is reached ended windows are dropped, and
// all of them if that is not enough.
const maxKeys = 10000

// Allow implements Limiter.
func (l *MemoryLimiter) Allow(_ context.Context, key string, limit int, window time.Duration) (bool, time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if len(l.keys) >= maxKeys {
		for k, w := range l.keys {
			if !now.Before(w.end) {
				delete(l.keys, k)
			}
		}
		if len(l.keys) >= maxKeys {
			clear(l.keys)
		}
	}
	w := l.keys[key]
	if !now.Before(w.end) {
		w = counted{end: now.Add(window)}
	}
	w.n++
	l.keys[key] = w
	if w.n > limit {
		return false, w.end.Sub(now), nil
	}
	return true, 0, nil
}
