package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// GoldenQuestions lists the questions that guard publications, oldest first.
func (s *Store) GoldenQuestions(ctx context.Context) ([]knowledge.GoldenRow, error) {
	return scanAll(ctx, s.db, "list golden questions", `SELECT id, question, article_id, others, tags, created_by, created_at
		FROM golden_questions ORDER BY id`, nil, func(row *sql.Rows, g *knowledge.GoldenRow) error {
		var at int64
		var others, tags []byte
		if err := row.Scan(&g.RowID, &g.Question, &g.ID, &others, &tags, &g.CreatedBy, &at); err != nil {
			return err
		}
		g.CreatedAt = shanghai(at)
		if err := json.Unmarshal(others, &g.IDs); err != nil {
			return fmt.Errorf("decode others: %w", err)
		}
		if len(g.IDs) == 0 {
			g.IDs = nil
		}
		return json.Unmarshal(tags, &g.Tags)
	})
}

// AddGolden stores a golden question; *desk.Refusal (Exists) when it is asked
// already.
func (s *Store) AddGolden(ctx context.Context, g knowledge.GoldenRow, a desk.Audit) (knowledge.GoldenRow, error) {
	g.CreatedAt = s.now()
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		g.RowID = s.NewID()
		err := s.writeGolden(ctx, tx, g)
		if errors.Is(err, desk.ErrNotFound) {
			return &desk.Refusal{Kind: desk.Exists}
		}
		return err
	})
	return g, err
}

// DeleteGolden removes a golden question; desk.ErrNotFound when there is none.
func (s *Store) DeleteGolden(ctx context.Context, id int64, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		return execOne(ctx, tx, "delete golden question", `DELETE FROM golden_questions WHERE id = $1`, id)
	})
}

// insertGolden stores a shipped question; one that is there stays.
func (s *Store) insertGolden(ctx context.Context, tx *sql.Tx, g knowledge.GoldenRow) error {
	g.RowID = s.NewID()
	if err := s.writeGolden(ctx, tx, g); err != nil && !errors.Is(err, desk.ErrNotFound) {
		return err
	}
	return nil
}

func (s *Store) writeGolden(ctx context.Context, tx *sql.Tx, g knowledge.GoldenRow) error {
	others, err := json.Marshal(append([]string{}, g.IDs...))
	if err != nil {
		return fmt.Errorf("encode golden question: %w", err)
	}
	tags, err := json.Marshal(g.Tags)
	if err != nil {
		return fmt.Errorf("encode golden question: %w", err)
	}
	return execOne(ctx, tx, "store golden question", `INSERT INTO golden_questions (id, question, article_id, others, tags, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (question) DO NOTHING`,
		g.RowID, g.Question, g.ID, string(others), string(tags), g.CreatedBy, ms(g.CreatedAt))
}
