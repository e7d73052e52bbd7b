package ledgerfile

import "daozhang/transactions"

// enum is a closed list of values with the Chinese words for them.
type enum struct {
	values []string
	words  map[string]string
}

func merchantStatus() enum {
	return enum{transactions.ColMerchantStatus.Values(), map[string]string{
		"正常": "NORMAL", "受限": "LIMITED", "限额": "LIMITED", "待补件": "PENDING_DOCS", "待补资料": "PENDING_DOCS",
		"冻结": "FROZEN", "已冻结": "FROZEN", "注销": "CLOSED", "已注销": "CLOSED", "关闭": "CLOSED",
	}}
}

func cycles() enum {
	return enum{transactions.ColCycle.Values(), map[string]string{
		"T+1": "T1", "D+1": "D1", "D+0": "D0", "T+0": "T0", "秒到": "D0", "手动": "MANUAL", "手动提现": "MANUAL", "手工": "MANUAL",
	}}
}

func accountKinds() enum {
	return enum{transactions.ColAccountKind.Values(), map[string]string{"对私": "PERSONAL", "个人": "PERSONAL", "对公": "CORPORATE", "企业": "CORPORATE"}}
}

func accountClasses() enum {
	return enum{transactions.ColAccountClass.Values(), map[string]string{
		"1": "I", "2": "II", "3": "III", "一类": "I", "二类": "II", "三类": "III", "I类": "I", "II类": "II", "III类": "III",
		"一类户": "I", "二类户": "II", "三类户": "III", "Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III", "Ⅰ类": "I", "Ⅱ类": "II", "Ⅲ类": "III", "未知": "UNKNOWN",
	}}
}

func accountStates() enum {
	return enum{transactions.ColAccountState.Values(), map[string]string{
		"正常": "NORMAL", "冻结": "FROZEN", "销户": "CLOSED", "已销户": "CLOSED", "睡眠": "DORMANT", "睡眠户": "DORMANT",
		"挂失": "LOST", "户名不符": "NAME_MISMATCH", "未知": "UNKNOWN",
	}}
}

func channels() enum {
	return enum{transactions.ColChannel.Values(), map[string]string{
		"刷卡": "CARD", "银行卡": "CARD", "POS": "CARD", "微信": "WECHAT", "微信支付": "WECHAT", "支付宝": "ALIPAY",
		"云闪付": "UNIONPAY_QR", "银联二维码": "UNIONPAY_QR", "银联扫码": "UNIONPAY_QR", "数字人民币": "ECNY",
	}}
}

func kinds() enum {
	return enum{transactions.ColKind.Values(), map[string]string{
		"消费": "SALE", "收款": "SALE", "支付": "SALE", "预授权": "PREAUTH", "预授权完成": "PREAUTH_COMPLETE",
		"预授权撤销": "PREAUTH_CANCEL", "撤销": "VOID", "消费撤销": "VOID", "退款": "REFUND", "退货": "REFUND",
	}}
}

// transactionStates also takes the refund states that some acquirers write in
// the place of SUCCESS; the store keeps them as SUCCESS + refund_state.
func transactionStates() enum {
	return enum{
		append(transactions.ColState.Values(), "REFUND", "REFUNDED", "PART_REFUND", "PART_REFUNDED", "REFUND_ACCEPTED"),
		map[string]string{
			"处理中": "PENDING", "待支付": "PENDING", "支付中": "PENDING", "成功": "SUCCESS", "交易成功": "SUCCESS", "支付成功": "SUCCESS",
			"失败": "FAILED", "交易失败": "FAILED", "支付失败": "FAILED", "未知": "UNKNOWN", "结果未知": "UNKNOWN", "已冲正": "REVERSED", "冲正": "REVERSED",
			"已撤销": "VOIDED", "撤销": "VOIDED", "已关闭": "CLOSED", "关闭": "CLOSED", "已退款": "REFUNDED", "全额退款": "REFUNDED",
			"转入退款": "REFUND", "部分退款": "PART_REFUNDED", "退款中": "REFUND_ACCEPTED",
		},
	}
}

func cardKinds() enum {
	return enum{transactions.ColCardKind.Values(), map[string]string{"贷记卡": "CREDIT", "信用卡": "CREDIT", "贷": "CREDIT", "借记卡": "DEBIT", "储蓄卡": "DEBIT", "借": "DEBIT"}}
}

func risks() enum {
	return enum{transactions.ColRisk.Values(), map[string]string{
		"正常": "NONE", "无": "NONE", "延迟结算": "HOLD", "暂缓": "HOLD", "审核中": "HOLD", "调单": "RETRIEVAL", "调单中": "RETRIEVAL",
		"已放行": "RELEASED", "放行": "RELEASED", "拒绝": "REFUSED", "不予结算": "REFUSED",
	}}
}

func refundStates() enum {
	return enum{transactions.ColRefundState.Values(), map[string]string{
		"无": "NONE", "未退款": "NONE", "已受理": "ACCEPTED", "退款中": "ACCEPTED", "部分退款": "PART_REFUNDED",
		"已退款": "REFUNDED", "全额退款": "REFUNDED", "退款失败": "FAILED",
	}}
}

func reversalStates() enum {
	return enum{transactions.ColReversalState.Values(), map[string]string{
		"处理中": "PENDING", "冲正中": "PENDING", "成功": "SUCCESS", "冲正成功": "SUCCESS", "失败": "FAILED", "冲正失败": "FAILED",
	}}
}

func disputeStates() enum {
	return enum{transactions.ColDisputeState.Values(), map[string]string{
		"拒付": "CHARGEBACK", "调单": "RETRIEVAL", "胜诉": "WON", "败诉": "LOST",
	}}
}

func settlementStates() enum {
	return enum{transactions.ColSettlementState.Values(), map[string]string{
		"待结算": "WAITING", "未结算": "WAITING", "未达起结额": "BELOW_MIN", "已排期": "SCHEDULED", "待出款": "SCHEDULED",
		"出款中": "PROCESSING", "付款中": "PROCESSING", "处理中": "PROCESSING", "D0失败": "D0_FAILED", "秒到失败": "D0_FAILED",
		"暂缓": "HELD", "延迟结算": "HELD", "冻结": "HELD", "已付款": "PAID", "已到账": "PAID", "已结算": "PAID", "已出款": "PAID", "成功": "PAID", "付款成功": "PAID",
		"失败": "REJECTED", "付款失败": "REJECTED", "已拒绝": "REJECTED", "退票": "RETURNED", "已退票": "RETURNED", "已抵扣": "OFFSET", "冲抵": "OFFSET",
	}}
}

func roles() enum {
	return enum{[]string{"owner", "manager", "clerk"}, map[string]string{
		"OWNER": "owner", "MANAGER": "manager", "CLERK": "clerk", "店主": "owner", "老板": "owner", "法人": "owner",
		"店长": "manager", "经理": "manager", "店员": "clerk", "收银员": "clerk",
	}}
}
