package transactions

import (
	"fmt"
	"strings"
	"time"
)

// Terms are what decides one payout date. Cutoff and PayoutBy are HH:MM, ""
// or unreadable = end of day; recorded dates may be zero.
type Terms struct {
	Time             time.Time // of the transaction
	Cycle            string    // D0 D1 T0 T1 MANUAL; "" = unknown
	Cutoff, PayoutBy string
	RecordedClearing Date
	RecordedDue      Date
}

// TermsOf takes the terms of one transaction from the ledger: the settlement's
// own cycle, clearing and due date beat the merchant's (rules 4). s may be nil.
func TermsOf(t Transaction, m Merchant, s *Settlement) Terms {
	terms := Terms{Time: t.Time, Cycle: m.Cycle, Cutoff: m.Cutoff, PayoutBy: m.PayoutBy, RecordedClearing: t.ClearingDate}
	if s == nil {
		return terms
	}
	if s.Cycle != "" {
		terms.Cycle = s.Cycle
	}
	if !s.ClearingDate.IsZero() {
		terms.RecordedClearing = s.ClearingDate
	}
	terms.RecordedDue = s.DueDate
	return terms
}

// Plan calculates when the money of one transaction is due (rules 4). It
// never invents: without a known cycle, for MANUAL, or for a T date beyond the
// loaded calendar, Due is zero (a recorded due date stands only where the
// formula has no say, that is without a cycle or with MANUAL).
func Plan(t Terms, cal *Calendar) Schedule {
	s := Schedule{Cycle: t.Cycle, Recorded: t.RecordedDue}
	if t.Time.IsZero() {
		return s
	}
	day := DateOf(t.Time)
	s.Clearing = day
	s.CutoffPassed = passed(t.Time, t.Cutoff)
	if s.CutoffPassed {
		s.Clearing = day.AddDays(1)
	}
	if r := t.RecordedClearing; !r.IsZero() && !r.Before(day) {
		s.ClearingRecorded = r != s.Clearing
		s.Clearing = r
	}
	s.AfterCutoff = s.Clearing.After(day)
	s.sayClearing(t)

	formula, computed := dueDate(t.Cycle, s.Clearing, cal.IsWorkday)
	switch {
	case computed:
		s.Formula, s.Due = formula, formula
		s.Plain, _ = dueDate(t.Cycle, s.Clearing, plainWorkday)
		s.BeforeCutoff, _ = dueDate(t.Cycle, day, cal.IsWorkday)
	case t.Cycle == T0 || t.Cycle == T1:
		s.BeyondCalendar = true
		s.Plain, _ = dueDate(t.Cycle, s.Clearing, plainWorkday)
		s.BeforeCutoff, _ = dueDate(t.Cycle, day, plainWorkday)
		s.Steps = append(s.Steps, fmt.Sprintf("清算日之后的工作日超出已载入的日历（到 %s 为止），不给日期", cal.Until()))
		return s
	}
	s.applyRecorded(t.RecordedDue)
	if s.Due.IsZero() {
		return s
	}
	s.Deadline = deadline(s.Due, t.Cycle, t.PayoutBy)
	s.Steps = append(s.Steps, fmt.Sprintf("应付日 %s，截止 %s", s.Due, s.Deadline.Format("01-02 15:04")))
	return s
}

// applyRecorded lets the ledger's own due date beat the formula, unless it is
// earlier: then the later one is used and the agent is told.
func (s *Schedule) applyRecorded(due Date) {
	if !s.Formula.IsZero() {
		s.Steps = append(s.Steps, fmt.Sprintf("%s 公式：%s", s.Cycle, s.Formula))
	}
	switch {
	case due.IsZero() || due == s.Formula:
	case !s.Formula.IsZero() && due.Before(s.Formula):
		s.RecordedEarlier = true
		s.Steps = append(s.Steps, fmt.Sprintf("账上应付日 %s 早于公式，不采用，请核对", due))
	default:
		s.Due = due
		s.Steps = append(s.Steps, fmt.Sprintf("采用账上应付日 %s", due))
	}
}

