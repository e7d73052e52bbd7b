package huifu

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
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
	sysID, product, merchant = "6666000003100616", "MYPAY", "6666000109133323"
	reqSeq                   = "202611210442356120"
	hfSeq                    = "0029000topA261121164235P330c0a8200900000"
	goldenTrade              = `{"bank_desc":"TRADE_SUCCESS","debit_type":"C","delay_acct_flag":"N","div_flag":"N","end_time":"20261121164236","huifu_id":"` + merchant +
		`","org_hf_seq_id":"` + hfSeq + `","org_req_date":"20261121","org_req_seq_id":"` + reqSeq +
		`","out_trans_id":"2026112122001478281403316633","resp_code":"00000000","resp_desc":"查询成功","settlement_amt":"490.00","trans_amt":"497.00","trans_stat":"S","trans_type":"A_MICROPAY","wx_user_id":""}`
)

const goldenSignature = "emjVD7JxZgzDxvBTZLuyyYDBMUXo2CCEhC+uC5Yx7uZ8VH6RlixKV8fWvOmDhs5ba5P3O9YToLslf6HFoXNlAcInNY4ULhWzRy4u0sp1UODDq/ml0L90szaHRH8+RRNIkkh3MftN2CHdCPWCApwSGp+PczsdVmuLoSndPpJV9I7PbKZiE0glu2mgmxsYN5aqPAo55fgvBY4RbawBv1u3UX57M3kBhjgsb+anmCw/aR29rJ4t7bEI1m2+y5g5wSLhuJu6F9G0Uc2AwYslwZH2h1oCcjtDYRl2pYNIHIT44boNJb7ExJQTSzeoyIxTnS9EnmFO9BkvMQ49jO2n7dwvFQ=="

var now = time.Date(2026, 11, 22, 15, 0, 0, 0, transactions.Shanghai) //nolint:gochecknoglobals // read-only

// standIn answers as 斗拱 does: only data is signed, on both sides.
type standIn struct {
	t     *testing.T
	mu    sync.Mutex
	say   map[string]string // order number → data
	pages []string          // of the settlement query
	forge func(body *string)
	asked []string // path and data
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var q struct {
		SysID     string          `json:"sys_id"`
		ProductID string          `json:"product_id"`
		Sign      string          `json:"sign"`
		Data      json.RawMessage `json:"data"`
	}
	var d map[string]string
	if json.Unmarshal(body, &q) != nil || json.Unmarshal(q.Data, &d) != nil {
		s.t.Errorf("not a question: %s", body)
	}
	s.asked = append(s.asked, r.URL.Path+" "+string(q.Data))
	if wire.Verify(wiretest.Public(s.t, "ours.pub"), q.Data, q.Sign) != nil || q.SysID != sysID || q.ProductID != product {
		s.answer(w, `{"resp_code":"90000002","resp_desc":"ECHO 验签失败"}`)
		return
	}
	if r.URL.Path == "/v2/merchant/basicdata/settlement/query" {
		n, _ := strconv.Atoi(d["page_num"])
		switch {
		case d["begin_date"] == "" || d["end_date"] == "" || len(d["req_date"]) != 8 || d["req_seq_id"] == "" || d["huifu_id"] != merchant:
			s.answer(w, `{"resp_code":"10000000","resp_desc":"ECHO 参数错误"}`)
		case n >= 1 && n <= len(s.pages):
			s.answer(w, s.pages[n-1])
		default:
			s.answer(w, `{"resp_code":"00000000","resp_desc":"成功","result_count":0,"page_num":`+strconv.Itoa(n)+`,"page_size":50,"trans_log_result_list":[]}`)
		}
		return
	}
	got, ok := s.say[d["org_req_seq_id"]+d["org_hf_seq_id"]]
	if !ok || d["org_hf_seq_id"] == "" && d["org_req_date"] != "20261121" {
		s.answer(w, `{"resp_code":"23000001","resp_desc":"交易不存在"}`)
		return
	}
	s.answer(w, got)
}

func (s *standIn) answer(w http.ResponseWriter, data string) {
	sig, err := wire.Sign(wiretest.Private(s.t, "theirs.key"), []byte(data))
	if err != nil {
		s.t.Error(err)
	}
	body := `{"data":` + data + `,"sign":"` + sig + `"}`
	if s.forge != nil {
		s.forge(&body)
	}
	_, _ = io.WriteString(w, body)
}

