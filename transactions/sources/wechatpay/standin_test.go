package wechatpay

import (
	"crypto/sha1" //nolint:gosec // the protocol's checksum
	"encoding/hex"
	"encoding/json"
	"fmt"
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
	spMchID, subMchID = "1900000109", "1230000109"
	serial            = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
	keyID             = "PUB_KEY_ID_0114232134912410000000000000"
)

var now = time.Date(2026, 11, 22, 15, 0, 0, 0, transactions.Shanghai) //nolint:gochecknoglobals // read-only

// standIn answers as WeChat Pay does: it checks the signature of every
// question and signs every answer, also refusals.
type standIn struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	orders map[string]string // number → body; a body that begins with "!" is CODE STATUS
	bill   string
	forge  func(h http.Header, body *string)
	asked  []string
}

func serve(t *testing.T) *standIn {
	t.Helper()
	s := &standIn{t: t, orders: map[string]string{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

var authorization = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="(\w+)",nonce_str="(\w+)",timestamp="(\d+)",serial_no="(\w+)",signature="([^"]+)"$`)

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.RequestURI())
	body, _ := io.ReadAll(r.Body)
	a := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if a == nil || a[1] != spMchID || a[4] != serial ||
		wire.Verify(wiretest.Public(s.t, "ours.pub"), []byte(r.Method+"\n"+r.URL.RequestURI()+"\n"+a[3]+"\n"+a[2]+"\n"+string(body)+"\n"), a[5]) != nil {
		s.answer(w, 401, `{"code":"SIGN_ERROR","message":"ECHO 签名错误"}`)
		return
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/v3/bill/tradebill"):
		if s.bill == "" {
			s.answer(w, 400, `{"code":"NO_STATEMENT_EXIST","message":"账单不存在"}`)
			return
		}
		sum := sha1.Sum([]byte(s.bill)) //nolint:gosec // the protocol's checksum
		b, _ := json.Marshal(map[string]string{"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]), "download_url": s.url + "/v3/billdownload/file?token=x"})
		s.answer(w, 200, string(b))
		return
	case strings.HasPrefix(r.URL.Path, "/v3/billdownload/"):
		text := s.bill
		if s.forge != nil {
			s.forge(http.Header{}, &text)
		}
		_, _ = io.WriteString(w, text)
		return
	}
	v := r.URL.Query()
	if strings.Contains(r.URL.Path, "/partner/") && (v.Get("sp_mchid") != spMchID || v.Get("sub_mchid") != subMchID) {
		s.answer(w, 400, `{"code":"MCH_NOT_EXISTS","message":"商户号不存在"}`)
		return
	}
	number := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	by := r.URL.Path[:strings.LastIndexByte(r.URL.Path, '/')]
	got, ok := s.orders[by[strings.LastIndexByte(by, '/')+1:]+" "+number]
	switch {
	case !ok:
		s.answer(w, 404, `{"code":"ORDER_NOT_EXIST","message":"订单不存在"}`)
	case strings.HasPrefix(got, "!"):
		var code string
		var status int
		_, _ = fmt.Sscanf(got, "!%s %d", &code, &status)
		s.answer(w, status, `{"code":"`+code+`","message":"ECHO"}`)
	default:
		s.answer(w, 200, got)
	}
}

func (s *standIn) answer(w http.ResponseWriter, status int, body string) {
	ts, nonce := fmt.Sprint(time.Now().Unix()), "nonce"
	sig, err := wire.Sign(wiretest.Private(s.t, "theirs.key"), []byte(ts+"\n"+nonce+"\n"+body+"\n"))
	if err != nil {
		s.t.Error(err)
	}
	h := w.Header()
	h.Set("Wechatpay-Serial", keyID)
	h.Set("Wechatpay-Timestamp", ts)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Signature", sig)
	if s.forge != nil {
		s.forge(h, &body)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func settings(t *testing.T, url string) Settings {
	return Settings{
		BaseURL: url, Mode: Partner, MchID: spMchID, SerialNo: serial, PrivateKey: wiretest.PEM(t, "ours.key"),
		PublicKeyID: keyID, PublicKey: wiretest.PEM(t, "theirs.pub"), MaxOrders: 20, CheckMchID: subMchID,
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

func query(known ...transactions.Transaction) sources.Query {
	return sources.Query{
		Merchant: transactions.Merchant{MerchantNo: "822100000000001"}, RemoteNo: subMchID, Now: now,
		From: now.AddDate(0, 0, -2), To: now.AddDate(0, 0, 1), Known: known,
	}
}

func sale(id string) transactions.Transaction {
	return transactions.Transaction{ID: id, Channel: transactions.WeChat, Kind: transactions.Sale, AmountFen: 100, Time: now.Add(-time.Hour)}
}

// partnerOrder is the golden answer of the document (查询订单, partner), one line.
func partnerOrder(out, id, state string) string {
	return `{"sp_appid":"wx8888888888888888","sp_mchid":"` + spMchID + `","sub_mchid":"` + subMchID + `","out_trade_no":"` + out + `","transaction_id":"` + id +
		`","trade_type":"MICROPAY","trade_state":"` + state + `","trade_state_desc":"支付成功","bank_type":"CMC_DEBIT","success_time":"2026-11-21T10:34:56+08:00",` +
		`"payer":{"sp_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":12300,"payer_total":12300,"currency":"CNY","payer_currency":"CNY"}}`
}
