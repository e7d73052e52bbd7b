package transactions

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wholeYearOff is how many days off a CSV must list for a year that it does
// not have to itself: fewer are the edge of a neighbour year's notice.
const wholeYearOff = 7

// ParseCalendar reads holidays and make-up working days, either JSON
// {"2026":{"off":["01-01..01-03"],"work":["01-04"]}} (every year named counts
// as loaded whole; keys that are not years are remarks) or CSV lines
// "2026-01-01,off" / "2026-01-04,work" (a header line, # remarks and 休/班 are
// accepted). Errors name the line or year and say what is expected.
func ParseCalendar(data []byte) (*Calendar, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(data) == 0 {
		return nil, errors.New("日历文件是空的：需要 JSON 或每行“2027-01-01,off”的 CSV")
	}
	c := &Calendar{special: map[Date]bool{}, years: map[int]bool{}}
	read := c.readCSV
	if data[0] == '{' {
		read = c.readJSON
	}
	if err := read(data); err != nil {
		return nil, err
	}
	if len(c.years) == 0 {
		return nil, errors.New("日历文件里没有任何年份：JSON 用年份作键，CSV 每行“2027-01-01,off”")
	}
	return c, nil
}

func (c *Calendar) readJSON(data []byte) error {
	var file map[string]json.RawMessage
	if err := json.Unmarshal(data, &file); err != nil {
		return fmt.Errorf("日历 JSON 无法读取：%w", err)
	}
	var bad []error
	for _, key := range slices.Sorted(maps.Keys(file)) {
		year, err := strconv.Atoi(key)
		if err != nil {
			continue // "source" and other remarks
		}
		if year < 2000 || year > 2999 {
			bad = append(bad, fmt.Errorf("日历年份 %d 超出范围", year))
			continue
		}
		// A misspelt "work" must not lose the make-up days in silence.
		var lists struct{ Off, Work []string }
		d := json.NewDecoder(bytes.NewReader(file[key]))
		d.DisallowUnknownFields()
		if err := d.Decode(&lists); err != nil {
			bad = append(bad, fmt.Errorf("日历 %d 年无法读取，应为 {\"off\":[…],\"work\":[…]}：%w", year, err))
			continue
		}
		for _, l := range []struct {
			spans []string
			work  bool
		}{{lists.Off, false}, {lists.Work, true}} {
			for _, span := range l.spans {
				if err := c.addSpan(year, span, l.work); err != nil {
					bad = append(bad, fmt.Errorf("日历 %d 年：%w", year, err))
				}
			}
		}
		c.years[year] = true
	}
	return errors.Join(bad...)
}

// addSpan reads "MM-DD" or "MM-DD..MM-DD" within one year.
func (c *Calendar) addSpan(year int, span string, work bool) error {
	first, last, isRange := strings.Cut(span, "..")
	if !isRange {
		last = first
	}
	from, err1 := ParseDate(fmt.Sprintf("%04d-%s", year, strings.TrimSpace(first)))
	to, err2 := ParseDate(fmt.Sprintf("%04d-%s", year, strings.TrimSpace(last)))
	if err1 != nil || err2 != nil || to.Before(from) {
		return fmt.Errorf("%q 不是 MM-DD 或 MM-DD..MM-DD", span)
	}
	for d := from; !d.After(to); d = d.AddDays(1) {
		if err := c.add(d, work); err != nil {
			return err
		}
	}
	return nil
}

func (c *Calendar) add(d Date, work bool) error {
	if before, ok := c.special[d]; ok && before != work {
		return fmt.Errorf("%s 既是休息日又是工作日", d)
	}
	c.special[d] = work
	return nil
}

// maxCalendarProblems of a CSV file are told at once: a wrong kind of file has one a line.
const maxCalendarProblems = 20

func (c *Calendar) readCSV(data []byte) error {
	off, seen := map[int]int{}, map[int]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	var bad []error
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		day, kind, _ := strings.Cut(strings.ReplaceAll(line, "\uff0c", ","), ",")
		work, kindOK := csvKind(kind)
		d, err := csvDate(day)
		if err != nil || !kindOK {
			if n == 1 && err != nil && !kindOK {
				continue // header
			}
			bad = append(bad, fmt.Errorf("日历第 %d 行 %q 应为“2027-01-01,off”或“2027-01-04,work”", n, line))
			if len(bad) == maxCalendarProblems {
				break
			}
			continue
		}
		if err := c.add(d, work); err != nil {
			bad = append(bad, fmt.Errorf("日历第 %d 行：%w", n, err))
			if len(bad) == maxCalendarProblems {
				break
			}
			continue
		}
		seen[d.Year] = true
		if !work {
			off[d.Year]++
		}
	}
	if err := lines.Err(); err != nil {
		bad = append(bad, fmt.Errorf("日历 CSV 无法读取：%w", err))
	}
	if len(bad) > 0 {
		return errors.Join(bad...)
	}
	for y := range seen {
		if len(seen) == 1 || off[y] >= wholeYearOff {
			c.years[y] = true
		}
	}
	return nil
}

func csvKind(s string) (work, ok bool) {
	s, _, _ = strings.Cut(s, ",")
	switch strings.ToLower(strings.Trim(strings.TrimSpace(s), `"`)) {
	case "off", "休":
		return false, true
	case "work", "班":
		return true, true
	}
	return false, false
}

// csvDate reads 2027-01-01, 2027/1/1 and 20270101.
func csvDate(s string) (Date, error) {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	for _, layout := range []string{time.DateOnly, "2006-1-2", "2006/1/2", "20060102"} {
		if t, err := time.ParseInLocation(layout, s, Shanghai); err == nil {
			return DateOf(t), nil
		}
	}
	return Date{}, fmt.Errorf("%q 不是日期", s)
}
