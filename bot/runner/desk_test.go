package runner_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/runner"
)

func TestCloseAsksForARatingAndKeepsIt(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		ctx := context.Background()
		agent := bot.Actor{ID: 5, Name: "小王"}
		b.engine.turn = handOff
		b.say(t, "u1", "转人工")
		b.step(t)
		id := b.conversation(t, "u1")
		if err := b.desk.Claim(ctx, id, agent); err != nil {
			t.Fatal(err)
		}
		if err := b.desk.Close(ctx, id, bot.Actor{ID: 6}); !errors.Is(err, bot.ErrTaken) {
			t.Fatalf("closed by a stranger: %v", err)
		}
		if err := b.desk.Close(ctx, id, agent); err != nil {
			t.Fatal(err)
		}
		b.step(t)
		if got := b.sender.texts(); len(got) != 2 || !strings.Contains(got[1], "1. 非常满意") {
			t.Fatalf("sent %q", got)
		}
		if len(b.sender.sent[1].Choices) != 5 {
			t.Fatalf("choices %+v", b.sender.sent[1].Choices)
		}
		b.engine.turn = func(_ context.Context, in bot.Input) (bot.Decision, error) {
			if in.Status != bot.StatusClosed || !in.Memory.AskRating || in.Memory.CaseNumber != 7 || in.Memory.Choices[0].Means != "rate:5" {
				t.Errorf("input %+v", in)
			}
			return bot.Decision{Action: bot.ActionAnswer, Status: bot.StatusClosed, Rating: 5, Replies: []bot.Reply{{Text: "谢谢"}}}, nil
		}
		b.say(t, "u1", "1")
		ran := b.step(t)
		if len(ran) != 1 || ran[0].Status != bot.StatusClosed {
			t.Fatalf("ran %+v", ran)
		}
		b.engine.turn = nil
		b.say(t, "u1", "还有一笔")
		if ran := b.step(t); len(ran) != 1 || ran[0].Status != bot.StatusBot {
			t.Fatalf("not reopened: %+v", ran)
		}
		changes, err := b.store.DeskChanges(ctx, id)
		if err != nil || len(changes) != 4 {
			t.Fatalf("changes %+v, %v", changes, err)
		}
	})
}

// TestNeverTwoOpenCases: a second hand-over while waiting opens nothing and
// changes nothing.
func TestNeverTwoOpenCases(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		b.engine.turn = handOff
		b.say(t, "u1", "转人工")
		b.step(t)
		b.engine.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			if len(in.OpenCases) != 1 || in.OpenCases[0].Number != 7 || in.OpenCases[0].ExpectedAt.IsZero() {
				t.Errorf("open cases %+v", in.OpenCases)
			}
			d, err := handOff(ctx, in)
			d.Memory.CaseNumber = 8
			return d, err
		}
		b.say(t, "u1", "快点")
		b.step(t)
		cases, err := b.store.UnclaimedCases(context.Background(), b.clock.now(), 10)
		if err != nil || len(cases) != 1 || cases[0].Number != 7 || cases[0].Priority != "high" {
			t.Fatalf("cases %+v, %v", cases, err)
		}
	})
}

