package ledgerfile

import (
	"time"

	"daozhang/transactions"
)

// The aliases of this file are the table of docs/ledger-files.md; a test
// keeps the two the same.

func code[T any](name, aliases string, p func(*T) *string) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) (err error) {
		*p(r), err = codeOf(c)
		return err
	}}
}

func words[T any](name, aliases string, p func(*T) *string) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) (err error) {
		*p(r), err = freeText(c)
		return err
	}}
}

func last4[T any](name, aliases string, p func(*T) *string) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) (err error) {
		if c.text == "" {
			*p(r) = ""
			return nil
		}
		*p(r), err = tail4(c)
		return err
	}}
}

func choice[T any](name, aliases string, e enum, p func(*T) *string) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) (err error) {
		if c.text == "" {
			*p(r) = ""
			return nil
		}
		*p(r), err = oneOf(c, e.values, e.words)
		return err
	}}
}

func money[T any](name, aliases string, p func(*T) **int64) spec[T] {
	return whole(name, aliases, p, fenOf)
}

func rate[T any](name, aliases string, p func(*T) **int64) spec[T] {
	return whole(name, aliases, p, basisPoints)
}

// whole is an optional number; an empty cell is unknown, never zero.
func whole[T any](name, aliases string, p func(*T) **int64, read func(cell) (int64, error)) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) error {
		if c.text == "" {
			*p(r) = nil
			return nil
		}
		n, err := read(c)
		*p(r) = &n
		return err
	}}
}

func count[T any](name, aliases string, p func(*T) *int) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) error {
		if c.text == "" {
			*p(r) = 0
			return nil
		}
		n, err := intOf(c)
		*p(r) = int(n)
		return err
	}}
}

func instant[T any](name, aliases string, p func(*T) *time.Time) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) (err error) {
		if c.text == "" {
			*p(r) = time.Time{}
			return nil
		}
		*p(r), _, err = instantOf(c)
		return err
	}}
}

func day[T any](name, aliases string, p func(*T) *transactions.Date) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) (err error) {
		if c.text == "" {
			*p(r) = transactions.Date{}
			return nil
		}
		*p(r), err = dateOf(c)
		return err
	}}
}

func clock[T any](name, aliases string, p func(*T) *string) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) (err error) {
		if c.text == "" {
			*p(r) = ""
			return nil
		}
		*p(r), err = clockOf(c)
		return err
	}}
}

func list[T any](name, aliases string, p func(*T) *[]string) spec[T] {
	return spec[T]{name, aliases, func(r *T, c cell) error {
		*p(r) = listOf(c.text)
		return nil
	}}
}

