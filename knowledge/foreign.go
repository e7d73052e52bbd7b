package knowledge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// maxForeignLine bounds one line of a foreign base, in bytes.
const maxForeignLine = 1 << 20

// LoadForeign reads a foreign base of contract section 6: one JSON object
// {"id","q","similar":[…],"answer"?} a line; empty lines are skipped. The
// articles are published in version 1. A bad line is an error that names it.
func LoadForeign(r io.Reader) ([]Article, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxForeignLine)
	var out []Article
	seen := map[string]int{}
	n := 0
	for lines.Scan() {
		n++
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" {
			continue
		}
		var row struct {
			ID      json.RawMessage `json:"id"`
			Q       string          `json:"q"`
			Similar []string        `json:"similar"`
			Answer  string          `json:"answer"`
		}
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			return nil, fmt.Errorf("第 %d 行不是 JSON 对象：%w", n, err)
		}
		id, err := foreignID(row.ID)
		switch {
		case err != nil:
			return nil, fmt.Errorf("第 %d 行：%w", n, err)
		case row.Q == "" && len(row.Similar) == 0:
			return nil, fmt.Errorf("第 %d 行：缺少 q", n)
		case seen[id] > 0:
			return nil, fmt.Errorf("第 %d 行：id %q 与第 %d 行重复", n, id, seen[id])
		}
		seen[id] = n
		out = append(out, Article{ID: id, Title: row.Q, Phrasings: row.Similar, Body: row.Answer, Version: 1, Status: StatusPublished})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("第 %d 行之后无法读取：%w", n, err)
	}
	return out, nil
}

// foreignID takes a string or a number.
func foreignID(raw json.RawMessage) (string, error) {
	var s string
	if json.Unmarshal(raw, &s) == nil && s != "" {
		return s, nil
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil && number != "" {
		return number.String(), nil
	}
	return "", fmt.Errorf("缺少 id")
}
