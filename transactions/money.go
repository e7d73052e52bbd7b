package transactions

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Yuan writes fen as yuan with two decimals, without separators and without a
// unit: 497000 is "4970.00", −1440 is "-14.40" (rules 6).
func Yuan(fen int64) string {
	sign, abs := "", uint64(fen)
	if fen < 0 {
		sign, abs = "-", -uint64(fen)
	}
	return fmt.Sprintf("%s%d.%02d", sign, abs/100, abs%100)
}

// ParseYuan reads an amount in yuan as fen. It tolerates what files contain:
// what ParseAmount does, and quotes, ="…" and a leading back-tick around it. An
// empty text is an error: unknown is not zero.
func ParseYuan(s string) (int64, error) {
	t := strings.TrimSpace(strings.TrimPrefix(s, "\ufeff"))
	t = strings.Trim(strings.TrimPrefix(strings.TrimPrefix(t, "`"), "="), `"'`)
	fen, err := ParseAmount(strings.TrimPrefix(t, "`"), Yuans)
	if err != nil {
		return 0, fmt.Errorf("金额 %q %w，应为元，例如 4970.00", s, err)
	}
	return fen, nil
}

// Unit of an amount that is read.
type Unit int

// Yuans may have two decimals, Fens none. SheetYuans and SheetFens are binary
// doubles as spreadsheets store them: 15 digits count, the rest is noise.
const (
	Yuans Unit = iota
	Fens
	SheetYuans
	SheetFens
)

// ParseAmount reads an amount to fen: full-width digits, thousands separators,
// a sign or brackets, ¥, 元, RMB, CNY. Decimals beyond the fen must be zeros;
// other currencies are refused.
func ParseAmount(s string, u Unit) (int64, error) {
	s, err := bareAmount(fullWidth(s))
	if err != nil {
		return 0, err
	}
	d, err := ParseDecimal(s)
	if err != nil {
		return 0, err
	}
	if u == SheetYuans || u == SheetFens {
		d = d.Round(15)
	}
	places := 2
	if u == Fens || u == SheetFens {
		places = 0
	}
	n, whole, err := d.Shifted(places)
	switch {
	case err != nil:
		return 0, err
	case !whole && places == 0:
		return 0, ErrWholeFen
	case !whole:
		return 0, ErrDecimals
	}
	return n, nil
}

// fullWidth folds full-width digits and signs.
func fullWidth(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxLatin1 }) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u3000':
			return ' '
		case r == '–':
			return '-'
		case r == '。':
			return '.'
		case r >= '\uff01' && r <= '\uff5e':
			return r - 0xfee0
		}
		return r
	}, s)
}

// bareAmount strips what says yuan and refuses what says another currency.
func bareAmount(s string) (string, error) {
	if strings.Trim(s, "0123456789.,-") == "" {
		return s, nil
	}
	s = strings.NewReplacer(" ", "", "\u00a0", "", "，", ",").Replace(s)
	up := strings.ToUpper(s)
	for _, mark := range []string{"人民币", "CNY", "RMB", "¥", "￥", "元", "圆"} {
		up = strings.TrimSuffix(strings.TrimPrefix(up, mark), mark)
	}
	// The sign may stand before or after the mark: ¥-5 and -¥5.
	if rest, ok := strings.CutPrefix(up, "-"); ok {
		for _, mark := range []string{"CNY", "RMB", "¥", "￥"} {
			rest = strings.TrimPrefix(rest, mark)
		}
		up = "-" + rest
	}
	for _, r := range up {
		if strings.ContainsRune("0123456789.,-−+()E", r) {
			continue
		}
		if strings.ContainsRune("$€£₩₽฿", r) || strings.ContainsAny(up, "ABCDFGHIJKLMNOPQRSTUVWXYZ") || strings.ContainsAny(up, "美港日欧英韩澳") {
			return "", ErrCurrency
		}
		return "", ErrNumber
	}
	return up, nil
}

