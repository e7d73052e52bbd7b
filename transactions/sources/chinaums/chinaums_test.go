package chinaums

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
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
	appID, appKey = "app0of0the0tests", "key-of-the-tests-and-nowhere-else"
	merchant, tid = "898201612345678", "88880001"
	order         = "3194DAOZHANG20261121150327"
	ownOrder      = "20261121150327012345678901" // 银联商务's, 26 digits
)

var now = time.Date(2026, 11, 22, 15, 0, 0, 0, transactions.Shanghai) //nolint:gochecknoglobals // read-only

// standIn answers as the open platform does.
type standIn struct {
	t     *testing.T
	mu    sync.Mutex
	say   map[string]string // order number → answer
	sign  func(body string) string
	asked []string
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, string(body))
	m := openBodySig.FindStringSubmatch(r.Header.Get("Authorization"))
	var q struct {
		MsgID, RequestTimestamp, Mid, Tid, InstMid, MerOrderID string
		MerchantCode, TerminalCode, MerchantOrderID            string
		OriginalOrderID                                        string
	}
	answer, ok := "", false
	switch {
	case m == nil || m[1] != appID || len(m[2]) != 14 || len(m[3]) != 32 || m[4] != signature(appID, appKey, m[2], m[3], body):
		answer = `{"errCode":"1003","errMsg":"ECHO 签名校验失败"}`
	case json.Unmarshal(body, &q) != nil:
		answer = `{"errCode":"BAD_REQUEST","errMsg":"ECHO"}`
	case r.URL.Path == netpayPath && q.Mid == merchant && q.Tid == tid && q.InstMid == "H5DEFAULT" && q.RequestTimestamp != "" && q.MsgID != "":
		if answer, ok = s.say[q.MerOrderID]; !ok {
			answer = `{"errCode":"NO_ORDER","errMsg":"订单不存在"}`
		}
	case r.URL.Path == "/v2/poslink/transaction/query" && q.MerchantCode == merchant && q.TerminalCode == tid:
		if answer, ok = s.say[q.OriginalOrderID+q.MerchantOrderID]; !ok {
			answer = `{"errCode":"33","errInfo":"无法找到原交易"}`
		}
	default:
		answer = `{"errCode":"NO_ORDER","errMsg":"订单不存在","errInfo":"订单不存在"}`
	}
	if s.sign != nil {
		w.Header().Set("Authorization", s.sign(answer))
	}
	_, _ = io.WriteString(w, answer)
}

// netpayGolden is the document's example with our numbers.
func netpayGolden(status string) string {
	return `{"payTime":"2026-11-21 15:03:27","paySeq":"11123456789N","invoiceAmount":12300,"settleDate":"2026-11-21","buyerId":"oUpF8uE150tsN4W00ieTusZcK70s",` +
		`"totalAmount":12300,"couponAmount":0,"bankCardNo":"621700******4821","buyerPayAmount":12300,"targetOrderId":"4200001212202109078945008028",` +
		`"errCode":"SUCCESS","merOrderId":"` + order + `","status":"` + status + `","targetSys":"WXPay","refId":"17102134567N","mid":"` + merchant + `","tid":"` + tid + `"}`
}

func poslinkGolden(code string) string {
	return `{"errCode":"00","errInfo":"查询成功","originalTransactionTime":"20261121150327","queryResCode":"` + code + `","originalPayCode":"13022312",` +
		`"originalBatchNo":"000001","originalSystemTraceNum":"100119","originalRetrievalRefNum":"17102134567N","originalTransactionAmount":12300,` +
		`"merchantOrderId":"` + order + `","orderId":"` + ownOrder + `","thirdPartyName":"支付宝钱包支付","thirdPartyBuyerId":"2088502000000000"}`
}

