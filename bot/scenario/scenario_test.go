package scenario_test

import (
	"strings"
	"testing"

	"daozhang/bot"
	"daozhang/bot/scenario"
)

func TestParseRefusesWithAReason(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{`:          "valid JSON",
		`{"id":"A"}`: "no now",
		`{"now":"2026-11-18T15:00:00+08:00","turns":[{"say":"x"}]}`:                                         "no id",
		`{"id":"A","now":"2026-11-18T15:00:00+08:00"}`:                                                      "no turns",
		`{"id":"A","now":"yesterday","turns":[{"say":"x"}]}`:                                                "valid JSON",
		`{"id":"A","now":"2026-11-18T15:00:00+08:00","turns":[{}]}`:                                         "step 1",
		`{"id":"A","now":"2026-11-18T15:00:00+08:00","turns":[{"agent":"fire"}]}`:                           "agent",
		`{"id":"A","now":"2026-11-18T15:00:00+08:00","turns":[{"say":"x"}],"ledger_error":"odd"}`:           "ledger_error",
		`{"id":"A","now":"2026-11-18T15:00:00+08:00","turns":[{"say":"x"}],"transactions":[{"id":""}]}`:     "required",
		`{"id":"A","now":"2026-11-18T15:00:00+08:00","turns":[{"say":"x"}],"expect":{"due":3}}`:             "expect",
		`{"id":"A","now":"2026-11-18T15:00:00+08:00","turns":[{"say":"x"}],"merchants":[{"name":"no no"}]}`: "merchant_no",
	} {
		if _, err := scenario.Parse([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", data, err, want)
		}
	}
}

func TestParseCompletes(t *testing.T) {
	t.Parallel()
	s, err := scenario.Parse([]byte("\ufeff" + `{"id":"A","now":"2026-11-18T07:00:00Z","contact":null,"turns":[{"say":"x"},{"at":"2026-11-18T08:00:00Z"}],
		"transactions":[{"id":"T1","merchant_no":"M","time":"2026-11-17T02:00:00Z","state":"SUCCESS","amount_fen":1}],
		"settlements":[{"id":"B1","transaction_ids":["T1"],"state":"PAID","net_fen":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Contact.Bound()) != 0 {
		t.Error("nobody is bound")
	}
	if s.Settlements[0].MerchantNo != "M" {
		t.Error("the settlement takes its shop from its transactions")
	}
	if got := s.Transactions[0].Time.Format("15:04 -07:00"); got != "10:00 +08:00" {
		t.Errorf("time in %s", got)
	}
	if s.Transactions[0].Source != "file" || s.Turns[0].Kind != "text" {
		t.Error("defaults are missing")
	}
}

func TestCheckFindsWhatDiffers(t *testing.T) {
	t.Parallel()
	const head = `{"id":"A","now":"2026-11-18T15:00:00+08:00","turns":[{"say":"x"}],"expect":`
	out := scenario.Output{ID: "A", Turns: []scenario.TurnOutput{{
		Replies: []string{"钱在路上"},
		Decision: &bot.Decision{
			Action: bot.ActionAnswer, Cause: "OVERDUE", Transactions: []string{"T2", "T1"}, Status: bot.StatusWaiting,
			Handoff: &bot.Handoff{Reason: "OVERDUE", Priority: "high"},
		},
	}}}
	for expect, problems := range map[string]int{
		`{}`: 0,
		`{"action":"answer","cause":"OVERDUE","transactions":["T1","T2"],"due":null,"human":true,"reason":"OVERDUE","priority":"high"}`: 0,
		`{"action":"ask"}`: 1, `{"cause":"X"}`: 1, `{"transactions":["T1"]}`: 1, `{"due":"2026-11-19"}`: 1, `{"human":false}`: 1,
		`{"reason":""}`: 1, `{"contains":["路上"],"absent":["没"]}`: 0, `{"contains":["没"],"absent":["路上"]}`: 2,
		`{"turns":[null]}`: 0, `{"turns":[{"cause":"X"}]}`: 1, `{"turns":[null,{"cause":"X"}]}`: 1, `{"choices":1}`: 1, `{"articles":true}`: 1,
	} {
		s, err := scenario.Parse([]byte(head + expect + "}"))
		if err != nil {
			t.Fatal(err)
		}
		if got := scenario.Check(s, out); len(got) != problems {
			t.Errorf("%s: %v", expect, got)
		}
	}
	s, _ := scenario.Parse([]byte(head + `{"cause":""}}`))
	if got := scenario.Check(s, scenario.Output{Turns: []scenario.TurnOutput{{}}}); len(got) != 1 {
		t.Errorf("no decision at all: %v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"id":"A","now":"2026-11-18T15:00:00+08:00","turns":[{"say":"x"},{"ledger":{"settlements":[{"id":"B"}]}}],"expect":{"turns":[null,{}],"due":null}}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		s, err := scenario.Parse(data)
		if err != nil {
			_ = scenario.ID(data)
			return
		}
		scenario.Check(s, scenario.Output{ID: s.ID})
	})
}
