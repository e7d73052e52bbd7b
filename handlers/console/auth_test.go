package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.user("li", desk.Agent)
	b := e.browser()
	b.refused("GET", "/auth/me", nil, 401, "NOT_SIGNED_IN")
	wrong := b.refused("POST", "/auth/login", console.LoginInput{Name: "li", Password: "wrong"}, 401, "LOGIN_FAILED")
	unknown := b.refused("POST", "/auth/login", console.LoginInput{Name: "nobody", Password: "wrong"}, 401, "LOGIN_FAILED")
	if wrong.Detail != unknown.Detail {
		t.Error("the answer tells which names exist")
	}
	r := b.do("POST", "/auth/login", console.LoginInput{Name: " LI ", Password: testPassword})
	cookie := r.header.Get("Set-Cookie")
	for _, want := range []string{"daozhang_session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Error("Secure on plain http would lose the cookie")
	}
	var s console.Session
	b.call("GET", "/auth/me", nil, 200, &s)
	if s.User.Name != "li" || s.CSRF == "" || len(s.Permissions) == 0 || s.Settings.Now.IsZero() {
		t.Errorf("session %+v", s)
	}
	e.audited("auth.login", "user:li")
	e.audited("auth.login_failed", "user:li")
}

func TestSecureCookie(t *testing.T) {
	t.Parallel()
	e := newEnv(t, func(d *console.Deps) { d.Secure = true })
	e.user("li", desk.Agent)
	r := e.browser().do("POST", "/auth/login", console.LoginInput{Name: "li", Password: testPassword})
	if !strings.Contains(r.header.Get("Set-Cookie"), "Secure") {
		t.Error("the cookie is not Secure")
	}
}

func TestLoginLocksTheAccount(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.user("li", desk.Agent)
	b := e.browser()
	in := console.LoginInput{Name: "li", Password: "wrong"}
	for range 4 {
		b.refused("POST", "/auth/login", in, 401, "LOGIN_FAILED")
	}
	b.refused("POST", "/auth/login", in, 429, "LOGIN_LOCKED")
	r := b.do("POST", "/auth/login", console.LoginInput{Name: "li", Password: testPassword})
	e.problem(r, 429, "LOGIN_LOCKED")
	if r.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	e.clock.add(time.Minute + time.Second)
	e.login("li")
	u, err := e.store.UserByName(context.Background(), "li")
	if err != nil || u.FailedLogins != 0 {
		t.Errorf("after a right password: %d wrong ones, %v", u.FailedLogins, err)
	}
}

func TestLoginLimitsTheAddress(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.browser()
	for i := range 20 {
		b.refused("POST", "/auth/login", console.LoginInput{Name: "x" + str(int64(i)), Password: "y"}, 401, "LOGIN_FAILED")
	}
	b.refused("POST", "/auth/login", console.LoginInput{Name: "x", Password: "y"}, 429, "LOGIN_LOCKED")
	e.clock.add(5 * time.Minute)
	b.refused("POST", "/auth/login", console.LoginInput{Name: "x", Password: "y"}, 401, "LOGIN_FAILED")
}

// The lock-out must not tell which names exist.
func TestLoginLocksUnknownNamesAlike(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.user("li", desk.Agent)
	b := e.browser()
	for _, name := range []string{"li", "nobody"} {
		for i := range 7 {
			status, code := 401, "LOGIN_FAILED"
			if i >= 4 {
				status, code = 429, "LOGIN_LOCKED"
			}
			p := b.refused("POST", "/auth/login", console.LoginInput{Name: name, Password: "wrong wrong wrong"}, status, code)
			if i >= 4 && p.Detail != "密码错误次数过多，账号已临时锁定，请 1 分钟后再试。" {
				t.Errorf("%s: %s", name, p.Detail)
			}
		}
	}
}

