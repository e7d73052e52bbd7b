package understand

// sum is an amount as read, with its cells.
type sum struct {
	Amount
	from, to int
	unit     bool // a money unit was said
	due      bool // said to be due (应该到2962)
	sure     bool // unit, magnitude, decimals or grouping: money beyond doubt
}

// readAmounts finds the sums of money among the numbers that nothing claimed.
func (s *scan) readAmounts() {
	c := s.cells
	var sums []sum
	for i := 0; i < len(c); {
		if c[i].mark != free || !startsNumber(c, i) {
			i++
			continue
		}
		if isDigit(c[i].r) && isAlnum(at(c, i-1)) && !s.latinBefore(i) || at(c, i-1) == '+' || at(c, i-1) == '.' && isDigit(at(c, i-2)) {
			i = s.skipNumber(i)
			continue
		}
		a, end, ok := s.readAmount(i)
		if ok {
			markCells(c, a.from, a.to, asSum)
			sums = append(sums, a)
		}
		i = max(end, i+1)
	}
	s.keepSums(sums)
}

// latinBefore reports that the letters before cell i are a common Latin word.
func (s *scan) latinBefore(i int) bool {
	from := i
	for from > 0 && isLetter(s.cells[from-1].r) && i-from < 8 {
		from--
	}
	return from < i && latinWord(s.cells, s.tokenAt(from)) == i-from
}

// skipNumber steps over the digits and letters that go on a run.
func (s *scan) skipNumber(i int) int {
	c := s.cells
	for i < len(c) && (isAlnum(c[i].r) || c[i].r == '.') {
		i++
	}
	return i + 1
}

// readAmount reads the number at i and decides what it is. end is where to go
// on; ok is false for counts, rates, codes and other numbers.
func (s *scan) readAmount(i int) (a sum, end int, ok bool) {
	c := s.cells
	n, good := readNumber(c, i)
	if !good {
		return a, max(n.end, i+1), false
	}
	hi, j, ranged := s.rangeTo(n)
	a = sum{from: i, to: n.end}
	a.Count = 1
	lo := n.lo
	if ranged {
		lo, n = hi.fromLo, hi.n
		n.vague = true
	} else {
		j = n.end
	}
	switch s.unitAt(j) {
	case unitRate, unitOther:
		if at(c, j) == '个' && startsNumber(c, j+1) && n.lo >= 2*scale && n.lo < 100*scale && s.tradedBefore(i) { // 收了两个888
			if m, ok := readNumber(c, j+1); ok && m.lo >= 10*scale {
				s.counts = append(s.counts, counted{from: i, to: j + 1, n: int(n.lo / scale)})
			}
		}
		return a, j + 1, false
	case unitForeign:
		markCells(c, i, j+2, asSum)
		return a, j + 2, false
	case unitCount:
		s.readCount(i, j, n)
		return a, j + 1, false
	}
	hiV := n.hi
	var e int
	lo, hiV, e, a.unit = s.readCoins(lo, hiV, j)
	a.sure = a.unit || n.big || n.decimal && n.lo >= scale || n.grouped || s.currencyBefore(i)
	if s.foreignBefore(i) || s.unitAt(e) == unitForeign {
		return a, e, false
	}
	a.to = e
	if k := s.times3(e); k > 0 {
		_, a.to = readSmall(c, e+1, 2)
		a.Count, a.sure = k, true
		e = a.to
	}
	a.Approx = n.about
	if n.more && !a.unit || n.more && lo < hiV {
		a.Approx = true
	}
	if !a.sure && !s.bareIsMoney(i, e, n) {
		if n.arabic && n.lo >= 5*scale && n.lo < 100*scale && !n.zero && at(c, i-1) != '第' && (s.listMark(i-1) || s.listMark(e)) {
			a.Fen = fen(lo)
			s.small = append(s.small, a)
		}
		return a, e, false
	}
	if a.sure && !a.unit && !s.sureIsMoney(i, e, n) || s.nothing(i) {
		return a, e, false
	}
	a.Fen = fen(lo)
	if hiV > lo {
		a.FromFen, a.ToFen, a.Approx = fen(lo), fen(hiV), true
	}
	s.modify(&a)
	return a, e, true
}

// listMark reports what separates the sums of a list.
func (s *scan) listMark(i int) bool {
	switch at(s.cells, i) {
	case '、', ',', '，', '和', '跟', '/', ';':
		return true
	}
	return false
}

type upper struct {
	fromLo int64
	n      number
}

