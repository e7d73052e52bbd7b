package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"daozhang/transactions"
)

// Bounds of one look-up.
const (
	defaultLimit   = 500
	companionLimit = 100 // other transactions of one payout
	referenceLimit = 50
	linkDepth      = 4 // preauth ← completion ← refund, and one to spare
)

// Facts implements transactions.Source on the local ledger, in one consistent
// read. Every query runs on an index, so it does not slow down as the ledger
// grows. Beside the docstring of transactions.Facts: the other transactions of
// the same payouts are included, at most 100 a payout, because a merged payout
// has to name them. AsOf is the newest import that touched one of the rows.
func (s *Store) Facts(ctx context.Context, l transactions.Lookup) (transactions.Facts, error) {
	var f transactions.Facts
	nos := distinct(l.MerchantNos)
	if len(nos) == 0 {
		return f, nil
	}
	var met []string
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		if !s.dialect.keepStatements {
			f, err = s.factsIn(ctx, tx, l, nos)
			return err
		}
		kept := &preparedTx{tx: tx, of: &s.lookups}
		f, err = s.factsIn(ctx, kept, l, nos)
		met = kept.new
		return err
	})
	s.lookups.keep(ctx, s.db, met)
	if err != nil {
		return transactions.Facts{}, &transactions.UnavailableError{Kind: unavailable(ctx), Err: fmt.Errorf("local ledger: %w", err)}
	}
	return f, nil
}

// factsIn runs the look-up inside one snapshot.
func (s *Store) factsIn(ctx context.Context, tx querier, l transactions.Lookup, nos []string) (transactions.Facts, error) {
	q := factsQuery{s: s, tx: tx, lookup: l, nos: nos, seen: map[string]bool{}}
	for _, step := range []func(context.Context) error{q.primary, q.links, q.payouts, q.companions} {
		if err := step(ctx); err != nil {
			return transactions.Facts{}, err
		}
	}
	merchants, err := s.merchants(ctx, tx, nos)
	if err != nil {
		return transactions.Facts{}, err
	}
	return q.facts(merchants), nil
}

// read runs f in one read-only snapshot.
func (s *Store) read(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return f(tx)
}

func unavailable(ctx context.Context) string {
	if ctx.Err() != nil {
		return "timeout"
	}
	return "down"
}

// factsQuery gathers one look-up step by step.
type factsQuery struct {
	s         *Store
	tx        querier
	lookup    transactions.Lookup
	nos       []string
	rows      []transactions.Transaction
	seen      map[string]bool // merchant, source, id of rows
	payoutRow []transactions.Settlement
	truncated bool
}

// add keeps rows not yet seen and returns those.
func (q *factsQuery) add(rows []transactions.Transaction) []transactions.Transaction {
	fresh := rows[:0]
	for _, r := range rows {
		k := keyText([]string{r.MerchantNo, r.Source, r.ID})
		if !q.seen[k] {
			q.seen[k] = true
			fresh = append(fresh, r)
		}
	}
	q.rows = append(q.rows, fresh...)
	return fresh
}

// primary finds the rows asked for: by time, by reference, by id.
func (q *factsQuery) primary(ctx context.Context) error {
	limit := q.lookup.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	t := transactionTable()
	lo, hi := bounds(q.lookup.From, q.lookup.To)
	var found []transactions.Transaction
	for _, no := range q.nos {
		rows, err := queryRows(ctx, q.tx, t, `SELECT `+t.selectList("t")+` FROM transactions t
			WHERE t.merchant_no = $1 AND t.time >= $2 AND t.time < $3 ORDER BY t.time DESC, t.id DESC LIMIT $4`, no, lo, hi, limit+1)
		if err != nil {
			return err
		}
		found = append(found, rows...)
	}
	slices.SortStableFunc(found, func(a, b transactions.Transaction) int { return -byTime(a, b) })
	if len(found) > limit {
		found, q.truncated = found[:limit], true
	}
	q.add(found)
	if err := q.references(ctx, t); err != nil {
		return err
	}
	rows, err := selectRows(ctx, q.s, q.tx, t, "transactions t", "t.merchant_no = k.value->>0 AND t.id = k.value->>1",
		pairs(q.nos, distinct(q.lookup.TransactionIDs)))
	if err != nil {
		return err
	}
	q.add(rows)
	return nil
}

