package wechat

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daozhang/bot/delivery"
	"daozhang/handlers/wechat/wechatsim"
)

func textTo(openID, text string) delivery.Outbound {
	return delivery.Outbound{AppID: testApp, OpenID: openID, Text: text}
}

// written opens the message window of openA without a reply.
func written(t *testing.T, r *rig) {
	t.Helper()
	if err := r.sim.Say(openA, "在吗"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "delivered", func() bool { return r.settled(openA) })
}

func TestSendErrorClasses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code int
		want delivery.Class
	}{
		{-1, delivery.ClassRetry},
		{45009, delivery.ClassRetry},
		{45011, delivery.ClassRetry},
		{45015, delivery.ClassWindow},
		{45047, delivery.ClassQuota},
		{40003, delivery.ClassPermanent},
		{43004, delivery.ClassPermanent},
		{45162, delivery.ClassPermanent},
		{45081, delivery.ClassPermanent},
		{48001, delivery.ClassForbidden},
		{40164, delivery.ClassOperator},
		{99999, delivery.ClassRetry},
	} {
		r := newRig(t, newCore(silent), rigOptions{})
		written(t, r)
		r.sim.Inject(wechatsim.Injection{API: "message/custom/send", ErrCode: c.code, ErrMsg: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, hint " + openA})
		err := r.Send(t.Context(), textTo(openA, "好"))
		var e *delivery.Error
		if !errors.As(err, &e) || e.Class != c.want || e.Code != c.code {
			t.Errorf("%d: %#v", c.code, err)
			continue
		}
		if strings.Contains(e.Msg, openA) {
			t.Errorf("%d: the error names the user: %s", c.code, e.Msg)
		}
		if c.code == 40164 && !strings.Contains(e.Msg, "203.0.113.7") {
			t.Errorf("the error does not name the IP: %s", e.Msg)
		}
	}
}

func TestRealQuota(t *testing.T) {
	t.Parallel()
	clock := &hands{at: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	r := newRig(t, newCore(silent), rigOptions{now: clock.now})
	class := func(openID string) delivery.Class {
		err := r.Send(t.Context(), textTo(openID, "好"))
		var e *delivery.Error
		if errors.As(err, &e) {
			return e.Class
		}
		return delivery.ClassOK
	}
	if got := class(openA); got != delivery.ClassWindow {
		t.Errorf("before any contact: %s", got)
	}
	if got := class("nobody"); got != delivery.ClassPermanent {
		t.Errorf("unknown user: %s", got)
	}
	written(t, r)
	for i := range 5 {
		if got := class(openA); got != delivery.ClassOK {
			t.Errorf("message %d: %s", i+1, got)
		}
	}
	if got := class(openA); got != delivery.ClassQuota {
		t.Errorf("sixth message: %s", got)
	}
	if err := r.sim.Click(openA, "QUERY"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if got := class(openA); got != delivery.ClassOK {
			t.Errorf("after the click, %d: %s", i+1, got)
		}
	}
	if got := class(openA); got != delivery.ClassQuota {
		t.Errorf("fourth after the click: %s", got)
	}
	clock.move(49 * time.Hour)
	if got := class(openA); got != delivery.ClassWindow {
		t.Errorf("after 49 hours: %s", got)
	}
	written(t, r)
	if err := r.sim.Unfollow(openA); err != nil {
		t.Fatal(err)
	}
	if got := class(openA); got != delivery.ClassWindow {
		t.Errorf("after unfollowing: %s", got)
	}
}

// hands is a clock that tests move.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.at }

func (h *hands) move(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.at = h.at.Add(d) }

func TestTokenIsRenewedOnceWhenRefused(t *testing.T) {
	t.Parallel()
	for _, code := range []int{40001, 40014, 42001} {
		r := newRig(t, newCore(silent), rigOptions{})
		written(t, r)
		if err := r.Send(t.Context(), textTo(openA, "一")); err != nil {
			t.Fatal(err)
		}
		r.sim.Inject(wechatsim.Injection{API: "message/custom/send", ErrCode: code, Times: 1})
		if err := r.Send(t.Context(), textTo(openA, "二")); err != nil {
			t.Errorf("%d: %v", code, err)
		}
		// The normal mode repeats the token, so it is renewed by force.
		if n := r.sim.Calls("stable_token"); n != 3 {
			t.Errorf("%d: %d token calls, want 3 (first, same again, forced)", code, n)
		}
		r.sim.Inject(wechatsim.Injection{API: "message/custom/send", ErrCode: code})
		err := r.Send(t.Context(), textTo(openA, "三"))
		var e *delivery.Error
		if !errors.As(err, &e) || e.Class != delivery.ClassToken {
			t.Errorf("%d for ever: %v", code, err)
		}
		if n := r.sim.Calls("message/custom/send"); n != 5 {
			t.Errorf("%d: %d sends, want 5: one retry per message", code, n)
		}
	}
}

func TestRevokedSecretHeals(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	written(t, r)
	if err := r.Send(t.Context(), textTo(openA, "一")); err != nil {
		t.Fatal(err)
	}
	r.sim.RevokeTokens()
	if err := r.Send(t.Context(), textTo(openA, "二")); err != nil {
		t.Error(err)
	}
}

func TestParallelSendsFetchOneToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	r.sim.Inject(wechatsim.Injection{API: "stable_token", DelayMS: 20})
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() { _, _ = r.api.tokens.token(t.Context(), r.accounts[testApp]) })
	}
	wg.Wait()
	if n := r.sim.Calls("stable_token"); n != 1 {
		t.Errorf("%d token calls, want 1", n)
	}
}

