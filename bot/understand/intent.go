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
	s.first[tComplaint] = s.wanted(tComplaint)
	q.Complaint = s.has(tComplaint)
	q.Angry = s.has(tAngry)
	q.OthersShop = s.has(tOthers) && !s.comparesOwn()
}

// wantsHuman tells a request for a person from asking for a telephone number:
// words of the latter cover those of the former.
func (s *scan) wantsHuman() bool {
	if !s.has(tHuman) {
		return false
	}
	for _, h := range s.hits {
		if h.tag != tHuman || s.unwanted(h) {
			continue
		}
		if !s.has(tPhoneAsk) {
			return true
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

// unwanted reports a phrase that the speaker does not want or mean (别给我转人
// 工, 不是投诉): a negation right in front of it.
func (s *scan) unwanted(h hit) bool {
	c := s.cells
	j := int(h.from)
	for k := 0; k < 4; k++ {
		if b := s.wordsBefore(j, "给我", "帮我", "再", "要", "想", "去", "说", "找", "在", "转", "跟你们", "真", "老", "总", "又"); b < j {
			j = b
			continue
		}
		break
	}
	if b := s.wordsBefore(j, "别", "不用", "不要", "不", "不是", "没", "没有", "不想", "先不", "先别", "无需", "不必", "甭", "不需要", "懒得", "不打算", "并不", "不是要", "也不", "没想"); b < j {
		switch before := at(c, b-1); before {
		case '有', '要', '好', '可': // 有没有, 要不要, 好不好
			return false
		case '能':
			return at(c, b) != '不'
		case '是':
			return at(c, b) != '不'
		}
		return true
	}
	return false
}

// wanted is the position of the first hit of a tag that is not negated, plus
// one; 0 when there is none.
func (s *scan) wanted(t tag) int32 {
	if s.first[t] == 0 {
		return 0
	}
	for _, h := range s.hits {
		if h.tag != t || s.unwanted(h) || t == tComplaint && s.mereNumber(h) {
			continue
		}
		return h.from + 1
	}
	return 0
}

// mereNumber reports the 315 of a price list: no word of a hotline stands by.
func (s *scan) mereNumber(h hit) bool {
	c := s.cells
	if !isDigit(c[h.from].r) || h.to-h.from != 3 {
		return false
	}
	switch at(c, int(h.from)-1) {
	case '打', '拨', '找', '去', '到', '向', '上', '告', '报', '给':
		return false
	}
	return followsAny(c, int(h.to), "投诉", "举报", "热线", "晚会", "曝光", "平台", "告") == 0
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
	if s.q.Totals != "" {
		add(s.totalsAt, Statement)
	} else if list = s.mainIntents(list); len(list) == 0 {
		list = s.tellIntents(list)
	}
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
	if e := followsAny(s.cells, 0, "hi", "hey"); e > 0 && (at(s.cells, e) == 0 || isBreak(at(s.cells, e)) || at(s.cells, e) == ' ') {
		add(0, Greeting) // within a word it is none
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
	general := s.general() || miss && !s.specificSale() && !s.saysNot() && s.context.Previous == nil && s.like.nearest(s.cells, alike) == SettlementRule
	if general {
		add(s.ruleAt(), true, SettlementRule)
		miss = false
	}
	if !miss && s.has(tNoRecord) && s.specific { // 断网时刷的560,现在查不到
		missAt, miss = s.first[tNoRecord], true
	}
	add(missAt, miss && !s.onlyMyMoney(), MissingPayment)
	rest := s.restMissing()
	fee := s.has(tFee) || sym(LessArrived) && !s.anotherMissing() && !rest || s.feeSaid()
	add(max(missAt, 1), rest && !miss, MissingPayment)
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
	add(s.first[tDeclinedMore], s.has(tDeclinedMore) && !sym(TimeoutShown) && !s.anyOf(tOffline, tFrozen, tAnomaly, tLimit), Declined)
	add(s.first[tAnomaly], s.has(tAnomaly) && !s.anyOf(tPapers, tFrozen), Declined)
	if twice := s.firstOf(tTwice, tDuplicate); sym(TwiceDebited) || s.has(tDuplicate) && !s.feeSaid() {
		if !s.anyOf(tFeeAsk) || s.has(tDuplicate) {
			twice = min(twice, max(feeAt, 1)) // 多扣了一次 is no fee
		}
		list = slices.Insert(list, s.beforeFee(list), placed{twice, DuplicateCharge})
	}
	add(s.first[tLimit], s.has(tLimit), Limit)
	add(s.firstOf(tFrozen, tPapers), s.anyOf(tFrozen, tPapers), Frozen)
	refundAt := s.first[tRefund]
	if refundAt == 0 {
		refundAt = s.first[tVoid]
	}
	if miss && refundAt < missAt && s.refundDone() {
		refundAt = missAt + 1 // 押金我已经退了,房费没到
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
	return list
}

// tellIntents finds the intent of a message in which no rule found one: a code
// shown, the example that it is most like, a sale told without a question.
func (s *scan) tellIntents(list []placed) []placed {
	q := s.q
	sym := func(sy Symptom) bool { return slices.Contains(q.Symptoms, sy) }
	add := func(in Intent) []placed { return append(list, placed{1, in}) }
	if q.RespCode != "" && q.RespCode != "00" {
		return add(Declined)
	}
	if s.anyOf(tFraud, tCashout) || q.WantsHuman || q.Choice != 0 || s.onlyReply() {
		return list
	}
	enough := nearEnough
	if s.specificSale() {
		enough = alike
	}
	courtesy := s.anyOf(tThanks, tGreeting)
	if in := s.like.nearest(s.cells, enough); in != Other && s.context.Previous == nil && !s.has(tComplaint) && (!courtesy || rankOf(in) == 0) {
		if in == Human {
			q.WantsHuman = true
		}
		return add(in)
	}
	if s.specific && s.tellsSale() || s.has(tWhereMoney) {
		return add(MissingPayment)
	}
	if sym(PayerDebited) || sym(NoPrint) || sym(BankSaysNone) || sym(NoSMS) || sym(PrintedNoRecord) || s.has(tNoRecord) || sym(PartialArrived) || sym(ArrivedThenGone) || sym(AsksWhen) {
		return add(MissingPayment)
	}
	return list
}

// rankOf is 2 for what is said out of courtesy, and for yes and no.
func rankOf(in Intent) int {
	switch in {
	case Thanks, Greeting, Confirm, Deny, Other:
		return 2
	}
	return 0
}

// specificSale reports that a sum, tail, reference or 那笔 points at one sale.
func (s *scan) specificSale() bool {
	q := s.q
	return len(q.Amounts) > 0 || q.CardLast4 != "" || q.Reference != "" || s.points()
}

// onlyReply reports 对,就是这笔: an answer that names no fact.
func (s *scan) onlyReply() bool {
	q := s.q
	return len(q.Amounts) == 0 && q.Time == nil && q.Reference == "" && q.CardLast4 == "" && (s.begins(tConfirm) || s.begins(tDeny))
}

// beforeFee is where a double charge stands: in front of a fee told by the same
// words.
func (s *scan) beforeFee(list []placed) int {
	for i := range list {
		if list[i].intent == Fee {
			return i
		}
	}
	return len(list)
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
