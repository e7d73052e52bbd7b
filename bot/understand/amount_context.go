package understand

// bareIsMoney decides on a number without unit, magnitude or decimals, by its
// size and by the words around it.
func (s *scan) bareIsMoney(i, e int, n number) bool {
	c := s.cells
	if n.zero || n.digits > 7 || at(c, i-1) == '第' || isLetter(at(c, e)) && at(c, e) != 'r' || isLetter(at(c, i-1)) && !s.latinBefore(i) {
		return false
	}
	if (at(c, e) == '-' || at(c, e) == '/' || at(c, e) == ':') && isAlnum(at(c, e+1)) || (at(c, i-1) == '-' || at(c, i-1) == '/' || at(c, i-1) == ':' && isDigit(at(c, i-2))) && isAlnum(at(c, i-2)) {
		return false
	}
	if n.decimal && n.lo < scale && s.has(tFee) { // 费率从0.55涨到0.6
		return false
	}
	if s.context.Asked == "amount" && s.alone(i, e) {
		return true
	}
	if n.decimal && n.lo > 0 && s.saleBehind(e) && !s.rateBefore(i) && at(c, e) != '的' {
		return true
	}
	if followsAny(c, e, "电话", "热线", "开头", "客服", "的电话", "那个电话") > 0 {
		return false
	}
	if s.isChoice(i, e, n) || s.wordsBefore(i, "数是", "数为", "数量", "数量是", "编号", "型号") < i {
		return false
	}
	if !n.arabic {
		return n.lo >= 10*scale && n.ten && (s.moneyWordBefore(i) || s.saleBehind(e)) || n.vague && n.lo >= 10*scale && s.moneyWordBefore(i)
	}
	if n.lo < 100*scale {
		if n.lo == 0 || n.decimal && s.rateBefore(i) {
			return false
		}
		if n.lo >= 10*scale && (at(c, i-1) == '那' || at(c, i-1) == '这') && s.saleBehind(e) {
			return true // 那86到现在没来
		}
		return s.moneyWordBefore(i) && !s.rateBefore(i) || n.lo >= 10*scale && at(c, e) == '的' && s.saleBehind(e) || s.moneyWordBefore(i)
	}
	return !s.rateBefore(i)
}

// sureIsMoney refuses numbers with a magnitude that count something else, and
// decimals that are rates or versions.
func (s *scan) sureIsMoney(i, e int, n number) bool {
	c := s.cells
	if at(c, i-1) == '第' || s.rateBefore(i) && n.lo < 100*scale {
		return false
	}
	if n.decimal && !n.big && n.lo < 10*scale && !s.moneyWordBefore(i) && !s.saleBehind(e) && !s.alone(i, e) {
		return false
	}
	switch at(c, e) {
	case '多', '来':
		return at(c, e+1) != '次'
	case '年', '种', '遍', '家', '台':
		return false
	}
	if !n.arabic && n.lo == 1000*scale && (follows(c, i, "千万") > 0 || at(c, i) == '千') || follows(c, i, "万一") > 0 || follows(c, i, "十万火急") > 0 || follows(c, i, "一百个") > 0 || follows(c, i, "百分") > 0 || follows(c, i, "千分") > 0 || follows(c, i, "万分") > 0 {
		return false
	}
	if follows(c, e, "分之") > 0 {
		return false
	}
	return true
}

// alone reports whether the number is the whole message but for fillers.
func (s *scan) alone(i, e int) bool {
	rest := 0
	for k := range s.cells {
		if k >= i && k < e || isBreak(s.cells[k].r) || s.cells[k].r == ' ' {
			continue
		}
		switch s.cells[k].r {
		case '是', '的', '元', '块', '钱', '吧', '啊', '对', '不', '应', '该', '就', '哦', '改', '.':
			continue
		}
		if rest++; rest > 1 {
			return false
		}
	}
	return true
}

// isChoice reports whether a bare number answers a list that was offered.
func (s *scan) isChoice(i, e int, n number) bool {
	return s.context.Offered > 0 && n.lo <= int64(s.context.Offered)*scale && s.alone(i, e)
}

