package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// doctorDay has its calendar: before 1 November of a shipped year.
func doctorDay() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// newTestDoctor examines cfg at a fixed time.
func newTestDoctor(cfg Config, client *http.Client) (*doctor, *bytes.Buffer) {
	var out bytes.Buffer
	if client == nil {
		client = newDoctorClient()
	}
	return &doctor{cfg: cfg, out: &out, secrets: secretMask(cfg), now: doctorDay, http: client}, &out
}

func doctorConfig(t *testing.T) Config {
	t.Helper()
	c := defaultConfig()
	c.DataDir, c.Listen, c.MetricsListen = t.TempDir(), "127.0.0.1:0", ""
	return c
}

// wechatAPI is a platform that answers token and typing requests as told.
func wechatAPI(t *testing.T, token, typing string, date time.Time) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", date.UTC().Format(http.TimeFormat))
		switch r.URL.Path {
		case "/cgi-bin/stable_token":
			fmt.Fprint(w, token)
		case "/cgi-bin/message/custom/typing":
			fmt.Fprint(w, typing)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestDoctorOnZeroConfigurationIsGreenAndLeavesNothing(t *testing.T) {
	t.Parallel()
	cfg := doctorConfig(t)
	cfg.DataDir = filepath.Join(cfg.DataDir, "not", "yet")
	d, out := newTestDoctor(cfg, nil)
	d.examine(t.Context())
	if d.failed != 0 {
		t.Fatalf("a fresh installation fails:\n%s", out)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(cfg.DataDir)), "*")); len(left) != 0 {
		t.Errorf("the doctor left %v", left)
	}
}

func TestDoctorTokenAndPermission(t *testing.T) {
	t.Parallel()
	const good = `{"access_token":"T0KEN-VALUE","expires_in":7200}`
	for _, c := range []struct {
		name, token, typing, verified string
		want                          []string
		failed                        int
	}{
		{"allowed", good, `{"errcode":40003,"errmsg":"invalid openid"}`, "auto", []string{"✓ 令牌 wx1", "✓ 权限 wx1"}, 0},
		{"unverified, auto", good, `{"errcode":48001,"errmsg":"api unauthorized"}`, "auto", []string{"✓ 令牌 wx1", "✓ 权限 wx1", "被动回复"}, 0},
		{"unverified, said to be verified", good, `{"errcode":48001,"errmsg":"api unauthorized"}`, "true", []string{"✗ 权限 wx1", "48001"}, 1},
		{"address not on the list", `{"errcode":40164,"errmsg":"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1"}`, "", "auto", []string{"✗ 令牌 wx1", "203.0.113.7", "IP 白名单", "– 权限 wx1"}, 1},
		{"wrong secret", `{"errcode":40125,"errmsg":"invalid appsecret app-secret-1"}`, "", "auto", []string{"✗ 令牌 wx1", "app_secret", "– 权限 wx1"}, 1},
		{"quota", good, `{"errcode":45009,"errmsg":"reach max api daily quota limit"}`, "auto", []string{"✓ 令牌 wx1", "✗ 权限 wx1", "45009"}, 1},
		{"garbage", `<html>`, "", "auto", []string{"✗ 令牌 wx1"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := doctorConfig(t)
			cfg.WeChat.APIBaseURL = wechatAPI(t, c.token, c.typing, doctorDay())
			cfg.WeChat.AccountConfig = AccountConfig{AppID: "wx1", AppSecret: "app-secret-1", Token: "tok-1", Mode: "plain", Verified: c.verified}
			d, out := newTestDoctor(cfg, nil)
			d.accounts(t.Context())
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("%q is missing:\n%s", w, out)
				}
			}
			if d.failed != c.failed {
				t.Errorf("%d failed, want %d:\n%s", d.failed, c.failed, out)
			}
			for _, secret := range []string{"app-secret-1", "tok-1", "T0KEN-VALUE"} {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%q is printed:\n%s", secret, out)
				}
			}
		})
	}
}

func TestDoctorClock(t *testing.T) {
	t.Parallel()
	for skew, want := range map[time.Duration]string{
		0: "✓ 时钟", 30 * time.Second: "✓ 时钟", 5 * time.Minute: "✗ 时钟：本机比微信慢 5m", -3*time.Minute - 10*time.Second: "✗ 时钟：本机比微信快 3m",
	} {
		cfg := doctorConfig(t)
		cfg.WeChat.AccountConfig = AccountConfig{AppID: "wx1"}
		cfg.WeChat.APIBaseURL = wechatAPI(t, "", "", doctorDay().Add(skew))
		d, out := newTestDoctor(cfg, nil)
		d.clock(t.Context())
		if !strings.HasPrefix(out.String(), want) {
			t.Errorf("%s: %s, want %s", skew, out, want)
		}
	}
}

