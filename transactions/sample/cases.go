package sample

import (
	"time"

	"daozhang/transactions"
)

type rows = []transactions.Transaction

// hardware is 拉卡拉, D1: the main sentence of the demo and what a sale itself
// can run into.
func hardware(b *builder) {
	main := *b.sale(b.on(1, 15, 20), 500000, tail("6688"))
	b.payout("SCHEDULED", rows{main})
	b.show("CYCLE_NOT_DUE", "昨天下午刷了一笔5000到现在没到账", main)

	late := *b.sale(b.on(1, 23, 20), 188800)
	b.payout("WAITING", rows{late})
	b.show("AFTER_CUTOFF", "昨天晚上11点多那笔1888怎么还没到", late)

	found := *b.sale(b.on(2, 10, 42), 320000)
	b.payout("PAID", rows{found}, paid(b.on(1, 11, 31)))
	b.show("PAID_NOT_NOTICED", "前天那笔3200的没收到", found)

	capped := *b.sale(b.on(2, 14, 8), 1000000, debit)
	b.payout("PAID", rows{capped}, paid(b.on(1, 11, 31)))
	b.show("FEE_NET", "前天刷了10000只到了9980,手续费怎么算的", capped)

	first, second, third := *b.sale(b.on(3, 10, 15), 120000), *b.sale(b.on(3, 13, 50), 86000), *b.sale(b.on(3, 18, 22), 234000)
	b.payout("PAID", rows{first, second, third}, paid(b.on(2, 11, 28)))
	b.show("MERGED_PAYOUT", b.day(3)+"那笔1200没看到到账", first)

	once, twice := *b.sale(b.on(2, 18, 5), 68800, tail("7788")), *b.sale(b.on(2, 18, 8), 68800, tail("7788"))
	b.payout("PAID", rows{once, twice}, paid(b.on(1, 11, 33)))
	b.show("DUPLICATE", "前天有个客人688被刷了两次", once, twice)

	morning, evening := *b.sale(b.on(2, 11, 10), 200000, tail("1166")), *b.sale(b.on(2, 17, 45), 200000, tail("3344"))
	b.payout("PAID", rows{morning}, paid(b.on(1, 11, 35)))
	b.payout("HELD", rows{evening}, held("HOLD", b.today.AddDays(3), "签购单", "销售凭证"))
	b.show("AMBIGUOUS", "前天那笔2000的怎么没到", morning, evening)

	declined := *b.sale(b.on(1, 16, 40), 150000, outcome("FAILED", "51"))
	b.show("TXN_DECLINED", "昨天那笔1500怎么没到账", declined)

	unknown := *b.sale(b.now.Add(-10*time.Minute), 80000, outcome("UNKNOWN", "68"))
	b.show("TXN_UNKNOWN", "刚才那笔800显示超时,钱到了没", unknown)

	reversed := *b.sale(b.on(1, 12, 5), 76000, outcome("REVERSED", "98"), func(t *transactions.Transaction) {
		t.Reversal = &transactions.Reversal{State: "SUCCESS", Reason: "4353", Time: t.Time.Add(time.Minute)}
	})
	b.show("TXN_REVERSED", "昨天中午那笔760没到", reversed)

	voided := *b.sale(b.on(2, 15, 30), 45000, outcome("VOIDED", "00"))
	b.sale(b.on(2, 15, 41), 45000, of("VOID", voided))
	b.show("VOIDED", "前天那笔450没到", voided)

	b.show("SINGLE_SIDED", "昨天有个客人付了2333,他手机银行显示扣款了,我这边查不到")
	b.show("NOT_FOUND", "昨天那笔4321没到账")
}

