package huifu

import (
	"fmt"
	"net/url"

	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// Settings of an entry of ledger.sources with kind huifu.
type Settings struct {
	BaseURL string `yaml:"base_url"`
	// SysID is the caller's huifu_id, ProductID what 汇付 gave with it.
	SysID      string `yaml:"sys_id"`
	ProductID  string `yaml:"product_id"`
	PrivateKey string `yaml:"private_key" secret:"yes"`
	// PublicKey is 汇付's.
	PublicKey string `yaml:"public_key" file:"yes"`
	MaxOrders int    `yaml:"max_orders"`
	// Settlements asks for payouts too.
	Settlements bool `yaml:"settlements"`
	// CheckHuifuID is the merchant that doctor asks about; "" = SysID.
	CheckHuifuID string `yaml:"check_huifu_id"`
}

// Kind of sources that ask 汇付.
func Kind() sources.Kind {
	return sources.NewKind(Name, Settings{BaseURL: "https://api.huifu.com", MaxOrders: 20, Settlements: true}, check, build)
}

func check(s Settings) []error {
	var bad []error
	say := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	if u, err := url.Parse(s.BaseURL); err != nil || sources.CheckURL(u) != nil {
		say("base_url: write https://api.huifu.com or nothing")
	}
	if !wire.Plain(s.SysID, 1, 32) {
		say("sys_id: write the caller's huifu_id, it begins with 6666")
	}
	if !wire.Plain(s.ProductID, 1, 32) {
		say("product_id: write the product number that 汇付 gave")
	}
	if _, err := sources.ParsePrivateKey(s.PrivateKey); err != nil {
		say("private_key: write the merchant's private key, or its path into private_key_file: %w", err)
	}
	if _, err := sources.ParsePublicKey(s.PublicKey); err != nil {
		say("public_key: write 汇付's public key, or its path into public_key_file: %w", err)
	}
	if s.MaxOrders < 1 || s.MaxOrders > 200 {
		say("max_orders %d: between 1 and 200", s.MaxOrders)
	}
	return bad
}
