package wechat

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"daozhang/bot/delivery"
)

// call is one hand-made callback request.
type call struct {
	method      string
	app         string // "" is testApp
	ts, nonce   string
	token       string // "" is testToken
	body        string
	encrypted   bool
	key         string // "" is testKey
	msgSig      string // "" is the right one
	contentType string
	extra       url.Values
	cut         time.Duration // hang up after; 0: wait 5 s
}

func (r *rig) do(t *testing.T, c call) (int, string) {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.ts == "" {
		c.ts = strconv.FormatInt(r.now().Unix(), 10)
	}
	if c.nonce == "" {
		c.nonce = "n0nce"
	}
	if c.token == "" {
		c.token = testToken
	}
	q := url.Values{"signature": {util.Signature(c.token, c.ts, c.nonce)}, "timestamp": {c.ts}, "nonce": {c.nonce}, "openid": {openA}}
	body := c.body
	if c.encrypted {
		key := c.key
		if key == "" {
			key = testKey
		}
		enc, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(body), testApp, key)
		if err != nil {
			t.Fatal(err)
		}
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", util.Signature(testToken, c.ts, c.nonce, string(enc)))
		if c.msgSig != "" {
			q.Set("msg_signature", c.msgSig)
		}
		body = "<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[" + string(enc) + "]]></Encrypt></xml>"
		if strings.Contains(c.contentType, "json") {
			body = `{"ToUserName":"gh","Encrypt":"` + string(enc) + `"}`
		}
	}
	for k, v := range c.extra {
		q[k] = v
	}
	if c.cut == 0 {
		c.cut = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(t.Context(), c.cut)
	defer cancel()
	target := r.url
	if c.app != "" {
		target = strings.Replace(target, testApp, c.app, 1)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, target+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/xml")
	if c.contentType != "" {
		req.Header.Set("Content-Type", c.contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw)
}

// textXML is the XML of a text message of openA.
func textXML(id, inner string) string {
	return "<xml><ToUserName>gh</ToUserName><FromUserName>" + openA + "</FromUserName><CreateTime>1700000000</CreateTime>" +
		"<MsgType>text</MsgType>" + inner + "<MsgId>" + id + "</MsgId></xml>"
}

func silent(delivery.Inbound) (delivery.Outbound, time.Duration, bool) {
	return delivery.Outbound{}, 0, false
}

const secretWords = "我的卡6222021234567890123没到账"

func TestRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	text := textXML("1", "<Content>"+secretWords+"</Content>")
	huge := textXML("2", "<Content>"+strings.Repeat("长", 64<<10/3+1)+"</Content>")
	for name, c := range map[string]struct {
		call call
		want int
	}{
		"wrong token":                {call{token: "guess", body: text, encrypted: true}, 403},
		"no signature":               {call{extra: url.Values{"signature": {""}}, body: text, encrypted: true}, 403},
		"2014 timestamp":             {call{ts: "1409735669", body: text, encrypted: true}, 403},
		"plaintext on safe mode":     {call{body: text}, 403},
		"raw on safe mode":           {call{body: text, extra: url.Values{"encrypt_type": {"raw"}}}, 403},
		"plaintext marked encrypted": {call{body: text, extra: url.Values{"encrypt_type": {"aes"}, "msg_signature": {"x"}}}, 403},
		"wrong msg_signature":        {call{body: text, encrypted: true, msgSig: strings.Repeat("0", 40)}, 403},
		"unknown key":                {call{body: text, encrypted: true, key: otherKey}, 403},
		"unknown app":                {call{app: "wxother", body: text, encrypted: true}, 404},
		"broken envelope":            {call{body: "<xml><Encr", extra: url.Values{"encrypt_type": {"aes"}}}, 400},
		"broken message":             {call{body: "<xml><FromUser", encrypted: true}, 400},
		"too large":                  {call{body: huge, encrypted: true}, 413},
		"GET with a wrong signature": {call{method: http.MethodGet, token: "guess", extra: url.Values{"echostr": {"1"}}}, 403},
		"GET without echostr":        {call{method: http.MethodGet}, 400},
		"GET with an old timestamp":  {call{method: http.MethodGet, ts: "1409735669", extra: url.Values{"echostr": {"1"}}}, 403},
		"GET for an unknown account": {call{method: http.MethodGet, app: "wxother", extra: url.Values{"echostr": {"1"}}}, 404},
	} {
		if got, _ := r.do(t, c.call); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if n := len(r.core.seen()); n != 0 {
		t.Errorf("%d messages stored", n)
	}
	for _, leak := range []string{secretWords, "6222", openA, "signature=", "n0nce"} {
		if strings.Contains(r.logs.String(), leak) {
			t.Errorf("the log holds %q", leak)
		}
	}
}

func TestURLVerification(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	if code, body := r.do(t, call{method: http.MethodGet, extra: url.Values{"echostr": {"5820123"}}}); code != 200 || body != "5820123" {
		t.Errorf("%d %q", code, body)
	}
}

// A body that never ends must not be read to its end.
func TestHugeBodyIsCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	for _, declared := range []int64{64 << 20, -1} {
		ts := strconv.FormatInt(r.now().Unix(), 10)
		q := url.Values{"signature": {util.Signature(testToken, ts, "n")}, "timestamp": {ts}, "nonce": {"n"}, "encrypt_type": {"aes"}}
		src := &counting{left: 64 << 20}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"?"+q.Encode(), src)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = declared
		resp, err := http.DefaultClient.Do(req)
		if err == nil { // the server may close while we still write
			resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("status %d", resp.StatusCode)
			}
		}
		if src.taken() > 8<<20 {
			t.Errorf("%d bytes were taken", src.taken())
		}
	}
}

