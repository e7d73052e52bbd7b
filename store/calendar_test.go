package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

func TestCalendarYears(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		day := func(text string) transactions.Date {
			v, err := transactions.ParseDate(text)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		y26 := store.CalendarYear{Year: 2026, Off: []transactions.Date{day("2026-01-01"), day("2026-02-17")}, Work: []transactions.Date{day("2026-02-14")}}
		y27 := store.CalendarYear{Year: 2027, Off: []transactions.Date{day("2027-01-01")}}
		for _, y := range []store.CalendarYear{y27, y26, y26} {
			if err := s.SaveCalendarYear(ctx, y); err != nil {
				t.Fatal(err)
			}
		}
		y27.Off = nil // a corrected year replaces the old one
		if err := s.SaveCalendarYear(ctx, y27); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []store.CalendarYear{
			{Year: 2026, Off: []transactions.Date{day("2025-01-01")}},
			{Year: 2026, Off: []transactions.Date{day("2026-01-04")}, Work: []transactions.Date{day("2026-01-04")}},
		} {
			if err := s.SaveCalendarYear(ctx, bad); err == nil {
				t.Errorf("accepted %+v", bad)
			}
		}
		got, err := s.Calendar(ctx)
		if err != nil {
			t.Fatal(err)
		}
		y26.LoadedAt, y27.LoadedAt = fixed(), fixed()
		if diff := cmp.Diff([]store.CalendarYear{y26, y27}, got); diff != "" {
			t.Error(diff)
		}
	})
}
