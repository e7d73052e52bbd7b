package understand

import "time"

// mention is one time said, with the cells it covers.
type mention struct {
	span   Span
	at, to int
	future bool
	open   bool // reaches up to now
	today  bool // names only today
	hasDay bool
	score  int
}

// readMentions finds every time said, in order, and marks its cells.
func (p *reader) readMentions(dst []mention) []mention {
	c := p.c
	for i := 0; i < len(c); {
		if c[i].mark != free || !mayBeginTime(c[i].r) {
			i++
			continue
		}
		m, ok := p.readMention(i)
		if !ok {
			if e := p.skipDuration(i); e > i {
				markCells(c, i, e, asTime)
				i = e
				continue
			}
			i = p.skipRun(i)
			continue
		}
		if m.span.From.IsZero() || p.repeated(m.at) {
			markCells(c, m.at, m.to, asTime)
			i = m.to
			continue
		}
		markCells(c, m.at, m.to, asTime)
		dst = append(dst, m)
		i = m.to
	}
	return dst
}

// joinWeekdays drops a weekday that only says again which day it was (13号黑色
// 星期五).
func (p *reader) joinWeekdays(ms []mention) []mention {
	w := 0
	for i := range ms {
		if b := &ms[i]; w > 0 && b.hasDay {
			a := &ms[w-1]
			if b.span.Precision == Day && a.span.Precision == Day && a.hasDay && b.at-a.to <= 4 && followsAny(p.c, b.at, "周", "星期", "礼拜") > 0 &&
				a.span.From.Weekday() == b.span.From.Weekday() && !p.breaks(a.to, b.at) {
				a.to = b.to
				continue
			}
			if a.hasDay && a.span.Precision == Range && !a.open && b.at-a.to <= 1 && !b.span.From.Before(a.span.From) && !b.span.To.After(a.span.To) && !p.breaks(a.to, b.at) { // 六月六月中旬
				b.at = a.at
				ms[w-1] = *b
				continue
			}
			if sameDay(a.span.From, b.span.From) && a.hasDay && b.at-a.to <= 2 && a.span.To.After(b.span.From) && !p.breaks(a.to, b.at) { // 8月十五中秋
				b.at = a.at
				ms[w-1] = *b
				continue
			}
		}
		ms[w] = ms[i]
		w++
	}
	return ms[:w]
}

func sameDay(a, b time.Time) bool {
	y, m, d := a.Date()
	y2, m2, d2 := b.Date()
	return y == y2 && m == m2 && d == d2
}

// breaks reports a clause that ends within the cells [from,to).
func (p *reader) breaks(from, to int) bool {
	for i := from; i < to; i++ {
		if isBreak(p.c[i].r) {
			return true
		}
	}
	return false
}

// repeated reports 每天, 每周 before a time: a habit names no moment.
func (p *reader) repeated(i int) bool {
	for k := i - 1; k >= max(0, i-6); k-- {
		switch at(p.c, k) {
		case '每':
			return true
		case '天', '个', '周', '月', '工', '作', '日', '的', '隔', '年', '星', '期', '礼', '拜', '半':
		default:
			if hanDigit(at(p.c, k)) < 0 && at(p.c, k) != '末' {
				return false
			}
		}
	}
	return false
}

// skipRun steps over one cell, or over a whole run of digits (of 二十七点 no
// part is a time).
func (p *reader) skipRun(i int) int {
	if !isNumeral(p.c[i].r) {
		return i + 1
	}
	for i < len(p.c) && isNumeral(p.c[i].r) {
		i++
	}
	return i
}

func markCells(c []cell, from, to int, m mark) {
	for i := max(from, 0); i < to && i < len(c); i++ {
		c[i].mark = m
	}
}

// mayBeginTime is a quick refusal: most runes begin no time.
func mayBeginTime(r rune) bool {
	if isDigit(r) || hanDigit(r) >= 0 {
		return true
	}
	switch r {
	case '十', '廿', '大', '前', '昨', '今', '明', '后', '最', '近', '这', '过', '之', '上', '下', '本', '周', '星', '礼', '去', '当', '月',
		'刚', '方', '半', '凌', '黎', '清', '早', '晨', '头', '正', '中', '晌', '午', '傍', '黄', '晚', '深', '夜', '农', '阴', '旧', '腊', '冬', '从', '几', '差', '才',
		'先', '立', '夏', '初', '元', '情', '妇', '女', '三', '植', '愚', '五', '劳', '青', '儿', '六', '建', '教', '国', '双', '光', '平', '圣', '春', '新', '端', '七', '鬼', '重', '小', '除', '年':
		return true
	}
	return false
}

