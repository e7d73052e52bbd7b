package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"

	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

func TestBackupIsWholeAndOpens(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := storetest.SQLite(t, fixed)
	put(t, s, []transactions.Transaction{sale(shopA, "T1", fixed(), 100)}, nil)
	path := t.TempDir() + "/备份 100%.db"
	if err := s.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(ctx, path); err == nil {
		t.Error("an existing file was overwritten")
	}
	if err := store.CheckBackup(ctx, path); err != nil {
		t.Fatal(err)
	}
	plain := t.TempDir() + "/copy.db"
	if err := os.Rename(path, plain); err != nil {
		t.Fatal(err)
	}
	copied, err := store.Open(ctx, "sqlite://"+plain, store.Options{Now: fixed})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close() //nolint:errcheck // test
	if f := facts(t, copied, transactions.Lookup{MerchantNos: []string{shopA}}); len(f.Transactions) != 1 {
		t.Errorf("the copy holds %+v", f)
	}
}

func TestBackupOnPostgresNamesTheTool(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t, fixed)
	if err := s.Backup(context.Background(), t.TempDir()+"/x"); !errors.Is(err, store.ErrBackupPostgres) {
		t.Errorf("got %v", err)
	}
}

func TestCheckBackupRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		if err := os.WriteFile(dir+"/"+name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return dir + "/" + name
	}
	foreign := dir + "/foreign.db"
	db, err := sql.Open("sqlite", foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE schema_version (version BIGINT); INSERT INTO schema_version VALUES (1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{dir, dir + "/none", write("empty", nil), write("text", []byte("not a database at all, only text")), foreign} {
		if err := store.CheckBackup(ctx, p); err == nil {
			t.Errorf("%s was accepted", p)
		}
	}
	s, err := store.Open(ctx, "sqlite://"+dir+"/newer.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = sql.Open("sqlite", dir+"/newer.db"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO schema_version VALUES (9999)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckBackup(ctx, dir+"/newer.db"); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("newer schema: %v", err)
	}
	whole := dir + "/whole.db"
	src := storetest.SQLite(t, fixed)
	if err := src.Backup(ctx, whole); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CheckBackup(ctx, write("cut.db", b[:len(b)/2])); err == nil {
		t.Error("half a database was accepted")
	}
}
