package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// syncBuffer may be written by a server while a test reads it.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// serveInBackground runs a server command; stop sends what SIGTERM sends and
// gives the exit code.
func serveInBackground(t *testing.T, out *syncBuffer, args ...string) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- dispatch(ctx, terminal{stdin: strings.NewReader(""), stdout: out, stderr: out}, args)
	}()
	return func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(20 * time.Second):
			t.Errorf("the server does not stop:\n%s", out)
			return -1
		}
	}
}

// waitFor is the first group of pattern, once the server printed it.
func waitFor(t *testing.T, out *syncBuffer, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for range 600 {
		if m := re.FindStringSubmatch(out.String()); m != nil {
			return m[1]
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s was not printed:\n%s", pattern, out)
	return ""
}

func request(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestServeWithoutConfigurationPrintsALinkThatWorks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out syncBuffer
	stop := serveInBackground(t, &out, "serve", "-listen", "127.0.0.1:0", "-metrics-listen", "", "-data-dir", dir)
	link := waitFor(t, &out, `(http://127\.0\.0\.1:[1-9]\d*/setup\?token=\S+)`)
	base, token, _ := strings.Cut(link, "/setup?token=")
	if code, body := request(t, http.MethodGet, link, ""); code != http.StatusOK || !strings.Contains(body, "<html") {
		t.Errorf("the link: %d %.80s", code, body)
	}
	// A second start that fails for its port must not replace the link.
	host := strings.TrimPrefix(base, "http://")
	if code, second, errs := command1(t, "", "serve", "-listen", host, "-metrics-listen", "", "-data-dir", dir); code != exitFailed || second != "" || !strings.Contains(errs, "已有一个 daozhang") {
		t.Errorf("the port is taken: %d %q %q", code, second, errs)
	}
	code, body := request(t, http.MethodPost, base+"/api/v1/auth/setup", `{"token":"`+token+`","password":"three plain words"}`)
	var session struct{ User struct{ Role string } }
	if err := json.Unmarshal([]byte(body), &session); err != nil || code != http.StatusOK || session.User.Role != "admin" {
		t.Errorf("set-up: %d %s", code, body)
	}
	for _, path := range []string{"/healthz", "/readyz", "/", "/api/docs", "/api/openapi.json"} {
		if code, _ := request(t, http.MethodGet, base+path, ""); code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit %d\n%s", code, out.String())
	}
}

func TestServeStopsAtOnceWithAnOpenStream(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	cfg.DataDir, cfg.Listen, cfg.MetricsListen = t.TempDir(), "127.0.0.1:0", ""
	a, err := newApp(t.Context(), cfg, newLog(io.Discard, "error"), appOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	}()
	a.router.GET("/stream", func(c *gin.Context) {
		c.Writer.WriteHeader(http.StatusOK)
		c.Writer.Flush()
		<-c.Request.Context().Done() // as the console's events do
	})
	ctx, cancel := context.WithCancel(t.Context())
	address, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- a.serve(ctx, func(at net.Addr) error { address <- at; return nil }) }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+(<-address).String()+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	began := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > stopGrace/2 {
		t.Errorf("stopping took %s", took)
	}
}

func TestDemoKeptStartsTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		var out syncBuffer
		stop := serveInBackground(t, &out, "demo", "-keep", "-now", "2026-10-03T16:00:00+08:00", "-listen", "127.0.0.1:0", "-metrics-listen", "", "-data-dir", dir)
		base := waitFor(t, &out, `控制台 +(http://127\.0\.0\.1:\d+)/`)
		password := waitFor(t, &out, `xiaoli +(\S+)`)
		if code, _ := request(t, http.MethodGet, base+"/simulator", ""); code != http.StatusOK {
			t.Errorf("/simulator: %d", code)
		}
		if code, body := request(t, http.MethodPost, base+"/api/v1/auth/login", `{"name":"xiaoli","password":"`+password+`"}`); code != http.StatusOK {
			t.Errorf("the printed password: %d %s", code, body)
		}
		if code := stop(); code != exitDone {
			t.Errorf("exit %d\n%s", code, out.String())
		}
	}
}
