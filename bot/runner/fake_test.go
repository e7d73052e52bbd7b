package runner_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/runner"
	"daozhang/store"
	"daozhang/transactions"
)

// clock is a hand-moved time.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock {
	return &clock{t: time.Date(2026, 11, 18, 15, 0, 0, 0, transactions.Shanghai)}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// engine is a core whose turn is a function; it checks that no two turns of a
// conversation overlap.
type engine struct {
	turn   func(ctx context.Context, in bot.Input) (bot.Decision, error)
	follow func(ctx context.Context, in bot.FollowInput) (bot.Decision, error)

	mu      sync.Mutex
	running map[int64]bool
	overlap bool
	turns   int
}

func (e *engine) enter(contact int64) func() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running == nil {
		e.running = map[int64]bool{}
	}
	e.overlap = e.overlap || e.running[contact]
	e.running[contact] = true
	e.turns++
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.running[contact] = false
	}
}

func (e *engine) Turn(ctx context.Context, in bot.Input) (bot.Decision, bot.Trace, error) {
	defer e.enter(in.Contact.ID)()
	turn := e.turn
	if turn == nil {
		turn = echo
	}
	d, err := turn(ctx, in)
	return d, bot.Trace{At: in.Now, Rule: "fake"}, err
}

func (e *engine) Follow(ctx context.Context, in bot.FollowInput) (bot.Decision, bot.Trace, error) {
	defer e.enter(in.Contact.ID)()
	d, err := e.follow(ctx, in)
	return d, bot.Trace{At: in.Now, Rule: "fake.follow"}, err
}

func (e *engine) Failed(in bot.Input, err error, number int64) bot.Decision {
	d := bot.Decision{Action: bot.ActionNone, Status: in.Status, Memory: in.Memory}
	if in.Status != bot.StatusBot && in.Status != bot.StatusClosed {
		return d
	}
	d.Action, d.Status = bot.ActionEscalate, bot.StatusWaiting
	d.Handoff = &bot.Handoff{Reason: bot.ReasonBotError, Priority: "normal"}
	d.Memory.CaseNumber = number
	d.Card = &bot.Card{Reason: bot.ReasonBotError, LastError: err.Error()}
	d.Replies = []bot.Reply{{Text: fmt.Sprintf("转人工，工单号%d", number)}}
	return d
}

// echo answers with everything that was said.
func echo(_ context.Context, in bot.Input) (bot.Decision, error) {
	d := bot.Decision{Action: bot.ActionAnswer, Status: in.Status, Memory: in.Memory}
	if in.Status == bot.StatusHuman {
		d.Action = bot.ActionNone
		return d, nil
	}
	d.Status = bot.StatusBot
	if in.Status == bot.StatusWaiting {
		d.Status = bot.StatusWaiting
	}
	texts := make([]string, len(in.Said))
	for i, u := range in.Said {
		texts[i] = u.Text
	}
	d.Memory.Turns++
	d.Replies = []bot.Reply{{Text: "答:" + strings.Join(texts, "|")}}
	return d, nil
}

// handOff is a turn that asks for a human, under the number 7.
func handOff(_ context.Context, in bot.Input) (bot.Decision, error) {
	d := bot.Decision{Action: bot.ActionEscalate, Status: bot.StatusWaiting, Memory: in.Memory}
	d.Handoff = &bot.Handoff{Reason: bot.ReasonRequested, Priority: "high"}
	d.Memory.CaseNumber = 7
	d.Card = &bot.Card{Reason: bot.ReasonRequested, Summary: "要人工"}
	d.Replies = []bot.Reply{{Text: "转人工"}}
	return d, nil
}

// sender records what went out, or fails as it is told.
type sender struct {
	mu   sync.Mutex
	sent []delivery.Outbound
	fail func(o delivery.Outbound) error
}

func (s *sender) Send(_ context.Context, o delivery.Outbound) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(o); err != nil {
			return err
		}
	}
	s.sent = append(s.sent, o)
	return nil
}

func (s *sender) texts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, len(s.sent))
	for i, o := range s.sent {
		out[i] = o.Text
	}
	return out
}

func (s *sender) want(t *testing.T, texts ...string) {
	t.Helper()
	if got := s.texts(); !slices.Equal(got, texts) {
		t.Fatalf("sent %q, want %q", got, texts)
	}
}

// bench is a runner over a fresh store with a hand-moved clock.
type bench struct {
	*runner.Runner
	clock  *clock
	store  *store.Store
	engine *engine
	sender *sender
	desk   *runner.Desk
	n      int
}

func newBench(t *testing.T, s *store.Store, c *clock, change func(*runner.Deps)) *bench {
	t.Helper()
	b := &bench{clock: c, store: s, engine: &engine{}, sender: &sender{}}
	d := runner.Deps{
		Store: s, Engine: b.engine, Sender: b.sender, Now: c.now, Log: quiet(),
		Timing: runner.Timing{Passive: -1},
	}
	if change != nil {
		change(&d)
	}
	r, err := runner.New(d)
	if err != nil {
		t.Fatal(err)
	}
	b.Runner, b.desk = r, runner.NewDesk(s, r)
	return b
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// say lets a contact say something and gives the inbox id.
func (b *bench) say(t *testing.T, who, text string) int64 {
	t.Helper()
	b.n++
	id, duplicate, err := b.Accept(context.Background(), text2(who, text, b.n, b.clock.now()))
	if err != nil || duplicate {
		t.Fatalf("accept %q: duplicate %t, %v", text, duplicate, err)
	}
	return id
}

func text2(who, text string, n int, at time.Time) delivery.Inbound {
	return delivery.Inbound{
		AppID: "wx1", OpenID: who, DedupeKey: fmt.Sprintf("%s|%d", who, n), Kind: delivery.KindText, Text: text,
		SentAt: at, ReceivedAt: at,
	}
}

func (b *bench) step(t *testing.T) []runner.Ran {
	t.Helper()
	ran, err := b.Step(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return ran
}

func (b *bench) conversation(t *testing.T, who string) int64 {
	t.Helper()
	id, ok, err := b.store.ConversationOf(context.Background(), "wx1", who)
	if err != nil || !ok {
		t.Fatalf("conversation of %s: %t, %v", who, ok, err)
	}
	return id
}

// The store and the core fulfil what the runner asks for.
var (
	_ runner.Store     = (*store.Store)(nil)
	_ runner.DeskStore = (*store.Store)(nil)
	_ runner.Notices   = (*store.Store)(nil)
	_ runner.Engine    = (*bot.Engine)(nil)
)
