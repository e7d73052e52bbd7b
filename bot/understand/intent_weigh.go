package understand

import "slices"

// feeQuestion reports that a clause with a word of fees asks or complains, or
// that the sums themselves speak of a deduction.
func (s *scan) feeQuestion() bool {
	if s.feeSaid() || s.has(tLess) || s.lessSaid {
		return true
	}
	c := s.cells
	for _, h := range s.hits {
		if h.tag != tFee {
			continue
		}
		for k := max(0, int(h.from)-10); k < min(len(c), int(h.to)+10); k++ {
			if s.broken(int32(min(k, int(h.from))), int32(max(k, int(h.to)))) {
				continue
			}
			switch c[k].r {
			case '多', '怎', '么', '几', '凭', '吗', '?', '咋', '啥', '何', '贵', '高', '涨', '乱', '错', '退', '谁', '少', '算', '查', '扣', '对':
				return true
			}
		}
	}
	return false
}

// refundDone reports that every word of a refund tells of one the speaker has
// made already.
func (s *scan) refundDone() bool {
	if s.has(tVoid) {
		return false
	}
	for _, h := range s.hits {
		if h.tag == tRefund && s.wordsBefore(int(h.from), "已经", "我", "我已经", "都", "已", "早就", "给他", "给客人", "我都") == int(h.from) &&
			followsAny(s.cells, int(h.from), "已退", "已经退") == 0 {
			return false
		}
	}
	for i := range s.cells {
		if s.cells[i].r == ',' || s.cells[i].r == '，' || s.cells[i].r == '。' {
			return true // the missing money stands in a clause of its own
		}
	}
	return false
}

// anotherMissing reports a sum that has come beside one that plainly has not
// (12号的到4970,16号的至今未到): no question about the fee.
func (s *scan) anotherMissing() bool {
	return s.has(tNotArrived) && !s.lessSaid && !s.has(tLess) && len(s.q.Amounts) > 2
}

// feeSaid reports whether one of the sums is a deduction.
func (s *scan) feeSaid() bool {
	return slices.ContainsFunc(s.q.Amounts, func(a Amount) bool { return a.Fee })
}

// onlyMyMoney reports that nothing but 我的钱 speaks of missing money.
func (s *scan) onlyMyMoney() bool {
	if s.anyOf(tNotArrived, tArrivedAsk, tAsksWhen, tPart, tGone, tBankNone, tNoRecord) || s.missing() {
		return false
	}
	for _, h := range s.hits {
		if h.tag == tWhereMoney && (s.cells[h.from].r != '我' || h.to-h.from > 3) {
			return false
		}
	}
	return s.has(tWhereMoney)
}

// sumAsked reports 昨天的980呢: a sum or a sale that ends in 呢.
func (s *scan) sumAsked() (int32, bool) {
	if s.context.Previous != nil {
		return 0, false // a follow-up goes on with the question before
	}
	for i := 1; i < len(s.cells); i++ {
		if s.cells[i].r == '呢' && (i+1 == len(s.cells) || isBreak(s.cells[i+1].r)) {
			k := i - 1
			for k > 0 && (s.cells[k].r == '块' || s.cells[k].r == '元' || s.cells[k].r == '的' || s.cells[k].r == '钱') {
				k--
			}
			if s.cells[k].mark == asSum || followsAny(s.cells, k-1, "那笔", "这笔", "那单") > 0 {
				return int32(k), true
			}
		}
	}
	return 0, false
}

// splitting reports a request to split sums so that controls do not see them.
func (s *scan) splitting() (int32, bool) {
	if !s.has(tSplit) {
		return 0, false
	}
	if s.has(tAvoid) && !s.missing() {
		return s.first[tSplit], true
	}
	for _, h := range s.hits {
		if h.tag == tSplit && s.asksHow(int(h.from)) && s.planned(int(h.to)) {
			return s.first[tSplit], true
		}
	}
	return 0, false
}

// planned reports that the words behind a split speak of what is to be done
// (分两笔刷吗), not of what was (分两笔刷的, 分两次到的).
func (s *scan) planned(i int) bool {
	c := s.cells
	if i >= len(c) || isBreak(c[i].r) {
		return true
	}
	if followsAny(c, i, "刷的", "刷了", "刷完", "刷过", "收的", "收了", "付的", "付了") > 0 {
		return false
	}
	return followsAny(c, i, "刷", "收", "付", "来", "吗", "行", "可", "才", "比", "弄", "操作", "做", "不被", "不会", "好", "安全", "合适", "划算") > 0
}

// asksHow reports words right before cell i that ask for a way to do something
// (怎么分几笔刷), not for what became of it (分几笔刷的怎么没到).
func (s *scan) asksHow(i int) bool {
	for j := i; j > max(0, i-6) && !isBreak(s.cells[j-1].r); j-- {
		if s.wordsBefore(j, "怎么", "怎样", "如何", "咋", "教我", "要不要", "能不能", "可以", "能否", "想", "应该", "得", "需要", "帮我", "给我", "最好") < j {
			return true
		}
	}
	return false
}

// restMissing reports a sum of which a part has come and the rest is asked for
// by its own sum (刷了两万,只到了一万,还有一万呢).
func (s *scan) restMissing() bool {
	as := s.q.Amounts
	if len(as) < 3 || len(as) > 8 {
		return false
	}
	for _, whole := range as {
		for _, part := range as {
			for k, rest := range as {
				if k > 0 && part.Net && !whole.Net && !rest.Net && !rest.Fee && rest.Fen*20 >= whole.Fen && part.Fen+rest.Fen == whole.Fen {
					return true
				}
			}
		}
	}
	return false
}
