package chinaums

import (
	"context"
	"net/http"
	"strings"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

const netpayPath = "/v1/netpay/query"

// netpayQuestion is 订单交易查询; the fields stand in the order of the examples.
type netpayQuestion struct {
	MsgID            string `json:"msgId"`
	RequestTimestamp string `json:"requestTimestamp"`
	Mid              string `json:"mid"`
	Tid              string `json:"tid"`
	InstMid          string `json:"instMid"`
	MerOrderID       string `json:"merOrderId"`
}

// netpayAnswer of it; amounts are fen.
type netpayAnswer struct {
	ErrCode     string    `json:"errCode"`
	ErrMsg      string    `json:"errMsg"`
	Mid         wire.Text `json:"mid"`
	MerOrderID  wire.Text `json:"merOrderId"`
	Status      string    `json:"status"`
	TotalAmount wire.Fen  `json:"totalAmount"`
	RefID       wire.Text `json:"refId"` // 检索参考号
	TargetSys   string    `json:"targetSys"`
	BankCardNo  wire.Text `json:"bankCardNo"`
	BuyerID     wire.Text `json:"buyerId"`
	SubBuyerID  wire.Text `json:"subBuyerId"`
	PayTime     string    `json:"payTime"`    // yyyy-MM-dd HH:mm:ss, Beijing
	SettleDate  string    `json:"settleDate"` // yyyy-MM-dd
}

// netpayStates maps status (document: 2.3 status). TRADE_CLOSED is an order
// that was not paid in time or whose payment failed, or one that was paid and
// wholly refunded: rows looks at the time of payment. TRADE_REFUND (转入退货)
// says that a refund was begun, of a part or the whole.
var netpayStates = map[string]string{ //nolint:gochecknoglobals // read-only table
	"NEW_ORDER":      transactions.Pending,
	"WAIT_BUYER_PAY": transactions.Pending,
	"UNKNOWN":        transactions.Unknown,
	"TRADE_SUCCESS":  transactions.Success,
	"TRADE_REFUND":   transactions.Success,
	"TRADE_CLOSED":   transactions.Closed,
}

// askNetpay asks for one order; nil when there is none.
func (c *connector) askNetpay(ctx context.Context, mid, tid, number string) (*netpayAnswer, http.Header, error) {
	now := c.now().In(transactions.Shanghai)
	var a netpayAnswer
	header, err := c.ask(ctx, netpayPath, netpayQuestion{
		MsgID: c.nonce(nonceLength), RequestTimestamp: now.Format(wire.Readable), Mid: mid, Tid: tid, InstMid: c.s.InstMid, MerOrderID: number,
	}, &a)
	switch {
	case err != nil:
		return nil, header, err
	case a.ErrCode == "SUCCESS":
		return &a, header, nil
	case a.ErrCode == "ORDER_PROCESSING":
		return &netpayAnswer{MerOrderID: wire.Text(number), Status: "WAIT_BUYER_PAY"}, header, nil
	case a.ErrCode == "":
		return nil, header, garbage("the answer has no errCode")
	case a.ErrCode == "NO_ORDER", wire.NoSuchOrder(a.ErrMsg):
		return nil, header, nil
	}
	return nil, header, refusal(a.ErrCode, a.ErrMsg)
}

func (c *connector) netpay(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	if !wire.Plain(o.Number, 6, 64) {
		return nil, nil
	}
	for _, tid := range wire.Terminals(q, o) {
		a, _, err := c.askNetpay(ctx, q.RemoteNo, tid, o.Number)
		if err != nil {
			return nil, err
		}
		if a == nil {
			continue
		}
		if string(a.MerOrderID) != o.Number || a.Mid != "" && string(a.Mid) != q.RemoteNo {
			return nil, garbage("the answer is about another order or merchant than the one asked for")
		}
		return a.rows(o)
	}
	return nil, nil
}

func (a *netpayAnswer) rows(o wire.Order) ([]transactions.Transaction, error) {
	t := transactions.Transaction{
		ID: string(a.MerOrderID), Kind: transactions.Sale, Channel: channel(a.TargetSys), AmountFen: a.TotalAmount.Fen,
		RRN: string(a.RefID), CardLast4: wire.Last4(string(a.BankCardNo)), PayerRef: wire.PayerRef(Name, string(a.SubBuyerID+a.BuyerID)),
	}
	var ok bool
	if t.State, ok = netpayStates[a.Status]; !ok {
		t.State, t.RespCode = transactions.Unknown, wire.Word(a.Status)
	}
	switch {
	case a.Status == "TRADE_CLOSED" && a.PayTime != "":
		t.State, t.RefundState = transactions.Success, transactions.RefundedState
	case a.Status == "TRADE_REFUND" && (o.Known == nil || o.Known.RefundState == "" || o.Known.RefundState == "NONE"):
		t.RefundState = transactions.RefundAccepted
	}
	var err error
	if t.Time, err = wire.Time(wire.Readable, a.PayTime); err != nil {
		return nil, garbage("a time is not written as the interface says")
	}
	if t.ClearingDate, err = wire.Day("2006-01-02", a.SettleDate); err != nil {
		return nil, garbage("a date is not written as the interface says")
	}
	return completed(t, o, a.TotalAmount.Set)
}

// completed fills from the ledger's row what an unpaid order does not tell. An
// order that nobody paid and the ledger does not know is no sale.
func completed(t transactions.Transaction, o wire.Order, amountTold bool) ([]transactions.Transaction, error) {
	if t.State == transactions.Success && (!amountTold || t.AmountFen <= 0) {
		return nil, garbage("a paid order has no amount")
	}
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
		return nil, nil
	}
	return []transactions.Transaction{t}, nil
}

// channel reads targetSys (Alipay 2.0, WXPay, UAC, ACP) and the wallet names of POS通.
func channel(words string) string {
	for _, c := range []struct{ word, channel string }{
		{"Alipay", transactions.Alipay},
		{"支付宝", transactions.Alipay},
		{"WXPay", transactions.WeChat},
		{"微信", transactions.WeChat},
		{"UAC", transactions.UnionPayQR},
		{"ACP", transactions.UnionPayQR},
		{"银联", transactions.UnionPayQR},
		{"云闪付", transactions.UnionPayQR},
		{"数字人民币", transactions.ECNY},
		{"数币", transactions.ECNY},
	} {
		if strings.Contains(words, c.word) {
			return c.channel
		}
	}
	return ""
}
