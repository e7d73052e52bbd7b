package lakala

import (
	"fmt"
	"net/url"

	"daozhang/transactions/sources"
)

// Settings of an entry of ledger.sources with kind lakala.
type Settings struct {
	BaseURL string `yaml:"base_url"`
	AppID   string `yaml:"app_id"`
	// SerialNo of the own certificate.
	SerialNo   string `yaml:"serial_no"`
	PrivateKey string `yaml:"private_key" secret:"yes"`
	// PlatformCert is 拉卡拉's certificate or public key.
	PlatformCert string `yaml:"platform_cert" file:"yes"`
	// PlatformSerial pins the certificate's serial number; "" = any.
	PlatformSerial string `yaml:"platform_serial"`
	OutOrgCode     string `yaml:"out_org_code"`
	// NotFoundCodes are the codes that mean that there is no such order, beside
	// the words that say so.
	NotFoundCodes []string `yaml:"not_found_codes"`
	MaxOrders     int      `yaml:"max_orders"`
	// CheckMerchantNo and CheckTermNo are whom doctor asks about.
	CheckMerchantNo string `yaml:"check_merchant_no"`
	CheckTermNo     string `yaml:"check_term_no"`
}

// Kind of sources that ask 拉卡拉.
func Kind() sources.Kind {
	return sources.NewKind(Name, Settings{BaseURL: "https://s2.lakala.com", MaxOrders: 20}, check, build)
}

func check(s Settings) []error {
	var bad []error
	say := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	if u, err := url.Parse(s.BaseURL); err != nil || sources.CheckURL(u) != nil {
		say("base_url: write https://s2.lakala.com, for tests https://test.wsmsd.cn/sit")
	}
	if !wordy(s.AppID) {
		say("app_id: write the appid of the open platform, it begins with OP")
	}
	if !wordy(s.SerialNo) {
		say("serial_no: write the serial number of the own certificate")
	}
	if _, err := sources.ParsePrivateKey(s.PrivateKey); err != nil {
		say("private_key: write the text of api_private_key.pem, or its path into private_key_file: %w", err)
	}
	if _, err := sources.ParsePublicKey(s.PlatformCert); err != nil {
		say("platform_cert: write the text of lkl-apigw-v1.cer, or its path into platform_cert_file: %w", err)
	}
	if s.MaxOrders < 1 || s.MaxOrders > 200 {
		say("max_orders %d: between 1 and 200", s.MaxOrders)
	}
	if (s.CheckMerchantNo == "") != (s.CheckTermNo == "") {
		say("check_term_no: write it together with check_merchant_no")
	}
	return bad
}

// wordy is what may stand between quotes in a header.
func wordy(s string) bool {
	for _, r := range s {
		if r <= ' ' || r > '~' || r == '"' || r == '\\' || r == ',' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
