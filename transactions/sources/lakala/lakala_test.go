package lakala

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
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
	appID, serial, platformSerial = "OP00000003", "00dfba8194c41b84cf", "01844fe8acc8"
	merchant, term                = "8222900701106PZ", "D0060389"
	outNo, tradeNo                = "FD660E1FAA3A4470933CDEDAE1EC1D8E", "2026112166210003630077"
)

var now = time.Date(2026, 11, 22, 15, 0, 0, 0, transactions.Shanghai) //nolint:gochecknoglobals // read-only

// standIn answers as the open platform does.
type standIn struct {
	t     *testing.T
	mu    sync.Mutex
	say   map[string]string // out_trade_no or trade_no → answer
	forge func(h http.Header, body *string)
	asked []string
}

var authorization = regexp.MustCompile(`^LKLAPI-SHA256withRSA appid="([^"]+)",serial_no="([^"]+)",timestamp="(\d{10})",nonce_str="(\w{12})",signature="([^"]+)"$`)

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, string(body))
	a := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if r.Method != http.MethodPost || r.URL.Path != "/api/v3/labs/query/tradequery" || a == nil || a[1] != appID || a[2] != serial ||
		wire.Verify(wiretest.Public(s.t, "ours.pub"), []byte(a[1]+"\n"+a[2]+"\n"+a[3]+"\n"+a[4]+"\n"+string(body)+"\n"), a[5]) != nil {
		s.answer(w, `{"code":"000004","msg":"ECHO 签名验证失败"}`)
		return
	}
	var q struct {
		Version string `json:"version"`
		ReqTime string `json:"req_time"`
		Data    struct {
			MerchantNo string `json:"merchant_no"`
			TermNo     string `json:"term_no"`
			Out        string `json:"out_trade_no"`
			Trade      string `json:"trade_no"`
		} `json:"req_data"`
	}
	if err := json.Unmarshal(body, &q); err != nil || q.Version != "3.0" || len(q.ReqTime) != 14 {
		s.answer(w, `{"code":"BBS99999","msg":"ECHO 参数错误"}`)
		return
	}
	got, ok := s.say[q.Data.Out+q.Data.Trade]
	switch {
	case q.Data.MerchantNo != merchant:
		s.answer(w, `{"code":"BBS12005","msg":"商户不存在"}`)
	case q.Data.TermNo != term || !ok:
		s.answer(w, `{"msg":"原交易不存在","resp_time":"20261122150000","code":"BBS11208"}`)
	default:
		s.answer(w, got)
	}
}

func (s *standIn) answer(w http.ResponseWriter, body string) {
	h := w.Header()
	sig, err := wire.Sign(wiretest.Private(s.t, "theirs.key"), []byte(appID+"\n"+platformSerial+"\n1600000000\nabcdefABCDEF\n"+body+"\n"))
	if err != nil {
		s.t.Error(err)
	}
	h.Set("Lklapi-Appid", appID)
	h.Set("Lklapi-Serial", platformSerial)
	h.Set("Lklapi-Timestamp", "1600000000")
	h.Set("Lklapi-Nonce", "abcdefABCDEF")
	h.Set("Lklapi-Signature", `"`+sig+`"`) // the document's examples are quoted
	if s.forge != nil {
		s.forge(h, &body)
	}
	_, _ = io.WriteString(w, body)
}

