package bot

import (
	"encoding/json"

	"daozhang/transactions"
)

// MarshalJSON writes the contract's form (section 4): due is null when no date
// is promised, lists are never null.
func (d Decision) MarshalJSON() ([]byte, error) {
	type plain Decision // without this method
	out := struct {
		plain
		Transactions []string           `json:"transactions"`
		Due          *transactions.Date `json:"due"`
		Articles     []string           `json:"articles"`
	}{plain: plain(d), Transactions: d.Transactions, Articles: d.Articles}
	if !d.Due.IsZero() {
		out.Due = &d.Due
	}
	if out.Transactions == nil {
		out.Transactions = []string{}
	}
	if out.Articles == nil {
		out.Articles = []string{}
	}
	return json.Marshal(out)
}
