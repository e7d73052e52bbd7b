package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"daozhang/transactions"
)

// instantKeys hold an instant, dateKeys a day. Scenario files are written by
// hand: either may come in the form of the other, and a time without a zone is
// +08:00, as everywhere (rules 1).
//
//nolint:gochecknoglobals // read-only tables
var (
	instantKeys = map[string]bool{
		"now": true, "at": true, "time": true, "changed_at": true, "paid_at": true, "returned_at": true, "last_seen": true,
		"from": true, "until": true, "onboarded_at": true, "seen_at": true,
	}
	dateKeys = map[string]bool{"docs_due": true, "clearing_date": true, "due_date": true, "calendar_until": true}
)

// layouts are those of a time that is not RFC 3339.
//
//nolint:gochecknoglobals // read-only table
var layouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}

// exactTimes rewrites every time of a line to RFC 3339 and every date to
// YYYY-MM-DD; "" and null are dropped, which means unknown. What cannot be
// read stays and is reported by the decoder. The expectations stay as they
// are.
func exactTimes(data []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var tree map[string]any
	if err := dec.Decode(&tree); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it is
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one value in the line")
	}
	expect := tree["expect"]
	delete(tree, "expect")
	rewrite(tree)
	if expect != nil {
		tree["expect"] = expect
	}
	out, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return out, nil
}

func rewrite(v any) {
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			rewrite(e)
		}
	case map[string]any:
		for k, e := range x {
			s, isText := e.(string)
			switch {
			case !isText:
				rewrite(e)
			case !instantKeys[k] && !dateKeys[k]:
			case strings.TrimSpace(s) == "":
				delete(x, k)
			default:
				x[k] = exact(strings.TrimSpace(s), dateKeys[k])
			}
		}
	}
}

// exact is s in the form its key asks for, or s itself when it is no time.
func exact(s string, day bool) string {
	t, err := time.Parse(time.RFC3339, s)
	for _, l := range layouts {
		if err == nil {
			break
		}
		t, err = time.ParseInLocation(l, s, transactions.Shanghai)
	}
	switch {
	case err != nil:
		return s
	case day:
		return t.In(transactions.Shanghai).Format("2006-01-02")
	}
	return t.Format(time.RFC3339Nano)
}
