package transactions_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"daozhang/transactions"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, transactions.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func TestPlan(t *testing.T) {
	t.Parallel()
	terms := func(when, cycle string) transactions.Terms {
		return transactions.Terms{Time: at(when), Cycle: cycle, Cutoff: "23:00", PayoutBy: "14:00"}
	}
	with := func(x transactions.Terms, change func(*transactions.Terms)) transactions.Terms {
		change(&x)
		return x
	}
	for name, c := range map[string]struct {
		terms              transactions.Terms
		until              string
		clearing, due      string
		deadline           string
		deferred, later    bool
		beyond, earlierDue bool
	}{
		"D1 before the cut-off":            {terms: terms("2026-11-17 22:59:59", "D1"), clearing: "2026-11-17", due: "2026-11-18", deadline: "2026-11-18 14:00:00"},
		"equal to the cut-off is after it": {terms: terms("2026-11-17 23:00:00", "D1"), clearing: "2026-11-18", due: "2026-11-19", deadline: "2026-11-19 14:00:00", later: true},
		"T1 over midnight":                 {terms: terms("2026-11-16 23:40:00", "T1"), clearing: "2026-11-17", due: "2026-11-18", deadline: "2026-11-18 14:00:00", later: true},
		"T1 Friday pays Monday":            {terms: terms("2026-11-13 12:00:00", "T1"), clearing: "2026-11-13", due: "2026-11-16", deadline: "2026-11-16 14:00:00"},
		"T1 Friday night: no later":        {terms: terms("2026-11-13 23:30:00", "T1"), clearing: "2026-11-14", due: "2026-11-16", deadline: "2026-11-16 14:00:00"},
		"T1 Sunday":                        {terms: terms("2026-11-15 12:00:00", "T1"), clearing: "2026-11-15", due: "2026-11-16", deadline: "2026-11-16 14:00:00"},
		"T1 before National Day":           {terms: terms("2026-09-30 12:00:00", "T1"), clearing: "2026-09-30", due: "2026-10-08", deadline: "2026-10-08 14:00:00", deferred: true},
		"T1 make-up Saturday pays":         {terms: terms("2026-10-09 12:00:00", "T1"), clearing: "2026-10-09", due: "2026-10-10", deadline: "2026-10-10 14:00:00"},
		"T1 on a make-up Sunday":           {terms: terms("2026-09-20 12:00:00", "T1"), clearing: "2026-09-20", due: "2026-09-21", deadline: "2026-09-21 14:00:00"},
		"D1 knows no holiday":              {terms: terms("2026-10-01 12:00:00", "D1"), clearing: "2026-10-01", due: "2026-10-02", deadline: "2026-10-02 14:00:00"},
		"D0 until the end of the day":      {terms: terms("2026-11-17 10:00:00", "D0"), clearing: "2026-11-17", due: "2026-11-17", deadline: "2026-11-18 00:00:00"},
		"D0 after the cut-off":             {terms: terms("2026-11-17 23:10:00", "D0"), clearing: "2026-11-18", due: "2026-11-18", deadline: "2026-11-19 00:00:00", later: true},
		"T0 on a working day":              {terms: terms("2026-11-17 10:00:00", "T0"), clearing: "2026-11-17", due: "2026-11-17", deadline: "2026-11-18 00:00:00"},
		"T0 on a Saturday":                 {terms: terms("2026-11-14 10:00:00", "T0"), clearing: "2026-11-14", due: "2026-11-16", deadline: "2026-11-17 00:00:00"},
		"T0 on a holiday":                  {terms: terms("2026-10-01 10:00:00", "T0"), clearing: "2026-10-01", due: "2026-10-08", deadline: "2026-10-09 00:00:00", deferred: true},
		"MANUAL has no date":               {terms: terms("2026-11-17 10:00:00", "MANUAL"), clearing: "2026-11-17"},
		"cycle unknown":                    {terms: terms("2026-11-17 10:00:00", ""), clearing: "2026-11-17"},
		"cut-off and payout_by unknown": {
			terms:    transactions.Terms{Time: at("2026-11-17 23:59:59"), Cycle: "D1"},
			clearing: "2026-11-17", due: "2026-11-18", deadline: "2026-11-19 00:00:00",
		},
		"cut-off unreadable is end of day": {
			terms:    transactions.Terms{Time: at("2026-11-17 23:59:59"), Cycle: "D1", Cutoff: "晚上", PayoutBy: "9:30"},
			clearing: "2026-11-17", due: "2026-11-18", deadline: "2026-11-18 09:30:00",
		},
		"T1 beyond the calendar":  {terms: terms("2026-12-31 12:00:00", "T1"), clearing: "2026-12-31", beyond: true},
		"T1 up to its last day":   {terms: terms("2026-12-30 12:00:00", "T1"), clearing: "2026-12-30", due: "2026-12-31", deadline: "2026-12-31 14:00:00"},
		"T1 beyond the limit":     {terms: terms("2026-11-18 12:00:00", "T1"), until: "2026-11-18", clearing: "2026-11-18", beyond: true},
		"beyond, after cut-off":   {terms: terms("2026-11-18 23:30:00", "T1"), until: "2026-11-18", clearing: "2026-11-19", beyond: true, later: true},
		"D1 needs no calendar":    {terms: terms("2026-12-31 12:00:00", "D1"), clearing: "2026-12-31", due: "2027-01-01", deadline: "2027-01-01 14:00:00"},
		"recorded clearing beats": {terms: with(terms("2026-11-17 12:00:00", "D1"), func(x *transactions.Terms) { x.RecordedClearing = date("2026-11-18") }), clearing: "2026-11-18", due: "2026-11-19", deadline: "2026-11-19 14:00:00", later: true},
		"recorded clearing beats the cut-off": {
			terms:    with(terms("2026-11-17 23:30:00", "D1"), func(x *transactions.Terms) { x.RecordedClearing = date("2026-11-17") }),
			clearing: "2026-11-17", due: "2026-11-18", deadline: "2026-11-18 14:00:00",
		},
		"clearing before the sale is nonsense": {
			terms:    with(terms("2026-11-17 12:00:00", "D1"), func(x *transactions.Terms) { x.RecordedClearing = date("2026-11-01") }),
			clearing: "2026-11-17", due: "2026-11-18", deadline: "2026-11-18 14:00:00",
		},
		"recorded due later beats": {
			terms:    with(terms("2026-11-17 12:00:00", "D1"), func(x *transactions.Terms) { x.RecordedDue = date("2026-11-20") }),
			clearing: "2026-11-17", due: "2026-11-20", deadline: "2026-11-20 14:00:00",
		},
		"recorded due earlier is not promised": {
			terms:    with(terms("2026-11-17 12:00:00", "D1"), func(x *transactions.Terms) { x.RecordedDue = date("2026-11-17") }),
			clearing: "2026-11-17", due: "2026-11-18", deadline: "2026-11-18 14:00:00", earlierDue: true,
		},
		"recorded due without a cycle": {
			terms:    with(terms("2026-11-17 12:00:00", ""), func(x *transactions.Terms) { x.RecordedDue = date("2026-11-19") }),
			clearing: "2026-11-17", due: "2026-11-19", deadline: "2026-11-19 14:00:00",
		},
		"recorded T date beyond the calendar is not given": {
			terms:    with(terms("2026-12-31 12:00:00", "T1"), func(x *transactions.Terms) { x.RecordedDue = date("2027-01-04") }),
			clearing: "2026-12-31", beyond: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cal := transactions.DefaultCalendar()
			if c.until != "" {
				cal = cal.LimitedTo(date(c.until))
			}
			s := transactions.Plan(c.terms, cal)
			if s.Clearing.String() != c.clearing || s.Due.String() != c.due {
				t.Errorf("clearing %s due %s", s.Clearing, s.Due)
			}
			deadline := ""
			if !s.Deadline.IsZero() {
				deadline = s.Deadline.Format("2006-01-02 15:04:05")
			}
			if deadline != c.deadline {
				t.Errorf("deadline %s", deadline)
			}
			if s.Deferred() != c.deferred || s.Later() != c.later || s.BeyondCalendar != c.beyond || s.RecordedEarlier != c.earlierDue {
				t.Errorf("deferred %v later %v beyond %v earlier %v", s.Deferred(), s.Later(), s.BeyondCalendar, s.RecordedEarlier)
			}
			if len(s.Steps) == 0 {
				t.Error("no calculation for the agent")
			}
		})
	}
}