// readMention reads one time at i, with its range.
func (p *reader) readMention(i int) (mention, bool) {
	if m, ok := p.readAgo(i); ok {
		return m, true
	}
	start := i
	if at(p.c, i) == '从' {
		i++
	}
	w, ok := p.readWhen(i, nil)
	if ok && w.end > 0 && w.day.end > 0 && w.day.from.IsZero() {
		return mention{at: start, to: w.end}, true
	}
	if !ok {
		if m, ok := p.readShortRange(i, when{}); ok {
			m.at = start
			return m, true
		}
		return mention{}, false
	}
	if w.day.end > 0 && w.day.from.IsZero() {
		return mention{at: start, to: w.end}, true
	}
	if (w.part || w.day.end > 0) && w.clock.end == 0 && !w.day.wide {
		if m, ok := p.readShortRange(w.end, w); ok {
			m.at = start
			return m, true
		}
	}
	m := p.resolve(w)
	m.at = i
	if e := p.connector(w.end); e > 0 {
		if end := followsAny(p.c, e, "现在", "目前", "今天"); end > 0 && m.hasDay && !m.today && at(p.c, w.end) != '-' {
			m.span = Span{From: m.span.From, To: p.now, Precision: Range}
			m.open = true
			m.to = end
		} else if d, e2 := p.readSameMonth(e, w); e2 > 0 {
			m.span = Span{From: m.span.From, To: d, Precision: Range}
			m.to = e2
		} else if w2, ok := p.readWhen(e, &w); ok {
			n := p.comesAfter(m, p.resolve(w2), e)
			if end := p.rangeEnd(w2, n); end.After(m.span.From) && n.span.To.Sub(m.span.From) <= 400*24*time.Hour { // not 2点到2点
				m.span = Span{From: m.span.From, To: end, Precision: Range}
				m.future, m.today = n.future && m.future, false
				m.to = n.to
			}
		}
	}
	if start < i && m.span.Precision == Range {
		m.at = start
	}
	p.beforeAfter(&m, w)
	m.span.Text = ""
	return m, true
}

// readSameMonth reads the 7号 of 10月1号到7号: a later day of the same month.
func (p *reader) readSameMonth(i int, w when) (time.Time, int) {
	if w.day.end == 0 || w.day.wide || w.part || w.clock.end > 0 {
		return time.Time{}, 0
	}
	d, e := readSmall(p.c, i, 2)
	if e == i || at(p.c, e) != '号' && at(p.c, e) != '日' || d <= w.day.from.Day() || d > 31 {
		return time.Time{}, 0
	}
	to := time.Date(w.day.from.Year(), w.day.from.Month(), d+1, 0, 0, 0, 0, zone)
	return to, e + 1
}

// connector reads 到, 至, - between two times.
func (p *reader) connector(i int) int {
	switch at(p.c, i) {
	case '到', '至', '-', '~':
		i++
		for at(p.c, i) == '-' || at(p.c, i) == '~' {
			i++
		}
		return i
	}
	return 0
}

// readShortRange reads 8到10号, 3-5点, 三四点: a first number without its unit.
func (p *reader) readShortRange(i int, first when) (mention, bool) {
	c := p.c
	if isAlnum(at(c, i-1)) && first.end == 0 {
		return mention{}, false
	}
	a, e := readSmall(c, i, 2)
	if e == i {
		return mention{}, false
	}
	j := p.connector(e)
	if j == 0 {
		if a2 := hanDigit(at(c, i)); a2 > 0 && hanDigit(at(c, i+1)) == a2+1 && at(c, i+2) == '点' { // 三四点
			a, j = int(a2), i+1
		} else {
			return mention{}, false
		}
	}
	if d := p.readBareDay(j); d.end > 0 && first.end == 0 && a >= 1 && a <= 31 && isDigit(at(c, j)) == isDigit(at(c, i)) {
		from := time.Date(d.from.Year(), d.from.Month(), a, 0, 0, 0, 0, zone)
		if from.Before(d.from) && from.Day() == a {
			return mention{span: Span{From: from, To: d.to, Precision: Range}, at: i, to: d.end, hasDay: true}, true
		}
		return mention{}, false
	}
	k := p.readClock(j, true)
	if k.end == 0 || a > 24 || a >= k.h {
		return mention{}, false
	}
	first.clock, first.end = k, k.end
	m := p.resolve(first)
	m.span.From = m.span.From.Add(-time.Duration(k.h-a)*time.Hour - time.Duration(k.m)*time.Minute)
	m.span.Precision, m.at = Range, i
	return m, true
}

