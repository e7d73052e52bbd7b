// Package wire holds what the acquirers' protocols share: RSA signatures,
// exact money and times of answers, and asking for single orders one by one.
package wire

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
)

var errSignature = errors.New("the signature does not fit")

// Sign is base64(RSASSA-PKCS1-v1_5 with SHA-256), as every platform here wants it.
func Sign(key *rsa.PrivateKey, message []byte) (string, error) {
	sum := sha256.Sum256(message)
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("the private key cannot sign")
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// Verify checks such a signature; nil means it fits.
func Verify(key *rsa.PublicKey, message []byte, signature string) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(sig) == 0 {
		return errSignature
	}
	sum := sha256.Sum256(message)
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) != nil {
		return errSignature
	}
	return nil
}
