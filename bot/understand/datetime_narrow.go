package understand

import "time"

// narrow reads what narrows a year or a month (去年四季度, 10月第一周, 上个月最后
// 五天, 今年上半年). What narrows it and is not understood leaves no date at
// all: the wide one would be wrong.
func (p *reader) narrow(d day) day {
	if !d.wide || d.open || d.to.Sub(d.from) < 28*24*time.Hour {
		return d
	}
	year := d.to.Sub(d.from) > 300*24*time.Hour
	i := d.end
	if at(p.c, i) == '的' {
		i++
	}
	end := 0
	from, to := d.from, d.to
	switch {
	case year && followsAny(p.c, i, "上半年", "前半年") > 0:
		to, end = date(from.Year(), 7, 1), i+3
	case year && followsAny(p.c, i, "下半年", "后半年") > 0:
		from, end = date(from.Year(), 7, 1), i+3
	case year && followsAny(p.c, i, "年底", "年末", "底", "末") > 0:
		from, end = date(from.Year(), 12, 1), followsAny(p.c, i, "年底", "年末", "底", "末")
	case year && followsAny(p.c, i, "年初", "初") > 0:
		to, end = date(from.Year(), 3, 1), followsAny(p.c, i, "年初", "初")
	case !year && followsAny(p.c, i, "上半月", "前半月", "前半个月", "上半个月") > 0:
		to, end = addDays(from, 15), followsAny(p.c, i, "上半月", "前半月", "前半个月", "上半个月")
	case !year && followsAny(p.c, i, "下半月", "后半月", "后半个月", "下半个月") > 0:
		from, end = addDays(from, 15), followsAny(p.c, i, "下半月", "后半月", "后半个月", "下半个月")
	case year && p.quarter(i) > 0:
		end = p.quarter(i)
		q := time.Month(p.quarterNumber(i)*3 - 2)
		from = time.Date(from.Year(), q, 1, 0, 0, 0, 0, zone)
		to = from.AddDate(0, 3, 0)
		switch at(p.c, end) {
		case '初':
			to, end = from.AddDate(0, 1, 0), end+1
		case '底', '末':
			from, end = to.AddDate(0, -1, 0), end+1
		}
	case year && followsAny(p.c, i, "这个时候", "这时候", "同期", "这会儿", "这个时间") > 0:
		end = followsAny(p.c, i, "这个时候", "这时候", "同期", "这会儿", "这个时间")
		same := time.Date(from.Year(), p.today.Month(), p.today.Day(), 0, 0, 0, 0, zone)
		from, to = addDays(same, -10), addDays(same, 11)
	case year && (followsAny(p.c, d.end, "之前", "以前") > 0 || at(p.c, d.end) == '前' && !isNumeral(at(p.c, d.end+1))), year && d.future && followsAny(p.c, d.end, "之后", "以后") > 0:
		return day{end: d.end + 1, wide: true} // 2025年前: no moment
	default:
		from, to, end = p.numbered(from, to, i, year)
	}
	if end == 0 {
		return d
	}
	n := day{from: from, to: to, end: end, wide: true, future: d.future || from.After(p.now)}
	if to.Equal(addDays(from, 1)) {
		n.wide = false
	}
	return n
}