func TestShortLivedToken(t *testing.T) {
	t.Parallel()
	clock := &hands{at: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	r := newRig(t, newCore(silent), rigOptions{now: clock.now})
	r.sim.SetTokenLife(200 * time.Second)
	acc := r.accounts[testApp]
	for range 5 {
		if _, err := r.api.tokens.token(t.Context(), acc); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.sim.Calls("stable_token"); n != 1 {
		t.Errorf("%d token calls within its life, want 1", n)
	}
	clock.move(101 * time.Second)
	if _, err := r.api.tokens.token(t.Context(), acc); err != nil {
		t.Fatal(err)
	}
	if n := r.sim.Calls("stable_token"); n != 2 {
		t.Errorf("%d token calls after half its life, want 2", n)
	}
}

// brokenStore is a shared store that is down.
type brokenStore struct{ calls atomic.Int64 }

var errDown = errors.New("connection refused")

func (b *brokenStore) Get(context.Context, string) (string, time.Time, error) {
	b.calls.Add(1)
	return "", time.Time{}, errDown
}
func (b *brokenStore) Set(context.Context, string, string, time.Time) error { return errDown }
func (b *brokenStore) Drop(context.Context, string, string) error           { return errDown }
func (b *brokenStore) Lock(context.Context, string, time.Duration) (func(), bool, error) {
	return nil, false, errDown
}

func TestTokenStoreDownDoesNotStopSending(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{tokens: &brokenStore{}})
	written(t, r)
	for range 2 {
		if err := r.Send(t.Context(), textTo(openA, "好")); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.sim.Calls("stable_token"); n != 1 {
		t.Errorf("%d token calls, want 1 kept in the process", n)
	}
}

// Two replicas share the token through the store.
func TestReplicasShareTheToken(t *testing.T) {
	t.Parallel()
	shared := NewMemoryTokens()
	r := newRig(t, newCore(silent), rigOptions{tokens: shared})
	other := newTokenSource(shared, r.log, time.Now)
	other.fetch = r.api.stableToken
	a, err := r.api.tokens.token(t.Context(), r.accounts[testApp])
	if err != nil {
		t.Fatal(err)
	}
	b, err := other.token(t.Context(), r.accounts[testApp])
	if err != nil || a != b || r.sim.Calls("stable_token") != 1 {
		t.Errorf("%t, %v, %d calls", a == b, err, r.sim.Calls("stable_token"))
	}
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	written(t, r)
	if err := r.Send(t.Context(), textTo(openA, "好")); err != nil {
		t.Fatal(err)
	}
	token, err := r.api.tokens.token(t.Context(), r.accounts[testApp])
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", what)
			return
		}
		for _, s := range []string{token, testSecret, openA, "access_token=s"} {
			if strings.Contains(err.Error(), s) {
				t.Errorf("%s: the error holds %q: %v", what, s, err)
			}
		}
	}
	r.sim.Inject(wechatsim.Injection{API: "message/custom/send", Drop: true})
	check("dropped connection", r.Send(t.Context(), textTo(openA, "好")))
	r.sim.ClearInjections()
	r.sim.Inject(wechatsim.Injection{API: "message/custom/send", ErrCode: 40008, ErrMsg: "bad " + token + " for " + openA + " " + testSecret})
	check("chatty errmsg", r.Send(t.Context(), textTo(openA, "好")))
	r.sim.ClearInjections()
	r.sim.Inject(wechatsim.Injection{API: "message/custom/send", DelayMS: 500})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	check("timeout", r.Send(ctx, textTo(openA, "好")))
	r.sim.ClearInjections()
	r.api.base = "http://127.0.0.1:1"
	check("nobody there", r.Send(t.Context(), textTo(openA, "好")))
	r.RevokeAll(t)
	check("token endpoint away", r.Send(t.Context(), textTo(openA, "好")))
}