type counting struct {
	mu   sync.Mutex
	n    int
	left int
}

func (c *counting) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), c.left)
	copy(p, bytes.Repeat([]byte("x"), n))
	c.n, c.left = c.n+n, c.left-n
	return n, nil
}

func (c *counting) taken() int { c.mu.Lock(); defer c.mu.Unlock(); return c.n }

func TestAcceptanceCases(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{account: Account{
		AppID: testApp, AppSecret: testSecret, Token: testToken, EncodingAESKey: otherKey, PreviousEncodingAESKey: testKey,
	}})
	event := func(s string) string {
		return "<xml><FromUserName>" + openA + "</FromUserName><CreateTime>1700000001</CreateTime><MsgType>event</MsgType>" + s + "</xml>"
	}
	other := func(kind, s string) string {
		return "<xml><FromUserName>" + openA + "</FromUserName><CreateTime>1700000001</CreateTime><MsgType>" + kind + "</MsgType><MsgId>9" + kind + "</MsgId>" + s + "</xml>"
	}
	for _, c := range []struct {
		name string
		call call
		want delivery.Inbound
	}{
		{"previous key", call{body: textXML("11", "<Content>好</Content>")}, delivery.Inbound{Kind: delivery.KindText, Text: "好"}},
		{"current key", call{body: textXML("12", "<Content>好</Content>"), key: otherKey}, delivery.Inbound{Kind: delivery.KindText, Text: "好"}},
		{"JSON push", call{body: `{"FromUserName":"` + openA + `","MsgType":"text","Content":"好","MsgId":13}`, contentType: "application/json"}, delivery.Inbound{Kind: delivery.KindText, Text: "好"}},
		{"tap", call{body: textXML("14", "<Content>都不是</Content><bizmsgmenuid>2</bizmsgmenuid>")}, delivery.Inbound{Kind: delivery.KindText, Text: "都不是", MenuID: 2, Tapped: true}},
		{"tap with id 0", call{body: textXML("15", "<Content>都不是</Content><bizmsgmenuid>0</bizmsgmenuid>")}, delivery.Inbound{Kind: delivery.KindText, Text: "都不是", Tapped: true}},
		{"tap with a word", call{body: textXML("16", "<Content>好</Content><bizmsgmenuid>yes_1</bizmsgmenuid>")}, delivery.Inbound{Kind: delivery.KindText, Text: "好", Tapped: true}},
		{"backspace", call{body: textXML("17", "<Content><![CDATA[5\b000]]></Content>")}, delivery.Inbound{Kind: delivery.KindText, Text: "5000"}},
		{"empty", call{body: textXML("18", "<Content></Content>")}, delivery.Inbound{Kind: delivery.KindText}},
		{"image", call{body: other("image", "<PicUrl>http://p</PicUrl><MediaId>M1</MediaId>")}, delivery.Inbound{Kind: delivery.KindImage, PicURL: "http://p", MediaID: "M1"}},
		{"voice", call{body: other("voice", "<MediaId>M2</MediaId><Recognition>没到账</Recognition>")}, delivery.Inbound{Kind: delivery.KindVoice, MediaID: "M2", Text: "没到账"}},
		{"silent voice", call{body: other("voice", "<MediaId>M3</MediaId><MsgId>77</MsgId>")}, delivery.Inbound{Kind: delivery.KindVoice, MediaID: "M3"}},
		{"place", call{body: other("location", "<Label>建设路</Label>")}, delivery.Inbound{Kind: delivery.KindLocation, Text: "建设路"}},
		{"unknown type", call{body: other("hologram", "")}, delivery.Inbound{Kind: delivery.KindUnsupported}},
		{"click", call{body: event("<Event>CLICK</Event><EventKey>HUMAN</EventKey>")}, delivery.Inbound{Kind: delivery.KindEvent, Event: "CLICK", EventKey: "HUMAN"}},
		{"follow by QR", call{body: event("<Event>subscribe</Event><EventKey>qrscene_m:1</EventKey><Ticket>T</Ticket>")}, delivery.Inbound{Kind: delivery.KindEvent, Event: "subscribe", EventKey: "m:1"}},
		{"scan", call{body: event("<Event>SCAN</Event><EventKey>m:1</EventKey>")}, delivery.Inbound{Kind: delivery.KindEvent, Event: "SCAN", EventKey: "m:1"}},
		{"unfollow", call{body: event("<Event>unsubscribe</Event>")}, delivery.Inbound{Kind: delivery.KindEvent, Event: "unsubscribe"}},
		{"template result", call{body: event("<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163840</MsgID><Status>failed:user block</Status>")}, delivery.Inbound{Kind: delivery.KindEvent, Event: "TEMPLATESENDJOBFINISH", EventKey: "200163840", Text: "failed:user block"}},
		{"native session", call{body: event("<Event>kf_create_session</Event><KfAccount>a@gh</KfAccount>")}, delivery.Inbound{Kind: delivery.KindEvent, Event: "kf_create_session", EventKey: "a@gh"}},
	} {
		c.call.encrypted = true
		code, body := r.do(t, c.call)
		if code != 200 || body != "success" {
			t.Errorf("%s: %d %q, want success", c.name, code, body)
			continue
		}
		seen := r.core.seen()
		got := seen[len(seen)-1]
		got.ID, got.AppID, got.OpenID, got.DedupeKey, got.SentAt, got.ReceivedAt = 0, "", "", "", time.Time{}, time.Time{}
		got.Sensitive = nil
		if !same(got, c.want) {
			t.Errorf("%s: stored %+v, want %+v", c.name, got, c.want)
		}
	}
}

