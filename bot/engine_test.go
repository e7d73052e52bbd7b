package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/understand"
	"daozhang/knowledge"
	"daozhang/transactions"
)

var parser = understand.New(understand.Vocabulary{}) //nolint:gochecknoglobals // read-only, slow to build

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, transactions.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func fen(n int64) *int64 { return &n }

// ports fakes everything an engine asks.
type ports struct {
	facts    transactions.Facts
	err      error
	panics   bool
	next     int64
	caseErr  error
	articles []knowledge.Article
	rows     []knowledge.Channel
	words    []knowledge.Word
	asked    []transactions.Lookup
}

func (p *ports) Facts(_ context.Context, l transactions.Lookup) (transactions.Facts, error) {
	p.asked = append(p.asked, l)
	if p.panics {
		panic("ledger broke")
	}
	return p.facts, p.err
}

func (p *ports) NextCase(context.Context) (int64, error) { p.next++; return p.next, p.caseErr }
func (p *ports) Calendar() *transactions.Calendar        { return transactions.DefaultCalendar() }
func (p *ports) Channels() []knowledge.Channel           { return p.rows }
func (p *ports) shelf() bot.Shelf {
	return bot.Shelf{Index: knowledge.NewIndex(p.articles, knowledge.IndexOptions{}), Rows: p.rows, Words: knowledge.NewWordbook(p.words)}
}

var noon = at("2026-11-18 12:00") //nolint:gochecknoglobals // fixed clock

// shop is one sale of yesterday whose payout is being processed.
func shop() *ports {
	return &ports{
		rows: knowledge.PublicChannels(),
		facts: transactions.Facts{
			AsOf: noon,
			Merchants: []transactions.Merchant{{
				MerchantNo: "M1", Name: "张记五金店", Brand: "拉卡拉", Status: "NORMAL", Cycle: "D1", Cutoff: "23:00", PayoutBy: "14:00",
				Account: transactions.Account{Bank: "工商银行", Last4: "1234", Class: "I"},
			}},
			Transactions: []transactions.Transaction{{
				ID: "T1", MerchantNo: "M1", Terminal: "A1", Channel: "CARD", Kind: "SALE", State: "SUCCESS", RespCode: "00",
				AmountFen: 500000, CardKind: "CREDIT", CardLast4: "6688", Time: at("2026-11-17 10:00"),
			}},
			Settlements: []transactions.Settlement{{
				ID: "B1", MerchantNo: "M1", TransactionIDs: []string{"T1"}, State: "PROCESSING", Cycle: "D1",
				GrossFen: fen(500000), FeeFen: fen(3000), NetFen: fen(497000), AccountLast4: "1234",
			}},
		},
	}
}

func engine(t *testing.T, p *ports, change ...func(*bot.Deps)) *bot.Engine {
	t.Helper()
	d := bot.Deps{Parser: parser, Ledger: p, Cases: p, Knowledge: p.shelf(), Calendars: p}
	for _, c := range change {
		c(&d)
	}
	e, err := bot.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func bound() bot.Contact {
	return bot.Contact{Bindings: []bot.Binding{{MerchantNo: "M1", Role: "owner"}}}
}

func said(texts ...string) []bot.Utterance {
	var out []bot.Utterance
	for _, s := range texts {
		out = append(out, bot.Utterance{Kind: "text", Text: s, At: noon})
	}
	return out
}

func turn(t *testing.T, e *bot.Engine, in bot.Input) (bot.Decision, bot.Trace) {
	t.Helper()
	if in.Now.IsZero() {
		in.Now = noon
	}
	dec, tr, err := e.Turn(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return dec, tr
}

func text(d bot.Decision) string {
	var all []string
	for _, r := range d.Replies {
		all = append(all, r.Text)
	}
	return strings.Join(all, "\n")
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := bot.New(bot.Deps{}); err == nil || !strings.Contains(err.Error(), "Parser") {
		t.Errorf("err = %v", err)
	}
}

func TestSeveralMessagesAreOneTurn(t *testing.T) {
	t.Parallel()
	dec, tr := turn(t, engine(t, shop()), bot.Input{Contact: bound(), Said: said("在吗", "昨天刷的", "5000", "没到")})
	if dec.Cause != "SETTLE_PROCESSING" || len(dec.Replies) != 1 || len(tr.Said) != 4 {
		t.Errorf("%+v %q", dec, text(dec))
	}
	if dec.Due.String() != "2026-11-18" || len(dec.Watches) != 1 || dec.Watches[0].Kind != bot.WatchPromise {
		t.Errorf("due %v watches %+v", dec.Due, dec.Watches)
	}
	if w := dec.Watches[0]; !w.Deadline.Equal(at("2026-11-18 14:00")) || w.CheckAt.After(w.Deadline) || !w.CheckAt.After(noon) {
		t.Errorf("watch %+v", w)
	}
}

// A word that the admins forbid does not leave, whatever composed it.
func TestForbiddenWordNeverLeaves(t *testing.T) {
	t.Parallel()
	p := shop()
	p.words = []knowledge.Word{{Kind: knowledge.Forbidden, Word: "预 计"}}
	dec, tr := turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("昨天刷的5000没到")})
	if strings.Contains(text(dec), "预计") || text(dec) == "" || len(tr.Filtered) == 0 {
		t.Errorf("%q %v", text(dec), tr.Filtered)
	}
}

