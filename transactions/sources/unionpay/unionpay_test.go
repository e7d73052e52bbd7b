package unionpay

import (
	"context"
	"io"
	"maps"
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
	merchant, orderID = "777290058110048", "DZ20261122150327"
	queryID           = "202611221503270000088"
	certID            = "68759622183" // the serial number of ours.crt
)

var now = time.Date(2026, 11, 23, 15, 0, 0, 0, transactions.Shanghai) //nolint:gochecknoglobals // read-only

// standIn answers as the gateway does.
type standIn struct {
	t     *testing.T
	mu    sync.Mutex
	say   map[string]map[string]string // orderId or queryId → answer
	forge func(a map[string]string)
	plain string
	asked []string
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, string(body))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		s.t.Error(err)
	}
	q := map[string]string{}
	for k, v := range form {
		q[k] = v[0]
	}
	if s.plain != "" {
		_, _ = io.WriteString(w, s.plain)
		return
	}
	if r.URL.Path != queryPath || q["certId"] != certID || q["version"] != "5.1.0" || q["signMethod"] != "01" ||
		wire.Verify(wiretest.Public(s.t, "ours.pub"), digest(q), q["signature"]) != nil {
		_, _ = io.WriteString(w, "respCode=11&respMsg=ECHO验证签名失败[9100004]") // unsigned
		return
	}
	a, ok := s.say[q["orderId"]+q["queryId"]]
	if !ok || q["merId"] != merchant {
		a = map[string]string{"respCode": "34", "respMsg": "查无此交易[2600000]", "merId": q["merId"]}
	}
	a = maps.Clone(a)
	a["signPubKeyCert"] = wiretest.PEM(s.t, "theirs.crt")
	a["signature"] = s.sign("theirs.key", a)
	if s.forge != nil {
		s.forge(a)
	}
	_, _ = io.WriteString(w, text(a))
}

func (s *standIn) sign(key string, a map[string]string) string {
	sig, err := wire.Sign(wiretest.Private(s.t, key), digest(a))
	if err != nil {
		s.t.Error(err)
	}
	return sig
}

// text writes an answer as the gateway does: nothing is escaped.
func text(a map[string]string) string {
	parts := make([]string, 0, len(a))
	for _, k := range slices.Sorted(maps.Keys(a)) {
		parts = append(parts, k+"="+a[k])
	}
	return strings.Join(parts, "&")
}

func golden(code string) map[string]string {
	return map[string]string{
		"queryId": queryID, "traceTime": "1122150327", "signMethod": "01", "txnType": "01", "txnSubType": "01", "settleCurrencyCode": "156", "settleAmt": "12300",
		"settleDate": "1122", "traceNo": "000008", "respCode": "00", "respMsg": "成功[0000000]", "version": "5.1.0", "encoding": "UTF-8", "bizType": "000000",
		"currencyCode": "156", "txnAmt": "12300", "origRespCode": code, "origRespMsg": "交易成功[0000000]", "accNo": "6216***********0018", "payCardType": "01",
		"payType": "0001", "merId": merchant, "orderId": orderID, "txnTime": "20261122150327", "accessType": "0",
		"cardTransData": "{a=1&b={c=2&d=[3&4]}}", // a list within a value
	}
}

