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
// numbered versions. In force is the highest version whose time has come,
// unless the entry is archived: a draft, also one under review, and a version
// scheduled for later change nothing of what is in force.

// inForce is the version in force of the entry a at $1 (ms); NULL = none.
const inForce = `(SELECT MAX(f.version) FROM article_versions f WHERE f.id = a.id AND f.effective_at BETWEEN 0 AND $1)`

// scheduled are version and time (ms) of what comes into force next after $1;
// NULL = nothing.
const scheduled = `(SELECT MAX(n.version) FROM article_versions n WHERE n.id = a.id AND n.effective_at > $1),
	(SELECT MAX(n.effective_at) FROM article_versions n WHERE n.id = a.id AND n.effective_at > $1)`

type articleRow struct {
	state desk.ArticleState
	draft string
}

// articleColumns are of articles a; $1 is now (ms).
const articleColumns = `a.id, a.status, a.draft, a.draft_by, a.reviewed_by, a.submitted_at, a.updated_at, ` + inForce + `, ` + scheduled

func (a *articleRow) scan(row *sql.Rows, more ...any) error {
	var submitted, at int64
	var version, next, nextAt sql.NullInt64
	st := &a.state
	err := row.Scan(append([]any{&st.ID, &st.Status, &a.draft, &st.DraftBy, &st.ReviewedBy, &submitted, &at, &version, &next, &nextAt}, more...)...)
	st.HasDraft, st.UpdatedAt, st.Version = a.draft != "", shanghai(at), int(version.Int64)
	if submitted > 0 && st.HasDraft {
		st.SubmittedAt = shanghai(submitted)
	}
	if next.Int64 > version.Int64 {
		st.Scheduled, st.ScheduledAt = int(next.Int64), shanghai(nextAt.Int64)
	}
	return err
}

func scanArticle(row *sql.Rows, a *articleRow) error { return a.scan(row) }

// SeedKnowledge stores published articles, as version 1, with the shipped
// channels and golden questions into a database without articles, all or
// nothing: a start that is cut short begins anew. It reports how many articles,
// 0 when there were some.
func (s *Store) SeedKnowledge(ctx context.Context, articles []knowledge.Article, channels []desk.Channel, golden ...knowledge.Golden) (int, error) {
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
			if _, err := tx.ExecContext(ctx, `INSERT INTO articles (id, status, updated_at) VALUES ($1, $2, $3)`,
				a.ID, string(knowledge.StatusPublished), ms(now)); err != nil {
				return fmt.Errorf("seed article %s: %w", a.ID, err)
			}
			if err := s.insertVersion(ctx, tx, a, 1, "system", "随程序提供", time.Time{}); err != nil {
				return err
			}
		}
		seeded = len(articles)
		if err := s.seedChannels(ctx, tx, channels); err != nil {
			return err
		}
		for _, g := range golden {
			if err := s.insertGolden(ctx, tx, knowledge.GoldenRow{Golden: g, CreatedBy: "system", CreatedAt: now}); err != nil {
				return err
			}
		}
		return s.bumpKnowledge(ctx, tx)
	})
	return seeded, err
}

