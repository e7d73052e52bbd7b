package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/store"
	"daozhang/store/storetest"
)

var queueStart = time.Date(2026, 11, 18, 7, 0, 0, 0, time.UTC)

func queueNow() time.Time { return queueStart }

func inbound(who, key, text string) delivery.Inbound {
	return delivery.Inbound{
		AppID: "wx1", OpenID: who, DedupeKey: who + "|" + key, Kind: delivery.KindText, Text: text, ReceivedAt: queueStart,
	}
}

func accept(t *testing.T, s *store.Store, m delivery.Inbound, due time.Time) int64 {
	t.Helper()
	id, _, err := s.Accept(context.Background(), m, due, true)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func lease(t *testing.T, s *store.Store, now time.Time) (bot.Work, bool) {
	t.Helper()
	w, ok, err := s.LeaseConversation(context.Background(), "test", now, now.Add(30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return w, ok
}

func answer(w bot.Work, text string) bot.Outcome {
	o := bot.Outcome{Work: w, At: queueStart, Handled: w.Input.Said, Trace: bot.Trace{Rule: "test"}}
	o.Decision = bot.Decision{Action: bot.ActionAnswer, Status: bot.StatusBot, Replies: []bot.Reply{{Text: text}}}
	if n := len(w.Input.Said); n > 0 {
		o.ReplyTo = w.Input.Said[n-1].InboxID
	}
	return o
}

func TestAcceptConcurrentlyStoresOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		var mu sync.Mutex
		ids := map[int64]int{}
		fresh := 0
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				id, dup, err := s.Accept(context.Background(), inbound("u1", "m1", "问"), queueStart, true)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[id]++
				if !dup {
					fresh++
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || fresh != 1 {
			t.Fatalf("ids %v, %d of them new", ids, fresh)
		}
	})
}

func TestLeaseIsExclusiveAndRecovers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		accept(t, s, inbound("u1", "m1", "一"), queueStart)
		w, ok := lease(t, s, queueStart)
		if !ok || len(w.Input.Said) != 1 || w.Attempts != 1 || w.Input.Status != bot.StatusBot {
			t.Fatalf("lease %t %+v", ok, w)
		}
		accept(t, s, inbound("u1", "m2", "二"), queueStart)
		if _, ok := lease(t, s, queueStart); ok {
			t.Fatal("leased twice")
		}
		// The worker died: the lease ends, another takes over, the late commit
		// of the first is refused.
		late := queueStart.Add(31 * time.Second)
		w2, ok := lease(t, s, late)
		if !ok || w2.Attempts != 2 || len(w2.Input.Said) != 2 {
			t.Fatalf("second lease %t %+v", ok, w2)
		}
		if _, err := s.Commit(ctx, answer(w, "旧")); !errors.Is(err, bot.ErrConflict) {
			t.Fatalf("late commit: %v", err)
		}
		if _, err := s.Commit(ctx, answer(w2, "新")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Commit(ctx, answer(w2, "新")); !errors.Is(err, bot.ErrConflict) {
			t.Fatalf("second commit: %v", err)
		}
		if _, ok := lease(t, s, late.Add(time.Hour)); ok {
			t.Fatal("something is still due")
		}
	})
}

func TestMessageDuringTheTurnIsAnsweredAfterIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		accept(t, s, inbound("u1", "m1", "一"), queueStart)
		w, _ := lease(t, s, queueStart)
		accept(t, s, inbound("u1", "m2", "在吗"), queueStart.Add(800*time.Millisecond))
		if _, err := s.Commit(context.Background(), answer(w, "答")); err != nil {
			t.Fatal(err)
		}
		if _, ok := lease(t, s, queueStart.Add(799*time.Millisecond)); ok {
			t.Fatal("the fragment did not wait")
		}
		w, ok := lease(t, s, queueStart.Add(800*time.Millisecond))
		if !ok || len(w.Input.Said) != 1 || w.Input.Said[0].Text != "在吗" {
			t.Fatalf("lease %t %+v", ok, w.Input.Said)
		}
	})
}

// A NUL fits into no PostgreSQL text; one must not keep a turn from being
// committed for ever.
func TestNULInATextDoesNotBlockTheConversation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		accept(t, s, inbound("o1", "1", "你\x00好"), queueStart)
		w, ok := lease(t, s, queueStart)
		if !ok {
			t.Fatal("nothing is due")
		}
		if _, err := s.Commit(context.Background(), answer(w, "答\x00复")); err != nil {
			t.Fatal(err)
		}
	})
}

func TestReleasedWorkKeepsItsAttempts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		accept(t, s, inbound("u1", "m1", "一"), queueStart)
		for n := 1; n <= 3; n++ {
			now := queueStart.Add(time.Duration(n) * time.Minute)
			w, ok := lease(t, s, now)
			if !ok || w.Attempts != n {
				t.Fatalf("attempt %d: %t %+v", n, ok, w)
			}
			if err := s.ReleaseConversation(context.Background(), w, now.Add(time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, ok := lease(t, s, now); ok {
				t.Fatal("due before its time")
			}
		}
	})
}

