package wechatsim

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Injection makes an API call fail or be slow.
type Injection struct {
	// API is a path without /cgi-bin/, such as message/custom/send; "*" is any.
	API     string `json:"api"`
	ErrCode int    `json:"errcode,omitempty"` // 0: no error
	ErrMsg  string `json:"errmsg,omitempty"`
	DelayMS int64  `json:"delay_ms,omitempty"`
	Drop    bool   `json:"drop,omitempty"`  // close the connection without an answer
	Times   int    `json:"times,omitempty"` // 0: until cleared
}

// Inject adds an injection; later ones of the same API come after it.
func (p *Platform) Inject(in Injection) {
	p.mu.Lock()
	p.injections = append(p.injections, in)
	p.mu.Unlock()
	p.hub.send(event{Type: "state"})
}

// ClearInjections removes all of them.
func (p *Platform) ClearInjections() {
	p.mu.Lock()
	p.injections = nil
	p.mu.Unlock()
	p.hub.send(event{Type: "state"})
}

// injected is the injection that hits this call, counted off.
func (p *Platform) injected(api string) (Injection, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.injections, func(in Injection) bool { return in.API == api || in.API == "*" })
	if i < 0 {
		return Injection{}, false
	}
	in := p.injections[i]
	switch in.Times {
	case 0:
	case 1:
		p.injections = slices.Delete(p.injections, i, i+1)
	default:
		p.injections[i].Times--
	}
	return in, true
}

// suffer applies an injection; true means that the call is answered.
func suffer(w http.ResponseWriter, r *http.Request, in Injection) bool {
	if in.DelayMS > 0 && !pause(r.Context(), time.Duration(in.DelayMS)*time.Millisecond) {
		return true
	}
	if in.Drop {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	if in.ErrCode != 0 {
		refuse(w, in.ErrCode, in.ErrMsg)
		return true
	}
	return false
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
