package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
	"daozhang/handlers/wechat"
	"daozhang/handlers/wechat/wechatsim"
	"daozhang/store"
	"daozhang/transactions"
	"daozhang/transactions/sample"
)

// The simulated account. Its secrets guard nothing: the platform that checks
// them is in the same process.
const (
	demoApp    = "wxdemo0000000001"
	demoSecret = "demo-secret"
	demoToken  = "demo-token"
	demoSMS    = "demo-sms-secret-0123"
	demoKey    = "dGhpc0lzQURlbW9LZXlPbmx5Rm9yVGhlU2ltdWxhdG8" // 43 characters
)

// runDemo is the whole product on one machine.
func runDemo(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	nowFlag := f.String("now", "", "演示的时钟从这个时刻 `T` 开始（RFC 3339；不写时区按 +08:00）")
	keep := f.Bool("keep", false, "保留演示的数据库，下次接着用（在 data_dir/demo）")
	cfg, rest, err := configFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("只有选项，%q 不是选项", rest[0])
	}
	start, err := parseNow(*nowFlag)
	if err != nil {
		return err
	}
	began := time.Now()
	now := func() time.Time { return start.Add(time.Since(began)).In(transactions.Shanghai) }
	if *nowFlag == "" {
		now = func() time.Time { return time.Now().In(transactions.Shanghai) }
	}
	dir, cleanup, err := demoDir(cfg, *keep)
	if err != nil {
		return err
	}
	defer cleanup()
	cfg.DataDir, cfg.DatabaseURL, cfg.RedisURL = dir, "", ""
	if cfg.Knowledge.SecondPerson == "auto" {
		cfg.Knowledge.SecondPerson = "false" // whoever tries the demo is alone
	}
	if cfg.LogLevel == "info" {
		cfg.LogLevel = "warn" // the terminal belongs to the addresses
	}
	return serveWithSimulator(ctx, t, cfg, newLog(t.stderr, cfg.LogLevel), now, true)
}

