package bot

import (
	"time"

	"daozhang/transactions"
)

// answerWithin is what is told as the latest answer of a person inside
// business hours.
const answerWithin = 30 * time.Minute

// orDefault fills the hours of contract section 2 in.
func (h Hours) orDefault() Hours {
	if _, ok := minutes(h.From); !ok {
		h.From = "09:00"
	}
	if _, ok := minutes(h.To); !ok {
		h.To = "21:00"
	}
	return h
}

// minutes since midnight of HH:MM; 24:00 is the end of the day.
func minutes(s string) (int, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// Open reports whether people are at work. From equal to To means always;
// hours over midnight (18:00–02:00) are understood.
func (h Hours) Open(now time.Time) bool {
	h = h.orDefault()
	from, _ := minutes(h.From)
	to, _ := minutes(h.To)
	local := now.In(transactions.Shanghai)
	at := local.Hour()*60 + local.Minute()
	switch {
	case from == to:
		return true
	case from < to:
		return from <= at && at < to
	}
	return at >= from || at < to
}

// NextOpening is the next instant at which people are at work: now itself when
// they already are.
func (h Hours) NextOpening(now time.Time) time.Time {
	if h.Open(now) {
		return now
	}
	from, _ := minutes(h.orDefault().From)
	opening := transactions.DateOf(now).Start().Add(time.Duration(from) * time.Minute)
	if opening.Before(now) {
		opening = opening.AddDate(0, 0, 1)
	}
	return opening
}

// Expected is when a person answers at the latest: half an hour of business
// hours from now on, rounded up to ten minutes.
func (h Hours) Expected(now time.Time) time.Time {
	at := h.NextOpening(now).Add(answerWithin)
	if !h.Open(at) {
		at = h.NextOpening(at).Add(answerWithin)
	}
	const step = 10 * time.Minute
	if rest := at.Sub(transactions.DateOf(at).Start()) % step; rest > 0 {
		at = at.Add(step - rest)
	}
	return at.In(transactions.Shanghai)
}

// String is 09:00–21:00.
func (h Hours) String() string {
	h = h.orDefault()
	return h.From + "–" + h.To
}

// expectedPhrase is 今天15:30前 or 明天09:30前.
func expectedPhrase(at, now time.Time) string {
	return relativeDay(transactions.DateOf(at), now) + clock(at) + "前"
}
