// Package httpjson is the look-up source for any JSON over HTTPS interface
// with HMAC-SHA256 or RSA-SHA256 signatures, described in the configuration
// (kind: http). docs/sources.md is its manual.
package httpjson

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"daozhang/transactions/ledgerfile"
	"daozhang/transactions/sources"
)

// Settings of one interface.
type Settings struct {
	// BaseURL is the address before every path; https, or http on this machine.
	BaseURL string `yaml:"base_url"`
	// Headers of every request; values may hold ${…}.
	Headers map[string]string `yaml:"headers"`
	// APIKey is ${api_key} in every template: secrets stand nowhere else.
	APIKey string `yaml:"api_key" secret:"yes"`
	Sign   Sign   `yaml:"sign"`
	Verify Verify `yaml:"verify"`
	Answer Answer `yaml:"answer"`
	// Transactions lists the sales of a span of time, Settlements the payouts;
	// Order finds one sale by ${reference}. At least one is needed.
	Transactions Request `yaml:"transactions"`
	Settlements  Request `yaml:"settlements"`
	Order        Request `yaml:"order"`
	// CheckMerchant is the merchant number (the source's own) that daozhang
	// doctor asks about; "" = only reachability is checked.
	CheckMerchant string `yaml:"check_merchant"`
	// MaxBytes bounds one answer: 8 MiB.
	MaxBytes int64 `yaml:"max_bytes"`
}

// Sign says how requests are signed.
type Sign struct {
	Type       string `yaml:"type"` // "" none, hmac-sha256, rsa-sha256
	Secret     string `yaml:"secret" secret:"yes"`
	PrivateKey string `yaml:"private_key" secret:"yes"`
	Encoding   string `yaml:"encoding"` // hex (default) or base64
	// Text is what is signed, with ${method} ${path} ${query} ${body} ….
	Text string `yaml:"text"`
	// Header carries the signature; "" when headers, query or form hold
	// ${signature}.
	Header string `yaml:"header"`
}

// Verify says how answers are signed; Type "" = they are not.
type Verify struct {
	Type      string `yaml:"type"`
	Secret    string `yaml:"secret" secret:"yes"`
	PublicKey string `yaml:"public_key" file:"yes"`
	Encoding  string `yaml:"encoding"`
	// Text is what was signed, with ${body} ${status} ${header.NAME} ${nonce}.
	Text   string `yaml:"text"`
	Header string `yaml:"header"`
	// TimestampHeader holds Unix seconds or ms; an answer older or newer than
	// Tolerance (5 min) is refused. "" = not checked.
	TimestampHeader string        `yaml:"timestamp_header"`
	Tolerance       time.Duration `yaml:"tolerance"`
}

// Answer says how the interface tells success in the body.
type Answer struct {
	// Code is the path of the result code; "" = the HTTP status decides.
	Code string `yaml:"code"`
	// OK are the codes of success, Empty those of "no such record", Busy those
	// that the next call may not have, Refused those of key and permission.
	OK      []string `yaml:"ok"`
	Empty   []string `yaml:"empty"`
	Busy    []string `yaml:"busy"`
	Refused []string `yaml:"refused"`
}

