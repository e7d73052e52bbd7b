package delivery

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The caps of one text message, passive or customer (wechat.md B2, B3:
// measured limits are 2048 bytes and about 628 Chinese characters).
const (
	MaxChars = 600  // Unicode code points
	MaxBytes = 1800 // UTF-8
)

// unbreakable spans: a whole <a …>…</a> and a bare address.
var unbreakable = regexp.MustCompile(`(?s)<a\s[^>]*>.*?</a>|[a-zA-Z][a-zA-Z0-9+.-]*://[\x21-\x3b\x3d\x3f-\x7e]+`) //nolint:gochecknoglobals // read-only

// Fits reports a text that one message can carry.
func Fits(text string) bool { return fits(text, MaxChars, MaxBytes) }

func fits(s string, chars, bytes int) bool {
	return len(s) <= bytes && utf8.RuneCountInString(s) <= chars
}

// Split cuts a text into messages of at most maxChars code points and maxBytes
// bytes, preferably between paragraphs, then lines, then sentences; a link is
// never cut (unless it alone is longer than a message) and a character with
// its modifiers stays whole. White space at a cut is dropped. Limits below one
// character of four bytes are raised to it. A blank text gives no part.
func Split(text string, maxChars, maxBytes int) []string {
	maxChars, maxBytes = max(maxChars, 1), max(maxBytes, utf8.UTFMax)
	rest := strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	var parts []string
	for rest != "" {
		if fits(rest, maxChars, maxBytes) {
			return append(parts, rest)
		}
		cut := cutPoint(rest, maxChars, maxBytes)
		if part := strings.TrimSpace(rest[:cut]); part != "" {
			parts = append(parts, part)
		}
		rest = strings.TrimSpace(rest[cut:])
	}
	return parts
}

// cutPoint is the best byte offset, above 0, at which s may be cut so that the
// first piece fits.
func cutPoint(s string, maxChars, maxBytes int) int {
	limit := prefix(s, maxChars, maxBytes)
	end := avoidLink(s, limit)
	if end == 0 {
		return limit // a link longer than a whole message
	}
	piece := s[:end]
	for _, sep := range []string{"\n\n", "\n"} {
		if i := strings.LastIndex(piece, sep); i > 0 && !inLink(s, i) {
			return i + len(sep)
		}
	}
	if i := lastSentence(s, end); i > end/2 {
		return i
	}
	return avoidCluster(s, end, limit)
}

// prefix is the length of the longest prefix within the limits, at least one
// character.
func prefix(s string, maxChars, maxBytes int) int {
	n, end := 0, 0
	for i, r := range s {
		if n == maxChars || i+utf8.RuneLen(r) > maxBytes {
			break
		}
		n++
		end = i + utf8.RuneLen(r)
	}
	return end
}

// avoidLink moves a cut inside a link to the start of the link.
func avoidLink(s string, at int) int {
	for _, m := range unbreakable.FindAllStringIndex(s, -1) {
		if m[0] < at && at < m[1] {
			return m[0]
		}
	}
	return at
}

func inLink(s string, at int) bool { return avoidLink(s, at) != at }

// lastSentence is the offset after the last sentence end in s[:end]; 0 when
// there is none outside links.
func lastSentence(s string, end int) int {
	for i := end; i > 0; {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if strings.ContainsRune("。！？；!?;", r) && !inLink(s, i) {
			return i
		}
		i -= n
	}
	return 0
}

// avoidCluster moves a cut before a character whose modifiers would be left
// behind; when that leaves nothing, the cut stays.
func avoidCluster(s string, at, fallback int) int {
	i := at
	for i > 0 && i < len(s) {
		next, _ := utf8.DecodeRuneInString(s[i:])
		prev, n := utf8.DecodeLastRuneInString(s[:i])
		if !joins(next) && prev != '\u200d' {
			return i
		}
		i -= n
	}
	if i > 0 {
		return i
	}
	return fallback
}

// joins reports a code point that continues the character before it.
func joins(r rune) bool {
	return unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || r == '\u200d' || // marks, joiner
		r >= 0x1F3FB && r <= 0x1F3FF || // skin tones
		r >= 0xE0020 && r <= 0xE007F // flag tags
}
