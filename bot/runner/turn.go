package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"daozhang/bot"
	"daozhang/transactions"
)

// Ran is one turn or follow-up that was committed.
type Ran struct {
	ConversationID int64
	Decision       bot.Decision
	Trace          bot.Trace
	// Status after the commit.
	Status bot.Status
	// Follow is true when a promise was looked at, not a message answered.
	Follow bool
}

// floodText is said once when a contact writes faster than the limit; what it
// wrote is answered together a little later, nothing is dropped.
const floodText = "您发得有点快，我先歇口气，一分钟内把您发的一起看完再回复您。"

// errPanic marks a panic of the core.
var errPanic = errors.New("panic in the core")

// turnOne leases one due conversation and answers what waits in it. ran is
// false when none was due. With final a failure is handed over at once instead
// of being tried again.
func (r *Runner) turnOne(ctx context.Context, final bool) (ran *Ran, ok bool, err error) {
	now := r.now()
	w, ok, err := r.store.LeaseConversation(ctx, r.lease(), now, now.Add(r.timing.Lease))
	if err != nil || !ok {
		return nil, false, err //nolint:wrapcheck // says itself where
	}
	r.fault("leased")
	o := bot.Outcome{Work: w, At: now}
	r.replyTo(&o)
	if wait := r.tooFast(ctx, w); wait > 0 {
		r.postpone(ctx, &o, wait)
	} else if again, err := r.answer(ctx, &o, final); err != nil || again {
		return nil, true, err
	}
	r.fault("decided")
	ran, err = r.commit(ctx, o)
	if err == nil && ran != nil {
		r.metrics.Turn(string(o.Decision.Action), r.now().Sub(now))
	}
	return ran, true, err
}

// replyTo lets the callback of the last message carry the first reply.
func (r *Runner) replyTo(o *bot.Outcome) {
	said := o.Work.Input.Said
	if len(said) == 0 {
		return
	}
	last := said[len(said)-1]
	o.ReplyTo = last.InboxID
	if r.timing.Passive > 0 {
		o.PassiveUntil = last.At.Add(r.timing.Passive)
	}
}

// tooFast is how long a contact over the limit has to wait; 0 = not at all.
// Agents see everything at once, so it does not count while a human owns the
// conversation. A limiter that fails lets everybody through.
func (r *Runner) tooFast(ctx context.Context, w bot.Work) time.Duration {
	if r.timing.TurnsPerMinute < 0 || w.Input.Status == bot.StatusHuman {
		return 0
	}
	if ok, wait := r.allow(ctx, "turns", w, r.timing.TurnsPerMinute); !ok {
		return max(wait, time.Second)
	}
	return 0
}

func (r *Runner) allow(ctx context.Context, what string, w bot.Work, limit int) (bool, time.Duration) {
	ok, wait, err := r.limiter.Allow(ctx, what+":"+strconv.FormatInt(w.Input.Contact.ID, 10), limit, time.Minute)
	if err != nil {
		r.log.Warn("runner: limiter", slog.Any("err", err))
		return true, 0
	}
	return ok, wait
}

// postpone leaves the messages for later, with one notice per minute.
func (r *Runner) postpone(ctx context.Context, o *bot.Outcome, wait time.Duration) {
	in := o.Work.Input
	o.NextDue = o.At.Add(wait)
	o.Decision = bot.Decision{Action: bot.ActionNone, Status: in.Status, Memory: in.Memory}
	o.Trace = bot.Trace{At: o.At, Rule: "flood"}
	if first, _ := r.allow(ctx, "flood", o.Work, 1); first {
		o.Decision.Replies = []bot.Reply{{Text: floodText}}
	}
}

// answer runs the turn into the outcome. again is true when it failed and the
// conversation was given back to be tried once more.
func (r *Runner) answer(ctx context.Context, o *bot.Outcome, final bool) (again bool, err error) {
	w := o.Work
	in := w.Input
	in.Now = o.At
	if in.Notices, err = r.published(ctx, o.At); err == nil && w.Attempts <= r.timing.Attempts {
		o.Decision, o.Trace, err = r.ask(ctx, func(ctx context.Context) (bot.Decision, bot.Trace, error) {
			return r.engine.Turn(ctx, in) //nolint:wrapcheck // wrapped by ask
		})
	} else if err == nil {
		err = fmt.Errorf("given up after %d attempts", w.Attempts-1)
	}
	o.Handled = in.Said
	if err == nil {
		o.Expected = r.hours.Expected(o.At)
		return false, nil
	}
	r.log.Error("runner: turn failed", slog.Int64("conversation", w.ConversationID), slog.Int("attempt", w.Attempts), slog.Any("err", err))
	hopeless := final || errors.Is(err, errPanic) || errors.Is(err, context.DeadlineExceeded)
	if !hopeless && w.Attempts < r.timing.Attempts {
		return true, r.giveBack(ctx, w, retryAfter(w.Attempts))
	}
	return false, r.handOver(ctx, o, in, err)
}

