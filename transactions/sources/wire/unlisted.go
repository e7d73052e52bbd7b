package wire

import (
	"slices"

	"daozhang/transactions"
	"daozhang/transactions/sources"
)

// Unlisted are the words for a state that a connector did not know, each once:
// it makes such a row UNKNOWN and keeps the word (Word) in RespCode of a sale
// and FailCode of a payout, where it puts nothing else beside UNKNOWN.
func Unlisted(rows sources.Rows) []string {
	var out []string
	add := func(state, word string) {
		if state == transactions.Unknown && word != "" && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	for _, t := range rows.Transactions {
		add(t.State, t.RespCode)
	}
	for _, s := range rows.Settlements {
		add(s.State, s.FailCode)
	}
	return out
}

// Told is the answer of a connector with its unlisted words named.
func Told(rows sources.Rows) sources.Rows {
	rows.Unlisted = Unlisted(rows)
	return rows
}
