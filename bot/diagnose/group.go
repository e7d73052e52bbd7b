package diagnose

import (
	"slices"
	"time"

	"daozhang/transactions"
)

// group joins every row with its original: a sale and its linked void, refund
// or completion are one candidate (rules 2.3). Rows arrive oldest first.
func group(rows []*transactions.Transaction) []*sale {
	byKey := make(map[rowKey]*transactions.Transaction, len(rows))
	for _, t := range rows {
		byKey[rowKey{t.MerchantNo, t.ID}] = t
	}
	members := map[*transactions.Transaction][]*transactions.Transaction{}
	var roots []*transactions.Transaction
	for _, t := range rows {
		r := rootOf(t, byKey)
		if len(members[r]) == 0 {
			roots = append(roots, r)
		}
		members[r] = append(members[r], t)
	}
	out := make([]*sale, 0, len(roots))
	for _, r := range roots {
		out = append(out, oneCandidate(r, members[r]))
	}
	sortSales(out)
	return out
}

// rootOf follows orig_id to the first row; a circle ends at its smallest id.
func rootOf(t *transactions.Transaction, byKey map[rowKey]*transactions.Transaction) *transactions.Transaction {
	seen := map[*transactions.Transaction]bool{t: true}
	for t.OrigID != "" {
		o := byKey[rowKey{t.MerchantNo, t.OrigID}]
		if o == nil {
			break
		}
		if seen[o] {
			return smallestInCircle(o, byKey)
		}
		seen[o] = true
		t = o
	}
	return t
}

func smallestInCircle(t *transactions.Transaction, byKey map[rowKey]*transactions.Transaction) *transactions.Transaction {
	least := t
	for o := byKey[rowKey{t.MerchantNo, t.OrigID}]; o != t; o = byKey[rowKey{o.MerchantNo, o.OrigID}] {
		if o.ID < least.ID {
			least = o
		}
	}
	return least
}

// oneCandidate picks the row that the money follows: the latest completion
// that stands, else the latest completion that succeeded, else the root.
func oneCandidate(root *transactions.Transaction, members []*transactions.Transaction) *sale {
	s := &sale{main: root}
	if kindOf(root) == transactions.Preauth {
		for _, t := range members {
			if kindOf(t) != transactions.PreauthComplete || !succeeded(t) {
				continue
			}
			standing := undoneBy(t, members) == nil
			if s.main == root || standing || undoneBy(s.main, members) != nil {
				s.main = t
			}
		}
	}
	for _, t := range members {
		if t != s.main {
			s.linked = append(s.linked, t)
		}
	}
	return s
}

// undoneBy is the void or cancellation of a row that succeeded; nil if none.
func undoneBy(t *transactions.Transaction, members []*transactions.Transaction) *transactions.Transaction {
	for _, v := range members {
		undoes := kindOf(v) == transactions.Void || kindOf(v) == transactions.PreauthCancel
		if undoes && v.OrigID == t.ID && v != t && succeeded(v) {
			return v
		}
	}
	return nil
}

// foldAttempts lays failed attempts on the success that followed them (rules
// 2.3), and an attempt refused as a duplicate (94) on the earlier success.
func (l *ledger) foldAttempts() {
	absorbed := map[*sale]bool{}
	for _, s := range l.sales {
		if !isAttempt(s) {
			continue
		}
		if target := l.successOf(s); target != nil {
			target.attempts = append(target.attempts, s.main)
			absorbed[s] = true
		}
	}
	l.sales = slices.DeleteFunc(l.sales, func(s *sale) bool { return absorbed[s] })
	for _, s := range l.sales {
		slices.SortFunc(s.attempts, compareRows)
	}
	sortSales(l.sales)
}

func isAttempt(s *sale) bool {
	if len(s.linked) > 0 {
		return false
	}
	switch outcomeOf(s.main) {
	case transactions.Failed, transactions.Closed, transactions.Unknown, transactions.Pending, transactions.Reversed:
		return true
	}
	return false
}

// successOf is the first success that makes the attempt part of one sale.
func (l *ledger) successOf(a *sale) *sale {
	earlier := a.main.RespCode == "94"
	var best *sale
	var at time.Time
	for _, s := range l.sales {
		for _, t := range s.rows() {
			if !sameTry(a.main, t) {
				continue
			}
			gap := t.Time.Sub(a.main.Time)
			follows := gap >= 0 && gap <= oneSale
			before := earlier && gap < 0 && transactions.DateOf(t.Time) == transactions.DateOf(a.main.Time)
			if !follows && !before {
				continue
			}
			// 94 says that the first one went through: the nearest before it wins.
			if best == nil || before && t.Time.After(at) || !earlier && t.Time.Before(at) {
				best, at = s, t.Time
			}
		}
	}
	return best
}

// sameTry reports that a success is the same sale as an attempt: same shop,
// kind, amount and terminal. Without a terminal (QR) the payer must be known
// to be the same.
func sameTry(a, t *transactions.Transaction) bool {
	if a == t || a.MerchantNo != t.MerchantNo || a.AmountFen != t.AmountFen || kindOf(a) != kindOf(t) {
		return false
	}
	if o := outcomeOf(t); o != transactions.Success && o != transactions.Voided {
		return false
	}
	if a.Terminal != "" || t.Terminal != "" {
		return a.Terminal == t.Terminal
	}
	return a.PayerRef != "" && a.PayerRef == t.PayerRef || a.CardLast4 != "" && a.CardLast4 == t.CardLast4
}

func sortSales(s []*sale) {
	slices.SortFunc(s, func(a, b *sale) int { return compareRows(a.main, b.main) })
}

// kindOf reads an empty kind as a sale, as the contract does.
func kindOf(t *transactions.Transaction) string {
	if t.Kind == "" {
		return transactions.Sale
	}
	return t.Kind
}

// outcomeOf is what became of a row: its state; only where that is missing the
// response code; a reversal that succeeded beats both (rules 3).
func outcomeOf(t *transactions.Transaction) string {
	if t.Reversal != nil && t.Reversal.State == transactions.Success && t.State != transactions.Voided {
		return transactions.Reversed
	}
	if t.State != "" {
		return t.State
	}
	if c, ok := LookupCode(t); ok {
		switch c.Outcome {
		case OutcomeApproved:
			return transactions.Success
		case OutcomeDeclined, OutcomeTerminal, OutcomeReferral:
			return transactions.Failed
		}
	}
	return transactions.Unknown
}

func succeeded(t *transactions.Transaction) bool { return outcomeOf(t) == transactions.Success }
