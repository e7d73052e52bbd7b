// Package transactions is the unified model of merchants, card and QR
// transactions and their settlements, the settlement calendar and the fee and
// date arithmetic. It is pure: standard library only, no I/O and no clock.
//
// Money is int64 fen. A pointer to money or a zero time.Time means "unknown",
// which is never the same as zero. Times are Asia/Shanghai (Shanghai).
// JSON names are those of docs/contract.md sections 4 and 7.
package transactions

import "time"

// Shanghai is the zone of every time in the model: China has one zone and no
// daylight saving, so a fixed offset needs no time zone database.
var Shanghai = time.FixedZone("CST", 8*60*60) //nolint:gochecknoglobals // read-only

// Merchant is one shop under one merchant number.
type Merchant struct {
	MerchantNo   string   `json:"merchant_no"`
	Acquirer     string   `json:"acquirer,omitempty"`
	Brand        string   `json:"brand,omitempty"`
	Name         string   `json:"name,omitempty"`
	Status       string   `json:"status,omitempty"` // NORMAL LIMITED PENDING_DOCS FROZEN CLOSED
	StatusReason string   `json:"status_reason,omitempty"`
	DocsRequired []string `json:"docs_required,omitempty"`
	DocsDue      Date     `json:"docs_due,omitzero"`
	Cycle        string   `json:"cycle,omitempty"` // T1 D1 D0 T0 MANUAL
	// FallbackCycle pays what D0 could not.
	FallbackCycle string   `json:"fallback_cycle,omitempty"`
	Cutoff        string   `json:"cutoff,omitempty"`    // HH:MM; "" = unknown, treated as end of day
	PayoutBy      string   `json:"payout_by,omitempty"` // HH:MM; "" = end of day
	MinSettleFen  *int64   `json:"min_settle_fen,omitempty"`
	Rates         Rates    `json:"rates,omitzero"`
	Account       Account  `json:"account,omitzero"`
	Terminals     []string `json:"terminals,omitempty"`
	// TerminalState is keyed by terminal number.
	TerminalState map[string]TerminalState `json:"terminal_state,omitempty"`
	Phone         string                   `json:"phone,omitempty"` // masked in every output
	OnboardedAt   time.Time                `json:"onboarded_at,omitzero"`
	SeenAt        time.Time                `json:"seen_at,omitzero"`
}

// Rates are the merchant's own contract rates in basis points (1 bp = 0.01 %)
// and fen; nil means unknown.
type Rates struct {
	CreditBP    *int64 `json:"credit_bp,omitempty"`
	DebitBP     *int64 `json:"debit_bp,omitempty"`
	DebitCapFen *int64 `json:"debit_cap_fen,omitempty"`
	QRBP        *int64 `json:"qr_bp,omitempty"`
	D0ExtraFen  *int64 `json:"d0_extra_fen,omitempty"`
}

// Account is the settlement account, never more than its last four digits.
type Account struct {
	Bank      string    `json:"bank,omitempty"`
	Last4     string    `json:"last4,omitempty"`
	Kind      string    `json:"kind,omitempty"`  // PERSONAL CORPORATE
	Class     string    `json:"class,omitempty"` // I II III UNKNOWN (PBOC 银发〔2016〕302号)
	State     string    `json:"state,omitempty"` // NORMAL FROZEN CLOSED DORMANT LOST NAME_MISMATCH UNKNOWN
	ChangedAt time.Time `json:"changed_at,omitzero"`
	PrevLast4 string    `json:"prev_last4,omitempty"`
}

// TerminalState is what a terminal last reported.
type TerminalState struct {
	Model         string    `json:"model,omitempty"`
	LastSeen      time.Time `json:"last_seen,omitzero"`
	SignedIn      *bool     `json:"signed_in,omitempty"`
	UnsentOffline int       `json:"unsent_offline,omitempty"`
}

