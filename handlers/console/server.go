package console

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"daozhang/bot/desk"
	"daozhang/transactions"
)

// Deps are the parts of the console. Store, Desk and Bindings are required;
// another part that is nil turns its routes into a clear refusal.
type Deps struct {
	Store    Store
	Desk     Desk
	Bindings BindingDecider
	// Ledger answers the look-up panel; Explain adds the diagnosis (nil = none).
	Ledger  transactions.Source
	Explain Explainer
	Push    LedgerPush
	Scenes  SceneCodes
	// Media shows pictures that contacts sent; nil = none.
	Media Media
	// Limiter of sign-ins per address; nil counts in this process.
	Limiter Limiter
	// Redact cuts sensitive spans out of what agents write; nil changes nothing.
	Redact func(string) string
	// Pages is the built console (web.Dist); nil = none.
	Pages fs.FS
	// Wake says that events were committed here; nil = they are found by the
	// clock, within a second.
	Wake <-chan string
	Now  func() time.Time // nil = time.Now
	Log  *slog.Logger     // nil = slog.Default

	Settings Settings // Now is filled in per request
	// SecondPerson is knowledge.NeedsSecondPerson's setting: true, false, auto
	// ("").
	SecondPerson string
	// Secure marks cookies for https; set when public_url begins with it.
	Secure bool
	// PushSecret authorises signed ledger pushes; "" = tokens only.
	PushSecret string
}

// Console is the mounted API. Run keeps the live events going.
type Console struct{ server *server }

type server struct {
	Deps
	log    *slog.Logger
	now    func() time.Time
	hasher *Hasher
	hub    *hub
	api    huma.API
}

// Hashes at once: together with the rest of the server they stay small.
const hashesAtOnce = 2

// Mount puts API, events, docs and the console's pages on an engine. The
// pages answer every path that no other route has.
func Mount(r *gin.Engine, d Deps) *Console {
	s := &server{Deps: d, log: d.Log, now: d.Now, hasher: NewHasher(hashesAtOnce)}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.Limiter == nil {
		s.Limiter = newLocalLimiter(s.now)
	}
	if s.Redact == nil {
		s.Redact = func(t string) string { return t }
	}
	s.hub = newHub(d.Store, d.Wake, s.log)
	group := r.Group("", securityHeaders, noStore, s.storableText)
	s.api = newAPI(r, group)
	s.routes()
	group.GET("/api/v1/events", s.events)
	group.GET("/api/v1/conversations/:id/messages/:message/media", s.media)
	s.docs(group)
	r.NoRoute(securityHeaders, s.pages(d.Pages))
	return &Console{s}
}

// Run follows the events until ctx ends.
func (c *Console) Run(ctx context.Context) { c.server.hub.run(ctx) }

// FirstStart makes sure that somebody can sign in: with a password it creates
// the user admin on a database without users, otherwise it gives the token of
// a one-time set-up link (open {public_url}/setup?token=…). "" = nothing to do.
func (c *Console) FirstStart(ctx context.Context, adminPassword string) (setupToken string, err error) {
	s := c.server
	needed, err := s.Store.SetupNeeded(ctx)
	if err != nil || !needed {
		return "", err
	}
	if adminPassword == "" {
		token := randomToken(24)
		return token, s.Store.CreateSetupLink(ctx, hashToken(token))
	}
	hash, err := s.hasher.Hash(ctx, adminPassword)
	if err != nil {
		return "", err
	}
	_, err = s.Store.CreateUser(ctx, desk.User{Name: "admin", DisplayName: "管理员", Role: desk.Admin, PasswordHash: hash},
		desk.Audit{Actor: "system", Action: "user.create", Subject: "user:admin", Detail: "admin_password"})
	var refusal *desk.Refusal
	if errors.As(err, &refusal) && refusal.Kind == desk.Exists {
		return "", nil // another replica that starts now was faster
	}
	return "", err
}

// OpenAPI is the document of deploy/openapi.json.
func (c *Console) OpenAPI() ([]byte, error) { return c.server.document() }

// newAPI is huma without its docs page and schema links.
func newAPI(r *gin.Engine, group *gin.RouterGroup) huma.API {
	config := huma.DefaultConfig("daozhang 到账 API", "1")
	config.Info.Description = "Console and integration API. Ids are decimal strings, money is integer fen, times are RFC 3339 +08:00. See docs/api.md."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema fields
	config.Transformers = []huma.Transformer{chineseProblem}
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "with X-CSRF-Token on POST, PUT, DELETE"},
		"token":   {Type: "http", Scheme: "bearer"},
	}
	return humagin.NewWithGroup(r, group, config)
}

// route is one operation: who may call it and what it is for.
type route struct {
	method, path string
	tag, summary string
	permission   desk.Permission // "" = any signed-in user
	public       bool            // no session needed
	whileMust    bool            // also while the password has to be changed
	bodyLimit    int64           // bytes; 0 = 64 KiB
	status       int             // of success; 0 = 200, or 204 without a body
}

const defaultBodyLimit = 64 << 10

// handle registers an operation with its guard and its error edge.
func handle[I, O any](s *server, rt route, f func(ctx context.Context, in *I) (*O, error)) {
	op := s.operation(rt)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, s.edge(ctx, op.OperationID, err)
		}
		return out, nil
	})
}

func (s *server) operation(rt route) huma.Operation {
	limit := rt.bodyLimit
	if limit == 0 {
		limit = defaultBodyLimit
	}
	op := huma.Operation{
		OperationID: operationID(rt.method, rt.path), Method: rt.method, Path: rt.path,
		Tags: []string{rt.tag}, Summary: rt.summary, DefaultStatus: rt.status, MaxBodyBytes: limit,
		Responses: map[string]*huma.Response{"default": {
			Description: "Error, see docs/api.md",
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: s.problemSchema()}},
		}},
	}
	if rt.permission != "" {
		op.Description = "Permission: `" + string(rt.permission) + "`"
	}
	if !rt.public {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
		op.Middlewares = huma.Middlewares{s.guard(rt)}
	} else {
		op.Middlewares = huma.Middlewares{s.open(rt)}
	}
	return op
}

func securityHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "+
		"img-src 'self' data: blob: https://mp.weixin.qq.com; connect-src 'self'; font-src 'self' data:; object-src 'none'; "+
		"frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if c.Request.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func noStore(c *gin.Context) { c.Header("Cache-Control", "no-store") }

// Wire helpers of answers.

type body[T any] struct{ Body T }

func answer[T any](v T) *body[T] { return &body[T]{Body: v} }

type none struct{}