func TestOnlyBoundShopsAreAsked(t *testing.T) {
	t.Parallel()
	p := shop()
	turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("商户号822100000000777昨天的5000没到")})
	turn(t, engine(t, p), bot.Input{Said: said("昨天的5000没到")})
	if len(p.asked) != 1 || len(p.asked[0].MerchantNos) != 1 || p.asked[0].MerchantNos[0] != "M1" {
		t.Errorf("asked %+v", p.asked)
	}
}

func TestPictureBesideAQuestion(t *testing.T) {
	t.Parallel()
	in := bot.Input{Contact: bound(), Said: append([]bot.Utterance{{Kind: "image", At: noon}}, said("昨天刷的5000没到")...)}
	if dec, _ := turn(t, engine(t, shop()), in); dec.Cause != "SETTLE_PROCESSING" {
		t.Errorf("%+v", dec)
	}
	voice := bot.Input{Contact: bound(), Said: []bot.Utterance{{Kind: "voice", Text: "昨天刷的五千没到", At: noon}}}
	if dec, _ := turn(t, engine(t, shop()), voice); dec.Cause != "SETTLE_PROCESSING" {
		t.Errorf("recognised speech is text: %+v", dec)
	}
}

func TestDataAgeIsSaid(t *testing.T) {
	t.Parallel()
	p := shop()
	p.facts.AsOf = at("2026-11-18 11:05")
	dec, _ := turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("昨天刷的5000没到")})
	if !strings.Contains(text(dec), "数据截至11:05") {
		t.Error(text(dec))
	}
	p.facts.AsOf = at("2026-11-17 11:05")
	dec, _ = turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("昨天刷的5000没到")})
	if !strings.Contains(text(dec), "数据截至11月17日11:05") {
		t.Error(text(dec))
	}
}

func TestHighValue(t *testing.T) {
	t.Parallel()
	e := engine(t, shop(), func(d *bot.Deps) { d.Settings.HighValueFen = 500000 })
	dec, _ := turn(t, e, bot.Input{Contact: bound(), Said: said("昨天刷的5000没到")})
	if dec.Handoff == nil || dec.Handoff.Reason != bot.ReasonHighValue || dec.Action != bot.ActionEscalate {
		t.Errorf("%+v", dec.Handoff)
	}
}

func TestHandoffIsOneMessageWithACard(t *testing.T) {
	t.Parallel()
	p := shop()
	p.facts.Transactions[0].Risk = "HOLD"
	p.facts.Settlements[0].State = "HELD"
	dec, _ := turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("昨天刷的5000没到")})
	if p.next != 1 || len(dec.Replies) != 1 || strings.Count(text(dec), "工单号") != 1 || !strings.Contains(text(dec), "000001") {
		t.Errorf("%d %q", p.next, text(dec))
	}
	c := dec.Card
	if c == nil || c.Identity != "bound:owner" || len(c.Chosen) != 1 || c.Chosen[0].ID != "T1" || c.AsOf.IsZero() ||
		!strings.Contains(c.Summary, "延迟结算审核") || strings.Count(c.Summary, "\n") != 1 {
		t.Errorf("%+v", c)
	}
}

func TestCaseNumberThatCannotBeHadIsAnError(t *testing.T) {
	t.Parallel()
	p := shop()
	p.caseErr = errors.New("store is down")
	if _, _, err := engine(t, p).Turn(t.Context(), bot.Input{Now: noon, Contact: bound(), Said: said("转人工")}); err == nil {
		t.Error("a hand-over without a case must not look like one")
	}
}

