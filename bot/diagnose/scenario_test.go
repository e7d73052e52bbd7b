package diagnose_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// scenario is the part of a replay line (contract section 4) that decides a
// Result; the sentence is given here as the Query that the parser makes of it.
type scenario struct {
	ID      string
	Now     time.Time
	Contact struct {
		MerchantNo *string `json:"merchant_no"`
	}
	Merchants    []transactions.Merchant
	Transactions []transactions.Transaction
	Settlements  []transactions.Settlement
	LedgerError  string `json:"ledger_error"`
	Turns        []struct{ Say string }
	Expect       struct {
		Cause        diagnose.Cause
		Transactions []string
		Due          *string
		Human        *bool
	}
}

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, transactions.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func day(s string) *understand.Span {
	d := at(s + " 00:00")
	return &understand.Span{From: d, To: d.AddDate(0, 0, 1), Precision: understand.Day}
}

func part(from, to string) *understand.Span {
	return &understand.Span{From: at(from), To: at(to), Precision: understand.Part}
}

func yuan(n float64) understand.Amount { return understand.Amount{Fen: int64(n*100 + 0.5), Count: 1} }

func devQueries() map[string]understand.Query {
	missing := understand.MissingPayment
	return map[string]understand.Query{
		"S03": {Intent: missing, Amounts: []understand.Amount{yuan(2000)}, Time: day("2026-11-17")},
		"S06": {Intent: understand.Fee, Amounts: []understand.Amount{yuan(10000), {Fen: 5000, Count: 1, Fee: true}, {Fen: 2000, Count: 1, Fee: true}}},
		"S09": {Intent: missing, Reference: "112233445566", Amounts: []understand.Amount{yuan(8800)}, OthersShop: true},
		"S13": {Intent: understand.SettlementRule, Time: part("2026-10-01 00:00", "2026-10-08 00:00")},
		"S16": {Intent: missing, Intents: []understand.Intent{understand.Device, missing}, Amounts: []understand.Amount{yuan(18000)}},
		"S19": {Intent: understand.UnknownResult, RespCode: "68", Symptoms: []understand.Symptom{understand.TimeoutShown}},
		"S23": {Intent: missing, Amounts: []understand.Amount{yuan(3000), {Fen: 238560, Count: 1, Net: true}}, Kinds: []string{"PREAUTH"}},
		"S26": {Intent: missing, Amounts: []understand.Amount{yuan(50000)}, Symptoms: []understand.Symptom{understand.AsksWhen}},
		"S30": {Intent: missing, Amounts: []understand.Amount{yuan(1)}},
		"S33": {Intent: missing, Amounts: []understand.Amount{yuan(2600)}, Symptoms: []understand.Symptom{understand.NoSMS}},
		"S38": {Intent: missing, Amounts: []understand.Amount{yuan(5000)}, Time: part("2026-11-17 12:00", "2026-11-17 18:00")},
		"S42": {Intent: missing, Amounts: []understand.Amount{yuan(1600)}, Time: part("2026-11-16 18:00", "2026-11-17 00:00")},
	}
}

func TestDevScenarios(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../testdata/scenarios/dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	queries := devQueries()
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		var sc scenario
		if err := json.Unmarshal(lines.Bytes(), &sc); err != nil {
			t.Fatal(err)
		}
		q, ok := queries[sc.ID]
		if !ok {
			t.Fatalf("%s has no query", sc.ID)
		}
		q.Text = sc.Turns[0].Say
		t.Run(sc.ID, func(t *testing.T) {
			t.Parallel()
			facts := transactions.Facts{Transactions: sc.Transactions, Settlements: sc.Settlements}
			for _, m := range sc.Merchants {
				if sc.Contact.MerchantNo != nil && m.MerchantNo == *sc.Contact.MerchantNo {
					facts.Merchants = append(facts.Merchants, m)
				}
			}
			r := diagnose.Resolve(diagnose.Input{
				Query: q, Facts: facts, Now: sc.Now, Calendar: transactions.DefaultCalendar(), Unavailable: sc.LedgerError != "",
			})
			if r.Cause != sc.Expect.Cause {
				t.Fatalf("cause %s, want %s (%+v)", r.Cause, sc.Expect.Cause, r.Evidence)
			}
			if !slices.Equal(r.Transactions, sc.Expect.Transactions) {
				t.Errorf("transactions %v, want %v", r.Transactions, sc.Expect.Transactions)
			}
			if sc.Expect.Human != nil && r.Human != *sc.Expect.Human {
				t.Errorf("human %v", r.Human)
			}
			due, want := "", ""
			if len(r.Diagnoses) > 0 {
				due = r.Diagnoses[0].Due.String()
			}
			if sc.Expect.Due != nil {
				want = *sc.Expect.Due
			}
			if r.Cause != diagnose.Ambiguous && due != want {
				t.Errorf("due %q, want %q", due, want)
			}
		})
	}
	if n != 12 {
		t.Fatalf("%d scenarios", n)
	}
}