func TestTakeOver(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		ctx := context.Background()
		b.say(t, "u1", "问")
		b.step(t)
		id := b.conversation(t, "u1")
		if _, err := b.desk.Reply(ctx, id, bot.Actor{ID: 1, Name: "甲"}, " "); !errors.Is(err, runner.ErrEmptyText) {
			t.Fatal(err)
		}
		if _, err := b.desk.Reply(ctx, id, bot.Actor{ID: 1, Name: "甲"}, "我来"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.desk.Reply(ctx, id, bot.Actor{ID: 2, Name: "乙"}, "我来"); !errors.Is(err, bot.ErrTaken) {
			t.Fatal(err)
		}
		if err := b.desk.TakeOver(ctx, id, bot.Actor{ID: 2, Name: "乙"}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.desk.Reply(ctx, id, bot.Actor{ID: 2, Name: "乙"}, "还是我来"); err != nil {
			t.Fatal(err)
		}
		if err := b.desk.Claim(ctx, id+1, bot.Actor{ID: 2}); !errors.Is(err, bot.ErrNotFound) {
			t.Fatal(err)
		}
		if err := b.desk.Note(ctx, id, bot.Actor{ID: 2, Name: "乙"}, "老客户"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFloodIsPutOffWithOneNotice(t *testing.T) {
	each(t, func(d *runner.Deps) { d.Timing.TurnsPerMinute = 2 }, func(t *testing.T, b *bench) {
		for _, s := range []string{"一", "二", "三", "四"} {
			b.say(t, "u1", s)
			b.step(t)
		}
		got := b.sender.texts()
		if len(got) != 3 || !strings.Contains(got[2], "一分钟") {
			t.Fatalf("sent %q", got)
		}
		b.clock.add(time.Minute)
		b.step(t)
		if got := b.sender.texts(); len(got) != 4 || got[3] != "答:三|四" {
			t.Fatalf("sent %q: what was put off is lost", got)
		}
	})
}

func TestSceneBindsOnce(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		ctx := context.Background()
		sc := bot.Scene{Token: strings.Repeat("a1", 16), MerchantNo: "8221", Role: "manager"}
		if err := b.store.CreateScene(ctx, sc, "admin", b.clock.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var seen []bot.Input
		b.engine.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			seen = append(seen, in)
			d, err := echo(ctx, in)
			d.Bind = in.Scene
			return d, err
		}
		scan := func(who, key string) {
			t.Helper()
			m := delivery.Inbound{AppID: "wx1", OpenID: who, DedupeKey: who, Kind: delivery.KindEvent, Event: "SCAN", EventKey: key}
			if _, _, err := b.Accept(ctx, m); err != nil {
				t.Fatal(err)
			}
			b.step(t)
		}
		scan("u1", sc.Token)
		scan("u2", sc.Token)
		scan("u3", "unknown")
		if len(seen) != 3 || seen[0].Scene == nil || seen[0].Scene.Role != "manager" || seen[0].SceneRejected {
			t.Fatalf("first scan: %+v", seen)
		}
		if seen[1].Scene != nil || !seen[1].SceneRejected || seen[2].Scene != nil || !seen[2].SceneRejected {
			t.Fatalf("a used and an unknown scene: %+v", seen[1:])
		}
		b.say(t, "u1", "我的店")
		b.step(t)
		if bs := seen[3].Contact.Bindings; len(bs) != 1 || bs[0].MerchantNo != "8221" || bs[0].VerifiedBy != "scene" {
			t.Fatalf("bindings %+v", bs)
		}
	})
}

func TestBindRequestIsDecidedOnce(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		ctx := context.Background()
		var last bot.Input
		b.engine.turn = func(ctx context.Context, in bot.Input) (bot.Decision, error) {
			last = in
			d, err := echo(ctx, in)
			if in.Said[0].Text == "绑定" {
				d.BindRequest = &bot.BindRequest{MerchantNo: "8221", Last4: "1234"}
			}
			return d, err
		}
		b.say(t, "u1", "绑定")
		b.step(t)
		requests, err := b.store.DeskBindRequests(ctx, "waiting", 0, 0, 10)
		if err != nil || len(requests) != 1 || requests[0].Matches {
			t.Fatalf("requests %+v, %v", requests, err)
		}
		agent := bot.Actor{ID: 5, Name: "小王"}
		if _, err := b.desk.DecideBinding(ctx, requests[0].ID, agent, true, "owner", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := b.desk.DecideBinding(ctx, requests[0].ID, agent, false, "", ""); !errors.Is(err, bot.ErrDecided) {
			t.Fatal(err)
		}
		if _, err := b.desk.DecideBinding(ctx, 1, agent, false, "", ""); !errors.Is(err, bot.ErrNotFound) {
			t.Fatal(err)
		}
		b.step(t)
		if got := b.sender.texts(); len(got) != 2 || !strings.Contains(got[1], "绑定成功") {
			t.Fatalf("sent %q", got)
		}
		b.say(t, "u1", "查账")
		b.step(t)
		if bs := last.Contact.Bindings; len(bs) != 1 || bs[0].VerifiedBy != "agent:小王" || last.Contact.BindAttempts != 1 {
			t.Fatalf("contact %+v", last.Contact)
		}
	})
}
