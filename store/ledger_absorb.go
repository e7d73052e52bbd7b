package store

import (
	"context"
	"strings"

	"daozhang/transactions"
)

// Absorb stores rows that a look-up source told. An empty field was not told:
// it keeps what is stored. Otherwise as UpsertTransactions and
// UpsertSettlements: final states stay, changed rows wake their promises.
// stale counts the rows refused for their state. A row without its key or
// state is refused as well, and counted.
func (s *Store) Absorb(ctx context.Context, txns []transactions.Transaction, payouts []transactions.Settlement) (stale int, err error) {
	for _, g := range byToldColumns(transactionTable(), txns) {
		results, err := s.UpsertTransactions(ctx, g.columns, g.rows)
		if err != nil {
			return stale, err
		}
		stale += refused(results)
	}
	for _, g := range byToldColumns(settlementTable(), payouts) {
		results, err := s.UpsertSettlements(ctx, g.columns, g.rows)
		if err != nil {
			return stale, err
		}
		stale += refused(results)
	}
	return stale, nil
}

func refused(results []RowResult) (n int) {
	for _, r := range results {
		if r.Outcome == Rejected {
			n++
		}
	}
	return n
}

// told are rows that fill the same columns.
type told[T any] struct {
	columns []string
	rows    []T
}

// byToldColumns groups rows by the columns they fill, keeping their order.
func byToldColumns[T any](t table[T], rows []T) []told[T] {
	var out []told[T]
	at := map[string]int{}
	var empty T
	for _, row := range rows {
		var names []string
		for i, c := range t.columns {
			if i < t.keys || c.of(&row).value() != c.of(&empty).value() {
				names = append(names, c.name)
			}
		}
		k := strings.Join(names, ",")
		i, known := at[k]
		if !known {
			i = len(out)
			at[k], out = i, append(out, told[T]{columns: names})
		}
		out[i].rows = append(out[i].rows, row)
	}
	return out
}
