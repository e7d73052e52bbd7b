package understand

import (
	"path/filepath"
	"strings"
	"testing"
)

// sentenceFloors are how many sentences of a file the parser reads right in
// every label. They go up with the parser; a sentence lost fails the test. A
// batch is labelled from the rules before the parser sees it.
//
//nolint:gochecknoglobals // read-only table
var sentenceFloors = map[string]int{
	"batch1":    122,
	"batch2":    122,
	"batch3":    135,
	"batch4":    143,
	"batch5":    145,
	"batch6":    135,
	"batch7":    194,
	"sentences": 293,
	"stories":   252,
}

// jointLabels are the ones that must be right together: what a turn acts on.
//
//nolint:gochecknoglobals // read-only table
var jointLabels = []string{"intent", "amounts", "time", "card_last4", "brand"}

// TestSentencesByFile prints the scores of every file of labelled sentences
// (make eval).
func TestSentencesByFile(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	files, err := filepath.Glob("../../testdata/understand/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no labelled sentences: %v", err)
	}
	sum := [3]int{}
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
		t.Logf("sentences, %s: %d of %d jointly exact (%.1f %%), %d in every label", name, joint, all, inPercent(joint, all), good)
		sum[0], sum[1], sum[2] = sum[0]+joint, sum[1]+all, sum[2]+good
		if floor, ok := sentenceFloors[name]; !ok || good < floor {
			t.Errorf("%s: %d sentences right, floor %d (a new file needs one)", name, good, floor)
		}
	}
	t.Logf("sentences, all files: %d of %d jointly exact (%.1f %%), %d in every label", sum[0], sum[1], inPercent(sum[0], sum[1]), sum[2])
}

func inPercent(part, all int) float64 { return 100 * float64(part) / float64(max(all, 1)) }

// jointRight reports that no difference is in a joint field.
func jointRight(differences []string) bool {
	for _, d := range differences {
		for _, f := range jointLabels {
			if strings.HasPrefix(d, f+": ") {
				return false
			}
		}
	}
	return true
}
