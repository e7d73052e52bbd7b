package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	goleak.VerifyTestMain(m)
}

// event is one server-sent event as a browser reads it.
type event struct{ id, kind, data string }

// listen opens the stream; events arrive on the channel until the stream ends.
func (b *browser) listen(lastID string) (<-chan event, func()) {
	b.e.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.e.server.URL+"/api/v1/events", nil)
	if err != nil {
		b.e.t.Fatal(err)
	}
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := (&http.Client{Jar: b.http.Jar}).Do(req)
	if err != nil {
		b.e.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		b.e.t.Fatalf("stream: %d %v", res.StatusCode, res.Header)
	}
	out := make(chan event, 2000)
	go func() {
		defer close(out)
		defer func() { _ = res.Body.Close() }()
		var ev event
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				ev.id = value
			case "event":
				ev.kind = value
			case "data":
				ev.data = value
			case "":
				if ev.kind != "" {
					out <- ev
				}
				ev = event{}
			}
		}
	}()
	return out, func() {
		cancel()
		for range out { //nolint:revive // wait for the reader's end
		}
	}
}

// next is the next event of a kind.
func next(t *testing.T, events <-chan event, kind string) event {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case ev, ok := <-events:
			if !ok {
				t.Fatalf("the stream ended before a %s", kind)
			}
			if ev.kind == kind {
				return ev
			}
		case <-limit:
			t.Fatalf("no %s in time", kind)
		}
	}
}

func TestEventsArriveLive(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	id := e.conversation("o1", true, "normal", "转人工")
	events, stop := b.listen("")
	defer stop()
	// The stream is open when its headers are: what happens now must arrive.
	b.call("POST", "/conversations/"+str(id)+"/note", console.NoteInput{Text: "看看"}, 200, nil)
	e.wake <- ""
	ev := next(t, events, "note")
	var data console.Event
	if err := json.Unmarshal([]byte(ev.data), &data); err != nil {
		t.Fatal(err)
	}
	if data.SubjectID != str(id) || ev.id == "" || str(int64(data.ID)) != ev.id || data.Type != "note" || data.At.IsZero() {
		t.Errorf("event %+v %+v", ev, data)
	}
	if strings.Contains(ev.data, "看看") {
		t.Error("an event carries text")
	}
	b.call("POST", "/conversations/"+str(id)+"/claim", nil, 200, nil)
	next(t, events, "status") // found by the clock, without a wake-up
}

func TestEventsReplay(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	id := e.conversation("o1", true, "normal", "转人工")
	note := func() {
		t.Helper()
		b.call("POST", "/conversations/"+str(id)+"/note", console.NoteInput{Text: "x"}, 200, nil)
	}
	ids := func() (out []string) {
		t.Helper()
		all, err := e.store.EventsAfter(context.Background(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range all {
			out = append(out, str(ev.ID))
		}
		return out
	}
	note() // long ago
	e.clock.add(10 * time.Minute)
	note() // seen, within the minute
	e.clock.add(30 * time.Second)
	note() // seen last
	e.clock.add(time.Second)
	note() // missed
	all := ids()
	events, stop := b.listen(all[2])
	defer stop()
	var got []string
	for range 3 {
		got = append(got, next(t, events, "note").id)
	}
	if !slices.Equal(got, all[1:]) {
		t.Errorf("replayed %v, want %v: from a minute before the last one seen", got, all[1:])
	}
	e.problem(b.do("GET", "/events", nil, "Last-Event-ID", "x"), 400, "BAD_REQUEST")
	e.problem(e.browser().do("GET", "/events", nil), 401, "NOT_SIGNED_IN")
}

func TestEventsResetAfterTooMuch(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	for range 1002 {
		e.exec(`INSERT INTO events (id, type, subject_id, at) VALUES (?, 'message', 1, ?)`, e.store.NewID(), e.clock.now().UnixMilli())
	}
	events, stop := b.listen("1")
	defer stop()
	if ev := <-events; ev.kind != "reset" || ev.id != "" {
		t.Errorf("first event %+v, want a reset without an id", ev)
	}
}

// A browser that does not read is sent away and does not hold the others up.
func TestSlowClientIsDropped(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.server.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := (&http.Client{Jar: b.http.Jar}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Body.Close() }()
	fast, stop := b.listen("")
	defer stop()
	seen := make(chan int, 1)
	go func() {
		n := 0
		for ev := range fast {
			if n++; ev.data != "" && strings.Contains(ev.data, `"version":2000`) {
				break
			}
		}
		seen <- n
	}()
	pad := strings.Repeat("x", 4000) // fills the sockets of whoever does not read
	for i := range 20 {
		for j := range 100 {
			e.exec(`INSERT INTO events (id, type, subject_id, version, data, at) VALUES (?, 'message', 1, ?, ?, ?)`,
				e.store.NewID(), i*100+j+1, `{"pad":"`+pad+`"}`, e.clock.now().UnixMilli())
		}
		select {
		case e.wake <- "":
		default:
		}
		time.Sleep(20 * time.Millisecond)
	}
	select {
	case n := <-seen:
		if n < 2000 {
			t.Errorf("the quick browser saw %d of 2000 events", n)
		}
	case <-time.After(time.Minute):
		t.Fatal("a slow browser holds the others up")
	}
}
