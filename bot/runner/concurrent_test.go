package runner_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daozhang/bot"
	"daozhang/bot/runner"
	"daozhang/store"
	"daozhang/store/storetest"
)

func TestMain(m *testing.M) {
	runAsChild() // the victim of the fault tests; does not return there
	goleak.VerifyTestMain(m)
}

// start runs r until the test ends, and waits for it.
func start(t *testing.T, r *runner.Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(20 * time.Second):
				t.Error("Run did not return")
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// live is a runner on the real clock.
func live(t *testing.T, s *store.Store, e *engine, out *sender, timing runner.Timing) *runner.Runner {
	t.Helper()
	r, err := runner.New(runner.Deps{Store: s, Engine: e, Sender: out, Log: quiet(), Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// engines runs f on both engines with the real clock.
func engines(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.Each(t, time.Now, f)
}

// TestEveryMessageOnce: eight workers in two replicas, many conversations of
// five messages each, in random order: no overlap within a conversation, no
// message lost, none answered twice, and each conversation in its order.
func TestEveryMessageOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *store.Store) {
		const conversations, messages = 200, 5
		timing := runner.Timing{Workers: 4, Senders: 4, TurnsPerMinute: -1, Passive: -1, Poll: 50 * time.Millisecond}
		e, out := &engine{}, &sender{}
		e.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
			return echo(ctx, in)
		}
		a, b := live(t, s, e, out, timing), live(t, s, e, out, timing)
		stopA, stopB := start(t, a), start(t, b)
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for n := range messages {
					for c := w; c < conversations; c += 8 {
						r := a
						if (c+n)%2 == 0 {
							r = b
						}
						m := text2(fmt.Sprintf("u%d", c), fmt.Sprintf("m%d", n), n, time.Now())
						if _, _, err := r.Accept(context.Background(), m); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		// The fifth answer to a contact may be held: the bot leaves one of five
		// to the agents. The contact's next word lets it go.
		nudges := messages
		waitUntil(t, 120*time.Second, func() bool {
			st, err := s.OutboxStats(context.Background(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if st.Waiting == 0 && st.Held > 0 {
				nudges++
				for c := range conversations {
					m := text2(fmt.Sprintf("u%d", c), "再", nudges, time.Now())
					if _, _, err := a.Accept(context.Background(), m); err != nil {
						t.Fatal(err)
					}
				}
			}
			return st.Waiting == 0 && st.Held == 0 && said(out) >= conversations*messages
		})
		stopA()
		stopB()
		if e.overlap {
			t.Error("two turns of one conversation overlapped")
		}
		checkOrder(t, out, conversations, messages)
	})
}

// said counts the messages that the answers repeat.
func said(out *sender) int {
	n := 0
	for _, text := range out.texts() {
		n += strings.Count(text, "m")
	}
	return n
}

func checkOrder(t *testing.T, out *sender, conversations, messages int) {
	t.Helper()
	got := map[string]string{}
	for _, o := range out.sent {
		for part := range strings.SplitSeq(strings.TrimPrefix(o.Text, "答:"), "|") {
			if part != "再" {
				got[o.OpenID] += "|" + part
			}
		}
	}
	want := ""
	for n := range messages {
		want += fmt.Sprintf("|m%d", n)
	}
	for c := range conversations {
		if who := fmt.Sprintf("u%d", c); got[who] != want {
			t.Errorf("%s was answered %q, want %q", who, got[who], want)
		}
	}
}

func waitUntil(t *testing.T, d time.Duration, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(d); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("nothing came of it in time")
}

// TestPassiveReplyIsClaimedOnce: the callback and WeChat's retries wait for
// the same turn; one of them carries the answer and the sender does not.
func TestPassiveReplyIsClaimedOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *store.Store) {
		e, out := &engine{}, &sender{}
		e.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			time.Sleep(30 * time.Millisecond)
			d, err := echo(ctx, in)
			d.Replies = append(d.Replies, bot.Reply{Text: "还有"})
			return d, err
		}
		r := live(t, s, e, out, runner.Timing{})
		start(t, r)
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
		defer cancel()
		m := text2("u1", "没到账", 1, time.Now())
		id, _, err := r.Accept(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		claims := 0
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				row, ok := r.Await(ctx, id)
				if !ok {
					return
				}
				mine, err := r.Claim(ctx, row.ID)
				if err != nil {
					t.Error(err)
				}
				if mine {
					mu.Lock()
					claims++
					mu.Unlock()
					if err := r.Delivered(ctx, row.ID, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if claims != 1 {
			t.Fatalf("%d claims", claims)
		}
		waitUntil(t, 5*time.Second, func() bool { return len(out.texts()) == 1 })
		out.want(t, "还有") // the second reply follows as a customer message, after the first
		if _, ok := r.Await(ctx, id); ok {
			t.Fatal("a retry after the delivery was given the row again")
		}
	})
}

// TestPassiveReplyGivenBack: the callback hung up, or nobody came: the answer
// goes as a customer message.
func TestPassiveReplyGivenBack(t *testing.T) {
	each(t, func(d *runner.Deps) { d.Timing.Passive = 0 }, func(t *testing.T, b *bench) {
		ctx := context.Background()
		id := b.say(t, "u1", "一")
		b.step(t)
		b.sender.want(t) // waits for its callback
		row, ok := b.Await(ctx, id)
		if !ok {
			t.Fatal("no row")
		}
		if mine, err := b.Claim(ctx, row.ID); err != nil || !mine {
			t.Fatal(mine, err)
		}
		if mine, err := b.Claim(ctx, row.ID); err != nil || mine {
			t.Fatal("claimed twice", err)
		}
		if err := b.Delivered(ctx, row.ID, context.Canceled); err != nil {
			t.Fatal(err)
		}
		b.step(t)
		b.sender.want(t, "答:一")
		// Claimed, and then the process died: the lease ends and it is sent.
		id = b.say(t, "u1", "二")
		b.step(t)
		row, _ = b.Await(ctx, id)
		if mine, err := b.Claim(ctx, row.ID); err != nil || !mine {
			t.Fatal(mine, err)
		}
		b.clock.add(9 * time.Second)
		b.step(t)
		b.sender.want(t, "答:一")
		b.clock.add(2 * time.Second)
		b.step(t)
		b.sender.want(t, "答:一", "答:二")
		// Nobody came: the passive deadline passes.
		b.say(t, "u1", "三")
		b.step(t)
		b.clock.add(5 * time.Second)
		b.step(t)
		b.sender.want(t, "答:一", "答:二", "答:三")
	})
}

// TestStopFinishesTheTurn: a turn that has begun is committed before Run
// returns.
func TestStopFinishesTheTurn(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, time.Now)
	e, out := &engine{}, &sender{}
	begun := make(chan struct{})
	e.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
		close(begun)
		time.Sleep(100 * time.Millisecond)
		return echo(ctx, in)
	}
	r := live(t, s, e, out, runner.Timing{})
	stop := start(t, r)
	id, _, err := r.Accept(context.Background(), text2("u1", "问", 1, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	stop()
	if _, found, done, err := s.ReplyTo(context.Background(), id); !found || !done || err != nil {
		t.Fatal(found, done, err)
	}
}
