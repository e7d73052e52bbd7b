package runner

import (
	"context"
	"sync"
	"time"
)

// waiters are callbacks that wait for the reply to an inbound message, by its
// id in decimal. A retry of WeChat waits beside the first request.
type waiters struct {
	mu *sync.Mutex
	by map[string]map[chan struct{}]bool
}

func newWaiters() waiters {
	return waiters{mu: &sync.Mutex{}, by: map[string]map[chan struct{}]bool{}}
}

func (w waiters) wait(id string) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by[id] == nil {
		w.by[id] = map[chan struct{}]bool{}
	}
	w.by[id][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.by[id], c)
		if len(w.by[id]) == 0 {
			delete(w.by, id)
		}
	}
}

func (w waiters) tell(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.by[id] {
		poke(c)
	}
}

// waitFor is true when told or after d, false when ctx ends first.
func waitFor(ctx context.Context, told <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-told:
	case <-t.C:
	}
	return true
}
