package understand

// readTotals finds a question for a sum or a number over a span (昨天一共收了多少,
// 今天到账多少钱, 这个星期刷了几笔). Words that point at one sale, or say that
// something is missing, wrong, refused or still to come, ask something else.
func (s *scan) readTotals() {
	q := s.q
	if len(q.Amounts) > 0 || q.CardLast4 != "" || q.AccountLast4 != "" || q.Reference != "" || q.Terminal != "" || q.RespCode != "" ||
		q.Role == RolePayer || s.missing() || s.saysNot() || s.points() ||
		s.anyOf(tPart, tGone, tBankNone, tNoRecord, tTwice, tDuplicate, tDeclined, tTimeout, tUnknown, tFraud, tCashout, tRefund, tVoid, tFrozen, tPayerDebit) ||
		s.lessAsked() || len(q.Times) == 0 && s.anyOf(tFee, tPayerWord) || s.otherQuestion() {
		return
	}
	for i := range s.cells {
		e := s.manyAsked(i)
		if e == 0 {
			continue
		}
		of, at := s.totalOf(i)
		if of == "" && followsAny(s.cells, i, "多少", "几") == 0 { // 昨天的营业额
			of, at = TotalSales, i
		}
		if of == "" {
			of, at = s.totalBehind(i, e)
		}
		if of != "" {
			s.foundTotals(of, at)
			return
		}
	}
}

// foundTotals keeps what is asked and the span it is asked for: the time said,
// of a sale or of the arrival. A future one asks for a forecast.
func (s *scan) foundTotals(of Totals, at int) {
	for i := range s.times {
		if s.times[i].future && s.times[i].span.From.After(s.now) {
			return
		}
	}
	s.q.Totals, s.totalsAt = of, int32(at)+1
	switch {
	case s.q.Channel != "":
	case s.says("数字人民币", "数币", "ecny", "e-cny"):
		s.q.Channels = []string{"ECNY"}
	case s.says("扫码", "扫的", "二维码", "收款码", "码牌", "收钱码"):
		s.q.Channels = []string{"WECHAT", "ALIPAY", "UNIONPAY_QR"}
	}
	if s.q.Time == nil && len(s.q.Times) > 0 {
		t := s.q.Times[0]
		s.q.Time = &t
	}
}

// says reports any of the words anywhere.
func (s *scan) says(words ...string) bool {
	for i := range s.cells {
		if followsAny(s.cells, i, words...) > 0 {
			return true
		}
	}
	return false
}

// lessAsked reports 少了: a sum that is wrong, not one that is asked for.
func (s *scan) lessAsked() bool {
	for _, h := range s.hits {
		if h.tag == tLess && at(s.cells, int(h.from)-1) != '多' { // 刷了多少到账多少
			return true
		}
	}
	return false
}

// otherQuestion reports words beside 多少 that ask how something is done, for a
// list on paper, for a limit or a habit, or tell what is not remembered.
func (s *scan) otherQuestion() bool {
	for i := range s.cells {
		if followsAny(s.cells, i, "怎么", "如何", "咋", "哪里", "哪儿", "在哪", "为什么", "为啥", "凭什么", "单子", "清单", "明细", "对账单", "账单",
			"报表", "发票", "导出", "打印", "下载", "每天", "每月", "每笔", "每次", "一天能", "平时", "一般", "最多", "最少", "最低", "最高", "限额",
			"到了没", "到了吗", "到没", "到账没", "到账了没", "到账了吗", "忘", "记不", "不记得", "不知道", "费率", "扣点", "安全", "风控", "提现费", "多少才", "满多少", "多少起", "多少以上", "多少可以", "多少算", "欠") > 0 {
			return true
		}
	}
	return false
}

// manyAsked returns the index behind 多少, 多少钱, 几笔 at cell i, 0 when none is
// asked there or something else is counted (多少次, 多少手续费).
func (s *scan) manyAsked(i int) int {
	c := s.cells
	if e := followsAny(c, i, "几笔", "几单", "多少笔", "多少单", "多少款"); e > 0 {
		return e
	}
	if len(s.times) > 0 {
		if e := followsAny(c, i, "营业额", "总收入", "总流水", "流水总额", "收款总额", "交易总额", "刷卡总额", "收款合计", "流水合计", "收款总数", "交易额", "成交额", "销售额", "营收", "汇总", "合计"); e > 0 {
			if next := at(c, e); next == 0 || isBreak(next) || followsAny(c, e, "呢", "发", "给", "报", "看", "查") > 0 {
				return e
			}
		}
	}
	e := followsAny(c, i, "多少")
	if e == 0 {
		return 0
	}
	if k := followsAny(c, e, "钱", "元", "块钱", "块"); k > 0 {
		e = k
	}
	next := at(c, e)
	if next == 0 || isBreak(next) || next == ' ' || replyParticle(next) {
		return e
	}
	if followsAny(c, e, "到账", "到", "我", "帮", "查", "给我", "你", "，", "手续费") > 0 {
		return e
	}
	return 0
}

