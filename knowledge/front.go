package knowledge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"daozhang/bot/understand"
)

// front is the YAML front matter of contract section 6, in its order.
type front struct {
	ID, Title                       string
	Phrasings, Causes               []string
	Intents                         []understand.Intent
	Brands, Channels                []string
	Audience, Owner                 string
	ReviewOn, ValidFrom, ValidUntil string
	Sources                         []string
	Steps                           []string
	Then                            string
}

// problems of one file, in the order in which they were found.
type problems struct {
	file string
	all  ParseErrors
}

func (p *problems) at(line int, format string, args ...any) {
	p.all = append(p.all, &ParseError{File: p.file, Line: line, Reason: fmt.Sprintf(format, args...)})
}

// err is nil without a problem; the problems are in the order of their lines.
func (p *problems) err() error {
	if len(p.all) == 0 {
		return nil
	}
	slices.SortStableFunc(p.all, func(a, b *ParseError) int { return a.Line - b.Line })
	return p.all
}

// decodeFront reads the YAML, key by key, so that every key that is wrong is
// named. Lines are counted in the file, whose first line is the opening "---".
// Anchors, aliases, tags and merges are refused: an article has no use for them
// and they are the ways to make YAML grow. ok = the keys could be told apart.
func decodeFront(head string, p *problems) (fm front, ok bool) {
	refused := false
	for _, t := range lexer.Tokenize(head) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType, token.DocumentHeaderType, token.DocumentEndType:
			p.at(t.Position.Line+1, "头部无法读取：不支持 %q", t.Value)
			refused = true
		}
	}
	if refused {
		return front{}, false
	}
	file, err := parser.ParseBytes([]byte(head), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		p.at(brokenLine(err), "头部无法读取：%s", brokenReason(err))
		return front{}, false
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return front{}, true
	}
	var guide ast.Node
	ok = fields(file.Docs[0].Body, map[string]any{
		"id": &fm.ID, "title": &fm.Title, "phrasings": &fm.Phrasings, "causes": &fm.Causes, "intents": &fm.Intents,
		"brands": &fm.Brands, "channels": &fm.Channels, "audience": &fm.Audience, "owner": &fm.Owner,
		"review_on": &fm.ReviewOn, "valid_from": &fm.ValidFrom, "valid_until": &fm.ValidUntil, "sources": &fm.Sources, "guide": &guide,
	}, "", p)
	if guide != nil && guide.Type() != ast.NullType {
		fields(guide, map[string]any{"steps": &fm.Steps, "then": &fm.Then}, "guide.", p)
	}
	return fm, ok
}

// fields reads a mapping into the targets of its keys.
func fields(node ast.Node, targets map[string]any, where string, p *problems) bool {
	var pairs []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		p.at(nodeLine(node), "头部无法读取：%s应是一行一个“键: 值”", strings.TrimSuffix(where, "."))
		return false
	}
	seen := map[string]int{}
	for _, pair := range pairs {
		key, line := pair.Key.GetToken().Value, nodeLine(pair.Key)
		target, known := targets[key]
		switch {
		case !known:
			p.at(line, "头部无法读取：不认识的键 %s", where+key)
			continue
		case seen[key] > 0:
			p.at(line, "头部无法读取：键 %s 重复，第 %d 行已有", where+key, seen[key])
			continue
		}
		seen[key] = line
		if keep, nested := target.(*ast.Node); nested {
			*keep = pair.Value
			continue
		}
		if err := yaml.NodeToValue(pair.Value, target); err != nil {
			want := "一段文字"
			if _, text := target.(*string); !text {
				want = "列表，写成 [甲, 乙] 或一行一个“- ”"
			}
			p.at(line, "头部无法读取：%s 应是%s", where+key, want)
		}
	}
	return true
}

// nodeLine is the file's line of a node of the front matter.
func nodeLine(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line + 1
	}
	return 1
}

func brokenLine(err error) int {
	var ye yaml.Error
	if errors.As(err, &ye) {
		if t := ye.GetToken(); t != nil && t.Position != nil {
			return t.Position.Line + 1
		}
	}
	return 1
}

// brokenReason says in Chinese what the YAML parser stumbled over; what it
// cannot place stays general.
func brokenReason(err error) string {
	reason := err.Error()
	var ye yaml.Error
	if errors.As(err, &ye) {
		reason = ye.GetMessage()
	}
	for _, known := range []struct{ said, means string }{
		{"must be specified", "方括号或花括号没有写完，或中间少了逗号"},
		{"end character", "引号没有成对"},
		{"end of double", "引号没有成对"},
		{"end of single", "引号没有成对"},
		{"'\t'", "缩进用了制表符，请改成空格"},
		{"found character", "行首有不能用的字符，请给这一段加引号"},
		{"mapping", "冒号或缩进有误"},
		{"sequence", "列表的短横线或缩进有误"},
	} {
		if strings.Contains(reason, known.said) {
			return known.means
		}
	}
	return "引号、缩进或冒号有误"
}
