package understand

import "slices"

// readFeatures fills channel, class, settle, kinds, symptoms, role and flags.
func (s *scan) readFeatures() {
	q := s.q
	s.readChannel()
	switch {
	case s.has(tClassIII):
		q.CardClass = "III"
	case s.has(tClassII):
		q.CardClass = "II"
	case s.has(tClassI):
		q.CardClass = "I"
	}
	s.readSettle()
	for _, k := range [...]struct {
		t    tag
		kind string
	}{{tSale, "SALE"}, {tPreauth, "PREAUTH"}, {tVoid, "VOID"}, {tRefund, "REFUND"}} {
		if s.has(k.t) {
			q.Kinds = append(q.Kinds, k.kind)
		}
	}
	s.specific = s.isSpecific()
	s.readSymptoms()
	s.readPeople()
	q.Together = (s.has(tTogether) || q.Count > 1 && s.missing()) && !s.partArrived()
	q.Disputed = s.has(tDisputed)
	q.StopNotify = s.has(tStopNotify)
	q.NotifyMe = s.has(tNotify) && !q.StopNotify
	q.Other = s.has(tOtherOne)
}

// partArrived reports whether one of the sums is said to have come.
func (s *scan) partArrived() bool {
	return slices.ContainsFunc(s.q.Amounts, func(a Amount) bool { return a.Arrived })
}

// isSpecific reports whether a particular transaction is spoken of.
func (s *scan) isSpecific() bool {
	q := s.q
	for i := range q.Amounts {
		if !q.Amounts[i].Fee {
			return true
		}
	}
	return q.CardLast4 != "" || q.Reference != "" || s.has(tThisSale) || s.has(tArrived) ||
		q.Time != nil && !s.festivalOnly() && !s.times[s.chosen].open
}

// festivalOnly reports whether the chosen time is just the name of a holiday
// or weekend, as general questions name it.
func (s *scan) festivalOnly() bool {
	m := s.times[s.chosen]
	for _, h := range s.hits {
		if (h.tag == tFestival || h.tag == tHoliday) && int(h.from) >= m.at-1 && int(h.to) <= m.to+1 {
			return true
		}
	}
	return false
}

func (s *scan) readChannel() {
	type mention struct {
		at   int32
		name string
	}
	var buf [4]mention
	all := buf[:0]
	for _, k := range [...]struct {
		t    tag
		name string
	}{{tWechat, "WECHAT"}, {tAlipay, "ALIPAY"}, {tUnionQR, "UNIONPAY_QR"}, {tCard, "CARD"}} {
		if f := s.first[k.t]; f > 0 {
			all = append(all, mention{f, k.name})
		}
	}
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b mention) int { return int(a.at - b.at) })
	s.q.Channel = all[0].name
	if len(all) > 1 {
		for _, m := range all {
			s.q.Channels = append(s.q.Channels, m.name)
		}
	}
}

func (s *scan) readSettle() {
	best := int32(1 << 30)
	for _, k := range [...]struct {
		t    tag
		name string
	}{{tD0, "D0"}, {tD1, "D1"}, {tT0, "T0"}, {tT1, "T1"}, {tManual, "MANUAL"}} {
		if f := s.first[k.t]; f > 0 && f < best {
			best, s.q.Settle = f, k.name
		}
	}
}

// missing reports whether the words say that money has not arrived.
func (s *scan) missing() bool {
	if s.has(tNotArrived) {
		return true
	}
	_, ok := s.near(tNeg, tArrive, 4)
	return ok
}

// readPeople fills role, human request, urgency, anger, complaint.
func (s *scan) readPeople() {
	q := s.q
	switch {
	case s.has(tClerk) && !s.has(tPayerSure):
		q.Role = RoleClerk
	case s.has(tPayerSure) || s.has(tPayer) && !s.has(tMerchant):
		q.Role = RolePayer
	case s.has(tMerchant):
		q.Role = RoleMerchant
	}
	q.WantsHuman = s.wantsHuman()
	if s.has(tUrgent) || s.shouts() {
		q.Urgency = UrgencyHigh
	}
	q.Complaint = s.has(tComplaint)
	q.Angry = s.has(tAngry)
	q.OthersShop = s.has(tOthers)
}

// wantsHuman tells a request for a person from asking for a telephone number:
// words of the latter cover those of the former.
func (s *scan) wantsHuman() bool {
	if !s.has(tHuman) {
		return false
	}
	if !s.has(tPhoneAsk) {
		return true
	}
	for _, h := range s.hits {
		if h.tag != tHuman {
			continue
		}
		covered := false
		for _, p := range s.around(int(h.from)-6, int(h.to)+24) {
			if p.tag == tPhoneAsk && h.from < p.to+6 && p.from < h.to+6 {
				covered = true
			}
		}
		if !covered {
			return true
		}
	}
	return false
}

