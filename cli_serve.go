package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"
)

// newLog writes structured lines to stderr. No level holds customer data.
func newLog(w io.Writer, level string) *slog.Logger {
	l, err := parseLevel(level)
	if err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l}))
}

// runServe is the production server.
func runServe(ctx context.Context, t terminal, args []string) error {
	cfg, rest, err := configFlags(t, flag.NewFlagSet("serve", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("不带参数")
	}
	log := newLog(t.stderr, cfg.LogLevel)
	if cfg.Simulator {
		return serveWithSimulator(ctx, t, cfg, log, time.Now, false)
	}
	a, err := newApp(ctx, cfg, log, appOptions{})
	if err != nil {
		return err
	}
	defer a.logClose()
	if len(cfg.accounts()) == 0 {
		log.Warn("no official account is configured: the console works, WeChat does not; set wechat.app_id and the rest (deploy/daozhang.example.yaml)")
	}
	return a.serve(ctx, func(addr net.Addr) error {
		if err := a.firstStart(ctx, t, addr); err != nil {
			return err
		}
		log.Info("ready", slog.String("address", addr.String()))
		return nil
	})
}

func (a *app) logClose() {
	if err := a.close(); err != nil {
		a.log.Error("close", slog.Any("error", err))
	}
}

// firstStart makes sure that somebody can sign in. It runs when the server
// listens: a start that fails must not replace the link of one that works.
func (a *app) firstStart(ctx context.Context, t terminal, addr net.Addr) error {
	token, err := a.console.FirstStart(ctx, a.cfg.AdminPassword)
	if err != nil {
		return fmt.Errorf("first start: %w", err)
	}
	if token != "" {
		fmt.Fprintf(t.stdout, "还没有管理员。请在24小时内打开一次性设置链接：\n  %s/setup?token=%s\n", a.consoleURL(addr), token)
	}
	return nil
}

// consoleURL is where people reach this server: public_url, or the address it
// listens on.
func (a *app) consoleURL(addr net.Addr) string {
	if a.cfg.PublicURL != "" {
		return strings.TrimRight(a.cfg.PublicURL, "/")
	}
	return "http://" + reachable(addr.String())
}

// reachable is the address under which a listener on this machine answers: one
// on all interfaces answers on the loopback one.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