func TestCSRF(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	body := console.PresenceInput{Presence: "online"}
	b.call("POST", "/auth/presence", body, 204, nil)
	for name, headers := range map[string][]string{
		"wrong token":    {"X-CSRF-Token", "x"},
		"no token":       {"X-CSRF-Token", ""},
		"foreign site":   {"Sec-Fetch-Site", "cross-site"},
		"foreign origin": {"Origin", "https://evil.example"},
	} {
		t.Run(name, func(*testing.T) {
			e.problem(b.do("POST", "/auth/presence", body, headers...), 403, "CSRF")
		})
	}
	e.problem(e.browser().do("POST", "/auth/login", console.LoginInput{Name: "a", Password: "b"}, "Origin", "https://evil.example"), 403, "CSRF")
	if r := b.do("POST", "/auth/presence", body, "Origin", e.server.URL); r.status != 204 {
		t.Errorf("own origin: %d %s", r.status, r.body)
	}
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	u := e.user("li", desk.Agent)
	t.Run("sign out", func(*testing.T) {
		b := e.login("li")
		b.call("POST", "/auth/logout", nil, 204, nil)
		b.refused("GET", "/auth/me", nil, 401, "NOT_SIGNED_IN")
	})
	t.Run("disabled", func(*testing.T) {
		b := e.signIn("li")
		admin := e.as(desk.Admin)
		admin.call("PUT", "/users/"+str(u.ID), console.UserUpdate{DisplayName: "小李", Role: "agent", Disabled: true}, 200, nil)
		b.refused("GET", "/auth/me", nil, 401, "NOT_SIGNED_IN")
		e.browser().refused("POST", "/auth/login", console.LoginInput{Name: "li", Password: testPassword}, 401, "LOGIN_FAILED")
		admin.call("PUT", "/users/"+str(u.ID), console.UserUpdate{DisplayName: "小李", Role: "agent"}, 200, nil)
	})
	t.Run("idle", func(*testing.T) {
		b := e.signIn("li")
		e.clock.add(desk.SessionIdle - time.Minute)
		b.call("GET", "/auth/me", nil, 200, nil) // touches
		e.clock.add(desk.SessionIdle - time.Minute)
		b.call("GET", "/auth/me", nil, 200, nil)
		e.clock.add(desk.SessionIdle)
		b.refused("GET", "/auth/me", nil, 401, "NOT_SIGNED_IN")
	})
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.user("li", desk.Agent)
	b, other := e.signIn("li"), e.signIn("li")
	for name, tt := range map[string]struct {
		old, new string
		status   int
		code     string
	}{
		"wrong old": {"nope", "another good secret", 401, "LOGIN_FAILED"},
		"short":     {testPassword, "short", 422, "PASSWORD_WEAK"},
		"same":      {testPassword, testPassword, 422, "PASSWORD_WEAK"},
		"run":       {testPassword, "12345678901234", 422, "PASSWORD_WEAK"},
	} {
		t.Run(name, func(*testing.T) {
			b.refused("POST", "/auth/password", console.PasswordInput{OldPassword: tt.old, NewPassword: tt.new}, tt.status, tt.code)
		})
	}
	b.call("POST", "/auth/password", console.PasswordInput{OldPassword: testPassword, NewPassword: "another good secret"}, 204, nil)
	b.call("GET", "/auth/me", nil, 200, nil)
	other.refused("GET", "/auth/me", nil, 401, "NOT_SIGNED_IN")
}

func TestOneTimePasswordMustBeChanged(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.as(desk.Admin)
	var made console.UserSecret
	admin.call("POST", "/users", console.UserCreate{Name: "wang", DisplayName: "小王", Role: "agent"}, 200, &made)
	if len(made.Password) != 23 || !made.User.MustChange {
		t.Fatalf("made %+v", made)
	}
	b := e.browser()
	var s console.Session
	b.call("POST", "/auth/login", console.LoginInput{Name: "wang", Password: made.Password}, 200, &s)
	b.csrf = s.CSRF
	b.refused("GET", "/conversations", nil, 403, "PASSWORD_CHANGE_REQUIRED")
	b.call("POST", "/auth/password", console.PasswordInput{OldPassword: made.Password, NewPassword: "my own good secret"}, 204, nil)
	b.call("GET", "/conversations", nil, 200, nil)
}

func TestSetup(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ctx := context.Background()
	old, err := e.console.FirstStart(ctx, "")
	if err != nil || old == "" {
		t.Fatalf("set-up link %q, %v", old, err)
	}
	token, err := e.console.FirstStart(ctx, "") // the second start: only its link works
	if err != nil {
		t.Fatal(err)
	}
	b := e.browser()
	var st console.AuthState
	b.call("GET", "/auth/state", nil, 200, &st)
	if !st.SetupNeeded {
		t.Error("set-up is needed")
	}
	b.refused("POST", "/auth/setup", console.SetupInput{Token: token, Password: "short"}, 422, "PASSWORD_WEAK")
	b.refused("POST", "/auth/setup", console.SetupInput{Token: old, Password: testPassword}, 410, "SETUP_EXPIRED")
	var s console.Session
	b.call("POST", "/auth/setup", console.SetupInput{Token: token, Password: testPassword}, 200, &s)
	if s.User.Role != "admin" || s.User.Name != "admin" {
		t.Errorf("session %+v", s)
	}
	b.refused("POST", "/auth/setup", console.SetupInput{Token: token, Password: testPassword}, 409, "SETUP_DONE")
	if again, err := e.console.FirstStart(ctx, "x"); again != "" || err != nil {
		t.Errorf("a third start: %q, %v", again, err)
	}
}