// rangeTo reads the second half of 5000到6000, 5-6千, 两到三千.
func (s *scan) rangeTo(n number) (upper, int, bool) {
	c := s.cells
	j := n.end
	if e := followsAny(c, j, "块", "元", "(含)"); e > 0 {
		j = e
	}
	switch at(c, j) {
	case '到', '至', '-', '~':
	default:
		return upper{}, 0, false
	}
	for j++; at(c, j) == '-' || at(c, j) == '~'; j++ {
	}
	if !startsNumber(c, j) || at(c, j) != 0 && c[j].mark != free {
		return upper{}, 0, false
	}
	m, ok := readNumber(c, j)
	if !ok || m.lo != m.hi || m.zero {
		return upper{}, 0, false
	}
	lo := n.lo
	if m.big && !n.big { // 5-6千: the magnitude is common
		unit := int64(1)
		for k := j; k < m.end; k++ {
			if v := magnitudeAt(c, k); v > unit {
				unit = v
			}
		}
		if lo < 1000*scale && lo*unit < m.lo && lo < m.lo {
			lo *= unit
		}
	}
	if lo >= m.lo || m.lo > lo*20 {
		return upper{}, 0, false
	}
	return upper{fromLo: lo, n: m}, m.end, true
}

type unitKind int

const (
	unitNone unitKind = iota
	unitRate
	unitCount
	unitForeign
	unitOther
)

// unitAt says what kind of unit follows a number at cell j.
func (s *scan) unitAt(j int) unitKind {
	c := s.cells
	switch at(c, j) {
	case '%', '‰':
		return unitRate
	case '笔', '单', '次', '遍', '回':
		return unitCount
	case '个':
		if at(c, j+1) == '点' || at(c, j+1) == '百' && at(c, j+2) == '分' {
			return unitRate
		}
		if follows(c, j, "个亿") > 0 {
			return unitNone
		}
		return unitOther
	case '美', '港', '欧', '日', '英', '韩', '台', '澳', '泰', '卢', '加', '新', '法':
		if followsAny(c, j, "美元", "美金", "美刀", "港币", "港元", "港纸", "欧元", "日元", "日圆", "英镑", "韩元", "韩币", "台币", "澳元", "泰铢", "卢布", "加元", "新台币", "新元", "法郎", "日币", "澳币") > 0 {
			return unitForeign
		}
		if at(c, j) == '日' && at(c, j+1) == '期' {
			return unitNone
		}
		if at(c, j) == '台' || at(c, j) == '日' {
			return unitOther
		}
	case '比':
		return unitForeign
	case '天', '号', '月', '年', '点', '时', '秒', '周', '家', '张', '位', '人', '类', '条', '倍', '折', '岁', '楼', '期', '级', '部', '种', '遮', '层', '版', '度', '秋', '颗', '斤', '包', '件', '箱', '瓶', '只', '双', '对', '店', '代', '名', '辆', '桌', '克', '米', '码', '开', '方', '样', '组', '批', '道', '门', '份', '串', '公', '盒', '袋', '桶', '根', '副', '吨', '亩', '棵', '碗', '盘', '碟', '杯', '罐', '筐', '趟', '顶', '幅', '床', '株', '枝', '匹', '粒', '盆', '里', '平', '尺', '寸', '头', '扎', '捆', '打', '袜', '碰', '朵', '升', '宿', '晚', '夜', '间':
		switch at(c, j) {
		case '公': // 公里, 公斤, not 公司
			if followsAny(c, j, "公里", "公斤", "公分", "公顷", "公升") == 0 {
				return unitNone
			}
		case '里', '平', '打', '盘', '间', '晚', '夜', '头': // 5000里面, 5000平时
			if followsAny(c, j, "里地", "里路", "平米", "平方", "打啤", "盘菜", "间房", "晚房", "头猪", "头牛", "头羊", "间店", "间铺") == 0 && (isDigit(at(c, j-1)) && magnitude(at(c, j-1)) == 0 && at(c, j-2) != 0 && isDigit(at(c, j-2)) || magnitude(at(c, j-1)) > 0) {
				return unitNone
			}
		}
		if at(c, j) == '开' || at(c, j) == '对' || at(c, j) == '只' && followsAny(c, j, "只到", "只收", "只有", "只给") > 0 || at(c, j) == '方' || at(c, j) == '名' || at(c, j) == '时' && (at(c, j+1) == '候' || at(c, j+1) == '间') || at(c, j) == '位' || at(c, j) == '店' && !isDigit(at(c, j-1)) {
			if at(c, j) == '位' {
				return unitOther
			}
			return unitNone
		}
		if at(c, j) == '点' && !isDigit(at(c, j+1)) && hanDigit(at(c, j+1)) < 0 && magnitude(at(c, j-1)) >= 100 {
			return unitNone
		}
		return unitOther
	case '小', '分', '工', '刻', '自':
		if followsAny(c, j, "小时", "分钟", "工作日", "刻钟", "自然日", "分种") > 0 {
			return unitOther
		}
		if at(c, j) == '分' && at(c, j+1) != '钱' && !splitWord(c, j) {
			return unitOther
		}
	case 'g', 'm', 'h', '+', '#', '_', '/':
		return unitOther
	case '-':
		if isAlnum(at(c, j+1)) {
			return unitOther
		}
	case '.':
		if isDigit(at(c, j+1)) {
			return unitOther
		}
	}
	return unitNone
}

