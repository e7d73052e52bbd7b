package httpjson

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"daozhang/transactions/sources"
)

// signer signs requests; the zero signer does not.
type signer struct {
	kind     string
	secret   []byte
	key      *rsa.PrivateKey
	encoding string
}

func newSigner(s Sign) (signer, error) {
	out := signer{kind: s.Type, secret: []byte(s.Secret), encoding: s.Encoding}
	if s.Type == rsaSHA256 {
		var err error
		if out.key, err = sources.ParsePrivateKey(s.PrivateKey); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (s signer) sign(text string) (string, error) {
	switch s.kind {
	case hmacSHA256:
		return encode(mac(s.secret, text), s.encoding), nil
	case rsaSHA256:
		sum := sha256.Sum256([]byte(text))
		b, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
		if err != nil {
			return "", sources.Fail(sources.KindRefused, "", "the request could not be signed")
		}
		return encode(b, s.encoding), nil
	}
	return "", nil
}

func mac(secret []byte, text string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func encode(b []byte, encoding string) string {
	if encoding == "base64" {
		return base64.StdEncoding.EncodeToString(b)
	}
	return hex.EncodeToString(b)
}

func decodeSignature(s, encoding string) ([]byte, error) {
	if encoding == "base64" {
		return base64.StdEncoding.DecodeString(s) //nolint:wrapcheck // only its presence counts
	}
	return hex.DecodeString(s) //nolint:wrapcheck // only its presence counts
}

// verifier checks answers; with kind "" nothing is checked.
type verifier struct {
	Verify
	key *rsa.PublicKey
}

func newVerifier(v Verify) (verifier, error) {
	out := verifier{Verify: v}
	if out.Tolerance == 0 {
		out.Tolerance = defaultTolerance
	}
	if v.Type == rsaSHA256 {
		var err error
		if out.key, err = sources.ParsePublicKey(v.PublicKey); err != nil {
			return out, err
		}
	}
	return out, nil
}

// verify refuses an answer whose signature is missing, wrong or too old.
func (v verifier) verify(status int, h http.Header, body []byte, sent map[string]string, now time.Time) error {
	if v.Type == "" {
		return nil
	}
	given := h.Get(v.Header)
	if given == "" {
		return sources.Fail(sources.KindSignature, "", "the answer is not signed")
	}
	text, err := expand(v.Text, func(name string) (string, bool) {
		if header, ok := strings.CutPrefix(name, "header."); ok {
			return h.Get(header), true
		}
		switch name {
		case "body":
			return string(body), true
		case "status":
			return strconv.Itoa(status), true
		}
		s, ok := sent[name]
		return s, ok
	}, raw)
	if err != nil {
		return sources.Fail(sources.KindSignature, "", "the text of the signature cannot be made")
	}
	signature, err := decodeSignature(given, v.Encoding)
	if err != nil {
		return sources.Fail(sources.KindSignature, "", "the signature is no %s", v.Encoding)
	}
	good := false
	if v.Type == hmacSHA256 {
		good = hmac.Equal(signature, mac([]byte(v.Secret), text))
	} else {
		sum := sha256.Sum256([]byte(text))
		good = rsa.VerifyPKCS1v15(v.key, crypto.SHA256, sum[:], signature) == nil
	}
	if !good {
		return sources.Fail(sources.KindSignature, "", "the signature of the answer is wrong")
	}
	return v.fresh(h, now)
}

// fresh refuses answers recorded earlier.
func (v verifier) fresh(h http.Header, now time.Time) error {
	if v.TimestampHeader == "" {
		return nil
	}
	n, err := strconv.ParseInt(h.Get(v.TimestampHeader), 10, 64)
	at := time.Unix(n, 0)
	if n > 1<<36 {
		at = time.UnixMilli(n)
	}
	if err != nil || now.Sub(at).Abs() > v.Tolerance {
		return sources.Fail(sources.KindSignature, "", "the time of the answer is missing or too far from ours")
	}
	return nil
}
