package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daozhang/handlers/wechat/wechatsim"
	"daozhang/store/storetest"
)

// Two servers as in production: one PostgreSQL, one Redis, one official
// account. What an admin publishes on one of them, the other one's console
// hears of and the other one tells, though its index was built before.
func TestPublicationOnOneReplicaIsToldByTheOther(t *testing.T) {
	t.Parallel()
	redisURL := os.Getenv("DAOZHANG_TEST_REDIS")
	if redisURL == "" {
		t.Skip("DAOZHANG_TEST_REDIS is not set: make test starts a server and sets it")
	}
	database := storetest.PostgresURL(t)
	phone := httptest.NewServer(nil)
	t.Cleanup(phone.Close)
	app := fmt.Sprintf("wxreplica%d", os.Getpid()) // Redis is shared with other tests
	platform, err := wechatsim.New(wechatsim.Options{
		AppID: app, AppSecret: demoSecret, Token: demoToken, EncodingAESKey: demoKey, PublicURL: phone.URL,
		Followers: []wechatsim.Follower{{OpenID: "asker"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(platform.Close)
	phone.Config.Handler = platform.Handler()

	config := filepath.Join(t.TempDir(), "daozhang.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, `listen: 127.0.0.1:0
metrics_listen: ""
database_url: %q
redis_url: %q
admin_password: three plain words
wechat: {app_id: %s, app_secret: %s, token: %s, encoding_aes_key: %s, mode: safe, verified: "true", api_base_url: %q}
`, database, redisURL, app, demoSecret, demoToken, demoKey, phone.URL+wechatsim.APIPath), 0o600); err != nil {
		t.Fatal(err)
	}
	replica := func() (base string, stop func() int) {
		var out syncBuffer
		stop = serveInBackground(t, &out, "serve", "-config", config, "-data-dir", t.TempDir())
		base = "http://" + waitFor(t, &out, `msg=ready address=(\S+)`)
		t.Cleanup(func() {
			if strings.Contains(out.String(), "level=ERROR") {
				t.Errorf("a replica logged errors:\n%s", out.String())
			}
		})
		return base, stop
	}
	a, stopA := replica()
	b, stopB := replica()
	platform.SetCallbackURL(b + "/wechat/" + app) // the balancer sends to this one
	asker := phoneAPI{phone.URL, "asker"}

	const question = "打印纸卡住了怎么弄"
	adminA, adminB := signInTo(t, a), signInTo(t, b)
	heard := adminB.events(t)
	publish := func(body string) {
		t.Helper()
		article := map[string]any{
			"id": "paper-jam", "title": "打印纸卡住了怎么弄", "phrasings": []string{question, "卡纸了怎么办", "小票机卡纸", "打印机不出纸卡住了"},
			"causes": []string{}, "intents": []string{"device"}, "brands": []string{}, "channels": []string{}, "audience": "merchant",
			"owner": "机具组", "review_on": "2099-01-01", "valid_from": "", "valid_until": "", "sources": []string{"domain#2.5"}, "guide_steps": []string{}, "guide_then": "", "body": body,
		}
		if adminA.send(t, "POST", "/articles", map[string]any{"article": article}) == http.StatusConflict {
			adminA.must(t, "PUT", "/articles/paper-jam/draft", map[string]any{"article": article})
		}
		adminA.must(t, "POST", "/articles/paper-jam/publish", map[string]any{"override": "测试用"})
	}
	publish("先关电源，再打开盖子，把卡住的纸轻轻拉出来。")
	heard("knowledge")
	asker.say(t, question)
	asker.hears(t, "先关电源")
	publish("打开盖子，按下绿色压板，把纸抽出来。")
	heard("knowledge")
	// From here on only the other replica can have told it.
	if code := stopA(); code != exitDone {
		t.Errorf("the first replica ended with %d", code)
	}
	asker.say(t, question)
	asker.hears(t, "按下绿色压板")
	if code := stopB(); code != exitDone {
		t.Errorf("the second replica ended with %d", code)
	}
}

// signedIn is an admin at one replica.
type signedIn struct {
	base, csrf string
	http       *http.Client
}

func signInTo(t *testing.T, base string) *signedIn {
	t.Helper()
	return signInWith(t, base, "three plain words")
}

func signInWith(t *testing.T, base, password string) *signedIn {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &signedIn{base: base, http: &http.Client{Jar: jar}}
	resp := s.request(t, "POST", "/auth/login", map[string]any{"name": "admin", "password": password})
	defer resp.Body.Close()
	var session struct{ CSRF string }
	if err := json.NewDecoder(resp.Body).Decode(&session); err != nil || session.CSRF == "" {
		t.Fatalf("sign in: HTTP %d %v", resp.StatusCode, err)
	}
	s.csrf = session.CSRF
	return s
}

func (s *signedIn) request(t *testing.T, method, path string, body any) *http.Response {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.base+"/api/v1"+path, strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-CSRF-Token", s.csrf)
	resp, err := s.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func (s *signedIn) send(t *testing.T, method, path string, body any) int {
	t.Helper()
	resp := s.request(t, method, path, body)
	defer resp.Body.Close()
	return resp.StatusCode
}

func (s *signedIn) must(t *testing.T, method, path string, body any) {
	t.Helper()
	resp := s.request(t, method, path, body)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var p struct{ Detail string }
		_ = json.NewDecoder(resp.Body).Decode(&p)
		t.Fatalf("%s %s: HTTP %d %s", method, path, resp.StatusCode, p.Detail)
	}
}

// events listens; the function waits for the next event of a kind.
func (s *signedIn) events(t *testing.T) func(kind string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	return func(kind string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == "event: "+kind || strings.Contains(lines.Text(), `"type":"`+kind+`"`) {
				return
			}
		}
		t.Fatalf("the stream ended without %q: %v", kind, lines.Err())
	}
}
