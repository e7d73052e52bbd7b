package httpjson_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/httpjson"
)

func TestFetchReadsSalesAndPayouts(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	s.sales = []map[string]any{
		trade("T1", "2", "5000.00", "20261117152000"), trade("T2", "3", "0.01", "20261117160000"), trade("T3", "0", "1,234.5", "20261118090000"),
	}
	s.pays = []map[string]any{{
		"no": "B1", "st": "P", "net": 497000, "gross": 500000, "fee": 3000, "clearing": "20261117", "paid": clock().UnixMilli(),
		"trades": []any{map[string]any{"no": "T1"}}, "acct": "4477", "why": nil,
	}}
	rows, err := connector(t, s.settings()).Fetch(t.Context(), query())
	if err != nil {
		t.Fatal(err)
	}
	if len(rows.Transactions) != 3 || !rows.AllSales || !rows.AllPayouts {
		t.Fatalf("%+v", rows)
	}
	want := transactions.Transaction{
		ID: "T1", Source: "file", MerchantNo: "8221", State: "SUCCESS", AmountFen: 500000, RRN: "RT1", Channel: "CARD", CardLast4: "6688", CardKind: "CREDIT", Terminal: "A1",
		Time: time.Date(2026, 11, 17, 15, 20, 0, 0, transactions.Shanghai),
	}
	got := rows.Transactions[0]
	got.Source = "file" // the router's to fill
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if rows.Transactions[1].State != "FAILED" || rows.Transactions[1].AmountFen != 1 || rows.Transactions[2].AmountFen != 123450 {
		t.Errorf("%+v", rows.Transactions)
	}
	if len(rows.Settlements) != 1 {
		t.Fatalf("%+v", rows.Settlements)
	}
	b := rows.Settlements[0]
	if b.State != "PAID" || *b.NetFen != 497000 || *b.FeeFen != 3000 || !b.PaidAt.Equal(clock()) || strings.Join(b.TransactionIDs, ",") != "T1" ||
		b.ClearingDate.String() != "2026-11-17" || b.FailReason != "" {
		t.Errorf("%+v", b)
	}
	wantAsked := []string{
		"8221 20261117000000–20261119000000 page 1", "8221 20261117000000–20261119000000 page 2", "payouts 20261118", "payouts 20261117",
	}
	if d := cmp.Diff(wantAsked, s.asked); d != "" {
		t.Error(d)
	}
}

func TestFetchAsksForTheReference(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	q := query()
	q.Reference = "R9"
	rows, err := connector(t, s.settings()).Fetch(t.Context(), q)
	if err != nil || len(rows.Transactions) != 0 || !strings.Contains(strings.Join(s.asked, "|"), "order R9") {
		t.Errorf("%v %+v %v", err, rows, s.asked)
	}
	// What the merchant says is one segment of the path, whatever it is.
	q.Reference = "../../v1/payouts?date=1"
	if _, err = connector(t, s.settings()).Fetch(t.Context(), q); err == nil {
		t.Error("an invented path was answered")
	}
}

func TestFetchBoundsItsCalls(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	for _, no := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		s.sales = append(s.sales, trade(no, "2", "1", "20261117152000"))
	}
	set := s.settings()
	set.Transactions.MaxCalls = 2
	set.Settlements = httpjson.Request{}
	rows, err := connector(t, set).Fetch(t.Context(), query())
	if err != nil || len(rows.Transactions) != 4 || rows.AllSales || rows.AllPayouts {
		t.Errorf("%v: %d rows, all %v", err, len(rows.Transactions), rows.AllSales)
	}
}

