package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/runner"
	"daozhang/bot/understand"
	"daozhang/handlers/console"
	"daozhang/handlers/ops"
	"daozhang/handlers/wechat"
	"daozhang/store"
	"daozhang/transactions"
)

// app is the whole server, built once and stopped in reverse.
type app struct {
	cfg       Config
	log       *slog.Logger
	now       func() time.Time
	store     *store.Store
	ledger    transactions.Source // the store, behind the look-up sources
	library   *library
	calendars *calendars
	parser    *understand.Parser
	engine    *bot.Engine
	runner    *runner.Runner
	desk      *runner.Desk
	channel   *wechat.Channel
	shared    shared
	console   *console.Console
	router    *gin.Engine
	metrics   *ops.Metrics
	// background are the loops that run while the server does.
	background []func(context.Context) error
	closers    []func() error
	// streams ends when event streams have to: they would stay open for ever.
	streams    context.Context
	endStreams context.CancelFunc
}

// Stopping: what a browser only reads may take streamGrace to finish, all else
// stopGrace.
const (
	streamGrace = 500 * time.Millisecond
	stopGrace   = 10 * time.Second
)

// appOptions are what the commands differ in.
type appOptions struct {
	now  func() time.Time // nil: time.Now
	demo bool
}

// newApp builds everything but starts nothing. On an error everything built so
// far is closed.
func newApp(ctx context.Context, cfg Config, log *slog.Logger, o appOptions) (_ *app, err error) {
	a := &app{cfg: cfg, log: log, now: o.now, calendars: &calendars{}, metrics: ops.NewMetrics()}
	if a.now == nil {
		a.now = time.Now
	}
	a.streams, a.endStreams = context.WithCancel(context.WithoutCancel(ctx))
	a.closers = append(a.closers, func() error { a.endStreams(); return nil })
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if a.store, err = openStore(ctx, cfg, a.now); err != nil {
		return nil, err
	}
	a.closers = append(a.closers, a.store.Close)
	if a.shared, err = connectShared(ctx, cfg, log, a.now); err != nil {
		return nil, err
	}
	a.closers = append(a.closers, a.shared.close)
	if err := a.buildCore(ctx); err != nil {
		return nil, err
	}
	if err := a.buildChannel(); err != nil {
		return nil, err
	}
	return a, a.buildHTTP(o) //nolint:contextcheck // handlers take the context of their request
}

// openStore opens the database, and its folder where it is embedded.
func openStore(ctx context.Context, cfg Config, now func() time.Time) (*store.Store, error) {
	return openStoreWith(ctx, cfg, store.Options{Now: now})
}

func openStoreWith(ctx context.Context, cfg Config, o store.Options) (*store.Store, error) {
	url := cfg.database()
	if path, embedded := strings.CutPrefix(url, "sqlite://"); embedded && path != ":memory:" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("data_dir: %w", err)
		}
	}
	s, err := store.Open(ctx, url, o)
	if errors.Is(err, store.ErrNewerSchema) {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("数据库：%w（请检查 database_url；daozhang doctor 会逐项检查）", err)
	}
	return s, nil
}

// settings of the bot out of the configuration.
func (c Config) botSettings() (bot.Settings, error) {
	hours, err := parseHours(c.Bot.BusinessHours)
	return bot.Settings{
		Name: c.Bot.Name, Brand: c.Bot.Brand, BusinessHours: hours, TurnCap: c.Bot.TurnCap,
		UnknownAfter: c.Bot.UnknownAfter, HighValueFen: c.Bot.HighValueFen, PublicURL: c.PublicURL, Codes: c.SMS.URL != "",
	}, err
}

func (a *app) buildCore(ctx context.Context) error {
	if err := seedKnowledge(ctx, a.store); err != nil {
		return err
	}
	model, err := newModel(a.cfg.OpenAI)
	if err != nil {
		return err
	}
	if a.library, err = newLibraryWith(ctx, a.store, a.now, a.newVectors(model)); err != nil {
		return err
	}
	cal, err := loadCalendar(ctx, a.store)
	if err != nil {
		return err
	}
	a.calendars.current.Store(cal)
	settings, err := a.cfg.botSettings()
	if err != nil {
		return err
	}
	a.parser = understand.New(a.cfg.Bot.Gazetteer.vocabulary())
	var closeSources func()
	if a.ledger, closeSources, err = connectSources(a.cfg, a.store, a.sourceHooks(), a.log, a.now); err != nil {
		return err
	}
	a.closers = append(a.closers, func() error { closeSources(); return nil })
	deps := bot.Deps{
		Parser: a.parser, Ledger: a.ledger, Cases: a.store, People: a.store, Knowledge: a.library, Calendars: a.calendars, Settings: settings,
	}
	a.useModel(&deps, model)
	a.engine, err = bot.New(deps)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	second, err := a.cfg.secondFactor()
	if err != nil {
		return err
	}
	a.runner, err = runner.New(runner.Deps{
		Store: a.store, Engine: freshEngine{a.engine, a.library, a.log}, Sender: sendFunc(func(ctx context.Context, o delivery.Outbound) error {
			return a.channel.Send(ctx, o)
		}),
		Second:  second,
		Notices: noticesFunc(a.store.NoticesAt), Bus: a.shared.bus, Limiter: a.shared.limiter,
		Fragment: func(text string) bool { return bot.Fragment(a.parser.Parse(text, understand.Context{}, a.now())) },
		MaySend:  func(appID string) bool { return a.channel.MaySend(appID) },
		Template: a.template(), Hours: settings.BusinessHours, Timing: a.timing(),
		Metrics: a.metricsHooks(), Log: a.log, Now: a.now,
		Alert: func(_ context.Context, c bot.WaitingCase, level int) {
			a.log.Warn("a case waits unclaimed", slog.Int64("case", c.Number), slog.String("priority", c.Priority), slog.Int("level", level))
		},
	})
	if err != nil {
		return fmt.Errorf("runner: %w", err)
	}
	a.desk = runner.NewDesk(a.store, a.runner)
	a.background = append(a.background, a.runner.Run, func(ctx context.Context) error {
		return a.library.Run(ctx, shelfEvery, func(err error) { a.log.Error("the knowledge on the shelf may be old", slog.Any("error", err)) })
	})
	return nil
}

