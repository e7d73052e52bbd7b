package console

import (
	"context"
	"sync"
	"time"
)

// maxLimitKeys bounds the memory of the limiter; beyond it the oldest windows
// are forgotten first.
const maxLimitKeys = 10000

// localLimiter counts in this process: fixed windows per key.
type localLimiter struct {
	mu      sync.Mutex
	now     func() time.Time
	windows map[string]limitWindow
}

type limitWindow struct {
	until time.Time
	n     int
}

func newLocalLimiter(now func() time.Time) *localLimiter {
	return &localLimiter{now: now, windows: map[string]limitWindow{}}
}

// Allow implements Limiter.
func (l *localLimiter) Allow(_ context.Context, key string, limit int, window time.Duration) (bool, time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if len(l.windows) >= maxLimitKeys {
		l.sweep(now)
	}
	w, ok := l.windows[key]
	if !ok || !now.Before(w.until) {
		w = limitWindow{until: now.Add(window)}
	}
	w.n++
	l.windows[key] = w
	return w.n <= limit, w.until.Sub(now), nil
}

// sweep forgets ended windows, or all of them when none has ended.
func (l *localLimiter) sweep(now time.Time) {
	for k, w := range l.windows {
		if !now.Before(w.until) {
			delete(l.windows, k)
		}
	}
	if len(l.windows) >= maxLimitKeys {
		clear(l.windows)
	}
}
