package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/transactions"
	"daozhang/transactions/sources/wire"
	"daozhang/transactions/sources/wiretest"
)

// payDesk answers as 汇付 does: questions and answers are signed.
type payDesk struct {
	t    *testing.T
	mu   sync.Mutex
	down bool
	stat string // of the one payout
}

const (
	deskID    = "6666000109133323"
	deskOrder = "202611171400000001"
)

func (p *payDesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var q struct {
		Sign string          `json:"sign"`
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &q) != nil || wire.Verify(wiretest.Public(p.t, "ours.pub"), q.Data, q.Sign) != nil {
		p.t.Errorf("not signed by us: %s", body)
	}
	if p.down {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	answer := `{"resp_code":"23000001","resp_desc":"交易不存在"}`
	switch {
	case strings.HasSuffix(r.URL.Path, "/settlement/query"):
		answer = fmt.Sprintf(`{"resp_code":"00000000","result_count":1,"trans_log_result_list":[{"trans_id":"J1","trans_stat":%q,"huifu_id":%q,"settle_cycle":"T1","card_no":"622202******5678","trans_amt":"874.72","fee_amt":"0.00","trans_date":"20261118"}]}`, p.stat, deskID)
	case strings.Contains(string(q.Data), deskOrder):
		answer = fmt.Sprintf(`{"resp_code":"00000000","huifu_id":%q,"org_req_seq_id":%q,"trans_amt":"880.00","trans_stat":"S","trans_type":"A_MICROPAY","end_time":"20261117140001"}`, deskID, deskOrder)
	}
	sig, err := wire.Sign(wiretest.Private(p.t, "theirs.key"), []byte(answer))
	if err != nil {
		p.t.Error(err)
	}
	_, _ = io.WriteString(w, `{"data":`+answer+`,"sign":"`+sig+`"}`)
}

func (p *payDesk) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// twoShops is a contact with a shop of 钱通 and one of 汇付, each behind its own
// protocol. The ledger has heard of the second shop's sale and payout from a
// file, before it was known what became of them.
func twoShops(t *testing.T) (*shopTalk, *acquirer, *payDesk) {
	t.Helper()
	a := &acquirer{sales: liveSale()}
	a.payouts = []map[string]any{{"id": "B1", "st": "PROCESSING", "net": "4970.00", "gross": "5000.00", "fee": "30.00", "sales": []string{"Q1"}, "acct": "4477"}}
	p := &payDesk{t: t, stat: "P"}
	first, second := httptest.NewServer(a), httptest.NewServer(p)
	t.Cleanup(first.Close)
	t.Cleanup(second.Close)
	indented := func(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", "\n        ") }
	s := newShopTalkWith(t, acquirerConfig(first.URL)+`
    - name: huifu
      kind: huifu
      acquirers: [汇付]
      timeout: 500ms
      base_url: `+second.URL+`
      sys_id: "6666000003100616"
      product_id: MYPAY
      merchant_map: {N2: "`+deskID+`"}
      private_key: |
        `+indented(wiretest.PEM(t, "ours.key"))+`
      public_key: |
        `+indented(wiretest.PEM(t, "theirs.pub"))+`
`)
	noodles := transactions.Merchant{
		MerchantNo: "N2", Acquirer: "汇付", Brand: "汇付", Name: "老李面馆", Status: "NORMAL", Cycle: "T1", Cutoff: "23:00", PayoutBy: "18:00",
		Account: transactions.Account{Last4: "5678", Bank: "工商银行", Class: "I", State: "NORMAL"},
	}
	net, gross, fee := int64(87472), int64(88000), int64(528)
	_, err1 := s.store.UpsertMerchants(t.Context(), nil, []transactions.Merchant{noodles})
	_, err2 := s.store.UpsertBindings(t.Context(), nil, []transactions.BindingRow{{AppID: "wx1", OpenID: "o1", MerchantNo: "N2"}})
	_, err3 := s.store.UpsertTransactions(t.Context(), nil, []transactions.Transaction{{
		ID: deskOrder, MerchantNo: "N2", Channel: "ALIPAY", Kind: "SALE", State: "PENDING", AmountFen: 88000, Time: time.Date(2026, 11, 17, 14, 0, 0, 0, transactions.Shanghai),
	}})
	_, err4 := s.store.UpsertSettlements(t.Context(), nil, []transactions.Settlement{{
		ID: "S1", MerchantNo: "N2", TransactionIDs: []string{deskOrder}, State: "SCHEDULED", Cycle: "T1", GrossFen: &gross, FeeFen: &fee, NetFen: &net,
		DueDate: transactions.Date{Year: 2026, Month: 11, Day: 18}, AccountLast4: "5678",
	}})
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return s, a, p
}

func TestTwoShopsBehindTwoSources(t *testing.T) {
	t.Parallel()
	s, _, p := twoShops(t)
	r := s.say("昨天刷的880怎么没到账")
	if said := words(r); r.Decision.Cause != "SETTLE_PROCESSING" || !slices.Equal(r.Decision.Transactions, []string{deskOrder}) || r.Decision.Due.String() != "2026-11-18" ||
		!strings.Contains(said, "老李面馆") || strings.Contains(said, "查不到") || strings.Contains(said, "5000") {
		t.Fatalf("%s %v\n%s", r.Decision.Cause, r.Decision.Transactions, said)
	}
	// A word for the payout that nobody knows: the sale goes to a person, the
	// other shop's is answered as ever.
	p.set(func() { p.stat = "Z" })
	s.at = s.at.Add(time.Minute)
	if r = s.say("那880到哪一步了"); r.Decision.Cause != "INCONSISTENT" || r.Decision.Handoff == nil || strings.Contains(words(r), "874.72") {
		t.Errorf("%s\n%s", r.Decision.Cause, words(r))
	}
	if r = s.say("昨天刷的5000呢"); r.Decision.Cause != "SETTLE_PROCESSING" || !slices.Equal(r.Decision.Transactions, []string{"Q1"}) {
		t.Errorf("%s\n%s", r.Decision.Cause, words(r))
	}
	p.set(func() { p.stat = "S" }) // and when it is known again, that is told
	s.at = s.at.Add(time.Minute)
	if r = s.say("那880到哪一步了"); r.Decision.Cause != "PAID_NOT_NOTICED" || !strings.Contains(words(r), "874.72元") {
		t.Errorf("%s\n%s", r.Decision.Cause, words(r))
	}
	if log := s.logs.String(); strings.Count(log, "does not list") != 1 || !strings.Contains(log, "state=Z") {
		t.Errorf("logged: %s", log)
	}
}

// The first shop's source is down: the second shop's sale is told all the same.
func TestTwoShopsAndTheFirstSourceIsDown(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"down", "slow", "garbage"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s, a, _ := twoShops(t)
			a.set(func() { a.mode, a.gate = mode, make(chan struct{}) })
			t.Cleanup(func() { close(a.gate) })
			r := s.say("昨天刷的880怎么没到账")
			if said := words(r); r.Decision.Cause != "SETTLE_PROCESSING" || r.Decision.Handoff != nil || r.Status != bot.StatusBot || !strings.Contains(said, "880.00元") ||
				!strings.Contains(said, "“小店”这家店的渠道现在查不到") {
				t.Fatalf("%s\n%s", r.Decision.Cause, said)
			}
			// What the second one does not have is unknown, not absent.
			r = s.say("还有一笔，昨天刷的5000")
			said := words(r)
			if r.Decision.Cause != "LEDGER_UNAVAILABLE" || r.Decision.Handoff == nil || !strings.Contains(said, "“小店”这家店的渠道现在查不到") ||
				strings.Contains(said, "老李") || strings.Contains(said, "请核对") || strings.Contains(said, "11月18日") {
				t.Fatalf("%s\n%s", r.Decision.Cause, said)
			}
			cases, err := s.store.DeskCases(t.Context(), desk.CaseFilter{})
			if err != nil || len(cases) != 1 || cases[0].Reason != "LEDGER_UNAVAILABLE" {
				t.Errorf("%v %+v", err, cases)
			}
			a.set(func() { a.mode = "" })
			s.at = s.at.Add(3 * time.Minute)
			told := ""
			for _, ran := range s.step() {
				told += words(ran)
			}
			if !strings.Contains(told, "恢复了") || !strings.Contains(told, "5000.00元") {
				t.Errorf("back again: %s", told)
			}
			if log := s.logs.String(); strings.Contains(log, acquirerSecret) || strings.Contains(log, deskOrder) {
				t.Errorf("logged: %s", log)
			}
		})
	}
}

