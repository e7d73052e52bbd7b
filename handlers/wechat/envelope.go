package wechat

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
)

// skew is the largest accepted distance of a callback's timestamp from our
// clock. Inside it a repeated (timestamp, nonce) is WeChat's own retry.
const skew = 10 * time.Minute

// signed compares a signature in constant time.
func signed(want string, parts ...string) bool {
	got := util.Signature(append([]string(nil), parts...)...) // it sorts in place
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// fresh reports a timestamp (decimal Unix seconds, 64 bit) within skew of now.
func fresh(timestamp string, now time.Time) bool {
	sec, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || sec <= 0 || sec > 1<<40 {
		return false
	}
	return now.Sub(time.Unix(sec, 0)).Abs() <= skew
}

// sealed is what an encrypted reply must be made with: the key that opened the
// request, its random bytes, timestamp and nonce.
type sealed struct {
	key       string
	random    []byte
	timestamp string
	nonce     string
}

// open verifies msg_signature and decrypts with the current, then the previous
// key.
func (a *account) open(body []byte, asJSON bool, timestamp, nonce, msgSignature string) ([]byte, *sealed, error) {
	var env message.EncryptedXMLMsg
	if err := decode(body, asJSON, &env); err != nil {
		return nil, nil, fmt.Errorf("encrypted envelope: %w", errBroken)
	}
	if env.EncryptedMsg == "" {
		return nil, nil, fmt.Errorf("no Encrypt element: %w", errForged)
	}
	if !signed(msgSignature, a.Token, timestamp, nonce, env.EncryptedMsg) {
		return nil, nil, fmt.Errorf("msg_signature: %w", errForged)
	}
	for _, key := range []string{a.EncodingAESKey, a.PreviousEncodingAESKey} {
		if key == "" {
			continue
		}
		random, raw, err := util.DecryptMsg(a.AppID, env.EncryptedMsg, key)
		if err == nil {
			return raw, &sealed{key: key, random: random, timestamp: timestamp, nonce: nonce}, nil
		}
	}
	return nil, nil, fmt.Errorf("no configured key opens the message: %w", errForged)
}

// Reasons of refusal, mapped to status codes by refuse.
var (
	errForged = errors.New("not from WeChat")    //nolint:gochecknoglobals // sentinel
	errBroken = errors.New("cannot be read")     //nolint:gochecknoglobals // sentinel
	errMode   = errors.New("wrong message mode") //nolint:gochecknoglobals // sentinel
)

// incoming is a decrypted message or event. Every field is text: one strange
// number must not lose a whole message.
type incoming struct {
	XMLName      xml.Name `xml:"xml" json:"-"`
	ToUserName   loose    `xml:"ToUserName"`
	FromUserName loose    `xml:"FromUserName"`
	CreateTime   loose    `xml:"CreateTime"`
	MsgType      loose    `xml:"MsgType"`
	MsgID        loose    `xml:"MsgId" json:"MsgId"`
	JobID        loose    `xml:"MsgID" json:"MsgID"` // TEMPLATESENDJOBFINISH
	Content      loose    `xml:"Content"`
	Recognition  loose    `xml:"Recognition"`
	PicURL       loose    `xml:"PicUrl" json:"PicUrl"`
	MediaID      loose    `xml:"MediaId" json:"MediaId"`
	Label        loose    `xml:"Label"`
	Title        loose    `xml:"Title"`
	URL          loose    `xml:"Url" json:"Url"`
	MenuID       *loose   `xml:"bizmsgmenuid" json:"bizmsgmenuid"`
	Event        loose    `xml:"Event"`
	EventKey     loose    `xml:"EventKey"`
	Status       loose    `xml:"Status"`
	KfAccount    loose    `xml:"KfAccount"`
	ToKfAccount  loose    `xml:"ToKfAccount"`
}

// loose is a text that JSON may also give as a number, bool or null.
type loose string

// UnmarshalJSON implements json.Unmarshaler; objects and arrays become "".
// Characters that an XML push could not carry are left out: a NUL, for one,
// fits into no PostgreSQL text.
func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case len(b) == 0 || b[0] == '{' || b[0] == '[' || bytes.Equal(b, []byte("null")):
		*l = ""
	case b[0] == '"':
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("text field: %w", err)
		}
		*l = loose(xmlText(s))
	default:
		*l = loose(b)
	}
	return nil
}

// parse reads a decrypted body. XML with characters that XML forbids is read
// again without them: the message must not be lost for one U+0008.
func parse(raw []byte, asJSON bool) (incoming, error) {
	m, err := decodeMessage(raw, asJSON)
	if err != nil && !asJSON {
		m, err = decodeMessage(cleanXML(raw), false)
	}
	if err != nil {
		return incoming{}, fmt.Errorf("message: %w", errBroken)
	}
	if m.FromUserName == "" || m.MsgType == "" {
		return incoming{}, fmt.Errorf("message without sender or type: %w", errBroken)
	}
	return m, nil
}

func decodeMessage(raw []byte, asJSON bool) (m incoming, err error) {
	err = decode(raw, asJSON, &m)
	return m, err
}

// decode errors hold customer data: callers replace them.
func decode(raw []byte, asJSON bool, into any) error {
	if asJSON {
		return json.Unmarshal(raw, into) //nolint:wrapcheck // replaced by the caller
	}
	return xml.Unmarshal(raw, into) //nolint:wrapcheck // replaced by the caller
}

// charRef is a numeric character reference.
var charRef = regexp.MustCompile(`&#(x[0-9a-fA-F]{1,8}|[0-9]{1,8});`) //nolint:gochecknoglobals // read-only

// cleanXML drops bytes that are no UTF-8, characters outside XML 1.0 section
// 2.2 and references to such.
func cleanXML(raw []byte) []byte {
	return []byte(charRef.ReplaceAllStringFunc(xmlText(string(raw)), func(ref string) string {
		digits, base := ref[2:len(ref)-1], 10
		if digits[0] == 'x' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseInt(digits, base, 32); err != nil || !xmlChar(rune(n)) {
			return ""
		}
		return ref
	}))
}

// xmlText keeps the characters that XML allows.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if xmlChar(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
}

func xmlChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// reply builds the passive text answer to m, encrypted when seal is not nil.
func (a *account) reply(m incoming, text string, seal *sealed, now time.Time) ([]byte, error) {
	t := message.NewText(string(cleanXML([]byte(text))))
	t.SetToUserName(message.CDATA(m.FromUserName))
	t.SetFromUserName(message.CDATA(m.ToUserName))
	t.SetCreateTime(now.Unix())
	t.SetMsgType(message.MsgTypeText)
	plain, err := xml.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("build passive reply: %w", err)
	}
	if seal == nil {
		return plain, nil
	}
	cipher, err := util.EncryptMsg(seal.random, plain, a.AppID, seal.key)
	if err != nil {
		return nil, fmt.Errorf("encrypt passive reply: %w", err)
	}
	ts, err := strconv.ParseInt(seal.timestamp, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("timestamp of passive reply: %w", err)
	}
	out, err := xml.Marshal(message.ResponseEncryptedXMLMsg{
		EncryptedMsg: string(cipher), Timestamp: ts, Nonce: seal.nonce,
		MsgSignature: util.Signature(a.Token, strconv.FormatInt(ts, 10), seal.nonce, string(cipher)),
	})
	if err != nil {
		return nil, fmt.Errorf("build encrypted reply: %w", err)
	}
	return out, nil
}
