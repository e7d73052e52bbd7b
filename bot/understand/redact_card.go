package understand

// Card numbers that do not pass the check sum, as people mistype them or write
// them so on purpose: the words around, or the way they are written, give them
// away.

// mistyped decides on 15 to 19 digits that fail Luhn.
func mistyped(c []cell, d []byte, from, to int, named, apart bool) bool {
	switch {
	case !apart:
		return named && (len(d) >= 16 && !dated(d) || len(d) == 15 && cardPrefix(d))
	case !cardPrefix(d) || digitRuns(c, from, to)[0] >= 16: // a sum behind a whole number is none of it
		return false
	case writtenAsCard(c, from, to) && (named || !sumsAround(c, from, to)):
		return true
	}
	return named && cardGroups(c, from, to) && !roundSums(c, from, to)
}

// digitRuns are the lengths of the groups of digits in from..to.
func digitRuns(c []cell, from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		switch {
		case digitAt(c, i) < 0:
		case i == from || digitAt(c, i-1) < 0:
			out = append(out, 1)
		default:
			out[len(out)-1]++
		}
	}
	return out
}

// roundSums reports that every group of digits ends in a nought.
func roundSums(c []cell, from, to int) bool {
	for i := from; i < to; i++ {
		if digitAt(c, i) > 0 && (i+1 == to || digitAt(c, i+1) < 0) {
			return false
		}
	}
	return true
}

// cardPrefix reports a first digit that bank cards have.
func cardPrefix(d []byte) bool {
	switch d[0] {
	case 3, 4, 5, 9:
		return true
	case 6:
		return d[1] == 0 || d[1] == 2 || d[1] == 5 || d[1] == 8
	}
	return false
}

// dated reports a number that begins with a day, as order numbers do.
func dated(d []byte) bool {
	return d[0] == 2 && d[1] == 0 && len(d) >= 8 && birthday(d[:8])
}

// writtenAsCard reports groups of 4-4-4-4 and one to three more digits, joined
// by spaces, dashes, dots or line breaks, that neither look like round sums nor
// are the beginning of a longer number (a WeChat order number of 28 digits).
func writtenAsCard(c []cell, from, to int) bool {
	sizes := digitRuns(c, from, to)
	if len(sizes) < 4 || len(sizes) > 5 || len(sizes) == 5 && sizes[4] > 3 || roundSums(c, from, to) {
		return false
	}
	for _, n := range sizes[:4] {
		if n != 4 {
			return false
		}
	}
	round := 0
	for i := from; i < to; i++ {
		if digitAt(c, i) < 0 && !joins(c[i].r) {
			return false
		}
		if digitAt(c, i) == 0 && (i+1 == to || digitAt(c, i+1) < 0) {
			round++
		}
	}
	if round >= 3 && !follows62(c, from) {
		return false
	}
	before, more := 0, 0 // groups of four in front and behind, at most eight told
	for i := from - 5; before < 8 && joins(at(c, i+4)) && fourAt(c, i); i -= 5 {
		before++
	}
	for i := to; more < 8 && joins(at(c, i)) && fourAt(c, i+1); i += 5 {
		more++
	}
	if follows62(c, from) {
		return more < 2 || more >= 4
	}
	return before%4 == 0 && (more == 0 || more >= 4)
}

// fourAt reports a group of exactly four digits at i.
func fourAt(c []cell, i int) bool {
	for k := range 4 {
		if digitAt(c, i+k) < 0 {
			return false
		}
	}
	return digitAt(c, i-1) < 0 && digitAt(c, i+4) < 0
}

func follows62(c []cell, i int) bool { return digitAt(c, i) == 6 && digitAt(c, i+1) == 2 }

func joins(r rune) bool {
	switch r {
	case ' ', '-', '\n', '.', '_', '|':
		return true
	}
	return false
}

// sumsAround reports words that make groups of four digits a list of sums.
func sumsAround(c []cell, from, to int) bool {
	if followsAny(c, to, "都没", "都不", "都到", "都是", "几笔", "这几", "四笔", "4笔", "块", "元", "分别", "一共", "合计", "笔", "万") > 0 {
		return true
	}
	return wordBefore(c, from, "刷", "收款", "金额", "分别", "笔", "付", "共", "款", "钱")
}

// maxLike is the number of look-alike letters that a card number may hold.
const maxLike = 4

// likeDigit is the value of a digit or of a letter that looks like one (o for
// 0, l and i for 1), or -1.
func likeDigit(c []cell, i int) int {
	switch at(c, i) {
	case 'o':
		return 0
	case 'l', 'i':
		return 1
	}
	return digitAt(c, i)
}

