package wechatsim

import (
	"bufio"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appID  = "wx2c2769f8efd9abc2"
	token  = "spamtest"
	aesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	wang   = "o_wang"
)

// The official sample (wechat.md B7) proves this crypto on its own.
func TestOfficialVectors(t *testing.T) {
	t.Parallel()
	const enc = `hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=`
	if got := sign("AAAAA", "1714037059", "486452656"); got != "899cf89e464efb63f54ddac96b0a0a235f53aa78" {
		t.Errorf("signature %s", got)
	}
	if got := sign(token, "1409735669", "1320562132", enc); got != "5d197aaffba7e9b25a30732f161a50dee96bd5fa" {
		t.Errorf("msg_signature %s", got)
	}
	key, err := decodeKey(aesKey)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := decrypt(key, enc, appID)
	if err != nil || len(msg) != 280 || !strings.Contains(msg, "abcdteT") {
		t.Errorf("%d bytes, %v", len(msg), err)
	}
	again, err := encrypt(key, []byte("89465c840c5f116f"), msg, appID)
	if err != nil || again != enc {
		t.Errorf("re-encryption differs, %v", err)
	}
	if _, err := decrypt(key, enc, "wxother"); err == nil {
		t.Error("a foreign AppID was accepted")
	}
}

// account is a hand-made callback server.
type account struct {
	mu    sync.Mutex
	n     int
	reply func(n int, w http.ResponseWriter, r *http.Request, msg string)
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.n++
	n := a.n
	a.mu.Unlock()
	a.reply(n, w, r, string(raw))
}

