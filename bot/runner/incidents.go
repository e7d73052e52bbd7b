package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"daozhang/bot/desk"
)

// maxReports bounds one look at the reports of the last hour.
const maxReports = 5000

// usualReports keeps what is usual at an hour: it changes slowly.
type usualReports struct {
	hour  time.Time
	usual desk.Usual
}

// lookForIncidents raises an alarm where many contacts report the same, and
// ends those whose reports fell back. Only the housekeeping loop calls it.
// Several replicas may: an alarm is raised once.
func (r *Runner) lookForIncidents(ctx context.Context, now time.Time) error {
	if err := r.learnUsual(ctx, now); err != nil {
		return err
	}
	reports, err := r.store.Reports(ctx, now.Add(-desk.LongWindow), maxReports)
	if err != nil {
		return fmt.Errorf("incidents: %w", err)
	}
	known, err := r.store.Incidents(ctx, now.Add(-24*time.Hour))
	if err != nil {
		return fmt.Errorf("incidents: %w", err)
	}
	changed := false
	for _, i := range known {
		if i.State != desk.IncidentOpen || !i.IsOver(reports, r.usual.usual, now) {
			continue
		}
		err := r.store.EndIncident(ctx, i.ID, desk.IncidentOver, now, desk.Audit{Actor: "bot", Action: "incident.over", Subject: fmt.Sprintf("incident:%d", i.ID), Detail: i.Label()})
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("incidents: %w", err)
		}
		changed = true
	}
	for _, i := range desk.Alarms(reports, r.usual.usual, known, now) {
		raised, err := r.store.RaiseIncident(ctx, i, i.Draft(reports))
		if err != nil {
			return fmt.Errorf("incidents: %w", err)
		}
		if !raised {
			continue
		}
		changed = true
		r.metrics.Incident(string(i.Dimension))
		r.log.Warn("runner: incident", slog.String("dimension", string(i.Dimension)), slog.String("value", i.Value),
			slog.Int("contacts", i.Contacts), slog.Float64("usual", i.Usual), slog.Duration("window", i.Window))
	}
	if changed {
		r.bus.Publish(TopicEvents, "")
	}
	return nil
}

func (r *Runner) learnUsual(ctx context.Context, now time.Time) error {
	hour := now.Truncate(time.Hour)
	if hour.Equal(r.usual.hour) {
		return nil
	}
	usual, err := r.store.UsualReports(ctx, now)
	if err != nil {
		return fmt.Errorf("incidents: %w", err)
	}
	r.usual = usualReports{hour, usual}
	if _, err := r.store.PruneReports(ctx, now.AddDate(0, 0, -desk.BaselineDays-7)); err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	return nil
}
