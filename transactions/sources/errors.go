package sources

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"daozhang/transactions"
)

// FailureKind says how a call failed.
type FailureKind string

// The closed list of failures.
const (
	// KindTimeout: no answer in time.
	KindTimeout FailureKind = "timeout"
	// KindDown: not reachable, or a server error.
	KindDown FailureKind = "down"
	// KindGarbage: an answer that is not what the protocol says, or too big.
	KindGarbage FailureKind = "garbage"
	// KindSignature: the answer's signature is missing or wrong: nothing in it
	// may be believed.
	KindSignature FailureKind = "signature"
	// KindRefused: the system does not accept us (key, signature, permission,
	// unknown merchant): a person has to change something.
	KindRefused FailureKind = "refused"
	// KindLimited: too many calls.
	KindLimited FailureKind = "limited"
	// KindBusy: our own limit of calls at a time, or an open circuit breaker.
	KindBusy FailureKind = "busy"
	// KindCanceled: the caller gave up.
	KindCanceled FailureKind = "canceled"
)

// Error is a failed call. Its text holds no secret, no request and no part of
// an answer beyond Code.
type Error struct {
	Kind FailureKind
	// Code is the remote's own error code; cut to 40 plain characters.
	Code string
	// Status is the HTTP status; 0 = none.
	Status int
	// Retry allows the router to try again at once (it waits a little). Only
	// for failures that the next call may not have.
	Retry bool
	// Err is the cause; its text is not shown when it may hold an address with
	// a query or a body.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	s := "source: " + string(e.Kind)
	if e.Status != 0 {
		s += " (HTTP " + strconv.Itoa(e.Status) + ")"
	}
	if e.Code != "" {
		s += " code " + plain(e.Code)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail makes an *Error. The message must not hold secrets nor answers.
func Fail(kind FailureKind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Err: fmt.Errorf(format, args...), Retry: kind == KindDown}
}

// plain keeps what is safe in a log line.
func plain(code string) string {
	code = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_', r == '-', r == '.':
			return r
		}
		return -1
	}, code)
	return code[:min(len(code), 40)]
}

// Classify makes an *Error of anything that an HTTP client or SDK returns; nil
// stays nil. The cause of a network error is told without the address's query.
func Classify(ctx context.Context, err error) *Error {
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) && !errors.Is(ctx.Err(), context.Canceled) {
		return own
	}
	var netErr net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &Error{Kind: KindCanceled, Err: context.Canceled}
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil, errors.As(err, &netErr) && netErr.Timeout():
		return &Error{Kind: KindTimeout, Err: errNoAnswer}
	case isTLS(err):
		return &Error{Kind: KindDown, Err: errTLS}
	}
	return &Error{Kind: KindDown, Retry: true, Err: errors.New(networkCause(err))}
}

var (
	errNoAnswer = errors.New("no answer in time")
	errTLS      = errors.New("the certificate of the server is not trusted")
)

func isTLS(err error) bool {
	var cert *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &cert) || errors.As(err, &unknown) || errors.As(err, &host)
}

// networkCause is the innermost text: the outer ones repeat the address.
func networkCause(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Op + ": " + op.Err.Error()
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(next) {
		err = next
	}
	return err.Error()
}

// StatusError judges an HTTP status: nil for 2xx.
func StatusError(status int) *Error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusTooManyRequests:
		return &Error{Kind: KindLimited, Status: status}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return &Error{Kind: KindRefused, Status: status}
	case status >= 500:
		return &Error{Kind: KindDown, Status: status, Retry: true}
	case status >= 300 && status < 400:
		return &Error{Kind: KindGarbage, Status: status, Err: errors.New("redirects are not followed")}
	}
	return &Error{Kind: KindRefused, Status: status}
}

// unavailable is the error in the terms of transactions.Source.
func (e *Error) unavailable(source string) *transactions.UnavailableError {
	kind := "down"
	switch e.Kind {
	case KindTimeout:
		kind = "timeout"
	case KindGarbage, KindSignature:
		kind = "garbage"
	}
	return &transactions.UnavailableError{Kind: kind, Err: fmt.Errorf("source %s: %w", source, e)}
}

// Skew is the clock difference in a Date header.
func Skew(h http.Header, now time.Time) (skew time.Duration, known bool) {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	return at.Sub(now).Round(time.Second), true
}
