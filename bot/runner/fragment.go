package runner

import (
	"strings"
	"time"
	"unicode/utf8"

	"daozhang/bot/understand"
)

// fragmentRunes is the longest text that can be a fragment: whoever writes
// more has said what there is to say.
const fragmentRunes = 12

// asking are words that make a question of what was told about a sale. A
// fragment that holds none of them only tells: "昨天刷的", "5000".
//
//nolint:gochecknoglobals // read-only table
var asking = []string{"?", "？", "吗", "呢", "没", "未", "不到", "到账", "到帐", "怎么", "为什", "为啥", "多久", "什么", "几", "查", "收到", "到了", "急"}

// Fragments gives the test of Deps.Fragment: a greeting, or a short beginning
// that names something and asks nothing, waits for the rest. A whole question,
// a request for a person, a choice or anything with a meaning of its own does
// not wait.
func Fragments(p *understand.Parser, now func() time.Time) func(text string) bool {
	return func(text string) bool {
		text = strings.TrimSpace(text)
		if utf8.RuneCountInString(text) > fragmentRunes {
			return false
		}
		q := p.Parse(text, understand.Context{}, now())
		if q.WantsHuman || q.Complaint || q.Angry || q.Choice != 0 || len(q.Symptoms) > 0 || len(q.Sensitive) > 0 {
			return false
		}
		switch q.Intent {
		case understand.Greeting, understand.Other:
			return true
		case understand.MissingPayment:
			for _, w := range asking {
				if strings.Contains(text, w) {
					return false
				}
			}
			return true
		}
		return false
	}
}
