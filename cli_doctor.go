package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// doctorTimeout bounds each check of the doctor.
const doctorTimeout = 10 * time.Second

// runDoctor checks the configuration against the outside: one line a check, ✓
// good, ✗ wrong with what to do, – not needed or not to be told from here. It
// changes nothing and fails when a check fails.
func runDoctor(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("doctor", flag.ContinueOnError)
	ready := f.Bool("ready", false, "只问正在运行的服务的 /readyz：就绪则退出码 0（容器健康检查用）")
	cfg, rest, err := configFlags(t, f, args)
	var usage usageError
	switch {
	case errors.As(err, &usage), errors.Is(err, flag.ErrHelp):
		return err
	case err == nil && len(rest) > 0:
		return usagef("不带参数")
	case *ready && err != nil:
		return err
	case *ready:
		return askReady(ctx, newDoctorClient(), cfg.Listen)
	}
	d := &doctor{cfg: cfg, out: t.stdout, secrets: secretMask(cfg), now: time.Now, http: newDoctorClient()}
	if err != nil {
		for line := range strings.SplitSeq(strings.TrimPrefix(err.Error(), "configuration: "), "\n") {
			d.bad("配置", "%s", line)
		}
		d.skip("其余检查", "先改正配置，再运行一次")
		return errSilent
	}
	d.ok("配置", "有效，%d个公众号；生效值见 daozhang config", len(cfg.accounts()))
	d.examine(ctx)
	if d.failed > 0 {
		fmt.Fprintf(t.stderr, "daozhang doctor: %d项有问题，见上面的 ✗\n", d.failed)
		return errSilent
	}
	return nil
}

func newDoctorClient() *http.Client {
	return &http.Client{
		Timeout:       doctorTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// doctor prints what it finds.
type doctor struct {
	cfg     Config
	out     io.Writer
	secrets *strings.Replacer
	now     func() time.Time
	http    *http.Client
	failed  int
}

// examine runs every check in the order in which an operator would mend them.
func (d *doctor) examine(ctx context.Context) {
	for _, check := range []func(context.Context){
		d.dataDir, d.database, d.redis, d.listenAddress, d.metricsAddress, d.publicURL, d.clock, d.accounts, d.lookUpSources, d.model, d.embeddings, d.imports, d.sms,
	} {
		bounded, cancel := context.WithTimeout(ctx, 2*doctorTimeout) // several calls each; each call has its own limit
		check(bounded)
		cancel()
	}
}

func (d *doctor) ok(name, format string, args ...any)   { d.line("✓", name, format, args) }
func (d *doctor) skip(name, format string, args ...any) { d.line("–", name, format, args) }

func (d *doctor) bad(name, format string, args ...any) {
	d.failed++
	d.line("✗", name, format, args)
}

// line prints one finding. What others wrote into an error is kept on the
// line, and no configured secret is ever printed.
func (d *doctor) line(mark, name, format string, args []any) {
	text := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	fmt.Fprintf(d.out, "%s %s：%s\n", mark, name, d.secrets.Replace(text))
}

// secretMask replaces every secret of the configuration.
func secretMask(c Config) *strings.Replacer {
	var pairs []string
	hide := func(s string) {
		if len(s) >= 4 {
			pairs = append(pairs, s, "******")
		}
	}
	for _, k := range configKeys() {
		v, _ := k.value(c).(string)
		switch k.secret {
		case "yes":
			hide(v)
		case "url":
			if u, err := url.Parse(v); err == nil && u.User != nil {
				password, _ := u.User.Password()
				hide(password)
			}
		}
	}
	for _, a := range c.WeChat.Accounts {
		hide(a.AppSecret)
		hide(a.Token)
		hide(a.EncodingAESKey)
		hide(a.PreviousEncodingAESKey)
	}
	entries, _ := c.Ledger.sourceEntries()
	for _, e := range entries {
		for _, s := range sourceSecrets(e) {
			hide(s)
		}
	}
	return strings.NewReplacer(pairs...)
}

// get makes a request that carries nothing of ours; errors never hold the
// address's query.
func (d *doctor) get(ctx context.Context, method, address string) (fetched, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	return fetch(ctx, d.http, method, address)
}

// fetched is an answer that has been read.
type fetched struct {
	status int
	header http.Header
	body   string
}

// fetch reads at most 64 KiB of an answer.
func fetch(ctx context.Context, client *http.Client, method, address string) (fetched, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return fetched{}, errors.New("地址写法不对")
	}
	resp, err := client.Do(req)
	if err != nil {
		return fetched{}, plainCause(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fetched{}, plainCause(err)
	}
	return fetched{status: resp.StatusCode, header: resp.Header, body: string(body)}, nil
}

// plainCause drops the address from an HTTP error.
func plainCause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("超时没有应答")
	}
	return err
}

// askReady asks the server that runs on listen whether it is ready.
func askReady(ctx context.Context, client *http.Client, listen string) error {
	ctx, cancel := context.WithTimeout(ctx, 2500*time.Millisecond) // inside the container's own limit of 3 s
	defer cancel()
	resp, err := fetch(ctx, client, http.MethodGet, "http://"+reachable(listen)+"/readyz")
	if err != nil {
		return fmt.Errorf("%s 上没有就绪的服务：%w", listen, err)
	}
	if resp.status == http.StatusOK {
		return nil
	}
	var answer struct {
		Failed []string `json:"failed"`
	}
	if json.Unmarshal([]byte(resp.body), &answer) == nil && len(answer.Failed) > 0 {
		return fmt.Errorf("还没就绪：%s 没有应答", strings.Join(answer.Failed, ", "))
	}
	return fmt.Errorf("%s/readyz 返回 %d", listen, resp.status)
}

// listenAddress: free, or taken by a server of ours.
func (d *doctor) listenAddress(ctx context.Context) {
	const name = "监听地址"
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.cfg.Listen)
	if err == nil {
		_ = l.Close() // only tried
		d.ok(name, "%s 可用，服务还没有运行", d.cfg.Listen)
		return
	}
	resp, askErr := d.get(ctx, http.MethodGet, "http://"+reachable(d.cfg.Listen)+"/readyz")
	switch {
	case askErr != nil || !strings.Contains(resp.body, "ready"):
		d.bad(name, "%s 用不了：%v。换一个 listen，或停掉占用它的程序", d.cfg.Listen, err)
	case resp.status != http.StatusOK:
		d.bad(name, "%s 上的服务没有就绪：%s", d.cfg.Listen, resp.body)
	default:
		d.ok(name, "%s 上的服务已就绪", d.cfg.Listen)
	}
}

// metricsAddress: free or ours, and not the public one.
func (d *doctor) metricsAddress(ctx context.Context) {
	const name = "指标地址"
	at := d.cfg.MetricsListen
	if at == "" {
		d.skip(name, "metrics_listen 为空，不提供指标")
		return
	}
	if at == d.cfg.Listen {
		d.bad(name, "metrics_listen 与 listen 相同：指标和性能分析不能放在公开地址上，请换一个端口")
		return
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at)
	if err == nil {
		_ = l.Close() // only tried
		d.ok(name, "%s 可用", at)
		return
	}
	if resp, askErr := d.get(ctx, http.MethodGet, "http://"+reachable(at)+"/metrics"); askErr != nil || !strings.Contains(resp.body, "daozhang_") {
		d.bad(name, "%s 用不了：%v。服务照常运行但没有指标，请换一个 metrics_listen", at, err)
		return
	}
	d.ok(name, "%s 上有本服务的指标", at)
}
