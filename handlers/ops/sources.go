package ops

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// sourceMetrics count what look-up sources do. The label is the name of the
// source in the configuration.
type sourceMetrics struct {
	calls    *prometheus.HistogramVec
	cached   *prometheus.CounterVec
	breaker  *prometheus.GaugeVec
	foreign  *prometheus.CounterVec
	unlisted *prometheus.CounterVec
}

func newSourceMetrics(r prometheus.Registerer) sourceMetrics {
	m := sourceMetrics{
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "daozhang_source_seconds", Help: "Calls of a look-up source, by outcome (ok, timeout, down, garbage, signature, refused, limited, busy, canceled).",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2, 3},
		}, []string{"source", "outcome"}),
		cached:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daozhang_source_cached_total", Help: "Look-ups answered from a fresh earlier answer of the source."}, []string{"source"}),
		breaker:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "daozhang_source_circuit", Help: "Circuit of a look-up source: 0 closed, 1 half-open, 2 open."}, []string{"source"}),
		foreign:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daozhang_source_foreign_rows_total", Help: "Rows of other merchants that a source returned; they were dropped."}, []string{"source"}),
		unlisted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daozhang_source_unlisted_states_total", Help: "Words for a state that the source's table does not list, by answer; the rows count as unknown."}, []string{"source"}),
	}
	r.MustRegister(m.calls, m.cached, m.breaker, m.foreign, m.unlisted)
	return m
}

// SourceCall counts a call of a source.
func (m *Metrics) SourceCall(source, outcome string, took time.Duration) {
	m.sources.calls.WithLabelValues(source, outcome).Observe(took.Seconds())
}

// SourceCached counts a look-up without a call.
func (m *Metrics) SourceCached(source string) { m.sources.cached.WithLabelValues(source).Inc() }

// SourceBreaker notes the state of a circuit: closed, half-open or open.
func (m *Metrics) SourceBreaker(source, state string) {
	v := 0.0
	switch state {
	case "half-open":
		v = 1
	case "open":
		v = 2
	}
	m.sources.breaker.WithLabelValues(source).Set(v)
}

// SourceUnlisted counts words for a state that the source's table does not list.
func (m *Metrics) SourceUnlisted(source string, words int) {
	m.sources.unlisted.WithLabelValues(source).Add(float64(words))
}

// SourceForeign counts rows of other merchants.
func (m *Metrics) SourceForeign(source string, rows int) {
	m.sources.foreign.WithLabelValues(source).Add(float64(rows))
}
