package understand

import "time"

// zone is Asia/Shanghai, which has had no other offset since 1991.
//
//nolint:gochecknoglobals // read-only
var zone = time.FixedZone("CST", 8*3600)

func date(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, zone) }

func addDays(t time.Time, n int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+n, 0, 0, 0, 0, zone)
}

// follows returns the index behind word when the cells at i spell it, else 0.
func follows(c []cell, i int, word string) int {
	for _, r := range word {
		if at(c, i) != r {
			return 0
		}
		i++
	}
	return i
}

// followsAny returns the index behind the first of the words that matches.
func followsAny(c []cell, i int, words ...string) int {
	for _, w := range words {
		if end := follows(c, i, w); end > 0 {
			return end
		}
	}
	return 0
}

// day is a date read from the cells: one day or a range of days.
type day struct {
	from, to time.Time // to exclusive
	end      int
	wide     bool // more than one day
	future   bool // named as future, never shifted into the past
	today    bool
	open     bool // ends at now (最近)
}

func (p *reader) oneDay(n, end int) day {
	return day{from: addDays(p.today, n), to: addDays(p.today, n+1), end: end, future: n > 0, today: n == 0}
}

// reader reads times from the cells of one message.
type reader struct {
	c          []cell
	hits       []hit
	now, today time.Time
	festivals  int // hits of tFestival
}

// relativeDays, longest first where one begins another.
//
//nolint:gochecknoglobals // read-only table
var relativeDays = [...]struct {
	word string
	days int
}{
	{"大大前天", -4},
	{"大前天", -3},
	{"大前儿个", -3},
	{"大前儿", -3},
	{"大前个", -3},
	{"前个", -2},
	{"明个", 1},
	{"后儿", 2},
	{"上前天", -3},
	{"先前天", -3},
	{"大前日", -3},
	{"大后天", 3},
	{"前天", -2},
	{"前日", -2},
	{"前儿个", -2},
	{"前儿", -2},
	{"昨天", -1},
	{"昨日", -1},
	{"昨儿个", -1},
	{"昨儿", -1},
	{"昨个", -1},
	{"今天", 0},
	{"今日", 0},
	{"今儿个", 0},
	{"今儿", 0},
	{"今个", 0},
	{"明天", 1},
	{"明日", 1},
	{"明儿", 1},
	{"后天", 2},
	{"后日", 2},
}

// readDay reads a date at i; end is 0 when there is none.
func (p *reader) readDay(i int) day {
	r := at(p.c, i)
	switch r {
	case '大', '前', '昨', '今', '明', '后', '上', '先':
		for _, w := range relativeDays {
			if end := follows(p.c, i, w.word); end > 0 {
				return p.oneDay(w.days, end)
			}
		}
		if n := map4(r); n != 9 && p.startsPart(i+1) {
			return p.oneDay(n, i+1)
		}
		if r == '大' && at(p.c, i+1) == '年' {
			if d := p.readNewYearDay(i + 2); d.end > 0 {
				return d
			}
		}
	}
	if d := p.readSeason(i); d.end > 0 {
		return d
	}
	if d := p.readRecent(i); d.end > 0 {
		return d
	}
	if d := p.readWeek(i); d.end > 0 {
		return d
	}
	if d := p.readMonthDay(i); d.end > 0 {
		return d
	}
	if d := p.readNewMoonDay(i); d.end > 0 {
		return d
	}
	return p.readNumericDate(i)
}

// map4 is the day that 昨 今 明 前 mean before a part of day; 9 is none.
func map4(r rune) int {
	switch r {
	case '前':
		return -2
	case '昨':
		return -1
	case '今':
		return 0
	case '明':
		return 1
	}
	return 9
}

