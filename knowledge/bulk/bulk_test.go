package bulk_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"daozhang/bot/understand"
	"daozhang/knowledge"
	"daozhang/knowledge/bulk"
)

func now() time.Time { return time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC) }

func shipped(t testing.TB) []knowledge.Article {
	t.Helper()
	all, err := knowledge.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].Status, all[i].Version = "", 0
	}
	return all
}

func options() bulk.Options { return bulk.Options{Channels: knowledge.PublicChannels(), Now: now()} }

// The shipped base goes out and comes back the same in every format.
func TestShippedBaseRoundTrip(t *testing.T) {
	t.Parallel()
	all := shipped(t)
	for format, name := range map[string]string{"md": "kb.zip", "csv": "kb.csv", "xlsx": "kb.xlsx"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			data, err := bulk.Write(format, all)
			if err != nil {
				t.Fatal(err)
			}
			got, findings := bulk.Read([]knowledge.File{{Name: name, Data: data}}, options())
			if len(findings) > 0 {
				t.Fatal(findings)
			}
			if d := cmp.Diff(all, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Whatever a file may hold survives a table: quotes, formulas, separators,
// back-slashes, escapes of the spreadsheet's own.
func TestRoundTripOfAnything(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a fixed seed, on purpose
	alphabet := []rune("到账刷卡ab09 ,;；、\"'=+-@\\n_x000D_&<>#:{}[]|%—～\t。")
	words := func(least int) string {
		var b strings.Builder
		for range least + r.IntN(12) {
			b.WriteRune(alphabet[r.IntN(len(alphabet))])
		}
		return strings.TrimSpace("字" + b.String())
	}
	list := func(most int) []string {
		var out []string
		for range r.IntN(most) {
			out = append(out, words(1))
		}
		return out
	}
	for range 60 {
		var all []knowledge.Article
		for i := range 5 {
			a := knowledge.Article{
				ID: fmt.Sprintf("entry-%d", i), Title: words(1), Phrasings: list(5), Causes: []string{"FEE_NET"}, Intents: []understand.Intent{"fee", "other"},
				Brands: []string{"拉卡拉"}, Audience: "all", Owner: words(1), ReviewOn: "2027-01-31", ValidFrom: "2026-11-01", Sources: list(3), Body: words(3) + "\n\n" + words(3),
			}
			if r.IntN(2) == 0 {
				a.Guide = knowledge.Guide{Steps: append(list(3), words(1)), Then: "entry-0"}
			}
			parsed, err := knowledge.Parse(knowledge.File{Name: a.ID + ".md", Data: knowledge.Format(a)})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, parsed)
		}
		for format, name := range map[string]string{"md": "kb.zip", "csv": "kb.csv", "xlsx": "kb.xlsx"} {
			data, err := bulk.Write(format, all)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := bulk.Read([]knowledge.File{{Name: name, Data: data}}, options())
			if d := cmp.Diff(all, got); d != "" {
				t.Fatalf("%s: %s", format, d)
			}
		}
	}
}

func TestFindingsNameFileLineAndReason(t *testing.T) {
	t.Parallel()
	good := shipped(t)[:2]
	bad := good[1]
	bad.Body, bad.Causes = "打 400-123-4567", []string{"NO_SUCH"}
	csv, err := bulk.Write("csv", []knowledge.Article{good[0], bad})
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Count(string(csv[:strings.Index(string(csv), bad.ID+",")]), "\n") + 1
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, text := range map[string]string{"folder/one.md": "no front matter", "__MACOSX/x": "", "inner.zip": "", ".DS_Store": "x"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(text))
	}
	_ = z.Close()
	for name, tt := range map[string]struct {
		file string
		data []byte
		want string
	}{
		"bad row":       {"a.csv", csv, fmt.Sprintf("a.csv:%d: %s：", rows, bad.ID)},
		"no id":         {"a.csv", []byte("编号,正文\n,字\n"), "a.csv:2: ：缺少编号"},
		"bad day":       {"a.csv", []byte("id,body,review_on\nx,字,明天\n"), `a.csv:2: x：复审日期 "明天" 不是 YYYY-MM-DD`},
		"no header":     {"a.csv", []byte("id\nx\n"), `a.csv:1: 缺少 "正文"（body）这一列`},
		"both names":    {"a.csv", []byte("编号 id,body body\nx,y\n"), `a.csv:1: 不认识 "body body" 这一列`},
		"strange":       {"a.csv", []byte("id,body,颜色\nx,y,z\n"), `a.csv:1: 不认识 "颜色" 这一列`},
		"twice":         {"a.csv", []byte("id,编号,body\nx,y,z\n"), `列 "编号" 出现了两次`},
		"extra cell":    {"a.csv", []byte("id,body\nx,字,多\n"), "a.csv:2: 第 3 列没有列名"},
		"quote":         {"a.csv", []byte("id,body\nx,\"y\n"), "a.csv:2: 引号没有配对"},
		"control":       {"a.csv", []byte("id,body\nx,\x01字\n"), "U+0001"},
		"empty":         {"a.csv", nil, "表是空的"},
		"not a sheet":   {"a.xlsx", []byte("PK\x03\x04nothing"), "a.xlsx:1: 表格打不开"},
		"not a zip":     {"a.zip", []byte("x"), "压缩包打不开"},
		"in the zip":    {"a.zip", packed.Bytes(), "folder/one.md:1: 缺少 front matter"},
		"nested":        {"a.zip", packed.Bytes(), "inner.zip:1: 压缩包里不能再有压缩包"},
		"old":           {"a.xls", nil, "旧版 .xls"},
		"other":         {"a.pdf", nil, "不认识的文件类型"},
		"markdown line": {"account-frozen.md", []byte(strings.Replace(string(knowledge.Format(good[0])), "audience: ", "audience: x", 1)), ":" + fmt.Sprint(lineOf(knowledge.Format(good[0]), "audience")) + ": 说给谁（audience）"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.file == "account-frozen.md" {
				tt.file = good[0].ID + ".md"
			}
			_, findings := bulk.Read([]knowledge.File{{Name: tt.file, Data: tt.data}}, options())
			if !strings.Contains(fmt.Sprintln(findings), tt.want) {
				t.Errorf("%q is missing in %v", tt.want, findings)
			}
		})
	}
}

