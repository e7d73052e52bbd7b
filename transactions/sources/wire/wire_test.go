package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
	"daozhang/transactions/sources/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAmounts(t *testing.T) {
	t.Parallel()
	type amounts struct {
		Fen  wire.Fen        `json:"f"`
		Yuan wire.YuanAmount `json:"y"`
	}
	for text, want := range map[string]amounts{
		`{}`:                           {},
		`{"f":null,"y":""}`:            {},
		`{"f":0,"y":0}`:                {wire.Fen{Set: true}, wire.YuanAmount{Set: true}},
		`{"f":"12300","y":"123.00"}`:   {wire.Fen{Fen: 12300, Set: true}, wire.YuanAmount{Fen: 12300, Set: true}},
		`{"f":12300,"y":123}`:          {wire.Fen{Fen: 12300, Set: true}, wire.YuanAmount{Fen: 12300, Set: true}},
		`{"f":-1,"y":"-0.01"}`:         {wire.Fen{Fen: -1, Set: true}, wire.YuanAmount{Fen: -1, Set: true}},
		`{"f":"000012","y":"0.1"}`:     {wire.Fen{Fen: 12, Set: true}, wire.YuanAmount{Fen: 10, Set: true}},
		`{"y":"9007199254740.93"}`:     {Yuan: wire.YuanAmount{Fen: 900719925474093, Set: true}}, // beyond float64
		`{"f":" 12 ","y":" 12.5 "}`:    {wire.Fen{Fen: 12, Set: true}, wire.YuanAmount{Fen: 1250, Set: true}},
		`{"f":99999999999999,"y":1.0}`: {wire.Fen{Fen: 99999999999999, Set: true}, wire.YuanAmount{Fen: 100, Set: true}},
	} {
		var got amounts
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		`{"f":1.5}`, `{"f":"1,000"}`, `{"f":1e3}`, `{"f":"x"}`, `{"f":true}`, `{"f":[]}`, `{"f":100000000000000000}`, `{"f":"+1"}`, `{"f":"--1"}`, `{"f":"-"}`,
		`{"y":"0.001"}`, `{"y":"1,000.00"}`, `{"y":"¥1"}`, `{"y":"1."}`, `{"y":".5"}`, `{"y":"1e2"}`, `{"y":"+1"}`, `{"y":"-"}`, `{"y":"1-"}`, `{"y":"1 2"}`,
		`{"y":"１２"}`, `{"y":999999999999999999999}`, `{"y":{}}`,
	} {
		var got amounts
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s was read as %+v", text, got)
		}
	}
}

func FuzzYuan(f *testing.F) {
	for _, s := range []string{"0.01", "-12.30", "99999999999999.99", "1.", "-", "1e5", "0x10", "１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fen, err := wire.ParseYuan(s)
		if err != nil {
			return
		}
		// What is read is written back to the same number.
		n := max(fen, -fen)
		digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(s), "0")
		back := strings.TrimRight(strings.TrimLeft(itoa(n), "0"), "0")
		if strings.TrimRight(digits, "0") != back || strings.HasPrefix(s, "-") != (fen < 0) && fen != 0 {
			t.Errorf("%q was read as %d", s, fen)
		}
	})
}

