// Package runner moves conversations along: it leases what is due, gathers
// what the pure core needs, runs the turn, commits the outcome in one
// transaction, delivers the outbox and keeps promises in view. Nothing that a
// contact said is lost, and nothing ends in silence: a turn that fails becomes
// a hand-off.
package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/desk"
	"daozhang/transactions"
)

// Queue holds the durable inbox and the leases on conversations.
type Queue interface {
	Accept(ctx context.Context, m delivery.Inbound, due time.Time, release bool) (id int64, duplicate bool, err error)
	LeaseConversation(ctx context.Context, owner string, now, until time.Time) (w bot.Work, ok bool, err error)
	// Commit fails with bot.ErrConflict when the lease was lost or the owner
	// changed; then nothing is stored.
	Commit(ctx context.Context, o bot.Outcome) (bot.Committed, error)
	ReleaseConversation(ctx context.Context, w bot.Work, due time.Time) error
	// NextDue is when anything wants attention next; zero = nothing does.
	NextDue(ctx context.Context) (time.Time, error)
}

// Outbox holds what goes to contacts.
type Outbox interface {
	LeaseOutbox(ctx context.Context, now, until time.Time, limit int) (rows, held []delivery.Outbound, err error)
	SettleOutbox(ctx context.Context, o delivery.Outbound, began, now time.Time, result error) (delivery.OutboundState, error)
	ReplyTo(ctx context.Context, inbound int64) (row delivery.Outbound, found, done bool, err error)
	ClaimPassive(ctx context.Context, id int64, until time.Time) (bool, error)
	EndPassive(ctx context.Context, id int64, now time.Time, result error) error
}

// Watches holds promises.
type Watches interface {
	LeaseWatch(ctx context.Context, owner string, now, until time.Time) (w bot.Work, d bot.DueWatch, ok bool, err error)
	PostponeWatch(ctx context.Context, id int64, at time.Time, giveUp bool) error
}

// Upkeep is the housekeeping of the same tables.
type Upkeep interface {
	NextCase(ctx context.Context) (int64, error)
	UnclaimedCases(ctx context.Context, notifiedBefore time.Time, limit int) ([]bot.WaitingCase, error)
	Renotify(ctx context.Context, c bot.WaitingCase, level int, at time.Time) (bool, error)
	PruneEvents(ctx context.Context, before time.Time) (int64, error)
	PruneInbox(ctx context.Context, before time.Time) (int64, error)
}

// Incidents counts the trouble that contacts meet.
type Incidents interface {
	Reports(ctx context.Context, since time.Time, limit int) ([]desk.Sighting, error)
	UsualReports(ctx context.Context, now time.Time) (desk.Usual, error)
	Incidents(ctx context.Context, since time.Time) ([]desk.Incident, error)
	RaiseIncident(ctx context.Context, i desk.Incident, draft desk.Notice) (raised bool, err error)
	EndIncident(ctx context.Context, id int64, state desk.IncidentState, at time.Time, a desk.Audit) error
	PruneReports(ctx context.Context, before time.Time) (int64, error)
}

// Store is fulfilled by store.Store.
type Store interface {
	Queue
	Incidents
	Outbox
	Watches
	Upkeep
	Codes
}

// Engine is the pure core with its ports.
type Engine interface {
	// Turn answers everything in in.Said.
	Turn(ctx context.Context, in bot.Input) (bot.Decision, bot.Trace, error)
	// Follow looks at a promise again. The watch is closed unless the
	// decision's Watches hold the same one (kind, shop, transaction) with its
	// next CheckAt.
	Follow(ctx context.Context, in bot.FollowInput) (bot.Decision, bot.Trace, error)
	// Failed is the hand-over after an error, under a case number.
	Failed(in bot.Input, err error, number int64) bot.Decision
}

// Sender delivers one row; its errors are *delivery.Error or
// *delivery.Partial, anything else is tried again.
type Sender interface {
	Send(ctx context.Context, o delivery.Outbound) error
}

