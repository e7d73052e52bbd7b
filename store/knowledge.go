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

// A knowledge entry is one row of articles with an optional draft and its
// numbered versions. It is told to merchants when version > 0 and its status
// is not archived: a draft, also one under review, changes nothing of what is
// in force.

type articleRow struct {
	state desk.ArticleState
	draft string
}

const articleColumns = `id, status, version, draft, draft_by, reviewed_by, updated_at`

func scanArticle(row *sql.Rows, a *articleRow) error {
	var at int64
	err := row.Scan(&a.state.ID, &a.state.Status, &a.state.Version, &a.draft, &a.state.DraftBy, &a.state.ReviewedBy, &at)
	a.state.HasDraft, a.state.UpdatedAt = a.draft != "", shanghai(at)
	return err
}

// SeedKnowledge stores published articles, as version 1, and the shipped
// channels into a database without articles, both or nothing: a start that is
// cut short begins anew. It reports how many articles, 0 when there were some.
func (s *Store) SeedKnowledge(ctx context.Context, articles []knowledge.Article, channels []desk.Channel) (int, error) {
	seeded := 0
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if s.dialect.lockMigrations != "" { // two replicas may start at once
			if _, err := tx.ExecContext(ctx, s.dialect.lockMigrations); err != nil {
				return fmt.Errorf("lock: %w", err)
			}
		}
		var n int64
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM articles`).Scan(&n); err != nil {
			return fmt.Errorf("count articles: %w", err)
		}
		if n > 0 || len(articles) == 0 {
			return nil
		}
		now := s.now()
		for _, a := range articles {
			if _, err := tx.ExecContext(ctx, `INSERT INTO articles (id, status, version, updated_at) VALUES ($1, $2, 1, $3)`,
				a.ID, string(knowledge.StatusPublished), ms(now)); err != nil {
				return fmt.Errorf("seed article %s: %w", a.ID, err)
			}
			if err := s.insertVersion(ctx, tx, a, 1, "system", "随程序提供"); err != nil {
				return err
			}
		}
		seeded = len(articles)
		if err := s.seedChannels(ctx, tx, channels); err != nil {
			return err
		}
		return s.bumpKnowledge(ctx, tx)
	})
	return seeded, err
}

// insertVersion stores one publication.
func (s *Store) insertVersion(ctx context.Context, tx *sql.Tx, a knowledge.Article, version int, by, note string) error {
	a.Version, a.Status = version, knowledge.StatusPublished
	content, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode article %s: %w", a.ID, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO article_versions (id, version, article, published_by, published_at, note)
		VALUES ($1, $2, $3, $4, $5, $6)`, a.ID, version, string(content), by, ms(s.now()), note); err != nil {
		return fmt.Errorf("store version %d of article %s: %w", version, a.ID, err)
	}
	return nil
}

// bumpKnowledge makes every replica rebuild its index and tells the console.
func (s *Store) bumpKnowledge(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO knowledge_revision (name, value) VALUES ('live', 1)
		ON CONFLICT (name) DO UPDATE SET value = knowledge_revision.value + 1`); err != nil {
		return fmt.Errorf("raise knowledge revision: %w", err)
	}
	return s.tell(ctx, tx, desk.EventKnowledge, 0, 0)
}

// KnowledgeRevision grows with every change of what is in force; 0 = nothing
// was ever published.
func (s *Store) KnowledgeRevision(ctx context.Context) (int64, error) {
	var v int64
	err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(value), 0) FROM knowledge_revision`).Scan(&v)
	if err != nil {
		return 0, fmt.Errorf("read knowledge revision: %w", err)
	}
	return v, nil
}

// PublishedArticles are the versions in force, by id, with the revision they
// belong to. Validity dates are for the caller (knowledge.Live).
func (s *Store) PublishedArticles(ctx context.Context) ([]knowledge.Article, int64, error) {
	// The revision first: a publication in between is then read again, never
	// missed.
	revision, err := s.KnowledgeRevision(ctx)
	if err != nil {
		return nil, 0, err
	}
	out, err := scanAll(ctx, s.db, "read published articles", `SELECT v.article, v.version FROM articles a
		JOIN article_versions v ON v.id = a.id AND v.version = a.version
		WHERE a.version > 0 AND a.status <> 'archived' ORDER BY a.id`, nil, func(row *sql.Rows, a *knowledge.Article) error {
		var content []byte
		var version int
		if err := row.Scan(&content, &version); err != nil {
			return err
		}
		if err := json.Unmarshal(content, a); err != nil {
			return fmt.Errorf("decode: %w", err)
		}
		a.Status, a.Version = knowledge.StatusPublished, version
		return nil
	})
	return out, revision, err
}

