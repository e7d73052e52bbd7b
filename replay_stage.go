package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/runner"
	"daozhang/bot/scenario"
	"daozhang/bot/understand"
	"daozhang/store"
	"daozhang/transactions"
)

const (
	stageApp  = "replay"
	stageOpen = "contact"
)

// stage is where one scenario plays: the same runner and store as the server,
// in memory; only clock, ids and channel are replaced.
type stage struct {
	s            scenario.Scenario
	now          time.Time
	clock        func() time.Time // nil: now, moved by the steps
	ledger       bot.Ledger       // nil: the stage's own store
	settings     bot.Settings
	calendar     *transactions.Calendar // nil: the shipped one
	published    noticesFunc            // nil: the scenario's notices
	store        *store.Store
	runner       *runner.Runner
	desk         *runner.Desk
	fault        scenario.Fault // ledger_error in force
	notices      []transactions.Notice
	conversation int64
	received     int64
	agentSaid    []string
	said         string   // by the contact last, as it is stored
	codes        []string // one-time codes sent, oldest first
	// followed counts the follow-up texts taken down with their decisions: the
	// channel brings them again, perhaps in a later step.
	followed map[string]int
}

// playScenario runs every step in order.
func playScenario(ctx context.Context, s scenario.Scenario, parser *understand.Parser, shelf bot.Shelf, log *slog.Logger) (out scenario.Output, err error) {
	st := &stage{s: s, now: s.Now, fault: scenario.Fault{Kind: s.LedgerError, Shops: s.LedgerErrorShops}, notices: s.Notices}
	if err := st.build(ctx, parser, shelf, log); err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, st.store.Close()) }()
	out.ID = s.ID
	for i, step := range s.Turns {
		turn, err := st.play(ctx, step)
		if err != nil {
			return out, fmt.Errorf("step %d: %w", i+1, err)
		}
		out.Turns = append(out.Turns, turn)
	}
	return out, nil
}

func (st *stage) build(ctx context.Context, parser *understand.Parser, shelf bot.Knowledge, log *slog.Logger) error {
	st.followed = map[string]int{}
	st.settings.Codes = st.settings.Codes || st.s.SMS
	clock := st.clock
	if clock == nil {
		clock = func() time.Time { return st.now }
	}
	var err error
	if st.store, err = store.Open(ctx, "sqlite://:memory:", store.Options{Now: clock, SequentialIDs: true}); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := st.fill(ctx); err != nil {
		return errors.Join(err, st.store.Close())
	}
	cal := st.calendar
	if cal == nil {
		cal = transactions.DefaultCalendar()
	}
	if !st.s.CalendarUntil.IsZero() {
		cal = cal.LimitedTo(st.s.CalendarUntil)
	}
	calendars := &calendars{}
	calendars.current.Store(cal)
	engine, err := bot.New(bot.Deps{
		Parser: parser, Ledger: st, Cases: st.store, People: st.store, Knowledge: shelf, Calendars: calendars,
		Settings: st.settings,
	})
	if err != nil {
		return errors.Join(err, st.store.Close())
	}
	st.runner, err = runner.New(runner.Deps{
		Store: st.store, Engine: engine, Sender: sendFunc(st.send), Notices: noticesFunc(st.noticesAt), Log: log, Now: clock,
		Second: st.secondFactor(),
		Timing: runner.Timing{Passive: -1, TurnsPerMinute: -1},
	})
	if err != nil {
		return errors.Join(err, st.store.Close())
	}
	st.desk = runner.NewDesk(st.store, st.runner)
	return nil
}

// fill writes the first rows and binds the contact.
func (st *stage) fill(ctx context.Context) error {
	if err := writeRows(ctx, st.store, st.s.Rows); err != nil {
		return err
	}
	contact, conversation, err := st.store.EnsureContact(ctx, stageApp, stageOpen, "")
	if err != nil {
		return fmt.Errorf("contact: %w", err)
	}
	st.conversation = conversation
	for _, no := range st.s.Contact.Bound() {
		if err := st.store.Bind(ctx, contact, bot.Binding{MerchantNo: no, Role: cmp.Or(st.s.Contact.Role, "owner"), VerifiedBy: "scenario", BoundAt: st.now}); err != nil {
			return fmt.Errorf("bind: %w", err)
		}
	}
	return st.bindOthers(ctx)
}

// Facts implements bot.Ledger: the store's ledger, or the fault of the
// scenario.
func (st *stage) Facts(ctx context.Context, l transactions.Lookup) (transactions.Facts, error) {
	open, fault := st.fault.Of(l.MerchantNos)
	if fault != nil {
		// Who the shops are is known without the failing system.
		merchants, err := st.store.Merchants(ctx, l.MerchantNos)
		if err != nil {
			return transactions.Facts{}, fmt.Errorf("merchants: %w", err)
		}
		if len(open) == 0 {
			return transactions.Facts{Merchants: merchants}, fault
		}
		l.MerchantNos = open
		facts, err := st.told(ctx, l)
		if err == nil {
			err = fault
		}
		facts.Merchants = merchants
		return facts, err
	}
	return st.told(ctx, l)
}

// told is what the ledger has, without the fault.
func (st *stage) told(ctx context.Context, l transactions.Lookup) (transactions.Facts, error) {
	if st.ledger != nil {
		return st.ledger.Facts(ctx, l)
	}
	facts, err := st.store.Facts(ctx, l)
	if err == nil && st.clock == nil {
		facts.AsOf = st.now // a scenario's rows hold until a step changes them
	}
	return facts, err //nolint:wrapcheck // says itself where
}

