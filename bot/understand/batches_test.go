package understand

import (
	"path/filepath"
	"strings"
	"testing"
)

// batchFloors are what the parser reaches on the batches, in sentences. They
// go up with the parser; a sentence lost fails the test. A batch is labelled
// from the rules before the parser sees it.
//
//nolint:gochecknoglobals // read-only table
var batchFloors = map[string]int{
	"batch1": 104,
	"batch2": 97,
	"batch3": 119,
	"batch4": 122,
}

// jointFields are the ones that must be right together: what a turn acts on.
//
//nolint:gochecknoglobals // read-only table
var jointFields = []string{"intent", "amounts", "time", "card_last4", "brand"}

func TestSentencesBatches(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	files, err := filepath.Glob("../../testdata/understand/batch*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no batches: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		good, joint, all := 0, 0, 0
		for _, s := range readSentences(t, file) {
			all++
			d := s.differences(s.parse(p))
			if jointRight(d) {
				joint++
			}
			if len(d) == 0 {
				good++
				continue
			}
			t.Logf("%s: %q: %s", name, s.Text, strings.Join(d, "; "))
		}
		t.Logf("%s: %d of %d right in every label (%.1f %%), %d in the joint fields (%.1f %%)",
			name, good, all, percent(good, all), joint, percent(joint, all))
		floor, ok := batchFloors[name]
		if !ok || good < floor {
			t.Errorf("%s: %d sentences right, floor %d", name, good, floor)
		}
	}
}

func percent(part, all int) float64 { return 100 * float64(part) / float64(max(all, 1)) }

// jointRight reports that no difference is in a joint field.
func jointRight(differences []string) bool {
	for _, d := range differences {
		for _, f := range jointFields {
			if strings.HasPrefix(d, f+": ") {
				return false
			}
		}
	}
	return true
}
