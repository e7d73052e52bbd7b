package wechatpay

import (
	"context"
	"net/url"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// order is the answer about one order, partner and direct in one; amounts in fen.
type order struct {
	SpMchID       string `json:"sp_mchid"`
	SubMchID      string `json:"sub_mchid"`
	MchID         string `json:"mchid"`
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	TradeState    string `json:"trade_state"`
	BankType      string `json:"bank_type"`
	SuccessTime   string `json:"success_time"` // RFC 3339
	Amount        struct {
		Total    wire.Fen `json:"total"`
		Currency string   `json:"currency"`
	} `json:"amount"`
	Payer struct {
		OpenID   string `json:"openid"`
		SpOpenID string `json:"sp_openid"`
	} `json:"payer"`
}

// refund is the answer about one refund; amounts in fen.
type refund struct {
	RefundID      string `json:"refund_id"`
	OutRefundNo   string `json:"out_refund_no"`
	TransactionID string `json:"transaction_id"`
	OutTradeNo    string `json:"out_trade_no"`
	Status        string `json:"status"`
	CreateTime    string `json:"create_time"` // RFC 3339
	Amount        struct {
		Refund   wire.Fen `json:"refund"`
		Currency string   `json:"currency"`
	} `json:"amount"`
}

// orderStates maps trade_state (doc: 查询订单, trade_state; ACCEPT is left of
// v2). REFUND (转入退款) says that a refund was taken in, neither that it is done
// nor how much: the sale stays a success with an accepted refund.
var orderStates = map[string]string{ //nolint:gochecknoglobals // read-only table
	"SUCCESS":    transactions.Success,
	"REFUND":     transactions.Success,
	"NOTPAY":     transactions.Pending,
	"USERPAYING": transactions.Pending,
	"ACCEPT":     transactions.Pending,
	"CLOSED":     transactions.Closed,
	"REVOKED":    transactions.Voided,
	"PAYERROR":   transactions.Failed,
}

// refundStates maps status of a refund (doc: 查询单笔退款; FAIL and CHANGE are
// the bill's words). ABNORMAL and CHANGE: the money could not be given back to
// the payer's card and somebody has to act.
var refundStates = map[string]string{ //nolint:gochecknoglobals // read-only table
	"SUCCESS":    transactions.Success,
	"CLOSED":     transactions.Closed,
	"PROCESSING": transactions.Pending,
	"ABNORMAL":   transactions.Failed,
	"FAIL":       transactions.Failed,
	"CHANGE":     transactions.Failed,
}

// platformID reports a number of WeChat Pay's own (28 digits; older ones begin
// with the year 10…, newer ones with 42).
func platformID(s string) bool { return len(s) == 28 && strings.Trim(s, "0123456789") == "" }

// order asks for one order (or refund) by whichever of its numbers is known.
func (c *connector) order(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	if o.Known != nil && o.Known.Kind == transactions.Refund {
		return c.refund(ctx, q, o)
	}
	ways := []string{"out-trade-no"}
	if platformID(o.Number) {
		ways = []string{"id", "out-trade-no"}
	}
	for _, by := range ways {
		if !wire.Plain(o.Number, 6, 32) {
			return nil, nil // no number of WeChat Pay
		}
		body, found, _, err := c.ask(ctx, c.orderURL(by, o.Number, q.RemoteNo))
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		var a order
		if err := decode(body, &a); err != nil {
			return nil, err
		}
		if a.OutTradeNo != o.Number && a.TransactionID != o.Number {
			return nil, sources.Fail(sources.KindGarbage, "", "the answer is about another order than the one asked for")
		}
		if err := c.ours(a.MchID, a.SpMchID, a.SubMchID, q.RemoteNo); err != nil {
			return nil, err
		}
		return a.rows(o)
	}
	return nil, nil
}

// ours checks that an answer is about the merchant asked for.
func (c *connector) ours(mchID, spMchID, subMchID, remoteNo string) error {
	if c.s.Mode == Partner && spMchID == c.s.MchID && subMchID == remoteNo || c.s.Mode == Direct && mchID == remoteNo {
		return nil
	}
	return sources.Fail(sources.KindGarbage, "", "the answer is about another merchant than the one asked for")
}

func (a *order) rows(o wire.Order) ([]transactions.Transaction, error) {
	t := transactions.Transaction{ID: a.OutTradeNo, Kind: transactions.Sale, Channel: transactions.WeChat, CardKind: cardKind(a.BankType)}
	t.PayerRef = wire.PayerRef(Name, firstOf(a.Payer.OpenID, a.Payer.SpOpenID))
	var ok bool
	if t.State, ok = orderStates[a.TradeState]; !ok {
		t.State, t.RespCode = transactions.Unknown, wire.Word(a.TradeState)
	}
	if err := yuan(a.Amount.Currency); err != nil {
		return nil, err
	}
	var err error
	if t.Time, err = instant(a.SuccessTime); err != nil {
		return nil, err
	}
	t.AmountFen = a.Amount.Total.Fen
	if k := o.Known; k != nil {
		// The ledger's row gives what an unpaid order does not tell.
		t.ID, t.Kind = k.ID, firstOf(k.Kind, t.Kind)
		if t.Time.IsZero() {
			t.Time = k.Time
		}
		if !a.Amount.Total.Set {
			t.AmountFen = k.AmountFen
		}
	}
	if t.Time.IsZero() || o.Known == nil && !a.Amount.Total.Set {
		return nil, nil // an order nobody paid and the ledger does not know: no sale
	}
	if t.State == transactions.Success && (!a.Amount.Total.Set || t.AmountFen <= 0) {
		return nil, sources.Fail(sources.KindGarbage, "", "a paid order has no amount")
	}
	if a.TradeState == "REFUND" && (o.Known == nil || o.Known.RefundState == "" || o.Known.RefundState == "NONE") {
		t.RefundState = transactions.RefundAccepted
	}
	return []transactions.Transaction{t}, nil
}

func (c *connector) refund(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	if !wire.Plain(o.Number, 1, 64) {
		return nil, nil
	}
	address := c.s.BaseURL + "/v3/refund/domestic/refunds/" + url.PathEscape(o.Number)
	if c.s.Mode == Partner {
		address += "?" + url.Values{"sub_mchid": {q.RemoteNo}}.Encode()
	}
	body, found, _, err := c.ask(ctx, address)
	if err != nil || !found {
		return nil, err
	}
	var a refund
	if err := decode(body, &a); err != nil {
		return nil, err
	}
	if a.OutRefundNo != o.Number {
		return nil, sources.Fail(sources.KindGarbage, "", "the answer is about another refund than the one asked for")
	}
	if err := yuan(a.Amount.Currency); err != nil {
		return nil, err
	}
	t := transactions.Transaction{ID: o.Known.ID, Kind: transactions.Refund, Channel: transactions.WeChat, AmountFen: a.Amount.Refund.Fen}
	if !a.Amount.Refund.Set {
		t.AmountFen = o.Known.AmountFen
	}
	var ok bool
	if t.State, ok = refundStates[a.Status]; !ok {
		t.State, t.RespCode = transactions.Unknown, wire.Word(a.Status)
	}
	if t.Time, err = instant(a.CreateTime); err != nil {
		return nil, err
	}
	if t.Time.IsZero() {
		t.Time = o.Known.Time
	}
	for _, k := range q.Known {
		if k.ID != "" && (k.ID == a.OutTradeNo || k.ID == a.TransactionID) {
			t.OrigID = k.ID
		}
	}
	return []transactions.Transaction{t}, nil
}

func yuan(currency string) error {
	if currency == "" || currency == "CNY" {
		return nil
	}
	return sources.Fail(sources.KindGarbage, "", "an amount is in another currency than CNY")
}

func instant(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, sources.Fail(sources.KindGarbage, "", "a time is not written as RFC 3339")
	}
	return t.In(transactions.Shanghai), nil
}

// cardKind reads bank_type: CMB_CREDIT, ICBC_DEBIT; OTHERS is the payer's balance.
func cardKind(bankType string) string {
	switch {
	case strings.HasSuffix(bankType, "_CREDIT"):
		return transactions.Credit
	case strings.HasSuffix(bankType, "_DEBIT"):
		return transactions.Debit
	}
	return ""
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
