package bot

import (
	"strings"
	"testing"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// askCauses have their sentences in compose_ask.go or policy.go.
func askCauses() []diagnose.Cause {
	return []diagnose.Cause{
		diagnose.NotFound, diagnose.NotOwned, diagnose.NotBound, diagnose.Ambiguous, diagnose.LedgerUnavailable,
		diagnose.Policy, diagnose.FraudSuspected,
	}
}

func TestEveryCauseHasItsSentenceAndName(t *testing.T) {
	t.Parallel()
	asked := map[diagnose.Cause]bool{}
	for _, c := range askCauses() {
		asked[c] = true
	}
	for _, s := range knowledge.Causes() {
		c := diagnose.Cause(s)
		if _, ok := templates[c]; ok == asked[c] {
			t.Errorf("%s: template %v, asked %v", c, ok, asked[c])
		}
		if CauseName(c) == s {
			t.Errorf("%s has no Chinese name", c)
		}
	}
}

// TestSparseRowsStillMakeSentences: what the ledger does not know is left out,
// never said as a hole.
func TestSparseRowsStillMakeSentences(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 15, 0, 0, 0, transactions.Shanghai)
	tx := transactions.Transaction{ID: "T1", MerchantNo: "M1", State: "SUCCESS", AmountFen: 100, Time: now.AddDate(0, 0, -1)}
	tl := telling{now: now}
	for c := range templates {
		for name, d := range map[string]diagnose.Diagnosis{
			"nothing":          {Cause: c},
			"a bare sale":      {Cause: c, Transactions: []transactions.Transaction{tx}},
			"a bare payout":    {Cause: c, Transactions: []transactions.Transaction{tx}, Settlement: &transactions.Settlement{ID: "B1", State: "PAID"}},
			"a bare rejection": {Cause: c, Transactions: []transactions.Transaction{tx}, Settlement: &transactions.Settlement{ID: "B1", State: "REJECTED"}},
		} {
			s := tell(d, tl)
			if strings.TrimSpace(s) == "" {
				t.Errorf("%s, %s: says nothing", c, name)
			}
			for _, hole := range []string{"%!", "，，", "。。", "：。", "（）", "()", "，。", "在前", "至。", "尾号。", "0001年", "1年1月1日", "原因：。", "、、", "打到的", "的被收款行"} {
				if strings.Contains(s, hole) {
					t.Errorf("%s, %s: %q in %q", c, name, hole, s)
				}
			}
		}
	}
}

func TestRiskReasonsAreNotRepeated(t *testing.T) {
	t.Parallel()
	for reason, told := range map[string]bool{
		"账户已销户": true, "超过账户日累计入账限额": true, "有权机关冻结": true, "": false,
		"命中夜间大额规则": false, "涉案账户": false, "可疑交易监测": false, "风控模型评分": false, "单日笔数过多": false,
	} {
		if mayTell(reason) != told {
			t.Errorf("%q: %v", reason, !told)
		}
	}
}

func TestFitKeepsTheTail(t *testing.T) {
	t.Parallel()
	tail := "\n已为您转人工，工单号 000001。"
	for _, text := range []string{strings.Repeat("一行字。\n", 300), strings.Repeat("长", 5000), "", "短"} {
		got := fit(text, tail)
		if !fits(got + tail) {
			t.Errorf("%d bytes", len(got+tail))
		}
		if !strings.HasPrefix(text, got) {
			t.Error("only the end may be cut")
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64]string{497000: "4970.00元", 5: "0.05元", 0: "0.00元", -30: "-0.30元"} {
		if got := yuan(fen); got != want {
			t.Errorf("%d: %s", fen, got)
		}
	}
	for bp, want := range map[int64]string{60: "0.6%", 38: "0.38%", 100: "1%", 5: "0.05%"} {
		if got := percent(bp); got != want {
			t.Errorf("%d: %s", bp, got)
		}
	}
	now := time.Date(2026, 1, 2, 9, 5, 0, 0, transactions.Shanghai)
	if got := moment(now.AddDate(0, 0, -3), now); got != "2025年12月30日09:05" {
		t.Error(got)
	}
}
