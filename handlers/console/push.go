package console

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"daozhang/bot/desk"
)

const (
	signatureHeader    = "X-Daozhang-Signature"
	signatureTolerance = 5 * time.Minute
	pushLimit          = 4 << 20 // bytes
)

func (s *server) pushRoutes() {
	for _, kind := range []string{"merchants", "transactions", "settlements"} {
		op := s.operation(route{
			method: http.MethodPost, path: "/api/v1/ledger/" + kind, tag: "Ledger push", permission: desk.PushLedger, bodyLimit: pushLimit,
			summary: "Store " + kind + ": {\"rows\":[…]}, at most 1,000, idempotent",
		})
		op.Middlewares = huma.Middlewares{s.pushGuard}
		op.Security = []map[string][]string{{"token": {}}, {"signature": {}}}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: pushSchema()}}}
		op.SkipValidateBody = true // every row is judged by itself
		huma.Register(s.api, op, func(ctx context.Context, in *pushInput) (*body[PushReport], error) {
			out, err := s.push(ctx, kind, in.RawBody)
			if err != nil {
				return nil, s.edge(ctx, op.OperationID, err)
			}
			return out, nil
		})
	}
	s.api.OpenAPI().Components.SecuritySchemes["signature"] = &huma.SecurityScheme{
		Type: "apiKey", In: "header", Name: signatureHeader, Description: `t=<unix>,v1=hex(hmac_sha256(secret, t + "." + body))`,
	}
}

type pushInput struct {
	RawBody []byte `contentType:"application/json"`
}

func pushSchema() *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"rows"},
		Properties: map[string]*huma.Schema{"rows": {
			Type: huma.TypeArray, MaxItems: ptr(1000),
			Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "columns of the ledger files"},
		}},
	}
}

func ptr[T any](v T) *T { return &v }

// pushGuard lets tokens with the scope through; a signature is checked against
// the body by push.
func (s *server) pushGuard(hc huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(hc)
	if c.Request.Header.Get("Authorization") == "" && c.Request.Header.Get(signatureHeader) != "" {
		next(huma.WithValue(hc, principalKey{}, newPrincipal(c.Request, c.ClientIP())))
		return
	}
	s.guard(route{permission: desk.PushLedger})(hc, next)
}

func (s *server) push(ctx context.Context, kind string, raw []byte) (*body[PushReport], error) {
	if who(ctx).token.ID == 0 {
		if err := s.checkSignature(who(ctx).pushSignature, raw); err != nil {
			return nil, err
		}
	}
	if s.Push == nil {
		return nil, problem(http.StatusServiceUnavailable, codeLedger, "没有启用账务推送。")
	}
	report, err := s.Push.Push(ctx, kind, raw)
	var bad *PushError
	if errors.As(err, &bad) {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "%s", bad.Detail)
	}
	if err != nil {
		return nil, err
	}
	report.Accepted, report.Rejected = some(report.Accepted), some(report.Rejected)
	a := audit(ctx, "ledger.push", "ledger:"+kind, "accepted "+strconv.Itoa(len(report.Accepted))+" rejected "+strconv.Itoa(len(report.Rejected)))
	if who(ctx).token.ID == 0 {
		a.Actor = "signature"
	}
	if err := s.Store.Record(ctx, a); err != nil {
		return nil, err
	}
	return answer(report), nil
}

// checkSignature verifies t=<unix>,v1=<hex> over t.body.
func (s *server) checkSignature(header string, raw []byte) error {
	refuse := func(detail string) error { return problem(http.StatusUnauthorized, codeNotSignedIn, "%s", detail) }
	if s.PushSecret == "" {
		return refuse("没有设置推送密钥：请用接口令牌，或让管理员设置密钥。")
	}
	var stamp, mac string
	for part := range strings.SplitSeq(header, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch k {
		case "t":
			stamp = v
		case "v1":
			mac = v
		}
	}
	unix, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return refuse("签名头格式应为 t=<unix 秒>,v1=<hex>。")
	}
	h := hmac.New(sha256.New, []byte(s.PushSecret))
	h.Write([]byte(stamp + "."))
	h.Write(raw)
	got, err := hex.DecodeString(mac)
	if err != nil || !hmac.Equal(got, h.Sum(nil)) {
		return refuse("签名不对：请核对密钥，并对原始请求体签名。")
	}
	if d := s.now().Sub(time.Unix(unix, 0)); d > signatureTolerance || d < -signatureTolerance {
		return refuse("签名时间与服务器相差超过 5 分钟：请校准时钟后重新签名。")
	}
	return nil
}
