package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"daozhang/bot"
)

// followText is said when a promise can no longer be checked by itself.
const followText = "您之前问的那笔，我这边没能自动查到最新进展，已经请人工跟进，有结果会告诉您。"

// followOne looks at one promise whose time has come. It holds the
// conversation meanwhile, so that no turn runs beside it.
func (r *Runner) followOne(ctx context.Context, final bool) (ran *Ran, ok bool, err error) {
	now := r.now()
	w, d, ok, err := r.store.LeaseWatch(ctx, r.lease(), now, now.Add(r.timing.Lease))
	if err != nil || !ok {
		return nil, false, err //nolint:wrapcheck // says itself where
	}
	r.fault("watch_leased")
	o := bot.Outcome{Work: w, At: now, Watch: &d}
	o.Decision, o.Trace, err = r.look(ctx, w.Input, d.Watch, now)
	if err != nil {
		r.log.Error("runner: follow-up failed", slog.Int64("conversation", w.ConversationID), slog.Int64("watch", d.ID), slog.Int("attempt", d.Attempts), slog.Any("err", err))
		if !final && !errors.Is(err, errPanic) && d.Attempts < r.timing.Attempts {
			return nil, true, r.lookLater(ctx, o, now.Add(time.Duration(d.Attempts)*time.Minute))
		}
		if err := r.handOver(ctx, &o, r.input(w.Input, now), err); err != nil {
			return nil, true, err
		}
		for i := range o.Decision.Replies {
			o.Decision.Replies[i].Text = followText
		}
	}
	o.Expected = r.hours.Expected(now)
	if r.template != nil && len(o.Decision.Replies) > 0 {
		o.Template = r.template(w.Input.Contact, d.Watch, o.Decision)
	}
	r.fault("decided")
	ran, err = r.commit(ctx, o)
	return ran, true, err
}

func (r *Runner) look(ctx context.Context, in bot.Input, w bot.Watch, now time.Time) (bot.Decision, bot.Trace, error) {
	notices, err := r.published(ctx, now)
	if err != nil {
		return bot.Decision{}, bot.Trace{}, err
	}
	return r.ask(ctx, func(ctx context.Context) (bot.Decision, bot.Trace, error) {
		return r.engine.Follow(ctx, bot.FollowInput{
			Now: now, Status: in.Status, Memory: in.Memory, Contact: in.Contact, Watch: w, Notices: notices, OpenCases: in.OpenCases,
		})
	})
}

func (r *Runner) input(in bot.Input, now time.Time) bot.Input {
	in.Now = now
	return in
}

// lookLater gives watch and conversation back.
func (r *Runner) lookLater(ctx context.Context, o bot.Outcome, at time.Time) error {
	if err := r.store.PostponeWatch(ctx, o.Watch.ID, at, false); err != nil {
		return fmt.Errorf("look later: %w", err)
	}
	return r.giveBack(ctx, o.Work, 0)
}
