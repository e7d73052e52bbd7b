package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// learn stores what a turn teaches: a question asked in vain, and what became
// of the entries told.
func (s *Store) learn(ctx context.Context, tx *sql.Tx, o bot.Outcome, c conversationRow) error {
	if l := o.Decision.Lesson; l != nil {
		if _, err := tx.ExecContext(ctx, `INSERT INTO lessons (id, conversation_id, kind, question, article, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			s.NewID(), c.id, string(l.Kind), l.Question, l.Article, ms(o.At)); err != nil {
			return fmt.Errorf("keep lesson: %w", err)
		}
	}
	for _, u := range o.Decision.Uses {
		id, version, ok := splitRef(u.Article)
		if !ok {
			continue
		}
		var hit, solved, handed int
		switch u.Kind {
		case bot.UseHit:
			hit = 1
		case bot.UseSolved:
			solved = 1
		case bot.UseHanded:
			handed = 1
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO article_uses (id, version, day, hits, solved, handed) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (id, version, day) DO UPDATE SET hits = article_uses.hits + excluded.hits,
			  solved = article_uses.solved + excluded.solved, handed = article_uses.handed + excluded.handed`,
			id, version, string(knowledge.DayOf(o.At)), hit, solved, handed); err != nil {
			return fmt.Errorf("count use of %s: %w", u.Article, err)
		}
	}
	return nil
}

// OpenLessons are the questions still to be looked at, newest first.
func (s *Store) OpenLessons(ctx context.Context, limit int) ([]desk.LessonRow, error) {
	return s.lessons(ctx, `state = 'open'`, limit)
}

// ElsewhereLessons are the questions that do not belong here, newest first.
func (s *Store) ElsewhereLessons(ctx context.Context, limit int) ([]desk.LessonRow, error) {
	return s.lessons(ctx, `state = 'elsewhere'`, limit)
}

// lessons are those of a condition that has an index of its own.
func (s *Store) lessons(ctx context.Context, where string, limit int) ([]desk.LessonRow, error) {
	return scanAll(ctx, s.db, "list lessons", `SELECT id, conversation_id, kind, question, article, at FROM lessons
		WHERE `+where+` ORDER BY at DESC, id DESC LIMIT $1`, []any{limit}, func(row *sql.Rows, l *desk.LessonRow) error {
		var at int64
		err := row.Scan(&l.ID, &l.ConversationID, &l.Kind, &l.Question, &l.Article, &at)
		l.At = shanghai(at)
		return err
	})
}

// CloseLessons takes questions off the list; reopen brings them back. Ids that
// are not there are passed over.
func (s *Store) CloseLessons(ctx context.Context, ids []int64, state string, by desk.Actor, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `UPDATE lessons SET state = $1, done_by = $2, done_at = $3 WHERE id = $4`,
				state, by.Name, ms(s.now()), id); err != nil {
				return fmt.Errorf("close lesson: %w", err)
			}
		}
		return nil
	})
}

// ArticleUses counts by version from one Shanghai day to another, both
// included.
func (s *Store) ArticleUses(ctx context.Context, from, to time.Time) ([]desk.ArticleUse, error) {
	return scanAll(ctx, s.db, "count uses", `SELECT id, version, SUM(hits), SUM(solved), SUM(handed), MAX(day) FROM article_uses
		WHERE day >= $1 AND day <= $2 GROUP BY id, version ORDER BY id, version DESC`,
		[]any{string(knowledge.DayOf(from)), string(knowledge.DayOf(to))}, func(row *sql.Rows, u *desk.ArticleUse) error {
			return row.Scan(&u.ID, &u.Version, &u.Hits, &u.Solved, &u.Handed, &u.LastHit)
		})
}