// readRecent reads 最近, 前几天, 这两天, 近一周, 三天前, 两天内.
func (p *reader) readRecent(i int) day {
	c := p.c
	if end := followsAny(c, i, "前段时间", "前阵子", "前一阵", "前段日子", "前些日子"); end > 0 {
		return p.since(-30, end)
	}
	if end := followsAny(c, i, "前几天", "头几天", "前些天", "这几天", "近几天", "最近几天", "前几日", "近日", "这些天", "这阵子", "近期"); end > 0 {
		return p.since(-7, end)
	}
	j := followsAny(c, i, "最近这", "最近", "近", "这", "前", "过去的", "过去", "之前")
	if j > 0 {
		n, end := readSmall(c, j, 2)
		if end > j && n > 0 && at(c, j) != '半' {
			unit, e := p.dayUnit(end)
			if unit > 0 && (at(c, i) != '前' || unit < 28) {
				if in := followsAny(c, e, "以内", "之内", "内", "里", "以来"); in > 0 {
					e = in
				}
				return p.since(-n*unit, e)
			}
		}
		if end > j && at(c, end) == '月' && follows(c, i, "近")+follows(c, i, "最近") > 0 && n <= 12 { // 近三月
			d := p.since(-n*30, end+1)
			d.from = p.today.AddDate(0, -n, 0)
			return d
		}
		if e := followsAny(c, j, "半个月"); e > 0 {
			return p.since(-15, e)
		}
		if follows(c, i, "最近") > 0 {
			return p.since(-7, i+2)
		}
		return day{}
	}
	if b := followsAny(c, i, "半个月前", "半个月之前", "半个月以前", "半月前"); b > 0 {
		return day{from: addDays(p.today, -18), to: addDays(p.today, -11), end: b, wide: true}
	}
	// N天前
	n, end := readSmall(c, i, 3)
	if end == i && at(c, i) == '几' {
		n, end = 0, i+1
	}
	if end == i {
		return day{}
	}
	if hanDigit(at(c, i)) > 0 && hanDigit(at(c, i+1)) == hanDigit(at(c, i))+1 && at(c, i+2) == '天' { // 三四天前
		if b := followsAny(c, i+3, "之前", "以前", "前"); b > 0 {
			lo := int(hanDigit(at(c, i)))
			return day{from: addDays(p.today, -lo-1), to: addDays(p.today, -lo+1), end: b, wide: true}
		}
	}
	vague := n == 0
	if at(c, end) == '多' || at(c, end) == '来' {
		end++
	}
	unit, e := p.dayUnit(end)
	if unit == 0 {
		return day{}
	}
	if b := followsAny(c, e, "之前", "以前", "前"); b > 0 {
		switch {
		case vague:
			return p.since(-7, b)
		case unit == 1:
			return p.oneDay(-n, b)
		case unit == 7:
			return day{from: addDays(p.today, -n*7-3), to: addDays(p.today, -n*7+4), end: b, wide: true}
		}
		t := time.Date(p.today.Year(), p.today.Month()-time.Month(n), p.today.Day(), 0, 0, 0, 0, zone)
		return day{from: addDays(t, -7), to: addDays(t, 8), end: b, wide: true}
	}
	if b := followsAny(c, e, "之后", "以后", "后"); b > 0 && unit == 1 && n > 0 {
		return p.oneDay(n, b)
	}
	if b := followsAny(c, e, "以内", "之内", "内"); b > 0 && n > 0 {
		return p.since(-n*unit, b)
	}
	return day{}
}

// dayUnit reads 天, 周, 个月 and returns their days.
func (p *reader) dayUnit(i int) (days, end int) {
	if e := followsAny(p.c, i, "天", "日"); e > 0 {
		return 1, e
	}
	if e := followsAny(p.c, i, "个星期", "个礼拜", "星期", "礼拜", "周"); e > 0 {
		return 7, e
	}
	if e := followsAny(p.c, i, "个月"); e > 0 {
		return 30, e
	}
	return 0, i
}

func (p *reader) since(days, end int) day {
	return day{from: addDays(p.today, days), to: p.now, end: end, wide: true, open: true}
}

