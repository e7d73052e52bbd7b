package httpjson

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
	"daozhang/transactions/sources"
)

var errHeader = errors.New("a header would hold a line break")

// maxRows bounds the rows of one page.
const maxRows = 5000

// plan is a Request that has been read.
type plan struct {
	Request
	kind              ledgerfile.Kind
	method            string
	layout, rowLayout string
	maxCalls          int
	rowsAt            []step
	more, total       []step
	cursor            []step
	fields            map[string]field
}

// field is where a value comes from: a path in the row, in the whole answer
// ($.path), or a constant (=VALUE).
type field struct {
	constant string
	fixed    bool
	root     bool
	path     []step
	err      error
}

func parseField(s string) field {
	if constant, ok := strings.CutPrefix(s, "="); ok {
		return field{constant: constant, fixed: true}
	}
	f := field{}
	if rest, ok := strings.CutPrefix(s, "$."); ok {
		f.root, s = true, rest
	}
	if s == "" {
		f.err = errors.New("a path is missing")
		return f
	}
	f.path, f.err = parsePath(s)
	return f
}

func newPlan(r Request, kind ledgerfile.Kind) (*plan, error) {
	p := &plan{Request: r, kind: kind, method: cmp.Or(r.Method, http.MethodGet), maxCalls: cmp.Or(r.MaxCalls, defaultMaxCalls), fields: map[string]field{}}
	for _, l := range []struct {
		to *string
		of string
	}{{&p.layout, r.Time}, {&p.rowLayout, r.RowTime}} {
		layout, err := timeLayout(l.of)
		if err != nil {
			return nil, err
		}
		*l.to = layout
	}
	if r.RowTime == "" {
		p.rowLayout = ""
	}
	for _, s := range []struct {
		to *[]step
		of string
	}{{&p.rowsAt, r.Rows}, {&p.more, r.Page.More}, {&p.total, r.Page.Total}, {&p.cursor, r.Page.Cursor}} {
		steps, err := parsePath(s.of)
		if err != nil {
			return nil, err
		}
		*s.to = steps
	}
	for name, text := range r.Fields {
		f := parseField(text)
		if f.err != nil {
			return nil, f.err
		}
		p.fields[name] = f
	}
	if p.Days == 0 && p.uses("${date}", "${day}") {
		p.Days = 1
	}
	return p, nil
}

// uses reports whether a template of the request holds one of the variables.
func (r Request) uses(vars ...string) bool {
	in := func(s string) bool {
		return slices.ContainsFunc(vars, func(v string) bool { return strings.Contains(s, v) })
	}
	for _, m := range []map[string]string{r.Query, r.Form} {
		for _, t := range m {
			if in(t) {
				return true
			}
		}
	}
	return in(r.Path) || in(r.Body)
}

type part struct{ from, to time.Time }

// parts cuts a span into calls of at most Days days, the latest first.
func (p *plan) parts(from, to time.Time) []part {
	if p.Days == 0 || !from.Before(to) {
		return []part{{from, to}}
	}
	var out []part
	for end := to; end.After(from); {
		start := transactions.DateOf(end.Add(-time.Nanosecond)).AddDays(1 - p.Days).Start()
		if start.Before(from) {
			start = from
		}
		out = append(out, part{start, end})
		end = start
	}
	return out
}

// rows reads the rows of an answer. A row that cannot be understood makes the
// whole answer garbage: half of it might be the wrong half. The error names
// the column and never a value.
func (p *plan) rows(root any, merchantNo string) (ledgerfile.Batch, error) {
	nodes, err := walk(root, p.rowsAt)
	if err != nil || len(nodes) > maxRows {
		return ledgerfile.Batch{}, sources.Fail(sources.KindGarbage, "", "more than %d rows in one answer", maxRows)
	}
	objects := make([]map[string]json.RawMessage, 0, len(nodes))
	for i, node := range nodes {
		if _, ok := node.(map[string]any); !ok {
			return ledgerfile.Batch{}, sources.Fail(sources.KindGarbage, "", "row %d of the answer is no object", i+1)
		}
		row, err := p.row(root, node, merchantNo)
		if err != nil {
			return ledgerfile.Batch{}, sources.Fail(sources.KindGarbage, "", "row %d of the answer: %w", i+1, err)
		}
		objects = append(objects, row)
	}
	batches, report := ledgerfile.FromJSON(p.kind, objects)
	if len(report.Errors) > 0 {
		e := report.Errors[0]
		return ledgerfile.Batch{}, sources.Fail(sources.KindGarbage, "", "row %d of the answer: %s cannot be understood", e.Line+1, e.Column)
	}
	var out ledgerfile.Batch
	for _, b := range batches {
		out.Transactions = append(out.Transactions, b.Transactions...)
		out.Settlements = append(out.Settlements, b.Settlements...)
	}
	return out, nil
}

// row is one row under the names of ledger files.
func (p *plan) row(root, node any, merchantNo string) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	set := func(name string, v any) {
		b, _ := json.Marshal(v) // texts always encode
		out[name] = b
	}
	if _, told := p.fields["merchant_no"]; !told {
		set("merchant_no", merchantNo)
	}
	for name, f := range p.fields {
		values, err := f.values(root, node)
		if err != nil {
			return nil, err
		}
		if len(values) == 0 {
			continue // not told
		}
		if words, ok := p.Values[name]; ok {
			for i, v := range values {
				if values[i], ok = translate(words, v); !ok {
					return nil, errors.New(name + " has a word that values does not list")
				}
			}
		}
		if p.rowLayout != "" && isTime(name) {
			for i, v := range values {
				t, ok := parseTime(v, p.rowLayout)
				if !ok {
					return nil, errors.New(name + " is not a time of the pattern row_time")
				}
				values[i] = t.Format(time.RFC3339)
			}
		}
		if isList(name) {
			set(name, values)
			continue
		}
		set(name, values[0])
	}
	return out, nil
}

// values are the scalars of a field; empty texts are not told.
func (f field) values(root, node any) ([]string, error) {
	if f.fixed {
		return []string{f.constant}, nil
	}
	if f.root {
		node = root
	}
	nodes, err := walk(node, f.path)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range nodes {
		if s, ok := scalar(n); ok && strings.TrimSpace(s) != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

func translate(words map[string]string, v string) (string, bool) {
	if w, ok := words[v]; ok {
		return w, true
	}
	w, ok := words["*"]
	return w, ok
}

func isTime(name string) bool {
	return name == "time" || name == "paid_at" || name == "returned_at" || name == "reversal_time"
}

func isList(name string) bool { return name == "transaction_ids" || name == "docs" }

// ledgerName reports whether ledger files of the kind have the column.
func ledgerName(kind ledgerfile.Kind, name string) bool {
	_, report := ledgerfile.FromJSON(kind, []map[string]json.RawMessage{{name: json.RawMessage("null")}})
	return len(report.Warnings) == 0
}
