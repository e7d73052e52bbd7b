package understand

import "slices"

// readSymptoms fills Symptoms in order of mention.
func (s *scan) readSymptoms() {
	type found struct {
		at int32
		s  Symptom
	}
	var buf [20]found
	list := buf[:0]
	add := func(at int32, ok bool, sy Symptom) {
		if ok {
			list = append(list, found{at, sy})
		}
	}
	tagged := func(t tag, sy Symptom) { add(s.first[t], s.has(t), sy) }
	less := s.first[tLess]
	if less == 0 && (s.netBelowGross() || s.lessSaid) {
		less = 1
	}
	declined := s.first[tDeclined]
	if declined == 0 && declineCode(s.q.RespCode) {
		declined = 1
	}
	timeout := s.first[tTimeout]
	if timeout == 0 && unknownCode(s.q.RespCode) {
		timeout = 1
	}
	add(s.first[tNoRecord], s.has(tPrinted) && !s.has(tNoPrint) && (s.has(tNoRecord) || s.has(tBankNone)), PrintedNoRecord)
	tagged(tPayerDebit, PayerDebited)
	tagged(tNoPrint, NoPrint)
	if s.has(tLimit) && s.onlyUnable(declined) { // 超限额了刷不了
		declined = 0
	}
	add(declined, declined > 0, DeclinedShown)
	if s.has(tDevice) && s.onlyDumb() { // 机器按了没反应,黑屏了
		timeout = 0
	}
	add(timeout, timeout > 0, TimeoutShown)
	part := s.first[tPart]
	if part == 0 && s.partSaid {
		part = 1
	}
	add(part, part > 0, PartialArrived)
	add(less, less > 0, LessArrived)
	add(s.first[tTwice], s.has(tTwice) && !s.twoSales(), TwiceDebited)
	tagged(tGone, ArrivedThenGone)
	tagged(tBankNone, BankSaysNone)
	tagged(tNoSMS, NoSMS)
	tagged(tDevice, DeviceDown)
	tagged(tOffline, Offline)
	tagged(tLimit, LimitShown)
	add(s.firstOf(tFrozen, tPapers), s.anyOf(tFrozen, tPapers), FrozenShown)
	tagged(tAccountWrong, AccountWrong)
	tagged(tFeeAsk, AsksFee)
	when, ok := s.near(tWhen, tArrive, 5)
	if f := s.first[tAsksWhen]; f > 0 {
		when, ok = f, true
	}
	add(when, ok, AsksWhen)
	tagged(tPhoneAsk, AsksHumanPhone)
	if len(list) == 0 {
		return
	}
	slices.SortStableFunc(list, func(a, b found) int { return int(a.at - b.at) })
	s.q.Symptoms = make([]Symptom, 0, len(list))
	for _, f := range list {
		s.q.Symptoms = append(s.q.Symptoms, f.s)
	}
}

// onlyDumb reports that all that is said of a time-out is 没反应.
func (s *scan) onlyDumb() bool {
	for _, h := range s.hits {
		if h.tag == tTimeout && followsAny(s.cells, int(h.from), "没反应", "无反应", "没响应") == 0 {
			return false
		}
	}
	return !s.anyOf(tPayerDebit, tPrinted) && s.q.RespCode == ""
}

// onlyUnable reports that the first words of a decline only say that it does
// not work (刷不了), which what else is said explains.
func (s *scan) onlyUnable(first int32) bool {
	return first > 0 && followsAny(s.cells, int(first)-1, "刷不", "付不", "扫不", "收不") > 0
}

// twoSales reports whether 刷了两笔 names two sales with different sums rather
// than a double charge.
func (s *scan) twoSales() bool {
	first, different := int64(0), false
	for _, a := range s.q.Amounts {
		switch {
		case a.Fee || a.Net:
		case first == 0:
			first = a.Fen
		case a.Fen != first:
			different = true
		}
	}
	return different || s.missing() && !s.repeated()
}

// repeated reports whether the words themselves speak of a repetition.
func (s *scan) repeated() bool {
	for _, h := range s.hits {
		if h.tag != tTwice {
			continue
		}
		for i := h.from; i < h.to; i++ {
			switch s.cells[i].r {
			case '重', '双', '多', '又', '扣', '次', '遍', '样', '同':
				return true
			}
		}
	}
	return false
}

// netBelowGross reports whether a smaller sum is said to have arrived.
func (s *scan) netBelowGross() bool {
	var gross, net int64
	for _, a := range s.q.Amounts {
		switch {
		case a.Net:
			net = a.Fen
		case !a.Fee && !a.Negated:
			gross = max(gross, a.Fen)
		}
	}
	return net > 0 && net < gross
}

func declineCode(code string) bool {
	switch code {
	case "05", "51", "54", "55", "57", "59", "61", "62", "65", "75", "04", "14", "41", "43", "38", "01", "13", "40":
		return true
	}
	return false
}

func unknownCode(code string) bool {
	switch code {
	case "09", "20", "68", "91", "94", "96", "98", "A7":
		return true
	}
	return false
}
