package alipay

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wiretest"
)

const (
	billedNo, refundedNo, closedNo = "2026112122001111111111111111", "2026112122002222222222222222", "2026112122003333333333333333"

	billHeader = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注\r\n"
	golden     = "#支付宝业务明细查询\r\n#账号：[" + seller + "0156]\r\n#起始日期：[2026年11月21日 00:00:00]   终止日期：[2026年11月22日 00:00:00]\r\n" +
		"#-----------------------------------------业务明细列表----------------------------------------\r\n" + billHeader +
		billedNo + "\t,A1\t,交易\t,\"面, 大\",2026-11-21 10:14:58,2026-11-21 10:15:00,\t,\t,\t,T0000002\t,*三(136****0000)\t,328.80,320.00,0.00,0.00,8.80,0.00,0.00,,0.00\t,0.00,\t,-1.97,0.00,\r\n" +
		refundedNo + "\t,A2\t,交易\t,杂货,2026-11-21 14:29:50,2026-11-21 14:30:02,\t,\t,\t,\t,*四(159****0000)\t,55.00,55.00,0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,\t,-0.33,0.00,\r\n" +
		refundedNo + "\t,A2\t,退款\t,杂货,2026-11-21 14:29:50,2026-11-21 15:02:11,\t,\t,\t,\t,*四(159****0000)\t,-5.00,-5.00,0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,TK1\t,0.03,0.00,\r\n" +
		closedNo + "\t,A3\t,交易\t,杂货,2026-11-21 16:00:00,2026-11-21 16:00:02,\t,\t,\t,\t,*五(159****0000)\t,10.00,10.00,0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,\t,-0.06,0.00,\r\n" +
		closedNo + "\t,A3\t,退款\t,杂货,2026-11-21 16:00:00,2026-11-21 17:00:02,\t,\t,\t,\t,*五(159****0000)\t,10.00,-4.00,0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,TK2\t,0.03,0.00,\r\n" +
		"#-----------------------------------------业务明细列表结束------------------------------------\r\n" +
		"#交易合计：3笔，商家实收共385.00元，商家优惠共0.00元\r\n#退款合计：2笔，商家实收退款共-9.00元，商家优惠退款0.00元\r\n"
)

// packed is a package as Alipay makes it: GBK within ZIP, with a summary.
func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{"summary.csv": "#支付宝业务汇总查询\r\n#账号：[x]\r\n", "list.csv": text} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(content))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(raw)
	}
	_ = z.Close()
	return b.Bytes()
}

func TestBill(t *testing.T) {
	t.Parallel()
	rows, err := parseBill(golden, seller)
	if err != nil || len(rows) != 4 {
		t.Fatalf("%+v, %v", rows, err)
	}
	a1, a2, back, a3 := rows[0], rows[1], rows[2], rows[3]
	if a1.ID != billedNo || a1.RRN != "A1" || a1.AmountFen != 32880 || a1.Terminal != "T0000002" || a1.State != transactions.Success || a1.RefundState != "" ||
		!a1.Time.Equal(transactions.Date{Year: 2026, Month: 11, Day: 21}.Start().Add(10*3600e9+15*60e9)) {
		t.Errorf("%+v", a1)
	}
	if a2.RefundState != transactions.PartRefunded || back.Kind != transactions.Refund || back.ID != refundedNo+"-TK1" || back.OrigID != refundedNo || back.AmountFen != 500 {
		t.Errorf("%+v\n%+v", a2, back)
	}
	// How much of the last one went back the two sums do not agree on.
	if a3.ID != closedNo || a3.RefundState != transactions.RefundAccepted {
		t.Errorf("%+v", a3)
	}
	for name, text := range map[string]string{
		"empty": "", "a page": "<html>下载超时，请重新下载</html>", "cut off": golden[:strings.Index(golden, "业务明细列表结束")],
		"another account": strings.Replace(golden, seller, "2088999999999999", 1), "a longer account": strings.Replace(golden, seller+"0156", seller+"01567", 1),
		"a short line":   strings.Replace(golden, "\t,-1.97,0.00,", "", 1),
		"three decimals": strings.Replace(golden, "328.80", "328.805", 1), "no amount": strings.Replace(golden, "328.80,", "0.00,", 1),
		"no time": strings.Replace(golden, "2026-11-21 10:15:00", "", 1), "no number": strings.Replace(golden, billedNo, "", 1),
		"a column less": strings.Replace(golden, "完成时间", "时间", 1),
	} {
		if rows, err := parseBill(text, seller); err == nil {
			t.Errorf("%s: %+v", name, rows)
		}
	}
	odd, err := parseBill(strings.Replace(golden, "A1\t,交易", "A1\t,新业务", 1), seller)
	if err != nil || odd[0].State != transactions.Unknown || odd[0].RespCode == "" {
		t.Errorf("%+v, %v", odd, err)
	}
}

func billing(t *testing.T) (*standIn, Settings, sources.Query) {
	t.Helper()
	s, address := serve(t)
	s.bills["2026-11-21"] = packed(t, golden)
	set := settings(t, address)
	set.BillDays = 3
	q := query()
	q.From, q.To = transactions.Date{Year: 2026, Month: 11, Day: 10}.Start(), now.AddDate(0, 0, 1)
	return s, set, q
}

