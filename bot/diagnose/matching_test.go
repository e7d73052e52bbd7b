package diagnose_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// The generated ledger: shops of every size, sums as people pay them (many
// round ones, that repeat), cards and codes, failed tries, payouts.

const (
	evalShops = 200
	evalDays  = 90
)

func evalNow() time.Time { return time.Date(2026, 11, 18, 15, 0, 0, 0, transactions.Shanghai) }

type evalShop struct {
	merchant transactions.Merchant
	sales    []transactions.Transaction // oldest first
	payouts  []transactions.Settlement
}

func generateShop(i int) evalShop {
	rnd := rand.New(rand.NewPCG(uint64(i), 90))
	bp := func(v int64) *int64 { return &v }
	s := evalShop{merchant: transactions.Merchant{
		MerchantNo: fmt.Sprintf("8221%011d", i), Brand: []string{"拉卡拉", "刷呗", "中付", "盛付通", "银联商务"}[i%5], Status: "NORMAL",
		Cycle: []string{"T1", "D1", "D0"}[i%3], Cutoff: "23:00", PayoutBy: "18:00",
		Rates:     transactions.Rates{CreditBP: bp(60), DebitBP: bp(50), DebitCapFen: bp(2000), QRBP: bp(38), D0ExtraFen: bp(200)},
		Account:   transactions.Account{Last4: fmt.Sprintf("%04d", rnd.IntN(10000))},
		Terminals: []string{fmt.Sprintf("A%07d", i)},
	}}
	perDay := []int{2, 4, 8, 12, 20}[rnd.IntN(5)]
	typical := []float64{30, 120, 600, 3000}[rnd.IntN(4)]
	today := transactions.DateOf(evalNow())
	for ago := evalDays; ago >= 0; ago-- {
		day := today.AddDays(-ago)
		var ids []string
		var gross int64
		at := day.Start().Add(8*time.Hour + time.Duration(rnd.IntN(60))*time.Minute)
		for n := range perDay/2 + rnd.IntN(perDay) + 1 {
			at = at.Add(time.Duration(5+rnd.IntN(2*780/(perDay+2))) * time.Minute)
			if at.After(day.Start().Add(23*time.Hour)) || at.After(evalNow().Add(-20*time.Minute)) {
				break
			}
			t := generateSale(rnd, s.merchant, typical, at, fmt.Sprintf("T%03d-%s-%02d", i, day, n))
			s.sales = append(s.sales, t)
			if t.State == transactions.Success {
				ids, gross = append(ids, t.ID), gross+t.AmountFen
			}
		}
		if len(ids) > 0 && ago > 1 {
			fee := gross * 55 / 10000
			net := gross - fee
			s.payouts = append(s.payouts, transactions.Settlement{
				ID: fmt.Sprintf("B%03d-%s", i, day), MerchantNo: s.merchant.MerchantNo, TransactionIDs: ids, State: transactions.Paid, Cycle: "T1",
				GrossFen: &gross, FeeFen: &fee, NetFen: &net, PaidAt: day.AddDays(1).Start().Add(11 * time.Hour), AccountLast4: s.merchant.Account.Last4,
			})
		}
	}
	return s
}

func generateSale(rnd *rand.Rand, m transactions.Merchant, typical float64, at time.Time, id string) transactions.Transaction {
	yuan := typical * (0.2 + rnd.ExpFloat64())
	fen := int64(yuan * 100)
	switch rnd.IntN(5) {
	case 0:
		fen = max(fen/10000*10000, 10000) // whole hundreds
	case 1:
		fen = max(fen/1000*1000, 1000) // whole tens
	case 2:
		fen = max(fen/100*100, 100) // whole yuan
	}
	t := transactions.Transaction{
		ID: id, MerchantNo: m.MerchantNo, Terminal: m.Terminals[0], Kind: transactions.Sale, State: transactions.Success, RespCode: "00",
		AmountFen: max(fen, 100), Time: at.Add(time.Duration(rnd.IntN(60)) * time.Second), RRN: fmt.Sprintf("%012d", rnd.Int64N(1e12)),
	}
	if rnd.IntN(2) == 0 {
		t.Channel, t.CardKind, t.CardLast4 = transactions.Card, []string{"CREDIT", "DEBIT"}[rnd.IntN(2)], fmt.Sprintf("%04d", rnd.IntN(10000))
	} else {
		t.Channel = []string{transactions.WeChat, transactions.Alipay, transactions.UnionPayQR}[rnd.IntN(3)]
	}
	if rnd.IntN(40) == 0 {
		t.State, t.RespCode = transactions.Failed, "51"
	}
	return t
}