// moneyWordBefore reports whether a word that takes a sum stands before cell i.
func (s *scan) moneyWordBefore(i int) bool {
	c := s.cells
	j := i - 1
	for k := 0; k < 3 && j >= 0; k++ {
		switch c[j].r {
		case '了', '的', ':', '是', '就', '过', '个', '=', '款', '共', '约', '小', '近', '账', '概', '才', '只', '我':
			j--
			continue
		}
		break
	}
	for k := i - 1; k >= max(j, 0); k-- {
		switch at(c, k) {
		case '刷', '收', '付', '扣', '转', '充', '卖', '花', '扫', '差', '少', '额', '退', '给', '打', '块', '共', '金', '费', '账', '只', '才', '约', '价', '赚', '提', '入', '欠', '补', '套':
			return at(c, k) != '打' || at(c, k+1) == '了' || at(c, k+1) == '款'
		case '到':
			return true
		case '笔':
			return true
		case '是':
			if at(c, k-1) == '不' || k == 0 || isBreak(at(c, k-1)) || at(c, k-1) == '该' || at(c, k-1) == '额' {
				return true
			}
		}
	}
	return false
}

// saleBehind reports whether the words behind cell e speak of the sum's sale.
func (s *scan) saleBehind(e int) bool {
	c := s.cells
	if at(c, e) == '的' {
		e++
	}
	return followsAny(c, e, "没到", "没收", "没有到", "还没", "到现在", "到今天", "还", "到账", "不到账", "没入", "那笔", "这笔", "没来", "到了", "怎么", "未到", "哪", "呢", "什么时候", "交易", "一直", "咋", "没") > 0
}

// rateBefore reports whether the number is said as a rate (费率0.6, 按0.5).
func (s *scan) rateBefore(i int) bool {
	for k := i - 1; k >= max(0, i-4); k-- {
		r := s.cells[k].r
		if isBreak(r) {
			return false
		}
		switch r {
		case '率', '点', '按', '千':
			return r != '点' || at(s.cells, k-1) == '扣'
		case '之':
			return at(s.cells, k-1) == '分'
		}
	}
	return false
}

// modify reads the words around a sum: 大概, 左右, 一共, 不是, 到手, 扣.
func (s *scan) modify(a *sum) {
	c := s.cells
	// behind
	if e := followsAny(c, a.to, "左右", "上下", "出头", "的样子", "这样子", "左右吧", "来块", "不到", "这个样子"); e > 0 && (follows(c, a.to, "不到") == 0 || followsAny(c, a.to, "不到账", "不到了", "不到哪") == 0) {
		a.Approx = true
		if follows(c, a.to, "不到") == 0 {
			markCells(c, a.to, e, asSum)
			a.to = e
		}
	}
	if e := followsAny(c, a.to, "多块钱", "多块", "多元", "多"); e > 0 && at(c, a.to+1) != '久' && at(c, a.to+1) != '少' && a.FromFen == 0 && a.Fen > 0 {
		a.Approx, a.FromFen, a.ToFen = true, a.Fen, fen(a.Fen*(scale/100)+step(a.Fen*(scale/100)))
		a.to = e
	}
	// before, nearest first
	j := a.from
	for steps := 0; steps < 4; steps++ {
		if at(c, j-1) == '¥' || at(c, j-1) == '￥' || at(c, j-1) == ' ' {
			j--
			continue
		}
		if b := s.wordsBefore(j, "快", "大概", "大约", "差不多", "将近", "接近", "约", "近", "小", "不到", "上", "好像是", "好像", "可能", "应该是", "估计"); b < j {
			if at(c, b) == '上' && (at(c, b-1) == '晚' || at(c, b-1) == '早' || at(c, b-1) == '加' || at(c, b-1) == '以') || at(c, b) == '近' && at(c, b-1) == '最' || at(c, b) == '不' && at(c, b-1) == '收' || at(c, b) == '快' && (at(c, b-1) == '赶' || at(c, b-1) == '尽' || at(c, b-1) == '很') {
				break
			}
			a.Approx = true
			j = b
			continue
		}
		break
	}
	s.modifyTotal(a, j)
	if b := s.wordsBefore(j, "不是", "并不是", "哪是", "不是刷", "不是刷了", "不是刷的", "没说", "没说是", "没刷", "没有刷", "不是收", "而不是"); b < j {
		a.Negated = at(c, b-1) != '是' && at(c, b-1) != '要' && at(c, b-1) != '还'
	}
	if less := s.lessSaid; s.arrivedBefore(a, j) {
		a.Net = true
		if s.pointedAt(a.to) { // 只到了88那笔: that sale is paid
			s.partSaid = s.partSaid || s.lessSaid
			a.Net, a.Arrived, s.lessSaid = false, true, less
		}
	}
}

