package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

// codeClock is a hand-moved time shared by a store and its test.
type codeClock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *codeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *codeClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// eachWithShops opens stores with three shops: A with a mobile number, B with
// a masked one, C with none.
func eachWithShops(t *testing.T, f func(t *testing.T, s *store.Store, c *codeClock)) {
	t.Helper()
	for name, open := range map[string]func(*testing.T, func() time.Time) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &codeClock{t: queueStart}
			s := open(t, c.now)
			shop := func(no, phone string) transactions.Merchant {
				return transactions.Merchant{MerchantNo: no, Name: "店" + no, Brand: "拉卡拉", Phone: phone, Account: transactions.Account{Last4: "1234"}}
			}
			if _, err := s.UpsertMerchants(t.Context(), nil, []transactions.Merchant{shop("A", "13800000001"), shop("B", "138****0001"), shop("C", "")}); err != nil {
				t.Fatal(err)
			}
			f(t, s, c)
		})
	}
}

var said int //nolint:gochecknoglobals // unique keys of messages

var saidMu sync.Mutex //nolint:gochecknoglobals // guards said

// turnOf lets a contact say something and leases its conversation.
func turnOf(t *testing.T, s *store.Store, who string, now time.Time) bot.Work {
	t.Helper()
	saidMu.Lock()
	said++
	m := inbound(who, strings.Repeat("x", said%200)+time.Duration(said).String(), "x")
	saidMu.Unlock()
	m.ReceivedAt = now
	accept(t, s, m, now)
	w, ok := lease(t, s, now)
	if !ok || w.Input.Contact.OpenID != who {
		t.Fatalf("leased %+v, %t", w.Input.Contact, ok)
	}
	return w
}

func outcome(w bot.Work, now time.Time, change func(*bot.Decision)) bot.Outcome {
	o := answer(w, "ok")
	o.Decision.Replies = nil
	o.At = now
	change(&o.Decision)
	return o
}

func ask(t *testing.T, s *store.Store, c *codeClock, who, shop, tail string) error {
	t.Helper()
	w := turnOf(t, s, who, c.now())
	_, err := s.Commit(t.Context(), outcome(w, c.now(), func(d *bot.Decision) {
		d.CodeRequest = &bot.CodeRequest{MerchantNo: shop, Last4: tail, Asked: w.Input.Contact.Codes}
	}))
	return err
}

func reply(t *testing.T, s *store.Store, c *codeClock, who string, change func(w bot.Work, a *bot.CodeAnswer)) error {
	t.Helper()
	w := turnOf(t, s, who, c.now())
	if w.Input.Contact.Code == nil {
		t.Fatalf("%s has no code", who)
	}
	_, err := s.Commit(t.Context(), outcome(w, c.now(), func(d *bot.Decision) {
		d.CodeAnswer = &bot.CodeAnswer{ID: w.Input.Contact.Code.ID, Tries: w.Input.Contact.WrongCodes}
		change(w, d.CodeAnswer)
	}))
	if err != nil {
		if err := s.ReleaseConversation(t.Context(), w, c.now()); err != nil {
			t.Fatal(err)
		}
	}
	return err
}

// send leases the next code, arms it and settles it.
func send(t *testing.T, s *store.Store, c *codeClock, hash string) (bot.CodeJob, bool) {
	t.Helper()
	j, ok, err := s.LeaseCode(t.Context(), c.now(), c.now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return j, false
	}
	if armed, err := s.ArmCode(t.Context(), j, hash); err != nil || !armed {
		t.Fatal(armed, err)
	}
	if err := s.SettleCode(t.Context(), j, true, time.Time{}, c.now()); err != nil {
		t.Fatal(err)
	}
	return j, true
}

func succeed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Only a match with a mobile number in full is sent; the contact's side looks
// the same for all.
func TestCodeIsSentOnAMatchOnly(t *testing.T) {
	t.Parallel()
	eachWithShops(t, func(t *testing.T, s *store.Store, c *codeClock) {
		for who, no := range map[string][2]string{"u1": {"A", "4321"}, "u2": {"B", "1234"}, "u3": {"C", "1234"}, "u4": {"nobody", "1234"}, "u5": {"A", ""}} {
			succeed(t, ask(t, s, c, who, no[0], no[1]))
			w := turnOf(t, s, who, c.now())
			k := w.Input.Contact
			if k.Codes != 1 || k.WrongCodes != 0 || k.Code == nil || !k.Code.Live || k.Code.MerchantNo != no[0] || k.Code.Hash != "" {
				t.Errorf("%s sees %+v", who, k.Code)
			}
			succeed(t, s.ReleaseConversation(t.Context(), w, c.now().Add(time.Hour)))
		}
		if j, ok := send(t, s, c, "h"); ok {
			t.Fatalf("%+v is sent", j)
		}
		succeed(t, ask(t, s, c, "u6", "A", "1234"))
		j, ok := send(t, s, c, "h")
		if !ok || j.Phone != "13800000001" || j.MerchantNo != "A" || j.Attempts != 1 {
			t.Fatalf("%+v, %t", j, ok)
		}
		if _, ok := send(t, s, c, "h"); ok {
			t.Error("sent twice")
		}
	})
}

