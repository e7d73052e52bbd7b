package ops_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"daozhang/handlers/ops"
)

func TestSourceMetrics(t *testing.T) {
	t.Parallel()
	m := ops.NewMetrics()
	m.SourceCall("qt", "ok", 30*time.Millisecond)
	m.SourceCall("qt", "timeout", 2*time.Second)
	m.SourceCached("qt")
	m.SourceForeign("qt", 3)
	m.SourceUnlisted("qt", 2)
	for state, want := range map[string]string{"closed": "0", "half-open": "1", "open": "2"} {
		m.SourceBreaker("qt", state)
		page := httptest.NewRecorder()
		m.Handler().ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		for _, line := range []string{
			`daozhang_source_circuit{source="qt"} ` + want, `daozhang_source_seconds_count{outcome="ok",source="qt"} 1`,
			`daozhang_source_seconds_count{outcome="timeout",source="qt"} 1`, `daozhang_source_cached_total{source="qt"} 1`, `daozhang_source_foreign_rows_total{source="qt"} 3`,
			`daozhang_source_unlisted_states_total{source="qt"} 2`,
		} {
			if !strings.Contains(page.Body.String(), line) {
				t.Errorf("%s: %s is missing", state, line)
			}
		}
	}
}
