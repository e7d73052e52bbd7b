package wechat

import (
	"encoding/xml"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/silenceper/wechat/v2/util"
)

// The official sample (wechat.md B7).
const (
	sampleApp  = "wx2c2769f8efd9abc2"
	sampleEnc  = `hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=`
	sampleTS   = "1409735669"
	sampleOnce = "1320562132"
	sampleSig  = "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
)

func TestOfficialVectors(t *testing.T) {
	t.Parallel()
	if !signed("899cf89e464efb63f54ddac96b0a0a235f53aa78", "AAAAA", "1714037059", "486452656") {
		t.Error("signature of the current documentation not accepted")
	}
	if !signed("16120ec1b8dbb870f510d87ce6bc2463eae6ca1a", testToken, sampleTS, sampleOnce) {
		t.Error("plain signature of the sample not accepted")
	}
	for _, keys := range [][2]string{{testKey, ""}, {otherKey, testKey}} {
		a := &account{Account: Account{AppID: sampleApp, Token: testToken, EncodingAESKey: keys[0], PreviousEncodingAESKey: keys[1]}}
		raw, seal, err := a.open([]byte("<xml><Encrypt><![CDATA["+sampleEnc+"]]></Encrypt></xml>"), false, sampleTS, sampleOnce, sampleSig)
		if err != nil {
			t.Fatal(err)
		}
		m, err := parse(raw, false)
		if err != nil || m.Content != "abcdteT" || m.MsgID != "6054768590064713728" || len(raw) != 280 {
			t.Errorf("message = %+v (%d bytes), %v", m, len(raw), err)
		}
		if string(seal.random) != "89465c840c5f116f" || seal.key != testKey {
			t.Errorf("random = %q, key = %q", seal.random, seal.key)
		}
		again, err := util.EncryptMsg(seal.random, raw, sampleApp, seal.key)
		if err != nil || string(again) != sampleEnc {
			t.Errorf("re-encryption differs: %v", err)
		}
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	now := time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC) // beyond 32 bit
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	for _, c := range []struct {
		ts   string
		want bool
	}{
		{at(0), true},
		{at(-10 * time.Minute), true},
		{at(10 * time.Minute), true},
		{at(-10*time.Minute - time.Second), false},
		{at(11 * time.Minute), false},
		{"1409735669", false},
		{"", false},
		{"abc", false},
		{"-5", false},
		{"99999999999999999999", false},
		{"9223372036854775807", false},
	} {
		if got := fresh(c.ts, now); got != c.want {
			t.Errorf("fresh(%q) = %t", c.ts, got)
		}
	}
}

func TestReplyBeyond2038(t *testing.T) {
	t.Parallel()
	a := &account{Account: Account{AppID: sampleApp, Token: testToken, EncodingAESKey: testKey}}
	seal := &sealed{key: testKey, random: []byte("0123456789abcdef"), timestamp: "2209086245", nonce: "n"}
	out, err := a.reply(incoming{FromUserName: "o1", ToUserName: "gh"}, "好", seal, time.Unix(2209086245, 0))
	if err != nil {
		t.Fatal(err)
	}
	var e struct{ Encrypt, MsgSignature, TimeStamp, Nonce string }
	if err := xml.Unmarshal(out, &e); err != nil {
		t.Fatal(err)
	}
	if e.TimeStamp != "2209086245" || !signed(e.MsgSignature, testToken, e.TimeStamp, e.Nonce, e.Encrypt) {
		t.Errorf("reply = %+v", e)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	msg := func(s string) string {
		return "<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType>" + s + "</xml>"
	}
	for name, c := range map[string]struct {
		raw  string
		json bool
		want string
		ok   bool
	}{
		"plain":              {msg("<Content><![CDATA[你好]]></Content>"), false, "你好", true},
		"control character":  {msg("<Content><![CDATA[a\bb]]></Content>"), false, "ab", true},
		"control reference":  {msg("<Content>a&#8;b&#x1F;c</Content>"), false, "abc", true},
		"bad UTF-8":          {msg("<Content><![CDATA[a\xffb]]></Content>"), false, "ab", true},
		"word as menu id":    {msg("<Content>好</Content><bizmsgmenuid>yes_1</bizmsgmenuid>"), false, "好", true},
		"word as message id": {msg("<Content>好</Content><MsgId>x</MsgId>"), false, "好", true},
		"emoji and brackets": {msg("<Content><![CDATA[😀]]]]><![CDATA[>]]></Content>"), false, "😀]]>", true},
		"broken":             {"<xml><FromUserName>o1", false, "", false},
		"not XML":            {"hello", false, "", false},
		"empty":              {"", false, "", false},
		"no sender":          {"<xml><MsgType>text</MsgType></xml>", false, "", false},
		"no type":            {"<xml><FromUserName>o1</FromUserName></xml>", false, "", false},
		"JSON":               {`{"FromUserName":"o1","MsgType":"text","Content":"好","MsgId":123,"CreateTime":1}`, true, "好", true},
		"control in JSON":    {`{"FromUserName":"o1","MsgType":"text","Content":"a\u0000b\u0008\ud800c"}`, true, "ab\uFFFDc", true},
		"odd JSON":           {`{"FromUserName":"o1","MsgType":"text","Content":null,"MsgId":{},"Event":[1]}`, true, "", true},
		"broken JSON":        {`{"FromUserName":`, true, "", false},
	} {
		m, err := parse([]byte(c.raw), c.json)
		if (err == nil) != c.ok || string(m.Content) != c.want {
			t.Errorf("%s: %q, %v", name, m.Content, err)
		}
		if err != nil && strings.Contains(err.Error(), "o1") {
			t.Errorf("%s: error tells customer data: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>a\b&#8;</Content></xml>"), false)
	f.Add([]byte(`{"FromUserName":"o","MsgType":"event","Event":"CLICK"}`), true)
	f.Fuzz(func(t *testing.T, raw []byte, asJSON bool) {
		m, err := parse(raw, asJSON)
		if err != nil {
			return
		}
		if m.FromUserName == "" || m.MsgType == "" {
			t.Error("accepted without sender or type")
		}
		a := &account{Account: Account{AppID: sampleApp, Token: testToken, EncodingAESKey: testKey}}
		out, err := a.reply(m, string(m.Content), nil, time.Unix(1, 0))
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(out, new(struct{ Content string })); err != nil {
			t.Errorf("our reply is not XML: %v", err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("<xml><Encrypt>"+sampleEnc+"</Encrypt></xml>"), false)
	f.Add([]byte(`{"Encrypt":"AAAA"}`), true)
	a := &account{Account: Account{AppID: sampleApp, Token: testToken, EncodingAESKey: testKey, PreviousEncodingAESKey: otherKey}}
	f.Fuzz(func(t *testing.T, body []byte, asJSON bool) {
		// Signed whatever it is: decryption itself must stand.
		var e struct{ Encrypt string }
		if decode(body, asJSON, &e) != nil {
			return
		}
		_, seal, err := a.open(body, asJSON, "1", "n", util.Signature(testToken, "1", "n", e.Encrypt))
		if err == nil && len(seal.random) != 16 {
			t.Errorf("random has %d bytes", len(seal.random))
		}
	})
}

func FuzzCleanXML(f *testing.F) {
	f.Add([]byte("a\b&#8;&#xD800;&#65;\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out := cleanXML(raw)
		if !utf8.Valid(out) || len(out) > len(raw) {
			t.Errorf("%q became %q", raw, out)
		}
	})
}