func TestRightAnswerBindsOnce(t *testing.T) {
	t.Parallel()
	eachWithShops(t, func(t *testing.T, s *store.Store, c *codeClock) {
		succeed(t, ask(t, s, c, "u1", "A", "1234"))
		send(t, s, c, "h1")
		right := func(_ bot.Work, a *bot.CodeAnswer) { a.Right, a.Hash = true, "h1" }
		for name, bad := range map[string]func(bot.Work, *bot.CodeAnswer){
			"another digest": func(_ bot.Work, a *bot.CodeAnswer) { a.Right, a.Hash = true, "h2" },
			"another code":   func(_ bot.Work, a *bot.CodeAnswer) { a.ID, a.Right, a.Hash = a.ID+1, true, "h1" },
			"stale count":    func(_ bot.Work, a *bot.CodeAnswer) { a.Right, a.Hash, a.Tries = true, "h1", 4 },
		} {
			if err := reply(t, s, c, "u1", bad); !errors.Is(err, bot.ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		succeed(t, reply(t, s, c, "u1", right))
		w := turnOf(t, s, "u1", c.now())
		if b := w.Input.Contact.Bindings; len(b) != 1 || b[0].MerchantNo != "A" || b[0].Role != "owner" || b[0].VerifiedBy != "sms" {
			t.Errorf("bound %+v", b)
		}
		if w.Input.Contact.Code.Live {
			t.Error("a used code lives")
		}
		succeed(t, s.ReleaseConversation(t.Context(), w, c.now()))
		if err := reply(t, s, c, "u1", right); !errors.Is(err, bot.ErrConflict) {
			t.Errorf("used again: %v", err)
		}
		records, err := s.AuditRecords(t.Context(), desk.AuditFilter{Subject: "merchant:A", Limit: 20})
		succeed(t, err)
		var steps []string
		for _, r := range records {
			steps = append([]string{r.Action}, steps...)
		}
		if got := strings.Join(steps, " "); got != "bind_code.request bind_code.sent binding.create bind_code.used" {
			t.Errorf("audit: %s", got)
		}
	})
}

func TestLateAnswerIsAConflict(t *testing.T) {
	t.Parallel()
	eachWithShops(t, func(t *testing.T, s *store.Store, c *codeClock) {
		succeed(t, ask(t, s, c, "u1", "A", "1234"))
		send(t, s, c, "h1")
		c.add(bot.CodeTTL)
		if err := reply(t, s, c, "u1", func(_ bot.Work, a *bot.CodeAnswer) { a.Right, a.Hash = true, "h1" }); !errors.Is(err, bot.ErrConflict) {
			t.Error(err)
		}
	})
}

// Counts are per contact and per shop, over 24 h, and an agent may lift them.
func TestCodeLocks(t *testing.T) {
	t.Parallel()
	eachWithShops(t, func(t *testing.T, s *store.Store, c *codeClock) {
		for _, who := range []string{"u1", "u2", "u3"} {
			succeed(t, ask(t, s, c, who, "A", "1234"))
			if _, ok := send(t, s, c, "h"); !ok {
				t.Fatalf("%s gets none", who)
			}
		}
		succeed(t, ask(t, s, c, "u4", "A", "1234"))
		if _, ok := send(t, s, c, "h"); ok {
			t.Fatal("the shop gets a fourth code")
		}
		locks, err := s.DeskLocks(t.Context())
		succeed(t, err)
		if len(locks) != 1 || locks[0].Kind != "merchant" || locks[0].Subject != "A" || locks[0].Codes != 3 {
			t.Fatalf("locks: %+v", locks)
		}
		succeed(t, s.LiftLock(t.Context(), "merchant", "A", desk.Audit{Actor: "user:x", Action: "bind_lock.lift", Subject: "merchant:A"}))
		c.add(time.Second)
		succeed(t, ask(t, s, c, "u5", "A", "1234"))
		if _, ok := send(t, s, c, "h"); !ok {
			t.Fatal("lifted, and still none")
		}
		// Wrong answers lock the contact, then lift.
		for i := range bot.CodeTries {
			succeed(t, reply(t, s, c, "u5", func(w bot.Work, a *bot.CodeAnswer) {
				if w.Input.Contact.WrongCodes != i {
					t.Errorf("try %d counts %d", i, w.Input.Contact.WrongCodes)
				}
				a.Wrong, a.Locked = 1, i == bot.CodeTries-1
			}))
		}
		locks, err = s.DeskLocks(t.Context())
		succeed(t, err)
		if len(locks) != 2 || locks[0].Kind != "contact" || locks[0].Wrong != 5 || locks[1].Wrong != 5 {
			t.Fatalf("locks: %+v", locks)
		}
		succeed(t, s.LiftLock(t.Context(), "contact", locks[0].Subject, desk.Audit{Actor: "user:x", Action: "bind_lock.lift"}))
		if err := s.LiftLock(t.Context(), "contact", "404", desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("a lock of nobody: %v", err)
		}
		c.add(time.Second)
		w := turnOf(t, s, "u5", c.now())
		if k := w.Input.Contact; k.WrongCodes != 0 || k.Codes != 0 {
			t.Errorf("after the lift: %d codes, %d wrong", k.Codes, k.WrongCodes)
		}
		succeed(t, s.ReleaseConversation(t.Context(), w, c.now().Add(time.Hour)))
		c.add(24 * time.Hour)
		locks, err = s.DeskLocks(t.Context())
		succeed(t, err)
		if len(locks) != 0 {
			t.Errorf("a day later: %+v", locks)
		}
	})
}

// A request whose count changed meanwhile is a conflict, whoever is faster.
func TestStaleCountOfCodesIsAConflict(t *testing.T) {
	t.Parallel()
	eachWithShops(t, func(t *testing.T, s *store.Store, c *codeClock) {
		succeed(t, ask(t, s, c, "u1", "A", "1234"))
		w := turnOf(t, s, "u1", c.now())
		_, err := s.Commit(t.Context(), outcome(w, c.now(), func(d *bot.Decision) {
			d.CodeRequest = &bot.CodeRequest{MerchantNo: "A", Last4: "1234", Asked: 0}
		}))
		if !errors.Is(err, bot.ErrConflict) {
			t.Error(err)
		}
	})
}

// Replicas race for the codes of one shop: three go out, and each once.
func TestReplicasRaceForCodes(t *testing.T) {
	t.Parallel()
	eachWithShops(t, func(t *testing.T, s *store.Store, c *codeClock) {
		var works []bot.Work
		for _, who := range []string{"u1", "u2", "u3", "u4", "u5", "u6"} {
			works = append(works, turnOf(t, s, who, c.now()))
		}
		var wg sync.WaitGroup
		for _, w := range works {
			wg.Go(func() {
				_, err := s.Commit(context.Background(), outcome(w, c.now(), func(d *bot.Decision) {
					d.CodeRequest = &bot.CodeRequest{MerchantNo: "A", Last4: "1234"}
				}))
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var mu sync.Mutex
		sent := map[int64]int{}
		for range 4 {
			wg.Go(func() {
				for {
					j, ok, err := s.LeaseCode(context.Background(), c.now(), c.now().Add(time.Minute))
					if err != nil {
						t.Error(err)
						return
					}
					if !ok {
						return
					}
					mu.Lock()
					sent[j.ID]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(sent) != bot.CodesPerDay {
			t.Errorf("%d codes go out", len(sent))
		}
		for id, n := range sent {
			if n != 1 {
				t.Errorf("code %d is leased %d times", id, n)
			}
		}
	})
}

// A process that dies after the lease: the next one sends, and the first can
// neither arm nor settle any more.
func TestLostLeaseOfACode(t *testing.T) {
	t.Parallel()
	eachWithShops(t, func(t *testing.T, s *store.Store, c *codeClock) {
		succeed(t, ask(t, s, c, "u1", "A", "1234"))
		first, ok, err := s.LeaseCode(t.Context(), c.now(), c.now().Add(time.Minute))
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if _, ok, err := s.LeaseCode(t.Context(), c.now(), c.now().Add(time.Minute)); ok || err != nil {
			t.Fatal("leased twice", err)
		}
		if due, err := s.NextDue(t.Context()); err != nil || !due.Equal(c.now().Add(time.Minute)) {
			t.Errorf("due %s, %v", due, err)
		}
		c.add(time.Minute)
		second, ok, err := s.LeaseCode(t.Context(), c.now(), c.now().Add(time.Minute))
		if err != nil || !ok || second.Attempts != 2 {
			t.Fatal(second, ok, err)
		}
		if armed, err := s.ArmCode(t.Context(), first, "old"); armed || err != nil {
			t.Error("armed by who lost it", err)
		}
		succeed(t, s.SettleCode(t.Context(), first, true, time.Time{}, c.now()))
		succeed(t, s.SettleCode(t.Context(), second, false, c.now().Add(15*time.Second), c.now()))
		if _, ok, _ := s.LeaseCode(t.Context(), c.now(), c.now()); ok {
			t.Error("tried again at once")
		}
		c.add(bot.CodeTTL)
		if _, ok, err := s.LeaseCode(t.Context(), c.now(), c.now()); ok || err != nil {
			t.Error("a code that is over is sent", err)
		}
	})
}
