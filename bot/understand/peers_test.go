//go:build peers

package understand

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// make eval-peers: this parser beside two npm packages, on the same messages,
// at the same instants, by the same judge. Every reading that a peer offers
// counts for it, in any of its mentions; ours has to name the one time.

// A peerCase is one message with what is expected in one field.
type peerCase struct {
	set, field string
	text       string
	now        time.Time
	rightTime  func(reading) bool // nil: no time was said
	amounts    []int64            // fen
}

// reading is one time that a parser offers.
type reading struct {
	From string `json:"from"` // 2006-01-02 15:04
	Day  bool   `json:"day"`
	Part bool   `json:"part"`
}

func (r reading) at() time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", r.From, zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

type peerAnswer struct {
	Recognizers struct {
		Times          []reading
		Money, Numbers []int64
	}
	Chrono struct{ Times []reading }
}

const (
	fieldTime     = "time"
	fieldNoTime   = "time, none said"
	fieldAmount   = "amounts"
	fieldNoAmount = "amounts, none said"

	// setUnseen is counted and never printed: nobody tunes on it.
	setUnseen = "ours: unseen"
)

func peerCases(t *testing.T) []peerCase {
	t.Helper()
	var out []peerCase
	suite := func(set string, cases []timeCase) {
		for _, c := range cases {
			out = append(out, peerCase{set: set, field: fieldTime, text: c.text, now: c.now, rightTime: func(r reading) bool {
				span := Span{From: r.at(), Precision: Minute}
				if r.Part {
					span.Precision = Part
				}
				return sameStart(Query{Times: []Span{span}}, c.from, c.now)
			}})
		}
	}
	suite("JioNLP, in scope", jionlpTimes(t, true))
	suite("JioNLP, left out", jionlpTimes(t, false))
	suite("Recognizers, in scope", append(recognizersTimes(t, true), recognizersHolidays(t)...))
	suite("Recognizers, left out", recognizersTimes(t, false))
	for _, c := range suiteMoney(t) {
		out = append(out, peerCase{set: c.set, field: fieldAmount, text: c.text, now: testNow(), amounts: c.amounts})
	}
	for _, pattern := range []string{"../../testdata/understand/*.jsonl", "../../testdata/understand/unseen/*.jsonl"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			set := "ours: " + strings.TrimSuffix(filepath.Base(file), ".jsonl")
			if strings.Contains(pattern, "unseen") {
				set = setUnseen
			}
			for _, s := range readSentences(t, file) {
				if s.Prev == "" && s.Asked == "" && s.Offered == 0 {
					out = append(out, ownCases(t, set, s)...)
				}
			}
		}
	}
	return out
}

type moneyCase struct {
	set, text string
	amounts   []int64
}

// suiteMoney are the yuan amounts of both suites; foreign money is none of ours.
func suiteMoney(t *testing.T) []moneyCase {
	t.Helper()
	type entry struct {
		Input  string `json:"input"`
		Expect struct {
			Num  any    `json:"num"`
			Case string `json:"case"`
		} `json:"expect"`
	}
	var out []moneyCase
	for _, c := range readLines[entry](t, "jionlp/money_parse.jsonl") {
		want := c.Expect.Num
		if list, ok := want.([]any); ok {
			want = list[0]
		}
		if c.Expect.Case == "元" {
			out = append(out, moneyCase{"JioNLP, in scope", c.Input, []int64{toFen(fmt.Sprint(want))}})
		}
	}
	var cases []recognizersCase
	readJSON(t, "recognizers/CurrencyModel.json", &cases)
	for _, c := range cases {
		var want []int64
		for _, r := range c.Results {
			if value, _ := r.Resolution["value"].(string); value != "" && r.Resolution["isoCurrency"] == "CNY" {
				want = append(want, toFen(value))
			}
		}
		if len(want) > 0 {
			out = append(out, moneyCase{"Recognizers, in scope", c.Input, want})
		}
	}
	return out
}

