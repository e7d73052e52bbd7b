package sms_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daozhang/bot/sms"
)

const secret = "a-secret-for-tests-only"

func at() time.Time { return time.Unix(1_795_000_000, 0) }

// gateway is a stand-in that verifies the signature as a real one would.
func gateway(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, m sms.Message)) (*sms.Gateway, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if got := r.Header.Get(sms.SignatureHeader); got != sms.Sign([]byte(secret), at(), body) {
			t.Errorf("signature %q does not verify", got)
		}
		var m sms.Message
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		answer(w, r, m)
	}))
	t.Cleanup(srv.Close)
	g, err := sms.New(sms.Config{URL: srv.URL + "/send?key=hidden", Secret: secret, Timeout: 300 * time.Millisecond, Now: at})
	if err != nil {
		t.Fatal(err)
	}
	return g, &calls
}

func TestTextSigned(t *testing.T) {
	t.Parallel()
	var got sms.Message
	g, calls := gateway(t, func(_ http.ResponseWriter, r *http.Request, m sms.Message) {
		got = m
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s", r.Method, r.Header.Get("Content-Type"))
		}
	})
	if err := g.Text(t.Context(), "13800000001", "482913", "bind", 9*time.Minute+59*time.Second); err != nil {
		t.Fatal(err)
	}
	if want := (sms.Message{Phone: "13800000001", Code: "482913", Purpose: "bind", TTL: 599}); got != want || calls.Load() != 1 {
		t.Errorf("%+v in %d calls", got, calls.Load())
	}
}

func TestAnAnswerIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, status := range []int{302, 400, 401, 429, 500, 503} {
		g, calls := gateway(t, func(w http.ResponseWriter, _ *http.Request, _ sms.Message) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "13800000001 482913")
		})
		err := g.Text(t.Context(), "13800000001", "482913", "bind", time.Minute)
		var e *sms.StatusError
		if !errors.As(err, &e) || e.Status != status || calls.Load() != 1 {
			t.Errorf("%d: %v in %d calls", status, err, calls.Load())
		}
		silent(t, err)
	}
}

func TestNetworkErrorsAreTriedOnceMore(t *testing.T) {
	t.Parallel()
	cut := func(w http.ResponseWriter) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = c.Close()
	}
	var n atomic.Int64
	g, calls := gateway(t, func(w http.ResponseWriter, _ *http.Request, _ sms.Message) {
		if n.Add(1) == 1 {
			cut(w)
		}
	})
	if err := g.Text(t.Context(), "13800000001", "482913", "bind", time.Minute); err != nil || calls.Load() < 2 {
		t.Errorf("%v in %d calls", err, calls.Load())
	}
	g, calls = gateway(t, func(w http.ResponseWriter, _ *http.Request, _ sms.Message) { cut(w) })
	err := g.Text(t.Context(), "13800000001", "482913", "bind", time.Minute)
	if err == nil || calls.Load() > 4 { // net/http itself may repeat on a kept connection
		t.Errorf("%v in %d calls", err, calls.Load())
	}
	silent(t, err)
}

func TestSlowGatewayTimesOut(t *testing.T) {
	t.Parallel()
	g, _ := gateway(t, func(_ http.ResponseWriter, r *http.Request, _ sms.Message) { <-r.Context().Done() })
	err := g.Text(t.Context(), "13800000001", "482913", "bind", time.Minute)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	silent(t, err)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []sms.Config{{}, {URL: "gateway", Secret: secret}, {URL: "ftp://x/", Secret: secret}, {URL: "https://x/"}} {
		if _, err := sms.New(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// silent checks that an error tells nothing that must not be logged.
func silent(t *testing.T, err error) {
	t.Helper()
	for _, s := range []string{"13800000001", "482913", secret, "hidden"} {
		if err != nil && strings.Contains(err.Error(), s) {
			t.Errorf("%q tells %s", err, s)
		}
	}
}
