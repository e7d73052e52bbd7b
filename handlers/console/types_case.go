package console

import (
	"time"

	"daozhang/bot"
	"daozhang/transactions"
)

// CaseRow is one line of a list of cases.
type CaseRow struct {
	ID             ID         `json:"id"`
	Number         int64      `json:"number"`
	ConversationID ID         `json:"conversation_id"`
	ContactID      ID         `json:"contact_id"`
	ContactName    string     `json:"contact_name"`
	Status         bot.Status `json:"status" enum:"waiting,human,bot,closed"`
	Reason         string     `json:"reason"`
	Priority       string     `json:"priority" enum:"normal,high,urgent"`
	Summary        string     `json:"summary"`
	AssigneeID     *ID        `json:"assignee_id"`
	AssigneeName   string     `json:"assignee_name"`
	OpenedAt       time.Time  `json:"opened_at"`
	ExpectedAt     time.Time  `json:"expected_at,omitempty,omitzero"`
	ClaimedAt      time.Time  `json:"claimed_at,omitempty,omitzero"`
	FirstReplyAt   time.Time  `json:"first_reply_at,omitempty,omitzero"`
	ClosedAt       time.Time  `json:"closed_at,omitempty,omitzero"`
	Outcome        string     `json:"outcome"`
	Rating         int64      `json:"rating" doc:"1–5 by the merchant; 0 = none"`
	Overdue        bool       `json:"overdue"`
}

// Case is a case with its card.
type Case struct {
	CaseRow
	Card bot.Card `json:"card"`
}

// CaseList is a page of cases.
type CaseList struct {
	Items      []CaseRow `json:"items"`
	NextCursor string    `json:"next_cursor"`
}

// LedgerView is the look-up panel: the bound shops' sales with their payouts
// and what the rules say of each.
type LedgerView struct {
	Merchants []transactions.Merchant   `json:"merchants" doc:"telephone masked"`
	Sales     []LedgerSale              `json:"sales" doc:"newest first"`
	Payouts   []transactions.Settlement `json:"payouts"`
	Silent    []string                  `json:"silent" doc:"numbers of the shops whose source could not be asked just now: they stand in merchants and no row of theirs is here"`
	AsOf      time.Time                 `json:"as_of,omitempty,omitzero" doc:"when the data was current"`
	Truncated bool                      `json:"truncated"`
	From      time.Time                 `json:"from"`
	To        time.Time                 `json:"to"`
}

// LedgerSale is one transaction with its diagnosis.
type LedgerSale struct {
	Transaction transactions.Transaction `json:"transaction"`
	SettleIDs   []string                 `json:"settle_ids"`
	Diagnosis   *Explained               `json:"diagnosis" doc:"null for rows that are not a sale of their own (void, refund)"`
}

// Explained is what the rules say of one sale now.
type Explained struct {
	TransactionID string            `json:"transaction_id"`
	Cause         string            `json:"cause"`
	Due           transactions.Date `json:"due" doc:"the date that may be promised, empty = none"`
	NetFen        *int64            `json:"net_fen"`
	FeeFen        *int64            `json:"fee_fen"`
	Schedule      []string          `json:"schedule" doc:"the calculation of the date in Chinese"`
	Evidence      []Evidence        `json:"evidence"`
	Doubt         []string          `json:"doubt"`
	Human         bool              `json:"human" doc:"the rules want a human"`
}

// Evidence is one fact behind a cause.
type Evidence struct {
	Row   string `json:"row"`
	Field string `json:"field"`
	Value string `json:"value"`
	Rule  string `json:"rule"`
}

// BindRequest asks to tie a contact to a shop.
type BindRequest struct {
	ID             ID        `json:"id"`
	ContactID      ID        `json:"contact_id"`
	ContactName    string    `json:"contact_name"`
	ConversationID *ID       `json:"conversation_id"`
	MerchantNo     string    `json:"merchant_no"`
	ShopName       string    `json:"shop_name"`
	AccountLast4   string    `json:"account_last4"`
	Matches        bool      `json:"matches" doc:"number and tail agree with the ledger; the contact is never told"`
	BoundContacts  int64     `json:"bound_contacts" doc:"contacts already bound to this shop"`
	Recent         int64     `json:"recent" doc:"requests of this contact in the last 24 h"`
	State          string    `json:"state" enum:"waiting,approved,refused,replaced"`
	DecidedBy      string    `json:"decided_by"`
	DecidedAt      time.Time `json:"decided_at,omitempty,omitzero"`
	Reason         string    `json:"reason"`
	CreatedAt      time.Time `json:"created_at"`
}

