package sources

import (
	"slices"

	"daozhang/transactions"
)

// link finds the sales of payouts that do not name any: many interfaces tell
// a payout of a day as one sum. The sales of that clearing day are the ones
// paid when, and only when, their gross is that sum to the fen and no other
// payout may claim them. Otherwise the payout stays unlinked: nothing is
// guessed.
func link(rows *Rows, q Query) {
	taken := map[string]bool{} // sales that some payout names
	named := map[string]bool{} // payouts that some sale names
	days := map[transactions.Date]int{}
	for _, s := range slices.Concat(rows.Settlements, q.Payouts) {
		for _, id := range s.TransactionIDs {
			taken[id] = true
		}
	}
	pool := slices.Clone(rows.Transactions)
	for _, k := range q.Known {
		if !slices.ContainsFunc(pool, func(t transactions.Transaction) bool { return t.ID == k.ID }) {
			pool = append(pool, k)
		}
	}
	for _, t := range pool {
		if t.SettleID != "" {
			named[t.SettleID] = true
		}
	}
	for _, s := range rows.Settlements {
		days[s.ClearingDate]++
	}
	cal := transactions.DefaultCalendar() // only the clearing day is asked for
	for i := range rows.Settlements {
		s := &rows.Settlements[i]
		if len(s.TransactionIDs) > 0 || named[s.ID] || s.ClearingDate.IsZero() || s.GrossFen == nil || days[s.ClearingDate] > 1 {
			continue
		}
		var ids []string
		var sum int64
		for _, t := range pool {
			paid := t.State == transactions.Success && (t.Kind == "" || t.Kind == transactions.Sale || t.Kind == transactions.PreauthComplete)
			if !paid || t.SettleID != "" || taken[t.ID] || transactions.Plan(transactions.TermsOf(t, q.Merchant, nil), cal).Clearing != s.ClearingDate {
				continue
			}
			ids, sum = append(ids, t.ID), sum+t.AmountFen
		}
		if len(ids) > 0 && sum == *s.GrossFen {
			slices.Sort(ids)
			s.TransactionIDs = ids
		}
	}
}
