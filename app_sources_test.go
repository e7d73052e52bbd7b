package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/desk"
	"daozhang/bot/runner"
	"daozhang/transactions"
)

// acquirer is a signed look-up interface, as the configuration below describes
// it, whose behaviour a test changes.
type acquirer struct {
	mu      sync.Mutex
	mode    string // "", down, slow, garbage
	sales   []map[string]any
	payouts []map[string]any
	calls   int
	gate    chan struct{}
	skew    time.Duration // of its clock
}

const acquirerSecret = "acquirer-secret-1"

func (a *acquirer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	mode := a.mode
	a.calls++
	rows := a.sales
	if r.URL.Path == "/payouts" {
		rows = a.payouts
	}
	body, _ := json.Marshal(map[string]any{"rows": rows})
	a.mu.Unlock()
	w.Header().Set("Date", time.Now().Add(a.skew).UTC().Format(http.TimeFormat))
	h := hmac.New(sha256.New, []byte(acquirerSecret))
	_, _ = fmt.Fprintf(h, "%s?%s", r.URL.Path, r.URL.RawQuery)
	switch {
	case r.Header.Get("Sign") != hex.EncodeToString(h.Sum(nil)):
		w.WriteHeader(http.StatusUnauthorized)
	case mode == "down":
		w.WriteHeader(http.StatusBadGateway)
	case mode == "slow":
		select {
		case <-a.gate:
		case <-r.Context().Done():
		}
	case mode == "garbage":
		_, _ = w.Write([]byte("<html>maintenance</html>"))
	default:
		_, _ = w.Write(body)
	}
}