// BindRequestList is a page of requests.
type BindRequestList struct {
	Items      []BindRequest `json:"items"`
	NextCursor string        `json:"next_cursor"`
}

// BindCode is a one-time code: the second factor of a binding.
type BindCode struct {
	ID             ID        `json:"id"`
	ContactID      ID        `json:"contact_id"`
	ContactName    string    `json:"contact_name"`
	ConversationID *ID       `json:"conversation_id"`
	MerchantNo     string    `json:"merchant_no"`
	ShopName       string    `json:"shop_name"`
	AccountLast4   string    `json:"account_last4"`
	Phone          string    `json:"phone" doc:"registered, masked; empty = none"`
	Matches        bool      `json:"matches" doc:"number and tail agree with the ledger; the contact is never told"`
	State          string    `json:"state" enum:"queued,sent,failed,silent,used,locked,replaced" doc:"silent: nothing was sent, and the contact cannot tell"`
	Why            string    `json:"why" enum:",no_match,no_phone,merchant_locked,gateway,late" doc:"why no code went out"`
	Wrong          int64     `json:"wrong" doc:"wrong answers"`
	SentAt         time.Time `json:"sent_at,omitempty,omitzero"`
	EndedAt        time.Time `json:"ended_at,omitempty,omitzero"`
	CreatedAt      time.Time `json:"created_at"`
}

// BindCodeList is a page of codes.
type BindCodeList struct {
	Items      []BindCode `json:"items"`
	NextCursor string     `json:"next_cursor"`
}

// BindLock is a contact or a shop that gets no more codes for now.
type BindLock struct {
	Kind    string    `json:"kind" enum:"contact,merchant"`
	Subject string    `json:"subject" doc:"contact id or merchant number"`
	Name    string    `json:"name"`
	Codes   int64     `json:"codes" doc:"codes in the last 24 h"`
	Wrong   int64     `json:"wrong" doc:"wrong answers in the last 24 h"`
	Until   time.Time `json:"until" doc:"at the latest"`
}

// BindLockList is everybody locked now.
type BindLockList struct {
	Items []BindLock `json:"items"`
}

// LiftInput names a lock.
type LiftInput struct {
	Kind    string `json:"kind" enum:"contact,merchant"`
	Subject string `json:"subject" minLength:"1" maxLength:"64"`
	Reason  string `json:"reason" minLength:"1" maxLength:"200" doc:"how the identity was checked"`
}

// BindDecision is the reason of an approval or refusal.
type BindDecision struct {
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"how the identity was checked, or why not; required to refuse"`
	Role   string `json:"role,omitempty" enum:"owner,manager,clerk" doc:"default owner; approve only"`
	// Confirmed must be true to approve a request whose data do not match.
	Confirmed bool `json:"confirmed,omitempty"`
}

// SceneInput makes a binding QR code.
type SceneInput struct {
	MerchantNo string `json:"merchant_no" minLength:"1" maxLength:"64"`
	AppID      string `json:"app_id,omitempty" maxLength:"64" doc:"default: the first account"`
	Role       string `json:"role,omitempty" enum:"owner,manager,clerk" doc:"default owner"`
}

// Scene is a one-time binding QR code.
type Scene struct {
	Token      string    `json:"token" doc:"what the QR code carries"`
	MerchantNo string    `json:"merchant_no"`
	ShopName   string    `json:"shop_name"`
	Role       string    `json:"role"`
	URL        string    `json:"url" doc:"content of the QR code"`
	PictureURL string    `json:"picture_url" doc:"picture of the QR code, where the platform serves one"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// Merchant is a shop in a picker.
type Merchant struct {
	MerchantNo    string `json:"merchant_no"`
	Name          string `json:"name"`
	Brand         string `json:"brand"`
	Status        string `json:"status"`
	BoundContacts int64  `json:"bound_contacts"`
}

// MerchantList is a page of shops.
type MerchantList struct {
	Items      []Merchant `json:"items"`
	NextCursor string     `json:"next_cursor"`
}
