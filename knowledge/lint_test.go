package knowledge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daozhang/bot/understand"
)

func testNow() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, shanghai) }

func lintOptions() LintOptions { return LintOptions{Channels: PublicChannels(), Now: testNow()} }

func TestShippedArticlesPassLint(t *testing.T) {
	t.Parallel()
	files, err := ShippedFiles()
	if err != nil {
		t.Fatal(err)
	}
	o := lintOptions()
	o.Phrasings = ShippedPhrasings
	articles, findings := LintFiles(files, o)
	for _, f := range findings {
		t.Error(f)
	}
	if len(articles) < 150 {
		t.Errorf("only %d articles", len(articles))
	}
	if len(articles) != len(files) {
		t.Errorf("%d of %d files read", len(articles), len(files))
	}
}

func sound() Article {
	return Article{
		ID: "sound", Title: "好条目", Phrasings: []string{"问法一", "问法二", "问法三", "问法四"}, Causes: []string{"FEE_NET"}, Intents: nil,
		Audience: "merchant", Owner: "结算组", ReviewOn: "2027-01-01", Sources: []string{"seed#27"}, Body: "答复。",
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Article)
		want   string // part of the one finding; "" = none
	}{
		"sound":              {func(*Article) {}, ""},
		"no intents":         {func(a *Article) { a.Intents = nil }, "intents"},
		"bad id":             {func(a *Article) { a.ID = "Sound_1" }, "小写"},
		"no title":           {func(a *Article) { a.Title = "" }, "缺少标题"},
		"no owner":           {func(a *Article) { a.Owner = "" }, "缺少负责人"},
		"no review":          {func(a *Article) { a.ReviewOn = "" }, "缺少复核日期"},
		"no sources":         {func(a *Article) { a.Sources = nil }, "来源"},
		"unknown cause":      {func(a *Article) { a.Causes = []string{"NO_SUCH"} }, `"NO_SUCH" 不在`},
		"cause twice":        {func(a *Article) { a.Causes = []string{"OFFSET", "OFFSET"} }, "写了两遍"},
		"unknown intent":     {func(a *Article) { a.Intents = append(a.Intents, "guess") }, `"guess" 不在`},
		"unknown brand":      {func(a *Article) { a.Brands = []string{"某某付"} }, `"某某付" 不在`},
		"operator's brand":   {func(a *Article) { a.Brands = []string{"合利宝"} }, ""},
		"unknown channel":    {func(a *Article) { a.Channels = []string{"CASH"} }, `"CASH" 不在`},
		"unknown audience":   {func(a *Article) { a.Audience = "boss" }, "audience"},
		"three phrasings":    {func(a *Article) { a.Phrasings = a.Phrasings[:3] }, "3 种问法"},
		"phrasing twice":     {func(a *Article) { a.Phrasings[3] = "问法一" }, "重复"},
		"empty phrasing":     {func(a *Article) { a.Phrasings[3] = "" }, "空的问法"},
		"long phrasing":      {func(a *Article) { a.Phrasings[3] = strings.Repeat("问", 61) }, "61 个字"},
		"300 characters":     {func(a *Article) { a.Body = strings.Repeat("答", 300) }, ""},
		"301 characters":     {func(a *Article) { a.Body = strings.Repeat("答", 301) }, "301 个字"},
		"expired":            {func(a *Article) { a.ValidUntil = "2026-11-21" }, "过期"},
		"valid today":        {func(a *Article) { a.ValidUntil = "2026-11-22" }, ""},
		"ends before start":  {func(a *Article) { a.ValidFrom, a.ValidUntil = "2027-02-01", "2027-01-01" }, "早于"},
		"review overdue":     {func(a *Article) { a.ReviewOn = "2026-11-01" }, "复核日期"},
		"html":               {func(a *Article) { a.Body = "看<b>这里</b>。" }, "HTML"},
		"script":             {func(a *Article) { a.Body = "<script>alert(1)</script>" }, "HTML"},
		"script in markdown": {func(a *Article) { a.Body = "[点](javascript:alert(1))" }, "脚本"},
		"image":              {func(a *Article) { a.Body = "![图](a.png)" }, "图片"},
		"entity":             {func(a *Article) { a.Body = "&#60;b" }, "HTML"},
		"comparison":         {func(a *Article) { a.Body = "金额 < 1000元 的。" }, ""},
		"mobile":             {func(a *Article) { a.Body = "打13812345678。" }, "电话"},
		"landline":           {func(a *Article) { a.Body = "座机010-62345678。" }, "电话"},
		"brand hotline":      {func(a *Article) { a.Body = "打95016问。" }, "电话"},
		"public service":     {func(a *Article) { a.Body = "打12363或110。" }, ""},
		"url":                {func(a *Article) { a.Body = "看https://example.com/a。" }, "网址"},
		"bare host":          {func(a *Article) { a.Body = "上example.cn查。" }, "网址"},
		"wechat id":          {func(a *Article) { a.Body = "加微信abc12345。" }, "微信号"},
		"number in phrasing": {func(a *Article) { a.Phrasings[3] = "13812345678是客服吗" }, "电话"},
		"promise":            {func(a *Article) { a.Body = "明天一定到账。" }, "承诺"},
		"guarantee":          {func(a *Article) { a.Body = "我们保证三天内到。" }, "承诺"},
		"no guarantee":       {func(a *Article) { a.Body = "不能保证哪天到。" }, ""},
		"deposit":            {func(a *Article) { a.Body = "要交保证金的是骗子。" }, ""},
		"promise asked":      {func(a *Article) { a.Phrasings[3] = "你能保证明天到吗" }, ""},
		"coaching":           {func(a *Article) { a.Body = "可以拆成几笔刷。" }, "规避风控"},
		"coaching device":    {func(a *Article) { a.Body = "换一台机器再刷就行。" }, "规避风控"},
		"cash out":           {func(a *Article) { a.Body = "想套现的话先刷小额。" }, "套现"},
		"cash out refused":   {func(a *Article) { a.Body = "套现违法，我不能帮。" }, ""},
		"guide too long":     {func(a *Article) { a.Guide.Steps = make([]string, 13) }, "guide"},
		"link in guide":      {func(a *Article) { a.Guide.Steps = []string{"打开www.abc.top看"} }, "网址"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := sound()
			a.Intents = []understand.Intent{understand.Fee}
			tt.change(&a)
			o := lintOptions()
			o.Brands = []string{"合利宝"}
			got := Lint([]Article{a}, o)
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("unexpected %v", got)
			case tt.want != "" && (len(got) == 0 || !strings.Contains(fmt.Sprint(got), tt.want)):
				t.Errorf("got %v, want %q", got, tt.want)
			}
			for _, f := range got {
				if f.File != a.ID+".md" || f.Line < 1 {
					t.Errorf("finding without a place: %+v", f)
				}
			}
		})
	}
}

