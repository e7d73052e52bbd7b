package knowledge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"daozhang/bot/understand"
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

// front is the YAML front matter of contract section 6, in its order.
type front struct {
	ID         string              `yaml:"id"`
	Title      string              `yaml:"title"`
	Phrasings  []string            `yaml:"phrasings"`
	Causes     []string            `yaml:"causes"`
	Intents    []understand.Intent `yaml:"intents"`
	Brands     []string            `yaml:"brands"`
	Channels   []string            `yaml:"channels"`
	Audience   string              `yaml:"audience"`
	Owner      string              `yaml:"owner"`
	ReviewOn   string              `yaml:"review_on"`
	ValidFrom  string              `yaml:"valid_from"`
	ValidUntil string              `yaml:"valid_until"`
	Sources    []string            `yaml:"sources"`
	Guide      *struct {
		Steps []string `yaml:"steps"`
		Then  string   `yaml:"then"`
	} `yaml:"guide"`
}

// Parse reads an article file. It checks the form (front matter, known keys,
// days, name = id); what the words may say is Lint's business. The error is a
// *ParseError.
func Parse(f File) (Article, error) {
	fail := func(line int, format string, args ...any) (Article, error) {
		return Article{}, &ParseError{File: f.Name, Line: line, Reason: fmt.Sprintf(format, args...)}
	}
	if len(f.Data) > MaxFile {
		return fail(0, "文件 %d 字节，超过上限 %d 字节", len(f.Data), MaxFile)
	}
	if !utf8.Valid(f.Data) {
		return fail(lineOfInvalid(f.Data), "不是 UTF-8 编码，请另存为 UTF-8")
	}
	text := canonicalText(string(f.Data))
	head, body, bodyLine, ok := splitFront(text)
	if !ok {
		return fail(1, "缺少 front matter:文件须以单独一行 --- 开头，并以单独一行 --- 结束头部")
	}
	if len(head) > maxFrontMatter {
		return fail(1, "头部 %d 字节，超过上限 %d 字节", len(head), maxFrontMatter)
	}
	if r, line := controlRune(text); line > 0 {
		return fail(line, "含有控制字符 U+%04X，请删除", r)
	}
	fm, line, err := decodeFront(head)
	if err != nil {
		return fail(line, "头部无法读取：%v", err)
	}
	a := Article{
		ID: fm.ID, Title: fm.Title, Phrasings: fm.Phrasings, Causes: fm.Causes, Intents: fm.Intents,
		Brands: fm.Brands, Channels: fm.Channels, Audience: fm.Audience, Owner: fm.Owner,
		Sources: fm.Sources, Body: strings.TrimSpace(body),
	}
	if fm.Guide != nil {
		a.Guide = Guide{Steps: fm.Guide.Steps, Then: fm.Guide.Then}
	}
	for _, d := range []struct {
		key, text string
		day       *Day
	}{{"review_on", fm.ReviewOn, &a.ReviewOn}, {"valid_from", fm.ValidFrom, &a.ValidFrom}, {"valid_until", fm.ValidUntil, &a.ValidUntil}} {
		if *d.day, err = ParseDay(d.text); err != nil {
			return fail(lineOfKey(text, d.key), "%s 的日期 %q 不是 YYYY-MM-DD", d.key, d.text)
		}
	}
	normaliseLists(&a)
	switch {
	case a.ID == "":
		return fail(1, "缺少 id")
	case f.Name != "" && strings.TrimSuffix(path.Base(f.Name), ".md") != a.ID:
		return fail(lineOfKey(text, "id"), "id %q 与文件名不一致，文件名须为 %s.md", a.ID, a.ID)
	case a.Body == "":
		return fail(bodyLine, "缺少正文：头部之后须写答复内容")
	}
	return a, nil
}

// decodeFront reads the YAML; line is counted in the file, whose first line is
// the opening "---". Anchors, aliases, tags and merges are refused: an article
// has no use for them and they are the ways to make YAML grow.
func decodeFront(head string) (fm front, line int, err error) {
	for _, t := range lexer.Tokenize(head) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType, token.DocumentHeaderType, token.DocumentEndType:
			return front{}, t.Position.Line + 1, fmt.Errorf("不支持 %q", t.Value)
		}
	}
	err = yaml.NewDecoder(strings.NewReader(head), yaml.DisallowUnknownField()).Decode(&fm)
	if err == nil || errors.Is(err, io.EOF) {
		return fm, 0, nil
	}
	line = 1
	reason := err.Error()
	var ye yaml.Error
	if errors.As(err, &ye) {
		reason = ye.GetMessage()
		if t := ye.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line + 1
		}
	}
	reason, _, _ = strings.Cut(reason, "\n")
	return front{}, line, errors.New(reason)
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

// controlRune finds the first character that no article needs: C0 and C1
// controls other than newline and tab, and the invisible ones that hide text.
func controlRune(text string) (rune, int) {
	line := 1
	for _, r := range text {
		switch {
		case r == '\n':
			line++
		case r == '\t':
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r == 0xfffd:
			return r, line
		}
	}
	return 0, 0
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
