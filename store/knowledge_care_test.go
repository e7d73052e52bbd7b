package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/store"
)

// What is told and how far the draft is are two facts: archiving, rolling back
// and taking back what was scheduled keep the review that is going on.
func TestReviewOutlivesWhatIsTold(t *testing.T) {
	t.Parallel()
	eachWithClock(t, func(t *testing.T, s *store.Store, c *movingClock) {
		ctx := context.Background()
		li, boss := desk.Actor{Name: "li"}, desk.Actor{Name: "boss"}
		must[int](t)(s.SeedKnowledge(ctx, []knowledge.Article{{ID: "one", Title: "旧"}}, nil))
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		is := func(status knowledge.Status, review bool) {
			t.Helper()
			st, _, draft, err := s.Article(ctx, "one")
			if err != nil || st.Status != string(status) || !st.SubmittedAt.IsZero() != review || (draft != nil) != st.HasDraft {
				t.Errorf("%+v %v, want %s, review %v", st, err, status, review)
			}
		}
		refuses := func(err error, kind desk.RefusalKind) {
			t.Helper()
			var r *desk.Refusal
			if !errors.As(err, &r) || r.Kind != kind {
				t.Errorf("got %v, want the refusal %s", err, kind)
			}
		}
		refuses(s.WithdrawDraft(ctx, "one", desk.Audit{}), desk.NoDraft)
		do(s.SaveDraft(ctx, knowledge.Article{ID: "one", Title: "新"}, li, time.Time{}, desk.Audit{}))
		refuses(s.WithdrawDraft(ctx, "one", desk.Audit{}), desk.NotInReview)
		do(s.SubmitDraft(ctx, "one", desk.Audit{}))
		is(knowledge.StatusReview, true)
		do(s.Archive(ctx, "one", desk.Audit{}))
		is(knowledge.StatusArchived, true)
		must[int](t)(s.Rollback(ctx, "one", 1, boss, "", desk.Audit{}))
		is(knowledge.StatusReview, true)
		do(s.WithdrawDraft(ctx, "one", desk.Audit{}))
		is(knowledge.StatusPublished, false)
		must[int](t)(s.PublishDraft(ctx, "one", desk.Publication{By: boss, At: c.now().Add(time.Hour)}, desk.Audit{}))
		do(s.SaveDraft(ctx, knowledge.Article{ID: "one", Title: "更新"}, li, time.Time{}, desk.Audit{}))
		do(s.SubmitDraft(ctx, "one", desk.Audit{}))
		refuses(s.SetCare(ctx, "one", "风控组", "", boss, "", desk.Audit{}), desk.Waiting)
		do(s.CancelScheduled(ctx, "one", boss, desk.Audit{}))
		is(knowledge.StatusReview, true)

		// Another owner: a version of its own, nothing told changes.
		do(s.SetCare(ctx, "one", "风控组", "2027-06-01", boss, "换人", desk.Audit{}))
		is(knowledge.StatusReview, true)
		st, published, draft, err := s.Article(ctx, "one")
		if err != nil || st.Version != 4 || st.DraftBy != "li" || published.Title != "旧" || published.Owner != "风控组" || published.ReviewOn != "2027-06-01" ||
			draft.Title != "更新" || draft.Owner != "风控组" || draft.ReviewOn != "2027-06-01" {
			t.Errorf("%+v, published %+v, draft %+v, %v", st, published, draft, err)
		}
		do(s.SetCare(ctx, "one", "", "2027-07-01", boss, "", desk.Audit{}))
		if _, published, _, err = s.Article(ctx, "one"); err != nil || published.Owner != "风控组" || published.ReviewOn != "2027-07-01" {
			t.Errorf("%+v %v", published, err)
		}
		do(s.SaveDraft(ctx, knowledge.Article{ID: "one", Title: "再改"}, li, time.Time{}, desk.Audit{}))
		is(knowledge.StatusPublished, false)
		if err := s.SetCare(ctx, "nowhere", "x", "", boss, "", desk.Audit{}); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}
