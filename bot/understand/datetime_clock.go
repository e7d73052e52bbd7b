package understand

//nolint:gochecknoglobals // read-only table
var parts = [...]struct {
	word   string
	lo, hi int
	short  bool // only next to a day or a clock
}{
	{"夜班", 18, 30, true},
	{"晚班", 18, 24, true},
	{"早班", 5, 12, true},
	{"白班", 8, 18, true},
	{"三更半夜", 23, 29, false},
	{"大半夜", 23, 29, false},
	{"半夜里", 23, 29, false},
	{"半夜", 23, 29, false},
	{"后半夜", 23, 29, false},
	{"深夜", 23, 29, false},
	{"夜里头", 23, 29, false},
	{"夜里", 23, 29, false},
	{"午夜", 23, 29, false},
	{"夜间", 23, 29, false},
	{"凌晨", 0, 6, false},
	{"黎明", 4, 6, true},
	{"大清早", 5, 9, false},
	{"一大早", 5, 9, false},
	{"大早上", 5, 9, false},
	{"清晨", 5, 9, false},
	{"早晨", 5, 9, false},
	{"清早", 5, 9, false},
	{"早上", 5, 9, false},
	{"早间", 5, 9, false},
	{"晨", 5, 9, true},
	{"早", 5, 9, true},
	{"上半天", 6, 12, false},
	{"上午", 6, 12, false},
	{"头午", 6, 12, false},
	{"正午", 11, 14, false},
	{"中午", 11, 14, false},
	{"午间", 11, 14, false},
	{"晌午", 11, 14, false},
	{"下半天", 12, 18, false},
	{"下午", 12, 18, false},
	{"午后", 12, 18, false},
	{"后晌", 12, 18, false},
	{"傍晚", 17, 19, false},
	{"黄昏", 17, 19, false},
	{"晚上头", 18, 24, false},
	{"晚上", 18, 24, false},
	{"晚间", 18, 24, false},
	{"夜晚", 18, 24, false},
	{"当晚", 18, 24, false},
	{"那天晚上", 18, 24, true},
	{"那晚", 18, 24, true},
	{"晚", 18, 24, true},
	{"夜", 18, 24, true},
}

// readPart reads a part of day at i; end is 0 when there is none. Short words
// count only behind a day or before a clock.
func (p *reader) readPart(i int, afterDay bool) (lo, hi, end int) {
	switch at(p.c, i) {
	case '三', '大', '半', '后', '深', '夜', '午', '凌', '黎', '一', '清', '早', '晨', '上', '头', '正', '中', '晌', '下', '傍', '黄', '晚', '当', '白', '那':
	default:
		return 0, 0, 0
	}
	for k := range parts {
		w := &parts[k]
		e := follows(p.c, i, w.word)
		if e == 0 {
			continue
		}
		if w.short && !afterDay && p.clockAt(e) == 0 {
			return 0, 0, 0
		}
		if w.short && (at(p.c, e) == '就' || at(p.c, e) == '已' || at(p.c, e) == '点' || at(p.c, e) == '了') {
			return 0, 0, 0
		}
		if !afterDay && (at(p.c, i-1) == '每' || follows(p.c, e, "好") > 0 || at(p.c, i-1) == '能' && w.short) {
			return 0, 0, 0
		}
		return w.lo, w.hi, e
	}
	return 0, 0, 0
}

// startsPart reports whether a part of day or its short form begins at i.
func (p *reader) startsPart(i int) bool {
	_, _, e := p.readPart(i, true)
	return e > 0
}

// clockAt returns the index behind "3点" or "15:" at i, 0 when there is none.
func (p *reader) clockAt(i int) int {
	h, e := readSmall(p.c, i, 2)
	if e > i && h <= 24 && (at(p.c, e) == '点' || at(p.c, e) == ':' || at(p.c, e) == '时') {
		return e
	}
	return 0
}

// clock is a time of day as said, before the part of day is applied.
type clock struct {
	h, m   int
	end    int
	minute bool // minutes were said
	exact  bool // in twenty-four hour writing (15:20, 09:05)
	about  bool // 左右
}