// askFor words a question about a sale; each statement is wrong with probability
// noise.
func askFor(rnd *rand.Rand, t transactions.Transaction, noise float64) string {
	wrong := func() bool { return rnd.Float64() < noise }
	at, fen, tail := t.Time, t.AmountFen, t.CardLast4
	if wrong() {
		fen = misremembered(rnd, fen)
	}
	if wrong() {
		off := []time.Duration{-24, 24, -48, -2, 1, 2}[rnd.IntN(6)] * time.Hour
		if at.Add(off).After(evalNow()) {
			off = -off // nobody says tomorrow
		}
		at = at.Add(off)
	}
	if wrong() && tail != "" {
		b := []byte(tail)
		b[rnd.IntN(4)] = byte('0' + rnd.IntN(10))
		tail = string(b)
	}
	var parts []string
	parts = append(parts, sayTime(rnd, at))
	if t.Channel == transactions.Card {
		parts = append(parts, "刷卡")
	} else if rnd.IntN(2) == 0 {
		parts = append(parts, map[string]string{"WECHAT": "微信", "ALIPAY": "支付宝", "UNIONPAY_QR": "云闪付"}[t.Channel])
	}
	parts = append(parts, "收了一笔"+sayAmount(fen))
	if tail != "" && rnd.IntN(5) < 2 {
		parts = append(parts, "，卡尾号"+tail)
	}
	return strings.Join(parts, "") + []string{"到现在没到账", "怎么还没到", "钱没到", "啥时候到"}[rnd.IntN(4)]
}

func misremembered(rnd *rand.Rand, fen int64) int64 {
	switch rnd.IntN(4) {
	case 0: // one digit
		b := []byte(fmt.Sprint(fen / 100))
		b[rnd.IntN(len(b))] = byte('1' + rnd.IntN(9))
		var yuan int64
		_, _ = fmt.Sscan(string(b), &yuan)
		return yuan*100 + fen%100
	case 1: // the fen forgotten
		return max(fen/100*100, 100)
	case 2: // rounded to its first digit or two
		unit := int64(100)
		for unit*50 <= fen {
			unit *= 10
		}
		return max((fen+unit/2)/unit*unit, 100)
	}
	return fen + fen*int64(rnd.IntN(21)-10)/100 // some percent off
}

