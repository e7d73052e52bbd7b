// Package ops answers the operator's machines: liveness, readiness, metrics
// and profiles. It knows nothing of the product; what is counted and what must
// be ready is told to it.
package ops

import (
	"context"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// checkTime bounds one readiness check.
const checkTime = 2 * time.Second

// Check is one thing without which the server cannot work.
type Check struct {
	Name string
	Ask  func(ctx context.Context) error
}

// Register adds /healthz (the process answers) and /readyz (everything in
// checks answers). The body names what is not ready and nothing more: errors
// may hold addresses.
func Register(r gin.IRoutes, checks []Check) {
	r.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	r.GET("/readyz", func(c *gin.Context) {
		failed := []string{}
		for _, check := range checks {
			ctx, cancel := context.WithTimeout(c.Request.Context(), checkTime)
			if check.Ask(ctx) != nil {
				failed = append(failed, check.Name)
			}
			cancel()
		}
		if len(failed) > 0 {
			c.JSON(http.StatusServiceUnavailable, gin.H{"status": "not ready", "failed": failed})
			return
		}
		c.JSON(http.StatusOK, gin.H{"status": "ready"})
	})
}

// Metrics are the product's counters; none carries customer data.
type Metrics struct {
	registry  *prometheus.Registry
	turns     *prometheus.HistogramVec
	handoffs  *prometheus.CounterVec
	conflicts prometheus.Counter
	sent      *prometheus.HistogramVec
	held      prometheus.Counter
	dead      *prometheus.CounterVec
	incidents *prometheus.CounterVec
	requests  *prometheus.HistogramVec
	imports   *prometheus.CounterVec
	rows      *prometheus.CounterVec
	sources   sourceMetrics
}

// NewMetrics makes an own registry: nothing is global.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		turns: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "daozhang_turn_seconds", Help: "Time of one bot turn, by action.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"action"}),
		handoffs:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daozhang_handoffs_total", Help: "Hand-offs to a human, by reason."}, []string{"reason"}),
		conflicts: prometheus.NewCounter(prometheus.CounterOpts{Name: "daozhang_turn_conflicts_total", Help: "Turns thrown away because the conversation changed meanwhile."}),
		sent: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "daozhang_sent_age_seconds", Help: "Age of a message when it was delivered, by way (passive, customer, template).", Buckets: []float64{.01, .05, .1, .5, 1, 2, 5, 15, 60, 600, 3600},
		}, []string{"way"}),
		held:      prometheus.NewCounter(prometheus.CounterOpts{Name: "daozhang_held_total", Help: "Messages held until the contact writes again."}),
		dead:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daozhang_dead_letters_total", Help: "Messages given up, by error class."}, []string{"class"}),
		incidents: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daozhang_incidents_total", Help: "Alarms raised because many contacts report the same, by dimension."}, []string{"dimension"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "daozhang_http_seconds", Help: "HTTP requests by route pattern and status class.", Buckets: prometheus.DefBuckets,
		}, []string{"route", "status"}),
	}
	m.imports = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daozhang_import_files_total", Help: "Files of the import folder, by outcome (done, failed)."}, []string{"outcome"})
	m.rows = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daozhang_import_rows_total", Help: "Rows of files of the import folder, by outcome (taken, rejected)."}, []string{"outcome"})
	m.sources = newSourceMetrics(m.registry)
	m.registry.MustRegister(m.imports, m.rows, m.turns, m.handoffs, m.conflicts, m.sent, m.held, m.dead, m.incidents, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Turn counts a turn.
func (m *Metrics) Turn(action string, elapsed time.Duration) {
	m.turns.WithLabelValues(action).Observe(elapsed.Seconds())
}

// Handoff counts a hand-off.
func (m *Metrics) Handoff(reason string) { m.handoffs.WithLabelValues(reason).Inc() }

// Conflict counts a turn that was thrown away.
func (m *Metrics) Conflict() { m.conflicts.Inc() }

// Sent counts a delivery.
func (m *Metrics) Sent(way string, age time.Duration) {
	m.sent.WithLabelValues(way).Observe(age.Seconds())
}

// Held counts a message that waits for the contact.
func (m *Metrics) Held() { m.held.Inc() }

// DeadLetter counts a message given up.
func (m *Metrics) DeadLetter(class string) { m.dead.WithLabelValues(class).Inc() }

// Incident counts an alarm.
func (m *Metrics) Incident(dimension string) { m.incidents.WithLabelValues(dimension).Inc() }

// Request counts an HTTP request; route is the pattern, never the path.
func (m *Metrics) Request(route string, status int, took time.Duration) {
	class := string(rune('0'+status/100)) + "xx"
	m.requests.WithLabelValues(route, class).Observe(took.Seconds())
}

// Import counts a file of the import folder and its rows.
func (m *Metrics) Import(outcome string, taken, rejected int) {
	m.imports.WithLabelValues(outcome).Inc()
	m.rows.WithLabelValues("taken").Add(float64(taken))
	m.rows.WithLabelValues("rejected").Add(float64(rejected))
}

// Gauge adds a figure that is asked for when metrics are read.
func (m *Metrics) Gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// Handler serves /metrics and /debug/pprof. It must listen on its own address,
// never on the public one.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
