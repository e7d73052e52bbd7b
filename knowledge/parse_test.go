package knowledge

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daozhang/bot/understand"
)

func full() Article {
	return Article{
		ID: "fee-net", Title: "到账少了：“手续费”", Phrasings: []string{"怎么少了6块", "为啥: 少了", "# 不是注释", "true", "2026-01-01", "- 短横", "刷1000到994", "O'Brien \"引号\" \\反斜"},
		Causes: []string{"FEE_NET"}, Intents: []understand.Intent{understand.Fee}, Brands: []string{"拉卡拉"}, Channels: []string{"CARD"},
		Audience: "merchant", Owner: "结算组", ReviewOn: "2027-05-31", ValidFrom: "2026-01-01", ValidUntil: "2027-12-31",
		Sources: []string{"seed#27", "银发〔2016〕302号"}, Guide: Guide{Steps: []string{"看结算单", "减手续费"}, Then: "offset"},
		Body: "第一行\n---\n1. 第二行",
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]Article{"full": full(), "least": {ID: "a", Body: "答"}} {
		file := Format(a)
		got, err := Parse(File{a.ID + ".md", file})
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, file)
			continue
		}
		if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("%s (-in +out):\n%s", name, diff)
		}
		if again := Format(got); !bytes.Equal(file, again) {
			t.Errorf("%s: formatting twice differs:\n%s", name, cmp.Diff(string(file), string(again)))
		}
	}
}

func TestParseReadsForeignHands(t *testing.T) {
	t.Parallel()
	file := "\ufeff---\r\nid: a\r\ntitle: '标题'\r\nphrasings: [问一, \"问二\"]\r\ncauses:\r\n- FEE_NET\r\nintents: []\r\n---\r\n正文一\r\n正文二\r\n\r\n"
	a, err := Parse(File{"dir/a.md", []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	want := Article{ID: "a", Title: "标题", Phrasings: []string{"问一", "问二"}, Causes: []string{"FEE_NET"}, Body: "正文一\n正文二"}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	good := string(Format(full()))
	tests := map[string]struct {
		data   string
		line   int
		reason string
	}{
		"empty":          {"", 1, "front matter"},
		"no front":       {"正文", 1, "front matter"},
		"never closed":   {"---\nid: a\n正文\n", 1, "front matter"},
		"unknown key":    {strings.Replace(good, "owner:", "owners:", 1), 18, "owners"},
		"not a list":     {"---\nid: fee-net\nphrasings: {a: b}\n---\n答", 3, "头部无法读取"},
		"open bracket":   {"---\nid: fee-net\ntitle: [没有关\nphrasings:\n  - a\n---\n答", 0, "方括号"},
		"open quote":     {"---\nid: fee-net\ntitle: '没有关\n---\n答", 0, "引号"},
		"tabs":           {"---\nid: fee-net\nphrasings:\n\t- a\n---\n答", 0, "制表符"},
		"broken yaml":    {"---\nid: fee-net\ntitle: \"没有结束\nphrasings: []\n---\n答", 0, "头部无法读取"},
		"bad day":        {strings.Replace(good, "2027-05-31", "2027-05-32", 1), 19, "review_on"},
		"other id":       {strings.Replace(good, "id: fee-net", "id: fee-gross", 1), 2, "文件名"},
		"no id":          {"---\ntitle: x\n---\n答", 1, "缺少 id"},
		"no body":        {"---\nid: fee-net\n---\n \n", 4, "缺少正文"},
		"control":        {"---\nid: fee-net\n---\n答\x00复\n", 4, "控制字符"},
		"hidden":         {"---\nid: fee-net\n---\n答\u202e复\n", 4, "控制字符"},
		"not UTF-8":      {"---\nid: fee-net\n---\n\xb4\xf0\n", 4, "UTF-8"},
		"one megabyte":   {"---\nid: fee-net\n---\n" + strings.Repeat("答", 1<<20/3), 0, "上限"},
		"anchor":         {"---\nid: &a fee-net\ntitle: *a\n---\n答", 2, "不支持"},
		"duplicate key":  {"---\nid: fee-net\nid: fee-net\n---\n答", 3, "头部无法读取"},
		"second yaml":    {"---\nid: fee-net\n... \nid: b\n---\n答", 3, "不支持"},
		"endless header": {"---\n" + strings.Repeat("# 很长的注释\n", 2000) + "---\n答", 1, "头部"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(File{"fee-net.md", []byte(tt.data)})
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("error is %v, want a *ParseError", err)
			}
			if pe.File != "fee-net.md" || (tt.line > 0 && pe.Line != tt.line) || !strings.Contains(pe.Reason, tt.reason) {
				t.Errorf("got %v, want line %d with %q", pe, tt.line, tt.reason)
			}
		})
	}
}