func TestLintAcross(t *testing.T) {
	t.Parallel()
	a, b := sound(), sound()
	a.Intents, b.Intents = []understand.Intent{understand.Fee}, []understand.Intent{understand.Fee}
	if got := fmt.Sprint(Lint([]Article{a, b}, lintOptions())); !strings.Contains(got, "id") || !strings.Contains(got, "重复") {
		t.Errorf("duplicate id not found: %s", got)
	}
	b.ID = "other"
	if got := fmt.Sprint(Lint([]Article{a, b}, lintOptions())); !strings.Contains(got, "已在 sound 里") {
		t.Errorf("shared phrasing not found: %s", got)
	}
	b.Phrasings = []string{"甲", "乙", "丙", "丁"}
	b.Guide = Guide{Steps: []string{"看"}, Then: "nowhere"}
	if got := fmt.Sprint(Lint([]Article{a, b}, lintOptions())); !strings.Contains(got, "nowhere") {
		t.Errorf("guide into nowhere not found: %s", got)
	}
}

func TestLintNamesTheLine(t *testing.T) {
	t.Parallel()
	file := "---\n# 人写的文件\nid: a\ntitle: 标题\nphrasings:\n  - 问一\n  - 问二\n  - 看 example.com\n  - 问四\ncauses: [WRONG]\nintents: [fee]\naudience: all\nowner: 甲\nreview_on: 2027-01-01\nsources: [seed#1]\n---\n\n第一行\n打13812345678\n"
	_, got := LintFiles([]File{{"in/a.md", []byte(file)}, {"in/b.md", []byte("没有头部")}}, lintOptions())
	want := map[int]string{8: "example.com", 10: "WRONG", 19: "13812345678"}
	for _, f := range got {
		if f.File == "in/b.md" {
			if f.Line != 1 {
				t.Errorf("unreadable file: %v", f)
			}
			continue
		}
		if part, ok := want[f.Line]; !ok || !strings.Contains(f.Reason, part) {
			t.Errorf("unexpected %v", f)
		}
		delete(want, f.Line)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v in %v", want, got)
	}
}

