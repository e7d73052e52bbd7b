package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command1 runs one command line with text on standard input.
func command1(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = dispatch(t.Context(), terminal{stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr}, args)
	return code, stdout.String(), stderr.String()
}

// done is command1 that has to succeed.
func done(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	code, out, errs := command1(t, stdin, args...)
	if code != exitDone {
		t.Fatalf("%v: exit %d: %s%s", args, code, out, errs)
	}
	return out
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWrongUsageIsOneLineAndExitsWith2(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"nosuch"},
		{"-nosuch"},
		{"help", "nosuch"},
		{"version", "x"},
		{"config", "-nosuch"},
		{"config", "-listen"},
		{"serve", "x"},
		{"demo", "x"},
		{"demo", "-now", "tomorrow"},
		{"replay"},
		{"understand", "x"},
		{"understand", "-now", "2026-13-01"},
		{"knowledge"},
		{"knowledge", "x"},
		{"knowledge", "import"},
		{"knowledge", "export"},
		{"knowledge", "search", "-top", "0"},
		{"knowledge", "search", "-top", "x"},
		{"ledger"},
		{"ledger", "export"},
		{"ledger", "import", "merchants"},
		{"ledger", "import", "shops", "f.csv"},
		{"calendar"},
		{"calendar", "import"},
		{"user"},
		{"user", "x"},
		{"user", "add"},
		{"user", "list", "x"},
		{"doctor", "x"},
		{"backup"},
		{"restore"},
		{"chat", "x"},
		{"chat", "-now", "x"},
	} {
		code, out, errs := command1(t, "", args...)
		if code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "daozhang") {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", args, code, out, errs)
		}
	}
}

func TestFailuresAreOneLineAndExitWith1(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"replay", dir + "/none"},
		{"knowledge", "lint", dir + "/none"},
		{"knowledge", "lint", dir},
		{"knowledge", "eval", dir + "/none"},
		{"knowledge", "search", "-kb", dir + "/none"},
		{"ledger", "import", "merchants", dir + "/none", "-data-dir", dir},
		{"calendar", "import", dir + "/none", "-data-dir", dir},
		{"backup", dir + "/b.db", "-data-dir", dir + "/none"},
		{"restore", dir + "/none", "-data-dir", dir},
		{"config", "-config", dir + "/none"},
		{"chat", "-merchant", "5", "-data-dir", dir + "/none"},
		{"serve", "-database-url", "mysql://x"},
		{"serve", "-listen", "8080"},
		{"doctor", "-ready", "-listen", "127.0.0.1:1"},
		{"user", "list", "-database-url", "postgres://u@127.0.0.1:1/x?connect_timeout=1"},
	} {
		code, out, errs := command1(t, "", args...)
		if code != exitFailed || out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "daozhang "+args[0]+": ") {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", args, code, out, errs)
		}
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	top := done(t, "")
	for _, c := range commands() {
		if !strings.Contains(top, "  "+c.name+" ") {
			t.Errorf("help does not list %s", c.name)
		}
		lines := [][]string{{c.name, "-h"}, {c.name, "--help"}, {"help", c.name}}
		for _, a := range c.actions {
			lines = append(lines, []string{c.name, a.name, "-h"})
		}
		for _, args := range lines {
			code, out, errs := command1(t, "", args...)
			if code != exitDone || !strings.Contains(out, "daozhang "+c.name) || errs != "" {
				t.Errorf("%v: exit %d, stdout %q, stderr %q", args, code, out, errs)
			}
		}
	}
}

func TestFlagsStandAnywhere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "s.jsonl")
	writeFile(t, file, `{"id":"A","now":"2026-11-18T16:00:00+08:00","turns":[{"say":"你好"}],"expect":{"intent":"fee"}}`)
	for _, args := range [][]string{{"replay", "-expect", file}, {"replay", file, "-expect"}} {
		if code, _, errs := command1(t, "", args...); code != exitFailed || !strings.Contains(errs, "问题 1 处") {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	writeFile(t, filepath.Join(filepath.Dir(file), "-expect"), "")
	if code, _, errs := command1(t, "", "replay", "--", file, filepath.Join(filepath.Dir(file), "-expect")); code != exitDone {
		t.Errorf("after --: %d %s", code, errs)
	}
}

func TestVersionSaysWhatABugReportNeeds(t *testing.T) {
	t.Parallel()
	out := done(t, "", "version")
	for _, want := range []string{"daozhang ", "\ncommit ", "\ngo1.", "\nschema "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %s", want, out)
		}
	}
}

type understood struct {
	Text, Intent, Error string
	Amounts             []struct{ Fen int64 }
	Time                struct{ From string }
}

func TestUnderstandAnswersEveryLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("昨天下午刷了一笔5000到现在没到账", 30000) // more than 1 MB
	in := "\ufeff昨天刷的3000没到\r\n\n" +
		`{"text":"前天2000没到","now":"2026-11-10T09:00:00"}` + "\n" +
		"{bad\n" + `{"text":"x","now":"tomorrow"}` + "\n" +
		"\xff\xfe5000没到\n" + long + "\n" + "昨天5000没到" // no line ending
	code, out, errs := command1(t, in, "understand", "-now", "2026-11-18 16:00")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if code != exitFailed || errs != "" || len(lines) != 8 {
		t.Fatalf("exit %d, %d lines, stderr %q", code, len(lines), errs)
	}
	got := make([]understood, len(lines))
	for i, l := range lines {
		if err := json.Unmarshal([]byte(l), &got[i]); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
	}
	if got[0].Text != "昨天刷的3000没到" || got[0].Time.From != "2026-11-17T00:00:00+08:00" {
		t.Errorf("BOM, CRLF, -now without zone: %+v", got[0])
	}
	if got[1].Text != "" || got[1].Intent != "other" {
		t.Errorf("empty line: %+v", got[1])
	}
	if got[2].Time.From != "2026-11-08T00:00:00+08:00" || got[2].Amounts[0].Fen != 200000 {
		t.Errorf("JSON line: %+v", got[2])
	}
	if got[3].Error == "" || got[4].Error == "" {
		t.Errorf("bad JSON lines: %+v %+v", got[3], got[4])
	}
	if got[5].Amounts[0].Fen != 500000 || got[7].Amounts[0].Fen != 500000 {
		t.Errorf("invalid UTF-8, last line: %+v %+v", got[5], got[7])
	}
	if done(t, "", "understand") != "" {
		t.Error("no input, and an answer")
	}
}

// TestUnderstandHostileBytes: whatever comes in, every line is answered and
// nothing sensitive comes out.
func TestUnderstandHostileBytes(t *testing.T) {
	t.Parallel()
	const pan = "6222021234567890128"
	between := func(sep string) string { return strings.Join(strings.Split(pan, ""), sep) }
	head := strings.Repeat("昨天刷的5000没到", 1<<20/20)
	lines := []string{
		"\x00\x01\x02昨天\x00刷的5000\x7f没到", "卡号" + between("\x00"), between("\u202e"), between("\u2066\u2069"), between("\xff"), between("\u00ad"),
		"\xed\xa0\x80\xf4\x90\x80\x80", "\u202e到没的0005刷天昨", strings.Repeat("\u0301", 5000), strings.Repeat("验证码", 20000),
		head[:1<<20-10] + pan + "没到", strings.Repeat("9", 1<<20+100), `{"text":"x","now":"` + pan + `"}`, `{"text":` + pan + `}`, `{"text":"` + pan + `","now":5}`, "{" + pan, strings.Repeat("[", 100000), `{"text":"\u0000\ud800昨天5000没到"}`,
	}
	code, out, errs := command1(t, strings.Join(lines, "\n")+"\n", "understand", "-now", "2026-11-18 16:00")
	if code != exitFailed || errs != "" {
		t.Fatalf("exit %d, stderr %q", code, errs)
	}
	answers := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(answers) != len(lines) {
		t.Fatalf("%d answers to %d lines", len(answers), len(lines))
	}
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	for i, a := range answers {
		var got understood
		if err := json.Unmarshal([]byte(a), &got); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if strings.Contains(digits(a), pan[:9]) {
			t.Errorf("line %d: the card number comes out", i+1)
		}
	}
	if code, out, errs := command1(t, "", "understand", pan); code != exitUsage || strings.Contains(out+errs, pan) {
		t.Errorf("an argument is repeated: exit %d, %q", code, errs)
	}
}

func TestUnderstandReadsTheGazetteer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "words.yaml")
	writeFile(t, path, "wechat: {app_id: wx1}\nbot: {gazetteer: {brands: [{name: 星驿付, aliases: [星驿]}]}}\n") // the token is elsewhere
	if out := done(t, "星驿的机器昨天5000没到\n", "understand", "-config", path); !strings.Contains(out, `"brand":"星驿付"`) {
		t.Error(out)
	}
	writeFile(t, path, "bot: {gazetteer: {brands: [{name: 付}]}}\n")
	if code, _, errs := command1(t, "", "understand", "-config", path); code != exitFailed || !strings.Contains(errs, "too short") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := command1(t, "", "understand", "-config", path+".none"); code != exitFailed || errs == "" {
		t.Errorf("a missing file: exit %d: %s", code, errs)
	}
}

