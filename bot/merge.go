package bot

import (
	"strings"

	"daozhang/bot/understand"
)

// said is everything of one turn in one piece.
type said struct {
	text      string   // all messages, oldest first, joined
	texts     []string // one by one
	events    []Utterance
	unread    []string // kinds that cannot be read: image voice video location link unsupported
	sensitive []string
}

// merge joins the utterances of a turn: several messages in a row are one
// question.
func merge(us []Utterance) said {
	var s said
	for _, u := range us {
		s.sensitive = union(s.sensitive, u.Sensitive)
		text := strings.TrimSpace(u.Text)
		switch {
		case u.Kind == "event":
			s.events = append(s.events, u)
		case text != "" && (u.Kind == "text" || u.Kind == "voice" || u.Kind == ""):
			s.texts = append(s.texts, text)
		case u.Kind == "text" || u.Kind == "":
			// an empty message says nothing
		default:
			s.unread = append(s.unread, u.Kind)
		}
	}
	s.text = strings.Join(s.texts, "，")
	return s
}

// sensitiveNames are the words of the kinds that were cut.
//
//nolint:gochecknoglobals // read-only table
var sensitiveNames = map[string]string{
	"PAN": "完整卡号", "CVV": "卡背面安全码", "PIN": "密码", "EXPIRY": "卡有效期", "SMS_CODE": "短信验证码", "ID_NUMBER": "身份证号",
}

// sensitiveNotice asks to recall a message that holds what nobody may ask for.
func sensitiveNotice(kinds []string) string {
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		if n, ok := sensitiveNames[k]; ok {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "您刚才的消息里有" + list(names) + "，请马上撤回那条消息；我这边没有保存，也不需要这些信息。查账只要卡号后四位就够了。"
}

func hasIntent(q understand.Query, want ...understand.Intent) bool {
	for _, w := range want {
		if q.Intent == w {
			return true
		}
		for _, i := range q.Intents {
			if i == w {
				return true
			}
		}
	}
	return false
}

func hasSymptom(q understand.Query, want ...understand.Symptom) bool {
	for _, w := range want {
		for _, s := range q.Symptoms {
			if s == w {
				return true
			}
		}
	}
	return false
}

// namesSomething reports that the words point at particular transactions.
func namesSomething(q understand.Query) bool {
	return len(q.Amounts) > 0 || q.Time != nil || q.CardLast4 != "" || q.Terminal != "" || q.Reference != "" ||
		q.Count > 0 || q.Together || q.Other || q.OthersShop || q.Choice > 0
}