// likeSpans cuts card numbers with look-alike letters in them (6222o2…): 16 to
// 19 places that begin like a card, near a word of cards, or passing Luhn.
func likeSpans(c []cell, add func(from, to int, kind string)) {
	for i := 0; i < len(c); i++ {
		if likeDigit(c, i) < 0 || isAlnum(at(c, i-1)) {
			continue
		}
		var d [20]byte
		n, letters, e := 0, 0, i
		for j := i; j < len(c); j++ {
			v := likeDigit(c, j)
			if v < 0 {
				if joins(c[j].r) && likeDigit(c, j+1) >= 0 {
					continue
				}
				break
			}
			if n < len(d) {
				d[n] = byte(v)
			}
			if digitAt(c, j) < 0 {
				letters++
			}
			n++
			e = j + 1
		}
		if letters > 0 && letters <= maxLike && n >= 16 && n <= 19 && !isLetter(at(c, e)) && cardPrefix(d[:n]) &&
			!otherNumber(c, i, n) && (cardWords(c, i, e, n) || luhn(d[:n])) {
			add(i, e, kindPAN)
		}
		i = max(i, e-1)
	}
}

// cardWords reports whether the n digits from..to are announced as a card
// number right before them, or called one right behind.
func cardWords(c []cell, from, to, n int) bool {
	if wordBefore(c, from, "卡号", "银行卡", "信用卡", "储蓄卡", "账号", "卡的号", "卡片号", "借记卡", "完整卡号") {
		return true
	}
	if n < 16 {
		return false
	}
	if wordBefore(c, from, "卡") {
		return true
	}
	for j := to; j < len(c) && j-to <= 3; j++ {
		if followsAny(c, j, "卡号", "银行卡", "这张卡", "那张卡", "这个卡", "那个卡", "我的卡", "的卡") > 0 {
			return true
		}
		switch c[j].r {
		case '是', '我', '的', '这', ',', '，', ' ', '\n':
		default:
			return false
		}
	}
	return false
}

// otherNumber reports whether the words right before cell i make the n digits
// behind it a reference, order, merchant or terminal number, or one of a
// telephone where it is short enough for that.
func otherNumber(c []cell, i, n int) bool {
	if wordBefore(c, i, "参考号", "订单号", "流水号", "单号", "凭证号", "商户号", "商户编号", "商编", "终端号", "交易号", "编号", "批次号", "批次", "授权码", "授权号", "检索号", "机身号", "序列号", "流水",
		"参考", "订单", "终端", "商户", "sn", "sn号", "参照号", "票据号", "检索参考号", "机器号", "设备号", "系统参考号", "运单号", "快递单号", "工单号", "店铺号", "门店号", "商户订单号", "交易单号", "收单号", "凭证", "tid", "mid", "rrn", "微信号", "qq", "平台单号") {
		return true
	}
	return n < 16 && wordBefore(c, i, "电话", "手机号", "手机", "号码")
}

// farPIN finds six digits at some words' distance behind 密码 within its
// sentence (支付密码是abc没错就是192837). A sum or another number is none.
func farPIN(c []cell, i int) (from, to int) {
	comma := false
	for j := i; j < len(c) && j-i <= maxFar; j++ {
		switch c[j].r {
		case '。', '!', '?', ';', '\n', '刷', '收', '付', '扣', '额', '转', '钱', '款', '笔':
			return 0, 0
		case ',', '，', '、':
			comma = true
		}
		if digitAt(c, j) < 0 || digitAt(c, j-1) >= 0 {
			continue
		}
		e := j
		for digitAt(c, e) >= 0 {
			e++
		}
		if e-j != 6 || isDigit(at(c, j)) != isDigit(at(c, e-1)) {
			continue
		}
		if isLetter(at(c, j-1)) && isLetter(at(c, e)) || measured(c, e) || otherNumber(c, j, 6) || wordBefore(c, j, "验证码", "卡号", "尾号") ||
			comma && !isPINLead(at(c, j-1)) {
			return 0, 0
		}
		return j, e
	}
	return 0, 0
}

// maxFar bounds what may stand between 密码 and its digits, in cells.
const maxFar = 14

// isPINLead reports a word that leads to the digits behind a comma.
func isPINLead(r rune) bool {
	switch r {
	case '是', '为', '成', '用', '叫', ':', '=', '的':
		return true
	}
	return false
}