// numbered reads 第三周, 第十天, 最后五天, 前三天 behind a year or a month; zero
// times where a narrowing is not understood, end 0 where there is none.
func (p *reader) numbered(from, to time.Time, i int, year bool) (time.Time, time.Time, int) {
	last := followsAny(p.c, i, "最后的", "最后")
	first := followsAny(p.c, i, "前", "头")
	nth := followsAny(p.c, i, "第")
	j := max(last, first, nth)
	if j == 0 {
		if e := followsAny(p.c, i, "暑假", "寒假", "春天", "夏天", "秋天", "冬天", "春季", "夏季", "秋季", "冬季"); e > 0 {
			return time.Time{}, time.Time{}, e
		}
		return from, to, 0
	}
	if at(p.c, j) == ' ' {
		j++
	}
	n, e := readSmall(p.c, j, 2)
	if e == j || n == 0 {
		return from, to, 0
	}
	if at(p.c, e) == ' ' {
		e++
	}
	if q := followsAny(p.c, e, "个季度", "季度"); q > 0 && year && n <= 4 && first+last > 0 { // 前两个季度
		if first > 0 {
			return from, from.AddDate(0, 3*n, 0), q
		}
		return to.AddDate(0, -3*n, 0), to, q
	}
	unit, e := p.dayUnit(e)
	if unit == 0 {
		return from, to, 0
	}
	monday := addDays(from, (8-int(from.Weekday()))%7) // the first of the span
	switch {
	case unit == 1 && last > 0:
		return addDays(to, -n), to, e
	case unit == 1 && first > 0:
		return from, addDays(from, n), e
	case unit == 1:
		return addDays(from, n-1), addDays(from, n), e
	case unit == 7 && last > 0:
		return addDays(to, -7*n), to, e
	case unit == 7 && first > 0:
		return from, addDays(from, 7*n), e
	case unit == 7 && (!year || n <= 53):
		return addDays(monday, 7*(n-1)), addDays(monday, 7*n), e
	case unit == 30 && year && n <= 12 && last > 0:
		return to.AddDate(0, -n, 0), to, e
	case unit == 30 && year && n <= 12 && first > 0:
		return from, from.AddDate(0, n, 0), e
	case unit == 30 && year && n <= 12:
		return from.AddDate(0, n-1, 0), from.AddDate(0, n, 0), e
	}
	return time.Time{}, time.Time{}, e
}

// quarter returns the index behind 四季度 or 第4季度, 0 when there is none.
func (p *reader) quarter(i int) int {
	if at(p.c, i) == '第' {
		i++
	}
	n, e := readSmall(p.c, i, 1)
	if e == i || n < 1 || n > 4 || at(p.c, i) == '两' {
		return 0
	}
	if at(p.c, e) == '个' && at(p.c, i-1) == '第' {
		e++
	}
	return followsAny(p.c, e, "季度")
}

func (p *reader) quarterNumber(i int) int {
	if at(p.c, i) == '第' {
		i++
	}
	n, _ := readSmall(p.c, i, 1)
	return n
}

// readSeason reads 上半年, 一季度, 本季度, 上个季度, 年初, 年底 said without a
// year: the latest that has begun.
func (p *reader) readSeason(i int) day {
	c := p.c
	y, m, _ := p.today.Date()
	whole := day{from: date(y, 1, 1), to: date(y+1, 1, 1), end: i, wide: true}
	last := day{from: date(y-1, 1, 1), to: date(y, 1, 1), end: i, wide: true}
	if e := followsAny(c, i, "上一年", "上年度"); e > 0 {
		last.end = e
		return last
	}
	if e := followsAny(c, i, "上个季度", "上季度", "本季度", "这个季度", "这季度"); e > 0 {
		from := time.Date(y, (m-1)/3*3+1, 1, 0, 0, 0, 0, zone)
		if at(c, i) == '上' {
			from = from.AddDate(0, -3, 0)
		}
		return day{from: from, to: from.AddDate(0, 3, 0), end: e, wide: true}
	}
	if e := followsAny(c, i, "上半个月", "上半月", "下半个月", "下半月"); e > 0 && at(c, i-1) != '月' {
		first := date(y, int(m), 1)
		if at(c, i) == '上' {
			return day{from: first, to: addDays(first, 15), end: e, wide: true}
		}
		if p.today.Day() < 16 {
			first = first.AddDate(0, -1, 0)
		}
		return day{from: addDays(first, 15), to: first.AddDate(0, 1, 0), end: e, wide: true}
	}
	named := followsAny(c, i, "上半年", "下半年", "年初", "年底", "年末") > 0 || p.quarter(i) > 0
	if !named || isNumeral(at(c, i-1)) || at(c, i-1) == '年' {
		return day{}
	}
	if d := p.narrow(whole); d.end > i && !d.from.After(p.now) {
		return d
	}
	if d := p.narrow(last); d.end > i {
		return d
	}
	return day{}
}

// outOfReach reports that what stands before a month or day makes it none of
// ours: a year that was not read (91年5月) or a reign (康熙20年).
func (p *reader) outOfReach(i int) bool {
	c := p.c
	if at(c, i-1) == '年' && isNumeral(at(c, i-2)) {
		return true
	}
	for k := i; k > max(0, i-6); k-- {
		for _, w := range [...]string{"康熙", "雍正", "乾隆", "嘉庆", "道光", "光绪", "民国"} {
			if follows(c, k-2, w) == k && k >= 2 {
				return true
			}
		}
	}
	return false
}