// RevokeAll makes the channel forget its token.
func (r *rig) RevokeAll(t *testing.T) {
	t.Helper()
	acc := r.accounts[testApp]
	v, _ := r.api.tokens.token(t.Context(), acc)
	r.api.tokens.refused(t.Context(), acc, v)
}

func choicesRow() delivery.Outbound {
	return delivery.Outbound{
		AppID: testApp, OpenID: openA, Text: "是哪一笔？\n1. 5000.00元\n2. 都不是\n也可以直接说。",
		Choices: []delivery.Choice{{ID: 1, Text: "5000.00元"}, {ID: 2, Text: "都不是"}},
	}
}

func TestMenuMessageAndItsFallback(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	written(t, r)
	if err := r.Send(t.Context(), choicesRow()); err != nil {
		t.Fatal(err)
	}
	m := r.heard(openA)[0]
	if m.Kind != "menu" || m.Text != "是哪一笔？" || m.Tail != "也可以直接说。" || len(m.Items) != 2 || m.Items[1] != (wechatsim.Item{ID: "2", Content: "都不是"}) {
		t.Errorf("menu = %+v", m)
	}
	r.sim.Inject(wechatsim.Injection{API: "message/custom/send", ErrCode: 40200, Times: 1})
	for range 2 {
		if err := r.Send(t.Context(), choicesRow()); err != nil {
			t.Fatal(err)
		}
		all := r.heard(openA)
		if m := all[len(all)-1]; m.Kind != "text" || !strings.Contains(m.Text, `msgmenuid=2">2. 都不是</a>`) {
			t.Errorf("fallback = %+v", m)
		}
	}
	if n := r.sim.Calls("message/custom/send"); n != 4 {
		t.Errorf("%d sends, want 4: the fallback is remembered", n)
	}
}

func TestAgentNameAndUnknownAgent(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{sim: wechatsim.Options{Agents: map[string]string{"lin@gh": "小林"}}})
	written(t, r)
	for kf, want := range map[string]string{"lin@gh": "小林", "gone@gh": ""} {
		out := textTo(openA, "我来处理")
		out.KfAccount = kf
		if err := r.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		all := r.heard(openA)
		if got := all[len(all)-1].Agent; got != want {
			t.Errorf("%s shown as %q", kf, got)
		}
	}
}

func TestLongTextIsSentInParts(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	written(t, r)
	long := strings.TrimSpace(strings.Repeat(strings.Repeat("到账时间说明。", 40)+"\n\n", 5))
	if err := r.Send(t.Context(), textTo(openA, long)); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range r.heard(openA) {
		all = append(all, m.Text)
	}
	if len(all) < 2 || strings.Join(all, "\n\n") != long {
		t.Errorf("%d parts do not make the text", len(all))
	}
	// The quota ends in the middle: the rest is named.
	written(t, r)
	for range 4 {
		if err := r.Send(t.Context(), textTo(openA, "占额度")); err != nil {
			t.Fatal(err)
		}
	}
	err := r.Send(t.Context(), textTo(openA, long))
	var p *delivery.Partial
	var e *delivery.Error
	if !errors.As(err, &p) || !errors.As(err, &e) || e.Class != delivery.ClassQuota || !strings.HasSuffix(long, p.Rest) || p.Rest == long {
		t.Errorf("broken off: %#v", err)
	}
}

func TestTooLongIsCutSmaller(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	written(t, r)
	r.sim.Inject(wechatsim.Injection{API: "message/custom/send", ErrCode: 45002, Times: 1})
	text := strings.Repeat("一句话。", 100)
	if err := r.Send(t.Context(), textTo(openA, text)); err != nil {
		t.Fatal(err)
	}
	if got := r.heard(openA); len(got) != 2 || got[0].Text+got[1].Text != text {
		t.Errorf("%d parts", len(got))
	}
}