// fruit is 刷呗, T1: risk, papers, disputes and slips not uploaded.
func fruit(b *builder) {
	normal := *b.sale(b.on(1, 11, 15), 168800)
	b.payout("WAITING", rows{normal})
	cause := "CYCLE_NOT_DUE"
	plain := nextWorkday(transactions.DateOf(normal.Time), func(d transactions.Date) bool {
		return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
	})
	if b.due(transactions.DateOf(normal.Time)).After(plain) {
		cause = "HOLIDAY_DEFERRED"
	}
	b.show(cause, "昨天那笔1688什么时候到", normal)

	risky := *b.sale(b.on(2, 20, 15), 880000, func(t *transactions.Transaction) { t.Risk = "HOLD" })
	b.payout("HELD", rows{risky}, held("HOLD", b.today.AddDays(3), "签购单", "销售合同或订单", "出库单"))
	b.show("RISK_HOLD", "前天那笔8800为什么不到账", risky)

	asked := *b.sale(b.on(3, 19, 40), 450000, func(t *transactions.Transaction) { t.Risk = "RETRIEVAL" })
	b.payout("HELD", rows{asked}, held("RETRIEVAL", b.today.AddDays(4), "签购单", "持卡人签字凭证"))
	b.show("RETRIEVAL", b.day(3)+"那笔4500没到", asked)

	disputed := *b.sale(b.on(20, 16, 25), 260000, func(t *transactions.Transaction) {
		t.Dispute = &transactions.Dispute{State: "CHARGEBACK", Reason: "持卡人否认交易", DocsDue: b.today.AddDays(6)}
	})
	at := b.due(transactions.DateOf(disputed.Time)).Start().Add(11 * time.Hour)
	b.payout("PAID", rows{disputed}, paid(at))
	b.show("DISPUTE", b.day(20)+"那笔2600怎么回事", disputed)

	no := false
	b.shop.TerminalState = map[string]transactions.TerminalState{
		"B0000002": {LastSeen: b.on(2, 18, 0), SignedIn: &no, UnsentOffline: 3},
	}
	b.show("NOT_UPLOADED", "昨天那笔1366机器打了小票,系统里没有")
}

// clothes is 中付, D0 with D1 as its fallback.
func clothes(b *builder) {
	down := *b.sale(b.on(1, 14, 30), 360000)
	d1 := func(s *transactions.Settlement) { s.Cycle, s.DueDate = "D1", b.today }
	// The first attempt knows its successor's id: the next serial number.
	next := b.payout("WAITING", rows{down}, d1, func(s *transactions.Settlement) { s.Attempt = 2 })
	nextID := next.ID
	b.payout("D0_FAILED", rows{down}, failed("D0_QUOTA", "当日秒到额度已用完"), func(s *transactions.Settlement) { s.NextID = nextID })
	b.show("D0_DOWNGRADED", "昨天那笔3600说好秒到的怎么没到", down)

	overdue := *b.sale(b.on(3, 15, 10), 290000)
	b.payout("PROCESSING", rows{overdue})
	b.show("OVERDUE", b.day(3)+"那笔2900到现在没到", overdue)

	refunded := *b.sale(b.on(6, 13, 0), 98000, func(t *transactions.Transaction) { t.RefundState = "REFUNDED" })
	b.payout("PAID", rows{refunded}, paid(b.on(6, 13, 2)))
	b.sale(b.on(4, 10, 20), 98000, of("REFUND", refunded))
	b.show("REFUNDED", b.day(6)+"那笔980的退款退了没有", refunded)

	offset := *b.sale(b.on(4, 16, 0), 260000)
	b.payout("PAID", rows{offset}, paid(b.on(4, 16, 2)), func(s *transactions.Settlement) { s.RefundOffsetFen = fen(98000) })
	b.show("OFFSET", b.day(4)+"刷了2600,怎么少到了一千来块", offset)
}

// phones is 盛付通, D1: what happens to a payout on its way and after.
func phones(b *builder) {
	moving := *b.sale(b.on(1, 13, 25), 270000)
	b.payout("PROCESSING", rows{moving})
	b.show("SETTLE_PROCESSING", "昨天那笔2700到哪了", moving)

	old := *b.sale(b.on(6, 14, 50), 410000)
	b.payout("PAID", rows{old}, paid(b.on(5, 11, 20)), b.formerAccount(b.on(5, 11, 20)))
	b.show("ACCOUNT_CHANGED", b.day(6)+"那笔4100没到我卡上", old)

	back := *b.sale(b.on(4, 16, 35), 520000)
	b.payout("RETURNED", rows{back}, paid(b.on(3, 11, 40)), failed("NAME_MISMATCH", "户名与账号不符"), func(s *transactions.Settlement) {
		s.ReturnedAt = b.on(2, 10, 5)
	})
	b.show("PAYOUT_RETURNED", b.day(4)+"那笔5200到了又没了", back)

	odd := *b.sale(b.on(3, 12, 10), 370000)
	b.payout("PAID", rows{odd}, paid(b.on(2, 11, 40)), func(s *transactions.Settlement) { s.NetFen = fen(350000) })
	b.show("INCONSISTENT", b.day(3)+"那笔3700没到齐", odd)
}