func TestDoctorCallbackAddress(t *testing.T) {
	t.Parallel()
	for address, fine := range map[string]bool{
		"https://pay.example.com": true, "https://pay.example.com/": true, "https://pay.example.com:443": true, "https://203.0.113.7": true,
		"http://pay.example.com": false, "https://pay.example.com:8443": false, "https://pay.example.com/x": false, "https://localhost": false,
		"https://10.0.0.8": false, "https://127.0.0.1": false, "https://[::1]": false, "https://box.local": false, "pay.example.com": false,
		"https://u:p@pay.example.com": false, "https://": false, "https://pay.example.com?a=1": false,
	} {
		if got := callbackProblem(address); (got == "") != fine {
			t.Errorf("%s: %q", address, got)
		}
	}
}

func TestDoctorAsksTheCallbackAsWeChatDoes(t *testing.T) {
	t.Parallel()
	answer := func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case r.URL.Path != "/wechat/wx1":
			http.NotFound(w, r)
		case q.Get("signature") != callbackSignature("tok-1", q.Get("timestamp"), q.Get("nonce")):
			w.WriteHeader(http.StatusForbidden)
		default:
			fmt.Fprint(w, q.Get("echostr"))
		}
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		account AccountConfig
		want    string
	}{
		{"verified", answer, AccountConfig{AppID: "wx1", Token: "tok-1"}, "✓ 回调 wx1"},
		{"another token runs", answer, AccountConfig{AppID: "wx1", Token: "tok-2"}, "✗ 回调 wx1"},
		{"somebody else's server", answer, AccountConfig{AppID: "wx2", Token: "tok-1"}, "✗ 回调 wx2"},
		{"proxy without server", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, AccountConfig{AppID: "wx1", Token: "tok-1"}, "✗ 回调 wx1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewTLSServer(c.handler)
			t.Cleanup(srv.Close)
			cfg := doctorConfig(t)
			cfg.PublicURL = srv.URL
			d, out := newTestDoctor(cfg, srv.Client())
			d.callback(t.Context(), c.account)
			if !strings.HasPrefix(out.String(), c.want) || strings.Contains(out.String(), "signature") {
				t.Errorf("%s, want %s", out, c.want)
			}
		})
	}
}

func TestDoctorDatabaseCalendarKnowledge(t *testing.T) {
	t.Parallel()
	cfg := doctorConfig(t)
	s, err := openStore(t.Context(), cfg, doctorDay)
	if err != nil {
		t.Fatal(err)
	}
	if err := seedKnowledge(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d, out := newTestDoctor(cfg, nil)
	d.database(t.Context())
	for _, w := range []string{"✓ 数据库", "结构版本", "✓ 日历：已载入到 2026-12-31", "✓ 知识：", "个条目已发布", "– 管理员"} {
		if !strings.Contains(out.String(), w) {
			t.Errorf("%q is missing:\n%s", w, out)
		}
	}
	d, out = newTestDoctor(cfg, nil)
	d.now = func() time.Time { return time.Date(2026, 11, 1, 0, 30, 0, 0, time.UTC) }
	d.database(t.Context())
	if !strings.Contains(out.String(), "✗ 日历：没有2027年") || d.failed != 1 {
		t.Errorf("November without the next year:\n%s", out)
	}
	d.cfg.DatabaseURL = "postgres://u:pg-password@127.0.0.1:1/x?connect_timeout=1"
	d.secrets = secretMask(d.cfg)
	out.Reset()
	d.database(t.Context())
	if !strings.HasPrefix(out.String(), "✗ 数据库") || strings.Contains(out.String(), "pg-password") {
		t.Errorf("unreachable database:\n%s", out)
	}
}

func TestDoctorDataDirThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	cfg := doctorConfig(t)
	file := filepath.Join(cfg.DataDir, "file")
	writeFile(t, file, "x")
	cfg.DataDir = filepath.Join(file, "below")
	d, out := newTestDoctor(cfg, nil)
	d.dataDir(t.Context())
	if d.failed != 1 {
		t.Errorf("%s", out)
	}
}

func TestDoctorModel(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sk-right" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":{"message":"bad key sk-wrong-key"}}`)
			return
		}
		fmt.Fprint(w, `{"choices":[{"message":{"role":"assistant","content":"您好。"}}]}`)
	}))
	t.Cleanup(srv.Close)
	for key, want := range map[string]string{"sk-right": "✓ 大模型", "sk-wrong-key": "✗ 大模型"} {
		cfg := doctorConfig(t)
		cfg.OpenAI = OpenAIConfig{APIKey: key, BaseURL: srv.URL, Model: "m", Timeout: 5 * time.Second}
		d, out := newTestDoctor(cfg, nil)
		d.model(t.Context())
		if !strings.HasPrefix(out.String(), want) || strings.Contains(out.String(), "sk-wrong-key") {
			t.Errorf("%s: %s", key, out)
		}
	}
}

func TestDoctorEmbeddings(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/embeddings" {
			t.Errorf("asked %s", r.URL.Path)
		}
		second := `[0,1]`
		if r.Header.Get("Authorization") != "Bearer sk-right" {
			second = `[0,1,2]`
		}
		fmt.Fprintf(w, `{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":%s}]}`, second)
	}))
	t.Cleanup(srv.Close)
	for _, c := range []struct{ model, key, want string }{{"e", "sk-right", "✓ 向量模型"}, {"e", "sk-wrong", "✗ 向量模型"}, {"", "sk-right", "– 向量模型"}} {
		cfg := doctorConfig(t)
		cfg.OpenAI = OpenAIConfig{APIKey: c.key, BaseURL: srv.URL, EmbeddingModel: c.model, Timeout: 5 * time.Second}
		d, out := newTestDoctor(cfg, nil)
		d.embeddings(t.Context())
		if !strings.HasPrefix(out.String(), c.want) {
			t.Errorf("%+v: %s", c, out)
		}
	}
}