// Every kind of bad input of an import is refused with file, line and reason;
// the good file beside it does not save the import.
func TestBadFilesAreRefusedWithTheirLine(t *testing.T) {
	t.Parallel()
	const good = "---\nid: %s\ntitle: 标题\nphrasings:\n  - %s问一\n  - %s问二\n  - %s问三\n  - %s问四\ncauses: [FEE_NET]\nintents: [fee]\naudience: all\nowner: 甲\nreview_on: 2027-01-01\nsources: [seed#1]\n---\n\n第一行。\n第二行。\n"
	file := func(id string) string { return strings.ReplaceAll(good, "%s", id) }
	bad := file("bad")
	with := func(old, text string) string { return strings.Replace(bad, old, text, 1) }
	tests := map[string]struct {
		data string
		line int
		want string
	}{
		"no front matter":      {"没有头部\n", 1, "front matter"},
		"front matter open":    {"---\nid: bad\n", 1, "front matter"},
		"broken YAML":          {with("title: 标题", "title: [标题"), 4, "头部"},
		"unknown key":          {with("owner: 甲", "owners: 甲"), 12, "头部"},
		"YAML anchor":          {with("title: 标题", "title: &a 标题"), 3, "不支持"},
		"not UTF-8":            {with("第一行", "第\xff行"), 17, "UTF-8"},
		"control character":    {with("第一行", "第\x07行"), 17, "控制字符"},
		"hidden character":     {with("第一行", "第\u200b行"), 17, "控制字符"},
		"name is not the id":   {with("id: bad", "id: other"), 2, "文件名"},
		"1 MB":                 {with("第一行。", strings.Repeat("长", 350_000)), 1, "超过上限"},
		"unknown cause":        {with("FEE_NET", "NO_CAUSE"), 9, "NO_CAUSE"},
		"HTML":                 {with("第二行。", "<b>第二行</b>"), 18, "HTML"},
		"script":               {with("第二行。", "<script>alert(1)</script>"), 18, "HTML"},
		"event in Markdown":    {with("第二行。", "[看](javascript:alert(1))"), 18, "脚本"},
		"image":                {with("第二行。", "![](http://a)"), 18, "图片"},
		"advertisement":        {with("第二行。", "免费办理，低费率办理"), 18, "禁用内容"},
		"advertised number":    {with("第二行。", "微信 185 8483 9115"), 18, "禁用号码"},
		"telephone":            {with("第二行。", "客服13812345678"), 18, "电话"},
		"telephone in Chinese": {with("第二行。", "打一三八一二三四五六七八"), 18, "电话"},
		"link":                 {with("第二行。", "看 https://pay.example.cn/a"), 18, "网址"},
		"WeChat ID":            {with("第二行。", "加微信 abc12345"), 18, "微信号"},
		"cash-out advice":      {with("第二行。", "信用卡可以这样套现，先刷小额"), 18, "套现"},
		"splitting advice":     {with("第二行。", "大额拆成几笔刷就行"), 18, "规避风控"},
		"evasion spelling":     {with("第二行。", "刷KA卡的人"), 18, "规避审查"},
		"promise":              {with("第二行。", "明天保证到账"), 18, "承诺"},
		"301 characters":       {with("第二行。", strings.Repeat("字", 301)), 16, "最多 300"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, findings := LintFiles([]File{{"in/good.md", []byte(file("good"))}, {"in/bad.md", []byte(tt.data)}}, lintOptions())
			found := false
			for _, f := range findings {
				if f.File != "in/bad.md" {
					t.Errorf("the good file is blamed: %v", f)
				}
				if f.Line < 1 || f.Reason == "" {
					t.Errorf("finding without line or reason: %+v", f)
				}
				found = found || f.Line == tt.line && strings.Contains(f.Reason, tt.want)
			}
			if !found {
				t.Errorf("want line %d with %q, got %v", tt.line, tt.want, findings)
			}
		})
	}
	twice := []File{{"a/good.md", []byte(file("good"))}, {"b/good.md", []byte(file("good"))}}
	if _, findings := LintFiles(twice, lintOptions()); !strings.Contains(fmt.Sprint(findings), "b/good.md:2: id") {
		t.Errorf("duplicate id: %v", findings)
	}
}
