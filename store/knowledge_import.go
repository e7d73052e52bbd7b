package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// ImportArticles publishes entries, all or none: an entry whose content is in
// force already is left alone, any other becomes the next version of its id,
// and a draft that was open on it is dropped. It reports how many changed.
func (s *Store) ImportArticles(ctx context.Context, articles []knowledge.Article, by desk.Actor, a desk.Audit) (int, error) {
	changed := 0
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		changed = 0
		for _, article := range articles {
			did, err := s.importArticle(ctx, tx, article, by)
			if err != nil {
				return err
			}
			if did {
				changed++
			}
		}
		if changed == 0 {
			return nil
		}
		return s.bumpKnowledge(ctx, tx)
	})
	return changed, err
}

func (s *Store) importArticle(ctx context.Context, tx *sql.Tx, a knowledge.Article, by desk.Actor) (bool, error) {
	var status, content string
	err := tx.QueryRowContext(ctx, `SELECT a.status, COALESCE(v.article, '') FROM articles a
		LEFT JOIN article_versions v ON v.id = a.id AND v.version = `+inForce+` WHERE a.id = $2`, ms(s.now()), a.ID).Scan(&status, &content)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if _, err := tx.ExecContext(ctx, `INSERT INTO articles (id, status, updated_at) VALUES ($1, $2, $3)`,
			a.ID, string(knowledge.StatusDraft), ms(s.now())); err != nil {
			return false, fmt.Errorf("create article %s: %w", a.ID, err)
		}
	case err != nil:
		return false, fmt.Errorf("read article %s: %w", a.ID, err)
	case content != "" && status != string(knowledge.StatusArchived):
		var have knowledge.Article
		if err := json.Unmarshal([]byte(content), &have); err != nil {
			return false, fmt.Errorf("decode article %s: %w", a.ID, err)
		}
		if string(knowledge.Format(have)) == string(knowledge.Format(a)) {
			return false, nil
		}
	}
	version, err := s.nextVersion(ctx, tx, a.ID)
	if err != nil {
		return false, err
	}
	effective, err := knowledge.Publish(knowledge.Publishing{Article: a, Actor: by.Name, Author: by.Name, Now: s.now()})
	if err != nil {
		return false, err //nolint:wrapcheck // names the article
	}
	if err := s.unschedule(ctx, tx, a.ID); err != nil {
		return false, err
	}
	if err := s.insertVersion(ctx, tx, a, version, by.Name, "导入", effective); err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE articles SET status = $1, draft = '', draft_by = '', submitted_at = 0, updated_at = $2 WHERE id = $3`,
		string(knowledge.StatusPublished), ms(s.now()), a.ID); err != nil {
		return false, fmt.Errorf("publish article %s: %w", a.ID, err)
	}
	return true, nil
}

// ImportDrafts makes entries drafts under review, all or none: somebody else
// publishes them. An entry that has a draft of its own is refused
// (*desk.Refusal Changed, Owner names entry and author).
func (s *Store) ImportDrafts(ctx context.Context, articles []knowledge.Article, by desk.Actor, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		for _, article := range articles {
			if err := s.importDraft(ctx, tx, article, by); err != nil {
				return err
			}
		}
		return s.tell(ctx, tx, desk.EventKnowledge, 0, 0)
	})
}

func (s *Store) importDraft(ctx context.Context, tx *sql.Tx, a knowledge.Article, by desk.Actor) error {
	content, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode article %s: %w", a.ID, err)
	}
	row, err := s.lockArticle(ctx, tx, a.ID, time.Time{})
	switch {
	case errors.Is(err, desk.ErrNotFound):
		return execOne(ctx, tx, "create article", `INSERT INTO articles (id, status, draft, draft_by, submitted_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)`,
			a.ID, string(knowledge.StatusReview), string(content), by.Name, ms(s.now()))
	case err != nil:
		return err
	case row.state.HasDraft:
		return &desk.Refusal{Kind: desk.Changed, Owner: row.state.DraftBy + "（" + a.ID + "）"}
	}
	status := knowledge.StatusReview
	if row.state.Status == string(knowledge.StatusArchived) {
		status = knowledge.StatusArchived // must not come back into force by an import
	}
	return s.setDraft(ctx, tx, row.state, status, draftRow{text: string(content), by: by.Name, submitted: s.now()})
}
