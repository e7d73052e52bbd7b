package huifu

import (
	"context"
	"strings"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// trade is the data of a trade query; amounts are yuan.
type trade struct {
	envelope
	HuifuID        string          `json:"huifu_id"`
	OrgReqDate     string          `json:"org_req_date"`
	OrgReqSeqID    string          `json:"org_req_seq_id"`
	OrgHfSeqID     string          `json:"org_hf_seq_id"`
	TransAmt       wire.YuanAmount `json:"trans_amt"`
	TransType      string          `json:"trans_type"`
	TransStat      string          `json:"trans_stat"`
	EndTime        string          `json:"end_time"` // yyyyMMddHHmmss, Beijing
	DebitType      string          `json:"debit_type"`
	WxUserID       string          `json:"wx_user_id"`
	FundFreezeStat string          `json:"fund_freeze_stat"`
}

// refund is the data of a refund query; amounts are yuan.
type refund struct {
	envelope
	HuifuID         string          `json:"huifu_id"`
	OrgReqSeqID     string          `json:"org_req_seq_id"`
	OrgHfSeqID      string          `json:"org_hf_seq_id"`
	OrdAmt          wire.YuanAmount `json:"ord_amt"`
	TransStat       string          `json:"trans_stat"`
	TransFinishTime string          `json:"trans_finish_time"`
}

// states maps trans_stat (documents: P 处理中, S 成功, F 失败, I 初始), of sales and
// refunds alike.
var states = map[string]string{ //nolint:gochecknoglobals // read-only table
	"S": transactions.Success, "F": transactions.Failed, "P": transactions.Pending, "I": transactions.Pending,
}

// channels maps the first letter of trans_type (T_JSAPI, A_NATIVE …).
var channels = map[string]string{ //nolint:gochecknoglobals // read-only table
	"T": transactions.WeChat, "A": transactions.Alipay, "U": transactions.UnionPayQR, "D": transactions.ECNY,
}

// risks maps fund_freeze_stat.
var risks = map[string]string{ //nolint:gochecknoglobals // read-only table
	"FREEZE": transactions.Hold, "UNFREEZE": transactions.Released,
}

// days bounds the days that a merchant's own number without a day is tried
// with: the number is only unique within one.
const days = 3

// global reports a number that 汇付 gave: it begins with 00 and is longer than
// the merchant's own, with letters in it (0029000topA250804164235P330c0a…).
func global(s string) bool {
	return len(s) >= 32 && strings.HasPrefix(s, "00") && strings.Trim(s, "0123456789") != ""
}

// questions are the ways to ask for a number.
func questions(q sources.Query, o wire.Order) []map[string]string {
	if !wire.Plain(o.Number, 1, 128) {
		return nil
	}
	if global(o.Number) {
		return []map[string]string{{"huifu_id": q.RemoteNo, "org_hf_seq_id": o.Number}}
	}
	var out []map[string]string
	add := func(d transactions.Date) {
		out = append(out, map[string]string{"huifu_id": q.RemoteNo, "org_req_seq_id": o.Number, "org_req_date": d.Start().Format(wire.DayOnly)})
	}
	if o.Known != nil && !o.Known.Time.IsZero() {
		add(transactions.DateOf(o.Known.Time))
		return out
	}
	first := transactions.DateOf(q.From)
	for d := transactions.DateOf(q.Now); len(out) < days && !d.Before(first); d = d.AddDays(-1) {
		if d.Start().Before(q.To) {
			add(d)
		}
	}
	return out
}

func (c *connector) trade(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	for _, data := range questions(q, o) {
		var a trade
		found, _, err := c.ask(ctx, tradePath, data, &a)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if err := about(q, o, a.HuifuID, a.OrgReqSeqID, a.OrgHfSeqID); err != nil {
			return nil, err
		}
		return a.rows(o)
	}
	return nil, nil
}

// about checks that an answer is about what was asked.
func about(q sources.Query, o wire.Order, huifuID, reqSeq, hfSeq string) error {
	if huifuID != q.RemoteNo || reqSeq != o.Number && hfSeq != o.Number {
		return sources.Fail(sources.KindGarbage, "", "the answer is about another order or merchant than the one asked for")
	}
	return nil
}

func (a *trade) rows(o wire.Order) ([]transactions.Transaction, error) {
	kind, _, _ := strings.Cut(a.TransType, "_")
	t := transactions.Transaction{
		ID: a.OrgReqSeqID, Kind: transactions.Sale, Channel: channels[kind], AmountFen: a.TransAmt.Fen,
		Risk: risks[a.FundFreezeStat], PayerRef: wire.PayerRef(Name, a.WxUserID),
	}
	switch a.DebitType {
	case "D":
		t.CardKind = transactions.Debit
	case "C":
		t.CardKind = transactions.Credit
	}
	var ok bool
	if t.State, ok = states[a.TransStat]; !ok {
		t.State, t.RespCode = transactions.Unknown, wire.Word(a.TransStat)
	}
	var err error
	if t.Time, err = wire.Time(wire.Compact, a.EndTime); err != nil {
		return nil, sources.Fail(sources.KindGarbage, "", "%w", err)
	}
	if t.State == transactions.Success && (!a.TransAmt.Set || t.AmountFen <= 0) {
		return nil, sources.Fail(sources.KindGarbage, "", "a paid order has no amount")
	}
	return completed(t, o, a.TransAmt.Set), nil
}

// completed fills from the ledger's row what an unpaid order does not tell. An
// order that nobody paid and the ledger does not know is no sale.
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

func (c *connector) refund(ctx context.Context, q sources.Query, o wire.Order) ([]transactions.Transaction, error) {
	for _, data := range questions(q, o) {
		var a refund
		found, _, err := c.ask(ctx, refundPath, data, &a)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if err := about(q, o, a.HuifuID, a.OrgReqSeqID, a.OrgHfSeqID); err != nil {
			return nil, err
		}
		t := transactions.Transaction{ID: o.Known.ID, Kind: transactions.Refund, OrigID: o.Known.OrigID, AmountFen: a.OrdAmt.Fen}
		var ok bool
		if t.State, ok = states[a.TransStat]; !ok {
			t.State, t.RespCode = transactions.Unknown, wire.Word(a.TransStat)
		}
		if t.Time, err = wire.Time(wire.Compact, a.TransFinishTime); err != nil {
			return nil, sources.Fail(sources.KindGarbage, "", "%w", err)
		}
		return completed(t, o, a.OrdAmt.Set), nil
	}
	return nil, nil
}
