package understand

import "slices"

// readReply reads choices, yes and no: what answers the bot's last words.
func (s *scan) readReply() {
	q := s.q
	short := len(s.cells) <= 12
	yes := short && s.begins(tConfirm) || s.whole(tConfirm)
	no := s.begins(tDeny) && (short || s.context.Previous != nil || s.context.Offered > 0)
	switch {
	case q.Choice < 0:
		if len(q.Amounts) == 0 && q.Time == nil && q.CardLast4 == "" && s.context.Offered > 0 {
			q.Intents = nil // 上面没有我那笔: what is not there is no new question
		}
		s.addReply(Deny)
	case s.deniesThis() && len(q.Amounts) == 0 && q.Time == nil && q.CardLast4 == "" && q.Intent == MissingPayment && !s.missing():
		q.Intents, q.Intent = nil, Other // 我说的不是这笔
		s.addReply(Deny)
	case no && !s.strongYes():
		s.addReply(Deny)
	case yes && !slices.Contains(q.Intents, Thanks), q.Choice > 0:
		s.addReply(Confirm)
		if q.Choice == 0 && s.context.Offered == 1 {
			q.Choice = 1
		}
	}
}

// deniesThis reports 不是这笔 anywhere in a short message.
func (s *scan) deniesThis() bool {
	if len(s.cells) > 16 {
		return false
	}
	for i := range s.cells {
		if followsAny(s.cells, i, "不是这笔", "不是这个", "不是那笔", "不是那个", "不是这一笔", "不是那一笔", "不是它") > 0 {
			return true
		}
	}
	return false
}

// strongYes reports 没错, 不错: a yes that begins like a no.
func (s *scan) strongYes() bool {
	return followsAny(s.cells, 0, "没错", "不错", "没问题", "不是吗") > 0
}

// addReply puts yes or no in front; it is the intent only if nothing else is.
func (s *scan) addReply(in Intent) {
	if slices.Contains(s.q.Intents, in) {
		return
	}
	s.q.Intents = append([]Intent{in}, s.q.Intents...)
	s.q.Intent = primary(s.q.Intents)
}

// begins reports whether the message begins with a phrase of the tag that is a
// word of its own: the message or the clause ends behind it, or it is long.
func (s *scan) begins(t tag) bool {
	start := s.opening()
	for _, h := range s.hits {
		if h.tag != t || h.from != 0 && h.from != start {
			continue
		}
		next := at(s.cells, int(h.to))
		if next == 0 || isBreak(next) || next == ' ' || next == '.' || t == tConfirm && followsAny(s.cells, int(h.to), "就是", "就这", "是的", "没错", "是这") > 0 || h.to >= 2 && (t == tDeny || replyParticle(next)) || replyParticle(next) {
			return true
		}
	}
	return false
}

// opening is the index behind what people say before they speak (那个, 呃).
func (s *scan) opening() int32 {
	i := 0
	for {
		e := followsAny(s.cells, i, "那个", "这个", "呃", "额", "哎", "诶", "唉", "喔", "嗯", "啊", "哦", "噢", "欸", "就")
		if e == 0 {
			break
		}
		for i = e; isBreak(at(s.cells, i)) || at(s.cells, i) == ' '; i++ {
		}
	}
	return int32(i)
}

// whole reports whether the message is nothing but phrases of the tag.
func (s *scan) whole(t tag) bool {
	end := int32(0)
	for _, h := range s.hits {
		if h.tag == t && h.from <= end && h.to > end {
			end = h.to
		}
	}
	rest := 0
	for i := int(end); i < len(s.cells); i++ {
		if r := s.cells[i].r; !isBreak(r) && !replyParticle(r) && r != '.' && r != ' ' {
			rest++
		}
	}
	return end > 0 && rest == 0
}

func replyParticle(r rune) bool {
	switch r {
	case '的', '啊', '呀', '哦', '了', '吧', '呢', '哈', '嘛', '滴', '噢', '哒', '啦':
		return true
	}
	return false
}

