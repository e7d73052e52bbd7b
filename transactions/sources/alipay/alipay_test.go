package alipay

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
	"daozhang/transactions/sources/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appID, seller   = "2014072300007148", "2088101117955611"
	outNo, tradeNo  = "6823789339978248", "2026112122001004330000121536"
	token           = "202611BBSECRETTOKEN000"
	goldenTradeJSON = `{"code":"10000","msg":"Success","trade_no":"` + tradeNo + `","out_trade_no":"` + outNo + `","buyer_logon_id":"159****5620",` +
		`"trade_status":"TRADE_SUCCESS","total_amount":"88.88","receipt_amount":"15.25","buyer_pay_amount":"8.88","point_amount":"10.00","invoice_amount":"12.11",` +
		`"send_pay_date":"2026-11-21 15:45:57","store_id":"NJ_S_001","terminal_id":"NJ_T_001","fund_bill_list":[{"fund_channel":"BANKCARD","fund_type":"DEBIT_CARD","amount":"88.88","real_amount":88.88}],` +
		`"buyer_user_id":"2088101117955612","buyer_user_type":"PRIVATE"}`
)

var now = time.Date(2026, 11, 22, 15, 0, 0, 0, transactions.Shanghai) //nolint:gochecknoglobals // read-only

// standIn answers as the gateway does: every question's signature is checked,
// answers are signed; what it says about a bad signature is not.
type standIn struct {
	t     *testing.T
	mu    sync.Mutex
	say   map[string]string // method and number → answer
	forge func(body *string)
	asked []url.Values
	bills map[string][]byte // day → package
	url   string
	gets  int // packages asked for

	forbidden bool // bills
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodGet {
		s.gets++
		_, _ = w.Write(s.bills[r.URL.Query().Get("bizDates")])
		return
	}
	body, _ := io.ReadAll(r.Body)
	v, err := url.ParseQuery(string(body))
	if err != nil {
		s.t.Error(err)
	}
	s.asked = append(s.asked, v)
	field := strings.ReplaceAll(v.Get("method"), ".", "_") + "_response"
	var pairs []string
	for k := range v {
		if k != "sign" {
			pairs = append(pairs, k+"="+v.Get(k))
		}
	}
	slices.Sort(pairs)
	if wire.Verify(wiretest.Public(s.t, "ours.pub"), []byte(strings.Join(pairs, "&")), v.Get("sign")) != nil || v.Get("app_id") != appID || v.Get("sign_type") != "RSA2" {
		_, _ = io.WriteString(w, `{"`+field+`":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature","sub_msg":"ECHO 验签出错"}}`)
		return
	}
	var biz struct {
		Out     string `json:"out_trade_no"`
		No      string `json:"trade_no"`
		Request string `json:"out_request_no"`
		Type    string `json:"bill_type"`
		Date    string `json:"bill_date"`
	}
	if err := json.Unmarshal([]byte(v.Get("biz_content")), &biz); err != nil {
		s.t.Error(err)
	}
	answer, ok := s.say[biz.Out+biz.No+biz.Request]
	if !ok {
		answer = `{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST","sub_msg":"交易不存在","out_trade_no":"` + biz.Out + `"}`
	}
	if biz.Date != "" {
		answer = `{"code":"40004","msg":"Business Failed","sub_code":"isp.bill_not_exist","sub_msg":"ECHO 账单不存在"}`
		if s.bills[biz.Date] != nil && biz.Type == "trade" && v.Get("app_auth_token") == token {
			answer = `{"code":"10000","msg":"Success","bill_download_url":"` + s.url + `/downloadBillFile.resource?bizType=trade&bizDates=` + biz.Date + `"}`
		}
	}
	if biz.Date != "" && s.forbidden {
		answer = `{"code":"40006","msg":"Insufficient Permissions","sub_code":"isv.insufficient-isv-permissions","sub_msg":"ECHO 权限不足"}`
	}
	sig, err := wire.Sign(wiretest.Private(s.t, "theirs.key"), []byte(answer))
	if err != nil {
		s.t.Error(err)
	}
	out := `{"` + field + `":` + answer + `,"sign":"` + sig + `"}`
	if s.forge != nil {
		s.forge(&out)
	}
	_, _ = io.WriteString(w, out)
}

