package transactions

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Calendar knows which days are working days, within the years loaded. It is
// read-only after construction and safe for concurrent use; a nil Calendar has
// nothing loaded. A day that is not listed is a working day from Monday to
// Friday, but only inside a loaded year: beyond it nothing is known, because a
// guess would become a wrong promise (rules 4).
type Calendar struct {
	special map[Date]bool // true = working day, false = day off
	years   map[int]bool
	// limit cuts the range of a LimitedTo copy; zero = no cut.
	limit Date
}

//go:embed holidays.json
var shippedHolidays []byte //nolint:gochecknoglobals // read-only table

// DefaultCalendar is the shipped calendar of 2025 and 2026, from the State
// Council notices (国办发明电〔2024〕12号; notice of 2025-11-04).
func DefaultCalendar() *Calendar {
	c, err := ParseCalendar(shippedHolidays)
	if err != nil {
		panic("the shipped calendar is broken: " + err.Error()) // a broken build, not a state of the world
	}
	return c
}

// loaded reports whether the day lies inside the loaded range.
func (c *Calendar) loaded(d Date) bool {
	return c != nil && c.years[d.Year] && (c.limit.IsZero() || !d.After(c.limit))
}

// IsWorkday tells whether banks settle on the day. known is false outside the
// loaded range, and then work means nothing.
func (c *Calendar) IsWorkday(d Date) (work, known bool) {
	if !c.loaded(d) {
		return false, false
	}
	if w, ok := c.special[d]; ok {
		return w, true
	}
	return isWeekday(d), true
}

// NextWorkday is the first working day after d; ok is false when the loaded
// range ends before it.
func (c *Calendar) NextWorkday(d Date) (next Date, ok bool) {
	return nextWorkday(d, c.IsWorkday)
}

// From is the first loaded day; the zero Date when nothing is loaded.
func (c *Calendar) From() Date {
	years := c.Years()
	if len(years) == 0 {
		return Date{}
	}
	return Date{years[0], time.January, 1}
}

// Until is the last day of the unbroken range that begins at From; the zero
// Date when nothing is loaded.
func (c *Calendar) Until() Date {
	years := c.Years()
	if len(years) == 0 {
		return Date{}
	}
	last := years[0]
	for c.years[last+1] {
		last++
	}
	until := Date{last, time.December, 31}
	if !c.limit.IsZero() && c.limit.Before(until) {
		return c.limit
	}
	return until
}

// Years are the loaded years in order.
func (c *Calendar) Years() []int {
	if c == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.years))
}

// LimitedTo is a copy that knows nothing after until; it never knows more
// than c. The zero Date limits nothing.
func (c *Calendar) LimitedTo(until Date) *Calendar {
	if c == nil || until.IsZero() {
		return c
	}
	out := *c // the maps are read-only and may be shared
	if out.limit.IsZero() || until.Before(out.limit) {
		out.limit = until
	}
	return &out
}

// Merge is a copy with the years and days of add laid over those of c: a day
// that both list is as add says. Neither operand changes; either may be nil.
func (c *Calendar) Merge(add *Calendar) *Calendar {
	out := &Calendar{special: map[Date]bool{}, years: map[int]bool{}}
	for _, from := range []*Calendar{c, add} {
		if from == nil {
			continue
		}
		maps.Copy(out.special, from.special)
		maps.Copy(out.years, from.years)
	}
	return out
}

// MissingYear is the year that an operator must load now: the present one, or
// from 1 November the next one (the notice usually appears in the first half
// of November). 0 when nothing is missing.
func (c *Calendar) MissingYear(now time.Time) int {
	today := DateOf(now)
	if !c.loaded(Date{today.Year, time.December, 31}) {
		return today.Year
	}
	if today.Month >= time.November && !c.loaded(Date{today.Year + 1, time.December, 31}) {
		return today.Year + 1
	}
	return 0
}

// MarshalJSON writes the shape that ParseCalendar reads, days in order. A
// limit is not part of it.
func (c *Calendar) MarshalJSON() ([]byte, error) {
	type year struct {
		Off  []string `json:"off"`
		Work []string `json:"work"`
	}
	out := map[string]*year{}
	for _, y := range c.Years() {
		out[strconv.Itoa(y)] = &year{Off: []string{}, Work: []string{}}
	}
	if c != nil {
		for _, d := range slices.SortedFunc(maps.Keys(c.special), compareDates) {
			y := out[strconv.Itoa(d.Year)]
			if y == nil {
				continue // an edge day of a year that is not loaded
			}
			text := fmt.Sprintf("%02d-%02d", d.Month, d.Day)
			if c.special[d] {
				y.Work = append(y.Work, text)
			} else {
				y.Off = append(y.Off, text)
			}
		}
	}
	return json.Marshal(out)
}

func compareDates(a, b Date) int {
	switch {
	case a.Before(b):
		return -1
	case b.Before(a):
		return 1
	}
	return 0
}

// isWeekday is the plain calendar: Monday to Friday, no holidays.
func isWeekday(d Date) bool {
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// plainWorkday is isWeekday in the shape of Calendar.IsWorkday.
func plainWorkday(d Date) (work, known bool) { return isWeekday(d), true }

// nextWorkday is the first working day after d by the given calendar. The
// bound is far above the longest run of days off ever published (10).
func nextWorkday(d Date, isWorkday func(Date) (bool, bool)) (Date, bool) {
	for range 60 {
		d = d.AddDays(1)
		work, known := isWorkday(d)
		if !known {
			return Date{}, false
		}
		if work {
			return d, true
		}
	}
	return Date{}, false
}
