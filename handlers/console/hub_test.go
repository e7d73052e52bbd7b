package console

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"daozhang/bot"
)

func TestHubDropsWhoDoesNotRead(t *testing.T) {
	t.Parallel()
	h := newHub(nil, nil, slog.New(slog.DiscardHandler))
	slow, _ := h.join()
	quick, _ := h.join()
	for i := range clientBuffer + 1 {
		h.send(bot.Event{ID: int64(i + 1)})
		if ev := <-quick.events; ev.ID != int64(i+1) {
			t.Fatalf("the quick one got %d, want %d", ev.ID, i+1)
		}
	}
	n := 0
	for range slow.events { // ends: the hub closed it
		n++
	}
	if n != clientBuffer {
		t.Errorf("the slow one got %d events before it was dropped, want %d", n, clientBuffer)
	}
	h.leave(slow) // no harm after a drop
	h.leave(quick)
	if len(h.clients) != 0 {
		t.Errorf("%d clients are left", len(h.clients))
	}
}

func TestHubBoundsItsClients(t *testing.T) {
	t.Parallel()
	h := newHub(nil, nil, slog.New(slog.DiscardHandler))
	for range maxClients {
		if _, ok := h.join(); !ok {
			t.Fatal("refused too early")
		}
	}
	if _, ok := h.join(); ok {
		t.Error("one client too many")
	}
	h.stop()
	if _, ok := h.join(); ok {
		t.Error("a stopped hub took a client")
	}
}

// table is an EventSource whose events appear in any order, as with replicas
// that commit late.
type table struct {
	events []bot.Event
	err    error
}

func (f *table) LastEventID(context.Context) (int64, error) {
	var last int64
	for _, e := range f.events {
		last = max(last, e.ID)
	}
	return last, f.err
}

func (f *table) EventsAfter(_ context.Context, id int64, _ int) ([]bot.Event, error) {
	var out []bot.Event
	for _, e := range f.events {
		if e.ID > id-60 { // a minute, in this table's ids
			out = append(out, e)
		}
	}
	return out, f.err
}

func TestReaderFindsWhatWasCommittedLate(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 18, 16, 0, 0, 0, zone)
	src := &table{events: []bot.Event{{ID: 100, At: at}}}
	h := newHub(src, nil, slog.New(slog.DiscardHandler))
	c, _ := h.join()
	r := reader{hub: h, seen: map[int64]time.Time{}}
	ctx := context.Background()
	got := func() (ids []int64) {
		r.read(ctx)
		for len(c.events) > 0 {
			ids = append(ids, (<-c.events).ID)
		}
		return ids
	}
	if ids := got(); ids != nil {
		t.Errorf("old events %v were told as new", ids)
	}
	src.events = append(src.events, bot.Event{ID: 110, At: at})
	if ids := got(); len(ids) != 1 || ids[0] != 110 {
		t.Errorf("got %v, want 110", ids)
	}
	src.events = append(src.events, bot.Event{ID: 105, At: at}) // committed after 110
	if ids := got(); len(ids) != 1 || ids[0] != 105 {
		t.Errorf("got %v, want the late 105, once", ids)
	}
	src.err = context.DeadlineExceeded
	if ids := got(); ids != nil {
		t.Errorf("got %v from a failed read", ids)
	}
	src.err = nil
	if ids := got(); ids != nil {
		t.Errorf("got %v twice", ids)
	}
}
