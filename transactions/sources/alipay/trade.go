package alipay

import (
	"context"
	"strings"
	"time"

	sdk "github.com/smartwalle/alipay/v3"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// trade is the answer of alipay.trade.query; amounts are yuan.
type trade struct {
	result
	TradeNo       string          `json:"trade_no"`
	OutTradeNo    string          `json:"out_trade_no"`
	TradeStatus   string          `json:"trade_status"`
	TotalAmount   wire.YuanAmount `json:"total_amount"`
	TransCurrency string          `json:"trans_currency"`
	SendPayDate   string          `json:"send_pay_date"` // Beijing
	BuyerUserID   string          `json:"buyer_user_id"`
	BuyerOpenID   string          `json:"buyer_open_id"`
	SubMerchantID string          `json:"alipay_sub_merchant_id"`
	FundBillList  []struct {
		FundType string `json:"fund_type"`
	} `json:"fund_bill_list"`
}

// refund is the answer of alipay.trade.fastpay.refund.query; amounts are yuan.
type refund struct {
	result
	OutRequestNo string          `json:"out_request_no"`
	TradeNo      string          `json:"trade_no"`
	OutTradeNo   string          `json:"out_trade_no"`
	RefundAmount wire.YuanAmount `json:"refund_amount"`
	RefundStatus string          `json:"refund_status"`
	GMTRefundPay string          `json:"gmt_refund_pay"` // Beijing
}

// states maps trade_status (document: 交易状态). TRADE_CLOSED is an order that
// nobody paid, or one that was paid and wholly refunded: rows looks closer.
var states = map[string]string{ //nolint:gochecknoglobals // read-only table
	"WAIT_BUYER_PAY": transactions.Pending,
	"TRADE_SUCCESS":  transactions.Success,
	"TRADE_FINISHED": transactions.Success,
	"TRADE_CLOSED":   transactions.Closed,
}

// refundStates maps refund_status. The document says of an absent one that the
// request did not arrive or failed: that is not known.
var refundStates = map[string]string{ //nolint:gochecknoglobals // read-only table
	"REFUND_SUCCESS": transactions.Success,
	"":               transactions.Unknown,
}

// platformNo reports a number of Alipay's own: 28 digits that begin with the day.
func platformNo(s string) bool {
	return len(s) == 28 && strings.HasPrefix(s, "20") && strings.Trim(s, "0123456789") == ""
}

func (c *connector) query(number string, theirs bool) sdk.TradeQuery {
	q := sdk.TradeQuery{AppAuthToken: c.s.AppAuthToken, OrgPid: c.s.OrgPID, QueryOptions: []string{"fund_bill_list"}}
	if theirs {
		q.TradeNo = number
	} else {
		q.OutTradeNo = number
	}
	return q
}

// trade asks for one trade by whichever of its numbers is known.
func (c *connector) trade(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	if !wire.Plain(o.Number, 1, 64) {
		return nil, nil
	}
	ways := []bool{false}
	if platformNo(o.Number) {
		ways = []bool{true, false}
	}
	for _, theirs := range ways {
		var a trade
		found, err := c.ask(ctx, c.query(o.Number, theirs), &a)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if theirs && a.TradeNo != o.Number || !theirs && a.OutTradeNo != o.Number {
			return nil, garbage("the answer is about another trade than the one asked for")
		}
		if c.s.SubMerchants == indirect && a.SubMerchantID != q.RemoteNo {
			// Somebody else's trade with the same acquirer: nothing of it is told.
			return nil, nil
		}
		return a.rows(o)
	}
	return nil, nil
}

func (a *trade) rows(o wire.Order) ([]transactions.Transaction, error) {
	t := transactions.Transaction{ID: a.OutTradeNo, Kind: transactions.Sale, Channel: transactions.Alipay, AmountFen: a.TotalAmount.Fen, CardKind: a.cardKind()}
	t.PayerRef = wire.PayerRef(Name, a.BuyerOpenID+a.BuyerUserID)
	var ok bool
	if t.State, ok = states[a.TradeStatus]; !ok {
		t.State, t.RespCode = transactions.Unknown, wire.Word(a.TradeStatus)
	}
	if a.TradeStatus == "TRADE_CLOSED" && a.SendPayDate != "" {
		t.State, t.RefundState = transactions.Success, transactions.RefundedState
	}
	if a.TransCurrency != "" && a.TransCurrency != "CNY" {
		return nil, garbage("an amount is in another currency than CNY")
	}
	var err error
	if t.Time, err = wire.Time(wire.Readable, a.SendPayDate); err != nil {
		return nil, garbage("a time is not written as the interface says")
	}
	if !a.TotalAmount.Set && t.State == transactions.Success || t.State == transactions.Success && t.AmountFen <= 0 {
		return nil, garbage("a paid trade has no amount")
	}
	return completed(t, o, a.TotalAmount.Set), nil
}

// completed fills from the ledger's row what an unpaid trade does not tell. A
// trade that nobody paid and the ledger does not know is no sale.
func completed(t transactions.Transaction, o wire.Order, amountTold bool) []transactions.Transaction {
	if k := o.Known; k != nil {
		t.ID = k.ID
		if k.Kind != "" {
			t.Kind = k.Kind
		}
		if t.Time.IsZero() {
			t.Time = k.Time
		}
		if !amountTold {
			t.AmountFen = k.AmountFen
		}
	}
	if t.Time.IsZero() || o.Known == nil && !amountTold {
		return nil
	}
	return []transactions.Transaction{t}
}

// cardKind is told when one bank card paid.
func (a *trade) cardKind() string {
	if len(a.FundBillList) != 1 {
		return ""
	}
	switch a.FundBillList[0].FundType {
	case "CREDIT_CARD":
		return transactions.Credit
	case "DEBIT_CARD":
		return transactions.Debit
	}
	return ""
}

// refund asks for one refund of a sale that the ledger links it to.
func (c *connector) refund(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	orig := o.Known.OrigID
	if !wire.Plain(o.Number, 1, 64) || !wire.Plain(orig, 1, 64) {
		return nil, nil
	}
	if c.s.SubMerchants == indirect {
		// The answer does not name the sub-merchant; the sale's does.
		sale, err := c.trade(ctx, q, wire.Order{Number: orig, Known: &transactions.Transaction{ID: orig, Time: o.Known.Time}})
		if err != nil || len(sale) == 0 {
			return nil, err
		}
	}
	p := sdk.TradeFastPayRefundQuery{AppAuthToken: c.s.AppAuthToken, OutRequestNo: o.Number}
	if platformNo(orig) {
		p.TradeNo = orig
	} else {
		p.OutTradeNo = orig
	}
	var a refund
	found, err := c.ask(ctx, p, &a)
	if err != nil || !found {
		return nil, err
	}
	if a.OutRequestNo == "" && a.RefundStatus == "" {
		return nil, nil // signed: no such refund of this trade
	}
	if a.OutRequestNo != o.Number || a.TradeNo != orig && a.OutTradeNo != orig {
		return nil, garbage("the answer is about another refund than the one asked for")
	}
	t := transactions.Transaction{ID: o.Known.ID, Kind: transactions.Refund, Channel: transactions.Alipay, OrigID: orig, AmountFen: a.RefundAmount.Fen}
	var ok bool
	if t.State, ok = refundStates[a.RefundStatus]; !ok {
		t.State, t.RespCode = transactions.Unknown, wire.Word(a.RefundStatus)
	}
	if t.Time, err = refundTime(a.GMTRefundPay); err != nil {
		return nil, err
	}
	return completed(t, o, a.RefundAmount.Set), nil
}

func refundTime(s string) (time.Time, error) {
	t, err := wire.Time(wire.Readable, s)
	if err != nil {
		return t, garbage("a time is not written as the interface says")
	}
	return t, nil
}
