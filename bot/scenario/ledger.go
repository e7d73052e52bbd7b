package scenario

import (
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"daozhang/transactions"
)

// Ledger serves the rows of a scenario as a look-up. It obeys the same rules
// as a real source: rows of the asked merchants only, within the asked time,
// with everything linked.
type Ledger struct {
	rows  Rows
	fault Fault
	// Now gives the clock of the scenario: rows are as fresh as now.
	Now func() time.Time
}

// NewLedger takes the rows of a scenario.
func NewLedger(s Scenario, now func() time.Time) *Ledger {
	return &Ledger{rows: s.Rows, fault: Fault{s.LedgerError, s.LedgerErrorShops}, Now: now}
}

// Apply lays changed and new rows over the present ones.
func (l *Ledger) Apply(c Change) {
	for _, m := range c.Merchants {
		l.rows.Merchants = upsert(l.rows.Merchants, m, func(x transactions.Merchant) string { return x.MerchantNo })
	}
	for _, t := range c.Transactions {
		l.rows.Transactions = upsert(l.rows.Transactions, t, func(x transactions.Transaction) string { return x.ID })
	}
	for _, s := range c.Settlements {
		l.rows.Settlements = upsert(l.rows.Settlements, s, func(x transactions.Settlement) string { return x.ID })
	}
	l.fault = l.fault.With(c)
}

// Fault is how the ledger fails in a scenario; the zero value does not.
type Fault struct {
	Kind string // timeout down garbage
	// Shops that cannot be asked; none: no shop can.
	Shops []string
}

// With is the fault after a change.
func (f Fault) With(c Change) Fault {
	if c.LedgerError != nil {
		f.Kind = *c.LedgerError
	}
	if c.LedgerErrorShops != nil {
		f.Shops = *c.LedgerErrorShops
	}
	return f
}

// Of splits a look-up: the merchant numbers that can be asked, and the error
// that the answer comes with, nil for none.
func (f Fault) Of(merchantNos []string) (open []string, err *transactions.UnavailableError) {
	if f.Kind == "" {
		return merchantNos, nil
	}
	err = &transactions.UnavailableError{Kind: f.Kind, Err: errors.New("scenario")}
	for _, no := range merchantNos {
		if len(f.Shops) > 0 && !slices.Contains(f.Shops, no) {
			open = append(open, no)
		} else {
			err.Merchants = append(err.Merchants, no)
		}
	}
	switch {
	case len(err.Merchants) == 0:
		return open, nil
	case len(open) == 0:
		err.Merchants = nil
	}
	return open, err
}

func upsert[T any](rows []T, row T, key func(T) string) []T {
	out := append([]T(nil), rows...)
	for i := range out {
		if key(out[i]) == key(row) {
			out[i] = row
			return out
		}
	}
	return append(out, row)
}

// Facts implements the look-up.
func (l *Ledger) Facts(_ context.Context, q transactions.Lookup) (transactions.Facts, error) {
	mine := map[string]bool{}
	for _, no := range q.MerchantNos {
		mine[no] = true
	}
	f := transactions.Facts{AsOf: l.Now()}
	for _, m := range l.rows.Merchants {
		if mine[m.MerchantNo] {
			f.Merchants = append(f.Merchants, m)
		}
	}
	open, fault := l.fault.Of(q.MerchantNos)
	if fault != nil && len(open) == 0 {
		return transactions.Facts{Merchants: f.Merchants}, fault
	}
	for no := range mine {
		mine[no] = slices.Contains(open, no)
	}
	keep := map[string]bool{}
	for _, t := range l.rows.Transactions {
		if mine[t.MerchantNo] && wanted(t, q) {
			keep[t.ID] = true
		}
	}
	l.link(keep, mine)
	for _, t := range l.rows.Transactions {
		if keep[t.ID] && mine[t.MerchantNo] {
			f.Transactions = append(f.Transactions, t)
		}
	}
	sort.SliceStable(f.Transactions, func(i, j int) bool { return f.Transactions[i].Time.Before(f.Transactions[j].Time) })
	f.Settlements = l.payouts(keep, mine)
	if fault != nil {
		return f, fault
	}
	return f, nil
}

func wanted(t transactions.Transaction, q transactions.Lookup) bool {
	for _, id := range q.TransactionIDs {
		if id == t.ID {
			return true
		}
	}
	if r := q.Reference; r != "" && (t.RRN == r || t.STAN == r || t.ID == r || t.AuthCode == r) {
		return true
	}
	return !t.Time.Before(q.From) && t.Time.Before(q.To)
}

// link adds originals, voids, refunds, completions, and the companions of a
// payout, until nothing more is found.
func (l *Ledger) link(keep, mine map[string]bool) {
	for grown := true; grown; {
		grown = false
		add := func(id string) {
			if id != "" && !keep[id] {
				keep[id], grown = true, true
			}
		}
		for _, t := range l.rows.Transactions {
			if !mine[t.MerchantNo] {
				continue
			}
			if keep[t.ID] {
				add(t.OrigID)
			} else if t.OrigID != "" && keep[t.OrigID] {
				add(t.ID)
			}
		}
		for _, s := range l.rows.Settlements {
			if !mine[s.MerchantNo] || !names(s, keep) {
				continue
			}
			for _, id := range s.TransactionIDs {
				add(id)
			}
		}
	}
}

func names(s transactions.Settlement, keep map[string]bool) bool {
	for _, id := range s.TransactionIDs {
		if keep[id] {
			return true
		}
	}
	return false
}

// payouts are those that name a kept transaction and their successors.
func (l *Ledger) payouts(keep, mine map[string]bool) []transactions.Settlement {
	in := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for _, s := range l.rows.Settlements {
			if !in[s.ID] && mine[s.MerchantNo] && names(s, keep) {
				in[s.ID], grown = true, true
			}
			if in[s.ID] && s.NextID != "" && !in[s.NextID] {
				in[s.NextID], grown = true, true
			}
		}
	}
	var out []transactions.Settlement
	for _, s := range l.rows.Settlements {
		if in[s.ID] && (mine[s.MerchantNo] || s.MerchantNo == "") {
			out = append(out, s)
		}
	}
	return out
}