// A day that is over is told of without any number being known.
func TestBillsTellTheSalesOfADay(t *testing.T) {
	t.Parallel()
	s, set, q := billing(t)
	c := open(t, set)
	for range 2 {
		rows, err := c.Fetch(t.Context(), q)
		if err != nil || len(rows.Transactions) != 4 || rows.AllSales {
			t.Fatalf("%+v, %v", rows, err)
		}
		wiretest.Rows(t, rows, billedNo)
	}
	var days []string
	for _, v := range s.asked {
		days = append(days, v.Get("biz_content"))
	}
	slices.Sort(days)
	// Three days the first time; the two that have no bill (yet) again.
	if len(days) != 5 || s.gets != 1 || !strings.Contains(days[0], "2026-11-19") || !strings.Contains(days[4], "2026-11-21") {
		t.Errorf("asked %q, %d packages", days, s.gets)
	}
	early := q
	early.Now = transactions.Date{Year: 2026, Month: 11, Day: 22}.Start().Add(9 * 3600e9) // made by 10:00 only
	if rows, err := open(t, set).Fetch(t.Context(), early); err != nil || len(rows.Transactions) != 0 {
		t.Errorf("%+v, %v", rows, err)
	}
}

// The ledger's numbers stay, and what was asked just now beats the bill.
func TestBillsJoinWhatIsKnown(t *testing.T) {
	t.Parallel()
	s, set, q := billing(t)
	s.say["A2"] = `{"code":"10000","msg":"Success","trade_no":"` + refundedNo + `","out_trade_no":"A2","trade_status":"TRADE_CLOSED","total_amount":"55.00","send_pay_date":"2026-11-21 14:30:02"}`
	q.Known = []transactions.Transaction{
		{ID: "A2", Channel: transactions.Alipay, Kind: transactions.Sale, State: transactions.Success, AmountFen: 5500, Time: now.AddDate(0, 0, -1)},
		{ID: closedNo, RRN: "A3", Channel: transactions.Alipay, State: transactions.Success, RefundState: transactions.PartRefunded, AmountFen: 1000, Time: now.AddDate(0, 0, -1)},
	}
	rows, err := open(t, set).Fetch(t.Context(), q)
	if err != nil || len(rows.Transactions) != 4 {
		t.Fatalf("%+v, %v", rows, err)
	}
	if a2 := wiretest.Rows(t, rows, "A2"); a2.RefundState != transactions.RefundedState || a2.AmountFen != 5500 {
		t.Errorf("%+v", a2)
	}
	if back := wiretest.Rows(t, rows, refundedNo+"-TK1"); back.OrigID != "A2" {
		t.Errorf("%+v", back)
	}
	if a3 := wiretest.Rows(t, rows, closedNo); a3.RefundState != "" { // the ledger knows more than the bill
		t.Errorf("%+v", a3)
	}
}

func TestBillTroubles(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *standIn){
		"a page":         func(s *standIn) { s.bills["2026-11-21"] = []byte("<html>下载超时</html>") },
		"half a package": func(s *standIn) { s.bills["2026-11-21"] = s.bills["2026-11-21"][:200] },
		"only a summary": func(s *standIn) { s.bills["2026-11-21"] = packed(s.t, "#支付宝业务汇总查询") },
		"another account's": func(s *standIn) {
			s.bills["2026-11-21"] = packed(s.t, strings.ReplaceAll(golden, seller, "2088999999999999"))
		},
		"another host":   func(s *standIn) { s.url = "http://127.0.0.1:1" },
		"another scheme": func(s *standIn) { s.url = "file:///etc" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, set, q := billing(t)
			change(s)
			wiretest.Failed(t, name, fetchErr(t.Context(), open(t, set), q), []string{token}, sources.KindGarbage)
		})
	}
	// An address that nobody signed is not asked.
	s, set, q := billing(t)
	s.forge = func(body *string) { *body = strings.Replace(*body, "downloadBillFile", "downloadOtherFile", 1) }
	wiretest.Failed(t, "forged", fetchErr(t.Context(), open(t, set), q), nil, sources.KindSignature)
	s.change(func(s *standIn) {
		if s.gets != 0 {
			t.Error("the forged address was asked")
		}
	})
	// doctor finds out whether bills may be asked for.
	s.change(func(s *standIn) { s.forge = nil })
	if h, err := open(t, set).Check(t.Context()); err != nil || !strings.Contains(h.Note, "账单") {
		t.Errorf("%+v, %v", h, err)
	}
	s.change(func(s *standIn) { s.forbidden = true })
	_, err := open(t, set).Check(t.Context())
	wiretest.Failed(t, "no permission", err, nil, sources.KindRefused)
	set.SubMerchants = indirect
	if bad := check(set); len(bad) != 1 || !strings.Contains(bad[0].Error(), "bill_days") {
		t.Errorf("%v", bad)
	}
}

func FuzzBill(f *testing.F) {
	f.Add(golden)
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := parseBill(text, seller)
		for _, r := range rows {
			if err != nil || r.ID == "" || r.Time.IsZero() || r.State == "" || r.State == transactions.Success && r.AmountFen <= 0 {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}