// golden is the answer of the document's example.
func golden(state string) string {
	return `{"msg":"成功","resp_time":"20261122160309","code":"BBS00000","resp_data":{"merchant_no":"` + merchant + `","out_trade_no":"` + outNo +
		`","trade_no":"` + tradeNo + `","log_no":"66210003630077","trade_main_type":"MICROPAY","acc_trade_no":"4200001212202109078945008028","account_type":"WECHAT","settle_term_no":"",` +
		`"trade_state":"` + state + `","trade_state_desc":"交易成功","total_amount":"12300","payer_amount":"12300","acc_settle_amount":"12300","trade_time":"20261121150327",` +
		`"user_id1":"olpr-0kUcyJIbVhYmAsBvoZuB4TI","user_id2":"oUpF8uE150tsN4W00ieTusZcK70s","bank_type":"CMB_CREDIT","trade_info":""}}`
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
		BaseURL: url, AppID: appID, SerialNo: serial, PrivateKey: wiretest.PEM(t, "ours.key"), PlatformCert: wiretest.PEM(t, "theirs.crt"),
		PlatformSerial: platformSerial, MaxOrders: 20, CheckMerchantNo: merchant, CheckTermNo: term,
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
	return transactions.Transaction{ID: id, Channel: transactions.WeChat, Terminal: term, AmountFen: 1, Time: now.AddDate(0, 0, -1)}
}

func query(known ...transactions.Transaction) sources.Query {
	return sources.Query{
		Merchant: transactions.Merchant{MerchantNo: merchant, Terminals: []string{"D0000000", term}}, RemoteNo: merchant, Now: now,
		From: now.AddDate(0, 0, -2), To: now, Known: known,
	}
}

func fetchErr(ctx context.Context, c sources.Connector, q sources.Query) error {
	_, err := c.Fetch(ctx, q)
	return err
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	wiretest.Troubles(t, wiretest.Case{
		New:   func(t *testing.T, url string) sources.Connector { return open(t, settings(t, url)) },
		Query: query(sale(outNo)), Secrets: []string{wiretest.PEM(t, "ours.key"), "LKLAPI", "signature="},
	})
}