func itoa(n int64) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "6216***********0018": "0018", "0018": "0018", "018": "", "6216 8888 0018": "0018", "工商银行(4821)": "", "尾号4821": "4821", "62161234": "1234",
	} {
		if got := wire.Last4(in); got != want {
			t.Errorf("Last4(%q) = %q, want %q", in, got, want)
		}
	}
	if a, b := wire.PayerRef("wechatpay", "o1"), wire.PayerRef("alipay", "o1"); a == b || a == "" || len(a) != 20 || wire.PayerRef("x", "") != "" {
		t.Error("payers of two platforms look the same, or nobody looks like somebody")
	}
	if got := wire.Word("TRADE_X <script>'\n状态" + strings.Repeat("9", 60)); got != "TRADE_Xscript"+strings.Repeat("9", 27) {
		t.Errorf("Word: %q", got)
	}
	var v struct{ A, B, C wire.Text }
	if err := json.Unmarshal([]byte(`{"A":12,"B":"x","C":null}`), &v); err != nil || v.A != "12" || v.B != "x" || v.C != "" {
		t.Errorf("%+v, %v", v, err)
	}
	for words, want := range map[string]bool{
		"原交易不存在": true, "订单不存在[1]": true, "查无此交易": true, "无法找到原交易": true, "未查到该笔订单": true, "查无此单": true,
		"商户不存在": false, "终端不存在": false, "交易成功": false, "交易失败，商户不存在": false, "": false,
	} {
		if wire.NoSuchOrder(words) != want {
			t.Errorf("NoSuchOrder(%q) = %v", words, !want)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	at, err := wire.Time(wire.Compact, "20261122150327")
	if err != nil || at.Format(time.RFC3339) != "2026-11-22T15:03:27+08:00" {
		t.Errorf("%v, %v", at, err)
	}
	if at, err = wire.Time(wire.Compact, " "); err != nil || !at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
	if d, err := wire.Day(wire.DayOnly, "20261122"); err != nil || d.String() != "2026-11-22" {
		t.Errorf("%v, %v", d, err)
	}
	if d, err := wire.Day(wire.DayOnly, ""); err != nil || !d.IsZero() {
		t.Errorf("%v, %v", d, err)
	}
	if _, err := wire.Day(wire.DayOnly, "20261322"); err == nil || strings.Contains(err.Error(), "20261322") {
		t.Errorf("%v", err)
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	sig, err := wire.Sign(wiretest.Private(t, "ours.key"), []byte("text"))
	if err != nil || wire.Verify(wiretest.Public(t, "ours.pub"), []byte("text"), sig) != nil {
		t.Fatal("our own signature does not fit", err)
	}
	for name, err := range map[string]error{
		"another text": wire.Verify(wiretest.Public(t, "ours.pub"), []byte("Text"), sig),
		"another key":  wire.Verify(wiretest.Public(t, "theirs.pub"), []byte("text"), sig),
		"none":         wire.Verify(wiretest.Public(t, "ours.pub"), []byte("text"), ""),
		"no Base64":    wire.Verify(wiretest.Public(t, "ours.pub"), []byte("text"), "%"),
	} {
		if err == nil {
			t.Errorf("%s was believed", name)
		}
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, transactions.Shanghai)
	row := func(id, state string, hour int) transactions.Transaction {
		return transactions.Transaction{ID: id, State: state, RRN: "R" + id, Time: day.Add(time.Duration(hour) * time.Hour)}
	}
	q := sources.Query{Known: []transactions.Transaction{row("1", "SUCCESS", 1), row("2", "PENDING", 2), row("3", "SUCCESS", 3), row("", "SUCCESS", 4), row("5", "FAILED", 5)}}
	all := func(*transactions.Transaction) bool { return true }
	ids := func(list []wire.Order) (out []string) {
		for _, o := range list {
			out = append(out, o.Number)
		}
		return out
	}
	for name, c := range map[string]struct {
		ref   string
		limit int
		wants func(*transactions.Transaction) bool
		want  []string
		cut   bool
	}{
		"undecided first, then the newest": {"", 9, all, []string{"2", "5", "3", "1"}, false},
		"what the merchant said first":     {"R1", 9, all, []string{"1", "2", "5", "3"}, false},
		"a number that nobody knows":       {" X9 ", 9, all, []string{"X9", "2", "5", "3", "1"}, false},
		"at most so many":                  {"X9", 2, all, []string{"X9", "2"}, true},
		"only those wanted":                {"", 9, func(t *transactions.Transaction) bool { return t.State == "FAILED" }, []string{"5"}, false},
	} {
		q.Reference = c.ref
		list, cut := wire.Orders(q, c.limit, c.wants)
		if !slices.Equal(ids(list), c.want) || cut != c.cut {
			t.Errorf("%s: %v %v, want %v %v", name, ids(list), cut, c.want, c.cut)
		}
	}
	shop := sources.Query{Merchant: transactions.Merchant{Terminals: []string{"a", "b", "c", "d"}}}
	if got := wire.Terminals(shop, wire.Order{}); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("terminals %v", got)
	}
	if got := wire.Terminals(shop, wire.Order{Known: &transactions.Transaction{Terminal: "z"}}); !slices.Equal(got, []string{"z"}) {
		t.Errorf("terminals %v", got)
	}
	if wire.Plain("", 1, 9) || wire.Plain("a/b", 1, 9) || wire.Plain("a&b", 1, 9) || !wire.Plain("A_b-1|*", 1, 9) || wire.Plain("1234567890", 1, 9) {
		t.Error("Plain lets through what may not stand in a request, or refuses an order number")
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	list := make([]wire.Order, 40)
	for i := range list {
		list[i].Number = itoa(int64(i / 2)) // every order twice
	}
	var now, most atomic.Int32
	rows, err := wire.Each(t.Context(), list, func(_ context.Context, o wire.Order) ([]transactions.Transaction, error) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		time.Sleep(time.Millisecond)
		return []transactions.Transaction{{ID: o.Number}}, nil
	})
	if err != nil || len(rows) != 20 || rows[0].ID != "0" || rows[19].ID != "19" || most.Load() > 4 {
		t.Errorf("%d rows, %v, %d at a time", len(rows), err, most.Load())
	}
	down := sources.Fail(sources.KindDown, "", "x")
	rows, err = wire.Each(t.Context(), list, func(_ context.Context, o wire.Order) ([]transactions.Transaction, error) {
		if o.Number == "3" {
			return nil, down
		}
		return []transactions.Transaction{{ID: o.Number}}, nil
	})
	if rows != nil || !errors.Is(err, down) {
		t.Errorf("half a look-up was taken for the whole: %v, %v", rows, err)
	}
}

// The transport for SDKs: bounded, judged, and with the headers for those that ask.
func TestWhole(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/404":
			w.WriteHeader(http.StatusNotFound)
		case "/500":
			w.WriteHeader(http.StatusInternalServerError)
		}
		w.Header().Set("X-Test", "yes")
		_, _ = io.WriteString(w, "body")
	}))
	defer srv.Close()
	c := sources.NewClient(0)
	c.Transport = wire.Whole{Next: c.Transport, Explains: wire.ClientError}
	defer c.CloseIdleConnections()
	get := func(path string) (string, http.Header, error) {
		ctx, header := wire.Listen(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err != nil {
			return "", *header, err //nolint:wrapcheck // a test
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return string(b), *header, err //nolint:wrapcheck // a test
	}
	if body, header, err := get("/"); err != nil || body != "body" || header.Get("X-Test") != "yes" {
		t.Errorf("%q, %v, %v", body, header, err)
	}
	if body, _, err := get("/404"); err != nil || body != "body" {
		t.Errorf("an explained refusal: %q, %v", body, err)
	}
	if _, _, err := get("/500"); wire.Of(err) == nil || wire.Of(err).Kind != sources.KindDown {
		t.Errorf("%v", err)
	}
	if wire.Of(errors.New("x")) != nil {
		t.Error("an error out of nothing")
	}
}
