package runner_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/runner"
	"daozhang/store"
	"daozhang/store/storetest"
)

// each runs a test on both engines.
func each(t *testing.T, change func(*runner.Deps), f func(t *testing.T, b *bench)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]func(*testing.T, func() time.Time) *store.Store{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock() // of its own: the engines run side by side
			f(t, newBench(t, open(t, c.now), c, change))
		})
	}
}

func TestSeveralMessagesAreOneTurn(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		b.say(t, "u1", "昨天刷的")
		b.say(t, "u1", "5000")
		ran := b.step(t)
		if len(ran) != 1 || ran[0].Status != bot.StatusBot {
			t.Fatalf("ran %+v", ran)
		}
		b.sender.want(t, "答:昨天刷的|5000")
		if again := b.step(t); len(again) != 0 {
			t.Fatalf("answered twice: %+v", again)
		}
	})
}

func TestRepeatedMessageIsAnsweredOnce(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		m := text2("u1", "在吗", 1, b.clock.now())
		first, dup, err := b.Accept(context.Background(), m)
		if err != nil || dup {
			t.Fatal(dup, err)
		}
		b.step(t)
		second, dup, err := b.Accept(context.Background(), m)
		if err != nil || !dup || second != first {
			t.Fatalf("second: %d (first %d) duplicate %t, %v", second, first, dup, err)
		}
		b.step(t)
		b.sender.want(t, "答:在吗")
	})
}

func TestFragmentWaitsAndWholeQuestionDoesNot(t *testing.T) {
	fragment := func(d *runner.Deps) { d.Fragment = func(s string) bool { return s == "在吗" } }
	each(t, fragment, func(t *testing.T, b *bench) {
		b.say(t, "u1", "在吗")
		if ran := b.step(t); len(ran) != 0 {
			t.Fatal("a fragment was answered at once")
		}
		b.clock.add(300 * time.Millisecond)
		b.say(t, "u1", "昨天5000没到")
		b.step(t)
		b.say(t, "u1", "在吗")
		b.clock.add(time.Second)
		b.step(t)
		b.sender.want(t, "答:在吗|昨天5000没到", "答:在吗")
	})
}

func TestFailureIsTriedAgainThenHandedOver(t *testing.T) {
	each(t, func(d *runner.Deps) { d.Timing.Attempts = 2 }, func(t *testing.T, b *bench) {
		b.engine.turn = func(context.Context, bot.Input) (bot.Decision, error) {
			return bot.Decision{}, errors.New("broken")
		}
		b.say(t, "u1", "没到账")
		ran := b.step(t)
		if len(ran) != 1 || ran[0].Status != bot.StatusWaiting || ran[0].Decision.Handoff.Reason != bot.ReasonBotError {
			t.Fatalf("ran %+v", ran)
		}
		b.sender.want(t, "转人工，工单号1")
	})
}

func TestPanicAndOverBudgetAreHandedOver(t *testing.T) {
	turns := map[string]func(context.Context, bot.Input) (bot.Decision, error){
		"panic": func(context.Context, bot.Input) (bot.Decision, error) { panic("卡号 6222") },
		"budget": func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			<-ctx.Done()
			return echo(ctx, in)
		},
	}
	for name, turn := range turns {
		t.Run(name, func(t *testing.T) {
			each(t, func(d *runner.Deps) { d.Timing.Turn = 20 * time.Millisecond }, func(t *testing.T, b *bench) {
				b.engine.turn = turn
				b.say(t, "u1", "没到账")
				b.step(t)
				b.sender.want(t, "转人工，工单号1")
			})
		})
	}
}

func TestBotIsSilentWhileHumanOwns(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		ctx := context.Background()
		agent := bot.Actor{ID: 5, Name: "小王"}
		b.engine.turn = handOff
		b.say(t, "u1", "转人工")
		b.step(t)
		id := b.conversation(t, "u1")
		// The agent claims while a turn is running: its outcome is dropped.
		claimed := false
		b.engine.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			if !claimed {
				claimed = true
				if err := b.desk.Claim(ctx, id, agent); err != nil {
					t.Error(err)
				}
			}
			return echo(ctx, in)
		}
		b.say(t, "u1", "到了吗")
		ran := b.step(t)
		if len(ran) != 1 || ran[0].Decision.Action != bot.ActionNone || ran[0].Status != bot.StatusHuman {
			t.Fatalf("ran %+v", ran)
		}
		b.sender.want(t, "转人工")
		if err := b.desk.Claim(ctx, id, bot.Actor{ID: 6, Name: "小李"}); !errors.Is(err, bot.ErrTaken) {
			t.Fatalf("second claim: %v", err)
		}
		if held, err := b.desk.Reply(ctx, id, agent, "已为您处理"); err != nil || held {
			t.Fatal(held, err)
		}
		if err := b.desk.GiveBack(ctx, id, agent); err != nil {
			t.Fatal(err)
		}
		b.step(t)
		b.say(t, "u1", "谢谢")
		b.step(t)
		got := b.sender.texts()
		if len(got) != 4 || got[1] != "已为您处理" || got[3] != "答:谢谢" {
			t.Fatalf("sent %q", got)
		}
	})
}

func TestHeldReplyGoesWithNextContact(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		b.say(t, "u1", "转人工")
		b.step(t)
		b.clock.add(49 * time.Hour)
		held, err := b.desk.Reply(context.Background(), b.conversation(t, "u1"), bot.Actor{ID: 5, Name: "小王"}, "查到了")
		if err != nil || !held {
			t.Fatalf("held %t, %v", held, err)
		}
		b.step(t)
		b.sender.want(t, "答:转人工")
		b.say(t, "u1", "在吗")
		b.step(t)
		b.sender.want(t, "答:转人工", "查到了")
	})
}

func TestQuotaReserve(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		// One trigger allows five; the bot may use four, the agent the last.
		b.engine.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			d, err := echo(ctx, in)
			for range 5 {
				d.Replies = append(d.Replies, bot.Reply{Text: "又"})
			}
			return d, err
		}
		b.say(t, "u1", "问")
		b.step(t)
		b.sender.want(t, "答:问", "又", "又", "又")
		if held, err := b.desk.Reply(context.Background(), b.conversation(t, "u1"), bot.Actor{ID: 1, Name: "甲"}, "人"); err != nil || held {
			t.Fatal(held, err)
		}
		b.step(t)
		b.sender.want(t, "答:问", "又", "又", "又", "人")
	})
}

func TestErrorClasses(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		fail := func(class delivery.Class) {
			b.sender.fail = func(delivery.Outbound) error { return &delivery.Error{Class: class, Code: 1} }
		}
		fail(delivery.ClassRetry)
		b.say(t, "u1", "一")
		b.step(t)
		b.sender.fail = nil
		b.step(t)
		b.sender.want(t) // backoff has not passed
		b.clock.add(time.Minute)
		b.step(t)
		b.sender.want(t, "答:一")
		fail(delivery.ClassPermanent)
		b.say(t, "u1", "二")
		b.step(t)
		st, err := b.store.OutboxStats(context.Background(), b.clock.now())
		if err != nil || st.Dead != 1 || st.Waiting != 0 {
			t.Fatalf("statistics %+v, %v", st, err)
		}
		fail(delivery.ClassQuota)
		b.say(t, "u1", "三")
		b.step(t)
		b.sender.fail = nil
		b.step(t)
		b.sender.want(t, "答:一")
		b.clock.add(time.Second)
		b.say(t, "u1", "四")
		b.step(t)
		b.sender.want(t, "答:一", "答:三", "答:四")
	})
}
