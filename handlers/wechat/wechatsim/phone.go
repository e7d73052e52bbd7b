package wechatsim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

// phoneRoutes is the JSON API of the phone page below /simulator/api.
func (p *Platform) phoneRoutes(m *http.ServeMux) {
	const api = "/simulator/api/"
	m.HandleFunc("GET "+api+"state", p.state)
	m.HandleFunc("GET "+api+"events", p.stream)
	m.HandleFunc("GET "+api+"followers/{openid}/messages", p.messages)
	m.HandleFunc("GET "+mediaPath+"{id}", p.medium)
	do := func(path string, act func(openID string, b action) error) {
		m.HandleFunc("POST "+api+"followers/{openid}/"+path, p.sameSite(func(w http.ResponseWriter, r *http.Request) {
			var b action
			if !readJSON(w, r, &b) {
				return
			}
			answer(w, act(r.PathValue("openid"), b))
		}))
	}
	do("text", func(o string, b action) error { return p.Say(o, b.Text) })
	do("tap", func(o string, b action) error { return p.Tap(o, b.Text, b.ID) })
	do("menu", func(o string, b action) error { return p.Click(o, b.Key) })
	do("voice", func(o string, b action) error { return p.Voice(o, b.Text, b.Seconds) })
	do("follow", func(o string, b action) error { return p.Follow(o, b.Scene) })
	do("unfollow", func(o string, _ action) error { return p.Unfollow(o) })
	do("scan", func(o string, b action) error { return p.Scan(o, b.Scene) })
	do("read", func(o string, _ action) error { return p.read(o) })
	m.HandleFunc("POST "+api+"followers/{openid}/image", p.sameSite(p.upload))
	m.HandleFunc("POST "+api+"switches", p.sameSite(p.switches))
	m.HandleFunc("POST "+api+"injections", p.sameSite(p.addInjection))
	m.HandleFunc("DELETE "+api+"injections", p.sameSite(func(w http.ResponseWriter, _ *http.Request) {
		p.ClearInjections()
		answer(w, nil)
	}))
}

// action is the body of what a user does.
type action struct {
	Text    string `json:"text"`
	ID      string `json:"id"`
	Key     string `json:"key"`
	Scene   string `json:"scene"`
	Seconds int    `json:"seconds"`
}

// sameSite refuses requests that another site's page makes.
func (p *Platform) sameSite(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if o := r.Header.Get("Origin"); o != "" {
			if u, err := url.Parse(o); err != nil || u.Host != r.Host {
				fail(w, http.StatusForbidden, "只接受本页面的操作")
				return
			}
		}
		next(w, r)
	}
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(into)
	if err != nil && !errors.Is(err, io.EOF) {
		fail(w, http.StatusBadRequest, "请求格式不正确")
		return false
	}
	return true
}

func answer(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		writeJSON(w, map[string]bool{"ok": true})
	case errors.Is(err, ErrNoFollower):
		fail(w, http.StatusNotFound, err.Error())
	default:
		fail(w, http.StatusConflict, err.Error())
	}
}

func fail(w http.ResponseWriter, status int, msg string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": msg}) // the caller has gone
}

// person is a follower as the phone page lists them.
type person struct {
	OpenID     string         `json:"openid"`
	Nickname   string         `json:"nickname"`
	Shop       string         `json:"shop"`
	Subscribed bool           `json:"subscribed"`
	Unread     int            `json:"unread"`
	Typing     bool           `json:"typing"`
	Last       *Message       `json:"last,omitempty"`
	Examples   []string       `json:"examples"`
	Quota      map[string]int `json:"quota"`
}

// state is everything the page needs to begin.
func (p *Platform) state(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	now := p.now()
	people := make([]person, 0, len(p.order))
	for _, id := range p.order {
		f := p.followers[id]
		x := person{
			OpenID: id, Nickname: f.Nickname, Shop: f.Shop, Subscribed: f.subscribed, Unread: f.unread,
			Typing: now.Before(f.typingUntil), Examples: f.Examples, Quota: map[string]int{},
		}
		if x.Examples == nil {
			x.Examples = p.opt.Examples
		}
		if n := len(f.chat); n > 0 {
			m := f.chat[n-1]
			x.Last = &m
		}
		for k, q := range f.quota {
			if now.Before(q.until) {
				x.Quota[k] = q.left
			}
		}
		people = append(people, x)
	}
	s := map[string]any{
		"name": p.opt.Name, "app_id": p.opt.AppID, "verified": p.verified, "safe": p.safe,
		"menu": p.menu, "followers": people, "injections": p.injections, "now": now.UnixMilli(),
	}
	p.mu.Unlock()
	writeJSON(w, s)
}

func (p *Platform) messages(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("openid")
	p.mu.Lock()
	known := p.followers[id] != nil
	p.mu.Unlock()
	if !known {
		fail(w, http.StatusNotFound, ErrNoFollower.Error())
		return
	}
	list := p.Messages(id)
	if list == nil {
		list = []Message{}
	}
	writeJSON(w, map[string]any{"messages": list})
}

func (p *Platform) read(openID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.followers[openID]
	if f == nil {
		return ErrNoFollower
	}
	f.unread = 0
	return nil
}

func (p *Platform) upload(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mediaMax+64<<10)
	file, _, err := r.FormFile("file")
	if err != nil {
		fail(w, http.StatusBadRequest, ErrMedia.Error())
		return
	}
	defer file.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(file)
	if err != nil {
		fail(w, http.StatusBadRequest, ErrMedia.Error())
		return
	}
	answer(w, p.Picture(r.PathValue("openid"), data)) //nolint:contextcheck // the push outlives the request
}

func (p *Platform) switches(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Verified *bool `json:"verified"`
		Safe     *bool `json:"safe"`
	}
	if !readJSON(w, r, &b) {
		return
	}
	var err error
	if b.Safe != nil {
		err = p.SetSafe(*b.Safe)
	}
	if b.Verified != nil {
		p.SetVerified(*b.Verified)
	}
	answer(w, err)
}

func (p *Platform) addInjection(w http.ResponseWriter, r *http.Request) {
	var in Injection
	if !readJSON(w, r, &in) {
		return
	}
	if in.API == "" || in.DelayMS < 0 || in.DelayMS > time.Minute.Milliseconds() || in.Times < 0 {
		fail(w, http.StatusBadRequest, "请选择接口；延迟不超过 60000 毫秒")
		return
	}
	p.Inject(in)
	answer(w, nil)
}
