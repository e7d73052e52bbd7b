package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/bot/understand"
	"daozhang/handlers/console"
	"daozhang/web"
)

// buildHTTP mounts everything on one router: callback, console, API, health.
func (a *app) buildHTTP(o appOptions) error {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.ContextWithFallback = true
	if err := r.SetTrustedProxies(a.cfg.TrustedProxies); err != nil {
		return fmt.Errorf("trusted_proxies: %w", err)
	}
	r.Use(a.recoverPanics, a.logRequests, a.endWithServer)
	a.router = r
	a.channel.Register(r)
	pages, err := web.Dist()
	if err != nil {
		return err
	}
	settings, err := a.cfg.botSettings()
	if err != nil {
		return err
	}
	v, _ := buildVersion()
	wake, stop := a.shared.bus.Subscribe("events")
	a.closers = append(a.closers, func() error { stop(); return nil })
	a.console = console.Mount(r, console.Deps{
		Store: a.store, Desk: a.desk, Bindings: a.desk, Ledger: a.ledger, Explain: explainer{a}, Push: ledgerPush{a.store},
		Scenes: sceneCodes{a}, Media: mediaShelf{filepath.Join(a.cfg.DataDir, "media"), a.channel.Media}, Limiter: a.shared.limiter, Redact: func(s string) string { clean, _ := understand.Redact(s); return clean },
		Pages: pages, Wake: wake, Now: a.now, Log: a.log, Secure: strings.HasPrefix(a.cfg.PublicURL, "https://"), PushSecret: a.cfg.Ledger.PushSecret,
		SecondPerson: a.cfg.Knowledge.SecondPerson,
		Settings: console.Settings{
			BotName: a.cfg.Bot.Name, Brand: a.cfg.Bot.Brand, HoursFrom: settings.BusinessHours.From, HoursTo: settings.BusinessHours.To,
			PublicURL: a.cfg.PublicURL, Accounts: a.accountViews(), Demo: o.demo, Version: v,
		},
	})
	a.background = append(a.background, func(ctx context.Context) error { a.console.Run(ctx); return nil })
	if err := a.buildImports(); err != nil {
		return err
	}
	return a.buildOps()
}

func (a *app) accountViews() []console.Account {
	views := []console.Account{}
	for _, c := range a.cfg.accounts() {
		views = append(views, console.Account{AppID: c.AppID, Name: a.cfg.Bot.Name, Verified: c.Verified != "false"})
	}
	return views
}

// recoverPanics answers 500 and logs once; the callback has its own recovery.
func (a *app) recoverPanics(c *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("panic in a request", slog.String("path", c.FullPath()), slog.String("panic", panicWord(p)), slog.String("stack", string(debug.Stack())))
			if !c.Writer.Written() {
				c.AbortWithStatus(http.StatusInternalServerError)
			}
		}
	}()
	c.Next()
}

// endWithServer ends reading requests, which may be event streams, soon after
// the server was told to stop; writing ones, WeChat's too, always finish.
func (a *app) endWithServer(c *gin.Context) {
	if c.Request.Method == http.MethodGet {
		ctx, cancel := context.WithCancel(c.Request.Context())
		defer cancel()
		defer context.AfterFunc(a.streams, cancel)()
		c.Request = c.Request.WithContext(ctx)
	}
	c.Next()
}

// panicWord tells the runtime's own panics; another value may hold customer
// data, and only its type is told.
func panicWord(p any) string {
	var own runtime.Error
	if err, ok := p.(error); ok && errors.As(err, &own) {
		return own.Error()
	}
	return fmt.Sprintf("%T", p)
}

// logRequests logs route patterns, never query strings: a signed callback URL
// lets its reader forge messages, and others hold names.
func (a *app) logRequests(c *gin.Context) {
	begin := time.Now()
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "(page)"
	}
	level := slog.LevelDebug
	if c.Writer.Status() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	a.metrics.Request(route, c.Writer.Status(), time.Since(begin))
	a.log.LogAttrs(c.Request.Context(), level, "request", slog.String("method", c.Request.Method), slog.String("route", route),
		slog.Int("status", c.Writer.Status()), slog.Duration("took", time.Since(begin)))
}

// sceneCodes makes binding QR codes through the channel.
type sceneCodes struct{ app *app }

// SceneCode implements console.SceneCodes.
func (s sceneCodes) SceneCode(ctx context.Context, appID, scene string, ttl time.Duration) (url, picture string, err error) {
	if appID == "" {
		if accounts := s.app.cfg.accounts(); len(accounts) > 0 {
			appID = accounts[0].AppID
		}
	}
	picture, err = s.app.channel.QR(ctx, appID, scene, ttl)
	if err != nil {
		return "", "", fmt.Errorf("QR code: %w", err)
	}
	return picture, picture, nil
}
