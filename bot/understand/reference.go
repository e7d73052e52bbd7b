package understand

import "strings"

// readReferences claims every number that is not money: card tails, terminal,
// merchant, reference and telephone numbers, response codes, rates.
func (s *scan) readReferences() {
	c := s.cells
	for i := 0; i < len(c); {
		r := c[i].r
		switch {
		case c[i].mark != free:
			i++
		case isDigit(r) || isLetter(r) || r == '*':
			i = s.readToken(i)
		case hanDigit(r) >= 0:
			i = s.readHanDigits(i)
		default:
			i++
		}
	}
}

// token is a run of letters, digits and mask characters.
type token struct {
	from, to       int
	digits         int
	letters, masks int
	leadingZero    bool
}

func (s *scan) tokenAt(i int) token {
	c := s.cells
	t := token{from: i, to: i}
	for t.to < len(c) && c[t.to].mark == free {
		switch r := c[t.to].r; {
		case isDigit(r):
			t.digits++
		case isLetter(r):
			t.letters++
		case r == '*':
			t.masks++
		default:
			goto done
		}
		t.to++
	}
done:
	t.leadingZero = c[i].r == '0' && t.digits > 1
	return t
}

// readToken classifies the run at i and returns where to go on.
func (s *scan) readToken(i int) int {
	t := s.tokenAt(i)
	c := s.cells
	if n := latinWord(c, t); n > 0 { // KTV2888
		return t.from + n
	}
	switch {
	case s.multiplied(t):
		return t.to
	case t.masks >= 2 && t.digits >= 4:
		return s.readMasked(t)
	case t.masks > 0 && c[i].r == '*' && t.digits == 4 && t.letters == 0:
		return s.setTail(t.to-4, t.to, t.from, t.to)
	case s.readSplitTail(&t):
		return t.to
	case s.readWorded(&t):
		return t.to
	case t.letters > 0 && t.digits > 0 && t.to-t.from >= 6 && !s.hasUnitTail(t):
		return s.readCode(t)
	case t.letters > 0:
		return t.to
	case t.digits == 11 && c[i].r == '1' && c[i+1].r >= '3' && !s.moneyBehind(t.to):
		s.setPhone(t)
		return t.to
	case s.readSplitPhone(&t):
		return t.to
	case t.digits == 15 && c[i].r == '8':
		s.q.MerchantNo = s.raw(t.from, t.to)
		return s.claim(t)
	case t.digits == 14 && c[i].r == '2' && c[i+1].r == '0', t.digits == 8 && c[i].r == '2' && c[i+1].r == '0': // a time stamp
		return t.to
	case t.digits >= 12 || t.digits >= 9 && !s.moneyBehind(t.to):
		s.setReference(s.raw(t.from, t.to), 1)
		return s.claim(t)
	case t.leadingZero && at(c, t.to) != '.' && at(c, t.to) != ':' && t.digits >= 5:
		s.setReference(s.raw(t.from, t.to), 1)
		return s.claim(t)
	case hotline(c, t):
		return s.claim(t)
	}
	return t.to
}

// multiplied reports 500*3 and 500x3.
func (s *scan) multiplied(t token) bool {
	c := s.cells
	j := t.from
	for j < t.to && isDigit(c[j].r) {
		j++
	}
	return j > t.from && t.digits == t.to-t.from-1 && (c[min(j, t.to-1)].r == '*' || c[min(j, t.to-1)].r == 'x') && t.to-j-1 >= 1 && t.to-j-1 <= 2
}

// setReference keeps the surest reference: 参考号 before 订单号 before 凭证号.
func (s *scan) setReference(v string, rank int) {
	if s.q.Reference == "" || rank > s.refRank {
		s.q.Reference, s.refRank = v, rank
	}
}

// referenceRank orders the words of a reference.
func referenceRank(word string) int {
	switch {
	case strings.Contains(word, "参考"), strings.Contains(word, "检索"), word == "rrn":
		return 4
	case strings.Contains(word, "订单"), strings.Contains(word, "交易"):
		return 3
	}
	return 2
}

// hasUnitTail tells 5000w or 3k from a code.
func (s *scan) hasUnitTail(t token) bool {
	r := s.cells[t.to-1].r
	return t.letters == 1 && (r == 'w' || r == 'k')
}

func (s *scan) claim(t token) int {
	markCells(s.cells, t.from, t.to, asRef)
	return t.to
}

func (s *scan) raw(from, to int) string {
	c := s.cells
	var b [40]byte
	n := 0
	for i := from; i < to && n < len(b); i++ {
		if r := c[i].r; isAlnum(r) {
			if isLetter(r) {
				r -= 'a' - 'A'
			}
			b[n] = byte(r)
			n++
		}
	}
	return string(b[:n])
}

// moneyBehind reports whether a money unit follows cell i.
func (s *scan) moneyBehind(i int) bool {
	switch at(s.cells, i) {
	case '块', '元', '万', '千', '亿', '.', 'w', 'k':
		return true
	}
	return false
}

