package transactions

import (
	"fmt"
	"math"
	"strconv"
	"strings"
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

// ParseYuan reads an amount in yuan as fen, without floating point. It
// tolerates what files contain: full-width digits, thousands separators, the yen sign,
// 元, RMB, CNY, a sign, surrounding spaces and quotes, ="…" and a leading
// back-tick. Decimals beyond the fen must be zeros. An empty text is an error:
// unknown is not zero.
func ParseYuan(s string) (int64, error) {
	fail := func(why string) (int64, error) {
		return 0, fmt.Errorf("金额 %q %s，应为元，例如 4970.00", s, why)
	}
	t := plainNumber(s)
	neg := false
	switch {
	case strings.HasPrefix(t, "-"):
		neg, t = true, t[1:]
	case strings.HasPrefix(t, "+"):
		t = t[1:]
	}
	whole, frac, hasPoint := strings.Cut(t, ".")
	if whole == "" && frac == "" || hasPoint && frac == "" {
		return fail("无法识别")
	}
	whole, ok := ungroup(whole)
	if !ok || !digitsOnly(frac) {
		return fail("无法识别")
	}
	if whole == "" {
		whole = "0"
	}
	if len(frac) > 2 {
		if strings.Trim(frac[2:], "0") != "" {
			return fail("带有不足一分的零头")
		}
		frac = frac[:2]
	}
	frac += "00"[len(frac):]
	fen, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil || fen == math.MaxInt64 {
		return fail("超出范围")
	}
	if neg {
		fen = -fen
	}
	return fen, nil
}

// plainNumber folds full-width characters and strips what surrounds a number
// in files and in words.
func plainNumber(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '\uff01' && r <= '\uff5e': // full-width ASCII
			return r - 0xfee0
		case r == ' ' || r == '\u3000' || r == '\u00a0' || r == '\t' || r == '\r' || r == '\n' || r == '\ufeff':
			return -1
		case r == '−' || r == '–':
			return '-'
		case r == '。':
			return '.'
		}
		return r
	}, s)
	s = strings.TrimPrefix(s, "`")
	s = strings.TrimPrefix(s, "=")
	s = strings.Trim(s, `"'`)
	s = strings.TrimPrefix(s, "`")
	for _, unit := range []string{"人民币", "RMB", "CNY", "\u00a5", "\uffe5"} {
		s = strings.TrimPrefix(s, unit)
		if rest, ok := strings.CutPrefix(s, "-"+unit); ok {
			s = "-" + rest
		}
	}
	for _, unit := range []string{"元", "RMB", "CNY"} {
		s = strings.TrimSuffix(s, unit)
	}
	return s
}

// ungroup removes thousands separators; false when they are not at thousands.
func ungroup(s string) (string, bool) {
	groups := strings.Split(s, ",")
	for i, g := range groups {
		if !digitsOnly(g) || len(groups) > 1 && (i == 0 && (g == "" || len(g) > 3) || i > 0 && len(g) != 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func digitsOnly(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