func serve(t *testing.T) (*standIn, string) {
	t.Helper()
	s := &standIn{t: t, say: map[string]string{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, srv.URL
}

func settings(t *testing.T, url string) Settings {
	return Settings{
		BaseURL: url, SysID: sysID, ProductID: product, PrivateKey: wiretest.PEM(t, "ours.key"), PublicKey: wiretest.PEM(t, "theirs.pub"),
		MaxOrders: 20, Settlements: true, CheckHuifuID: merchant,
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
	return sources.Query{Merchant: transactions.Merchant{MerchantNo: "8221"}, RemoteNo: merchant, Now: now, From: now.AddDate(0, 0, -2), To: now, Known: known}
}

func fetchErr(ctx context.Context, c sources.Connector, q sources.Query) error {
	_, err := c.Fetch(ctx, q)
	return err
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	wiretest.Troubles(t, wiretest.Case{
		New:   func(t *testing.T, url string) sources.Connector { return open(t, settings(t, url)) },
		Query: query(sale(reqSeq)), Secrets: []string{wiretest.PEM(t, "ours.key"), "product_id", `"sign"`},
	})
}

func TestGoldenQuestion(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say[reqSeq] = goldenTrade
	if err := fetchErr(t.Context(), open(t, settings(t, url)), query(sale(reqSeq))); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`/v2/merchant/basicdata/settlement/query {"begin_date":"20261120","end_date":"20261122","huifu_id":"6666000109133323","page_num":"1","page_size":"50","req_date":"20261122","req_seq_id":"20261122150000nnnnnnnnnnnn"}`,
		`/v3/trade/payment/scanpay/query {"huifu_id":"6666000109133323","org_req_date":"20261121","org_req_seq_id":"202611210442356120"}`,
	} {
		if s.asked[i] != want {
			t.Errorf("asked\n%s, want\n%s", s.asked[i], want)
		}
	}
	c := open(t, settings(t, url)).(*connector) //nolint:forcetypeassert // made here
	body, err := c.question(map[string]string{"huifu_id": "6666000109133323", "b": "<&>", "a": "汇付"})
	if err != nil {
		t.Fatal(err)
	}
	// The signature was made with openssl dgst -sha256 -sign over the data.
	want := `{"data":{"a":"汇付","b":"<&>","huifu_id":"6666000109133323"},"product_id":"MYPAY","sign":"GOLDEN","sys_id":"6666000003100616"}`
	if string(body) != strings.Replace(want, "GOLDEN", goldenSignature, 1) {
		t.Errorf("%s", body)
	}
}

func TestEveryState(t *testing.T) {
	t.Parallel()
	for state, want := range map[string][2]string{
		"S": {transactions.Success}, "F": {transactions.Failed}, "P": {transactions.Pending}, "I": {transactions.Pending}, "X": {transactions.Unknown, "X"}, "": {transactions.Unknown},
	} {
		s, url := serve(t)
		s.say[reqSeq] = strings.Replace(goldenTrade, `"trans_stat":"S"`, `"trans_stat":"`+state+`"`, 1)
		rows, err := open(t, settings(t, url)).Fetch(t.Context(), query(sale(reqSeq)))
		if err != nil {
			t.Fatal(err)
		}
		got := wiretest.Rows(t, rows, reqSeq)
		if got.State != want[0] || got.RespCode != want[1] || got.AmountFen != 49700 || got.CardKind != transactions.Credit || got.Channel != transactions.Alipay ||
			!got.Time.Equal(time.Date(2026, 11, 21, 16, 42, 36, 0, transactions.Shanghai)) {
			t.Errorf("%q: %+v", state, got)
		}
	}
	for stat, want := range map[string]string{"FREEZE": transactions.Hold, "UNFREEZE": transactions.Released, "ELSE": ""} {
		s, url := serve(t)
		s.say[reqSeq] = strings.Replace(goldenTrade, `"huifu_id"`, `"fund_freeze_stat":"`+stat+`","huifu_id"`, 1)
		rows, err := open(t, settings(t, url)).Fetch(t.Context(), query(sale(reqSeq)))
		if err != nil || wiretest.Rows(t, rows, reqSeq).Risk != want {
			t.Errorf("%s: %+v, %v", stat, rows, err)
		}
	}
}

func TestFindsByEitherNumber(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say[reqSeq], s.say[hfSeq] = goldenTrade, goldenTrade
	c := open(t, settings(t, url))
	for _, ref := range []string{reqSeq, hfSeq} { // of the merchant's own, the days of the look-up are tried
		q := query()
		q.Reference = ref
		rows, err := c.Fetch(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		wiretest.Rows(t, rows, reqSeq)
	}
	rows, err := c.Fetch(t.Context(), query(sale(hfSeq), sale("NOT0THERE"), sale("不是单号")))
	if err != nil || len(rows.Transactions) != 1 {
		t.Errorf("%+v, %v", rows, err)
	}
	wiretest.Rows(t, rows, hfSeq)
}

func TestRefund(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say["R1"] = `{"actual_ref_amt":"7.00","huifu_id":"` + merchant + `","ord_amt":"7.00","org_req_seq_id":"R1","resp_code":"00000000","trans_finish_time":"20261121164515","trans_stat":"S"}`
	r := transactions.Transaction{ID: "R1", OrigID: reqSeq, Kind: transactions.Refund, Channel: transactions.Alipay, AmountFen: 700, Time: now.AddDate(0, 0, -1)}
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), query(r))
	if err != nil {
		t.Fatal(err)
	}
	if got := wiretest.Rows(t, rows, "R1"); got.State != transactions.Success || got.AmountFen != 700 || got.OrigID != reqSeq || got.Kind != transactions.Refund {
		t.Errorf("%+v", got)
	}
}

func TestCodesAndGarbage(t *testing.T) {
	t.Parallel()
	for data, kind := range map[string]sources.FailureKind{
		`{"resp_code":"10000000","resp_desc":"ECHO"}`: sources.KindRefused, `{"resp_code":"22000000","resp_desc":"产品号不存在"}`: sources.KindRefused,
		`{"resp_code":"20000001","resp_desc":"并发冲突"}`: sources.KindLimited, `{"resp_code":"98888888","resp_desc":"ECHO 系统错误"}`: sources.KindDown,
		`{"resp_code":"91111119","resp_desc":"通道异常"}`: sources.KindDown, `{"resp_desc":"x"}`: sources.KindGarbage, `[]`: sources.KindGarbage,
		strings.Replace(goldenTrade, reqSeq, "OTHER", 1):             sources.KindGarbage,
		strings.Replace(goldenTrade, merchant, "66660001", 1):        sources.KindGarbage,
		strings.Replace(goldenTrade, "497.00", "497.001", 1):         sources.KindGarbage,
		strings.Replace(goldenTrade, "20261121164236", "x", 1):       sources.KindGarbage,
		strings.Replace(goldenTrade, `"trans_amt":"497.00",`, "", 1): sources.KindGarbage,
	} {
		s, url := serve(t)
		s.say[reqSeq] = data
		err := fetchErr(t.Context(), open(t, settings(t, url)), query(sale(reqSeq)))
		wiretest.Failed(t, data, err, []string{"ECHO", wiretest.PEM(t, "ours.key")}, kind)
	}
}

func TestNothingUnsignedIsBelieved(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(*string){
		"another amount": func(b *string) { *b = strings.Replace(*b, "497.00", "498.00", 1) },
		"no signature":   func(b *string) { *b = (*b)[:strings.LastIndex(*b, `,"sign"`)] + "}" },
		"a stranger's": func(b *string) {
			data := strings.TrimPrefix((*b)[:strings.LastIndex(*b, `,"sign"`)], `{"data":`)
			sig, _ := wire.Sign(wiretest.Private(t, "strangers.key"), []byte(data))
			*b = `{"data":` + data + `,"sign":"` + sig + `"}`
		},
	} {
		for _, there := range []bool{true, false} {
			s, url := serve(t)
			s.forge = forge
			if there {
				s.say[reqSeq] = goldenTrade
			} else if name == "another amount" {
				continue
			}
			set := settings(t, url)
			set.Settlements = false
			wiretest.Failed(t, name, fetchErr(t.Context(), open(t, set), query(sale(reqSeq))), nil, sources.KindSignature)
		}
	}
}

// The document signs the sorted keys; an answer may write them in another order.
func TestKeysInAnotherOrder(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say[reqSeq] = goldenTrade
	s.forge = func(b *string) {
		*b = strings.Replace(*b, `{"data":{"bank_desc":"TRADE_SUCCESS",`, `{"data":{`, 1)
		*b = strings.Replace(*b, `"wx_user_id":""}`, `"wx_user_id":"", "bank_desc": "TRADE_SUCCESS" }`, 1)
	}
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), query(sale(reqSeq)))
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Rows(t, rows, reqSeq)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	_, url := serve(t)
	h, err := open(t, settings(t, url)).Check(t.Context())
	if err != nil || !h.Signed || !h.SkewKnown || h.Note == "" {
		t.Errorf("%+v, %v", h, err)
	}
	set := settings(t, url)
	set.PrivateKey = wiretest.PEM(t, "strangers.key")
	h, err = open(t, set).Check(t.Context())
	wiretest.Failed(t, "a stranger's key", err, []string{set.PrivateKey, "ECHO"}, sources.KindDown, sources.KindRefused)
	if h.Signed {
		t.Error("a refusal was reported as a good signature")
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := settings(t, "https://api.huifu.com")
	for name, spoil := range map[string]func(*Settings){
		"base_url": func(s *Settings) { s.BaseURL = "ftp://x" }, "sys_id": func(s *Settings) { s.SysID = "" }, "product_id": func(s *Settings) { s.ProductID = "汇" },
		"private_key": func(s *Settings) { s.PrivateKey = "SECRETSECRET" }, "public_key": func(s *Settings) { s.PublicKey = "x" }, "max_orders": func(s *Settings) { s.MaxOrders = -1 },
	} {
		s := good
		spoil(&s)
		if bad := check(s); len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), name) || strings.Contains(bad[0].Error(), "SECRETSECRET") {
			t.Errorf("%s: %v", name, bad)
		}
	}
}