func serve(t *testing.T) (*standIn, string) {
	t.Helper()
	s := &standIn{t: t, say: map[string]map[string]string{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, srv.URL
}

func settings(t *testing.T, url string) Settings {
	return Settings{
		BaseURL: url, PrivateKey: wiretest.PEM(t, "ours.key"), SignCert: wiretest.PEM(t, "ours.crt"), RootCerts: wiretest.PEM(t, "theirs.crt"),
		Signer: "中国银联股份有限公司", AccessType: "0", NotFoundCodes: []string{"34"}, MaxOrders: 20, CheckMerID: merchant,
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
	return transactions.Transaction{ID: id, AmountFen: 1, Time: time.Date(2026, 11, 22, 15, 3, 27, 0, transactions.Shanghai)}
}

func query(known ...transactions.Transaction) sources.Query {
	return sources.Query{
		Merchant: transactions.Merchant{MerchantNo: merchant}, RemoteNo: merchant, Now: now, From: now.AddDate(0, 0, -2), To: now, Known: known,
	}
}

func fetch(ctx context.Context, t *testing.T, a map[string]string, q sources.Query) (sources.Rows, error) {
	t.Helper()
	s, url := serve(t)
	s.say[orderID], s.say[queryID] = a, a
	return open(t, settings(t, url)).Fetch(ctx, q) //nolint:wrapcheck // a test looks at it
}

func with(a map[string]string, pairs ...string) map[string]string {
	for i := 0; i < len(pairs); i += 2 {
		a[pairs[i]] = pairs[i+1]
	}
	return a
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	wiretest.Troubles(t, wiretest.Case{
		New:   func(t *testing.T, url string) sources.Connector { return open(t, settings(t, url)) },
		Query: query(sale(orderID)), Secrets: []string{wiretest.PEM(t, "ours.key"), "signature="},
	})
}

// The golden question, with its signature.
func TestGoldenQuestion(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	s.say[orderID] = golden("00")
	if _, err := open(t, settings(t, url)).Fetch(t.Context(), query(sale(orderID))); err != nil {
		t.Fatal(err)
	}
	// printf %s "$(printf %s "$want" | sha256sum | cut -d' ' -f1)" | openssl dgst -sha256 -sign ours.key | base64
	const want = "accessType=0&bizType=000000&certId=68759622183&channelType=07&encoding=UTF-8&merId=777290058110048&orderId=DZ20261122150327" +
		"&signMethod=01&txnSubType=00&txnTime=20261122150327&txnType=00&version=5.1.0"
	const signature = "SOHzi2CFg0yM4d0PW+AYKocqMVECWghi2Vfzt/wdpPktWd6tjMHu9zYfnkNff3wKyOK1/qSjCJjVYF3KD9vZXZFLu2Xg9V6ELVhsZjeO5PasaMKiKxkw2Tb+qO56/6j9Q8zH2aVOHQRuyRfn5Y6CuVLyy9/C1dX29ze8oBhN+PYl+yczgYjI1Sk+MblllRAAxTF5R38QzRXCys+ObIFFOw2AJ/JIAVA29HNlE887HLQGU9fXUlRJQKZSnnWWddIJCmsLoJ95I59p2H96BXweDitYCOthh3JUycVIv2T3JM770Pgrz3WJYUkD8nLQzyHI+3D2ecxwSrJW0sGu9LifKw=="
	form, err := fields(s.asked[0])
	if err != nil {
		t.Fatal(err)
	}
	if form["signature"] != signature {
		t.Errorf("the signature is %s", form["signature"])
	}
	delete(form, "signature")
	if text(form) != want {
		t.Errorf("asked\n%s, want\n%s", text(form), want)
	}
}

func fields(body string) (map[string]string, error) {
	form, err := url.ParseQuery(body)
	out := map[string]string{}
	for k := range form {
		out[k] = form.Get(k)
	}
	return out, err //nolint:wrapcheck // a test
}

func TestEveryOutcome(t *testing.T) {
	t.Parallel()
	for code, w := range map[string][2]string{
		"00": {transactions.Success}, "A6": {transactions.Success, "A6"}, "03": {transactions.Pending, "03"}, "04": {transactions.Pending, "04"},
		"05": {transactions.Pending, "05"}, "51": {transactions.Failed, "51"}, "61": {transactions.Failed, "61"}, "77": {transactions.Failed, "77"},
		"": {transactions.Unknown}, "0": {transactions.Unknown, "0"}, "SUCCESS": {transactions.Unknown, "SUCCESS"}, "a6": {transactions.Unknown, "a6"},
	} {
		rows, err := fetch(t.Context(), t, golden(code), query(sale(orderID)))
		if err != nil {
			t.Fatal(err)
		}
		got := wiretest.Rows(t, rows, orderID)
		if got.State != w[0] || got.RespCode != w[1] {
			t.Errorf("%q: %s %s, want %q", code, got.State, got.RespCode, w)
		}
		if got.AmountFen != 12300 || got.Kind != transactions.Sale || got.CardKind != transactions.Debit || got.CardLast4 != "0018" || got.STAN != "000008" ||
			got.ClearingDate.String() != "2026-11-22" || !got.Time.Equal(sale("").Time) {
			t.Errorf("%q: %+v", code, got)
		}
	}
}

func TestKindsAndCards(t *testing.T) {
	t.Parallel()
	for typ, want := range kinds {
		rows, err := fetch(t.Context(), t, with(golden("00"), "txnType", typ), query(sale(orderID)))
		if err != nil || wiretest.Rows(t, rows, orderID).Kind != want {
			t.Errorf("%s: %+v, %v", typ, rows, err)
		}
	}
	for sub, channel := range map[string]string{"01": "", "06": transactions.UnionPayQR, "07": transactions.UnionPayQR} {
		rows, err := fetch(t.Context(), t, with(golden("00"), "txnSubType", sub, "payCardType", "03", "accNo", strings.Repeat("1", 344)), query(sale(orderID)))
		if got := wiretest.Rows(t, rows, orderID); err != nil || got.Channel != channel || got.CardKind != "" || got.CardLast4 != "" {
			t.Errorf("%s: %+v, %v", sub, got, err)
		}
	}
}

// A sale that the ledger knows to be taken back is not set right again.
func TestTakenBackStaysTakenBack(t *testing.T) {
	t.Parallel()
	for _, state := range []string{transactions.Voided, transactions.Reversed} {
		k := sale(orderID)
		k.State = state
		rows, err := fetch(t.Context(), t, golden("00"), query(k))
		if err != nil || wiretest.Rows(t, rows, orderID).State != state {
			t.Errorf("%+v, %v", rows, err)
		}
	}
}

func TestByQueryID(t *testing.T) {
	t.Parallel()
	q := query()
	q.Reference = queryID
	rows, err := fetch(t.Context(), t, golden("00"), q)
	if err != nil || wiretest.Rows(t, rows, orderID).State != transactions.Success || rows.AllSales || rows.AllPayouts {
		t.Errorf("%+v, %v", rows, err)
	}
	rows, err = fetch(t.Context(), t, golden("00"), query(sale(queryID))) // a ledger that keeps queryId
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Rows(t, rows, queryID)
}

func TestWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	s, url := serve(t)
	timeless := sale(orderID)
	timeless.Time = time.Time{}
	q := query(timeless, sale("short"), sale("WITH_SIGN-1"), sale("带汉字的单号单号"), sale(strings.Repeat("9", 41)))
	q.Reference = "ABCDEFGH12" // without its time
	rows, err := open(t, settings(t, url)).Fetch(t.Context(), q)
	if err != nil || len(rows.Transactions) != 0 || len(s.asked) != 0 {
		t.Errorf("%+v, %v, asked %q", rows, err, s.asked)
	}
}

func TestSettleDates(t *testing.T) {
	t.Parallel()
	for at, want := range map[string][2]string{
		"20261231230000": {"0101", "2027-01-01"}, "20270101000100": {"1231", "2026-12-31"}, "20261122150327": {"1123", "2026-11-23"},
		"20280228230000": {"0229", "2028-02-29"},
	} {
		tm, err := wire.Time(wire.Compact, at)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := settleDate(want[0], tm); err != nil || d.String() != want[1] {
			t.Errorf("%s %s: %s, %v, want %s", at, want[0], d, err, want[1])
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a    map[string]string
		kind sources.FailureKind
	}{
		"no such transaction": {map[string]string{"respCode": "34"}, ""},
		"in words":            {map[string]string{"respCode": "35", "respMsg": "原交易不存在[2600002]"}, ""},
		"busy":                {map[string]string{"respCode": "06", "respMsg": "ECHO系统繁忙"}, sources.KindDown},
		"no answer yet":       {map[string]string{"respCode": "03"}, sources.KindDown},
		"another refusal":     {map[string]string{"respCode": "10", "respMsg": "ECHO"}, sources.KindRefused},
		"no merchant":         {map[string]string{"respCode": "31", "respMsg": "商户不存在"}, sources.KindRefused},
		"another order":       {with(golden("00"), "orderId", "DZ20261122150328"), sources.KindGarbage},
		"another merchant":    {with(golden("00"), "merId", "777290058110049"), sources.KindGarbage},
		"another time":        {with(golden("00"), "txnTime", "20261122150328"), sources.KindGarbage},
		"dollars":             {with(golden("00"), "currencyCode", "840"), sources.KindGarbage},
		"yuan for fen":        {with(golden("00"), "txnAmt", "123.00"), sources.KindGarbage},
		"a minus":             {with(golden("00"), "txnAmt", "-1"), sources.KindGarbage},
		"no amount":           {with(golden("00"), "txnAmt", ""), sources.KindGarbage},
		"nothing":             {with(golden("00"), "txnAmt", "0"), sources.KindGarbage},
		"a strange date":      {with(golden("00"), "settleDate", "1332"), sources.KindGarbage},
		"a strange kind":      {with(golden("00"), "txnType", "99"), sources.KindGarbage},
	} {
		rows, err := fetch(t.Context(), t, c.a, query(sale(orderID)))
		if c.kind == "" {
			if err != nil || len(rows.Transactions) != 0 {
				t.Errorf("%s: %+v, %v", name, rows, err)
			}
			continue
		}
		wiretest.Failed(t, name, err, []string{wiretest.PEM(t, "ours.key"), "ECHO"}, c.kind)
	}
}

func TestNothingUnsignedIsBelieved(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(*standIn, map[string]string){
		"no signature":   func(_ *standIn, a map[string]string) { delete(a, "signature") },
		"no certificate": func(_ *standIn, a map[string]string) { delete(a, "signPubKeyCert") },
		"a broken one": func(_ *standIn, a map[string]string) {
			a["signPubKeyCert"] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
		},
		"another amount":       func(_ *standIn, a map[string]string) { a["txnAmt"] = "12301" },
		"one field more":       func(_ *standIn, a map[string]string) { a["zzz"] = "1" },
		"one field less":       func(_ *standIn, a map[string]string) { delete(a, "traceNo") },
		"signed by a stranger": func(s *standIn, a map[string]string) { a["signature"] = s.sign("strangers.key", a) },
		"a stranger's certificate with UnionPay's name": func(s *standIn, a map[string]string) {
			a["signPubKeyCert"] = wiretest.PEM(t, "strangers.crt")
			a["signature"] = s.sign("strangers.key", a)
		},
	} {
		for _, code := range []string{"00", "34"} {
			s, url := serve(t)
			s.say[orderID] = with(golden("00"), "respCode", code)
			s.forge = func(a map[string]string) { forge(s, a) }
			_, err := open(t, settings(t, url)).Fetch(t.Context(), query(sale(orderID)))
			wiretest.Failed(t, name+" "+code, err, []string{wiretest.PEM(t, "ours.key")}, sources.KindSignature)
		}
	}
	// A certificate that the authority gave to somebody else, and one that ran out.
	s, url := serve(t)
	s.say[orderID] = golden("00")
	set := settings(t, url)
	set.Signer = "另一家公司"
	_, err := open(t, set).Fetch(t.Context(), query(sale(orderID)))
	wiretest.Failed(t, "another name", err, nil, sources.KindSignature)
	c, err := build(settings(t, url), wiretest.Deps(now.AddDate(200, 0, 0)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Fetch(t.Context(), query(sale(orderID)))
	wiretest.Failed(t, "ran out", err, nil, sources.KindSignature)
}

func TestUnsignedRefusals(t *testing.T) {
	t.Parallel()
	for plain, kind := range map[string]sources.FailureKind{
		"respCode=10&respMsg=ECHO报文格式错误[6100030]": sources.KindRefused, "respCode=06&respMsg=x": sources.KindDown,
		"respCode=34&respMsg=查无此交易": sources.KindSignature, "respCode=00": sources.KindSignature, "respMsg=x": sources.KindGarbage,
		"Invalid request.": sources.KindGarbage, "a=1&a=2&respCode=00": sources.KindGarbage,
		strings.Repeat("respCode=00&", 300): sources.KindGarbage,
	} {
		s, url := serve(t)
		s.plain = plain
		_, err := open(t, settings(t, url)).Fetch(t.Context(), query(sale(orderID)))
		wiretest.Failed(t, plain, err, []string{"ECHO"}, kind)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	_, url := serve(t)
	set := settings(t, url)
	h, err := open(t, set).Check(t.Context())
	if err != nil || !h.Signed || !h.SkewKnown || h.Note == "" {
		t.Errorf("%+v, %v", h, err)
	}
	set.PrivateKey, set.SignCert = wiretest.PEM(t, "strangers.key"), wiretest.PEM(t, "strangers.crt")
	h, err = open(t, set).Check(t.Context())
	wiretest.Failed(t, "a stranger's key", err, []string{set.PrivateKey, "ECHO"}, sources.KindRefused)
	if h.Signed {
		t.Error("a refusal was reported as a good signature")
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := settings(t, "https://gateway.95516.com")
	for name, spoil := range map[string]func(*Settings){
		"base_url": func(s *Settings) { s.BaseURL = "http://gateway.95516.com" }, "private_key": func(s *Settings) { s.PrivateKey = "SECRETSECRET" },
		"sign_cert": func(s *Settings) { s.SignCert = wiretest.PEM(t, "theirs.crt") }, "sign_cert: write": func(s *Settings) { s.SignCert = "x" },
		"root_certs": func(s *Settings) { s.RootCerts = "x" }, "signer": func(s *Settings) { s.Signer = "" },
		"access_type": func(s *Settings) { s.AccessType = "3" }, "acq_ins_code": func(s *Settings) { s.AccessType = "1" },
		"not_found_codes": func(s *Settings) { s.NotFoundCodes = []string{"00"} }, "max_orders": func(s *Settings) { s.MaxOrders = 1000 },
		"check_mer_id": func(s *Settings) { s.CheckMerID = "" },
	} {
		s := good
		spoil(&s)
		if bad := check(s); len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), name) || strings.Contains(bad[0].Error(), "SECRETSECRET") {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(text(golden("00"))))
	f.Add([]byte("a={b=1&c=[2&3]}&d=4"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parse(b)
		if err != nil {
			return
		}
		// What is not within braces comes back, whatever the order.
		again, err := parse([]byte(text(a)))
		if strings.ContainsAny(string(b), "{}[]") || strings.TrimSpace(string(b)) != string(b) {
			return
		}
		for k := range a {
			if strings.TrimSpace(k) != k || strings.TrimSpace(a[k]) != a[k] {
				return
			}
		}
		if err != nil || !maps.Equal(a, again) {
			t.Errorf("%q: %q, then %q, %v", b, a, again, err)
		}
	})
}