// insertVersion stores one publication; the zero effective time = at once.
func (s *Store) insertVersion(ctx context.Context, tx *sql.Tx, a knowledge.Article, version int, by, note string, effective time.Time) error {
	a.Version, a.Status = version, knowledge.StatusPublished
	content, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode article %s: %w", a.ID, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO article_versions (id, version, article, published_by, published_at, note, effective_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, a.ID, version, string(content), by, ms(s.now()), note, ms(effective)); err != nil {
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

// PublishedArticles are the versions in force now, by id, with the revision
// they belong to. Validity dates are for the caller (knowledge.Live).
func (s *Store) PublishedArticles(ctx context.Context) ([]knowledge.Article, int64, error) {
	// The revision first: a publication in between is then read again, never
	// missed.
	revision, err := s.KnowledgeRevision(ctx)
	if err != nil {
		return nil, 0, err
	}
	out, err := scanAll(ctx, s.db, "read published articles", `SELECT v.article, v.version FROM articles a
		JOIN article_versions v ON v.id = a.id AND v.version = `+inForce+`
		WHERE a.status <> 'archived' ORDER BY a.id`, []any{ms(s.now())}, func(row *sql.Rows, a *knowledge.Article) error {
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

// NextPublication is when a scheduled version comes into force next, seen from
// now; the zero time = none waits.
func (s *Store) NextPublication(ctx context.Context) (time.Time, error) {
	var at int64
	err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MIN(effective_at), 0) FROM article_versions WHERE effective_at > 0 AND effective_at > $1`,
		ms(s.now())).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("next scheduled publication: %w", err)
	}
	return shanghai(at), nil
}

// Articles lists every entry by id with the content to show: the one in force,
// else the one scheduled, else the draft. Both slices have the same order.
func (s *Store) Articles(ctx context.Context) ([]desk.ArticleState, []knowledge.Article, error) {
	var states []desk.ArticleState
	contents, err := scanAll(ctx, s.db, "list articles", `SELECT `+articleColumns+`, COALESCE(v.article, ''), COALESCE(v.published_at, 0) FROM articles a
		LEFT JOIN article_versions v ON v.id = a.id AND v.version = COALESCE(`+inForce+`,
			(SELECT MAX(n.version) FROM article_versions n WHERE n.id = a.id))
		ORDER BY a.id`, []any{ms(s.now())}, func(row *sql.Rows, a *knowledge.Article) error {
		var r articleRow
		var content string
		var published int64
		if err := r.scan(row, &content, &published); err != nil {
			return err
		}
		if r.state.Version > 0 {
			r.state.PublishedAt = shanghai(published)
		}
		if content == "" {
			content = r.draft
		}
		if err := json.Unmarshal([]byte(content), a); err != nil {
			return fmt.Errorf("decode article %s: %w", r.state.ID, err)
		}
		a.ID, a.Version, a.Status = r.state.ID, r.state.Version, knowledge.Status(r.state.Status)
		states = append(states, r.state)
		return nil
	})
	return states, contents, err
}

// Drafts are the unpublished changes, by id.
func (s *Store) Drafts(ctx context.Context) ([]knowledge.Article, error) {
	return scanAll(ctx, s.db, "list drafts", `SELECT draft FROM articles WHERE draft <> '' ORDER BY id`, nil, func(row *sql.Rows, a *knowledge.Article) error {
		var draft []byte
		if err := row.Scan(&draft); err != nil {
			return err
		}
		return json.Unmarshal(draft, a)
	})
}

// Article is one entry with its published content and its draft, either nil
// when there is none; desk.ErrNotFound when the entry is unknown. Before the
// first version comes into force the published content is the one scheduled.
func (s *Store) Article(ctx context.Context, id string) (st desk.ArticleState, published, draft *knowledge.Article, err error) {
	row, err := scanOne(ctx, s.db, "read article", `SELECT `+articleColumns+` FROM articles a WHERE a.id = $2`, []any{ms(s.now()), id}, scanArticle)
	if err != nil {
		return st, nil, nil, err
	}
	if row.draft != "" {
		draft = new(knowledge.Article)
		if err := json.Unmarshal([]byte(row.draft), draft); err != nil {
			return st, nil, nil, fmt.Errorf("decode draft of %s: %w", id, err)
		}
	}
	version := row.state.Version
	if version == 0 {
		version = row.state.Scheduled
	}
	if version > 0 {
		_, a, err := s.ArticleVersion(ctx, id, version)
		if err != nil {
			return st, nil, nil, err
		}
		published = &a
	}
	return row.state, published, draft, nil
}

const versionColumns = `version, published_by, published_at, note, effective_at`

func scanVersion(row *sql.Rows, v *desk.ArticleVersion, more ...any) error {
	var at, effective int64
	err := row.Scan(append([]any{&v.Version, &v.PublishedBy, &at, &v.Note, &effective}, more...)...)
	v.PublishedAt, v.Cancelled = shanghai(at), effective < 0
	if effective > 0 {
		v.EffectiveAt = shanghai(effective)
	}
	return err
}

// ArticleVersions are the publications of an entry, newest first.
func (s *Store) ArticleVersions(ctx context.Context, id string) ([]desk.ArticleVersion, error) {
	return scanAll(ctx, s.db, "list versions", `SELECT `+versionColumns+` FROM article_versions
		WHERE id = $1 ORDER BY version DESC`, []any{id}, func(row *sql.Rows, v *desk.ArticleVersion) error { return scanVersion(row, v) })
}

// ArticleVersion is one publication with its content; desk.ErrNotFound when
// there is none.
func (s *Store) ArticleVersion(ctx context.Context, id string, version int) (desk.ArticleVersion, knowledge.Article, error) {
	type found struct {
		v desk.ArticleVersion
		a knowledge.Article
	}
	f, err := scanOne(ctx, s.db, "read version", `SELECT `+versionColumns+`, article FROM article_versions
		WHERE id = $1 AND version = $2`, []any{id, version}, func(row *sql.Rows, f *found) error {
		var content []byte
		if err := scanVersion(row, &f.v, &content); err != nil {
			return err
		}
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
