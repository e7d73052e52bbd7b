package runner_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/runner"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

const codeKey = "a key of sixteen bytes or more"

// texter is a gateway that keeps what it was asked to send.
type texter struct {
	codes []string
	err   error
}

func (x *texter) Text(_ context.Context, phone, code, purpose string, ttl time.Duration) error {
	if phone != "13800000001" || purpose != "bind" || ttl <= 0 || ttl > bot.CodeTTL || len(code) != 6 {
		return errors.New("a wrong request")
	}
	x.codes = append(x.codes, code)
	return x.err
}

type noSend struct{}

func (noSend) Send(context.Context, delivery.Outbound) error { return nil }

// codeStage is a runner whose engine asks for a code at the first message.
func codeStage(t *testing.T, c *clock, x *texter, fault *string) *runner.Runner {
	t.Helper()
	s := storetest.SQLite(t, c.now)
	_, err := s.UpsertMerchants(t.Context(), nil, []transactions.Merchant{{MerchantNo: "A", Phone: "13800000001", Account: transactions.Account{Last4: "1234"}}})
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{turn: func(_ context.Context, in bot.Input) (bot.Decision, error) {
		d := bot.Decision{Action: bot.ActionAsk, Status: bot.StatusBot, Replies: []bot.Reply{{Text: "a code may come"}}}
		if in.Contact.Codes == 0 {
			d.CodeRequest = &bot.CodeRequest{MerchantNo: "A", Last4: "1234"}
		}
		return d, nil
	}}
	r, err := runner.New(runner.Deps{
		Store: s, Engine: e, Sender: noSend{}, Log: slog.New(slog.DiscardHandler), Now: c.now, Timing: runner.Timing{Passive: -1},
		Second: runner.SecondFactor{Texter: x, Key: []byte(codeKey)},
		Fault: func(at string) {
			if *fault == at {
				*fault = ""
				panic("killed at " + at)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = r.Accept(t.Context(), delivery.Inbound{AppID: "wx1", OpenID: "u1", DedupeKey: "1", Kind: delivery.KindText, Text: "bind"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// step works until nothing is left; killed reports that it was stopped.
func step(t *testing.T, r *runner.Runner) (killed bool) {
	t.Helper()
	defer func() { killed = recover() != nil }()
	if _, err := r.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	return false
}

func proofOf(t *testing.T, r *runner.Runner, said string) string {
	t.Helper()
	clean, proof, err := r.TakeCode(t.Context(), "wx1", "u1", said)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(clean, said) {
		t.Errorf("%q is not cut", said)
	}
	return proof
}

// Killed anywhere between the promise and the end of the sending, the next
// process sends a code that opens.
func TestACodeOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	for point, sends := range map[string]int{"committed": 1, "code armed": 1, "code sent": 2} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			c, x, fault := newClock(), &texter{}, point
			r := codeStage(t, c, x, &fault)
			if !step(t, r) {
				t.Fatal("not killed")
			}
			c.add(2 * time.Minute) // leases end
			if step(t, r) {
				t.Fatal("killed again")
			}
			if len(x.codes) != sends {
				t.Fatalf("%d codes were sent", len(x.codes))
			}
			last := x.codes[len(x.codes)-1]
			if proof := proofOf(t, r, last); len(proof) != 64 {
				t.Errorf("proof %q", proof)
			}
			c.add(bot.CodeTTL)
			if clean, _, err := r.TakeCode(t.Context(), "wx1", "u1", last); err != nil || clean != bot.TagCode {
				t.Errorf("the newest code is not the one that counts: %q, %v", clean, err)
			}
			if sends == 2 && x.codes[0] != last {
				if clean, proof, _ := r.TakeCode(t.Context(), "wx1", "u1", x.codes[0]); clean != x.codes[0] || proof != "" {
					t.Error("the code sent before still counts")
				}
			}
		})
	}
}

// A gateway that fails is tried three times in all, with pauses, then agents
// see it.
func TestAFailingGateway(t *testing.T) {
	t.Parallel()
	c, x, fault := newClock(), &texter{err: errors.New("down")}, ""
	r := codeStage(t, c, x, &fault)
	for range 6 {
		step(t, r)
		c.add(time.Minute)
	}
	if len(x.codes) != 3 {
		t.Errorf("%d tries", len(x.codes))
	}
}

func TestSecondFactorNeedsAKey(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, newClock().now)
	_, err := runner.New(runner.Deps{
		Store: s, Engine: &engine{}, Sender: noSend{}, Log: slog.New(slog.DiscardHandler),
		Second: runner.SecondFactor{Texter: &texter{}, Key: []byte("short")},
	})
	if err == nil {
		t.Error("a short key is accepted")
	}
}
