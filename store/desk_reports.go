package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"daozhang/bot/desk"
)

// dayMS is one day; Shanghai has no daylight saving, so days are arithmetic.
const dayMS = int64(24 * time.Hour / time.Millisecond)

// zoneMS is the offset of Shanghai.
const zoneMS = int64(8 * time.Hour / time.Millisecond)

// Summary counts what happened from one instant to another (exclusive). Every
// number is counted from the rows themselves; nothing is estimated.
func (s *Store) Summary(ctx context.Context, from, to time.Time) (desk.Report, error) {
	var r desk.Report
	a, b := ms(from), ms(to)
	err := s.db.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(DISTINCT conversation_id) FROM messages WHERE author = 'contact' AND created_at >= $1 AND created_at < $2),
		(SELECT COUNT(*) FROM messages WHERE author = 'contact' AND created_at >= $1 AND created_at < $2),
		(SELECT COUNT(*) FROM messages WHERE author = 'bot' AND created_at >= $1 AND created_at < $2),
		(SELECT COUNT(*) FROM messages WHERE author = 'agent' AND created_at >= $1 AND created_at < $2),
		(SELECT COUNT(*) FROM cases WHERE opened_at >= $1 AND opened_at < $2),
		(SELECT COUNT(*) FROM cases WHERE closed_at >= $1 AND closed_at < $2),
		(SELECT COUNT(*) FROM cases WHERE closed_at >= $1 AND closed_at < $2 AND rating > 0),
		(SELECT COALESCE(SUM(rating), 0) FROM cases WHERE closed_at >= $1 AND closed_at < $2 AND rating > 0),
		(SELECT COUNT(DISTINCT m.conversation_id) FROM messages m WHERE m.author = 'contact' AND m.created_at >= $1 AND m.created_at < $2
			AND EXISTS (SELECT 1 FROM cases k WHERE k.conversation_id = m.conversation_id AND k.opened_at >= $1 AND k.opened_at < $2)),
		(SELECT COUNT(*) FROM cases WHERE status = 'waiting' AND expected_at > 0 AND expected_at < $3)`, a, b, ms(s.now())).
		Scan(&r.Conversations, &r.Inbound, &r.BotReplies, &r.AgentReplies, &r.Cases, &r.Closed, &r.Rated, &r.RatingAverage, &r.WithCase, &r.Overdue)
	if err != nil {
		return r, fmt.Errorf("report totals: %w", err)
	}
	if r.Rated > 0 {
		r.RatingAverage /= float64(r.Rated)
	}
	if r.Days, err = s.reportDays(ctx, from, to); err != nil {
		return r, err
	}
	if r.Reasons, err = s.counts(ctx, "report reasons", `SELECT reason, COUNT(*) FROM cases WHERE opened_at >= $1 AND opened_at < $2
		GROUP BY reason ORDER BY 2 DESC, 1`, a, b); err != nil {
		return r, err
	}
	if r.FirstReplies, err = scanAll(ctx, s.db, "report first replies", `SELECT first_reply_at - opened_at FROM cases
		WHERE opened_at >= $1 AND opened_at < $2 AND first_reply_at > 0 ORDER BY 1`, []any{a, b},
		func(row *sql.Rows, d *time.Duration) error {
			var v int64
			err := row.Scan(&v)
			*d = time.Duration(v) * time.Millisecond
			return err
		}); err != nil {
		return r, err
	}
	return r, s.reportTraces(ctx, &r, a, b)
}

func (s *Store) counts(ctx context.Context, what, query string, args ...any) ([]desk.Count, error) {
	return scanAll(ctx, s.db, what, query, args, func(row *sql.Rows, c *desk.Count) error { return row.Scan(&c.Name, &c.Count) })
}

// reportDays counts by Shanghai day; every day of the span has a row.
func (s *Store) reportDays(ctx context.Context, from, to time.Time) ([]desk.ReportDay, error) {
	type cell struct {
		day  int64
		kind string
		n    int64
	}
	// Day numbers since 1970 in Shanghai; integer division in both engines.
	cells, err := scanAll(ctx, s.db, "report days", `SELECT (created_at + $3) / $4, author, COUNT(*) FROM messages
			WHERE created_at >= $1 AND created_at < $2 AND author IN ('contact', 'bot') GROUP BY 1, 2
		UNION ALL SELECT (opened_at + $3) / $4, 'opened', COUNT(*) FROM cases WHERE opened_at >= $1 AND opened_at < $2 GROUP BY 1
		UNION ALL SELECT (closed_at + $3) / $4, 'closed', COUNT(*) FROM cases WHERE closed_at >= $1 AND closed_at < $2 GROUP BY 1`,
		[]any{ms(from), ms(to), zoneMS, dayMS}, func(row *sql.Rows, c *cell) error { return row.Scan(&c.day, &c.kind, &c.n) })
	if err != nil {
		return nil, err
	}
	first, last := (ms(from)+zoneMS)/dayMS, (ms(to)-1+zoneMS)/dayMS
	days := make([]desk.ReportDay, 0, last-first+1)
	for d := first; d <= last; d++ {
		days = append(days, desk.ReportDay{Day: shanghai(d*dayMS - zoneMS).Format(time.DateOnly)})
	}
	for _, c := range cells {
		day := &days[c.day-first]
		switch c.kind {
		case "contact":
			day.Inbound = c.n
		case "bot":
			day.BotReplies = c.n
		case "opened":
			day.Cases = c.n
		case "closed":
			day.Closed = c.n
		}
	}
	return days, nil
}

// maxTraces bounds the traces read for one report; the newest count.
const maxTraces = 50000

// reportTraces counts causes and articles of the bot's answers. They are read
// from the traces, one row at a time.
func (s *Store) reportTraces(ctx context.Context, r *desk.Report, from, to int64) error {
	rows, err := s.db.QueryContext(ctx, `SELECT trace FROM messages WHERE author = 'bot' AND trace <> '' AND created_at >= $1 AND created_at < $2
		ORDER BY id DESC LIMIT $3`, from, to, maxTraces)
	if err != nil {
		return fmt.Errorf("report traces: %w", err)
	}
	defer func() { _ = rows.Close() }()
	causes, articles := map[string]int64{}, map[string]int64{}
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return fmt.Errorf("report traces: %w", err)
		}
		var t struct {
			Cause    string   `json:"cause"`
			Articles []string `json:"articles"`
		}
		if err := json.Unmarshal(raw, &t); err != nil {
			return fmt.Errorf("report traces: %w", err)
		}
		if t.Cause != "" {
			causes[t.Cause]++
		}
		for _, a := range t.Articles {
			articles[a]++
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("report traces: %w", err)
	}
	r.Causes, r.Articles = ranked(causes), ranked(articles)
	return nil
}

// ranked orders counts: most first, then by name; the first 50.
func ranked(m map[string]int64) []desk.Count {
	out := make([]desk.Count, 0, len(m))
	for name, n := range m {
		out = append(out, desk.Count{Name: name, Count: n})
	}
	slices.SortFunc(out, func(a, b desk.Count) int {
		switch {
		case a.Count != b.Count:
			return int(b.Count - a.Count)
		case a.Name < b.Name:
			return -1
		}
		return 1
	})
	return out[:min(len(out), 50)]
}
