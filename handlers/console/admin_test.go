package console_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Admin)
	var made console.UserSecret
	b.call("POST", "/users", console.UserCreate{Name: "wang", DisplayName: "小王", Role: "agent", Password: "given secret one"}, 200, &made)
	if made.Password != "" || !made.User.MustChange {
		t.Errorf("a password that was given is shown: %+v", made)
	}
	b.refused("POST", "/users", console.UserCreate{Name: "wang", DisplayName: "小王", Role: "agent"}, 409, "NAME_TAKEN")
	b.refused("POST", "/users", console.UserCreate{Name: "Wang Li", DisplayName: "小王", Role: "agent"}, 422, "INVALID")
	b.refused("POST", "/users", console.UserCreate{Name: "li", DisplayName: "小李", Role: "root"}, 422, "INVALID")
	b.refused("POST", "/users", console.UserCreate{Name: "li", DisplayName: "小李", Role: "agent", Password: "short"}, 422, "PASSWORD_WEAK")
	id := str(int64(made.User.ID))
	var u console.User
	b.call("PUT", "/users/"+id, console.UserUpdate{DisplayName: "王主管", Role: "supervisor"}, 200, &u)
	if u.Role != "supervisor" {
		t.Errorf("user %+v", u)
	}
	var l console.UserList
	b.call("GET", "/users", nil, 200, &l)
	if len(l.Items) != 2 {
		t.Fatalf("users %+v", l)
	}
	me := l.Items[0]
	b.refused("PUT", "/users/"+str(int64(me.ID)), console.UserUpdate{DisplayName: "x", Role: "agent"}, 409, "LAST_ADMIN")
	b.refused("PUT", "/users/"+str(int64(me.ID)), console.UserUpdate{DisplayName: "x", Role: "admin", Disabled: true}, 409, "LAST_ADMIN")
	b.call("GET", "/users", nil, 200, nil) // the refusal changed nothing
	b.call("POST", "/users/"+id+"/password", nil, 200, &made)
	if made.Password == "" {
		t.Error("no one-time password")
	}
	b.refused("POST", "/users/7/password", nil, 404, "NOT_FOUND")
	raw := string(b.do("GET", "/users", nil).body)
	if strings.Contains(raw, "argon2") || strings.Contains(raw, "hash") {
		t.Error("the list of users shows hashes")
	}
}

func TestAuditList(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Admin)
	for range 3 {
		b.call("POST", "/macros", console.MacroInput{Title: "a", Text: "b"}, 200, nil)
	}
	var l console.AuditList
	b.call("GET", "/audit?action=macro.*&limit=2", nil, 200, &l)
	if len(l.Items) != 2 || l.NextCursor == "" || l.Items[0].Actor != "user:admin" || l.Items[0].Client == "" {
		t.Fatalf("audit %+v", l)
	}
	b.call("GET", "/audit?action=macro.*&limit=2&cursor="+l.NextCursor, nil, 200, &l)
	if len(l.Items) != 1 || l.NextCursor != "" {
		t.Fatalf("second page %+v", l)
	}
	b.call("GET", "/audit?from=2026-11-19", nil, 200, &l)
	if len(l.Items) != 0 {
		t.Errorf("tomorrow has %d records", len(l.Items))
	}
	b.call("GET", "/audit?actor=user:admin&to=2026-11-18", nil, 200, &l)
	if len(l.Items) == 0 {
		t.Error("today has no records")
	}
	b.refused("GET", "/audit?from=x", nil, 422, "INVALID")
}

