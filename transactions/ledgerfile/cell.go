package ledgerfile

import (
	"strings"
	"unicode"
)

// cell is the text of one cell, cleaned, with what decides how to read it.
type cell struct {
	text string
	// fen: a bare money column counts fen, else yuan.
	fen bool
	// sheet: the text is the raw value of a spreadsheet cell, where times are
	// serial numbers and numbers binary doubles.
	sheet bool
}

// maxCell bounds a cell, in bytes; longer ones are a row error.
const maxCell = 4096

// clean strips what programs put around a value: byte order marks, the
// back-tick of WeChat bills, the apostrophe and ="…" that keep spreadsheets
// from eating leading zeros, and blanks of any kind.
func clean(s string) string {
	s = trim(s)
	for {
		was := s
		if strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) && len(s) >= 3 {
			s = trim(s[2 : len(s)-1])
		}
		if strings.HasPrefix(s, "`") || strings.HasPrefix(s, "'") {
			s = trim(s[1:])
		}
		if s == was {
			break
		}
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\n' || r == '\r' || r == '\t':
				return ' '
			case unicode.IsControl(r):
				return -1
			}
			return r
		}, s)
	}
	return s
}

func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' || unicode.IsControl(r) })
}

// narrow folds full-width letters, digits and signs to ASCII.
func narrow(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r == '\u3000' || r >= '\uff01' && r <= '\uff5e' }) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u3000':
			return ' '
		case r >= '\uff01' && r <= '\uff5e':
			return r - 0xfee0
		}
		return r
	}, s)
}

// headerKey folds the spelling of a header: width, case, blanks, brackets.
func headerKey(s string) string {
	s = strings.ToLower(narrow(clean(s)))
	return strings.NewReplacer(" ", "", "　", "", "【", "(", "】", ")", "[", "(", "]", ")").Replace(s)
}
