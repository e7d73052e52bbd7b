package unionpay

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"maps"
	"slices"
	"strings"

	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// digest is what is signed: the hexadecimal SHA-256 of k=v&… in ASCII order,
// without the signature itself.
func digest(fields map[string]string) []byte {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		if k == "signature" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(k + "=" + fields[k])
	}
	sum := sha256.Sum256([]byte(b.String()))
	return []byte(hex.EncodeToString(sum[:]))
}

// maxFields of an answer: the longest of the interface has about forty.
const maxFields = 200

// parse reads k=v&k=v as the gateway writes it: nothing is escaped, and a value
// in braces or brackets may hold the same again.
func parse(text []byte) (map[string]string, error) {
	fields := map[string]string{}
	add := func(part string) error {
		k, v, ok := strings.Cut(part, "=")
		if _, twice := fields[k]; !ok || k == "" || twice || len(fields) == maxFields {
			return errors.New("no list of fields")
		}
		fields[k] = v
		return nil
	}
	s, depth, from := strings.TrimSpace(string(text)), 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '&':
			if depth > 0 {
				continue
			}
			if err := add(s[from:i]); err != nil {
				return nil, err
			}
			from = i + 1
		}
	}
	return fields, add(s[from:])
}

// believe checks that the answer is signed by a certificate of UnionPay that a
// configured certificate vouches for.
func (c *connector) believe(a map[string]string) error {
	forged := func(why string) error { return sources.Fail(sources.KindSignature, "", "%s", why) }
	block, _ := pem.Decode([]byte(a["signPubKeyCert"]))
	if block == nil {
		return forged("the answer carries no certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return forged("the certificate of the answer cannot be read")
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: c.roots, CurrentTime: c.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return forged("no certificate of root_certs vouches for that of the answer, or it has run out")
	}
	if !named(cert.Subject.CommonName, c.s.Signer) {
		return forged("the certificate of the answer is not UnionPay's")
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || wire.Verify(key, digest(a), a["signature"]) != nil {
		return forged("the signature of the answer does not fit")
	}
	return nil
}

// named reports whether the third part of a common name (CFCA@…@name@…) is the
// signer's. The same authority certifies merchants, so the name decides.
func named(cn, signer string) bool {
	parts := strings.Split(cn, "@")
	return cn == signer || len(parts) > 2 && parts[2] == signer
}
