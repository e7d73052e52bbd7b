package scenario

import (
	"fmt"
	"regexp"
	"strconv"
)

// NoCode is what {code} stands for while none was sent.
const NoCode = "000000"

var codeMark = regexp.MustCompile(`\{code(?::(\d+))?\}`) //nolint:gochecknoglobals // compiled once, read-only

// WithCodes puts the one-time codes that were sent, oldest first, into what is
// said: {code} is the newest, {code:1} the first (ours).
func WithCodes(say string, sent []string) string {
	return codeMark.ReplaceAllStringFunc(say, func(m string) string {
		n := len(sent)
		if i := codeMark.FindStringSubmatch(m)[1]; i != "" {
			n, _ = strconv.Atoi(i)
		}
		if n < 1 || n > len(sent) {
			return NoCode
		}
		return sent[n-1]
	})
}

// Code is the n-th code of a run, from 1: a run is the same every time.
func Code(n int) string { return fmt.Sprintf("%06d", (n*314159+271828)%1_000_000) }
