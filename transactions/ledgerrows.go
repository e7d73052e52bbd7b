package transactions

import "time"

// TerminalRow is one row of a terminals file: what a terminal last reported.
type TerminalRow struct {
	Terminal      string    `json:"terminal"`
	MerchantNo    string    `json:"merchant_no"`
	Model         string    `json:"model,omitempty"`
	LastSeen      time.Time `json:"last_seen,omitzero"`
	SignedIn      *bool     `json:"signed_in,omitempty"`
	UnsentOffline int       `json:"unsent_offline,omitempty"`
	SeenAt        time.Time `json:"seen_at,omitzero"`
}

// State is the row as it stands in Merchant.TerminalState.
func (t TerminalRow) State() TerminalState {
	return TerminalState{Model: t.Model, LastSeen: t.LastSeen, SignedIn: t.SignedIn, UnsentOffline: t.UnsentOffline}
}

// BindingRow is one row of a bindings file: an operator's own knowledge of
// which WeChat user belongs to which shop.
type BindingRow struct {
	AppID      string `json:"app_id"`
	OpenID     string `json:"openid"`
	MerchantNo string `json:"merchant_no"`
	Role       string `json:"role,omitempty"` // owner manager clerk; "" = owner
	Name       string `json:"name,omitempty"`
}