// Request is one query of the interface.
type Request struct {
	Method string            `yaml:"method"` // GET (default) or POST
	Path   string            `yaml:"path"`   // "" = the interface has no such query
	Query  map[string]string `yaml:"query"`
	Form   map[string]string `yaml:"form"` // x-www-form-urlencoded body
	Body   string            `yaml:"body"` // JSON body
	// Time is the pattern of ${from} and ${to}: yyyy-MM-dd HH:mm:ss (default),
	// yyyyMMddHHmmss, …, rfc3339, unix, unix_ms.
	Time string `yaml:"time"`
	// Until is what ${to} is: exclusive (default, the first moment after) or
	// inclusive (the last second).
	Until string `yaml:"until"`
	// Days is how many days one call may span; 0 = all. 1 where ${date} is used.
	Days int  `yaml:"days"`
	Page Page `yaml:"page"`
	// MaxCalls bounds the calls of one look-up: 12.
	MaxCalls int `yaml:"max_calls"`
	// Rows is the path of the rows: data.list[].
	Rows string `yaml:"rows"`
	// Fields maps names of ledger files (docs/ledger-files.md) to paths in a row.
	Fields map[string]string `yaml:"fields"`
	// RowTime is the pattern of times in rows; "" = recognised as in ledger
	// files, unix, unix_ms.
	RowTime string `yaml:"row_time"`
	// Values maps words of the interface to ours, by name of the field: state,
	// channel, … "*" is every other word.
	Values map[string]map[string]string `yaml:"values"`
}

// Page says how an answer goes on.
type Page struct {
	// First is the number of the first page (${page}); Size is ${size}: fewer
	// rows than that are the last page.
	First int `yaml:"first"`
	Size  int `yaml:"size"`
	// More is the path of a flag that says there is more; Total of the number
	// of rows; Cursor of the ${cursor} of the next page. One of them, or Size.
	More   string `yaml:"more"`
	Total  string `yaml:"total"`
	Cursor string `yaml:"cursor"`
}

const (
	hmacSHA256 = "hmac-sha256"
	rsaSHA256  = "rsa-sha256"

	defaultMaxCalls  = 12
	defaultTolerance = 5 * time.Minute
)

// Kind is kind: http of the configuration.
func Kind() sources.Kind {
	return sources.NewKind("http", Settings{}, Settings.check, func(s Settings, d sources.Deps) (sources.Connector, error) { return New(s, d) })
}

