// Package storetest opens fresh databases for tests: SQLite always, and
// PostgreSQL when DAOZHANG_TEST_POSTGRES holds its URL (make test starts one).
package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daozhang/store"
)

// Each runs f once per engine on a fresh, migrated database.
func Each(t *testing.T, now func() time.Time, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t, now))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t, now))
	})
}

// SQLite opens a fresh file database.
func SQLite(t *testing.T, now func() time.Time) *store.Store {
	t.Helper()
	return open(t, "sqlite://"+t.TempDir()+"/test.db", now)
}

// Postgres opens a fresh schema of the test server, dropped at the end; the
// test is skipped where there is none.
func Postgres(t *testing.T, now func() time.Time) *store.Store {
	t.Helper()
	return open(t, PostgresURL(t), now)
}

// PostgresURL is a fresh, empty schema of the test server, dropped at the end;
// the test is skipped where there is none.
func PostgresURL(t *testing.T) string {
	t.Helper()
	base := os.Getenv("DAOZHANG_TEST_POSTGRES")
	if base == "" {
		t.Skip("DAOZHANG_TEST_POSTGRES is not set: make test starts a server and sets it")
	}
	schema := fmt.Sprintf("t%d_%s", time.Now().UnixNano(), strings.ToLower(strings.NewReplacer("/", "_", "#", "_").Replace(t.Name())))
	if len(schema) > 60 {
		schema = schema[:60]
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	if _, err := conn.Exec(ctx, "CREATE SCHEMA "+pgx.Identifier{schema}.Sanitize()); err != nil {
		t.Fatalf("create schema: %v", err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec(ctx, "DROP SCHEMA "+pgx.Identifier{schema}.Sanitize()+" CASCADE"); err != nil {
			t.Errorf("drop schema: %v", err)
		}
		_ = conn.Close(ctx)
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("DAOZHANG_TEST_POSTGRES: %v", err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func open(t *testing.T, databaseURL string, now func() time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), databaseURL, store.Options{Now: now})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}
