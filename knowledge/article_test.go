package knowledge

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func shipped(t testing.TB) []Article {
	t.Helper()
	articles, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return articles
}

func TestShippedFilesAreCanonical(t *testing.T) {
	t.Parallel()
	files, err := ShippedFiles()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 150 {
		t.Errorf("%d articles shipped, want at least 150", len(files))
	}
	for _, f := range files {
		a, err := Parse(f)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(a.Phrasings) < 8 {
			t.Errorf("%s has %d phrasings, want at least 8", f.Name, len(a.Phrasings))
		}
		if diff := cmp.Diff(string(f.Data), string(Format(a))); diff != "" {
			t.Errorf("%s is not in canonical form (-file +Format):\n%s", f.Name, diff)
		}
	}
}
