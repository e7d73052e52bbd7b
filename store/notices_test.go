package store_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		n := transactions.Notice{Brand: "拉卡拉", Title: "维护", Text: "系统维护中", From: fixed(), Until: fixed().Add(time.Hour)}
		id, err := s.SaveNotice(ctx, n, true, "admin")
		if err != nil {
			t.Fatal(err)
		}
		n.ID = id
		draft := transactions.Notice{Title: "草稿", Text: "未发布", From: fixed(), Until: fixed().Add(time.Hour)}
		if draft.ID, err = s.SaveNotice(ctx, draft, false, "admin"); err != nil {
			t.Fatal(err)
		}
		at := func(when time.Time) int {
			t.Helper()
			got, err := s.NoticesAt(ctx, when)
			if err != nil {
				t.Fatal(err)
			}
			return len(got)
		}
		if at(fixed().Add(-time.Millisecond)) != 0 || at(fixed()) != 1 || at(n.Until.Add(-time.Millisecond)) != 1 || at(n.Until) != 0 {
			t.Error("a notice holds from its start until before its end")
		}
		got, err := s.Notices(ctx, true)
		if d := cmp.Diff([]transactions.Notice{n}, got); d != "" || err != nil {
			t.Error(d, err)
		}
		if got, err = s.Notices(ctx, false); err != nil || len(got) != 1 || got[0].ID != draft.ID {
			t.Errorf("drafts %+v %v", got, err)
		}
		n.Until = n.From.Add(time.Minute)
		if _, err := s.SaveNotice(ctx, n, true, "admin"); err != nil || at(fixed().Add(2*time.Minute)) != 0 {
			t.Errorf("shortened notice still holds: %v", err)
		}
		if err := s.DeleteNotice(ctx, id); err != nil || at(fixed()) != 0 {
			t.Errorf("deleted notice: %v", err)
		}
		if err := s.DeleteNotice(ctx, id); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("second delete: %v", err)
		}
		if _, err := s.SaveNotice(ctx, n, true, "x"); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("edit of a deleted notice: %v", err)
		}
		for _, bad := range []transactions.Notice{{}, {Title: "a", Text: "b"}, {Title: "a", Text: "b", From: fixed(), Until: fixed()}} {
			if _, err := s.SaveNotice(ctx, bad, true, "x"); err == nil {
				t.Errorf("accepted %+v", bad)
			}
		}
	})
}
