package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/bot/desk"
	"daozhang/store"
	"daozhang/store/storetest"
	"daozhang/transactions"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := desk.Audit{Actor: "user:admin", Action: "notice.save"}
		n, err := s.DeskSaveNotice(ctx, desk.Notice{Brand: "拉卡拉", Title: "维护", Text: "系统维护中", From: fixed(), Until: fixed().Add(time.Hour), Published: true}, by)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.DeskSaveNotice(ctx, desk.Notice{Title: "草稿", Text: "未发布", From: fixed(), Until: fixed().Add(time.Hour)}, by); err != nil {
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
		want := []transactions.Notice{{ID: n.ID, Brand: n.Brand, Title: n.Title, Text: n.Text, From: n.From, Until: n.Until}}
		if got, err := s.NoticesAt(ctx, fixed()); err != nil || cmp.Diff(want, got) != "" {
			t.Error(cmp.Diff(want, got), err)
		}
		n.Until = n.From.Add(time.Minute)
		if _, err := s.DeskSaveNotice(ctx, n, by); err != nil || at(fixed().Add(2*time.Minute)) != 0 {
			t.Errorf("shortened notice still holds: %v", err)
		}
		if err := s.DeskDeleteNotice(ctx, n.ID, by); err != nil || at(fixed()) != 0 {
			t.Errorf("deleted notice: %v", err)
		}
		if err := s.DeskDeleteNotice(ctx, n.ID, by); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("second delete: %v", err)
		}
		if _, err := s.DeskSaveNotice(ctx, n, by); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("edit of a deleted notice: %v", err)
		}
	})
}
