package diagnose_test

import (
	"strings"
	"testing"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// codeTable is domain section 3 written down a second time: outcome by code.
const codeTable = `
A 00 10 11 16 A2 A4 A5 A6 Y1 Y3
D 01 02 04 05 06 07 12 13 14 15 19 21 22 23 25 30 31 33 34 36 38 39 40 41 42 43 44 45 51 52 53 54 55 56 57 59 61 62 63 64 65 67 75 90 92 93 A1 A3 A8 B1 N1 P1 Z1 Z3
T 03 58 77 79 95 97 99 A0 C1
R 35 37 60 66
U 09 20 68 91 94 96 98 A7
B D1 D2 D3 D4 D5 D6 D7 D8 D9 DA DB DC F1 F2 F3 F4 F5`

func TestResponseCodes(t *testing.T) {
	t.Parallel()
	n := 0
	for line := range strings.Lines(strings.TrimSpace(codeTable)) {
		fields := strings.Fields(line)
		for _, code := range fields[1:] {
			n++
			got, ok := diagnose.Code(code)
			if !ok || got.Outcome != fields[0] || got.Code != code || got.Source != "pos" {
				t.Errorf("%s: %+v %v, want outcome %s", code, got, ok, fields[0])
			}
			if got.Meaning == "" || got.Advice == "" {
				t.Errorf("%s has no words", code)
			}
			if got.Outcome == diagnose.OutcomeUnknown && (!strings.Contains(got.Advice, "查") || strings.Contains(got.Advice, "再刷") || strings.Contains(got.Advice, "重新刷")) {
				t.Errorf("%s: an unknown outcome must be queried and never repeated: %s", code, got.Advice)
			}
		}
	}
	if n < 98 {
		t.Errorf("only %d codes", n)
	}
	for _, code := range []string{"", "18", "24", "ZZ", "0000", "DD", "F6", "100"} {
		if got, ok := diagnose.Code(code); ok {
			t.Errorf("%q is not listed and was translated: %+v", code, got)
		}
	}
	if got, ok := diagnose.Code(" a7 "); !ok || got.Code != "A7" {
		t.Error("case and spaces do not matter")
	}
}

// TestCodesCollide: the same code means other things in other systems.
func TestCodesCollide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, channel, code, outcome string }{
		{"file", "CARD", "05", "D"},
		{"unionpay", "CARD", "05", "U"},
		{"unionpay", "", "51", ""},
		{"file", "UNIONPAY_QR", "04", "U"},
		{"file", "UNIONPAY_QR", "03", ""},
		{"file", "UNIONPAY_QR", "51", "D"},
		{"cardinfolink", "CARD", "Y1", "D"},
		{"file", "CARD", "Y1", "A"},
		{"wechatpay", "WECHAT", "51", ""},
		{"file", "WECHAT", "51", "D"},
		{"alipay", "ALIPAY", "40004", ""},
		{"lakala", "CARD", "51", "D"},
		{"lakala", "CARD", "BBS11114", ""},
	} {
		got, ok := diagnose.LookupCode(&transactions.Transaction{Source: c.source, Channel: c.channel, RespCode: c.code})
		if ok != (c.outcome != "") || got.Outcome != c.outcome {
			t.Errorf("%+v: %+v %v", c, got, ok)
		}
	}
}