// readClock reads 3点多, 下午3点20, 15:20, 3点半 (without the part of day).
// certain says that a day or part of day stands before it.
func (p *reader) readClock(i int, certain bool) clock {
	c := p.c
	if isAlnum(at(c, i-1)) && !certain || at(c, i-1) == '.' || at(c, i-1) == '第' {
		return clock{}
	}
	h, e := readSmall(c, i, 2)
	if e == i || h > 24 {
		return clock{}
	}
	var k clock
	switch at(c, e) {
	case ':':
		m, e2 := readSmall(c, e+1, 2)
		if !isDigit(at(c, i)) || e2 != e+3 || m > 59 {
			return clock{}
		}
		k = clock{h: h, m: m, minute: true, end: e2, exact: h >= 7 || h == 0 || at(c, i) == '0'}
		if at(c, e2) == ':' {
			if s, e3 := readSmall(c, e2+1, 2); e3 == e2+3 && s < 60 {
				k.end, k.exact = e3, true
			}
		}
		if e3 := followsAny(c, k.end, "pm", "am", "分", "时"); e3 > 0 {
			if at(c, k.end) == 'p' && k.h < 12 {
				k.h += 12
			}
			k.exact = k.exact || at(c, k.end) == 'p' || at(c, k.end) == 'a'
			k.end = e3
		}
	case '点', '时':
		if !p.clockWord(i, e, h, certain) {
			return clock{}
		}
		k = clock{h: h, end: e + 1, exact: h > 12 || h == 0}
		p.readMinutes(&k)
	default:
		return clock{}
	}
	p.readAbout(&k)
	return k
}

// clockWord refuses 一点 (a little), 差点, 三点五万 and 六个点.
func (p *reader) clockWord(i, e, h int, certain bool) bool {
	c := p.c
	if at(c, e) == '时' && (at(c, e+1) == '候' || at(c, e+1) == '间') {
		return false
	}
	if at(c, e) == '点' && spokenDecimal(c, e) {
		return false
	}
	if d := hanDigit(at(c, e+1)); d >= 0 && !isDigit(at(c, i)) && !certain && (at(c, e+2) == 0 || isBreak(at(c, e+2))) {
		return false // 七点八
	}
	switch at(c, e+1) {
	case '击', '开', '赞', '儿', '菜', '单':
		return false
	}
	if !isDigit(at(c, i)) && (h == 1 || h == 2 && at(c, i) == '两') && e == i+1 && !certain {
		switch at(c, e+1) {
		case '多', '半', '钟', '左', '整', '零', '刷', '一', '二', '三', '四', '五', '过', '那':
			return at(c, e+1) != '一' || at(c, e+2) == '刻'
		}
		return isDigit(at(c, e+1)) || h == 2
	}
	switch at(c, i-1) {
	case '率', '扣', '涨', '百', '千', '万':
		return false
	}
	return true
}

// readMinutes reads what follows 点: 半, 一刻, 20, 零五分, 多, 整.
func (p *reader) readMinutes(k *clock) {
	c := p.c
	i := k.end
	if at(c, i) == '钟' {
		i++
		k.end = i
	}
	switch at(c, i) {
	case '半':
		if at(c, i+1) != '天' {
			k.m, k.minute, k.end = 30, true, i+1
		}
		return
	case '多', '过', '来':
		k.end = i + 1
		if at(c, i) == '过' && isNumeral(at(c, i+1)) {
			break
		}
		if at(c, k.end) == '钟' {
			k.end++
		}
		return
	case '整':
		k.end = i + 1
		return
	}
	if q, e := readSmall(c, i, 1); e > i && at(c, e) == '刻' {
		k.m, k.minute, k.end = q*15, true, e+1
		return
	}
	zero := at(c, i) == '零' || at(c, i) == '过'
	if zero {
		i++
	}
	m, e := readSmall(c, i, 2)
	if e == i || m > 59 {
		return
	}
	switch at(c, e) {
	case '分':
		e++
		if s, e2 := readSmall(c, e, 2); e2 > e && s < 60 && at(c, e2) == '秒' {
			e = e2 + 1
		}
	case '块', '元', '千', '百', '万', '笔', '个', '次', '单', '毛', '天', '号', '月', '点', ':', '.', 'w', 'k', '%', '台', '张', '条':
		return
	default:
		if e == i+1 && !zero || at(c, e) == '几' {
			return
		}
	}
	k.m, k.minute, k.end = m, true, e
	if at(c, e) == '多' {
		k.end++
	}
}

func (p *reader) readAbout(k *clock) {
	if e := followsAny(p.c, k.end, "左右", "前后", "上下", "的样子", "来钟"); e > 0 {
		k.about, k.end = true, e
	}
}

// hourIn turns an hour said with a part of day into hours from the midnight of
// the day named; above 24 is the next day.
func hourIn(h, lo, hi int) int {
	switch {
	case h > 12:
		return h
	case hi > 24: // 半夜
		switch {
		case h == 12 || h == 0:
			return 24
		case h <= 6:
			return h + 24
		}
		return h + 12
	case hi == 24: // 晚上
		switch {
		case h == 12 || h == 0:
			return 24
		case h <= 4:
			return h + 24
		}
		return h + 12
	case lo == 0: // 凌晨
		return h % 12
	case lo == 11: // 中午
		if h <= 3 {
			return h + 12
		}
		return h
	case lo >= 12: // 下午, 傍晚
		if h == 12 {
			return 12
		}
		return h + 12
	}
	return h
}
