package store

import (
	"strings"
	"time"

	"daozhang/transactions"
)

// column is one column under its name in ledger files (contract section 7),
// which is its name in the database as well.
type column[T any] struct {
	name string
	of   func(*T) field
}

// table is one ledger table: key columns first, seen_at kept apart because no
// file carries it.
type table[T any] struct {
	name    string
	keys    int
	columns []column[T]
	seen    func(*T) *time.Time
}

// selectList is the columns in order, seen_at last, under an alias.
func (t table[T]) selectList(alias string) string {
	names := make([]string, 0, len(t.columns)+1)
	for _, c := range t.columns {
		names = append(names, alias+"."+c.name)
	}
	return strings.Join(append(names, alias+".seen_at"), ", ")
}

// fields are the places of one row, in the order of selectList.
func (t table[T]) fields(row *T) []any {
	out := make([]any, 0, len(t.columns)+1)
	for _, c := range t.columns {
		out = append(out, c.of(row))
	}
	return append(out, instant{t.seen(row)})
}

// values appends the storage forms of one row, in the order of selectList.
func (t table[T]) values(out []any, row *T) []any {
	for _, c := range t.columns {
		out = append(out, c.of(row).value())
	}
	return append(out, ms(*t.seen(row)))
}

// key is the row's identity within the table.
func (t table[T]) key(row *T) []string {
	out := make([]string, t.keys)
	for i := range out {
		out[i], _ = t.columns[i].of(row).value().(string)
	}
	return out
}

func textColumn[T any](name string, p func(*T) *string) column[T] {
	return column[T]{name, func(r *T) field { return text{p(r)} }}
}

func fenColumn[T any](name string, p func(*T) **int64) column[T] {
	return column[T]{name, func(r *T) field { return optional{p(r)} }}
}

func timeColumn[T any](name string, p func(*T) *time.Time) column[T] {
	return column[T]{name, func(r *T) field { return instant{p(r)} }}
}

func dateColumn[T any](name string, p func(*T) *transactions.Date) column[T] {
	return column[T]{name, func(r *T) field { return day{p(r)} }}
}

func listColumn[T any](name string, p func(*T) *[]string) column[T] {
	return column[T]{name, func(r *T) field { return stringList{p(r)} }}
}

func merchantTable() table[transactions.Merchant] {
	type m = transactions.Merchant
	return table[m]{
		name: "merchants", keys: 1,
		seen: func(r *m) *time.Time { return &r.SeenAt },
		columns: []column[m]{
			textColumn("merchant_no", func(r *m) *string { return &r.MerchantNo }),
			textColumn("acquirer", func(r *m) *string { return &r.Acquirer }),
			textColumn("brand", func(r *m) *string { return &r.Brand }),
			textColumn("name", func(r *m) *string { return &r.Name }),
			textColumn("status", func(r *m) *string { return &r.Status }),
			textColumn("status_reason", func(r *m) *string { return &r.StatusReason }),
			textColumn("cycle", func(r *m) *string { return &r.Cycle }),
			textColumn("fallback_cycle", func(r *m) *string { return &r.FallbackCycle }),
			textColumn("cutoff", func(r *m) *string { return &r.Cutoff }),
			textColumn("payout_by", func(r *m) *string { return &r.PayoutBy }),
			fenColumn("min_settle_fen", func(r *m) **int64 { return &r.MinSettleFen }),
			fenColumn("credit_bp", func(r *m) **int64 { return &r.Rates.CreditBP }),
			fenColumn("debit_bp", func(r *m) **int64 { return &r.Rates.DebitBP }),
			fenColumn("debit_cap_fen", func(r *m) **int64 { return &r.Rates.DebitCapFen }),
			fenColumn("qr_bp", func(r *m) **int64 { return &r.Rates.QRBP }),
			fenColumn("d0_extra_fen", func(r *m) **int64 { return &r.Rates.D0ExtraFen }),
			textColumn("account_bank", func(r *m) *string { return &r.Account.Bank }),
			textColumn("account_last4", func(r *m) *string { return &r.Account.Last4 }),
			textColumn("account_kind", func(r *m) *string { return &r.Account.Kind }),
			textColumn("account_class", func(r *m) *string { return &r.Account.Class }),
			textColumn("account_state", func(r *m) *string { return &r.Account.State }),
			timeColumn("account_changed_at", func(r *m) *time.Time { return &r.Account.ChangedAt }),
			textColumn("account_prev_last4", func(r *m) *string { return &r.Account.PrevLast4 }),
			listColumn("docs_required", func(r *m) *[]string { return &r.DocsRequired }),
			dateColumn("docs_due", func(r *m) *transactions.Date { return &r.DocsDue }),
			textColumn("phone", func(r *m) *string { return &r.Phone }),
			timeColumn("onboarded_at", func(r *m) *time.Time { return &r.OnboardedAt }),
		},
	}
}

func terminalTable() table[transactions.TerminalRow] {
	type r = transactions.TerminalRow
	return table[r]{
		name: "terminals", keys: 2,
		seen: func(t *r) *time.Time { return &t.SeenAt },
		columns: []column[r]{
			textColumn("merchant_no", func(t *r) *string { return &t.MerchantNo }),
			textColumn("terminal", func(t *r) *string { return &t.Terminal }),
			textColumn("model", func(t *r) *string { return &t.Model }),
			timeColumn("last_seen", func(t *r) *time.Time { return &t.LastSeen }),
			{"signed_in", func(t *r) field { return boolean{&t.SignedIn} }},
			{"unsent_offline", func(t *r) field { return number[int]{&t.UnsentOffline} }},
		},
	}
}