// references finds rows by any number printed on a slip. Trace numbers are six
// digits with leading zeros that people leave out; authorisation codes are
// printed in capitals.
func (q *factsQuery) references(ctx context.Context, t table[transactions.Transaction]) error {
	ref := strings.TrimSpace(q.lookup.Reference)
	if ref == "" {
		return nil
	}
	forms := []string{ref, strings.ToUpper(ref)}
	if len(ref) < 6 && strings.Trim(ref, "0123456789") == "" {
		forms = append(forms, strings.Repeat("0", 6-len(ref))+ref)
	}
	keys := jsonText(pairs(q.nos, distinct(forms)))
	var parts []string
	for _, c := range []string{"id", "rrn", "stan", "auth_code"} {
		parts = append(parts, `SELECT `+t.selectList("t")+` FROM `+q.s.jsonRows("$1")+` k CROSS JOIN transactions t
			WHERE t.merchant_no = k.value->>0 AND t.`+c+` = k.value->>1 AND t.`+c+` <> ''`)
	}
	rows, err := queryRows(ctx, q.tx, t, `SELECT * FROM (`+strings.Join(parts, " UNION ")+`) u ORDER BY time DESC, id DESC LIMIT $2`,
		keys, referenceLimit)
	if err != nil {
		return err
	}
	q.add(rows)
	return nil
}

// links follows orig_id in both directions.
func (q *factsQuery) links(ctx context.Context) error {
	t := transactionTable()
	frontier := slices.Clone(q.rows)
	for range linkDepth {
		var up, down [][]string
		for _, r := range frontier {
			if r.OrigID != "" {
				up = append(up, []string{r.MerchantNo, r.OrigID})
			}
			down = append(down, []string{r.MerchantNo, r.ID})
		}
		originals, err := selectRows(ctx, q.s, q.tx, t, "transactions t", "t.merchant_no = k.value->>0 AND t.id = k.value->>1", up)
		if err != nil {
			return err
		}
		successors, err := selectRows(ctx, q.s, q.tx, t, "transactions t",
			"t.merchant_no = k.value->>0 AND t.orig_id = k.value->>1 AND t.orig_id <> ''", down)
		if err != nil {
			return err
		}
		frontier = slices.Clone(q.add(append(originals, successors...)))
		if len(frontier) == 0 {
			return nil
		}
	}
	return nil
}

// payouts finds what names the rows, and its successors. A cycle in next_id
// ends at the first payout already seen.
func (q *factsQuery) payouts(ctx context.Context) error {
	var named, next [][]string
	for _, r := range q.rows {
		named = append(named, []string{r.MerchantNo, r.ID})
		if r.SettleID != "" {
			next = append(next, []string{r.MerchantNo, r.SettleID})
		}
	}
	items, err := q.items(ctx, "transaction_id", named, -1)
	if err != nil {
		return err
	}
	for _, it := range items {
		next = append(next, []string{it.merchant, it.settlement})
	}
	paid, err := q.paid(ctx)
	if err != nil {
		return err
	}
	next = append(next, paid...)
	t := settlementTable()
	seen := map[string]bool{}
	for len(next) > 0 {
		var keys [][]string
		for _, k := range next {
			if !seen[keyText(k)] {
				seen[keyText(k)] = true
				keys = append(keys, k)
			}
		}
		found, err := selectRows(ctx, q.s, q.tx, t, "settlements t", "t.merchant_no = k.value->>0 AND t.id = k.value->>1", keys)
		if err != nil {
			return err
		}
		next = nil
		for _, b := range found {
			if b.NextID != "" {
				next = append(next, []string{b.MerchantNo, b.NextID})
			}
		}
		q.payoutRow = append(q.payoutRow, found...)
	}
	return nil
}

