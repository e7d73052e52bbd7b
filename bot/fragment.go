package bot

import (
	"strings"
	"unicode/utf8"

	"daozhang/bot/understand"
)

// maxFragment is the longest beginning of a message, in characters.
const maxFragment = 12

// Fragment tells the beginning of a message that is likely to go on ("在吗",
// "昨天刷的", "我那个5000的"): it names no question. What makes a whole question,
// a choice, a correction or a request is never one.
func Fragment(q understand.Query) bool {
	if q.WantsHuman || q.Complaint || q.Angry || q.Choice != 0 || q.RespCode != "" || q.Reference != "" ||
		len(q.Symptoms) > 0 || len(q.Sensitive) > 0 || q.NotifyMe || q.StopNotify || q.Other ||
		utf8.RuneCountInString(q.Text) > maxFragment {
		return false
	}
	switch q.Intent {
	case understand.Greeting:
		return true
	case understand.Other:
		return q.Time != nil || len(q.Amounts) > 0 || q.CardLast4 != "" || q.Brand != ""
	case understand.MissingPayment: // 昨天刷的: a time, and no word of what is wrong
		return (len(q.Amounts) == 0 || strings.HasSuffix(q.Text, "的")) &&
			(len(q.Amounts) > 0 || q.Time != nil || q.CardLast4 != "" || q.Brand != "") &&
			!strings.ContainsAny(q.Text, "?？吗没未不么呢哪几啥查")
	}
	return false
}
