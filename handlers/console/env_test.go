package console_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/desk"
	"daozhang/handlers/console"
	"daozhang/knowledge"
	"daozhang/store"
	"daozhang/transactions"
)

const testPassword = "correct horse battery"

// clock is the tests' time; it moves only when told.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// env is a server on a real SQLite database.
type env struct {
	t       *testing.T
	store   *store.Store
	db      *sql.DB // beside the store, for rows that only the channel writes
	clock   *clock
	server  *httptest.Server
	console *console.Console
	desk    *fakeDesk
	ledger  *fakeLedger
	wake    chan string
	hash    string
}

// fakeDesk does what the runner does, without words to the contact.
type fakeDesk struct {
	store *store.Store
	now   func() time.Time
	mu    sync.Mutex
	fail  error
	held  bool
}

func (f *fakeDesk) act(ctx context.Context, a bot.DeskAct) error {
	f.mu.Lock()
	fail := f.fail
	f.mu.Unlock()
	if fail != nil {
		return fail
	}
	a.At = f.now()
	_, err := f.store.Act(ctx, a)
	return err
}

func (f *fakeDesk) Claim(ctx context.Context, id int64, by bot.Actor) error {
	return f.act(ctx, bot.DeskAct{ConversationID: id, Actor: by, Move: bot.MoveClaim, ByOwner: true})
}

func (f *fakeDesk) TakeOver(ctx context.Context, id int64, by bot.Actor) error {
	return f.act(ctx, bot.DeskAct{ConversationID: id, Actor: by, Move: bot.MoveClaim})
}

func (f *fakeDesk) Reply(ctx context.Context, id int64, by bot.Actor, text string) (bool, error) {
	return f.held, f.act(ctx, bot.DeskAct{ConversationID: id, Actor: by, Move: bot.MoveClaim, ByOwner: true, Text: text, Author: "agent"})
}

func (f *fakeDesk) GiveBack(ctx context.Context, id int64, by bot.Actor) error {
	return f.act(ctx, bot.DeskAct{ConversationID: id, Actor: by, Move: bot.MoveGiveBack, ByOwner: true, Outcome: "given_back"})
}

func (f *fakeDesk) Close(ctx context.Context, id int64, by bot.Actor) error {
	return f.act(ctx, bot.DeskAct{ConversationID: id, Actor: by, Move: bot.MoveClose, ByOwner: true, Outcome: "solved"})
}

func (f *fakeDesk) DecideBinding(ctx context.Context, id int64, by bot.Actor, approve bool, role, reason string) (bool, error) {
	_, err := f.store.DecideBinding(ctx, bot.BindDecision{RequestID: id, Actor: by, At: f.now(), Approve: approve, Role: role, Reason: reason})
	return false, err
}

// fakeLedger returns whatever it is told to, also rows of other shops.
type fakeLedger struct {
	facts transactions.Facts
	err   error
	asked transactions.Lookup
}

func (f *fakeLedger) Facts(_ context.Context, l transactions.Lookup) (transactions.Facts, error) {
	f.asked = l
	return f.facts, f.err
}

func (f *fakeLedger) Explain(_ context.Context, facts transactions.Facts) ([]console.Explained, error) {
	var out []console.Explained
	for _, t := range facts.Transactions {
		out = append(out, console.Explained{TransactionID: t.ID, Cause: "CYCLE_NOT_DUE"})
	}
	return out, nil
}

type fakePush struct{}

func (fakePush) Push(_ context.Context, kind string, body []byte) (console.PushReport, error) {
	var in struct{ Rows []map[string]any }
	if err := json.Unmarshal(body, &in); err != nil {
		return console.PushReport{}, &console.PushError{Detail: "请求体不是 JSON。"}
	}
	var r console.PushReport
	for i, row := range in.Rows {
		if id, _ := row["id"].(string); id != "" {
			r.Accepted = append(r.Accepted, id)
			continue
		}
		r.Rejected = append(r.Rejected, console.RejectedRow{Row: i + 1, Column: "id", Reason: kind + " 缺少 id"})
	}
	return r, nil
}

type fakeScenes struct{ err error }

func (f fakeScenes) SceneCode(_ context.Context, appID, scene string, _ time.Duration) (string, string, error) {
	return "https://weixin.qq.com/q/" + scene, "https://mp.weixin.qq.com/showqrcode?ticket=" + appID, f.err
}

