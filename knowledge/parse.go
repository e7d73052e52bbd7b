package knowledge

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of one article file. MaxBody counts characters (runes), the others
// bytes.
const (
	MaxBody        = 300
	MaxFile        = 64 << 10
	maxFrontMatter = 16 << 10
)

// File is an article file as it lies on disk or in an import.
type File struct {
	Name string
	Data []byte
}

// ParseError says what is wrong in which line of which file. Line is 1-based;
// 0 = the file as a whole.
type ParseError struct {
	File   string
	Line   int
	Reason string
}

// Error implements error.
func (e *ParseError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
}

// ParseErrors are all problems of one file, by line.
type ParseErrors []*ParseError

// Error implements error: one problem a line.
func (e ParseErrors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the problems.
func (e ParseErrors) Unwrap() []error {
	out := make([]error, len(e))
	for i, p := range e {
		out[i] = p
	}
	return out
}

// findings are the problems of a file that Parse refused; nil for no error.
func (e ParseErrors) findings() []Finding {
	out := make([]Finding, len(e))
	for i, p := range e {
		out[i] = Finding{p.File, max(p.Line, 1), p.Reason}
	}
	return out
}

// ParseFindings are all problems that Parse found in a file; nil for no error.
func ParseFindings(err error) []Finding {
	var all ParseErrors
	errors.As(err, &all)
	return all.findings()
}

// Parse reads an article file. It checks the form (front matter, known keys,
// days, name = id) and names every problem that it can reach; what the words
// may say is Lint's business. The error is a ParseErrors.
func Parse(f File) (Article, error) {
	p := problems{file: f.Name}
	if len(f.Data) > MaxFile {
		p.at(0, "文件 %d 字节，超过上限 %d 字节", len(f.Data), MaxFile)
		return Article{}, p.err()
	}
	if !utf8.Valid(f.Data) {
		p.at(lineOfInvalid(f.Data), "不是 UTF-8 编码，请另存为 UTF-8")
		return Article{}, p.err()
	}
	text := canonicalText(string(f.Data))
	controlRunes(text, &p)
	head, body, bodyLine, ok := splitFront(text)
	if !ok {
		p.at(1, "缺少 front matter：文件须以单独一行 --- 开头，并以单独一行 --- 结束头部")
		return Article{}, p.err()
	}
	body = strings.TrimSpace(body)
	if body == "" {
		p.at(bodyLine, "缺少正文：头部之后须写答复内容")
	}
	if len(head) > maxFrontMatter {
		p.at(1, "头部 %d 字节，超过上限 %d 字节", len(head), maxFrontMatter)
		return Article{}, p.err()
	}
	fm, ok := decodeFront(head, &p)
	if !ok {
		return Article{}, p.err()
	}
	a := Article{
		ID: fm.ID, Title: fm.Title, Phrasings: fm.Phrasings, Causes: fm.Causes, Intents: fm.Intents,
		Brands: fm.Brands, Channels: fm.Channels, Audience: fm.Audience, Owner: fm.Owner,
		Sources: fm.Sources, Guide: Guide{Steps: fm.Steps, Then: fm.Then}, Body: body,
	}
	for _, d := range []struct {
		key, text string
		day       *Day
	}{{"review_on", fm.ReviewOn, &a.ReviewOn}, {"valid_from", fm.ValidFrom, &a.ValidFrom}, {"valid_until", fm.ValidUntil, &a.ValidUntil}} {
		var err error
		if *d.day, err = ParseDay(d.text); err != nil {
			p.at(lineOfKey(text, d.key), "%s 的日期 %q 不是 YYYY-MM-DD", d.key, d.text)
		}
	}
	normaliseLists(&a)
	switch {
	case a.ID == "":
		if lineOfKey(text, "id") == 1 || !p.has(lineOfKey(text, "id")) {
			p.at(1, "缺少 id")
		}
	case f.Name != "" && strings.TrimSuffix(path.Base(f.Name), ".md") != a.ID:
		p.at(lineOfKey(text, "id"), "id %q 与文件名不一致，文件名须为 %s.md", a.ID, a.ID)
	}
	if err := p.err(); err != nil {
		return Article{}, err
	}
	return a, nil
}

// has reports a problem at a line.
func (p *problems) has(line int) bool {
	return slices.ContainsFunc(p.all, func(e *ParseError) bool { return e.Line == line })
}

// canonicalText drops the byte order mark and turns CRLF and CR into LF.
func canonicalText(s string) string {
	s = strings.TrimPrefix(s, "\ufeff")
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// splitFront cuts the text at its two lines of "---". bodyLine is 1-based.
func splitFront(text string) (head, body string, bodyLine int, ok bool) {
	const fence = "---\n"
	if !strings.HasPrefix(text, fence) {
		return "", "", 0, false
	}
	rest := text[len(fence):]
	var i int
	switch {
	case strings.HasPrefix(rest, fence):
		i = 0
	default:
		if i = strings.Index(rest, "\n"+fence); i < 0 {
			if !strings.HasSuffix(rest, "\n---") {
				return "", "", 0, false
			}
			return rest[:len(rest)-3], "", strings.Count(text, "\n") + 1, true
		}
		i++
	}
	head, body = rest[:i], rest[i+len(fence):]
	return head, body, 3 + strings.Count(head, "\n"), true
}

// controlRunes finds, once a line, the characters that no article needs: C0 and
// C1 controls other than newline and tab, and the invisible ones that hide text.
func controlRunes(text string, p *problems) {
	line, told := 1, 0
	for _, r := range text {
		switch {
		case r == '\n':
			line++
		case r == '\t', told == line:
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r == 0xfffd:
			told = line
			p.at(line, "含有控制字符 U+%04X，请删除", r)
		}
	}
}

func lineOfInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return 1 + bytes.Count(data[:i], []byte("\n"))
		}
		i += n
	}
	return 0
}

// lineOfKey is the 1-based line of a front matter key; 1 when it is missing.
func lineOfKey(text, key string) int {
	for i, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, key+":") {
			return i + 1
		}
		if i > 0 && l == "---" {
			break
		}
	}
	return 1
}

// normaliseLists trims entries and makes empty lists nil, so that a list left
// out and an empty list are the same article.
func normaliseLists(a *Article) {
	trim := func(s *[]string) {
		for i := range *s {
			(*s)[i] = strings.TrimSpace((*s)[i])
		}
		if len(*s) == 0 {
			*s = nil
		}
	}
	for _, l := range []*[]string{&a.Phrasings, &a.Causes, &a.Brands, &a.Channels, &a.Sources, &a.Guide.Steps} {
		trim(l)
	}
	if len(a.Intents) == 0 {
		a.Intents = nil
	}
	for _, s := range []*string{&a.ID, &a.Title, &a.Audience, &a.Owner, &a.Guide.Then} {
		*s = strings.TrimSpace(*s)
	}
}
