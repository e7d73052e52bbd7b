package console

import (
	"strings"
	"testing"
)

// A finding names a line of the file form; an editor needs the field.
func TestFieldAt(t *testing.T) {
	t.Parallel()
	lines := strings.Split("---\nid: a\ntitle: 标题: 有冒号\nphrasings:\n  - 问法: 一\n  - 问法二\nsources: [x]\nguide:\n  steps:\n    - 一\n  then: b\n---\n\n正文: 第一行\n---\n末行", "\n")
	for line, want := range map[int]string{
		2: "id", 3: "title", 4: "phrasings", 5: "phrasings", 6: "phrasings", 7: "sources", 8: "guide_steps", 10: "guide_steps", 11: "guide_steps",
		12: "body", 14: "body", 15: "body", 16: "body", 99: "body",
	} {
		if got := fieldAt(lines, line); got != want {
			t.Errorf("line %d is of %q, want %q", line, got, want)
		}
	}
}
