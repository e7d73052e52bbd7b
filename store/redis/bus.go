package redis

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Bus carries hints between replicas; it fulfils runner.Bus. Publish never
// blocks and never fails the caller: what Redis cannot take now is lost, and
// whoever would have read it finds out by looking. A subscriber hears its own
// replica's hints as well, also while Redis is away.
type Bus struct {
	c    *Client
	id   string
	out  chan hint
	stop context.CancelFunc
	done sync.WaitGroup

	mu   sync.Mutex
	subs map[string]map[chan string]bool
}

type hint struct{ topic, payload string }

// busBuffer bounds what a slow reader, or a slow Redis, may be behind.
const busBuffer = 256

// NewBus starts a bus; Close ends its goroutines.
func NewBus(c *Client) *Bus {
	ctx, stop := context.WithCancel(context.Background())
	b := &Bus{c: c, id: nonce(), out: make(chan hint, busBuffer), stop: stop, subs: map[string]map[chan string]bool{}}
	b.done.Go(func() { b.send(ctx) })
	b.done.Go(func() { b.receive(ctx) })
	return b
}

// Close stops sending and receiving; Publish and Subscribe stay harmless.
func (b *Bus) Close() {
	b.stop()
	b.done.Wait()
}

// Publish tells the readers of this replica at once and the others soon.
func (b *Bus) Publish(topic, payload string) {
	b.tell(topic, payload)
	select {
	case b.out <- hint{topic, payload}:
	default:
	}
}

// Subscribe gives what is published from now on; a slow reader loses hints.
// The function ends the subscription.
func (b *Bus) Subscribe(topic string) (<-chan string, func()) {
	ch := make(chan string, busBuffer)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs[topic] == nil {
		b.subs[topic] = map[chan string]bool{}
	}
	b.subs[topic][ch] = true
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs[topic], ch)
	}
}

func (b *Bus) tell(topic, payload string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.subs[topic] {
		select {
		case ch <- payload:
		default:
		}
	}
}

// send passes hints on. A message is origin, topic and payload, by newlines.
func (b *Bus) send(ctx context.Context) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case h := <-b.out:
			call, cancel := context.WithTimeout(ctx, callTimeout)
			err := b.c.db.Publish(call, b.c.key("bus"), strings.Join([]string{b.id, h.topic, h.payload}, "\n")).Err()
			cancel()
			if err != nil && !failing && ctx.Err() == nil {
				b.c.log.Warn("redis: bus away, replicas find work by polling", slog.Any("err", err))
			}
			failing = err != nil
		}
	}
}

// receive tells the hints of other replicas; the client reconnects by itself.
func (b *Bus) receive(ctx context.Context) {
	sub := b.c.db.Subscribe(ctx, b.c.key("bus"))
	// A blocked read does not watch ctx: closing the connection ends it.
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })()
	for ctx.Err() == nil {
		m, err := sub.ReceiveMessage(ctx)
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(callTimeout):
			}
			continue
		}
		part := strings.SplitN(m.Payload, "\n", 3)
		if len(part) == 3 && part[0] != b.id {
			b.tell(part[1], part[2])
		}
	}
}
