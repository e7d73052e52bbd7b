package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"daozhang/transactions"
)

// CalendarYear is one loaded year: the days that differ from Monday–Friday.
type CalendarYear struct {
	Year int
	// Off are days without settlement, weekends included where the notice names
	// them; Work are weekend days that work (调休).
	Off, Work []transactions.Date
	LoadedAt  time.Time
}

// SaveCalendarYear replaces a year. A day outside the year, or both off and
// work, is an error and changes nothing.
func (s *Store) SaveCalendarYear(ctx context.Context, y CalendarYear) error {
	for _, d := range slices.Concat(y.Off, y.Work) {
		if d.Year != y.Year {
			return fmt.Errorf("日历 %d 年里有别的年份的日期 %s", y.Year, d)
		}
	}
	for _, d := range y.Work {
		if slices.Contains(y.Off, d) {
			return fmt.Errorf("日历里 %s 同时写成了放假和上班", d)
		}
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		first, last := fmt.Sprintf("%04d-01-01", y.Year), fmt.Sprintf("%04d-12-31", y.Year)
		if _, err := tx.ExecContext(ctx, `DELETE FROM calendar_days WHERE day >= $1 AND day <= $2`, first, last); err != nil {
			return fmt.Errorf("clear calendar: %w", err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO calendar_years (year, loaded_at) VALUES ($1, $2)
			ON CONFLICT (year) DO UPDATE SET loaded_at = excluded.loaded_at`, y.Year, ms(s.now()))
		if err != nil {
			return fmt.Errorf("save calendar year: %w", err)
		}
		for kind, days := range map[string][]transactions.Date{"off": y.Off, "work": y.Work} {
			for _, d := range days {
				_, err := tx.ExecContext(ctx, `INSERT INTO calendar_days (day, kind) VALUES ($1, $2)
					ON CONFLICT (day) DO NOTHING`, d.String(), kind)
				if err != nil {
					return fmt.Errorf("save calendar day: %w", err)
				}
			}
		}
		return nil
	})
}

// Calendar gives every loaded year, oldest first, days in order.
func (s *Store) Calendar(ctx context.Context) ([]CalendarYear, error) {
	var years []CalendarYear
	err := s.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT year, loaded_at FROM calendar_years ORDER BY year`)
		if err != nil {
			return fmt.Errorf("read calendar: %w", err)
		}
		defer rows.Close() //nolint:errcheck // rows.Err tells
		index := map[int]int{}
		for rows.Next() {
			var y CalendarYear
			if err := rows.Scan(&y.Year, instant{&y.LoadedAt}); err != nil {
				return fmt.Errorf("scan calendar: %w", err)
			}
			index[y.Year] = len(years)
			years = append(years, y)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return calendarDays(ctx, tx, years, index)
	})
	return years, err
}

func calendarDays(ctx context.Context, tx *sql.Tx, years []CalendarYear, index map[int]int) error {
	rows, err := tx.QueryContext(ctx, `SELECT day, kind FROM calendar_days ORDER BY day`)
	if err != nil {
		return fmt.Errorf("read calendar days: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var d transactions.Date
		var kind string
		if err := rows.Scan(day{&d}, &kind); err != nil {
			return fmt.Errorf("scan calendar days: %w", err)
		}
		i, ok := index[d.Year]
		switch {
		case !ok:
		case kind == "work":
			years[i].Work = append(years[i].Work, d)
		default:
			years[i].Off = append(years[i].Off, d)
		}
	}
	return rows.Err()
}