// timing of the runner; zero fields are its defaults.
func (a *app) timing() runner.Timing {
	t := runner.Timing{Debounce: a.cfg.Bot.Debounce}
	if len(a.cfg.Ledger.Sources) > 0 {
		t.Workers = workersWithSources
	}
	return t
}

func (a *app) buildChannel() error {
	var accounts []wechat.Account
	for _, c := range a.cfg.accounts() {
		accounts = append(accounts, wechat.Account{
			AppID: c.AppID, AppSecret: c.AppSecret, Token: c.Token, EncodingAESKey: c.EncodingAESKey,
			PreviousEncodingAESKey: c.PreviousEncodingAESKey, Mode: wechat.Mode(c.Mode), Verified: wechat.Verified(c.Verified),
		})
	}
	channel, err := wechat.New(wechat.Deps{
		Accounts: accounts, Inbox: a.runner, Replies: a.runner, Waiting: a.store, Tokens: a.shared.tokens,
		Redact: understand.Redact, TakeCode: a.runner.TakeCode, APIBaseURL: a.cfg.WeChat.APIBaseURL, Log: a.log, Now: a.now,
	})
	if err != nil {
		return fmt.Errorf("wechat: %w", err)
	}
	a.channel = channel
	return nil
}

// template makes the message sent after the 48 h window; nil without one.
func (a *app) template() func(bot.Contact, bot.Watch, bot.Decision) *bot.TemplateNotice {
	id := a.cfg.WeChat.TemplateID
	if id == "" {
		return nil
	}
	return func(_ bot.Contact, w bot.Watch, d bot.Decision) *bot.TemplateNotice {
		if len(d.Replies) == 0 {
			return nil
		}
		return &bot.TemplateNotice{ID: id, URL: a.cfg.PublicURL, Fields: map[string]string{
			"thing1": "到账进展", "thing2": firstLine(d.Replies[0].Text), "time3": a.now().In(transactions.Shanghai).Format("2006-01-02 15:04"),
			"character_string4": w.TransactionID,
		}}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// serve runs until ctx ends or something fails, then stops in reverse: no new
// requests, what runs finishes, loops end, connections close. ready is told the
// address when it is ours, before the first request is answered: who asks
// whether we are ready can sign in. Its error stops the server.
func (a *app) serve(ctx context.Context, ready func(addr net.Addr) error) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.Listen)
	if err != nil {
		return fmt.Errorf("监听 %s 失败：%w（是不是已有一个 daozhang 在运行？-listen 127.0.0.1:8081 可换端口）", a.cfg.Listen, err)
	}
	if err := ready(listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: a.router, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	// Loops outlive the listener, so that what was accepted is answered.
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	group, groupCtx := errgroup.WithContext(loops)
	for _, loop := range a.background {
		group.Go(func() error { return ignoreCanceled(loop(groupCtx)) })
	}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error { return settle(groupCtx) })
	select {
	case <-ctx.Done():
	case <-groupCtx.Done():
	}
	quit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	end := time.AfterFunc(streamGrace, a.endStreams)
	defer end.Stop()
	err = server.Shutdown(quit)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	stopLoops()
	return errors.Join(group.Wait(), err)
}

// settle gives back to the system what building lexicon, index and samples
// took, once the first look at everything is done.
func settle(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
		debug.FreeOSMemory()
	}
	return nil
}

func (a *app) close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func ignoreCanceled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// shelfEvery is how often a replica looks for publications of the others.
const shelfEvery = time.Second

// freshEngine makes every turn see what was published before it.
type freshEngine struct {
	*bot.Engine
	library *library
	log     *slog.Logger
}

// Turn implements runner.Engine.
func (e freshEngine) Turn(ctx context.Context, in bot.Input) (bot.Decision, bot.Trace, error) {
	e.refresh(ctx)
	return e.Engine.Turn(ctx, in)
}

// Follow implements runner.Engine.
func (e freshEngine) Follow(ctx context.Context, in bot.FollowInput) (bot.Decision, bot.Trace, error) {
	e.refresh(ctx)
	return e.Engine.Follow(ctx, in)
}

func (e freshEngine) refresh(ctx context.Context) {
	if err := e.library.Refresh(ctx); err != nil {
		e.log.Error("the knowledge on the shelf may be old", slog.Any("error", err))
	}
}

type sendFunc func(ctx context.Context, o delivery.Outbound) error

// Send implements runner.Sender.
func (f sendFunc) Send(ctx context.Context, o delivery.Outbound) error { return f(ctx, o) }

type noticesFunc func(ctx context.Context, at time.Time) ([]transactions.Notice, error)

// NoticesAt implements runner.Notices.
func (f noticesFunc) NoticesAt(ctx context.Context, at time.Time) ([]transactions.Notice, error) {
	return f(ctx, at)
}