func TestReport(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	one := e.conversation("o1", true, "normal", "没到账", "在吗")
	e.say(one, "bot", "明天到", `{"cause":"CYCLE_NOT_DUE","articles":["a@1"]}`)
	two := e.conversation("o2", true, "", "你好")
	e.say(two, "bot", "您好", `{"cause":""}`)
	e.exec(`UPDATE cases SET first_reply_at = opened_at + 300000, status = 'closed', closed_at = opened_at + 600000, rating = 4`)
	e.clock.add(24 * time.Hour)
	e.say(two, "contact", "又来了", "")
	b := e.as(desk.Supervisor)
	var r console.Report
	b.call("GET", "/reports/summary?from=2026-11-18&to=2026-11-19", nil, 200, &r)
	want := console.ReportTotals{
		Conversations: 2, Inbound: 4, BotReplies: 2, Cases: 1, Closed: 1, Contained: 0.5, FirstReplyMin: 5, Rated: 1, RatingAverage: 4,
	}
	if r.Totals != want {
		t.Errorf("totals %+v, want %+v", r.Totals, want)
	}
	if len(r.Days) != 2 || r.Days[0] != (console.ReportDay{Day: "2026-11-18", Inbound: 3, BotReplies: 2, Cases: 1, Closed: 1}) || r.Days[1].Inbound != 1 {
		t.Errorf("days %+v", r.Days)
	}
	if len(r.Causes) != 1 || r.Causes[0] != (console.ReportCount{Name: "CYCLE_NOT_DUE", Count: 1}) || len(r.Reasons) != 1 || len(r.Articles) != 1 {
		t.Errorf("causes %+v, reasons %+v, articles %+v", r.Causes, r.Reasons, r.Articles)
	}
	b.call("GET", "/reports/summary", nil, 200, &r)
	if len(r.Days) != 7 || r.To != "2026-11-19" {
		t.Errorf("the default span is %d days to %s", len(r.Days), r.To)
	}
	b.refused("GET", "/reports/summary?from=2026-01-01&to=2026-11-19", nil, 422, "INVALID")
	b.refused("GET", "/reports/summary?from=2026-11-20&to=2026-11-19", nil, 422, "INVALID")
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Supervisor)
	conversation := e.conversation("o1", true, "", "你好")
	message := e.say(conversation, "bot", "您好", "")
	id := e.store.NewID()
	e.exec(`INSERT INTO outbox (id, conversation_id, message_id, app_id, openid, author, body, state, due_at, attempts, last_error, created_at)
		VALUES (?, ?, ?, 'wx1', 'o1', 'bot', '{}', 'dead', 1, 6, 'operator 40164', 1)`, id, conversation, message)
	var l console.DeadLetterList
	b.call("GET", "/dead-letters", nil, 200, &l)
	if len(l.Items) != 1 || l.Items[0].Text != "您好" || !strings.Contains(l.Items[0].Hint, "白名单") {
		t.Fatalf("dead letters %+v", l)
	}
	var d console.ConversationDetail
	b.call("GET", "/conversations/"+str(conversation), nil, 200, &d)
	if d.Messages[1].Delivery == nil || d.Messages[1].Delivery.State != "dead" || d.Conversation.Dead != 1 {
		t.Errorf("message %+v", d.Messages[1])
	}
	b.call("POST", "/dead-letters/"+str(id)+"/retry", nil, 204, nil)
	b.refused("POST", "/dead-letters/"+str(id)+"/retry", nil, 404, "NOT_FOUND")
	e.audited("dead_letter.retry", "outbox:"+str(id))
}

func TestTokens(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Admin)
	var made console.TokenSecret
	b.call("POST", "/tokens", console.TokenInput{Name: "报表", Scopes: []string{"reports:read"}}, 200, &made)
	b.refused("POST", "/tokens", console.TokenInput{Name: "x", Scopes: []string{"everything"}}, 422, "INVALID")
	b.refused("POST", "/tokens", console.TokenInput{Name: "x", Scopes: []string{}}, 422, "INVALID")
	program := e.browser()
	auth := []string{"Authorization", "Bearer " + made.Secret}
	if r := program.do("GET", "/reports/summary", nil, auth...); r.status != 200 {
		t.Errorf("report by token: %d %s", r.status, r.body)
	}
	e.problem(program.do("GET", "/conversations", nil, auth...), 403, "FORBIDDEN")
	e.problem(program.do("GET", "/auth/me", nil, auth...), 403, "FORBIDDEN")
	e.problem(program.do("GET", "/reports/summary", nil, "Authorization", "Bearer dzt_wrong"), 401, "NOT_SIGNED_IN")
	e.problem(program.do("GET", "/reports/summary", nil, "Authorization", "Basic eDp5"), 401, "NOT_SIGNED_IN")
	var l console.TokenList
	b.call("GET", "/tokens", nil, 200, &l)
	if len(l.Items) != 1 || l.Items[0].LastUsedAt.IsZero() || strings.Contains(string(b.do("GET", "/tokens", nil).body), made.Secret) {
		t.Errorf("tokens %+v", l)
	}
	b.call("DELETE", "/tokens/"+str(int64(made.Token.ID)), nil, 204, nil)
	b.refused("DELETE", "/tokens/"+str(int64(made.Token.ID)), nil, 404, "NOT_FOUND")
	e.problem(program.do("GET", "/reports/summary", nil, auth...), 401, "NOT_SIGNED_IN")
}

func sign(secret string, at time.Time, body []byte) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(stamp + "."))
	h.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(h.Sum(nil))
}