// companions adds the other transactions of the payouts found.
func (q *factsQuery) companions(ctx context.Context) error {
	var payouts [][]string
	for _, b := range q.payoutRow {
		payouts = append(payouts, []string{b.MerchantNo, b.ID})
	}
	items, err := q.items(ctx, "settlement_id", payouts, companionLimit*len(payouts))
	if err != nil {
		return err
	}
	members := map[string][]string{}
	for _, it := range items {
		k := keyText([]string{it.merchant, it.settlement})
		members[k] = append(members[k], it.transaction)
	}
	have := map[string]bool{}
	for _, r := range q.rows {
		have[keyText([]string{r.MerchantNo, r.ID})] = true
	}
	var keys [][]string
	for i := range q.payoutRow {
		b := &q.payoutRow[i]
		for _, id := range members[keyText([]string{b.MerchantNo, b.ID})] {
			if !slices.Contains(b.TransactionIDs, id) {
				b.TransactionIDs = append(b.TransactionIDs, id)
			}
		}
		n := 0
		for _, id := range b.TransactionIDs {
			k := []string{b.MerchantNo, id}
			if have[keyText(k)] || n == companionLimit {
				continue
			}
			n++
			have[keyText(k)] = true
			keys = append(keys, k)
		}
	}
	rows, err := selectRows(ctx, q.s, q.tx, transactionTable(), "transactions t",
		"t.merchant_no = k.value->>0 AND t.id = k.value->>1", keys)
	if err != nil {
		return err
	}
	q.add(rows)
	return nil
}

type item struct{ merchant, transaction, settlement string }

// items reads settlement_items by one of its two sides; limit < 0 is none.
func (q *factsQuery) items(ctx context.Context, side string, keys [][]string, limit int) ([]item, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	text := `SELECT i.merchant_no, i.transaction_id, i.settlement_id FROM ` + q.s.jsonRows("$1") + ` k CROSS JOIN settlement_items i
		WHERE i.merchant_no = k.value->>0 AND i.` + side + ` = k.value->>1`
	args := []any{jsonText(keys)}
	if limit >= 0 {
		text += " LIMIT $2"
		args = append(args, limit)
	}
	rows, err := q.tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("read settlement items: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []item
	for rows.Next() {
		var it item
		if err := rows.Scan(&it.merchant, &it.transaction, &it.settlement); err != nil {
			return nil, fmt.Errorf("scan settlement items: %w", err)
		}
		out = append(out, it)
	}
	return out, rows.Err()
}

// facts puts the look-up in its promised order.
func (q *factsQuery) facts(merchants []transactions.Merchant) transactions.Facts {
	f := transactions.Facts{Merchants: merchants, Transactions: q.rows, Settlements: q.payoutRow, Truncated: q.truncated}
	slices.SortFunc(f.Transactions, byTime)
	slices.SortFunc(f.Settlements, func(a, b transactions.Settlement) int {
		return cmp.Or(cmp.Compare(a.MerchantNo, b.MerchantNo), cmp.Compare(a.ID, b.ID))
	})
	newer := func(t time.Time) {
		if t.After(f.AsOf) {
			f.AsOf = t
		}
	}
	for _, r := range f.Transactions {
		newer(r.SeenAt)
	}
	for _, b := range f.Settlements {
		newer(b.SeenAt)
	}
	if len(f.Transactions) == 0 {
		for _, m := range merchants {
			newer(m.SeenAt)
		}
	}
	return f
}

// byTime orders oldest first; ties by merchant and id, so that it is total.
func byTime(a, b transactions.Transaction) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.MerchantNo, b.MerchantNo), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Source, b.Source))
}

// distinct drops empty and repeated values and keeps the order.
func distinct(values []string) []string {
	var out []string
	for _, v := range values {
		if v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// pairs is every merchant number with every value.
func pairs(nos, values []string) [][]string {
	var out [][]string
	for _, no := range nos {
		for _, v := range values {
			out = append(out, []string{no, v})
		}
	}
	return out
}

// bounds is a time range in ms, open where a side is zero.
func bounds(from, to time.Time) (lo, hi int64) {
	lo, hi = -1<<62, 1<<62
	if !from.IsZero() {
		lo = from.UnixMilli()
	}
	if !to.IsZero() {
		hi = to.UnixMilli()
	}
	return lo, hi
}