func merchantSchema() schema[transactions.Merchant] {
	type m = transactions.Merchant
	return schema[m]{
		kind: Merchants, required: []string{"merchant_no"},
		rows: func(b *Batch) *[]m { return &b.Merchants },
		specs: []spec[m]{
			code("merchant_no", "商户号 商户编号 商户代码 特约商户号 mid merchant_id", func(r *m) *string { return &r.MerchantNo }),
			words("acquirer", "收单机构 支付机构", func(r *m) *string { return &r.Acquirer }),
			words("brand", "品牌", func(r *m) *string { return &r.Brand }),
			words("name", "商户名称 商户名 店名 merchant_name", func(r *m) *string { return &r.Name }),
			choice("status", "商户状态 状态", merchantStatus(), func(r *m) *string { return &r.Status }),
			words("status_reason", "状态原因", func(r *m) *string { return &r.StatusReason }),
			choice("cycle", "结算周期 到账周期", cycles(), func(r *m) *string { return &r.Cycle }),
			choice("fallback_cycle", "备用结算周期 D0失败转", cycles(), func(r *m) *string { return &r.FallbackCycle }),
			clock("cutoff", "日切时间 截止时间", func(r *m) *string { return &r.Cutoff }),
			clock("payout_by", "最晚到账时间 出款时间", func(r *m) *string { return &r.PayoutBy }),
			money("min_settle_fen", "起结金额 最低结算金额", func(r *m) **int64 { return &r.MinSettleFen }),
			rate("credit_bp", "贷记卡费率 信用卡费率", func(r *m) **int64 { return &r.Rates.CreditBP }),
			rate("debit_bp", "借记卡费率", func(r *m) **int64 { return &r.Rates.DebitBP }),
			money("debit_cap_fen", "借记卡封顶 封顶手续费", func(r *m) **int64 { return &r.Rates.DebitCapFen }),
			rate("qr_bp", "扫码费率", func(r *m) **int64 { return &r.Rates.QRBP }),
			money("d0_extra_fen", "D0附加费 秒到费", func(r *m) **int64 { return &r.Rates.D0ExtraFen }),
			words("account_bank", "结算银行 开户行", func(r *m) *string { return &r.Account.Bank }),
			last4("account_last4", "结算账户后四位 结算卡尾号 结算账号", func(r *m) *string { return &r.Account.Last4 }),
			choice("account_kind", "账户性质 对公对私", accountKinds(), func(r *m) *string { return &r.Account.Kind }),
			choice("account_class", "账户类别", accountClasses(), func(r *m) *string { return &r.Account.Class }),
			choice("account_state", "账户状态 结算账户状态", accountStates(), func(r *m) *string { return &r.Account.State }),
			instant("account_changed_at", "账户变更时间", func(r *m) *time.Time { return &r.Account.ChangedAt }),
			last4("account_prev_last4", "原账户后四位 变更前尾号", func(r *m) *string { return &r.Account.PrevLast4 }),
			list("docs_required", "待补资料 需补材料", func(r *m) *[]string { return &r.DocsRequired }),
			day("docs_due", "资料截止日 补件截止日", func(r *m) *transactions.Date { return &r.DocsDue }),
			list("terminals", "终端 终端列表", func(r *m) *[]string { return &r.Terminals }),
			code("phone", "联系电话 手机号", func(r *m) *string { return &r.Phone }),
			instant("onboarded_at", "进件时间 入网时间 开通时间", func(r *m) *time.Time { return &r.OnboardedAt }),
		},
	}
}

func terminalSchema() schema[transactions.TerminalRow] {
	type r = transactions.TerminalRow
	return schema[r]{
		kind: Terminals, required: []string{"terminal", "merchant_no"},
		rows: func(b *Batch) *[]r { return &b.Terminals },
		specs: []spec[r]{
			code("terminal", "终端号 终端编号 tid terminal_no", func(t *r) *string { return &t.Terminal }),
			code("merchant_no", "商户号 商户编号 商户代码 mid merchant_id", func(t *r) *string { return &t.MerchantNo }),
			words("model", "型号 机型", func(t *r) *string { return &t.Model }),
			instant("last_seen", "最近在线时间 最后联机时间", func(t *r) *time.Time { return &t.LastSeen }),
			{"signed_in", "是否签到 签到状态", func(t *r, c cell) error {
				if c.text == "" {
					t.SignedIn = nil
					return nil
				}
				b, err := boolOf(c)
				t.SignedIn = &b
				return err
			}},
			count("unsent_offline", "未上送笔数 未上传笔数", func(t *r) *int { return &t.UnsentOffline }),
		},
	}
}

