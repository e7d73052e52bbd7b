package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// Defaults of contract section 2.
const (
	defaultName         = "到账助手"
	defaultTurnCap      = 6
	defaultUnknownAfter = 30 * time.Minute
	// maxBinds is how many binding requests a contact has in 24 hours.
	maxBinds = 5
	// forget is the silence after which a conversation starts afresh.
	forget = 24 * time.Hour
)

func (s Settings) name() string {
	if s.Name == "" {
		return defaultName
	}
	return s.Name
}

func (s Settings) turnCap() int {
	if s.TurnCap <= 0 {
		return defaultTurnCap
	}
	return s.TurnCap
}

func (s Settings) unknownAfter() time.Duration {
	if s.UnknownAfter <= 0 {
		return defaultUnknownAfter
	}
	return s.UnknownAfter
}

// unknownUntil is when an outcome still unknown goes to a person: rules 5 say
// older than bot.unknown_after, so a minute later at the earliest.
func (s Settings) unknownUntil(sale, now time.Time) time.Time {
	at := sale.Add(s.unknownAfter())
	if !at.After(now) {
		at = now.Add(time.Minute)
	}
	return at
}

// Engine runs turns. It keeps nothing between them and is safe for concurrent
// use when its ports are.
type Engine struct{ d Deps }

// New checks the parts and returns the engine.
func New(d Deps) (*Engine, error) {
	switch {
	case d.Parser == nil:
		return nil, errors.New("bot: Deps.Parser is missing")
	case d.Ledger == nil:
		return nil, errors.New("bot: Deps.Ledger is missing")
	case d.Cases == nil:
		return nil, errors.New("bot: Deps.Cases is missing")
	case d.Knowledge == nil:
		return nil, errors.New("bot: Deps.Knowledge is missing")
	case d.Calendars == nil:
		return nil, errors.New("bot: Deps.Calendars is missing")
	}
	return &Engine{d: d}, nil
}

// Turn answers everything the contact said since the last turn. An error (a
// panic inside counts as one) means that nothing was decided: the runner then
// uses Failed, never silence.
func (e *Engine) Turn(ctx context.Context, in Input) (dec Decision, tr Trace, err error) {
	t := e.begin(ctx, in)
	defer func() {
		if p := recover(); p != nil {
			dec, tr = Decision{}, t.tr
			err = panicError("turn", p)
			tr.Error = err.Error()
		}
	}()
	if err := t.run(); err != nil { //nolint:contextcheck // the turn carries it
		t.tr.Error = err.Error()
		return Decision{}, t.tr, fmt.Errorf("turn: %w", err)
	}
	if err := t.finish(); err != nil { //nolint:contextcheck // the turn carries it
		t.tr.Error = err.Error()
		return Decision{}, t.tr, fmt.Errorf("turn: %w", err)
	}
	return t.dec, t.tr, nil
}

// panicError says where a panic came from. Its value may hold words of the
// contact and is not told; only its type is.
func panicError(what string, value any) error {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	var at []string
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "daozhang/") && len(at) < 6 {
			at = append(at, fmt.Sprintf("%s:%d", strings.TrimPrefix(f.Function, "daozhang/"), f.Line))
		}
		if !more {
			break
		}
	}
	return fmt.Errorf("%s: panic (%T) at %s", what, value, strings.Join(at, " < "))
}

// turn is the state of one turn; it lives on one stack only.
type turn struct {
	e   *Engine
	ctx context.Context //nolint:containedctx // one turn, one call
	in  Input
	mem Memory // becomes Decision.Memory

	said said
	q    understand.Query
	dec  Decision
	tr   Trace

	// body are the parts of the reply in order; choices its taps.
	body    []string
	choices []Choice
	// bound values that may leave though they look like numbers or links.
	bound []string
	// result of the look-up of this turn; nil when there was none.
	result *diagnose.Result
	facts  transactions.Facts
	// progress is true when the turn moved the matter on (turn cap).
	progress bool
	// chose is true when a tap, or words for one, decided.
	chose bool
	// guided is true when the turn belongs to a check (Memory.Guide).
	guided bool
	// unasked is true in a follow-up: the bot speaks first.
	unasked bool
	// slow is true when the model did not answer in time this turn.
	slow bool
	// silent are the shops that the last look-up could not ask while it could
	// ask others.
	silent []string
	// steps of the article stepsFrom (id@version), appended while they fit.
	steps     []string
	stepsHead string
	stepsFrom string
}

func (e *Engine) begin(ctx context.Context, in Input) *turn {
	t := &turn{e: e, ctx: ctx, in: in, mem: in.Memory}
	if t.in.Status == "" {
		t.in.Status = StatusBot
	}
	t.dec = Decision{Action: ActionAnswer, Status: t.in.Status, Intent: understand.Other}
	t.dec.Query.Role, t.dec.Query.Urgency = understand.RoleUnknown, understand.UrgencyNormal
	t.tr = Trace{At: in.Now}
	if t.in.Status == StatusBot && !t.mem.LastTurnAt.IsZero() && in.Now.Sub(t.mem.LastTurnAt) > forget {
		t.mem = fresh(t.mem)
	}
	return t
}

// fresh keeps what outlives a matter: the greeting, the case number and a
// rating still open.
func fresh(m Memory) Memory {
	return Memory{Greeted: m.Greeted, CaseNumber: m.CaseNumber, AskRating: m.AskRating, LastTurnAt: m.LastTurnAt}
}

// telling for this turn.
func (t *turn) telling() telling {
	tl := telling{now: t.in.Now, q: t.q, settings: t.e.d.Settings, manyShops: len(t.in.Contact.Bindings) > 1, handed: t.waits() || t.dec.Handoff != nil}
	if t.result != nil {
		tl.notice = t.result.Notice
	}
	return tl
}

