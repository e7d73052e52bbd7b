package desk_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/bot/diagnose"
)

// town is a month of ordinary trouble: busier at noon and in the evening, on
// weekdays more than at weekends, five brands, four banks.
type town struct {
	rnd     *rand.Rand
	reports []desk.Sighting
	contact int64
}

var (
	townZone   = time.FixedZone("CST", 8*3600)
	townStart  = time.Date(2026, 10, 1, 0, 0, 0, 0, townZone)
	townBrands = []string{"拉卡拉", "刷呗", "中付", "盛付通", "银联商务"}
)

func newTown(seed uint64) *town { return &town{rnd: rand.New(rand.NewPCG(seed, 7))} }

func (w *town) report(at time.Time, brand string, cause diagnose.Cause, code string) {
	w.contact++
	w.reports = append(w.reports, desk.Sighting{Contact: w.contact, At: at, Report: bot.Report{
		Cause: cause, Brand: brand, Bank: []string{"工商银行", "建设银行", "农业银行", "招商银行"}[w.rnd.IntN(4)],
		Code: code, Region: []string{"1000", "2900", "5840"}[w.rnd.IntN(3)],
	}})
}

// ordinary adds the trouble of some days, about perHour at a usual hour.
func (w *town) ordinary(from time.Time, days int, perHour float64) {
	for minute := range days * 1440 {
		at := from.Add(time.Duration(minute) * time.Minute)
		rate := perHour / 60
		switch h := at.Hour(); {
		case h < 7 || h >= 23:
			rate /= 10
		case h == 12 || h == 13 || h >= 18 && h < 21:
			rate *= 2
		}
		if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
			rate *= 0.7
		}
		for range w.poisson(rate) {
			causes := []diagnose.Cause{diagnose.TxnDeclined, diagnose.NotFound, diagnose.SettleProcessing, diagnose.PaidNotNoticed, diagnose.Overdue}
			w.report(at, townBrands[w.rnd.IntN(5)], causes[w.rnd.IntN(5)], []string{"", "51", "91", ""}[w.rnd.IntN(4)])
		}
	}
	slices.SortStableFunc(w.reports, func(a, b desk.Sighting) int { return a.At.Compare(b.At) })
}

// poisson draws how many reports fall into a minute.
func (w *town) poisson(mean float64) (n int) {
	for p := w.rnd.Float64(); p > math.Exp(-mean); n++ {
		p *= w.rnd.Float64()
	}
	return n
}

// usual counts like the store: that hour of the day and its neighbours.
func (w *town) usual(now time.Time) desk.Usual {
	u := desk.Usual{PerHour: map[desk.IncidentKey]float64{}, Days: min(int(now.Sub(w.reports[0].At).Hours()/24), desk.BaselineDays)}
	lo, hi := w.from(now.AddDate(0, 0, -desk.BaselineDays)), w.from(now.Add(-desk.LongWindow))
	for _, s := range w.reports[lo:hi] {
		if off := (s.At.Hour() - now.Hour() + 24) % 24; off > 1 && off < 23 {
			continue
		}
		add := func(d desk.Dimension, v string) {
			if v != "" {
				u.PerHour[desk.IncidentKey{Dimension: d, Value: v}] += 1 / (3 * float64(max(u.Days, 1)))
			}
		}
		add(desk.ByBrand, s.Brand)
		add(desk.ByBank, s.Bank)
		add(desk.ByCode, s.Code)
		add(desk.ByRegion, s.Region)
		add(desk.ByCause, string(s.Cause))
	}
	return u
}

// from is the first report at or after an instant.
func (w *town) from(at time.Time) int {
	i, _ := slices.BinarySearchFunc(w.reports, at, func(s desk.Sighting, at time.Time) int { return s.At.Compare(at) })
	return i
}

// watch looks every minute, as the runner does, and gives the alarms.
func (w *town) watch(from, to time.Time) []desk.Incident {
	var known []desk.Incident
	usual, learnt := desk.Usual{}, time.Time{}
	for now := from; now.Before(to); now = now.Add(time.Minute) {
		if h := now.Truncate(time.Hour); !h.Equal(learnt) {
			usual, learnt = w.usual(now), h
		}
		recent := w.reports[w.from(now.Add(-desk.LongWindow)):w.from(now.Add(time.Second))]
		for i := range known {
			if known[i].State == desk.IncidentOpen && known[i].IsOver(recent, usual, now) {
				known[i].State, known[i].ClosedAt = desk.IncidentOver, now
			}
		}
		known = append(known, desk.Alarms(recent, usual, known, now)...)
	}
	return known
}

func TestNoAlarmInAQuietMonth(t *testing.T) {
	t.Parallel()
	for _, perHour := range []float64{0.5, 4, 40} {
		w := newTown(uint64(perHour * 10))
		w.ordinary(townStart, 58, perHour) // four weeks to learn from, thirty days to watch
		if got := w.watch(townStart.AddDate(0, 0, 28), townStart.AddDate(0, 0, 58)); len(got) > 0 {
			t.Errorf("%v reports an hour: %d alarms, first %+v", perHour, len(got), got[0])
		}
	}
}

func TestOutageIsFoundAndEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		perHour float64
		every   time.Duration // between reports of the outage
		brand   func(i int) string
		cause   diagnose.Cause
		code    string
		want    desk.IncidentKey
	}{
		{"one brand, fast", 4, 20 * time.Second, func(int) string { return "拉卡拉" }, diagnose.TxnUnknown, "96", desk.IncidentKey{Dimension: desk.ByBrand, Value: "拉卡拉"}},
		{"one brand, a report a minute", 4, time.Minute, func(int) string { return "中付" }, diagnose.TxnUnknown, "98", desk.IncidentKey{Dimension: desk.ByBrand, Value: "中付"}},
		{"every brand, look-ups fail", 4, 15 * time.Second, func(i int) string { return townBrands[i%5] }, diagnose.LedgerUnavailable, "", desk.IncidentKey{Dimension: desk.ByCause, Value: "LEDGER_UNAVAILABLE"}},
		{"a code of every brand", 4, 20 * time.Second, func(i int) string { return townBrands[i%5] }, diagnose.TxnDeclined, "A7", desk.IncidentKey{Dimension: desk.ByCode, Value: "A7"}},
		{"a small town", 0.5, 2 * time.Minute, func(int) string { return "刷呗" }, diagnose.Overdue, "", desk.IncidentKey{Dimension: desk.ByBrand, Value: "刷呗"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(3)
			w.ordinary(townStart, 29, c.perHour)
			began := townStart.AddDate(0, 0, 28).Add(15*time.Hour + 4*time.Minute)
			var tenth time.Time
			for i := range 40 {
				at := began.Add(time.Duration(i) * c.every)
				w.report(at, c.brand(i), c.cause, c.code)
				if i == 9 {
					tenth = at
				}
			}
			slices.SortStableFunc(w.reports, func(a, b desk.Sighting) int { return a.At.Compare(b.At) })
			got := w.watch(began.Add(-2*time.Hour), began.Add(6*time.Hour))
			if len(got) != 1 || got[0].IncidentKey != c.want {
				t.Fatalf("want one alarm %v, got %+v", c.want, got)
			}
			i := got[0]
			if i.FoundAt.After(tenth.Add(5 * time.Minute)) {
				t.Errorf("found at %s, the tenth report was at %s", i.FoundAt, tenth)
			}
			if i.StartedAt.After(tenth) || i.Contacts < 8 || len(i.Causes) == 0 || i.Causes[0].Cause != string(c.cause) {
				t.Errorf("numbers: %+v", i)
			}
			if i.State != desk.IncidentOver || i.ClosedAt.IsZero() {
				t.Errorf("still %s after six hours", i.State)
			}
		})
	}
}

func TestOneContactIsNoOutage(t *testing.T) {
	t.Parallel()
	w := newTown(5)
	w.ordinary(townStart, 29, 4)
	at := townStart.AddDate(0, 0, 28).Add(3 * time.Hour)
	for i := range 60 {
		w.report(at.Add(time.Duration(i)*10*time.Second), "拉卡拉", diagnose.NotFound, "")
		w.reports[len(w.reports)-1].Contact = 1
	}
	slices.SortStableFunc(w.reports, func(a, b desk.Sighting) int { return a.At.Compare(b.At) })
	if got := w.watch(at, at.Add(time.Hour)); len(got) > 0 {
		t.Errorf("sixty questions of one contact raised %+v", got[0])
	}
}

func TestDismissedIsNotRaisedAgainAtOnce(t *testing.T) {
	t.Parallel()
	now := townStart.Add(15 * time.Hour)
	w := newTown(1)
	for i := range 20 {
		w.report(now.Add(-time.Duration(i)*time.Second), "拉卡拉", diagnose.TxnUnknown, "")
	}
	usual := desk.Usual{Days: 28}
	first := desk.Alarms(w.reports, usual, nil, now)
	if len(first) != 1 {
		t.Fatalf("alarms: %+v", first)
	}
	first[0].State, first[0].ClosedAt = desk.IncidentDismissed, now
	if again := desk.Alarms(w.reports, usual, first, now.Add(time.Minute)); len(again) > 0 {
		t.Errorf("raised again: %+v", again[0])
	}
	first[0].ClosedAt = now.Add(-5 * time.Hour)
	if again := desk.Alarms(w.reports, usual, first, now); len(again) != 1 {
		t.Errorf("hours later: %d alarms", len(again))
	}
}

// TestDraftClaimsNothing: the draft names what was reported and since when,
// no cause, no date.
func TestDraftClaimsNothing(t *testing.T) {
	t.Parallel()
	now := townStart.Add(15 * time.Hour)
	w := newTown(1)
	for i := range 20 {
		w.report(now.Add(-time.Duration(i)*time.Second), "拉卡拉", diagnose.TxnUnknown, "96")
	}
	i := desk.Alarms(w.reports, desk.Usual{Days: 28}, nil, now)[0]
	n := i.Draft(w.reports)
	if n.Brand != "拉卡拉" || n.Published || !n.From.Equal(i.StartedAt) || !n.Until.After(now) {
		t.Errorf("draft: %+v", n)
	}
	if !strings.Contains(n.Text, "10月1日14:59起") || !strings.Contains(n.Text, "拉卡拉") || !strings.Contains(n.Text, "不要让客户重刷") {
		t.Errorf("text: %s", n.Text)
	}
}
