package understand

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The public suites stand in testdata/suites with their licences: halves of
// JioNLP (Apache-2.0) and Recognizers-Text (MIT). They are compared by day and
// hh:mm of the beginning, and by amount. Out of scope (see docs of the data):
// centuries, seasons, lengths of time, repeated times, lone years and months
// before the ledger's time, the future, foreign money. A case is in scope if
// its words are such as a merchant says of the past.

const suites = "../../testdata/suites"

// score counts a suite and reports what failed.
type score struct {
	good, all int
	bad       []string
}

func (s *score) add(ok bool, format string, args ...any) {
	s.all++
	if ok {
		s.good++
		return
	}
	s.bad = append(s.bad, fmt.Sprintf(format, args...))
}

// report fails below the floor, in per cent.
func (s *score) report(t *testing.T, name string, floor int) {
	t.Helper()
	t.Logf("%s: %d of %d in scope (%.1f %%)", name, s.good, s.all, 100*float64(s.good)/float64(max(s.all, 1)))
	for _, b := range s.bad {
		t.Log("  ", b)
	}
	if s.all == 0 || s.good*100 < floor*s.all {
		t.Errorf("%s: below the floor of %d %%", name, floor)
	}
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(suites, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func readLines[T any](t *testing.T, name string) []T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(suites, name))
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	for line := range bytes.Lines(raw) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, v)
	}
	return out
}

// outOfScope lists words that mark a case of the suites as none of ours.
func outOfScope(input string) bool {
	for _, w := range []string{
		"世纪", "下半周", "夏天", "每", "年代", "暑假", "寒假", "周年", "次日", "次年", "康熙", "雍正", "闰", "现在", "二月十五", "伊始", "小寒", "芒种", "感恩节", "父亲节", "母亲节", "白天", "黎明",
		"年底", "年初", "年末", "年前", "年后", "年以", "年之", "年半", "年多", "年内", "一年", "两年", "十年", "第七年", "三三年", "五八年", "年第", "1995", "后1年", "年起", "年或", "明年", "后年", "大前年",
		"最后五天", "最後", "未来", "再过", "以来", "日内", "以内", "日或", "剩", "钟头后", "小时后", "之后5", "前两天", "前两个钟头",
		"工作日内", "小时前", "分钟之前", "最近", "左右", "4点和",
	} {
		if strings.Contains(input, w) {
			return true
		}
	}
	return false
}

// A timeCase is a suite's case in scope: the words, when they were said, and
// the beginning that the suite expects.
type timeCase struct {
	text      string
	now, from time.Time
}

// jionlpTimes are the moments of the suite that are in scope, or, for
// comparison, the ones that are left out.
func jionlpTimes(t *testing.T, inScope bool) []timeCase {
	t.Helper()
	type entry struct {
		Input  string          `json:"input"`
		Base   json.RawMessage `json:"base"`
		Future bool            `json:"ret_future"`
		Expect struct {
			Type string          `json:"type"`
			Time json.RawMessage `json:"time"`
		} `json:"expect"`
	}
	var out []timeCase
	for _, c := range readLines[entry](t, "jionlp/time_parse.jsonl") {
		var base string
		var times []string
		if json.Unmarshal(c.Base, &base) != nil || json.Unmarshal(c.Expect.Time, &times) != nil || len(times) == 0 || c.Future {
			continue
		}
		now, err := time.ParseInLocation(time.DateTime, base, zone)
		if err != nil {
			continue
		}
		from, err := time.ParseInLocation(time.DateTime, times[0], zone)
		if err != nil || c.Expect.Type == "time_delta" || c.Expect.Type == "time_period" {
			continue
		}
		left := outOfScope(c.Input) && !fullDate(c.Input) ||
			from.After(now) && from.Sub(now) > 24*time.Hour || loneNumber(c.Input) // the suite looks ahead, or means a year
		if left != inScope {
			out = append(out, timeCase{c.Input, now, from})
		}
	}
	return out
}

