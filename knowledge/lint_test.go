package knowledge

import (
	"testing"
	"time"
)

func testNow() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, shanghai) }

func TestShippedArticlesPassLint(t *testing.T) {
	t.Parallel()
	files, err := ShippedFiles()
	if err != nil {
		t.Fatal(err)
	}
	_, findings := LintFiles(files, LintOptions{Channels: PublicChannels(), Now: testNow()})
	for _, f := range findings {
		t.Error(f)
	}
}
