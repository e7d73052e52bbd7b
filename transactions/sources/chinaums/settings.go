package chinaums

import (
	"fmt"
	"net/url"
	"strings"

	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// The interfaces of 银联商务 that are asked.
const (
	Netpay  = "netpay"  // orders made online: H5, mini programme, public account
	Poslink = "poslink" // payment codes scanned at the till
)

// Settings of an entry of ledger.sources with kind chinaums.
type Settings struct {
	BaseURL string `yaml:"base_url"`
	Product string `yaml:"product"`
	AppID   string `yaml:"app_id"`
	AppKey  string `yaml:"app_key" secret:"yes"`
	// InstMid is the business of netpay orders: H5DEFAULT, MINIDEFAULT, YUEDANDEFAULT, QRPAYDEFAULT …
	InstMid string `yaml:"inst_mid"`
	// PoslinkPath of the version that the merchant was given.
	PoslinkPath string `yaml:"poslink_path"`
	// RequireSignature refuses answers without a signature.
	RequireSignature bool `yaml:"require_signature"`
	MaxOrders        int  `yaml:"max_orders"`
	// CheckMid and CheckTid are whom doctor asks about: a question without a
	// merchant would be refused, whatever its signature.
	CheckMid string `yaml:"check_mid"`
	CheckTid string `yaml:"check_tid"`
}

// Kind of sources that ask 银联商务.
func Kind() sources.Kind {
	return sources.NewKind(Name, Settings{
		BaseURL: "https://api-mop.chinaums.com", Product: Netpay, InstMid: "QRPAYDEFAULT", PoslinkPath: "/v2/poslink/transaction/query", MaxOrders: 20,
	}, check, build)
}

func check(s Settings) []error {
	var bad []error
	say := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	if u, err := url.Parse(s.BaseURL); err != nil || sources.CheckURL(u) != nil {
		say("base_url: write https://api-mop.chinaums.com, for tests https://test-api-open.chinaums.com")
	}
	if !wire.Plain(s.AppID, 1, 64) {
		say("app_id: write the AppId of the open platform")
	}
	if s.AppKey == "" {
		say("app_key: write the AppKey of the open platform, or its path into app_key_file")
	}
	switch s.Product {
	case Netpay:
		if !wire.Plain(s.InstMid, 1, 32) {
			say("inst_mid: write the business of the orders, for example QRPAYDEFAULT")
		}
	case Poslink:
		if !strings.HasPrefix(s.PoslinkPath, "/") {
			say("poslink_path: write /v2/poslink/transaction/query, or the version that was given")
		}
	default:
		say("product %q: write netpay (orders made online) or poslink (payment codes scanned at the till)", s.Product)
	}
	if !wire.Plain(s.CheckMid, 1, 32) || !wire.Plain(s.CheckTid, 1, 32) {
		say("check_mid, check_tid: write one merchant and terminal, for doctor's question")
	}
	if s.MaxOrders < 1 || s.MaxOrders > 200 {
		say("max_orders %d: between 1 and 200", s.MaxOrders)
	}
	return bad
}
