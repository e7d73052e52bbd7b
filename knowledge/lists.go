package knowledge

import "daozhang/bot/understand"

// Closed lists of the contract (sections 5, 7, 8) and of rules section 1.

//nolint:gochecknoglobals // read-only table
var causes = []string{
	"TXN_DECLINED", "TXN_UNKNOWN", "TXN_REVERSED", "SINGLE_SIDED", "NOT_UPLOADED", "PREAUTH_NOT_COMPLETED",
	"VOIDED", "REFUNDED", "REFUND_IN_PROGRESS", "CYCLE_NOT_DUE", "AFTER_CUTOFF", "HOLIDAY_DEFERRED",
	"SETTLE_PROCESSING", "OVERDUE", "D0_DOWNGRADED", "BELOW_MINIMUM", "MANUAL_WITHDRAW", "MERGED_PAYOUT",
	"FEE_NET", "OFFSET", "PAYOUT_REJECTED_ACCOUNT", "PAYOUT_LIMIT_CLASS2", "PAYOUT_LIMIT_CLASS3",
	"PAYOUT_RETURNED", "ACCOUNT_CHANGED", "PAID_NOT_NOTICED", "RISK_HOLD", "RETRIEVAL", "DISPUTE",
	"MERCHANT_FROZEN", "DOCS_INCOMPLETE", "DUPLICATE", "FRAUD_SUSPECTED", "OUTAGE", "NOT_FOUND", "NOT_OWNED",
	"NOT_BOUND", "AMBIGUOUS", "LEDGER_UNAVAILABLE", "INCONSISTENT", "POLICY",
}

//nolint:gochecknoglobals // read-only table
var intents = []understand.Intent{
	understand.MissingPayment, understand.Declined, understand.UnknownResult, understand.Fee, understand.Limit,
	understand.Frozen, understand.Refund, understand.DuplicateCharge, understand.AccountChange, understand.Device,
	understand.Network, understand.SettlementRule, understand.Statement, understand.Identity, understand.Human,
	understand.Complaint, understand.Fraud, understand.Cashout, understand.Thanks, understand.Greeting,
	understand.Confirm, understand.Deny, understand.Other,
}

//nolint:gochecknoglobals // read-only table
var brands = []string{
	"拉卡拉", "刷呗", "中付", "盛付通", "瑞银信", "银联商务", "银联", "云闪付", "微信支付", "支付宝", "花呗", "京东白条",
	"汇付", "随行付", "富友",
}

//nolint:gochecknoglobals // read-only table
var channels = []string{"CARD", "WECHAT", "ALIPAY", "UNIONPAY_QR", "ECNY"}

//nolint:gochecknoglobals // read-only table
var audiences = []string{"all", "merchant", "clerk", "payer"}

// Causes is the closed list of causes that an article may be tagged with.
func Causes() []string { return append([]string(nil), causes...) }

// Brands is the list of canonical brands that an article may be tagged with;
// an operator's own ones come on top (LintOptions.Brands).
func Brands() []string { return append([]string(nil), brands...) }