// Notices gives what is published and covers an instant.
type Notices interface {
	NoticesAt(ctx context.Context, at time.Time) ([]transactions.Notice, error)
}

// Deps of a Runner. Store, Engine, Sender and Log are required.
type Deps struct {
	Store  Store
	Engine Engine
	Sender Sender
	// Second sends one-time codes; zero: none, agents confirm bindings.
	Second SecondFactor
	// Notices may be nil: none.
	Notices Notices
	// Bus wakes the other replicas and carries "something happened" to the
	// consoles; nil: within this process.
	Bus Bus
	// Limiter bounds turns per contact; nil: within this process.
	Limiter Limiter
	// Fragment tells a text that waits for the rest ("在吗", "昨天刷的"); nil:
	// nothing waits.
	Fragment func(text string) bool
	// MaySend tells whether an account may send customer messages, so that
	// what waits is not tried in vain; nil: all may.
	MaySend func(appID string) bool
	// Template makes the template message that a follow-up becomes once the
	// window is closed; nil or a nil answer: the words wait.
	Template func(c bot.Contact, w bot.Watch, d bot.Decision) *bot.TemplateNotice
	// Alert is told of cases that nobody claims, level counting up; may be nil.
	Alert func(ctx context.Context, c bot.WaitingCase, level int)
	// Hours are the business hours; zero = 09:00–21:00.
	Hours   bot.Hours
	Timing  Timing
	Metrics Metrics
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
	// Fault is called between steps, for tests that kill the process there.
	Fault func(point string)
}

// Timing holds sizes and durations; a zero field is its default.
type Timing struct {
	Workers        int           // turns at a time: 4
	Senders        int           // deliveries at a time: 4
	Attempts       int           // tries of a failing turn before a human gets it: 3
	TurnsPerMinute int           // per contact: 20; negative: no limit
	Debounce       time.Duration // wait for the rest of a fragment: 800 ms
	Turn           time.Duration // budget of one turn: 10 s
	Lease          time.Duration // longer than Turn: 30 s
	Send           time.Duration // budget of one delivery: 20 s
	SendLease      time.Duration // longer than Send: 60 s
	Passive        time.Duration // how long a callback may still carry a reply, from its receipt: 4.5 s; negative: none waits
	PassiveLease   time.Duration // how long a callback may take to write: 10 s
	Poll           time.Duration // look for work of other replicas: 1 s
	Upkeep         time.Duration // housekeeping: 30 s
	Renotify       time.Duration // an unclaimed case is told again after: 3 min
	KeepEvents     time.Duration // 24 h
	KeepInbox      time.Duration // handled messages: 72 h
}

// Runner is safe for concurrent use.
type Runner struct {
	store    Store
	engine   Engine
	sender   Sender
	notices  Notices
	bus      Bus
	limiter  Limiter
	fragment func(string) bool
	maySend  func(string) bool
	template func(bot.Contact, bot.Watch, bot.Decision) *bot.TemplateNotice
	alert    func(context.Context, bot.WaitingCase, int)
	hours    bot.Hours
	timing   Timing
	metrics  Metrics
	log      *slog.Logger
	now      func() time.Time
	fault    func(string)
	second   SecondFactor

	usual   usualReports
	owner   string
	leases  sequence
	wake    wakeups
	waiters waiters
}

