package knowledge

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits that the lint holds an article to. Lengths are in characters.
const (
	MinPhrasings = 4
	// ShippedPhrasings is the least for the entries that ship with the program.
	ShippedPhrasings = 5
	MaxPhrasings     = 60
	maxPhrasing      = 60
	maxTitle         = 40
	maxGuideSteps    = 12
	maxGuideStep     = 120
	maxSources       = 20
	maxSourceRunes   = 80
)

// LintOptions are what the lint needs to know. The zero value knows no
// verified channel and does not look at validity.
type LintOptions struct {
	// Channels are the rows whose values may stand in an answer.
	Channels []Channel
	// Now is when expiry is judged; the zero time = not at all.
	Now time.Time
	// Brands the operator has added to the built-in ones.
	Brands []string
	// Others are entries in force that the ones judged join: a clash with them
	// is found, they themselves are not judged.
	Others []Article
	// Forbidden are words of the admins that no answer may hold.
	Forbidden []string
	// Phrasings is how many an entry must have at least; 0 = MinPhrasings.
	Phrasings int
}

// Document is an article with the text that its lines are counted in and the
// name of its file.
type Document struct {
	File    string
	Text    string
	Article Article
}

//nolint:gochecknoglobals // read-only table
var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Lint finds what may not be published. Lines are those of the canonical file
// (Format); File is ID + ".md". No finding = good.
func Lint(articles []Article, o LintOptions) []Finding {
	docs := make([]Document, len(articles))
	for i, a := range articles {
		docs[i] = Document{a.ID + ".md", string(Format(a)), a}
	}
	return LintDocuments(docs, o)
}

// LintFiles parses and lints files. Articles that could be read are returned
// in the files' order; an import takes them only when there is no finding.
func LintFiles(files []File, o LintOptions) ([]Article, []Finding) {
	var docs []Document
	var articles []Article
	var out []Finding
	for _, f := range files {
		a, err := Parse(f)
		if err != nil {
			out = append(out, ParseFindings(err)...)
			continue
		}
		articles = append(articles, a)
		docs = append(docs, Document{f.Name, string(f.Data), a})
	}
	out = append(out, LintDocuments(docs, o)...)
	sortFindings(out)
	return articles, out
}

// LintDocuments finds what may not be published, with the documents' own
// files and lines. No finding = good.
func LintDocuments(docs []Document, o LintOptions) []Finding {
	var out []Finding
	firstFile := map[string]string{}
	ids := map[string]bool{}
	asked := map[string]string{} // folded phrasing → id
	for _, d := range docs {
		ids[d.Article.ID] = true
	}
	for _, a := range o.Others {
		if ids[a.ID] {
			continue // its successor is judged
		}
		ids[a.ID] = true
		for _, p := range a.Phrasings {
			asked[Fold(p)] = a.ID
		}
	}
	for _, d := range docs {
		d.Text = canonicalText(d.Text)
		l := linter{doc: d, o: o}
		if other, dup := firstFile[d.Article.ID]; dup {
			l.at("id", d.Article.ID, "id %q 重复，%s 已经用了", d.Article.ID, other)
		} else {
			firstFile[d.Article.ID] = d.File
		}
		if then := d.Article.Guide.Then; then != "" && len(ids) > 1 && !ids[then] {
			l.at("guide", then, "步骤之后（guide.then）指向的条目 %q 不存在", then)
		}
		l.fields()
		l.clashes(asked)
		l.tags()
		l.guide()
		l.words()
		out = append(out, l.out...)
	}
	sortFindings(out)
	return out
}

func sortFindings(f []Finding) {
	sort.SliceStable(f, func(i, j int) bool {
		if f[i].File != f[j].File {
			return f[i].File < f[j].File
		}
		return f[i].Line < f[j].Line
	})
}

type linter struct {
	doc Document
	o   LintOptions
	out []Finding
}

// at reports at the line of a value within a front matter key; key "" is the
// body.
func (l *linter) at(key, value, format string, args ...any) {
	l.out = append(l.out, Finding{l.doc.File, lineOf(l.doc.Text, key, value), fmt.Sprintf(format, args...)})
}

// lineOf is the first line at or after the key that holds the value.
func lineOf(text, key, value string) int {
	lines := strings.Split(text, "\n")
	start := 0
	if key == "" {
		for i := 1; i < len(lines); i++ {
			if lines[i] == "---" {
				start = i + 1
				break
			}
		}
	} else {
		start = lineOfKey(text, key) - 1
	}
	value, _, _ = strings.Cut(value, "\n")
	if value != "" {
		for i := start; i < len(lines); i++ {
			if strings.Contains(lines[i], value) {
				return i + 1
			}
		}
	}
	return min(start+1, len(lines))
}