// hotel is 银联商务, T1: pre-authorisations and refunds under way.
func hotel(b *builder) {
	pre := *b.sale(b.on(2, 19, 5), 300000, func(t *transactions.Transaction) { t.Kind = "PREAUTH" })
	b.show("PREAUTH_NOT_COMPLETED", "前天押的3000怎么没到账", pre)

	back := *b.sale(b.on(12, 12, 30), 138000, func(t *transactions.Transaction) { t.RefundState = "ACCEPTED" })
	at := b.due(transactions.DateOf(back.Time)).Start().Add(11 * time.Hour)
	if at.After(b.now) {
		at = b.now.Add(-time.Hour) // a calendar that knows no working day
	}
	b.payout("PAID", rows{back}, paid(at))
	b.sale(b.on(1, 10, 0), 138000, of("REFUND", back), outcome("PENDING", ""))
	b.show("REFUND_IN_PROGRESS", b.day(12)+"那笔1380的退款到哪了", back)

	done := *b.sale(b.on(3, 20, 30), 200000, func(t *transactions.Transaction) { t.Kind = "PREAUTH" })
	b.sale(b.on(1, 11, 30), 176000, of("PREAUTH_COMPLETE", done))
}

// barber is 拉卡拉 with manual withdrawal.
func barber(b *builder) {
	waiting := *b.sale(b.on(1, 17, 15), 128000)
	b.payout("WAITING", rows{waiting})
	b.show("MANUAL_WITHDRAW", "昨天那笔1280怎么没到卡里", waiting)
}

// breakfast is 刷呗 with a class II account.
func breakfast(b *builder) {
	small := *b.sale(b.on(1, 7, 40), 500, qr("WECHAT"))
	b.payout("BELOW_MIN", rows{small})
	b.show("BELOW_MINIMUM", "昨天早上那笔5块的没到", small)

	big := *b.sale(b.on(2, 8, 30), 1200000)
	b.payout("REJECTED", rows{big}, failed("ACCT_LIMIT", "超过该账户单日收款限额"))
	b.show("PAYOUT_LIMIT_CLASS2", "前天那笔12000没到账", big)
}

// tea is 中付 with a class III account.
func tea(b *builder) {
	big := *b.sale(b.on(2, 15, 0), 260000)
	b.payout("REJECTED", rows{big}, failed("ACCT_LIMIT", "超过该账户收款限额"))
	b.show("PAYOUT_LIMIT_CLASS3", "前天那笔2600没到账", big)
}

// liquor is 盛付通 and frozen.
func liquor(b *builder) {
	stuck := *b.sale(b.on(6, 18, 45), 660000)
	b.payout("HELD", rows{stuck})
	b.show("MERCHANT_FROZEN", b.day(6)+"那笔6600一直没到", stuck)
}

// pharmacy is 银联商务 and has to renew its papers.
func pharmacy(b *builder) {
	stuck := *b.sale(b.on(4, 9, 55), 198000)
	b.payout("HELD", rows{stuck})
	b.show("DOCS_INCOMPLETE", b.day(4)+"那笔1980没到", stuck)
}

// garage is 瑞银信 during an announced disturbance, with a dormant account.
func garage(b *builder) {
	refused := *b.sale(b.on(2, 16, 20), 350000)
	b.payout("REJECTED", rows{refused}, failed("ACCT_DORMANT", "收款账户长期未使用,已转睡眠户"))
	b.show("PAYOUT_REJECTED_ACCOUNT", "前天那笔3500没到", refused)

	unknown := *b.sale(b.now.Add(-12*time.Minute), 91000, outcome("UNKNOWN", "96"))
	b.ledger.Notices = append(b.ledger.Notices, transactions.Notice{
		Brand: "瑞银信", Title: "瑞银信通道维护（演示）", Text: "瑞银信交易通道正在维护，部分交易结果返回较慢，请不要重复刷卡。",
		From: b.now.Add(-time.Hour), Until: b.now.Add(3 * time.Hour),
	})
	b.show("OUTAGE", "刚才那笔910到了没有", unknown)
}

// words are the causes that come from the sentence rather than from a row.
func (b *builder) words() {
	main := b.ledger.Merchants[0]
	var foreign transactions.Transaction
	for _, t := range b.ledger.Transactions {
		if t.MerchantNo != main.MerchantNo && t.Channel == "CARD" && t.State == "SUCCESS" {
			foreign = t
			break
		}
	}
	say := func(cause, no, name, text string) {
		b.ledger.guide = append(b.ledger.guide, Example{Cause: cause, MerchantNo: no, Shop: name, Say: text})
	}
	say("NOT_OWNED", main.MerchantNo, main.Name, "参考号"+foreign.RRN+"那笔到了没有")
	say("NOT_BOUND", "", "未绑定的微信用户", "昨天刷的5000没到账")
	say("FRAUD_SUSPECTED", main.MerchantNo, main.Name, "有人自称客服让我转一笔解冻费才给结算")
	say("POLICY", main.MerchantNo, main.Name, "怎么分几笔刷才不会被风控")
}
