package httpjson

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
	"daozhang/transactions/sources"
)

// values are the variables of one call that do not change from page to page.
func (c *Connector) values(q sources.Query, p *plan, from, to time.Time, reference string) map[string]string {
	if p.Until == "inclusive" {
		to = to.Add(-time.Second)
	}
	day := transactions.DateOf(from)
	return map[string]string{
		"merchant_no": q.RemoteNo, "local_merchant_no": q.Merchant.MerchantNo,
		"from": formatTime(from, p.layout), "to": formatTime(to, p.layout),
		"date": day.Start().Format("20060102"), "day": day.String(),
		"reference": reference, "rrn": reference, "page": strconv.Itoa(p.Page.First), "size": strconv.Itoa(p.Page.Size),
	}
}

// pages goes through the pages of one call. calls counts over a whole look-up.
func (c *Connector) pages(ctx context.Context, p *plan, values map[string]string, merchantNo string, calls *int) (all ledgerfile.Batch, done bool, err error) {
	seen := map[string]bool{}
	for page := p.Page.First; ; page++ {
		if *calls == p.maxCalls {
			return all, false, nil
		}
		*calls++
		values["page"], values["size"] = strconv.Itoa(page), strconv.Itoa(p.Page.Size)
		a, err := c.once(ctx, p, values)
		if err != nil {
			return all, false, err
		}
		b, err := p.rows(a.root, merchantNo)
		if err != nil {
			return all, false, err
		}
		n := len(b.Transactions) + len(b.Settlements)
		all.Transactions = append(all.Transactions, b.Transactions...)
		all.Settlements = append(all.Settlements, b.Settlements...)
		cursor := first(a.root, p.cursor)
		switch {
		case a.empty || n == 0:
			return all, true, nil
		case p.cursor != nil:
			if cursor == "" || cursor == "0" {
				return all, true, nil
			}
			if seen[cursor] { // it would go on for ever
				return all, false, sources.Fail(sources.KindGarbage, "", "the cursor repeats itself")
			}
			seen[cursor] = true
			values["cursor"] = cursor
		case p.more != nil:
			if !truthy(first(a.root, p.more)) {
				return all, true, nil
			}
		case p.total != nil:
			total, err := strconv.Atoi(first(a.root, p.total))
			if err != nil {
				return all, false, sources.Fail(sources.KindGarbage, "", "page.total is no number")
			}
			if len(all.Transactions)+len(all.Settlements) >= total {
				return all, true, nil
			}
		case p.Page.Size == 0 || n < p.Page.Size:
			return all, true, nil
		}
	}
}

func truthy(s string) bool {
	switch strings.ToLower(s) {
	case "true", "1", "y", "yes":
		return true
	}
	return false
}

// answer is one answer that may be believed.
type answer struct {
	header http.Header
	root   any
	empty  bool // the interface said: no such record
}

// once makes one call. The header is given beside an error.
func (c *Connector) once(ctx context.Context, p *plan, given map[string]string) (answer, error) {
	now := c.deps.Now()
	values := maps.Clone(given)
	values["timestamp"] = strconv.FormatInt(now.Unix(), 10)
	values["timestamp_ms"] = strconv.FormatInt(now.UnixMilli(), 10)
	values["now"] = formatTime(now, p.layout)
	values["nonce"], values["api_key"] = c.deps.Nonce(32), c.settings.APIKey
	req, err := c.request(ctx, p, values)
	if err != nil {
		return answer{}, sources.Fail(sources.KindRefused, "", "the request cannot be made from its templates")
	}
	resp, err := c.client.Do(req) //nolint:bodyclose // ReadBody does
	if err != nil {
		return answer{}, sources.Classify(ctx, err)
	}
	a := answer{header: resp.Header}
	body, err := sources.ReadBody(resp) //nolint:contextcheck // that of the request
	if err != nil && body == nil {
		return a, err //nolint:wrapcheck // *sources.Error
	}
	err = c.judge(&a, resp.StatusCode, body, values, now)
	return a, err
}