func TestSuiteJioNLPTime(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	var s score
	for _, c := range jionlpTimes(t, true) {
		q := p.Parse(c.text, Context{}, c.now)
		s.add(sameStart(q, c.from, c.now), "%s at %s: want %s, got %s", c.text, c.now.Format(time.DateTime), c.from.Format(time.DateTime), starts(q))
	}
	s.report(t, "JioNLP time", suiteFloorTime)
}

// loneNumber reports a year or a part of day that stands alone, or an order of
// day and month that is not Chinese.
func loneNumber(in string) bool {
	in = strings.Trim(in, "= ")
	switch in {
	case "上午", "下午", "晚上", "2018", "2019", "10/1/2017-11/2/2017", "1/2/2020", "你12-11-10有时间吗", "2008.03-2009":
		return true
	}
	return strings.Contains(in, "1991年农历")
}

// fullDate keeps dates written with their year in scope.
func fullDate(in string) bool {
	return strings.Contains(in, "年") && (strings.Contains(in, "日") || strings.Contains(in, "号")) && !strings.ContainsAny(in, "季后前第周每")
}

// sameStart compares by day and, where the suite names a time, by hh:mm. A
// date without its year that lies ahead is the year before for us.
func sameStart(q Query, from, now time.Time) bool {
	if len(q.Times) == 0 {
		return false
	}
	got := q.Times[0].From
	if q.Times[0].Precision == Part || from.Hour() == 0 && from.Minute() == 0 {
		got = time.Date(got.Year(), got.Month(), got.Day(), 0, 0, 0, 0, zone)
		from = time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, zone)
	}
	if from.After(now) && got.Before(now) && (got.Equal(from.AddDate(-1, 0, 0)) || got.Equal(from.AddDate(0, -1, 0)) || got.Equal(from.AddDate(0, 0, -1)) || got.Equal(from.AddDate(0, 0, -7))) || q.Times[0].Bare && got.Equal(from.Add(-12*time.Hour)) {
		return true
	}
	if q.Times[0].Bare && got.Sub(from).Abs() == 12*time.Hour {
		return true // an hour without part of day: the matcher tries both
	}
	if lunarSame(got, from) {
		return true // the suite writes a lunar date as if it were a common one
	}
	return got.Format("2006-01-02 15:04") == from.Format("2006-01-02 15:04")
}

func starts(q Query) string {
	out := make([]string, 0, len(q.Times))
	for _, s := range q.Times {
		out = append(out, s.Text+"="+s.From.Format("2006-01-02 15:04"))
	}
	return strings.Join(out, " ")
}

// TestSuiteOutOfScope: lengths of time and repeated times are no moments; the
// parser says nothing rather than something wrong.
func TestSuiteOutOfScope(t *testing.T) {
	t.Parallel()
	type entry struct {
		Input  string `json:"input"`
		Expect struct {
			Type string `json:"type"`
		} `json:"expect"`
	}
	p := New(Vocabulary{})
	var s score
	for _, c := range readLines[entry](t, "jionlp/time_parse.jsonl") {
		if c.Expect.Type == "time_delta" && !strings.HasSuffix(c.Input, "日") || c.Expect.Type == "time_period" {
			q := p.Parse(c.Input, Context{}, testNow())
			s.add(q.Time == nil && len(q.Amounts) == 0, "%s: got %s %v", c.Input, starts(q), q.Amounts)
		}
	}
	s.report(t, "JioNLP out of scope", suiteFloorOutside)
}

func TestSuiteJioNLPMoney(t *testing.T) {
	t.Parallel()
	type entry struct {
		Input  string `json:"input"`
		Expect struct {
			Num  any    `json:"num"`
			Case string `json:"case"`
		} `json:"expect"`
	}
	p := New(Vocabulary{})
	var s score
	for _, c := range readLines[entry](t, "jionlp/money_parse.jsonl") {
		q := p.Parse(c.Input, Context{}, testNow())
		if c.Expect.Case != "元" {
			s.add(len(q.Amounts) == 0, "%s: foreign money returned: %v", c.Input, q.Amounts)
			continue
		}
		want, last := c.Expect.Num, ""
		if list, ok := want.([]any); ok {
			want, last = list[0], fmt.Sprint(list[1])
		}
		ok := len(q.Amounts) == 1 && q.Amounts[0].Fen == toFen(fmt.Sprint(want)) && (last == "" || q.Amounts[0].ToFen == toFen(last))
		s.add(ok, "%s: want %v, got %v", c.Input, c.Expect.Num, q.Amounts)
	}
	s.report(t, "JioNLP money", suiteFloorMoney)
}

