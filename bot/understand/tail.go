package understand

import "strings"

// cardFollows tells "6688卡刷的" from "刷了5000卡里没有".
func cardFollows(c []cell, from, behind int) bool {
	switch at(c, from-1) {
	case '了', '刷', '收', '付', '笔', '到', '是':
		return false
	}
	switch at(c, behind) {
	case '刷', '的', '那', '消', '付', '交', '今', '昨', '前':
		return true
	}
	return false
}

// setTail stores a tail, as the merchant's own account where the words say so.
func (s *scan) setTail(from, to, claimFrom, claimTo int) int {
	tail := s.raw(from, to)
	markCells(s.cells, claimFrom, claimTo, asRef)
	if s.denied(claimFrom) || s.otherTail(claimFrom) {
		return claimTo
	}
	if s.ownAccount(claimFrom, claimTo) {
		if s.q.AccountLast4 == "" {
			s.q.AccountLast4 = tail
		}
	} else if s.q.CardLast4 == "" {
		s.q.CardLast4 = tail
	}
	return claimTo
}

// readSplitTail reads 尾号 66 88.
func (s *scan) readSplitTail(t *token) bool {
	c := s.cells
	if t.digits != 2 || t.letters > 0 || at(c, t.to) != ' ' || !isDigit(at(c, t.to+1)) || !isDigit(at(c, t.to+2)) || isAlnum(at(c, t.to+3)) {
		return false
	}
	whole := token{from: t.from, to: t.to + 3, digits: 4}
	four := token{from: t.from, to: t.from + 4}
	if w, ok := s.wordFor(t.from, &four); !ok || w.kind != refTail {
		return false
	}
	t.to = s.setTail(whole.from, whole.to, whole.from, whole.to)
	return true
}

// otherTail reports that the tail is that of an order, telephone or merchant
// number (单号尾数8812, 手机尾号1234).
func (s *scan) otherTail(i int) bool {
	for k := i; k > max(0, i-7) && !isBreak(s.cells[k-1].r); k-- {
		if s.wordsBefore(k, "单号", "订单", "订单号", "流水号", "参考号", "凭证号", "商户号", "终端号", "手机", "手机号", "电话", "电话号", "号码", "机器号", "sn") < k {
			return true
		}
	}
	return false
}

// denied reports 不是尾号6688: the tail that is meant comes behind.
func (s *scan) denied(i int) bool {
	for k := i - 1; k >= max(1, i-7); k-- {
		if isBreak(s.cells[k].r) {
			return false
		}
		if s.cells[k].r == '是' {
			return s.cells[k-1].r == '不'
		}
	}
	return false
}

// ownAccount looks for words of the settlement account around a tail.
func (s *scan) ownAccount(from, to int) bool {
	if s.context.Asked == "account_last4" {
		return true
	}
	for _, h := range s.around(from-8, to+16) {
		if h.tag != tOwnAccount {
			continue
		}
		if int(h.to) <= from && from-int(h.to) <= 8 && !s.traded(int(h.to), from) {
			return true
		}
		if int(h.from) >= to && int(h.from)-to <= 4 && !s.broken(int32(to), h.from) {
			return true
		}
	}
	return false
}

// traded reports whether a sale is spoken of between two cells.
func (s *scan) traded(from, to int) bool {
	for i := from; i < to; i++ {
		switch s.cells[i].r {
		case '刷', '付', '。', ';', '?', '!':
			return true
		}
	}
	return false
}

// readHanDigits reads tails spoken digit by digit: 尾号六六八八.
func (s *scan) readHanDigits(i int) int {
	c := s.cells
	j := i
	for j < len(c) && c[j].mark == free && hanDigit(c[j].r) >= 0 && c[j].r != '两' {
		j++
	}
	if j-i != 4 || magnitude(at(c, j)) > 0 {
		return max(j, i+1)
	}
	t := token{from: i, to: j, digits: 4}
	w, ok := s.wordFor(i, &t)
	behind := followsAny(c, j, "那张", "这张", "的卡", "尾号", "结尾") > 0
	if (!ok || w.kind != refTail) && !behind && s.context.Asked != "card_last4" && s.context.Asked != "account_last4" {
		return j
	}
	var b [4]byte
	for k := range b {
		b[k] = byte('0' + hanDigit(c[i+k].r))
	}
	markCells(c, i, j, asRef)
	if s.ownAccount(i, j) {
		s.q.AccountLast4 = string(b[:])
	} else if s.q.CardLast4 == "" {
		s.q.CardLast4 = string(b[:])
	}
	return j
}

// answerMost is how many characters may stand around digits that answer a
// question without naming what they are.
const answerMost = 14

// onlyAnswers reports that the digits answer the fact asked for: no word of a
// sale is in the text, and they are no part of a sum or a time.
func (s *scan) onlyAnswers(t *token) bool {
	c := s.cells
	if len(c)-(t.to-t.from) > answerMost {
		return false // a sentence about something else that holds a number
	}
	switch at(c, t.from-1) {
	case '.', ':', '-', '/':
		return false
	}
	switch at(c, t.to) {
	case '.', ':', '-', '/', '年':
		return false
	}
	for i := range c {
		switch c[i].r {
		case '刷', '没', '查', '元', '块', '钱', '笔', '昨', '今', '点':
			return false
		}
	}
	return true
}

// namesSale reports that digits which could answer the tail asked for are the
// amount of a sale instead: 那笔1200的没到, 那2368的呢, 不是，是5000的.
func (s *scan) namesSale(t *token) bool {
	c := s.cells
	switch at(c, t.from-1) {
	case '笔', '的': // 那笔1200, 前天的2368
		return true
	}
	for i := range c {
		if c[i].r == '错' && i > 0 && strings.ContainsRune("记说看搞弄打输写", c[i-1].r) {
			return true // 是5000，我记错了
		}
	}
	end := t.to
	if at(c, end) == '的' {
		end++
		if at(c, t.from-1) == '是' && s.begins(tDeny) {
			return true
		}
	}
	switch at(c, end) {
	case '没', '呢', '还', '怎', '笔':
		return true
	case '那', '这':
		return at(c, end+1) == '笔'
	}
	return false
}

func (s *scan) phoneLike(t *token) bool {
	return t.digits == 11 && s.cells[t.from].r == '1' && s.cells[t.from+1].r >= '3'
}
