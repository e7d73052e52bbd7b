package bot

import (
	"daozhang/knowledge"
)

// Shelf serves an index and the channels as the Knowledge port. It is a value
// swapped as a whole when an article or channel changes.
type Shelf struct {
	Index *knowledge.Index
	Rows  []knowledge.Channel
	// Words are the admins' synonyms, which Index knows, and forbidden words.
	Words knowledge.Wordbook
}

// Search implements Knowledge.
func (s Shelf) Search(query string, top int, tags knowledge.Tags) knowledge.Result {
	return s.Index.Search(query, top, tags)
}

// Article implements Knowledge.
func (s Shelf) Article(id string) (knowledge.Article, bool) { return s.Index.Article(id) }

// ForCause implements Knowledge: the entries tagged with the cause, the more
// particular ones first.
func (s Shelf) ForCause(cause string, tags knowledge.Tags) []knowledge.Article {
	tags.Causes = []string{cause}
	var out []knowledge.Article
	for _, h := range s.Index.Search("", s.Index.Len(), tags).Hits {
		if a, ok := s.Index.Article(h.ID); ok {
			out = append(out, a)
		}
	}
	return out
}

// Channels implements Knowledge.
func (s Shelf) Channels() []knowledge.Channel { return s.Rows }

// Forbidden implements Knowledge.
func (s Shelf) Forbidden() []string { return s.Words.Forbidden() }
