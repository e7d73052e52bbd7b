package scenario

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"daozhang/bot"
)

// Expect is what a scenario demands. Keys that are absent are not judged.
type Expect struct {
	Want
	// Turns judges step by step; a null entry judges nothing.
	Turns []*Want
}

// Want is judged on one decision. The pointers are nil for absent keys.
type Want struct {
	Action       *string
	Cause        *string
	Transactions *[]string
	Due          *string // "" = null: no date may be promised
	Human        *bool
	// Ours, beyond the contract.
	Intent   *string
	Reason   *string // of the hand-over; "" = none in this step
	Priority *string
	Status   *string
	Contains []string // each in the replies of the step
	Absent   []string // none in the replies of the step
	Replies  *int     // number of replies
	Articles *bool    // at least one article was used
	Choices  *int     // number of taps
	Bind     *bool    // bound by scene or code, or a binding was requested
}

// Problem is one expectation that was not met.
type Problem struct {
	Step int // 1-based
	Key  string
	Want string
	Got  string
}

// String is "step 1: cause: want X, got Y".
func (p Problem) String() string {
	return fmt.Sprintf("step %d: %s: want %s, got %s", p.Step, p.Key, p.Want, p.Got)
}

func readExpect(data []byte) (Expect, error) {
	var e Expect
	w, err := readWant(data)
	if err != nil {
		return e, err
	}
	e.Want = *w
	var rest struct {
		Turns []json.RawMessage `json:"turns"`
	}
	if err := json.Unmarshal(data, &rest); err != nil {
		return e, fmt.Errorf("turns: %w", err)
	}
	for _, raw := range rest.Turns {
		if string(raw) == "null" {
			e.Turns = append(e.Turns, nil)
			continue
		}
		w, err := readWant(raw)
		if err != nil {
			return e, err
		}
		e.Turns = append(e.Turns, w)
	}
	return e, nil
}

func readWant(data []byte) (*Want, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, fmt.Errorf("not an object: %w", err)
	}
	w := &Want{}
	targets := map[string]any{
		"action": &w.Action, "cause": &w.Cause, "transactions": &w.Transactions, "human": &w.Human, "intent": &w.Intent,
		"reason": &w.Reason, "priority": &w.Priority, "status": &w.Status, "contains": &w.Contains, "absent": &w.Absent,
		"replies": &w.Replies, "articles": &w.Articles, "choices": &w.Choices, "bind": &w.Bind, "due": &w.Due,
	}
	for k, raw := range keys {
		dst, ok := targets[k]
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, dst); err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
	}
	if raw, ok := keys["due"]; ok && string(raw) == "null" {
		none := ""
		w.Due = &none
	}
	return w, nil
}

// Check compares an output with the expectations of its scenario; nothing
// wrong, nothing returned.
func Check(s Scenario, o Output) []Problem {
	if s.Expect == nil {
		return nil
	}
	var out []Problem
	for i, w := range s.Expect.Turns {
		if w == nil {
			continue
		}
		if i >= len(o.Turns) {
			out = append(out, Problem{i + 1, "turns", "a step", "none"})
			continue
		}
		out = append(out, w.judge(i+1, o.Turns[i])...)
	}
	last := -1
	for i := range o.Turns {
		if o.Turns[i].Decision != nil {
			last = i
		}
	}
	if last < 0 {
		if len(s.Expect.Turns) == 0 {
			out = append(out, Problem{0, "decision", "one", "none"})
		}
		return out
	}
	return append(out, s.Expect.judge(last+1, o.Turns[last])...)
}

// judge compares one step.
func (w Want) judge(step int, t TurnOutput) []Problem {
	var out []Problem
	bad := func(key string, want, got any) {
		out = append(out, Problem{step, key, fmt.Sprint(want), fmt.Sprint(got)})
	}
	text := strings.Join(t.Replies, "\n")
	for _, c := range w.Contains {
		if !strings.Contains(text, c) {
			bad("contains", c, text)
		}
	}
	for _, c := range w.Absent {
		if strings.Contains(text, c) {
			bad("absent", "no "+c, text)
		}
	}
	if w.Replies != nil && *w.Replies != len(t.Replies) {
		bad("replies", *w.Replies, len(t.Replies))
	}
	if t.Decision == nil {
		if w.judgesDecision() {
			bad("decision", "one", "none")
		}
		return out
	}
	d := *t.Decision
	text1 := func(key string, want *string, got string) {
		if want != nil && *want != got {
			bad(key, *want, got)
		}
	}
	text1("action", w.Action, string(d.Action))
	text1("cause", w.Cause, string(d.Cause))
	text1("intent", w.Intent, string(d.Intent))
	text1("status", w.Status, string(d.Status))
	text1("due", w.Due, d.Due.String())
	reason, priority := "", ""
	if d.Handoff != nil {
		reason, priority = string(d.Handoff.Reason), d.Handoff.Priority
	}
	text1("reason", w.Reason, reason)
	text1("priority", w.Priority, priority)
	if w.Human != nil && *w.Human != (d.Status == bot.StatusWaiting) {
		bad("human", *w.Human, d.Status)
	}
	if w.Transactions != nil && !sameSet(*w.Transactions, d.Transactions) {
		bad("transactions", *w.Transactions, d.Transactions)
	}
	if w.Articles != nil && *w.Articles != (len(d.Articles) > 0) {
		bad("articles", *w.Articles, d.Articles)
	}
	if w.Choices != nil {
		n := 0
		for _, r := range d.Replies {
			n += len(r.Choices)
		}
		if n != *w.Choices {
			bad("choices", *w.Choices, n)
		}
	}
	if w.Bind != nil && *w.Bind != (d.Bind != nil || d.BindRequest != nil || d.CodeAnswer != nil && d.CodeAnswer.Right) {
		bad("bind", *w.Bind, !*w.Bind)
	}
	return out
}

func (w Want) judgesDecision() bool {
	return w.Action != nil || w.Cause != nil || w.Transactions != nil || w.Due != nil || w.Human != nil || w.Intent != nil ||
		w.Reason != nil || w.Priority != nil || w.Status != nil || w.Articles != nil || w.Choices != nil || w.Bind != nil
}

func sameSet(a, b []string) bool {
	x, y := append([]string(nil), a...), append([]string(nil), b...)
	sort.Strings(x)
	sort.Strings(y)
	return strings.Join(x, "\x00") == strings.Join(y, "\x00")
}
