package wechatpay

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"

	"daozhang/transactions/sources"
)

// The two ways of being a customer of WeChat Pay.
const (
	Partner = "partner" // a service provider with sub-merchants
	Direct  = "direct"  // one merchant
)

// Settings of an entry of ledger.sources with kind wechatpay.
type Settings struct {
	BaseURL string `yaml:"base_url"`
	Mode    string `yaml:"mode"`
	// MchID is the own merchant number: the provider's (sp_mchid) in partner mode.
	MchID string `yaml:"mchid"`
	// SerialNo of the merchant's API certificate.
	SerialNo   string `yaml:"serial_no"`
	PrivateKey string `yaml:"private_key" secret:"yes"`
	// PublicKeyID and PublicKey are WeChat Pay's key (PUB_KEY_ID_…).
	PublicKeyID string `yaml:"public_key_id"`
	PublicKey   string `yaml:"public_key" file:"yes"`
	// PlatformCerts are platform certificates (PEM, several after each other),
	// instead of or beside the public key.
	PlatformCerts string `yaml:"platform_certs" file:"yes"`
	// MaxOrders bounds the orders asked for in one look-up.
	MaxOrders int `yaml:"max_orders"`
	// BillDays reads the daily bills of look-ups of at most so many days; 0 = never.
	BillDays int `yaml:"bill_days"`
	// CheckMchID is the sub-merchant that doctor asks about in partner mode.
	CheckMchID string `yaml:"check_mchid"`
}

// Kind of sources that ask WeChat Pay.
func Kind() sources.Kind {
	return sources.NewKind(Name, Settings{BaseURL: "https://api.mch.weixin.qq.com", Mode: Partner, MaxOrders: 20}, check, build)
}

func check(s Settings) []error {
	var bad []error
	say := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	if u, err := url.Parse(s.BaseURL); err != nil || sources.CheckURL(u) != nil {
		say("base_url: write https://api.mch.weixin.qq.com or nothing")
	}
	if s.Mode != Partner && s.Mode != Direct {
		say("mode %q: write partner (a service provider) or direct (one merchant)", s.Mode)
	}
	if s.MchID == "" || strings.Trim(s.MchID, "0123456789") != "" {
		say("mchid: write the own merchant number, digits only")
	}
	if s.SerialNo == "" {
		say("serial_no: write the serial number of the merchant API certificate")
	}
	if _, err := sources.ParsePrivateKey(s.PrivateKey); err != nil {
		say("private_key: write the text of apiclient_key.pem, or its path into private_key_file: %w", err)
	}
	if _, err := s.verifier(); err != nil {
		bad = append(bad, err)
	}
	if s.MaxOrders < 1 || s.MaxOrders > 200 {
		say("max_orders %d: between 1 and 200", s.MaxOrders)
	}
	if s.BillDays < 0 || s.BillDays > 31 {
		say("bill_days %d: between 0 (never) and 31", s.BillDays)
	}
	return bad
}

// verifier checks answers by the public key, by platform certificates or,
// while an account changes over, by both.
func (s Settings) verifier() (auth.Verifier, error) {
	var key *rsa.PublicKey
	if s.PublicKey != "" {
		var err error
		if key, err = sources.ParsePublicKey(s.PublicKey); err != nil {
			return nil, fmt.Errorf("public_key: write the text of pub_key.pem, or its path into public_key_file: %w", err)
		}
		if s.PublicKeyID == "" {
			return nil, errors.New("public_key_id: write the number that begins with PUB_KEY_ID_")
		}
	}
	certs, err := certificates(s.PlatformCerts)
	switch {
	case err != nil:
		return nil, err
	case key != nil && len(certs) > 0:
		return verifiers.NewSHA256WithRSACombinedVerifier(core.NewCertificateMapWithList(certs), s.PublicKeyID, *key), nil
	case key != nil:
		return verifiers.NewSHA256WithRSAPubkeyVerifier(s.PublicKeyID, *key), nil
	case len(certs) > 0:
		return verifiers.NewSHA256WithRSAVerifier(core.NewCertificateMapWithList(certs)), nil
	}
	return nil, errors.New("public_key: write the public key of WeChat Pay (or platform_certs); without it no answer can be believed")
}

func certificates(text string) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("platform_certs: a block is no certificate")
		}
		if _, ok := c.PublicKey.(*rsa.PublicKey); !ok {
			return nil, errors.New("platform_certs: a certificate has no RSA key")
		}
		out = append(out, c)
	}
	if strings.TrimSpace(text) != "" && len(out) == 0 {
		return nil, errors.New("platform_certs: write the PEM text of the platform certificates")
	}
	return out, nil
}
