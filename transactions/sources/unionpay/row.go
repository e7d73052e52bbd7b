package unionpay

import (
	"strconv"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources/wire"
)

// yuan is the currency code of what the ledger holds.
const yuan = "156"

// kinds maps txnType.
var kinds = map[string]string{ //nolint:gochecknoglobals // read-only table
	"01": transactions.Sale, "02": transactions.Preauth, "03": transactions.PreauthComplete, "04": transactions.Refund,
	"31": transactions.Void, "32": transactions.PreauthCancel, "33": transactions.Void,
}

// cardKinds maps payCardType; 03 准贷记, 04 借贷合一 and 05 预付费 are neither.
var cardKinds = map[string]string{"01": transactions.Debit, "02": transactions.Credit} //nolint:gochecknoglobals // read-only table

// outcome maps origRespCode (document: 交易状态查询): 00 succeeded, A6 succeeded
// with a defect, 03, 04 and 05 are not decided, every other code is a failure.
// What does not look like a code is UNKNOWN.
func outcome(code string) (state, respCode string) {
	switch code {
	case "00":
		return transactions.Success, ""
	case "A6":
		return transactions.Success, code
	case "03", "04", "05":
		return transactions.Pending, code
	}
	if len(code) == 2 && strings.Trim(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return transactions.Failed, code
	}
	return transactions.Unknown, wire.Word(code)
}

func row(a map[string]string, o wire.Order) ([]transactions.Transaction, error) {
	t := transactions.Transaction{
		ID: a["orderId"], STAN: a["traceNo"], CardKind: cardKinds[a["payCardType"]],
	}
	if len(a["accNo"]) <= 24 { // longer is encrypted
		t.CardLast4 = wire.Last4(a["accNo"])
	}
	t.State, t.RespCode = outcome(a["origRespCode"])
	if c := a["currencyCode"]; c != "" && c != yuan {
		return nil, garbage("the order is not in yuan")
	}
	var err error
	if t.AmountFen, err = amount(a["txnAmt"]); err != nil || t.AmountFen == 0 && t.State == transactions.Success {
		return nil, garbage("the order has no amount in whole fen")
	}
	if t.Time, err = wire.Time(wire.Compact, a["txnTime"]); err != nil || t.Time.IsZero() {
		return nil, garbage("a time is not written as the interface says")
	}
	if t.ClearingDate, err = settleDate(a["settleDate"], t.Time); err != nil {
		return nil, garbage("a date is not written as the interface says")
	}
	known := false
	if t.Kind, known = kinds[a["txnType"]]; !known {
		return nil, garbage("the answer names no kind of transaction that is known")
	}
	if sub := a["txnSubType"]; t.Kind == transactions.Sale && (sub == "06" || sub == "07") {
		t.Channel = transactions.UnionPayQR // 二维码消费: 06 scanned by, 07 scanning
	}
	if t.ID == "" {
		t.ID = a["queryId"]
	}
	if k := o.Known; k != nil {
		t.ID = k.ID
		if k.Channel != "" {
			t.Channel = k.Channel
		}
		// The answer tells what became of the transaction itself, not that it was
		// taken back afterwards.
		if t.State == transactions.Success && (k.State == transactions.Voided || k.State == transactions.Reversed) {
			t.State = k.State
		}
	}
	return []transactions.Transaction{t}, nil
}

// amount is in fen; "" is 0.
func amount(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) > 12 || strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(s, 10, 64) //nolint:wrapcheck // judged by the caller
}

// settleDate is MMDD: the first such day that is not before the transaction,
// with two days' grace.
func settleDate(s string, at time.Time) (transactions.Date, error) {
	if s == "" {
		return transactions.Date{}, nil
	}
	for _, year := range []int{at.Year() - 1, at.Year(), at.Year() + 1} {
		d, err := time.ParseInLocation("20060102", strconv.Itoa(year)+s, transactions.Shanghai)
		if err == nil && !d.Before(at.AddDate(0, 0, -2)) {
			return transactions.DateOf(d), nil
		}
	}
	return transactions.Date{}, strconv.ErrSyntax
}