func (st *stage) noticesAt(ctx context.Context, at time.Time) ([]transactions.Notice, error) {
	if st.published != nil {
		return st.published(ctx, at)
	}
	var out []transactions.Notice
	for _, n := range st.notices {
		if !at.Before(n.From) && at.Before(n.Until) {
			out = append(out, n)
		}
	}
	return out, nil
}

// send is the channel: what agents and the desk say is kept, what the bot
// says stands in its decision.
func (st *stage) send(_ context.Context, o delivery.Outbound) error {
	if o.Author != delivery.ByBot {
		st.agentSaid = append(st.agentSaid, o.Text)
	}
	return nil
}

func (st *stage) play(ctx context.Context, step scenario.Step) (scenario.TurnOutput, error) {
	var out scenario.TurnOutput
	if step.At.After(st.now) {
		st.now = step.At
	}
	if step.Ledger != nil {
		if err := st.change(ctx, *step.Ledger); err != nil {
			return out, err
		}
	}
	// What fell due by now speaks before what is said now.
	if err := st.run(ctx, &out); err != nil {
		return out, err
	}
	switch {
	case step.Agent != "":
		return out, st.agent(ctx, step, &out)
	case step.Kind != "" || step.Event != "":
		if err := st.receive(ctx, step); err != nil {
			return out, err
		}
		out.Say = st.said
		return out, st.run(ctx, &out)
	}
	return out, nil
}

// run lets the runner do what is due and takes down what it decided.
func (st *stage) run(ctx context.Context, out *scenario.TurnOutput) error {
	ran, err := st.runner.Step(ctx)
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	for _, r := range ran {
		if r.Follow && len(r.Decision.Replies) == 0 {
			continue // looked, nothing to say
		}
		for _, reply := range r.Decision.Replies {
			out.Replies = append(out.Replies, reply.Text)
			if r.Follow {
				st.followed[reply.Text]++
			}
		}
		d := r.Decision
		d.Status = r.Status
		out.Decision = &d
	}
	for _, text := range st.agentSaid {
		if st.followed[text] > 0 {
			st.followed[text]--
			continue
		}
		out.Replies = append(out.Replies, text)
	}
	st.agentSaid = nil
	return nil
}

// receive puts a message or event of the contact into the inbox.
func (st *stage) receive(ctx context.Context, step scenario.Step) error {
	st.received++
	said, proof, err := st.runner.TakeCode(ctx, stageApp, stageOpen, scenario.WithCodes(step.Say, st.codes))
	if err != nil {
		return fmt.Errorf("take code: %w", err)
	}
	text, kinds := understand.Redact(said)
	st.said = text
	m := delivery.Inbound{
		Proof: proof,
		AppID: stageApp, OpenID: stageOpen, DedupeKey: strconv.FormatInt(st.received, 10), Kind: delivery.InboundKind(step.Kind),
		Text: text, Sensitive: kinds, SentAt: st.now, ReceivedAt: st.now,
	}
	if step.Event != "" {
		m.Kind, m.Event, m.EventKey = delivery.KindEvent, step.Event, step.Key
		if no, ok := strings.CutPrefix(step.Key, "scene:"); ok {
			m.EventKey = fmt.Sprintf("%032s", no) // tokens have at least 32 characters
			scene := bot.Scene{Token: m.EventKey, MerchantNo: no, Role: "owner"}
			if _, known, err := st.store.MerchantByNo(ctx, no); err != nil || known {
				if err := errors.Join(err, st.store.CreateScene(ctx, scene, "scenario", st.now.Add(time.Hour))); err != nil {
					return fmt.Errorf("scene: %w", err)
				}
			}
		}
	}
	if _, _, err := st.runner.Accept(ctx, m); err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	return nil
}

// agent plays a person at the console; what the table of moves refuses changes
// nothing, as in the console.
func (st *stage) agent(ctx context.Context, step scenario.Step, out *scenario.TurnOutput) error {
	who := bot.Actor{ID: 1, Name: "客服"}
	var err error
	switch step.Agent {
	case "claim":
		err = st.desk.Claim(ctx, st.conversation, who)
	case "reply":
		_, err = st.desk.Reply(ctx, st.conversation, who, step.Text)
	case "give_back":
		err = st.desk.GiveBack(ctx, st.conversation, who)
	case "close":
		err = st.desk.Close(ctx, st.conversation, who)
	default:
		err = fmt.Errorf("agent %q is none of claim, reply, give_back, close", step.Agent)
	}
	if err != nil {
		return fmt.Errorf("agent %s: %w", step.Agent, err)
	}
	return st.run(ctx, out)
}

// change lays rows over the ledger and replaces fault and notices where given.
func (st *stage) change(ctx context.Context, c scenario.Change) error {
	st.fault = st.fault.With(c)
	if c.Notices != nil {
		st.notices = *c.Notices
	}
	return writeRows(ctx, st.store, c.Rows)
}

// writeRows stores whole rows of a scenario.
func writeRows(ctx context.Context, s *store.Store, rows scenario.Rows) error {
	var terminals []transactions.TerminalRow
	for _, m := range rows.Merchants {
		for _, no := range m.Terminals {
			state := m.TerminalState[no]
			terminals = append(terminals, transactions.TerminalRow{
				Terminal: no, MerchantNo: m.MerchantNo, Model: state.Model, LastSeen: state.LastSeen,
				SignedIn: state.SignedIn, UnsentOffline: state.UnsentOffline,
			})
		}
	}
	_, err1 := s.UpsertMerchants(ctx, nil, rows.Merchants)
	_, err2 := s.UpsertTerminals(ctx, nil, terminals)
	_, err3 := s.UpsertTransactions(ctx, nil, rows.Transactions)
	_, err4 := s.UpsertSettlements(ctx, nil, rows.Settlements)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return fmt.Errorf("ledger rows: %w", err)
	}
	return nil
}
