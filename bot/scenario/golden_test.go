package scenario_test

import (
	"os"
	"testing"

	"daozhang/bot"
	"daozhang/bot/scenario"
)

// TestGolden runs every scenario of the repository: exact fields and our own
// keys, the same bytes twice.
func TestGolden(t *testing.T) {
	t.Parallel()
	k := shelf(t)
	all := readScenarios(t, "../../testdata/scenarios/*.jsonl")
	if extra := os.Getenv("DAOZHANG_SCENARIOS"); extra != "" {
		all = append(all, readScenarios(t, extra)...)
	}
	if len(all) == 0 {
		t.Fatal("no scenarios")
	}
	for _, s := range all {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			first := newLoop(t, s, k, bot.Settings{}).run(t)
			for _, p := range scenario.Check(s, first) {
				t.Error(p)
			}
			a, err := scenario.Line(first)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := scenario.Line(newLoop(t, s, k, bot.Settings{}).run(t))
			if string(a) != string(b) {
				t.Errorf("differs when run again:\n%s\n%s", a, b)
			}
			if t.Failed() || testing.Verbose() {
				for _, turn := range first.Turns {
					t.Logf("商户: %s", turn.Say)
					for _, r := range turn.Replies {
						t.Logf("回复: %s", r)
					}
					if turn.Decision != nil {
						d := turn.Decision
						t.Logf("-> %s %s %s %v due=%s %v %s", d.Intent, d.Action, d.Cause, d.Transactions, d.Due, d.Handoff, d.Status)
					}
				}
			}
		})
	}
}
