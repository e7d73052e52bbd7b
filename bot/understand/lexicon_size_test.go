package understand

import "testing"

// TestLexiconStaysSmall: alternatives multiply. A pattern of ten small groups
// is tens of thousands of phrases, in every process; such a thing is a pair.
func TestLexiconStaysSmall(t *testing.T) {
	t.Parallel()
	words := New(Vocabulary{}).words
	if nodes, phrases := len(words.outs), len(words.phrases); nodes > usualNodes || phrases > usualPhrases {
		t.Errorf("%d nodes and %d phrases, want at most %d and %d: make the largest pattern a pair", nodes, phrases, usualNodes, usualPhrases)
	} else {
		t.Logf("%d nodes, %d phrases", nodes, phrases)
	}
}