// Articles lists every entry by id with the content to show: the published
// one, else the draft. Both slices have the same order.
func (s *Store) Articles(ctx context.Context) ([]desk.ArticleState, []knowledge.Article, error) {
	var states []desk.ArticleState
	contents, err := scanAll(ctx, s.db, "list articles", `SELECT `+prefixed("a.", articleColumns)+`, COALESCE(v.article, '') FROM articles a
		LEFT JOIN article_versions v ON v.id = a.id AND v.version = a.version ORDER BY a.id`, nil, func(row *sql.Rows, a *knowledge.Article) error {
		var st desk.ArticleState
		var draft, content string
		var at int64
		if err := row.Scan(&st.ID, &st.Status, &st.Version, &draft, &st.DraftBy, &st.ReviewedBy, &at, &content); err != nil {
			return err
		}
		st.HasDraft, st.UpdatedAt = draft != "", shanghai(at)
		if content == "" {
			content = draft
		}
		if err := json.Unmarshal([]byte(content), a); err != nil {
			return fmt.Errorf("decode article %s: %w", st.ID, err)
		}
		a.ID, a.Version, a.Status = st.ID, st.Version, knowledge.Status(st.Status)
		states = append(states, st)
		return nil
	})
	return states, contents, err
}

// Article is one entry with its published content and its draft, either nil
// when there is none; desk.ErrNotFound when the entry is unknown.
func (s *Store) Article(ctx context.Context, id string) (st desk.ArticleState, published, draft *knowledge.Article, err error) {
	row, err := scanOne(ctx, s.db, "read article", `SELECT `+articleColumns+` FROM articles WHERE id = $1`, []any{id}, scanArticle)
	if err != nil {
		return st, nil, nil, err
	}
	if row.draft != "" {
		draft = new(knowledge.Article)
		if err := json.Unmarshal([]byte(row.draft), draft); err != nil {
			return st, nil, nil, fmt.Errorf("decode draft of %s: %w", id, err)
		}
	}
	if row.state.Version > 0 {
		_, a, err := s.ArticleVersion(ctx, id, row.state.Version)
		if err != nil {
			return st, nil, nil, err
		}
		published = &a
	}
	return row.state, published, draft, nil
}

// ArticleVersions are the publications of an entry, newest first.
func (s *Store) ArticleVersions(ctx context.Context, id string) ([]desk.ArticleVersion, error) {
	return scanAll(ctx, s.db, "list versions", `SELECT version, published_by, published_at, note FROM article_versions
		WHERE id = $1 ORDER BY version DESC`, []any{id}, func(row *sql.Rows, v *desk.ArticleVersion) error {
		var at int64
		err := row.Scan(&v.Version, &v.PublishedBy, &at, &v.Note)
		v.PublishedAt = shanghai(at)
		return err
	})
}

// ArticleVersion is one publication with its content; desk.ErrNotFound when
// there is none.
func (s *Store) ArticleVersion(ctx context.Context, id string, version int) (desk.ArticleVersion, knowledge.Article, error) {
	type found struct {
		v desk.ArticleVersion
		a knowledge.Article
	}
	f, err := scanOne(ctx, s.db, "read version", `SELECT version, published_by, published_at, note, article FROM article_versions
		WHERE id = $1 AND version = $2`, []any{id, version}, func(row *sql.Rows, f *found) error {
		var at int64
		var content []byte
		if err := row.Scan(&f.v.Version, &f.v.PublishedBy, &at, &f.v.Note, &content); err != nil {
			return err
		}
		f.v.PublishedAt = shanghai(at)
		return json.Unmarshal(content, &f.a)
	})
	return f.v, f.a, err
}

// ArticleTitles names published versions ("id@3"), for the transcript; a
// version that is unknown is left out.
func (s *Store) ArticleTitles(ctx context.Context, refs []string) (map[string]string, error) {
	titles := map[string]string{}
	for _, ref := range refs {
		id, version, ok := splitRef(ref)
		if !ok {
			continue
		}
		_, a, err := s.ArticleVersion(ctx, id, version)
		if errors.Is(err, desk.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		titles[ref] = a.Title
	}
	return titles, nil
}

// tick is an update time that differs from the one before, so that the check
// of SaveDraft cannot be fooled by two saves in one ms.
func (s *Store) tick(before time.Time) int64 {
	return max(ms(s.now()), ms(before)+1)
}
