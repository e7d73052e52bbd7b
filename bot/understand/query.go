// Package understand turns one merchant sentence into a Query: intent,
// amounts, times, references, brand, symptoms. It is pure and deterministic:
// the same text, context and instant give the same Query, without I/O, clock
// or global state.
package understand

import "time"

// Query is what one message says, in the field names of the contract
// (docs/contract.md, section 5). The zero value of a field means "not said".
type Query struct {
	// Text is the input with sensitive spans cut out (each replaced by a tag
	// such as 【卡号已隐藏】); it is the only form that may be stored or logged.
	Text string `json:"text"`
	// Intent is the first of Intents that the policy acts on; "other" when
	// nothing was recognised.
	Intent Intent `json:"intent"`
	// Intents lists every intent in order of mention.
	Intents []Intent `json:"intents,omitempty"`
	Amounts []Amount `json:"amounts,omitempty"`
	// Time is the transaction's time; nil when none was said. Times holds all
	// mentions in order when there are several.
	Time  *Span  `json:"time,omitempty"`
	Times []Span `json:"times,omitempty"`
	// CardLast4 is the tail of the payer's card.
	CardLast4 string `json:"card_last4,omitempty"`
	// AccountLast4 is the tail of the merchant's own settlement account, told
	// apart by its words (结算卡, 收款卡, 我的卡).
	AccountLast4 string `json:"account_last4,omitempty"`
	Terminal     string `json:"terminal,omitempty"`
	// Reference is a retrieval reference, trace or order number.
	Reference  string `json:"reference,omitempty"`
	MerchantNo string `json:"merchant_no,omitempty"`
	// Phone is masked (138****1234): it is never needed in clear.
	Phone   string `json:"phone,omitempty"`
	Brand   string `json:"brand,omitempty"`
	Channel string `json:"channel,omitempty"` // CARD WECHAT ALIPAY UNIONPAY_QR
	// Channels holds all channels named when there are several (微信支付宝都没到).
	// For a sum it is also every channel of a code (扫码) and ECNY alone; Channel
	// is empty then.
	Channels  []string  `json:"channels,omitempty"`
	CardClass string    `json:"card_class,omitempty"` // I II III
	Settle    string    `json:"settle,omitempty"`     // D0 D1 T0 T1 MANUAL
	RespCode  string    `json:"resp_code,omitempty"`  // a response code shown on terminal or slip (显示68)
	Symptoms  []Symptom `json:"symptoms,omitempty"`
	Role      Role      `json:"role"`
	// WantsHuman is a request for a person; asking for a telephone number is
	// not one (rules 5).
	WantsHuman bool    `json:"wants_human"`
	Urgency    Urgency `json:"urgency"`
	// Angry is abuse or threats short of a complaint.
	Angry bool `json:"angry,omitempty"`
	// Complaint is 投诉, 报警, 起诉, 12363, 曝光 as the speaker's own threat.
	Complaint bool `json:"complaint,omitempty"`
	// OthersShop is true when the words say that the transaction belongs to
	// somebody else's shop (我朋友店里的).
	OthersShop bool `json:"others_shop,omitempty"`
	// Together is true when several transactions are asked about as a whole
	// (两笔都没到, 今天的都没到).
	Together bool `json:"together,omitempty"`
	// Disputed is true when the speaker rejects an explanation just given
	// (不是我退的, 我没撤销, 扣得不对).
	Disputed bool `json:"disputed,omitempty"`
	// NotifyMe is 到了告诉我; StopNotify its opposite.
	NotifyMe   bool `json:"notify_me,omitempty"`
	StopNotify bool `json:"stop_notify,omitempty"`
	// Choice is 1-based for 第二个; -1 for 都不是; 0 when nothing was chosen.
	Choice int `json:"choice,omitempty"`
	// Other is 另外一笔, 另一笔: a listed candidate not yet answered.
	Other bool `json:"other,omitempty"`
	// Count is the number of transactions spoken of (三笔); 0 when not said.
	Count int `json:"count,omitempty"`
	// Carried names the fields that were kept from Context.Previous: amounts,
	// time, card_last4, reference, terminal, brand, channel, intent.
	Carried []string `json:"-"`
	// Totals is what a sum is asked of (昨天一共收了多少); "" when none is. Time is
	// then the span it is asked for, nil when none was said.
	Totals Totals `json:"totals,omitempty"`
	// Kinds named: SALE PREAUTH VOID REFUND (预授权, 撤销, 退款); empty otherwise.
	Kinds []string `json:"kinds,omitempty"`
	// Sensitive lists the kinds of data that were cut: PAN CVV PIN EXPIRY
	// SMS_CODE ID_NUMBER.
	Sensitive []string `json:"sensitive,omitempty"`
}

// Totals says what a sum or a number is asked of.
type Totals string

// The closed list of totals.
const (
	TotalSales   Totals = "sales"   // 昨天一共收了多少
	TotalPayouts Totals = "payouts" // 今天到账多少钱
)