func (s *Schedule) sayClearing(t Terms) {
	at := t.Time.In(Shanghai).Format("01-02 15:04")
	cutoff := t.Cutoff
	if cutoff == "" {
		cutoff = "24:00（未知，按日终）"
	}
	relation := "在切账前"
	if s.CutoffPassed {
		relation = "已过切账"
	}
	line := fmt.Sprintf("交易 %s，切账 %s，%s，清算日 %s", at, cutoff, relation, s.Clearing)
	if s.ClearingRecorded {
		line += "（以账上清算日为准）"
	}
	s.Steps = append(s.Steps, line)
}

// Deferred reports that a holiday, and not the recorded date, moved the due
// date beyond what a plain Monday–Friday calendar gives.
func (s Schedule) Deferred() bool {
	return !s.BeyondCalendar && !s.Formula.IsZero() && s.Formula.After(s.Plain)
}

// Later reports that the same transaction before the cut-off would have been
// due earlier.
func (s Schedule) Later() bool {
	at := s.Formula
	if s.BeyondCalendar {
		at = s.Plain
	}
	return !at.IsZero() && !s.BeforeCutoff.IsZero() && at.After(s.BeforeCutoff)
}

// unknownGrace is how long after a plain Monday–Friday due date a payout
// without a computable date is certainly late: no run of days off has ever
// been longer than 10 days.
const unknownGrace = 14

// Missed reports that the deadline has passed at now. Beyond the calendar it
// is certain only two weeks after the plain date; without any date it is never
// certain.
func (s Schedule) Missed(now time.Time) bool {
	switch {
	case !s.Deadline.IsZero():
		return !now.Before(s.Deadline)
	case s.BeyondCalendar && !s.Plain.IsZero():
		return DateOf(now).After(s.Plain.AddDays(unknownGrace))
	}
	return false
}

// dueDate is the formula of rules 4; ok is false when the cycle has none or
// the calendar ends.
func dueDate(cycle string, clearing Date, isWorkday func(Date) (bool, bool)) (due Date, ok bool) {
	switch cycle {
	case D0:
		return clearing, true
	case D1:
		return clearing.AddDays(1), true
	case T0:
		work, known := isWorkday(clearing)
		if !known {
			return Date{}, false
		}
		if work {
			return clearing, true
		}
		return nextWorkday(clearing, isWorkday)
	case T1:
		return nextWorkday(clearing, isWorkday)
	}
	return Date{}, false
}

// deadline is the due date at payout_by; D0 and T0 run until the end of their
// day. The end of a day is the next day's 00:00, exclusive.
func deadline(due Date, cycle, payoutBy string) time.Time {
	minutes := 24 * 60
	if cycle != D0 && cycle != T0 {
		minutes = clockMinutes(payoutBy)
	}
	return due.Start().Add(time.Duration(minutes) * time.Minute)
}

// passed reports whether the time of day has reached the cut-off: a time equal
// to the cut-off is after it.
func passed(t time.Time, cutoff string) bool {
	start := DateOf(t).Start()
	return !t.Before(start.Add(time.Duration(clockMinutes(cutoff)) * time.Minute))
}

// clockMinutes reads HH:MM as minutes of the day; unknown, unreadable and
// 00:00 are the end of the day.
func clockMinutes(s string) int {
	hour, minute, ok := 0, 0, false
	if h, m, found := strings.Cut(strings.TrimSpace(s), ":"); found {
		m, _, _ = strings.Cut(m, ":")
		hour, ok = smallNumber(h)
		if ok {
			minute, ok = smallNumber(m)
		}
	}
	total := hour*60 + minute
	if !ok || minute > 59 || total <= 0 || total > 24*60 {
		return 24 * 60
	}
	return total
}

func smallNumber(s string) (int, bool) {
	if s == "" || len(s) > 2 || !digitsOnly(s) {
		return 0, false
	}
	n := 0
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	return n, true
}
