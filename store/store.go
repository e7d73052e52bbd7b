// Package store is all SQL and only SQL: one text for SQLite and PostgreSQL.
// It speaks the types of bot, bot/desk, bot/delivery, knowledge and
// transactions and fulfils the small interfaces that their consumers declare.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver
	_ "modernc.org/sqlite"             // the "sqlite" driver
)

// Store is one database. It is safe for concurrent use.
type Store struct {
	db      *sql.DB
	dialect dialect
	ids     *idSource
	now     func() time.Time
	bulk    bool
	lookups prepared
}

// Options of Open; the zero value is complete.
type Options struct {
	// Now is the clock; nil = time.Now.
	Now func() time.Time
	// SequentialIDs makes ids count from 1 (replay), instead of time-ordered.
	SequentialIDs bool
	// Bulk is for a process that only imports: larger transactions, a smaller
	// page cache and rarer checkpoints. What was committed is as durable.
	Bulk bool
}

// Open opens sqlite://PATH (sqlite://:memory: for a private in-memory
// database) or postgres://… and brings its schema up to date. A database with
// a newer schema than this program knows is refused (ErrNewerSchema).
func Open(ctx context.Context, rawURL string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	d, dsn, err := parseURL(rawURL, o.Bulk)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open(d.driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(d.maxConns)
	db.SetMaxIdleConns(d.maxConns)
	s := &Store{db: db, dialect: d, ids: newIDSource(o.Now, o.SequentialIDs), now: o.Now, bulk: o.Bulk}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// NewID gives a new id: time-ordered, unique within a deployment of replicas
// with overwhelming probability, and never repeated within a process.
func (s *Store) NewID() int64 { return s.ids.next() }

// parseURL tells the engine and its DSN from a database URL.
func parseURL(raw string, bulk bool) (dialect, string, error) {
	switch {
	case strings.HasPrefix(raw, "sqlite://"):
		path := strings.TrimPrefix(raw, "sqlite://")
		if path == "" {
			return dialect{}, "", errors.New("database_url: sqlite:// needs a file path, e.g. sqlite://data/daozhang.db")
		}
		// Pages of 16 KiB, in a file that is new: the inner pages of every index
		// stay in the cache however large the ledger grows. The driver sets the
		// pragmas in alphabetical order and the journal mode last, as a page
		// size has to come before it.
		cache, checkpoint := "cache_size(-8000)", "wal_autocheckpoint(1000)" // 8 MB, 16 MB
		if bulk {
			// Rows come in key order and need few pages at a time; a page that
			// many batches touch is written back once in 64 MB.
			cache, checkpoint = "cache_size(-2000)", "wal_autocheckpoint(4096)"
		}
		q := url.Values{"_pragma": {
			"busy_timeout(10000)", "page_size(16384)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(2)", cache, checkpoint,
		}, "_journal_mode": {"WAL"}, "_txlock": {"immediate"}}
		d := sqliteDialect()
		if path == ":memory:" {
			// One connection: every further one would open another empty database.
			d.maxConns = 1
			return d, "file::memory:?" + q.Encode(), nil
		}
		return d, "file:" + path + "?" + q.Encode(), nil
	case strings.HasPrefix(raw, "postgres://"), strings.HasPrefix(raw, "postgresql://"):
		return postgresDialect(), raw, nil
	default:
		return dialect{}, "", fmt.Errorf("database_url %q: use sqlite://PATH or postgres://USER@HOST/NAME", redactURL(raw))
	}
}

// redactURL hides the password of a URL for error texts.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable)"
	}
	return u.Redacted()
}

// tx runs f in one transaction. On SQLite a transaction takes the write lock
// at its start, so a read-then-write never fails half way with SQLITE_BUSY.
func (s *Store) tx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // the first error is the one to report
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// ms is the storage form of an instant: ms UTC, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