func sayAmount(fen int64) string {
	if fen%100 == 0 {
		return fmt.Sprint(fen / 100)
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}

func sayTime(rnd *rand.Rand, at time.Time) string {
	today := transactions.DateOf(evalNow())
	day := ""
	switch d := transactions.DateOf(at); d {
	case today:
		day = "今天"
	case today.AddDays(-1):
		day = "昨天"
	case today.AddDays(-2):
		day = "前天"
	default:
		day = fmt.Sprintf("%d月%d号", at.Month(), at.Day())
	}
	switch rnd.IntN(4) {
	case 0:
		return day
	case 1:
		h := at.Hour()
		switch {
		case h < 12:
			return day + "上午"
		case h < 18:
			return day + "下午"
		}
		return day + "晚上"
	case 2:
		return fmt.Sprintf("%s%d点多", day, at.Hour())
	}
	return fmt.Sprintf("%s%d:%02d左右", day, at.Hour(), at.Minute())
}

// lookUp is what a store answers to the look-up of a query.
func (s evalShop) lookUp(l transactions.Lookup) transactions.Facts {
	f := transactions.Facts{Merchants: []transactions.Merchant{s.merchant}}
	ids := map[string]bool{}
	for _, t := range s.sales {
		if !t.Time.Before(l.From) && t.Time.Before(l.To) || slices.Contains(l.TransactionIDs, t.ID) {
			f.Transactions, ids[t.ID] = append(f.Transactions, t), true
		}
	}
	for _, p := range s.payouts {
		if slices.ContainsFunc(p.TransactionIDs, func(id string) bool { return ids[id] }) {
			f.Settlements = append(f.Settlements, p)
		}
	}
	return f
}

type matchScore struct{ asked, alone, top3, wrong int }

func scoreMatching(noise float64, shops []evalShop, perShop int) (m matchScore) {
	parser := understand.New(understand.Vocabulary{})
	for i, s := range shops {
		rnd := rand.New(rand.NewPCG(uint64(i), uint64(noise*1000)))
		for range perShop {
			// The last month, recent days more often.
			first, _ := slices.BinarySearchFunc(s.sales, evalNow().AddDate(0, 0, -1-int(29*rnd.Float64()*rnd.Float64())),
				func(t transactions.Transaction, at time.Time) int { return t.Time.Compare(at) })
			if first >= len(s.sales) {
				continue
			}
			t := s.sales[first+rnd.IntN(min(len(s.sales)-first, 30))]
			if t.State != transactions.Success {
				continue
			}
			text := askFor(rnd, t, noise)
			q := parser.Parse(text, understand.Context{}, evalNow())
			r := diagnose.Resolve(diagnose.Input{Query: q, Now: evalNow(), Facts: s.lookUp(diagnose.Lookup(q, nil, []string{s.merchant.MerchantNo}, evalNow()))})
			m.asked++
			ranked := append(slices.Clone(r.Candidates), r.Near...)
			at := slices.IndexFunc(ranked, func(c diagnose.Candidate) bool { return c.Transaction.ID == t.ID })
			alone := r.Cause != diagnose.Ambiguous && len(r.Transactions) == 1
			switch {
			case alone && r.Transactions[0] == t.ID:
				m.alone++
			case alone:
				m.wrong++
			}
			if at >= 0 && at < 3 || alone && r.Transactions[0] == t.ID {
				m.top3++
			}
		}
	}
	return m
}

// TestMatchingOnGeneratedLedger measures which sale is found when what the
// merchant says is partly wrong. The shares asked for hold over the whole range
// of noise; the worst of it is printed beside.
func TestMatchingOnGeneratedLedger(t *testing.T) {
	t.Parallel()
	shops := make([]evalShop, evalShops)
	for i := range shops {
		shops[i] = generateShop(i)
	}
	var all matchScore
	show := func(what string, m matchScore) (alone, top3, wrong float64) {
		share := func(n int) float64 { return 100 * float64(n) / float64(m.asked) }
		t.Logf("matching, %s of the statements wrong: %d questions, right and alone %.1f %%, among the first three %.1f %%, another sale alone %.1f %%",
			what, m.asked, share(m.alone), share(m.top3), share(m.wrong))
		return share(m.alone), share(m.top3), share(m.wrong)
	}
	for _, noise := range []float64{0.01, 0.02, 0.05, 0.10, 0.20} {
		m := scoreMatching(noise, shops, 5)
		show(fmt.Sprintf("%.0f %%", 100*noise), m)
		all.asked, all.alone, all.top3, all.wrong = all.asked+m.asked, all.alone+m.alone, all.top3+m.top3, all.wrong+m.wrong
	}
	alone, top3, wrong := show("1 to 20 %", all)
	if alone < 90 || top3 < 98 || wrong > 1 {
		t.Errorf("right and alone %.1f %% (at least 90), among three %.1f %% (at least 98), another sale alone %.1f %% (at most 1)", alone, top3, wrong)
	}
}
