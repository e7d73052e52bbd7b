package console_test

import (
	"strings"
	"testing"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
)

// What no database stores is refused or replaced, never a fault of ours.
func TestTextThatCannotBeStored(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := str(e.conversation("o1", true, "REQUESTED", "转人工"))
	b := e.as(desk.Admin)
	for _, path := range []string{
		"/conversations?q=%00", "/conversations?q=%ff%fe", "/merchants?q=%00", "/cases?reason=%00", "/articles/a%00b",
		"/audit?actor=%00", "/conversations?%00=1",
	} {
		b.refused("GET", path, nil, 400, "BAD_REQUEST")
	}
	b.refused("GET", "/merchants?cursor=AAAA", nil, 400, "BAD_CURSOR")
	b.refused("DELETE", "/contacts/1/bindings/%00", nil, 400, "BAD_REQUEST")
	var note console.Note
	b.call("POST", "/conversations/"+id+"/note", console.NoteInput{Text: "a\x00b"}, 200, &note)
	if note.Text != "a\uFFFDb" {
		t.Errorf("note %q", note.Text)
	}
	b.refused("POST", "/auth/login", console.LoginInput{Name: "a\x00", Password: "x"}, 401, "LOGIN_FAILED")
	b.refused("POST", "/conversations/"+id+"/note", console.NoteInput{Text: strings.Repeat("长", 200000)}, 413, "BODY_TOO_LARGE")
}

// A day far away must not break the answer half way.
func TestFarDaysAreRefused(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := str(e.conversation("o1", true, "REQUESTED", "转人工"))
	b := e.as(desk.Admin)
	for _, span := range []string{"from=9999-12-31&to=9999-12-31", "from=0001-01-01&to=0001-01-02", "to=1999-12-31"} {
		b.refused("GET", "/conversations/"+id+"/ledger?"+span, nil, 422, "INVALID")
		b.refused("GET", "/reports/summary?"+span, nil, 422, "INVALID")
	}
}
