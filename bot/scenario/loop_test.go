package scenario_test

import (
	"bufio"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/scenario"
	"daozhang/bot/understand"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// loop runs scenarios against the engine alone: no store, no runner. The real
// runner runs the same files elsewhere; here the core is judged by itself.
type loop struct {
	engine  *bot.Engine
	s       scenario.Scenario
	ledger  *scenario.Ledger
	now     time.Time
	status  bot.Status
	mem     bot.Memory
	contact bot.Contact
	notices []transactions.Notice
	watches []bot.Watch
	cases   []bot.CaseInfo
	next    int64
	// bindable turns a scene key into a shop.
	traces []bot.Trace
	codes  []string
	// removed are the people that the owner removed.
	removed map[int64]bool
}

func (l *loop) NextCase(context.Context) (int64, error) { l.next++; return l.next, nil }

type calendars struct{ c *transactions.Calendar }

func (c calendars) Calendar() *transactions.Calendar { return c.c }

func shelf(tb testing.TB) bot.Shelf {
	tb.Helper()
	articles, err := knowledge.Shipped()
	if err != nil {
		tb.Fatal(err)
	}
	for i := range articles {
		articles[i].Version, articles[i].Status = 1, knowledge.StatusPublished
	}
	return bot.Shelf{Index: knowledge.NewIndex(articles, knowledge.IndexOptions{}), Rows: knowledge.PublicChannels()}
}

var parser = understand.New(understand.Vocabulary{}) //nolint:gochecknoglobals // read-only, slow to build

func newLoop(tb testing.TB, s scenario.Scenario, k bot.Knowledge, settings bot.Settings) *loop {
	tb.Helper()
	l := &loop{s: s, now: s.Now, status: bot.StatusBot, notices: s.Notices}
	l.ledger = scenario.NewLedger(s, func() time.Time { return l.now })
	for _, no := range s.Contact.Bound() {
		l.contact.Bindings = append(l.contact.Bindings, bot.Binding{MerchantNo: no, Role: cmp.Or(s.Contact.Role, "owner")})
	}
	settings.Codes = s.SMS
	cal := transactions.DefaultCalendar()
	if !s.CalendarUntil.IsZero() {
		cal = cal.LimitedTo(s.CalendarUntil)
	}
	e, err := bot.New(bot.Deps{
		Parser: parser, Ledger: l.ledger, Cases: l, People: l, Knowledge: k,
		Calendars: calendars{cal}, Settings: settings,
	})
	if err != nil {
		tb.Fatal(err)
	}
	l.engine = e
	return l
}

func (l *loop) run(tb testing.TB) scenario.Output {
	tb.Helper()
	out := scenario.Output{ID: l.s.ID}
	for _, st := range l.s.Turns {
		out.Turns = append(out.Turns, l.step(tb, st))
	}
	return out
}

func (l *loop) step(tb testing.TB, st scenario.Step) scenario.TurnOutput {
	tb.Helper()
	var out scenario.TurnOutput
	if st.At.After(l.now) {
		l.now = st.At
	}
	if st.Ledger != nil {
		l.ledger.Apply(*st.Ledger)
		if st.Ledger.Notices != nil {
			l.notices = *st.Ledger.Notices
		}
	}
	l.follow(tb, &out)
	if st.Agent != "" {
		l.agent(st)
		return out
	}
	if st.Kind == "" && st.Event == "" {
		return out
	}
	u := bot.Utterance{Kind: st.Kind, Text: scenario.WithCodes(st.Say, l.codes), At: l.now}
	if c := l.contact.Code; c != nil && l.now.Sub(c.CreatedAt) > 24*time.Hour {
		l.contact.Code, l.contact.Codes, l.contact.WrongCodes = nil, 0, 0
	}
	if c := l.contact.Code; c != nil {
		u.Text, u.Proof = bot.TakeCode(u.Text, *c, codeKey, l.now)
	}
	if st.Event != "" {
		u.Kind, u.Event, u.Key = "event", st.Event, st.Key
	}
	in := bot.Input{
		Now: l.now, Status: l.status, Memory: l.mem, Contact: l.contact, OpenCases: l.cases, Notices: l.covering(),
	}
	if no, ok := strings.CutPrefix(st.Key, "scene:"); ok {
		in.Scene = l.scene(no)
		in.SceneRejected = in.Scene == nil
	}
	in.Said = []bot.Utterance{u}
	dec, tr, err := l.engine.Turn(tb.Context(), in)
	if err != nil {
		tb.Fatalf("%s: %v", l.s.ID, err)
	}
	out.Say = dec.Query.Text
	l.commit(dec, tr, &out)
	return out
}

// People implements bot.People.
func (l *loop) People(_ context.Context, nos []string) ([]bot.Person, error) {
	var out []bot.Person
	for _, no := range nos {
		shop := ""
		for _, m := range l.s.Merchants {
			if m.MerchantNo == no {
				shop = m.Name
			}
		}
		for _, b := range l.contact.Bindings {
			if b.MerchantNo == no {
				out = append(out, bot.Person{MerchantNo: no, ShopName: shop, Role: bot.Role(b.Role), BoundAt: l.s.Now})
			}
		}
		for i, o := range l.s.Contact.Others {
			if o.MerchantNo == no && !l.removed[int64(i+1)] {
				out = append(out, bot.Person{ContactID: int64(i + 1), MerchantNo: no, ShopName: shop, Role: bot.Role(o.Role), Name: o.Name, BoundAt: l.s.Now})
			}
		}
	}
	return out, nil
}

var codeKey = []byte("a key for tests only") //nolint:gochecknoglobals // read-only

// code does what the store does with one-time codes.
func (l *loop) code(dec bot.Decision) {
	c := &l.contact
	if r := dec.CodeRequest; r != nil {
		c.Codes++
		c.Code = &bot.Code{ID: int64(c.Codes), MerchantNo: r.MerchantNo, Last4: r.Last4, Live: true, CreatedAt: l.now}
		for _, m := range l.s.Merchants {
			if m.MerchantNo == r.MerchantNo && m.Account.Last4 == r.Last4 && bot.MobileNumber(m.Phone) != "" {
				l.codes = append(l.codes, scenario.Code(len(l.codes)+1))
				c.Code.ShopName, c.Code.Hash = m.Name, bot.CodeDigest(codeKey, c.Code.ID, l.codes[len(l.codes)-1])
			}
		}
	}
	if a := dec.CodeAnswer; a != nil {
		c.WrongCodes += a.Wrong
		next := *c.Code
		next.Live = !a.Right && !a.Locked
		c.Code = &next
		if a.Right {
			c.Bindings = append(c.Bindings, bot.Binding{MerchantNo: c.Code.MerchantNo, Role: "owner"})
		}
	}
}

func (l *loop) scene(no string) *bot.Scene {
	for _, m := range l.s.Merchants {
		if m.MerchantNo == no {
			return &bot.Scene{Token: "t", MerchantNo: no, ShopName: m.Name, Role: "owner"}
		}
	}
	return nil
}

func (l *loop) covering() []transactions.Notice {
	var out []transactions.Notice
	for _, n := range l.notices {
		if !n.From.After(l.now) && l.now.Before(n.Until) {
			out = append(out, n)
		}
	}
	return out
}

func (l *loop) commit(dec bot.Decision, tr bot.Trace, out *scenario.TurnOutput) {
	l.traces = append(l.traces, tr)
	for _, r := range dec.Replies {
		out.Replies = append(out.Replies, r.Text)
	}
	d := dec
	out.Decision = &d
	l.status, l.mem = dec.Status, dec.Memory
	if dec.Handoff != nil {
		l.cases = append(l.cases, bot.CaseInfo{Number: dec.Memory.CaseNumber, Status: bot.StatusWaiting, OpenedAt: l.now, ExpectedAt: l.now.Add(30 * time.Minute)})
	}
	if dec.Bind != nil {
		l.contact.Bindings = append(l.contact.Bindings, bot.Binding{MerchantNo: dec.Bind.MerchantNo, Role: dec.Bind.Role})
	}
	if dec.BindRequest != nil {
		l.contact.BindAttempts++
	}
	l.code(dec)
	if r := dec.Remove; r != nil {
		l.removed = map[int64]bool{r.ContactID: true}
	}
	for _, no := range dec.Unbind {
		for i, b := range l.contact.Bindings {
			if b.MerchantNo == no {
				l.contact.Bindings = append(l.contact.Bindings[:i:i], l.contact.Bindings[i+1:]...)
				break
			}
		}
	}
	for _, id := range dec.CancelWatches {
		kept := l.watches[:0:0]
		for _, w := range l.watches {
			if id != "*" && w.TransactionID != id {
				kept = append(kept, w)
			}
		}
		l.watches = kept
	}
	l.watches = append(l.watches, dec.Watches...)
}

// follow lets the watches that are due speak, in the order of their time.
func (l *loop) follow(tb testing.TB, out *scenario.TurnOutput) {
	tb.Helper()
	due := l.watches
	l.watches = nil
	sort.SliceStable(due, func(i, j int) bool { return due[i].CheckAt.Before(due[j].CheckAt) })
	for _, w := range due {
		if w.CheckAt.After(l.now) {
			l.watches = append(l.watches, w)
			continue
		}
		dec, tr, err := l.engine.Follow(tb.Context(), bot.FollowInput{
			Now: l.now, Status: l.status, Memory: l.mem, Contact: l.contact, Watch: w, Notices: l.covering(), OpenCases: l.cases,
		})
		if err != nil {
			tb.Fatalf("%s: follow: %v", l.s.ID, err)
		}
		if len(dec.Replies) == 0 {
			l.watches = append(l.watches, dec.Watches...)
			continue
		}
		l.commit(dec, tr, out)
	}
}

// agent does what the console does.
func (l *loop) agent(st scenario.Step) {
	move := map[string]bot.Move{"claim": bot.MoveClaim, "give_back": bot.MoveGiveBack, "close": bot.MoveClose}[st.Agent]
	if move == "" {
		return
	}
	if next, err := bot.Next(l.status, move); err == nil {
		l.status = next
	}
	switch st.Agent {
	case "give_back":
		l.mem, l.cases = bot.Memory{Greeted: l.mem.Greeted, CaseNumber: l.mem.CaseNumber}, nil
	case "close":
		l.mem, l.cases = bot.Memory{AskRating: true, CaseNumber: l.mem.CaseNumber}, nil
	}
}

func readScenarios(tb testing.TB, pattern string) []scenario.Scenario {
	tb.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	var out []scenario.Scenario
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			tb.Fatal(err)
		}
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 1<<20)
		for n := 1; sc.Scan(); n++ {
			if len(strings.TrimSpace(sc.Text())) == 0 {
				continue
			}
			s, err := scenario.Parse(sc.Bytes())
			if err != nil {
				tb.Fatalf("%s:%d: %v", name, n, err)
			}
			out = append(out, s)
		}
		f.Close()
	}
	return out
}
