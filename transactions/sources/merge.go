package sources

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"daozhang/transactions"
)

// own keeps the rows of the merchant asked about, under its number in the
// ledger, and completes them. It returns how many were of somebody else.
func own(rows *Rows, q Query, kind string, now time.Time) (foreign int) {
	ours := func(no *string) bool {
		if *no != "" && *no != q.Merchant.MerchantNo && *no != q.RemoteNo {
			foreign++
			return false
		}
		*no = q.Merchant.MerchantNo
		return true
	}
	rows.Transactions = keep(rows.Transactions, func(t *transactions.Transaction) bool {
		t.Source, t.SeenAt, t.Time = kind, now, t.Time.In(transactions.Shanghai)
		t.CardLast4 = last4(t.CardLast4)
		return ours(&t.MerchantNo)
	})
	rows.Settlements = keep(rows.Settlements, func(s *transactions.Settlement) bool {
		s.SeenAt, s.AccountLast4 = now, last4(s.AccountLast4)
		return ours(&s.MerchantNo)
	})
	return foreign
}

func keep[T any](in []T, wanted func(*T) bool) []T {
	out := make([]T, 0, len(in))
	for _, row := range in {
		if wanted(&row) {
			out = append(out, row)
		}
	}
	return out
}

// last4 keeps the last four digits of what may be a whole card number: more is
// never stored.
func last4(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	if len(digits) > 4 {
		return digits[len(digits)-4:]
	}
	return digits
}

// adopt gives rows the numbers under which the ledger knows them already, so
// that one sale is one row whoever tells of it.
func adopt(rows *Rows, q Query) {
	known := map[string]bool{}
	for _, k := range q.Known {
		known[k.ID] = true
	}
	names := map[string]string{}
	for i := range rows.Transactions {
		t := &rows.Transactions[i]
		if known[t.ID] {
			continue
		}
		for _, k := range q.Known {
			if sameSale(*t, k) {
				names[t.ID], t.ID = k.ID, k.ID
				break
			}
		}
	}
	rename(rows.Transactions, rows.Settlements, names)
	for i := range rows.Settlements {
		s := &rows.Settlements[i]
		if slices.ContainsFunc(q.Payouts, func(p transactions.Settlement) bool { return p.ID == s.ID }) {
			continue
		}
		for _, p := range q.Payouts {
			if samePayout(*s, p) {
				payoutNames(rows, s.ID, p.ID)
				break
			}
		}
	}
}

// sameSale reports two rows of one sale told by different sources under
// different numbers: the retrieval number agrees and nothing contradicts.
func sameSale(a, b transactions.Transaction) bool {
	apart := a.Time.Sub(b.Time).Abs()
	return a.RRN != "" && a.RRN == b.RRN && a.AmountFen == b.AmountFen && a.Source != b.Source && a.MerchantNo == b.MerchantNo &&
		cmp.Or(a.Kind, transactions.Sale) == cmp.Or(b.Kind, transactions.Sale) &&
		agree(a.CardLast4, b.CardLast4) && agree(a.Terminal, b.Terminal) && apart < 24*time.Hour
}