// check names everything wrong.
func (s Settings) check() []error {
	var bad []error
	u, err := url.Parse(s.BaseURL)
	if err == nil {
		err = sources.CheckURL(u)
	}
	switch {
	case s.BaseURL == "":
		bad = append(bad, errors.New("base_url: the address of the interface is missing"))
	case err != nil || u.RawQuery != "" || u.User != nil:
		bad = append(bad, errors.New("base_url: write https://HOST/PATH without user and query (http only to this machine)"))
	}
	bad = append(bad, s.Sign.check()...)
	bad = append(bad, s.Verify.check()...)
	bad = append(bad, pathProblem("answer.code", s.Answer.Code)...)
	if s.Answer.Code != "" && len(s.Answer.OK) == 0 {
		bad = append(bad, errors.New("answer.ok: name the codes of success"))
	}
	if s.Transactions.Path+s.Settlements.Path+s.Order.Path == "" {
		bad = append(bad, errors.New("transactions, settlements, order: at least one needs a path"))
	}
	signed := s.Sign.Header != ""
	for name, v := range s.Headers {
		bad = append(bad, templateProblem("headers."+name, v, headerNames)...)
		signed = signed || strings.Contains(v, "${signature}")
		if secretHeader(name) && !strings.Contains(v, "${") {
			bad = append(bad, fmt.Errorf("headers.%s: a secret would be printed: write it under api_key (or api_key_file) and ${api_key} here", name))
		}
		if !validHeader(name) {
			bad = append(bad, fmt.Errorf("headers.%s: not the name of a header", name))
		}
	}
	for _, r := range s.requests() {
		if r.Path == "" {
			continue
		}
		bad = append(bad, r.check(r.at, r.kind)...)
		if s.Sign.Type != "" && !signed && !r.carriesSignature() {
			bad = append(bad, fmt.Errorf("%s: the signature is sent nowhere: set sign.header or write ${signature} into headers, query or form", r.at))
		}
	}
	if s.MaxBytes < 0 {
		bad = append(bad, errors.New("max_bytes: 0 (8 MiB) or more"))
	}
	slices.SortFunc(bad, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return bad
}

type namedRequest struct {
	Request
	at   string
	kind ledgerfile.Kind
}

func (s Settings) requests() []namedRequest {
	return []namedRequest{
		{s.Transactions, "transactions", ledgerfile.Transactions},
		{s.Settlements, "settlements", ledgerfile.Settlements},
		{s.Order, "order", ledgerfile.Transactions},
	}
}

func (s Sign) check() []error {
	var bad []error
	switch s.Type {
	case "":
		if s.Secret+s.PrivateKey+s.Text+s.Header != "" {
			return []error{errors.New("sign.type: write hmac-sha256 or rsa-sha256")}
		}
		return nil
	case hmacSHA256:
		if s.Secret == "" {
			bad = append(bad, errors.New("sign.secret: missing (secret_file and secret_env serve too)"))
		}
	case rsaSHA256:
		if _, err := sources.ParsePrivateKey(s.PrivateKey); err != nil {
			bad = append(bad, fmt.Errorf("sign.private_key: %w", err))
		}
	default:
		bad = append(bad, errors.New("sign.type: hmac-sha256 or rsa-sha256"))
	}
	if s.Text == "" {
		bad = append(bad, errors.New("sign.text: write what is signed, for example \"${method}\\n${path}\\n${timestamp}\\n${body}\""))
	}
	bad = append(bad, templateProblem("sign.text", s.Text, signNames)...)
	if s.Header != "" && !validHeader(s.Header) {
		bad = append(bad, errors.New("sign.header: not the name of a header"))
	}
	return append(bad, encodingProblem("sign.encoding", s.Encoding)...)
}

func (v Verify) check() []error {
	var bad []error
	switch v.Type {
	case "":
		if v.Secret+v.PublicKey+v.Text+v.Header != "" {
			return []error{errors.New("verify.type: write hmac-sha256 or rsa-sha256")}
		}
		return nil
	case hmacSHA256:
		if v.Secret == "" {
			bad = append(bad, errors.New("verify.secret: missing (secret_file and secret_env serve too)"))
		}
	case rsaSHA256:
		if _, err := sources.ParsePublicKey(v.PublicKey); err != nil {
			bad = append(bad, fmt.Errorf("verify.public_key: %w", err))
		}
	default:
		bad = append(bad, errors.New("verify.type: hmac-sha256 or rsa-sha256"))
	}
	if !validHeader(v.Header) {
		bad = append(bad, errors.New("verify.header: the header of the answer that holds its signature"))
	}
	if v.TimestampHeader != "" && !strings.Contains(strings.ToLower(v.Text), strings.ToLower("${header."+v.TimestampHeader+"}")) {
		bad = append(bad, fmt.Errorf("verify.text: must contain ${header.%s}, or anybody could change that time", v.TimestampHeader))
	}
	if !strings.Contains(v.Text, "${body}") {
		bad = append(bad, errors.New("verify.text: what was signed; it must contain ${body}"))
	}
	if v.Tolerance < 0 {
		bad = append(bad, errors.New("verify.tolerance: must not be negative"))
	}
	bad = append(bad, templateProblem("verify.text", v.Text, verifyNames)...)
	return append(bad, encodingProblem("verify.encoding", v.Encoding)...)
}

func encodingProblem(key, v string) []error {
	if v == "" || v == "hex" || v == "base64" {
		return nil
	}
	return []error{fmt.Errorf("%s: hex or base64", key)}
}

func validHeader(name string) bool {
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// secretHeader tells headers that usually hold a secret.
func secretHeader(name string) bool {
	name = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
	return slices.ContainsFunc([]string{"authorization", "token", "secret", "apikey", "password", "cookie"}, func(w string) bool { return strings.Contains(name, w) })
}

func (r Request) carriesSignature() bool {
	for _, m := range []map[string]string{r.Query, r.Form} {
		for _, v := range m {
			if strings.Contains(v, "${signature}") {
				return true
			}
		}
	}
	return false
}

func (r Request) check(at string, kind ledgerfile.Kind) []error {
	var bad []error
	add := func(key, format string, args ...any) {
		bad = append(bad, fmt.Errorf("%s.%s: "+format, append([]any{at, key}, args...)...))
	}
	if r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodPost {
		add("method", "GET or POST")
	}
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#") {
		add("path", "begins with / and has no query (write it under query)")
	}
	if r.Body != "" && len(r.Form) > 0 {
		add("body", "body or form, not both")
	}
	if r.Method != http.MethodPost && (r.Body != "" || len(r.Form) > 0) {
		add("method", "a body needs POST")
	}
	bad = append(bad, templateProblem(at+".path", r.Path, requestNames)...)
	bad = append(bad, templateProblem(at+".body", r.Body, requestNames)...)
	for _, m := range []struct {
		key    string
		values map[string]string
	}{{"query", r.Query}, {"form", r.Form}} {
		for k, v := range m.values {
			bad = append(bad, templateProblem(at+"."+m.key+"."+k, v, headerNames)...)
		}
	}
	if _, err := timeLayout(r.Time); err != nil {
		add("time", "%w", err)
	}
	if _, err := timeLayout(r.RowTime); err != nil {
		add("row_time", "%w", err)
	}
	if r.Until != "" && r.Until != "exclusive" && r.Until != "inclusive" {
		add("until", "exclusive or inclusive")
	}
	if r.Days < 0 || r.MaxCalls < 0 || r.MaxCalls > 100 || r.Page.Size < 0 {
		add("days", "days, max_calls (at most 100) and page.size must not be negative")
	}
	if r.Rows == "" {
		add("rows", "the path of the rows is missing, for example data.list[]")
	}
	// Whose rows are asked for, and whose came: one of them for a list, the
	// second for a single order, which anybody's number may find.
	told := r.Fields["merchant_no"] != ""
	switch {
	case at == "order" && !told:
		bad = append(bad, errors.New("order.fields.merchant_no: missing; without it an order of another merchant would be taken for this one's"))
	case !told && !r.uses("${merchant_no}", "${local_merchant_no}"):
		add("query", "send ${merchant_no}, or map fields.merchant_no: else nobody knows whose rows come back")
	}
	bad = append(bad, pathProblem(at+".rows", r.Rows)...)
	bad = append(bad, pathProblem(at+".page.more", r.Page.More)...)
	bad = append(bad, pathProblem(at+".page.total", r.Page.Total)...)
	bad = append(bad, pathProblem(at+".page.cursor", r.Page.Cursor)...)
	return append(bad, r.checkFields(at, kind)...)
}

// checkFields makes sure that rows can be understood at all.
func (r Request) checkFields(at string, kind ledgerfile.Kind) []error {
	var bad []error
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		if err := parseField(r.Fields[name]).err; err != nil {
			bad = append(bad, fmt.Errorf("%s.fields.%s: %w", at, name, err))
		}
		if !ledgerName(kind, name) {
			bad = append(bad, fmt.Errorf("%s.fields.%s: not a column of %s (docs/ledger-files.md)", at, name, kind))
		}
	}
	money := "amount"
	needed := []string{"id", "state", "time"}
	if kind == ledgerfile.Settlements {
		money, needed = "net", []string{"id", "state"}
	}
	for _, name := range needed {
		if r.Fields[name] == "" {
			bad = append(bad, fmt.Errorf("%s.fields.%s: missing", at, name))
		}
	}
	if (r.Fields[money] == "") == (r.Fields[money+"_fen"] == "") {
		bad = append(bad, fmt.Errorf("%s.fields.%s: write %s (yuan) or %s_fen (fen)", at, money, money, money))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		if r.Fields[name] == "" {
			bad = append(bad, fmt.Errorf("%s.values.%s: there is no such field", at, name))
		}
	}
	return bad
}
