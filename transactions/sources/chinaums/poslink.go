package chinaums

import (
	"context"
	"net/http"
	"strings"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// poslinkQuestion is 交易状态查询 of POS通; 银联商务's own number wins.
type poslinkQuestion struct {
	MerchantCode    string `json:"merchantCode"`
	TerminalCode    string `json:"terminalCode"`
	MerchantOrderID string `json:"merchantOrderId,omitempty"`
	OriginalOrderID string `json:"originalOrderId,omitempty"`
}

// poslinkAnswer of it; amounts are fen. Two spellings of the reference number
// and of the refunded amount are in use.
type poslinkAnswer struct {
	ErrCode         string    `json:"errCode"`
	ErrInfo         string    `json:"errInfo"`
	QueryResCode    string    `json:"queryResCode"`
	MerchantOrderID wire.Text `json:"merchantOrderId"`
	OrderID         wire.Text `json:"orderId"`
	TransactionTime wire.Text `json:"originalTransactionTime"` // yyyyMMddHHmmss, Beijing; HHmmss in older versions
	BatchNo         wire.Text `json:"originalBatchNo"`
	Trace           wire.Text `json:"originalSystemTraceNum"`
	Reference       wire.Text `json:"originalRetrievalRefNum"`
	ReferenceOld    wire.Text `json:"origialRetrievalRefNum"`
	Amount          wire.Fen  `json:"originalTransactionAmount"`
	Refunded        wire.Fen  `json:"refundedAmount"`
	RefundedOld     wire.Fen  `json:"refundAmonunt"`
	Wallet          string    `json:"thirdPartyName"`
	BuyerID         wire.Text `json:"thirdPartyBuyerId"`
}

// poslinkStates maps queryResCode: 0 成功, 1 超时, 2 已撤销, 3 已退货, 4 已冲正,
// 5 失败 (a description follows), FF 交易状态未知.
var poslinkStates = map[string]string{ //nolint:gochecknoglobals // read-only table
	"0": transactions.Success, "1": transactions.Unknown, "2": transactions.Voided, "3": transactions.Success,
	"4": transactions.Reversed, "5": transactions.Failed, "FF": transactions.Unknown,
}

// askPoslink asks for one order; nil when there is none.
func (c *connector) askPoslink(ctx context.Context, question poslinkQuestion) (*poslinkAnswer, http.Header, error) {
	var a poslinkAnswer
	header, err := c.ask(ctx, c.s.PoslinkPath, question, &a)
	switch {
	case err != nil:
		return nil, header, err
	case a.ErrCode == "00", a.ErrCode == "0000", a.ErrCode == "SUCCESS":
		return &a, header, nil
	case a.ErrCode == "":
		return nil, header, garbage("the answer has no errCode")
	case a.ErrCode == "NO_ORDER", wire.NoSuchOrder(a.ErrInfo):
		return nil, header, nil
	}
	return nil, header, refusal(a.ErrCode, a.ErrInfo)
}

// poslink asks for one order: 银联商务's own number has 26 digits and begins
// with the time; all else is the merchant's.
func (c *connector) poslink(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	if !wire.Plain(o.Number, 1, 64) {
		return nil, nil
	}
	for _, tid := range wire.Terminals(q, o) {
		ask := poslinkQuestion{MerchantCode: q.RemoteNo, TerminalCode: tid, MerchantOrderID: o.Number}
		ways := []poslinkQuestion{ask}
		if len(o.Number) == 26 && strings.HasPrefix(o.Number, "20") && strings.Trim(o.Number, "0123456789") == "" {
			ways = []poslinkQuestion{{MerchantCode: q.RemoteNo, TerminalCode: tid, OriginalOrderID: o.Number}, ask}
		}
		for _, way := range ways {
			a, _, err := c.askPoslink(ctx, way)
			if err != nil {
				return nil, err
			}
			if a == nil {
				continue
			}
			if string(a.MerchantOrderID) != o.Number && string(a.OrderID) != o.Number {
				return nil, garbage("the answer is about another order than the one asked for")
			}
			return a.rows(o)
		}
	}
	return nil, nil
}

func (a *poslinkAnswer) rows(o wire.Order) ([]transactions.Transaction, error) {
	t := transactions.Transaction{
		ID: string(a.MerchantOrderID), Kind: transactions.Sale, Channel: channel(a.Wallet), AmountFen: a.Amount.Fen,
		RRN: string(a.Reference), STAN: string(a.Trace), BatchNo: string(a.BatchNo), PayerRef: wire.PayerRef(Name, string(a.BuyerID)),
	}
	if t.ID == "" {
		t.ID = string(a.OrderID)
	}
	if t.RRN == "" {
		t.RRN = string(a.ReferenceOld)
	}
	code := a.QueryResCode
	if strings.HasPrefix(code, "5") {
		code = "5"
	}
	var ok bool
	if t.State, ok = poslinkStates[code]; !ok {
		t.State, t.RespCode = transactions.Unknown, wire.Word(a.QueryResCode)
	}
	if code == "3" {
		t.RefundState = transactions.RefundedState
		if back := max(a.Refunded.Fen, a.RefundedOld.Fen); back > 0 && back < a.Amount.Fen {
			t.RefundState = transactions.PartRefunded
		}
	}
	if at := string(a.TransactionTime); len(at) != len("150405") { // a time without a day is none
		var err error
		if t.Time, err = wire.Time(wire.Compact, at); err != nil {
			return nil, garbage("a time is not written as the interface says")
		}
	}
	return completed(t, o, a.Amount.Set)
}
