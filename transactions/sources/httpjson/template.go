package httpjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"daozhang/transactions"
)

// The names that templates may use.
//
//nolint:gochecknoglobals // read-only tables
var (
	requestNames = []string{
		"merchant_no", "local_merchant_no", "from", "to", "date", "day", "reference", "rrn", "page", "size", "cursor",
		"timestamp", "timestamp_ms", "now", "nonce", "api_key",
	}
	signNames = append([]string{
		"method", "path", "query", "path_query", "body", "body_sha256", "sorted",
	}, requestNames...)
	headerNames = append([]string{"signature", "body_sha256"}, requestNames...)
	verifyNames = []string{"body", "status", "nonce", "timestamp", "header."}
)

// expand replaces ${name} by value(name), escaped; "$$" is a dollar sign. An
// unknown name is an error: templateProblem finds it before it can happen.
func expand(text string, value func(name string) (string, bool), escape func(string) string) (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 || i == len(text)-1 {
			b.WriteString(text)
			return b.String(), nil
		}
		b.WriteString(text[:i])
		text = text[i+1:]
		switch text[0] {
		case '$':
			b.WriteByte('$')
			text = text[1:]
		case '{':
			name, rest, closed := strings.Cut(text[1:], "}")
			if !closed {
				return "", errors.New("${ without }")
			}
			v, ok := value(name)
			if !ok {
				return "", fmt.Errorf("${%s} is not known here", short(name))
			}
			b.WriteString(escape(v))
			text = rest
		default:
			b.WriteByte('$')
		}
	}
}

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// templateProblem tries a template with the names it may use.
func templateProblem(key, text string, names []string) []error {
	_, err := expand(text, func(name string) (string, bool) {
		ok := slices.ContainsFunc(names, func(n string) bool {
			return n == name || strings.HasSuffix(n, ".") && strings.HasPrefix(name, n) && len(name) > len(n)
		})
		return "", ok
	}, raw)
	if err != nil {
		return []error{fmt.Errorf("%s: %w", key, err)}
	}
	return nil
}

func raw(s string) string { return s }

// inJSON escapes text for a place between quotes of a JSON body.
func inJSON(s string) string {
	b, _ := json.Marshal(s) // text always encodes
	return string(b[1 : len(b)-1])
}

// inPath makes one segment of a path; dots would lead out of it.
func inPath(s string) string { return strings.ReplaceAll(url.PathEscape(s), ".", "%2E") }

// timeLayout turns yyyy-MM-dd HH:mm:ss into Go's layout; unix, unix_ms and
// rfc3339 are names.
func timeLayout(pattern string) (string, error) {
	switch pattern {
	case "":
		return time.DateTime, nil
	case "unix", "unix_ms":
		return pattern, nil
	case "rfc3339":
		return time.RFC3339, nil
	}
	if !strings.Contains(pattern, "yyyy") || !strings.Contains(pattern, "MM") || !strings.Contains(pattern, "dd") || strings.ContainsAny(pattern, "0123456789") {
		return "", errors.New("write a pattern like yyyy-MM-dd HH:mm:ss or yyyyMMddHHmmss, or rfc3339, unix, unix_ms")
	}
	return strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02", "HH", "15", "mm", "04", "ss", "05", "SSS", "000", "XXX", "Z07:00").Replace(pattern), nil
}

func formatTime(t time.Time, layout string) string {
	switch layout {
	case "unix":
		return strconv.FormatInt(t.Unix(), 10)
	case "unix_ms":
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return t.In(transactions.Shanghai).Format(layout)
}

// parseTime reads a time of a row; false when it is none.
func parseTime(s, layout string) (time.Time, bool) {
	switch layout {
	case "unix", "unix_ms":
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= 0 {
			return time.Time{}, false
		}
		if layout == "unix" {
			return time.Unix(n, 0).In(transactions.Shanghai), n < 1<<36
		}
		return time.UnixMilli(n).In(transactions.Shanghai), n < 1<<46
	}
	t, err := time.ParseInLocation(layout, s, transactions.Shanghai)
	return t, err == nil
}