func newSim(t *testing.T, plain bool, reply func(n int, w http.ResponseWriter, r *http.Request, msg string)) (*Platform, *account, *httptest.Server) {
	t.Helper()
	p, err := New(Options{
		AppID: appID, AppSecret: "s3cret", Token: token, EncodingAESKey: aesKey, Plain: plain, Timeout: 80 * time.Millisecond,
		Followers: []Follower{{OpenID: wang, Nickname: "王老板"}, {OpenID: "o_li", Nickname: "李姐", Unfollowed: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := &account{reply: reply}
	srv := httptest.NewServer(a)
	p.SetCallbackURL(srv.URL)
	page := httptest.NewServer(p.Handler())
	t.Cleanup(func() { p.Close(); srv.Close(); page.Close() })
	return p, a, page
}

func lastOf(p *Platform) Message {
	all := p.Messages(wang)
	if len(all) == 0 {
		return Message{}
	}
	return all[len(all)-1]
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 400 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never happened: %s", what)
}

func TestPassiveRepliesAreChecked(t *testing.T) {
	t.Parallel()
	good := body([]field{{"ToUserName", wang}, {"FromUserName", "gh_" + appID}, {"CreateTime", "1"}, {"MsgType", "text"}, {"Content", "好"}})
	for name, c := range map[string]struct {
		answer string
		want   string // what the user reads; "" for nothing
	}{
		"text":       {good, "好"},
		"success":    {"success", ""},
		"empty":      {"", ""},
		"JSON":       {`{"ok":true}`, FaultNotice},
		"broken XML": {"<xml><ToUser", FaultNotice},
		"wrong user": {strings.Replace(good, wang, "o_other", 1), FaultNotice},
		"no time":    {strings.Replace(good, "<CreateTime>1</CreateTime>", "", 1), FaultNotice},
		"long text":  {strings.Replace(good, "好", strings.Repeat("长", 700), 1), FaultNotice},
		"empty text": {strings.Replace(good, "好", "", 1), FaultNotice},
		"video":      {strings.Replace(good, "text", "sticker", 1), FaultNotice},
		"native kf":  {strings.Replace(good, "text", "transfer_customer_service", 1), ""},
	} {
		p, _, _ := newSim(t, true, func(_ int, w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, c.answer) })
		if err := p.Say(wang, "在吗"); err != nil {
			t.Fatal(err)
		}
		wait(t, name, func() bool { return p.Messages(wang)[0].State != "sending" })
		got := ""
		if m := lastOf(p); m.From == "account" {
			got = m.Text
		}
		if got != c.want {
			t.Errorf("%s: the user reads %q, want %q", name, got, c.want)
		}
	}
}

func TestPlainReplyInSafeModeIsAFault(t *testing.T) {
	t.Parallel()
	p, _, _ := newSim(t, false, func(_ int, w http.ResponseWriter, r *http.Request, msg string) {
		if r.URL.Query().Get("encrypt_type") != "aes" || !strings.Contains(msg, "<Encrypt>") || strings.Contains(msg, "在吗") {
			t.Error("the callback is not encrypted")
		}
		_, _ = io.WriteString(w, body([]field{{"ToUserName", wang}, {"MsgType", "text"}, {"Content", "好"}}))
	})
	if err := p.Say(wang, "在吗"); err != nil {
		t.Fatal(err)
	}
	wait(t, "the fault notice", func() bool { return lastOf(p).Text == FaultNotice })
}

func TestThreeTriesWithOneMsgID(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	var mu sync.Mutex
	p, a, _ := newSim(t, true, func(n int, w http.ResponseWriter, r *http.Request, msg string) {
		mu.Lock()
		_, id, _ := strings.Cut(msg, "<MsgId>")
		ids[id] = true
		mu.Unlock()
		if n < 3 {
			<-r.Context().Done() // say nothing until the platform hangs up
			return
		}
		_, _ = io.WriteString(w, "success")
	})
	if err := p.Say(wang, "在吗"); err != nil {
		t.Fatal(err)
	}
	wait(t, "delivered", func() bool { return lastOf(p).State == "delivered" })
	mu.Lock()
	defer mu.Unlock()
	if len(ids) != 1 || a.n != 3 {
		t.Errorf("%d message ids in %d tries", len(ids), a.n)
	}
}

func TestGivesUpAfterThreeTries(t *testing.T) {
	t.Parallel()
	p, a, _ := newSim(t, true, func(_ int, w http.ResponseWriter, _ *http.Request, _ string) {
		http.Error(w, "no", http.StatusInternalServerError)
	})
	if err := p.Say(wang, "在吗"); err != nil {
		t.Fatal(err)
	}
	wait(t, "the fault notice", func() bool { return lastOf(p).Text == FaultNotice && p.Messages(wang)[0].State == "failed" })
	if a.n != 3 {
		t.Errorf("%d tries", a.n)
	}
}

func TestPoolsRefillButDoNotAdd(t *testing.T) {
	t.Parallel()
	var q pools
	now := time.Unix(1_700_000_000, 0)
	if got := q.spend(now); got != 45015 {
		t.Errorf("no window: %d", got)
	}
	q.open("message", now)
	q.open("message", now)
	for range 5 {
		if got := q.spend(now); got != 0 {
			t.Fatal(got)
		}
	}
	if got := q.spend(now); got != 45047 {
		t.Errorf("sixth: %d", got)
	}
	q.open("click", now)
	if got := q.spend(now.Add(61 * time.Second)); got != 45047 {
		t.Errorf("click window ended: %d", got)
	}
	if got := q.spend(now.Add(48 * time.Hour)); got != 45015 {
		t.Errorf("48 hours later: %d", got)
	}
}

func post(t *testing.T, page *httptest.Server, path, bodyText string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page.URL+path, strings.NewReader(bodyText))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := page.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw)
}

func TestPhoneAPI(t *testing.T) {
	t.Parallel()
	p, _, page := newSim(t, true, func(_ int, w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, "success") })
	f := "/simulator/api/followers/"
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{f + wang + "/text", `{"text":"在吗"}`, 200},
		{f + wang + "/text", `{"text":"  "}`, 409},
		{f + wang + "/text", `{broken`, 400},
		{f + "o_nobody/text", `{"text":"在吗"}`, 404},
		{f + "o_li/text", `{"text":"在吗"}`, 409},
		{f + wang + "/tap", `{"text":"查看结果","id":"1"}`, 200},
		{f + wang + "/menu", `{"key":"HUMAN"}`, 200},
		{f + wang + "/voice", `{"text":"没到账","seconds":3}`, 200},
		{f + wang + "/scan", `{"scene":"m:1"}`, 200},
		{f + wang + "/scan", `{"scene":""}`, 409},
		{f + wang + "/unfollow", ``, 200},
		{f + wang + "/text", `{"text":"在吗"}`, 409},
		{f + wang + "/follow", `{"scene":"m:1"}`, 200},
		{f + wang + "/read", ``, 200},
		{"/simulator/api/switches", `{"verified":false,"safe":true}`, 200},
		{"/simulator/api/injections", `{"api":"message/custom/send","errcode":45047,"times":1}`, 200},
		{"/simulator/api/injections", `{"api":""}`, 400},
	} {
		if code, got := post(t, page, c.path, c.body); code != c.want {
			t.Errorf("%s %s: %d %s, want %d", c.path, c.body, code, got, c.want)
		}
	}
	if code, _ := post(t, page, f+wang+"/text", `{"text":"在吗"}`, "Origin", "https://evil.example"); code != 403 {
		t.Errorf("another site's page: %d", code)
	}
	resp, err := page.Client().Get(page.URL + "/simulator/api/state")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var s struct {
		Verified   bool
		Safe       bool
		Followers  []person
		Menu       []Button
		Injections []Injection
	}
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	if s.Verified || !s.Safe || len(s.Followers) != 2 || len(s.Menu) != 3 || len(s.Injections) != 1 {
		t.Errorf("state = %+v", s)
	}
	_ = p
}

