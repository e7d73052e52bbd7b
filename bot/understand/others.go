package understand

// comparesOwn reports that others are told of only to ask after one's own money
// in a clause behind (人家店里当天到,我昨天那笔怎么没到).
func (s *scan) comparesOwn() bool {
	last := int32(0)
	for _, h := range s.hits {
		if h.tag == tOthers {
			last = max(last, h.to)
		}
	}
	own, asks := false, false
	for i := int(last); i < len(s.cells); i++ {
		if isBreak(s.cells[i].r) {
			own, asks = false, false
			continue
		}
		own = own || followsAny(s.cells, i, "我的", "我昨", "我今", "我前", "我这", "我们的", "我家的", "我店", "我上") > 0 && s.broken(last, int32(i))
		asks = asks || followsAny(s.cells, i, "没到", "不到", "一分", "还没", "没收", "要等", "才到", "没来", "怎么", "为什么", "为啥", "咋") > 0
		if own && asks {
			return s.wordsBefore(i, "帮", "替") == i && !s.errand()
		}
	}
	return false
}

// errand reports 帮, 替 and 代查: somebody else's question is brought.
func (s *scan) errand() bool {
	for i := range s.cells {
		if followsAny(s.cells, i, "帮我朋友", "帮朋友", "帮别人", "帮人家", "帮他", "帮她", "帮亲戚", "帮我亲戚", "帮同", "帮邻居", "帮隔壁", "替", "代查", "给他查", "给她查", "给朋友") > 0 {
			return true
		}
	}
	return false
}
