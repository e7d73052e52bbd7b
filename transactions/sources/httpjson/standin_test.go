package httpjson_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
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
	"daozhang/transactions/sources/httpjson"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret    = "an-hmac-secret-for-tests"
	requester = "app-7"
)

func clock() time.Time { return time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai) }

// standIn is an interface as acquirers run them: it refuses what is not
// signed, numbers its pages and signs its answers.
type standIn struct {
	t      *testing.T
	server *httptest.Server

	mu     sync.Mutex
	nonces map[string]bool
	asked  []string // merchant and pages that were accepted
	sales  []map[string]any
	pays   []map[string]any
	// answer replaces the answer of an accepted request.
	answer func(w http.ResponseWriter)
	// resign changes the signed answer on its way.
	resign func(h http.Header, body []byte) []byte
}

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	s := &standIn{t: t, nonces: map[string]bool{}}
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	return s
}

func sign(text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func (s *standIn) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	stamp, nonce := r.Header.Get("X-Time"), r.Header.Get("X-Nonce")
	text := strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, stamp, nonce, string(body)}, "\n")
	n, _ := strconv.ParseInt(stamp, 10, 64)
	switch {
	case r.Header.Get("X-App") != requester, !hmac.Equal([]byte(r.Header.Get("X-Sign")), []byte(sign(text))), clock().Sub(time.Unix(n, 0)).Abs() > 5*time.Minute, len(nonce) != 32:
		s.write(w, http.StatusUnauthorized, map[string]any{"code": "SIGN_ERROR"})
		return
	case s.nonces[nonce]:
		s.write(w, http.StatusOK, map[string]any{"code": "REPLAYED"})
		return
	}
	s.nonces[nonce] = true
	if s.answer != nil {
		s.answer(w)
		return
	}
	switch r.URL.Path {
	case "/gw/v1/trades":
		s.trades(w, body)
	case "/gw/v1/payouts":
		s.payouts(w, r)
	case "/gw/v1/trade/R9":
		s.asked = append(s.asked, "order R9")
		s.write(w, http.StatusOK, map[string]any{"code": "EMPTY"})
	default:
		s.write(w, http.StatusNotFound, map[string]any{"code": "NO_SUCH_PATH"})
	}
}

// trades is a paged list; the list itself is a text that holds JSON.
func (s *standIn) trades(w http.ResponseWriter, body []byte) {
	var q struct {
		Mch        string
		Begin, End string
		Page, Size int
	}
	if json.Unmarshal(body, &q) != nil || q.Size < 1 {
		s.write(w, http.StatusOK, map[string]any{"code": "BAD_REQUEST"})
		return
	}
	s.asked = append(s.asked, fmt.Sprintf("%s %s–%s page %d", q.Mch, q.Begin, q.End, q.Page))
	var hits []map[string]any
	for _, row := range s.sales {
		if at := row["tradeTime"].(string); at >= q.Begin && at < q.End {
			hits = append(hits, row)
		}
	}
	from, to := min((q.Page-1)*q.Size, len(hits)), min(q.Page*q.Size, len(hits))
	list, _ := json.Marshal(map[string]any{"list": hits[from:to], "total": len(hits)})
	s.write(w, http.StatusOK, map[string]any{"code": "0000", "data": string(list)})
}

func (s *standIn) payouts(w http.ResponseWriter, r *http.Request) {
	date := r.URL.Query().Get("date")
	s.asked = append(s.asked, "payouts "+date)
	var hits []map[string]any
	for _, row := range s.pays {
		if row["clearing"] == date {
			hits = append(hits, row)
		}
	}
	if hits == nil {
		s.write(w, http.StatusOK, map[string]any{"code": "EMPTY"})
		return
	}
	s.write(w, http.StatusOK, map[string]any{"code": "0000", "rows": hits})
}

