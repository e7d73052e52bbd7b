package understand

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// unseenFloor is the joint exactness below which TestUnseen fails. Raise it as
// the parser gets better; never lower it.
const unseenFloor = 0.95

// jointFields are right together or the sentence counts as misread.
var jointFields = []string{"intent", "amounts", "time", "card_last4", "brand"} //nolint:gochecknoglobals // read-only table

// unseenFields are scored one by one, each over the sentences that label it.
var unseenFields = append(slices.Clone(jointFields), //nolint:gochecknoglobals // read-only table
	"channel", "settle", "card_class", "terminal", "reference", "merchant_no",
	"phone", "role", "wants_human", "sensitive", "symptoms")

// TestUnseen scores the third of the labelled sentences that nobody looks at
// while rules are written (testdata/understand/README.md). It says how many are
// right, and on purpose neither which sentence is wrong nor what was read.
func TestUnseen(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	good, all := map[string]int{}, map[string]int{}
	sentences := readSentences(t, "../../testdata/understand/unseen/*.jsonl")
	joint := 0
	for n, s := range sentences {
		for _, key := range []string{"intent", "amounts", "time"} {
			if _, labelled := s.Expect[key]; !labelled {
				t.Fatalf("sentence %d has no label %q", n+1, key)
			}
		}
		right := s.right(t, p)
		for key, ok := range right {
			all[key]++
			if ok {
				good[key]++
			}
		}
		wrong := func(key string) bool { ok, labelled := right[key]; return labelled && !ok }
		if !slices.ContainsFunc(jointFields, wrong) {
			joint++
		}
	}
	percent := func(good, all int) float64 { return 100 * float64(good) / float64(max(all, 1)) }
	t.Logf("unseen third, jointly exact: %d of %d (%.1f %%)", joint, len(sentences), percent(joint, len(sentences)))
	for _, key := range unseenFields {
		t.Logf("unseen third, %s: %d of %d (%.1f %%)", key, good[key], all[key], percent(good[key], all[key]))
		delete(all, key)
	}
	if len(all) > 0 {
		t.Errorf("%d labelled fields are not scored: misspelt, or missing in unseenFields", len(all))
	}
	if exact := float64(joint) / float64(len(sentences)); exact < unseenFloor {
		t.Errorf("joint exactness %.3f is below the floor %.2f", exact, unseenFloor)
	}
}

// TestUnseenStaysUnseen fails when a sentence of the unseen third turns up in
// the sets that rules are tuned on. Short ones (谢谢) may stand in both.
func TestUnseenStaysUnseen(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range readSentences(t, "../../testdata/understand/*.jsonl") {
		seen[s.Text] = true
	}
	leaked := 0
	for _, s := range readSentences(t, "../../testdata/understand/unseen/*.jsonl") {
		if seen[s.Text] && utf8.RuneCountInString(s.Text) >= 10 {
			leaked++
		}
	}
	if leaked > 0 {
		t.Errorf("%d sentences of the unseen third also stand in testdata/understand/*.jsonl", leaked)
	}
}

// right says of each labelled field whether it was read as labelled.
func (s sentence) right(t *testing.T, p *Parser) map[string]bool {
	t.Helper()
	q := s.parse(p)
	raw, err := json.Marshal(q)
	if err != nil {
		t.Fatal("a query does not marshal") // the error might quote the text
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal("a query does not read back")
	}
	out := make(map[string]bool, len(s.Expect))
	for key, want := range s.Expect {
		switch key {
		case "amounts":
			have := make([]string, 0, len(q.Amounts))
			for _, a := range q.Amounts {
				have = append(have, writeAmount(a))
			}
			out[key] = sameStrings(have, want)
		case "time":
			out[key] = sameSpan(writeTime(q.Time, want), want)
		default:
			out[key] = reflect.DeepEqual(said(key, got[key]), said(key, want))
		}
	}
	return out
}

// sameStrings compares without regard to order.
func sameStrings(have []string, want any) bool {
	list, ok := want.([]any)
	if !ok || len(list) != len(have) {
		return false
	}
	labels := make([]string, 0, len(list))
	for _, v := range list {
		text, _ := v.(string)
		labels = append(labels, text)
	}
	slices.Sort(labels)
	slices.Sort(have)
	return slices.Equal(have, labels)
}

// sameSpan compares from/to/precision; "*" in the label is what the rules leave
// open.
func sameSpan(have string, want any) bool {
	label, ok := want.(string)
	if !ok {
		return false
	}
	a, b := strings.Split(have, "/"), strings.Split(label, "/")
	return slices.EqualFunc(a, b, func(got, want string) bool { return want == "*" || got == want })
}

// said folds every way of writing that a field was not said into nil.
func said(key string, v any) any {
	switch x := v.(type) {
	case string:
		if x == "" || key == "role" && x == "unknown" || key == "urgency" && x == "normal" {
			return nil
		}
	case bool:
		if !x {
			return nil
		}
	case []any:
		if len(x) == 0 {
			return nil
		}
	}
	return v
}
