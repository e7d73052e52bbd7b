package ops_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/handlers/ops"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestReadyNamesWhatIsNotReadyAndNoMore(t *testing.T) {
	t.Parallel()
	down := errors.New("dial tcp 10.0.0.7: refused")
	var failing error
	r := gin.New()
	ops.Register(r, []ops.Check{
		{Name: "database", Ask: func(context.Context) error { return failing }},
		{Name: "slow", Ask: func(ctx context.Context) error {
			if failing == nil {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}},
	})
	if code, _ := get(t, r, "/readyz"); code != http.StatusOK {
		t.Fatalf("ready: %d", code)
	}
	failing = down
	code, body := get(t, r, "/readyz")
	if code != http.StatusServiceUnavailable || !strings.Contains(body, "database") || !strings.Contains(body, "slow") || strings.Contains(body, "10.0.0.7") {
		t.Fatalf("%d %s", code, body)
	}
	if code, _ := get(t, r, "/healthz"); code != http.StatusOK {
		t.Fatalf("a failing dependency must not look like a dead process: %d", code)
	}
}

func TestMetricsAreCounted(t *testing.T) {
	t.Parallel()
	m := ops.NewMetrics()
	m.Turn("answer", 3*time.Millisecond)
	m.Handoff("REQUESTED")
	m.Conflict()
	m.Sent("passive", time.Second)
	m.Held()
	m.DeadLetter("permanent")
	m.Request("/api/v1/events", 200, time.Millisecond)
	m.Gauge("daozhang_outbox_waiting", "test", func() float64 { return 7 })
	code, body := get(t, m.Handler(), "/metrics")
	if code != http.StatusOK {
		t.Fatal(code)
	}
	for _, want := range []string{
		`daozhang_turn_seconds_count{action="answer"} 1`, `daozhang_handoffs_total{reason="REQUESTED"} 1`, `daozhang_turn_conflicts_total 1`,
		`daozhang_sent_age_seconds_count{way="passive"} 1`, `daozhang_held_total 1`, `daozhang_dead_letters_total{class="permanent"} 1`,
		`daozhang_http_seconds_count{route="/api/v1/events",status="2xx"} 1`, `daozhang_outbox_waiting 7`, `go_goroutines`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if code, _ := get(t, m.Handler(), "/debug/pprof/cmdline"); code != http.StatusOK {
		t.Errorf("pprof: %d", code)
	}
}
