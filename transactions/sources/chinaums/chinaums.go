// Package chinaums asks the open platform of 银联商务 about orders: those of
// /v1/netpay (H5, mini programmes, public accounts) and those scanned at the
// till (/v2/poslink).
//
// Documents: 银联商务开放平台 — OPEN-BODY-SIG, 全民付移动支付 订单交易查询 and its
// tables of status and 平台错误码, POS通 交易状态查询.
//
// Answers carry no signature: what protects them is TLS. Should one come with
// an OPEN-BODY-SIG header, it must fit; require_signature refuses the others.
// There is no public interface that tells of payouts, and none for card sales
// (docs/sources-chinaums.md).
package chinaums

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// Name of the kind, and Source of its rows.
const Name = "chinaums"

// nonceLength of the document's examples.
const nonceLength = 32

type connector struct {
	s     Settings
	http  *http.Client
	now   func() time.Time
	nonce func(int) string
}

func build(s Settings, d sources.Deps) (sources.Connector, error) {
	return &connector{s: s, http: sources.NewClient(0), now: d.Now, nonce: d.Nonce}, nil
}

// Close closes idle connections.
func (c *connector) Close() { c.http.CloseIdleConnections() }

// Fetch implements sources.Connector: the orders that the ledger or the
// merchant names, one by one.
func (c *connector) Fetch(ctx context.Context, q sources.Query) (sources.Rows, error) {
	orders, _ := wire.Orders(q, c.s.MaxOrders, func(t *transactions.Transaction) bool {
		return t.Channel != transactions.Card && t.Kind != transactions.Refund
	})
	rows, err := wire.Each(ctx, orders, func(ctx context.Context, o wire.Order) ([]transactions.Transaction, error) {
		if c.s.Product == Poslink {
			return c.poslink(ctx, q, o)
		}
		return c.netpay(ctx, q, o)
	})
	return wire.Told(sources.Rows{Transactions: rows}), err
}

// Check implements sources.Connector with a question about an order that
// cannot exist: "no such order" proves that our signature was accepted.
func (c *connector) Check(ctx context.Context) (sources.Health, error) {
	var header http.Header
	var err error
	if c.s.Product == Poslink {
		_, header, err = c.askPoslink(ctx, poslinkQuestion{MerchantCode: c.s.CheckMid, TerminalCode: c.s.CheckTid, MerchantOrderID: "daozhang0check0"})
	} else {
		_, header, err = c.askNetpay(ctx, c.s.CheckMid, c.s.CheckTid, "daozhang0check0")
	}
	h := sources.Health{}
	h.Skew, h.SkewKnown = sources.Skew(header, c.now())
	if err != nil {
		return h, err
	}
	h.Signed = header.Get("Authorization") != ""
	h.Note = "查询了一笔不存在的订单，我们的签名被接受；银联商务的应答不签名，靠 HTTPS 保护"
	return h, nil
}

// ask sends one signed question and reads the answer into a.
func (c *connector) ask(ctx context.Context, path string, question, a any) (http.Header, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return nil, sources.Fail(sources.KindRefused, "", "the question cannot be written")
	}
	ts, nonce := c.now().In(transactions.Shanghai).Format(wire.Compact), c.nonce(nonceLength)
	auth := fmt.Sprintf(`OPEN-BODY-SIG AppId="%s", Timestamp="%s", Nonce="%s", Signature="%s"`, c.s.AppID, ts, nonce, signature(c.s.AppID, c.s.AppKey, ts, nonce, body))
	text, header, err := wire.Post(ctx, c.http, c.s.BaseURL+path, wire.JSON, auth, body)
	if err != nil {
		return header, err
	}
	if err := c.believe(header.Get("Authorization"), text); err != nil {
		return header, err
	}
	if json.Unmarshal(text, a) != nil {
		return header, garbage("the answer cannot be read")
	}
	return header, nil
}

// signature is base64(HMAC-SHA256(appKey, appId + timestamp + nonce + hex(SHA-256(body)))).
func signature(appID, appKey, ts, nonce string, body []byte) string {
	sum := sha256.Sum256(body)
	mac := hmac.New(sha256.New, []byte(appKey))
	mac.Write([]byte(appID + ts + nonce + hex.EncodeToString(sum[:])))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

var openBodySig = regexp.MustCompile(`^OPEN-BODY-SIG AppId="([^"]*)", ?Timestamp="([^"]*)", ?Nonce="([^"]*)", ?Signature="([^"]*)"$`) //nolint:gochecknoglobals // read-only

// believe checks the signature of an answer that has one.
func (c *connector) believe(auth string, body []byte) error {
	if auth == "" && !c.s.RequireSignature {
		return nil
	}
	m := openBodySig.FindStringSubmatch(auth)
	if m == nil || m[1] != c.s.AppID || !hmac.Equal([]byte(m[4]), []byte(signature(m[1], c.s.AppKey, m[2], m[3], body))) {
		return sources.Fail(sources.KindSignature, "", "the answer is not signed with app_key")
	}
	return nil
}

// refusal judges errCode (documents: 平台错误码, and errCode of POS通).
func refusal(code, words string) *sources.Error {
	kind := sources.KindRefused
	switch code {
	case "NET_ERROR", "TIMEOUT", "INTERNAL_ERROR", "TARGET_FAIL", "SYSTEM_ERROR", "BUSY":
		kind = sources.KindDown
	}
	if strings.Contains(words, "系统异常") || strings.Contains(words, "系统错误") || strings.Contains(words, "系统繁忙") {
		kind = sources.KindDown
	}
	return &sources.Error{Kind: kind, Code: code, Retry: kind == sources.KindDown}
}

func garbage(why string) *sources.Error { return sources.Fail(sources.KindGarbage, "", "%s", why) }
