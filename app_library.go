package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"daozhang/bot/desk"
	"daozhang/bot/understand"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// shelf is one consistent state of what may be told; it never changes.
type shelf struct {
	revision int64
	day      knowledge.Day // validity dates are judged once a day
	index    *knowledge.Index
	byCause  map[string][]knowledge.Article
	channels []knowledge.Channel
}

// librarySource is where published articles and channels come from.
type librarySource interface {
	KnowledgeRevision(ctx context.Context) (int64, error)
	PublishedArticles(ctx context.Context) ([]knowledge.Article, int64, error)
	Channels(ctx context.Context) ([]desk.Channel, error)
}

// library is the published knowledge in memory. Readers see one shelf at a
// time; Refresh puts up a new one when a publication moved the revision, on
// this replica or another.
type library struct {
	source  librarySource
	now     func() time.Time
	current atomic.Pointer[shelf]
	mu      sync.Mutex // one rebuild at a time
}

// newLibrary loads what is published.
func newLibrary(ctx context.Context, source librarySource, now func() time.Time) (*library, error) {
	l := &library{source: source, now: now}
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
	l.current.Store(newShelf(articles, channels, revision, l.now()))
	return nil
}

func (l *library) fresh(revision int64) bool {
	s := l.current.Load()
	return s != nil && s.revision == revision && s.day == knowledge.DayOf(l.now())
}

func newShelf(articles []knowledge.Article, channels []knowledge.Channel, revision int64, now time.Time) *shelf {
	live := knowledge.Live(articles, now)
	s := &shelf{
		revision: revision, day: knowledge.DayOf(now), channels: channels,
		index:   knowledge.NewIndex(live, knowledge.IndexOptions{Normalize: understand.Normalize}),
		byCause: map[string][]knowledge.Article{},
	}
	for _, a := range live {
		for _, c := range a.Causes {
			s.byCause[c] = append(s.byCause[c], a)
		}
	}
	return s
}

// Search implements bot.Knowledge.
func (l *library) Search(query string, top int, tags knowledge.Tags) knowledge.Result {
	return l.current.Load().index.Search(query, top, tags)
}

// Article implements bot.Knowledge.
func (l *library) Article(id string) (knowledge.Article, bool) {
	return l.current.Load().index.Article(id)
}

// Channels implements bot.Knowledge.
func (l *library) Channels() []knowledge.Channel { return l.current.Load().channels }

// ForCause implements bot.Knowledge: entries of the cause that suit the brand
// and channel, those made for them and for fewer causes first.
func (l *library) ForCause(cause string, tags knowledge.Tags) []knowledge.Article {
	var out []knowledge.Article
	for _, a := range l.current.Load().byCause[cause] {
		if suits(a.Brands, tags.Brands) && suits(a.Channels, tags.Channels) {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b knowledge.Article) int { return causeRank(a) - causeRank(b) })
	return out
}

// suits: an entry for all, or for one of those asked about.
func suits(only, asked []string) bool {
	if len(only) == 0 {
		return true
	}
	return slices.ContainsFunc(asked, func(s string) bool { return slices.Contains(only, s) })
}

// causeRank puts the most specific entry first.
func causeRank(a knowledge.Article) int {
	rank := len(a.Causes)
	if len(a.Brands) > 0 {
		rank -= 50
	}
	if len(a.Channels) > 0 {
		rank -= 50
	}
	return rank
}

// calendars holds the calendar loaded now; operators load years at run time.
type calendars struct{ current atomic.Pointer[transactions.Calendar] }

// Calendar implements bot.Calendars.
func (c *calendars) Calendar() *transactions.Calendar { return c.current.Load() }