// ownCases are the time and amount labels of one of our sentences.
func ownCases(t *testing.T, set string, s sentence) []peerCase {
	t.Helper()
	now := s.Now
	if now.IsZero() {
		now = testNow()
	}
	var out []peerCase
	if label, ok := s.Expect["time"].(string); ok {
		c := peerCase{set: set, field: fieldNoTime, text: s.Text, now: now}
		if label != "" {
			c.field, c.rightTime = fieldTime, labelledTime(t, label, now)
		}
		if !strings.HasPrefix(label, "*") { // the rules leave the beginning open
			out = append(out, c)
		}
	}
	if list, ok := s.Expect["amounts"].([]any); ok {
		c := peerCase{set: set, field: fieldNoAmount, text: s.Text, now: now}
		for _, a := range list {
			c.field = fieldAmount
			c.amounts = append(c.amounts, labelledFen(fmt.Sprint(a)))
		}
		out = append(out, c)
	}
	return out
}

// labelledTime judges by day for days and parts of day (their borders are a
// matter of taste), by the first day for ranges of days, and by hh:mm inside
// the span for everything shorter.
func labelledTime(t *testing.T, label string, now time.Time) func(reading) bool {
	t.Helper()
	f := strings.Split(label, "/")
	if len(f) != 3 {
		t.Fatal("a time label has not three parts")
	}
	if f[0] == "*" {
		return nil
	}
	read := func(s string) time.Time {
		if !strings.HasPrefix(s, "20") {
			s = now.Format("2006-") + s
		}
		at, err := time.ParseInLocation("2006-01-02T15:04", s, zone)
		if err != nil {
			t.Fatal("a time label does not read")
		}
		return at
	}
	from, precision := read(f[0]), Precision(f[2])
	to := from.Add(time.Hour) // where the rules leave the end open
	if f[1] != "*" {
		to = read(f[1])
	}
	return func(r reading) bool {
		at := r.at()
		midnight := from.Hour() == 0 && from.Minute() == 0
		if precision == Day || precision == Part || midnight && (precision == Range || precision == "*") {
			return at.Format(time.DateOnly) == from.Format(time.DateOnly)
		}
		return !r.Day && !at.Before(from) && at.Before(to)
	}
}

// labelledFen is the value of an amount's label, of a range its lower end.
func labelledFen(label string) int64 {
	if i := strings.LastIndexByte(label, ':'); i >= 0 {
		label = label[i+1:]
	}
	label = strings.TrimPrefix(label, "~")
	label, _, _ = strings.Cut(label, "x")
	label, _, _ = strings.Cut(label, "-")
	return toFen(label)
}

// askPeers feeds all messages to the Node script in one run.
func askPeers(t *testing.T, cases []peerCase) []peerAnswer {
	t.Helper()
	var in bytes.Buffer
	for _, c := range cases {
		line, err := json.Marshal(map[string]string{"text": c.text, "now": c.now.Format(time.RFC3339)})
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "peers.mjs")
	cmd.Dir, cmd.Stdin, cmd.Env = "../../bench/peers", &in, append(os.Environ(), "TZ=Asia/Shanghai")
	var fault bytes.Buffer
	cmd.Stderr = &fault
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("peers.mjs: %v: %s", err, fault.String())
	}
	var out []peerAnswer
	for line := range bytes.Lines(raw) {
		var a peerAnswer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	if len(out) != len(cases) {
		t.Fatalf("%d answers for %d messages", len(out), len(cases))
	}
	return out
}

// tally is right, wrong, nothing.
type tally [3]int

func (c tally) String() string { return fmt.Sprintf("%4d /%4d /%4d", c[0], c[1], c[2]) }

func (c *tally) judge(right, silent bool) {
	switch {
	case right:
		c[0]++
	case silent:
		c[2]++
	default:
		c[1]++
	}
}

// judgeTime: any reading may be the right one; silence is right where nothing
// was said.
func (c *tally) judgeTime(p peerCase, readings []reading) {
	right := len(readings) == 0
	if p.rightTime != nil {
		right = slices.ContainsFunc(readings, p.rightTime)
	}
	c.judge(right, len(readings) == 0)
}

