package runner

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
)

// wakeups are hints that there may be work; each holds at most one.
type wakeups struct {
	turns, outbox, watches, texts, schedule chan struct{}
}

func newWakeups() wakeups {
	c := func() chan struct{} { return make(chan struct{}, 1) }
	return wakeups{turns: c(), outbox: c(), watches: c(), texts: c(), schedule: c()}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (w wakeups) all() {
	poke(w.turns)
	poke(w.outbox)
	poke(w.watches)
	poke(w.texts)
	poke(w.schedule)
}

// sequence counts.
type sequence struct{ n atomic.Int64 }

func (s *sequence) next() int64 { return s.n.Add(1) }

// ownerName tells processes apart in the lease column.
func ownerName() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(b[:])
}

// loop runs one unit after the other until there is none, then waits for a
// hint. A unit that has begun is finished even when ctx ends: it bounds itself.
func (r *Runner) loop(hint chan struct{}, name string, unit func(context.Context) (bool, error)) func(context.Context) {
	return func(ctx context.Context) {
		for ctx.Err() == nil {
			ran, err := r.guarded(context.WithoutCancel(ctx), unit)
			if err != nil {
				r.log.Error("runner: "+name, slog.Any("err", err))
				pause(ctx, r.timing.Poll)
				continue
			}
			if ran {
				poke(hint) // there may be more: let another one look
				continue
			}
			select {
			case <-ctx.Done():
			case <-hint:
			}
		}
	}
}

// guarded turns a panic outside the core into an error: the lease will end and
// the work be done again. The value may hold customer data and is not told.
func (r *Runner) guarded(ctx context.Context, unit func(context.Context) (bool, error)) (ran bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic (%T): %s", p, debug.Stack())
		}
	}()
	return unit(ctx)
}

// schedule hints at the moment when something becomes due, and at every poll,
// for other replicas' work and expired leases.
func (r *Runner) schedule(ctx context.Context) {
	for ctx.Err() == nil {
		wait := r.timing.Poll
		next, err := r.store.NextDue(ctx)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				r.log.Error("runner: schedule", slog.Any("err", err))
			}
		case !next.IsZero():
			// What is overdue and still there is leased or blocked: no hurry.
			if left := next.Sub(r.now()); left > 0 {
				wait = min(wait, left+time.Millisecond)
			} else {
				wait = min(wait, 250*time.Millisecond)
			}
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.wake.schedule:
		case <-t.C:
			poke(r.wake.turns)
			poke(r.wake.outbox)
			poke(r.wake.watches)
			poke(r.wake.texts)
		}
		t.Stop()
	}
}

// listen passes the hints of other replicas on.
func (r *Runner) listen(ctx context.Context) {
	work, stopWork := r.bus.Subscribe(TopicWork)
	defer stopWork()
	answered, stopAnswered := r.bus.Subscribe(TopicAnswered)
	defer stopAnswered()
	for {
		select {
		case <-ctx.Done():
			return
		case <-work:
			r.wake.all()
		case ids := <-answered:
			for id := range strings.SplitSeq(ids, ",") {
				r.waiters.tell(id)
			}
		}
	}
}

// housekeep tells again of unclaimed cases and deletes what is old.
func (r *Runner) housekeep(ctx context.Context) {
	tick := time.NewTicker(r.timing.Upkeep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := r.Upkeep(ctx); err != nil && ctx.Err() == nil {
				r.log.Error("runner: upkeep", slog.Any("err", err))
			}
		}
	}
}

// Upkeep is one round of the housekeeping: unclaimed cases, incidents, what is
// old. Run does it by itself; use it instead of Run, never beside it.
func (r *Runner) Upkeep(ctx context.Context) error {
	now := r.now()
	if err := r.renotify(ctx, now); err != nil {
		return err
	}
	if err := r.lookForIncidents(ctx, now); err != nil {
		return err
	}
	if _, err := r.store.PruneEvents(ctx, now.Add(-r.timing.KeepEvents)); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	if _, err := r.store.PruneInbox(ctx, now.Add(-r.timing.KeepInbox)); err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	return nil
}

// renotify tells of cases that nobody has claimed; the level says how often
// that was due. Outside business hours only urgent ones climb.
func (r *Runner) renotify(ctx context.Context, now time.Time) error {
	cases, err := r.store.UnclaimedCases(ctx, now.Add(-r.timing.Renotify), 100)
	if err != nil {
		return fmt.Errorf("unclaimed cases: %w", err)
	}
	for _, c := range cases {
		if !r.hours.Open(now) && c.Priority != "urgent" {
			continue
		}
		level := int(now.Sub(c.OpenedAt) / r.timing.Renotify)
		told, err := r.store.Renotify(ctx, c, level, now)
		if err != nil {
			return fmt.Errorf("renotify case %d: %w", c.Number, err)
		}
		if told {
			r.bus.Publish(TopicEvents, "")
			if r.alert != nil {
				r.alert(ctx, c, level)
			}
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
