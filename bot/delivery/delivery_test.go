package delivery

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // read-only

func TestPoolsByTrigger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   Inbound
		want Pool
		ok   bool
	}{
		{Inbound{Kind: KindText}, PoolMessage, true},
		{Inbound{Kind: KindVoice}, PoolMessage, true},
		{Inbound{Kind: KindUnsupported}, PoolMessage, true},
		{Inbound{Kind: KindText, MenuID: 3}, PoolClick, true},
		{Inbound{Kind: KindText, Tapped: true}, PoolClick, true},
		{Inbound{Kind: KindEvent, Event: "CLICK"}, PoolClick, true},
		{Inbound{Kind: KindEvent, Event: "scancode_push"}, PoolClick, true},
		{Inbound{Kind: KindEvent, Event: "subscribe"}, PoolFollow, true},
		{Inbound{Kind: KindEvent, Event: "SCAN"}, PoolScan, true},
		{Inbound{Kind: KindEvent, Event: "VIEW"}, "", false},
		{Inbound{Kind: KindEvent, Event: "unsubscribe"}, "", false},
	} {
		if got, ok := PoolOf(c.in); got != c.want || ok != c.ok {
			t.Errorf("PoolOf(%+v) = %q, %t", c.in, got, ok)
		}
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	// Each step: "message", "click", "follow", "scan" trigger; "take" and
	// "reserved" send; "+1m", "+48h" move the clock; "45047", "45015" refuse.
	for _, c := range []struct {
		name  string
		steps string
		left  int
		fail  int // sends that were not allowed
	}{
		{"never wrote", "take reserved", 0, 2},
		{"four of five, one in reserve", "message take take take take take", 1, 1},
		{"the reserve is the agent's", "message take take take take reserved reserved", 0, 1},
		{"a trigger refills, never adds", "message take take message", 5, 0},
		{"click alone has no reserve", "click take take take take", 0, 1},
		{"click ends after a minute", "click +1m take", 0, 1},
		{"message and click do not add up", "message click", 5, 0},
		{"a click helps an empty message pool", "message reserved reserved reserved reserved reserved click", 3, 0},
		{"beside a click the reserve stays", "message take take take take click take take take +1m", 1, 1},
		{"a click does not renew the window", "message click +48h", 0, 0},
		{"follow", "follow take take", 1, 0},
		{"scan", "scan take take take", 0, 0},
		{"window of 48 hours ends", "message +48h take", 0, 1},
		{"45047 empties", "message 45047 reserved", 0, 1},
		{"45015 closes", "message 45015 reserved", 0, 1},
		{"a message after 45047 refills", "message 45047 message", 5, 0},
	} {
		q, now, fail := Quota{}, noon, 0
		for _, s := range strings.Fields(c.steps) {
			ok := true
			switch s {
			case "take":
				q, ok = q.Take(now, Normal)
			case "reserved":
				q, ok = q.Take(now, Reserved)
			case "+1m":
				now = now.Add(time.Minute)
			case "+48h":
				now = now.Add(48 * time.Hour)
			case "45047":
				q = q.Refused(ClassQuota)
			case "45015":
				q = q.Refused(ClassWindow)
			default:
				q = q.Trigger(Pool(s), now)
			}
			if !ok {
				fail++
			}
		}
		if got := q.Remaining(now); got != c.left || fail != c.fail {
			t.Errorf("%s: %d left, %d refused; want %d, %d", c.name, got, fail, c.left, c.fail)
		}
	}
}

func TestQuotaWindowAndJSON(t *testing.T) {
	t.Parallel()
	q := Quota{}.Trigger(PoolMessage, noon).Trigger(PoolClick, noon.Add(time.Hour))
	if got := q.WindowEnd(noon.Add(time.Hour)); !got.Equal(noon.Add(48 * time.Hour)) {
		t.Errorf("window ends %s", got)
	}
	if got := q.WindowEnd(noon.Add(48 * time.Hour)); !got.IsZero() {
		t.Errorf("after the end: %s", got)
	}
	if got := q.Refused(ClassWindow).WindowEnd(noon); !got.IsZero() {
		t.Errorf("after 45015: %s", got)
	}
	if got := q.Refused(ClassQuota).WindowEnd(noon); got.IsZero() {
		t.Error("45047 closed the window")
	}
	raw, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var back Quota
	if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back, q) {
		t.Errorf("%s came back as %+v, %v", raw, back, err)
	}
	if raw, _ := json.Marshal(Quota{}); string(raw) != "{}" {
		t.Errorf("zero value is %s", raw)
	}
	if q.Closed() != (Quota{}) {
		t.Error("an unfollowed contact keeps a window")
	}
}

