package understand

import "time"

// readAgo reads 刚才, 半小时前, 两个小时前, 最近十分钟.
func (p *reader) readAgo(i int) (mention, bool) {
	c := p.c
	if e := followsAny(c, i, "刚才那会", "刚才", "刚刚", "方才", "刚"); e > 0 {
		if e == i+1 && followsAny(c, e, "刷", "收", "付", "扫", "那", "做", "交易", "转") == 0 {
			return mention{}, false
		}
		if followsAny(c, e, "好", "开通", "办", "装", "换的", "说", "问", "查", "打电话") > 0 {
			return mention{}, false
		}
		return p.window(i, e, p.now.Add(-30*time.Minute), p.now), true
	}
	if e := followsAny(c, i, "上个小时", "上一个小时", "上一小时", "上个钟头"); e > 0 {
		return p.window(i, e, p.now.Add(-time.Hour), p.now), true
	}
	j := followsAny(c, i, "最近", "近", "过去的", "过去", "这", "前")
	if j > 0 {
		if d, e := p.readDuration(j); d > 0 {
			return p.window(i, e, p.now.Add(-d), p.now), true
		}
		return mention{}, false
	}
	d, e := p.readDuration(i)
	if d <= 0 {
		return mention{}, false
	}
	if e2 := followsAny(c, e, "之前", "以前", "前"); e2 > 0 {
		slack := min(max(d/2, 5*time.Minute), 30*time.Minute)
		if d <= 45*time.Minute && slack > 15*time.Minute || d == 30*time.Minute {
			slack = 15 * time.Minute
		}
		t := p.now.Add(-d)
		return p.window(i, e2, t.Add(-slack), t.Add(slack)), true
	}
	if e2 := followsAny(c, e, "以内", "之内", "内"); e2 > 0 {
		return p.window(i, e2, p.now.Add(-d), p.now), true
	}
	return mention{}, false
}

func (p *reader) window(i, e int, from, to time.Time) mention {
	return mention{span: Span{From: from, To: to, Precision: Range}, at: i, to: e}
}

// readDuration reads 半小时, 一个半小时, 两个多小时, 40分钟, 一刻钟.
func (p *reader) readDuration(i int) (d time.Duration, end int) {
	c := p.c
	if isDigit(at(c, i-1)) {
		return 0, i
	}
	if e := followsAny(c, i, "半个小时", "半小时", "半个钟头", "半个钟", "半个点"); e > 0 {
		return 30 * time.Minute, e
	}
	n, e := readSmall(c, i, 3)
	if e == i || n == 0 {
		return 0, i
	}
	if q := followsAny(c, e, "刻钟", "刻"); q > 0 {
		return time.Duration(n) * 15 * time.Minute, q
	}
	half := time.Duration(0)
	if at(c, e) == '多' || at(c, e) == '来' {
		e++
	}
	if at(c, e) == '个' {
		e++
		if at(c, e) == '半' {
			half, e = 30*time.Minute, e+1
		} else if at(c, e) == '多' {
			e++
		}
	}
	if q := followsAny(c, e, "小时", "钟头"); q > 0 && n <= 72 {
		return time.Duration(n)*time.Hour + half, q
	}
	if q := followsAny(c, e, "分钟", "分种"); q > 0 || at(c, e) == '分' && at(c, e+1) == '前' {
		if q == 0 {
			q = e + 1
		}
		return time.Duration(n) * time.Minute, q
	}
	return 0, i
}

// skipDuration returns the index behind a span of time that names no moment
// (三天了, 24小时, 两个工作日), or i.
func (p *reader) skipDuration(i int) int {
	if d, e := p.readDuration(i); d > 0 {
		return e
	}
	_, e := readSmall(p.c, i, 3)
	if e == i {
		if at(p.c, i) != '几' && at(p.c, i) != '半' {
			return i
		}
		e = i + 1
	}
	if at(p.c, e) == '到' || at(p.c, e) == '-' || at(p.c, e) == '~' { // 三到五天
		if _, e2 := readSmall(p.c, e+1, 3); e2 > e+1 {
			e = e2
		}
	} else if hanDigit(at(p.c, e)) >= 0 {
		e++
	}
	if at(p.c, e) == '多' || at(p.c, e) == '来' {
		e++
	}
	if q := followsAny(p.c, e, "个工作日", "工作日", "个自然日", "个星期", "个礼拜", "星期", "礼拜", "周", "个月", "天", "小时", "个小时", "秒", "年", "岁", "个钟"); q > 0 {
		if at(p.c, i-1) == '第' {
			return i
		}
		return q
	}
	return i
}

// nearest words that tell which time is the transaction's.
const reach = 8

// chooseTime scores the mentions and returns the index of the transaction's
// own, -1 when every one belongs to something else (the arrival, a call).
func (p *reader) chooseTime(ms []mention) int {
	best := -1
	for i := range ms {
		m := &ms[i]
		m.score = p.scoreMention(m)
		if m.score < 0 || m.today && m.score < 2 {
			continue
		}
		if best < 0 || m.score > ms[best].score {
			best = i
		}
	}
	return best
}

