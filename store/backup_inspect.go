package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
)

// ErrInUse says that another process has the embedded database open.
var ErrInUse = errors.New("数据库正被另一个进程使用：请先停止服务")

// Inspect tells the schema version of a database without bringing it up to
// date; 0 when it holds none of our tables yet. An embedded database must
// exist.
func Inspect(ctx context.Context, rawURL string) (version int, err error) {
	d, dsn, err := parseURL(rawURL, false)
	if err != nil {
		return 0, err
	}
	exists := `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'schema_version'`
	if d.name == "sqlite" {
		dsn += "&mode=rw" // never make a file
		exists = `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'`
	}
	db, err := sql.Open(d.driver, dsn)
	if err != nil {
		return 0, fmt.Errorf("open database: %w", err)
	}
	defer db.Close() //nolint:errcheck // read only
	var tables int
	if err := db.QueryRowContext(ctx, exists).Scan(&tables); err != nil {
		return 0, fmt.Errorf("read database: %w", err)
	}
	if tables == 0 {
		return 0, nil
	}
	var v sql.NullInt64
	if err := db.QueryRowContext(ctx, `SELECT MAX(version) FROM schema_version`).Scan(&v); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return int(v.Int64), nil
}

// Settle writes everything committed into the one file of an embedded
// database, so that the file alone is the whole database. ErrInUse while
// another process has it open.
func Settle(ctx context.Context, path string) error {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=rw&_pragma=busy_timeout(500)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer db.Close() //nolint:errcheck // the mode is what counts
	db.SetMaxOpenConns(1)
	// Leaving WAL needs the database for oneself; that is the test.
	var mode string
	err = db.QueryRowContext(ctx, `PRAGMA journal_mode = DELETE`).Scan(&mode)
	var coded interface{ Code() int }
	switch {
	case errors.As(err, &coded) && coded.Code()&0xff == sqliteBusy, err == nil && mode != "delete":
		return ErrInUse
	case err != nil:
		return fmt.Errorf("settle database: %w", err)
	}
	return nil
}

// sqliteBusy is SQLITE_BUSY, without its extended part.
const sqliteBusy = 5
