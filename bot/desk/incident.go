package desk

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"daozhang/bot"
)

// Dimension is what reports of an incident have in common.
type Dimension string

// The dimensions, in the order in which an incident is named when several fit.
const (
	ByBrand  Dimension = "brand"
	ByBank   Dimension = "bank"   // of the settlement account
	ByCode   Dimension = "code"   // response or fail code
	ByRegion Dimension = "region" // place in the merchant number
	ByCause  Dimension = "cause"  // failing look-ups among them
)

func dimensions() []Dimension { return []Dimension{ByBrand, ByBank, ByCode, ByRegion, ByCause} }

// IncidentKey is one thing that reports are counted by.
type IncidentKey struct {
	Dimension Dimension
	Value     string
}

// Sighting is a report with its contact and time.
type Sighting struct {
	bot.Report
	Contact int64
	At      time.Time
}

// value of a dimension; "" = unknown.
func (s Sighting) value(d Dimension) string {
	switch d {
	case ByBrand:
		return s.Brand
	case ByBank:
		return s.Bank
	case ByCode:
		return s.Code
	case ByRegion:
		return s.Region
	case ByCause:
		return string(s.Cause)
	}
	return ""
}

// Has reports that a sighting counts for a key.
func (k IncidentKey) Has(s Sighting) bool { return k.Value != "" && s.value(k.Dimension) == k.Value }

// Incident is an alarm: more contacts report the same than usual.
type Incident struct {
	ID int64
	IncidentKey
	State IncidentState
	// StartedAt is the first report of the window, FoundAt when the alarm was
	// raised, ClosedAt when it was over or dismissed.
	StartedAt, FoundAt, ClosedAt time.Time
	// Contacts counted within Window, and how many are usual in such a window at
	// that hour.
	Contacts int
	Usual    float64
	Window   time.Duration
	// Causes are the commonest, with their contacts.
	Causes []CauseCount
	// NoticeID is the drafted notice; ClosedBy who dismissed it, "" = it ended.
	NoticeID int64
	ClosedBy string
}

// CauseCount counts contacts by cause.
type CauseCount struct {
	Cause    string `json:"cause"`
	Contacts int    `json:"contacts"`
}

// IncidentState of an alarm.
type IncidentState string

// open → over (the reports fell back to what is usual) or dismissed.
const (
	IncidentOpen      IncidentState = "open"
	IncidentOver      IncidentState = "over"
	IncidentDismissed IncidentState = "dismissed"
)

// EventIncident tells the console; the subject is the incident.
const EventIncident = "incident"

// How an alarm is raised. A window is a short and a long one, for a sudden and
// a creeping fault. Fewer contacts than least never raise one; beyond that the
// count must be so far above what is usual that chance would bring it less
// than once in a million looks.
const (
	shortWindow   = 15 * time.Minute
	LongWindow    = 60 * time.Minute // reports older than this are not needed
	least         = 8
	chance        = 1e-6
	same          = 0.8 // two keys stand for the same contacts
	dismissedFor  = 4 * time.Hour
	noticeHolds   = 4 * time.Hour
	BaselineDays  = 28
	shortHistory  = 7 // days; a younger installation does not know what is usual
	leastUnknown  = 20
	slackFactor   = 1.5 // weekdays differ
	slackContacts = 0.5
)

// Usual is the number of reports an hour that a key has at this time of day.
type Usual struct {
	PerHour map[IncidentKey]float64
	// Days of history behind it.
	Days int
}

// Alarms finds new incidents among the reports of the last LongWindow. known
// are the incidents of the last day. A report that one of them names does not
// count for another; of several keys with the same contacts the one that says
// most is named.
func Alarms(reports []Sighting, usual Usual, known []Incident, now time.Time) []Incident {
	var out []Incident
	left := unexplained(reports, known, now)
	for {
		var best Incident
		for _, k := range keysOf(left) {
			if i, ok := raise(k, left, usual, now); ok && i.before(best) {
				best = i
			}
		}
		if best.Contacts == 0 {
			return out
		}
		best = renamed(best, left, usual, now)
		out = append(out, best)
		left = slices.DeleteFunc(left, best.Has)
	}
}

// before orders alarms: more contacts first, then the dimension that says more.
func (i Incident) before(o Incident) bool {
	return cmp.Or(cmp.Compare(o.Contacts, i.Contacts), cmp.Compare(rank(i.Dimension), rank(o.Dimension)), cmp.Compare(i.Value, o.Value)) < 0
}

func rank(d Dimension) int { return slices.Index(dimensions(), d) }

// unexplained leaves out what an open incident, one dismissed lately or one
// that is over names already.
func unexplained(reports []Sighting, known []Incident, now time.Time) []Sighting {
	return slices.DeleteFunc(slices.Clone(reports), func(s Sighting) bool {
		return slices.ContainsFunc(known, func(i Incident) bool {
			switch {
			case !i.Has(s):
				return false
			case i.State == IncidentDismissed:
				return now.Sub(i.ClosedAt) < dismissedFor
			}
			return i.State == IncidentOpen || s.At.Before(i.ClosedAt)
		})
	})
}

// renamed gives an alarm the first name in the order of dimensions that stands
// for the same contacts: all of code 98 may be one brand.
func renamed(i Incident, reports []Sighting, usual Usual, now time.Time) Incident {
	since := now.Add(-i.Window)
	mine := contacts(reports, i.IncidentKey, since)
	for _, k := range keysOf(reports) {
		if rank(k.Dimension) >= rank(i.Dimension) {
			continue
		}
		theirs, both := contacts(reports, k, since), 0
		for c := range theirs {
			if mine[c] {
				both++
			}
		}
		if float64(both) >= same*float64(len(mine)) && float64(both) >= same*float64(len(theirs)) {
			return incident(k, reports, usual, i.Window, now)
		}
	}
	return i
}

