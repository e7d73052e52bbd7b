package ledgerfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// FromJSON reads the rows of a push body: objects with the names of the
// contract, values as text, numbers, booleans, lists of text or null (unknown).
// Rows with the same keys make one batch, in order; Lines are indexes from 0.
// Unknown keys are ignored with a warning, as columns of a file are.
func FromJSON(kind Kind, rows []map[string]json.RawMessage) ([]Batch, Report) {
	switch kind {
	case Merchants:
		return jsonRows(merchantSchema(), rows)
	case Terminals:
		return jsonRows(terminalSchema(), rows)
	case Transactions:
		return jsonRows(transactionSchema(), rows)
	case Settlements:
		return jsonRows(settlementSchema(), rows)
	case Bindings:
		return jsonRows(bindingSchema(), rows)
	default:
		return nil, Report{Kind: kind, Rows: len(rows), Bad: len(rows), Errors: []RowError{{Reason: ErrKind.Error()}}}
	}
}

func jsonRows[T any](s schema[T], rows []map[string]json.RawMessage) ([]Batch, Report) {
	var batches []Batch
	rd := &reader[T]{schema: s, report: Report{Kind: s.kind, Format: "json", Rows: len(rows)}}
	known := s.headers(nil)
	unknown := map[string]bool{}
	for i, object := range rows {
		row, columns, err := rd.object(known, object, unknown)
		if err != nil {
			err.Line = i
			rd.report.Bad++
			if len(rd.report.Errors) < MaxErrors {
				rd.report.Errors = append(rd.report.Errors, *err)
			}
			continue
		}
		rd.report.Good++
		if n := len(batches); n == 0 || !slices.Equal(batches[n-1].Columns, columns) || batches[n-1].Len() == usualBatch {
			batches = append(batches, Batch{Kind: s.kind, Columns: columns})
		}
		b := &batches[len(batches)-1]
		list := s.rows(b)
		*list = append(*list, row)
		b.Lines = append(b.Lines, i)
	}
	for _, k := range slices.Sorted(maps.Keys(unknown)) {
		rd.report.Warnings = append(rd.report.Warnings, "不认识的字段「"+k+"」，已忽略")
	}
	return batches, rd.report
}

// maxUnknown bounds the warnings of one body.
const maxUnknown = 50

func (rd *reader[T]) object(known map[string]heading[T], object map[string]json.RawMessage, unknown map[string]bool) (T, []string, *RowError) {
	var row T
	s := rd.schema
	keys := make([]string, 0, len(object))
	for k := range object {
		keys = append(keys, k)
	}
	slices.Sort(keys) // the same error for the same row
	seen := map[string]bool{}
	for _, k := range keys {
		h, ok := known[headerKey(k)]
		if !ok {
			if len(unknown) < maxUnknown {
				unknown[short(k)] = true
			}
			continue
		}
		text, err := jsonText(object[k])
		if err != nil {
			return row, nil, &RowError{Column: k, Reason: err.Error()}
		}
		if h.spec != nil {
			if seen[h.spec.name] {
				return row, nil, &RowError{Column: k, Reason: "同一字段出现两次"}
			}
			seen[h.spec.name] = true
		}
		if tooLong(text, h.spec) {
			return row, nil, &RowError{Column: k, Reason: "单元格内容过长"}
		}
		if err := rd.set(&row, &binding[T]{spec: h.spec, fen: h.fen}, clean(text), false); err != nil {
			return row, nil, &RowError{Column: k, Reason: err.Error()}
		}
	}
	for _, name := range s.required {
		if !seen[name] {
			return row, nil, &RowError{Column: name, Reason: errRequired.Error()}
		}
	}
	if s.check != nil {
		if bad := s.check(&row); bad != nil {
			for _, k := range keys {
				if h, ok := known[headerKey(k)]; ok && h.spec != nil && h.spec.name == bad.Column {
					bad.Column = k
				}
			}
			return row, nil, bad
		}
	}
	var columns []string
	for _, sp := range s.specs {
		if seen[sp.name] {
			columns = append(columns, sp.name)
		}
	}
	return row, columns, nil
}

// jsonText is a JSON value as the text of a cell; numbers keep their digits.
func jsonText(raw json.RawMessage) (string, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	switch raw[0] {
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", errors.New("不是有效的文本")
		}
		return s, nil
	case '[':
		var list []string
		if err := json.Unmarshal(raw, &list); err != nil {
			return "", errors.New("列表里只能是文本")
		}
		return strings.Join(list, ";"), nil
	case '{':
		return "", errors.New("不能是对象")
	default:
		return string(raw), nil // number, true, false
	}
}