func TestTermsOf(t *testing.T) {
	t.Parallel()
	m := shop()
	txn := transactions.Transaction{Time: at("2026-11-17 12:00:00"), ClearingDate: date("2026-11-18")}
	if got := transactions.TermsOf(txn, m, nil); got.Cycle != "D1" || got.RecordedClearing != date("2026-11-18") || got.Cutoff != "23:00" {
		t.Errorf("%+v", got)
	}
	s := &transactions.Settlement{Cycle: "T1", ClearingDate: date("2026-11-19"), DueDate: date("2026-11-20")}
	if got := transactions.TermsOf(txn, m, s); got.Cycle != "T1" || got.RecordedClearing != date("2026-11-19") || got.RecordedDue != date("2026-11-20") {
		t.Errorf("the settlement's own terms must beat the merchant's: %+v", got)
	}
}

func TestMissed(t *testing.T) {
	t.Parallel()
	s := transactions.Plan(transactions.Terms{Time: at("2026-11-17 12:00:00"), Cycle: "D1", PayoutBy: "14:00"}, nil)
	if s.Missed(at("2026-11-18 13:59:59")) || !s.Missed(at("2026-11-18 14:00:00")) {
		t.Error("the deadline is an instant, exclusive")
	}
	beyond := transactions.Plan(transactions.Terms{Time: at("2026-12-31 12:00:00"), Cycle: "T1"}, transactions.DefaultCalendar())
	if beyond.Missed(at("2027-01-05 12:00:00")) || !beyond.Missed(at("2027-01-20 12:00:00")) {
		t.Error("beyond the calendar only a certain delay counts")
	}
	if (transactions.Schedule{}).Missed(at("2027-01-05 12:00:00")) {
		t.Error("no date is never missed")
	}
}