func TestDoctorAddressTaken(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	ours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"status":"ready"} daozhang_turn_seconds`)
	}))
	t.Cleanup(other.Close)
	t.Cleanup(ours.Close)
	for address, want := range map[string]string{other.URL: "✗", ours.URL: "✓"} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		cfg := doctorConfig(t)
		cfg.Listen = u.Host
		d, out := newTestDoctor(cfg, nil)
		d.listenAddress(t.Context())
		d.cfg.Listen, d.cfg.MetricsListen = "127.0.0.1:1", u.Host
		d.metricsAddress(t.Context())
		if lines := strings.Split(out.String(), "\n"); !strings.HasPrefix(lines[0], want) || !strings.HasPrefix(lines[1], want) {
			t.Errorf("%s: %s", want, out)
		}
	}
}

func TestDoctorReady(t *testing.T) {
	t.Parallel()
	status, body := http.StatusOK, any(map[string]any{"status": "ready"})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked %s", r.URL.Path)
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(srv.Close)
	listen := strings.TrimPrefix(srv.URL, "http://")
	_, port, _ := strings.Cut(listen, ":")
	if code, out, errs := command1(t, "", "doctor", "-ready", "-listen", "0.0.0.0:"+port); code != exitDone || out != "" || errs != "" {
		t.Errorf("ready: %d %q %q", code, out, errs)
	}
	status, body = http.StatusServiceUnavailable, map[string]any{"failed": []string{"database"}}
	if code, _, errs := command1(t, "", "doctor", "-ready", "-listen", listen); code != exitFailed || !strings.Contains(errs, "database") || strings.Count(errs, "\n") != 1 {
		t.Errorf("not ready: %d %q", code, errs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := askReady(ctx, newDoctorClient(), "127.0.0.1:1"); err == nil {
		t.Error("nobody there, and ready")
	}
}

func TestDoctorNamesEveryProblemOfTheConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "c.yaml")
	writeFile(t, file, "bot:\n  turn_cap: 0\n  business_hours: nine\n")
	code, out, _ := command1(t, "", "doctor", "-config", file)
	if code != exitFailed || strings.Count(out, "✗") != 2 || !strings.Contains(out, "turn_cap") || !strings.Contains(out, "business_hours") {
		t.Errorf("%d %s", code, out)
	}
}

func TestDoctorSMS(t *testing.T) {
	t.Parallel()
	status := http.StatusMethodNotAllowed
	var got []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	cfg := doctorConfig(t)
	d, out := newTestDoctor(cfg, nil)
	d.sms(t.Context())
	cfg.SMS = SMSConfig{URL: srv.URL + "/send?key=url-secret", Secret: "sms-secret-0123456789", Timeout: time.Second}
	d.cfg = cfg
	d.sms(t.Context())
	status = http.StatusBadGateway
	d.sms(t.Context())
	srv.Close()
	d.sms(t.Context())
	lines := strings.Split(out.String(), "\n")
	for i, mark := range []string{"–", "✓", "✗", "✗"} {
		if !strings.HasPrefix(lines[i], mark+" 短信网关") {
			t.Errorf("line %d: %s", i, lines[i])
		}
	}
	if len(got) > 0 || strings.Contains(out.String(), "secret") {
		t.Errorf("sent %q, told %s", got, out)
	}
}

func TestDoctorImports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, profile := filepath.Join(dir, "file"), filepath.Join(dir, "p.yaml")
	writeFile(t, file, "x")
	writeFile(t, profile, "name: X\n")
	writeFile(t, filepath.Join(dir, "in", "failed", "merchants", "m.csv.errors.csv"), "x")
	for _, c := range []struct {
		ledger LedgerConfig
		failed int
		says   string
	}{
		{LedgerConfig{}, 0, "没有设"},
		{LedgerConfig{ImportDir: filepath.Join(dir, "none")}, 0, "启动时建立"},
		{LedgerConfig{ImportDir: filepath.Join(dir, "in")}, 0, "1 个没导进"},
		{LedgerConfig{ImportDir: file}, 1, "不可写"},
		{LedgerConfig{Profiles: []string{profile}}, 1, "title"},
	} {
		cfg := doctorConfig(t)
		cfg.Ledger = c.ledger
		d, out := newTestDoctor(cfg, nil)
		d.imports(t.Context())
		if d.failed != c.failed || !strings.Contains(out.String(), c.says) || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%+v: %d %s", c.ledger, d.failed, out)
		}
	}
}
