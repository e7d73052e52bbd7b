package transactions

import (
	"fmt"
	"time"
)

// Date is a calendar day in Asia/Shanghai. The zero value means unknown.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the Shanghai day of an instant; the zero Date for the zero time.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.In(Shanghai).Date()
	return Date{y, m, d}
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, Shanghai)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// IsZero reports an unknown date.
func (d Date) IsZero() bool { return d == Date{} }

// Start is 00:00 of the day in Shanghai.
func (d Date) Start() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Shanghai)
}

// AddDays moves by n calendar days.
func (d Date) AddDays(n int) Date { return DateOf(d.Start().AddDate(0, 0, n)) }

// Before reports d < e.
func (d Date) Before(e Date) bool { return d.Start().Before(e.Start()) }

// After reports d > e.
func (d Date) After(e Date) bool { return e.Before(d) }

// Weekday of the day.
func (d Date) Weekday() time.Weekday { return d.Start().Weekday() }

// String is YYYY-MM-DD, "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Chinese is 11月18日, "" for the zero Date.
func (d Date) Chinese() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d月%d日", d.Month, d.Day)
}

// MarshalText implements encoding.TextMarshaler as YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; "" is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
