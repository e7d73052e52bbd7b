package wechatsim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// apiCall is an API behind the access token; it answers with a JSON object or
// an errcode.
type apiCall func(r *http.Request) (answer any, errcode int, errmsg string)

// cgi serves /cgi-bin/….
func (p *Platform) cgi() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /cgi-bin/stable_token", p.counted(p.stableToken))
	m.HandleFunc("GET /cgi-bin/token", p.counted(p.plainToken))
	m.HandleFunc("GET /cgi-bin/showqrcode", p.ticketPicture)
	m.HandleFunc("GET /cgi-bin/media/get", p.counted(p.mediaGet))
	for path, call := range map[string]apiCall{
		"POST message/custom/send":    p.customSend,
		"POST message/custom/typing":  p.typing,
		"POST message/template/send":  p.templateSend,
		"POST media/upload":           p.mediaUpload,
		"GET user/info":               p.userInfo,
		"POST qrcode/create":          p.qrCreate,
		"POST menu/create":            p.menuCreate,
		"GET menu/get":                p.menuGet,
		"POST menu/get":               p.menuGet,
		"GET get_api_domain_ip":       p.domainIP,
		"GET customservice/getkflist": p.kfList,
	} {
		method, api, _ := strings.Cut(path, " ")
		m.HandleFunc(method+" /cgi-bin/"+api, p.counted(p.behindToken(call)))
	}
	return m
}

// counted counts a call and applies injections.
func (p *Platform) counted(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		api := strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
		p.mu.Lock()
		p.calls[api]++
		p.mu.Unlock()
		if in, ok := p.injected(api); ok && suffer(w, r, in) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, mediaMax+1<<20)
		next(w, r)
	}
}

func (p *Platform) behindToken(call apiCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if code := p.checkToken(r); code != 0 {
			refuse(w, code, "")
			return
		}
		answer, code, msg := call(r)
		if code != 0 {
			refuse(w, code, msg)
			return
		}
		if answer == nil {
			answer = map[string]any{"errcode": 0, "errmsg": "ok"}
		}
		writeJSON(w, answer)
	}
}

// words of errcodes; "hint" stands for the platform's request id.
func words(code int) string {
	switch code {
	case 40001:
		return "invalid credential, access_token is invalid or not latest"
	case 40003:
		return "invalid openid"
	case 40007:
		return "invalid media_id"
	case 40013:
		return "invalid appid"
	case 40125:
		return "invalid appsecret"
	case 40200:
		return "invalid account type"
	case 41001:
		return "access_token missing"
	case 42001:
		return "access_token expired"
	case 43004:
		return "require subscribe"
	case 45002:
		return "content size out of limit"
	case 45015:
		return "response out of time limit or subscription is canceled"
	case 45047:
		return "out of response count limit"
	case 45080:
		return "client msg sending not allowed"
	case 45081:
		return "typing already sent"
	case 47001:
		return "data format error"
	case 47003:
		return "argument invalid!"
	case 48001:
		return "api unauthorized"
	case 65401:
		return "invalid kf_account"
	}
	return "system error"
}

func refuse(w http.ResponseWriter, code int, msg string) {
	if msg == "" {
		msg = words(code)
	}
	writeJSON(w, map[string]any{"errcode": code, "errmsg": msg + " rid: " + randomHex(8)})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the caller has gone
}

// tokens are the access tokens given out.
type tokens struct {
	stable  string
	until   time.Time
	plain   string
	valid   map[string]time.Time // end of life
	forced  time.Time
	expires time.Duration // of new ones; 0 is two hours
}

const tokenLife = 2 * time.Hour

// SetTokenLife changes how long new tokens live.
func (p *Platform) SetTokenLife(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens.expires = d
}

// RevokeTokens makes every token given out invalid (40001), as a reset of the
// secret does.
func (p *Platform) RevokeTokens() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens = tokens{expires: p.tokens.expires}
}

// issue makes a token. p.mu is held.
func (p *Platform) issue(prefix string) (string, time.Duration) {
	life := p.tokens.expires
	if life <= 0 {
		life = tokenLife
	}
	if p.tokens.valid == nil {
		p.tokens.valid = map[string]time.Time{}
	}
	t := prefix + randomHex(32)
	p.tokens.valid[t] = p.now().Add(life)
	return t, life
}

func (p *Platform) credentials(w http.ResponseWriter, appID, secret string) bool {
	switch {
	case appID != p.opt.AppID:
		refuse(w, 40013, "")
	case secret != p.opt.AppSecret:
		refuse(w, 40125, "")
	default:
		return true
	}
	return false
}

// stableToken gives the same token until five minutes before its end, a new
// one when forced (at most every 30 s).
func (p *Platform) stableToken(w http.ResponseWriter, r *http.Request) {
	var req struct {
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		refuse(w, 47001, "")
		return
	}
	if !p.credentials(w, req.AppID, req.Secret) {
		return
	}
	p.mu.Lock()
	now := p.now()
	if req.Force && now.Sub(p.tokens.forced) < 30*time.Second {
		p.mu.Unlock()
		refuse(w, 45011, "api minute-quota reach limit")
		return
	}
	if req.Force {
		p.tokens.forced = now
		delete(p.tokens.valid, p.tokens.stable)
	}
	left := p.tokens.until.Sub(now)
	if req.Force || p.tokens.stable == "" || left <= min(5*time.Minute, p.tokens.expires/2) || left <= 0 {
		var life time.Duration
		p.tokens.stable, life = p.issue("stable_")
		p.tokens.until = now.Add(life)
		left = life
	}
	token := p.tokens.stable
	p.mu.Unlock()
	writeJSON(w, map[string]any{"access_token": token, "expires_in": int64(left / time.Second)})
}

// plainToken gives a new token and ends the one before it.
func (p *Platform) plainToken(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !p.credentials(w, q.Get("appid"), q.Get("secret")) {
		return
	}
	p.mu.Lock()
	delete(p.tokens.valid, p.tokens.plain)
	token, life := p.issue("plain_")
	p.tokens.plain = token
	p.mu.Unlock()
	writeJSON(w, map[string]any{"access_token": token, "expires_in": int64(life / time.Second)})
}

// checkToken is 0, 41001, 40001 or 42001.
func (p *Platform) checkToken(r *http.Request) int {
	token := r.URL.Query().Get("access_token")
	if token == "" {
		return 41001
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.tokens.valid[token]
	switch {
	case !ok:
		return 40001
	case !p.now().Before(until):
		return 42001
	}
	return 0
}