// write signs an answer.
func (s *standIn) write(w http.ResponseWriter, status int, v any) {
	body, _ := json.Marshal(v)
	stamp := strconv.FormatInt(clock().Unix(), 10)
	w.Header().Set("X-Time", stamp)
	w.Header().Set("X-Sign", sign(stamp+"\n"+string(body)))
	if s.resign != nil {
		body = s.resign(w.Header(), body)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// settings describe the stand-in as an operator would.
func (s *standIn) settings() httpjson.Settings {
	return httpjson.Settings{
		BaseURL: s.server.URL + "/gw/", MaxBytes: 256 << 10,
		Headers: map[string]string{"X-App": "${api_key}", "X-Time": "${timestamp}", "X-Nonce": "${nonce}"},
		APIKey:  requester,
		Sign: httpjson.Sign{
			Type: "hmac-sha256", Secret: secret, Header: "X-Sign",
			Text: "${method}\n${path}\n${query}\n${timestamp}\n${nonce}\n${body}",
		},
		Verify: httpjson.Verify{
			Type: "hmac-sha256", Secret: secret, Header: "X-Sign", Text: "${header.X-Time}\n${body}", TimestampHeader: "X-Time",
		},
		Answer: httpjson.Answer{Code: "code", OK: []string{"0000"}, Empty: []string{"EMPTY"}, Busy: []string{"BUSY"}, Refused: []string{"NO_RIGHT"}},
		Transactions: httpjson.Request{
			Method: "POST", Path: "/v1/trades", Time: "yyyyMMddHHmmss", Body: `{"mch":"${merchant_no}","begin":"${from}","end":"${to}","page":${page},"size":${size}}`,
			Page: httpjson.Page{First: 1, Size: 2, Total: "data!.total"}, Rows: "data!.list[]",
			Fields: map[string]string{
				"id": "tradeNo", "merchant_no": "mchNo", "state": "status", "amount": "amount", "time": "tradeTime", "rrn": "ref", "channel": "=CARD",
				"card_last4": "card", "card_kind": "cardType", "terminal": "term.no",
			},
			Values: map[string]map[string]string{"state": {"2": "SUCCESS", "3": "FAILED", "0": "UNKNOWN"}, "card_kind": {"C": "CREDIT", "D": "DEBIT", "*": ""}},
		},
		Settlements: httpjson.Request{
			Path: "/v1/payouts", Query: map[string]string{"mch": "${merchant_no}", "date": "${date}"}, Rows: "rows[]", RowTime: "unix_ms", MaxCalls: 10,
			Fields: map[string]string{
				"id": "no", "state": "st", "net_fen": "net", "gross_fen": "gross", "fee_fen": "fee", "clearing_date": "clearing", "paid_at": "paid",
				"transaction_ids": "trades[].no", "account_last4": "acct", "fail_reason": "why",
			},
			Values: map[string]map[string]string{"state": {"W": "WAITING", "P": "PAID", "R": "RETURNED"}},
		},
		Order: httpjson.Request{
			Path: "/v1/trade/${reference}", Rows: "row", Fields: map[string]string{"id": "tradeNo", "merchant_no": "mchNo", "state": "status", "amount": "amount", "time": "tradeTime"},
			Values: map[string]map[string]string{"state": {"2": "SUCCESS"}},
		},
		CheckMerchant: "8221",
	}
}

func connector(t *testing.T, s httpjson.Settings) *httpjson.Connector {
	t.Helper()
	k := httpjson.Kind()
	if bad := k.Check(&s); len(bad) > 0 {
		t.Fatal(bad)
	}
	n := 0
	var mu sync.Mutex
	c, err := httpjson.New(s, sources.Deps{Name: "qt", Now: clock, Nonce: func(length int) string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("%0*d", length, n)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func query() sources.Query {
	day := transactions.Date{Year: 2026, Month: 11, Day: 17}
	return sources.Query{
		Merchant: transactions.Merchant{MerchantNo: "M1"}, RemoteNo: "8221", From: day.Start(), To: day.AddDays(2).Start(), Now: clock(),
	}
}

func trade(no, status, amount, at string) map[string]any {
	return map[string]any{
		"tradeNo": no, "mchNo": "8221", "status": status, "amount": amount, "tradeTime": at, "ref": "R" + no, "card": "6222020000006688",
		"cardType": "C", "term": map[string]any{"no": "A1"},
	}
}

// rsaPair makes a key pair as platforms hand it out.
func rsaPair(t *testing.T) (private, public string, key *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), base64.StdEncoding.EncodeToString(pub), key
}

func rsaSign(t *testing.T, key *rsa.PrivateKey, text string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	b, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}