func TestClassifyAndBackoff(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]Class{
		0: ClassOK, -1: ClassRetry, 40001: ClassToken, 40014: ClassToken, 42001: ClassToken, 40164: ClassOperator,
		40003: ClassPermanent, 43019: ClassPermanent, 40007: ClassPermanent, 40029: ClassPermanent, 40163: ClassPermanent,
		45162: ClassPermanent, 40008: ClassPermanent, 40200: ClassMenu, 43004: ClassPermanent, 43101: ClassPermanent,
		45002: ClassTooLong, 45009: ClassRetry, 45011: ClassRetry, 45015: ClassWindow, 45047: ClassQuota,
		45080: ClassOK, 45081: ClassOK, 45072: ClassOK, 47003: ClassPermanent, 48001: ClassForbidden,
		61458: ClassPermanent, 65400: ClassPermanent, 65414: ClassPermanent, 123456: ClassRetry,
	} {
		if got := Classify(code); got != want {
			t.Errorf("Classify(%d) = %s, want %s", code, got, want)
		}
	}
	for _, class := range []Class{ClassRetry, ClassToken, ClassOperator} {
		last, total := time.Duration(0), 0
		for n := 1; ; n++ {
			d, ok := Backoff(class, n)
			if !ok {
				break
			}
			if d < last {
				t.Errorf("%s waits less at attempt %d", class, n)
			}
			last, total = d, n
		}
		if total < 3 || total > 20 {
			t.Errorf("%s is tried %d times", class, total)
		}
	}
	for _, class := range []Class{ClassOK, ClassWindow, ClassQuota, ClassPermanent, ClassForbidden} {
		if _, ok := Backoff(class, 1); ok {
			t.Errorf("%s is tried again by time", class)
		}
	}
	if !ClassWindow.Waits() || !ClassQuota.Waits() || !ClassForbidden.Waits() || ClassPermanent.Waits() {
		t.Error("wrong classes wait for the contact")
	}
	if _, ok := Backoff(ClassRetry, 0); ok {
		t.Error("attempt 0 has a backoff")
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	link := `<a href="weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=1">转人工</a>`
	for _, c := range []struct {
		name  string
		text  string
		chars int
		want  []string
	}{
		{"short", " 你好 ", 10, []string{"你好"}},
		{"blank", " \n ", 10, nil},
		{"paragraphs", "第一段一些字\n\n第二段", 8, []string{"第一段一些字", "第二段"}},
		{"lines", "第一行一些字\n第二行", 8, []string{"第一行一些字", "第二行"}},
		{"sentences", "这是一句话。这是另一句话。", 8, []string{"这是一句话。", "这是另一句话。"}},
		{"no place", "一二三四五六七八九十", 4, []string{"一二三四", "五六七八", "九十"}},
		{"link whole", "点这里" + link + "谢谢", utf8.RuneCountInString(link) + 1, []string{"点这里", link + "谢", "谢"}},
		{"address whole", "见 https://example.com/a?b=1 谢谢", 28, []string{"见 https://example.com/a?b=1", "谢谢"}},
		{"address moved", "请看说明 https://example.com/abc", 24, []string{"请看说明", "https://example.com/abc"}},
		{"emoji whole", "一二三👍🏽五", 4, []string{"一二三", "👍🏽五"}},
		{"family whole", "一👨‍👩‍👧五六", 5, []string{"一", "👨‍👩‍👧", "五六"}},
	} {
		if got := Split(c.text, c.chars, MaxBytes); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := Split(strings.Repeat("😀", 500), MaxChars, MaxBytes); len(got) != 2 || len(got[0]) != 1800 {
		t.Errorf("by bytes: %d parts", len(got))
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("一段。\n\n两段 https://example.com/x <a href=\"y\">z</a>👍🏽", 7, 30)
	f.Add(strings.Repeat("\u0301", 30), 3, 9)
	f.Fuzz(func(t *testing.T, text string, chars, bytes int) {
		if len(text) > 5000 {
			return
		}
		chars, bytes = chars%50, bytes%200
		var joined strings.Builder
		for _, p := range Split(text, chars, bytes) {
			if utf8.RuneCountInString(p) > max(chars, 1) || len(p) > max(bytes, 4) || strings.TrimSpace(p) == "" || !utf8.ValidString(p) {
				t.Fatalf("part %q of %q", p, text)
			}
			joined.WriteString(p)
		}
		strip := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, strings.ToValidUTF8(s, "\uFFFD"))
		}
		if strip(joined.String()) != strip(text) {
			t.Fatalf("%q lost text: %q", text, joined.String())
		}
	})
}

func TestPartial(t *testing.T) {
	t.Parallel()
	var e *Error
	if err := error(&Partial{Rest: "x", Err: &Error{Class: ClassQuota}}); !errors.As(err, &e) || e.Class != ClassQuota {
		t.Error("the class of the failed part is lost")
	}
	if got := (&Partial{Rest: "客户的话"}).Error(); strings.Contains(got, "客户") {
		t.Errorf("error text holds the message: %s", got)
	}
}