func serve(t *testing.T) (*standIn, string) {
	t.Helper()
	s := &standIn{t: t, say: map[string]string{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, srv.URL
}

func settings(url, product string) Settings {
	return Settings{
		BaseURL: url, Product: product, AppID: appID, AppKey: appKey, InstMid: "H5DEFAULT", PoslinkPath: "/v2/poslink/transaction/query",
		MaxOrders: 20, CheckMid: merchant, CheckTid: tid,
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
	return transactions.Transaction{ID: id, Channel: transactions.WeChat, Terminal: tid, AmountFen: 1, Time: now.AddDate(0, 0, -1)}
}

func query(known ...transactions.Transaction) sources.Query {
	return sources.Query{
		Merchant: transactions.Merchant{MerchantNo: merchant, Terminals: []string{"88880000", tid}}, RemoteNo: merchant, Now: now,
		From: now.AddDate(0, 0, -2), To: now, Known: known,
	}
}

func fetch(ctx context.Context, t *testing.T, product, answer string, q sources.Query) (sources.Rows, error) {
	t.Helper()
	s, url := serve(t)
	s.say[order] = answer
	return open(t, settings(url, product)).Fetch(ctx, q) //nolint:wrapcheck // a test looks at it
}

// The example of the open platform's document of OPEN-BODY-SIG.
func TestSignatureOfTheDocument(t *testing.T) {
	t.Parallel()
	got := signature("12345678901234567890123456789012", "67890123456789012345678901234567", "20170101120000", "09876543210987654321098765432109", []byte("A"))
	if got != "GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=" {
		t.Errorf("the signature is %s", got)
	}
}

func TestGoldenQuestions(t *testing.T) {
	t.Parallel()
	for product, want := range map[string]string{
		Netpay:  `{"msgId":"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn","requestTimestamp":"2026-11-22 15:00:00","mid":"898201612345678","tid":"88880001","instMid":"H5DEFAULT","merOrderId":"3194DAOZHANG20261121150327"}`,
		Poslink: `{"merchantCode":"898201612345678","terminalCode":"88880001","merchantOrderId":"3194DAOZHANG20261121150327"}`,
	} {
		s, url := serve(t)
		if _, err := open(t, settings(url, product)).Fetch(t.Context(), query(sale(order))); err != nil {
			t.Fatal(err)
		}
		if len(s.asked) != 1 || s.asked[0] != want {
			t.Errorf("%s: asked\n%s, want\n%s", product, s.asked, want)
		}
	}
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	for _, product := range []string{Netpay, Poslink} {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			wiretest.Troubles(t, wiretest.Case{
				New:   func(t *testing.T, url string) sources.Connector { return open(t, settings(url, product)) },
				Query: query(sale(order)), Secrets: []string{appKey, "OPEN-BODY-SIG", "Signature="},
			})
		})
	}
}

func TestEveryNetpayStatus(t *testing.T) {
	t.Parallel()
	want := map[string][3]string{
		"NEW_ORDER": {transactions.Pending}, "WAIT_BUYER_PAY": {transactions.Pending}, "UNKNOWN": {transactions.Unknown},
		"TRADE_SUCCESS": {transactions.Success}, "TRADE_REFUND": {transactions.Success, transactions.RefundAccepted},
		"TRADE_CLOSED": {transactions.Success, transactions.RefundedState}, // it has a time of payment
		"SETTLED!":     {transactions.Unknown, "", "SETTLED"}, "": {transactions.Unknown},
	}
	if len(want) != len(netpayStates)+2 {
		t.Error("a status was added: add it here")
	}
	for status, w := range want {
		rows, err := fetch(t.Context(), t, Netpay, netpayGolden(status), query(sale(order)))
		if err != nil {
			t.Fatal(err)
		}
		got := wiretest.Rows(t, rows, order)
		if got.State != w[0] || got.RefundState != w[1] || got.RespCode != w[2] {
			t.Errorf("%q: %s %s %s, want %q", status, got.State, got.RefundState, got.RespCode, w)
		}
		if got.AmountFen != 12300 || got.Channel != transactions.WeChat || got.RRN != "17102134567N" || got.CardLast4 != "4821" ||
			got.ClearingDate.String() != "2026-11-21" || !got.Time.Equal(time.Date(2026, 11, 21, 15, 3, 27, 0, transactions.Shanghai)) || strings.Contains(got.PayerRef, "oUpF8") {
			t.Errorf("%q: %+v", status, got)
		}
	}
	unpaid := strings.Replace(netpayGolden("TRADE_CLOSED"), `"payTime":"2026-11-21 15:03:27",`, "", 1)
	if rows, err := fetch(t.Context(), t, Netpay, unpaid, query(sale(order))); err != nil || wiretest.Rows(t, rows, order).State != transactions.Closed {
		t.Errorf("closed before payment: %+v, %v", rows, err)
	}
	q := query() // an order that nobody paid and the ledger does not know
	q.Reference = order
	if rows, err := fetch(t.Context(), t, Netpay, unpaid, q); err != nil || len(rows.Transactions) != 0 {
		t.Errorf("an unpaid order: %+v, %v", rows, err)
	}
	if rows, err := fetch(t.Context(), t, Netpay, netpayGolden("TRADE_SUCCESS"), q); err != nil || wiretest.Rows(t, rows, order).State != transactions.Success {
		t.Errorf("the number alone: %+v, %v", rows, err)
	}
}

// What the ledger knows better of a refund stays.
func TestAKnownRefundIsNotSetBack(t *testing.T) {
	t.Parallel()
	k := sale(order)
	k.RefundState = transactions.RefundedState
	rows, err := fetch(t.Context(), t, Netpay, netpayGolden("TRADE_REFUND"), query(k))
	if err != nil || wiretest.Rows(t, rows, order).RefundState != "" {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestEveryPoslinkCode(t *testing.T) {
	t.Parallel()
	want := map[string][3]string{
		"0": {transactions.Success}, "1": {transactions.Unknown}, "2": {transactions.Voided}, "3": {transactions.Success, transactions.RefundedState},
		"4": {transactions.Reversed}, "5": {transactions.Failed}, "FF": {transactions.Unknown},
		"5余额不足": {transactions.Failed}, "9": {transactions.Unknown, "", "9"}, "": {transactions.Unknown},
	}
	if len(want) != len(poslinkStates)+3 {
		t.Error("a code was added: add it here")
	}
	for code, w := range want {
		rows, err := fetch(t.Context(), t, Poslink, poslinkGolden(code), query(sale(order)))
		if err != nil {
			t.Fatal(err)
		}
		got := wiretest.Rows(t, rows, order)
		if got.State != w[0] || got.RefundState != w[1] || got.RespCode != w[2] {
			t.Errorf("%q: %s %s %s, want %q", code, got.State, got.RefundState, got.RespCode, w)
		}
		if got.AmountFen != 12300 || got.Channel != transactions.Alipay || got.RRN != "17102134567N" || got.STAN != "100119" || got.BatchNo != "000001" ||
			!got.Time.Equal(time.Date(2026, 11, 21, 15, 3, 27, 0, transactions.Shanghai)) {
			t.Errorf("%q: %+v", code, got)
		}
	}
	part := strings.Replace(poslinkGolden("3"), `"errCode"`, `"refundedAmount":100,"errCode"`, 1)
	if rows, err := fetch(t.Context(), t, Poslink, part, query(sale(order))); err != nil || wiretest.Rows(t, rows, order).RefundState != transactions.PartRefunded {
		t.Errorf("a part: %+v, %v", rows, err)
	}
	old := strings.NewReplacer(`"originalTransactionTime":"20261121150327"`, `"originalTransactionTime":"150327"`,
		"originalRetrievalRefNum", "origialRetrievalRefNum").Replace(poslinkGolden("0"))
	rows, err := fetch(t.Context(), t, Poslink, old, query(sale(order)))
	if got := wiretest.Rows(t, rows, order); err != nil || !got.Time.Equal(sale("").Time) || got.RRN != "17102134567N" {
		t.Errorf("the older version: %+v, %v", got, err)
	}
}

func TestPoslinkByTheirNumber(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say[ownOrder] = poslinkGolden("0")
	q := query()
	q.Reference = ownOrder
	rows, err := open(t, settings(url, Poslink)).Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Rows(t, rows, order)
}

func TestNetpayAnswers(t *testing.T) {
	t.Parallel()
	good := netpayGolden("TRADE_SUCCESS")
	for body, kind := range map[string]sources.FailureKind{
		`{"errCode":"NO_ORDER","errMsg":"x"}`: "", `{"errCode":"99999","errMsg":"查无此单"}`: "",
		`{"errCode":"NET_ERROR","errMsg":"x"}`:                       sources.KindDown,
		`{"errCode":"INTERNAL_ERROR","errMsg":"x"}`:                  sources.KindDown,
		`{"errCode":"TARGET_FAIL","errMsg":"x"}`:                     sources.KindDown,
		`{"errCode":"NEW_CODE","errMsg":"系统异常"}`:                     sources.KindDown,
		`{"errCode":"NO_MERCHANT","errMsg":"商户不存在"}`:                 sources.KindRefused,
		`{"errCode":"BAD_REQUEST","errMsg":"ECHO"}`:                  sources.KindRefused,
		strings.Replace(good, "12300,\"coupon", "123.00,\"x", 1):     sources.KindGarbage,
		strings.Replace(good, `"totalAmount":12300`, `"x":1`, 1):     sources.KindGarbage,
		strings.Replace(good, order, order+"1", 1):                   sources.KindGarbage,
		strings.Replace(good, merchant, "898201612345679", 1):        sources.KindGarbage,
		strings.Replace(good, "2026-11-21 15:03:27", "15:03", 1):     sources.KindGarbage,
		strings.Replace(good, `"2026-11-21","b`, `"20261121","b`, 1): sources.KindGarbage,
	} {
		rows, err := fetch(t.Context(), t, Netpay, body, query(sale(order)))
		if kind == "" {
			if err != nil || len(rows.Transactions) != 0 {
				t.Errorf("%s: %+v, %v", body, rows, err)
			}
			continue
		}
		wiretest.Failed(t, body, err, []string{appKey, "ECHO", "系统异常"}, kind)
	}
	rows, err := fetch(t.Context(), t, Netpay, `{"errCode":"ORDER_PROCESSING"}`, query(sale(order)))
	if err != nil || wiretest.Rows(t, rows, order).State != transactions.Pending || rows.AllSales {
		t.Errorf("still being processed: %+v, %v", rows, err)
	}
}

func TestPoslinkAnswers(t *testing.T) {
	t.Parallel()
	good := poslinkGolden("0")
	for body, kind := range map[string]sources.FailureKind{
		`{"errCode":"NO_ORDER"}`: "", `{"errCode":"25","errInfo":"原交易不存在"}`: "",
		`{"errCode":"06","errInfo":"系统错误"}`:                                  sources.KindDown,
		`{"errCode":"03","errInfo":"商户不存在"}`:                                 sources.KindRefused,
		strings.NewReplacer(order, "x", ownOrder, "y").Replace(good):         sources.KindGarbage,
		strings.Replace(good, "20261121150327\",\"q", "2026-11-21\",\"q", 1): sources.KindGarbage,
		strings.Replace(good, `12300,"m`, `0,"m`, 1):                         sources.KindGarbage,
		strings.Replace(good, `12300,"m`, `"1e3","m`, 1):                     sources.KindGarbage,
	} {
		rows, err := fetch(t.Context(), t, Poslink, body, query(sale(order)))
		if kind == "" {
			if err != nil || len(rows.Transactions) != 0 {
				t.Errorf("%s: %+v, %v", body, rows, err)
			}
			continue
		}
		wiretest.Failed(t, body, err, []string{appKey, "系统错误"}, kind)
	}
}

func TestWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	card, refund := sale(order), sale(order+"R")
	card.Channel, refund.Kind = transactions.Card, transactions.Refund
	for _, product := range []string{Netpay, Poslink} {
		s, url := serve(t)
		rows, err := open(t, settings(url, product)).Fetch(t.Context(), query(card, refund, sale("带汉字的"), sale(strings.Repeat("9", 65))))
		if err != nil || len(rows.Transactions) != 0 || len(s.asked) != 0 {
			t.Errorf("%s: %+v, %v, asked %q", product, rows, err, s.asked)
		}
	}
}

// A signature that comes must fit, and may be asked for.
func TestSignedAnswers(t *testing.T) {
	t.Parallel()
	header := func(id, key, nonce string) func(string) string {
		return func(body string) string {
			return `OPEN-BODY-SIG AppId="` + id + `", Timestamp="20261122150000", Nonce="` + nonce + `", Signature="` + signature(appID, key, "20261122150000", "abc", []byte(body)) + `"`
		}
	}
	for name, c := range map[string]struct {
		sign    func(string) string
		require bool
		ok      bool
	}{
		"good": {header(appID, appKey, "abc"), true, true}, "good, not asked for": {header(appID, appKey, "abc"), false, true},
		"none": {nil, false, true}, "none, asked for": {nil, true, false},
		"another key": {header(appID, "x", "abc"), false, false}, "another app": {header("x", appKey, "abc"), false, false},
		"another nonce": {header(appID, appKey, "abd"), false, false},
		"nonsense":      {func(string) string { return "Bearer x" }, false, false},
	} {
		s, url := serve(t)
		s.say[order], s.sign = netpayGolden("TRADE_SUCCESS"), c.sign
		set := settings(url, Netpay)
		set.RequireSignature = c.require
		_, err := open(t, set).Fetch(t.Context(), query(sale(order)))
		if c.ok != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		if !c.ok {
			wiretest.Failed(t, name, err, []string{appKey}, sources.KindSignature)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, product := range []string{Netpay, Poslink} {
		_, url := serve(t)
		set := settings(url, product)
		h, err := open(t, set).Check(t.Context())
		if err != nil || h.Signed || !h.SkewKnown || h.Note == "" {
			t.Errorf("%s: %+v, %v", product, h, err)
		}
		set.AppKey = "THEWRONGKEY"
		_, err = open(t, set).Check(t.Context())
		wiretest.Failed(t, "the wrong key", err, []string{set.AppKey, "ECHO"}, sources.KindRefused)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := settings("https://api-mop.chinaums.com", Netpay)
	for name, spoil := range map[string]func(*Settings){
		"base_url": func(s *Settings) { s.BaseURL = "http://api-mop.chinaums.com" }, "app_id": func(s *Settings) { s.AppID = `a"b` },
		"app_key": func(s *Settings) { s.AppKey = "" }, "inst_mid": func(s *Settings) { s.InstMid = "" },
		"poslink_path": func(s *Settings) { s.Product, s.PoslinkPath = Poslink, "" }, "product": func(s *Settings) { s.Product = "x" },
		"max_orders": func(s *Settings) { s.MaxOrders = 0 }, "check_mid": func(s *Settings) { s.CheckTid = "" },
	} {
		s := good
		spoil(&s)
		if bad := check(s); len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), name) {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

// Whatever an answer says: a success has an amount and a time.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(netpayGolden("TRADE_CLOSED")))
	f.Add([]byte(poslinkGolden("5x")))
	f.Add([]byte(`{"totalAmount":"-1","status":"TRADE_SUCCESS","payTime":"2026-11-21 15:03:27","originalTransactionTime":150327}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var a netpayAnswer
		var p poslinkAnswer
		var rows []transactions.Transaction
		if json.Unmarshal(b, &a) == nil {
			if r, err := a.rows(wire.Order{Number: order}); err == nil {
				rows = append(rows, r...)
			}
		}
		if json.Unmarshal(b, &p) == nil {
			if r, err := p.rows(wire.Order{Number: order}); err == nil {
				rows = append(rows, r...)
			}
		}
		for _, r := range rows {
			if r.Time.IsZero() || r.State == "" || r.State == transactions.Success && r.AmountFen <= 0 || len(r.RespCode) > 40 || len(r.CardLast4) > 4 {
				t.Errorf("%s: %+v", b, r)
			}
		}
	})
}
