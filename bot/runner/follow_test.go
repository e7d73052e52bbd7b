package runner_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/runner"
)

var promise = bot.Watch{Kind: bot.WatchPromise, MerchantNo: "8221", TransactionID: "T1"}

// promised is a bench on which the bot has promised T1 within the hour.
func promised(t *testing.T, b *bench) {
	t.Helper()
	b.engine.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
		d, err := echo(ctx, in)
		w := promise
		w.CheckAt, w.Deadline = in.Now.Add(time.Hour), in.Now.Add(3*time.Hour)
		d.Watches = []bot.Watch{w}
		return d, err
	}
	b.say(t, "u1", "没到账")
	b.step(t)
	b.sender.want(t, "答:没到账")
	b.engine.turn = nil
}

func arrived(_ context.Context, in bot.FollowInput) (bot.Decision, error) {
	return bot.Decision{
		Action: bot.ActionAnswer, Status: in.Status, Memory: in.Memory, Replies: []bot.Reply{{Text: "到账了"}},
	}, nil
}

func (b *bench) watches(t *testing.T) []bot.Watch {
	t.Helper()
	ws, err := b.store.OpenWatches(context.Background(), b.conversation(t, "u1"))
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

func TestPromiseIsLookedAtAgainAndKept(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		promised(t, b)
		looks := 0
		b.engine.follow = func(ctx context.Context, in bot.FollowInput) (bot.Decision, error) {
			looks++
			if in.Watch.TransactionID != "T1" || !in.Watch.Deadline.Equal(newClock().now().Add(3*time.Hour)) {
				t.Errorf("watch %+v", in.Watch)
			}
			if looks == 2 {
				return arrived(ctx, in)
			}
			w := in.Watch
			w.CheckAt = in.Now.Add(time.Hour)
			return bot.Decision{Action: bot.ActionNone, Status: in.Status, Memory: in.Memory, Watches: []bot.Watch{w}}, nil
		}
		b.step(t)
		if looks != 0 {
			t.Fatal("looked too early")
		}
		b.clock.add(time.Hour)
		ran := b.step(t)
		if len(ran) != 1 || !ran[0].Follow || len(b.watches(t)) != 1 {
			t.Fatalf("ran %+v, open %+v", ran, b.watches(t))
		}
		b.clock.add(time.Hour)
		b.step(t)
		b.sender.want(t, "答:没到账", "到账了")
		if len(b.watches(t)) != 0 {
			t.Fatal("the promise is kept and still open")
		}
		b.clock.add(9 * time.Hour)
		b.step(t)
		if looks != 2 {
			t.Fatalf("%d looks", looks)
		}
	})
}

func TestPromiseIsNoteWhileHumanOwns(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		promised(t, b)
		b.engine.follow = arrived
		if err := b.desk.Claim(context.Background(), b.conversation(t, "u1"), bot.Actor{ID: 1, Name: "甲"}); err != nil {
			t.Fatal(err)
		}
		b.clock.add(time.Hour)
		b.step(t)
		b.sender.want(t, "答:没到账")
		notes, err := b.store.DeskNotes(context.Background(), b.conversation(t, "u1"))
		if err != nil || len(notes) != 1 || notes[0].Text != "到账了" {
			t.Fatalf("notes %+v, %v", notes, err)
		}
	})
}

func TestFollowUpOutsideTheWindow(t *testing.T) {
	templates := map[string]bool{"template": true, "no template": false}
	for name, has := range templates {
		t.Run(name, func(t *testing.T) {
			each(t, func(d *runner.Deps) {
				if has {
					d.Template = func(bot.Contact, bot.Watch, bot.Decision) *bot.TemplateNotice {
						return &bot.TemplateNotice{ID: "TPL", Fields: map[string]string{"thing1": "到账"}}
					}
				}
			}, func(t *testing.T, b *bench) {
				promised(t, b)
				b.engine.follow = arrived
				b.clock.add(50 * time.Hour)
				b.step(t)
				if has {
					b.sender.want(t, "答:没到账", "到账了")
					if tpl := b.sender.sent[1].Template; tpl == nil || tpl.ID != "TPL" {
						t.Fatalf("sent %+v", b.sender.sent[1])
					}
					return
				}
				b.sender.want(t, "答:没到账")
				b.say(t, "u1", "在吗")
				b.step(t)
				b.sender.want(t, "答:没到账", "到账了", "答:在吗")
			})
		})
	}
}

// TestFollowUpUsesTheReserve: the bot leaves the last of five messages, the
// notice of arrival may take it.
func TestFollowUpUsesTheReserve(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		promised(t, b)
		b.engine.follow = arrived
		b.engine.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			d, err := echo(ctx, in)
			for range 9 {
				d.Replies = append(d.Replies, bot.Reply{Text: "又"})
			}
			return d, err
		}
		b.clock.add(time.Second)
		b.say(t, "u1", "还有吗")
		b.step(t)
		b.clock.add(time.Hour)
		b.step(t)
		b.sender.want(t, "答:没到账", "答:还有吗", "又", "又", "又", "到账了")
	})
}

func TestFollowUpThatFailsIsHandedOver(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		promised(t, b)
		b.engine.follow = func(context.Context, bot.FollowInput) (bot.Decision, error) {
			return bot.Decision{}, errors.New("broken")
		}
		b.clock.add(time.Hour)
		ran := b.step(t)
		if len(ran) != 1 || ran[0].Status != bot.StatusWaiting {
			t.Fatalf("ran %+v", ran)
		}
		if got := b.sender.texts(); len(got) != 2 || len(b.watches(t)) != 0 {
			t.Fatalf("sent %q, open %+v", got, b.watches(t))
		}
	})
}

// TestUnfollowedContactIsLeftAlone: what waits is dropped, promises end.
func TestUnfollowedContactIsLeftAlone(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		promised(t, b)
		b.engine.turn = func(_ context.Context, in bot.Input) (bot.Decision, error) {
			return bot.Decision{Action: bot.ActionNone, Status: in.Status, Memory: in.Memory, Unfollowed: true}, nil
		}
		m := delivery.Inbound{AppID: "wx1", OpenID: "u1", DedupeKey: "x", Kind: delivery.KindEvent, Event: "unsubscribe"}
		if _, _, err := b.Accept(context.Background(), m); err != nil {
			t.Fatal(err)
		}
		b.step(t)
		if len(b.watches(t)) != 0 {
			t.Fatal("promises to somebody who left")
		}
		if held, err := b.desk.Reply(context.Background(), b.conversation(t, "u1"), bot.Actor{ID: 1}, "您好"); err != nil || !held {
			t.Fatal(held, err)
		}
	})
}
