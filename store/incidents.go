package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
)

// addReport counts the trouble of a contact inside the commit of its turn.
func (s *Store) addReport(ctx context.Context, tx *sql.Tx, r bot.Report, contact int64, at time.Time) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO reports (id, contact_id, cause, brand, bank, code, region, hour, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.NewID(), contact, string(r.Cause), r.Brand, r.Bank, r.Code, r.Region, at.In(zone).Hour(), ms(at))
	if err != nil {
		return fmt.Errorf("count report: %w", err)
	}
	return nil
}

// Reports lists the trouble told since an instant, oldest first, limit at most.
func (s *Store) Reports(ctx context.Context, since time.Time, limit int) ([]desk.Sighting, error) {
	return scanAll(ctx, s.db, "list reports",
		`SELECT contact_id, cause, brand, bank, code, region, at FROM reports WHERE at >= $1 ORDER BY at, id LIMIT $2`,
		[]any{ms(since), limit}, func(row *sql.Rows, r *desk.Sighting) error {
			var at int64
			err := row.Scan(&r.Contact, &r.Cause, &r.Brand, &r.Bank, &r.Code, &r.Region, &at)
			r.At = shanghai(at)
			return err
		})
}

// UsualReports tells how many reports an hour are usual at the time of day of
// now: the mean of that hour and its neighbours over desk.BaselineDays, the
// last LongWindow left out. Days of open incidents count like others.
func (s *Store) UsualReports(ctx context.Context, now time.Time) (desk.Usual, error) {
	until := now.Add(-desk.LongWindow)
	since := now.AddDate(0, 0, -desk.BaselineDays)
	u := desk.Usual{PerHour: map[desk.IncidentKey]float64{}}
	var first int64
	if err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MIN(at), 0) FROM reports`).Scan(&first); err != nil {
		return u, fmt.Errorf("first report: %w", err)
	}
	if first == 0 {
		return u, nil
	}
	u.Days = min(int(now.Sub(atMS(first)).Hours()/24), desk.BaselineDays)
	h := now.In(zone).Hour()
	rows, err := s.db.QueryContext(ctx,
		`SELECT brand, bank, code, region, cause, COUNT(*) FROM reports
		 WHERE hour IN ($1, $2, $3) AND at >= $4 AND at < $5 GROUP BY brand, bank, code, region, cause`,
		(h+23)%24, h, (h+1)%24, ms(since), ms(until))
	if err != nil {
		return u, fmt.Errorf("usual reports: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	hours := 3 * float64(max(u.Days, 1))
	for rows.Next() {
		var brand, bank, code, region, cause string
		var n float64
		if err := rows.Scan(&brand, &bank, &code, &region, &cause, &n); err != nil {
			return u, fmt.Errorf("usual reports: %w", err)
		}
		for d, v := range map[desk.Dimension]string{
			desk.ByBrand: brand, desk.ByBank: bank, desk.ByCode: code, desk.ByRegion: region, desk.ByCause: cause,
		} {
			if v != "" {
				u.PerHour[desk.IncidentKey{Dimension: d, Value: v}] += n / hours
			}
		}
	}
	return u, rows.Err() //nolint:wrapcheck // a driver's word
}

// PruneReports deletes the reports before an instant and tells how many.
func (s *Store) PruneReports(ctx context.Context, before time.Time) (int64, error) {
	res, err := s.db.ExecContext(ctx, `DELETE FROM reports WHERE at < $1`, ms(before))
	if err != nil {
		return 0, fmt.Errorf("prune reports: %w", err)
	}
	return res.RowsAffected() //nolint:wrapcheck // a driver without counts
}

// RaiseIncident stores an alarm with its drafted notice and tells the console;
// false when another replica has raised the same one.
func (s *Store) RaiseIncident(ctx context.Context, i desk.Incident, draft desk.Notice) (raised bool, err error) {
	causes, err := json.Marshal(i.Causes)
	if err != nil {
		return false, fmt.Errorf("raise incident: %w", err)
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		i.ID, draft.ID = s.NewID(), s.NewID()
		res, err := tx.ExecContext(ctx,
			`INSERT INTO incidents (id, dimension, value, state, started_at, found_at, contacts, usual, window_ms, causes, notice_id)
			 VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
			i.ID, string(i.Dimension), i.Value, ms(i.StartedAt), ms(i.FoundAt), i.Contacts, i.Usual, i.Window.Milliseconds(), string(causes), draft.ID)
		if err != nil {
			return fmt.Errorf("raise incident: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err //nolint:wrapcheck // a driver without counts
		}
		raised = true
		_, err = tx.ExecContext(ctx, `INSERT INTO notices (id, brand, title, text, from_at, until_at, published, created_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, 0, 'bot', $7)`,
			draft.ID, draft.Brand, draft.Title, draft.Text, ms(draft.From), ms(draft.Until), ms(i.FoundAt))
		if err != nil {
			return fmt.Errorf("draft notice: %w", err)
		}
		if err := s.record(ctx, tx, desk.Audit{Actor: "bot", Action: "incident.raise", Subject: "incident:" + string(i.Dimension), Detail: i.Label()}); err != nil {
			return err
		}
		return s.tell(ctx, tx, desk.EventIncident, i.ID, 0)
	})
	return raised, err
}

// EndIncident closes an open incident: over when its reports fell back,
// dismissed by a person. desk.ErrNotFound when it is not open.
func (s *Store) EndIncident(ctx context.Context, id int64, state desk.IncidentState, at time.Time, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		by := ""
		if state == desk.IncidentDismissed {
			by = a.Actor
		}
		if err := execOne(ctx, tx, "end incident", `UPDATE incidents SET state = $1, closed_at = $2, closed_by = $3 WHERE id = $4 AND state = 'open'`,
			string(state), ms(at), by, id); err != nil {
			return err
		}
		return s.tell(ctx, tx, desk.EventIncident, id, 0)
	})
}

// Incidents lists those found since an instant and all open ones, newest
// first, 200 at most.
func (s *Store) Incidents(ctx context.Context, since time.Time) ([]desk.Incident, error) {
	return scanAll(ctx, s.db, "list incidents",
		`SELECT id, dimension, value, state, started_at, found_at, closed_at, contacts, usual, window_ms, causes, notice_id, closed_by
		 FROM incidents WHERE found_at >= $1 OR state = 'open' ORDER BY found_at DESC, id DESC LIMIT 200`,
		[]any{ms(since)}, func(row *sql.Rows, i *desk.Incident) error {
			var started, found, closed, window int64
			var causes string
			if err := row.Scan(&i.ID, &i.Dimension, &i.Value, &i.State, &started, &found, &closed, &i.Contacts, &i.Usual, &window, &causes,
				&i.NoticeID, &i.ClosedBy); err != nil {
				return err //nolint:wrapcheck // wrapped by scanAll
			}
			i.StartedAt, i.FoundAt, i.Window = shanghai(started), shanghai(found), time.Duration(window)*time.Millisecond
			if closed > 0 {
				i.ClosedAt = shanghai(closed)
			}
			return json.Unmarshal([]byte(causes), &i.Causes) //nolint:wrapcheck // wrapped by scanAll
		})
}
