package bot_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/diagnose"
	"daozhang/knowledge"
)

// TestCardOfARequestCarriesWhatWasDiscussed: a hand-over that asks nothing of
// the ledger itself still gives the agent the sale last spoken about, on fresh
// facts, with the dates promised and the steps told.
func TestCardOfARequestCarriesWhatWasDiscussed(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"转人工", "我要投诉", "你们这帮骗子", "什么破玩意"} {
		p := shop()
		e := engine(t, p)
		first, _ := turn(t, e, bot.Input{Contact: bound(), Said: said("昨天5000没到")})
		if first.Due.IsZero() {
			t.Fatalf("no date promised: %v", first.Cause)
		}
		p.facts.Settlements[0].State, p.facts.Settlements[0].Risk = "HELD", "HOLD" // since then
		dec, _ := turn(t, e, bot.Input{Now: noon.Add(time.Hour), Contact: bound(), Memory: first.Memory, Said: said(words)})
		c := dec.Card
		if dec.Handoff == nil || c == nil {
			t.Fatalf("%s: no hand-over", words)
		}
		if dec.Cause != "" || len(dec.Transactions) != 0 {
			t.Errorf("%s: decision speaks of %s %v", words, dec.Cause, dec.Transactions)
		}
		if len(c.Chosen) != 1 || c.Chosen[0].ID != "T1" || c.Chosen[0].Cause != string(diagnose.RiskHold) {
			t.Fatalf("%s: card holds %+v", words, c.Chosen)
		}
		if len(c.Promised) != 1 || !strings.Contains(c.Promised[0], "11月18日12:00告知预计11月18日入账") {
			t.Errorf("%s: promised %v", words, c.Promised)
		}
		if !strings.Contains(c.Summary, "11月17日10:00 5000.00元：延迟结算审核") || strings.Contains(c.Summary, "没有结论") {
			t.Errorf("%s: summary %q", words, c.Summary)
		}
		if strings.Contains(text(dec), "5000.00") {
			t.Errorf("%s: the look-up of the card was told: %s", words, text(dec))
		}
	}
}

func TestCardWithoutLedgerKeepsWhatWasTold(t *testing.T) {
	t.Parallel()
	p := shop()
	e := engine(t, p)
	first, _ := turn(t, e, bot.Input{Contact: bound(), Said: said("昨天5000没到")})
	p.err = errors.New("down")
	dec, _ := turn(t, e, bot.Input{Contact: bound(), Memory: first.Memory, Said: said("转人工")})
	if dec.Card == nil || len(dec.Card.Promised) != 1 {
		t.Fatalf("card %+v", dec.Card)
	}
}

func TestCardAfterAListCarriesItsCandidates(t *testing.T) {
	t.Parallel()
	p := shop()
	twin := p.facts.Transactions[0]
	twin.ID, twin.CardLast4, twin.Time = "T2", "1111", at("2026-11-17 16:00")
	p.facts.Transactions = append(p.facts.Transactions, twin)
	e := engine(t, p)
	first, _ := turn(t, e, bot.Input{Contact: bound(), Said: said("昨天的5000没到")})
	if first.Cause != diagnose.Ambiguous {
		t.Fatalf("cause %s", first.Cause)
	}
	dec, _ := turn(t, e, bot.Input{Contact: bound(), Memory: first.Memory, Said: said("转人工")})
	if dec.Card == nil || len(dec.Card.Chosen) != 2 {
		t.Fatalf("card %+v", dec.Card)
	}
}

// TestPanicValueIsNotTold: the value of a panic may hold words of the contact.
func TestPanicValueIsNotTold(t *testing.T) {
	t.Parallel()
	p := shop()
	p.panics = true
	_, tr, err := engine(t, p).Turn(t.Context(), bot.Input{Now: noon, Contact: bound(), Said: said("昨天5000没到")})
	if err == nil || strings.Contains(err.Error(), "ledger broke") || strings.Contains(tr.Error, "ledger broke") {
		t.Fatalf("error %v, trace %q", err, tr.Error)
	}
	if !strings.Contains(err.Error(), "bot") {
		t.Errorf("no place in %q", err)
	}
}

// TestStepsBringNoFigures: beside an answer from the ledger an entry adds what
// can be done, never sums or terms of its own.
func TestStepsBringNoFigures(t *testing.T) {
	t.Parallel()
	p := shop()
	p.articles = []knowledge.Article{{
		ID: "settle-processing", Title: "出款处理中", Version: 1, Status: knowledge.StatusPublished, Causes: []string{"SETTLE_PROCESSING"},
		Body: "这样做：\n1. 查银行明细。\n2. 3个工作日内会到。\n3. 一般两天后到账。\n4. 手续费20元不退。",
	}}
	dec, _ := turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("昨天5000没到")})
	if dec.Cause != diagnose.SettleProcessing || !strings.Contains(text(dec), "查银行明细") {
		t.Fatalf("%s: %s", dec.Cause, text(dec))
	}
	for _, w := range []string{"工作日内", "两天后", "20元"} {
		if strings.Contains(text(dec), w) {
			t.Errorf("%q is told: %s", w, text(dec))
		}
	}
}

// TestAPromisedPersonComes: an entry that says a person takes over is kept.
func TestAPromisedPersonComes(t *testing.T) {
	t.Parallel()
	p := shop()
	p.articles = []knowledge.Article{{
		ID: "complaint-route", Title: "怎么反映问题", Version: 1, Status: knowledge.StatusPublished, Phrasings: []string{"店里有意见找谁反映"},
		Body: "把经过写清楚。我马上转人工。",
	}}
	dec, _ := turn(t, engine(t, p), bot.Input{Contact: bound(), Said: said("店里有意见找谁反映")})
	if !strings.Contains(text(dec), "马上转人工") || dec.Handoff == nil {
		t.Fatalf("handoff %v: %s", dec.Handoff, text(dec))
	}
}