func (l *linter) fields() {
	a := l.doc.Article
	if !idForm.MatchString(a.ID) || len(a.ID) > 64 {
		l.at("id", a.ID, "id %q 只能是小写字母、数字和短横线，最长 64", a.ID)
	}
	for _, f := range []struct{ key, value, name string }{
		{"title", a.Title, "标题"}, {"owner", a.Owner, "负责人"}, {"review_on", string(a.ReviewOn), "复核日期"},
	} {
		if f.value == "" {
			l.at(f.key, "", "缺少%s（%s）", f.name, f.key)
		}
	}
	if n := utf8.RuneCountInString(a.Title); n > maxTitle {
		l.at("title", a.Title, "标题 %d 个字，最多 %d 个", n, maxTitle)
	}
	if n := utf8.RuneCountInString(a.Body); n > MaxBody {
		l.at("", "", "正文 %d 个字，最多 %d 个", n, MaxBody)
	}
	if a.Body == "" {
		l.at("", "", "缺少正文")
	}
	least := cmp.Or(l.o.Phrasings, MinPhrasings)
	if n := len(a.Phrasings); n < least || n > MaxPhrasings {
		l.at("phrasings", "", "有 %d 种问法，须有 %d 到 %d 种", n, least, MaxPhrasings)
	}
	seen := map[string]bool{}
	for _, p := range a.Phrasings {
		switch n := utf8.RuneCountInString(p); {
		case p == "":
			l.at("phrasings", "", "有空的问法")
		case n > maxPhrasing:
			l.at("phrasings", p, "问法 %d 个字，最多 %d 个", n, maxPhrasing)
		case seen[Fold(p)]:
			l.at("phrasings", p, "问法 %q 重复", p)
		}
		seen[Fold(p)] = true
	}
	if len(a.Sources) == 0 || len(a.Sources) > maxSources {
		l.at("sources", "", "有 %d 个来源，须有 1 到 %d 个", len(a.Sources), maxSources)
	}
	for _, s := range a.Sources {
		if s == "" || utf8.RuneCountInString(s) > maxSourceRunes {
			l.at("sources", s, "来源不能为空，最长 %d 个字", maxSourceRunes)
		}
	}
	l.validity()
}

// clashes reports a phrasing that another article has already taken: the same
// question cannot have two answers.
func (l *linter) clashes(asked map[string]string) {
	for _, p := range l.doc.Article.Phrasings {
		folded := Fold(p)
		if other, ok := asked[folded]; ok && other != l.doc.Article.ID {
			l.at("phrasings", p, "问法 %q 已在 %s 里", p, other)
			continue
		}
		asked[folded] = l.doc.Article.ID
	}
}

func (l *linter) validity() {
	a := l.doc.Article
	if a.ValidFrom != "" && a.ValidUntil != "" && a.ValidUntil < a.ValidFrom {
		l.at("valid_until", string(a.ValidUntil), "有效期的结束 %s 早于开始 %s", a.ValidUntil, a.ValidFrom)
	}
	if l.o.Now.IsZero() {
		return
	}
	today := DayOf(l.o.Now)
	if a.ValidUntil != "" && a.ValidUntil < today {
		l.at("valid_until", string(a.ValidUntil), "已于 %s 过期，请更新或归档", a.ValidUntil)
	}
	if a.ReviewOn != "" && a.ReviewOn < today {
		l.at("review_on", string(a.ReviewOn), "复核日期 %s 已过，请重新核对内容后改期", a.ReviewOn)
	}
}

func (l *linter) tags() {
	a := l.doc.Article
	check := func(key, name string, values, allowed []string) {
		for i, v := range values {
			if !slices.Contains(allowed, v) {
				l.at(key, v, "%s（%s）里的 %q 不在规定的清单里", name, key, v)
			}
			if slices.Contains(values[:i], v) {
				l.at(key, v, "%s（%s）里的 %q 写了两遍", name, key, v)
			}
		}
	}
	check("causes", "原因", a.Causes, causes)
	check("intents", "意图", intentStrings(a.Intents), intentStrings(intents))
	check("brands", "品牌", a.Brands, append(Brands(), l.o.Brands...))
	check("channels", "渠道", a.Channels, channels)
	if len(a.Intents) == 0 {
		l.at("intents", "", "至少要选一个意图（intents）")
	}
	if !slices.Contains(audiences, a.Audience) {
		l.at("audience", a.Audience, "说给谁（audience）%q 不在规定的清单里：%s", a.Audience, strings.Join(audiences, " "))
	}
}

func (l *linter) guide() {
	g := l.doc.Article.Guide
	if g.IsZero() {
		return
	}
	if len(g.Steps) == 0 || len(g.Steps) > maxGuideSteps {
		l.at("guide", "", "排查步骤（guide）有 %d 步，须有 1 到 %d 步", len(g.Steps), maxGuideSteps)
	}
	for _, s := range g.Steps {
		if n := utf8.RuneCountInString(s); n == 0 || n > maxGuideStep {
			l.at("guide", s, "排查步骤（guide）的一步有 %d 个字，须有 1 到 %d 个", n, maxGuideStep)
		}
	}
}

// words looks at what is said: banned content everywhere, and in what is sent
// also promises, coaching and unverified channels.
func (l *linter) words() {
	a := l.doc.Article
	if len(a.Body) > MaxFile {
		return // refused for its length already
	}
	l.text("title", a.Title, true)
	for _, p := range a.Phrasings {
		l.text("phrasings", p, false)
	}
	for _, s := range a.Sources {
		l.text("sources", s, false)
	}
	l.text("owner", a.Owner, false)
	for _, s := range a.Guide.Steps {
		l.text("guide", s, true)
	}
	base := lineOf(l.doc.Text, "", a.Body)
	for _, b := range l.breaches(a.Body, true) {
		l.out = append(l.out, Finding{l.doc.File, base + strings.Count(a.Body[:b.at], "\n"), b.reason})
	}
}

// fieldNames are the keys as people call them.
//
//nolint:gochecknoglobals // read-only table
var fieldNames = map[string]string{"title": "标题", "phrasings": "问法", "sources": "依据", "owner": "负责人", "guide": "排查步骤"}

func (l *linter) text(key, text string, answer bool) {
	for _, b := range l.breaches(text, answer) {
		l.at(key, text, "%s（%s）：%s", fieldNames[key], key, b.reason)
	}
}

func (l *linter) breaches(text string, answer bool) []breach {
	out := append(breachesOf(text, answer), unverified(text, l.o.Channels, nil, l.o.Now)...)
	if answer {
		out = append(out, forbiddenIn(text, l.o.Forbidden)...)
	}
	return out
}