// Decimal is digits × 10^-scale: exact, no floating point. The zero value is 0.
type Decimal struct {
	negative bool
	digits   string // no leading zeros; "" is zero
	scale    int
}

// Why an amount is refused.
var (
	ErrNumber   = errors.New("不是数字")
	ErrDecimals = errors.New("金额小数超过两位")
	ErrRange    = errors.New("数值过大")
	ErrCurrency = errors.New("只接受人民币金额，其他币种不导入")
	ErrGroups   = errors.New("千分位逗号的位置不对")
	ErrWholeFen = errors.New("以分为单位的金额必须是整数")
)

// ParseDecimal reads 5000, 5,000.00, -3.5, (3.50), 4.97E3.
func ParseDecimal(s string) (Decimal, error) {
	var d Decimal
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		d.negative, s = true, s[1:len(s)-1]
	}
	switch {
	case strings.HasPrefix(s, "-") || strings.HasPrefix(s, "−"):
		_, n := utf8.DecodeRuneInString(s)
		d.negative, s = !d.negative, s[n:]
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	mantissa, exponent, scientific := strings.Cut(strings.ToUpper(s), "E")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	whole, err := ungroup(whole)
	if err != nil {
		return Decimal{}, err
	}
	if whole+fraction == "" || len(whole)+len(fraction) > 40 || !digitsOnly(whole+fraction) {
		return Decimal{}, ErrNumber
	}
	d.digits, d.scale = whole+fraction, len(fraction)
	if scientific {
		e, err := strconv.Atoi(exponent)
		if err != nil || e > 30 || e < -30 {
			return Decimal{}, ErrNumber
		}
		d.scale -= e
	}
	d.digits = strings.TrimLeft(d.digits, "0")
	for d.scale > 0 && strings.HasSuffix(d.digits, "0") {
		d.digits, d.scale = d.digits[:len(d.digits)-1], d.scale-1
	}
	if d.digits == "" {
		d.scale = 0
	}
	return d, nil
}

// ungroup removes thousands separators and refuses misplaced ones.
func ungroup(whole string) (string, error) {
	if !strings.Contains(whole, ",") {
		return whole, nil
	}
	parts := strings.Split(whole, ",")
	if parts[0] == "" || len(parts[0]) > 3 {
		return "", ErrGroups
	}
	for _, p := range parts[1:] {
		if len(p) != 3 {
			return "", ErrGroups
		}
	}
	return strings.Join(parts, ""), nil
}

// Round keeps n significant digits, half up: a spreadsheet shows 15 of the
// binary double that it stores, and the rest is noise.
func (d Decimal) Round(n int) Decimal {
	if len(d.digits) <= n {
		return d
	}
	cut := len(d.digits) - n
	up := d.digits[n] >= '5'
	b := []byte(d.digits[:n])
	for i := len(b) - 1; up && i >= 0; i-- {
		if b[i] == '9' {
			b[i] = '0'
		} else {
			b[i]++
			up = false
		}
	}
	digits := string(b)
	if up {
		digits = "1" + digits
	}
	d.digits, d.scale = digits, d.scale-cut
	for d.scale > 0 && strings.HasSuffix(d.digits, "0") {
		d.digits, d.scale = d.digits[:len(d.digits)-1], d.scale-1
	}
	return d
}

// Shifted is the value × 10^places; false when that is no whole number.
func (d Decimal) Shifted(places int) (int64, bool, error) {
	if d.digits == "" {
		return 0, true, nil
	}
	zeros := places - d.scale
	if zeros < 0 {
		return 0, false, nil
	}
	if len(d.digits)+zeros > 15 {
		return 0, false, ErrRange
	}
	n, err := strconv.ParseInt(d.digits+strings.Repeat("0", zeros), 10, 64)
	if err != nil {
		return 0, false, ErrNumber
	}
	if d.negative {
		n = -n
	}
	return n, true, nil
}

func digitsOnly(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
