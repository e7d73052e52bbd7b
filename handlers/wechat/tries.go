package wechat

import (
	"sync"
	"time"
)

// tries counts how often WeChat has sent one message: 0 s, 5 s, 10 s. A try may
// reach another replica, so the age of the message counts as well.
type tries struct {
	now func() time.Time
	mu  sync.Mutex
	all map[string]tried
}

type tried struct {
	n     int
	first time.Time
}

// Bounds of the memory: WeChat is through with a message after 15 s.
const (
	triesLife = time.Minute
	triesMax  = 10_000
)

func newTries(now func() time.Time) *tries { return &tries{now: now, all: map[string]tried{}} }

// count is the number of this try, from 1. again says that the message was
// stored before, age is its distance from WeChat's own CreateTime (whole
// seconds, so half a second of rounding is allowed for).
func (t *tries) count(key string, again bool, age time.Duration) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if len(t.all) >= triesMax {
		for k, v := range t.all {
			if now.Sub(v.first) > triesLife {
				delete(t.all, k)
			}
		}
		if len(t.all) >= triesMax {
			clear(t.all) // the age still tells
		}
	}
	e, ok := t.all[key]
	if !ok || now.Sub(e.first) > triesLife {
		e = tried{first: now}
	}
	e.n++
	t.all[key] = e
	n := e.n
	if again {
		n = max(n, 2)
		if age >= 9500*time.Millisecond {
			n = max(n, 3)
		}
	}
	return n
}
