package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"daozhang/bot/llm"
	"daozhang/bot/runner"
	"daozhang/handlers/ops"
)

// metricsHooks count what the runner does.
func (a *app) metricsHooks() runner.Metrics {
	m := a.metrics
	return runner.Metrics{Turn: m.Turn, Handoff: m.Handoff, Conflict: m.Conflict, Sent: m.Sent, Held: m.Held, DeadLetter: m.DeadLetter, Incident: m.Incident}
}

// buildOps adds health, metrics and the loops that keep shared data fresh.
func (a *app) buildOps() error {
	checks := []ops.Check{{Name: "database", Ask: a.store.Ping}}
	if a.shared.ping != nil {
		checks = append(checks, ops.Check{Name: "redis", Ask: a.shared.ping})
	}
	ops.Register(a.router, checks)
	a.metrics.Gauge("daozhang_calendar_days_left", "Days until the loaded settlement calendar ends.", func() float64 {
		return a.calendars.Calendar().Until().Start().Sub(a.now()).Hours() / 24
	})
	for _, s := range []struct{ name, help, state string }{
		{"daozhang_outbox_dead", "Messages given up and not yet looked at.", "dead"},
		{"daozhang_outbox_held", "Messages waiting for their contact.", "held"},
	} {
		a.metrics.Gauge(s.name, s.help, func() float64 { return a.outboxCount(s.state) })
	}
	a.background = append(a.background, a.refreshCalendar)
	if a.cfg.MetricsListen != "" {
		a.background = append(a.background, a.serveMetrics)
	}
	return nil
}

func (a *app) outboxCount(state string) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	stats, err := a.store.OutboxStats(ctx, a.now())
	if err != nil {
		return -1 // unknown is not zero
	}
	if state == "dead" {
		return float64(stats.Dead)
	}
	return float64(stats.Held)
}

// serveMetrics listens on its own address. That it is taken is no reason to
// stop answering merchants.
func (a *app) serveMetrics(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.MetricsListen)
	if err != nil {
		a.log.Warn("no metrics: metrics_listen is taken; set another address, or empty for none", slog.String("address", a.cfg.MetricsListen))
		return nil
	}
	server := &http.Server{Handler: a.metrics.Handler(), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// refreshCalendar reads the calendar again each minute, so that an import
// takes effect without a restart, and warns when the next year is missing.
func (a *app) refreshCalendar(ctx context.Context) error {
	warned := 0
	for {
		if year := a.calendars.Calendar().MissingYear(a.now()); year != 0 && year != warned {
			warned = year
			a.log.Warn("the settlement calendar of next year is not loaded: T+N dates beyond it are not given; load it with: daozhang calendar import FILE", slog.Int("year", year))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Minute):
		}
		cal, err := loadCalendar(ctx, a.store)
		if err != nil {
			a.log.Error("calendar not refreshed", slog.Any("error", err))
			continue
		}
		a.calendars.current.Store(cal)
	}
}

// newModel is the client of the optional endpoint; nil while it is off.
func newModel(c OpenAIConfig) (*llm.Client, error) {
	if c.Model == "" && c.EmbeddingModel == "" {
		return nil, nil //nolint:nilnil // off is not an error
	}
	m, err := llm.New(llm.Config{APIKey: c.APIKey, BaseURL: c.BaseURL, Model: c.Model, EmbeddingModel: c.EmbeddingModel, Timeout: c.Timeout})
	if err != nil {
		return nil, fmt.Errorf("openai: %w", err)
	}
	return m, nil
}
