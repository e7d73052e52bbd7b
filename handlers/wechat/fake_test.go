package wechat

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/bot/delivery"
	"daozhang/handlers/wechat/wechatsim"
)

const (
	testApp    = "wx1234567890abcdef"
	testSecret = "secret-of-the-test-account"
	testToken  = "spamtest"
	testKey    = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	otherKey   = "ABCDEFGabcdefghijklmnopqrstuvwxyz0123456789"
	openA      = "oA_follower_0001"
)

// core is the store and the runner of the tests: it keeps everything in memory
// and answers by turn.
type core struct {
	mu       sync.Mutex
	cond     *sync.Cond
	byKey    map[string]int64
	inbound  []delivery.Inbound
	accepts  int
	rows     map[int64]*row
	done     map[int64]int64 // inbound → outbound, 0 for none
	nextRow  int64
	failNext int
	panicOn  string
	// turn makes the answer to a message; the second value is how long it takes,
	// false that there is none.
	turn func(in delivery.Inbound) (delivery.Outbound, time.Duration, bool)
	work sync.WaitGroup
	// gaveBack lists errors that Delivered was told.
	gaveBack []error
}

type row struct {
	delivery.Outbound
	forPassive bool // a callback may still be waiting for it
}

func newCore(turn func(delivery.Inbound) (delivery.Outbound, time.Duration, bool)) *core {
	c := &core{byKey: map[string]int64{}, rows: map[int64]*row{}, done: map[int64]int64{}, turn: turn}
	c.cond = sync.NewCond(&c.mu)
	return c
}

func (c *core) Accept(_ context.Context, m delivery.Inbound) (int64, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failNext > 0 {
		c.failNext--
		return 0, false, errors.New("disk full")
	}
	c.accepts++
	if id, ok := c.byKey[m.AppID+m.DedupeKey]; ok {
		return id, true, nil
	}
	m.ID = int64(len(c.inbound) + 1)
	c.inbound = append(c.inbound, m)
	c.byKey[m.AppID+m.DedupeKey] = m.ID
	c.work.Go(func() { c.run(m) })
	return m.ID, false, nil
}

func (c *core) run(m delivery.Inbound) {
	out, takes, ok := c.turn(m)
	time.Sleep(takes)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done[m.ID] = 0
	if ok {
		c.nextRow++
		out.ID, out.AppID, out.OpenID, out.ReplyTo, out.State = c.nextRow, m.AppID, m.OpenID, m.ID, delivery.Pending
		c.rows[out.ID] = &row{Outbound: out, forPassive: true}
		c.done[m.ID] = out.ID
	}
	c.cond.Broadcast()
}

func (c *core) Await(ctx context.Context, id int64) (delivery.Outbound, bool) {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cond.Broadcast()
	})
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.panicOn == "await" {
		panic("customer data 6222021234567890123 in a panic")
	}
	for {
		if out, ok := c.done[id]; ok {
			if out == 0 {
				return delivery.Outbound{}, false
			}
			return c.rows[out].Outbound, true
		}
		if ctx.Err() != nil {
			return delivery.Outbound{}, false
		}
		c.cond.Wait()
	}
}

func (c *core) Claim(_ context.Context, id int64) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rows[id]
	if r == nil || r.State != delivery.Pending && r.State != delivery.Held {
		return false, nil
	}
	r.State = delivery.Passive
	return true, nil
}

func (c *core) Delivered(_ context.Context, id int64, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rows[id]
	r.forPassive = false
	var p *delivery.Partial
	switch {
	case err == nil:
		r.State = delivery.Sent
		return nil
	case errors.As(err, &p):
		r.Text = p.Rest
	}
	r.State = delivery.Pending
	c.gaveBack = append(c.gaveBack, err)
	return nil
}

func (c *core) Waiting(_ context.Context, _, openID string) ([]delivery.Outbound, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var rows []delivery.Outbound
	for id := int64(1); id <= c.nextRow; id++ {
		r := c.rows[id]
		if r.OpenID == openID && (r.State == delivery.Pending || r.State == delivery.Held) {
			rows = append(rows, r.Outbound)
		}
	}
	return rows, nil
}

