package knowledge

import (
	"strconv"
	"strings"
	"unicode"

	"daozhang/bot/understand"
)

// Format writes an article as its canonical file: Parse(Format(a)) gives a
// back, except for Version and Status, which the file does not carry.
func Format(a Article) []byte {
	var b strings.Builder
	b.WriteString("---\n")
	scalar := func(key, value string) { b.WriteString(key + ": " + yamlString(value) + "\n") }
	optional := func(key, value string) {
		if value != "" {
			scalar(key, value)
		}
	}
	block := func(indent, key string, values []string) {
		b.WriteString(indent + key + ":")
		if len(values) == 0 {
			b.WriteString(" []")
		}
		b.WriteString("\n")
		for _, v := range values {
			b.WriteString(indent + "  - " + yamlString(v) + "\n")
		}
	}
	flow := func(key string, values []string) {
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = yamlString(v)
		}
		b.WriteString(key + ": [" + strings.Join(quoted, ", ") + "]\n")
	}
	scalar("id", a.ID)
	scalar("title", a.Title)
	block("", "phrasings", a.Phrasings)
	flow("causes", a.Causes)
	flow("intents", intentStrings(a.Intents))
	flow("brands", a.Brands)
	flow("channels", a.Channels)
	scalar("audience", a.Audience)
	scalar("owner", a.Owner)
	scalar("review_on", string(a.ReviewOn))
	optional("valid_from", string(a.ValidFrom))
	optional("valid_until", string(a.ValidUntil))
	flow("sources", a.Sources)
	if !a.Guide.IsZero() {
		b.WriteString("guide:\n")
		block("  ", "steps", a.Guide.Steps)
		if a.Guide.Then != "" {
			scalar("  then", a.Guide.Then)
		}
	}
	b.WriteString("---\n\n" + a.Body + "\n")
	return []byte(b.String())
}

func intentStrings(in []understand.Intent) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

// yamlString writes a plain scalar where no reader of YAML can take it for
// something else, and a double-quoted one otherwise.
func yamlString(s string) string {
	if plainScalar(s) {
		return s
	}
	return strconv.Quote(s)
}

func plainScalar(s string) bool {
	if s == "" {
		return false
	}
	letter := false
	for i, r := range s {
		switch {
		case unicode.Is(unicode.Han, r):
			letter = true
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letter = true
		case r >= '0' && r <= '9', strings.ContainsRune("？。，、！（）〔〕《》_", r):
		case strings.ContainsRune("+-./#", r):
			if i == 0 {
				return false
			}
		default:
			return false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return false
	}
	first := s[0]
	if first >= '0' && first <= '9' { // numbers, dates, 0x…, 1e5
		return isDay(s)
	}
	return letter
}

func isDay(s string) bool {
	if len(s) != len("2006-01-02") {
		return false
	}
	_, err := ParseDay(s)
	return err == nil
}