// TestPlanProperties: whatever the terms, no due date lies before the formula
// (written here a second time), before the clearing day, or on a day off for a
// T cycle; a deadline lies on or right after the due date.
func TestPlanProperties(t *testing.T) {
	t.Parallel()
	cal := transactions.DefaultCalendar()
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a fixed seed is the point
	for range 20000 {
		terms := transactions.Terms{
			Time:     at("2025-01-01 00:00:00").Add(time.Duration(rng.IntN(729*24*60)) * time.Minute),
			Cycle:    []string{"D0", "D1", "T0", "T1"}[rng.IntN(4)],
			Cutoff:   []string{"", "22:00", "23:00", "23:30"}[rng.IntN(4)],
			PayoutBy: []string{"", "09:00", "14:00"}[rng.IntN(3)],
		}
		day := transactions.DateOf(terms.Time)
		if rng.IntN(4) == 0 {
			terms.RecordedDue = day.AddDays(rng.IntN(12) - 3)
		}
		s := transactions.Plan(terms, cal)
		if s.Due.IsZero() {
			if !s.BeyondCalendar || day.Before(date("2026-12-30")) {
				t.Fatalf("%+v has no due date", terms)
			}
			continue
		}
		clearing := day
		if terms.Cutoff != "" && terms.Time.Format("15:04") >= terms.Cutoff {
			clearing = day.AddDays(1)
		}
		want := clearing
		switch terms.Cycle {
		case "D1":
			want = clearing.AddDays(1)
		case "T1":
			want = clearing.AddDays(1)
			fallthrough
		case "T0":
			for work, known := cal.IsWorkday(want); known && !work; work, known = cal.IsWorkday(want) {
				want = want.AddDays(1)
			}
		}
		if s.Due.Before(want) || terms.RecordedDue.IsZero() && s.Due != want {
			t.Fatalf("%+v: due %s, formula %s", terms, s.Due, want)
		}
		if d := s.Deadline.Sub(s.Due.Start()); d <= 0 || d > 24*time.Hour {
			t.Fatalf("%+v: deadline %s of %s", terms, s.Deadline, s.Due)
		}
	}
}