// samePayout reports two rows of one payout: the bank's reference agrees, or
// it pays exactly the same sales the same sum.
func samePayout(a, b transactions.Settlement) bool {
	if !agree(a.BankRef, b.BankRef) || a.NetFen == nil || b.NetFen == nil || *a.NetFen != *b.NetFen || a.Attempt != 0 && b.Attempt != 0 && a.Attempt != b.Attempt {
		return false
	}
	if a.BankRef != "" && b.BankRef != "" {
		return true
	}
	return len(a.TransactionIDs) > 0 && a.NextID == "" && b.NextID == "" && slices.Equal(sorted(a.TransactionIDs), sorted(b.TransactionIDs))
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

func agree(a, b string) bool { return a == "" || b == "" || a == b }

// rename rewrites the numbers of sales wherever rows name each other.
func rename(t []transactions.Transaction, s []transactions.Settlement, names map[string]string) {
	if len(names) == 0 {
		return
	}
	for i := range t {
		t[i].OrigID = cmp.Or(names[t[i].OrigID], t[i].OrigID)
	}
	for i := range s {
		ids := slices.Clone(s[i].TransactionIDs)
		for j := range ids {
			ids[j] = cmp.Or(names[ids[j]], ids[j])
		}
		slices.Sort(ids)
		s[i].TransactionIDs = slices.Compact(ids)
	}
}

func payoutNames(rows *Rows, from, to string) {
	for i := range rows.Settlements {
		if rows.Settlements[i].ID == from {
			rows.Settlements[i].ID = to
		}
		if rows.Settlements[i].NextID == from {
			rows.Settlements[i].NextID = to
		}
	}
	for i := range rows.Transactions {
		if rows.Transactions[i].SettleID == from {
			rows.Transactions[i].SettleID = to
		}
	}
}

// fold makes one row of several about one sale: what a source told wins over a
// file, what it did not tell stays, and a final state does not go back. live
// are the Source values of connectors.
func fold(f *transactions.Facts, live map[string]bool) {
	var out []transactions.Transaction
	at := map[[2]string]int{} // merchant, id → place in out
	names := map[string]map[string]string{}
	// Live rows first: the others are folded on them.
	order := slices.Clone(f.Transactions)
	slices.SortStableFunc(order, func(a, b transactions.Transaction) int {
		if live[a.Source] != live[b.Source] {
			if live[a.Source] {
				return -1
			}
			return 1
		}
		return b.SeenAt.Compare(a.SeenAt)
	})
	for _, t := range order {
		k := [2]string{t.MerchantNo, t.ID}
		i, same := at[k]
		if !same && !live[t.Source] {
			i = slices.IndexFunc(out, func(o transactions.Transaction) bool { return live[o.Source] && sameSale(o, t) })
			same = i >= 0
			if same {
				if names[t.MerchantNo] == nil {
					names[t.MerchantNo] = map[string]string{}
				}
				names[t.MerchantNo][t.ID] = out[i].ID
			}
		}
		if same {
			out[i] = overlay(out[i], t)
			continue
		}
		at[k] = len(out)
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b transactions.Transaction) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.MerchantNo, b.MerchantNo), cmp.Compare(a.ID, b.ID))
	})
	f.Transactions = out
	for no, m := range names {
		for i := range out {
			if out[i].MerchantNo == no {
				rename(out[i:i+1], nil, m)
			}
		}
		for i := range f.Settlements {
			if f.Settlements[i].MerchantNo == no {
				rename(nil, f.Settlements[i:i+1], m)
			}
		}
	}
}

// overlay is the row t with the gaps filled from under.
func overlay(t, under transactions.Transaction) transactions.Transaction {
	if !transactions.MayFollow(under.State, t.State) {
		t.State, t.RespCode = under.State, under.RespCode
	}
	t.Terminal = cmp.Or(t.Terminal, under.Terminal)
	t.Channel = cmp.Or(t.Channel, under.Channel)
	t.Kind = cmp.Or(t.Kind, under.Kind)
	t.State = cmp.Or(t.State, under.State)
	t.CardKind = cmp.Or(t.CardKind, under.CardKind)
	t.CardLast4 = cmp.Or(t.CardLast4, under.CardLast4)
	t.RRN = cmp.Or(t.RRN, under.RRN)
	t.STAN = cmp.Or(t.STAN, under.STAN)
	t.BatchNo = cmp.Or(t.BatchNo, under.BatchNo)
	t.AuthCode = cmp.Or(t.AuthCode, under.AuthCode)
	t.ClearingDate = cmp.Or(t.ClearingDate, under.ClearingDate)
	t.OrigID = cmp.Or(t.OrigID, under.OrigID)
	t.SettleID = cmp.Or(t.SettleID, under.SettleID)
	t.Risk = cmp.Or(t.Risk, under.Risk)
	t.RefundState = cmp.Or(t.RefundState, under.RefundState)
	t.PayerRef = cmp.Or(t.PayerRef, under.PayerRef)
	t.Reversal = cmp.Or(t.Reversal, under.Reversal)
	t.Dispute = cmp.Or(t.Dispute, under.Dispute)
	return t
}

