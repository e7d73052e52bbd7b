package unionpay

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// Settings of an entry of ledger.sources with kind unionpay.
type Settings struct {
	BaseURL    string `yaml:"base_url"`
	PrivateKey string `yaml:"private_key" secret:"yes"`
	// SignCert is the own certificate: its serial number is certId.
	SignCert string `yaml:"sign_cert" file:"yes"`
	// RootCerts are those that vouch for UnionPay's (acp_root, acp_middle).
	RootCerts string `yaml:"root_certs" file:"yes"`
	// Signer is who must have signed: the third part of the certificate's name.
	Signer string `yaml:"signer"`
	// AccessType: 0 merchant, 1 acquirer, 2 platform.
	AccessType string `yaml:"access_type"`
	AcqInsCode string `yaml:"acq_ins_code"`
	// NotFoundCodes are the respCodes that mean that there is no such
	// transaction, beside the words that say so.
	NotFoundCodes []string `yaml:"not_found_codes"`
	MaxOrders     int      `yaml:"max_orders"`
	// CheckMerID is whom doctor asks about.
	CheckMerID string `yaml:"check_mer_id"`
}

// Kind of sources that ask UnionPay.
func Kind() sources.Kind {
	return sources.NewKind(Name, Settings{
		BaseURL: "https://gateway.95516.com", Signer: "中国银联股份有限公司", AccessType: "0", NotFoundCodes: []string{"34"}, MaxOrders: 20,
	}, check, build)
}

func check(s Settings) []error {
	var bad []error
	say := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	if u, err := url.Parse(s.BaseURL); err != nil || sources.CheckURL(u) != nil {
		say("base_url: write https://gateway.95516.com, for tests https://gateway.test.95516.com")
	}
	key, err := sources.ParsePrivateKey(s.PrivateKey)
	if err != nil {
		say("private_key: write the private key of the signing certificate as PEM, or its path into private_key_file: %w", err)
	}
	own, _, err := s.certificates()
	switch {
	case err != nil:
		bad = append(bad, err)
	case key != nil && !key.PublicKey.Equal(own.PublicKey):
		say("sign_cert: it is not the certificate of private_key")
	}
	if s.Signer == "" {
		say("signer: write 中国银联股份有限公司, or nothing")
	}
	if s.AccessType != "0" && s.AccessType != "1" && s.AccessType != "2" {
		say("access_type %q: write 0 (merchant), 1 (acquirer) or 2 (platform)", s.AccessType)
	}
	if s.AcqInsCode == "" && s.AccessType == "1" {
		say("acq_ins_code: write the acquirer's institution code")
	}
	for _, code := range s.NotFoundCodes {
		if code == good {
			say("not_found_codes: 00 means that the transaction was found")
		}
	}
	if s.MaxOrders < 1 || s.MaxOrders > 200 {
		say("max_orders %d: between 1 and 200", s.MaxOrders)
	}
	if !wire.Plain(s.CheckMerID, 15, 15) {
		say("check_mer_id: write one merchant number of 15 digits, for doctor's question")
	}
	return bad
}

// certificates are the own one and the pool of those that vouch.
func (s Settings) certificates() (own *x509.Certificate, roots *x509.CertPool, err error) {
	block, _ := pem.Decode([]byte(s.SignCert))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, nil, errors.New("sign_cert: write the own certificate as PEM, or its path into sign_cert_file")
	}
	if own, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, nil, errors.New("sign_cert: it cannot be read")
	}
	roots = x509.NewCertPool()
	if strings.TrimSpace(s.RootCerts) == "" || !roots.AppendCertsFromPEM([]byte(s.RootCerts)) {
		return nil, nil, errors.New("root_certs: write acp_root.cer and acp_middle.cer as PEM, one after the other, or their path into root_certs_file")
	}
	return own, roots, nil
}
