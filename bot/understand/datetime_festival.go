package understand

import "time"

// festivalAt returns the longest festival named at i and the index behind it.
func (p *reader) festivalAt(i int) (f, end int) {
	if p.festivals == 0 {
		return 0, 0
	}
	for _, h := range around(p.hits, i, i+8) {
		if h.tag == tFestival && int(h.from) == i && int(h.to) > end {
			f, end = int(h.value), int(h.to)
		}
	}
	return f, end
}

func (p *reader) festivalDay(f, end, year int) day {
	fest := &festivals[f]
	t, ok := time.Time{}, false
	if year > 0 {
		t, ok = fest.on(year)
	} else {
		t, ok = fest.last(p.now)
	}
	if !ok {
		return day{}
	}
	days := fest.days
	if e := followsAny(p.c, end, "当天", "那天", "当日", "那日"); e > 0 {
		days, end = 1, e
	} else if e := followsAny(p.c, end, "期间", "假期", "放假期间", "放假", "长假", "那几天", "几天", "这几天", "时候", "的时候", "黄金周"); e > 0 {
		end = e
	}
	if e := followsAny(p.c, end, "头一天", "的头一天"); e > 0 {
		return day{from: t, to: addDays(t, 1), end: e, future: t.After(p.now)}
	}
	if e := followsAny(p.c, end, "最后一天", "的最后一天", "最后那天"); e > 0 {
		t = addDays(t, days-1)
		return day{from: t, to: addDays(t, 1), end: e, future: t.After(p.now)}
	}
	if e := followsAny(p.c, end, "那"); (e > 0 && at(p.c, e) == '晚' || p.startsPart(end)) && days > 1 { // 中秋那晚, 国庆晚上
		return day{from: t, to: addDays(t, 1), end: end, future: t.After(p.now)}
	}
	if at(p.c, end) == '的' && at(p.c, end+1) == '第' || at(p.c, end) == '第' { // 国庆第二天
		k := end + 1
		if at(p.c, end) == '的' {
			k++
		}
		if n, e := readSmall(p.c, k, 2); e > k && n > 0 && n <= 10 && at(p.c, e) == '天' {
			t = addDays(t, n-1)
			return day{from: t, to: addDays(t, 1), end: e + 1, future: t.After(p.now)}
		}
	}
	if n, e := readSmall(p.c, end, 2); e > end && n > 1 && n <= 10 && at(p.c, e) == '天' && at(p.c, e+1) != '前' && at(p.c, e+1) != '没' {
		days, end = n, e+1 // 元旦放假三天
	}
	return day{from: t, to: addDays(t, days), end: end, wide: days > 1, future: t.After(p.now)}
}
