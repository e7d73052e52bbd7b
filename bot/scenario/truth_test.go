package scenario_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"daozhang/bot"
	"daozhang/bot/scenario"
	"daozhang/knowledge"
	"daozhang/transactions"
)

var (
	moneyRun   = regexp.MustCompile(`(-?\d+)\.(\d\d)元`)
	promiseRun = regexp.MustCompile(`预计(\d+)月(\d+)日`)
)

// TestNothingIsInvented looks at every reply of the golden scenarios: each sum
// of money comes from a row, from arithmetic on rows, or from the merchant's
// own words; a date is promised exactly when the decision says so; nothing
// unverified leaves; every reply fits one message.
func TestNothingIsInvented(t *testing.T) {
	t.Parallel()
	k := shelf(t)
	for _, s := range readScenarios(t, "../../testdata/scenarios/*.jsonl") {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			l := newLoop(t, s, k, bot.Settings{})
			known := figures(s)
			for i, turn := range l.run(t).Turns {
				text := strings.Join(turn.Replies, "\n")
				if n := utf8.RuneCountInString(text); n > 600 || len(text) > 1800 {
					t.Errorf("step %d: %d characters, %d bytes", i+1, n, len(text))
				}
				for _, f := range knowledge.CheckOutbound(text, k.Channels(), bankRefs(s), s.Now) {
					t.Errorf("step %d: %v in %q", i+1, f, text)
				}
				if turn.Decision == nil {
					continue
				}
				for _, a := range turn.Decision.Query.Amounts {
					known[a.Fen] = true
				}
				if strings.Contains(text, "共收款") || strings.Contains(text, "出款共") {
					addSums(known, s)
				}
				for _, m := range moneyRun.FindAllStringSubmatch(text, -1) {
					yuan, _ := strconv.ParseInt(m[1], 10, 64)
					fen, _ := strconv.ParseInt(m[2], 10, 64)
					if !known[yuan*100+fen] {
						t.Errorf("step %d: where does %s come from?\n%s", i+1, m[0], text)
					}
				}
				checkPromise(t, i+1, text, turn.Decision.Due)
			}
		})
	}
}

func checkPromise(t *testing.T, step int, text string, due transactions.Date) {
	t.Helper()
	said := promiseRun.FindAllString(text, -1)
	switch {
	case due.IsZero() && len(said) > 0:
		t.Errorf("step %d: promises %v without a due date", step, said)
	case !due.IsZero() && len(said) == 0:
		t.Errorf("step %d: due %s is not said", step, due)
	}
	for _, s := range said { // each shop told in one answer says the same date
		if !due.IsZero() && s != "预计"+due.Chinese() {
			t.Errorf("step %d: due %s but says %v", step, due, said)
		}
	}
}

// figures are the sums of money that may be said about a scenario.
func figures(s scenario.Scenario) map[int64]bool {
	out := map[int64]bool{0: true}
	rows := []scenario.Rows{s.Rows}
	for _, st := range s.Turns {
		if st.Ledger != nil {
			rows = append(rows, st.Ledger.Rows)
		}
	}
	add := func(ps ...*int64) {
		for _, p := range ps {
			if p != nil {
				out[*p], out[-*p] = true, true
			}
		}
	}
	var mine []transactions.Transaction
	for _, r := range rows {
		for _, m := range r.Merchants {
			add(m.MinSettleFen, m.Rates.DebitCapFen, m.Rates.D0ExtraFen)
		}
		for i, p := range r.Settlements {
			for _, other := range r.Settlements[i+1:] { // two payouts told together
				if p.NetFen != nil && other.NetFen != nil {
					out[*p.NetFen+*other.NetFen] = true
				}
			}
			add(p.GrossFen, p.FeeFen, p.NetFen, p.SurchargeFen, p.RefundOffsetFen, p.DisputeOffsetFen, p.AdjustFen)
		}
		mine = append(mine, r.Transactions...)
	}
	var nets, sum int64
	for _, tx := range mine {
		out[tx.AmountFen] = true
		for _, other := range mine { // what a refund or a completion leaves
			out[tx.AmountFen-other.AmountFen] = true
			out[tx.AmountFen+other.AmountFen] = true
		}
		for _, m := range s.Merchants {
			if fee, ok := transactions.Fee(tx, m); ok {
				out[fee], out[tx.AmountFen-fee] = true, true
				if m.Cycle == "D0" && m.Rates.D0ExtraFen != nil {
					out[tx.AmountFen-fee-*m.Rates.D0ExtraFen] = true
				}
				nets += tx.AmountFen - fee
			}
			if m.Rates.DebitBP != nil {
				out[(tx.AmountFen**m.Rates.DebitBP+5000)/10000] = true
			}
		}
		sum += tx.AmountFen
	}
	out[sum], out[nets] = true, true
	return out
}

