// Package huifu asks 汇付 斗拱 about scan payments, refunds and payouts.
//
// Documents: paas.huifu.com — 扫码交易查询 (/v3/trade/payment/scanpay/query),
// 扫码交易退款查询 (/v3/…/refundquery), 结算记录查询
// (/v2/merchant/basicdata/settlement/query, at most 100 days), V2 签名规则; the
// official Go SDK for the order of signing.
package huifu

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// Name of the kind, and Source of its rows.
const Name = "huifu"

const (
	tradePath      = "/v3/trade/payment/scanpay/query"
	refundPath     = "/v3/trade/payment/scanpay/refundquery"
	settlementPath = "/v2/merchant/basicdata/settlement/query"

	good     = "00000000" // the question was answered; what became of the order is trans_stat
	notFound = "23000001" // 交易不存在
)

type connector struct {
	s      Settings
	key    *rsa.PrivateKey
	theirs *rsa.PublicKey
	http   *http.Client
	now    func() time.Time
	nonce  func(int) string
}

func build(s Settings, d sources.Deps) (sources.Connector, error) {
	key, err := sources.ParsePrivateKey(s.PrivateKey)
	if err != nil {
		return nil, errors.New("private_key: " + err.Error())
	}
	theirs, err := sources.ParsePublicKey(s.PublicKey)
	if err != nil {
		return nil, errors.New("public_key: " + err.Error())
	}
	return &connector{s: s, key: key, theirs: theirs, http: sources.NewClient(0), now: d.Now, nonce: d.Nonce}, nil
}

// Close closes idle connections.
func (c *connector) Close() { c.http.CloseIdleConnections() }

// Fetch implements sources.Connector: the payouts of the span, and the orders
// that the ledger or the merchant names, one by one.
func (c *connector) Fetch(ctx context.Context, q sources.Query) (sources.Rows, error) {
	var rows sources.Rows
	var payouts []dated
	if c.s.Settlements {
		list, all, err := c.settlements(ctx, q)
		if err != nil {
			return sources.Rows{}, err
		}
		payouts, rows.AllPayouts, rows.Cut = list, all, !all
	}
	orders, _ := wire.Orders(q, c.s.MaxOrders, func(t *transactions.Transaction) bool { return t.Channel != transactions.Card })
	sales, err := wire.Each(ctx, orders, func(ctx context.Context, o wire.Order) ([]transactions.Transaction, error) {
		if o.Known != nil && o.Known.Kind == transactions.Refund {
			return c.refund(ctx, q, o)
		}
		return c.trade(ctx, q, o)
	})
	if err != nil {
		return sources.Rows{}, err
	}
	rows.Transactions = sales
	rows.Settlements = adopt(payouts, q.Payouts)
	return wire.Told(rows), nil
}

// Check implements sources.Connector with a question about an order that
// cannot exist: a signed answer proves the keys.
func (c *connector) Check(ctx context.Context) (sources.Health, error) {
	merchant := c.s.CheckHuifuID
	if merchant == "" {
		merchant = c.s.SysID
	}
	_, header, err := c.ask(ctx, tradePath, map[string]string{
		"huifu_id": merchant, "org_req_seq_id": "daozhang0check0", "org_req_date": c.now().In(transactions.Shanghai).Format(wire.DayOnly),
	}, &struct{ envelope }{})
	h := sources.Health{}
	h.Skew, h.SkewKnown = sources.Skew(header, c.now())
	if err != nil {
		return h, err
	}
	h.Signed, h.Note = true, "查询了一笔不存在的交易，签名双向验证通过"
	return h, nil
}

// envelope is what the data of every answer holds.
type envelope struct {
	RespCode string `json:"resp_code"`
	RespDesc string `json:"resp_desc"`
}

func (e envelope) outcome() envelope { return e }

type answer interface{ outcome() envelope }

// ask sends one signed question and reads its signed answer into a. found is
// false when 汇付 says, signed, that there is no such order.
func (c *connector) ask(ctx context.Context, path string, data map[string]string, a answer) (found bool, header http.Header, err error) {
	body, err := c.question(data)
	if err != nil {
		return false, nil, err
	}
	text, header, err := wire.Post(ctx, c.http, c.s.BaseURL+path, wire.JSON, "", body)
	if err != nil {
		return false, header, err
	}
	var outer struct {
		Data json.RawMessage `json:"data"`
		Sign string          `json:"sign"`
	}
	if json.Unmarshal(text, &outer) != nil || len(outer.Data) == 0 {
		return false, header, sources.Fail(sources.KindGarbage, "", "the answer cannot be read")
	}
	if !c.signed(outer.Data, outer.Sign) {
		return false, header, sources.Fail(sources.KindSignature, "", "the answer is not signed by the key of public_key")
	}
	if json.Unmarshal(outer.Data, a) != nil {
		return false, header, sources.Fail(sources.KindGarbage, "", "the answer cannot be read")
	}
	switch code := a.outcome().RespCode; code {
	case good:
		return true, header, nil
	case notFound:
		return false, header, nil
	case "":
		return false, header, sources.Fail(sources.KindGarbage, "", "the answer has no resp_code")
	default:
		return false, header, refusal(code)
	}
}

// question is the body: data with its keys in ASCII order is what is signed.
func (c *connector) question(data map[string]string) ([]byte, error) {
	text, err := plainJSON(data)
	if err != nil {
		return nil, sources.Fail(sources.KindRefused, "", "the question cannot be written")
	}
	sig, err := wire.Sign(c.key, text)
	if err != nil {
		return nil, sources.Fail(sources.KindRefused, "", "the private key cannot sign")
	}
	return plainJSON(map[string]any{"sys_id": c.s.SysID, "product_id": c.s.ProductID, "data": json.RawMessage(text), "sign": sig})
}

// plainJSON writes keys in ASCII order, without spaces and HTML escapes.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// signed checks the signature over data as it stands (so the SDK), and over
// data with the keys of its first level in ASCII order (so the document).
func (c *connector) signed(data []byte, signature string) bool {
	if wire.Verify(c.theirs, data, signature) == nil {
		return true
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return false
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := plainJSON(k)
		if err != nil {
			return false
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(bytes.TrimSpace(fields[k]))
	}
	b.WriteByte('}')
	return wire.Verify(c.theirs, b.Bytes(), signature) == nil
}

// refusal judges resp_code (documents: 业务返回码 of each interface).
func refusal(code string) *sources.Error {
	kind := sources.KindRefused
	switch {
	case code == "20000001": // 并发冲突
		kind = sources.KindLimited
	case strings.HasPrefix(code, "9"): // 91111119 通道异常, 98888888 系统错误, 99999999 系统异常
		kind = sources.KindDown
	}
	return &sources.Error{Kind: kind, Code: code, Retry: kind == sources.KindDown}
}
