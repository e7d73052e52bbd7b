// Package unionpay asks 银联全渠道 (ACP, version 5.1.0) about single
// transactions: 交易状态查询, queryTrans.do.
//
// Documents: open.unionpay.com — 全渠道产品接口规范 of 交易状态查询 and the SDK of
// 5.1.0 for signing. The list of response codes is not public as a page; which
// code says "no such transaction" is therefore configurable (not_found_codes).
//
// The gateway asks for the order's number and its time to the second, or for
// its own queryId; it lists nothing and tells of no payouts. The daily files
// (fileTransReq.do) are imported as files (docs/sources-unionpay.md).
package unionpay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// Name of the kind, and Source of its rows.
const Name = "unionpay"

const queryPath = "/gateway/api/queryTrans.do"

type connector struct {
	s      Settings
	key    *rsa.PrivateKey
	certID string
	roots  *x509.CertPool
	http   *http.Client
	now    func() time.Time
}

func build(s Settings, d sources.Deps) (sources.Connector, error) {
	key, err := sources.ParsePrivateKey(s.PrivateKey)
	if err != nil {
		return nil, errors.New("private_key: " + err.Error())
	}
	own, roots, err := s.certificates()
	if err != nil {
		return nil, err
	}
	return &connector{s: s, key: key, certID: own.SerialNumber.String(), roots: roots, http: sources.NewClient(0), now: d.Now}, nil
}

// Close closes idle connections.
func (c *connector) Close() { c.http.CloseIdleConnections() }

// Fetch implements sources.Connector: the orders that the ledger or the
// merchant names, one by one.
func (c *connector) Fetch(ctx context.Context, q sources.Query) (sources.Rows, error) {
	orders, _ := wire.Orders(q, c.s.MaxOrders, func(*transactions.Transaction) bool { return true })
	rows, err := wire.Each(ctx, orders, func(ctx context.Context, o wire.Order) ([]transactions.Transaction, error) {
		for _, way := range ways(o) {
			a, _, err := c.ask(ctx, q.RemoteNo, way)
			if err != nil {
				return nil, err
			}
			if a == nil {
				continue
			}
			if !about(a, q.RemoteNo, way) {
				return nil, garbage("the answer is about another order or merchant than the one asked for")
			}
			return row(a, o)
		}
		return nil, nil
	})
	return wire.Told(sources.Rows{Transactions: rows}), err
}

// ways to ask for an order: by queryId, which has 21 digits and begins with the
// time; by number and time, when the ledger knows the time.
func ways(o wire.Order) []map[string]string {
	var list []map[string]string
	if len(o.Number) == 21 && strings.HasPrefix(o.Number, "20") && strings.Trim(o.Number, "0123456789") == "" {
		list = append(list, map[string]string{"txnSubType": "02", "queryId": o.Number})
	}
	if o.Known != nil && !o.Known.Time.IsZero() && wire.Plain(o.Number, 8, 40) && !strings.ContainsAny(o.Number, "-_|*") {
		list = append(list, map[string]string{
			"txnSubType": "00", "orderId": o.Number, "txnTime": o.Known.Time.In(transactions.Shanghai).Format(wire.Compact),
		})
	}
	return list
}

func about(a map[string]string, merchant string, way map[string]string) bool {
	if a["merId"] != merchant {
		return false
	}
	for _, k := range []string{"queryId", "orderId", "txnTime"} {
		if v, asked := way[k]; asked && a[k] != v {
			return false
		}
	}
	return true
}

// Check implements sources.Connector with a question about an order that
// cannot exist: a signed answer proves the keys.
func (c *connector) Check(ctx context.Context) (sources.Health, error) {
	_, header, err := c.ask(ctx, c.s.CheckMerID, map[string]string{
		"txnSubType": "00", "orderId": "daozhang0check0", "txnTime": c.now().In(transactions.Shanghai).Format(wire.Compact),
	})
	h := sources.Health{}
	h.Skew, h.SkewKnown = sources.Skew(header, c.now())
	if err != nil {
		return h, err
	}
	h.Signed, h.Note = true, "查询了一笔不存在的交易，签名双向验证通过"
	return h, nil
}

// ask sends one signed question; nil when the gateway says, signed, that there
// is no such transaction.
func (c *connector) ask(ctx context.Context, merchant string, way map[string]string) (map[string]string, http.Header, error) {
	question := map[string]string{
		"version": "5.1.0", "encoding": "UTF-8", "certId": c.certID, "signMethod": "01", "txnType": "00", "bizType": "000000",
		"accessType": c.s.AccessType, "channelType": "07", "merId": merchant,
	}
	if c.s.AcqInsCode != "" {
		question["acqInsCode"] = c.s.AcqInsCode
	}
	for k, v := range way {
		question[k] = v
	}
	sig, err := wire.Sign(c.key, digest(question))
	if err != nil {
		return nil, nil, sources.Fail(sources.KindRefused, "", "the private key cannot sign")
	}
	form := url.Values{"signature": {sig}}
	for k, v := range question {
		form.Set(k, v)
	}
	text, header, err := wire.Post(ctx, c.http, c.s.BaseURL+queryPath, wire.Form, "", []byte(form.Encode()))
	if err != nil {
		return nil, header, err
	}
	a, err := parse(text)
	if err != nil || a["respCode"] == "" {
		return nil, header, garbage("the answer cannot be read")
	}
	code := a["respCode"]
	missing := c.missing(code, a["respMsg"])
	if a["signature"] == "" && code != good && !missing {
		return nil, header, refusal(code) // the gateway signs no refusal of a question that it could not read
	}
	if err := c.believe(a); err != nil {
		return nil, header, err
	}
	switch {
	case code == good:
		return a, header, nil
	case missing:
		return nil, header, nil
	}
	return nil, header, refusal(code)
}

func (c *connector) missing(code, words string) bool {
	for _, m := range c.s.NotFoundCodes {
		if code == m {
			return true
		}
	}
	return code != good && wire.NoSuchOrder(words)
}

const good = "00" // the question was answered; what became of the order is origRespCode

// refusal judges respCode: 02 (closed for a while), 03, 04, 05 (no answer yet)
// and 06 (busy) are worth asking again.
func refusal(code string) *sources.Error {
	kind := sources.KindRefused
	switch code {
	case "02", "03", "04", "05", "06":
		kind = sources.KindDown
	}
	return &sources.Error{Kind: kind, Code: wire.Word(code), Retry: kind == sources.KindDown}
}

func garbage(why string) *sources.Error { return sources.Fail(sources.KindGarbage, "", "%s", why) }
