package store_test

import (
	"context"
	"testing"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/store"
	"daozhang/store/storetest"
)

// What a turn teaches is stored with the turn, or not at all.
func TestLessonsAndUses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		accept(t, s, inbound("u1", "m1", "怎么换纸"), queueStart)
		w, _ := lease(t, s, queueStart)
		o := answer(w, "打开盖子")
		o.Decision.Lesson = &bot.Lesson{Kind: bot.LessonUnhelpful, Question: "怎么换纸", Article: "paper@3"}
		o.Decision.Uses = []bot.ArticleUse{{Article: "paper@3", Kind: bot.UseHit}, {Article: "paper@3", Kind: bot.UseHanded}, {Article: "broken", Kind: bot.UseHit}}
		if _, err := s.Commit(ctx, o); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Commit(ctx, o); err == nil {
			t.Fatal("committed twice")
		}
		accept(t, s, inbound("u1", "m2", "谢谢"), queueStart)
		w, _ = lease(t, s, queueStart)
		o = answer(w, "不客气")
		o.Decision.Uses = []bot.ArticleUse{{Article: "paper@3", Kind: bot.UseHit}, {Article: "paper@2", Kind: bot.UseSolved}}
		if _, err := s.Commit(ctx, o); err != nil {
			t.Fatal(err)
		}
		uses := must[[]desk.ArticleUse](t)(s.ArticleUses(ctx, queueStart.AddDate(0, 0, -1), queueStart))
		if len(uses) != 2 || uses[0].Version != 3 || uses[0].Hits != 2 || uses[0].Handed != 1 || uses[1].Solved != 1 || uses[0].LastHit == "" {
			t.Errorf("%+v", uses)
		}
		if old := must[[]desk.ArticleUse](t)(s.ArticleUses(ctx, queueStart.AddDate(0, 0, -9), queueStart.AddDate(0, 0, -2))); len(old) != 0 {
			t.Errorf("%+v", old)
		}
		open := must[[]desk.LessonRow](t)(s.OpenLessons(ctx, 10))
		if len(open) != 1 || open[0].Kind != bot.LessonUnhelpful || open[0].Question != "怎么换纸" || open[0].Article != "paper@3" || open[0].ConversationID != w.ConversationID {
			t.Fatalf("%+v", open)
		}
		for _, state := range []string{"dropped", "open", "elsewhere", "done"} {
			left, away := map[string]int{"open": 1}[state], map[string]int{"elsewhere": 1}[state]
			if err := s.CloseLessons(ctx, []int64{open[0].ID, 7}, state, desk.Actor{Name: "li"}, desk.Audit{}); err != nil {
				t.Fatal(err)
			}
			if got := must[[]desk.LessonRow](t)(s.OpenLessons(ctx, 10)); len(got) != left {
				t.Errorf("%s: %+v", state, got)
			}
			if got := must[[]desk.LessonRow](t)(s.ElsewhereLessons(ctx, 10)); len(got) != away {
				t.Errorf("%s: %+v elsewhere", state, got)
			}
		}
	})
}