// judgeAmounts: one of the lists must have exactly the values that were said;
// of a suite, whose labels leave bare numbers out, at least those.
func (c *tally) judgeAmounts(p peerCase, lists ...[]int64) {
	want, silent, right := sortedSet(p.amounts), true, false
	for _, l := range lists {
		silent = silent && len(l) == 0
		right = right || slices.Equal(sortedSet(l), want) || !strings.HasPrefix(p.set, "ours") && containsAll(l, want)
	}
	c.judge(right, silent)
}

func containsAll(list, want []int64) bool {
	for _, v := range want {
		if !slices.Contains(list, v) {
			return false
		}
	}
	return true
}

func sortedSet(v []int64) []int64 {
	out := slices.Clone(v)
	slices.Sort(out)
	return slices.Compact(out)
}

func ownReadings(q Query, suite bool) []reading {
	s := q.Time
	if suite && len(q.Times) > 0 {
		s = &q.Times[0]
	}
	if s == nil {
		return nil
	}
	out := []reading{{From: s.From.Format("2006-01-02 15:04"), Day: s.Precision == Day, Part: s.Precision == Part}}
	if suite && s.Bare { // both halves of the clock, as the peers offer them
		other := out[0]
		other.From = s.From.Add(12 * time.Hour).Format("2006-01-02 15:04")
		out = append(out, other)
		other.From = s.From.Add(-12 * time.Hour).Format("2006-01-02 15:04")
		out = append(out, other)
	}
	return out
}

func TestPeers(t *testing.T) {
	cases := peerCases(t)
	answers := askPeers(t, cases)
	type row struct{ ours, recognizers, chrono tally }
	rows, order := map[string]*row{}, []string{}
	p := New(Vocabulary{})
	var oursRight, bestPeer int
	for i, c := range cases {
		key := fmt.Sprintf("%-22s %-18s", c.set, c.field)
		r := rows[key]
		if r == nil {
			r = &row{}
			rows[key], order = r, append(order, key)
		}
		q, a := p.Parse(c.text, Context{}, c.now), answers[i]
		before := r.ours[0]
		switch c.field {
		case fieldTime, fieldNoTime:
			r.ours.judgeTime(c, ownReadings(q, !strings.HasPrefix(c.set, "ours")))
			r.recognizers.judgeTime(c, a.Recognizers.Times)
			r.chrono.judgeTime(c, a.Chrono.Times)
		default:
			fen := make([]int64, 0, len(q.Amounts))
			for _, m := range q.Amounts {
				fen = append(fen, m.Fen)
			}
			r.ours.judgeAmounts(c, fen)
			if c.field == fieldNoAmount {
				r.recognizers.judgeAmounts(c, a.Recognizers.Money)
			} else {
				r.recognizers.judgeAmounts(c, a.Recognizers.Money, a.Recognizers.Numbers)
			}
		}
		if r.ours[0] == before && c.set != setUnseen && !strings.HasSuffix(c.set, "left out") {
			t.Logf("not right: %s %q: times %s, amounts %v", key, c.text, starts(q), q.Amounts)
		}
	}
	fmt.Printf("right / wrong / nothing\n%-22s %-18s %-17s %-17s %-17s\n", "set", "field", "daozhang", "recognizers", "chrono")
	slices.Sort(order)
	for _, key := range order {
		r := rows[key]
		chrono := "   reads no money"
		if r.chrono != (tally{}) {
			chrono = r.chrono.String()
		}
		fmt.Println(key, r.ours, "", r.recognizers, "", chrono)
		if !strings.Contains(key, "left out") {
			oursRight += r.ours[0]
			bestPeer += max(r.recognizers[0], r.chrono[0])
		}
	}
	if oursRight <= bestPeer {
		t.Errorf("right in all: %d, the better peer of each row %d", oursRight, bestPeer)
	}
}