// splitWord reports 分两次, 分几天, 分开: no coin.
func splitWord(c []cell, j int) bool {
	switch at(c, j+2) {
	case '次', '天', '笔', '批', '回', '期':
		return isNumeral(at(c, j+1)) || at(c, j+1) == '几'
	}
	return at(c, j+1) == '开' || at(c, j+1) == '批'
}

// readCoins reads 块, 元, 毛, 角, 分 behind the number and what follows them.
func (s *scan) readCoins(lo, hi int64, j int) (lo2, hi2 int64, end int, unit bool) {
	c := s.cells
	switch {
	case at(c, j) == '个' && at(c, j+1) == '亿':
		return lo * 100_000_000, hi * 100_000_000, j + 2, true
	case at(c, j) == '毛' || at(c, j) == '角':
		end = j + 1
		if at(c, end) == '钱' {
			end++
		}
		if d, e := s.coin(end, '分', 0); e > 0 {
			return lo/10 + d*scale/100, hi/10 + d*scale/100, e, true
		}
		return lo / 10, hi / 10, end, true
	case follows(c, j, "分钱") > 0:
		return lo / 100, hi / 100, j + 2, true
	}
	if at(c, j) == ' ' && at(c, j+1) == 'r' {
		j++
	}
	e := followsAny(c, j, "块人民币", "元人民币", "人民币", "块钱", "元钱", "元整", "块整", "块", "元", "rmb", "圆", "大洋")
	if e == 0 {
		return lo, hi, j, false
	}
	end = e
	more := int64(0)
	k := e
	if at(c, k) == '零' {
		k++
	}
	if at(c, k) == '半' && k == e {
		return lo + scale/2, hi + scale/2, k + 1, true
	}
	if d, e2 := s.coin(k, '毛', '角'); e2 > 0 {
		more, end = d*scale/10, e2
		if f, e3 := s.coin(e2, '分', 0); e3 > 0 {
			more, end = more+f*scale/100, e3
		} else if f := hanOrDigit(c, e2); f > 0 && !isNumeral(at(c, e2+1)) && !counts(c, e2+1) && at(c, e2+1) != '块' {
			more, end = more+f*scale/100, e2+1
		}
	} else if f, e3 := s.coin(k, '分', 0); e3 > 0 {
		more, end = f*scale/100, e3
	} else if f := hanOrDigit(c, k); f > 0 && k == e && at(c, e-1) == '块' && endsSum(at(c, k+1)) {
		more, end = f*scale/10, k+1 // 三块五
	}
	if at(c, end) == '多' && lo == hi && more == 0 {
		end++
		hi = lo + step(lo)
	} else if at(c, end) == '钱' {
		end++
	}
	return lo + more, hi + more, end, true
}

// endsSum tells 三块五没到 from 1000块一年: what may follow the last digit.
func endsSum(r rune) bool {
	if r == 0 || isBreak(r) {
		return true
	}
	switch r {
	case '的', '没', '还', '未', '到', '怎', '不', '那', '这', '刷', '收', '了', '钱', '咋', '为', '啥', '什', '就', '都', '是', ' ', '吗', '呢', '交', '付', '一':
		return r != '一'
	}
	return false
}

// nothing reports 一分钱没到, 一毛都没见: no sum but none at all.
func (s *scan) nothing(i int) bool {
	if e := followsAny(s.cells, i, "一分钱", "一分"); e > 0 {
		return followsAny(s.cells, e, "没", "都", "也", "不", "未") > 0
	}
	e := followsAny(s.cells, i, "一毛钱", "一毛")
	return e > 0 && followsAny(s.cells, e, "都", "也") > 0
}

// coin reads one digit and the unit behind it.
func (s *scan) coin(i int, unit, other rune) (v int64, end int) {
	d := hanOrDigit(s.cells, i)
	if d < 0 {
		return 0, 0
	}
	if r := at(s.cells, i+1); r == unit || other != 0 && r == other {
		if unit == '分' && at(s.cells, i+2) == '钟' {
			return 0, 0
		}
		return d, i + 2
	}
	return 0, 0
}

func hanOrDigit(c []cell, i int) int64 {
	if isDigit(at(c, i)) {
		return int64(at(c, i) - '0')
	}
	return hanDigit(at(c, i))
}

// currencyBefore reports ¥, 人民币 or rmb in front of the number.
func (s *scan) currencyBefore(i int) bool {
	if at(s.cells, i-1) == ' ' {
		i--
	}
	switch at(s.cells, i-1) {
	case '¥', '￥':
		return true
	}
	return s.endsAt(i, "rmb") || s.endsAt(i, "人民币") || s.endsAt(i, "金额") || s.endsAt(i, "金额:") || s.endsAt(i, "金额是")
}

func (s *scan) foreignBefore(i int) bool {
	if r := at(s.cells, i-1); r == '$' || r == '€' || r == '£' {
		return true
	}
	for _, w := range [...]string{"港币", "美元", "美金", "台币", "日元", "欧元", "港元", "英镑", "usd", "hkd"} {
		if s.endsAt(i, w) {
			return true
		}
	}
	return false
}