// readMasked reads 6222****6688 and ****6688.
func (s *scan) readMasked(t token) int {
	c := s.cells
	n := 0
	for k := t.to - 1; k >= t.from && isDigit(c[k].r); k-- {
		n++
	}
	if n != 4 || t.letters > 0 && !isLetter(c[t.from].r) {
		return s.claim(t)
	}
	if c[t.from].r == '1' && t.digits == 7 && t.to-t.from == 11 { // 138****1234
		s.q.Phone = s.raw(t.from, t.from+3) + "****" + s.raw(t.to-4, t.to)
		return s.claim(t)
	}
	return s.setTail(t.to-4, t.to, t.from, t.to)
}

func (s *scan) setPhone(t token) {
	if s.q.Phone == "" {
		s.q.Phone = s.raw(t.from, t.from+3) + "****" + s.raw(t.to-4, t.to)
	}
	s.claim(t)
}

// readSplitPhone reads 138-1234-5678 and 138 1234 5678.
func (s *scan) readSplitPhone(t *token) bool {
	c := s.cells
	if t.digits != 3 || t.letters > 0 || c[t.from].r != '1' || c[t.from+1].r < '3' {
		return false
	}
	j := t.to
	for part := 0; part < 2; part++ {
		if r := at(c, j); r != '-' && r != ' ' {
			return false
		}
		j++
		for k := 0; k < 4; k++ {
			if !isDigit(at(c, j)) {
				return false
			}
			j++
		}
	}
	if isDigit(at(c, j)) {
		return false
	}
	t.to = j
	s.setPhone(*t)
	return true
}

// readWorded reads a number by the word in front of it.
func (s *scan) readWorded(t *token) bool {
	w, ok := s.wordFor(t.from, t)
	if !ok {
		return s.readWordBehind(t)
	}
	c := s.cells
	switch w.kind {
	case refBank:
		if t.letters > 0 || !s.tailFits(t) || c[t.to-1].r == '0' && c[t.to-2].r == '0' || at(c, t.to) != '的' && at(c, t.to) != '卡' && at(c, t.to) != '那' && at(c, t.to) != '这' {
			return false
		}
		s.setTail(t.from, t.to, t.from, t.to)
	case refTail:
		if t.letters > 0 || !s.tailFits(t) {
			return false
		}
		s.setTail(t.from, t.to, t.from, t.to)
	case refTerminal, refSerial:
		if s.q.Terminal == "" && w.kind == refTerminal {
			s.q.Terminal = s.raw(t.from, t.to)
		}
		s.claim(*t)
	case refMerchant:
		s.joinGroups(t)
		if s.q.MerchantNo == "" {
			s.q.MerchantNo = s.raw(t.from, t.to)
		}
		s.claim(*t)
	case refNumber:
		if t.digits < 3 || t.letters == 0 && t.digits < 9 && (s.moneyBehind(t.to) || at(c, t.to) == ',' && false) {
			return false
		}
		s.joinGroups(t)
		s.setReference(s.raw(t.from, t.to), referenceRank(w.word))
		s.claim(*t)
	case refAuth:
		if t.letters > 0 && t.digits == 0 || s.moneyBehind(t.to) {
			return false
		}
		s.setReference(s.raw(t.from, t.to), referenceRank(w.word))
		s.claim(*t)
	case refBatch, refRate, refPhone:
		if w.kind == refPhone && (t.digits == 11 && c[t.from].r == '1') {
			s.setPhone(*t)
		}
		if w.kind == refPhone && t.letters > 0 && w.word == "打" {
			return false
		}
		if w.kind == refRate && at(c, t.to) == '.' {
			for t.to++; isDigit(at(c, t.to)); t.to++ {
			}
		}
		s.claim(*t)
	case refResp:
		if !s.respFits(t, w) {
			return false
		}
		if s.q.RespCode == "" {
			s.q.RespCode = s.raw(t.from, t.to)
		}
		s.claim(*t)
	}
	return true
}

// tailFits refuses a year or a sum where the word is weak.
func (s *scan) tailFits(t *token) bool {
	if t.digits != 4 || s.moneyBehind(t.to) || at(s.cells, t.to) == '年' {
		return false
	}
	return at(s.cells, t.to) != '的' || !strings.HasPrefix(s.text[s.cells[t.to].to:], "笔")
}

// respFits tells a response code from a sum: two places, one of them a digit,
// no unit behind.
func (s *scan) respFits(t *token, w refWord) bool {
	if t.to-t.from != 2 || t.digits == 0 {
		return false
	}
	switch at(s.cells, t.to) {
	case '块', '元', '笔', '万', '次', '号', '点', '分', '天', '个', '秒', '%', '.', '单', '张', '年', '月', ':', '-', '/', '岁', '小', '台', '条':
		return false
	}
	return w.word != "打出" && w.word != "跳" && w.word != "弹" || true
}

// joinGroups takes in the groups of a number written apart (8221 0000 0000 001).
func (s *scan) joinGroups(t *token) {
	c := s.cells
	for {
		r := at(c, t.to)
		if r != ' ' && r != '-' || !isDigit(at(c, t.to+1)) {
			return
		}
		j := t.to + 1
		for isAlnum(at(c, j)) {
			j++
		}
		if j-t.to-1 < 3 || isLetter(at(c, j-1)) {
			return
		}
		t.digits += j - t.to - 1
		t.to = j
	}
}