// The second one is down: what a file said of its sale is not told as current.
func TestTwoShopsAndTheSecondSourceIsDown(t *testing.T) {
	t.Parallel()
	s, _, p := twoShops(t)
	p.set(func() { p.down = true })
	r := s.say("昨天刷的880怎么没到账")
	if said := words(r); r.Decision.Cause != "LEDGER_UNAVAILABLE" || len(r.Decision.Transactions) != 0 || !strings.Contains(said, "“老李面馆”这家店的渠道现在查不到") ||
		!strings.Contains(said, "其他能查的店里没有") || strings.Contains(said, "874.72") {
		t.Fatalf("%s\n%s", r.Decision.Cause, said)
	}
	if r = s.say("昨天刷的5000怎么没到账"); r.Decision.Cause != "SETTLE_PROCESSING" || !slices.Equal(r.Decision.Transactions, []string{"Q1"}) ||
		!strings.Contains(words(r), "“老李面馆”这家店的渠道现在查不到") {
		t.Errorf("%s\n%s", r.Decision.Cause, words(r))
	}
}

// Alipay answers order by order; its bill of yesterday tells of a sale that
// nobody imported, and it is one sale however often it is asked about.
func TestBillOfYesterdayAnswersThroughTheServer(t *testing.T) {
	t.Parallel()
	const seller, no = "2088101117955611", "2026111722001111111111111111"
	list := "#支付宝业务明细查询\r\n#账号：[" + seller + "0156]\r\n#----业务明细列表----\r\n支付宝交易号,商户订单号,业务类型,完成时间,终端号,订单金额（元）,商家实收（元）,退款批次号/请求号\r\n" +
		no + "\t,A1\t,交易\t,2026-11-17 10:15:00,,328.80,328.80,\r\n#----业务明细列表结束----\r\n"
	raw, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(list))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	f, err := z.Create("list.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(raw)
	_ = z.Close()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = w.Write(packed.Bytes())
			return
		}
		answer := `{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST"}`
		switch content := r.PostFormValue("biz_content"); {
		case strings.Contains(content, "2026-11-17"):
			answer = `{"code":"10000","msg":"Success","bill_download_url":"` + server.URL + `/downloadBillFile.resource"}`
		case strings.Contains(content, "bill_date"):
			answer = `{"code":"40004","msg":"Business Failed","sub_code":"isp.bill_not_exist"}`
		}
		sig, err := wire.Sign(wiretest.Private(t, "theirs.key"), []byte(answer))
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"`+strings.ReplaceAll(r.PostFormValue("method"), ".", "_")+`_response":`+answer+`,"sign":"`+sig+`"}`)
	}))
	t.Cleanup(server.Close)
	indented := func(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", "\n        ") }
	s := newShopTalkWith(t, `
