package store

import (
	"context"
	"database/sql"
	"errors"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// Words lists the admins' synonyms and forbidden words, by kind and word.
func (s *Store) Words(ctx context.Context) ([]knowledge.Word, error) {
	return scanAll(ctx, s.db, "list words", `SELECT id, kind, word, means, created_by, created_at FROM words ORDER BY kind, word`, nil,
		func(row *sql.Rows, w *knowledge.Word) error {
			var at int64
			err := row.Scan(&w.ID, &w.Kind, &w.Word, &w.Means, &w.By, &at)
			w.At = shanghai(at)
			return err
		})
}

// AddWord stores a word, in force with the very next answer; *desk.Refusal
// (Exists) when it is there already.
func (s *Store) AddWord(ctx context.Context, w knowledge.Word, a desk.Audit) (knowledge.Word, error) {
	w.At = s.now()
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		w.ID = s.NewID()
		err := execOne(ctx, tx, "store word", `INSERT INTO words (id, kind, word, means, created_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, word) DO NOTHING`, w.ID, string(w.Kind), w.Word, w.Means, w.By, ms(w.At))
		if errors.Is(err, desk.ErrNotFound) {
			return &desk.Refusal{Kind: desk.Exists}
		}
		if err != nil {
			return err
		}
		return s.bumpKnowledge(ctx, tx)
	})
	return w, err
}

// DeleteWord removes a word; desk.ErrNotFound when there is none.
func (s *Store) DeleteWord(ctx context.Context, id int64, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		if err := execOne(ctx, tx, "delete word", `DELETE FROM words WHERE id = $1`, id); err != nil {
			return err
		}
		return s.bumpKnowledge(ctx, tx)
	})
}