// wordFor finds the reference word in front of cell i, over a few fillers.
func (s *scan) wordFor(i int, t *token) (refWord, bool) {
	c := s.cells
	n := t.to - t.from
	for j := i; i-j <= 5; j-- {
		if j < i && !refFill(at(c, j)) {
			break
		}
		best, size := -1, 0
		for k := range refWords {
			w := &refWords[k]
			if n < w.min || n > w.max {
				if w.kind != refNumber && w.kind != refMerchant || n < 3 || n > w.max {
					continue
				}
			}
			if j < i && (w.kind == refTail && len(w.word) <= 3 || w.kind == refResp && len(w.word) <= 3) {
				continue
			}
			if l := len(w.word); l > size && s.endsAt(j, w.word) && c[j-1].mark != asRef {
				best, size = k, l
			}
		}
		if best >= 0 {
			w := refWords[best]
			if (w.kind == refNumber || w.kind == refMerchant) && n < w.min {
				if at(c, t.to) != ' ' && at(c, t.to) != '-' {
					return refWord{}, false
				}
			}
			return w, true
		}
	}
	return refWord{}, false
}

// endsAt reports whether word ends right before cell i.
func (s *scan) endsAt(i int, word string) bool {
	c := s.cells
	rest := word
	for k := i - 1; rest != ""; k-- {
		if k < 0 {
			return false
		}
		r := c[k].r
		size := runeLen(r)
		if len(rest) < size || !strings.HasSuffix(rest, string(r)) {
			return false
		}
		rest = rest[:len(rest)-size]
	}
	return true
}

func runeLen(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 3
}

func refFill(r rune) bool {
	switch r {
	case '是', '为', ':', '=', '就', '的', '(', '"', '\'', '#', ' ', '我', '叫', '了', ',', '，', '那', '尾', '错', '误', '一', '个', '.', '\n', '有', '-', '[':
		return true
	}
	return false
}

// tailBehind reports that the words before cell i, or those behind it,
// lead to a tail of their own (5000尾号9999, 5000的卡尾号9999): the number
// before them is none.
func tailBehind(c []cell, i int) bool {
	named := followsAny(c, i-2, "尾号", "结尾", "收尾") == i
	if e := followsAny(c, i, "尾号", "尾数", "后四位", "末四位", "后4位", "结尾"); e > 0 {
		i, named = e, true
	}
	if !named {
		return false
	}
	for i < len(c) && (at(c, i) == '是' || at(c, i) == '为' || at(c, i) == ':' || at(c, i) == ' ') {
		i++
	}
	return isDigit(at(c, i)) && isDigit(at(c, i+1)) && isDigit(at(c, i+2)) && isDigit(at(c, i+3)) && !isDigit(at(c, i+4))
}

// readWordBehind reads 6688那张卡, 6688的卡, 6688尾号, 68超时.
func (s *scan) readWordBehind(t *token) bool {
	c := s.cells
	if t.to-t.from == 2 && t.digits > 0 && s.codeBehind(t.to, t.letters > 0) { // 68超时, A7那个码
		if s.q.RespCode == "" {
			s.q.RespCode = s.raw(t.from, t.to)
		}
		s.claim(*t)
		return true
	}
	if t.letters > 0 || t.leadingZero && t.digits != 4 && t.digits != 2 {
		return false
	}
	if t.digits == 4 {
		if e := followsAny(c, t.to, "那张卡", "这张卡", "的那张卡", "的这张卡", "的卡", "尾号", "结尾", "那张信用卡", "那张储蓄卡", "的信用卡", "的储蓄卡", "的银行卡", "这个卡", "那个卡", "那卡", "卡", "那张", "的尾号", "尾的卡", "是尾号", "收尾"); e > 0 && !tailBehind(c, e) {
			if e == t.to+1 && at(c, t.to) == '卡' && !cardFollows(c, t.from, e) {
				return false
			}
			s.setTail(t.from, t.to, t.from, e)
			return true
		}
		if s.context.Asked == "card_last4" || s.context.Asked == "account_last4" && s.onlyAnswers(t) {
			if !s.moneyBehind(t.to) && !s.namesSale(t) {
				s.setTail(t.from, t.to, t.from, t.to)
				return true
			}
		}
	}
	if s.context.Asked == "merchant_no" && t.digits >= 8 && t.digits <= 20 && (t.digits == 15 || s.onlyAnswers(t) && !s.phoneLike(t)) {
		s.q.MerchantNo = s.raw(t.from, t.to)
		s.claim(*t)
		return true
	}
	return false
}

// readCode takes a run of letters and digits for a terminal (eight places, or
// named so) or for a reference.
func (s *scan) readCode(t token) int {
	if t.digits < 4 {
		return t.to
	}
	v := s.raw(t.from, t.to)
	if t.to-t.from <= 10 && t.letters <= 3 {
		if s.q.Terminal == "" {
			s.q.Terminal = v
		}
	} else if s.q.Reference == "" {
		s.q.Reference = v
	}
	return s.claim(t)
}
