package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"daozhang/bot/desk"
)

// Attempts to sign in: per address and, against a distributed guesser, the
// account's own lock-out (desk.LockFor).
const (
	loginsPerClient = 20
	loginWindow     = 5 * time.Minute
)

func (s *server) authRoutes() {
	const tag = "Signing in"
	handle(s, route{method: http.MethodGet, path: "/api/v1/auth/state", tag: tag, summary: "What a signed-out page shows", public: true}, s.authState)
	handle(s, route{method: http.MethodPost, path: "/api/v1/auth/login", tag: tag, summary: "Sign in", public: true}, s.login)
	handle(s, route{method: http.MethodPost, path: "/api/v1/auth/setup", tag: tag, summary: "Create the first administrator by the one-time link", public: true}, s.setup)
	handle(s, route{method: http.MethodGet, path: "/api/v1/auth/me", tag: tag, summary: "Who is signed in", whileMust: true}, s.me)
	handle(s, route{method: http.MethodPost, path: "/api/v1/auth/logout", tag: tag, summary: "Sign out", whileMust: true, status: http.StatusNoContent}, s.logout)
	handle(s, route{method: http.MethodPost, path: "/api/v1/auth/password", tag: tag, summary: "Change one's own password", whileMust: true, status: http.StatusNoContent}, s.changePassword)
	handle(s, route{method: http.MethodPost, path: "/api/v1/auth/presence", tag: tag, summary: "Say whether one takes cases; repeat every minute", status: http.StatusNoContent}, s.presence)
}

func (s *server) authState(ctx context.Context, _ *struct{}) (*body[AuthState], error) {
	needed, err := s.Store.SetupNeeded(ctx)
	if err != nil {
		return nil, err
	}
	st := AuthState{SetupNeeded: needed}
	if who(ctx).cookie != "" {
		session, user, err := s.Store.Session(ctx, hashToken(who(ctx).cookie))
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			return nil, err
		}
		st.SignedIn = err == nil && session.Live(s.now()) && !user.Disabled
	}
	return answer(st), nil
}

// signedIn is a session with its cookie.
type signedIn struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Session
}

func (s *server) login(ctx context.Context, in *body[LoginInput]) (*signedIn, error) {
	client := who(ctx).client
	name := strings.ToLower(strings.TrimSpace(in.Body.Name))
	ok, retry, err := s.Limiter.Allow(ctx, "login:"+client, loginsPerClient, loginWindow)
	if err != nil {
		// Without the shared counter the lock-out of the account still holds.
		s.log.WarnContext(ctx, "login limiter failed", slog.Any("error", err))
	} else if !ok {
		return nil, tooMany(codeLoginLocked, "登录尝试太频繁", retry)
	}
	u, err := s.Store.UserByName(ctx, name)
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		return nil, err
	}
	if wait := u.LockedUntil.Sub(s.now()); wait > 0 {
		return nil, tooMany(codeLoginLocked, "密码错误次数过多，账号已临时锁定", wait)
	}
	hash := u.PasswordHash
	if u.Disabled {
		hash = "" // never right, and as slow
	}
	right, err := s.hasher.Verify(ctx, hash, in.Body.Password)
	if err != nil {
		return nil, hashError(err)
	}
	if !right {
		return nil, s.loginFailed(ctx, u, name, client)
	}
	return s.startSession(ctx, u, who(ctx).secure, "auth.login")
}

func (s *server) loginFailed(ctx context.Context, u desk.User, name, client string) error {
	a := desk.Audit{Actor: "anonymous", Action: "auth.login_failed", Client: client}
	if u.ID == 0 {
		if err := s.Store.Record(ctx, a); err != nil {
			return err
		}
		// A name that does not exist is locked like one that does: the answer
		// must not tell which names to guess passwords for.
		ok, wait, err := s.Limiter.Allow(ctx, "login_name:"+hashToken(name), desk.FreeFailures, desk.FirstLock)
		if err == nil && !ok {
			return tooMany(codeLoginLocked, "密码错误次数过多，账号已临时锁定", wait)
		}
		return problem(http.StatusUnauthorized, codeLoginFailed, "用户名或密码不对，请重新输入。")
	}
	a.Subject = "user:" + u.Name
	until, err := s.Store.LoginFailed(ctx, u.ID, a)
	if err != nil {
		return err
	}
	if wait := until.Sub(s.now()); wait > 0 {
		return tooMany(codeLoginLocked, "密码错误次数过多，账号已临时锁定", wait)
	}
	return problem(http.StatusUnauthorized, codeLoginFailed, "用户名或密码不对，请重新输入。")
}

func tooMany(code Code, what string, wait time.Duration) *Problem {
	p := problem(http.StatusTooManyRequests, code, "%s，请 %s后再试。", what, chineseWait(wait))
	p.retryAfter = max(wait, time.Second)
	return p
}

func chineseWait(d time.Duration) string {
	if d <= time.Minute {
		return "1 分钟"
	}
	m := int((d + time.Minute - 1) / time.Minute)
	return itoa(int64(m)) + " 分钟"
}

func hashError(err error) error {
	if errors.Is(err, errBusy) {
		p := problem(http.StatusServiceUnavailable, codeBusy, "同时登录的人太多，请几秒后再试。")
		p.retryAfter = 2 * time.Second
		return p
	}
	return err
}