// beforeAfter widens 8点之前 and 10号以后.
func (p *reader) beforeAfter(m *mention, w when) {
	if e := followsAny(p.c, m.to, "之前", "以前"); (e > 0 || w.clock.end > 0 && p.single(m.to, '前', &e)) && (w.clock.end > 0 || m.hasDay && !m.today) {
		from := addDays(m.span.From, -7)
		if w.clock.end > 0 {
			from = addDays(m.span.From, 0)
		}
		m.span = Span{From: from, To: m.span.From, Precision: Range}
		m.to = e
	} else if e := followsAny(p.c, m.to, "开始到现在", "到现在", "至今", "到目前", "一直到现在", "开始", "起", "以来"); e > 0 && p.openFrom(m) {
		m.span = Span{From: m.span.From, To: p.now, Precision: Range}
		m.to = e
	} else if e := followsAny(p.c, m.to, "之后", "以后"); e > 0 && w.day.wide && !w.day.open && w.clock.end == 0 && p.now.After(m.span.To) {
		m.span = Span{From: m.span.To, To: p.now, Precision: Range}
		m.to = e
	} else if e := followsAny(p.c, m.to, "之后", "以后"); (e > 0 || w.clock.end > 0 && p.single(m.to, '后', &e)) && !m.future {
		to := p.now
		if w.clock.end > 0 {
			if end := addDays(m.span.From, 1); end.Before(to) {
				to = end
			}
		}
		if to.After(m.span.From) {
			m.span = Span{From: m.span.From, To: to, Precision: Range}
			m.to = e
		}
	}
}

// openFrom reports a time that begins a range up to now: 从 stands before it,
// or what follows says so by itself.
func (p *reader) openFrom(m *mention) bool {
	if m.future || m.open || !p.now.After(m.span.From) {
		return false
	}
	return at(p.c, m.at) == '从' || at(p.c, m.at) == '自' || at(p.c, m.at-1) == '从' || at(p.c, m.at-1) == '自' || followsAny(p.c, m.to, "开始", "以来", "至今", "起没", "起就", "起一") > 0
}

// single reads 前 or 后 alone when the sale follows at once (10点后刷的).
func (p *reader) single(i int, r rune, end *int) bool {
	if at(p.c, i) != r {
		return false
	}
	switch at(p.c, i+1) {
	case '刷', '收', '的', '付', '交', '扫':
		*end = i + 1
		return true
	}
	return false
}

// when is a time as read: a day, a part of it, a clock, each optional.
type when struct {
	day    day
	lo, hi int
	part   bool
	clock  clock
	end    int
	before *when // the first half of a range, which lends what is missing
}

// readWhen reads day, part and clock in this order, with fillers between.
func (p *reader) readWhen(i int, first *when) (when, bool) {
	var w when
	w.before = first
	j := i
	if d := p.narrow(p.readDay(j)); d.end > 0 {
		if d.from.IsZero() { // narrowed by what is not understood: no date
			w.day, w.end = d, d.end
			return w, true
		}
		w.day, w.end = d, d.end
		j = p.filler(d.end)
		if wd := p.readWeek(j); wd.end > 0 && !wd.wide && !d.wide { // 10月12号,星期一
			w.end = wd.end
			j = p.filler(wd.end)
		}
	}
	if w.end > 0 && w.end == w.day.end && p.compact(w.end) { // 20261115 143000
		k := p.stampClock(w.end)
		if at(p.c, w.end) == ' ' {
			k = p.stampClock(w.end + 1)
		}
		if k.end > 0 && (at(p.c, w.end) != ' ' || k.end-w.end == 7) {
			w.clock, w.end = k, k.end
			return w, true
		}
	}
	certain := w.end > 0 && !w.day.open
	if lo, hi, e := p.readPart(j, w.end > 0 && j == w.end); e > 0 && !w.day.open && (!w.day.wide || w.day.to.Sub(w.day.from) < 8*24*time.Hour) {
		w.lo, w.hi, w.part, w.end = lo, hi, true, e
		j = p.filler(e)
		if lo2, hi2, e2 := p.readPart(j, true); e2 > 0 && j == e { // 晚上半夜
			w.lo, w.hi, w.end = lo2, hi2, e2
			if lo == 18 && lo2 == 0 { // 昨晚凌晨: of the night
				w.lo, w.hi = 24, 30
			}
			j = p.filler(e2)
		}
		certain = true
	}
	if k := p.readClock(j, certain || first != nil); k.end > 0 && !w.day.open && !w.day.wide {
		w.clock, w.end = k, k.end
	} else if w.part && w.end > 0 {
		if e := followsAny(p.c, w.end, "左右", "那会儿", "那会", "那阵", "的时候", "时候", "那时候"); e > 0 {
			w.end = e
		}
	} else if w.day.end > 0 && !w.day.wide {
		if e := followsAny(p.c, w.end, "左右", "前后"); e > 0 {
			w.day.from, w.day.to, w.day.wide = addDays(w.day.from, -1), addDays(w.day.to, 1), true
			w.end = e
		}
	}
	return w, w.end > i
}

