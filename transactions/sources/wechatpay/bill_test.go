package wechatpay

import (
	"net/http"
	"strings"
	"testing"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wiretest"
)

// golden is a bill of type ALL as the document shows it.
const golden = "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n" +
	"`2026-11-20 09:08:07,`wx1,`1900000109,`1230000109,`T1,`4200001111202611201111111111,`A1,`o1,`MICROPAY,`SUCCESS,`CMB_CREDIT,`CNY,`497.00,`0.00,`0,`0,`0.00,`0.00,`,`,`衣服,`,`1.89000,`0.38%,`497.00,`0.00,`\r\n" +
	"`2026-11-20 10:00:00,`wx1,`1900000109,`1230000109,`T1,`4200001111202611202222222222,`A2,`o2,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`10.00,`0.00,`0,`0,`0.00,`0.00,`,`,`帽子,`,`0.04000,`0.38%,`10.00,`0.00,`\r\n" +
	"`2026-11-20 11:00:00,`wx1,`1900000109,`1230000109,`T1,`4200001111202611202222222222,`A2,`o2,`MICROPAY,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030000001,`R2,`4.00,`0.00,`ORIGINAL,`SUCCESS,`帽子,`,`-0.02000,`0.38%,`0.00,`4.00,`\r\n" +
	"`2026-11-20 12:00:00,`wx1,`1900000109,`9999999999,`T9,`4200001111202611203333333333,`Z9,`o2,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`99.00,`0.00,`0,`0,`0.00,`0.00,`,`,`别家,`,`0.04000,`0.38%,`99.00,`0.00,`\r\n" +
	"总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`4,`606.00,`4.00,`0.00,`1.95000,`606.00,`4.00\r\n"

func ours(_, sub string) bool { return sub == subMchID }

func TestBill(t *testing.T) {
	t.Parallel()
	rows, err := parseBill(golden, ours)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	a1, a2, r2 := rows[0], rows[1], rows[2]
	if a1.ID != "A1" || a1.AmountFen != 49700 || a1.CardKind != transactions.Credit || a1.Terminal != "T1" || a1.State != transactions.Success || a1.RefundState != "" {
		t.Errorf("%+v", a1)
	}
	if a2.RefundState != transactions.PartRefunded || r2.Kind != transactions.Refund || r2.ID != "R2" || r2.OrigID != "A2" || r2.AmountFen != 400 || r2.State != transactions.Success {
		t.Errorf("%+v\n%+v", a2, r2)
	}
	for name, text := range map[string]string{
		"empty": "", "a page": "<html></html>", "cut off": golden[:strings.Index(golden, "总交易单数")],
		"a short line":   strings.Replace(golden, "`SUCCESS,`CMB_CREDIT,`CNY", "`SUCCESS", 1),
		"three decimals": strings.Replace(golden, "`0.38%,`497.00", "`0.38%,`497.005", 1),
	} {
		if _, err := parseBill(text, ours); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestBillsCoverDaysThatAreOver(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.bill = golden
	set := settings(t, s.url)
	set.BillDays = 7
	c := open(t, set)
	q := query(sale("4200001111202611201111111111"))
	q.From = transactions.Date{Year: 2026, Month: 11, Day: 20}.Start()
	q.To = q.From.AddDate(0, 0, 1)
	for range 2 {
		rows, err := c.Fetch(t.Context(), q)
		if err != nil || !rows.AllSales || len(rows.Transactions) != 3 {
			t.Fatalf("%+v, %v", rows, err)
		}
		wiretest.Rows(t, rows, "4200001111202611201111111111") // the ledger's number stays
		wiretest.Rows(t, rows, "A2")
	}
	if len(s.asked) != 2 { // the address and the file, once: the second look-up has it
		t.Errorf("asked %q", s.asked)
	}
	q.To = now.AddDate(0, 0, 1) // today is not over
	if rows, err := c.Fetch(t.Context(), q); err != nil || rows.AllSales {
		t.Errorf("%v, %v", rows.AllSales, err)
	}
	// Any other file than the one whose hash was signed is refused.
	s.forge = func(h http.Header, body *string) {
		if len(h) == 0 {
			*body = strings.Replace(*body, "497.00", "499.00", 1)
		}
	}
	set.MaxOrders = 1
	wiretest.Failed(t, "a forged bill", fetchErr(t.Context(), open(t, set), q), nil, sources.KindSignature)
}

// A refund names the sale by the number that the ledger has it under.
func TestBilledRefundNamesTheLedgersSale(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.bill = golden
	set := settings(t, s.url)
	set.BillDays = 7
	q := query(sale("4200001111202611202222222222"))
	q.From = transactions.Date{Year: 2026, Month: 11, Day: 20}.Start()
	q.To = q.From.AddDate(0, 0, 1)
	rows, err := open(t, set).Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if back := wiretest.Rows(t, rows, "R2"); back.OrigID != "4200001111202611202222222222" || back.STAN != "" || back.BatchNo != "" {
		t.Errorf("%+v", back)
	}
	wiretest.Rows(t, rows, "4200001111202611202222222222")
}

func FuzzBill(f *testing.F) {
	f.Add(golden)
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := parseBill(text, ours)
		for _, r := range rows {
			if err != nil || r.ID == "" || r.Time.IsZero() || r.State == "" {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}
