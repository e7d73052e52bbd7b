package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"daozhang/bot/delivery"
)

const (
	officialBase = "https://api.weixin.qq.com"
	callTimeout  = 10 * time.Second
	maxAnswer    = 1 << 20 // of a JSON answer
)

// api makes calls to the platform. Its errors never hold tokens, secrets or
// openids.
type api struct {
	base   string
	client *http.Client
	tokens *tokenSource
}

func newAPI(d Deps) (*api, error) {
	base := strings.TrimRight(d.APIBaseURL, "/")
	if base == "" {
		base = officialBase
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("wechat.api_base_url 应为 http(s) 地址，例如 " + officialBase)
	}
	a := &api{base: base, client: d.HTTPClient, tokens: newTokenSource(d.Tokens, d.Log, d.Now)}
	if a.client == nil {
		a.client = &http.Client{
			Timeout: callTimeout,
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, MaxIdleConns: 32, MaxIdleConnsPerHost: 16,
				IdleConnTimeout: 60 * time.Second, TLSHandshakeTimeout: 5 * time.Second,
				ResponseHeaderTimeout: callTimeout, ForceAttemptHTTP2: true,
			},
			// A redirect would carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	a.tokens.fetch = a.stableToken
	return a, nil
}

// stableToken asks for the stable access token; the secret travels in the body.
func (a *api) stableToken(ctx context.Context, acc *account, force bool) (string, time.Duration, error) {
	if acc.AppSecret == "" {
		return "", 0, &delivery.Error{Class: delivery.ClassOperator, Code: 41004, Msg: "缺少 wechat.app_secret，无法调用微信接口"}
	}
	req := map[string]any{"grant_type": "client_credential", "appid": acc.AppID, "secret": acc.AppSecret, "force_refresh": force}
	var ans struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"` // seconds
	}
	if err := a.post(ctx, "/cgi-bin/stable_token", "", req, &ans, acc.AppSecret); err != nil {
		return "", 0, err
	}
	return ans.AccessToken, time.Duration(ans.ExpiresIn) * time.Second, nil
}

// call posts JSON with the account's token; a refused token is dropped and the
// call made once more. secrets are cut out of error texts.
func (a *api) call(ctx context.Context, acc *account, path string, body, ans any, secrets ...string) error {
	return a.withToken(ctx, acc, func(token string) error {
		return a.post(ctx, path, token, body, ans, append(secrets, token, acc.AppSecret)...)
	})
}

func (a *api) withToken(ctx context.Context, acc *account, do func(token string) error) error {
	for once := false; ; once = true {
		token, err := a.tokens.token(ctx, acc)
		if err != nil {
			return asError("access token", err)
		}
		err = do(token)
		var e *delivery.Error
		if errors.As(err, &e) && e.Class == delivery.ClassToken {
			a.tokens.refused(ctx, acc, token)
			if !once {
				continue
			}
		}
		return err
	}
}

// post makes one call and decodes the answer; an errcode becomes a
// *delivery.Error.
func (a *api) post(ctx context.Context, path, token string, body, ans any, secrets ...string) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // links must arrive as links
	if err := enc.Encode(body); err != nil {
		return fmt.Errorf("%s: encode: %w", path, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.address(path, token, nil), &buf)
	if err != nil {
		return fmt.Errorf("%s: cannot build the request", path)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	raw, _, err := a.do(req, path, maxAnswer, secrets...)
	if err != nil {
		return err
	}
	return decodeAnswer(path, raw, ans, secrets...)
}

func (a *api) address(path, token string, q url.Values) string {
	if q == nil {
		q = url.Values{}
	}
	if token != "" {
		q.Set("access_token", token)
	}
	if len(q) == 0 {
		return a.base + path
	}
	return a.base + path + "?" + q.Encode()
}

// do sends a request and reads at most limit bytes of the answer.
func (a *api) do(req *http.Request, path string, limit int64, secrets ...string) ([]byte, http.Header, error) {
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, nil, asError(path, err, secrets...)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, nil, asError(path, err, secrets...)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, &delivery.Error{Class: delivery.ClassRetry, Code: resp.StatusCode, Msg: fmt.Sprintf("%s: HTTP %d", path, resp.StatusCode)}
	}
	if int64(len(raw)) > limit {
		return nil, nil, &delivery.Error{Class: delivery.ClassPermanent, Msg: fmt.Sprintf("%s: answer larger than %d bytes", path, limit)}
	}
	return raw, resp.Header, nil
}

// decodeAnswer reads a JSON answer into ans (may be nil).
func decodeAnswer(path string, raw []byte, ans any, secrets ...string) error {
	var status struct {
		Code int    `json:"errcode"`
		Msg  string `json:"errmsg"`
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		return &delivery.Error{Class: delivery.ClassRetry, Msg: path + ": the answer is not JSON"}
	}
	if status.Code != 0 {
		return &delivery.Error{Class: classOf(status.Code), Code: status.Code, Msg: describe(path, status.Code, status.Msg, secrets...)}
	}
	if ans == nil {
		return nil
	}
	if err := json.Unmarshal(raw, ans); err != nil {
		return &delivery.Error{Class: delivery.ClassRetry, Msg: path + ": the answer has an unknown shape"}
	}
	return nil
}

// classOf never says OK for a code that is not 0: typing codes are the typing
// call's to ignore.
func classOf(code int) delivery.Class {
	if c := delivery.Classify(code); c != delivery.ClassOK {
		return c
	}
	return delivery.ClassPermanent
}

var ipAddress = regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}`) //nolint:gochecknoglobals // read-only

// describe words an errcode for operators and agents.
func describe(path string, code int, msg string, secrets ...string) string {
	text := fmt.Sprintf("%s: errcode %d %s", path, code, redacted(msg, secrets...))
	switch code {
	case 40164:
		return fmt.Sprintf("%s：服务器 IP %s 不在公众号的 IP 白名单，请在公众平台「基本配置 → IP 白名单」加入（约 10 分钟生效）", text, ipAddress.FindString(msg))
	case 40013, 40125, 41002, 41004:
		return text + "：请核对 app_id 与 app_secret"
	case 48001:
		return text + "：该公众号没有此接口权限（未认证或个人主体），改用被动回复"
	case 45009:
		return text + "：今日接口调用次数已用完"
	}
	return text
}

// redacted cuts secrets out of a text and bounds it.
func redacted(s string, secrets ...string) string {
	for _, x := range secrets {
		if len(x) >= 4 {
			s = strings.ReplaceAll(s, x, "***")
			s = strings.ReplaceAll(s, url.QueryEscape(x), "***")
		}
	}
	s = queryParts.ReplaceAllString(s, "$1=***")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}

var queryParts = regexp.MustCompile(`(?i)\b(access_token|secret|appsecret|openid|touser|ticket)=[^&\s"]+`) //nolint:gochecknoglobals // read-only

// asError makes a *delivery.Error of anything else. url.Error texts hold the
// whole address with the token, so only their cause is told.
func asError(path string, err error, secrets ...string) error {
	var e *delivery.Error
	if errors.As(err, &e) {
		return err
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return &delivery.Error{Class: delivery.ClassRetry, Msg: redacted(path+": "+err.Error(), secrets...)}
}
