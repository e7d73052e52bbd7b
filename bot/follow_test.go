package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

func follow(t *testing.T, e *bot.Engine, in bot.FollowInput) bot.Decision {
	t.Helper()
	if in.Status == "" {
		in.Status = bot.StatusBot
	}
	if in.Contact.Bindings == nil {
		in.Contact = bound()
	}
	dec, _, err := e.Follow(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return dec
}

func promised() bot.Watch {
	return bot.Watch{
		Kind: bot.WatchPromise, MerchantNo: "M1", TransactionID: "T1", Cause: "SETTLE_PROCESSING",
		Due: transactions.Date{Year: 2026, Month: 11, Day: 18}, Deadline: at("2026-11-18 14:00"), CheckAt: noon,
	}
}

func TestFollowWaitsQuietlyAndNeverPastTheDeadline(t *testing.T) {
	t.Parallel()
	e := engine(t, shop())
	dec := follow(t, e, bot.FollowInput{Now: at("2026-11-18 13:45"), Watch: promised(), Memory: bot.Memory{Misses: 1}})
	if dec.Action != bot.ActionNone || len(dec.Replies) != 0 || len(dec.Watches) != 1 {
		t.Fatalf("%+v", dec)
	}
	if !dec.Watches[0].CheckAt.Equal(at("2026-11-18 14:00")) {
		t.Errorf("looks again at %v", dec.Watches[0].CheckAt)
	}
	if dec.Memory.Misses != 1 {
		t.Error("saying nothing changes nothing")
	}
}

func TestFollowBrokenPromise(t *testing.T) {
	t.Parallel()
	for status, want := range map[bot.Status]struct {
		action bot.Action
		hand   bool
	}{
		bot.StatusBot:     {bot.ActionEscalate, true},
		bot.StatusWaiting: {bot.ActionAnswer, false},
		bot.StatusHuman:   {bot.ActionNone, false},
		bot.StatusClosed:  {bot.ActionEscalate, true},
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			dec := follow(t, engine(t, shop()), bot.FollowInput{Now: at("2026-11-18 14:00"), Status: status, Watch: promised()})
			if dec.Action != want.action || (dec.Handoff != nil) != want.hand {
				t.Errorf("%v %+v %q", dec.Action, dec.Handoff, text(dec))
			}
			if want.hand && (dec.Handoff.Reason != "OVERDUE" || dec.Status != bot.StatusWaiting) {
				t.Errorf("%+v", dec.Handoff)
			}
			if status == bot.StatusHuman && (len(dec.Replies) > 0 || dec.Status != bot.StatusHuman) {
				t.Error("the bot is silent while a person owns the conversation")
			}
		})
	}
}

func TestFollowMoneyArrived(t *testing.T) {
	t.Parallel()
	p := shop()
	p.facts.Settlements[0].State, p.facts.Settlements[0].PaidAt = "PAID", at("2026-11-18 11:20")
	e := engine(t, p)
	dec := follow(t, e, bot.FollowInput{Now: noon, Watch: promised()})
	if dec.Cause != "PAID_NOT_NOTICED" || dec.Handoff != nil || !strings.Contains(text(dec), "4970.00元") || !strings.Contains(text(dec), "11:20") {
		t.Errorf("%+v %q", dec, text(dec))
	}
	if len(dec.Watches) != 1 || dec.Watches[0].Cause != "PAID_NOT_NOTICED" {
		t.Fatalf("a payout is watched for its return: %+v", dec.Watches)
	}
	if len(dec.CancelWatches) != 0 {
		t.Error("a follow-up must not cancel what it opens again")
	}
	// Nothing new: not told twice.
	again := follow(t, e, bot.FollowInput{Now: noon.Add(time.Hour), Watch: dec.Watches[0], Memory: dec.Memory})
	if len(again.Replies) != 0 || len(again.Watches) != 1 {
		t.Errorf("%+v", again)
	}
	done := follow(t, e, bot.FollowInput{Now: dec.Watches[0].Deadline, Watch: dec.Watches[0], Memory: dec.Memory})
	if len(done.Replies) != 0 || len(done.Watches) != 0 {
		t.Errorf("the watch ends: %+v", done)
	}
}

func TestFollowLedgerDownIsNotABrokenPromise(t *testing.T) {
	t.Parallel()
	p := shop()
	p.err = &transactions.UnavailableError{Kind: "down", Err: errors.New("x")}
	dec := follow(t, engine(t, p), bot.FollowInput{Now: at("2026-11-18 14:00"), Watch: promised()})
	if len(dec.Replies) != 0 || len(dec.Watches) != 1 || !dec.Watches[0].CheckAt.After(at("2026-11-18 14:00")) {
		t.Errorf("%+v", dec)
	}
}

func TestFollowAfterUnbindingTellsNothing(t *testing.T) {
	t.Parallel()
	dec := follow(t, engine(t, shop()), bot.FollowInput{
		Now: at("2026-11-18 14:00"), Watch: promised(), Contact: bot.Contact{Bindings: []bot.Binding{}},
	})
	if len(dec.Replies) != 0 || len(dec.Watches) != 0 {
		t.Errorf("%+v", dec)
	}
}

