package main

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
)

// workersWithSources is how many turns run at a time when look-ups wait for
// other people's networks: a slow source may hold 2 × concurrency of them.
const workersWithSources = 24

// connectSources is what answers look-ups: the local ledger alone, or the
// router that asks the configured sources first.
//
// closer ends what the sources hold.
func connectSources(cfg Config, local sources.Ledger, observe sources.Observer, log *slog.Logger, now func() time.Time) (_ transactions.Source, closer func(), _ error) {
	entries, bad := cfg.Ledger.sourceEntries()
	if len(bad) > 0 {
		return nil, nil, fmt.Errorf("%w", bad[0]) // loadConfig named them all
	}
	if len(entries) == 0 {
		return local, func() {}, nil
	}
	list := make([]sources.Source, 0, len(entries))
	for _, e := range entries {
		c, err := e.connect(now)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, sources.Source{Name: e.Name, Kind: cmp.Or(e.Source, e.kind.Name), Route: e.route(), Limits: e.limits(), Connector: c})
	}
	r, err := sources.NewRouter(sources.RouterDeps{
		Ledger: local, Sources: list, Observe: observe, Log: log, Now: now, Random: rand.Float64,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("ledger.sources: %w", err)
	}
	return r, r.Close, nil
}

// connect builds the connector of an entry; it does not call anybody.
func (e sourceEntry) connect(now func() time.Time) (sources.Connector, error) {
	c, err := e.kind.Build(e.settings, sources.Deps{Name: e.Name, Now: now, Timeout: e.limits().Timeout, Nonce: nonce})
	if err != nil {
		return nil, fmt.Errorf("ledger.sources (%s): %w", e.Name, err)
	}
	return c, nil
}

// nonce gives n random characters of 0-9a-z.
func nonce(n int) string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz"
	b := make([]byte, n)
	_, _ = crand.Read(b) // never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}

// sourceHooks count what sources do.
func (a *app) sourceHooks() sources.Observer {
	m := a.metrics
	return sources.Observer{Call: m.SourceCall, Cached: m.SourceCached, Breaker: m.SourceBreaker, Foreign: m.SourceForeign, Unlisted: m.SourceUnlisted}
}

// lookUpSources asks every configured source, each within its own limit.
func (d *doctor) lookUpSources(ctx context.Context) {
	entries, _ := d.cfg.Ledger.sourceEntries()
	if len(entries) == 0 {
		d.skip("查账来源", "没有配置 ledger.sources，只查本地账务")
		return
	}
	for _, e := range entries {
		d.lookUpSource(ctx, e)
	}
}

// maxSourceSkew is the clock difference that signed interfaces still accept.
const maxSourceSkew = 2 * time.Minute

func (d *doctor) lookUpSource(ctx context.Context, e sourceEntry) {
	name := "查账来源 " + e.Name
	c, err := e.connect(d.now)
	if err != nil {
		d.bad(name, "建不起来：%v", err)
		return
	}
	h, err := sources.CheckConnector(ctx, c, 2*e.limits().Timeout)
	skewed := h.SkewKnown && h.Skew.Abs() > maxSourceSkew
	switch {
	case err != nil && skewed:
		d.bad(name, "没有接受我们的请求（%v），并且对方的时钟与本机相差 %s：先校准本机时钟", err, h.Skew)
	case err != nil:
		d.bad(name, "%s（%v）", sourceAdvice(err), err)
	case skewed:
		d.bad(name, "通了，但对方的时钟与本机相差 %s，签名随时会被拒绝：请校准本机时钟", h.Skew)
	default:
		signed := "应答没有签名可验"
		if h.Signed {
			signed = "应答的签名正确"
		}
		d.ok(name, "可用（%s），%s。%s", e.kind.Name, signed, h.Note)
	}
}

// sourceAdvice says what to do about a failed check.
func sourceAdvice(err error) string {
	var e *sources.Error
	if !errors.As(err, &e) {
		return "用不了"
	}
	switch e.Kind {
	case sources.KindTimeout:
		return "在时限内没有应答：核对地址和出口网络，或把 timeout 调大一些"
	case sources.KindRefused:
		return "拒绝了我们：核对商户号、密钥、证书和对方平台上的权限、IP 白名单"
	case sources.KindSignature:
		return "应答的签名不对，不能相信：核对对方的公钥或密钥"
	case sources.KindGarbage:
		return "应答不是约定的样子：核对接口地址和字段路径"
	case sources.KindLimited:
		return "说我们调用太多：降低 concurrency，或请对方提高限额"
	}
	return "连不上：核对地址、证书和出口网络"
}