// demoDir is a folder of the demo's own: temporary unless kept.
func demoDir(cfg Config, keep bool) (string, func(), error) {
	if keep {
		dir := cfg.DataDir + "/demo"
		return dir, func() {}, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "daozhang-demo")
	if err != nil {
		return "", nil, fmt.Errorf("temporary folder: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

// serveWithSimulator serves with the simulated platform on the same address:
// every message still goes through the real callback and sender.
func serveWithSimulator(ctx context.Context, t terminal, cfg Config, log *slog.Logger, now func() time.Time, demo bool) error {
	base, err := pinAddress(ctx, &cfg)
	if err != nil {
		return err
	}
	cfg.WeChat = WeChatConfig{
		AccountConfig: AccountConfig{AppID: demoApp, AppSecret: demoSecret, Token: demoToken, EncodingAESKey: demoKey, Mode: "safe", Verified: "auto"},
		APIBaseURL:    base + wechatsim.APIPath,
	}
	if demo {
		cfg.SMS = SMSConfig{URL: base + wechatsim.SMSPath, Secret: demoSMS, Timeout: cfg.SMS.Timeout}
	}
	a, err := newApp(ctx, cfg, log, appOptions{now: now, demo: demo})
	if err != nil {
		return err
	}
	defer a.logClose()
	platform, err := wechatsim.New(wechatsim.Options{ //nolint:contextcheck // the platform has a life of its own; its Close ends it
		AppID: demoApp, AppSecret: demoSecret, Token: demoToken, EncodingAESKey: demoKey, Name: cfg.Bot.Name,
		CallbackURL: base + "/wechat/" + demoApp, PublicURL: base, Now: now, Log: log, SMSSecret: demoSMS,
		OnVerified: func(bool) {
			if _, err := a.channel.Probe(ctx, demoApp); err != nil {
				log.Warn("probe", slog.Any("error", err))
			}
		},
	})
	if err != nil {
		return fmt.Errorf("simulated platform: %w", err)
	}
	defer platform.Close()
	handler := gin.WrapH(platform.Handler())
	a.router.Any("/simulator", handler)
	a.router.Any("/simulator/*path", handler)
	if !demo {
		// No sample shops: they bind themselves, by a QR code or an agent's word.
		for i, name := range []string{"测试一号", "测试二号", "测试三号"} {
			platform.AddFollower(wechatsim.Follower{OpenID: fmt.Sprintf("simulator-%d", i+1), Nickname: name, Shop: "没有绑定商户", Examples: []string{"绑定", "昨天刷的5000没到账", "T+1是什么意思"}})
		}
		return a.serve(ctx, func(addr net.Addr) error {
			log.Info("ready, with the simulator", slog.String("address", base+"/simulator"))
			return a.firstStart(ctx, t, addr)
		})
	}
	people, err := a.fillDemo(ctx, platform)
	if err != nil {
		return err
	}
	return a.serve(ctx, func(net.Addr) error {
		go a.setDemoMenu(ctx) // the menu is made through the server's own API
		printDemo(t, base, now(), people)
		return nil
	})
}

// pinAddress turns port 0 into a free port, because the simulated platform has
// to know the address before the server listens.
func pinAddress(ctx context.Context, cfg *Config) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return "", fmt.Errorf("监听 %s 失败：%w（是不是已有一个 daozhang 在运行？-listen 127.0.0.1:8081 可换端口）", cfg.Listen, err)
	}
	cfg.Listen = l.Addr().String()
	if err := l.Close(); err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	return "http://" + reachable(cfg.Listen), nil
}

func (a *app) setDemoMenu(ctx context.Context) {
	err := a.channel.SetMenu(ctx, demoApp, []wechat.Button{
		{Name: "查到账", Key: "QUERY"},
		{Name: "常见问题", Key: "FAQ"},
		{Name: "我的", Sub: []wechat.Button{{Name: "人工客服", Key: "HUMAN"}, {Name: "我的工单", Key: "CASES"}, {Name: "绑定商户", Key: "BIND"}}},
	})
	if err != nil && ctx.Err() == nil {
		a.log.Warn("menu of the demo", slog.Any("error", err))
	}
}

// person is a console user of the demo with the one-time password.
type person struct{ name, display, role, password string }

// fillDemo writes the sample ledger, binds a follower to each shop, adds one
// who is bound to none, and makes the console users.
func (a *app) fillDemo(ctx context.Context, platform *wechatsim.Platform) ([]person, error) {
	cal := a.calendars.Calendar()
	ledger := sample.Generate(a.now(), func(d transactions.Date) bool {
		work, known := cal.IsWorkday(d)
		return work || !known && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
	})
	for i := range ledger.Merchants { // telephones of nobody, that the simulated gateway reaches
		ledger.Merchants[i].Phone = fmt.Sprintf("1990000%04d", i+1)
	}
	if err := storeSample(ctx, a.store, ledger); err != nil {
		return nil, err
	}
	examples := map[string][]string{}
	for _, e := range ledger.Guide() {
		examples[e.MerchantNo] = append(examples[e.MerchantNo], e.Say)
	}
	var bindings []transactions.BindingRow
	for i, m := range ledger.Merchants {
		openID := fmt.Sprintf("demo-merchant-%d", i+1)
		nickname := strings.TrimSuffix(m.Name, "店") + "老板"
		if _, _, err := a.store.EnsureContact(ctx, demoApp, openID, nickname); err != nil {
			return nil, fmt.Errorf("the demo's followers: %w", err)
		}
		platform.AddFollower(wechatsim.Follower{OpenID: openID, Nickname: nickname, Shop: m.Brand + " · " + m.Name, Phone: m.Phone, Examples: examples[m.MerchantNo]})
		bindings = append(bindings, transactions.BindingRow{AppID: demoApp, OpenID: openID, MerchantNo: m.MerchantNo, Role: "owner"})
	}
	platform.AddFollower(wechatsim.Follower{OpenID: "demo-stranger", Nickname: "路人甲", Shop: "没有绑定商户", Examples: append(examples[""], "昨天刷的5000没到账", "绑定", "T+1是什么意思")})
	first := ledger.Merchants[0]
	platform.AddFollower(wechatsim.Follower{
		OpenID: "demo-new-phone", Nickname: "换了微信的老板", Shop: "还没绑定，登记手机在手", Phone: first.Phone,
		Examples: []string{"绑定商户号" + first.MerchantNo + "，结算卡尾号" + first.Account.Last4, "人工核实", "昨天刷的5000没到账"},
	})
	if _, err := a.store.UpsertBindings(ctx, []string{"role"}, bindings); err != nil {
		return nil, fmt.Errorf("bind the demo's followers: %w", err)
	}
	return a.demoPeople(ctx)
}

func storeSample(ctx context.Context, s *store.Store, l sample.Ledger) error {
	_, err1 := s.UpsertMerchants(ctx, nil, l.Merchants)
	_, err2 := s.UpsertTerminals(ctx, nil, l.Terminals)
	_, err3 := s.UpsertTransactions(ctx, nil, l.Transactions)
	_, err4 := s.UpsertSettlements(ctx, nil, l.Settlements)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return fmt.Errorf("sample ledger: %w", err)
	}
	have, err := s.DeskNotices(ctx)
	if err != nil {
		return fmt.Errorf("sample notices: %w", err)
	}
	for _, n := range l.Notices {
		notice := desk.Notice{Brand: n.Brand, Title: n.Title, Text: n.Text, From: n.From, Until: n.Until, Published: true, CreatedBy: "demo"}
		for _, h := range have { // a kept demo: move the notice along with the clock
			if h.Title == n.Title {
				notice.ID = h.ID
			}
		}
		if _, err := s.DeskSaveNotice(ctx, notice, desk.Audit{Actor: "system", Action: "notice.save", Detail: "demo"}); err != nil {
			return fmt.Errorf("sample notice: %w", err)
		}
	}
	return nil
}

