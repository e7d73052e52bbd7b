// Package wechatpay asks WeChat Pay (API v3) about orders, refunds and the
// daily bill, for a service provider (partner) or one merchant (direct).
//
// Documents: pay.weixin.qq.com/doc/v3 — 微信支付订单号查询订单 and
// 商户订单号查询订单 (partner 4012760565 and 4012760555, merchant 4013070354 and
// 4013070356), 查询单笔退款, 申请交易账单; signatures: 如何构造接口请求签名,
// 如何验证签名. The signing is wechatpay-go's.
//
// WeChat Pay has no interface that tells of payouts to the merchant's bank in
// China: settlements come by file or push (docs/sources-wechatpay.md).
package wechatpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// Name of the kind, and Source of its rows.
const Name = "wechatpay"

type connector struct {
	s         Settings
	client    *core.Client
	plain     *http.Client
	validator *validators.WechatPayResponseValidator
	signer    *signers.SHA256WithRSASigner
	now       func() time.Time
	bills     *wire.Shelf
}

func build(s Settings, d sources.Deps) (sources.Connector, error) {
	key, err := sources.ParsePrivateKey(s.PrivateKey)
	if err != nil {
		return nil, errors.New("private_key: " + err.Error())
	}
	verifier, err := s.verifier()
	if err != nil {
		return nil, err
	}
	plain := sources.NewClient(0)
	plain.Transport = wire.Whole{Next: plain.Transport, Explains: wire.ClientError}
	validator := validators.NewWechatPayResponseValidator(verifier)
	signer := &signers.SHA256WithRSASigner{MchID: s.MchID, CertificateSerialNo: s.SerialNo, PrivateKey: key}
	client, err := core.NewClientWithDialSettings(context.Background(), &core.DialSettings{HTTPClient: plain, Validator: validator, Signer: signer})
	if err != nil {
		return nil, errors.New("the client of WeChat Pay cannot be built from these settings")
	}
	return &connector{s: s, client: client, plain: plain, validator: validator, signer: signer, now: d.Now, bills: wire.NewShelf()}, nil
}

// Close closes idle connections.
func (c *connector) Close() { c.plain.CloseIdleConnections() }

// Fetch implements sources.Connector: the orders that the ledger or the
// merchant names, one by one, and with bill_days the bills of the days that
// are over.
func (c *connector) Fetch(ctx context.Context, q sources.Query) (sources.Rows, error) {
	if c.s.Mode == Direct && q.RemoteNo != c.s.MchID {
		return sources.Rows{}, sources.Fail(sources.KindRefused, "", "a direct source knows merchant %s only: name it in merchants or merchant_map", c.s.MchID)
	}
	billed, all, err := c.billed(ctx, q)
	if err != nil {
		return sources.Rows{}, err
	}
	orders, _ := wire.Orders(q, c.s.MaxOrders, func(t *transactions.Transaction) bool {
		return (t.Channel == "" || t.Channel == transactions.WeChat) && !billed.has(t.ID)
	})
	rows, err := wire.Each(ctx, orders, func(ctx context.Context, o wire.Order) ([]transactions.Transaction, error) {
		return c.order(ctx, q, o)
	})
	if err != nil {
		return sources.Rows{}, err
	}
	return wire.Told(sources.Rows{Transactions: append(billed.rows, rows...), AllSales: all}), nil
}

// Check implements sources.Connector with a question about an order that
// cannot exist: a signed "not found" proves keys, permissions and clock.
func (c *connector) Check(ctx context.Context) (sources.Health, error) {
	merchant := c.s.MchID
	if c.s.Mode == Partner {
		merchant = c.s.CheckMchID
		if merchant == "" {
			merchant = c.s.MchID
		}
	}
	_, _, header, err := c.ask(ctx, c.orderURL("out-trade-no", "daozhang0check0", merchant))
	h := sources.Health{Signed: err == nil, Note: "查询了一笔不存在的订单，签名双向验证通过"}
	h.Skew, h.SkewKnown = sources.Skew(header, c.now())
	if err != nil {
		h.Note = ""
		return h, err
	}
	return h, nil
}

// orderURL is the address of one order; by is "id" or "out-trade-no".
func (c *connector) orderURL(by, number, remoteNo string) string {
	v := url.Values{}
	path := "/v3/pay/transactions/"
	if c.s.Mode == Partner {
		path = "/v3/pay/partner/transactions/"
		v.Set("sp_mchid", c.s.MchID)
		v.Set("sub_mchid", remoteNo)
	} else {
		v.Set("mchid", remoteNo)
	}
	return c.s.BaseURL + path + by + "/" + url.PathEscape(number) + "?" + v.Encode()
}

// ask gets one signed answer. found is false when WeChat Pay says, signed,
// that there is no such thing.
func (c *connector) ask(ctx context.Context, address string) (body []byte, found bool, header http.Header, err error) {
	result, err := c.client.Get(ctx, address)
	if result != nil && result.Response != nil {
		header = result.Response.Header
	}
	var refused *core.APIError
	switch {
	case err == nil:
	case wire.Of(err) != nil:
		return nil, false, header, wire.Of(err)
	case errors.As(err, &refused):
		return nil, false, header, c.refusal(ctx, refused)
	case ctx.Err() != nil:
		return nil, false, header, sources.Classify(ctx, err)
	default:
		return nil, false, header, sources.Fail(sources.KindSignature, "", "the answer of WeChat Pay is not signed by the key of public_key_id and public_key, or the clock differs by more than 5 minutes")
	}
	body, err = io.ReadAll(result.Response.Body)
	if err != nil {
		return nil, false, header, sources.Classify(ctx, err)
	}
	return body, true, header, nil
}

// refusal judges an answer that is no success (doc: 公共错误码 and the table of
// each interface); nil means a signed "there is no such order". That is a
// fact, so it must be signed; all else is no fact about an order.
func (c *connector) refusal(ctx context.Context, e *core.APIError) error {
	kind := sources.KindRefused
	switch e.Code {
	case "ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NO_STATEMENT_EXIST":
		if c.validator.Validate(ctx, &http.Response{Header: e.Header, Body: io.NopCloser(bytes.NewReader([]byte(e.Body)))}) != nil {
			return sources.Fail(sources.KindSignature, "", "WeChat Pay's word that there is no such order is not signed")
		}
		return nil
	case "FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED", "RATELIMIT_EXCEED":
		kind = sources.KindLimited
	case "SYSTEM_ERROR", "BANK_ERROR", "STATEMENT_CREATING", "SYSTEMERROR":
		kind = sources.KindDown
	}
	return &sources.Error{Kind: kind, Code: e.Code, Status: e.StatusCode, Retry: kind == sources.KindDown}
}

// decode reads a signed answer.
func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return sources.Fail(sources.KindGarbage, "", "the answer of WeChat Pay cannot be read")
	}
	return nil
}