func TestReplayGoldenAndTwiceTheSameBytes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/scenarios/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	if testing.Short() {
		files = files[:1]
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			code, first, errs := command1(t, "", "replay", "-expect", file)
			if code != exitDone || strings.Contains(first, `"error"`) {
				t.Fatalf("exit %d\n%s", code, errs)
			}
			if base := filepath.Base(file); base != "dev.jsonl" && base != "dialogue.jsonl" {
				return // the race detector makes the second run dear; these two hold messages, events, agents and faults
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if second := done(t, string(text), "replay", "-"); second != first {
				t.Error("the second run, from standard input, differs")
			}
		})
	}
}

func TestReplayBadLinesDoNotStopTheOthers(t *testing.T) {
	t.Parallel()
	code, out, _ := command1(t, "{\"id\":\"S1\",\"now\":\"bad\"}\nno json\n\n{\"id\":\"X\",\"now\":\"2026-11-18T16:00:00+08:00\",\"turns\":[{\"say\":\"你好\"}]}", "replay", "-")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitFailed || len(lines) != 3 || !strings.HasPrefix(lines[0], `{"id":"S1","error":"`) ||
		!strings.HasPrefix(lines[1], `{"id":"","error":"`) || !strings.HasPrefix(lines[2], `{"id":"X","turns":[`) {
		t.Errorf("exit %d\n%s", code, out)
	}
}

func TestKnowledgeExportImportLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, first, second := filepath.Join(dir, "data"), filepath.Join(dir, "first"), filepath.Join(dir, "second")
	done(t, "", "knowledge", "export", first, "-data-dir", data)
	if out := done(t, "", "knowledge", "import", first, "-data-dir", data); !strings.Contains(out, "：0个有变化") {
		t.Errorf("its own export changed something: %s", out)
	}
	done(t, "", "knowledge", "export", second, "-data-dir", data)
	files, err := os.ReadDir(first)
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		a, err1 := os.ReadFile(filepath.Join(first, f.Name()))
		b, err2 := os.ReadFile(filepath.Join(second, f.Name()))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs (%v %v)", f.Name(), err1, err2)
		}
	}
	writeFile(t, filepath.Join(first, "broken.md"), "no front matter")
	if code, _, errs := command1(t, "", "knowledge", "import", first, "-data-dir", data); code != exitFailed || !strings.Contains(errs, "broken.md:1") {
		t.Errorf("broken file: %d %s", code, errs)
	}
	if code, out, _ := command1(t, "", "knowledge", "lint", first); code != exitFailed || !strings.Contains(out, "broken.md:1") {
		t.Errorf("lint: %d %s", code, out)
	}
}

func TestKnowledgeSearch(t *testing.T) {
	t.Parallel()
	type answer struct {
		Q    string
		Hits []struct {
			ID    string
			Score float64
		}
		Confident bool
	}
	ask := func(stdin string, args ...string) []answer {
		var all []answer
		for line := range strings.SplitSeq(strings.TrimSpace(done(t, stdin, append([]string{"knowledge", "search"}, args...)...)), "\n") {
			var a answer
			if err := json.Unmarshal([]byte(line), &a); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if a.Hits == nil {
				t.Errorf("hits is null: %s", line)
			}
			all = append(all, a)
		}
		return all
	}
	dir := t.TempDir()
	own := ask("怎么提现\n\nT+1是什么意思\n", "-top", "2", "-data-dir", dir)
	if len(own) != 3 || len(own[0].Hits) != 2 || own[0].Hits[0].Score < own[0].Hits[1].Score || len(own[1].Hits) != 0 || own[1].Confident {
		t.Errorf("%+v", own)
	}
	kb := filepath.Join(dir, "kb.jsonl")
	writeFile(t, kb, `{"id":"a","q":"如何重置密码","similar":["密码忘了怎么办","找回密码"],"answer":"点忘记密码"}`+"\n"+`{"id":"b","q":"怎么开发票","similar":["电子发票在哪里开"]}`+"\n")
	foreign := ask("密码忘了\n电子发票\n", "-kb", kb)
	if len(foreign) != 2 || foreign[0].Hits[0].ID != "a" || foreign[1].Hits[0].ID != "b" {
		t.Errorf("%+v", foreign)
	}
	for _, bad := range []string{"garbage\n", `{"id":"a"}`, `{"id":"a","q":"甲"}` + "\n" + `{"id":"a","q":"乙"}`} {
		writeFile(t, kb, bad)
		if code, _, errs := command1(t, "x", "knowledge", "search", "-kb", kb); code != exitFailed || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: %d %s", bad, code, errs)
		}
	}
}
