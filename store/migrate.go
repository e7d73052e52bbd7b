package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewerSchema says that the database was written by a newer program.
var ErrNewerSchema = errors.New("the database has a newer schema than this program: run the newer version, or restore a backup")

// SchemaVersion is the newest migration this program knows.
func SchemaVersion() int {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		return 0
	}
	slices.Sort(names)
	v, _ := migrationVersion(names[len(names)-1])
	return v
}

func migrationVersion(name string) (int, error) {
	base := strings.TrimPrefix(name, "migrations/")
	n, _, _ := strings.Cut(base, "_")
	v, err := strconv.Atoi(n)
	if err != nil {
		return 0, fmt.Errorf("migration %s: name does not begin with a number", base)
	}
	return v, nil
}

// migrate applies what is missing, all in one transaction.
func (s *Store) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	slices.Sort(names)
	return s.tx(ctx, func(tx *sql.Tx) error {
		if s.dialect.lockMigrations != "" {
			if _, err := tx.ExecContext(ctx, s.dialect.lockMigrations); err != nil {
				return fmt.Errorf("lock migrations: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`); err != nil {
			return fmt.Errorf("create schema_version: %w", err)
		}
		var have sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT MAX(version) FROM schema_version`).Scan(&have); err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
		if have.Int64 > int64(SchemaVersion()) {
			return ErrNewerSchema
		}
		for _, name := range names {
			v, err := migrationVersion(name)
			if err != nil {
				return err
			}
			if int64(v) <= have.Int64 {
				continue
			}
			text, err := migrations.ReadFile(name)
			if err != nil {
				return fmt.Errorf("read %s: %w", name, err)
			}
			if _, err := tx.ExecContext(ctx, string(text)); err != nil {
				return fmt.Errorf("apply %s: %w", name, err)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO schema_version (version) VALUES ($1)`, v); err != nil {
				return fmt.Errorf("record %s: %w", name, err)
			}
		}
		return nil
	})
}