func TestPictureUpload(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	p, _, page := newSim(t, true, func(_ int, w http.ResponseWriter, _ *http.Request, msg string) {
		got <- msg
		_, _ = io.WriteString(w, "success")
	})
	var b strings.Builder
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "slip.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, "\x89PNG\r\n\x1a\nxxxx")
	_ = w.Close()
	if code, s := post(t, page, "/simulator/api/followers/"+wang+"/image", b.String(), "Content-Type", w.FormDataContentType()); code != 200 {
		t.Fatal(code, s)
	}
	msg := <-got
	m := lastOf(p)
	if !strings.Contains(msg, "<PicUrl>") || !strings.Contains(msg, m.Media) {
		t.Errorf("callback %s, chat %+v", msg, m)
	}
	resp, err := page.Client().Get(page.URL + m.Media)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("picture served as %s", resp.Header.Get("Content-Type"))
	}
}

func TestEventsReachThePage(t *testing.T) {
	t.Parallel()
	p, _, page := newSim(t, true, func(_ int, w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, "success") })
	resp, err := page.Client().Get(page.URL + "/simulator/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() || lines.Text() != "retry: 1000" {
		t.Fatalf("stream begins with %q", lines.Text())
	}
	if err := p.Say(wang, "在吗"); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var e event
			if err := json.Unmarshal([]byte(data), &e); err != nil || e.Type != "message" || e.Message.Text != "在吗" {
				t.Errorf("event %s, %v", data, err)
			}
			return
		}
	}
	t.Error("no event came")
}

func TestPageIsServedFromTheBinary(t *testing.T) {
	t.Parallel()
	_, _, page := newSim(t, true, func(int, http.ResponseWriter, *http.Request, string) {})
	for path, ct := range map[string]string{"/simulator": "text/html", "/simulator/app.js": "text/javascript", "/simulator/style.css": "text/css"} {
		resp, err := page.Client().Get(page.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), ct) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		for _, out := range []string{`src="http`, `href="http`, "@import", "url(http", "https://cdn"} {
			if strings.Contains(string(raw), out) {
				t.Errorf("%s loads from outside: %s", path, out)
			}
		}
	}
}
