package bot

import "daozhang/bot/understand"

// Fragment tells the beginning of a message that is likely to go on ("在吗",
// "昨天刷的", "我那个5000的"): it names no question. What makes a whole question,
// a choice, a correction or a request is never one.
func Fragment(q understand.Query) bool {
	if q.WantsHuman || q.Complaint || q.Angry || q.Choice != 0 || q.RespCode != "" || q.Reference != "" ||
		len(q.Symptoms) > 0 || len(q.Sensitive) > 0 || q.NotifyMe || q.StopNotify || q.Other {
		return false
	}
	switch q.Intent {
	case understand.Greeting:
		return true
	case understand.Other:
		return q.Time != nil || len(q.Amounts) > 0 || q.CardLast4 != "" || q.Brand != ""
	default:
		return false
	}
}