func (p *reader) scoreMention(m *mention) int {
	c := p.c
	score := 2
	if m.future {
		return -5
	}
	// what follows
	j := m.to
	for at(c, j) == '的' || at(c, j) == '我' || at(c, j) == '就' || at(c, j) == ' ' || at(c, j) == '您' || at(c, j) == '又' || at(c, j) == '也' {
		j++
	}
	end := min(len(c), m.to+reach)
	for k := m.to; k < end; k++ {
		if isBreak(c[k].r) || k > m.to && c[k].mark == asTime {
			end = k
			break
		}
	}
	done := startsTrade(c, j, end)
	switch {
	case done:
		score += 4
	case at(c, m.to) == '的':
		score += 3
	case startsNumber(c, j) || at(c, j) == '那' || at(c, j) == '这':
		score += 3
	}
	if at(c, m.to) != '的' && arrives(c, j, end) {
		score -= 5
		if m.hasDay && !m.today && !asks(c, j, end) {
			score += 4 // 昨天没到账: the money of yesterday
		}
	}
	if followsAny(c, m.to, "关门", "开门", "下班", "上班", "打烊", "营业", "开店", "开始营业", "收摊", "出摊", "关店", "起床", "才下班", "就关门", "准时") > 0 {
		score -= 6 // 我9点开门: a habit of the shop
	}
	if asksPerson(c, j, end) {
		score -= 4
	}
	if saidOfBefore(c, m.to, min(len(c), m.to+reach)) {
		score -= 4
	}
	if arrivedAlready(c, j, min(len(c), m.to+reach)) {
		score -= 4
	}
	if follows(c, m.at-2, "不是") == m.at && m.at >= 2 {
		score -= 5
	}
	// what stands before
	switch at(c, m.at-1) {
	case '到', '都', '等', '说', '止', '拖':
		score -= 4
	}
	if m.today && !done && at(c, m.to) != '的' {
		score--
	}
	if m.open {
		score--
	}
	return score
}

// saidOfBefore reports 五月份也有过一次: a story of an earlier time.
func saidOfBefore(c []cell, j, end int) bool {
	for k := j; k < end && !isBreak(c[k].r); k++ {
		if followsAny(c, k, "也有过", "有过一次", "有过一回", "出过一次", "也出过", "也这样", "也是这样", "也发生", "也遇到过", "就有过") > 0 {
			return true
		}
	}
	return false
}

// startsTrade reports whether a word of making a transaction stands in [j,end).
func startsTrade(c []cell, j, end int) bool {
	for k := j; k < end; k++ {
		switch c[k].r {
		case '刷', '扫', '卖', '消', '付':
			return true
		case '收':
			if at(c, k+1) != '到' {
				return true
			}
			return false
		case '交':
			return at(c, k+1) == '易'
		case '转', '做', '下':
			if at(c, k+1) == '了' || at(c, k+1) == '的' || at(c, k+1) == '账' {
				return true
			}
		case '到', '没', '未', '能', '不', '查', '问', '打', '才', '还', '换':
			return false
		}
	}
	return false
}

// arrives reports whether arrival words follow without a transaction between.
func arrives(c []cell, j, end int) bool {
	for k := j; k < end; k++ {
		switch c[k].r {
		case '到':
			return true
		case '没', '未':
			return followsAny(c, k+1, "到", "收到", "入账", "来", "见", "进", "有", "给", "打", "下来", "结算") > 0
		case '能', '会', '应':
			for q := k + 1; q < min(end, k+4); q++ {
				if c[q].r == '到' || c[q].r == '来' || c[q].r == '收' {
					return true
				}
			}
		case '刷', '扫', '那', '这', '笔', '交':
			return false
		}
		if startsNumber(c, k) {
			return false
		}
	}
	return false
}

// arrivedAlready reports 到了 as a statement: that money is not the one missed.
func arrivedAlready(c []cell, j, end int) bool {
	for k := j; k < end && !isBreak(c[k].r); k++ {
		if c[k].r == '到' && c[k-1].r != '没' && c[k-1].r != '未' && (at(c, k+1) == '了' || follows(c, k+1, "账了") > 0) {
			e := max(followsAny(c, k+1, "账了", "了"), k+1)
			return at(c, e) == 0 || isBreak(at(c, e)) || c[e].mark == asTime // 昨天的到了今天的没到
		}
	}
	return false
}

// asks reports whether the words ask for the future: 能到吗, 会到, 到账吗.
func asks(c []cell, j, end int) bool {
	for k := j; k < end; k++ {
		switch c[k].r {
		case '能', '会', '吗', '吧', '该', '才':
			return true
		}
	}
	return false
}

// asksPerson reports whether the time belongs to a talk or errand, not a sale.
func asksPerson(c []cell, j, end int) bool {
	if followsAny(c, j, "来了个客", "来了位客", "来了客", "来了一个客", "来了一位客", "来了顾客", "来了两", "来了几", "来了三", "来了桌", "来了一桌") > 0 {
		return false
	}
	return j < end && followsAny(c, j, "一看", "一查", "看", "发现", "一对账", "早上看", "早上一看", "起来一看", "问", "打电话", "打过", "查", "说", "联系", "客服", "换", "去银行", "装", "办", "绑", "来") > 0 ||
		j < end && followsAny(c, j, "那台", "这台") > 0
}
