package httpjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// step is one step of a path.
type step struct {
	name string // of an object's member; "" with each or index
	each bool   // every element of a list
	at   int    // one element; -1 = none
	text bool   // the text is JSON itself: read it
}

// maxPath bounds the steps of a path, maxNodes what one path may yield.
const (
	maxPath  = 20
	maxNodes = 100_000
)

// parsePath reads a.b[0].c[].d: members by name, [n] one element, [] every
// element, ! where a text holds JSON (data!.list[]). "" is the value itself.
func parsePath(s string) ([]step, error) {
	if s == "" {
		return nil, nil
	}
	var steps []step
	for part := range strings.SplitSeq(s, ".") {
		name := part
		var after []step
		for strings.HasSuffix(name, "]") || strings.HasSuffix(name, "!") {
			if rest, ok := strings.CutSuffix(name, "!"); ok {
				name, after = rest, append([]step{{at: -1, text: true}}, after...)
				continue
			}
			open := strings.LastIndexByte(name, '[')
			if open < 0 {
				return nil, errors.New("] without [")
			}
			inside := name[open+1 : len(name)-1]
			name = name[:open]
			if inside == "" {
				after = append([]step{{at: -1, each: true}}, after...)
				continue
			}
			n, err := strconv.Atoi(inside)
			if err != nil || n < 0 || n > 10_000 || strconv.Itoa(n) != inside {
				return nil, fmt.Errorf("[%s]: write [] or the number of an element from 0", short(inside))
			}
			after = append([]step{{at: n}}, after...)
		}
		switch {
		case strings.ContainsAny(name, "[]!"):
			return nil, errors.New("[, ] and ! end a name")
		case name != "":
			steps = append(steps, step{name: name, at: -1})
		case len(steps) > 0 || len(after) == 0:
			return nil, errors.New("a name is missing between dots")
		}
		steps = append(steps, after...)
	}
	if len(steps) > maxPath {
		return nil, errors.New("too many steps")
	}
	return steps, nil
}

func pathProblem(key, s string) []error {
	if _, err := parsePath(s); err != nil {
		return []error{fmt.Errorf("%s: %w", key, err)}
	}
	return nil
}

// errTooMany: an answer with more than maxNodes values under one path.
var errTooMany = errors.New("too many values")

// walk gives what lies under a path, in order. What is missing, null or of
// another shape yields nothing.
func walk(v any, steps []step) ([]any, error) {
	nodes := []any{v}
	for _, st := range steps {
		var next []any
		for _, n := range nodes {
			switch {
			case st.text:
				s, ok := n.(string)
				if !ok {
					continue
				}
				inner, err := decode([]byte(s))
				if err != nil {
					continue
				}
				next = append(next, inner)
			case st.each:
				list, ok := n.([]any)
				if !ok {
					continue
				}
				if len(next)+len(list) > maxNodes {
					return nil, errTooMany
				}
				next = append(next, list...)
			case st.at >= 0:
				if list, ok := n.([]any); ok && st.at < len(list) {
					next = append(next, list[st.at])
				}
			default:
				if m, ok := n.(map[string]any); ok {
					if member, ok := m[st.name]; ok && member != nil {
						next = append(next, member)
					}
				}
			}
		}
		nodes = next
	}
	return nodes, nil
}

// decode reads JSON with exact numbers; what follows the value is an error.
func decode(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errors.New("not JSON")
	}
	if d.More() {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// scalar is a value as text; false for objects and lists.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// first is the first scalar under a path, "" when there is none.
func first(v any, steps []step) string {
	nodes, err := walk(v, steps)
	if err != nil {
		return ""
	}
	for _, n := range nodes {
		if s, ok := scalar(n); ok {
			return s
		}
	}
	return ""
}
