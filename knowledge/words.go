package knowledge

import (
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// WordKind says what a word of the admins does.
type WordKind string

// The closed list of kinds.
const (
	// Synonym: questions that say Word are read as if they said Means.
	Synonym WordKind = "synonym"
	// Forbidden: no entry may be published and no answer leave with Word.
	Forbidden WordKind = "forbidden"
)

// MinWord is the shortest word in characters: shorter ones stand in too many
// others.
const MinWord = 2

// Word is a row of the admins' word list.
type Word struct {
	ID    int64
	Kind  WordKind
	Word  string
	Means string // of a synonym
	By    string
	At    time.Time
}

// Wordbook is the list in use. The zero value holds no words.
type Wordbook struct {
	forbidden []string
	synonyms  *strings.Replacer
}

// NewWordbook reads rows; those that fold to nothing are left out.
func NewWordbook(rows []Word) Wordbook {
	var b Wordbook
	var pairs [][2]string
	for _, r := range rows {
		switch r.Kind {
		case Forbidden:
			b.forbidden = append(b.forbidden, r.Word)
		case Synonym:
			if from, to := Fold(r.Word), Fold(r.Means); from != "" && to != "" && from != to {
				pairs = append(pairs, [2]string{from, to})
			}
		}
	}
	if len(pairs) == 0 {
		return b
	}
	// Longer words first: of two that begin alike the longer one is meant.
	sort.SliceStable(pairs, func(i, j int) bool { return len(pairs[i][0]) > len(pairs[j][0]) })
	flat := make([]string, 0, 2*len(pairs))
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	b.synonyms = strings.NewReplacer(flat...)
	return b
}

// Forbidden are the words that no answer may hold.
func (b Wordbook) Forbidden() []string { return b.forbidden }

// Options are those of an index that knows the synonyms.
func (b Wordbook) Options() IndexOptions {
	if b.synonyms == nil {
		return IndexOptions{}
	}
	return IndexOptions{Normalize: func(s string) string { return b.synonyms.Replace(Fold(s)) }}
}

// CheckForbidden finds forbidden words in a text, blanks, punctuation and
// full-width forms aside. No finding = the text may leave.
func CheckForbidden(text string, words []string) []Finding {
	var out []Finding
	for _, h := range forbiddenIn(text, words) {
		out = append(out, Finding{Line: 1 + strings.Count(text[:h.at], "\n"), Reason: h.reason})
	}
	return out
}

func forbiddenIn(text string, words []string) []breach {
	if len(words) == 0 {
		return nil
	}
	bare, places := bareText(text)
	var out []breach
	for _, w := range words {
		word, _ := bareText(w)
		if word == "" {
			continue
		}
		if i := strings.Index(bare, word); i >= 0 {
			out = append(out, breach{places[i], "含有禁用词“" + w + "”"})
		}
	}
	return out
}

// bareText is the plain text without blanks and punctuation, with the place of
// every byte in the text.
func bareText(text string) (string, []int) {
	plain, places := plainText(text)
	bare := make([]byte, 0, len(plain))
	var at []int
	for i := 0; i < len(plain); {
		r, n := utf8.DecodeRuneInString(plain[i:])
		if isWordRune(r) {
			for k := range n {
				bare, at = append(bare, plain[i+k]), append(at, places[i+k])
			}
		}
		i += n
	}
	return string(bare), at
}