// The golden question: byte for byte, with its signature.
func TestGoldenQuestion(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say[outNo] = golden("SUCCESS")
	if err := fetchErr(t.Context(), open(t, settings(t, url)), query(sale(outNo))); err != nil {
		t.Fatal(err)
	}
	want := `{"req_time":"20261122150000","version":"3.0","req_data":{"merchant_no":"8222900701106PZ","term_no":"D0060389","out_trade_no":"FD660E1FAA3A4470933CDEDAE1EC1D8E","trade_req_date":"20261121"}}`
	if s.asked[0] != want {
		t.Errorf("asked\n%s, want\n%s", s.asked[0], want)
	}
	c := open(t, settings(t, url)).(*connector) //nolint:forcetypeassert // made here
	auth, err := c.authorization([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	const head = `LKLAPI-SHA256withRSA appid="OP00000003",serial_no="00dfba8194c41b84cf",timestamp="1795330800",nonce_str="nnnnnnnnnnnn",signature="`
	// Made with openssl dgst -sha256 -sign over the five lines.
	const signature = "h93wAniTKROdIbgQRqrkS1lsFI+AlC7s+8C1GerqP6Tl/4luRECkUH84eqiaGXt/vYBIMlDM41IfjDZ+us4vZhk1u0QKfrIOgynu0j+QRBUPLHxaWYm9zZ0IzjpXkaxc9UKKA5jnZB0fLjia1DZrl5LBuqzBcjn25J8xM8JDv1S/UgDNwiDoSYhkavyN+ibmm4kyrHjhQogQaU8tHOHXdYjFrbaFWNDdASY3SSJ2c7mVs2vM1xI2i7irW0OISSt3IwMDv5Y3mLFsh2fwbsnwee3dxmHlSzE6SnDE/xYxNRVNMN8TCyGcmq0Qx+UV0CMujtAwK0zjZstG3tJvBP2MyQ=="
	if auth != head+signature+`"` {
		t.Errorf("the header is\n%s, want\n%s", auth, head+signature)
	}
}

func TestEveryState(t *testing.T) {
	t.Parallel()
	want := map[string][3]string{
		"INIT": {transactions.Pending}, "CREATE": {transactions.Pending}, "DEAL": {transactions.Pending}, "SUCCESS": {transactions.Success},
		"FAIL": {transactions.Failed}, "UNKNOWN": {transactions.Unknown}, "CLOSE": {transactions.Closed}, "REVOKED": {transactions.Voided},
		"PART_REFUND": {transactions.Success, transactions.PartRefunded}, "REFUND": {transactions.Success, transactions.RefundedState},
		"NEW STATE": {transactions.Unknown, "", "NEWSTATE"}, "": {transactions.Unknown},
	}
	if len(want) != len(states)+2 {
		t.Error("a state was added: add it here")
	}
	for state, w := range want {
		s, url := serve(t)
		s.say[outNo] = golden(state)
		rows, err := open(t, settings(t, url)).Fetch(t.Context(), query(sale(outNo)))
		if err != nil {
			t.Fatal(err)
		}
		got := wiretest.Rows(t, rows, outNo)
		if got.State != w[0] || got.RefundState != w[1] || got.RespCode != w[2] {
			t.Errorf("%q: %s %s %s, want %q", state, got.State, got.RefundState, got.RespCode, w)
		}
		if got.AmountFen != 12300 || got.Channel != transactions.WeChat || got.CardKind != transactions.Credit || got.RRN != "66210003630077" ||
			!got.Time.Equal(time.Date(2026, 11, 21, 15, 3, 27, 0, transactions.Shanghai)) || strings.Contains(got.PayerRef, "oUpF8") {
			t.Errorf("%q: %+v", state, got)
		}
	}
}

func TestFindsByEveryNumber(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say[outNo], s.say[tradeNo] = golden("SUCCESS"), golden("SUCCESS")
	c := open(t, settings(t, url))
	for _, id := range []string{outNo, tradeNo, "66210003630077"} { // the merchant's, 拉卡拉's, the one on the slip
		rows, err := c.Fetch(t.Context(), query(sale(id)))
		if err != nil {
			t.Fatal(err)
		}
		wiretest.Rows(t, rows, id)
	}
	q := query() // a number the merchant says, with no terminal: the shop's are tried
	q.Reference = tradeNo
	rows, err := c.Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Rows(t, rows, outNo)
	if rows.AllSales || rows.AllPayouts {
		t.Error("single orders are no list")
	}
}

func TestWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	card := sale(outNo)
	card.Channel = transactions.Card
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), query(card, sale("带汉字的"), sale(strings.Repeat("9", 33))))
	if err != nil || len(rows.Transactions) != 0 || len(s.asked) != 0 {
		t.Errorf("%+v, %v, asked %q", rows, err, s.asked)
	}
}

func TestSignedWordsAndCodes(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]sources.FailureKind{
		`{"code":"BBS11208","msg":"原交易不存在"}`: "", `{"code":"BBS11209","msg":"查无此单"}`: "",
		`{"code":"BBS77777","msg":"x"}`:                                                     "", // configured below
		`{"code":"BBS12006","msg":"终端不存在"}`:                                                 sources.KindRefused,
		`{"code":"BBS00002","msg":"签名错误"}`:                                                  sources.KindRefused,
		`{"code":"BBS00003","msg":"请求过于频繁"}`:                                                sources.KindLimited,
		`{"code":"BBS99998","msg":"系统异常"}`:                                                  sources.KindDown,
		`{"code":"BBS00000"}`:                                                               sources.KindGarbage,
		`{"code":"","msg":"交易不存在"}`:                                                         sources.KindGarbage,
		strings.Replace(golden("SUCCESS"), `"12300","payer`, `"123.00","payer`, 1):          sources.KindGarbage,
		strings.Replace(golden("SUCCESS"), outNo, "ANOTHER", 1):                             sources.KindGarbage,
		strings.Replace(golden("SUCCESS"), merchant, "8222900701106XX", 1):                  sources.KindGarbage,
		strings.Replace(golden("SUCCESS"), "20261121150327", "2026-11-21", 1):               sources.KindGarbage,
		strings.Replace(golden("SUCCESS"), `"total_amount":"12300"`, `"x":1`, 1):            sources.KindGarbage,
		strings.Replace(golden("SUCCESS"), `"total_amount":"12300"`, `"total_amount":0`, 1): sources.KindGarbage,
	} {
		s, url := serve(t)
		s.say[outNo] = body
		set := settings(t, url)
		set.NotFoundCodes = []string{"BBS77777"}
		rows, err := open(t, set).Fetch(t.Context(), query(sale(outNo)))
		if kind == "" {
			if err != nil || len(rows.Transactions) != 0 {
				t.Errorf("%s: %+v, %v", body, rows, err)
			}
			continue
		}
		wiretest.Failed(t, body, err, []string{"系统异常", wiretest.PEM(t, "ours.key")}, kind)
	}
}