func (s *scan) modifyTotal(a *sum, j int) {
	c := s.cells
	for k := j - 1; k >= max(0, j-6); k-- {
		if isBreak(c[k].r) || c[k].mark != free {
			break
		}
		if k2 := k + 1; s.endsAt(k2, "一共") || s.endsAt(k2, "总共") || s.endsAt(k2, "合计") || s.endsAt(k2, "共") || s.endsAt(k2, "加起来") || s.endsAt(k2, "总计") || s.endsAt(k2, "加一起") || s.endsAt(k2, "总额") || s.endsAt(k2, "拢共") || s.endsAt(k2, "总的") || s.endsAt(k2, "总金额") {
			a.Total = true
			return
		}
	}
	if e := followsAny(c, a.to, "总共", "一共", "合计"); e > 0 && !startsNumber(c, e) {
		a.Total = true
	}
}

// wordsBefore returns where the longest of the words that ends at j begins.
func (s *scan) wordsBefore(j int, words ...string) int {
	best := j
	for _, w := range words {
		n := 0
		for range w {
			n++
		}
		if j-n >= 0 && j-n < best && follows(s.cells, j-n, w) == j {
			best = j - n
		}
	}
	return best
}

// arrivedBefore reports whether the sum ending the words before j is said to
// have arrived: 只到2385.6, 到账4970, 到手4970; not 没到, 应该到.
func (s *scan) arrivedBefore(a *sum, j int) bool {
	c := s.cells
	k := j
	for k > 0 {
		switch c[k-1].r {
		case '了', '账', '的', '是', ':', '我', '有', '手', '卡', '款', '钱', '来', '共', ' ', '额', '金', '就':
			k--
			continue
		}
		break
	}
	b := s.wordsBefore(k, "到", "收到", "只到", "才到", "实到", "入", "进", "打", "打过", "给", "转过", "结算", "打给", "给打", "到账", "实际到", "实收", "净", "只给", "才给", "只收", "结", "只收到", "才收到", "已到", "收入")
	if b == k {
		return false
	}
	if c[b].r == '结' && c[k-1].r == '结' && followsAny(c, k, "的账", "账", "了账", "了个账") > 0 { // a bill paid
		return false
	}
	if at(c, b-1) == '秒' || at(c, b-1) == '少' { // 秒到的3000 names a service, 少到了30 what is missing
		return false
	}
	word := c[k-1].r
	only := c[b].r == '只' || c[b].r == '才' || at(c, b-1) == '就' || at(c, b-1) == '光'
	if (word == '给' || word == '打' || word == '结' || word == '进') && k == j && word != '结' {
		return at(c, b) == '只' || at(c, b) == '才'
	}
	for q := b - 1; q >= max(0, b-5); q-- {
		switch c[q].r {
		case '没', '未', '应', '该', '能', '要', '会', '想', '得', '需', '不', '从', '刷':
			if c[q].r == '刷' {
				continue
			}
			a.due = c[q].r == '应' || c[q].r == '该' || c[q].r == '能' || c[q].r == '要'
			return false
		}
		if isBreak(c[q].r) || c[q].mark != free {
			break
		}
	}
	s.lessSaid = s.lessSaid || only
	return c[b].r != '从'
}

