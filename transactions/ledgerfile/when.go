package ledgerfile

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"daozhang/transactions"
)

var (
	errTime     = errors.New("不是时间，请写成 2026-11-17 11:10:00")
	errDateOnly = errors.New("只有日期没有时刻，到账日期要按时刻推算，请写成 2026-11-17 11:10:00")
	errDate     = errors.New("不是日期，请写成 2026-11-17")
	errClock    = errors.New("不是时刻，请写成 23:00")
)

// instantOf reads a time; without a zone it is +08:00. A bare date is its
// first moment; dateOnly tells.
func instantOf(c cell) (t time.Time, dateOnly bool, err error) {
	s := strings.TrimSpace(narrow(c.text))
	if c.sheet {
		if t, dateOnly, ok := serial(s); ok {
			return t, dateOnly, nil
		}
	}
	if t, ok := zoned(s); ok {
		return t.In(transactions.Shanghai), false, nil
	}
	n, afternoon, ok := numbers(s)
	if !ok || len(n) < 3 || len(n) == 4 || len(n) > 6 {
		return time.Time{}, false, errTime
	}
	dateOnly = len(n) == 3
	for len(n) < 6 {
		n = append(n, 0)
	}
	if afternoon && n[3] < 12 {
		n[3] += 12
	}
	t = time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, transactions.Shanghai)
	y, m, d := t.Date()
	if y != n[0] || int(m) != n[1] || d != n[2] || n[3] > 23 || n[4] > 59 || n[5] > 59 || y < 1990 || y > 2200 {
		return time.Time{}, false, errTime
	}
	return t, dateOnly, nil
}

// zoned reads the spellings that carry a zone.
func zoned(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1990 && t.Year() <= 2200 {
			return t, true
		}
	}
	return time.Time{}, false
}

// numbers splits a time into year, month, day, hour, minute, second: with any
// of the usual separators, or packed as yyyyMMdd[HHmm[ss]].
func numbers(s string) (n []int, afternoon, ok bool) {
	if allDigits(s) {
		return packed(s)
	}
	for _, word := range []string{"下午", "PM", "pm"} {
		if strings.Contains(s, word) {
			afternoon, s = true, strings.Replace(s, word, " ", 1)
		}
	}
	for _, word := range []string{"上午", "AM", "am"} {
		s = strings.Replace(s, word, " ", 1)
	}
	if i := strings.LastIndexByte(s, '.'); i > 0 && strings.Count(s, ":") == 2 && allDigits(s[i+1:]) {
		s = s[:i] // fractions of a second
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("-/.:年月日时点分秒号T ", r) })
	if len(parts) > 0 && len(parts[0]) == 8 && allDigits(parts[0]) { // 20261117 11:10:00
		p := parts[0]
		parts = append([]string{p[:4], p[4:6], p[6:]}, parts[1:]...)
	}
	if last := len(parts) - 1; last == 3 && allDigits(parts[last]) && (len(parts[last]) == 6 || len(parts[last]) == 4) { // 2026-11-17 111000
		for clock := parts[last]; clock != ""; clock = clock[2:] {
			parts = append(parts[:last], clock[:2])
			last++
		}
	}
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || i == 0 && len(p) != 4 || i > 0 && len(p) > 2 {
			return nil, false, false
		}
		n = append(n, v)
	}
	return n, afternoon, true
}

func packed(s string) ([]int, bool, bool) {
	if len(s) != 8 && len(s) != 12 && len(s) != 14 {
		return nil, false, false
	}
	first, _ := strconv.Atoi(s[:4])
	n := []int{first}
	for i := 4; i < len(s); i += 2 {
		v, _ := strconv.Atoi(s[i : i+2])
		n = append(n, v)
	}
	return n, false, true
}

// serial reads a spreadsheet's day count: days since 1899-12-30, local time.
func serial(s string) (t time.Time, dateOnly, ok bool) {
	if len(s) == 8 && allDigits(s) || len(s) >= 12 && allDigits(s) {
		return time.Time{}, false, false // yyyyMMdd…
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 32874 || v > 109575 { // 1990 … 2200
		return time.Time{}, false, false
	}
	days := math.Floor(v)
	seconds := math.Round((v - days) * 86400)
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, transactions.Shanghai)
	return base.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second), seconds == 0, true
}

// dateOf reads a date; a time of day after it is dropped.
func dateOf(c cell) (transactions.Date, error) {
	t, _, err := instantOf(c)
	if err != nil {
		return transactions.Date{}, errDate
	}
	return transactions.DateOf(t), nil
}

// clockOf reads HH:MM; 24:00 is the end of the day, which "" means.
func clockOf(c cell) (string, error) {
	s := strings.TrimSpace(narrow(c.text))
	if c.sheet {
		if v, err := strconv.ParseFloat(s, 64); err == nil && v >= 0 && v < 1 {
			m := int(math.Round(v * 1440))
			if m == 1440 {
				return "", nil
			}
			return two(m/60) + ":" + two(m%60), nil
		}
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(":时点分", r) })
	if len(parts) == 1 && strings.ContainsAny(s, "时点") {
		parts = append(parts, "0")
	}
	if len(parts) != 2 && len(parts) != 3 {
		return "", errClock
	}
	h, err := strconv.Atoi(parts[0])
	m, err2 := strconv.Atoi(parts[1])
	switch {
	case err != nil || err2 != nil || h < 0 || m < 0 || m > 59 || h > 24 || h == 24 && m > 0:
		return "", errClock
	case h == 24:
		return "", nil
	}
	return two(h) + ":" + two(m), nil
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
