package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"daozhang/store"
	"daozhang/transactions"
)

// loadCalendar is the shipped calendar with the operator's years over it.
func loadCalendar(ctx context.Context, s *store.Store) (*transactions.Calendar, error) {
	cal := transactions.DefaultCalendar()
	years, err := s.Calendar(ctx)
	if err != nil {
		return nil, fmt.Errorf("load calendar: %w", err)
	}
	for _, y := range years {
		text, err := json.Marshal(map[string]any{strconv.Itoa(y.Year): map[string][]string{"off": monthDays(y.Off), "work": monthDays(y.Work)}})
		if err != nil {
			return nil, fmt.Errorf("encode calendar year %d: %w", y.Year, err)
		}
		year, err := transactions.ParseCalendar(text)
		if err != nil {
			return nil, fmt.Errorf("calendar year %d: %w", y.Year, err)
		}
		cal = cal.Merge(year)
	}
	return cal, nil
}

// saveCalendar stores every year of cal, in place of what was stored for it.
func saveCalendar(ctx context.Context, s *store.Store, cal *transactions.Calendar, now time.Time) error {
	for _, year := range cal.Years() {
		y := store.CalendarYear{Year: year, LoadedAt: now}
		y.Off, y.Work = special(cal, year)
		if err := s.SaveCalendarYear(ctx, y); err != nil {
			return fmt.Errorf("save calendar year %d: %w", year, err)
		}
	}
	return nil
}

// special are the days of a year that are not what their weekday says: weekdays
// off, and working days at weekends.
func special(cal *transactions.Calendar, year int) (off, work []transactions.Date) {
	for d := (transactions.Date{Year: year, Month: time.January, Day: 1}); d.Year == year; d = d.AddDays(1) {
		works, known := cal.IsWorkday(d)
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		switch {
		case !known:
		case weekend && works:
			work = append(work, d)
		case !weekend && !works:
			off = append(off, d)
		}
	}
	return off, work
}

func monthDays(days []transactions.Date) []string {
	out := make([]string, len(days))
	for i, d := range days {
		out[i] = fmt.Sprintf("%02d-%02d", d.Month, d.Day)
	}
	return out
}