// judge believes an answer only after its signature, and its rows only after
// its code. An answer with a bad HTTP status may explain itself by its code.
func (c *Connector) judge(a *answer, status int, body []byte, sent map[string]string, now time.Time) error {
	bad := sources.StatusError(status)
	if err := c.verifier.verify(status, a.header, body, sent, now); err != nil {
		if bad != nil { // who refuses us or is down often does not sign
			return bad
		}
		return err
	}
	root, err := decode(body)
	if err != nil {
		if bad != nil {
			return bad
		}
		return sources.Fail(sources.KindGarbage, "", "the answer is %w", err)
	}
	a.root = root
	if c.code == nil {
		if bad != nil {
			return bad
		}
		return nil
	}
	code, rules := first(root, c.code), c.settings.Answer
	switch {
	case slices.Contains(rules.Empty, code):
		a.empty = true
		return nil
	case bad != nil:
		bad.Code = code
		return bad
	case slices.Contains(rules.OK, code):
		return nil
	case slices.Contains(rules.Busy, code):
		return &sources.Error{Kind: sources.KindDown, Code: code, Retry: true}
	case slices.Contains(rules.Refused, code):
		return &sources.Error{Kind: sources.KindRefused, Code: code}
	case code == "":
		return sources.Fail(sources.KindGarbage, "", "the answer has no code")
	}
	return &sources.Error{Kind: sources.KindDown, Code: code}
}

// request renders and signs one call.
func (c *Connector) request(ctx context.Context, p *plan, values map[string]string) (*http.Request, error) {
	value := func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok || slices.Contains(requestNames, name)
	}
	path, err := expand(p.Path, value, inPath)
	if err != nil {
		return nil, err
	}
	address := *c.base
	address.RawPath = address.EscapedPath() + path
	if address.Path, err = url.PathUnescape(address.RawPath); err != nil {
		return nil, err //nolint:wrapcheck // told as one
	}
	query, sortedQuery, err := parameters(p.Query, value)
	if err != nil {
		return nil, err
	}
	form, sortedForm, err := parameters(p.Form, value)
	if err != nil {
		return nil, err
	}
	body, kind := form.Encode(), "application/x-www-form-urlencoded"
	if p.Body != "" {
		kind = "application/json; charset=utf-8"
		if body, err = expand(p.Body, value, inJSON); err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256([]byte(body))
	sorted := append(sortedQuery, sortedForm...)
	slices.Sort(sorted)
	values["method"], values["path"], values["query"], values["body"] = p.method, address.EscapedPath(), query.Encode(), body
	values["path_query"] = address.EscapedPath()
	if len(query) > 0 {
		values["path_query"] += "?" + values["query"]
	}
	values["body_sha256"], values["sorted"] = hex.EncodeToString(sum[:]), strings.Join(sorted, "&")
	if err := c.sign(p, values, query, form); err != nil {
		return nil, err
	}
	address.RawQuery = query.Encode()
	if p.Body == "" {
		body = form.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, p.method, address.String(), strings.NewReader(body))
	if err != nil {
		return nil, err //nolint:wrapcheck // told as one
	}
	if p.method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept", "application/json")
	for name, text := range c.settings.Headers {
		v, err := expand(text, value, raw)
		if err != nil || strings.ContainsAny(v, "\r\n") {
			return nil, errHeader
		}
		req.Header.Set(name, v)
	}
	if h := c.settings.Sign.Header; h != "" {
		req.Header.Set(h, values["signature"])
	}
	return req, nil
}

// sign puts the signature into the values, and into the parameters that carry it.
func (c *Connector) sign(p *plan, values map[string]string, query, form url.Values) error {
	value := func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok || slices.Contains(requestNames, name)
	}
	text, err := expand(c.settings.Sign.Text, value, raw)
	if err != nil {
		return err
	}
	if values["signature"], err = c.signer.sign(text); err != nil {
		return err
	}
	for _, m := range []struct {
		templates map[string]string
		to        url.Values
	}{{p.Query, query}, {p.Form, form}} {
		for k, t := range m.templates {
			if !carries(t) {
				continue
			}
			v, err := expand(t, value, raw)
			if err != nil {
				return err
			}
			m.to.Set(k, v)
		}
	}
	return nil
}

func carries(template string) bool { return strings.Contains(template, "${signature}") }

// parameters renders what does not carry the signature; sorted are the ones
// with a value as name=value, unescaped.
func parameters(templates map[string]string, value func(string) (string, bool)) (v url.Values, sorted []string, err error) {
	v = url.Values{}
	for k, t := range templates {
		if carries(t) {
			continue
		}
		text, err := expand(t, value, raw)
		if err != nil {
			return nil, nil, err
		}
		v.Set(k, text)
		if text != "" {
			sorted = append(sorted, k+"="+text)
		}
	}
	return v, sorted, nil
}