func same(a, b delivery.Inbound) bool {
	return a.Kind == b.Kind && a.Event == b.Event && a.EventKey == b.EventKey && a.Text == b.Text &&
		a.MenuID == b.MenuID && a.Tapped == b.Tapped && a.MediaID == b.MediaID && a.PicURL == b.PicURL
}

func TestCompatibleModeIgnoresThePlaintextCopy(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	ts := strconv.FormatInt(r.now().Unix(), 10)
	enc, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(textXML("1", "<Content>真的</Content>")), testApp, testKey)
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Replace(textXML("1", "<Content>假的</Content>"), "</xml>", "<Encrypt>"+string(enc)+"</Encrypt></xml>", 1)
	code, _ := r.do(t, call{ts: ts, body: body, extra: url.Values{"encrypt_type": {"aes"}, "msg_signature": {util.Signature(testToken, ts, "n0nce", string(enc))}}})
	if got := r.core.seen(); code != 200 || len(got) != 1 || got[0].Text != "真的" {
		t.Errorf("%d, stored %+v", code, got)
	}
}

func TestConcurrentRetriesDeliverOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(answering("一次", 30*time.Millisecond)), rigOptions{})
	var mu sync.Mutex
	replies, acks := 0, 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			code, body := r.do(t, call{body: textXML("1", "<Content>在吗</Content>"), encrypted: true})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case code == 200 && body == "success":
				acks++
			case code == 200 && strings.Contains(body, "<Encrypt>"):
				replies++
			default:
				t.Errorf("%d %q", code, body)
			}
		})
	}
	wg.Wait()
	if replies != 1 || acks != 7 || len(r.core.seen()) != 1 {
		t.Errorf("%d replies, %d acknowledgements, %d turns; want 1, 7, 1", replies, acks, len(r.core.seen()))
	}
}

func TestNotStoredIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	c := newCore(answering("好", 0))
	c.failNext = 1
	r := newRig(t, c, rigOptions{})
	if code, body := r.do(t, call{body: textXML("1", "<Content>"+secretWords+"</Content>"), encrypted: true}); code != 500 || strings.Contains(body, "success") {
		t.Errorf("%d %q", code, body)
	}
	c.failNext = 1
	if err := r.sim.Say(openA, "还在吗"); err != nil { // the platform's second try gets through
		t.Fatal(err)
	}
	eventually(t, "a reply after the retry", func() bool { return len(r.heard(openA)) == 1 })
	if strings.Contains(r.logs.String(), secretWords) {
		t.Error("the log holds the message")
	}
}

func TestPanicIsSuccessOnceStored(t *testing.T) {
	t.Parallel()
	c := newCore(answering("好", 0))
	c.panicOn = "await"
	r := newRig(t, c, rigOptions{})
	if code, body := r.do(t, call{body: textXML("1", "<Content>好</Content>"), encrypted: true}); code != 200 || body != "success" {
		t.Errorf("%d %q", code, body)
	}
	if log := r.logs.String(); !strings.Contains(log, "panic in callback") || strings.Contains(log, "6222021234567890123") {
		t.Error("the panic is not logged, or with its customer data")
	}
}

func TestHungUpClientGivesTheRowBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(answering("好", 60*time.Millisecond)), rigOptions{})
	if code, _ := r.do(t, call{body: textXML("1", "<Content>好</Content>"), encrypted: true, cut: 20 * time.Millisecond}); code != 0 {
		t.Fatalf("answered %d before hanging up", code)
	}
	eventually(t, "the turn", func() bool { return len(r.core.states()) == 1 })
	time.Sleep(50 * time.Millisecond)
	if st := r.core.states()[1]; st != delivery.Pending {
		t.Errorf("row is %s, want pending: nobody read it", st)
	}
	// WeChat's next try carries it.
	if code, body := r.do(t, call{body: textXML("1", "<Content>好</Content>"), encrypted: true}); code != 200 || !strings.Contains(body, "<Encrypt>") {
		t.Errorf("retry: %d %q", code, body)
	}
}

// The claim succeeds, then the connection breaks before the answer is out.
func TestHangUpBetweenClaimAndWrite(t *testing.T) {
	t.Parallel()
	c := newCore(answering("好", 0))
	r := newRig(t, c, rigOptions{})
	r.replies = hangUp{Replies: c}
	conn, err := net.Dial("tcp", strings.Split(strings.TrimPrefix(r.url, "http://"), "/")[0])
	if err != nil {
		t.Fatal(err)
	}
	ts := strconv.FormatInt(r.now().Unix(), 10)
	enc, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(textXML("1", "<Content>好</Content>")), testApp, testKey)
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{"signature": {util.Signature(testToken, ts, "n")}, "timestamp": {ts}, "nonce": {"n"}, "encrypt_type": {"aes"}, "msg_signature": {util.Signature(testToken, ts, "n", string(enc))}}
	body := "<xml><Encrypt>" + string(enc) + "</Encrypt></xml>"
	_, _ = io.WriteString(conn, "POST /wechat/"+testApp+"?"+q.Encode()+" HTTP/1.1\r\nHost: x\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
	time.Sleep(20 * time.Millisecond)
	conn.Close()
	eventually(t, "given back", func() bool { return r.core.states()[1] == delivery.Pending })
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.gaveBack) != 1 {
		t.Errorf("given back %d times", len(c.gaveBack))
	}
}

// hangUp makes claims slow enough for the caller to leave.
type hangUp struct{ Replies }

func (h hangUp) Claim(ctx context.Context, id int64) (bool, error) {
	ok, err := h.Replies.Claim(ctx, id)
	time.Sleep(120 * time.Millisecond)
	return ok, err
}