// keysOf are the keys of the reports, in the order of dimensions.
func keysOf(reports []Sighting) []IncidentKey {
	seen := map[IncidentKey]bool{}
	var out []IncidentKey
	for _, s := range reports {
		for _, d := range dimensions() {
			k := IncidentKey{d, s.value(d)}
			if k.Value != "" && !seen[k] {
				seen[k] = true
				out = append(out, k)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b IncidentKey) int { return cmp.Compare(rank(a.Dimension), rank(b.Dimension)) })
	return out
}

// contacts who reported a key since an instant: one who asks ten times counts
// once.
func contacts(reports []Sighting, k IncidentKey, since time.Time) map[int64]bool {
	out := map[int64]bool{}
	for _, s := range reports {
		if k.Has(s) && !s.At.Before(since) {
			out[s.Contact] = true
		}
	}
	return out
}

func raise(k IncidentKey, reports []Sighting, usual Usual, now time.Time) (Incident, bool) {
	atLeast := least
	if usual.Days < shortHistory {
		atLeast = leastUnknown
	}
	for _, window := range []time.Duration{shortWindow, LongWindow} {
		since := now.Add(-window)
		n := 0
		for _, s := range reports {
			if k.Has(s) && !s.At.Before(since) {
				n++
			}
		}
		if n < atLeast {
			continue
		}
		n = len(contacts(reports, k, since))
		if n >= atLeast && poissonTail(n, slackFactor*usual.PerHour[k]*window.Hours()+slackContacts) <= chance {
			return incident(k, reports, usual, window, now), true
		}
	}
	return Incident{}, false
}

func incident(k IncidentKey, reports []Sighting, usual Usual, window time.Duration, now time.Time) Incident {
	since := now.Add(-window)
	i := Incident{
		IncidentKey: k, State: IncidentOpen, FoundAt: now, StartedAt: now, Contacts: len(contacts(reports, k, since)),
		Usual: usual.PerHour[k] * window.Hours(), Window: window, Causes: causesOf(reports, k, since),
	}
	for _, s := range reports {
		if k.Has(s) && !s.At.Before(since) && s.At.Before(i.StartedAt) {
			i.StartedAt = s.At
		}
	}
	return i
}

func causesOf(reports []Sighting, k IncidentKey, since time.Time) []CauseCount {
	byCause := map[string]map[int64]bool{}
	for _, s := range reports {
		if !k.Has(s) || s.At.Before(since) || s.Cause == "" {
			continue
		}
		c := string(s.Cause)
		if byCause[c] == nil {
			byCause[c] = map[int64]bool{}
		}
		byCause[c][s.Contact] = true
	}
	out := make([]CauseCount, 0, len(byCause))
	for c, who := range byCause {
		out = append(out, CauseCount{c, len(who)})
	}
	slices.SortFunc(out, func(a, b CauseCount) int {
		return cmp.Or(cmp.Compare(b.Contacts, a.Contacts), cmp.Compare(a.Cause, b.Cause))
	})
	return out[:min(len(out), 5)]
}

// IsOver reports that an open incident has fallen back to what is usual.
func (i Incident) IsOver(reports []Sighting, usual Usual, now time.Time) bool {
	const quiet = 30 * time.Minute
	if now.Sub(i.FoundAt) < quiet {
		return false
	}
	n := len(contacts(reports, i.IncidentKey, now.Add(-quiet)))
	return float64(n) <= max(2, slackFactor*usual.PerHour[i.IncidentKey]*quiet.Hours()+2)
}

// poissonTail is the chance of n or more where mean is usual.
func poissonTail(n int, mean float64) float64 {
	if mean <= 0 {
		return 0
	}
	// From the first term on the rest shrinks; the sum in logarithms never
	// underflows for the means that shops have.
	tail := 0.0
	for k := n; k < n+200; k++ {
		logFact, _ := math.Lgamma(float64(k) + 1)
		term := math.Exp(float64(k)*math.Log(mean) - mean - logFact)
		tail += term
		if float64(k) > mean && term < tail*1e-9 {
			break
		}
	}
	return tail
}

// Draft is the notice proposed to admins. It claims nothing but that reports
// came in: what broke is theirs to say.
func (i Incident) Draft(reports []Sighting) Notice {
	n := Notice{Title: i.Label() + "异常核实中", From: i.StartedAt, Until: i.FoundAt.Add(noticeHolds)}
	brands := map[string]bool{}
	for _, s := range reports {
		if i.Has(s) {
			brands[s.Brand] = true
		}
	}
	if len(brands) == 1 {
		for b := range brands {
			n.Brand = b
		}
	}
	advice := "有结果会在这里说明。"
	if slices.ContainsFunc(i.Causes, func(c CauseCount) bool {
		return slices.Contains([]string{"TXN_UNKNOWN", "TXN_DECLINED", "SINGLE_SIDED"}, c.Cause)
	}) {
		advice = "已经扣款的请先不要让客户重刷，签购单留好；" + advice
	}
	n.Text = fmt.Sprintf("%d月%d日%s起，较多商户反映%s的交易或到账有异常，我们正在核实。%s",
		i.StartedAt.Month(), i.StartedAt.Day(), i.StartedAt.Format("15:04"), i.Label(), advice)
	return n
}

// Label names the key in Chinese.
func (i Incident) Label() string {
	switch i.Dimension {
	case ByBrand:
		return i.Value
	case ByBank:
		return i.Value + "收款账户"
	case ByCode:
		return "应答码" + i.Value
	case ByRegion:
		return "地区代码" + i.Value
	case ByCause:
		if i.Value == "LEDGER_UNAVAILABLE" {
			return "交易查询"
		}
	}
	return "收款到账"
}
