package store_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"daozhang/store"
	"daozhang/store/storetest"
)

func TestOpenMigratesAndPings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, time.Now, func(t *testing.T, s *store.Store) {
		if err := s.Ping(context.Background()); err != nil {
			t.Fatal(err)
		}
		if a, b := s.NewID(), s.NewID(); a >= b {
			t.Fatalf("ids do not grow: %d then %d", a, b)
		}
	})
}

func TestOpenTwiceKeepsData(t *testing.T) {
	t.Parallel()
	u := "sqlite://" + t.TempDir() + "/x.db"
	for range 2 {
		s, err := store.Open(context.Background(), u, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefusesNewerSchema(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/x.db"
	s, err := store.Open(context.Background(), "sqlite://"+path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO schema_version (version) VALUES (99999)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(context.Background(), "sqlite://"+path, store.Options{}); !errors.Is(err, store.ErrNewerSchema) {
		t.Fatalf("got %v, want ErrNewerSchema", err)
	}
}

func TestOpenBadURL(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"", "mysql://x", "sqlite://"} {
		if _, err := store.Open(context.Background(), u, store.Options{}); err == nil {
			t.Errorf("%q was accepted", u)
		}
	}
}
