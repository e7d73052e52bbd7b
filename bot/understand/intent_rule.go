package understand

// general reports a question about rules and not about one's own money.
func (s *scan) general() bool {
	if s.anyOf(tFee) && s.has(tFeeAsk) && !s.anyOf(tWhen, tAsksWhen) {
		return false // 秒到和次日到手续费差多少
	}
	if s.cycleAsked() {
		return true
	}
	if s.specific && !s.ruleAsked() || s.saysNot() {
		return false
	}
	holiday, _ := s.near(tHoliday, tArrive, 8)
	switch {
	case s.anyOf(tGeneral, tRule) && (!s.has(tFrozen) || s.has(tArrive)) && (s.anyOf(tArrive, tAsksWhen, tT1, tD1, tD0, tT0, tRule, tArrivedAsk, tNotArrived) || s.has(tWhen)):
		return true
	case holiday >= 0 && s.has(tHoliday) && s.anyOf(tArrive, tNotArrived, tArrivedAsk) && s.has(tAsk):
		return true
	case s.anyOf(tT1, tD1, tT0, tD0) && s.anyOf(tAsksWhen, tWhen, tGeneral):
		return true
	}
	return false
}

// saysNot reports a plain 没到: something is missing, whatever else is asked.
func (s *scan) saysNot() bool {
	for _, h := range s.hits {
		if h.tag == tNotArrived || h.tag == tNeg {
			switch s.cells[h.from].r {
			case '没', '未', '还':
				return h.tag == tNotArrived || s.missing()
			}
		}
	}
	return false
}

func (s *scan) ruleAt() int32 {
	for _, t := range [...]tag{tRule, tGeneral, tHoliday, tT1, tD1, tD0, tT0} {
		if s.has(t) {
			return s.first[t]
		}
	}
	return 1
}

// cycleAsked reports a question about the settlement cycle itself (我是T1还是
// D0, 为什么只能T1到账, 怎么开通秒到).
func (s *scan) cycleAsked() bool {
	q := s.q
	if !s.anyOf(tT0, tT1, tD0, tD1) || len(q.Amounts) > 0 || q.Time != nil || q.CardLast4 != "" || q.Reference != "" || s.anyOf(tNotArrived) || s.points() {
		return false
	}
	for i := range s.cells {
		if followsAny(s.cells, i, "还是", "为什么", "为啥", "怎么开", "怎样开", "开通", "改成", "换成", "改为", "能不能", "可以改", "只能", "怎么变", "变成", "怎么是", "咋是", "什么意思", "区别") > 0 {
			return !s.asksPrice()
		}
	}
	return false
}

// asksPrice reports 要多少钱: what it costs is another question.
func (s *scan) asksPrice() bool {
	for i := range s.cells {
		if followsAny(s.cells, i, "多少钱", "要钱吗", "收费", "花钱") > 0 {
			return true
		}
	}
	return false
}

// ruleAsked reports a rule asked for with a time only as its example (23点以后刷
// 的算第二天吗).
func (s *scan) ruleAsked() bool {
	q := s.q
	return s.has(tRule) && s.has(tAsk) && len(q.Amounts) == 0 && q.CardLast4 == "" && q.Reference == "" && !s.anyOf(tNotArrived, tArrived) && !s.points()
}

// points reports words that point at one sale (那笔).
func (s *scan) points() bool {
	for _, h := range s.hits {
		if h.tag == tThisSale && (s.cells[h.from].r == '那' || s.cells[h.from].r == '这') {
			return true
		}
	}
	return false
}
