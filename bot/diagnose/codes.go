package diagnose

import (
	"strings"

	"daozhang/transactions"
)

// What a response code says about a transaction (domain section 3).
const (
	OutcomeApproved = "A" // approved
	OutcomeDeclined = "D" // declined
	OutcomeUnknown  = "U" // the merchant does not know: never repeat
	OutcomeTerminal = "T" // terminal or merchant set-up: nothing was sold
	OutcomeReferral = "R" // ask the acquirer: nothing was sold
	OutcomeOffice   = "B" // back office files, never at a till
)

// The systems whose codes collide. A row of the local ledger carries the
// field 39 codes of the card network ("pos").
const (
	sourcePOS  = "pos"  // Q/CUP 006.6 appendix A.2 and the terminal vendors' tables
	sourceACP  = "acp"  // UnionPay web gateway
	sourceUPIQ = "upiq" // UnionPay QR interface
	sourceCIL  = "cil"  // CardInfoLink's newer table
)

// codeRow is one line of a table; the source is the table's.
type codeRow struct{ code, outcome, meaning, advice string }

// codeSource tells whose codes a row carries. Connectors with codes of their
// own never fall back on the card network's: a code that is not listed for its
// source is unlisted, and a human reads it (rules 5).
func codeSource(t *transactions.Transaction) string {
	switch strings.ToLower(t.Source) {
	case "acp", "unionpay":
		return sourceACP
	case "cardinfolink", "cil":
		return sourceCIL
	case "upiq", "unionpay_qr":
		return sourceUPIQ
	case "wechatpay", "alipay", "lakala", "chinaums", "huifu":
		if len(t.RespCode) != 2 || t.Channel != "" && t.Channel != transactions.Card {
			return strings.ToLower(t.Source)
		}
	}
	if t.Channel == transactions.UnionPayQR && upiqCollides(t.RespCode) {
		return sourceUPIQ
	}
	return sourcePOS
}

// upiqCollides lists the codes that mean something else in the QR interface.
func upiqCollides(code string) bool {
	return code == "02" || code == "03" || code == "04" || code == "05"
}

// LookupCode explains the response code of a row; false when the row has none
// or when it is not listed for its source.
func LookupCode(t *transactions.Transaction) (ResponseCode, bool) {
	code := normalCode(t.RespCode)
	if code == "" {
		return ResponseCode{}, false
	}
	return lookupCode(codeSource(t), code)
}

// Code explains a code of the card network as a terminal shows it.
func Code(code string) (ResponseCode, bool) { return lookupCode(sourcePOS, normalCode(code)) }

func normalCode(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }

func lookupCode(source, code string) (ResponseCode, bool) {
	for _, table := range codeTables(source) {
		for _, r := range table {
			if r.code == code {
				return ResponseCode{Source: source, Code: code, Meaning: r.meaning, Outcome: r.outcome, Advice: r.advice}, true
			}
		}
	}
	return ResponseCode{}, false
}

func codeTables(source string) [][]codeRow {
	switch source {
	case sourcePOS:
		return [][]codeRow{posLow, posHigh, posLetters}
	case sourceACP:
		return [][]codeRow{acpCodes}
	case sourceUPIQ:
		return [][]codeRow{upiqCodes}
	case sourceCIL:
		return [][]codeRow{cilCodes}
	}
	return nil
}

// reversalMeaning explains why a transaction was reversed (domain section 3).
func reversalMeaning(reason string) string {
	switch strings.TrimSpace(reason) {
	case "4021":
		return "应答超时，系统自动冲正"
	case "4351":
		return "终端发起全额冲正"
	case "4353", "4354":
		return "收单侧应答过迟或超时，自动冲正"
	case "4360", "4361":
		return "转接网络应答过迟或超时，自动冲正"
	case "4363":
		return "应答无法送达终端，自动冲正"
	}
	return ""
}

var acpCodes = []codeRow{ //nolint:gochecknoglobals // read-only table
	{"00", OutcomeApproved, "交易成功", "按结算周期入账，无需操作"},
	{"03", OutcomeUnknown, "交易处理中，结果还不确定", "先查询，不要重复收款"},
	{"04", OutcomeUnknown, "交易处理中，结果还不确定", "先查询，不要重复收款"},
	{"05", OutcomeUnknown, "交易处理中，结果还不确定", "先查询，不要重复收款"},
	{"A6", OutcomeApproved, "有缺陷的成功", "向收款方银行确认"},
}

var upiqCodes = []codeRow{ //nolint:gochecknoglobals // read-only table
	{"00", OutcomeApproved, "交易成功", "按结算周期入账，无需操作"},
	{"02", OutcomeDeclined, "付款码已失效", "请顾客刷新付款码后重新收款"},
	{"04", OutcomeUnknown, "交易处理中，结果还不确定", "先查询，不要重复收款"},
}

var cilCodes = []codeRow{ //nolint:gochecknoglobals // read-only table
	{"00", OutcomeApproved, "交易成功", "按结算周期入账，无需操作"},
	{"C1", OutcomeDeclined, "优惠券已使用", "换一种付款方式重新收款"},
	{"Y1", OutcomeDeclined, "交易失败", "重新收款前先确认顾客未被扣款"},
	{"Y3", OutcomeDeclined, "没有这笔订单", "核对订单号"},
}