func TestLedgerPush(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.as(desk.Admin)
	var made console.TokenSecret
	admin.call("POST", "/tokens", console.TokenInput{Name: "账务", Scopes: []string{"ledger:write"}}, 200, &made)
	b := e.browser()
	body := []byte(`{"rows":[{"id":"T1","amount":"50.00"},{"amount":"1"}]}`)
	r := b.do("POST", "/ledger/transactions", body, "Authorization", "Bearer "+made.Secret)
	var report console.PushReport
	if err := json.Unmarshal(r.body, &report); err != nil || r.status != 200 {
		t.Fatalf("%d %s %v", r.status, r.body, err)
	}
	if len(report.Accepted) != 1 || len(report.Rejected) != 1 || report.Rejected[0].Row != 2 {
		t.Errorf("report %+v", report)
	}
	now := e.clock.now()
	for name, tt := range map[string]struct {
		header string
		status int
	}{
		"good":            {sign("push-secret", now, body), 200},
		"a little old":    {sign("push-secret", now.Add(-4*time.Minute), body), 200},
		"too old":         {sign("push-secret", now.Add(-6*time.Minute), body), 401},
		"from the future": {sign("push-secret", now.Add(6*time.Minute), body), 401},
		"foreign secret":  {sign("other", now, body), 401},
		"other body":      {sign("push-secret", now, []byte("{}")), 401},
		"no form":         {"hello", 401},
		"no mac":          {"t=" + strconv.FormatInt(now.Unix(), 10), 401},
	} {
		if r := b.do("POST", "/ledger/settlements", body, "X-Daozhang-Signature", tt.header); r.status != tt.status {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, tt.status)
		}
	}
	e.problem(b.do("POST", "/ledger/merchants", []byte("nonsense"), "Authorization", "Bearer "+made.Secret), 422, "INVALID")
	e.problem(b.do("POST", "/ledger/merchants", body), 401, "NOT_SIGNED_IN")
	admin.refused("POST", "/ledger/merchants", body, 403, "FORBIDDEN")
	big := append([]byte(`{"rows":["`), bytes.Repeat([]byte("x"), 5<<20)...)
	e.problem(b.do("POST", "/ledger/merchants", big, "Authorization", "Bearer "+made.Secret), 413, "BODY_TOO_LARGE")
	e.audited("ledger.push", "ledger:transactions")
	off := newEnv(t, func(d *console.Deps) { d.PushSecret = "" })
	off.problem(off.browser().do("POST", "/ledger/merchants", body, "X-Daozhang-Signature", sign("", now, body)), 401, "NOT_SIGNED_IN")
}

func TestPages(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.browser()
	for _, tt := range []struct {
		path, cache, kind string
		status            int
	}{
		{"//", "no-cache", "text/html; charset=utf-8", 200},
		{"//conversations/12", "no-cache", "text/html; charset=utf-8", 200},
		{"//setup?token=x", "no-cache", "text/html; charset=utf-8", 200},
		{"//assets/app-abc123.js", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8", 200},
		{"//assets/gone-abc.js", "no-store", "text/plain; charset=utf-8", 404},
		{"//assets/../../etc/passwd.txt", "no-store", "text/plain; charset=utf-8", 404},
		{"/api/docs", "no-store", "text/html; charset=utf-8", 200},
		{"/api/docs.js", "no-store", "text/javascript; charset=utf-8", 200},
		{"/api/openapi.json", "no-store", "application/openapi+json", 200},
	} {
		r := b.do("GET", tt.path, nil)
		if r.status != tt.status || r.header.Get("Cache-Control") != tt.cache || r.header.Get("Content-Type") != tt.kind {
			t.Errorf("%s: %d %q %q", tt.path, r.status, r.header.Get("Cache-Control"), r.header.Get("Content-Type"))
		}
	}
	zipped := b.do("GET", "//assets/app-abc123.js", nil, "Accept-Encoding", "gzip")
	if zipped.header.Get("Content-Encoding") != "gzip" || !bytes.HasPrefix(zipped.body, []byte{0x1f, 0x8b}) {
		t.Errorf("not compressed: %v", zipped.header)
	}
	if r := b.do("GET", "//assets/app-abc123.js", nil, "If-None-Match", zipped.header.Get("ETag")); r.status != 304 {
		t.Errorf("unchanged asset: %d", r.status)
	}
	e.problem(b.do("POST", "//", map[string]string{}), 405, "METHOD_NOT_ALLOWED")
	none := newEnv(t, func(d *console.Deps) { d.Pages = nil })
	if r := none.browser().do("GET", "//", nil); r.status != 200 || !bytes.Contains(r.body, []byte("make web")) {
		t.Errorf("without a build: %d %s", r.status, r.body)
	}
	if strings.Contains(string(b.do("GET", "/api/docs", nil).body), "https://") {
		t.Error("the docs page loads from outside")
	}
}

func TestHasher(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := console.NewHasher(1)
	hash, err := h.Hash(ctx, "秘密")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	for password, want := range map[string]bool{"秘密": true, "秘密 ": false, "": false} {
		if ok, err := h.Verify(ctx, hash, password); ok != want || err != nil {
			t.Errorf("Verify(%q) = %v, %v", password, ok, err)
		}
	}
	if ok, err := h.Verify(ctx, "", "x"); ok || err != nil {
		t.Errorf("an empty hash: %v, %v", ok, err)
	}
	for _, bad := range []string{"x", "$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := h.Verify(ctx, bad, "x"); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	busy := console.NewHasher(1)
	release := make(chan struct{})
	go func() { _, _ = busy.Hash(ctx, "a"); close(release) }()
	_, err = busy.Hash(gone, "b")
	<-release
	if err != nil && !strings.Contains(err.Error(), "at once") {
		t.Errorf("a cancelled wait: %v", err)
	}
}