// filler skips what may stand between day and clock: 的, a space, one comma or
// 大概, if a time goes on behind it.
func (p *reader) filler(i int) int {
	j := i
	if e := followsAny(p.c, j, "那一天", "那天", "当天", "那日", "当日"); e > 0 {
		j = e
	}
	switch at(p.c, j) {
	case '的', ' ', ',', '，', 't', '那':
		j++
	}
	if e := followsAny(p.c, j, "大概是", "大概", "大约", "差不多", "约", "是", "在", "的"); e > 0 {
		j = e
	}
	if j == i {
		return i
	}
	if p.clockAt(j) > 0 || p.startsPart(j) {
		if r := at(p.c, j); r != '早' && r != '晚' && r != '夜' || p.clockAt(j+1) > 0 {
			return j
		}
	}
	if e := p.readWeek(j); e.end > 0 && !e.wide && at(p.c, i) != '的' {
		return j
	}
	return i
}

// resolve turns a reading into a span, preferring the past.
func (p *reader) resolve(w when) mention {
	m := mention{to: w.end, hasDay: w.day.end > 0, future: w.day.future, open: w.day.open}
	base, dayGiven := p.today, w.day.end > 0
	if dayGiven {
		base = w.day.from
	} else if w.before != nil && w.before.day.end > 0 {
		base, dayGiven = w.before.day.from, true
	}
	if !w.part && w.before != nil && w.before.part {
		w.lo, w.hi, w.part = w.before.lo, w.before.hi, true
		if w.clock.h > 12 || w.clock.h == 12 && w.lo < 11 {
			w.part = false
		}
	}
	m.today = w.day.today && !w.part && w.clock.end == 0
	switch {
	case w.clock.end > 0:
		p.resolveClock(&m, w, base, dayGiven)
	case w.part:
		from := base.Add(time.Duration(w.lo) * time.Hour)
		to := base.Add(time.Duration(w.hi) * time.Hour)
		if w.day.wide {
			m.span = Span{From: w.day.from, To: w.day.to, Precision: Range}
			return m
		}
		if from.After(p.now) && (!dayGiven || w.day.today && (p.now.Hour() < 5 || w.hi > 24)) {
			from, to = from.Add(-24*time.Hour), to.Add(-24*time.Hour)
		}
		m.future = m.future || from.After(p.now)
		m.span = Span{From: from, To: to, Precision: Part}
	case w.day.wide:
		m.span = Span{From: w.day.from, To: w.day.to, Precision: Range}
	default:
		m.span = Span{From: w.day.from, To: w.day.to, Precision: Day}
	}
	return m
}

func (p *reader) resolveClock(m *mention, w when, base time.Time, dayGiven bool) {
	k := w.clock
	h, bare := k.h, false
	if w.part {
		h = hourIn(k.h, w.lo, w.hi)
	} else if !k.exact && k.h <= 12 {
		bare = true
		h = bareHour(k.h, k.m, base, p.now)
	}
	from := base.Add(time.Duration(h)*time.Hour + time.Duration(k.m)*time.Minute)
	if from.After(p.now) && (!dayGiven || w.day.today && h >= 24) {
		from = from.Add(-24 * time.Hour)
		if bare {
			yesterday := addDays(base, -1)
			from = yesterday.Add(time.Duration(bareHour(k.h, k.m, yesterday, p.now))*time.Hour + time.Duration(k.m)*time.Minute)
		}
	}
	m.future = m.future || from.After(p.now)
	m.span = Span{From: from, Precision: Hour, Bare: bare}
	switch {
	case k.about:
		m.span.From, m.span.To = from.Add(-30*time.Minute), from.Add(30*time.Minute)
	case k.minute:
		m.span.Precision, m.span.To = Minute, from.Add(time.Minute)
	default:
		m.span.To = from.Add(time.Hour)
	}
}

// bareHour picks the latest past reading in 07–23 of an hour said without a
// part of day; the earlier reading when none is past (rules 1).
func bareHour(h, min int, base, now time.Time) int {
	late := h + 12
	if h == 12 {
		return 12
	}
	if late > 23 || h == 0 {
		return h
	}
	t := base.Add(time.Duration(late)*time.Hour + time.Duration(min)*time.Minute)
	if h < 7 || !t.After(now) {
		return late
	}
	return h
}
