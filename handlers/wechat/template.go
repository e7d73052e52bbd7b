package wechat

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"daozhang/bot/delivery"
)

// sendTemplate sends a template message with its values cut to the limits of
// their field types.
func (c *Channel) sendTemplate(ctx context.Context, acc *account, out delivery.Outbound) error {
	data := map[string]any{}
	for name, v := range out.Template.Fields {
		data[name] = map[string]string{"value": FieldValue(name, v)}
	}
	body := map[string]any{"touser": out.OpenID, "template_id": out.Template.ID, "data": data}
	if out.Template.URL != "" {
		body["url"] = out.Template.URL
	}
	if out.ID != 0 {
		body["client_msg_id"] = "dz" + digits(out.ID) // the platform drops a repetition
	}
	err := c.api.call(ctx, acc, "/cgi-bin/message/template/send", body, nil, out.OpenID)
	// 48001 here speaks of templates only: customer messages stay allowed.
	return err
}

var fieldName = regexp.MustCompile(`^([a-z_]+?)[0-9]*$`) //nolint:gochecknoglobals // read-only

// FieldValue cuts a value to what its typed field takes (wechat.md B4: thing 20
// characters, phrase 5 Chinese characters, character_string 32 ASCII
// characters, others 32; keywordN fold after 20). A value that would become
// empty is "-", because empty values are refused.
func FieldValue(name, value string) string {
	kind := name
	if m := fieldName.FindStringSubmatch(name); m != nil {
		kind = m[1]
	}
	value = strings.Join(strings.Fields(value), " ")
	switch kind {
	case "thing", "keyword", "const", "name", "first", "remark":
		value = head(value, 20)
	case "phrase":
		value = first(keep(value, func(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }), 5)
	case "character_string", "number", "letter", "symbol", "phone_number", "car_number":
		value = first(keep(value, func(r rune) bool { return r > 0x20 && r < 0x7F }), 32)
	default: // amount, time, date …
		value = head(value, 32)
	}
	if value == "" {
		return "-"
	}
	return value
}

// head is the first n characters; a cut is shown by "…".
func head(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return first(s, n-1) + "…"
}

// first is the first n characters.
func first(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func keep(s string, ok func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if ok(r) {
			return r
		}
		return -1
	}, s)
}
