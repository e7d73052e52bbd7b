package console

import (
	"strings"
	"testing"
)

// A finding names a line of the file form; an editor needs the field.
func TestFieldAt(t *testing.T) {
	t.Parallel()
	lines := strings.Split("---\nid: a\ntitle: 标题: 有冒号\nphrasings:\n  - 问法: 一\n  - 问法二\nsources: [x]\nguide:\n  steps:\n    - 一\n  then: b\n---\n\n正文: 第一行\n---\n末行", "\n")
	type place struct {
		field string
		row   int
	}
	for line, want := range map[int]place{
		2: {"id", 0}, 3: {"title", 0}, 4: {"phrasings", 0}, 5: {"phrasings", 1}, 6: {"phrasings", 2}, 7: {"sources", 0},
		8: {"guide_steps", 0}, 10: {"guide_steps", 0}, 11: {"guide_steps", 0},
		12: {"body", 0}, 13: {"body", 0}, 14: {"body", 1}, 15: {"body", 2}, 16: {"body", 3}, 99: {"body", 0},
	} {
		if field, row := fieldAt(lines, line); (place{field, row}) != want {
			t.Errorf("line %d is of %q, row %d, want %+v", line, field, row, want)
		}
	}
}