func TestOutboxKeepsTheOrderOfAConversation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		for _, who := range []string{"u1", "u2"} {
			accept(t, s, inbound(who, "m1", "问"), queueStart)
			w, _ := lease(t, s, queueStart)
			o := answer(w, who+"-1")
			o.Decision.Replies = append(o.Decision.Replies, bot.Reply{Text: who + "-2"})
			if _, err := s.Commit(ctx, o); err != nil {
				t.Fatal(err)
			}
		}
		now := queueStart
		take := func(limit int) (texts []string, rows []delivery.Outbound) {
			t.Helper()
			rows, _, err := s.LeaseOutbox(ctx, now, now.Add(time.Minute), limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				texts = append(texts, r.Text)
			}
			return texts, rows
		}
		first, rows := take(10)
		if !slices.Equal(first, []string{"u1-1", "u2-1"}) {
			t.Fatalf("first %q", first)
		}
		if more, _ := take(10); more != nil {
			t.Fatalf("overtook: %q", more)
		}
		busy := &delivery.Error{Class: delivery.ClassRetry, Code: -1}
		if st, err := s.SettleOutbox(ctx, rows[0], now, now, busy); err != nil || st != delivery.Pending {
			t.Fatal(st, err)
		}
		if st, err := s.SettleOutbox(ctx, rows[1], now, now, nil); err != nil || st != delivery.Sent {
			t.Fatal(st, err)
		}
		if next, _ := take(10); !slices.Equal(next, []string{"u2-2"}) {
			t.Fatalf("next %q: u1-2 must wait for the retry of u1-1", next)
		}
		if mine, err := s.ClaimPassive(ctx, rows[0].ID+1000000, now); err != nil || mine {
			t.Fatal("claimed what does not exist", err)
		}
		// The sender died while sending u2-2: it is sent again after the lease.
		now = now.Add(2 * time.Minute)
		if again, _ := take(10); !slices.Equal(again, []string{"u1-1", "u2-2"}) {
			t.Fatalf("again %q", again)
		}
	})
}

func TestPartialDeliveryGoesOnWithTheRest(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		id := accept(t, s, inbound("u1", "m1", "问"), queueStart)
		w, _ := lease(t, s, queueStart)
		o := answer(w, "前半后半")
		o.PassiveUntil = queueStart.Add(4 * time.Second)
		if _, err := s.Commit(ctx, o); err != nil {
			t.Fatal(err)
		}
		row, found, done, err := s.ReplyTo(ctx, id)
		if err != nil || !found || !done {
			t.Fatal(found, done, err)
		}
		if mine, err := s.ClaimPassive(ctx, row.ID, queueStart.Add(10*time.Second)); err != nil || !mine {
			t.Fatal(mine, err)
		}
		if err := s.EndPassive(ctx, row.ID, queueStart, &delivery.Partial{Rest: "后半"}); err != nil {
			t.Fatal(err)
		}
		rows, _, err := s.LeaseOutbox(ctx, queueStart, queueStart.Add(time.Minute), 1)
		if err != nil || len(rows) != 1 || rows[0].Text != "后半" {
			t.Fatalf("rows %+v, %v", rows, err)
		}
		waiting := &delivery.Error{Class: delivery.ClassForbidden, Code: 48001}
		if st, err := s.SettleOutbox(ctx, rows[0], queueStart, queueStart, waiting); err != nil || st != delivery.Held {
			t.Fatal(st, err)
		}
		left, err := s.Waiting(ctx, "wx1", "u1")
		if err != nil || len(left) != 1 || left[0].Text != "后半" {
			t.Fatalf("waiting %+v, %v", left, err)
		}
		if mine, err := s.ClaimPassive(ctx, left[0].ID, queueStart.Add(10*time.Second)); err != nil || !mine {
			t.Fatal("a held row must be claimable", err)
		}
	})
}

func TestReportedEventsAskForNoTurn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		m := inbound("u1", "e1", "")
		m.Kind, m.Event = delivery.KindEvent, "VIEW"
		id := accept(t, s, m, time.Time{})
		if _, ok := lease(t, s, queueStart.Add(time.Hour)); ok {
			t.Fatal("a turn for a report")
		}
		if _, found, done, err := s.ReplyTo(context.Background(), id); found || !done || err != nil {
			t.Fatal(found, done, err)
		}
		n, err := s.PruneInbox(context.Background(), queueStart.Add(time.Second))
		if err != nil || n != 1 {
			t.Fatal(n, err)
		}
	})
}

func TestEventsReplayAMinuteAndGoOn(t *testing.T) {
	t.Parallel()
	c := queueStart
	var mu sync.Mutex
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return c }
	s := storetest.SQLite(t, now)
	ctx := context.Background()
	for n := range 6 {
		accept(t, s, inbound("u1", fmt.Sprint(n), "问"), now())
		w, _ := lease(t, s, now())
		o := answer(w, "答")
		o.At = now()
		if _, err := s.Commit(ctx, o); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		c = c.Add(30 * time.Second)
		mu.Unlock()
	}
	all, err := s.EventsAfter(ctx, 0, 1000)
	if err != nil || len(all) < 12 {
		t.Fatal(len(all), err)
	}
	last := all[len(all)-1].ID
	if id, err := s.LastEventID(ctx); err != nil || id != last {
		t.Fatal(id, err)
	}
	again, err := s.EventsAfter(ctx, last, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(again) == 0 || len(again) >= len(all) || again[len(again)-1].ID != last {
		t.Fatalf("replayed %d of %d", len(again), len(all))
	}
	if first := again[0].At; last>>22-again[0].ID>>22 > 60000 || first.Before(queueStart) {
		t.Fatalf("replay begins %v", first)
	}
	if n, err := s.PruneEvents(ctx, queueStart.Add(time.Minute)); err != nil || n == 0 {
		t.Fatal(n, err)
	}
}
