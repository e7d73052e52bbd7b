package understand

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// sentence is one labelled line of testdata/understand: what is expected is a
// subset of the fields of the contract, section 5. Amounts are written
// "5000", "1500x2", "7000-8000", "~5000" (approximate), "net:4970",
// "total:12000", "neg:5000", "fee:20"; times "11-17T12:00/11-17T18:00/part",
// "" for none. null means that the field must be absent.
type sentence struct {
	Text    string         `json:"text"`
	Now     time.Time      `json:"now"`
	Asked   string         `json:"asked"`
	Offered int            `json:"offered"`
	Prev    string         `json:"prev"`
	Expect  map[string]any `json:"expect"`
}

func testNow() time.Time { return time.Date(2026, 11, 18, 15, 0, 0, 0, zone) }

func readSentences(t *testing.T, pattern string) []sentence {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no labelled sentences at %s: %v", pattern, err)
	}
	var out []sentence
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		sc := bufio.NewScanner(f)
		for n := 1; sc.Scan(); n++ {
			var s sentence
			if err := json.Unmarshal(sc.Bytes(), &s); err != nil {
				t.Fatalf("%s:%d: %v", name, n, err)
			}
			out = append(out, s)
		}
		_ = f.Close()
	}
	return out
}

// parse runs a labelled line, its previous message first.
func (s sentence) parse(p *Parser) Query {
	now := s.Now
	if now.IsZero() {
		now = testNow()
	}
	c := Context{Offered: s.Offered, Asked: s.Asked}
	if s.Prev != "" {
		prev := p.Parse(s.Prev, Context{}, now)
		c.Previous = &prev
	}
	return p.Parse(s.Text, c, now)
}

// differences lists the fields that differ from the label.
func (s sentence) differences(q Query) []string {
	raw, err := json.Marshal(q)
	if err != nil {
		return []string{err.Error()}
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		return []string{err.Error()}
	}
	var out []string
	for key, want := range s.Expect {
		have := got[key]
		switch key {
		case "amounts":
			list := []any{}
			for _, a := range q.Amounts {
				list = append(list, writeAmount(a))
			}
			have = list
		case "time":
			have = writeTime(q.Time, want)
		}
		if !reflect.DeepEqual(have, want) {
			out = append(out, fmt.Sprintf("%s: got %v, want %v", key, have, want))
		}
	}
	return out
}

func writeYuan(f int64) string {
	if f%100 == 0 {
		return fmt.Sprint(f / 100)
	}
	return fmt.Sprintf("%d.%02d", f/100, f%100)
}

func writeAmount(a Amount) string {
	var b strings.Builder
	for _, k := range []struct {
		on   bool
		word string
	}{{a.Net, "net:"}, {a.Total, "total:"}, {a.Negated, "neg:"}, {a.Fee, "fee:"}} {
		if k.on {
			b.WriteString(k.word)
		}
	}
	ranged := a.ToFen > 0
	if a.Approx && (!ranged || a.Fen != a.FromFen) {
		b.WriteString("~")
	}
	b.WriteString(writeYuan(a.Fen))
	if ranged {
		b.WriteString("-" + writeYuan(a.ToFen))
	}
	if a.Count != 1 {
		fmt.Fprintf(&b, "x%d", a.Count)
	}
	return b.String()
}

// writeTime prints a span in as many places as the label has.
func writeTime(s *Span, want any) string {
	if s == nil {
		return ""
	}
	layout := "01-02T15:04"
	if w, ok := want.(string); ok && strings.HasPrefix(w, "20") {
		layout = "2006-01-02T15:04"
	}
	return s.From.Format(layout) + "/" + s.To.Format(layout) + "/" + string(s.Precision)
}

func TestSentences(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	for _, s := range readSentences(t, "../../testdata/understand/s*.jsonl") {
		t.Run(s.Text, func(t *testing.T) {
			t.Parallel()
			if d := s.differences(s.parse(p)); len(d) > 0 {
				t.Errorf("%q: %s", s.Text, strings.Join(d, "; "))
			}
		})
	}
}