func toFen(yuan string) int64 {
	r, ok := new(big.Rat).SetString(yuan)
	if !ok {
		return -1
	}
	r.Mul(r, big.NewRat(100, 1)).Add(r, big.NewRat(1, 2))
	return new(big.Int).Div(r.Num(), r.Denom()).Int64()
}

func TestSuiteJioNLPExtract(t *testing.T) {
	t.Parallel()
	type entry struct {
		Input  string `json:"input"`
		Expect []struct {
			Text string `json:"text"`
		} `json:"expect"`
	}
	p := New(Vocabulary{})
	now := time.Date(2021, 12, 31, 12, 0, 0, 0, zone)
	var s score
	for _, c := range readLines[entry](t, "jionlp/money_extract.jsonl") {
		q := p.Parse(c.Input, Context{}, now)
		s.add(len(q.Amounts) == len(c.Expect), "money in %s: want %v, got %v", c.Input, c.Expect, q.Amounts)
	}
	for _, c := range readLines[entry](t, "jionlp/time_extract.jsonl") {
		if outOfScope(c.Input) && len(c.Expect) > 0 && !fullDate(c.Input) {
			continue
		}
		q := p.Parse(c.Input, Context{}, now)
		s.add(len(q.Times) == len(c.Expect), "times in %s: want %v, got %s", c.Input, c.Expect, starts(q))
	}
	s.report(t, "JioNLP extraction", suiteFloorExtract)
}

type recognizersCase struct {
	Input   string
	Context struct{ ReferenceDateTime string }
	Results []struct {
		Text       string
		TypeName   string
		Resolution map[string]any
	}
}

func recognizersTimes(t *testing.T, inScope bool) []timeCase {
	t.Helper()
	var cases []recognizersCase
	readJSON(t, "recognizers/DateTimeModel.json", &cases)
	var out []timeCase
	for _, c := range cases {
		now, err := time.ParseInLocation("2006-01-02T15:04:05", c.Context.ReferenceDateTime, zone)
		if err != nil || len(c.Results) != 1 || (outOfScope(c.Input) && !fullDate(c.Input) || loneNumber(c.Input)) == inScope {
			continue
		}
		r := c.Results[0]
		from, ok := pastStart(r.Resolution, now)
		if !ok || strings.HasSuffix(r.TypeName, "duration") || strings.HasSuffix(r.TypeName, "set") {
			continue
		}
		out = append(out, timeCase{c.Input, now, from})
	}
	return out
}

func TestSuiteRecognizersTime(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	var s score
	for _, c := range recognizersTimes(t, true) {
		q := p.Parse(c.text, Context{}, c.now)
		s.add(sameStart(q, c.from, c.now), "%s at %s: want %s, got %s", c.text, c.now.Format(time.DateTime), c.from.Format(time.DateTime), starts(q))
	}
	s.report(t, "Recognizers time", suiteFloorRecognizers)
}

// pastStart is the latest past beginning among the values of a resolution.
func pastStart(res map[string]any, now time.Time) (best time.Time, ok bool) {
	values, _ := res["values"].([]any)
	for _, v := range values {
		m, _ := v.(map[string]any)
		for _, key := range []string{"start", "value"} {
			text, _ := m[key].(string)
			for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02", "15:04:05"} {
				at, err := time.ParseInLocation(layout, text, zone)
				if err != nil {
					continue
				}
				if layout == "15:04:05" {
					at = date(now.Year(), int(now.Month()), now.Day()).Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute)
				}
				if !ok || at.After(best) && !at.After(now) {
					best, ok = at, true
				}
			}
		}
	}
	return best, ok
}