ledger:
  sources:
    - name: alipay
      kind: alipay
      acquirers: [钱通]
      base_url: `+server.URL+`/gateway.do
      app_id: "2014072300007148"
      seller_id: "`+seller+`"
      merchants: [M1]
      merchant_map: {M1: "`+seller+`"}
      bill_days: 3
      private_key: |
        `+indented(wiretest.PEM(t, "ours.key"))+`
      alipay_public_key: |
        `+indented(wiretest.PEM(t, "theirs.pub"))+`
`)
	for range 2 {
		r := s.say("昨天上午支付宝收的328.8怎么没到账")
		if r.Decision.Cause != "CYCLE_NOT_DUE" || !slices.Equal(r.Decision.Transactions, []string{no}) || !strings.Contains(words(r), "328.80元") {
			t.Fatalf("%s %v\n%s\n%s", r.Decision.Cause, r.Decision.Transactions, words(r), s.logs.String())
		}
		s.at = s.at.Add(time.Minute)
	}
	facts, err := s.store.Facts(t.Context(), transactions.Lookup{MerchantNos: []string{"M1"}, From: s.at.AddDate(0, 0, -7), To: s.at})
	if err != nil || len(facts.Transactions) != 1 {
		t.Errorf("%v %+v", err, facts.Transactions)
	}
}
