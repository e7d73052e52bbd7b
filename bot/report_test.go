package bot_test

import (
	"errors"
	"testing"

	"daozhang/bot"
	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// TestReportNamesTroubleOnly: what incidents are counted by, without shop,
// sale or person; ordinary waiting and questions are no trouble.
func TestReportNamesTroubleOnly(t *testing.T) {
	t.Parallel()
	const no = "822584000000001"
	contact := bot.Contact{Bindings: []bot.Binding{{MerchantNo: no, Role: "owner"}}}
	shopAt := func(change func(p *ports)) *ports {
		p := shop()
		p.facts.Merchants[0].MerchantNo, p.facts.Transactions[0].MerchantNo, p.facts.Settlements[0].MerchantNo = no, no, no
		change(p)
		return p
	}
	for _, c := range []struct {
		name   string
		say    string
		change func(p *ports)
		want   *bot.Report
	}{
		{"unknown outcome", "昨天刷的5000没到", func(p *ports) {
			p.facts.Transactions[0].State, p.facts.Transactions[0].RespCode, p.facts.Settlements = transactions.Unknown, "98", nil
		}, &bot.Report{Cause: diagnose.TxnUnknown, Brand: "拉卡拉", Bank: "工商银行", Code: "98", Region: "5840"}},
		{"payout refused", "昨天刷的5000没到", func(p *ports) {
			p.facts.Settlements[0].State, p.facts.Settlements[0].FailCode = transactions.Rejected, "BANK_ERROR"
		}, &bot.Report{Cause: diagnose.PayoutRejectedAccount, Brand: "拉卡拉", Bank: "工商银行", Code: "BANK_ERROR", Region: "5840"}},
		{"look-up fails", "昨天刷的5000没到", func(p *ports) {
			p.facts, p.err = transactions.Facts{}, &transactions.UnavailableError{Kind: "down", Err: errors.New("x")}
		}, &bot.Report{Cause: diagnose.LedgerUnavailable, Region: "5840"}},
		{"ordinary waiting", "昨天刷的5000没到", func(p *ports) {
			p.facts.Settlements, p.facts.Merchants[0].Cycle = nil, "T1"
			p.facts.Transactions[0].Time = noon.Add(-1)
		}, nil},
		{"thanks", "谢谢", func(*ports) {}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dec, _ := turn(t, engine(t, shopAt(c.change)), bot.Input{Contact: contact, Said: said(c.say)})
			if (dec.Report == nil) != (c.want == nil) || c.want != nil && *dec.Report != *c.want {
				t.Errorf("cause %s: report %+v, want %+v", dec.Cause, dec.Report, c.want)
			}
		})
	}
}
