package alipay

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	sdk "github.com/smartwalle/alipay/v3"

	"daozhang/transactions"
	"daozhang/transactions/sources"
)

// Settings of an entry of ledger.sources with kind alipay.
type Settings struct {
	BaseURL    string `yaml:"base_url"`
	AppID      string `yaml:"app_id"`
	PrivateKey string `yaml:"private_key" secret:"yes"`
	// AlipayPublicKey verifies answers; or the three certificates do.
	AlipayPublicKey string `yaml:"alipay_public_key" file:"yes"`
	AppCert         string `yaml:"app_cert" file:"yes"`
	AlipayCert      string `yaml:"alipay_cert" file:"yes"`
	RootCert        string `yaml:"root_cert" file:"yes"`
	// SellerID is the account (2088…) that this source is asked about.
	SellerID string `yaml:"seller_id"`
	// AppAuthToken is the account's permission for a third-party application.
	AppAuthToken string `yaml:"app_auth_token" secret:"yes"`
	// SubMerchants "indirect" is for acquirers: each merchant is a sub-merchant
	// (SMID), and an answer must name it. "" = one account.
	SubMerchants string `yaml:"sub_merchants"`
	// OrgPID of the acquirer, for indirect.
	OrgPID    string `yaml:"org_pid"`
	MaxOrders int    `yaml:"max_orders"`
	// BillDays reads the newest so many daily bills of a look-up; 0 = none.
	BillDays int `yaml:"bill_days"`
}

// indirect is the word of SubMerchants.
const indirect = "indirect"

// Kind of sources that ask Alipay.
func Kind() sources.Kind {
	return sources.NewKind(Name, Settings{BaseURL: "https://openapi.alipay.com/gateway.do", MaxOrders: 20}, check, build)
}

func check(s Settings) []error {
	var bad []error
	say := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	if u, err := url.Parse(s.BaseURL); err != nil || sources.CheckURL(u) != nil || u.RawQuery != "" {
		say("base_url: write https://openapi.alipay.com/gateway.do or nothing")
	}
	if s.AppID == "" || strings.Trim(s.AppID, "0123456789") != "" {
		say("app_id: write the number of the application, digits only")
	}
	if _, err := sources.ParsePrivateKey(s.PrivateKey); err != nil {
		say("private_key: write the application's private key, or its path into private_key_file: %w", err)
	} else if _, err := s.client(newHTTP()); err != nil {
		bad = append(bad, err)
	}
	switch s.SubMerchants {
	case "":
		if s.SellerID == "" || strings.Trim(s.SellerID, "0123456789") != "" {
			say("seller_id: write the account's number, it begins with 2088")
		}
	case indirect:
	default:
		say("sub_merchants %q: write indirect, or nothing for one account", s.SubMerchants)
	}
	if s.MaxOrders < 1 || s.MaxOrders > 200 {
		say("max_orders %d: between 1 and 200", s.MaxOrders)
	}
	if s.BillDays < 0 || s.BillDays > 31 {
		say("bill_days %d: between 0 (never) and 31", s.BillDays)
	}
	if s.BillDays > 0 && s.SubMerchants == indirect {
		say("bill_days: a bill is of one account and does not name sub-merchants; with sub_merchants leave it out")
	}
	return bad
}

// client is the SDK's, told to trust the configured keys only: its "production"
// client would fetch an unknown certificate from whoever answers.
func (s Settings) client(plain *http.Client) (*sdk.Client, error) {
	client, err := sdk.New(s.AppID, strings.TrimSpace(s.PrivateKey), false,
		sdk.WithSandboxGateway(s.BaseURL), sdk.WithTimeLocation(transactions.Shanghai), sdk.WithHTTPClient(plain))
	if err != nil {
		return nil, errors.New("private_key: this is no RSA private key")
	}
	if s.AlipayCert == "" && s.AppCert == "" && s.RootCert == "" {
		if _, err := sources.ParsePublicKey(s.AlipayPublicKey); err != nil {
			return nil, fmt.Errorf("alipay_public_key: write Alipay's public key (not the application's), or app_cert, alipay_cert and root_cert: %w", err)
		}
		if client.LoadAliPayPublicKey(strings.TrimSpace(s.AlipayPublicKey)) != nil {
			return nil, errors.New("alipay_public_key: this is no RSA public key")
		}
		return client, nil
	}
	if s.AlipayPublicKey != "" {
		return nil, errors.New("alipay_public_key: with certificates, leave it out")
	}
	if s.AppCert == "" || client.LoadAppCertPublicKey(s.AppCert) != nil {
		return nil, errors.New("app_cert: write the text of appCertPublicKey_….crt")
	}
	if _, err := sources.ParsePublicKey(s.AlipayCert); err != nil || client.LoadAlipayCertPublicKey(s.AlipayCert) != nil {
		return nil, errors.New("alipay_cert: write the text of alipayCertPublicKey_RSA2.crt")
	}
	if s.RootCert == "" || client.LoadAliPayRootCert(s.RootCert) != nil {
		return nil, errors.New("root_cert: write the text of alipayRootCert.crt")
	}
	return client, nil
}