// startSession signs a user in and sets the cookie.
func (s *server) startSession(ctx context.Context, u desk.User, secure bool, action string) (*signedIn, error) {
	now := s.now()
	cookie := randomToken(32)
	session := desk.Session{
		TokenHash: hashToken(cookie), UserID: u.ID, CSRF: randomToken(24), CreatedAt: now, LastSeenAt: now,
		ExpiresAt: now.Add(desk.SessionMax), Client: who(ctx).client,
	}
	a := desk.Audit{Actor: "user:" + u.Name, Action: action, Subject: "user:" + u.Name, Client: session.Client}
	if err := s.Store.StartSession(ctx, session, a); err != nil {
		return nil, err
	}
	return &signedIn{
		SetCookie: s.cookie(cookie, int(desk.SessionMax/time.Second), secure),
		Body:      s.sessionView(u, session.CSRF),
	}, nil
}

func (s *server) cookie(value string, maxAge int, secure bool) http.Cookie {
	return http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true,
		Secure: s.Secure || secure, SameSite: http.SameSiteLaxMode,
	}
}

func (s *server) sessionView(u desk.User, csrf string) Session {
	settings := s.Settings
	settings.Now = s.now().In(zone)
	if settings.Accounts == nil {
		settings.Accounts = []Account{}
	}
	perms := []string{}
	for _, p := range u.Role.Permissions() {
		perms = append(perms, string(p))
	}
	return Session{User: s.userView(u), CSRF: csrf, Permissions: perms, Settings: settings}
}

func (s *server) me(ctx context.Context, _ *struct{}) (*body[Session], error) {
	p := who(ctx)
	return answer(s.sessionView(p.user, p.session.CSRF)), nil
}

type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *server) logout(ctx context.Context, _ *struct{}) (*signedOut, error) {
	p := who(ctx)
	if err := s.Store.EndSession(ctx, p.session.TokenHash, audit(ctx, "auth.logout", "user:"+p.user.Name, "")); err != nil {
		return nil, err
	}
	return &signedOut{s.cookie("", -1, who(ctx).secure)}, nil
}

func (s *server) changePassword(ctx context.Context, in *body[PasswordInput]) (*none, error) {
	p := who(ctx)
	if wait := p.user.LockedUntil.Sub(s.now()); wait > 0 {
		return nil, tooMany(codeLoginLocked, "密码错误次数过多，账号已临时锁定", wait)
	}
	right, err := s.hasher.Verify(ctx, p.user.PasswordHash, in.Body.OldPassword)
	if err != nil {
		return nil, hashError(err)
	}
	if !right {
		return nil, s.loginFailed(ctx, p.user, p.user.Name, p.client)
	}
	if sameText(in.Body.OldPassword, in.Body.NewPassword) {
		return nil, problem(http.StatusUnprocessableEntity, codePasswordWeak, "新密码和旧密码一样，请换一个。")
	}
	hash, err := s.newPassword(ctx, p.user.Name, in.Body.NewPassword)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.SetPassword(ctx, p.user.ID, hash, false, p.session.TokenHash, audit(ctx, "auth.password", "user:"+p.user.Name, ""))
}

// newPassword checks and hashes a password that somebody chose.
func (s *server) newPassword(ctx context.Context, user, password string) (string, error) {
	if err := desk.CheckPassword(user, password); err != nil {
		return "", problem(http.StatusUnprocessableEntity, codePasswordWeak, "%s。", err)
	}
	hash, err := s.hasher.Hash(ctx, password)
	return hash, hashError(err)
}

func (s *server) setup(ctx context.Context, in *body[SetupInput]) (*signedIn, error) {
	ok, retry, err := s.Limiter.Allow(ctx, "setup:"+who(ctx).client, loginsPerClient, loginWindow)
	if err == nil && !ok {
		return nil, tooMany(codeTooMany, "尝试太频繁", retry)
	}
	name := strings.ToLower(strings.TrimSpace(in.Body.Name))
	if name == "" {
		name = "admin"
	}
	if !validUserName(name) {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "用户名只能用小写字母、数字和 . _ -，至少两个字符。")
	}
	hash, err := s.newPassword(ctx, name, in.Body.Password)
	if err != nil {
		return nil, err
	}
	u, err := s.Store.UseSetupLink(ctx, hashToken(in.Body.Token), desk.User{Name: name, DisplayName: "管理员", Role: desk.Admin, PasswordHash: hash},
		desk.Audit{Actor: "user:" + name, Action: "auth.setup", Subject: "user:" + name, Client: who(ctx).client})
	var refusal *desk.Refusal
	if errors.As(err, &refusal) && refusal.Kind == desk.Exists {
		return nil, problem(http.StatusConflict, codeSetupDone, "管理员已经设置好了，请直接登录。")
	}
	if err != nil {
		return nil, fromError(err, "链接")
	}
	return s.startSession(ctx, u, who(ctx).secure, "auth.login")
}

func (s *server) presence(ctx context.Context, in *body[PresenceInput]) (*none, error) {
	return nil, s.Store.SetPresence(ctx, who(ctx).user.ID, desk.Presence(in.Body.Presence))
}
