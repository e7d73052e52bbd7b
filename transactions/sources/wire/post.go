package wire

import (
	"bytes"
	"context"
	"net/http"

	"daozhang/transactions/sources"
)

// JSON and Form are the content types of the protocols.
const (
	JSON = "application/json; charset=utf-8"
	Form = "application/x-www-form-urlencoded;charset=UTF-8"
)

// Post sends one question and reads the whole answer. Errors are *sources.Error.
func Post(ctx context.Context, c *http.Client, address, contentType, authorization string, body []byte) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, sources.Fail(sources.KindRefused, "", "base_url is no address")
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json, */*")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := c.Do(req) //nolint:bodyclose // ReadBody closes it
	if err != nil {
		return nil, nil, sources.Classify(ctx, err)
	}
	answer, err := sources.ReadBody(resp) //nolint:contextcheck // it has the request's
	return answer, resp.Header, err       //nolint:wrapcheck // *sources.Error
}