func lineOf(data []byte, key string) int {
	before, _, _ := strings.Cut(string(data), "\n"+key+":")
	return strings.Count(before, "\n") + 2
}

func TestGBKOutOfExcel(t *testing.T) {
	t.Parallel()
	all := shipped(t)[:3]
	data, err := bulk.Write("csv", all)
	if err != nil {
		t.Fatal(err)
	}
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(bytes.TrimPrefix(data, []byte("\ufeff")))
	if err != nil {
		t.Fatal(err)
	}
	got, findings := bulk.Read([]knowledge.File{{Name: "kb.csv", Data: gbk}}, options())
	if d := cmp.Diff(all, got); d != "" || len(findings) > 0 {
		t.Error(findings, d)
	}
}

// An entry in force as it is is not judged again, a clash with it is.
func TestAmongWhatIsInForce(t *testing.T) {
	t.Parallel()
	old := shipped(t)[:2]
	old[0].ReviewOn = "2026-01-01" // overdue
	thief := old[1]
	thief.ID, thief.Phrasings = "thief", append([]string{old[0].Phrasings[0]}, "问法一二三", "问法四五六", "问法七八九")
	file := func(a knowledge.Article) knowledge.File {
		return knowledge.File{Name: a.ID + ".md", Data: knowledge.Format(a)}
	}
	o := options()
	o.Current = old
	if _, findings := bulk.Read([]knowledge.File{file(old[0])}, o); len(findings) > 0 {
		t.Error(findings)
	}
	for _, files := range [][]knowledge.File{{file(thief)}, {file(thief), file(old[0])}} {
		_, findings := bulk.Read(files, o)
		if len(findings) != 1 || findings[0].File != "thief.md" || !strings.Contains(findings[0].Reason, old[0].ID) {
			t.Error(findings)
		}
	}
	changed := old[1]
	changed.Title += "吧"
	plan := bulk.Plan(old, []knowledge.Article{old[0], changed, thief})
	if plan[0].Kind != bulk.Same || plan[1].Kind != bulk.Changed || len(plan[1].Lines) == 0 || plan[2].Kind != bulk.New {
		t.Errorf("%+v", plan)
	}
	o.Forbidden = []string{"保证金"}
	thief.Phrasings[0] = "另一种问法"
	thief.Body = "要交保 证金。"
	if _, findings := bulk.Read([]knowledge.File{file(thief)}, o); !strings.Contains(fmt.Sprint(findings), "禁用词“保证金”") {
		t.Error(findings)
	}
}

func FuzzReadTable(f *testing.F) {
	data, err := bulk.Write("csv", shipped(f)[:2])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("id,body\nx,'=1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, findings := bulk.Read([]knowledge.File{{Name: "a.csv", Data: data}}, options())
		if len(findings) > 0 {
			return
		}
		again, err := bulk.Write("csv", got)
		if err != nil {
			t.Fatal(err)
		}
		back, _ := bulk.Read([]knowledge.File{{Name: "a.csv", Data: again}}, options())
		if d := cmp.Diff(got, back); d != "" {
			t.Error(d)
		}
	})
}