// readChoice reads 第二个, 2, 上面那个, 最后一个, 都不是.
func (s *scan) readChoice() {
	c := s.cells
	q := s.q
	for i := range c {
		switch {
		case followsAny(c, i, "都不是", "都不对", "哪个都不是", "没有我的", "统统不是", "全都不是", "通通不是", "两个都不是", "一个都不对", "没有一个是", "没有我那", "没有我这", "没有我要", "没有我说的", "没我的", "没我那", "没我说的", "没我要", "不在里面", "不在上面", "不在这里", "一个也不是", "都不像", "哪个也不是", "哪个都不对", "没有一个对", "没一个是", "没一个对", "没有哪个是", "不是这几", "不是这些", "全不是", "都没有我", "一个都不是", "里面没有") > 0:
			q.Choice = -1
			return
		case c[i].r == '第' && c[i].mark == free && (s.context.Offered > 0 || q.Time == nil):
			n, e := readSmall(c, i+1, 2)
			if e > i+1 && n >= 1 && n <= 20 && !s.ruledOut(i, e) {
				if at(c, e) == '个' && s.otherNoun(e+1) {
					break
				}
				switch at(c, e) {
				case '个', '笔', '条', '项', '单', 0, ',', '，', '。', '!', '张':
					if q.Choice > 0 && q.Choice != n { // 第一个和第二个: no choice
						q.Choice, q.Together = 0, !s.partArrived()
						return
					}
					q.Choice = n
				}
			}
		}
	}
	if s.context.Offered == 0 || q.Choice != 0 {
		return
	}
	last := s.context.Offered
	for i := range c {
		switch {
		case followsAny(c, i, "最后一个", "最后那个", "最下面", "最后一笔", "最后那笔", "最下边", "末尾那") > 0:
			q.Choice = last
		case followsAny(c, i, "倒数第二") > 0 && last > 1:
			q.Choice = last - 1
		case followsAny(c, i, "下面那个", "下面的", "下面那笔", "后面那个", "后面那笔", "后一个", "后一笔", "下边那个", "后者", "下面这个") > 0 && last <= 2:
			q.Choice = last
		case followsAny(c, i, "上面那个", "上面的", "上面那笔", "前面那个", "前面那笔", "前一个", "前一笔", "最上面", "上边那个", "前者", "头一个", "上面这个", "最前面", "首个") > 0 && (last <= 2 || followsAny(c, i, "最上面", "头一个", "最前面", "首个") > 0):
			q.Choice = 1
		case c[i].mark == free && (isDigit(c[i].r) || hanDigit(c[i].r) > 0) && q.Choice == 0:
			n, e := readSmall(c, i, 2)
			if e > i && n >= 1 && n <= last && s.alone(i, e) || e > i && n >= 1 && n <= last && i == 0 && followsAny(c, e, "号", "个", "那个", "吧") > 0 && len(c) <= 5 {
				q.Choice = n
			}
		}
		if q.Choice != 0 {
			return
		}
	}
}

// ruledOut reports 不是第一个 and 第一个不是: the choice is another.
func (s *scan) ruledOut(i, e int) bool {
	if s.wordsBefore(i, "不是", "不要", "不选", "非") < i {
		return true
	}
	switch at(s.cells, e) {
	case '个', '笔', '条', '项', '单', '张':
		e++
	}
	return followsAny(s.cells, e, "不是", "不对", "错了") > 0
}

// otherNoun reports that what is numbered is no transaction (第二个工作日).
func (s *scan) otherNoun(i int) bool {
	switch at(s.cells, i) {
	case '工', '星', '月', '礼', '周', '问', '机', '店', '卡', '商', '人', '客', '小', '自', '交', '结', '终', '账', '银', '季', '步':
		return followsAny(s.cells, i, "交易") == 0
	}
	return false
}

