package sample

import (
	"time"

	"daozhang/transactions"
)

// shop is one merchant with how it trades and the cases it shows.
type shop struct {
	transactions.Merchant
	// quietDays before today have no ordinary sales.
	quietDays int
	// qrShare of ten ordinary sales are scanned, the others by card.
	qrShare int
	cases   func(*builder)
}

func fen(n int64) *int64 { return &n }

// shops are invented: names, numbers and accounts belong to nobody. Most pay
// "until the end of the day" (no payout_by), so that a payout due today is
// never late whatever the hour of the demo.
func shops(today transactions.Date) []shop {
	rates := transactions.Rates{CreditBP: fen(60), DebitBP: fen(50), DebitCapFen: fen(2000), QRBP: fen(38)}
	d0 := rates
	d0.D0ExtraFen = fen(300)
	base := func(no, brand, name, cycle, cutoff, bank, last4 string, terminals ...string) transactions.Merchant {
		return transactions.Merchant{
			MerchantNo: no, Acquirer: brand, Brand: brand, Name: name, Status: "NORMAL", Cycle: cycle, Cutoff: cutoff,
			MinSettleFen: fen(1000), Rates: rates, Terminals: terminals, Phone: "138****" + last4,
			Account:     transactions.Account{Bank: bank, Last4: last4, Kind: "PERSONAL", Class: "I", State: "NORMAL"},
			OnboardedAt: today.AddDays(-400).Start(),
		}
	}
	list := []shop{
		{Merchant: base("822100000000001", "拉卡拉", "张记五金店", "D1", "23:00", "工商银行", "1234", "A0000001", "A0000002"), qrShare: 2, cases: hardware},
		{Merchant: base("822100000000002", "刷呗", "鲜果时光水果店", "T1", "22:00", "建设银行", "2345", "B0000001", "B0000002"), qrShare: 5, cases: fruit},
		{Merchant: base("822100000000003", "中付", "王姐服装店", "D0", "22:30", "农业银行", "3456", "C0000001"), qrShare: 3, cases: clothes},
		{Merchant: base("822100000000004", "盛付通", "阿明手机维修", "D1", "23:00", "招商银行", "4567", "D0000001"), qrShare: 4, cases: phones},
		{Merchant: base("822100000000005", "银联商务", "海悦宾馆", "T1", "23:00", "中国银行", "5678", "E0000001", "E0000002"), qrShare: 2, cases: hotel},
		{Merchant: base("822100000000006", "拉卡拉", "小林理发店", "MANUAL", "23:00", "邮储银行", "6789", "A0000003"), qrShare: 6, cases: barber},
		{Merchant: base("822100000000007", "刷呗", "老陈早餐店", "D1", "23:00", "交通银行", "7890", "B0000003"), qrShare: 7, cases: breakfast},
		{Merchant: base("822100000000008", "中付", "甜甜奶茶店", "D1", "23:00", "平安银行", "8901", "C0000002"), qrShare: 8, cases: tea},
		{Merchant: base("822100000000009", "盛付通", "诚信烟酒行", "D1", "23:00", "兴业银行", "9012", "D0000002"), qrShare: 2, quietDays: 7, cases: liquor},
		{Merchant: base("822100000000010", "银联商务", "百姓药房", "D1", "23:00", "民生银行", "0123", "E0000003"), qrShare: 3, quietDays: 5, cases: pharmacy},
		{Merchant: base("822100000000011", "瑞银信", "顺风汽修", "D1", "23:00", "光大银行", "1357", "F0000001"), qrShare: 2, quietDays: 4, cases: garage},
	}
	list[2].Rates, list[2].FallbackCycle = d0, "D1"
	list[3].Account.ChangedAt, list[3].Account.PrevLast4 = today.AddDays(-5).Start().Add(15*time.Hour), "4321"
	list[4].Account.Kind = "CORPORATE"
	list[6].Account.Class = "II"
	list[7].Account.Class = "III"
	list[8].Status, list[8].StatusReason = "FROZEN", "交易资料待核实"
	list[8].DocsRequired, list[8].DocsDue = []string{"营业执照", "近期进货单"}, today.AddDays(7)
	list[9].Status, list[9].StatusReason = "PENDING_DOCS", "营业执照已到期"
	list[9].DocsRequired, list[9].DocsDue = []string{"新版营业执照", "门店照片"}, today.AddDays(10)
	list[10].Account.State = "DORMANT"
	return list
}

// terminals report from a few minutes ago; cases may have set their own state.
func (b *builder) terminals() {
	yes := true
	for i, no := range b.shop.Terminals {
		row := transactions.TerminalRow{Terminal: no, MerchantNo: b.shop.MerchantNo, Model: "DZ-90", LastSeen: b.now.Add(-7 * time.Minute), SignedIn: &yes}
		if st, ok := b.shop.TerminalState[no]; ok {
			row.LastSeen, row.SignedIn, row.UnsentOffline = st.LastSeen, st.SignedIn, st.UnsentOffline
		}
		if i > 0 {
			row.Model = "DZ-70"
		}
		b.ledger.Terminals = append(b.ledger.Terminals, row)
	}
	b.shop.TerminalState = nil // carried by Terminals
}
