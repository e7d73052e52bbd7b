// Package lakala asks the open platform of 拉卡拉 (v3) about scan payments.
//
// Documents: o.lakala.com/open/document/1004 (request and response security:
// LKLAPI-SHA256withRSA), /1111 (聚合扫码 交易查询), and the official SDK's request
// classes (交易查询, 商户订单退款查询).
//
// The public documents describe no interface that tells of payouts, and the
// query is for scan payments: card sales and settlements come by file or push
// (docs/sources-lakala.md).
package lakala

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// Name of the kind, and Source of its rows.
const Name = "lakala"

const (
	version   = "3.0"
	found     = "BBS00000" // the order was found; what became of it is trade_state
	queryPath = "/api/v3/labs/query/tradequery"
	// nonceLength of the document: 12 letters and digits.
	nonceLength = 12
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
	theirs, err := sources.ParsePublicKey(s.PlatformCert)
	if err != nil {
		return nil, errors.New("platform_cert: " + err.Error())
	}
	return &connector{s: s, key: key, theirs: theirs, http: sources.NewClient(0), now: d.Now, nonce: d.Nonce}, nil
}

// Close closes idle connections.
func (c *connector) Close() { c.http.CloseIdleConnections() }

// Fetch implements sources.Connector: the orders that the ledger or the
// merchant names, one by one.
func (c *connector) Fetch(ctx context.Context, q sources.Query) (sources.Rows, error) {
	orders, _ := wire.Orders(q, c.s.MaxOrders, func(t *transactions.Transaction) bool { return t.Channel != transactions.Card })
	rows, err := wire.Each(ctx, orders, func(ctx context.Context, o wire.Order) ([]transactions.Transaction, error) {
		return c.order(ctx, q, o)
	})
	return wire.Told(sources.Rows{Transactions: rows}), err
}

// Check implements sources.Connector with a question about an order that
// cannot exist.
func (c *connector) Check(ctx context.Context) (sources.Health, error) {
	merchant, term := c.s.CheckMerchantNo, c.s.CheckTermNo
	note := "查询了一笔不存在的订单，签名双向验证通过"
	if merchant == "" {
		merchant, term = "0", "0"
		note = "签名双向验证通过；没有设置 check_merchant_no，未核对商户权限"
	}
	_, header, err := c.query(ctx, data{MerchantNo: merchant, TermNo: term, OutTradeNo: "daozhang0check0"})
	h := sources.Health{}
	h.Skew, h.SkewKnown = sources.Skew(header, c.now())
	var business *businessError
	if errors.As(err, &business) && c.s.CheckMerchantNo == "" && !aboutUs.MatchString(business.msg) {
		err = nil
	}
	if err != nil {
		return h, asSource(err)
	}
	h.Signed, h.Note = true, note
	return h, nil
}

// data is req_data of a query; the fields stand in the order of the document.
type data struct {
	MerchantNo   string `json:"merchant_no"`
	TermNo       string `json:"term_no"`
	OutTradeNo   string `json:"out_trade_no,omitempty"`
	TradeNo      string `json:"trade_no,omitempty"`
	TradeReqDate string `json:"trade_req_date,omitempty"`
}

type envelope struct {
	ReqTime    string `json:"req_time"`
	Version    string `json:"version"`
	OutOrgCode string `json:"out_org_code,omitempty"`
	ReqData    data   `json:"req_data"`
}

// query sends one signed question. The trade is nil when 拉卡拉 says, signed,
// that there is no such order.
func (c *connector) query(ctx context.Context, d data) (*trade, http.Header, error) {
	body, err := json.Marshal(envelope{ReqTime: c.now().In(transactions.Shanghai).Format(wire.Compact), Version: version, OutOrgCode: c.s.OutOrgCode, ReqData: d})
	if err != nil {
		return nil, nil, sources.Fail(sources.KindRefused, "", "the question cannot be written")
	}
	auth, err := c.authorization(body)
	if err != nil {
		return nil, nil, sources.Fail(sources.KindRefused, "", "the private key cannot sign")
	}
	answer, header, err := wire.Post(ctx, c.http, c.s.BaseURL+queryPath, wire.JSON, auth, body)
	if err != nil {
		return nil, header, err
	}
	if err := c.verify(header, answer); err != nil {
		return nil, header, err
	}
	var a struct {
		Code     string `json:"code"`
		Msg      string `json:"msg"`
		RespData *trade `json:"resp_data"`
	}
	if json.Unmarshal(answer, &a) != nil || a.Code == "" || a.Code == found && a.RespData == nil {
		return nil, header, sources.Fail(sources.KindGarbage, "", "the answer cannot be read")
	}
	switch {
	case a.Code == found:
		return a.RespData, header, nil
	case slices.Contains(c.s.NotFoundCodes, a.Code) || wire.NoSuchOrder(a.Msg):
		return nil, header, nil
	}
	return nil, header, &businessError{code: a.Code, msg: a.Msg}
}

// The words of signed refusals: the public documents list no codes.
//
//nolint:gochecknoglobals // read-only
var (
	aboutUs    = regexp.MustCompile(`签名|验签|证书|(?i)appid|权限|未授权`)
	tooMany    = regexp.MustCompile(`频繁|限流|次数`)
	theirFault = regexp.MustCompile(`系统(异常|错误|繁忙)|超时|稍后`)
)

// businessError is a signed answer that is not about an order.
type businessError struct{ code, msg string }

// Error implements error.
func (e *businessError) Error() string { return "拉卡拉 answers " + wire.Word(e.code) }

// processing are the codes that say that the outcome is not there yet (public clients agree on them).
func (e *businessError) processing() bool {
	return slices.Contains([]string{"BBS10000", "BBS11105", "BBS11112", "BBS00100", "BBS00101", "BPS10034"}, e.code)
}

func (e *businessError) source() *sources.Error {
	kind := sources.KindRefused
	switch {
	case tooMany.MatchString(e.msg):
		kind = sources.KindLimited
	case theirFault.MatchString(e.msg):
		kind = sources.KindDown
	}
	return &sources.Error{Kind: kind, Code: e.code, Retry: kind == sources.KindDown}
}

func asSource(err error) error {
	var business *businessError
	if errors.As(err, &business) {
		return business.source()
	}
	return err
}

// authorization is the header of a question: five lines, each ended.
func (c *connector) authorization(body []byte) (string, error) {
	ts, nonce := strconv.FormatInt(c.now().Unix(), 10), c.nonce(nonceLength)
	sig, err := wire.Sign(c.key, lines(c.s.AppID, c.s.SerialNo, ts, nonce, string(body)))
	if err != nil {
		return "", err //nolint:wrapcheck // says all
	}
	return fmt.Sprintf(`LKLAPI-SHA256withRSA appid="%s",serial_no="%s",timestamp="%s",nonce_str="%s",signature="%s"`, c.s.AppID, c.s.SerialNo, ts, nonce, sig), nil
}

// verify checks the signature of an answer: the same five lines, from headers.
func (c *connector) verify(h http.Header, body []byte) error {
	get := func(name string) string { return strings.Trim(h.Get("Lklapi-"+name), `"`) }
	if get("Appid") != c.s.AppID || c.s.PlatformSerial != "" && get("Serial") != c.s.PlatformSerial ||
		wire.Verify(c.theirs, lines(get("Appid"), get("Serial"), get("Timestamp"), get("Nonce"), string(body)), get("Signature")) != nil {
		return sources.Fail(sources.KindSignature, "", "the answer is not signed by the key of platform_cert")
	}
	return nil
}

func lines(parts ...string) []byte { return []byte(strings.Join(parts, "\n") + "\n") }
