package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// Argon2id parameters (OWASP: m = 19 MiB, t = 2, p = 1). A hash carries its
// own, so that they can be raised later.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
	// hashWait is how long a sign-in waits for its turn.
	hashWait = 3 * time.Second
)

var errBusy = errors.New("too many passwords at once") //nolint:gochecknoglobals // sentinel error

// Hasher makes and checks password hashes, few at a time: each takes 19 MiB.
type Hasher struct{ turns chan struct{} }

// NewHasher lets at most n hashes run at once.
func NewHasher(n int) *Hasher { return &Hasher{turns: make(chan struct{}, max(n, 1))} }

// Hash is the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // crypto/rand.Read never fails
	key, err := h.derive(ctx, password, salt, argonTime, argonMemory, argonThreads, argonKey)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// Verify reports whether a password belongs to a hash. An empty hash takes as
// long as a real one and is always false: the time tells nothing about which
// names exist.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (bool, error) {
	if phc == "" {
		_, err := h.derive(ctx, password, make([]byte, argonSalt), argonTime, argonMemory, argonThreads, argonKey)
		return false, err
	}
	p, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	key, err := h.derive(ctx, password, p.salt, p.time, p.memory, p.threads, uint32(len(p.key)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

// derive waits for its turn, and gives the memory back before it ends it.
func (h *Hasher) derive(ctx context.Context, password string, salt []byte, t, m uint32, p uint8, n uint32) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, errBusy
	}
	defer func() { <-h.turns }()
	key := argon2.IDKey([]byte(password), salt, t, m, p, n)
	debug.FreeOSMemory()
	return key, nil
}

type phc struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

// parsePHC reads $argon2id$v=19$m=…,t=…,p=…$salt$key with bounds, so that a
// damaged row cannot ask for all memory.
func parsePHC(s string) (phc, error) {
	var p phc
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return p, errors.New("password hash: unknown form")
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, errors.New("password hash: unknown version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, fmt.Errorf("password hash: %w", err)
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, fmt.Errorf("password hash: %w", err)
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return p, fmt.Errorf("password hash: %w", err)
	}
	if p.memory > 256*1024 || p.time == 0 || p.time > 16 || p.threads == 0 || len(p.key) < 16 || len(p.key) > 64 || len(p.salt) < 8 {
		return p, errors.New("password hash: parameters out of bounds")
	}
	return p, nil
}

// randomToken is n random bytes, URL-safe.
func randomToken(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// oneTimePassword is easy to read out: four groups of five, no look-alikes,
// about 98 bits.
func oneTimePassword() string {
	const alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
	b := make([]byte, 0, 23)
	for len(b) < 23 {
		if len(b)%6 == 5 {
			b = append(b, '-')
			continue
		}
		var r [1]byte
		_, _ = rand.Read(r[:])
		if int(r[0]) < 256/len(alphabet)*len(alphabet) { // no bias
			b = append(b, alphabet[int(r[0])%len(alphabet)])
		}
	}
	return string(b)
}

// hashToken is the storage form of a cookie, token or link.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// sameText compares secrets without telling where they differ.
func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