// addSums adds what rows of the contact's own shops may add up to: sums of
// sales, of fees and of nets, taken from the payouts where there are any.
func addSums(known map[int64]bool, s scenario.Scenario) {
	mine, paid := map[string]bool{}, map[string]bool{}
	for _, no := range s.Contact.Bound() {
		mine[no] = true
	}
	var gross, fees, nets []int64
	for _, p := range s.Settlements {
		if mine[p.MerchantNo] && p.FeeFen != nil && p.NetFen != nil {
			fees, nets = append(fees, *p.FeeFen), append(nets, *p.NetFen)
			for _, id := range p.TransactionIDs {
				paid[id] = true
			}
		}
	}
	for _, tx := range s.Transactions {
		if !mine[tx.MerchantNo] {
			continue
		}
		gross = append(gross, tx.AmountFen)
		for _, m := range s.Merchants {
			if fee, ok := transactions.Fee(tx, m); ok && m.MerchantNo == tx.MerchantNo && !paid[tx.ID] {
				fees, nets = append(fees, fee), append(nets, tx.AmountFen-fee)
			}
		}
	}
	for _, values := range [][]int64{gross, fees, nets} {
		for chosen := range 1 << min(len(values), 16) {
			sum := int64(0)
			for i, v := range values[:min(len(values), 16)] {
				if chosen>>i&1 == 1 {
					sum += v
				}
			}
			known[sum] = true
		}
	}
}

func bankRefs(s scenario.Scenario) []string {
	var out []string
	for _, p := range s.Settlements {
		if p.BankRef != "" {
			out = append(out, p.BankRef)
		}
	}
	return out
}

// TestNotOwnedSaysTheSameBytes: a row of another shop and a row that does not
// exist cannot be told apart (rules 2.1).
func TestNotOwnedSaysTheSameBytes(t *testing.T) {
	t.Parallel()
	k := shelf(t)
	const head = `{"id":"X","now":"2026-11-18T15:00:00+08:00","contact":{"merchant_no":"822100000000001"},"merchants":[{"merchant_no":"822100000000001","name":"甲","brand":"拉卡拉","status":"NORMAL","cycle":"D1"},{"merchant_no":"822100000000777","name":"乙","brand":"拉卡拉","status":"NORMAL","cycle":"D1","terminals":["B7777777"]}],`
	const theirs = `"transactions":[{"id":"T9","merchant_no":"822100000000777","terminal":"B7777777","time":"2026-11-17T12:00:00+08:00","channel":"CARD","card_last4":"6688","kind":"SALE","state":"SUCCESS","amount_fen":880000,"rrn":"112233445566"}],"settlements":[],`
	const none = `"transactions":[],"settlements":[],`
	for _, say := range []string{
		"参考号112233445566这笔8800到没到", "终端B7777777昨天的8800没到", "商户号822100000000777昨天的8800没到",
		"昨天的8800没到", "昨天12点尾号6688的8800没到", "我朋友店里昨天的8800没到",
	} {
		t.Run(say, func(t *testing.T) {
			t.Parallel()
			turns := `"turns":[{"say":"` + say + `"},{"say":"到底有没有"}]}`
			with, without := replay(t, k, head+theirs+turns), replay(t, k, head+none+turns)
			if with != without {
				t.Errorf("differs:\n%s\n%s", with, without)
			}
		})
	}
}

func replay(t *testing.T, k bot.Knowledge, data string) string {
	t.Helper()
	s, err := scenario.Parse([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	b, err := scenario.Line(newLoop(t, s, k, bot.Settings{}).run(t))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