func TestSetupLinkExpires(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	token, err := e.console.FirstStart(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	e.clock.add(desk.SetupTTL + time.Second)
	e.browser().refused("POST", "/auth/setup", console.SetupInput{Token: token, Password: testPassword}, 410, "SETUP_EXPIRED")
}

func TestFirstStartWithPassword(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	if token, err := e.console.FirstStart(context.Background(), testPassword); err != nil || token != "" {
		t.Fatalf("%q, %v", token, err)
	}
	e.login("admin")
}

// Two replicas that start at once on an empty database both come up.
func TestFirstStartOfTwoReplicas(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := e.console.FirstStart(context.Background(), testPassword)
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	e.login("admin")
}

// Every route asks for its permission: an auditor changes nothing, an agent
// administers nothing, nobody signed out gets anywhere.
func TestRoles(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := str(e.conversation("o1", true, "normal", "转人工"))
	agent, auditor, nobody := e.as(desk.Agent), e.as(desk.Auditor), e.browser()
	channel := console.ChannelInput{Kind: "phone", Value: "95516", Label: "银联", Source: "官网"}
	for _, tt := range []struct {
		method, path string
		body         any
		agent        int // 0 = allowed
		auditor      int
	}{
		{"GET", "/conversations", nil, 0, 0},
		{"GET", "/conversations/" + id, nil, 0, 0},
		{"GET", "/conversations/" + id + "/ledger", nil, 0, 0},
		{"POST", "/conversations/" + id + "/claim", nil, 0, 403},
		{"POST", "/conversations/" + id + "/reply", console.ReplyInput{Text: "您好"}, 0, 403},
		{"POST", "/conversations/" + id + "/note", console.NoteInput{Text: "记"}, 0, 403},
		{"POST", "/conversations/" + id + "/read", nil, 0, 403},
		{"GET", "/merchants", nil, 0, 403},
		{"POST", "/scenes", console.SceneInput{MerchantNo: "8221"}, 0, 403},
		{"GET", "/articles", nil, 0, 0},
		{"POST", "/articles/x/publish", console.PublishInput{}, 403, 403},
		{"POST", "/articles/x/archive", console.PublishInput{}, 403, 403},
		{"POST", "/channels", channel, 403, 403},
		{"POST", "/macros", console.MacroInput{Title: "a", Text: "b"}, 403, 403},
		{"GET", "/users", nil, 403, 403},
		{"POST", "/users", console.UserCreate{Name: "hacker", DisplayName: "x", Role: "admin"}, 403, 403},
		{"GET", "/audit", nil, 403, 0},
		{"GET", "/reports/summary", nil, 403, 0},
		{"GET", "/dead-letters", nil, 403, 403},
		{"GET", "/tokens", nil, 403, 403},
		{"POST", "/tokens", console.TokenInput{Name: "x", Scopes: []string{"ledger:write"}}, 403, 403},
		{"POST", "/ledger/transactions", map[string]any{"rows": []any{}}, 403, 403},
	} {
		for who, want := range map[*browser]int{agent: tt.agent, auditor: tt.auditor, nobody: 401} {
			r := who.do(tt.method, tt.path, tt.body)
			if want == 0 && r.status >= http.StatusBadRequest || want != 0 && r.status != want {
				t.Errorf("%s %s: %d %s, want %d", tt.method, tt.path, r.status, r.body, want)
			}
		}
	}
}

func TestSecurityHeadersAndLimits(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	for _, path := range []string{"/api/v1/auth/me", "/api/docs", "/api/nothing", "//"} {
		h := b.do("GET", path, nil).header
		if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	if h := b.do("GET", "/auth/me", nil).header; h.Get("Cache-Control") != "no-store" {
		t.Error("an answer may be cached")
	}
	b.refused("POST", "/auth/presence", []byte(`{"presence":"`+strings.Repeat("x", 70<<10)+`"}`), 413, "BODY_TOO_LARGE")
	b.refused("POST", "/auth/presence", []byte(`{"presence":`), 400, "BAD_REQUEST")
	p := b.refused("POST", "/auth/presence", []byte(`{"presence":"gone","more":1}`), 422, "INVALID")
	if len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, "body") {
		t.Errorf("fields %+v", p.Errors)
	}
	b.refused("GET", "/conversations?cursor=%25%25", nil, 400, "BAD_CURSOR")
	b.refused("GET", "/conversations?limit=9999", nil, 422, "INVALID")
	b.refused("GET", "/conversations/abc", nil, 422, "INVALID")
	b.refused("GET", "/api/v1/nothing", nil, 404, "NOT_FOUND")
}