func TestStillBeingProcessed(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say[outNo] = `{"code":"BBS11112","msg":"交易处理中"}`
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), query(sale(outNo)))
	if err != nil || wiretest.Rows(t, rows, outNo).State != transactions.Pending {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestNothingUnsignedIsBelieved(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(http.Header, *string){
		"no signature":   func(h http.Header, _ *string) { h.Del("Lklapi-Signature") },
		"another app":    func(h http.Header, _ *string) { h.Set("Lklapi-Appid", "OP00000004") },
		"another serial": func(h http.Header, _ *string) { h.Set("Lklapi-Serial", "ff") },
		"another nonce":  func(h http.Header, _ *string) { h.Set("Lklapi-Nonce", "x") },
		"another amount": func(_ http.Header, b *string) { *b = strings.ReplaceAll(*b, "12300", "12301") },
		"a stranger": func(h http.Header, b *string) {
			sig, _ := wire.Sign(wiretest.Private(t, "strangers.key"), []byte(appID+"\n"+platformSerial+"\n1600000000\nabcdefABCDEF\n"+*b+"\n"))
			h.Set("Lklapi-Signature", sig)
		},
	} {
		s, url := serve(t)
		s.forge = forge
		s.say[outNo] = golden("SUCCESS")
		err := fetchErr(t.Context(), open(t, settings(t, url)), query(sale(outNo)))
		wiretest.Failed(t, name, err, []string{wiretest.PEM(t, "ours.key")}, sources.KindSignature)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	_, url := serve(t)
	for _, with := range []bool{true, false} {
		set := settings(t, url)
		if !with {
			set.CheckMerchantNo, set.CheckTermNo = "", ""
		}
		h, err := open(t, set).Check(t.Context())
		if err != nil || !h.Signed || !h.SkewKnown || h.Note == "" {
			t.Errorf("%+v, %v", h, err)
		}
		set.PrivateKey = wiretest.PEM(t, "strangers.key")
		h, err = open(t, set).Check(t.Context())
		wiretest.Failed(t, "a stranger's key", err, []string{set.PrivateKey, "ECHO"}, sources.KindRefused)
		if h.Signed {
			t.Error("a refusal was reported as a good signature")
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := settings(t, "https://s2.lakala.com")
	for name, spoil := range map[string]func(*Settings){
		"base_url": func(s *Settings) { s.BaseURL = "http://s2.lakala.com" }, "app_id": func(s *Settings) { s.AppID = `a"b` },
		"serial_no": func(s *Settings) { s.SerialNo = "" }, "private_key": func(s *Settings) { s.PrivateKey = "SECRETSECRET" },
		"platform_cert": func(s *Settings) { s.PlatformCert = "" }, "max_orders": func(s *Settings) { s.MaxOrders = 1000 },
		"check_term_no": func(s *Settings) { s.CheckTermNo = "" },
	} {
		s := good
		spoil(&s)
		if bad := check(s); len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), name) || strings.Contains(bad[0].Error(), "SECRETSECRET") {
			t.Errorf("%s: %v", name, bad)
		}
	}
}