func (a *acquirer) set(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

func acquirerConfig(url string) string {
	return strings.ReplaceAll(`
ledger:
  sources:
    - name: qiantong
      kind: http
      acquirers: [钱通]
      timeout: 500ms
      base_url: URL
      sign: {type: hmac-sha256, secret_env: ACQUIRER_SECRET, text: "${path_query}", header: Sign}
      transactions:
        path: /sales
        query: {mch: "${merchant_no}", from: "${from}"}
        rows: rows[]
        fields: {id: id, merchant_no: mch, state: st, amount: amt, time: at}
      settlements:
        path: /payouts
        query: {mch: "${merchant_no}"}
        rows: rows[]
        fields: {id: id, state: st, net: net, gross: gross, fee: fee, transaction_ids: "sales[]", paid_at: paid, account_last4: acct}
`, "URL", url)
}

// shopTalk is a merchant of that acquirer who talks to the whole server.
type shopTalk struct {
	*app
	t    *testing.T
	at   time.Time
	said int
	logs *syncBuffer
}

func newShopTalk(t *testing.T, url string) *shopTalk {
	t.Helper()
	return newShopTalkWith(t, acquirerConfig(url))
}

func newShopTalkWith(t *testing.T, config string) *shopTalk {
	t.Helper()
	cfg, _, err := loadConfig(source(config, map[string]string{"ACQUIRER_SECRET": acquirerSecret}))
	if err != nil {
		t.Fatal(err)
	}
	cfg.DataDir, cfg.MetricsListen = t.TempDir(), ""
	s := &shopTalk{t: t, at: time.Date(2026, 11, 18, 10, 0, 0, 0, transactions.Shanghai), logs: &syncBuffer{}}
	s.app, err = newApp(t.Context(), cfg, slog.New(slog.NewTextHandler(s.logs, nil)), appOptions{now: func() time.Time { return s.at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	cutoff := transactions.Merchant{
		MerchantNo: "M1", Acquirer: "钱通", Brand: "钱通", Name: "小店", Status: "NORMAL", Cycle: "T1", Cutoff: "23:00", PayoutBy: "18:00",
		Account: transactions.Account{Last4: "4477", Bank: "工商银行", Class: "I", State: "NORMAL"},
	}
	if _, err := s.store.UpsertMerchants(t.Context(), nil, []transactions.Merchant{cutoff, {MerchantNo: "M2", Acquirer: "钱通", Cycle: "T1"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.UpsertBindings(t.Context(), nil, []transactions.BindingRow{{AppID: "wx1", OpenID: "o1", MerchantNo: "M1"}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// say sends a message through the inbox and gives what the bot decided.
func (s *shopTalk) say(text string) runner.Ran {
	s.t.Helper()
	s.said++
	m := delivery.Inbound{AppID: "wx1", OpenID: "o1", DedupeKey: strconv.Itoa(s.said), Kind: delivery.KindText, Text: text, SentAt: s.at, ReceivedAt: s.at}
	if _, _, err := s.runner.Accept(s.t.Context(), m); err != nil {
		s.t.Fatal(err)
	}
	for _, r := range s.step() {
		if !r.Follow {
			return r
		}
	}
	s.t.Fatal("nobody answered")
	return runner.Ran{}
}

func (s *shopTalk) step() []runner.Ran {
	s.t.Helper()
	ran, err := s.runner.Step(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return ran
}

func words(r runner.Ran) string {
	var all []string
	for _, reply := range r.Decision.Replies {
		all = append(all, reply.Text)
	}
	return strings.Join(all, "\n")
}

func liveSale() []map[string]any {
	return []map[string]any{{"id": "Q1", "mch": "M1", "st": "SUCCESS", "amt": "5000.00", "at": "2026-11-17 15:20:00"}}
}

// The whole way: what only the acquirer knows is told, promised and watched,
// and the merchant hears of the money without asking again.
func TestLiveSourceAnswersAndKeepsThePromise(t *testing.T) {
	t.Parallel()
	a := &acquirer{sales: liveSale()}
	a.payouts = []map[string]any{{"id": "B1", "st": "PROCESSING", "net": "4970.00", "gross": "5000.00", "fee": "30.00", "sales": []string{"Q1"}, "acct": "4477"}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	s := newShopTalk(t, server.URL)
	r := s.say("昨天下午刷的5000怎么没到账")
	if r.Decision.Cause != "SETTLE_PROCESSING" || r.Decision.Due.String() != "2026-11-18" || strings.Contains(words(r), "数据截至") {
		t.Fatalf("%s %s\n%s", r.Decision.Cause, r.Decision.Due, words(r))
	}
	if f, err := s.store.Facts(t.Context(), transactions.Lookup{MerchantNos: []string{"M1"}, From: s.at.AddDate(0, 0, -7), To: s.at}); err != nil || len(f.Transactions) != 1 {
		t.Errorf("the console's ledger has %d rows: %v", len(f.Transactions), err)
	}
	a.set(func() {
		a.payouts[0]["st"], a.payouts[0]["paid"] = "PAID", "2026-11-18 10:20:00"
	})
	s.at = s.at.Add(31 * time.Minute)
	ran := s.step()
	if len(ran) == 0 || !ran[0].Follow || !strings.Contains(words(ran[0]), "4970.00元") {
		t.Fatalf("the promise was not kept: %+v", ran)
	}
	for _, again := range ran[1:] {
		if words(again) != "" {
			t.Errorf("told twice: %s", words(again))
		}
	}
	s.at = s.at.Add(time.Hour)
	for _, again := range s.step() {
		if words(again) != "" {
			t.Errorf("told twice: %s", words(again))
		}
	}
}

// The date passes: the acquirer is asked before the bot says so.
func TestLiveSourceIsAskedBeforeAPromiseIsBroken(t *testing.T) {
	t.Parallel()
	a := &acquirer{sales: liveSale()}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	s := newShopTalk(t, server.URL)
	if r := s.say("昨天下午刷的5000怎么没到账"); r.Decision.Due.String() != "2026-11-18" {
		t.Fatalf("%+v", r.Decision)
	}
	calls := a.calls
	s.at = time.Date(2026, 11, 18, 18, 0, 1, 0, transactions.Shanghai)
	ran := s.step()
	if len(ran) == 0 || ran[0].Decision.Handoff == nil || ran[0].Decision.Cause != "OVERDUE" || a.calls <= calls {
		t.Errorf("%+v", ran)
	}
}

// A source that cannot be reached: the merchant is told so, a case opens,
// yesterday's rows are not told, and the answer comes when the source is back.
func TestUnreachableSourceBecomesACase(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"down", "slow", "garbage"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			a := &acquirer{mode: mode, gate: make(chan struct{}), sales: liveSale()}
			server := httptest.NewServer(a)
			t.Cleanup(server.Close)
			t.Cleanup(func() { close(a.gate) })
			s := newShopTalk(t, server.URL)
			yesterday := []transactions.Transaction{{
				ID: "Q1", MerchantNo: "M1", State: "SUCCESS", AmountFen: 500000, Time: time.Date(2026, 11, 17, 15, 20, 0, 0, transactions.Shanghai), SeenAt: s.at.Add(-20 * time.Hour),
			}}
			if _, err := s.store.UpsertTransactions(t.Context(), nil, yesterday); err != nil {
				t.Fatal(err)
			}
			r := s.say("昨天下午刷的5000怎么没到账")
			if r.Decision.Cause != "LEDGER_UNAVAILABLE" || r.Decision.Action != bot.ActionEscalate || r.Decision.Handoff == nil || r.Status != bot.StatusWaiting {
				t.Fatalf("%+v", r.Decision)
			}
			said := words(r)
			if !strings.Contains(said, "查不到交易系统") || strings.Contains(said, "11月18日") || strings.Contains(said, "到账时间") {
				t.Errorf("said: %s", said)
			}
			cases, err := s.store.DeskCases(t.Context(), desk.CaseFilter{})
			if err != nil || len(cases) != 1 || cases[0].Reason != "LEDGER_UNAVAILABLE" {
				t.Errorf("%v %+v", err, cases)
			}
			if log := s.logs.String(); strings.Contains(log, acquirerSecret) || strings.Contains(log, "M1") || !strings.Contains(log, "qiantong") {
				t.Errorf("logged: %s", log)
			}
			a.set(func() { a.mode = "" })
			s.at = s.at.Add(3 * time.Minute)
			ran := s.step()
			if len(ran) == 0 || !strings.Contains(words(ran[0]), "交易系统恢复了") {
				t.Errorf("back again: %+v", ran)
			}
		})
	}
}

// Rows of another shop in the answer reach neither reply nor ledger.
func TestForeignRowsOfASourceReachNobody(t *testing.T) {
	t.Parallel()
	a := &acquirer{sales: []map[string]any{
		{"id": "Q1", "mch": "M1", "st": "SUCCESS", "amt": "5000.00", "at": "2026-11-17 15:20:00"},
		{"id": "Q2", "mch": "M2", "st": "SUCCESS", "amt": "6666.66", "at": "2026-11-17 15:30:00"},
	}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	s := newShopTalk(t, server.URL)
	for _, text := range []string{"昨天刷的6666.66怎么没到账", "昨天刷的钱怎么没到账"} {
		if r := s.say(text); strings.Contains(words(r), "15:30") || strings.Contains(strings.Join(r.Decision.Transactions, ","), "Q2") {
			t.Errorf("%s: %s", text, words(r))
		}
	}
	f, err := s.store.Facts(t.Context(), transactions.Lookup{MerchantNos: []string{"M1", "M2"}, From: s.at.AddDate(0, 0, -7), To: s.at})
	if err != nil || len(f.Transactions) != 1 {
		t.Errorf("%v %+v", err, f.Transactions)
	}
}

func TestDoctorAsksTheSources(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		secret string
		skew   time.Duration
		mode   string
		want   string
	}{
		"good":         {acquirerSecret, 0, "", "✓ 查账来源 qiantong：可用（http）"},
		"wrong secret": {"another-secret", 0, "", "✗ 查账来源 qiantong：拒绝了我们"},
		"clock":        {acquirerSecret, 10 * time.Minute, "", "✗ 查账来源 qiantong：通了，但对方的时钟与本机相差"},
		"both":         {"another-secret", time.Hour, "", "✗ 查账来源 qiantong：没有接受我们的请求"},
		"garbage":      {acquirerSecret, 0, "garbage", "✗ 查账来源 qiantong：应答不是约定的样子"},
		"down":         {acquirerSecret, 0, "down", "✗ 查账来源 qiantong：连不上"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &acquirer{sales: liveSale(), skew: tc.skew, mode: tc.mode}
			server := httptest.NewServer(a)
			t.Cleanup(server.Close)
			text := strings.Replace(acquirerConfig(server.URL), "      timeout:", "      check_merchant: M1\n      timeout:", 1)
			cfg, _, err := loadConfig(source(text, map[string]string{"ACQUIRER_SECRET": tc.secret}))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			d := &doctor{cfg: cfg, out: &out, secrets: secretMask(cfg), now: time.Now, http: newDoctorClient()}
			d.lookUpSources(context.Background())
			if !strings.HasPrefix(out.String(), tc.want) || strings.Contains(out.String(), tc.secret) || (d.failed > 0) != (name != "good") {
				t.Errorf("%s", out.String())
			}
		})
	}
}
