package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

// Two replicas on one database: what one publishes, at once or for later, the
// other tells without a restart, each by the clock it was given.
func TestPublicationReachesEveryReplica(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); replicasAgree(t, storetest.SQLite) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); replicasAgree(t, storetest.Postgres) })
}

func replicasAgree(t *testing.T, open func(*testing.T, func() time.Time) *store.Store) {
	t.Helper()
	ctx := context.Background()
	var ms atomic.Int64
	ms.Store(time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai).UnixMilli())
	now := func() time.Time { return time.UnixMilli(ms.Load()).In(transactions.Shanghai) }
	s := open(t, now)
	entry := func(body string) knowledge.Article {
		return knowledge.Article{ID: "paper", Title: "打印纸怎么换", Phrasings: []string{"怎么换打印纸"}, Body: body}
	}
	if _, err := s.SeedKnowledge(ctx, []knowledge.Article{entry("一")}, nil); err != nil {
		t.Fatal(err)
	}
	var replicas [2]*library
	for i := range replicas {
		var err error
		if replicas[i], err = newLibrary(ctx, s, now); err != nil {
			t.Fatal(err)
		}
	}
	publish := func(body string, at time.Time) {
		t.Helper()
		err := s.SaveDraft(ctx, entry(body), desk.Actor{Name: "li"}, time.Time{}, desk.Audit{})
		if err == nil {
			_, err = s.PublishDraft(ctx, "paper", desk.Publication{By: desk.Actor{Name: "boss"}, At: at}, desk.Audit{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	tells := func(body string) {
		t.Helper()
		for i, l := range replicas {
			if err := l.Refresh(ctx); err != nil {
				t.Fatal(err)
			}
			if a, _ := l.Article("paper"); a.Body != body {
				t.Errorf("replica %d tells %q, want %q", i, a.Body, body)
			}
		}
	}
	tells("一")
	publish("二", time.Time{})
	tells("二")
	publish("三", now().Add(time.Hour))
	tells("二")
	ms.Add(time.Hour.Milliseconds())
	tells("三") // nobody did anything: its time has come
	if _, err := s.AddWord(ctx, knowledge.Word{Kind: knowledge.Forbidden, Word: "保证金"}, desk.Audit{}); err != nil {
		t.Fatal(err)
	}
	tells("三")
	if words := replicas[1].Forbidden(); len(words) != 1 {
		t.Errorf("forbidden words %v", words)
	}
	// Readers see whole editions while others are put up.
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if r := replicas[0].Search("怎么换打印纸", 1, knowledge.Tags{}); len(r.Hits) != 1 {
						t.Error("a reader saw no edition")
						return
					}
				}
			}
		})
	}
	for range 10 {
		publish("四", time.Time{})
		tells("四")
	}
	close(stop)
	readers.Wait()
}

// The background loop rebuilds, tells failures, and ends with its context.
func TestShelfIsRebuiltInTheBackground(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	source := &fakeSource{}
	l, err := newLibrary(context.Background(), source, func() time.Time { return time.Unix(0, 0) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	done := make(chan error, 1)
	go func() {
		done <- l.Run(ctx, time.Millisecond, func(err error) {
			select {
			case failed <- err:
			default:
			}
		})
	}()
	source.revision.Store(1)
	for l.current.Load().revision != 1 {
		time.Sleep(time.Millisecond)
	}
	source.broken.Store(true)
	if err := <-failed; !errors.Is(err, errBroken) {
		t.Errorf("told %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

var errBroken = errors.New("broken")

type fakeSource struct {
	revision atomic.Int64
	broken   atomic.Bool
}

func (f *fakeSource) KnowledgeRevision(context.Context) (int64, error) {
	if f.broken.Load() {
		return 0, errBroken
	}
	return f.revision.Load(), nil
}

func (f *fakeSource) PublishedArticles(context.Context) ([]knowledge.Article, int64, error) {
	return nil, f.revision.Load(), nil
}
func (f *fakeSource) NextPublication(context.Context) (time.Time, error) { return time.Time{}, nil }
func (f *fakeSource) Channels(context.Context) ([]desk.Channel, error)   { return nil, nil }
func (f *fakeSource) Words(context.Context) ([]knowledge.Word, error)    { return nil, nil }
