package wechatsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// event is what an open phone page is told.
type event struct {
	Type    string   `json:"type"` // message typing state
	OpenID  string   `json:"openid,omitempty"`
	Message *Message `json:"message,omitempty"`
	Unread  int      `json:"unread"`
	On      bool     `json:"on,omitempty"`
}

// hub fans events out to pages. A page too slow to follow is cut off; it loads
// everything again when it reconnects.
type hub struct {
	mu     sync.Mutex
	pages  map[chan event]bool
	closed bool
}

const (
	hubBuffer = 64
	hubPages  = 64
)

func newHub() *hub { return &hub{pages: map[chan event]bool{}} }

func (h *hub) send(e event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.pages {
		select {
		case ch <- e:
		default:
			delete(h.pages, ch)
			close(ch)
		}
	}
}

// join is nil when the hub is closed or full.
func (h *hub) join() chan event {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.pages) >= hubPages {
		return nil
	}
	ch := make(chan event, hubBuffer)
	h.pages[ch] = true
	return ch
}

func (h *hub) leave(ch chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages[ch] {
		delete(h.pages, ch)
		close(ch)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for ch := range h.pages {
		delete(h.pages, ch)
		close(ch)
	}
}

// stream serves the events of the phone page (server-sent events).
func (p *Platform) stream(w http.ResponseWriter, r *http.Request) {
	ch := p.hub.join()
	if ch == nil {
		http.Error(w, "连接过多，请稍后刷新", http.StatusServiceUnavailable)
		return
	}
	defer p.hub.leave(ch)
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // not supported everywhere
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	fmt.Fprint(w, "retry: 1000\n: hello\n\n")
	_ = rc.Flush()
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			fmt.Fprint(w, ": beat\n\n")
		case e, ok := <-ch:
			if !ok {
				return
			}
			raw, err := json.Marshal(e)
			if err != nil {
				return
			}
			fmt.Fprintf(w, "data: %s\n\n", raw)
		}
		if err := rc.Flush(); err != nil {
			return
		}
	}
}
