package understand

import (
	"strings"
	"time"
)

// readMonthDay reads 11月18号, 去年12月, 上个月5号, 8号, 农历八月十五, 国庆.
func (p *reader) readMonthDay(i int) day {
	c := p.c
	if isNumeral(at(c, i)) && p.outOfReach(i) {
		return day{}
	}
	j, year, exact := i, 0, false
	switch {
	case follows(c, i, "去年") > 0:
		year, j = p.now.Year()-1, i+2
	case follows(c, i, "前年") > 0:
		year, j = p.now.Year()-2, i+2
	case follows(c, i, "今年") > 0:
		year, j = p.now.Year(), i+2
	case follows(c, i, "明年") > 0:
		year, j = p.now.Year()+1, i+2
	default:
		if y, e := p.readYear(i); e > 0 {
			year, j = y, e
		}
	}
	exact = year != 0
	if exact && at(c, j) == '的' {
		j++
	}
	if f, e := p.festivalAt(j); e > 0 {
		return p.festivalDay(f, e, year)
	}
	if d := p.readMonthName(j); d.end > 0 && !exact {
		return d
	}
	lunar := false
	if e := followsAny(c, j, "农历", "阴历", "旧历"); e > 0 {
		lunar, j = true, e
	}
	month, k := p.readMonth(j, &lunar)
	if k == 0 {
		if exact && j > i {
			return day{from: date(year, 1, 1), to: date(year+1, 1, 1), end: j, wide: true, future: year > p.now.Year()}
		}
		return p.readBareDay(i)
	}
	d, e := p.readDayOfMonth(k)
	if at(c, k) == '初' || at(c, k) == '廿' && at(c, e-1) != '号' && at(c, e-1) != '日' {
		lunar = true
	}
	if month == 8 && d == 15 && e > 0 && at(c, e-1) == '五' && (!exact || at(c, i) == '去' || at(c, i) == '今' || at(c, i) == '前') { // 八月十五 is 中秋
		lunar = true
	}
	if lunar {
		return p.lunarDay(year, month, d, e)
	}
	if e == 0 {
		return p.wholeMonth(year, month, k)
	}
	if d > daysIn(month) {
		return day{}
	}
	y := year
	if !exact {
		y = p.now.Year()
		for y > p.now.Year()-9 && (date(y, month, d).After(p.now) || date(y, month, d).Day() != d) {
			y--
		}
	}
	t := date(y, month, d)
	if t.Day() != d {
		return day{}
	}
	return day{from: t, to: addDays(t, 1), end: e, future: t.After(p.now)}
}