// shouts reports whether the message holds three exclamation marks.
func (s *scan) shouts() bool {
	n := 0
	for i := range s.cells {
		if s.cells[i].r == '!' {
			n++
		}
	}
	return n >= 3
}

// placed is an intent and where it was met.
type placed struct {
	at     int32
	intent Intent
}

// readIntents fills Intents in order of mention and Intent.
func (s *scan) readIntents() {
	var buf [24]placed
	list := buf[:0]
	add := func(at int32, in Intent) {
		for i := range list {
			if list[i].intent == in {
				list[i].at = min(list[i].at, at)
				return
			}
		}
		list = append(list, placed{at, in})
	}
	list = s.mainIntents(list)
	for _, k := range [...]struct {
		t  tag
		in Intent
	}{
		{tFraud, Fraud}, {tCashout, Cashout}, {tComplaint, Complaint}, {tThanks, Thanks}, {tGreeting, Greeting},
	} {
		if s.has(k.t) {
			add(s.first[k.t], k.in)
		}
	}
	if at, ok := s.splitting(); ok {
		add(at, Cashout)
	}
	if s.q.WantsHuman {
		add(s.first[tHuman], Human)
	}
	slices.SortStableFunc(list, func(a, b placed) int { return int(a.at - b.at) })
	if len(list) == 0 {
		return
	}
	s.q.Intents = make([]Intent, 0, len(list)+1)
	for _, p := range list {
		s.q.Intents = append(s.q.Intents, p.intent)
	}
	s.q.Intent = primary(s.q.Intents)
}

// splitting reports a request to split sums so that controls do not see them.
func (s *scan) splitting() (int32, bool) {
	if !s.has(tSplit) {
		return 0, false
	}
	if s.has(tAvoid) && !s.missing() {
		return s.first[tSplit], true
	}
	for _, h := range s.hits {
		if h.tag == tSplit && s.asksHow(int(h.from)) && s.planned(int(h.to)) {
			return s.first[tSplit], true
		}
	}
	return 0, false
}

// planned reports that the words behind a split speak of what is to be done
// (分两笔刷吗), not of what was (分两笔刷的, 分两次到的).
func (s *scan) planned(i int) bool {
	c := s.cells
	if i >= len(c) || isBreak(c[i].r) {
		return true
	}
	if followsAny(c, i, "刷的", "刷了", "刷完", "刷过", "收的", "收了", "付的", "付了") > 0 {
		return false
	}
	return followsAny(c, i, "刷", "收", "付", "来", "吗", "行", "可", "才", "比", "弄", "操作", "做", "不被", "不会", "好", "安全", "合适", "划算") > 0
}

// asksHow reports words right before cell i that ask for a way to do something
// (怎么分几笔刷), not for what became of it (分几笔刷的怎么没到).
func (s *scan) asksHow(i int) bool {
	for j := i; j > max(0, i-6) && !isBreak(s.cells[j-1].r); j-- {
		if s.wordsBefore(j, "怎么", "怎样", "如何", "咋", "教我", "要不要", "能不能", "可以", "能否", "想", "应该", "得", "需要", "帮我", "给我", "最好") < j {
			return true
		}
	}
	return false
}

// primary is the first intent that the policy acts on. Fraud and cash-out come
// before any look-up; a question about machine, network, rules or lists stands
// behind one about missing money (the ledger answers first: 机器坏了吧,没到账);
// greetings, thanks, yes and no stand behind all others.
func primary(list []Intent) Intent {
	for _, first := range [...]Intent{Fraud, Cashout} {
		if slices.Contains(list, first) {
			return first
		}
	}
	best, rank := Other, 9
	for _, in := range list {
		r := 0
		switch in {
		case Device, Network, SettlementRule, Statement, Identity:
			if slices.Contains(list, MissingPayment) || in == Device && (slices.Contains(list, UnknownResult) || slices.Contains(list, DuplicateCharge)) {
				r = 1
			}
		case Thanks, Greeting, Confirm, Deny, Other:
			r = 2
		}
		if r < rank {
			best, rank = in, r
		}
	}
	return best
}