// Every problem of a file is named at once, by line.
func TestParseNamesEveryProblem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		data string
		want []string
	}{
		"keys, types, days, id, body": {
			"---\nid: other\ntitel: 错字\ntitle: [不, 是]\nphrasings: {a: b}\nreview_on: 明天\nvalid_from: 2026-02-30\nowner: 甲\nowner: 乙\nguide:\n  step: [一]\n  then: [x]\n---\n\n",
			[]string{
				`a.md:2: id "other" 与文件名不一致`, "a.md:3: 头部无法读取：不认识的键 titel", "a.md:4: 头部无法读取：title 应是一段文字", "a.md:5: 头部无法读取：phrasings 应是列表",
				"a.md:6: review_on 的日期", "a.md:7: valid_from 的日期", "a.md:9: 头部无法读取：键 owner 重复，第 8 行已有",
				"a.md:11: 头部无法读取：不认识的键 guide.step", "a.md:12: 头部无法读取：guide.then 应是一段文字", "a.md:14: 缺少正文",
			},
		},
		"guide is no mapping":  {"---\nid: a\nguide: 一步\nreview_on: x\n---\n答", []string{"a.md:3: 头部无法读取：guide应是一行一个", "a.md:4: review_on"}},
		"id is no text":        {"---\nid: [a]\nvalid_until: x\n---\n答", []string{"a.md:2: 头部无法读取：id 应是", "a.md:3: valid_until"}},
		"anchors":              {"---\nid: &a x\ntitle: *a\n---\n", []string{"a.md:2: 头部无法读取：不支持", "a.md:3: 头部无法读取：不支持", "a.md:5: 缺少正文"}},
		"hidden, once a line":  {"---\nid: a\ntitle: x\u202ey\u202e\n---\n答\u200b\n", []string{"a.md:3: 含有控制字符", "a.md:5: 含有控制字符"}},
		"not a mapping at all": {"---\n- 一\n- 二\n---\n", []string{"a.md:2: 头部无法读取：应是一行一个", "a.md:5: 缺少正文"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(File{"a.md", []byte(tt.data)})
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(tt.want) {
				t.Fatalf("got %d problems, want %d:\n%v", len(got), len(tt.want), err)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], tt.want[i]) {
					t.Errorf("got %s, want %s", got[i], tt.want[i])
				}
			}
			if f := ParseFindings(err); len(f) != len(got) {
				t.Errorf("findings %v", f)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Format(full()))
	f.Add([]byte("---\nid: a\nguide:\n  steps: [x]\n---\n答"))
	f.Add([]byte("---\nid: a\nphrasings:\n  - |\n    两\n    行\n---\n答"))
	f.Add([]byte("---\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Parse(File{"", data})
		if err != nil {
			var pe *ParseError
			if !errors.As(err, &pe) || pe.Reason == "" {
				t.Fatalf("error without a reason: %v", err)
			}
			return
		}
		again, err := Parse(File{"", Format(a)})
		if err != nil {
			t.Fatalf("own format is refused: %v\n%s", err, Format(a))
		}
		if diff := cmp.Diff(a, again); diff != "" {
			t.Fatalf("round trip (-in +out):\n%s", diff)
		}
	})
}
