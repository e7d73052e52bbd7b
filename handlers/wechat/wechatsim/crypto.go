package wechatsim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the platform's signature
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The message crypto of the platform, written from its description
// (wechat.md B7), independent of the SDK.

const padBlock = 32 // PKCS#7 block, not the cipher's

func decodeKey(encoded string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(encoded + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("EncodingAESKey must be 43 characters of base64")
	}
	return key, nil
}

// sign is the hex SHA-1 of the sorted parts.
func sign(parts ...string) string {
	sorted := slices.Sorted(slices.Values(parts))
	sum := sha1.Sum([]byte(strings.Join(sorted, ""))) //nolint:gosec // the platform's signature
	return hex.EncodeToString(sum[:])
}

// encrypt gives the Encrypt element for a message; random has 16 bytes.
func encrypt(key, random []byte, msg, appID string) (string, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fmt.Errorf("message key: %w", err)
	}
	var b bytes.Buffer
	b.Write(random[:16])
	_ = binary.Write(&b, binary.BigEndian, uint32(len(msg))) //nolint:gosec // messages are small; a buffer never fails
	b.WriteString(msg)
	b.WriteString(appID)
	pad := padBlock - b.Len()%padBlock
	b.Write(bytes.Repeat([]byte{byte(pad)}, pad))
	out := b.Bytes()
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(out, out)
	return base64.StdEncoding.EncodeToString(out), nil
}

// decrypt opens an Encrypt element and checks the AppID in it.
func decrypt(key []byte, encrypted, appID string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(raw) == 0 || len(raw)%padBlock != 0 {
		return "", errors.New("the Encrypt element is not base64 of whole blocks")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fmt.Errorf("message key: %w", err)
	}
	cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(raw, raw)
	pad := int(raw[len(raw)-1])
	if pad < 1 || pad > padBlock || len(raw)-pad < 20 {
		return "", errors.New("wrong padding")
	}
	raw = raw[:len(raw)-pad]
	n := int(binary.BigEndian.Uint32(raw[16:20]))
	if n > len(raw)-20 {
		return "", errors.New("wrong length")
	}
	if string(raw[20+n:]) != appID {
		return "", errors.New("AppID does not match")
	}
	return string(raw[20 : 20+n]), nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func randomHex(n int) string { return hex.EncodeToString(randomBytes(n)) }