func transactionSchema() schema[transactions.Transaction] {
	type r = transactions.Transaction
	reversal := func(t *r) *transactions.Reversal {
		if t.Reversal == nil {
			t.Reversal = &transactions.Reversal{}
		}
		return t.Reversal
	}
	dispute := func(t *r) *transactions.Dispute {
		if t.Dispute == nil {
			t.Dispute = &transactions.Dispute{}
		}
		return t.Dispute
	}
	return schema[r]{
		kind: Transactions, required: []string{"id", "merchant_no", "state", "amount_fen", "time"},
		rows: func(b *Batch) *[]r { return &b.Transactions }, check: checkTransaction,
		specs: []spec[r]{
			code("id", "交易流水号 流水号 交易编号 订单号 transaction_id txn_id", func(t *r) *string { return &t.ID }),
			code("source", "来源 数据来源", func(t *r) *string { return &t.Source }),
			code("merchant_no", "商户号 商户编号 商户代码 mid merchant_id", func(t *r) *string { return &t.MerchantNo }),
			code("terminal", "终端号 终端编号 tid terminal_no", func(t *r) *string { return &t.Terminal }),
			choice("channel", "交易渠道 支付方式 渠道", channels(), func(t *r) *string { return &t.Channel }),
			choice("kind", "交易类型 类型", kinds(), func(t *r) *string { return &t.Kind }),
			choice("state", "交易状态 状态", transactionStates(), func(t *r) *string { return &t.State }),
			{"resp_code", "应答码 响应码 返回码", func(t *r, c cell) (err error) {
				t.RespCode, err = codeOf(c)
				if len(t.RespCode) == 1 && allDigits(t.RespCode) {
					t.RespCode = "0" + t.RespCode // 00 eaten by a spreadsheet
				}
				return err
			}},
			{"amount_fen", "交易金额 金额 订单金额", func(t *r, c cell) (err error) {
				t.AmountFen, err = fenOf(c)
				return err
			}},
			choice("card_kind", "卡类型 借贷标志", cardKinds(), func(t *r) *string { return &t.CardKind }),
			last4("card_last4", "卡号后四位 卡尾号 卡号", func(t *r) *string { return &t.CardLast4 }),
			code("rrn", "参考号 检索参考号 系统参考号", func(t *r) *string { return &t.RRN }),
			code("stan", "凭证号 终端流水号 系统跟踪号", func(t *r) *string { return &t.STAN }),
			code("batch_no", "批次号", func(t *r) *string { return &t.BatchNo }),
			code("auth_code", "授权码 授权号", func(t *r) *string { return &t.AuthCode }),
			{"time", "交易时间 交易日期时间", func(t *r, c cell) error {
				at, dateOnly, err := instantOf(c)
				if err == nil && dateOnly {
					err = errDateOnly
				}
				t.Time = at
				return err
			}},
			day("clearing_date", "清算日期 清算日", func(t *r) *transactions.Date { return &t.ClearingDate }),
			code("orig_id", "原交易流水号 原流水号 原交易编号 原订单号", func(t *r) *string { return &t.OrigID }),
			code("settle_id", "结算单号 结算编号 结算批次", func(t *r) *string { return &t.SettleID }),
			choice("risk", "风控状态 风险状态", risks(), func(t *r) *string { return &t.Risk }),
			choice("refund_state", "退款状态", refundStates(), func(t *r) *string { return &t.RefundState }),
			choice("reversal_state", "冲正状态", reversalStates(), func(t *r) *string { return &reversal(t).State }),
			words("reversal_reason", "冲正原因", func(t *r) *string { return &reversal(t).Reason }),
			instant("reversal_time", "冲正时间", func(t *r) *time.Time { return &reversal(t).Time }),
			choice("dispute_state", "争议状态 调单状态 拒付状态", disputeStates(), func(t *r) *string { return &dispute(t).State }),
			words("dispute_reason", "争议原因 调单原因 拒付原因", func(t *r) *string { return &dispute(t).Reason }),
			day("dispute_due", "争议材料截止日 调单截止日", func(t *r) *transactions.Date { return &dispute(t).DocsDue }),
			code("payer_ref", "付款人标识 用户标识", func(t *r) *string { return &t.PayerRef }),
		},
	}
}

// checkTransaction drops parts that stayed empty and judges the sign: refunds
// and voids are often written as negative amounts, sales never.
func checkTransaction(t *transactions.Transaction) *RowError {
	if t.Reversal != nil && *t.Reversal == (transactions.Reversal{}) {
		t.Reversal = nil
	}
	if t.Dispute != nil && *t.Dispute == (transactions.Dispute{}) {
		t.Dispute = nil
	}
	if t.AmountFen >= 0 {
		return nil
	}
	if t.Kind != "REFUND" && t.Kind != "VOID" {
		return &RowError{Column: "amount_fen", Reason: "交易金额是负数，只有退款和撤销可以写负数"}
	}
	t.AmountFen = -t.AmountFen
	return nil
}