// change changes the stand-in between questions: the answer to the last one may
// have arrived before its handler ended.
func (s *standIn) change(f func(s *standIn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

func serve(t *testing.T) (*standIn, string) {
	t.Helper()
	s := &standIn{t: t, say: map[string]string{}, bills: map[string][]byte{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s, srv.URL + "/gateway.do"
}

func settings(t *testing.T, address string) Settings {
	return Settings{
		BaseURL: address, AppID: appID, PrivateKey: wiretest.PEM(t, "ours.key"), AlipayPublicKey: wiretest.PEM(t, "theirs.pub"),
		SellerID: seller, AppAuthToken: token, MaxOrders: 20,
	}
}

func open(t *testing.T, s Settings) sources.Connector {
	t.Helper()
	if bad := check(s); len(bad) > 0 {
		t.Fatal(bad)
	}
	c, err := build(s, wiretest.Deps(now))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sale(id string) transactions.Transaction {
	return transactions.Transaction{ID: id, Channel: transactions.Alipay, AmountFen: 1, Time: now.AddDate(0, 0, -1)}
}

func query(known ...transactions.Transaction) sources.Query {
	return sources.Query{Merchant: transactions.Merchant{MerchantNo: "8221"}, RemoteNo: seller, Now: now, From: now.AddDate(0, 0, -2), To: now, Known: known}
}

func fetchErr(ctx context.Context, c sources.Connector, q sources.Query) error {
	_, err := c.Fetch(ctx, q)
	return err
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	wiretest.Troubles(t, wiretest.Case{
		New:   func(t *testing.T, url string) sources.Connector { return open(t, settings(t, url)) },
		Query: query(sale(outNo)), Secrets: []string{wiretest.PEM(t, "ours.key"), token, "biz_content", "sign="},
	})
}

func TestGoldenQuestionAndAnswer(t *testing.T) {
	t.Parallel()
	s, address := serve(t)
	s.say[outNo] = goldenTradeJSON
	rows, err := open(t, settings(t, address)).Fetch(t.Context(), query(sale(outNo)))
	if err != nil {
		t.Fatal(err)
	}
	v := s.asked[0]
	if v.Get("biz_content") != `{"out_trade_no":"`+outNo+`","query_options":["fund_bill_list"]}` || v.Get("method") != "alipay.trade.query" ||
		v.Get("charset") != "utf-8" || v.Get("version") != "1.0" || v.Get("app_auth_token") != token {
		t.Errorf("asked %v", v)
	}
	got := wiretest.Rows(t, rows, outNo)
	if got.AmountFen != 8888 || got.State != transactions.Success || got.Channel != transactions.Alipay || got.CardKind != transactions.Debit ||
		!got.Time.Equal(time.Date(2026, 11, 21, 15, 45, 57, 0, transactions.Shanghai)) || got.PayerRef == "" || strings.Contains(got.PayerRef, "2088") {
		t.Errorf("%+v", got)
	}
}

func TestEveryState(t *testing.T) {
	t.Parallel()
	for state, want := range map[string][3]string{
		"WAIT_BUYER_PAY": {transactions.Pending}, "TRADE_SUCCESS": {transactions.Success}, "TRADE_FINISHED": {transactions.Success},
		"TRADE_CLOSED": {transactions.Success, transactions.RefundedState}, "TRADE_NEW": {transactions.Unknown, "", "TRADE_NEW"},
	} {
		s, address := serve(t)
		s.say[outNo] = strings.Replace(goldenTradeJSON, "TRADE_SUCCESS", state, 1)
		rows, err := open(t, settings(t, address)).Fetch(t.Context(), query(sale(outNo)))
		if err != nil {
			t.Fatal(err)
		}
		if got := wiretest.Rows(t, rows, outNo); got.State != want[0] || got.RefundState != want[1] || got.RespCode != want[2] {
			t.Errorf("%s: %+v, want %q", state, got, want)
		}
	}
	s, address := serve(t) // closed without ever having been paid
	s.say[outNo] = strings.Replace(strings.Replace(goldenTradeJSON, "TRADE_SUCCESS", "TRADE_CLOSED", 1), `"send_pay_date":"2026-11-21 15:45:57",`, "", 1)
	rows, err := open(t, settings(t, address)).Fetch(t.Context(), query(sale(outNo)))
	if err != nil {
		t.Fatal(err)
	}
	if got := wiretest.Rows(t, rows, outNo); got.State != transactions.Closed || got.RefundState != "" || !got.Time.Equal(now.AddDate(0, 0, -1)) {
		t.Errorf("%+v", got)
	}
}

func TestFindsByEitherNumber(t *testing.T) {
	t.Parallel()
	s, address := serve(t)
	s.say[tradeNo] = goldenTradeJSON
	c := open(t, settings(t, address))
	q := query()
	q.Reference = tradeNo
	rows, err := c.Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Rows(t, rows, outNo)
	if rows, err = c.Fetch(t.Context(), query(sale(tradeNo))); err != nil {
		t.Fatal(err)
	}
	wiretest.Rows(t, rows, tradeNo)
	if rows, err = c.Fetch(t.Context(), query(sale("NOT0THERE"))); err != nil || len(rows.Transactions) != 0 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestRefund(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"code":"10000","out_request_no":"R1","out_trade_no":"` + outNo + `","trade_no":"` + tradeNo + `","refund_amount":"8.80","refund_status":"REFUND_SUCCESS","gmt_refund_pay":"2026-11-22 08:00:00"}`: transactions.Success,
		`{"code":"10000","out_request_no":"R1","out_trade_no":"` + outNo + `","refund_amount":"8.80"}`:                                                                                                      transactions.Unknown,
		`{"code":"10000","out_request_no":"R1","out_trade_no":"` + outNo + `","refund_amount":"8.80","refund_status":"REFUND_X"}`:                                                                           transactions.Unknown,
		`{"code":"10000"}`: "",
	} {
		s, address := serve(t)
		s.say[outNo+"R1"] = answer
		r := transactions.Transaction{ID: "R1", OrigID: outNo, Kind: transactions.Refund, Channel: transactions.Alipay, AmountFen: 880, Time: now}
		rows, err := open(t, settings(t, address)).Fetch(t.Context(), query(r))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if len(rows.Transactions) != 0 {
				t.Errorf("%+v", rows)
			}
			continue
		}
		if got := wiretest.Rows(t, rows, "R1"); got.State != want || got.AmountFen != 880 || got.OrigID != outNo || got.Kind != transactions.Refund {
			t.Errorf("%s: %+v", answer, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for answer, kind := range map[string]sources.FailureKind{
		`{"code":"20000","msg":"Service Unavailable","sub_code":"isp.unknow-error","sub_msg":"ECHO"}`: sources.KindDown,
		`{"code":"40004","msg":"Business Failed","sub_code":"ACQ.SYSTEM_ERROR","sub_msg":"ECHO"}`:     sources.KindDown,
		`{"code":"40005","msg":"Call Limited","sub_code":"isv.app-call-limited","sub_msg":"ECHO"}`:    sources.KindLimited,
		`{"code":"40006","msg":"Permissions","sub_code":"isv.insufficient-isv-permissions"}`:          sources.KindRefused,
		`{"code":"20001","msg":"Auth","sub_code":"aop.invalid-app-auth-token"}`:                       sources.KindRefused,
		`{"code":"40004","msg":"Business Failed","sub_code":"ACQ.INVALID_PARAMETER"}`:                 sources.KindRefused,
		`{"msg":"no code"}`: sources.KindGarbage,
		strings.Replace(goldenTradeJSON, outNo, "OTHER", 1):                                            sources.KindGarbage,
		strings.Replace(goldenTradeJSON, `"88.88","receipt`, `"88.885","receipt`, 1):                   sources.KindGarbage,
		strings.Replace(goldenTradeJSON, `"total_amount":"88.88",`, ``, 1):                             sources.KindGarbage,
		strings.Replace(goldenTradeJSON, `"total_amount"`, `"trans_currency":"USD","total_amount"`, 1): sources.KindGarbage,
		strings.Replace(goldenTradeJSON, `2026-11-21 15:45:57`, `21/11/2026`, 1):                       sources.KindGarbage,
	} {
		s, address := serve(t)
		s.say[outNo] = answer
		err := fetchErr(t.Context(), open(t, settings(t, address)), query(sale(outNo)))
		wiretest.Failed(t, answer, err, []string{"ECHO", token, wiretest.PEM(t, "ours.key")}, kind)
	}
}

func TestNothingUnsignedIsBelieved(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(*string){
		"another amount": func(b *string) { *b = strings.Replace(*b, "88.88", "88.89", 1) },
		"no signature":   func(b *string) { *b = (*b)[:strings.LastIndex(*b, `,"sign"`)] + "}" },
		"an empty one":   func(b *string) { *b = (*b)[:strings.LastIndex(*b, `,"sign"`)] + `,"sign":""}` },
		"a stranger's": func(b *string) {
			body := (*b)[strings.Index(*b, ":")+1 : strings.LastIndex(*b, `,"sign"`)]
			sig, _ := wire.Sign(wiretest.Private(t, "strangers.key"), []byte(body))
			*b = (*b)[:strings.LastIndex(*b, `,"sign"`)] + `,"sign":"` + sig + `"}`
		},
		"an unknown certificate": func(b *string) { *b = strings.TrimSuffix(*b, "}") + `,"alipay_cert_sn":"abc"}` },
	} {
		for _, there := range []bool{true, false} {
			s, address := serve(t)
			s.forge = forge
			if there {
				s.say[outNo] = goldenTradeJSON
			} else if name == "another amount" {
				continue
			}
			err := fetchErr(t.Context(), open(t, settings(t, address)), query(sale(outNo)))
			wiretest.Failed(t, name, err, []string{token}, sources.KindSignature)
		}
	}
	for name, text := range map[string]string{
		"null inside": `{"alipay_trade_query_response":null}`, "encrypted": `{"alipay_trade_query_response":"AAAA"}`, "a number": `{"alipay_trade_query_response":7}`,
		"null signed": `{"alipay_trade_query_response":null,"sign":"AAAA"}`, "an error": `{"error_response":null}`,
	} {
		s, address := serve(t)
		s.forge = func(b *string) { *b = text }
		wiretest.Failed(t, name, fetchErr(t.Context(), open(t, settings(t, address)), query(sale(outNo))), nil, sources.KindSignature, sources.KindGarbage)
	}
}

// An acquirer's application sees the trades of all its merchants: only those
// that name the merchant asked about are told.
func TestIndirectMerchantsStayApart(t *testing.T) {
	t.Parallel()
	s, address := serve(t)
	s.say[outNo] = strings.Replace(goldenTradeJSON, `"store_id"`, `"alipay_sub_merchant_id":"2088999","store_id"`, 1)
	set := settings(t, address)
	set.SubMerchants, set.SellerID, set.OrgPID = indirect, "", "2088111"
	c := open(t, set)
	q := query()
	q.Reference, q.RemoteNo = outNo, "2088999"
	rows, err := c.Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Rows(t, rows, outNo)
	q.RemoteNo = "2088888"
	if rows, err = c.Fetch(t.Context(), q); err != nil || len(rows.Transactions) != 0 {
		t.Errorf("another shop's trade: %+v, %v", rows, err)
	}
	r := transactions.Transaction{ID: "R1", OrigID: outNo, Kind: transactions.Refund, Channel: transactions.Alipay, AmountFen: 880, Time: now}
	s.say[outNo+"R1"] = `{"code":"10000","out_request_no":"R1","out_trade_no":"` + outNo + `","refund_amount":"8.80","refund_status":"REFUND_SUCCESS"}`
	q.Reference, q.Known = "", []transactions.Transaction{r}
	if rows, err = c.Fetch(t.Context(), q); err != nil || len(rows.Transactions) != 0 {
		t.Errorf("another shop's refund: %+v, %v", rows, err)
	}
}

func TestAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()
	s, address := serve(t)
	q := query(sale(outNo))
	q.RemoteNo = "2088000000000000"
	wiretest.Failed(t, "another account", fetchErr(t.Context(), open(t, settings(t, address)), q), nil, sources.KindRefused)
	if len(s.asked) != 0 {
		t.Error("asked about another account")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	_, address := serve(t)
	h, err := open(t, settings(t, address)).Check(t.Context())
	if err != nil || !h.Signed || !h.SkewKnown || h.Note == "" {
		t.Errorf("%+v, %v", h, err)
	}
	set := settings(t, address)
	set.PrivateKey = wiretest.PEM(t, "strangers.key")
	h, err = open(t, set).Check(t.Context())
	wiretest.Failed(t, "a stranger's key", err, []string{set.PrivateKey, "ECHO"}, sources.KindRefused)
	if h.Signed {
		t.Error("a refusal was reported as a good signature")
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := settings(t, "https://openapi.alipay.com/gateway.do")
	for name, spoil := range map[string]func(*Settings){
		"base_url": func(s *Settings) { s.BaseURL = "http://openapi.alipay.com/gateway.do" }, "app_id": func(s *Settings) { s.AppID = "" },
		"private_key": func(s *Settings) { s.PrivateKey = "SECRETSECRET" }, "alipay_public_key": func(s *Settings) { s.AlipayPublicKey = "" },
		"app_cert":  func(s *Settings) { s.AlipayPublicKey, s.AlipayCert = "", wiretest.PEM(t, "theirs.crt") },
		"seller_id": func(s *Settings) { s.SellerID = "" }, "sub_merchants": func(s *Settings) { s.SubMerchants = "x" }, "max_orders": func(s *Settings) { s.MaxOrders = 0 },
	} {
		s := good
		spoil(&s)
		if bad := check(s); len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), name) || strings.Contains(bad[0].Error(), "SECRETSECRET") {
			t.Errorf("%s: %v", name, bad)
		}
	}
	certs := good
	certs.AlipayPublicKey, certs.AppCert, certs.AlipayCert, certs.RootCert = "", wiretest.PEM(t, "ours.crt"), wiretest.PEM(t, "theirs.crt"), wiretest.PEM(t, "theirs.crt")
	if bad := check(certs); len(bad) > 0 {
		t.Error(bad)
	}
	line := good // the bare base64 of the platform's tool
	line.PrivateKey = strings.Join(strings.Split(strings.TrimSpace(good.PrivateKey), "\n")[1:28], "")
	line.PrivateKey = strings.ReplaceAll(line.PrivateKey, "-----END PRIVATE KEY-----", "")
	if bad := check(line); len(bad) > 0 {
		t.Error(bad)
	}
}