// carry completes a follow-up from the query before: what the message does not
// change is kept (rules 2.7). A message that changes nothing keeps nothing;
// the caller stays with the transaction last spoken about.
func (s *scan) carry() {
	prev := s.context.Previous
	q := s.q
	if prev != nil && prev.Totals != "" && q.Totals == "" {
		if hasGross(q.Amounts) || q.CardLast4 != "" || q.Reference != "" || s.points() {
			return // that one sale, after a sum: the span of the sum is not its time
		}
		if q.Time == nil && len(q.Times) > 0 && len(s.cells) <= 8 { // 今天呢
			t := q.Times[0]
			q.Time = &t
		}
	}
	if prev == nil || !s.changes() || !s.followsUp() {
		return
	}
	kept := func(name string) { q.Carried = append(q.Carried, name) }
	fixed := q.Reference != "" || q.MerchantNo != ""
	if !hasGross(q.Amounts) && len(prev.Amounts) > 0 && !fixed && !q.Other {
		for _, a := range prev.Amounts {
			if !s.negated(a.Fen) {
				q.Amounts = append(q.Amounts, a)
			}
		}
		kept("amounts")
	}
	if q.Time == nil && prev.Time != nil && !fixed {
		t := *prev.Time
		q.Time, q.Times = &t, append(q.Times, prev.Times...)
		kept("time")
	} else if q.Time != nil && prev.Time != nil && s.onlyClock() {
		s.moveToDay(*prev.Time)
		kept("time")
	}
	keep := func(mine *string, theirs, name string) {
		if *mine == "" && theirs != "" {
			*mine = theirs
			kept(name)
		}
	}
	if !fixed {
		keep(&q.CardLast4, prev.CardLast4, "card_last4")
		keep(&q.Terminal, prev.Terminal, "terminal")
	}
	keep(&q.Brand, prev.Brand, "brand")
	if q.Channel == "" {
		q.Channels = prev.Channels
	}
	keep(&q.Channel, prev.Channel, "channel")
	if prev.Intent != "" && prev.Intent != Other && prev.Intent != q.Intent && s.mayInherit() {
		q.Intents = append(q.Intents, prev.Intent)
		q.Intent = prev.Intent
		kept("intent")
		if q.Time != nil && prev.Intent == Statement { // 那前天呢, after 昨天一共收了多少
			q.Totals = prev.Totals
		}
	}
}

// mayInherit reports whether the message asks nothing of its own: 那前天的呢
// goes on with the question before, 那前天的到了没 does not.
func (s *scan) mayInherit() bool {
	switch s.q.Intent {
	case Other, Confirm, Deny:
		return true
	case MissingPayment:
		_, asks := s.missingAt()
		return !asks
	}
	return false
}

// hasGross reports whether a transaction's amount stands as said.
func hasGross(as []Amount) bool {
	for _, a := range as {
		if !a.Negated && !a.Fee && !a.Net {
			return true
		}
	}
	return false
}

func (s *scan) negated(fen int64) bool {
	for _, a := range s.q.Amounts {
		if a.Negated && a.Fen == fen {
			return true
		}
	}
	return false
}

// changes reports whether the message names a fact of a transaction.
func (s *scan) changes() bool {
	q := s.q
	return len(q.Amounts) > 0 || q.Time != nil || q.CardLast4 != "" || q.Terminal != "" || q.Channel != "" || q.Brand != "" || q.Other
}

// followsUp tells a follow-up (那昨天的呢, 不对,是5500, 5500) from a new
// question that stands for itself: it is short, or says so, or answers what
// was asked.
func (s *scan) followsUp() bool {
	if s.context.Asked != "" {
		return true
	}
	whole := s.q.Time != nil && hasGross(s.q.Amounts) && s.missing()
	return !whole && (s.has(tFollowUp) || len(s.cells) <= 14)
}

// onlyClock reports whether the message names a time of day without a day.
func (s *scan) onlyClock() bool {
	return s.chosen >= 0 && !s.times[s.chosen].hasDay && s.times[s.chosen].span.Precision != Range
}

// moveToDay puts the clock said now on the day said before.
func (s *scan) moveToDay(prev Span) {
	if prev.Precision == Range {
		return
	}
	y, m, d := s.q.Time.From.Date()
	py, pm, pd := prev.From.Date()
	shift := date(py, int(pm), pd).Sub(date(y, int(m), d))
	t := *s.q.Time
	t.From, t.To = t.From.Add(shift), t.To.Add(shift)
	if t.From.After(s.now) {
		return
	}
	s.q.Time = &t
	s.q.Times[s.chosen] = t
}