func TestForbiddenSwitchesToPassive(t *testing.T) {
	t.Parallel()
	clock := &hands{at: time.Now()}
	r := newRig(t, newCore(answering("慢", 200*time.Millisecond)), rigOptions{now: clock.now, sim: wechatsim.Options{Unverified: true}})
	if !r.MaySend(testApp) {
		t.Error("auto does not begin as verified")
	}
	if ok, err := r.Probe(t.Context(), testApp); ok || err != nil {
		t.Errorf("probe = %t, %v", ok, err)
	}
	if r.MaySend(testApp) {
		t.Error("48001 was not remembered")
	}
	calls := r.sim.Calls("message/custom/send")
	var e *delivery.Error
	if err := r.Send(t.Context(), textTo(openA, "好")); !errors.As(err, &e) || e.Class != delivery.ClassForbidden || r.sim.Calls("message/custom/send") != calls {
		t.Errorf("send = %v", err)
	}
	if err := r.sim.Say(openA, "在吗"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an answer held over the retries", func() bool { return len(r.heard(openA)) == 1 && r.heard(openA)[0].Passive })
	r.sim.SetVerified(true)
	if ok, err := r.Probe(t.Context(), testApp); !ok || err != nil || !r.MaySend(testApp) {
		t.Errorf("probe after verification = %t, %v", ok, err)
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	out := delivery.Outbound{ID: 7, AppID: testApp, OpenID: openA, Template: &delivery.Template{ID: "tpl", Fields: map[string]string{
		"thing1": strings.Repeat("长", 40), "phrase2": "已经到账啦请查收ok", "character_string3": "订单 A-1", "amount4": "4970.00元",
	}}}
	if err := r.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if m := r.heard(openA)[0]; m.Kind != "template" || !strings.Contains(m.Text, "phrase2：已经到账啦") || !strings.Contains(m.Text, "character_string3：A-1") {
		t.Errorf("template = %+v", m)
	}
	eventually(t, "the result", func() bool {
		s := r.core.seen()
		return len(s) == 1 && s[0].Event == "TEMPLATESENDJOBFINISH" && s[0].Text == "success"
	})
	if err := r.sim.Unfollow(openA); err != nil {
		t.Fatal(err)
	}
	var e *delivery.Error
	if err := r.Send(t.Context(), out); !errors.As(err, &e) || e.Code != 43004 || e.Class != delivery.ClassPermanent {
		t.Errorf("after unfollowing: %v", err)
	}
}

func TestTypingQRMediaMenu(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	if err := r.Typing(t.Context(), testApp, openA, true); err != nil {
		t.Errorf("typing without a recent exchange must be no error: %v", err)
	}
	written(t, r)
	for range 2 {
		if err := r.Typing(t.Context(), testApp, openA, true); err != nil {
			t.Error(err)
		}
	}
	link, err := r.QR(t.Context(), testApp, "m:822100000000001", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := r.api.client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("QR picture is %s", resp.Header.Get("Content-Type"))
	}
	if err := r.sim.Scan(openA, link[strings.Index(link, "=")+1:]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the scan", func() bool {
		s := r.core.seen()
		return s[len(s)-1].Event == "SCAN" && s[len(s)-1].EventKey == "m:822100000000001"
	})
	if _, err := r.QR(t.Context(), testApp, strings.Repeat("x", 65), 0); err == nil {
		t.Error("a scene of 65 bytes was accepted")
	}
	id, err := r.UploadImage(t.Context(), testApp, "slip.png", []byte("\x89PNG\r\n\x1a\n"+strings.Repeat("x", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SendImage(t.Context(), testApp, openA, id, ""); err != nil {
		t.Error(err)
	}
	data, ct, err := r.Media(t.Context(), testApp, id, 1<<20)
	if err != nil || len(data) != 1008 || ct != "image/png" {
		t.Errorf("media: %d bytes, %s, %v", len(data), ct, err)
	}
	if _, _, err := r.Media(t.Context(), testApp, id, 100); err == nil {
		t.Error("a picture above the limit was accepted")
	}
	if _, _, err := r.Media(t.Context(), testApp, "none", 100); err == nil {
		t.Error("an unknown media id was accepted")
	}
	if err := r.SetMenu(t.Context(), testApp, []Button{{Name: "查到账", Key: "QUERY"}, {Name: "更多", Sub: []Button{{Name: "官网", URL: "https://example.com"}}}}); err != nil {
		t.Error(err)
	}
}
