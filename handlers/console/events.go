package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/bot"
	"daozhang/bot/desk"
)

const (
	pingEvery = 20 * time.Second
	// writeWait is how long a browser may take to read one event.
	writeWait = 10 * time.Second
	// replayLimit bounds a replay; who missed more loads everything again.
	replayLimit = 1000
	// sessionCheck is how often an open stream asks whether its user may still
	// listen.
	sessionCheck = time.Minute
)

// events streams what changed. It begins with what the browser missed.
func (s *server) events(c *gin.Context) {
	p, refusal, err := s.authenticate(c.Request, c.ClientIP())
	if err == nil && refusal == nil {
		refusal = s.authorise(c.Request, p, route{permission: desk.ReadConversations})
	}
	if err != nil || refusal != nil {
		s.refuse(c, refusal, err)
		return
	}
	after, ok := lastEventID(c.Request)
	if !ok {
		s.refuse(c, problem(http.StatusBadRequest, codeBadRequest, "Last-Event-ID 应为数字。"), nil)
		return
	}
	me, ok := s.hub.join() // before the replay, so that nothing falls in between
	if !ok {
		s.refuse(c, problem(http.StatusServiceUnavailable, codeBusy, "实时连接太多，请稍后刷新。"), nil)
		return
	}
	defer s.hub.leave(me)
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	w := &stream{w: c.Writer, control: http.NewResponseController(c.Writer)}
	c.Writer.WriteHeader(http.StatusOK)
	if err := w.text("retry: 3000\n\n"); err != nil {
		return
	}
	if after > 0 && s.replay(c, w, after) != nil {
		return
	}
	s.follow(c, w, me, p)
}

// lastEventID is where the browser left off; 0 = a fresh start.
func lastEventID(r *http.Request) (int64, bool) {
	v := r.Header.Get("Last-Event-ID")
	if v == "" {
		v = r.URL.Query().Get("last_event_id")
	}
	if v == "" {
		return 0, true
	}
	id, err := strconv.ParseInt(v, 10, 64)
	return id, err == nil && id >= 0
}

// replay sends what was missed, from a minute earlier on.
func (s *server) replay(c *gin.Context, w *stream, after int64) error {
	events, err := s.Store.EventsAfter(c.Request.Context(), after, replayLimit+1)
	if err != nil {
		s.log.ErrorContext(c.Request.Context(), "replay events", slog.Any("error", err))
		return w.plain("reset", s.now())
	}
	later := 0
	for _, e := range events {
		if e.ID > after {
			later++
		}
	}
	if later > replayLimit {
		return w.plain("reset", s.now())
	}
	for _, e := range events {
		if err := w.event(e); err != nil {
			return err
		}
	}
	return nil
}

// follow sends what happens until the browser goes, the hub gives it up, or
// the session ends.
func (s *server) follow(c *gin.Context, w *stream, me *client, p principal) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	check := time.NewTicker(sessionCheck)
	defer check.Stop()
	for {
		var err error
		select {
		case <-c.Request.Context().Done():
			return
		case e, ok := <-me.events:
			if !ok {
				return
			}
			err = w.event(e)
		case <-ping.C:
			err = w.plain("ping", s.now())
		case <-check.C:
			now, refusal, authErr := s.authenticate(c.Request, p.client)
			if authErr == nil && (refusal != nil || !now.can(desk.ReadConversations)) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// stream writes server-sent events with a deadline each.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s *stream) event(e bot.Event) error {
	data := e.Data
	if len(data) == 0 {
		data = json.RawMessage("{}")
	}
	b, err := json.Marshal(Event{ID: ID(e.ID), Type: e.Type, SubjectID: itoa(e.SubjectID), Version: e.Version, Data: data, At: e.At.In(zone)})
	if err != nil {
		return fmt.Errorf("encode event %d: %w", e.ID, err)
	}
	return s.text(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Type, b))
}

// plain is an event without an id: it does not move the browser's place.
func (s *stream) plain(kind string, at time.Time) error {
	return s.text(fmt.Sprintf("event: %s\ndata: {\"type\":%q,\"subject_id\":\"0\",\"at\":%q}\n\n", kind, kind, at.In(zone).Format(time.RFC3339)))
}

func (s *stream) text(t string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(writeWait)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("write deadline: %w", err)
	}
	if _, err := s.w.Write([]byte(t)); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if err := s.control.Flush(); err != nil {
		return fmt.Errorf("flush event: %w", err)
	}
	return nil
}
