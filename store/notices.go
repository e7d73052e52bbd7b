package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daozhang/transactions"
)

const noticeColumns = `id, brand, title, text, from_at, until_at`

// SaveNotice stores an announcement: a new one when its ID is 0, else the one
// with that ID (sql.ErrNoRows when there is none). published false is a draft:
// nothing is said from it. It returns the ID.
func (s *Store) SaveNotice(ctx context.Context, n transactions.Notice, published bool, by string) (int64, error) {
	switch {
	case n.Title == "" || n.Text == "":
		return 0, errors.New("公告需要标题和正文")
	case n.From.IsZero() || n.Until.IsZero() || !n.From.Before(n.Until):
		return 0, errors.New("公告需要开始和结束时间,且开始早于结束")
	}
	flag := 0
	if published {
		flag = 1
	}
	if n.ID == 0 {
		n.ID = s.NewID()
		_, err := s.db.ExecContext(ctx, `INSERT INTO notices (id, brand, title, text, from_at, until_at, published, created_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, n.ID, n.Brand, n.Title, n.Text, ms(n.From), ms(n.Until), flag, by, ms(s.now()))
		if err != nil {
			return 0, fmt.Errorf("insert notice: %w", err)
		}
		return n.ID, nil
	}
	res, err := s.db.ExecContext(ctx, `UPDATE notices SET brand = $1, title = $2, text = $3, from_at = $4, until_at = $5, published = $6
		WHERE id = $7`, n.Brand, n.Title, n.Text, ms(n.From), ms(n.Until), flag, n.ID)
	if err != nil {
		return 0, fmt.Errorf("update notice: %w", err)
	}
	return n.ID, oneRow(res, "notice")
}

// DeleteNotice removes an announcement; sql.ErrNoRows when there is none.
func (s *Store) DeleteNotice(ctx context.Context, id int64) error {
	res, err := s.db.ExecContext(ctx, `DELETE FROM notices WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("delete notice: %w", err)
	}
	return oneRow(res, "notice")
}

func oneRow(res sql.Result, what string) error {
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", what, sql.ErrNoRows)
	}
	return nil
}

// Notices lists announcements, published ones or drafts, the latest ending
// first, at most 200.
func (s *Store) Notices(ctx context.Context, published bool) ([]transactions.Notice, error) {
	flag := 0
	if published {
		flag = 1
	}
	return s.notices(ctx, `SELECT `+noticeColumns+` FROM notices WHERE published = $1 ORDER BY until_at DESC, id DESC LIMIT 200`, flag)
}

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
