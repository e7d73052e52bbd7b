package main

import (
	"context"
	"errors"
	"testing"

	"daozhang/bot/delivery"
	"daozhang/handlers/console"
)

func TestMediaIsKeptAfterTheFirstLook(t *testing.T) {
	t.Parallel()
	calls := 0
	m := mediaShelf{dir: t.TempDir() + "/media", fetch: func(context.Context, string, string, int64) ([]byte, string, error) {
		calls++
		if calls > 1 {
			return nil, "", &delivery.Error{Class: delivery.ClassPermanent, Code: 40007, Msg: "invalid media_id"}
		}
		return []byte("\xff\xd8\xff picture"), "image/jpeg", nil
	}}
	for range 2 { // the second from the shelf: the platform has forgotten it
		data, kind, err := m.Media(context.Background(), "wx1", "M1")
		if err != nil || string(data) != "\xff\xd8\xff picture" || kind != "image/jpeg" {
			t.Fatalf("%q %q %v", data, kind, err)
		}
	}
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
	if _, _, err := m.Media(context.Background(), "wx2", "M1"); !errors.Is(err, console.ErrMediaGone) {
		t.Errorf("another account shares the copy: %v", err)
	}
}