// Transaction is one row of the acquirer's transaction list.
type Transaction struct {
	ID           string    `json:"id"`
	Source       string    `json:"source,omitempty"` // "file" when not given
	MerchantNo   string    `json:"merchant_no"`
	Terminal     string    `json:"terminal,omitempty"`
	Channel      string    `json:"channel,omitempty"` // CARD WECHAT ALIPAY UNIONPAY_QR ECNY
	Kind         string    `json:"kind,omitempty"`    // SALE PREAUTH PREAUTH_COMPLETE PREAUTH_CANCEL VOID REFUND; "" = SALE
	State        string    `json:"state"`             // PENDING SUCCESS FAILED UNKNOWN REVERSED VOIDED CLOSED
	RespCode     string    `json:"resp_code,omitempty"`
	AmountFen    int64     `json:"amount_fen"`
	CardKind     string    `json:"card_kind,omitempty"` // CREDIT DEBIT
	CardLast4    string    `json:"card_last4,omitempty"`
	RRN          string    `json:"rrn,omitempty"`
	STAN         string    `json:"stan,omitempty"`
	BatchNo      string    `json:"batch_no,omitempty"`
	AuthCode     string    `json:"auth_code,omitempty"`
	Time         time.Time `json:"time"`
	ClearingDate Date      `json:"clearing_date,omitzero"`
	OrigID       string    `json:"orig_id,omitempty"`
	SettleID     string    `json:"settle_id,omitempty"`
	Risk         string    `json:"risk,omitempty"`         // NONE HOLD RETRIEVAL RELEASED REFUSED
	RefundState  string    `json:"refund_state,omitempty"` // NONE ACCEPTED PART_REFUNDED REFUNDED FAILED
	Reversal     *Reversal `json:"reversal,omitempty"`
	Dispute      *Dispute  `json:"dispute,omitempty"`
	// PayerRef is a keyed hash or the platform's payer reference of a QR sale.
	PayerRef string    `json:"payer_ref,omitempty"`
	SeenAt   time.Time `json:"seen_at,omitzero"`
}

// Reversal of a transaction (冲正).
type Reversal struct {
	State  string    `json:"state"` // PENDING SUCCESS FAILED
	Reason string    `json:"reason,omitempty"`
	Time   time.Time `json:"time,omitzero"`
}

// Dispute of a transaction (拒付, 调单).
type Dispute struct {
	State   string `json:"state"` // CHARGEBACK RETRIEVAL WON LOST
	Reason  string `json:"reason,omitempty"`
	DocsDue Date   `json:"docs_due,omitzero"`
}

// Settlement is one payout to the merchant, for one or several transactions. A
// source may tell a state that its table does not list: State is then UNKNOWN,
// which no file may say, and FailCode the source's own word.
type Settlement struct {
	ID               string    `json:"id"`
	MerchantNo       string    `json:"merchant_no,omitempty"`
	TransactionIDs   []string  `json:"transaction_ids,omitempty"`
	State            string    `json:"state"` // WAITING BELOW_MIN SCHEDULED PROCESSING D0_FAILED HELD PAID REJECTED RETURNED OFFSET
	Cycle            string    `json:"cycle,omitempty"`
	GrossFen         *int64    `json:"gross_fen,omitempty"`
	FeeFen           *int64    `json:"fee_fen,omitempty"`
	SurchargeFen     *int64    `json:"surcharge_fen,omitempty"`
	RefundOffsetFen  *int64    `json:"refund_offset_fen,omitempty"`
	DisputeOffsetFen *int64    `json:"dispute_offset_fen,omitempty"`
	AdjustFen        *int64    `json:"adjust_fen,omitempty"`
	NetFen           *int64    `json:"net_fen,omitempty"`
	ClearingDate     Date      `json:"clearing_date,omitzero"`
	DueDate          Date      `json:"due_date,omitzero"`
	PaidAt           time.Time `json:"paid_at,omitzero"`
	ReturnedAt       time.Time `json:"returned_at,omitzero"`
	BankRef          string    `json:"bank_ref,omitempty"`
	AccountLast4     string    `json:"account_last4,omitempty"`
	FailCode         string    `json:"fail_code,omitempty"`
	FailReason       string    `json:"fail_reason,omitempty"`
	Risk             string    `json:"risk,omitempty"`
	Docs             []string  `json:"docs,omitempty"`
	DocsDue          Date      `json:"docs_due,omitzero"`
	Attempt          int       `json:"attempt,omitempty"`
	NextID           string    `json:"next_id,omitempty"`
	SeenAt           time.Time `json:"seen_at,omitzero"`
}

// Notice is a published announcement: what the bot says while it holds.
type Notice struct {
	ID    int64     `json:"id,omitempty,string"`
	Brand string    `json:"brand,omitempty"` // "" = every brand
	Title string    `json:"title"`
	Text  string    `json:"text"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}