func newEnv(t *testing.T, change ...func(*console.Deps)) *env {
	t.Helper()
	c := &clock{t: time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai)}
	path := t.TempDir() + "/test.db"
	st, err := store.Open(context.Background(), "sqlite://"+path, store.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	e := &env{
		t: t, store: st, db: db, clock: c, desk: &fakeDesk{store: st, now: c.now}, ledger: &fakeLedger{}, wake: make(chan string, 1),
	}
	d := console.Deps{
		Store: st, Desk: e.desk, Bindings: e.desk, Ledger: e.ledger, Explain: e.ledger, Push: fakePush{}, Scenes: fakeScenes{},
		Wake: e.wake, Now: c.now, Log: slog.New(slog.DiscardHandler), PushSecret: "push-secret",
		Redact: func(s string) string { return strings.ReplaceAll(s, "6222021234567890123", "【卡号已隐藏】") },
		Pages: fstest.MapFS{
			"index.html":           {Data: []byte("<!doctype html><title>到账</title>")},
			"assets/app-abc123.js": {Data: []byte(strings.Repeat("console.log('到账');\n", 200))},
		},
		Settings: console.Settings{BotName: "到账助手", Accounts: []console.Account{{AppID: "wx1", Name: "测试号"}}},
	}
	for _, f := range change {
		f(&d)
	}
	r := gin.New()
	e.console = console.Mount(r, d)
	e.server = httptest.NewServer(r)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); e.console.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		e.server.Close()
		_ = db.Close()
		_ = st.Close()
	})
	if e.hash, err = testHash(); err != nil {
		t.Fatal(err)
	}
	return e
}

// testHash is made once: hashing is meant to be slow.
var testHash = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // read-only
	return console.NewHasher(1).Hash(context.Background(), testPassword)
})

func (e *env) user(name string, role desk.Role) desk.User {
	e.t.Helper()
	u, err := e.store.CreateUser(context.Background(), desk.User{Name: name, DisplayName: "小" + name, Role: role, PasswordHash: e.hash}, desk.Audit{Actor: "test"})
	if err != nil {
		e.t.Fatal(err)
	}
	return u
}

// exec writes rows that the channel or an import would write.
func (e *env) exec(query string, args ...any) {
	e.t.Helper()
	if _, err := e.db.Exec(query, args...); err != nil {
		e.t.Fatal(err)
	}
}

// conversation makes a contact bound to shop 8221 (when bound) whose
// conversation has the given words and waits when asked to.
func (e *env) conversation(openid string, bound bool, handoff string, words ...string) int64 {
	e.t.Helper()
	ctx := context.Background()
	e.exec(`INSERT INTO merchants (merchant_no, name, brand, account_last4, phone) VALUES ('8221', '老王面馆', '拉卡拉', '6688', '13800001234') ON CONFLICT DO NOTHING`)
	contact, id, err := e.store.EnsureContact(ctx, "wx1", openid, "")
	if err != nil {
		e.t.Fatal(err)
	}
	quota, err := json.Marshal(delivery.Quota{Message: delivery.Grant{Left: 3, Until: e.clock.now().Add(time.Hour)}})
	if err != nil {
		e.t.Fatal(err)
	}
	e.exec(`UPDATE contacts SET quota = ? WHERE id = ?`, string(quota), contact)
	if bound {
		if err := e.store.Bind(ctx, contact, bot.Binding{MerchantNo: "8221", VerifiedBy: "scene", BoundAt: e.clock.now()}); err != nil {
			e.t.Fatal(err)
		}
	}
	for _, w := range words {
		e.say(id, "contact", w, "")
	}
	if handoff != "" {
		n := e.store.NewID()
		card := `{"reason":"REQUESTED","priority":"` + handoff + `","identity":"bound:owner","query":{"text":"转人工"},"summary":"要求人工"}`
		e.exec(`INSERT INTO cases (id, number, conversation_id, contact_id, status, reason, priority, card, opened_at, expected_at)
			VALUES (?, ?, ?, ?, 'waiting', 'REQUESTED', ?, ?, ?, ?)`, n, n%100000, id, contact, handoff, card,
			e.clock.now().UnixMilli(), e.clock.now().Add(30*time.Minute).UnixMilli())
		e.exec(`UPDATE conversations SET status = 'waiting', case_id = ?, unread = 1 WHERE id = ?`, n, id)
	}
	return id
}

