package wechat

import (
	"strconv"
	"strings"

	"daozhang/bot/delivery"
)

// Notices of accounts without customer messages.
var (
	noticeText     = "正在为您核实，还需要几秒。请稍后点 " + tapLink(FetchText, FetchText, 1) + "，或回复任意内容，我马上把结果发给您。"   //nolint:gochecknoglobals // read-only
	nothingYetText = "暂时还没有新的结果。如果您刚刚提问，请过几秒再点 " + tapLink(FetchText, FetchText, 1) + "；也可以直接说说遇到的问题。" //nolint:gochecknoglobals // read-only
)

// tapLink is a link that sends content as the reader's own message
// (wechat.md B3); shown is what it reads.
func tapLink(shown, content string, id int64) string {
	return `<a href="weixin://bizmsgmenu?msgmenucontent=` + hrefText.Replace(content) +
		`&msgmenuid=` + strconv.FormatInt(id, 10) + `">` + tagText.Replace(shown) + `</a>`
}

var (
	// hrefText keeps Chinese readable, as the link form in use does, and
	// escapes what would end the attribute or the parameter.
	hrefText = strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B", `"`, "%22", "'", "%27", //nolint:gochecknoglobals // read-only
		"<", "%3C", ">", "%3E", " ", "%20", "\n", "%20", "\r", "")
	tagText = strings.NewReplacer("<", "＜", ">", "＞") //nolint:gochecknoglobals // read-only
)

// choiceLines finds the line "N. text" of each choice (N counts from 1); -1
// where the text has none.
func choiceLines(lines []string, choices []delivery.Choice) []int {
	at := make([]int, len(choices))
	for i, ch := range choices {
		at[i] = -1
		want := strconv.Itoa(i+1) + ". " + strings.TrimSpace(ch.Text)
		for n, line := range lines {
			if strings.TrimSpace(line) == want {
				at[i] = n
				break
			}
		}
	}
	return at
}

// withLinks turns the lines of the choices into tap links of the same words;
// a choice that the text does not list is added at its end.
func withLinks(text string, choices []delivery.Choice) string {
	if len(choices) == 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, n := range choiceLines(lines, choices) {
		ch := choices[i]
		shown := strconv.Itoa(i+1) + ". " + strings.TrimSpace(ch.Text)
		link := tapLink(shown, strings.TrimSpace(ch.Text), ch.ID)
		if n < 0 {
			lines = append(lines, link)
		} else {
			lines[n] = link
		}
	}
	return strings.Join(lines, "\n")
}

// aroundChoices is the text before and after the lines of the choices, for a
// msgmenu, which lists them itself.
func aroundChoices(text string, choices []delivery.Choice) (head, tail string) {
	lines := strings.Split(text, "\n")
	first, last := len(lines), -1
	drop := map[int]bool{}
	for _, n := range choiceLines(lines, choices) {
		if n >= 0 {
			drop[n] = true
			first, last = min(first, n), max(last, n)
		}
	}
	var before, after []string
	for n, line := range lines {
		switch {
		case drop[n]:
		case n > last && last >= 0:
			after = append(after, line)
		default:
			before = append(before, line)
		}
	}
	return strings.TrimSpace(strings.Join(before, "\n")), strings.TrimSpace(strings.Join(after, "\n"))
}