func TestCodeOfADecline(t *testing.T) {
	t.Parallel()
	d := first(t, diagnose.Resolve(ask(named(1000), txns(txn("T1", "2026-11-18 10:00", state("FAILED", "61"))))))
	if d.Code == nil || d.Code.Code != "61" || d.UnlistedCode != "" {
		t.Errorf("%+v %q", d.Code, d.UnlistedCode)
	}
	d = first(t, diagnose.Resolve(ask(named(1000), txns(txn("T1", "2026-11-18 10:00", state("FAILED", "18"))))))
	if d.Code != nil || d.UnlistedCode != "18" {
		t.Errorf("an unlisted code is said to be unlisted: %+v %q", d.Code, d.UnlistedCode)
	}
	d = first(t, diagnose.Resolve(ask(named(1000), txns(txn("T1", "2026-11-18 10:00", state("FAILED", "00"))))))
	if d.Code != nil {
		t.Errorf("a code that contradicts the state is not told: %+v", d.Code)
	}
	d = first(t, diagnose.Resolve(ask(named(1000), txns(txn("T1", "2026-11-18 10:00", state("FAILED", ""))))))
	if d.Code != nil || d.UnlistedCode != "" || d.Human {
		t.Errorf("no code is not an unlisted one: %+v", d)
	}
	row := txn("T1", "2026-11-18 10:00", state("REVERSED", ""))
	row.Reversal = &transactions.Reversal{State: "SUCCESS", Reason: "4351"}
	if d = first(t, diagnose.Resolve(ask(named(1000), txns(row)))); d.ReversalMeaning == "" {
		t.Error("a known reversal reason is told")
	}
	row.Reversal.Reason = "9999"
	if d = first(t, diagnose.Resolve(ask(named(1000), txns(row)))); d.ReversalMeaning != "" {
		t.Error("an unknown reversal reason is not invented")
	}
}

// TestFailCodes: codes, and the words that stand in for an unknown one.
func TestFailCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, reason, want string }{
		{"ACCT_DORMANT", "", "ACCT_DORMANT"},
		{"acct_closed", "超过限额", "ACCT_CLOSED"},
		{"", "收款账户状态异常(睡眠户)", "ACCT_DORMANT"},
		{"X1", "账户被有权机关冻结", "ACCT_FROZEN_AUTHORITY"},
		{"X1", "账户已冻结", "ACCT_FROZEN"},
		{"", "该账户已销户", "ACCT_CLOSED"},
		{"", "收款卡已挂失", "ACCT_LOST"},
		{"", "户名与账号不符", "NAME_MISMATCH"},
		{"", "账号不存在", "ACCT_NO_MATCH"},
		{"", "超过年累计限额", "ACCT_LIMIT_YEAR"},
		{"", "超过账户日累计入账限额", "ACCT_LIMIT"},
		{"BANK_ERROR", "日累计限额超限", "ACCT_LIMIT"},
		{"BANK_ERROR", "", "BANK_ERROR"},
		{"", "银行系统超时", "BANK_ERROR"},
		{"OTHER", "", "OTHER"},
		{"X9", "", "OTHER"},
		{"", "说不清", "OTHER"},
		{"", "", ""},
		{"D0_QUOTA", "", "D0_QUOTA"},
	} {
		d := first(t, diagnose.Resolve(ask(named(1000), txns(txn("T1", "2026-11-17 10:00")), pay("B1", "REJECTED", one("T1"), failed(c.code, c.reason)))))
		if d.FailCode != c.want {
			t.Errorf("%q %q: %q, want %q", c.code, c.reason, d.FailCode, c.want)
		}
		if known := c.want != "" && c.want != "OTHER"; known && d.FailMeaning == "" || !known && d.FailMeaning != c.reason {
			t.Errorf("%q %q: meaning %q", c.code, c.reason, d.FailMeaning)
		}
		if !d.Due.IsZero() || d.DueMissed != day8("2026-11-18") {
			t.Errorf("a rejected payout has no date, but the missed one may be told: %s %s", d.Due, d.DueMissed)
		}
	}
}

func TestStepTableIsWhole(t *testing.T) {
	t.Parallel()
	known := map[diagnose.Step]bool{}
	for _, s := range diagnose.StepTable() {
		if known[s.Step] || s.Actor == "" || s.Means == "" {
			t.Errorf("%+v", s)
		}
		known[s.Step] = true
	}
	if len(known) < 40 {
		t.Errorf("%d steps", len(known))
	}
}