func daysIn(month int) int {
	switch month {
	case 2:
		return 29
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// readYear reads 2026年, 26年, 二零二六年.
func (p *reader) readYear(i int) (year, end int) {
	c := p.c
	v, j, n := 0, i, 0
	for n < 4 {
		d := hanDigit(at(c, j))
		if isDigit(at(c, j)) {
			d = int64(at(c, j) - '0')
		}
		if d < 0 {
			break
		}
		v = v*10 + int(d)
		j++
		n++
	}
	if at(c, j) != '年' || isDigit(at(c, i-1)) || n != 2 && n != 4 {
		return 0, 0
	}
	if n == 2 {
		if v < 10 && !isNumeral(at(c, j+1)) || v > 39 {
			return 0, 0
		}
		v += 2000
	}
	if v < 1900 || v > 2099 {
		return 0, 0
	}
	return v, j + 1
}

// readMonthName reads 上个月, 本月, 月初, 月底 and a day behind them.
func (p *reader) readMonthName(i int) day {
	c := p.c
	j, months := i, 0
	for at(c, j) == '上' {
		months--
		j++
	}
	if j == i {
		switch at(c, j) {
		case '下':
			months, j = 1, j+1
		case '本', '这', '当':
			j++
		}
	}
	if j > i && at(c, j) == '一' {
		j++
	}
	if j > i && at(c, j) == '个' {
		j++
	}
	if at(c, j) != '月' || j == i && at(c, i+1) != '初' && at(c, i+1) != '底' && at(c, i+1) != '中' || j == i && isNumeral(at(c, i-1)) {
		return day{}
	}
	first := time.Date(p.today.Year(), p.today.Month()+time.Month(months), 1, 0, 0, 0, 0, zone)
	next := time.Date(first.Year(), first.Month()+1, 1, 0, 0, 0, 0, zone)
	j++
	if at(c, j) == '的' {
		j++
	}
	if d, e := p.readDayOfMonth(j); e > 0 && (at(c, e-1) == '号' || at(c, e-1) == '日') {
		t := addDays(first, d-1)
		if !t.Before(next) {
			return day{}
		}
		return day{from: t, to: addDays(t, 1), end: e, future: months > 0}
	}
	if d, ok := p.monthEdge(first, next, j); ok {
		d.future = months > 0
		return d
	}
	switch {
	case at(c, j) == '初':
		if j-1 == i && first.After(p.now) {
			first = first.AddDate(0, -1, 0)
		}
		return day{from: first, to: addDays(first, 5), end: j + 1, wide: true}
	case at(c, j) == '底' || at(c, j) == '末':
		if j-1 == i && addDays(next, -6).After(p.now) {
			next = first
		}
		return day{from: addDays(next, -6), to: next, end: j + 1, wide: true}
	case at(c, j) == '中' && at(c, j+1) != '旬':
		if j-1 == i && addDays(first, 10).After(p.now) {
			first = first.AddDate(0, -1, 0)
		}
		return day{from: addDays(first, 10), to: addDays(first, 20), end: j + 1, wide: true}
	case follows(c, j, "上旬") > 0:
		return day{from: first, to: addDays(first, 10), end: j + 2, wide: true}
	case follows(c, j, "中旬") > 0:
		return day{from: addDays(first, 10), to: addDays(first, 20), end: j + 2, wide: true}
	case follows(c, j, "下旬") > 0:
		return day{from: addDays(first, 20), to: next, end: j + 2, wide: true}
	}
	return day{from: first, to: next, end: j, wide: true, future: months > 0}
}

// monthEdge reads 最后一天 and 第一天 behind a month.
func (p *reader) monthEdge(first, next time.Time, i int) (day, bool) {
	if e := followsAny(p.c, i, "的最后一天", "最后一天", "最后那天"); e > 0 {
		return day{from: addDays(next, -1), to: next, end: e}, true
	}
	if e := followsAny(p.c, i, "的第一天", "第一天", "头一天"); e > 0 {
		return day{from: first, to: addDays(first, 1), end: e}, true
	}
	return day{}, false
}

func isNumeral(r rune) bool { return isDigit(r) || hanDigit(r) >= 0 || r == '十' }

// readMonth reads 11月, 十二月, 腊月, 正月; lunar is set for the names.
func (p *reader) readMonth(i int, lunar *bool) (month, end int) {
	c := p.c
	if e := followsAny(c, i, "腊月", "正月", "冬月"); e > 0 {
		*lunar = true
		if at(c, e) == '里' || at(c, e) == '的' || at(c, e) == '间' {
			e++
		}
		switch at(c, i) {
		case '腊':
			return 12, e
		case '冬':
			return 11, e
		}
		return 1, e
	}
	m, j := readSmall(c, i, 2)
	if j == i || m < 1 || m > 12 || at(c, j) != '月' || isDigit(at(c, i-1)) {
		return 0, 0
	}
	j++
	if at(c, j) == '份' {
		j++
	}
	if at(c, j) == '的' && isNumeral(at(c, j+1)) {
		j++
	}
	return m, j
}

// readDayOfMonth reads 18号, 十八日, 18, 初三 behind a month.
func (p *reader) readDayOfMonth(i int) (d, end int) {
	c := p.c
	start := i
	if at(c, i) == '初' {
		start++
	}
	d, e := readSmall(c, start, 2)
	if e == start || d < 1 || d > 31 {
		return 0, 0
	}
	switch at(c, e) {
	case '号', '日':
		return d, e + 1
	case '块', '元', '千', '百', '万', '点', '笔', '个', '次', '天', '月', '.', ':', '单', '多', '年', 'w', 'k', '%', '几':
		return 0, 0
	}
	if e == start+1 && start == i && !isDigit(at(c, i)) { // 一月一笔
		if hanDigit(at(c, e)) >= 0 || at(c, i) == '一' && oneWord(at(c, e)) {
			return 0, 0
		}
	}
	return d, e
}

// oneWord reports that 一 in front of r is no day: 11月一共, 10月一直, 9月一分没到.
func oneWord(r rune) bool {
	return strings.ContainsRune("共直下整般起分些样家定律开周大半", r)
}

func (p *reader) wholeMonth(year, month, end int) day {
	y := year
	if y == 0 {
		y = p.now.Year()
		if date(y, month, 1).After(p.now) {
			y--
		}
	}
	first := date(y, month, 1)
	d := day{from: first, to: first.AddDate(0, 1, 0), end: end, wide: true, future: first.After(p.now)}
	if edge, ok := p.monthEdge(d.from, d.to, end); ok {
		edge.future = d.future
		return edge
	}
	if at(p.c, end) == '月' && (at(p.c, end+1) == '底' || at(p.c, end+1) == '初' || at(p.c, end+1) == '末') {
		end++
	}
	switch {
	case at(p.c, end) == '初':
		d.to, d.end = addDays(first, 5), end+1
	case at(p.c, end) == '底' || at(p.c, end) == '末':
		d.from, d.end = addDays(d.to, -6), end+1
	case follows(p.c, end, "上旬") > 0:
		d.to, d.end = addDays(first, 10), end+2
	case follows(p.c, end, "中旬") > 0:
		d.from, d.to, d.end = addDays(first, 10), addDays(first, 20), end+2
	case follows(p.c, end, "下旬") > 0:
		d.from, d.end = addDays(first, 20), end+2
	}
	return d
}

func (p *reader) lunarDay(year, month, d, end int) day {
	if end == 0 {
		return day{}
	}
	t, ok := time.Time{}, false
	if year > 0 {
		t, ok = lunarDate(year, month, d)
	} else {
		t, ok = lastLunar(p.now, month, d)
	}
	if !ok {
		return day{end: end} // beyond the table: read, but no date
	}
	return day{from: t, to: addDays(t, 1), end: end, future: t.After(p.now)}
}

// readBareDay reads 8号: the latest past day of that number, today included.
func (p *reader) readBareDay(i int) day {
	c := p.c
	d, e := readSmall(c, i, 2)
	if e == i || d < 1 || d > 31 || at(c, e) != '号' && at(c, e) != '日' || isNumeral(at(c, i-1)) || isLetter(at(c, i-1)) {
		return day{}
	}
	switch at(c, e+1) {
	case '之', '机', '楼', '店', '线', '台', '桌', '窗', '柜', '库', '文', '商', '终', '卡', '码', '元', '结', '清', '内':
		return day{}
	}
	switch at(c, i-1) {
	case '第', '尾', '单', '账', '型', '编', '每', '近', '过', '为':
		if at(c, e) == '日' || at(c, i-1) != '为' {
			return day{}
		}
	}
	t := date(p.now.Year(), int(p.now.Month()), d)
	for n := 0; n < 3 && (t.After(p.now) || t.Day() != d); n++ {
		t = date(p.now.Year(), int(p.now.Month())-1-n, d)
	}
	if t.Day() != d {
		return day{}
	}
	return day{from: t, to: addDays(t, 1), end: e + 1}
}

// readNumericDate reads 2026-11-18, 2026/11/18, 20261118, 11-18, 11.18, 11/18.
func (p *reader) readNumericDate(i int) day {
	c := p.c
	if !isDigit(at(c, i)) || isAlnum(at(c, i-1)) || (at(c, i-1) == '.' || at(c, i-1) == '-' || at(c, i-1) == '/') && isAlnum(at(c, i-2)) {
		return day{}
	}
	j, v := i, 0
	for isDigit(at(c, j)) && j-i <= 14 {
		v = v*10 + int(at(c, j)-'0')
		j++
	}
	sep := at(c, j)
	switch {
	case j-i == 14 || j-i == 12:
		return p.stampDay(i)
	case j-i == 8 && v/10000 >= 2015 && v/10000 <= 2039 && !isAlnum(sep):
		return p.exactDay(v/10000, v/100%100, v%100, j)
	case j-i == 4 && v >= 1990 && v <= 2039 && (sep == '-' || sep == '/' || sep == '.'):
		m, e := readSmall(c, j+1, 2)
		if e == j+1 || at(c, e) != '-' && at(c, e) != '/' && at(c, e) != '.' {
			return day{}
		}
		d, e2 := readTwo(c, e+1)
		if e2 == e+1 {
			return day{}
		}
		return p.exactDay(v, m, d, e2)
	case j-i <= 2 && (sep == '-' || sep == '/' || sep == '.'):
		d, e := readSmall(c, j+1, 2)
		if e == j+1 || !p.looksLikeDate(i, j, e, sep) || v < 1 || v > 12 || d < 1 || d > daysIn(v) {
			return day{}
		}
		if at(c, e) == '号' || at(c, e) == '日' {
			e++
		}
		y := p.now.Year()
		if date(y, v, d).After(p.now) {
			y--
		}
		return p.exactDay(y, v, d, e)
	}
	return day{}
}

// stampDay reads the day of 20261115143000; the clock behind it is read next.
func (p *reader) stampDay(i int) day {
	v := 0
	for k := i; k < i+8; k++ {
		v = v*10 + int(p.c[k].r-'0')
	}
	if v/10000 < 2015 || v/10000 > 2039 || p.stampClock(i+8).end == 0 {
		return day{}
	}
	return p.exactDay(v/10000, v/100%100, v%100, i+8)
}

// stampClock reads hhmm or hhmmss right behind a day written in eight digits.
func (p *reader) stampClock(i int) clock {
	n, v := 0, 0
	for ; isDigit(at(p.c, i+n)) && n <= 6; n++ {
		if n < 4 {
			v = v*10 + int(p.c[i+n].r-'0')
		}
	}
	if n != 4 && n != 6 || v/100 > 23 || v%100 > 59 || isLetter(at(p.c, i+n)) || n == 6 && (p.c[i+4].r > '5') {
		return clock{}
	}
	return clock{h: v / 100, m: v % 100, minute: true, exact: true, end: i + n}
}

// compact reports that eight digits end right before cell i.
func (p *reader) compact(i int) bool {
	for k := i - 8; k < i; k++ {
		if !isDigit(at(p.c, k)) {
			return false
		}
	}
	return true
}

// readTwo reads two digits, or one; further digits may follow (2026-11-1809:30).
func readTwo(c []cell, i int) (v, end int) {
	for end = i; end < i+2 && isDigit(at(c, end)); end++ {
		v = v*10 + int(at(c, end)-'0')
	}
	if isDigit(at(c, end)) && (!isDigit(at(c, end+1)) || at(c, end+2) != ':') {
		return 0, i
	}
	return v, end
}

func (p *reader) exactDay(y, m, d, end int) day {
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return day{}
	}
	t := date(y, m, d)
	if t.Day() != d {
		return day{}
	}
	return day{from: t, to: addDays(t, 1), end: end, future: t.After(p.now)}
}

// looksLikeDate decides whether M.D (cells [i,e)) is a date and not a sum or a
// range: by what stands around it.
func (p *reader) looksLikeDate(i, j, e int, sep rune) bool {
	c := p.c
	next := at(c, e)
	if next == sep && isDigit(at(c, e+1)) || isLetter(next) || next == '%' {
		return false
	}
	switch next {
	case '号', '日':
		k := e + 1
		if at(c, k) == ' ' {
			k++
		}
		return sep != '-' || j-i == e-j-1 && at(c, i) == '0' || p.startsPart(k) || p.clockAt(k) > 0 // 11-15日下午
	case '块', '元', '万', '千', '百', '毛', '笔', '个', '天', '点', '次', 'w', 'k', '小', '分', '年', '折', '倍', '位':
		return false
	}
	if p.startsPart(e) || next == ' ' && isDigit(at(c, e+1)) {
		return true
	}
	switch sep {
	case '-', '/':
		return next == '刷' || next == '的' || next == '那' || next == '收' || next == '交' || next == '付' || next == ',' || next == '，' || next == 0 || at(c, i) == '0' || next == '消'
	}
	switch next {
	case '刷', '那', '收', '交', '消', '付', '这':
		return true
	case '到':
		n, ok := readNumber(c, e+1)
		return ok && n.lo >= 100*scale
	case '的':
		return followsAny(c, e+1, "那", "钱", "交易", "账", "流水", "收款") > 0 || startsNumber(c, e+1)
	}
	return at(c, i) == '0' && at(c, i+1) != '.'
}