// mainIntents finds the intents that ask for something to be looked up or
// explained.
func (s *scan) mainIntents(list []placed) []placed {
	q := s.q
	add := func(at int32, ok bool, in Intent) {
		if ok {
			list = append(list, placed{at, in})
		}
	}
	sym := func(sy Symptom) bool { return slices.Contains(q.Symptoms, sy) }
	missAt, miss := s.missingAt()
	general := s.general()
	if general {
		add(s.ruleAt(), true, SettlementRule)
		miss = false
	}
	if !miss && s.has(tNoRecord) && s.specific { // 断网时刷的560,现在查不到
		missAt, miss = s.first[tNoRecord], true
	}
	add(missAt, miss, MissingPayment)
	fee := s.has(tFee) || sym(LessArrived) && !s.anotherMissing() || s.feeSaid()
	feeAt := s.first[tFee]
	if feeAt == 0 {
		feeAt = max(s.first[tLess], 1)
	}
	if miss && feeAt < missAt && !s.feeQuestion() {
		feeAt = missAt + 1 // the fee is only mentioned: 交了流量费,昨天的980呢
	}
	add(feeAt, fee && (!miss || s.has(tFee) || s.netBelowGross() || s.feeSaid()), Fee)
	add(max(s.first[tTimeout], s.first[tUnknown]), sym(TimeoutShown) || s.has(tUnknown) && !sym(TwiceDebited), UnknownResult)
	add(s.first[tDeclined], sym(DeclinedShown) && !sym(TimeoutShown), Declined)
	add(s.first[tDeclinedMore], s.has(tDeclinedMore), Declined)
	add(s.first[tAnomaly], s.has(tAnomaly) && !s.anyOf(tPapers, tFrozen), Declined)
	add(s.first[tTwice], sym(TwiceDebited), DuplicateCharge)
	add(s.first[tLimit], s.has(tLimit), Limit)
	add(s.firstOf(tFrozen, tPapers), s.anyOf(tFrozen, tPapers), Frozen)
	refundAt := s.first[tRefund]
	if refundAt == 0 {
		refundAt = s.first[tVoid]
	}
	add(refundAt, s.anyOf(tRefund, tVoid), Refund)
	changeAt, change := s.first[tAccountChange], s.has(tAccountChange) && !s.cardRetry()
	if !change && sym(AccountWrong) {
		changeAt, change = s.first[tAccountWrong], true
	}
	add(changeAt, change, AccountChange)
	deviceAt := s.first[tDevice]
	if f := s.first[tDeviceTopic]; f > 0 && (deviceAt == 0 || f < deviceAt) {
		deviceAt = f
	}
	if s.has(tOffline) && !s.has(tDevice) { // SIM卡到期了吗,机器没网
		deviceAt = min(deviceAt, 1) * (s.first[tOffline] + 1)
	}
	add(deviceAt, deviceAt > 0, Device)
	add(s.first[tOffline], s.has(tOffline), Network)
	add(s.first[tStatement], s.has(tStatement), Statement)
	add(max(s.first[tIdentity], 1), s.has(tIdentity) || s.names(), Identity)
	if len(list) == 0 && q.RespCode != "" && q.RespCode != "00" {
		list = append(list, placed{1, Declined})
	}
	if len(list) == 0 && s.specific && q.Choice == 0 && !s.onlyReply() && !s.anyOf(tFraud, tCashout) && s.tellsSale() {
		list = append(list, placed{1, MissingPayment})
	}
	if len(list) == 0 && (sym(PayerDebited) || sym(NoPrint) || sym(BankSaysNone) || sym(NoSMS) || sym(PrintedNoRecord) || s.has(tNoRecord) || sym(PartialArrived) || sym(ArrivedThenGone) || sym(AsksWhen)) {
		list = append(list, placed{1, MissingPayment})
	}
	return list
}

// feeQuestion reports that a clause with a word of fees asks or complains, or
// that the sums themselves speak of a deduction.
func (s *scan) feeQuestion() bool {
	if s.feeSaid() || s.has(tLess) || s.lessSaid {
		return true
	}
	c := s.cells
	for _, h := range s.hits {
		if h.tag != tFee {
			continue
		}
		for k := max(0, int(h.from)-10); k < min(len(c), int(h.to)+10); k++ {
			if s.broken(int32(min(k, int(h.from))), int32(max(k, int(h.to)))) {
				continue
			}
			switch c[k].r {
			case '多', '怎', '么', '几', '凭', '吗', '?', '咋', '啥', '何', '贵', '高', '涨', '乱', '错', '退', '谁', '少', '算', '查', '扣', '对':
				return true
			}
		}
	}
	return false
}

// anotherMissing reports a sum that has come beside one that plainly has not
// (12号的到4970,16号的至今未到): no question about the fee.
func (s *scan) anotherMissing() bool {
	return s.has(tNotArrived) && !s.lessSaid && !s.has(tLess) && len(s.q.Amounts) > 2
}

// feeSaid reports whether one of the sums is a deduction.
func (s *scan) feeSaid() bool {
	return slices.ContainsFunc(s.q.Amounts, func(a Amount) bool { return a.Fee })
}