func TestFollowSource(t *testing.T) {
	t.Parallel()
	p := shop()
	p.err = &transactions.UnavailableError{Kind: "timeout", Err: errors.New("x")}
	e := engine(t, p)
	dec, _ := turn(t, e, bot.Input{Contact: bound(), Said: said("昨天刷的5000没到")})
	if dec.Cause != "LEDGER_UNAVAILABLE" || len(dec.Watches) != 1 || dec.Watches[0].Kind != bot.WatchSource {
		t.Fatalf("%+v", dec)
	}
	in := bot.FollowInput{Now: noon.Add(2 * time.Minute), Status: dec.Status, Memory: dec.Memory, Watch: dec.Watches[0]}
	if still := follow(t, e, in); len(still.Replies) != 0 || len(still.Watches) != 1 {
		t.Errorf("%+v", still)
	}
	p.err = nil
	back := follow(t, e, in)
	if back.Cause != "SETTLE_PROCESSING" || back.Handoff != nil || back.Status != bot.StatusWaiting || !strings.Contains(text(back), "恢复") {
		t.Errorf("%+v %q", back, text(back))
	}
}

// model is a language model that says what it is told to.
type model struct {
	rephrase func(string) string
	fill     understand.Query
	err      error
}

func (m model) Fill(context.Context, string, understand.Query) (understand.Query, error) {
	return m.fill, m.err
}

func (m model) Rephrase(_ context.Context, s string) (string, error) { return m.rephrase(s), m.err }

func TestModelIsVerified(t *testing.T) {
	t.Parallel()
	ask := bot.Input{Contact: bound(), Said: said("昨天刷的5000没到")}
	plain, _ := turn(t, engine(t, shop()), ask)
	for name, c := range map[string]struct {
		m    model
		want string // of Trace.Model
		same bool
	}{
		"lies":   {model{rephrase: func(s string) string { return strings.ReplaceAll(s, "4970.00", "5000.00") }}, "rejected: numbers", true},
		"gentle": {model{rephrase: func(s string) string { return "放心：" + s }}, "rephrased", false},
		"fails":  {model{rephrase: func(string) string { return "" }, err: errors.New("down")}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec, tr := turn(t, engine(t, shop(), func(d *bot.Deps) { d.Model = c.m }), ask)
			if tr.Model != c.want || (text(dec) == text(plain)) != c.same {
				t.Errorf("%q\n%s", tr.Model, text(dec))
			}
		})
	}
}

func TestModelFillsOnlyWhatTheTextProves(t *testing.T) {
	t.Parallel()
	m := model{rephrase: func(s string) string { return s }, fill: understand.Query{
		Intent: understand.MissingPayment, CardLast4: "9999", Amounts: []understand.Amount{{Fen: 880000, Count: 1}},
	}}
	dec, tr := turn(t, engine(t, shop(), func(d *bot.Deps) { d.Model = m }), bot.Input{Contact: bound(), Said: said("咕咕咕嘎嘎")})
	if dec.Query.CardLast4 != "" || len(dec.Query.Amounts) != 0 {
		t.Errorf("invented: %+v", dec.Query)
	}
	if !strings.Contains(tr.Model, "filled") || dec.Intent != understand.MissingPayment {
		t.Errorf("%q %v", tr.Model, dec.Intent)
	}
	m.fill = understand.Query{Intent: understand.Fraud}
	dec, _ = turn(t, engine(t, shop(), func(d *bot.Deps) { d.Model = m }), bot.Input{Contact: bound(), Said: said("咕咕咕嘎嘎")})
	if dec.Handoff != nil || dec.Intent == understand.Fraud {
		t.Error("a model may not alarm")
	}
}

// A date that passes while the ledger cannot be asked goes to a person after a
// while; nothing is said of the money.
func TestFollowBlind(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		now    string
		status bot.Status
		notice bool
		hand   bool
	}{
		"date passed just now": {"2026-11-18 14:30", bot.StatusBot, false, false},
		"two hours later":      {"2026-11-18 16:00", bot.StatusBot, false, true},
		"a person is awaited":  {"2026-11-18 16:00", bot.StatusWaiting, false, false},
		"outage is announced":  {"2026-11-18 16:00", bot.StatusBot, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shop()
			p.err = &transactions.UnavailableError{Kind: "down", Err: errors.New("x")}
			in := bot.FollowInput{Now: at(tc.now), Status: tc.status, Watch: promised()}
			if tc.notice {
				in.Notices = []transactions.Notice{{Title: "维护", Text: "维护中", From: noon, Until: at("2026-11-19 00:00")}}
			}
			dec := follow(t, engine(t, p), in)
			if (dec.Handoff != nil) != tc.hand || (len(dec.Watches) == 0) != tc.hand || (text(dec) != "") != tc.hand {
				t.Errorf("%+v %q", dec, text(dec))
			}
			if tc.hand && (dec.Handoff.Reason != "LEDGER_UNAVAILABLE" || dec.Status != bot.StatusWaiting || strings.Contains(text(dec), "5000")) {
				t.Errorf("%+v %q", dec.Handoff, text(dec))
			}
		})
	}
}

// Data of the shop spoken about are as old as that shop's, not as another's.
func TestAgeIsThatOfTheShopSpokenAbout(t *testing.T) {
	t.Parallel()
	for no, old := range map[string]bool{"M1": true, "M2": false} {
		p := shop()
		p.facts.AsOf = noon
		p.facts.Ages = map[string]time.Time{no: noon.Add(-3 * time.Hour)}
		dec, _ := turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("昨天刷的5000怎么没到账")})
		if strings.Contains(text(dec), "数据截至09:00") != old {
			t.Errorf("%s old: %s", no, text(dec))
		}
	}
}
