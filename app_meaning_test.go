package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// shelfSource is a base that a test changes.
type shelfSource struct {
	mu       sync.Mutex
	revision int64
	articles []knowledge.Article
}

func (s *shelfSource) publish(titles ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	s.articles = nil
	for _, t := range titles {
		s.articles = append(s.articles, knowledge.Article{ID: "id-" + t, Version: 1, Title: t, Status: knowledge.StatusPublished})
	}
}

func (s *shelfSource) KnowledgeRevision(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revision, nil
}

func (s *shelfSource) PublishedArticles(context.Context) ([]knowledge.Article, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.articles, s.revision, nil
}

func (s *shelfSource) NextPublication(context.Context) (time.Time, error) { return time.Time{}, nil }
func (s *shelfSource) Channels(context.Context) ([]desk.Channel, error)   { return nil, nil }
func (s *shelfSource) Words(context.Context) ([]knowledge.Word, error)    { return nil, nil }

// fakeEmbedder gives every text its length as direction.
type fakeEmbedder struct {
	mu        sync.Mutex
	asked     []string
	down      bool
	refuses   string // a text that no request may hold
	most      int    // 0 = any number of texts at once
	dimension int
}

func (f *fakeEmbedder) set(change func(*fakeEmbedder)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeEmbedder) count(text string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, a := range f.asked {
		if a == text {
			n++
		}
	}
	return n
}

func (f *fakeEmbedder) Embed(_ context.Context, texts []string) ([][]float32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down || f.refuses != "" && slices.Contains(texts, f.refuses) || f.most > 0 && len(texts) > f.most {
		return nil, errors.New("the endpoint is down")
	}
	f.asked = append(f.asked, texts...)
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = make([]float32, max(f.dimension, 2))
		out[i][0], out[i][1] = 0.6, float32(len(t))
	}
	return out, nil
}

type meaningBench struct {
	source *shelfSource
	embed  *fakeEmbedder
	l      *library
	log    *output
}

func startMeaning(t *testing.T, e *fakeEmbedder, titles ...string) *meaningBench {
	t.Helper()
	b := &meaningBench{source: &shelfSource{}, embed: e, log: &output{}}
	b.source.publish(titles...)
	v := newVectors(e, slog.New(slog.NewTextHandler(b.log, nil)))
	v.retryMin = time.Millisecond
	var err error
	if b.l, err = newLibraryWith(t.Context(), b.source, func() time.Time { return time.Unix(0, 0) }, v); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- v.Run(ctx, b.l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *meaningBench) publish(t *testing.T, titles ...string) {
	t.Helper()
	b.source.publish(titles...)
	if err := b.l.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (b *meaningBench) waitFor(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d entries have vectors", n), func() error {
		if got := b.l.current.Load().meaning.Len(); got != n {
			return fmt.Errorf("%d have", got)
		}
		return nil
	})
}

// What is published gets its vector, what is known keeps it from the first
// moment of a new edition, and what is taken down is forgotten.
func TestVectorsFollowTheShelf(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("all", func(t *testing.T) {
		b := startMeaning(t, &fakeEmbedder{}, "甲", "乙乙")
		b.waitFor(t, 2)
		b.publish(t, "甲", "乙乙", "丙丙丙")
		if n := b.l.current.Load().meaning.Len(); n < 2 {
			t.Errorf("a new edition came up with %d vectors of 2 known ones", n)
		}
		b.waitFor(t, 3)
		hits, err := b.l.Near(t.Context(), "丙丙丙", 1, knowledge.Tags{})
		if err != nil || len(hits) != 1 || hits[0].ID != "id-丙丙丙" {
			t.Errorf("%v %v", hits, err)
		}
		if n := b.embed.count("甲"); n != 1 {
			t.Errorf("an entry that did not change was embedded %d times", n)
		}
		b.publish(t, "甲")
		eventually(t, "what is taken down is forgotten", func() error {
			b.l.vectors.mu.RLock()
			defer b.l.vectors.mu.RUnlock()
			if n := len(b.l.vectors.byText); n != 1 {
				return fmt.Errorf("%d vectors kept", n)
			}
			return nil
		})
		if strings.Contains(b.log.String(), "level=WARN") {
			t.Errorf("%s", b.log)
		}
	})
}

// A failing endpoint is told once and tried again; the shelf goes on by words.
func TestVectorsSurviveAFailingEndpoint(t *testing.T) {
	t.Parallel()
	e := &fakeEmbedder{down: true}
	b := startMeaning(t, e, "甲", "乙乙")
	eventually(t, "the failure is told", func() error {
		if !strings.Contains(b.log.String(), "level=WARN") {
			return errors.New("not yet")
		}
		return nil
	})
	if hits, err := b.l.Near(t.Context(), "甲", 3, knowledge.Tags{}); err != nil || hits != nil {
		t.Errorf("without vectors nothing is asked: %v %v", hits, err)
	}
	if r := b.l.Search("甲", 3, knowledge.Tags{}); len(r.Hits) == 0 {
		t.Error("words find nothing")
	}
	e.set(func(f *fakeEmbedder) { f.down = false })
	b.waitFor(t, 2)
	eventually(t, "the recovery is told", func() error {
		if !strings.Contains(b.log.String(), "answers again") {
			return errors.New("not yet")
		}
		return nil
	})
	if n := strings.Count(b.log.String(), "level=WARN"); n != 1 {
		t.Errorf("told %d times:\n%s", n, b.log)
	}
	e.set(func(f *fakeEmbedder) { f.down = true })
	if _, err := b.l.Near(t.Context(), "甲", 3, knowledge.Tags{}); err == nil {
		t.Error("a failing question is an error")
	}
}

// One text that the endpoint refuses, or too many at once, costs only itself.
func TestVectorsWorkAroundRefusals(t *testing.T) {
	t.Parallel()
	var titles []string
	for i := range 100 {
		titles = append(titles, fmt.Sprintf("%03d", i))
	}
	startMeaning(t, &fakeEmbedder{refuses: "041"}, titles...).waitFor(t, 99)
	startMeaning(t, &fakeEmbedder{most: 3}, titles...).waitFor(t, 100)
}

// A model that changes its dimension is refused and told.
func TestVectorsHaveOneDimension(t *testing.T) {
	t.Parallel()
	e := &fakeEmbedder{}
	b := startMeaning(t, e, "甲")
	b.waitFor(t, 1)
	e.set(func(f *fakeEmbedder) { f.dimension = 5 })
	b.publish(t, "甲", "乙乙")
	eventually(t, "it is told", func() error {
		if !strings.Contains(b.log.String(), "restart") {
			return errors.New("not yet")
		}
		return nil
	})
	b.waitFor(t, 1)
	if hits, err := b.l.Near(t.Context(), "甲", 3, knowledge.Tags{}); err != nil || hits != nil {
		t.Errorf("%v %v", hits, err)
	}
}
