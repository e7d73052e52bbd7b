package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"daozhang/transactions/sources"
)

// Whole is the transport for SDKs that read answers without a bound or judge
// them late: an answer is read to its end first, and what no protocol explains
// (no connection, half an answer, a server error, a redirect) is an
// *sources.Error at once. Explains tells which statuses besides 2xx carry an
// explanation that the SDK must see; nil = none.
type Whole struct {
	Next     http.RoundTripper
	Explains func(status int) bool
}

type headerKey struct{}

// Listen gives a context with which Whole notes the headers of the last
// answer, for SDKs that do not hand them out.
func Listen(ctx context.Context) (context.Context, *http.Header) {
	h := &http.Header{}
	return context.WithValue(ctx, headerKey{}, h), h
}

// RoundTrip implements http.RoundTripper.
func (w Whole) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.Next.RoundTrip(r)
	if err != nil {
		return nil, sources.Classify(r.Context(), err)
	}
	if h, ok := r.Context().Value(headerKey{}).(*http.Header); ok {
		*h = resp.Header.Clone()
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // read to its end
	if err != nil {
		return nil, sources.Classify(r.Context(), err)
	}
	if e := sources.StatusError(resp.StatusCode); e != nil && (w.Explains == nil || !w.Explains(resp.StatusCode)) {
		return nil, e
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

// CloseIdleConnections lets http.Client close what is idle.
func (w Whole) CloseIdleConnections() {
	if next, ok := w.Next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// ClientError reports the statuses with which a protocol explains what was
// wrong with the question.
func ClientError(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusTooManyRequests
}

// Of is the *sources.Error within err, if any.
func Of(err error) *sources.Error {
	var e *sources.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
