package console_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
)

// fakeMedia answers by media id.
type fakeMedia map[string]func() ([]byte, string, error)

func (f fakeMedia) Media(_ context.Context, _, mediaID string) ([]byte, string, error) {
	if get := f[mediaID]; get != nil {
		return get()
	}
	return nil, "", errors.New("no such media")
}

func TestMediaIsShownToAgentsAndRecorded(t *testing.T) {
	t.Parallel()
	e := newEnv(t, func(d *console.Deps) {
		d.Media = fakeMedia{
			"pic":  func() ([]byte, string, error) { return []byte("\x89PNG"), "image/png", nil },
			"html": func() ([]byte, string, error) { return []byte("<script>"), "text/html; charset=utf-8", nil },
			"old":  func() ([]byte, string, error) { return nil, "", console.ErrMediaGone },
		}
	})
	mine := e.conversation("o-1", true, "")
	other := e.conversation("o-2", true, "")
	picture := func(conversation int64, media string) string {
		id := e.say(conversation, "contact", "", "")
		e.exec(`UPDATE messages SET media_id = ?, kind = 'image' WHERE id = ?`, media, id)
		return fmt.Sprintf("/conversations/%d/messages/%d/media", conversation, id)
	}
	agent := e.as(desk.Agent)
	r := agent.do(http.MethodGet, picture(mine, "pic"), nil)
	if r.status != http.StatusOK || string(r.body) != "\x89PNG" || r.header.Get("Content-Type") != "image/png" || r.header.Get("Content-Disposition") != "inline" {
		t.Fatalf("%d %v %q", r.status, r.header, r.body)
	}
	e.audited("media.view", fmt.Sprintf("conversation:%d", mine))
	// What could run in the console is a download, never shown in place.
	if r := agent.do(http.MethodGet, picture(mine, "html"), nil); r.header.Get("Content-Disposition") != "attachment" {
		t.Errorf("html is %q", r.header.Get("Content-Disposition"))
	}
	agent.refused(http.MethodGet, picture(mine, "old"), nil, http.StatusGone, "NOT_FOUND")
	agent.refused(http.MethodGet, picture(mine, "broken"), nil, http.StatusServiceUnavailable, "WECHAT_UNAVAILABLE")
	// A message of another conversation is not reached through this one.
	wrong := strings.Replace(picture(other, "pic"), fmt.Sprintf("/conversations/%d/", other), fmt.Sprintf("/conversations/%d/", mine), 1)
	agent.refused(http.MethodGet, wrong, nil, http.StatusNotFound, "NOT_FOUND")
	agent.refused(http.MethodGet, fmt.Sprintf("/conversations/%d/messages/x/media", mine), nil, http.StatusNotFound, "NOT_FOUND")
	e.browser().refused(http.MethodGet, picture(mine, "pic"), nil, http.StatusUnauthorized, "NOT_SIGNED_IN")
}