func (e *env) say(conversation int64, author, text, trace string) int64 {
	e.t.Helper()
	id := e.store.NewID()
	e.exec(`INSERT INTO messages (id, conversation_id, author, text, trace, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		id, conversation, author, text, trace, e.clock.now().UnixMilli())
	for _, g := range desk.Grams(text) {
		e.exec(`INSERT INTO message_grams (gram, message_id, conversation_id) VALUES (?, ?, ?)`, g, id, conversation)
	}
	e.exec(`UPDATE conversations SET last_message_at = ? WHERE id = ?`, e.clock.now().UnixMilli(), conversation)
	return id
}

// browser is a signed-in (or not) console.
type browser struct {
	e    *env
	http *http.Client
	csrf string
}

func (e *env) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		e.t.Fatal(err)
	}
	return &browser{e: e, http: &http.Client{Jar: jar, Timeout: time.Minute}}
}

// as signs a new user of a role in.
func (e *env) as(role desk.Role) *browser {
	e.t.Helper()
	name := string(role)
	if _, err := e.store.UserByName(context.Background(), name); err != nil {
		e.user(name, role)
	}
	return e.signIn(name)
}

// signIn opens a session as a right password would, without the time that
// checking one takes.
func (e *env) signIn(name string) *browser {
	e.t.Helper()
	ctx := context.Background()
	u, err := e.store.UserByName(ctx, name)
	if err != nil {
		e.t.Fatal(err)
	}
	cookie, now := name+str(e.store.NewID()), e.clock.now()
	sum := sha256.Sum256([]byte(cookie))
	err = e.store.StartSession(ctx, desk.Session{
		TokenHash: hex.EncodeToString(sum[:]), UserID: u.ID, CSRF: "csrf-" + name, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(desk.SessionMax),
	}, desk.Audit{Actor: "test"})
	if err != nil {
		e.t.Fatal(err)
	}
	b := e.browser()
	at, err := url.Parse(e.server.URL)
	if err != nil {
		e.t.Fatal(err)
	}
	b.http.Jar.SetCookies(at, []*http.Cookie{{Name: "daozhang_session", Value: cookie, Path: "/"}})
	b.csrf = "csrf-" + name
	return b
}

// login signs in with the password.
func (e *env) login(name string) *browser {
	e.t.Helper()
	b := e.browser()
	var s console.Session
	b.call(http.MethodPost, "/auth/login", console.LoginInput{Name: name, Password: testPassword}, http.StatusOK, &s)
	b.csrf = s.CSRF
	return b
}

// response of a call.
type response struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request; headers are name, value pairs.
func (b *browser) do(method, path string, in any, headers ...string) response {
	b.e.t.Helper()
	var body io.Reader
	switch v := in.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(v)
	default:
		raw, err := json.Marshal(in)
		if err != nil {
			b.e.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "//") {
		path = "/api/v1" + path
	}
	req, err := http.NewRequest(method, b.e.server.URL+rooted(path), body)
	if err != nil {
		b.e.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if b.csrf != "" {
		req.Header.Set("X-CSRF-Token", b.csrf)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.e.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.e.t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, raw}
}

// call sends a request, checks the status and decodes the answer.
func (b *browser) call(method, path string, in any, status int, out any) {
	b.e.t.Helper()
	r := b.do(method, path, in)
	if r.status != status {
		b.e.t.Fatalf("%s %s: %d %s, want %d", method, path, r.status, r.body, status)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(r.body, out); err != nil {
		b.e.t.Fatalf("%s %s: %v in %s", method, path, err, r.body)
	}
}

// refused sends a request and checks status and code of its refusal.
func (b *browser) refused(method, path string, in any, status int, code string) console.Problem {
	b.e.t.Helper()
	return b.e.problem(b.do(method, path, in), status, code)
}

func (e *env) problem(r response, status int, code string) console.Problem {
	e.t.Helper()
	var p console.Problem
	if err := json.Unmarshal(r.body, &p); err != nil {
		e.t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	if r.status != status || string(p.Code) != code || p.Status != status {
		e.t.Fatalf("got %d %s, want %d %s", r.status, r.body, status, code)
	}
	if ct := r.header.Get("Content-Type"); ct != "application/problem+json" {
		e.t.Errorf("content type %q", ct)
	}
	if !strings.ContainsFunc(p.Detail, func(r rune) bool { return r > 0x4e00 }) {
		e.t.Errorf("detail is not Chinese: %q", p.Detail)
	}
	return p
}

// audited checks that an action is on record.
func (e *env) audited(action, subject string) {
	e.t.Helper()
	rows, err := e.store.AuditRecords(context.Background(), desk.AuditFilter{Action: action, Subject: subject})
	if err != nil {
		e.t.Fatal(err)
	}
	if len(rows) == 0 {
		e.t.Errorf("no audit record of %s %s", action, subject)
	}
}

// rooted turns //x, a path outside of the API, into /x.
func rooted(path string) string {
	if strings.HasPrefix(path, "//") {
		return path[1:]
	}
	return path
}

func str(id int64) string { return strconv.FormatInt(id, 10) }

// shipped are a few real articles.
func shipped(t *testing.T, n int) []knowledge.Article {
	t.Helper()
	all, err := knowledge.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return all[:min(n, len(all))]
}