// waits reports that the contact already waits for a person.
func (t *turn) waits() bool { return t.in.Status == StatusWaiting }

// say adds a part of the reply.
func (t *turn) say(parts ...string) {
	for _, p := range parts {
		if p != "" {
			t.body = append(t.body, p)
		}
	}
}

// offer sets the taps of the reply.
func (t *turn) offer(choices ...Choice) {
	t.choices = choices
	for i := range t.choices {
		t.choices[i].ID = int64(i + 1)
	}
}

// act sets what the turn did and the branch for the trace.
func (t *turn) act(a Action, rule string) {
	t.dec.Action = a
	t.tr.Rule = rule
}

// finish turns the parts into the reply and closes decision and trace.
func (t *turn) finish() error {
	t.keepGuide()
	t.capTurns()
	t.mem.LastTurnAt = t.in.Now
	t.mem.Choices = t.choices
	if t.q.Text != "" || t.q.Intent != "" {
		t.dec.Query = t.q
		t.dec.Intent = t.q.Intent
	}
	if t.dec.Intent == "" {
		t.dec.Intent = understand.Other
	}
	t.dec.Query.Sensitive = union(t.dec.Query.Sensitive, t.said.sensitive)
	if err := t.open(); err != nil {
		return err
	}
	t.reply()
	t.learn()
	t.dec.Report = t.report()
	t.dec.Memory = t.mem
	t.tr.Said = t.said.texts
	t.tr.Query = t.dec.Query
	t.tr.Cause = t.dec.Cause
	t.tr.Articles = t.dec.Articles
	return nil
}

// capTurns hands over when too many turns in a row brought nothing new
// (rules 5).
func (t *turn) capTurns() {
	if t.progress || t.dec.Handoff != nil {
		t.mem.Turns = 0
		return
	}
	if t.dec.Action == ActionNone || t.in.Status != StatusBot {
		return
	}
	t.mem.Turns++
	if t.mem.Turns >= t.e.d.Settings.turnCap() {
		t.handOver(ReasonNoProgress, "normal")
		t.tr.Rule += "+turn_cap"
	}
}

// reply renders, rephrases, filters and cuts the reply: notice, answer, steps,
// hand-over, choices.
func (t *turn) reply() {
	if t.dec.Action == ActionNone || len(t.body) == 0 && t.dec.Handoff == nil {
		t.dec.Replies = nil
		return
	}
	body := append([]string{sensitiveNotice(t.said.sensitive)}, t.body...)
	text := t.outbound(t.rephrase(sentences(body...)))
	tail := lines("", t.choices)
	if t.dec.Handoff != nil {
		tail = "\n" + t.handoffText() + tail
	}
	text = t.withSteps(text, tail)
	t.dec.Replies = []Reply{{Text: strings.TrimSpace(fit(text, tail) + tail), Choices: t.choices}}
}

// maxText is the longest text of one WeChat message in characters; maxBytes
// the same in UTF-8 (wechat.md B1).
const (
	maxText  = 600
	maxBytes = 1800
)

func fits(s string) bool { return len(s) <= maxBytes && utf8.RuneCountInString(s) <= maxText }

// withSteps appends the steps that fit and keeps those told for the card.
func (t *turn) withSteps(text, tail string) string {
	told := ""
	n := 0
	for _, s := range t.steps {
		line := fmt.Sprintf("\n%d. %s", n+1, s)
		if !fits(text+"\n"+t.stepsHead+told+line+tail) || len(t.outboundFindings(s)) > 0 {
			break
		}
		told += line
		n++
	}
	if n == 0 {
		return text
	}
	t.dec.Articles = append(t.dec.Articles, t.stepsFrom)
	t.mem.Steps = append([]string(nil), t.steps[:n]...)
	if t.dec.Card != nil {
		t.dec.Card.Steps = t.steps[:n]
	}
	return text + "\n" + t.stepsHead + told
}

// fit cuts a text so that it and its tail are one message: whole lines from
// the end first, characters only when one line is too long.
func fit(text, tail string) string {
	for !fits(text + tail) {
		cut := strings.LastIndexByte(text, '\n')
		if cut <= 0 {
			r := []rune(text)
			for len(r) > 0 && !fits(string(r)+tail) {
				r = r[:len(r)-1]
			}
			return string(r)
		}
		text = text[:cut]
	}
	return text
}

// outbound is the last filter: nothing unverified leaves (rules 6). What is
// bound from the ledger and our own links are exempt.
func (t *turn) outbound(text string) string {
	found := t.outboundFindings(text)
	if len(found) == 0 {
		return text
	}
	for _, f := range found {
		t.tr.Filtered = append(t.tr.Filtered, f.Reason)
	}
	t.steps, t.choices, t.mem.Choices = nil, nil, nil
	if t.dec.Handoff != nil {
		return textFallback
	}
	return sentences(textFallback, "请换个问法，或回复“转人工”。")
}

func (t *turn) outboundFindings(text string) []knowledge.Finding {
	return append(knowledge.CheckOutbound(text, t.e.d.Knowledge.Channels(), t.exempt(), t.in.Now),
		knowledge.CheckForbidden(text, t.e.d.Knowledge.Forbidden())...)
}

func (t *turn) exempt() []string {
	out := append([]string(nil), t.bound...)
	if u := t.e.d.Settings.PublicURL; u != "" {
		out = append(out, u)
	}
	return out
}

func union(a, b []string) []string {
	out := append([]string(nil), a...)
	for _, x := range b {
		seen := false
		for _, y := range out {
			seen = seen || x == y
		}
		if !seen {
			out = append(out, x)
		}
	}
	return out
}
