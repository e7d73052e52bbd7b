package sources

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
)

// minRSA is the shortest modulus that is accepted, bits.
const minRSA = 2048

var (
	errPrivateKey = errors.New("no RSA private key (PKCS#1 or PKCS#8, PEM or the Base64 of one line, 2048 bits at least)")
	errPublicKey  = errors.New("no RSA public key or certificate (PEM or the Base64 of one line, 2048 bits at least)")
)

// ParsePrivateKey reads an RSA private key as payment platforms hand it out:
// PEM or bare Base64, PKCS#8 or PKCS#1. The error never repeats the text.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	der, ok := keyBytes(text)
	if !ok {
		return nil, errPrivateKey
	}
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if r, ok := k.(*rsa.PrivateKey); ok && r.N.BitLen() >= minRSA {
			return r, nil
		}
		return nil, errPrivateKey
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil && k.N.BitLen() >= minRSA {
		return k, nil
	}
	return nil, errPrivateKey
}

// ParsePublicKey reads an RSA public key or the one in a certificate.
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	der, ok := keyBytes(text)
	if !ok {
		return nil, errPublicKey
	}
	var key any
	if k, err := x509.ParsePKIXPublicKey(der); err == nil {
		key = k
	} else if k, err := x509.ParsePKCS1PublicKey(der); err == nil {
		key = k
	} else if c, err := x509.ParseCertificate(der); err == nil {
		key = c.PublicKey
	}
	if r, ok := key.(*rsa.PublicKey); ok && r.N.BitLen() >= minRSA {
		return r, nil
	}
	return nil, errPublicKey
}

func keyBytes(text string) ([]byte, bool) {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes, true
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	return der, err == nil && len(der) > 0
}
