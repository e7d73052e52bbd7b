package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"daozhang/handlers/wechat/wechatsim"
	"daozhang/store"
	"daozhang/transactions"
)

const (
	shops    = 200
	perSec   = 50
	seconds  = 20
	aesKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	question = "昨天下午刷了一笔5000到现在没到账"
)

// benchAnswer: a whole status question through the signed and encrypted
// callback, at 50 messages a second, until its answer is in the response;
// against a bare look at /healthz in the same run.
func benchAnswer(ctx context.Context, binary, dir string) ([]figure, error) {
	data := filepath.Join(dir, "answer")
	platform, err := wechatsim.New(wechatsim.Options{AppID: "wxbench", AppSecret: "secret", Token: "token", EncodingAESKey: aesKey}) //nolint:contextcheck // the platform has a life of its own; its Close ends it
	if err != nil {
		return nil, fmt.Errorf("simulated platform: %w", err)
	}
	defer platform.Close()
	api := httptest.NewServer(platform.Handler())
	defer api.Close()

	now := time.Now().In(transactions.Shanghai)
	if err := fillLedger(ctx, data, now); err != nil {
		return nil, err
	}
	s, _, err := startServer(ctx, binary, data, []string{
		"DAOZHANG_WECHAT_APP_ID=wxbench", "DAOZHANG_WECHAT_APP_SECRET=secret", "DAOZHANG_WECHAT_TOKEN=token",
		"DAOZHANG_WECHAT_ENCODING_AES_KEY=" + aesKey, "DAOZHANG_WECHAT_API_BASE_URL=" + api.URL, "DAOZHANG_WECHAT_VERIFIED=true",
		"DAOZHANG_ADMIN_PASSWORD=bench-only-1234",
	}, "serve")
	if err != nil {
		return nil, err
	}
	defer s.stop()
	meter := &meter{target: s.base}
	front := httptest.NewServer(meter)
	defer front.Close()
	platform.SetCallbackURL(front.URL + "/wechat/wxbench")
	for i := range shops {
		platform.AddFollower(wechatsim.Follower{OpenID: openID(i), Nickname: openID(i)})
	}
	bare, err := bareRequests(ctx, s.base, 500)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(time.Second / perSec)
	defer tick.Stop()
	var wait sync.WaitGroup
	for i := range perSec * seconds {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		wait.Go(func() { _ = platform.Say(openID(i%shops), question) }) //nolint:contextcheck // counted by the meter; the platform ends its own calls
	}
	wait.Wait()
	time.Sleep(2 * time.Second)
	took, answered := meter.result()
	if len(took) == 0 {
		return nil, fmt.Errorf("no callback came through:\n%s", s.log.String())
	}
	p99 := percentile(took, 0.99)
	return []figure{
		{fmt.Sprintf("answer: %d questions at %d/s, p50", len(took), perSec), percentile(took, 0.5).Round(100 * time.Microsecond).String(), "", ""},
		{"answer: p99, callback to answer in its response", p99.Round(100 * time.Microsecond).String(), "≤ 50 ms", fmt.Sprintf("%.0f × a bare request's p99 (%s)", float64(p99)/float64(percentile(bare, 0.99)), percentile(bare, 0.99).Round(10*time.Microsecond))},
		{"answer: answered in the response", fmt.Sprintf("%d of %d", answered, len(took)), "all", ""},
		{"answer: resident memory afterwards", fmt.Sprintf("%.1f MB", s.resident()), "", ""},
	}, nil
}

func openID(i int) string { return fmt.Sprintf("bench-%04d", i) }

// fillLedger writes shops, each with one sale of 5000.00 yesterday afternoon,
// and binds a contact to each.
func fillLedger(ctx context.Context, data string, now time.Time) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	s, err := store.Open(ctx, "sqlite://"+filepath.Join(data, "daozhang.db"), store.Options{})
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer s.Close() //nolint:errcheck // the server reads what was committed
	var merchants []transactions.Merchant
	var sales []transactions.Transaction
	var bindings []transactions.BindingRow
	at := transactions.DateOf(now).AddDays(-1).Start().Add(15 * time.Hour)
	credit := int64(60)
	for i := range shops {
		no := fmt.Sprintf("8221000000%05d", i)
		merchants = append(merchants, transactions.Merchant{
			MerchantNo: no, Name: fmt.Sprintf("测试店%d", i), Brand: "拉卡拉", Status: "NORMAL", Cycle: "T1", Cutoff: "23:00",
			Rates: transactions.Rates{CreditBP: &credit}, Account: transactions.Account{Bank: "工商银行", Last4: "1234", State: "NORMAL"},
		})
		for k := range 20 {
			sale := transactions.Transaction{
				ID: fmt.Sprintf("S%d-%d", i, k), Source: "file", MerchantNo: no, Terminal: "A0000001", Channel: "CARD", Kind: "SALE",
				State: "SUCCESS", RespCode: "00", AmountFen: int64(12300 + 1000*k), CardKind: "CREDIT", CardLast4: "6688", Time: at.Add(-time.Duration(k*7) * time.Hour),
			}
			if k == 0 {
				sale.AmountFen = 500000
			}
			sales = append(sales, sale)
		}
		bindings = append(bindings, transactions.BindingRow{AppID: "wxbench", OpenID: openID(i), MerchantNo: no, Role: "owner"})
	}
	if _, err := s.UpsertMerchants(ctx, []string{"name", "brand", "status", "cycle", "cutoff", "credit_bp", "account_bank", "account_last4", "account_state"}, merchants); err != nil {
		return fmt.Errorf("merchants: %w", err)
	}
	for batch := range slices.Chunk(sales, 500) {
		if _, err := s.UpsertTransactions(ctx, []string{"terminal", "channel", "kind", "state", "resp_code", "amount_fen", "card_kind", "card_last4", "time"}, batch); err != nil {
			return fmt.Errorf("transactions: %w", err)
		}
	}
	if _, err := s.UpsertBindings(ctx, []string{"role"}, bindings); err != nil {
		return fmt.Errorf("bindings: %w", err)
	}
	return nil
}

// meter forwards callbacks and keeps how long each took.
type meter struct {
	target   string
	mu       sync.Mutex
	took     []time.Duration
	answered int
}

// ServeHTTP implements http.Handler.
func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, m.target+r.URL.RequestURI(), r.Body)
	if err != nil {
		http.Error(w, "bad request", http.StatusBadGateway)
		return
	}
	req.Header = r.Header.Clone()
	begin := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	defer res.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(res.Body)
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	took := time.Since(begin)
	if r.Method == http.MethodPost {
		m.mu.Lock()
		m.took = append(m.took, took)
		if strings.Contains(string(body), "<Encrypt>") {
			m.answered++
		}
		m.mu.Unlock()
	}
	for k, v := range res.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body) // the platform hung up
}

func (m *meter) result() ([]time.Duration, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.took), m.answered
}

func bareRequests(ctx context.Context, base string, n int) ([]time.Duration, error) {
	var took []time.Duration
	for range n {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/healthz", nil)
		if err != nil {
			return nil, fmt.Errorf("healthz: %w", err)
		}
		begin := time.Now()
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, fmt.Errorf("healthz: %w", err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		took = append(took, time.Since(begin))
	}
	return took, nil
}

// percentile of durations, nearest rank.
func percentile(d []time.Duration, p float64) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[max(0, int(math.Ceil(p*float64(len(s))))-1)]
}