func transactionTable() table[transactions.Transaction] {
	type r = transactions.Transaction
	reversal := func(name string, of func(*transactions.Reversal) field) column[r] {
		return column[r]{name, func(t *r) field { return nested[transactions.Reversal]{&t.Reversal, of} }}
	}
	dispute := func(name string, of func(*transactions.Dispute) field) column[r] {
		return column[r]{name, func(t *r) field { return nested[transactions.Dispute]{&t.Dispute, of} }}
	}
	return table[r]{
		name: "transactions", keys: 3,
		seen: func(t *r) *time.Time { return &t.SeenAt },
		columns: []column[r]{
			textColumn("merchant_no", func(t *r) *string { return &t.MerchantNo }),
			textColumn("id", func(t *r) *string { return &t.ID }),
			textColumn("source", func(t *r) *string { return &t.Source }),
			textColumn("terminal", func(t *r) *string { return &t.Terminal }),
			textColumn("channel", func(t *r) *string { return &t.Channel }),
			textColumn("kind", func(t *r) *string { return &t.Kind }),
			textColumn("state", func(t *r) *string { return &t.State }),
			textColumn("resp_code", func(t *r) *string { return &t.RespCode }),
			{"amount_fen", func(t *r) field { return number[int64]{&t.AmountFen} }},
			textColumn("card_kind", func(t *r) *string { return &t.CardKind }),
			textColumn("card_last4", func(t *r) *string { return &t.CardLast4 }),
			textColumn("rrn", func(t *r) *string { return &t.RRN }),
			textColumn("stan", func(t *r) *string { return &t.STAN }),
			textColumn("batch_no", func(t *r) *string { return &t.BatchNo }),
			textColumn("auth_code", func(t *r) *string { return &t.AuthCode }),
			timeColumn("time", func(t *r) *time.Time { return &t.Time }),
			dateColumn("clearing_date", func(t *r) *transactions.Date { return &t.ClearingDate }),
			textColumn("orig_id", func(t *r) *string { return &t.OrigID }),
			textColumn("settle_id", func(t *r) *string { return &t.SettleID }),
			textColumn("risk", func(t *r) *string { return &t.Risk }),
			textColumn("refund_state", func(t *r) *string { return &t.RefundState }),
			reversal("reversal_state", func(v *transactions.Reversal) field { return text{&v.State} }),
			reversal("reversal_reason", func(v *transactions.Reversal) field { return text{&v.Reason} }),
			reversal("reversal_time", func(v *transactions.Reversal) field { return instant{&v.Time} }),
			dispute("dispute_state", func(v *transactions.Dispute) field { return text{&v.State} }),
			dispute("dispute_reason", func(v *transactions.Dispute) field { return text{&v.Reason} }),
			dispute("dispute_due", func(v *transactions.Dispute) field { return day{&v.DocsDue} }),
			textColumn("payer_ref", func(t *r) *string { return &t.PayerRef }),
		},
	}
}

func settlementTable() table[transactions.Settlement] {
	type r = transactions.Settlement
	return table[r]{
		name: "settlements", keys: 2,
		seen: func(b *r) *time.Time { return &b.SeenAt },
		columns: []column[r]{
			textColumn("merchant_no", func(b *r) *string { return &b.MerchantNo }),
			textColumn("id", func(b *r) *string { return &b.ID }),
			textColumn("cycle", func(b *r) *string { return &b.Cycle }),
			textColumn("state", func(b *r) *string { return &b.State }),
			fenColumn("gross_fen", func(b *r) **int64 { return &b.GrossFen }),
			fenColumn("fee_fen", func(b *r) **int64 { return &b.FeeFen }),
			fenColumn("surcharge_fen", func(b *r) **int64 { return &b.SurchargeFen }),
			fenColumn("refund_offset_fen", func(b *r) **int64 { return &b.RefundOffsetFen }),
			fenColumn("dispute_offset_fen", func(b *r) **int64 { return &b.DisputeOffsetFen }),
			fenColumn("adjust_fen", func(b *r) **int64 { return &b.AdjustFen }),
			fenColumn("net_fen", func(b *r) **int64 { return &b.NetFen }),
			dateColumn("clearing_date", func(b *r) *transactions.Date { return &b.ClearingDate }),
			dateColumn("due_date", func(b *r) *transactions.Date { return &b.DueDate }),
			timeColumn("paid_at", func(b *r) *time.Time { return &b.PaidAt }),
			timeColumn("returned_at", func(b *r) *time.Time { return &b.ReturnedAt }),
			textColumn("bank_ref", func(b *r) *string { return &b.BankRef }),
			textColumn("account_last4", func(b *r) *string { return &b.AccountLast4 }),
			textColumn("fail_code", func(b *r) *string { return &b.FailCode }),
			textColumn("fail_reason", func(b *r) *string { return &b.FailReason }),
			listColumn("transaction_ids", func(b *r) *[]string { return &b.TransactionIDs }),
			textColumn("risk", func(b *r) *string { return &b.Risk }),
			listColumn("docs", func(b *r) *[]string { return &b.Docs }),
			dateColumn("docs_due", func(b *r) *transactions.Date { return &b.DocsDue }),
			{"attempt", func(b *r) field { return number[int]{&b.Attempt} }},
			textColumn("next_id", func(b *r) *string { return &b.NextID }),
		},
	}
}
