package understand

import (
	"testing"
	"time"

	"github.com/6tail/lunar-go/calendar"
)

// TestLunarTable compares every month of the table with astronomical tables.
func TestLunarTable(t *testing.T) {
	t.Parallel()
	for _, y := range lunarYears {
		months := calendar.NewLunarYear(y.year)
		if months.GetLeapMonth() != y.leap {
			t.Errorf("%d: leap month %d, want %d", y.year, y.leap, months.GetLeapMonth())
		}
		k := 0
		for e := months.GetMonthsInYear().Front(); e != nil; e = e.Next() {
			m, ok := e.Value.(*calendar.LunarMonth)
			if !ok {
				t.Fatal("another type of month")
			}
			first := calendar.NewSolarFromJulianDay(m.GetFirstJulianDay())
			if got := first.GetMonth()*100 + first.GetDay(); k > 12 || y.starts[k] != got {
				t.Errorf("%d, month %d of the year: want %d", y.year, k+1, got)
			}
			k++
		}
		if k == 12 && y.starts[12] != 0 {
			t.Errorf("%d has twelve months", y.year)
		}
	}
}

// TestFestivalsFollowTheCalendar finds every festival of 2024 to 2030 in
// astronomical tables: by its lunar date, its solar term or its common date.
func TestFestivalsFollowTheCalendar(t *testing.T) {
	t.Parallel()
	found := 0
	for year := 2024; year <= 2030; year++ {
		for _, f := range festivals {
			var want []time.Time
			for d := date(year, 1, 1); d.Year() == year; d = addDays(d, 1) {
				if falls(f, d) {
					want = append(want, d)
				}
			}
			if len(want) != 1 { // 腊八 can be twice or never in a common year
				continue
			}
			found++
			if got, ok := f.on(year); !ok || !got.Equal(want[0]) {
				t.Errorf("%s %d: %s, want %s", f.words, year, got.Format(time.DateOnly), want[0].Format(time.DateOnly))
			}
		}
	}
	if found < 7*len(festivals)-14 {
		t.Errorf("only %d festivals compared", found)
	}
	if d, _ := lunarDate(2027, 1, 1); !d.Equal(date(2027, 2, 6)) {
		t.Errorf("Spring Festival 2027: %s", d)
	}
}

// falls reports whether the festival is on a day, by the other library.
func falls(f festival, d time.Time) bool {
	lunar := func(d time.Time) *calendar.Lunar {
		return calendar.NewSolarFromYmd(d.Year(), int(d.Month()), d.Day()).GetLunar()
	}
	switch {
	case f.term > 0:
		terms := map[int]string{1: "立春", 2: "立春", 4: "清明", 5: "立夏", 6: "夏至", 8: "立秋", 11: "立冬", 12: "冬至"}
		return lunar(d).GetJieQi() == terms[f.month] && int(d.Month()) == f.month
	case f.lunar && f.month == 13:
		next := lunar(addDays(d, 1))
		return next.GetMonth() == 1 && next.GetDay() == 1
	case f.lunar:
		l := lunar(d)
		return l.GetMonth() == f.month && l.GetDay() == f.day
	}
	return int(d.Month()) == f.month && d.Day() == f.day
}
