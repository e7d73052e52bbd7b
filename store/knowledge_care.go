package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// SetCare changes who answers for an entry (owner) or when it must be read
// again (reviewOn); "" leaves either. No word that is told changes: the version
// that was published last comes again under the next number, whether it is in
// force or archived, and an open draft gets the same and keeps its author and
// its review. Errors: desk.ErrNotFound, *desk.Refusal (Waiting: what is
// scheduled would be lost).
func (s *Store) SetCare(ctx context.Context, id, owner string, reviewOn knowledge.Day, by desk.Actor, note string, audit desk.Audit) error {
	return s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, id, time.Time{})
		if err != nil {
			return err
		}
		if row.state.Scheduled > 0 {
			return &desk.Refusal{Kind: desk.Waiting}
		}
		if row.state.Version > 0 {
			if err := s.careVersion(ctx, tx, row.state, owner, reviewOn, by, note); err != nil {
				return err
			}
		}
		if row.state.HasDraft {
			if _, row.draft, err = cared(row.draft, owner, reviewOn); err != nil {
				return fmt.Errorf("draft of %s: %w", id, err)
			}
		}
		if err := execOne(ctx, tx, "set care", `UPDATE articles SET draft = $1, updated_at = $2 WHERE id = $3`,
			row.draft, s.tick(row.state.UpdatedAt), id); err != nil {
			return err
		}
		return s.bumpKnowledge(ctx, tx)
	})
}

// careVersion publishes the version in force again with its new care.
func (s *Store) careVersion(ctx context.Context, tx *sql.Tx, st desk.ArticleState, owner string, reviewOn knowledge.Day, by desk.Actor, note string) error {
	var content string
	if err := tx.QueryRowContext(ctx, `SELECT article FROM article_versions WHERE id = $1 AND version = $2`, st.ID, st.Version).Scan(&content); err != nil {
		return fmt.Errorf("read version %d of %s: %w", st.Version, st.ID, err)
	}
	a, _, err := cared(content, owner, reviewOn)
	if err != nil {
		return fmt.Errorf("version %d of %s: %w", st.Version, st.ID, err)
	}
	next, err := s.nextVersion(ctx, tx, st.ID)
	if err != nil {
		return err
	}
	return s.insertVersion(ctx, tx, a, next, by.Name, note, time.Time{})
}

// cared is stored content with another owner or review date.
func cared(content, owner string, reviewOn knowledge.Day) (a knowledge.Article, changed string, err error) {
	if err := json.Unmarshal([]byte(content), &a); err != nil {
		return a, "", fmt.Errorf("decode: %w", err)
	}
	if owner != "" {
		a.Owner = owner
	}
	if reviewOn != "" {
		a.ReviewOn = reviewOn
	}
	out, err := json.Marshal(a)
	if err != nil {
		return a, "", fmt.Errorf("encode: %w", err)
	}
	return a, string(out), nil
}
