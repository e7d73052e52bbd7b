package ledgerfile

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"daozhang/transactions"
)

// errCurrency is the reason for a row in another currency.
var errCurrency = transactions.ErrCurrency

// fenOf reads an amount in yuan or fen to fen.
func fenOf(c cell) (int64, error) {
	unit := transactions.Yuans
	switch {
	case c.fen && c.sheet:
		unit = transactions.SheetFens
	case c.fen:
		unit = transactions.Fens
	case c.sheet:
		unit = transactions.SheetYuans
	}
	return transactions.ParseAmount(c.text, unit)
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// intOf reads a whole number ≥ 0.
func intOf(c cell) (int64, error) {
	d, err := transactions.ParseDecimal(narrow(c.text))
	if err != nil {
		return 0, err
	}
	n, whole, err := d.Shifted(0)
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
	d, err := transactions.ParseDecimal(strings.TrimSpace(s))
	if err != nil {
		return 0, err
	}
	n, whole, err := d.Shifted(places)
	if err != nil {
		return 0, err
	}
	if !whole || n < 0 || n > 10000 {
		return 0, errors.New("费率应写成基点整数（0.60% 即 60）或百分数（0.60%）")
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
		return false, errors.New("应为 1 或 0（是、否）")
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
		return "", errors.New("编号过长（最多 128 个字符）")
	}
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(s), "E+")
	if ok && allDigits(strings.Replace(mantissa, ".", "", 1)) && mantissa != "" && allDigits(exponent) && exponent != "" {
		d, err := transactions.ParseDecimal(s)
		n, whole, shiftErr := d.Shifted(0)
		if err != nil || shiftErr != nil || !whole || !c.sheet {
			return "", errors.New("编号被表格软件改成了科学计数，末几位已丢失：请把这一列设为文本后重新导出")
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
		return "", errors.New("文字过长（最多 500 字）")
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
	return "", fmt.Errorf("不认识的值「%s」，可用 %s", short(c.text), strings.Join(allowed, " "))
}

// short bounds what an error repeats.
func short(s string) string {
	r := []rune(s)
	if len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}