// Everything that can go wrong has a name, and no answer is half believed.
func TestFetchFailures(t *testing.T) {
	t.Parallel()
	json := func(status int, body string) func(s *standIn) {
		return func(s *standIn) {
			s.resign = func(h http.Header, _ []byte) []byte {
				h.Set("X-Sign", sign(h.Get("X-Time")+"\n"+body))
				return []byte(body)
			}
			s.answer = func(w http.ResponseWriter) { s.write(w, status, nil) }
		}
	}
	for name, tc := range map[string]struct {
		arrange func(s *standIn)
		want    sources.FailureKind
		retry   bool
	}{
		"server error":         {json(500, `{}`), sources.KindDown, true},
		"unavailable":          {json(503, `no`), sources.KindDown, true},
		"limited":              {json(429, `{}`), sources.KindLimited, false},
		"forbidden":            {json(403, `{"code":"NO_RIGHT"}`), sources.KindRefused, false},
		"redirect":             {json(302, `{"code":"0000"}`), sources.KindGarbage, false},
		"busy code":            {json(200, `{"code":"BUSY"}`), sources.KindDown, true},
		"refused code":         {json(200, `{"code":"NO_RIGHT"}`), sources.KindRefused, false},
		"unknown code":         {json(200, `{"code":"4711"}`), sources.KindDown, false},
		"no code":              {json(200, `{}`), sources.KindGarbage, false},
		"not JSON":             {json(200, `<html>nginx</html>`), sources.KindGarbage, false},
		"half JSON":            {json(200, `{"code":"0000","data":"{`), sources.KindGarbage, false},
		"two values":           {json(200, `{"code":"0000"}{"code":"0000"}`), sources.KindGarbage, false},
		"row of another shape": {json(200, `{"code":"0000","data":"{\"list\":[7],\"total\":1}"}`), sources.KindGarbage, false},
		"no id":                {json(200, `{"code":"0000","data":"{\"list\":[{\"status\":\"2\",\"amount\":\"1\",\"tradeTime\":\"20261117152000\"}],\"total\":1}"}`), sources.KindGarbage, false},
		"unknown state":        {json(200, `{"code":"0000","data":"{\"list\":[{\"tradeNo\":\"T\",\"status\":\"77\",\"amount\":\"1\",\"tradeTime\":\"20261117152000\"}],\"total\":1}"}`), sources.KindGarbage, false},
		"three decimals":       {json(200, `{"code":"0000","data":"{\"list\":[{\"tradeNo\":\"T\",\"status\":\"2\",\"amount\":\"1.234\",\"tradeTime\":\"20261117152000\"}],\"total\":1}"}`), sources.KindGarbage, false},
		"total is a word":      {json(200, `{"code":"0000","data":"{\"list\":[{\"tradeNo\":\"T\",\"status\":\"2\",\"amount\":\"1\",\"tradeTime\":\"20261117152000\"}],\"total\":\"x\"}"}`), sources.KindGarbage, false},
		"huge": {func(s *standIn) {
			s.answer = func(w http.ResponseWriter) { _, _ = io.Copy(w, io.LimitReader(zeros{}, 1<<20)) }
		}, sources.KindGarbage, false},
		"cut off": {func(s *standIn) {
			s.answer = func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte(`{"code":`))
			}
		}, sources.KindDown, true},
		"not signed": {func(s *standIn) {
			s.resign = func(h http.Header, b []byte) []byte { h.Del("X-Sign"); return b }
		}, sources.KindSignature, false},
		"changed on the way": {func(s *standIn) {
			s.sales = []map[string]any{trade("T1", "3", "1", "20261117152000")}
			s.resign = func(_ http.Header, b []byte) []byte { return bytes.Replace(b, []byte(`\"3\"`), []byte(`\"2\"`), 1) }
		}, sources.KindSignature, false},
		"signed with another secret": {func(s *standIn) {
			s.resign = func(h http.Header, b []byte) []byte { h.Set("X-Sign", strings.Repeat("ab", 32)); return b }
		}, sources.KindSignature, false},
		"recorded yesterday": {func(s *standIn) {
			s.resign = func(h http.Header, b []byte) []byte {
				h.Set("X-Time", "1795000000")
				h.Set("X-Sign", sign("1795000000\n"+string(b)))
				return b
			}
		}, sources.KindSignature, false},
		"down": {func(s *standIn) { s.server.Close() }, sources.KindDown, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStandIn(t)
			tc.arrange(s)
			rows, err := connector(t, s.settings()).Fetch(t.Context(), query())
			var e *sources.Error
			if !errors.As(err, &e) || e.Kind != tc.want || e.Retry != tc.retry {
				t.Fatalf("%v %+v", err, rows)
			}
			for _, private := range []string{secret, "8221", "R9", s.server.URL, "begin", "1.234", "nginx"} {
				if strings.Contains(err.Error(), private) {
					t.Errorf("the error tells %q: %v", private, err)
				}
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// A wrong secret of ours is refused by them.
func TestStandInVerifiesUs(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*httpjson.Settings){
		"secret": func(s *httpjson.Settings) { s.Sign.Secret = "another" },
		"text":   func(s *httpjson.Settings) { s.Sign.Text = "${method}\n${body}" },
		"app":    func(s *httpjson.Settings) { s.APIKey = "app-8" },
		"coding": func(s *httpjson.Settings) { s.Sign.Encoding = "base64" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStandIn(t)
			set := s.settings()
			spoil(&set)
			_, err := connector(t, set).Fetch(t.Context(), query())
			var e *sources.Error
			if !errors.As(err, &e) || e.Kind != sources.KindRefused || e.Code != "SIGN_ERROR" || len(s.asked) != 0 {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestFetchEndsWithItsTime(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	gate := make(chan struct{})
	s.answer = func(http.ResponseWriter) { <-gate }
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := connector(t, s.settings()).Fetch(ctx, query())
	close(gate)
	var e *sources.Error
	if !errors.As(err, &e) || e.Kind != sources.KindTimeout || e.Retry {
		t.Error(err)
	}
}

// RSA both ways, parameters signed in sorted order, the signature in the query.
func TestRSAWithSortedParameters(t *testing.T) {
	t.Parallel()
	ourPrivate, _, our := rsaPair(t)
	_, theirPublic, their := rsaPair(t)
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		text := r.URL.Path + " from=" + q.Get("from") + "&mch=" + q.Get("mch") + "&to=" + q.Get("to")
		signature, _ := base64.StdEncoding.DecodeString(q.Get("sign"))
		sum := sha256.Sum256([]byte(text))
		if rsa.VerifyPKCS1v15(&our.PublicKey, crypto.SHA256, sum[:], signature) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		asked = text
		body := `{"list":[{"id":"T1","st":"ok","fen":500000,"at":1795246800}],"next":""}`
		w.Header().Set("Sign", rsaSign(t, their, "200"+body))
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	set := httpjson.Settings{
		BaseURL: server.URL,
		Sign:    httpjson.Sign{Type: "rsa-sha256", PrivateKey: ourPrivate, Encoding: "base64", Text: "${path} ${sorted}"},
		Verify:  httpjson.Verify{Type: "rsa-sha256", PublicKey: theirPublic, Encoding: "base64", Header: "Sign", Text: "${status}${body}"},
		Transactions: httpjson.Request{
			Path: "/list", Time: "unix", RowTime: "unix", Until: "inclusive", Rows: "list[]", Page: httpjson.Page{Cursor: "next"},
			Query:  map[string]string{"mch": "${merchant_no}", "from": "${from}", "to": "${to}", "sign": "${signature}", "cursor": "${cursor}"},
			Fields: map[string]string{"id": "id", "state": "st", "amount_fen": "fen", "time": "at"},
			Values: map[string]map[string]string{"state": {"ok": "SUCCESS"}},
		},
	}
	rows, err := connector(t, set).Fetch(t.Context(), query())
	if err != nil || len(rows.Transactions) != 1 || !rows.AllSales || rows.Transactions[0].AmountFen != 500000 || rows.Transactions[0].MerchantNo != "M1" {
		t.Fatalf("%v %+v", err, rows)
	}
	if asked != "/list from=1794844800&mch=8221&to=1795017599" {
		t.Error(asked)
	}
	set.Verify.PublicKey = publicOf(t)
	if _, err := connector(t, set).Fetch(t.Context(), query()); !strings.Contains(err.Error(), "signature") {
		t.Errorf("somebody else's signature: %v", err)
	}
}

func publicOf(t *testing.T) string {
	t.Helper()
	_, public, _ := rsaPair(t)
	return public
}

func TestCursorMustMove(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"list":[{"id":"T1","st":"SUCCESS","fen":1,"at":"2026-11-17 10:00:00"}],"next":"same"}`))
	}))
	t.Cleanup(server.Close)
	set := httpjson.Settings{BaseURL: server.URL, Transactions: httpjson.Request{
		Path: "/list/${merchant_no}", Rows: "list[]", Page: httpjson.Page{Cursor: "next"}, Fields: map[string]string{"id": "id", "state": "st", "amount_fen": "fen", "time": "at"},
	}}
	var e *sources.Error
	if _, err := connector(t, set).Fetch(t.Context(), query()); !errors.As(err, &e) || e.Kind != sources.KindGarbage {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	h, err := connector(t, s.settings()).Check(t.Context())
	if err != nil || !h.Signed || !h.SkewKnown {
		t.Errorf("%v %+v", err, h)
	}
	set := s.settings()
	set.Sign.Secret = "another"
	if _, err := connector(t, set).Check(t.Context()); err == nil {
		t.Error("a refused signature is a good check")
	}
	set.CheckMerchant = ""
	if h, err := connector(t, set).Check(t.Context()); err != nil || h.Signed || h.Note == "" {
		t.Errorf("only reachable: %v %+v", err, h)
	}
	s.server.Close()
	if _, err := connector(t, set).Check(t.Context()); err == nil {
		t.Error("nobody answers")
	}
}

// A list that takes too long is told as far as it came, and says so.
func TestListEndsWithItsShareOfTheTime(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("date") {
		case "20261118":
			_, _ = w.Write([]byte(`{"list":[{"id":"T1","st":"SUCCESS","fen":1,"at":"2026-11-18 10:00:00"}]}`))
		case "20261117":
			<-gate
		default: // payouts
			_, _ = w.Write([]byte(`{"list":[]}`))
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(gate) })
	set := httpjson.Settings{
		BaseURL: server.URL, Transactions: httpjson.Request{
			Path: "/list", Query: map[string]string{"date": "${date}", "m": "${merchant_no}"}, Rows: "list[]", Fields: map[string]string{"id": "id", "state": "st", "amount_fen": "fen", "time": "at"},
		},
		Settlements: httpjson.Request{Path: "/payouts/${merchant_no}", Rows: "list[]", Fields: map[string]string{"id": "id", "state": "st", "net_fen": "fen"}},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	rows, err := connector(t, set).Fetch(ctx, query())
	if err != nil || len(rows.Transactions) != 1 || rows.AllSales || !rows.Cut || !rows.AllPayouts {
		t.Errorf("%v %+v", err, rows)
	}
}