// demoPeople makes an administrator and three agents with passwords of their
// own, printed once.
func (a *app) demoPeople(ctx context.Context) ([]person, error) {
	people := []person{
		{"admin", "王主任", "admin", ""}, {"xiaoli", "小李", "agent", ""}, {"xiaozhao", "小赵", "agent", ""}, {"chenjie", "陈姐", "supervisor", ""},
	}
	hasher := console.NewHasher(1)
	for i := range people {
		p := &people[i]
		p.password = oneTimePassword()
		hash, err := hasher.Hash(ctx, p.password)
		if err != nil {
			return nil, fmt.Errorf("hash: %w", err)
		}
		_, err = a.store.CreateUser(ctx, desk.User{Name: p.name, DisplayName: p.display, Role: desk.Role(p.role), PasswordHash: hash},
			desk.Audit{Actor: "system", Action: "user.create", Subject: "user:" + p.name, Detail: "demo"})
		var refusal *desk.Refusal
		if errors.As(err, &refusal) && refusal.Kind == desk.Exists {
			u, err := a.store.UserByName(ctx, p.name) // a kept database: a fresh password
			if err == nil {
				err = a.store.SetPassword(ctx, u.ID, hash, false, "", desk.Audit{Actor: "system", Action: "user.password", Subject: "user:" + p.name, Detail: "demo"})
			}
			if err != nil {
				return nil, fmt.Errorf("user %s: %w", p.name, err)
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", p.name, err)
		}
	}
	return people, nil
}

func printDemo(t terminal, base string, now time.Time, people []person) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n到账演示已就绪（演示时间 %s）\n\n", now.Format("2006-01-02 15:04 MST"))
	fmt.Fprintf(&b, "  手机页   %s/simulator\n", base)
	fmt.Fprintf(&b, "  控制台   %s/\n", base)
	fmt.Fprintf(&b, "  接口文档 %s/api/docs\n\n", base)
	fmt.Fprint(&b, "  控制台账号（密码只在这里显示一次）\n")
	for _, p := range people {
		fmt.Fprintf(&b, "    %-9s %s  %s（%s）\n", p.name, p.password, p.display, desk.Role(p.role).Chinese())
	}
	fmt.Fprint(&b, "\n  试试：在手机页选拉卡拉那家店，发“昨天下午刷了一笔5000到现在没到账”。Ctrl+C 结束。\n\n")
	fmt.Fprint(t.stdout, b.String())
}