func settlementSchema() schema[transactions.Settlement] {
	type r = transactions.Settlement
	return schema[r]{
		kind: Settlements, required: []string{"id", "merchant_no", "state", "net_fen"},
		rows: func(b *Batch) *[]r { return &b.Settlements },
		specs: []spec[r]{
			code("id", "结算单号 结算编号 结算批次 settlement_id", func(b *r) *string { return &b.ID }),
			code("merchant_no", "商户号 商户编号 商户代码 mid merchant_id", func(b *r) *string { return &b.MerchantNo }),
			choice("cycle", "结算周期 到账周期", cycles(), func(b *r) *string { return &b.Cycle }),
			choice("state", "结算状态 出款状态 状态", settlementStates(), func(b *r) *string { return &b.State }),
			money("gross_fen", "交易总额 交易金额 总金额", func(b *r) **int64 { return &b.GrossFen }),
			money("fee_fen", "手续费", func(b *r) **int64 { return &b.FeeFen }),
			money("surcharge_fen", "附加费 D0附加费", func(b *r) **int64 { return &b.SurchargeFen }),
			money("refund_offset_fen", "退款抵扣 退款冲抵", func(b *r) **int64 { return &b.RefundOffsetFen }),
			money("dispute_offset_fen", "拒付抵扣 争议扣款", func(b *r) **int64 { return &b.DisputeOffsetFen }),
			money("adjust_fen", "调账金额 调整金额", func(b *r) **int64 { return &b.AdjustFen }),
			money("net_fen", "结算净额 结算金额 到账金额 出款金额", func(b *r) **int64 { return &b.NetFen }),
			day("clearing_date", "清算日期 清算日", func(b *r) *transactions.Date { return &b.ClearingDate }),
			day("due_date", "应到账日 预计到账日", func(b *r) *transactions.Date { return &b.DueDate }),
			instant("paid_at", "到账时间 出款时间 付款时间", func(b *r) *time.Time { return &b.PaidAt }),
			instant("returned_at", "退票时间", func(b *r) *time.Time { return &b.ReturnedAt }),
			code("bank_ref", "银行流水号 打款流水号", func(b *r) *string { return &b.BankRef }),
			last4("account_last4", "收款账户后四位 收款卡尾号 结算账户后四位 收款账号", func(b *r) *string { return &b.AccountLast4 }),
			code("fail_code", "失败代码", func(b *r) *string { return &b.FailCode }),
			words("fail_reason", "失败原因", func(b *r) *string { return &b.FailReason }),
			list("transaction_ids", "交易流水号 包含交易", func(b *r) *[]string { return &b.TransactionIDs }),
			choice("risk", "风控状态 风险状态", risks(), func(b *r) *string { return &b.Risk }),
			list("docs", "需交材料 待补资料", func(b *r) *[]string { return &b.Docs }),
			day("docs_due", "材料截止日 资料截止日", func(b *r) *transactions.Date { return &b.DocsDue }),
			count("attempt", "出款次数", func(b *r) *int { return &b.Attempt }),
			code("next_id", "后续结算单号 重新出款单号", func(b *r) *string { return &b.NextID }),
		},
	}
}

func bindingSchema() schema[transactions.BindingRow] {
	type r = transactions.BindingRow
	return schema[r]{
		kind: Bindings, required: []string{"app_id", "openid", "merchant_no"},
		rows: func(b *Batch) *[]r { return &b.Bindings },
		specs: []spec[r]{
			code("app_id", "公众号 公众账号ID appid", func(b *r) *string { return &b.AppID }),
			code("openid", "用户标识 微信用户 open_id", func(b *r) *string { return &b.OpenID }),
			code("merchant_no", "商户号 商户编号 商户代码 mid merchant_id", func(b *r) *string { return &b.MerchantNo }),
			choice("role", "角色 身份", roles(), func(b *r) *string { return &b.Role }),
			words("name", "姓名 称呼", func(b *r) *string { return &b.Name }),
		},
	}
}
