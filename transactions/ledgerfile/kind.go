// Package ledgerfile reads ledger files: CSV or XLSX tables of merchants,
// terminals, transactions, settlements and bindings as docs/contract.md
// section 7 promises, and the same rows from JSON. A bad row is reported and
// never stops the good ones; a bad header stops before anything is emitted.
// Amounts are never held in floating point. Files are read as a stream: memory
// is bounded by a batch, whatever the size of the file.
package ledgerfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"daozhang/transactions"
)

// Kind of ledger file.
type Kind string

// The closed list of kinds.
const (
	Merchants    Kind = "merchants"
	Terminals    Kind = "terminals"
	Transactions Kind = "transactions"
	Settlements  Kind = "settlements"
	Bindings     Kind = "bindings"
)

// Kinds is the closed list in the order in which files are best imported.
func Kinds() []Kind { return []Kind{Merchants, Terminals, Transactions, Settlements, Bindings} }

// Batch is a run of good rows with the same columns; only the slice of Kind is
// filled. Columns are the names of the contract (amount_fen, never amount),
// those the file has: a column it lacks must keep its stored value, an empty
// cell of a column it has means unknown.
type Batch struct {
	Kind    Kind
	Columns []string
	// Lines tells where each row stood: the line of a CSV, the row of a sheet,
	// the index from 0 of a JSON array.
	Lines []int
	// Titles are the headers of Columns as the file spells them, for errors.
	Titles []string
	// Raw are the rows as they stand in the file, with Options.Raw; else nil.
	Raw          []string
	Merchants    []transactions.Merchant
	Terminals    []transactions.TerminalRow
	Transactions []transactions.Transaction
	Settlements  []transactions.Settlement
	Bindings     []transactions.BindingRow
}

// Title is the header of a column as the file spells it; the column's own name
// where it has none.
func (b Batch) Title(column string) string {
	if i := slices.Index(b.Columns, column); i >= 0 && i < len(b.Titles) && b.Titles[i] != "" {
		return b.Titles[i]
	}
	return column
}

// Len is the number of rows.
func (b Batch) Len() int { return len(b.Lines) }

// RowError is one row that was not taken, and why, in Chinese.
type RowError struct {
	Line int `json:"line"`
	// Column is the header as the file spells it; "" when the row as a whole is
	// at fault.
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
	// Raw is the row as it stands in the file, with Options.Raw; else "".
	Raw string `json:"raw,omitempty"`
}

// Error implements error.
func (e RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("第 %d 行：%s", e.Line, e.Reason)
	}
	return fmt.Sprintf("第 %d 行「%s」：%s", e.Line, e.Column, e.Reason)
}

// HeaderError refuses a whole file.
type HeaderError struct {
	Missing   []string // required columns that no header names
	Duplicate []string // columns that two headers name
	Profile   string   // title of the profile by which the file was read; "" = none
}

// Error implements error.
func (e *HeaderError) Error() string {
	var parts []string
	if len(e.Missing) > 0 {
		parts = append(parts, "缺少必需的列 "+strings.Join(e.Missing, "、"))
	}
	if len(e.Duplicate) > 0 {
		parts = append(parts, "重复的列 "+strings.Join(e.Duplicate, "、"))
	}
	if e.Profile != "" {
		return "表头与「" + e.Profile + "」格式不符，没有导入任何数据：" + strings.Join(parts, "；")
	}
	return "表头有误，没有导入任何数据：" + strings.Join(parts, "；") + "（列名对照见 docs/ledger-files.md）"
}

// Errors of a whole file.
var (
	ErrEmpty  = errors.New("文件是空的：第一行应为表头")
	ErrOldXLS = errors.New("这是旧版 .xls 文件，请在 Excel 或 WPS 里另存为 .xlsx 或 CSV 再导入")
	ErrXLSX   = errors.New("XLSX 文件打不开（已损坏、加密或不是表格），请另存一份再导入")
	ErrTable  = errors.New("这种导入格式不包含这类文件")
	ErrKind   = errors.New("未知的文件种类，可用 merchants terminals transactions settlements bindings")
)

// Column describes one column for documentation and templates.
type Column struct {
	Name     string
	Required bool
	// Money columns may be headed with or without the suffix _fen.
	Money   bool
	Aliases []string
}

// Columns lists what a file of a kind may have; nil for an unknown kind.
func Columns(kind Kind) []Column {
	switch kind {
	case Merchants:
		return describe(merchantSchema())
	case Terminals:
		return describe(terminalSchema())
	case Transactions:
		return describe(transactionSchema())
	case Settlements:
		return describe(settlementSchema())
	case Bindings:
		return describe(bindingSchema())
	default:
		return nil
	}
}

func describe[T any](s schema[T]) []Column {
	out := make([]Column, 0, len(s.specs))
	for _, sp := range s.specs {
		out = append(out, Column{Name: sp.name, Required: slices.Contains(s.required, sp.name), Money: sp.money(), Aliases: sp.names()})
	}
	return out
}

// spec is one column: its name in the contract, other spellings of its header
// separated by spaces, and how a cell fills a row. A cell is clean text, ""
// when empty.
type spec[T any] struct {
	name    string
	aliases string
	set     func(row *T, cell cell) error
}

func (s spec[T]) money() bool { return strings.HasSuffix(s.name, "_fen") }

// timely tells columns of days and moments.
func (s spec[T]) timely() bool {
	for _, end := range []string{"time", "_at", "_date", "_due", "last_seen"} {
		if strings.HasSuffix(s.name, end) {
			return true
		}
	}
	return false
}

func (s spec[T]) names() []string { return strings.Fields(s.aliases) }

// schema is one kind of row.
type schema[T any] struct {
	kind     Kind
	required []string
	specs    []spec[T]
	// check looks at the row as a whole and names the column by our name; nil =
	// nothing to check.
	check func(*T) *RowError
	rows  func(*Batch) *[]T
}

// currencyColumn is checked and not stored: every amount is in yuan.
const currencyColumn = "currency"