// onlyReply reports 对,就是这笔: an answer that names no fact.
func (s *scan) onlyReply() bool {
	q := s.q
	return len(q.Amounts) == 0 && q.Time == nil && q.Reference == "" && q.CardLast4 == "" && (s.begins(tConfirm) || s.begins(tDeny))
}

// cardRetry reports that 换卡 is about the payer's card (换张卡刷).
func (s *scan) cardRetry() bool {
	_, ok := s.near(tPayerWord, tChange, 3)
	return ok && !s.has(tOwnAccount)
}

// names reports whether the message only tells who the speaker is.
func (s *scan) names() bool {
	q := s.q
	return q.MerchantNo != "" && !s.specific && !s.missing() || q.AccountLast4 != "" && !s.specific && !s.missing() && q.MerchantNo != ""
}

// tellsSale reports whether a sale was told without a question (昨天刷了5000):
// what this bot is asked about is its arrival.
func (s *scan) tellsSale() bool {
	q := s.q
	return len(q.Amounts) > 0 || q.Time != nil && (s.times[s.chosen].score >= 5 || s.has(tLook)) || q.Reference != "" || q.CardLast4 != "" || s.has(tThisSale)
}

// missingAt reports whether and where the message asks after missing money.
func (s *scan) missingAt() (int32, bool) {
	best, ok := int32(1<<30), false
	for _, t := range [...]tag{tNotArrived, tArrivedAsk, tWhereMoney, tAsksWhen, tPart, tGone, tBankNone} {
		if f := s.first[t]; f > 0 && f < best {
			best, ok = f, true
		}
	}
	if at, near := s.near(tNeg, tArrive, 4); near && at+1 < best {
		best, ok = at+1, true
	}
	if at, asked := s.sumAsked(); asked && at+1 < best {
		best, ok = at+1, true
	}
	if at, near := s.near(tWhen, tArrive, 5); near && at+1 < best {
		best, ok = at+1, true
	}
	return best, ok
}

// sumAsked reports 昨天的980呢: a sum or a sale that ends in 呢.
func (s *scan) sumAsked() (int32, bool) {
	if s.context.Previous != nil {
		return 0, false // a follow-up goes on with the question before
	}
	for i := 1; i < len(s.cells); i++ {
		if s.cells[i].r == '呢' && (i+1 == len(s.cells) || isBreak(s.cells[i+1].r)) {
			k := i - 1
			for k > 0 && (s.cells[k].r == '块' || s.cells[k].r == '元' || s.cells[k].r == '的' || s.cells[k].r == '钱') {
				k--
			}
			if s.cells[k].mark == asSum || followsAny(s.cells, k-1, "那笔", "这笔", "那单") > 0 {
				return int32(k), true
			}
		}
	}
	return 0, false
}

// general reports a question about rules and not about one's own money.
func (s *scan) general() bool {
	if s.specific && !s.ruleAsked() || s.saysNot() {
		return false
	}
	holiday, _ := s.near(tHoliday, tArrive, 8)
	switch {
	case s.anyOf(tGeneral, tRule) && (!s.has(tFrozen) || s.has(tArrive)) && (s.anyOf(tArrive, tAsksWhen, tT1, tD1, tD0, tT0, tRule, tArrivedAsk, tNotArrived) || s.has(tWhen)):
		return true
	case holiday >= 0 && s.has(tHoliday) && s.anyOf(tArrive, tNotArrived, tArrivedAsk) && s.has(tAsk):
		return true
	case s.anyOf(tT1, tD1, tT0, tD0) && s.anyOf(tAsksWhen, tWhen, tGeneral):
		return true
	}
	return false
}

// saysNot reports a plain 没到: something is missing, whatever else is asked.
func (s *scan) saysNot() bool {
	for _, h := range s.hits {
		if h.tag == tNotArrived || h.tag == tNeg {
			switch s.cells[h.from].r {
			case '没', '未', '还':
				return h.tag == tNotArrived || s.missing()
			}
		}
	}
	return false
}

// ruleAsked reports a rule asked for with a time only as its example (23点以后刷
// 的算第二天吗).
func (s *scan) ruleAsked() bool {
	q := s.q
	return s.has(tRule) && s.has(tAsk) && len(q.Amounts) == 0 && q.CardLast4 == "" && q.Reference == "" && !s.anyOf(tNotArrived, tArrived) && !s.points()
}

// points reports words that point at one sale (那笔).
func (s *scan) points() bool {
	for _, h := range s.hits {
		if h.tag == tThisSale && (s.cells[h.from].r == '那' || s.cells[h.from].r == '这') {
			return true
		}
	}
	return false
}

func (s *scan) ruleAt() int32 {
	for _, t := range [...]tag{tRule, tGeneral, tHoliday, tT1, tD1, tD0, tT0} {
		if s.has(t) {
			return s.first[t]
		}
	}
	return 1
}
