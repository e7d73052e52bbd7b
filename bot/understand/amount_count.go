package understand

import "slices"

// counted is a number of transactions said (两笔), at the cells [from,to).
type counted struct {
	from, to, n int
	used        bool // belongs to an amount
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
	sums = s.adoptSmall(sums)
	if sums = s.dropOwed(sums); len(sums) == 0 {
		s.q.Count = s.totalCount(sums)
		return
	}
	s.attachCounts(sums)
	s.attachEach(sums)
	sums = s.once(sums)
	s.tellFees(sums)
	sums = s.partOf(sums)
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
		a.Arrived = a.Arrived || len(sums) > 1 && s.arrivedBehind(a.to) && s.missing()
		again := -1
		for k := max(0, w-16); k < w; k++ {
			b := &sums[k]
			if s.saysAgain(b, &a) || s.restated(b, &a) {
				again = k
			}
			if b.Fen == a.Fen && b.ToFen == a.ToFen && b.Net == a.Net && b.Fee == a.Fee && b.Negated == a.Negated && b.Total == a.Total &&
				(at(s.cells, a.to) == '的' || s.pointedAt(a.to)) && (s.fateBehind(a.to) || s.broken(int32(b.to), int32(a.from))) {
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

// pointedAt reports 那笔, 这单 behind a sum: one of several said before.
func (s *scan) pointedAt(i int) bool {
	return followsAny(s.cells, i, "那笔", "这笔", "那单", "这单", "那一笔", "这一笔", "那个", "这个") > 0
}

// fateBehind reports 的来了, 那笔没到 behind a sum said before.
func (s *scan) fateBehind(i int) bool {
	if at(s.cells, i) == '的' {
		i++
	} else if e := followsAny(s.cells, i, "那笔", "这笔", "那单", "这单", "那个"); e > 0 {
		i = e
	}
	return followsAny(s.cells, i, "来了", "到了", "到账", "没到", "没来", "还没", "已经", "没有", "没收", "收到", "未到", "呢") > 0
}

// partOf takes a sum said to have come for one of several listed where it is
// equal to it (一次2000一次1500,只到了2000): that sale is paid.
func (s *scan) partOf(sums []sum) []sum {
	for i := range sums {
		if !sums[i].Net || sums[i].Count > 1 {
			continue
		}
		same, others := -1, 0
		for k := max(0, i-8); k < i; k++ {
			switch b := &sums[k]; {
			case b.Net || b.Fee || b.Negated || b.Total:
			case b.Fen == sums[i].Fen && b.ToFen == 0 && same < 0:
				same = k
			default:
				others++
			}
		}
		if same >= 0 && others > 0 {
			sums[same].Arrived = true
			s.partSaid, s.lessSaid = s.partSaid || s.lessSaid, false
			return slices.Delete(sums, i, i+1)
		}
	}
	return sums
}

// restated reports 一笔1200…,1200没到: what has just been listed, told of.
func (s *scan) restated(b, a *sum) bool {
	c := s.cells
	if b.Fen != a.Fen || a.Count > 1 || !isBreak(at(c, a.from-1)) || followsAny(c, a.to, "没到", "还没", "到了", "没来", "没收", "不见") == 0 {
		return false
	}
	for k := b.to; k < a.from; k++ {
		if r := c[k].r; r == '又' || r == '再' || r == '另' {
			return false
		}
	}
	return true
}

// saysAgain reports that a sum repeats the one before it: 这2175, or the same
// in other writing (一千一 … 1100元).
func (s *scan) saysAgain(b, a *sum) bool {
	if b.Fen != a.Fen || b.ToFen != a.ToFen || b.Fee != a.Fee || a.Negated || a.Count > 1 || !s.broken(int32(b.to), int32(a.from)) {
		return false
	}
	c := s.cells
	if s.wordsBefore(a.from, "这", "那", "这个", "那个", "这笔", "那笔", "这一笔", "那一笔") < a.from {
		return true
	}
	for k := b.to; k < a.from; k++ {
		if r := c[k].r; r == '又' || r == '再' || r == '另' || r == '笔' || r == '单' && isNumeral(at(c, k-1)) {
			return false
		}
	}
	return isDigit(c[b.from].r) != isDigit(c[a.from].r) && isNumeral(c[a.from].r) && isNumeral(c[b.from].r)
}

// maxSmall bounds how many small sums of a list are taken in.
const maxSmall = 64

// adoptSmall takes bare numbers below a hundred for sums where they stand in
// one list with a sum (98、35、128): from the end to the front and back again.
func (s *scan) adoptSmall(sums []sum) []sum {
	small := s.small[:min(len(s.small), maxSmall)]
	adopt := func(k int) {
		a := small[k]
		i, _ := slices.BinarySearchFunc(sums, a.from, func(b sum, v int) int { return b.from - v })
		if s.cells[a.from].mark == free && (i < len(sums) && s.inList(a.to, sums[i].from) || i > 0 && s.inList(sums[i-1].to, a.from)) {
			markCells(s.cells, a.from, a.to, asSum)
			sums = slices.Insert(sums, i, a)
		}
	}
	for k := len(small) - 1; k >= 0; k-- {
		adopt(k)
	}
	for k := range small {
		adopt(k)
	}
	return sums
}

// inList reports that nothing but one or two marks of a list stand between.
func (s *scan) inList(from, to int) bool {
	return to > from && to-from <= 2 && s.onlyListed(from, to)
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
	e := followsAny(c, i, "到账了", "到了", "收到了", "已到", "到账", "来了")
	return e > 0 && (at(c, e) == 0 || isBreak(at(c, e)) || at(c, e) == '但' || at(c, e) == '另' || at(c, e) == '第' || startsNumber(c, e))
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
