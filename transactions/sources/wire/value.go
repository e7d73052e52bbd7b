package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"daozhang/transactions"
)

// maxDigits of an amount: 12 digits of fen are ten thousand million yuan.
const maxDigits = 14

// Fen is an amount in fen that an answer writes as a whole number or as its
// text; nil-like (Set false) where it is absent, null or empty. Anything else
// is an error: no amount is ever bent.
type Fen struct {
	Fen int64
	Set bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *Fen) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil || s == "" {
		*f = Fen{}
		return err
	}
	if !digits(strings.TrimPrefix(s, "-")) {
		return errors.New("an amount in fen is no whole number")
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return errors.New("an amount in fen is out of range")
	}
	*f = Fen{Fen: n, Set: true}
	return nil
}

// YuanAmount is an amount in yuan with at most two decimals that matter, kept
// in fen; see Fen.
type YuanAmount struct {
	Fen int64
	Set bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (y *YuanAmount) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil || s == "" {
		*y = YuanAmount{}
		return err
	}
	fen, err := ParseYuan(s)
	if err != nil {
		return err
	}
	*y = YuanAmount{Fen: fen, Set: true}
	return nil
}

// Ptr is the amount, nil when it was not told.
func (y YuanAmount) Ptr() *int64 {
	if !y.Set {
		return nil
	}
	return &y.Fen
}

// ParseYuan reads "0.03", "12" or "-5.5" exactly; no signs of files are
// tolerated, for an interface has one way of writing.
func ParseYuan(s string) (int64, error) {
	whole, frac, hasPoint := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if !digits(whole) || hasPoint && !digits(frac) {
		return 0, errors.New("an amount in yuan is no plain number")
	}
	fen, err := transactions.ParseYuan(s)
	if err != nil {
		return 0, errors.New("an amount in yuan has a part of a fen or is out of range")
	}
	return fen, nil
}

// scalar is the text of a JSON string or number; "" for null and for nothing.
func scalar(b []byte) (string, error) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || bytes.Equal(b, []byte("null")) {
		return "", nil
	}
	if b[0] != '"' {
		return string(b), nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return "", errors.New("a value is no text")
	}
	return strings.TrimSpace(s), nil
}

func digits(s string) bool {
	return s != "" && len(s) <= maxDigits && strings.Trim(s, "0123456789") == ""
}

// Text is a JSON string or number as text: platforms change their minds.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	*t = Text(s)
	return err
}

// The forms of a time in answers.
const (
	Compact  = "20060102150405"
	DayOnly  = "20060102"
	Readable = "2006-01-02 15:04:05"
)

// Time reads a Beijing time; "" is the zero time.
func Time(layout, s string) (time.Time, error) {
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(layout, s, transactions.Shanghai)
	if err != nil {
		return time.Time{}, errors.New("a time is not written as the interface says")
	}
	return t, nil
}

// Day reads a Beijing day; "" is the zero Date.
func Day(layout, s string) (transactions.Date, error) {
	t, err := Time(layout, s)
	return transactions.DateOf(t), err
}

// Last4 is the end of a card or account number, "" when there is none: more
// never leaves a connector.
func Last4(number string) string {
	var b []byte
	for i := range len(number) {
		if c := number[i]; c >= '0' && c <= '9' {
			b = append(b, c)
		} else {
			b = b[:0]
		}
	}
	if len(b) < 4 {
		return ""
	}
	return string(b[len(b)-4:])
}

// PayerRef is a stand-in for the platform's identifier of a payer, by which
// two payments of one person can be recognised but nobody be found. "" stays "".
func PayerRef(kind, id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + id))
	return hex.EncodeToString(sum[:10])
}

// Word keeps of a remote state or code what may stand in a row: 40 plain characters.
func Word(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_', r == '-', r == '.':
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 40)]
}