// New checks the parts and builds a Runner; Run or Step makes it work.
func New(d Deps) (*Runner, error) {
	if d.Store == nil || d.Engine == nil || d.Sender == nil || d.Log == nil {
		return nil, errors.New("runner: Store, Engine, Sender and Log are required")
	}
	if err := d.Second.check(); err != nil {
		return nil, err
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Bus == nil {
		d.Bus = NewBus()
	}
	if d.Limiter == nil {
		d.Limiter = NewLimiter(d.Now)
	}
	if d.Fragment == nil {
		d.Fragment = func(string) bool { return false }
	}
	if d.MaySend == nil {
		d.MaySend = func(string) bool { return true }
	}
	if d.Fault == nil {
		d.Fault = func(string) {}
	}
	return &Runner{
		store: d.Store, engine: d.Engine, sender: d.Sender, notices: d.Notices, bus: d.Bus, limiter: d.Limiter,
		fragment: d.Fragment, maySend: d.MaySend, template: d.Template, alert: d.Alert,
		hours: d.Hours, timing: d.Timing.orDefaults(), metrics: d.Metrics.orNone(), log: d.Log, now: d.Now, fault: d.Fault, second: d.Second,
		owner: ownerName(), wake: newWakeups(), waiters: newWaiters(),
	}, nil
}

// Accept stores an inbound message and brings its conversation's turn
// forward; see store.Accept. A fragment waits for the rest of the question.
func (r *Runner) Accept(ctx context.Context, m delivery.Inbound) (id int64, duplicate bool, err error) {
	if m.ReceivedAt.IsZero() {
		m.ReceivedAt = r.now()
	}
	due := time.Time{}
	if wantsTurn(m) {
		due = r.now()
		if m.Kind == delivery.KindText && r.fragment(m.Text) {
			due = due.Add(r.timing.Debounce)
		}
	}
	_, opens := delivery.PoolOf(m)
	id, duplicate, err = r.store.Accept(ctx, m, due, opens && r.maySend(m.AppID))
	if err != nil {
		return 0, false, fmt.Errorf("inbox: %w", err)
	}
	r.fault("accepted")
	if !duplicate {
		r.wake.all()
		r.bus.Publish(TopicWork, "")
	}
	return id, duplicate, nil
}

// wantsTurn leaves out events that only report something: they are kept, and
// nobody answers them.
func wantsTurn(m delivery.Inbound) bool {
	if m.Kind != delivery.KindEvent {
		return true
	}
	switch m.Event {
	case "subscribe", "unsubscribe", "SCAN", "CLICK", "scancode_push", "scancode_waitmsg":
		return true
	}
	return false
}

// Wake makes the runner look for work at once.
func (r *Runner) Wake() { r.wake.all() }

// Run works until ctx ends; then it finishes what it has begun (bounded by the
// budgets of turn and delivery) and returns. It owns every goroutine.
func (r *Runner) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	start := func(f func(context.Context)) { wg.Go(func() { f(ctx) }) }
	start(r.schedule)
	start(r.listen)
	start(r.housekeep)
	for range r.timing.Workers {
		start(r.loop(r.wake.turns, "turn", func(ctx context.Context) (bool, error) {
			_, ran, err := r.turnOne(ctx, false)
			return ran, err
		}))
	}
	for range r.timing.Senders {
		start(r.loop(r.wake.outbox, "outbox", r.sendOne))
	}
	if r.second.on() {
		start(r.loop(r.wake.texts, "code", r.textOne))
	}
	start(r.loop(r.wake.watches, "watch", func(ctx context.Context) (bool, error) {
		_, ran, err := r.followOne(ctx, false)
		return ran, err
	}))
	wg.Wait()
	return nil
}

func (t Timing) orDefaults() Timing {
	n := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	d := func(v *time.Duration, def time.Duration) {
		if *v == 0 {
			*v = def
		}
	}
	n(&t.Workers, 4)
	n(&t.Senders, 4)
	n(&t.Attempts, 3)
	n(&t.TurnsPerMinute, 20)
	d(&t.Debounce, 800*time.Millisecond)
	d(&t.Turn, 10*time.Second)
	d(&t.Lease, 30*time.Second)
	d(&t.Send, 20*time.Second)
	d(&t.SendLease, time.Minute)
	d(&t.Passive, 4500*time.Millisecond)
	d(&t.PassiveLease, 10*time.Second)
	d(&t.Poll, time.Second)
	d(&t.Upkeep, 30*time.Second)
	d(&t.Renotify, 3*time.Minute)
	d(&t.KeepEvents, 24*time.Hour)
	d(&t.KeepInbox, 72*time.Hour)
	return t
}

// lease names one lease of this process, for the people who read the table.
func (r *Runner) lease() string { return r.owner + "-" + strconv.FormatInt(r.leases.next(), 10) }