// Amount is one sum of money in fen.
type Amount struct {
	Fen    int64 `json:"fen"`
	Count  int   `json:"count"` // how many transactions of this amount; 1 when not said
	Approx bool  `json:"approx"`
	// FromFen and ToFen bound a range (七八千); both 0 when it is none. Fen is
	// then the lower end.
	FromFen int64 `json:"from_fen"`
	ToFen   int64 `json:"to_fen"`
	Total   bool  `json:"total,omitempty"`   // 一共, 总共
	Net     bool  `json:"net,omitempty"`     // 到手, 到了, 只到: what arrived
	Negated bool  `json:"negated,omitempty"` // 不是5000
	// Arrived is true for a sum said to have come already while another is
	// asked about (5000的到了,3000的没到).
	Arrived bool `json:"arrived,omitempty"`
	// Fee is true for a sum said as a fee, a deduction or a shortfall (扣了20,
	// 手续费30, 少了5块): not the amount of a transaction.
	Fee bool `json:"fee,omitempty"`
}

// Precision says how exactly a time was given.
type Precision string

// The closed list of precisions.
const (
	Minute Precision = "minute"
	Hour   Precision = "hour"
	Part   Precision = "part"
	Day    Precision = "day"
	Range  Precision = "range"
)

// Span is a time said: From inclusive, To exclusive, both Asia/Shanghai.
type Span struct {
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Precision Precision `json:"precision"`
	Text      string    `json:"text"`
	// Bare is true for an hour said without a part of day (3点多), which the
	// matcher may try on the other half of the clock.
	Bare bool `json:"-"`
}

// Intent is one of the closed list of the contract, section 5.
type Intent string

// The closed list of intents.
const (
	MissingPayment  Intent = "missing_payment"
	Declined        Intent = "declined"
	UnknownResult   Intent = "unknown_result"
	Fee             Intent = "fee"
	Limit           Intent = "limit"
	Frozen          Intent = "frozen"
	Refund          Intent = "refund"
	DuplicateCharge Intent = "duplicate_charge"
	AccountChange   Intent = "account_change"
	Device          Intent = "device"
	Network         Intent = "network"
	SettlementRule  Intent = "settlement_rule"
	Statement       Intent = "statement"
	Identity        Intent = "identity"
	Human           Intent = "human"
	Complaint       Intent = "complaint"
	Fraud           Intent = "fraud"
	Cashout         Intent = "cashout"
	Thanks          Intent = "thanks"
	Greeting        Intent = "greeting"
	Confirm         Intent = "confirm"
	Deny            Intent = "deny"
	Other           Intent = "other"
)

// Symptom is one of the closed list of rules section 1.
type Symptom string

// The closed list of symptoms.
const (
	PrintedNoRecord Symptom = "printed_no_record"
	PayerDebited    Symptom = "payer_debited"
	NoPrint         Symptom = "no_print"
	DeclinedShown   Symptom = "declined_shown"
	TimeoutShown    Symptom = "timeout_shown"
	PartialArrived  Symptom = "partial_arrived"
	LessArrived     Symptom = "less_arrived"
	TwiceDebited    Symptom = "twice_debited"
	ArrivedThenGone Symptom = "arrived_then_gone"
	BankSaysNone    Symptom = "bank_says_none"
	NoSMS           Symptom = "no_sms"
	DeviceDown      Symptom = "device_down"
	Offline         Symptom = "offline"
	LimitShown      Symptom = "limit_shown"
	FrozenShown     Symptom = "frozen_shown"
	AccountWrong    Symptom = "account_wrong"
	AsksFee         Symptom = "asks_fee"
	AsksWhen        Symptom = "asks_when"
	AsksHumanPhone  Symptom = "asks_human_phone"
)

// Role is who speaks.
type Role string

// The closed list of roles.
const (
	RoleMerchant Role = "merchant"
	RolePayer    Role = "payer"
	RoleClerk    Role = "clerk"
	RoleUnknown  Role = "unknown"
)

// Urgency of the message.
type Urgency string

// The two urgencies.
const (
	UrgencyNormal Urgency = "normal"
	UrgencyHigh   Urgency = "high"
)

// Context is what earlier turns established; the zero value means a fresh
// conversation. It lets "那昨天的呢" keep the amount and "5500" be read as a
// correction.
type Context struct {
	// Offered is the number of choices listed in the bot's last reply; bare
	// numbers up to it are read as a choice.
	Offered int
	// Asked names the fact that the bot asked for last: "amount", "time",
	// "card_last4", "merchant_no", "account_last4"; "" when none.
	Asked string
	// Previous is the last Query that named a transaction; nil when none.
	Previous *Query
}

// Vocabulary extends the built-in gazetteers. The zero value is complete.
type Vocabulary struct {
	// Brands maps a canonical brand, new or built in, to further spellings of
	// it; the name itself is always recognised.
	Brands map[string][]string
	// Channels maps CARD, WECHAT, ALIPAY or UNIONPAY_QR to further words for it.
	Channels map[string][]string
}
