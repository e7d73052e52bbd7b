package understand

import "slices"

// counted is a number of transactions said (两笔), at the cells [from,to).
type counted struct {
	from, to, n int
	used        bool // belongs to an amount
}

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
		if isDigit(c[i].r) && isAlnum(at(c, i-1)) || at(c, i-1) == '+' || at(c, i-1) == '.' && isDigit(at(c, i-2)) {
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
	if n.more && !a.unit || n.more && lo < hiV {
		a.Approx = true
	}
	if !a.sure && !s.bareIsMoney(i, e, n) {
		return a, e, false
	}
	if a.sure && !a.unit && !s.sureIsMoney(i, e, n) {
		return a, e, false
	}
	a.Fen = fen(lo)
	if hiV > lo {
		a.FromFen, a.ToFen, a.Approx = fen(lo), fen(hiV), true
	}
	s.modify(&a)
	return a, e, true
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
	case '天', '号', '月', '年', '点', '时', '秒', '周', '家', '张', '位', '人', '类', '条', '倍', '折', '岁', '楼', '期', '级', '部', '种', '遮', '层', '版', '度', '秋', '颗', '斤', '包', '件', '箱', '瓶', '只', '双', '对', '店', '代', '名', '辆', '桌', '克', '米', '码', '开', '方', '样', '组', '批', '道', '门', '份', '串':
		if at(c, j) == '开' || at(c, j) == '对' || at(c, j) == '只' && followsAny(c, j, "只到", "只收", "只有", "只给") > 0 || at(c, j) == '方' || at(c, j) == '名' || at(c, j) == '时' && at(c, j+1) == '候' || at(c, j) == '位' || at(c, j) == '店' && !isDigit(at(c, j-1)) {
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
		if at(c, j) == '分' && at(c, j+1) != '钱' {
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

// readCount notes 三笔; 第三笔, 一笔都 and 哪一笔 are not counts.
func (s *scan) readCount(i, j int, n number) {
	c := s.cells
	switch at(c, i-1) {
	case '第', '另', '同', '哪', '每', '外', '上', '下', '前', '头', '某', '单', '那', '这':
		if at(c, i-1) != '那' && at(c, i-1) != '这' || n.lo == scale {
			return
		}
	}
	v := n.lo / scale
	if v < 1 || v > 999 || n.vague || n.decimal || n.zero {
		return
	}
	r := at(c, j)
	if v == 1 && (at(c, j+1) == '都' || at(c, j+1) == '也' || r == '次' || r == '回' || r == '遍') {
		return
	}
	if (r == '次' || r == '回' || r == '遍') && !s.tradedBefore(i) {
		return
	}
	s.counts = append(s.counts, counted{from: i, to: j + 1, n: int(v)})
}

// tradedBefore reports whether a verb of trade stands right before a count.
func (s *scan) tradedBefore(i int) bool {
	for k := i - 1; k >= max(0, i-3); k-- {
		switch s.cells[k].r {
		case '刷', '扫', '付', '扣', '收':
			return true
		}
	}
	return false
}

// keepSums attaches counts, tells fees from amounts and fills the Query.
func (s *scan) keepSums(sums []sum) {
	if len(sums) == 0 {
		s.q.Count = s.totalCount(sums)
		return
	}
	s.attachCounts(sums)
	sums = s.once(sums)
	s.tellFees(sums)
	sums = s.bareTail(sums)
	s.q.Amounts = make([]Amount, len(sums))
	for i := range sums {
		s.q.Amounts[i] = sums[i].Amount
	}
	s.q.Count = s.totalCount(sums)
}

// times3 reads *3 or x3 behind a sum: how many of it.
func (s *scan) times3(i int) int {
	switch at(s.cells, i) {
	case '*', 'x', '×':
		if n, e := readSmall(s.cells, i+1, 2); e > i+1 && n > 1 && !isAlnum(at(s.cells, e)) {
			return n
		}
	}
	return 0
}

// once drops a sum that was said before (一笔5000一笔3000,3000的没到), and marks
// those that arrived already.
func (s *scan) once(sums []sum) []sum {
	w := 0
	for i := range sums {
		a := sums[i]
		a.Arrived = len(sums) > 1 && s.arrivedBehind(a.to) && s.missing()
		again := -1
		for k := max(0, w-16); k < w; k++ {
			b := &sums[k]
			if b.Fen == a.Fen && b.ToFen == a.ToFen && b.Net == a.Net && b.Fee == a.Fee && b.Negated == a.Negated && b.Total == a.Total &&
				at(s.cells, a.to) == '的' && s.broken(int32(b.to), int32(a.from)) {
				again = k
			}
		}
		if again >= 0 {
			sums[again].Arrived = sums[again].Arrived || a.Arrived
			continue
		}
		sums[w] = a
		w++
	}
	return sums[:w]
}

// bareTail takes four bare digits between stops for the card's tail where
// another sum is money beyond doubt (昨天下午5点,6688,3000元).
func (s *scan) bareTail(sums []sum) []sum {
	c := s.cells
	sure := slices.ContainsFunc(sums, func(a sum) bool { return a.sure && !a.Fee })
	if !sure || s.q.CardLast4 != "" {
		return sums
	}
	for i, a := range sums {
		before, behind := at(c, a.from-1), at(c, a.to)
		if a.sure || a.to-a.from != 4 || !isDigit(c[a.from].r) || !isDigit(c[a.to-1].r) || !isBreak(before) && before != ' ' && before != 0 || !isBreak(behind) && behind != ' ' && behind != 0 {
			continue
		}
		s.q.CardLast4 = s.raw(a.from, a.to)
		return slices.Delete(sums, i, i+1)
	}
	return sums
}

// arrivedBehind reads 的到了, 已经到账了 behind a sum, as a statement.
func (s *scan) arrivedBehind(i int) bool {
	c := s.cells
	for _, w := range [...]string{"的", "那笔", "这笔", "已经", "都"} {
		if e := follows(c, i, w); e > 0 {
			i = e
		}
	}
	e := followsAny(c, i, "到账了", "到了", "收到了", "已到", "到账")
	return e > 0 && (at(c, e) == 0 || isBreak(at(c, e)) || at(c, e) == '但' || at(c, e) == '另')
}

// attachCounts reads multiplicity: 两笔1500, 1500的两笔, 刷了5000两次.
func (s *scan) attachCounts(sums []sum) {
	c := s.cells
	for k := range s.counts {
		n := &s.counts[k]
		if n.n < 2 && n.n != 1 {
			continue
		}
		j := n.to
		for fill := 0; fill < 5 && j < len(c) && c[j].mark == free && multiplies(c[j].r); fill++ {
			j++
		}
		first, _ := slices.BinarySearchFunc(sums, n.from-24, func(a sum, v int) int { return a.from - v })
		near := sums[first:min(len(sums), first+24)]
		for i := range near {
			i += first
			if sums[i].from == j || sums[i].from == j+1 && at(c, j) == '¥' {
				n.used = true
				if !s.lists(sums, i, n.n) && !sums[i].Total {
					sums[i].Count = n.n
				}
			}
		}
		if n.used {
			continue
		}
		for i := range near { // behind the amount
			i += first
			gap := n.from - sums[i].to
			if gap < 0 || gap > 4 || s.broken(int32(sums[i].to), int32(n.from)) || !s.onlyFill(sums[i].to, n.from) {
				continue
			}
			n.used = true
			if n.n > 1 && (i == 0 || !s.onlyListed(sums[i-1].to, sums[i].from)) {
				sums[i].Count = n.n
			}
		}
	}
}

func (s *scan) onlyFill(from, to int) bool {
	for i := from; i < to; i++ {
		switch s.cells[i].r {
		case '的', '刷', '了', '有', '来', '各', '也', '是', '就', '扣', '付', '收', '那':
		default:
			return false
		}
	}
	return true
}

func multiplies(r rune) bool {
	switch r {
	case '都', '是', '各', '每', '笔', '全', '的', '刷', '了', '一', '样', '分', '别', '收', ':', '块', '为', '单', '扣', '也':
		return true
	}
	return false
}

// lists reports whether exactly n sums follow each other from i on (三笔5000、
// 3000、2000): then each stands once.
func (s *scan) lists(sums []sum, i, n int) bool {
	if n < 2 || i+1 >= len(sums) {
		return false
	}
	k := i + 1
	for k < len(sums) && sums[k].from-sums[k-1].to <= 2 && s.onlyListed(sums[k-1].to, sums[k].from) {
		k++
	}
	return k-i >= 2
}

func (s *scan) onlyListed(from, to int) bool {
	for i := from; i < to; i++ {
		switch s.cells[i].r {
		case '、', ',', '，', ' ', '和', '跟', '加', '还', '有', '与', '\n', '及', '块':
		default:
			return false
		}
	}
	return true
}

// totalCount is the number of transactions spoken of: a count that belongs to
// no amount, else the sum of those that do.
func (s *scan) totalCount([]sum) int {
	total, loose := 0, 0
	for _, n := range s.counts {
		if n.used {
			total += n.n
		} else {
			loose = max(loose, n.n)
		}
	}
	return max(loose, total)
}
