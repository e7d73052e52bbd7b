package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"daozhang/bot"
	"daozhang/bot/desk"
)

const (
	cookieName = "daozhang_session"
	csrfHeader = "X-CSRF-Token"
	// tokenPrefix makes leaked API tokens recognisable.
	tokenPrefix = "dzt_"
	// touchAfter spares a write on every request.
	touchAfter = time.Minute
)

// principal is who a request comes from.
type principal struct {
	user    desk.User // zero for tokens
	session desk.Session
	token   desk.Token // zero for users
	client  string     // IP address
	secure  bool       // the request came over https
	cookie  string
	// pushSignature of a ledger push, to be checked against its body.
	pushSignature string
}

type principalKey struct{}

// who is the principal of a guarded request.
func who(ctx context.Context) principal {
	p, _ := ctx.Value(principalKey{}).(principal)
	return p
}

// name is the actor of audit records.
func (p principal) name() string {
	switch {
	case p.user.ID != 0:
		return "user:" + p.user.Name
	case p.token.ID != 0:
		return "token:" + p.token.Name
	}
	return "anonymous"
}

func (p principal) can(perm desk.Permission) bool {
	switch {
	case perm == "":
		return p.user.ID != 0
	case p.user.ID != 0:
		return p.user.Role.Can(perm)
	}
	return p.token.ID != 0 && p.token.Can(perm)
}

// actor is the user towards the conversation.
func (p principal) actor() bot.Actor { return botActor(p.user) }

func botActor(u desk.User) bot.Actor { return bot.Actor{ID: u.ID, Name: u.DisplayName} }

// audit starts an audit record of the request's principal.
func audit(ctx context.Context, action, subject, detail string) desk.Audit {
	p := who(ctx)
	return desk.Audit{Actor: p.name(), Action: action, Subject: subject, Detail: detail, Client: p.client}
}

// newPrincipal is somebody unknown yet.
func newPrincipal(r *http.Request, client string) principal {
	p := principal{client: client, secure: r.TLS != nil, pushSignature: r.Header.Get(signatureHeader)}
	if k, err := r.Cookie(cookieName); err == nil {
		p.cookie = k.Value
	}
	return p
}

// authenticate finds the principal of a request.
func (s *server) authenticate(r *http.Request, client string) (principal, *Problem, error) {
	p := newPrincipal(r, client)
	if h := r.Header.Get("Authorization"); h != "" {
		secret, ok := strings.CutPrefix(h, "Bearer ")
		if !ok || !strings.HasPrefix(secret, tokenPrefix) {
			return p, problem(http.StatusUnauthorized, codeNotSignedIn, "Authorization 请求头应为 Bearer dzt_…：请检查接口令牌。"), nil
		}
		t, err := s.Store.TokenByHash(r.Context(), hashToken(secret))
		if errors.Is(err, desk.ErrNotFound) || err == nil && !t.RevokedAt.IsZero() {
			return p, problem(http.StatusUnauthorized, codeNotSignedIn, "接口令牌无效或已停用：请管理员重新生成。"), nil
		}
		if err != nil {
			return p, nil, err
		}
		p.token = t
		if s.now().Sub(t.LastUsedAt) > touchAfter {
			err = s.Store.TouchToken(r.Context(), t.ID)
		}
		return p, nil, err
	}
	if p.cookie == "" {
		return p, problem(http.StatusUnauthorized, codeNotSignedIn, "请先登录。"), nil
	}
	var err error
	p.session, p.user, err = s.Store.Session(r.Context(), hashToken(p.cookie))
	if errors.Is(err, desk.ErrNotFound) || err == nil && (!p.session.Live(s.now()) || p.user.Disabled) {
		return principal{client: client}, problem(http.StatusUnauthorized, codeNotSignedIn, "登录已过期，请重新登录。"), nil
	}
	if err != nil {
		return p, nil, err
	}
	if s.now().Sub(p.session.LastSeenAt) > touchAfter {
		err = s.Store.TouchSession(r.Context(), p.session.TokenHash)
	}
	return p, nil, err
}

// authorise decides whether a principal may call a route.
func (s *server) authorise(r *http.Request, p principal, rt route) *Problem {
	if p.user.ID != 0 && unsafe(r.Method) {
		if s.foreignSite(r) || !sameText(r.Header.Get(csrfHeader), p.session.CSRF) {
			return problem(http.StatusForbidden, codeCSRF, "安全校验没有通过：请刷新页面后再试。")
		}
	}
	if p.user.MustChange && !rt.whileMust {
		return problem(http.StatusForbidden, codePasswordChange, "这是一次性密码：请先改成自己的密码。")
	}
	if !p.can(rt.permission) {
		if p.token.ID != 0 {
			return problem(http.StatusForbidden, codeForbidden, "这个接口令牌没有这项权限：请管理员换一个范围合适的令牌。")
		}
		return problem(http.StatusForbidden, codeForbidden, "%s没有这项权限，需要时请联系管理员。", p.user.Role.Chinese())
	}
	return nil
}

func unsafe(method string) bool {
	return !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, method)
}

// foreignSite reports a request that another web site made a browser send.
// Programs send none of these headers.
func (s *server) foreignSite(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := r.Header.Get("Origin")
	if origin == "" || origin == strings.TrimSuffix(s.Settings.PublicURL, "/") {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}

// guard lets only who may call a route through.
func (s *server) guard(rt route) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(hc)
		p, refusal, err := s.authenticate(c.Request, c.ClientIP())
		if err == nil && refusal == nil {
			refusal = s.authorise(c.Request, p, rt)
		}
		if err != nil || refusal != nil {
			s.refuse(c, refusal, err)
			return
		}
		next(huma.WithValue(hc, principalKey{}, p))
	}
}

// open is for routes without a session: foreign sites are kept out all the
// same.
func (s *server) open(rt route) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(hc)
		if unsafe(rt.method) && s.foreignSite(c.Request) {
			s.refuse(c, problem(http.StatusForbidden, codeCSRF, "安全校验没有通过：请从本站页面操作。"), nil)
			return
		}
		next(huma.WithValue(hc, principalKey{}, newPrincipal(c.Request, c.ClientIP())))
	}
}

// refuse writes an error outside of huma.
func (s *server) refuse(c *gin.Context, p *Problem, err error) {
	if p == nil {
		if !errors.As(s.edge(c.Request.Context(), c.Request.Method+" "+c.FullPath(), err), &p) {
			p = problem(http.StatusInternalServerError, codeInternal, "服务器出错了，请稍后再试。")
		}
	}
	for k, v := range p.GetHeaders() {
		c.Writer.Header()[k] = v
	}
	c.Writer.Header().Set("Content-Type", p.ContentType(""))
	c.Writer.WriteHeader(p.Status)
	_ = json.NewEncoder(c.Writer).Encode(p) // the client may be gone
	c.Abort()
}
