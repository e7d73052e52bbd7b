package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
)

// ErrBackupPostgres says that the copy is PostgreSQL's own business.
var ErrBackupPostgres = errors.New("数据库是 PostgreSQL：请用 pg_dump 备份、pg_restore 恢复，backup 和 restore 只管内置数据库")

// Backup writes a consistent copy of the embedded database to a new file while
// the server goes on. An existing file is never overwritten.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.dialect.name != "sqlite" {
		return ErrBackupPostgres
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("备份文件 %s 已存在，请换一个文件名或先移走它", path)
	}
	if _, err := s.db.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		_ = os.Remove(path) // half a copy is worse than none
		return fmt.Errorf("write backup %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("protect backup %s: %w", path, err)
	}
	return nil
}

// CheckBackup reports whether a file is a whole daozhang database that this
// program can read; ErrNewerSchema when a newer program wrote it. The file is
// not changed.
func CheckBackup(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("打不开备份文件 %s: %w", path, err)
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return fmt.Errorf("%s 不是备份文件（空文件或目录）", path)
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&immutable=1"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer db.Close() //nolint:errcheck // read only
	var check string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&check); err != nil {
		return fmt.Errorf("%s 不是 daozhang 的数据库文件：%w", path, err)
	}
	if check != "ok" {
		return fmt.Errorf("备份文件 %s 已损坏：%s", path, check)
	}
	var version sql.NullInt64
	if err := db.QueryRowContext(ctx, `SELECT MAX(version) FROM schema_version`).Scan(&version); err != nil || !version.Valid {
		return fmt.Errorf("%s 是 SQLite 文件，但不是 daozhang 的数据库", path)
	}
	var conversations int
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'
		AND name IN ('merchants', 'transactions', 'settlements', 'conversations', 'inbox', 'outbox')`).Scan(&conversations); err != nil || conversations != 6 {
		return fmt.Errorf("%s 是 SQLite 文件，但不是 daozhang 的数据库", path)
	}
	if version.Int64 > int64(SchemaVersion()) {
		return ErrNewerSchema
	}
	return nil
}
