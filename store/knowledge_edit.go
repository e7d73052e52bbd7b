package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// CreateArticle stores a new entry as a draft; *desk.Refusal (Exists) when the
// id is taken.
func (s *Store) CreateArticle(ctx context.Context, a knowledge.Article, by desk.Actor, audit desk.Audit) error {
	content, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode article %s: %w", a.ID, err)
	}
	return s.audited(ctx, audit, func(tx *sql.Tx) error {
		err := execOne(ctx, tx, "create article", `INSERT INTO articles (id, status, draft, draft_by, updated_at)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
			a.ID, string(knowledge.StatusDraft), string(content), by.Name, ms(s.now()))
		if errors.Is(err, desk.ErrNotFound) {
			return &desk.Refusal{Kind: desk.Exists}
		}
		return err
	})
}

// SaveDraft stores unpublished changes of an entry. ifUpdatedAt guards against
// saving over a colleague (*desk.Refusal Changed); the zero time skips that.
// A draft under review goes back to being a draft.
func (s *Store) SaveDraft(ctx context.Context, a knowledge.Article, by desk.Actor, ifUpdatedAt time.Time, audit desk.Audit) error {
	content, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode article %s: %w", a.ID, err)
	}
	return s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, a.ID, ifUpdatedAt)
		if err != nil {
			return err
		}
		return s.setDraft(ctx, tx, row.state, restingStatus(row.state), draftRow{text: string(content), by: by.Name})
	})
}

// DiscardDraft drops unpublished changes. An entry that was never published
// goes away with them.
func (s *Store) DiscardDraft(ctx context.Context, id string, audit desk.Audit) error {
	return s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, id, time.Time{})
		if err != nil {
			return err
		}
		if !row.state.HasDraft {
			return &desk.Refusal{Kind: desk.NoDraft}
		}
		if row.state.Version == 0 && row.state.Scheduled == 0 {
			return execOne(ctx, tx, "delete article", `DELETE FROM articles WHERE id = $1`, id)
		}
		return s.setDraft(ctx, tx, row.state, restingStatus(row.state), draftRow{})
	})
}

// SubmitDraft asks for a review.
func (s *Store) SubmitDraft(ctx context.Context, id string, audit desk.Audit) error {
	return s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, id, time.Time{})
		if err != nil {
			return err
		}
		if !row.state.HasDraft {
			return &desk.Refusal{Kind: desk.NoDraft}
		}
		status := knowledge.StatusReview
		if row.state.Status == string(knowledge.StatusArchived) {
			status = knowledge.StatusArchived // must not come back into force by asking
		}
		return s.setDraft(ctx, tx, row.state, status, draftRow{text: row.draft, by: row.state.DraftBy, submitted: s.now()})
	})
}

// WithdrawDraft takes the request for a review back; the draft stays.
// *desk.Refusal: NoDraft, NotInReview.
func (s *Store) WithdrawDraft(ctx context.Context, id string, audit desk.Audit) error {
	return s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, id, time.Time{})
		switch {
		case err != nil:
			return err
		case !row.state.HasDraft:
			return &desk.Refusal{Kind: desk.NoDraft}
		case row.state.SubmittedAt.IsZero():
			return &desk.Refusal{Kind: desk.NotInReview}
		}
		return s.setDraft(ctx, tx, row.state, restingStatus(row.state), draftRow{text: row.draft, by: row.state.DraftBy})
	})
}

// restingStatus is the status of an entry whose draft is not under review.
func restingStatus(st desk.ArticleState) knowledge.Status {
	switch {
	case st.Status == string(knowledge.StatusArchived):
		return knowledge.StatusArchived
	case st.Version > 0, st.Scheduled > 0:
		return knowledge.StatusPublished
	}
	return knowledge.StatusDraft
}

// draftRow is an open draft; the zero value is none, submitted zero = it is
// not under review.
type draftRow struct {
	text, by  string
	submitted time.Time
}

func (s *Store) setDraft(ctx context.Context, tx *sql.Tx, st desk.ArticleState, status knowledge.Status, d draftRow) error {
	return execOne(ctx, tx, "save draft", `UPDATE articles SET status = $1, draft = $2, draft_by = $3, submitted_at = $4, updated_at = $5 WHERE id = $6`,
		string(status), d.text, d.by, ms(d.submitted), s.tick(st.UpdatedAt), st.ID)
}

// lockArticle reads an entry and keeps it until the end of the transaction.
func (s *Store) lockArticle(ctx context.Context, tx *sql.Tx, id string, ifUpdatedAt time.Time) (articleRow, error) {
	if err := execOne(ctx, tx, "lock article", `UPDATE articles SET updated_at = updated_at WHERE id = $1`, id); err != nil {
		return articleRow{}, err
	}
	row, err := scanOne(ctx, tx, "read article", `SELECT `+articleColumns+` FROM articles a WHERE a.id = $2`, []any{ms(s.now()), id}, scanArticle)
	if err != nil {
		return row, err
	}
	if !ifUpdatedAt.IsZero() && ms(ifUpdatedAt) != ms(row.state.UpdatedAt) {
		return row, &desk.Refusal{Kind: desk.Changed, Owner: row.state.DraftBy}
	}
	return row, nil
}

// PublishDraft makes the draft the next version, in force at once or from
// p.At or the first day of its validity on, in one transaction with the
// revision, the event and the audit record. What was scheduled before is taken
// back. Errors: *desk.Refusal (NoDraft, Second, Changed), knowledge.ErrExpired,
// knowledge.ErrTooLate.
func (s *Store) PublishDraft(ctx context.Context, id string, p desk.Publication, audit desk.Audit) (int, error) {
	version := 0
	err := s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, id, p.IfUpdatedAt)
		if err != nil {
			return err
		}
		if !row.state.HasDraft {
			return &desk.Refusal{Kind: desk.NoDraft}
		}
		var a knowledge.Article
		if err := json.Unmarshal([]byte(row.draft), &a); err != nil {
			return fmt.Errorf("decode draft of %s: %w", id, err)
		}
		effective, err := knowledge.Publish(knowledge.Publishing{
			Article: a, Actor: p.By.Name, Author: row.state.DraftBy, SecondPerson: p.SecondPerson, At: p.At, Now: s.now(),
		})
		if errors.Is(err, knowledge.ErrSecondPerson) {
			return &desk.Refusal{Kind: desk.Second}
		}
		if err != nil {
			return err //nolint:wrapcheck // names the article
		}
		version, err = s.putIntoForce(ctx, tx, row.state, a, p.By.Name, p.Note, effective)
		return err
	})
	return version, err
}

// Rollback puts an old version into force again, under a new number; the draft
// stays. desk.ErrNotFound when there is no such version.
func (s *Store) Rollback(ctx context.Context, id string, version int, by desk.Actor, note string, audit desk.Audit) (int, error) {
	_, a, err := s.ArticleVersion(ctx, id, version)
	if err != nil {
		return 0, err
	}
	next := 0
	err = s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, id, time.Time{})
		if err != nil {
			return err
		}
		if next, err = s.putIntoForce(ctx, tx, row.state, a, by.Name, note, time.Time{}); err != nil {
			return err
		}
		if !row.state.HasDraft {
			return nil
		}
		status := knowledge.StatusPublished
		if !row.state.SubmittedAt.IsZero() {
			status = knowledge.StatusReview
		}
		return execOne(ctx, tx, "keep draft", `UPDATE articles SET status = $1, draft = $2, draft_by = $3, submitted_at = $4 WHERE id = $5`,
			string(status), row.draft, row.state.DraftBy, ms(row.state.SubmittedAt), id)
	})
	return next, err
}

// CancelScheduled takes a scheduled publication back: its words become the
// draft again unless another draft is open, and its number stays used.
// *desk.Refusal (NoDraft) when nothing is scheduled.
func (s *Store) CancelScheduled(ctx context.Context, id string, by desk.Actor, audit desk.Audit) error {
	return s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, id, time.Time{})
		if err != nil {
			return err
		}
		if row.state.Scheduled == 0 {
			return &desk.Refusal{Kind: desk.NoDraft}
		}
		var content string
		if err := tx.QueryRowContext(ctx, `SELECT article FROM article_versions WHERE id = $1 AND version = $2`, id, row.state.Scheduled).Scan(&content); err != nil {
			return fmt.Errorf("read scheduled version of %s: %w", id, err)
		}
		if err := s.unschedule(ctx, tx, id); err != nil {
			return err
		}
		row.state.Scheduled = 0
		status, draft := restingStatus(row.state), draftRow{text: row.draft, by: row.state.DraftBy, submitted: row.state.SubmittedAt}
		switch {
		case !row.state.HasDraft:
			draft = draftRow{text: content, by: by.Name}
		case !row.state.SubmittedAt.IsZero() && status != knowledge.StatusArchived:
			status = knowledge.StatusReview
		}
		if err := s.setDraft(ctx, tx, row.state, status, draft); err != nil {
			return err
		}
		return s.bumpKnowledge(ctx, tx)
	})
}

// unschedule takes back what has not come into force yet.
func (s *Store) unschedule(ctx context.Context, tx *sql.Tx, id string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE article_versions SET effective_at = -1 WHERE id = $1 AND effective_at > $2`, id, ms(s.now())); err != nil {
		return fmt.Errorf("take back the scheduled version of %s: %w", id, err)
	}
	return nil
}

// putIntoForce writes the next version and clears the draft; the zero
// effective time = at once.
func (s *Store) putIntoForce(ctx context.Context, tx *sql.Tx, st desk.ArticleState, a knowledge.Article, by, note string, effective time.Time) (int, error) {
	a.ID = st.ID
	next, err := s.nextVersion(ctx, tx, st.ID)
	if err != nil {
		return 0, err
	}
	if err := s.unschedule(ctx, tx, st.ID); err != nil {
		return 0, err
	}
	if err := s.insertVersion(ctx, tx, a, next, by, note, effective); err != nil {
		return 0, err
	}
	if err := execOne(ctx, tx, "publish article", `UPDATE articles SET status = $1, draft = '', draft_by = '', submitted_at = 0, reviewed_by = $2,
		updated_at = $3 WHERE id = $4`, string(knowledge.StatusPublished), by, s.tick(st.UpdatedAt), st.ID); err != nil {
		return 0, err
	}
	return next, s.bumpKnowledge(ctx, tx)
}

func (s *Store) nextVersion(ctx context.Context, tx *sql.Tx, id string) (int, error) {
	var last int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM article_versions WHERE id = $1`, id).Scan(&last); err != nil {
		return 0, fmt.Errorf("last version of %s: %w", id, err)
	}
	return last + 1, nil
}

// Archive takes an entry out of force, and back what was scheduled; its
// versions stay.
func (s *Store) Archive(ctx context.Context, id string, audit desk.Audit) error {
	return s.audited(ctx, audit, func(tx *sql.Tx) error {
		row, err := s.lockArticle(ctx, tx, id, time.Time{})
		if err != nil {
			return err
		}
		if err := s.unschedule(ctx, tx, id); err != nil {
			return err
		}
		if err := execOne(ctx, tx, "archive article", `UPDATE articles SET status = $1, updated_at = $2 WHERE id = $3`,
			string(knowledge.StatusArchived), s.tick(row.state.UpdatedAt), id); err != nil {
			return err
		}
		return s.bumpKnowledge(ctx, tx)
	})
}

// splitRef reads "id@3".
func splitRef(ref string) (id string, version int, ok bool) {
	id, v, ok := strings.Cut(ref, "@")
	if !ok || id == "" {
		return "", 0, false
	}
	version, err := strconv.Atoi(v)
	return id, version, err == nil && version > 0
}
