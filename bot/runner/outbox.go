package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"daozhang/bot/delivery"
)

// sendOne delivers one row that is due. A crash between WeChat's acceptance
// and SettleOutbox sends it once more after the lease: WeChat has no key to
// tell a repetition by.
func (r *Runner) sendOne(ctx context.Context) (bool, error) {
	now := r.now()
	rows, held, err := r.store.LeaseOutbox(ctx, now, now.Add(r.timing.SendLease), 1)
	if err != nil {
		return false, err //nolint:wrapcheck // says itself where
	}
	for range held {
		r.metrics.Held()
		r.bus.Publish(TopicEvents, "")
	}
	for _, o := range rows {
		r.fault("sending")
		if err := r.deliver(ctx, o); err != nil {
			return true, err
		}
	}
	return len(rows)+len(held) > 0, nil
}

func (r *Runner) deliver(ctx context.Context, o delivery.Outbound) error {
	began := r.now()
	sending, cancel := context.WithTimeout(ctx, r.timing.Send)
	result := r.sender.Send(sending, o)
	cancel()
	r.fault("sent")
	state, err := r.store.SettleOutbox(ctx, o, began, r.now(), result)
	if err != nil {
		return err //nolint:wrapcheck // says itself where
	}
	r.fault("settled")
	r.account(o, state, result)
	r.bus.Publish(TopicEvents, "")
	poke(r.wake.schedule)
	return nil
}

// account logs and counts how an attempt ended.
func (r *Runner) account(o delivery.Outbound, state delivery.OutboundState, result error) {
	log := r.log.With(slog.Int64("outbound", o.ID), slog.Int64("conversation", o.ConversationID), slog.Int("attempt", o.Attempts), slog.String("state", string(state)))
	switch state {
	case delivery.Sent:
		way := "customer"
		if o.Template != nil {
			way = "template"
		}
		r.metrics.Sent(way, r.now().Sub(o.CreatedAt))
		log.Debug("runner: delivered")
	case delivery.Held:
		r.metrics.Held()
		log.Info("runner: held until the contact writes", slog.Any("err", result))
	case delivery.Dead:
		r.metrics.DeadLetter(classOf(result))
		log.Error("runner: dead letter", slog.Any("err", result))
	default:
		if result != nil {
			log.Warn("runner: delivery failed, tried again later", slog.Any("err", result))
		}
	}
}

// Await blocks until the turn that handles an inbound message has committed
// its reply, and gives the row that a passive reply may carry; false when the
// turn ended without one, somebody else has it, or ctx ended.
func (r *Runner) Await(ctx context.Context, inboundID int64) (delivery.Outbound, bool) {
	told, stop := r.waiters.wait(strconv.FormatInt(inboundID, 10))
	defer stop()
	for {
		row, found, done, err := r.store.ReplyTo(ctx, inboundID)
		if err != nil && ctx.Err() == nil {
			r.log.Error("runner: look for the reply", slog.Int64("inbound", inboundID), slog.Any("err", err))
		}
		if found || done {
			return row, found
		}
		if !waitFor(ctx, told, r.timing.Poll/4) {
			return delivery.Outbound{}, false
		}
	}
}

// Claim gives a row to the callback that asks: atomically, to one only.
func (r *Runner) Claim(ctx context.Context, outboundID int64) (bool, error) {
	mine, err := r.store.ClaimPassive(ctx, outboundID, r.now().Add(r.timing.PassiveLease))
	if err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	r.fault("claimed")
	return mine, nil
}

// Delivered ends a claim: nil = sent, *delivery.Partial = the rest goes on,
// anything else = the row goes back and is sent as a customer message.
func (r *Runner) Delivered(ctx context.Context, outboundID int64, result error) error {
	if err := r.store.EndPassive(ctx, outboundID, r.now(), result); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if result == nil {
		r.metrics.Sent("passive", 0)
	}
	r.bus.Publish(TopicEvents, "")
	poke(r.wake.outbox)
	return nil
}

// classOf names the class of a failure for the counters.
func classOf(err error) string {
	var e *delivery.Error
	if errors.As(err, &e) {
		return string(e.Class)
	}
	return string(delivery.ClassRetry)
}
