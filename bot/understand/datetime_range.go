package understand

import "time"

// rangeEnd is where a range closes: the end of a day, but the clock itself.
func (p *reader) rangeEnd(w when, n mention) time.Time {
	if w.clock.end > 0 {
		return n.span.From
	}
	return n.span.To
}

// comesAfter is the end n of a range that begins with m, read at cell e: the
// first such day behind the beginning, though a day alone is the latest past
// (11月10号到11月30号 on the 18th, 周一到周五 on a Wednesday).
func (p *reader) comesAfter(m, n mention, e int) mention {
	const longest = 62 * 24 * time.Hour // of a range whose end is moved by a year
	if n.span.To.After(m.span.From) || !m.hasDay || !n.hasDay {
		return n
	}
	next := func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }
	if followsAny(p.c, e, "周", "星期", "礼拜") > 0 {
		if at(p.c, n.to) == '的' { // 周一到周五的都到了
			return n
		}
		next = func(t time.Time) time.Time { return addDays(t, 7) }
	}
	later := n
	later.span.From, later.span.To = next(n.span.From), next(n.span.To)
	if !later.span.To.After(m.span.From) || later.span.To.Sub(m.span.From) > longest {
		return n
	}
	return later
}
