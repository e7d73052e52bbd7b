package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// edition is what may be told at one revision on one day; it never changes.
type edition struct {
	bot.Shelf
	revision int64
	day      knowledge.Day // validity dates are judged once a day
	until    time.Time     // a scheduled version comes into force; zero = none waits
	// meaning belongs to the index of the shelf; nil = embeddings are off.
	meaning *knowledge.Meaning
}

// librarySource is where published articles and channels come from.
type librarySource interface {
	KnowledgeRevision(ctx context.Context) (int64, error)
	PublishedArticles(ctx context.Context) ([]knowledge.Article, int64, error)
	// NextPublication is when a scheduled version comes into force next; the
	// zero time = none waits.
	NextPublication(ctx context.Context) (time.Time, error)
	Channels(ctx context.Context) ([]desk.Channel, error)
	Words(ctx context.Context) ([]knowledge.Word, error)
}

// library is the published knowledge in memory. Readers see one edition at
// a time; Refresh puts up a new one when a publication moved the revision, on
// this replica or another.
type library struct {
	source  librarySource
	now     func() time.Time
	current atomic.Pointer[edition]
	mu      sync.Mutex // one rebuild at a time
	// vectors gives what is embedded already to each new edition, and is told
	// of it; nil = embeddings are off.
	vectors *vectors
}

// newLibrary loads what is published.
func newLibrary(ctx context.Context, source librarySource, now func() time.Time) (*library, error) {
	return newLibraryWith(ctx, source, now, nil)
}

// newLibraryWith also finds by meaning what v holds.
func newLibraryWith(ctx context.Context, source librarySource, now func() time.Time, v *vectors) (*library, error) {
	l := &library{source: source, now: now, vectors: v}
	return l, l.Refresh(ctx)
}

// Refresh makes sure that the next Search sees everything published before
// it: one cheap query when nothing changed.
func (l *library) Refresh(ctx context.Context) error {
	revision, err := l.source.KnowledgeRevision(ctx)
	if err != nil {
		return fmt.Errorf("refresh knowledge: %w", err)
	}
	if l.fresh(revision) {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fresh(revision) {
		return nil
	}
	// Before the articles: what comes into force in between is read again.
	until, err := l.source.NextPublication(ctx)
	if err != nil {
		return fmt.Errorf("load knowledge: %w", err)
	}
	articles, revision, err := l.source.PublishedArticles(ctx)
	if err != nil {
		return fmt.Errorf("load knowledge: %w", err)
	}
	rows, err := l.source.Channels(ctx)
	if err != nil {
		return fmt.Errorf("load channels: %w", err)
	}
	channels := make([]knowledge.Channel, len(rows))
	for i, r := range rows {
		channels[i] = knowledge.Channel{
			Brand: r.Brand, Kind: r.Kind, Value: r.Value, Label: r.Label, Source: r.Source,
			VerifiedBy: r.VerifiedBy, VerifiedAt: r.VerifiedAt, ExpiresAt: r.ExpiresAt,
		}
	}
	words, err := l.source.Words(ctx)
	if err != nil {
		return fmt.Errorf("load words: %w", err)
	}
	e := newEdition(articles, channels, knowledge.NewWordbook(words), revision, l.now())
	e.until = until
	if l.vectors != nil {
		e.meaning = knowledge.NewMeaning(e.Index, l.vectors.get)
	}
	l.current.Store(e)
	l.vectors.moved()
	return nil
}

// Run keeps the shelf up to date in the background until ctx ends, so that a
// question seldom waits for the index after a publication.
func (l *library) Run(ctx context.Context, every time.Duration, failed func(error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := l.Refresh(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

func (l *library) fresh(revision int64) bool {
	s, now := l.current.Load(), l.now()
	return s != nil && s.revision == revision && s.day == knowledge.DayOf(now) && (s.until.IsZero() || now.Before(s.until))
}

func newEdition(articles []knowledge.Article, channels []knowledge.Channel, words knowledge.Wordbook, revision int64, now time.Time) *edition {
	return &edition{
		Shelf:    bot.Shelf{Index: knowledge.NewIndex(knowledge.Live(articles, now), words.Options()), Rows: channels, Words: words},
		revision: revision, day: knowledge.DayOf(now),
	}
}

// Search implements bot.Knowledge.
func (l *library) Search(query string, top int, tags knowledge.Tags) knowledge.Result {
	return l.current.Load().Search(query, top, tags)
}

// Article implements bot.Knowledge.
func (l *library) Article(id string) (knowledge.Article, bool) { return l.current.Load().Article(id) }

// ForCause implements bot.Knowledge.
func (l *library) ForCause(cause string, tags knowledge.Tags) []knowledge.Article {
	return l.current.Load().ForCause(cause, tags)
}

// Channels implements bot.Knowledge.
func (l *library) Channels() []knowledge.Channel { return l.current.Load().Channels() }

// Forbidden implements bot.Knowledge.
func (l *library) Forbidden() []string { return l.current.Load().Forbidden() }

// calendars holds the calendar loaded now; operators load years at run time.
type calendars struct {
	current atomic.Pointer[transactions.Calendar]
}

// Calendar implements bot.Calendars.
func (c *calendars) Calendar() *transactions.Calendar { return c.current.Load() }
