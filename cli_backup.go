package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"daozhang/store"
)

// runBackup writes a consistent copy of the embedded database, also while a
// server runs on it.
func runBackup(ctx context.Context, t terminal, args []string) error {
	cfg, rest, err := configFlags(t, flag.NewFlagSet("backup", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usagef("要写明备份到哪个文件")
	}
	if _, err := os.Stat(rest[0]); err == nil {
		return fmt.Errorf("%s 已存在：请换一个文件名", rest[0])
	}
	if err := mustExist(cfg); err != nil {
		return err
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	if err := s.Backup(ctx, rest[0]); err != nil {
		return err
	}
	info, err := os.Stat(rest[0])
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	fmt.Fprintf(t.stdout, "已备份到 %s（%.1f MB）\n", rest[0], float64(info.Size())/1e6)
	return nil
}

// runRestore puts a checked backup in place of the embedded database and keeps
// what was there beside it.
func runRestore(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("restore", flag.ContinueOnError)
	yes := f.Bool("yes", false, "不再询问；须先停止服务")
	cfg, rest, err := configFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usagef("要写明备份文件")
	}
	path, embedded := strings.CutPrefix(cfg.database(), "sqlite://")
	if !embedded {
		return errors.New("配置的数据库是 PostgreSQL：请用 pg_restore 恢复")
	}
	if err := store.CheckBackup(ctx, rest[0]); err != nil {
		return err
	}
	kept, err := freeName(path + ".before-restore")
	if err != nil {
		return err
	}
	_, err = os.Stat(path)
	present := err == nil
	if present && !*yes {
		return fmt.Errorf("%s 已存在：先停止服务，再运行 restore -yes；现有数据库会保留为 %s", path, kept)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	if present {
		// A damaged database, which one restores over, cannot be settled: it is
		// kept with its side files as it is.
		if err := store.Settle(ctx, path); errors.Is(err, store.ErrInUse) {
			return err
		}
	}
	// Copy first, swap by renaming: a crash leaves one whole database or the other.
	fresh := path + ".restoring"
	if err := copyFile(rest[0], fresh); err != nil {
		return err
	}
	for _, side := range []string{"-wal", "-shm", ""} { // side files belong to their database
		if err := os.Rename(path+side, kept+side); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("restore: %w", err)
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	fmt.Fprintf(t.stdout, "已恢复到 %s\n", path)
	if present {
		fmt.Fprintf(t.stdout, "原来的数据库保留在 %s\n", kept)
	}
	return nil
}

// freeName is name, or name-2, -3 … while that is taken.
func freeName(name string) (string, error) {
	for i := 1; i < 1000; i++ {
		try := name
		if i > 1 {
			try = fmt.Sprintf("%s-%d", name, i)
		}
		if _, err := os.Lstat(try); errors.Is(err, os.ErrNotExist) {
			return try, nil
		}
	}
	return "", fmt.Errorf("名为 %s 的副本太多：请先移走", name)
}

// mustExist refuses to make an empty database where one is to be read.
func mustExist(cfg Config) error {
	path, embedded := strings.CutPrefix(cfg.database(), "sqlite://")
	if !embedded || path == ":memory:" {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%s 没有数据库：请检查 data_dir 和 database_url", path)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}
