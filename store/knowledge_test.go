package store_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

// movingClock is turned by the test; subtests of both engines have their own.
type movingClock struct{ ms atomic.Int64 }

func (c *movingClock) now() time.Time  { return time.UnixMilli(c.ms.Load()).In(transactions.Shanghai) }
func (c *movingClock) set(t time.Time) { c.ms.Store(t.UnixMilli()) }

func eachWithClock(t *testing.T, f func(t *testing.T, s *store.Store, c *movingClock)) {
	t.Helper()
	open := map[string]func(*testing.T, func() time.Time) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres}
	for name, o := range open {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &movingClock{}
			c.set(time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai))
			f(t, o(t, c.now), c)
		})
	}
}

// A scheduled version comes into force by itself, the one before stays until
// then, and it can be taken back.
func TestScheduledPublication(t *testing.T) {
	t.Parallel()
	eachWithClock(t, func(t *testing.T, s *store.Store, c *movingClock) {
		ctx := context.Background()
		boss := desk.Actor{Name: "boss"}
		must[int](t)(s.SeedKnowledge(ctx, []knowledge.Article{{ID: "one", Title: "旧"}}, nil))
		live := func() string {
			t.Helper()
			all, _, err := s.PublishedArticles(ctx)
			if err != nil || len(all) > 1 {
				t.Fatalf("%+v %v", all, err)
			}
			if len(all) == 0 {
				return ""
			}
			return all[0].Title
		}
		draft := func(a knowledge.Article) {
			t.Helper()
			if err := s.SaveDraft(ctx, a, desk.Actor{Name: "li"}, time.Time{}, desk.Audit{}); err != nil {
				t.Fatal(err)
			}
		}
		at := c.now().Add(2 * time.Hour)
		draft(knowledge.Article{ID: "one", Title: "新"})
		if v := must[int](t)(s.PublishDraft(ctx, "one", desk.Publication{By: boss, At: at, SecondPerson: true}, desk.Audit{})); v != 2 {
			t.Fatalf("version %d", v)
		}
		st, published, open, err := s.Article(ctx, "one")
		if err != nil || live() != "旧" || st.Version != 1 || st.Scheduled != 2 || !st.ScheduledAt.Equal(at) || published.Title != "旧" || open != nil {
			t.Fatalf("before its time: live %s, %+v %v", live(), st, err)
		}
		if next := must[time.Time](t)(s.NextPublication(ctx)); !next.Equal(at) {
			t.Errorf("next at %v", next)
		}
		c.set(at)
		if st, _, _, err = s.Article(ctx, "one"); live() != "新" || st.Version != 2 || st.Scheduled != 0 {
			t.Errorf("at its time: live %s, %+v %v", live(), st, err)
		}
		if next := must[time.Time](t)(s.NextPublication(ctx)); !next.IsZero() {
			t.Errorf("next at %v", next)
		}

		// The first day of validity schedules by itself; taking it back brings
		// the draft again.
		draft(knowledge.Article{ID: "one", Title: "下周", ValidFrom: "2026-11-25"})
		must[int](t)(s.PublishDraft(ctx, "one", desk.Publication{By: boss}, desk.Audit{}))
		if st, _, _, _ = s.Article(ctx, "one"); live() != "新" || !st.ScheduledAt.Equal(knowledge.Day("2026-11-25").Start()) {
			t.Fatalf("by validity: %+v", st)
		}
		if err := s.CancelScheduled(ctx, "one", boss, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		c.set(c.now().AddDate(0, 0, 30))
		if st, _, open, _ = s.Article(ctx, "one"); live() != "新" || st.Scheduled != 0 || open == nil || open.Title != "下周" {
			t.Errorf("taken back: live %s, %+v", live(), st)
		}
		refusal(t, s.CancelScheduled(ctx, "one", boss, desk.Audit{}), desk.NoDraft)

		// Publishing at once takes back what waited, for good.
		draft(knowledge.Article{ID: "one", Title: "明天"})
		must[int](t)(s.PublishDraft(ctx, "one", desk.Publication{By: boss, At: c.now().Add(time.Hour)}, desk.Audit{}))
		draft(knowledge.Article{ID: "one", Title: "急改"})
		must[int](t)(s.PublishDraft(ctx, "one", desk.Publication{By: boss}, desk.Audit{}))
		c.set(c.now().Add(2 * time.Hour))
		versions := must[[]desk.ArticleVersion](t)(s.ArticleVersions(ctx, "one"))
		if live() != "急改" || len(versions) != 5 || versions[0].Version != 5 || !versions[1].Cancelled || versions[0].Cancelled {
			t.Errorf("live %s, versions %+v", live(), versions)
		}
		draft(knowledge.Article{ID: "one", Title: "过期", ValidUntil: "2026-11-30"})
		if _, err := s.PublishDraft(ctx, "one", desk.Publication{By: boss}, desk.Audit{}); !errors.Is(err, knowledge.ErrExpired) {
			t.Errorf("expired: %v", err)
		}
	})
}

func TestNewEntryScheduled(t *testing.T) {
	t.Parallel()
	eachWithClock(t, func(t *testing.T, s *store.Store, c *movingClock) {
		ctx := context.Background()
		li := desk.Actor{Name: "li"}
		if err := s.CreateArticle(ctx, knowledge.Article{ID: "new", Title: "全新"}, li, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		must[int](t)(s.PublishDraft(ctx, "new", desk.Publication{By: li, At: c.now().Add(time.Hour)}, desk.Audit{}))
		st, published, _, err := s.Article(ctx, "new")
		if err != nil || st.Version != 0 || st.Scheduled != 1 || published == nil || published.Title != "全新" {
			t.Fatalf("%+v %+v %v", st, published, err)
		}
		states, contents, err := s.Articles(ctx)
		if err != nil || len(states) != 1 || states[0].Scheduled != 1 || contents[0].Title != "全新" {
			t.Fatalf("%+v %+v %v", states, contents, err)
		}
		if all, _, _ := s.PublishedArticles(ctx); len(all) != 0 {
			t.Errorf("told before its time: %+v", all)
		}
		c.set(c.now().Add(time.Hour))
		if all, _, _ := s.PublishedArticles(ctx); len(all) != 1 || all[0].Version != 1 {
			t.Errorf("not told at its time: %+v", all)
		}
	})
}

func TestGoldenQuestions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, deskNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		shipped := []knowledge.Golden{{Question: "手续费多少", ID: "fee", IDs: []string{"rates"}}, {Question: "天气怎么样"}}
		must[int](t)(s.SeedKnowledge(ctx, []knowledge.Article{{ID: "fee"}}, nil, shipped...))
		added := must[knowledge.GoldenRow](t)(s.AddGolden(ctx, knowledge.GoldenRow{
			Golden: knowledge.Golden{Question: "钱呢", ID: "fee", Tags: knowledge.Tags{Brands: []string{"拉卡拉"}}}, CreatedBy: "li",
		}, desk.Audit{}))
		_, err := s.AddGolden(ctx, knowledge.GoldenRow{Golden: knowledge.Golden{Question: "钱呢"}}, desk.Audit{})
		refusal(t, err, desk.Exists)
		all := must[[]knowledge.GoldenRow](t)(s.GoldenQuestions(ctx))
		if len(all) != 3 || all[0].IDs[0] != "rates" || all[1].IDs != nil || all[2].Tags.Brands[0] != "拉卡拉" || all[2].RowID != added.RowID {
			t.Fatalf("%+v", all)
		}
		if err := s.DeleteGolden(ctx, added.RowID, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteGolden(ctx, added.RowID, desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
	})
}

func TestWordsAndImportedDrafts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, deskNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		must[int](t)(s.SeedKnowledge(ctx, []knowledge.Article{{ID: "one", Title: "一"}}, nil))
		before := must[int64](t)(s.KnowledgeRevision(ctx))
		w := must[knowledge.Word](t)(s.AddWord(ctx, knowledge.Word{Kind: knowledge.Synonym, Word: "闪付宝", Means: "云闪付", By: "li"}, desk.Audit{}))
		_, err := s.AddWord(ctx, knowledge.Word{Kind: knowledge.Synonym, Word: "闪付宝"}, desk.Audit{})
		refusal(t, err, desk.Exists)
		must[knowledge.Word](t)(s.AddWord(ctx, knowledge.Word{Kind: knowledge.Forbidden, Word: "闪付宝"}, desk.Audit{}))
		if all := must[[]knowledge.Word](t)(s.Words(ctx)); len(all) != 2 || all[1] != w {
			t.Errorf("%+v", all)
		}
		if after := must[int64](t)(s.KnowledgeRevision(ctx)); after != before+2 {
			t.Errorf("revision %d after %d", after, before)
		}
		if err := s.DeleteWord(ctx, w.ID, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteWord(ctx, w.ID, desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
		li := desk.Actor{Name: "li"}
		drafts := []knowledge.Article{{ID: "two", Title: "二"}, {ID: "one", Title: "新一"}}
		if err := s.ImportDrafts(ctx, drafts, li, desk.Audit{}); err != nil {
			t.Fatal(err)
		}
		st, published, draft, err := s.Article(ctx, "one")
		if err != nil || st.Status != "review" || published.Title != "一" || draft.Title != "新一" {
			t.Errorf("%+v %v", st, err)
		}
		refusal(t, s.ImportDrafts(ctx, []knowledge.Article{{ID: "three"}, {ID: "one"}}, li, desk.Audit{}), desk.Changed)
		if got := must[[]knowledge.Article](t)(s.Drafts(ctx)); len(got) != 2 || got[1].ID != "two" {
			t.Errorf("all or none: %+v", got)
		}
	})
}
