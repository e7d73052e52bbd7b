package understand_test

import (
	"testing"
	"time"

	"daozhang/bot/understand"
)

func TestTotals(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 15, 0, 0, 0, time.FixedZone("CST", 8*3600))
	p := understand.New(understand.Vocabulary{})
	const sales, payouts = understand.TotalSales, understand.TotalPayouts
	for _, c := range []struct {
		text string
		want understand.Totals
		time string // from/to as month-day; "" = none said
	}{
		{"昨天一共收了多少", sales, "11-17/11-18"},
		{"昨天刷了几笔", sales, "11-17/11-18"},
		{"这个星期刷了几笔", sales, "11-16/11-23"},
		{"上周一共收了多少", sales, "11-09/11-16"}, // 上周, 一共
		{"上周一收了多少", sales, "11-09/11-10"},
		{"上周一一共收了多少", sales, "11-09/11-10"},
		{"昨天营业额", sales, "11-17/11-18"},
		{"昨天的营业额是多少", sales, "11-17/11-18"},
		{"查一下昨天的流水总额", sales, "11-17/11-18"},
		{"昨天微信收了多少钱", sales, "11-17/11-18"},
		{"昨天刷了多少到账多少", sales, "11-17/11-18"},
		{"11月1号到10号一共收了多少", sales, "11-01/11-11"},
		{"一共收了多少", sales, ""},
		{"11月一共收了多少", sales, "11-01/12-01"}, // 11月, 一共
		{"11月一号收了多少", sales, "11-01/11-02"},
		{"11月18日到11月20日一共收了多少", sales, "11-18/11-21"}, // not of last year
		{"11月10号到11月30号收了多少", sales, "11-10/12-01"},
		{"周一到周五收了多少", sales, "11-16/11-21"},
		{"上周五到周一收了多少", sales, "11-13/11-17"},
		{"9月28日到10月3日收了多少", sales, "09-28/10-04"},
		{"12月28日到1月3日收了多少", sales, "12-28/01-04"},
		{"昨天的交易额", sales, "11-17/11-18"},
		{"昨天手续费一共多少", sales, "11-17/11-18"},
		{"昨天扫码收了多少", sales, "11-17/11-18"},
		{"昨天卡里进了多少", payouts, "11-17/11-18"},
		{"今天到账多少钱", payouts, "11-18/11-19"},
		{"昨天到账了几笔", payouts, "11-17/11-18"},
		{"昨天打了多少钱给我", payouts, "11-17/11-18"},
		{"今天一共到了多少", payouts, "11-18/11-19"},
		// one sale, something missing, a fee, a limit, a rule, a forecast
		{"昨天一共刷了5000怎么没到", "", "11-17/11-18"},
		{"这笔到账多少", "", ""},
		{"昨天还有多少没到", "", "-"},
		{"一共多少钱没到", "", ""},
		{"今天到账怎么少了", "", "-"},
		{"今天到了多少钱，昨天刷的到了没", "", "-"},
		{"今天能到账多少", "", "-"},
		{"明天能到多少钱", "", "-"},
		{"刷5万手续费多少", "", ""},
		{"手续费一共多少", "", ""},
		{"你们收多少", "", ""},
		{"花呗费率多少", "", ""},
		{"一天能刷多少", "", "-"},
		{"每天刷多少不会被风控", "", "-"},
		{"刷多少才能到账", "", ""},
		{"刷了多少次都不行", "", ""},
		{"客户刷了多少", "", ""},
		{"怎么看每天到了多少钱", "", "-"},
		{"上个月总共刷了多少钱帮我拉个单子", "", "-"},
		{"昨天刷了多少钱我忘了", "", "-"},
		{"少了多少", "", ""},
		{"一共欠我多少钱", "", ""},
	} {
		q := p.Parse(c.text, understand.Context{}, now)
		if q.Totals != c.want {
			t.Errorf("%s: totals %q, want %q", c.text, q.Totals, c.want)
		}
		if c.want != "" && (q.Intent != understand.Statement || len(q.Intents) != 1) {
			t.Errorf("%s: intents %v", c.text, q.Intents)
		}
		got := ""
		if q.Time != nil {
			got = q.Time.From.Format("01-02") + "/" + q.Time.To.Format("01-02")
		}
		if c.time != "-" && got != c.time {
			t.Errorf("%s: time %q, want %q", c.text, got, c.time)
		}
	}
	prev := p.Parse("昨天一共收了多少", understand.Context{}, now)
	if q := p.Parse("那前天呢", understand.Context{Previous: &prev}, now); q.Totals != sales || q.Time.From.Day() != 16 {
		t.Errorf("那前天呢: %+v", q)
	}
	if q := p.Parse("那800那笔呢", understand.Context{Previous: &prev}, now); q.Totals != "" || q.Time != nil {
		t.Errorf("one sale keeps the sum: %+v", q)
	}
	if q := p.Parse("昨天扫码收了多少", understand.Context{}, now); q.Channel != "" || len(q.Channels) != 3 {
		t.Errorf("every way of paying by a code: %q %v", q.Channel, q.Channels)
	}
	bare := p.Parse("一共收了多少", understand.Context{}, now)
	if q := p.Parse("今天呢", understand.Context{Previous: &bare}, now); q.Totals != sales || q.Time == nil {
		t.Errorf("今天呢: %+v", q)
	}
	if q := p.Parse("前天那笔500到了没", understand.Context{Previous: &prev}, now); q.Totals != "" {
		t.Errorf("another question keeps the sum: %+v", q)
	}
}