func TestPanicIsAnErrorAndFailedHandsOver(t *testing.T) {
	t.Parallel()
	p := shop()
	p.panics = true
	e := engine(t, p)
	in := bot.Input{Now: noon, Contact: bound(), Said: said("昨天刷的5000没到")}
	_, tr, err := e.Turn(t.Context(), in)
	if err == nil || tr.Error == "" {
		t.Fatal("want an error")
	}
	for name, dec := range map[string]bot.Decision{"function": bot.Failed(in, err), "method": e.Failed(in, err, 12)} {
		if dec.Status != bot.StatusWaiting || dec.Handoff == nil || dec.Handoff.Reason != bot.ReasonBotError || dec.Card == nil || text(dec) == "" {
			t.Errorf("%s: %+v", name, dec)
		}
	}
	if !strings.Contains(text(e.Failed(in, err, 12)), "工单号 000012") {
		t.Error("no case number")
	}
	in.Status = bot.StatusHuman
	if dec := bot.Failed(in, err); dec.Action != bot.ActionNone || dec.Handoff != nil {
		t.Error("a person owns it already")
	}
}

// leak is an article that somebody published with a telephone number.
func leak() knowledge.Article {
	return knowledge.Article{
		ID: "leak", Title: "机器打印不清楚", Phrasings: []string{"小票打印不清楚怎么办"}, Version: 2, Status: knowledge.StatusPublished,
		Body: "请拨打客服热线400-123-4567处理。",
	}
}

func TestNothingUnverifiedLeaves(t *testing.T) {
	t.Parallel()
	p := shop()
	p.articles = []knowledge.Article{leak()}
	dec, tr := turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("小票打印不清楚怎么办")})
	if strings.Contains(text(dec), "400") || len(tr.Filtered) == 0 || text(dec) == "" {
		t.Errorf("%q %v", text(dec), tr.Filtered)
	}
}

func TestBrandNumberFromVerifiedRowOnly(t *testing.T) {
	t.Parallel()
	ask := bot.Input{Contact: bound(), Said: said("拉卡拉客服电话多少")}
	row := knowledge.Channel{Brand: "拉卡拉", Kind: knowledge.KindPhone, Value: "95016", Label: "客服热线"}
	p := shop()
	p.rows = append(p.rows, row)
	if dec, _ := turn(t, engine(t, p), ask); strings.Contains(text(dec), "95016") || dec.Handoff != nil {
		t.Errorf("an unverified row left: %q", text(dec))
	}
	row.VerifiedBy, row.VerifiedAt = "admin", noon.Add(-time.Hour)
	p.rows = []knowledge.Channel{row}
	if dec, _ := turn(t, engine(t, p), ask); !strings.Contains(text(dec), "95016") {
		t.Errorf("the verified row is not told: %q", text(dec))
	}
	row.ExpiresAt = noon.Add(-time.Minute)
	p.rows = []knowledge.Channel{row}
	if dec, _ := turn(t, engine(t, p), ask); strings.Contains(text(dec), "95016") {
		t.Errorf("an expired row left: %q", text(dec))
	}
}

func TestDecisionJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(bot.Decision{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"due":null`, `"transactions":[]`, `"articles":[]`, `"handoff":null`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s", b, want)
		}
	}
	b, _ = json.Marshal(bot.Decision{Due: transactions.Date{Year: 2026, Month: 11, Day: 18}})
	if !strings.Contains(string(b), `"due":"2026-11-18"`) {
		t.Errorf("%s", b)
	}
}

func TestMemorySurvivesJSON(t *testing.T) {
	t.Parallel()
	e := engine(t, shop())
	dec, _ := turn(t, e, bot.Input{Contact: bound(), Said: said("昨天刷的5000没到")})
	b, err := json.Marshal(dec.Memory)
	if err != nil {
		t.Fatal(err)
	}
	var m bot.Memory
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	next, _ := turn(t, e, bot.Input{Contact: bound(), Memory: m, Said: said("还没到")})
	if next.Cause != "SETTLE_PROCESSING" || len(next.Transactions) != 1 {
		t.Errorf("%+v", next)
	}
}

func TestSilenceForgetsTheMatter(t *testing.T) {
	t.Parallel()
	e := engine(t, shop())
	dec, _ := turn(t, e, bot.Input{Contact: bound(), Said: said("昨天刷的7777没到")})
	if dec.Memory.Asked == "" {
		t.Fatal("nothing was asked")
	}
	later, _ := turn(t, e, bot.Input{Now: noon.Add(48 * time.Hour), Contact: bound(), Memory: dec.Memory, Said: said("前天刷的7777没到")})
	if later.Handoff != nil {
		t.Error("a miss of two days ago is not the second in a row")
	}
}

func TestFragment(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"在吗": true, "你好": true, "昨天刷的": true, "昨天下午": true, "5000": false, "我那个5000的": true, "昨天5000没到": false, "转人工": false, "1": false,
		"": false, "什么时候到账": false, "昨天刷的到了吗": false, "T+1是什么意思": false,
	} {
		if got := bot.Fragment(parser.Parse(s, understand.Context{}, noon)); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