func (c *core) states() map[int64]delivery.OutboundState {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := map[int64]delivery.OutboundState{}
	for id, r := range c.rows {
		m[id] = r.State
	}
	return m
}

func (c *core) seen() []delivery.Inbound {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]delivery.Inbound(nil), c.inbound...)
}

// answering replies with one text after a time.
func answering(text string, after time.Duration) func(delivery.Inbound) (delivery.Outbound, time.Duration, bool) {
	return func(delivery.Inbound) (delivery.Outbound, time.Duration, bool) {
		return delivery.Outbound{Text: text, Author: delivery.ByBot}, after, true
	}
}

// lockedBuffer collects logs.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// rig is a channel behind a real HTTP server with a simulated platform.
type rig struct {
	*Channel
	core *core
	sim  *wechatsim.Platform
	url  string // of the callback
	logs *lockedBuffer
}

type rigOptions struct {
	account Account
	sim     wechatsim.Options
	timing  Timing
	now     func() time.Time
	tokens  TokenStore
}

// fast is a platform fifty times as fast as the real one.
func fast() Timing {
	return Timing{Verified: 86 * time.Millisecond, Hold: 300 * time.Millisecond, Last: 84 * time.Millisecond, Poll: 5 * time.Millisecond, Patience: 110 * time.Millisecond}
}

const fastTimeout = 120 * time.Millisecond

func newRig(t *testing.T, c *core, o rigOptions) *rig {
	t.Helper()
	gin.SetMode(gin.TestMode)
	acc := Account{AppID: testApp, AppSecret: testSecret, Token: testToken, EncodingAESKey: testKey}
	if o.account.AppID != "" {
		acc = o.account
	}
	opt := o.sim
	opt.AppID, opt.AppSecret, opt.Token = acc.AppID, acc.AppSecret, acc.Token
	if opt.EncodingAESKey == "" {
		opt.EncodingAESKey = acc.EncodingAESKey
	}
	opt.Now = o.now
	if opt.Timeout == 0 {
		opt.Timeout = fastTimeout
	}
	if opt.Followers == nil {
		opt.Followers = []wechatsim.Follower{{OpenID: openA, Nickname: "王老板", Shop: "拉卡拉·鲜果店"}}
	}
	sim, err := wechatsim.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(sim.Handler())
	logs := &lockedBuffer{}
	timing := o.timing
	if timing == (Timing{}) {
		timing = fast()
	}
	ch, err := New(Deps{
		Accounts: []Account{acc}, Inbox: c, Replies: c, Waiting: c, Tokens: o.tokens,
		Redact:     func(s string) (string, []string) { return s, nil },
		APIBaseURL: api.URL, HTTPClient: api.Client(),
		Log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: o.now, Timing: timing,
	})
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	engine.ContextWithFallback = true
	ch.Register(engine)
	srv := httptest.NewServer(engine)
	sim.SetCallbackURL(srv.URL + "/wechat/" + acc.AppID)
	t.Cleanup(func() {
		sim.Close()
		srv.Close()
		api.Close()
		c.work.Wait()
	})
	return &rig{Channel: ch, core: c, sim: sim, url: srv.URL + "/wechat/" + acc.AppID, logs: logs}
}

// eventually waits for a condition that a background callback brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never happened: %s", what)
}

// heard lists what the account said to a follower.
func (r *rig) heard(openID string) []wechatsim.Message {
	var out []wechatsim.Message
	for _, m := range r.sim.Messages(openID) {
		if m.From == "account" {
			out = append(out, m)
		}
	}
	return out
}

// settled reports that every message of the user has left the sending state.
func (r *rig) settled(openID string) bool {
	for _, m := range r.sim.Messages(openID) {
		if m.State == "sending" {
			return false
		}
	}
	return true
}