// handOver makes the outcome of a turn that cannot be answered.
func (r *Runner) handOver(ctx context.Context, o *bot.Outcome, in bot.Input, cause error) error {
	number := int64(0)
	if in.Status == bot.StatusBot || in.Status == bot.StatusClosed || in.Status == "" {
		var err error
		if number, err = r.store.NextCase(ctx); err != nil {
			return errors.Join(fmt.Errorf("hand over: %w", err), r.giveBack(ctx, o.Work, retryAfter(o.Work.Attempts)))
		}
	}
	o.Decision = r.engine.Failed(in, cause, number)
	o.Trace.At, o.Trace.Rule, o.Trace.Error = o.At, "failed", cause.Error()
	o.Expected = r.hours.Expected(o.At)
	return nil
}

// ask calls the core within the budget of a turn; a panic is an error.
func (r *Runner) ask(ctx context.Context, f func(context.Context) (bot.Decision, bot.Trace, error)) (d bot.Decision, t bot.Trace, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.timing.Turn)
	defer cancel()
	began := r.now()
	defer func() {
		if p := recover(); p != nil {
			// The value may hold customer data: only type and place are told.
			err = fmt.Errorf("%w (%T): %s", errPanic, p, debug.Stack())
		}
		t.ElapsedUS = r.now().Sub(began).Microseconds()
	}()
	d, t, err = f(ctx)
	if err == nil && ctx.Err() != nil {
		err = ctx.Err() // an answer over budget may rest on look-ups cut short
	}
	if err != nil {
		return d, t, fmt.Errorf("core: %w", err)
	}
	return d, t, nil
}

// commit stores an outcome and tells who waits for it. nil, nil: somebody else
// was faster, and nothing was stored.
func (r *Runner) commit(ctx context.Context, o bot.Outcome) (*Ran, error) {
	done, err := r.store.Commit(ctx, o)
	if errors.Is(err, bot.ErrConflict) {
		r.metrics.Conflict()
		r.log.Info("runner: outcome dropped, the conversation changed", slog.Int64("conversation", o.Work.ConversationID))
		r.wake.all()
		return nil, nil //nolint:nilnil // a conflict is neither
	}
	if err != nil {
		return nil, errors.Join(err, r.giveBack(ctx, o.Work, retryAfter(o.Work.Attempts)))
	}
	r.fault("committed")
	if done.CaseNumber != 0 && o.Decision.Handoff != nil {
		r.metrics.Handoff(string(o.Decision.Handoff.Reason))
	}
	r.tell(o)
	return &Ran{
		ConversationID: o.Work.ConversationID, Decision: o.Decision, Trace: o.Trace, Status: done.Status, Follow: o.Watch != nil,
	}, nil
}

// tell wakes the callbacks that wait for this turn, the sender, the consoles.
func (r *Runner) tell(o bot.Outcome) {
	said := o.Handled
	if len(said) == 0 {
		said = o.Work.Input.Said
	}
	if len(said) > 0 {
		ids := make([]string, len(said))
		for i, u := range said {
			ids[i] = strconv.FormatInt(u.InboxID, 10)
			r.waiters.tell(ids[i])
		}
		r.bus.Publish(TopicAnswered, strings.Join(ids, ","))
	}
	r.bus.Publish(TopicEvents, "")
	poke(r.wake.outbox)
	poke(r.wake.texts)
	poke(r.wake.schedule)
}

// giveBack releases the lease so that the conversation is due again after d.
func (r *Runner) giveBack(ctx context.Context, w bot.Work, d time.Duration) error {
	if err := r.store.ReleaseConversation(ctx, w, r.now().Add(d)); err != nil {
		return fmt.Errorf("give conversation %d back: %w", w.ConversationID, err)
	}
	poke(r.wake.schedule)
	return nil
}

// retryAfter is short at first: the callback may still be waiting.
func retryAfter(attempt int) time.Duration {
	switch {
	case attempt <= 1:
		return 200 * time.Millisecond
	case attempt == 2:
		return time.Second
	}
	return 10 * time.Second
}

// published are the notices that cover an instant.
func (r *Runner) published(ctx context.Context, at time.Time) ([]transactions.Notice, error) {
	if r.notices == nil {
		return nil, nil
	}
	n, err := r.notices.NoticesAt(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	return n, nil
}
