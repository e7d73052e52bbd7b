package store

import (
	"context"
	"fmt"
)

// paidLimit bounds the payouts of one shop found by the time they left: a shop
// that is paid sale by sale has hundreds a day.
const paidLimit = 1000

// paid finds the payouts that left in the time asked for, as (merchant, id).
func (q *factsQuery) paid(ctx context.Context) ([][]string, error) {
	if q.lookup.PaidFrom.IsZero() && q.lookup.PaidTo.IsZero() {
		return nil, nil
	}
	lo, hi := bounds(q.lookup.PaidFrom, q.lookup.PaidTo)
	var out [][]string
	for _, no := range q.nos {
		ids, err := q.paidIDs(ctx, no, lo, hi)
		if err != nil {
			return nil, err
		}
		if len(ids) > paidLimit {
			ids, q.truncated = ids[:paidLimit], true
		}
		for _, id := range ids {
			out = append(out, []string{no, id})
		}
	}
	return out, nil
}

func (q *factsQuery) paidIDs(ctx context.Context, no string, lo, hi int64) ([]string, error) {
	rows, err := q.tx.QueryContext(ctx, `SELECT t.id FROM settlements t
		WHERE t.merchant_no = $1 AND t.paid_at <> 0 AND t.paid_at >= $2 AND t.paid_at < $3 ORDER BY t.paid_at DESC LIMIT $4`, no, lo, hi, paidLimit+1)
	if err != nil {
		return nil, fmt.Errorf("read payouts by time: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("scan payouts by time: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
