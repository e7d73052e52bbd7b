package sources

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// MaxBody bounds one answer, bytes.
const MaxBody = 8 << 20

// ErrTooBig is the error of reading past the bound of an answer.
var ErrTooBig = errors.New("the answer is too big")

// NewClient is the HTTP client of every connector: redirects are not
// followed, certificates are verified, plain http goes to this machine only,
// an answer is bounded by maxBody bytes (0 = MaxBody; reading past it gives
// ErrTooBig), and no proxy of the environment is used. The time limit is the
// caller's ctx. Close it with CloseIdleConnections.
func NewClient(maxBody int64) *http.Client {
	if maxBody <= 0 {
		maxBody = MaxBody
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &guardedTransport{maxBody: maxBody, next: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		}},
	}
}

type guardedTransport struct {
	next    *http.Transport
	maxBody int64
}

// RoundTrip implements http.RoundTripper.
func (g *guardedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := CheckURL(r.URL); err != nil {
		return nil, err
	}
	resp, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // a RoundTripper
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: g.maxBody}
	return resp, nil
}

// CloseIdleConnections lets http.Client close what is idle.
func (g *guardedTransport) CloseIdleConnections() { g.next.CloseIdleConnections() }

// CheckURL accepts https, and http to this machine.
func CheckURL(u *url.URL) error {
	switch {
	case u.Scheme == "https" && u.Host != "":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return fmt.Errorf("http to %s is not safe: write https://", u.Hostname())
	}
	return errors.New("write a whole address that begins with https://")
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read fails, instead of ending, where the answer is too big: half an answer
// must not be taken for a whole one.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &Error{Kind: KindGarbage, Err: ErrTooBig}
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, &Error{Kind: KindGarbage, Err: ErrTooBig}
	}
	return n, err //nolint:wrapcheck // io.EOF must stay what it is
}

// ReadBody reads and closes an answer and judges its status. The body is
// given with a status error too: protocols explain themselves there.
func ReadBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, Classify(resp.Request.Context(), err)
	}
	if e := StatusError(resp.StatusCode); e != nil {
		return b, e
	}
	return b, nil
}
