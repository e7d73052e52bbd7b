// Package alipay asks Alipay's open platform about trades and refunds.
//
// Documents: opendocs.alipay.com — alipay.trade.query (统一收单交易查询),
// alipay.trade.fastpay.refund.query (统一收单交易退款查询), 公共错误码
// (common/02km9f), alipay.data.dataservice.bill.downloadurl.query
// (查询对账单下载地址). The signing is smartwalle/alipay's.
//
// Alipay has no interface that tells of payouts to the merchant's bank:
// settlements come by file or push (docs/sources-alipay.md).
package alipay

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	sdk "github.com/smartwalle/alipay/v3"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// Name of the kind, and Source of its rows.
const Name = "alipay"

type connector struct {
	s      Settings
	client *sdk.Client
	http   *http.Client
	now    func() time.Time
	bills  *wire.Shelf
}

func build(s Settings, d sources.Deps) (sources.Connector, error) {
	plain := newHTTP()
	client, err := s.client(plain)
	if err != nil {
		return nil, err
	}
	return &connector{s: s, client: client, http: plain, now: d.Now, bills: wire.NewShelf()}, nil
}

// Close closes idle connections.
func (c *connector) Close() { c.http.CloseIdleConnections() }

// Fetch implements sources.Connector: the trades and refunds that the ledger
// or the merchant names, one by one, and with bill_days the bills of the days
// that are over.
func (c *connector) Fetch(ctx context.Context, q sources.Query) (sources.Rows, error) {
	if c.s.SubMerchants == "" && q.RemoteNo != c.s.SellerID {
		return sources.Rows{}, sources.Fail(sources.KindRefused, "", "this source knows the account %s only: name it in merchants or merchant_map", c.s.SellerID)
	}
	bills, err := c.billed(ctx, q)
	if err != nil {
		return sources.Rows{}, err
	}
	orders, _ := wire.Orders(q, c.s.MaxOrders, func(t *transactions.Transaction) bool {
		return t.Channel == "" || t.Channel == transactions.Alipay
	})
	rows, err := wire.Each(ctx, orders, func(ctx context.Context, o wire.Order) ([]transactions.Transaction, error) {
		if o.Known != nil && o.Known.Kind == transactions.Refund {
			return c.refund(ctx, q, o)
		}
		return c.trade(ctx, q, o)
	})
	return wire.Told(sources.Rows{Transactions: together(rows, bills, q.Known)}), err
}

// Check implements sources.Connector with a question about a trade that
// cannot exist: a signed "not found" proves keys and permissions.
func (c *connector) Check(ctx context.Context) (sources.Health, error) {
	ctx, header := wire.Listen(ctx)
	_, err := c.ask(ctx, c.query("daozhang0check0", false), &trade{})
	h := sources.Health{}
	h.Skew, h.SkewKnown = sources.Skew(*header, c.now())
	if err != nil {
		return h, err
	}
	h.Signed, h.Note = true, "查询了一笔不存在的交易，签名双向验证通过"
	if c.s.BillDays > 0 {
		if _, err := c.billAddress(ctx, newestBill(c.now())); err != nil {
			return h, err
		}
		h.Note += "；账单下载有权限"
	}
	return h, nil
}

// result is what every answer begins with.
type result struct {
	Code    string `json:"code"`
	SubCode string `json:"sub_code"`
}

// ask sends one question and reads its signed answer into a. found is false
// when Alipay says, signed, that there is no such trade.
func (c *connector) ask(ctx context.Context, p sdk.Param, a answer) (found bool, err error) {
	var raw json.RawMessage
	err = c.client.Request(ctx, p, &raw)
	var unsigned *sdk.Error
	var odd *json.SyntaxError
	var type1 *json.UnmarshalTypeError
	switch {
	case err == nil:
	case wire.Of(err) != nil:
		return false, wire.Of(err)
	case ctx.Err() != nil:
		return false, sources.Classify(ctx, err)
	case errors.As(err, &unsigned): // may be a nil pointer: its text must not be asked for
		if unsigned == nil || unsigned.Code == "" {
			return false, garbage("the answer cannot be read")
		}
		// An answer without a signature says nothing about a trade; what it says of us is told.
		if e := refusal(string(unsigned.Code), unsigned.SubCode); e != nil && !success(string(unsigned.Code)) {
			return false, e
		}
		return false, unbelieved()
	case errors.Is(err, sdk.ErrBadResponse), errors.As(err, &odd), errors.As(err, &type1):
		return false, garbage("the answer cannot be read")
	default:
		return false, unbelieved()
	}
	if json.Unmarshal(raw, a) != nil {
		return false, garbage("the answer cannot be read")
	}
	r := a.outcome()
	if success(r.Code) {
		return true, nil
	}
	if absent(r.SubCode) {
		return false, nil
	}
	if e := refusal(r.Code, r.SubCode); e != nil {
		return false, e
	}
	return false, garbage("the answer has no code")
}

// answer is a typed answer; each embeds result.
type answer interface{ outcome() result }

func (r result) outcome() result { return r }

func success(code string) bool { return code == string(sdk.CodeSuccess) }

func garbage(why string) *sources.Error { return sources.Fail(sources.KindGarbage, "", "%s", why) }

func unbelieved() *sources.Error {
	return sources.Fail(sources.KindSignature, "", "the answer is not signed by the key of alipay_public_key or alipay_cert")
}

// absent reports that there is no such trade or bill; what the document calls
// BILL_NOT_EXIST arrives as isp.bill_not_exist.
func absent(sub string) bool {
	return sub == "ACQ.TRADE_NOT_EXIST" || sub == "isp.bill_not_exist" || sub == "BILL_NOT_EXIST"
}

// refusal judges a code that is no success (document: 公共错误码); nil for an
// empty or a good one, and for absent, which is no refusal.
func refusal(code, sub string) *sources.Error {
	var kind sources.FailureKind
	switch {
	case code == "" || success(code) || absent(sub):
		return nil
	case code == string(sdk.CodeUnknowError), strings.HasSuffix(sub, "SYSTEM_ERROR"), sub == "aop.ACQ.SYSTEM_ERROR", strings.HasPrefix(sub, "isp."):
		kind = sources.KindDown
	case code == string(sdk.CodeCallLimited):
		kind = sources.KindLimited
	default:
		kind = sources.KindRefused
	}
	shown := sub
	if shown == "" {
		shown = code
	}
	return &sources.Error{Kind: kind, Code: shown, Retry: kind == sources.KindDown}
}

func newHTTP() *http.Client {
	c := sources.NewClient(0)
	c.Transport = wire.Whole{Next: c.Transport}
	return c
}