// tellFees marks sums said as fees or deductions.
func (s *scan) tellFees(sums []sum) {
	c := s.cells
	gross := false
	for i := range sums {
		a := &sums[i]
		word, at0 := s.deductedBefore(a.from)
		switch {
		case followsAny(c, a.to, "房费", "的房费", "押金", "的押金", "房钱", "饭钱", "餐费", "货款", "定金", "块房费", "块押金") > 0: // the shop's own price
		case word == feeSure:
			a.Fee = true
		case word == feeMaybe:
			a.Fee = (gross || i+1 < len(sums) || s.anyOf(tFee)) && !s.payerBefore(at0) && !s.anyOf(tNotArrived, tPayer, tPayerSure)
		case s.feeAsked(a):
		case followsAny(c, a.to, "手续费", "块手续费", "服务费", "流量费", "秒到费", "年费", "的服务费", "的流量费", "提现费") > 0:
			a.Fee = true
		case follows(c, a.to, "的手续费") > 0 && i > 0:
			a.Fee = true
		}
		gross = gross || !a.Fee
	}
	for i := range sums {
		if !sums[i].due {
			continue
		}
		for k := max(0, i-3); k < i; k++ { // a net sum said to be due: 应该到2962
			if !sums[k].Fee && !sums[k].Net && sums[k].Fen > sums[i].Fen {
				sums[i].Net = true
			}
		}
	}
}

// feeAsked reports the sum of a sale whose fee is asked for: 刷5万手续费,
// 那笔2000手续费扣了多少.
func (s *scan) feeAsked(a *sum) bool {
	e := followsAny(s.cells, a.to, "手续费", "的手续费")
	if e == 0 {
		return false
	}
	if s.wordsBefore(a.from, "刷", "刷了", "收", "收了", "付", "付了", "消费", "扫", "扫了", "那笔", "这笔") < a.from {
		return true
	}
	for k := e; k < e+4; k++ {
		if followsAny(s.cells, k, "多少", "几", "怎么收", "怎么算") > 0 {
			return true
		}
	}
	return false
}

const (
	feeNone = iota
	feeMaybe
	feeSure
)

// deductedBefore looks for a word of deduction before a sum.
func (s *scan) deductedBefore(i int) (kind, where int) {
	c := s.cells
	if b := s.wordsBefore(i, "每笔加", "每笔收", "每笔要", "每笔多收", "每笔另收", "要多收", "会多收", "还要收", "另收", "加收"); b < i {
		return feeSure, b
	}
	for k := i - 1; k >= max(0, i-8); k-- {
		r := c[k].r
		if isBreak(r) || c[k].mark == asSum || c[k].mark == asTime {
			return feeNone, 0
		}
		switch r {
		case '费':
			switch at(c, k-1) {
			case '消', '货', '房', '餐', '运', '车', '话', '水', '电', '学', '医', '药', '油':
				return feeNone, 0
			}
			if i-k > 5 {
				return feeNone, 0
			}
			return feeSure, k
		case '扣':
			if i-k > 4 {
				return feeNone, 0
			}
			switch at(c, k+1) {
			case '着', '留', '住', '押', '下': // 扣着我18000不给
				return feeNone, 0
			}
			if s.anyOf(tPayer, tPayerSure) { // the payer's own card: 扣了我1299
				return feeMaybe, k
			}
			switch at(c, k-1) {
			case '多', '补', '只', '乱', '还', '该', '又', '笔', '才':
				return feeSure, k
			}
			if at(c, k+1) == '我' || at(c, k+1) == '点' || at(c, k+2) == '我' {
				return feeSure, k
			}
			return feeMaybe, k
		case '少', '差':
			short := at(c, k+1) == '到' && at(c, k+2) != '账'                                // 少到了30
			if r == '差' && (at(c, k-1) == '账' || at(c, k-1) == '上' || at(c, k-1) == '单') { // 对账差了1260
				return feeNone, 0
			}
			if (i-k <= 2 || short && i-k == 3) && (at(c, k+1) == '了' || short || at(c, k+1) == '我' || k+1 == i || at(c, k+1) == '给') && at(c, k-1) != '多' {
				return feeSure, k
			}
			return feeNone, 0
		case '刷', '收', '付', '退':
			return feeNone, 0
		case '到':
			if at(c, k-1) != '少' {
				return feeNone, 0
			}
		}
	}
	return feeNone, 0
}

// payerBefore reports whether the payer is the one from whom was deducted.
func (s *scan) payerBefore(i int) bool {
	for _, h := range s.around(i-6, i) {
		if h.tag == tPayerWord && int(h.to) <= i && i-int(h.to) <= 6 {
			return true
		}
	}
	return false
}