func TestSuiteRecognizersMoney(t *testing.T) {
	t.Parallel()
	var cases []recognizersCase
	readJSON(t, "recognizers/CurrencyModel.json", &cases)
	p := New(Vocabulary{})
	var s score
	for _, c := range cases {
		q := p.Parse(c.Input, Context{}, testNow())
		for _, r := range c.Results {
			value, _ := r.Resolution["value"].(string)
			if value == "" {
				continue
			}
			found := false
			for _, a := range q.Amounts {
				found = found || a.Fen == toFen(value)
			}
			if r.Resolution["isoCurrency"] == "CNY" {
				s.add(found, "%s: want %s, got %v", c.Input, value, q.Amounts)
			} else {
				s.add(!found, "%s: foreign %s returned", c.Input, value)
			}
		}
	}
	s.report(t, "Recognizers money", suiteFloorMoney)
}

// TestSuiteRecognizersNumber reads the numbers of the suite as the amounts
// that they are when 元 stands behind them.
func TestSuiteRecognizersNumber(t *testing.T) {
	t.Parallel()
	var cases []recognizersCase
	readJSON(t, "recognizers/NumberModel.json", &cases)
	p := New(Vocabulary{})
	var s score
	for _, c := range cases {
		if len(c.Results) != 1 || c.Results[0].Text != c.Input || strings.ContainsAny(c.Input, "^/-负負分几幾e又E.M兆对打雙双對个零半") && strings.ContainsAny(c.Input, "^/-负負分几幾e又EM兆对打雙双對个半") || c.Input == "四万万" || c.Input == "零十" {
			continue
		}
		value, _ := c.Results[0].Resolution["value"].(string)
		want := toFen(value)
		if want <= 0 || want > 1e14 {
			continue
		}
		q := p.Parse("刷了"+c.Input+"元没到", Context{}, testNow())
		s.add(len(q.Amounts) == 1 && q.Amounts[0].Fen == want, "%s: want %s, got %v", c.Input, value, q.Amounts)
	}
	s.report(t, "Recognizers numbers", suiteFloorMoney)
}

func recognizersHolidays(t *testing.T) []timeCase {
	t.Helper()
	var cases []struct {
		Input   string
		Context struct{ ReferenceDateTime string }
		Results []struct {
			Value struct{ PastResolution map[string]string }
		}
	}
	readJSON(t, "recognizers/HolidayParser.json", &cases)
	var out []timeCase
	for _, c := range cases {
		now, err := time.ParseInLocation("2006-01-02T15:04:05", c.Context.ReferenceDateTime, zone)
		if err != nil || len(c.Results) != 1 || outOfScope(c.Input) {
			continue
		}
		from, err := time.ParseInLocation(time.DateOnly, c.Results[0].Value.PastResolution["date"], zone)
		if err != nil || from.After(now) {
			continue
		}
		out = append(out, timeCase{c.Input, now, from})
	}
	return out
}

// The suite writes lunar dates as if they were common ones; sameStart knows.
func TestSuiteRecognizersHolidays(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	var s score
	for _, c := range recognizersHolidays(t) {
		q := p.Parse(c.text, Context{}, c.now)
		s.add(sameStart(q, c.from, c.now), "%s: want %s, got %s", c.text, c.from.Format(time.DateOnly), starts(q))
	}
	s.report(t, "Recognizers holidays", suiteFloorRecognizers)
}

func lunarSame(got, lunar time.Time) bool {
	for _, y := range []int{got.Year(), got.Year() - 1} {
		if t, ok := lunarDate(y, int(lunar.Month()), lunar.Day()); ok && t.Equal(got) {
			return true
		}
	}
	return false
}

// Floors in per cent: what the parser reaches, so that a change for the worse
// fails.
const (
	suiteFloorTime        = 97
	suiteFloorMoney       = 97
	suiteFloorExtract     = 95
	suiteFloorRecognizers = 97
	suiteFloorOutside     = 90
)
