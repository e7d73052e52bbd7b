package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One bad file among good ones: every problem is named with file and line, and
// nothing is imported.
func TestKnowledgeImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	data, files := t.TempDir(), t.TempDir()
	const text = "---\nid: %s\ntitle: 标题%s\nphrasings:\n  - %s问一\n  - %s问二\n  - %s问三\n  - %s问四\n  - %s问五\ncauses: []\nintents: [fee]\naudience: all\nowner: 甲\nreview_on: 2099-01-01\nsources: [seed#1]\n---\n\n答复。\n"
	write := func(id, body string) {
		t.Helper()
		article := strings.ReplaceAll(strings.ReplaceAll(text, "%s", id), "答复。", body)
		if err := os.WriteFile(filepath.Join(files, id+".md"), []byte(article), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("good-one", "好的答复。")
	write("bad-one", "打13812345678。")
	code, _, errs := command1(t, "", "knowledge", "import", files, "-data-dir", data)
	if code != exitFailed || !strings.Contains(errs, "bad-one.md:18:") || !strings.Contains(errs, "13812345678") {
		t.Errorf("exit %d, %s", code, errs)
	}
	// Every problem of a file's head at once, with its line.
	if err := os.WriteFile(filepath.Join(files, "worse.md"), []byte("---\nid: worst\ntitel: 错字\nreview_on: 明天\n---\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, errs = command1(t, "", "knowledge", "import", files, "-data-dir", data)
	for _, want := range []string{"bad-one.md:18:", "worse.md:2:", "worse.md:3:", "titel", "worse.md:4:", "review_on", "worse.md:6:", "缺少正文"} {
		if !strings.Contains(errs, want) {
			t.Errorf("%s is not named: %s", want, errs)
		}
	}
	if err := os.Remove(filepath.Join(files, "worse.md")); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	done(t, "", "knowledge", "export", out, "-data-dir", data)
	if _, err := os.Stat(filepath.Join(out, "good-one.md")); err == nil {
		t.Error("the good file was imported beside a bad one")
	}
	write("bad-one", "好的答复二。")
	done(t, "", "knowledge", "import", files, "-data-dir", data)
	done(t, "", "knowledge", "export", out, "-data-dir", data)
	if _, err := os.Stat(filepath.Join(out, "good-one.md")); err != nil {
		t.Error("the good files were not imported")
	}
}
