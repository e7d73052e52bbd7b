// Package sms sends one-time codes through the operator's SMS gateway: one
// signed HTTP request a code.
package sms

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// SignatureHeader carries t=<unix>,v1=hex(hmac_sha256(secret, t + "." + body)),
// as ledger pushes do.
const SignatureHeader = "X-Daozhang-Signature"

// Config of a gateway. URL and Secret are required.
type Config struct {
	URL     string
	Secret  string
	Timeout time.Duration // of each try; 0 = 5 s
	Client  *http.Client  // nil: one of its own
	Now     func() time.Time
}

// Gateway is safe for concurrent use.
type Gateway struct {
	url     string
	secret  []byte
	timeout time.Duration
	client  *http.Client
	now     func() time.Time
}

const defaultTimeout = 5 * time.Second

// New checks the configuration.
func New(c Config) (*Gateway, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("sms: the address of the gateway is not a whole http(s) address")
	}
	if c.Secret == "" {
		return nil, errors.New("sms: the secret of the gateway is missing")
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Client == nil {
		c.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Gateway{url: c.URL, secret: []byte(c.Secret), timeout: c.Timeout, client: c.Client, now: c.Now}, nil
}

// Message is the body of a request. TTL is in seconds.
type Message struct {
	Phone   string `json:"phone"`
	Code    string `json:"code"`
	Purpose string `json:"purpose"`
	TTL     int64  `json:"ttl"`
}

// StatusError is an answer of the gateway that is no success.
type StatusError struct{ Status int }

// Error implements error.
func (e *StatusError) Error() string {
	return "sms: the gateway answered " + strconv.Itoa(e.Status)
}

// Text sends a code. A network error is tried once more; an answer is not. No
// error holds the number, the code, the address or the secret.
func (g *Gateway) Text(ctx context.Context, phone, code, purpose string, ttl time.Duration) error {
	body, err := json.Marshal(Message{Phone: phone, Code: code, Purpose: purpose, TTL: int64(ttl / time.Second)})
	if err != nil {
		return errors.New("sms: encode")
	}
	err = g.post(ctx, body)
	var answered *StatusError
	if err != nil && !errors.As(err, &answered) && ctx.Err() == nil {
		err = g.post(ctx, body)
	}
	return err
}

func (g *Gateway) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("sms: build the request")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(SignatureHeader, Sign(g.secret, g.now(), body))
	res, err := g.client.Do(req)
	if err != nil {
		return fmt.Errorf("sms: %w", withoutAddress(err))
	}
	defer res.Body.Close()                                       //nolint:errcheck // only read
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return &StatusError{Status: res.StatusCode}
	}
	return nil
}

// Sign makes the signature of a body at an instant.
func Sign(secret []byte, at time.Time, body []byte) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(stamp + "."))
	m.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(m.Sum(nil))
}

// withoutAddress drops the address from a client error: it may hold a key.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
