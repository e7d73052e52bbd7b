package understand

// latinWord is the length of a common Latin word that a number follows without
// a space.
func latinWord(c []cell, t token) int {
	if t.letters < 2 || t.digits < 2 || t.letters+t.digits != t.to-t.from || t.letters > 6 {
		return 0
	}
	for _, w := range [...]string{"ktv", "pos", "vip", "aa", "app", "atm", "spa", "diy", "pk", "rmb", "ok"} {
		if e := follows(c, t.from, w); e == t.from+t.letters {
			return t.letters
		}
	}
	return 0
}

// codeBehind reports the words that make two places before cell i a response
// code; letters say that one of the two is a letter.
func (s *scan) codeBehind(i int, letters bool) bool {
	c := s.cells
	if followsAny(c, i, "超时", "错误", "的错误", "代码", "错", "号代码", "码") > 0 {
		return true
	}
	if e := followsAny(c, i, "这个", "那个", "的", "是个", "是什么", "是啥", "什么"); e > 0 {
		return followsAny(c, e, "码", "代码", "错误", "应答", "返回", "响应", "报错", "提示") > 0 || letters && followsAny(c, i, "是什么", "是啥") > 0
	}
	return false
}

// hotline reports whether the digits are a public service number.
func hotline(c []cell, t token) bool {
	if t.digits < 3 || t.digits > 5 || (at(c, t.to) == '.' || at(c, t.to) == ',') && isDigit(at(c, t.to+1)) || at(c, t.from-1) == '¥' || at(c, t.from-1) == '￥' {
		return false
	}
	v := 0
	for i := t.from; i < t.to; i++ {
		v = v*10 + int(c[i].r-'0')
	}
	switch v {
	case 110, 119, 120:
		r := at(c, t.from-1)
		return r == '打' || r == '拨' || r == '话' || r == '警'
	case 96110, 12363, 12378, 12315, 12345, 10086, 10010:
	default:
		if v < 95000 || v > 96999 {
			return false
		}
	}
	switch at(c, t.to) {
	case '块', '元', '.', '的':
		return false
	}
	switch at(c, t.from-1) {
	case '刷', '了', '收', '付', '笔', '款', '额', '是':
		return false
	}
	return true
}
