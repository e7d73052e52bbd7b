package sources

import "sync"

// maxWords bounds what is remembered, and so logged, of one source.
const maxWords = 50

// words remembers which unlisted states were told, so that each is logged once
// a source; the metric counts them all. It is safe for concurrent use.
type words struct {
	mu   sync.Mutex
	told map[string]map[string]bool
}

// news are those of the words that the source did not tell before.
func (w *words) news(source string, list []string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told == nil {
		w.told = map[string]map[string]bool{}
	}
	known := w.told[source]
	if known == nil {
		known = map[string]bool{}
		w.told[source] = known
	}
	var out []string
	for _, word := range list {
		word = plain(word)
		if known[word] || len(known) >= maxWords {
			continue
		}
		known[word] = true
		out = append(out, word)
	}
	return out
}
