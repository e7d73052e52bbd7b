package store

import (
	"context"
	"fmt"
	"time"

	"daozhang/transactions"
)

const noticeColumns = `id, brand, title, text, from_at, until_at`

// NoticesAt gives the published announcements that cover an instant (from
// inclusive, until exclusive), oldest first, of every brand.
func (s *Store) NoticesAt(ctx context.Context, now time.Time) ([]transactions.Notice, error) {
	return s.notices(ctx, `SELECT `+noticeColumns+` FROM notices WHERE until_at > $1 AND from_at <= $1 AND published = 1
		ORDER BY from_at, id`, ms(now))
}

func (s *Store) notices(ctx context.Context, query string, args ...any) ([]transactions.Notice, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []transactions.Notice
	for rows.Next() {
		var n transactions.Notice
		if err := rows.Scan(&n.ID, &n.Brand, &n.Title, &n.Text, instant{&n.From}, instant{&n.Until}); err != nil {
			return nil, fmt.Errorf("scan notices: %w", err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}