// totalOf reads what stands before 多少: a word of takings or of payouts, with
// nothing of the future in front.
func (s *scan) totalOf(i int) (Totals, int) {
	c := s.cells
	j := i
	for k := 0; k < 5; k++ {
		b := s.wordsBefore(j, "了", "过", "是", "有", "到底", "大概", "总共", "一共", "总计", "合计", "共", "的", "总额", "总数", "钱", "款", "资金", "我", "都", "各", "也", "就", "呢")
		if b == j {
			break
		}
		j = b
	}
	total := s.totalWord(j, i)
	paid := s.wordsBefore(j, "到账", "到帐", "入账", "进账", "入帐", "进帐", "打款", "打", "到", "出款", "结算", "回款", "到卡", "收到", "来")
	sold := s.wordsBefore(j, "营业额", "流水", "交易额", "成交额", "收入", "营收", "收款", "刷卡", "收银", "成交", "交易", "刷", "收", "扫", "卖", "做", "进")
	if came := s.wordsBefore(j, "进", "收", "来"); came < j && at(c, j) == '了' {
		if card := s.wordsBefore(came, "卡里", "卡上", "账上", "账户", "账户里", "账里", "银行卡", "结算卡"); card < came {
			return TotalPayouts, card // 卡里进了多少
		}
	}
	done := at(c, j) == '了' || at(c, j) == '过' || total
	noun := s.wordsBefore(j, "营业额", "流水", "交易额", "成交额", "收入", "营收", "收款", "成交", "交易", "收银", "生意") < j
	switch {
	case paid < j && !s.stillToCome(paid) && (done || s.wordsBefore(j, "打", "来", "到") == j || followsAny(c, i, "几笔", "多少笔") > 0):
		return TotalPayouts, paid
	case sold < j && !s.stillToCome(sold) && (done || noun || followsAny(c, i, "几笔", "几单", "多少笔", "多少单") > 0 && s.q.Time != nil):
		return TotalSales, sold
	case total, i == j && s.timeEnds(j) && followsAny(c, i, "几笔", "多少笔") > 0:
		if s.has(tFee) && !s.feeOfSpan(j) || s.stillToCome(j) {
			return "", 0
		}
		return TotalSales, j
	}
	return "", 0
}

// totalWord reports 一共 among the cells [j,i) or right before them.
func (s *scan) totalWord(j, i int) bool {
	for k := max(0, j-4); k < i; k++ {
		if e := followsAny(s.cells, k, "一共", "总共", "总计", "合计", "总额", "总数"); e > 0 && e <= i && !s.broken(int32(k), int32(i)) {
			return true
		}
	}
	return false
}

// totalBehind reads 昨天多少钱到账了: what is counted stands behind.
func (s *scan) totalBehind(i, e int) (Totals, int) {
	if i == 0 || !s.timeEnds(i) && s.wordsBefore(i, "有") == i || s.stillToCome(i) {
		return "", 0
	}
	if k := followsAny(s.cells, e, "到账了", "到了", "入账了", "到账", "打过来", "打给我"); k > 0 && (at(s.cells, k) == 0 || isBreak(at(s.cells, k))) {
		return TotalPayouts, i
	}
	return "", 0
}

// feeOfSpan reports 昨天手续费一共多少: the fee of a span, which is told with its
// takings; what follows at cell j is 一共.
func (s *scan) feeOfSpan(j int) bool {
	b := s.wordsBefore(j, "手续费", "的手续费", "扣的手续费")
	return b < j && (s.timeEnds(b) || at(s.cells, b-1) == '的' && s.timeEnds(b-1))
}

// timeEnds reports that a time said ends right before cell j.
func (s *scan) timeEnds(j int) bool {
	for i := range s.times {
		if s.times[i].to == j {
			return true
		}
	}
	return false
}

// stillToCome reports 能, 会, 可以 in front of cell j: a forecast, a limit.
func (s *scan) stillToCome(j int) bool {
	for k := max(0, j-4); k < j; k++ {
		switch at(s.cells, k) {
		case '能', '会', '该', '要', '才', '可', '得', '将', '想', '敢', '够':
			if !s.broken(int32(k), int32(j)) {
				return true
			}
		}
	}
	return false
}
