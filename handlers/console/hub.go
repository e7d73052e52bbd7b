package console

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"daozhang/bot"
)

const (
	// hubTick finds what other replicas committed; what was committed here is
	// found at once through Deps.Wake.
	hubTick = time.Second
	// hubPause keeps a burst of commits from becoming a burst of queries.
	hubPause = 100 * time.Millisecond
	// hubBatch bounds one read of the table.
	hubBatch = 500
	// hubMemory is how long an id is remembered: longer than the minute that
	// EventsAfter reaches back.
	hubMemory = 3 * time.Minute
	// clientBuffer bounds what one slow browser may be behind; beyond it the
	// browser is sent away and comes back with a replay. It holds two whole
	// reads of the table, so that only who does not read is behind.
	clientBuffer = 2 * hubBatch
	// maxClients bounds the open streams.
	maxClients = 200
)

// hub reads the table of events once for all open streams. It never blocks on
// a stream: one whose buffer is full is closed.
type hub struct {
	source EventSource
	wake   <-chan string
	log    *slog.Logger

	mu      sync.Mutex
	clients map[*client]bool
	closed  bool
}

// client is one open stream. events is closed when the hub gives it up.
type client struct{ events chan bot.Event }

func newHub(source EventSource, wake <-chan string, log *slog.Logger) *hub {
	return &hub{source: source, wake: wake, log: log, clients: map[*client]bool{}}
}

// join opens a stream; false when there are too many, or the server stops.
func (h *hub) join() (*client, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.clients) >= maxClients {
		return nil, false
	}
	c := &client{events: make(chan bot.Event, clientBuffer)}
	h.clients[c] = true
	return c, true
}

// leave ends a stream; leaving twice is no harm.
func (h *hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(c)
}

func (h *hub) drop(c *client) {
	if h.clients[c] {
		delete(h.clients, c)
		close(c.events)
	}
}

// send hands an event to every stream.
func (h *hub) send(e bot.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		select {
		case c.events <- e:
		default:
			h.drop(c)
		}
	}
}

// run reads events until ctx ends, then closes every stream.
func (h *hub) run(ctx context.Context) {
	defer h.stop()
	r := reader{hub: h, seen: map[int64]time.Time{}}
	tick := time.NewTicker(hubTick)
	defer tick.Stop()
	wake := h.wake
	for {
		r.read(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case _, ok := <-wake:
			if !ok {
				wake = nil // the bus has ended: the clock goes on
			}
			if !sleep(ctx, hubPause) {
				return
			}
		}
	}
}

func (h *hub) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		h.drop(c)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// reader is the hub's place in the table. It belongs to run alone.
type reader struct {
	hub    *hub
	ready  bool
	last   int64
	seen   map[int64]time.Time // id → when it happened
	failed bool
}

// read passes on what is new. Events that other replicas commit late are found
// because every read reaches a minute back.
func (r *reader) read(ctx context.Context) {
	events, err := r.fetch(ctx)
	if err != nil {
		if ctx.Err() == nil && !r.failed { // once, not every second
			r.hub.log.ErrorContext(ctx, "read events", slog.Any("error", err))
		}
		r.failed = true
		return
	}
	r.failed = false
	for _, e := range events {
		if _, known := r.seen[e.ID]; known {
			continue
		}
		r.seen[e.ID] = e.At
		r.last = max(r.last, e.ID)
		if r.ready {
			r.hub.send(e)
		}
	}
	r.ready = true
	r.forget()
}

func (r *reader) fetch(ctx context.Context) ([]bot.Event, error) {
	if !r.ready && r.last == 0 {
		id, err := r.hub.source.LastEventID(ctx)
		if err != nil {
			return nil, err
		}
		r.last = id
		if id == 0 {
			return nil, nil
		}
	}
	return r.hub.source.EventsAfter(ctx, r.last, hubBatch)
}

// forget drops ids that no read can bring again.
func (r *reader) forget() {
	if len(r.seen) < 2*hubBatch {
		return
	}
	newest := r.seen[r.last]
	for id, at := range r.seen {
		if newest.Sub(at) > hubMemory {
			delete(r.seen, id)
		}
	}
}