// readWeek reads 周五, 上周五, 上上个星期三, 这周, 周末.
func (p *reader) readWeek(i int) day {
	c := p.c
	j, weeks, named := i, 0, false
	for {
		switch at(c, j) {
		case '上':
			if weeks > 0 { // 看下上周五的
				return day{}
			}
			weeks--
		case '下':
			weeks++
		case '本', '这':
			if named {
				return day{}
			}
		default:
			goto word
		}
		named = true
		j++
	}
word:
	if named && at(c, j) == '一' {
		j++
	}
	if named && at(c, j) == '个' {
		j++
	}
	k := followsAny(c, j, "星期", "礼拜", "周")
	if k == 0 || at(c, i-1) == '每' || !named && (hanDigit(at(c, i-1)) >= 0 || isDigit(at(c, i-1)) || at(c, i-1) == '个') {
		return day{}
	}
	if e := followsAny(c, k, "周", "的周", "星期"); e > 0 && named { // 上周周六
		k = e
	}
	monday := addDays(p.today, -(int(p.today.Weekday())+6)%7)
	w := weekday(at(c, k))
	if w == 0 && isDigit(at(c, k)) && at(c, k) >= '1' && at(c, k) <= '7' && !isDigit(at(c, k+1)) && at(c, k+1) != '点' && at(c, k+1) != '号' {
		w = int(at(c, k) - '0')
	}
	if named && w == 1 && at(c, k) == '一' && at(c, k+1) == '共' { // 上周一共: the week, all in all
		w = 0
	}
	if at(c, k) == '末' {
		d := addDays(monday, 5+7*weeks)
		if !named && d.After(p.now) {
			d = addDays(d, -7)
		}
		return day{from: d, to: addDays(d, 2), end: k + 1, wide: true, future: weeks > 0}
	}
	if w == 0 {
		if !named {
			return day{}
		}
		d := addDays(monday, 7*weeks)
		return day{from: d, to: addDays(d, 7), end: k, wide: true, future: weeks > 0}
	}
	if !named && (at(c, k) == '一' && at(c, k+1) == '到' || at(c, k) == '日') && at(c, k+1) == '报' {
		return day{}
	}
	d := addDays(monday, w-1+7*weeks)
	if !named && d.After(p.now) {
		d = addDays(d, -7)
	}
	if at(c, k) == '六' && (at(c, k+1) == '日' || at(c, k+1) == '天') { // 周六日
		return day{from: d, to: addDays(d, 2), end: k + 2, wide: true, future: weeks > 0}
	}
	return day{from: d, to: addDays(d, 1), end: k + 1, future: weeks > 0}
}

func weekday(r rune) int {
	switch r {
	case '日', '天':
		return 7
	}
	if d := hanDigit(r); d >= 1 && d <= 6 && r != '两' && r != '俩' {
		return int(d)
	}
	return 0
}

// readNewMoonDay reads 初八 without a month: the latest of the Chinese calendar.
func (p *reader) readNewMoonDay(i int) day {
	if at(p.c, i) != '初' || at(p.c, i-1) == '月' || at(p.c, i-1) == '年' || at(p.c, i-1) == '当' {
		return day{}
	}
	n, end := readSmall(p.c, i+1, 2)
	if end == i+1 || n < 1 || n > 10 || at(p.c, end) == '中' || at(p.c, end) == '级' || at(p.c, end) == '的' && at(p.c, end+1) == '学' {
		return day{}
	}
	t, ok := latestLunarDay(p.now, n)
	if !ok {
		return day{}
	}
	return day{from: t, to: addDays(t, 1), end: end}
}

// readNewYearDay reads 初三 behind 大年 or 正月.
func (p *reader) readNewYearDay(i int) day {
	if at(p.c, i) != '初' {
		return day{}
	}
	n, end := readSmall(p.c, i+1, 2)
	if end == i+1 || n < 1 || n > 10 {
		return day{}
	}
	t, ok := lastLunar(p.now, 1, n)
	if !ok {
		return day{}
	}
	return day{from: t, to: addDays(t, 1), end: end}
}
