package transactions_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"

	"daozhang/transactions"
)

func date(s string) transactions.Date {
	d, err := transactions.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// TestShippedCalendarAgreesWithLunarGo compares every day of both years with
// an independent table.
func TestShippedCalendarAgreesWithLunarGo(t *testing.T) {
	t.Parallel()
	cal := transactions.DefaultCalendar()
	n := 0
	for d := date("2025-01-01"); d.Year <= 2026; d = d.AddDays(1) {
		want := d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
		if h := HolidayUtil.GetHolidayByYmd(d.Year, int(d.Month), d.Day); h != nil {
			want = h.IsWork()
			n++
		}
		got, known := cal.IsWorkday(d)
		if !known || got != want {
			t.Errorf("%s: work %v known %v, lunar-go says %v", d, got, known, want)
		}
	}
	if n != 72 {
		t.Errorf("%d special days in lunar-go, want 72", n)
	}
}

func TestCalendarRefusesBeyondItsRange(t *testing.T) {
	t.Parallel()
	cal := transactions.DefaultCalendar()
	for _, s := range []string{"2024-12-31", "2027-01-01", "2027-06-01"} {
		if _, known := cal.IsWorkday(date(s)); known {
			t.Errorf("%s is not loaded and must not be known", s)
		}
	}
	if d, ok := cal.NextWorkday(date("2026-12-31")); ok {
		t.Errorf("next working day after the last day: %s", d)
	}
	if d, ok := cal.NextWorkday(date("2026-02-13")); !ok || d != date("2026-02-14") {
		t.Errorf("make-up Saturday: %s %v", d, ok)
	}
	if d, ok := cal.NextWorkday(date("2026-02-14")); !ok || d != date("2026-02-24") {
		t.Errorf("after Spring Festival: %s %v", d, ok)
	}
	if cal.From() != date("2025-01-01") || cal.Until() != date("2026-12-31") {
		t.Errorf("range %s..%s", cal.From(), cal.Until())
	}
	var none *transactions.Calendar
	if _, known := none.IsWorkday(date("2026-01-05")); known || !none.Until().IsZero() || none.MissingYear(date("2026-01-05").Start()) != 2026 {
		t.Error("a nil calendar knows nothing")
	}
}

func TestLimitedTo(t *testing.T) {
	t.Parallel()
	cal := transactions.DefaultCalendar()
	short := cal.LimitedTo(date("2026-11-18"))
	if short.Until() != date("2026-11-18") {
		t.Errorf("until %s", short.Until())
	}
	if _, known := short.IsWorkday(date("2026-11-19")); known {
		t.Error("known beyond the limit")
	}
	if _, ok := short.NextWorkday(date("2026-11-18")); ok {
		t.Error("a working day beyond the limit")
	}
	if short.LimitedTo(date("2027-01-01")).Until() != date("2026-11-18") {
		t.Error("a limit was widened")
	}
	if cal.LimitedTo(date("2030-01-01")).Until() != date("2026-12-31") || cal.Until() != date("2026-12-31") {
		t.Error("a limit beyond the range must not extend it, nor change the original")
	}
}

func TestMergeAndRoundTrip(t *testing.T) {
	t.Parallel()
	next, err := transactions.ParseCalendar([]byte(`{"source":"x","2027":{"off":["01-01..01-03"],"work":["01-09"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	cal := transactions.DefaultCalendar().Merge(next)
	if cal.Until() != date("2027-12-31") {
		t.Fatalf("until %s", cal.Until())
	}
	if d, ok := cal.NextWorkday(date("2026-12-31")); !ok || d != date("2027-01-04") {
		t.Errorf("first working day of 2027: %s %v", d, ok)
	}
	if work, known := cal.IsWorkday(date("2027-01-09")); !work || !known {
		t.Error("make-up Saturday of the added year")
	}
	text, err := json.Marshal(cal)
	if err != nil {
		t.Fatal(err)
	}
	again, err := transactions.ParseCalendar(text)
	if err != nil {
		t.Fatal(err)
	}
	for d := date("2025-01-01"); d.Year <= 2027; d = d.AddDays(1) {
		a, _ := cal.IsWorkday(d)
		if b, known := again.IsWorkday(d); a != b || !known {
			t.Fatalf("%s differs after the round trip", d)
		}
	}
	corrected, err := transactions.ParseCalendar([]byte("2026-10-07,work\n"))
	if err != nil {
		t.Fatal(err)
	}
	if work, _ := cal.Merge(corrected).IsWorkday(date("2026-10-07")); !work {
		t.Error("a later notice must overrule the earlier one")
	}
}

func TestParseCalendarCSV(t *testing.T) {
	t.Parallel()
	cal, err := transactions.ParseCalendar([]byte("\xef\xbb\xbfdate,kind\r\n# 国办通知\r\n2027-01-01,off\r\n2027/1/2,休\r\n20270109,班\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if work, known := cal.IsWorkday(date("2027-01-09")); !work || !known {
		t.Error("20270109 is a make-up day")
	}
	if work, known := cal.IsWorkday(date("2027-01-01")); work || !known {
		t.Error("New Year is off")
	}
	// The edge of a neighbour year's holiday does not load that year whole.
	edge := "2026-12-31,off\n" + strings.Join([]string{"2027-01-01,off", "2027-01-02,off", "2027-02-06,off", "2027-02-07,off", "2027-02-08,off", "2027-02-09,off", "2027-02-10,off"}, "\n")
	cal, err = transactions.ParseCalendar([]byte(edge))
	if err != nil {
		t.Fatal(err)
	}
	if _, known := cal.IsWorkday(date("2026-06-01")); known {
		t.Error("2026 was loaded by one stray day")
	}
	if work, known := transactions.DefaultCalendar().Merge(cal).IsWorkday(date("2026-12-31")); work || !known {
		t.Error("the stray day must still count once 2026 is loaded")
	}
}

func TestParseCalendarRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "no year": `{"source":"x"}`, "broken json": `{"2026":`, "bad day": `{"2026":{"off":["13-01"]}}`,
		"backwards": `{"2026":{"off":["01-03..01-01"]}}`, "both": `{"2026":{"off":["01-01"],"work":["01-01"]}}`,
		"bad kind": "2027-01-01,maybe", "bad line": "2027-01-01,off\nrubbish", "both in csv": "2027-01-01,off\n2027-01-01,work",
		"year": `{"99":{"off":["01-01"]}}`,
	} {
		if _, err := transactions.ParseCalendar([]byte(text)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestMissingYear(t *testing.T) {
	t.Parallel()
	cal := transactions.DefaultCalendar()
	for now, want := range map[string]int{"2026-10-31": 0, "2026-11-01": 2027, "2026-12-31": 2027, "2027-02-01": 2027, "2025-12-01": 0, "2024-05-01": 2024} {
		if got := cal.MissingYear(date(now).Start()); got != want {
			t.Errorf("%s: %d, want %d", now, got, want)
		}
	}
}

func FuzzParseCalendar(f *testing.F) {
	f.Add([]byte(`{"2026":{"off":["01-01..01-03"],"work":["01-04"]}}`))
	f.Add([]byte("2027-01-01,off\n2027-01-02,work\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cal, err := transactions.ParseCalendar(data)
		if err != nil {
			return
		}
		if cal.Until().Before(cal.From()) || cal.From().IsZero() {
			t.Fatalf("range %s..%s", cal.From(), cal.Until())
		}
		cal.NextWorkday(cal.From())
	})
}

// A misspelt list would leave the year without its make-up working days, and
// every problem of a file is told at once.
func TestCalendarNamesEveryProblem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`{"2027":{"off":["01-01"],"wrk":["01-03"]}}`:                        {"2027 年", `"wrk"`},
		`{"2027":{"off":["01-35","02-30"]},"2028":{"work":["x"]},"999":{}}`: {`"01-35"`, `"02-30"`, "2028 年", "999"},
		"2027-01-01,off\n2027-13-01,off\nfoo\n2027-01-01,work\n":            {"第 2 行", "第 3 行", "第 4 行"},
	} {
		_, err := transactions.ParseCalendar([]byte(text))
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q is not named in: %v", text, w, err)
			}
		}
	}
}