// listen notes what an answer covered.
func listen(rows Rows, now time.Time) heard {
	h := heard{at: now, allSales: rows.AllSales, allPayouts: rows.AllPayouts, cut: rows.Cut, sales: map[string]bool{}, payouts: map[string]bool{}}
	for _, t := range rows.Transactions {
		h.sales[t.ID] = true
	}
	for _, s := range rows.Settlements {
		h.payouts[s.ID] = true
		if s.State == transactions.Unknown {
			if h.strange == nil {
				h.strange = map[string]string{}
			}
			h.strange[s.ID] = s.FailCode
		}
	}
	return h
}

// doubt lets the payouts speak whose state the source tells in a word that
// nobody knows, where the ledger keeps a final state: that state may be over.
func doubt(f *transactions.Facts, calls []*call) {
	for i := range f.Settlements {
		s := &f.Settlements[i]
		for _, c := range calls {
			if word, ok := c.heard.strange[s.ID]; ok && s.MerchantNo == c.query.Merchant.MerchantNo {
				s.State, s.FailCode = transactions.Unknown, word
			}
		}
	}
}

// ages is when the facts of each merchant were current, and of all together:
// the oldest of what they rest on. Rows that a source told, and lists that it
// told whole, are as fresh as its answer; what only the ledger has of a
// merchant is as old as its newest import. Linked rows and companions outside
// the look-up do not count.
func ages(f transactions.Facts, l transactions.Lookup, calls []*call) (all time.Time, byMerchant map[string]time.Time) {
	byMerchant = make(map[string]time.Time, len(f.Merchants))
	for _, m := range f.Merchants {
		var told []*call
		for _, c := range calls {
			if c.query.Merchant.MerchantNo == m.MerchantNo {
				told = append(told, c)
			}
		}
		sales, payouts := imported(f, l, m.MerchantNo, told)
		at := m.SeenAt
		switch {
		case len(told) > 0:
			at = time.Time{}
			for _, c := range told {
				at = older(at, c.heard.at)
			}
			at = older(older(at, sales), payouts)
		case sales.After(payouts):
			at = sales
		case !payouts.IsZero():
			at = payouts
		}
		byMerchant[m.MerchantNo] = at
		all = older(all, at)
	}
	return all, byMerchant
}

// older of two instants; a zero one is unknown and does not count.
func older(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// imported is when the rows that no source told came in last; zero when all
// were told.
func imported(f transactions.Facts, l transactions.Lookup, no string, calls []*call) (sales, payouts time.Time) {
	asked := map[string]bool{}
	for _, t := range f.Transactions {
		within := !t.Time.Before(l.From) && (l.To.IsZero() || t.Time.Before(l.To)) || slices.Contains(l.TransactionIDs, t.ID)
		if t.MerchantNo != no || !within {
			continue
		}
		asked[t.ID] = true
		fresh := slices.ContainsFunc(calls, func(c *call) bool {
			return c.heard.sales[t.ID] || c.heard.allSales && !t.Time.Before(c.query.From) && t.Time.Before(c.query.To)
		})
		if !fresh && t.SeenAt.After(sales) {
			sales = t.SeenAt
		}
	}
	for _, s := range f.Settlements {
		if s.MerchantNo != no || !slices.ContainsFunc(s.TransactionIDs, func(id string) bool { return asked[id] }) {
			continue
		}
		fresh := slices.ContainsFunc(calls, func(c *call) bool { return c.heard.payouts[s.ID] || c.heard.allPayouts })
		if !fresh && s.SeenAt.After(payouts) {
			payouts = s.SeenAt
		}
	}
	return sales, payouts
}
