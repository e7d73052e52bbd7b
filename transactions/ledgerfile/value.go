package ledgerfile

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decimal is digits × 10^-scale; exact, no floating point.
type decimal struct {
	negative bool
	digits   string // no leading zeros; "" is zero
	scale    int
}

var (
	errNumber   = errors.New("不是数字")
	errDecimals = errors.New("金额小数超过两位")
	errRange    = errors.New("数值过大")
	errCurrency = errors.New("只接受人民币金额,其他币种不导入")
	errGroups   = errors.New("千分位逗号的位置不对")
)

// parseDecimal reads 5000, 5,000.00, -3.5, (3.50), 4.97E3.
func parseDecimal(s string) (decimal, error) {
	var d decimal
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
		return decimal{}, err
	}
	if whole+fraction == "" || len(whole)+len(fraction) > 40 || !allDigits(whole+fraction) {
		return decimal{}, errNumber
	}
	d.digits, d.scale = whole+fraction, len(fraction)
	if scientific {
		e, err := strconv.Atoi(exponent)
		if err != nil || e > 30 || e < -30 {
			return decimal{}, errNumber
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
		return "", errGroups
	}
	for _, p := range parts[1:] {
		if len(p) != 3 {
			return "", errGroups
		}
	}
	return strings.Join(parts, ""), nil
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// round keeps n significant digits, half up: a spreadsheet shows 15 of the
// binary double that it stores, and the rest is noise.
func (d decimal) round(n int) decimal {
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

// shifted is the value × 10^places; false when that is no whole number.
func (d decimal) shifted(places int) (int64, bool, error) {
	if d.digits == "" {
		return 0, true, nil
	}
	zeros := places - d.scale
	if zeros < 0 {
		return 0, false, nil
	}
	if len(d.digits)+zeros > 15 {
		return 0, false, errRange
	}
	n, err := strconv.ParseInt(d.digits+strings.Repeat("0", zeros), 10, 64)
	if err != nil {
		return 0, false, errNumber
	}
	if d.negative {
		n = -n
	}
	return n, true, nil
}

// fenOf reads an amount in yuan or fen to fen.
func fenOf(c cell) (int64, error) {
	s, err := bareAmount(narrow(c.text))
	if err != nil {
		return 0, err
	}
	d, err := parseDecimal(s)
	if err != nil {
		return 0, err
	}
	if c.sheet {
		d = d.round(15)
	}
	places := 2
	if c.fen {
		places = 0
	}
	n, whole, err := d.shifted(places)
	switch {
	case err != nil:
		return 0, err
	case !whole && c.fen:
		return 0, errors.New("以分为单位的金额必须是整数")
	case !whole:
		return 0, errDecimals
	}
	return n, nil
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
			return "", errCurrency
		}
		return "", errNumber
	}
	return up, nil
}

// intOf reads a whole number ≥ 0.
func intOf(c cell) (int64, error) {
	d, err := parseDecimal(narrow(c.text))
	if err != nil {
		return 0, err
	}
	n, whole, err := d.shifted(0)
	if err != nil {
		return 0, err
	}
	if !whole || n < 0 || n > math.MaxInt32 {
		return 0, errors.New("应为不小于 0 的整数")
	}
	return n, nil
}

// basisPoints reads 60, or 0.60% / 6‰ as a rate.
func basisPoints(c cell) (int64, error) {
	s := narrow(c.text)
	places := 0
	if rest, ok := strings.CutSuffix(s, "%"); ok {
		s, places = rest, 2
	} else if rest, ok := strings.CutSuffix(s, "‰"); ok {
		s, places = rest, 1
	}
	d, err := parseDecimal(strings.TrimSpace(s))
	if err != nil {
		return 0, err
	}
	n, whole, err := d.shifted(places)
	if err != nil {
		return 0, err
	}
	if !whole || n < 0 || n > 10000 {
		return 0, errors.New("费率应写成基点整数(0.60% 即 60)或百分数(0.60%)")
	}
	return n, nil
}

// boolOf reads yes and no.
func boolOf(c cell) (bool, error) {
	switch strings.ToUpper(narrow(c.text)) {
	case "1", "TRUE", "T", "YES", "Y", "是", "已签到", "有":
		return true, nil
	case "0", "FALSE", "F", "NO", "N", "否", "未签到", "无":
		return false, nil
	default:
		return false, errors.New("应为 1 或 0(是、否)")
	}
}

// listOf splits by ; in either width; blanks are dropped.
func listOf(s string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '；' }) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// codeOf reads numbers and codes that are text: merchant numbers, references.
// A number that a spreadsheet rounded is refused, it would name another row.
func codeOf(c cell) (string, error) {
	s := narrow(c.text)
	if len(s) > 128 {
		return "", errors.New("编号过长(最多 128 个字符)")
	}
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(s), "E+")
	if ok && allDigits(strings.Replace(mantissa, ".", "", 1)) && mantissa != "" && allDigits(exponent) && exponent != "" {
		d, err := parseDecimal(s)
		n, whole, shiftErr := d.shifted(0)
		if err != nil || shiftErr != nil || !whole || !c.sheet {
			return "", errors.New("编号被表格软件改成了科学计数,末几位已丢失:请把这一列设为文本后重新导出")
		}
		return strconv.FormatInt(n, 10), nil
	}
	if c.sheet && allDigits(strings.Replace(s, ".", "", 1)) && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s, nil
}

// tail4 keeps the last four digits of a card or account and nothing more,
// also when the file has the whole number.
func tail4(c cell) (string, error) {
	s := narrow(c.text)
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	switch {
	case digits == "":
		return "", errors.New("应为卡号后四位数字")
	case len(digits) < 4 && len(digits) == len(s):
		return fmt.Sprintf("%04s", digits), nil // leading zeros eaten by a spreadsheet
	case len(digits) < 4:
		return "", errors.New("应为卡号后四位数字")
	}
	return digits[len(digits)-4:], nil
}

// freeText reads names and reasons.
func freeText(c cell) (string, error) {
	if utf8.RuneCountInString(c.text) > 500 {
		return "", errors.New("文字过长(最多 500 字)")
	}
	return c.text, nil
}

// oneOf checks an enumeration; words map further spellings to its values.
func oneOf(c cell, allowed []string, words map[string]string) (string, error) {
	s := strings.ToUpper(strings.TrimSpace(narrow(c.text)))
	for _, a := range allowed {
		if s == a {
			return a, nil
		}
	}
	if v, ok := words[s]; ok {
		return v, nil
	}
	return "", fmt.Errorf("不认识的值「%s」,可用 %s", short(c.text), strings.Join(allowed, " "))
}

// short bounds what an error repeats.
func short(s string) string {
	r := []rune(s)
	if len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}
