package lakala

import (
	"context"
	"errors"
	"strings"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// trade is resp_data of the query; amounts are fen.
type trade struct {
	MerchantNo    string    `json:"merchant_no"`
	OutTradeNo    string    `json:"out_trade_no"`
	TradeNo       string    `json:"trade_no"`
	LogNo         wire.Text `json:"log_no"` // the last 14 digits of trade_no, printed on slips and bills
	TradeMainType string    `json:"trade_main_type"`
	AccountType   string    `json:"account_type"`
	TradeState    string    `json:"trade_state"`
	TotalAmount   wire.Fen  `json:"total_amount"`
	TradeTime     string    `json:"trade_time"` // yyyyMMddHHmmss, Beijing
	BankType      string    `json:"bank_type"`
	UserID1       string    `json:"user_id1"`
	UserID2       string    `json:"user_id2"`
}

// states maps trade_state (document 1111; REVOKED is in document 1112 only, and
// a public client that forgot it went wrong). The second word is the refund
// state. UNKNOWN is the platform's own word.
var states = map[string][2]string{ //nolint:gochecknoglobals // read-only table
	"INIT":        {transactions.Pending},
	"CREATE":      {transactions.Pending},
	"DEAL":        {transactions.Pending},
	"SUCCESS":     {transactions.Success},
	"FAIL":        {transactions.Failed},
	"UNKNOWN":     {transactions.Unknown},
	"CLOSE":       {transactions.Closed},
	"REVOKED":     {transactions.Voided},
	"PART_REFUND": {transactions.Success, transactions.PartRefunded},
	"REFUND":      {transactions.Success, transactions.RefundedState},
}

// channels maps account_type (document 1111: 钱包类型).
var channels = map[string]string{ //nolint:gochecknoglobals // read-only table
	"WECHAT": transactions.WeChat, "ALIPAY": transactions.Alipay, "UQRCODEPAY": transactions.UnionPayQR, "DCPAY": transactions.ECNY,
}

// kinds maps trade_main_type: 主扫, 被扫, 退款, 撤销.
var kinds = map[string]string{ //nolint:gochecknoglobals // read-only table
	"PREORDER": transactions.Sale, "MICROPAY": transactions.Sale, "REFUND": transactions.Refund, "CANCEL": transactions.Void,
}

// order asks for one order by each way in which its number can be read.
func (c *connector) order(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	for _, d := range questions(q, o) {
		t, _, err := c.query(ctx, d)
		var business *businessError
		switch {
		case errors.As(err, &business) && business.processing():
			if o.Known != nil {
				row := *o.Known
				return []transactions.Transaction{{ID: row.ID, Kind: row.Kind, State: transactions.Pending, AmountFen: row.AmountFen, Time: row.Time}}, nil
			}
			return nil, nil
		case err != nil:
			return nil, asSource(err)
		case t == nil:
			continue
		}
		if t.MerchantNo != q.RemoteNo || d.OutTradeNo != "" && t.OutTradeNo != d.OutTradeNo || d.TradeNo != "" && t.TradeNo != d.TradeNo {
			return nil, sources.Fail(sources.KindGarbage, "", "the answer is about another order or merchant than the one asked for")
		}
		return t.rows(o)
	}
	return nil, nil
}

// questions are the ways to ask for a number: 拉卡拉's own trade_no has 22
// digits and begins with the day; the 14 digits on slips are its end; all else
// is the merchant's own number. The terminal is compulsory.
func questions(q sources.Query, o wire.Order) []data {
	n := o.Number
	if !wire.Plain(n, 1, 32) {
		return nil
	}
	var day string
	if o.Known != nil && !o.Known.Time.IsZero() {
		day = o.Known.Time.In(transactions.Shanghai).Format(wire.DayOnly)
	}
	var out []data
	for _, term := range wire.Terminals(q, o) {
		ask := data{MerchantNo: q.RemoteNo, TermNo: term}
		own := ask
		own.OutTradeNo, own.TradeReqDate = n, day
		theirs := ask
		theirs.TradeNo = n
		switch digits := strings.Trim(n, "0123456789") == ""; {
		case digits && len(n) == 22 && strings.HasPrefix(n, "20"):
			out = append(out, theirs, own)
		case digits && len(n) == 14 && day != "":
			theirs.TradeNo = day + n
			out = append(out, theirs, own)
		default:
			out = append(out, own)
		}
	}
	return out
}

func (t *trade) rows(o wire.Order) ([]transactions.Transaction, error) {
	row := transactions.Transaction{ID: t.OutTradeNo, RRN: string(t.LogNo), Kind: kinds[t.TradeMainType], Channel: channels[t.AccountType], AmountFen: t.TotalAmount.Fen}
	if s, ok := states[t.TradeState]; ok {
		row.State, row.RefundState = s[0], s[1]
	} else {
		row.State, row.RespCode = transactions.Unknown, wire.Word(t.TradeState)
	}
	switch {
	case strings.HasSuffix(t.BankType, "_CREDIT"):
		row.CardKind = transactions.Credit
	case strings.HasSuffix(t.BankType, "_DEBIT"):
		row.CardKind = transactions.Debit
	}
	if payer := t.UserID2; payer != "" || t.UserID1 != "" {
		if payer == "" {
			payer = t.UserID1
		}
		row.PayerRef = wire.PayerRef(Name, payer)
	}
	var err error
	if row.Time, err = wire.Time(wire.Compact, t.TradeTime); err != nil {
		return nil, sources.Fail(sources.KindGarbage, "", "%w", err)
	}
	if k := o.Known; k != nil {
		row.ID = k.ID
		if k.Kind != "" {
			row.Kind = k.Kind
		}
		if row.Time.IsZero() {
			row.Time = k.Time
		}
		if !t.TotalAmount.Set {
			row.AmountFen = k.AmountFen
		}
	}
	if row.Kind == "" {
		row.Kind = transactions.Sale
	}
	if row.Time.IsZero() || o.Known == nil && !t.TotalAmount.Set {
		return nil, nil // an order nobody paid and the ledger does not know: no sale
	}
	if row.State == transactions.Success && (!t.TotalAmount.Set || row.AmountFen <= 0) {
		return nil, sources.Fail(sources.KindGarbage, "", "a paid order has no amount")
	}
	return []transactions.Transaction{row}, nil
}
