package wechatsim

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// callbackTries is how often the platform calls before it gives up.
const callbackTries = 3

// field is one element of a callback body. Text is written as CDATA.
type field struct{ name, text string }

// body renders a callback message in the platform's form.
func body(fields []field) string {
	var b strings.Builder
	b.WriteString("<xml>")
	for _, f := range fields {
		if _, err := strconv.ParseInt(f.text, 10, 64); err == nil {
			fmt.Fprintf(&b, "<%s>%s</%s>", f.name, f.text, f.name)
			continue
		}
		fmt.Fprintf(&b, "<%s><![CDATA[%s]]></%s>", f.name, strings.ReplaceAll(f.text, "]]>", "]]]]><![CDATA[>"), f.name)
	}
	b.WriteString("</xml>")
	return b.String()
}

// push delivers a message of a follower to the account in the background. local
// is the chat entry to mark (0: none); notice says whether the user is told of
// a fault.
func (p *Platform) push(openID, msgType string, fields []field, local int64, notice bool) {
	p.mu.Lock()
	head := []field{
		{"ToUserName", p.original()},
		{"FromUserName", openID},
		{"CreateTime", strconv.FormatInt(p.now().Unix(), 10)},
		{"MsgType", msgType},
	}
	all := append(head, fields...)
	if msgType != "event" {
		p.msgID++
		all = append(all, field{"MsgId", strconv.FormatInt(p.msgID, 10)})
	}
	p.mu.Unlock()
	if p.ctx.Err() != nil {
		return
	}
	p.work.Go(func() {
		state := "delivered"
		if err := p.deliver(openID, body(all)); err != nil {
			if p.ctx.Err() != nil {
				return
			}
			p.log.Warn("wechatsim: callback failed", slog.Any("err", err))
			state = "failed"
			if notice {
				p.receive(openID, Message{From: "account", Kind: "notice", Text: FaultNotice})
			}
		}
		if local != 0 {
			p.mark(openID, local, state)
		}
	})
}

// deliver calls the account, three times at most; a passive reply goes into
// the chat. A malformed reply is not asked for again.
func (p *Platform) deliver(openID, msg string) error {
	var last error
	for range callbackTries {
		answer, err := p.post(openID, msg)
		if p.ctx.Err() != nil {
			return fmt.Errorf("platform closed: %w", p.ctx.Err())
		}
		if err != nil {
			last = err
			continue
		}
		reply, ok, err := p.passive(openID, answer)
		if err != nil {
			return err
		}
		if ok {
			p.receive(openID, reply)
		}
		return nil
	}
	return last
}

// receive puts a message of the account into a chat.
func (p *Platform) receive(openID string, m Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.followers[openID]; f != nil {
		f.lastSpoke = p.now()
		p.add(f, m)
	}
}

// post makes one signed request.
func (p *Platform) post(openID, msg string) ([]byte, error) {
	p.mu.Lock()
	target, safe := p.callback, p.safe
	p.mu.Unlock()
	if target == "" {
		return nil, errors.New("no callback address is set")
	}
	ts, nonce := strconv.FormatInt(p.now().Unix(), 10), randomHex(5)
	q := url.Values{
		"signature": {sign(p.opt.Token, ts, nonce)}, "timestamp": {ts}, "nonce": {nonce}, "openid": {openID},
	}
	if safe {
		enc, err := encrypt(p.key, randomBytes(16), msg, p.opt.AppID)
		if err != nil {
			return nil, err
		}
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", sign(p.opt.Token, ts, nonce, enc))
		msg = body([]field{{"ToUserName", p.original()}, {"Encrypt", enc}})
	}
	ctx, cancel := context.WithTimeout(p.ctx, p.opt.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target+"?"+q.Encode(), strings.NewReader(msg))
	if err != nil {
		return nil, errors.New("the callback address is wrong")
	}
	req.Header.Set("Content-Type", "text/xml")
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("callback: %w", errors.Unwrap(err)) // without the signed address
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("callback answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("callback: HTTP %d", resp.StatusCode)
	}
	return raw, nil
}

// envelope is an encrypted passive reply.
type envelope struct {
	XMLName      xml.Name `xml:"xml"`
	Encrypt      string   `xml:"Encrypt"`
	MsgSignature string   `xml:"MsgSignature"`
	TimeStamp    string   `xml:"TimeStamp"`
	Nonce        string   `xml:"Nonce"`
}

// passiveReply is a plain one.
type passiveReply struct {
	XMLName      xml.Name `xml:"xml"`
	ToUserName   string   `xml:"ToUserName"`
	FromUserName string   `xml:"FromUserName"`
	CreateTime   int64    `xml:"CreateTime"`
	MsgType      string   `xml:"MsgType"`
	Content      string   `xml:"Content"`
	MediaID      string   `xml:"Image>MediaId"`
}

// passive reads the answer of a callback: nothing ("success" or empty), or a
// message; an error is what WeChat shows the fault notice for.
func (p *Platform) passive(openID string, raw []byte) (Message, bool, error) {
	if s := string(bytes.TrimSpace(raw)); s == "" || s == "success" {
		return Message{}, false, nil
	}
	p.mu.Lock()
	safe := p.safe
	p.mu.Unlock()
	if safe {
		var e envelope
		if err := xml.Unmarshal(raw, &e); err != nil {
			return Message{}, false, errors.New("passive reply is not XML")
		}
		if e.Encrypt == "" || sign(p.opt.Token, e.TimeStamp, e.Nonce, e.Encrypt) != e.MsgSignature {
			return Message{}, false, errors.New("passive reply has a wrong signature")
		}
		plain, err := decrypt(p.key, e.Encrypt, p.opt.AppID)
		if err != nil {
			return Message{}, false, fmt.Errorf("passive reply: %w", err)
		}
		raw = []byte(plain)
	}
	var r passiveReply
	if err := xml.Unmarshal(raw, &r); err != nil {
		return Message{}, false, errors.New("passive reply is not XML")
	}
	if r.ToUserName != openID || r.FromUserName != p.original() || r.CreateTime == 0 {
		return Message{}, false, errors.New("passive reply is addressed wrongly")
	}
	switch r.MsgType {
	case "text":
		if r.Content == "" || len(r.Content) > 2048 || !utf8.ValidString(r.Content) {
			return Message{}, false, errors.New("passive text is empty or too long")
		}
		return Message{From: "account", Kind: "text", Text: r.Content, Passive: true}, true, nil
	case "image":
		return Message{From: "account", Kind: "image", Media: mediaPath + r.MediaID, Passive: true}, true, nil
	case "transfer_customer_service":
		return Message{}, false, nil
	}
	return Message{}, false, errors.New("passive reply of an unknown type")
}
