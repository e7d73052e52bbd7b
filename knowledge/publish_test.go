package knowledge

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPublish(t *testing.T) {
	t.Parallel()
	now := testNow()
	day := func(n int) Day { return DayOf(now.AddDate(0, 0, n)) }
	tests := map[string]struct {
		from, until Day
		actor, who  string
		second      bool
		at          time.Time
		want        time.Time
		err         error
	}{
		"at once":              {actor: "乙", who: "甲", second: true},
		"alone":                {actor: "甲", who: "甲"},
		"own words":            {actor: "甲", who: " 甲 ", second: true, err: ErrSecondPerson},
		"author unknown":       {actor: "乙", second: true, err: ErrNobody},
		"nobody":               {actor: " ", who: "甲", err: ErrNobody},
		"expired":              {until: day(-1), actor: "乙", who: "甲", err: ErrExpired},
		"last day":             {until: day(0), actor: "乙", who: "甲"},
		"scheduled":            {actor: "乙", at: now.Add(time.Hour), want: now.Add(time.Hour)},
		"time has passed":      {actor: "乙", at: now.Add(-time.Hour)},
		"first day":            {from: day(3), actor: "乙", want: day(3).Start()},
		"later of both":        {from: day(3), actor: "乙", at: now.AddDate(0, 0, 5), want: now.AddDate(0, 0, 5)},
		"valid already":        {from: day(-3), actor: "乙"},
		"after its validity":   {until: day(2), actor: "乙", at: now.AddDate(0, 0, 3), err: ErrTooLate},
		"on its last day":      {until: day(3), actor: "乙", at: day(3).Start(), want: day(3).Start()},
		"validity still ahead": {from: day(3), until: day(4), actor: "乙", want: day(3).Start()},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := Article{ID: "a", ValidFrom: tt.from, ValidUntil: tt.until}
			got, err := Publish(Publishing{Article: a, Actor: tt.actor, Author: tt.who, SecondPerson: tt.second, At: tt.at, Now: now})
			if !errors.Is(err, tt.err) || !got.Equal(tt.want) {
				t.Errorf("got %v, %v; want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestNeedsSecondPerson(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		setting    string
		publishers int
		want       bool
	}{{"auto", 1, false}, {"auto", 2, true}, {"", 2, true}, {"true", 1, true}, {"false", 9, false}} {
		if got := NeedsSecondPerson(tt.setting, tt.publishers); got != tt.want {
			t.Errorf("%q with %d: %v", tt.setting, tt.publishers, got)
		}
	}
}

func TestGateGolden(t *testing.T) {
	t.Parallel()
	entry := func(id string, phrasings ...string) Article {
		return Article{ID: id, Title: phrasings[0], Phrasings: phrasings, Body: "答。"}
	}
	base := []Article{entry("fee", "手续费怎么算", "手续费是多少"), entry("paper", "打印纸用完了怎么办", "没有打印纸了")}
	golden := []Golden{
		{Question: "手续费怎么算的", ID: "fee"}, {Question: "打印纸没了", ID: "paper"}, {Question: "手续费多少", ID: "nowhere"},
	}
	thief := entry("thief", "手续费怎么算的", "手续费怎么算呢")
	before, after := NewIndex(base, IndexOptions{}), NewIndex(append(base, thief), IndexOptions{})
	got := GateGolden(before, after, golden)
	if len(got) != 1 || got[0].Golden.ID != "fee" || got[0].Before != "fee" || got[0].After != "thief" {
		t.Fatalf("changes %v", got)
	}
	if s := got[0].String(); !strings.Contains(s, "发布前答 fee，发布后答 thief") {
		t.Error(s)
	}
	if got := GateGolden(before, before, golden); len(got) != 0 { // what fails already is nobody's fault
		t.Errorf("nothing changed, yet %v", got)
	}
	golden[0].IDs = []string{"thief"}
	if got := GateGolden(before, after, golden); len(got) != 0 {
		t.Errorf("a second right answer: %v", got)
	}
}

func TestSimilar(t *testing.T) {
	t.Parallel()
	draft := Article{
		ID: "new", Title: "昨天刷的钱什么时候到账", Phrasings: []string{"钱什么时候能到账", "手续费是多少"}, Body: "一般第二个工作日到账，节假日顺延。",
	}
	twin := Article{ID: "twin", Title: "钱什么时候能到账", Phrasings: []string{"昨天刷的钱什么时候到账呢"}, Body: "第二个工作日到账，遇节假日顺延。"}
	rival := Article{ID: "rival", Title: "手续费是多少呢", Body: "以签约费率为准，看协议第三页。"}
	far := Article{ID: "far", Title: "打印纸用完了怎么办", Body: "换纸。"}
	other := twin
	other.ID, other.Brands = "other", []string{"拉卡拉"}
	self := draft
	scoped := draft
	scoped.Brands = []string{"盛付通"}
	got := Similar(draft, []Article{far, rival, self, twin})
	if len(got) != 2 || got[0].ID != "twin" || !got[0].SameAnswer || got[0].Pairs != 2 || got[1].ID != "rival" || got[1].SameAnswer {
		t.Fatalf("alike: %+v", got)
	}
	if got := Similar(scoped, []Article{other}); len(got) != 0 {
		t.Errorf("entries of different brands: %+v", got)
	}
	if got := Similar(draft, []Article{other}); len(got) != 1 {
		t.Errorf("an entry of one brand and one of all: %+v", got)
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		a    Article
		want bool
	}{
		"published":  {Article{Status: StatusPublished}, true},
		"draft":      {Article{}, false},
		"archived":   {Article{Status: StatusArchived}, false},
		"first day":  {Article{Status: StatusPublished, ValidFrom: "2026-11-22"}, true},
		"tomorrow":   {Article{Status: StatusPublished, ValidFrom: "2026-11-23"}, false},
		"last day":   {Article{Status: StatusPublished, ValidUntil: "2026-11-22"}, true},
		"yesterday":  {Article{Status: StatusPublished, ValidUntil: "2026-11-21"}, false},
		"everything": {Article{Status: StatusPublished, ValidFrom: "2026-01-01", ValidUntil: "2026-12-31"}, true},
	} {
		if got := tt.a.Live(testNow()); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
		if n := len(Live([]Article{tt.a}, testNow())); (n == 1) != tt.want {
			t.Errorf("%s: Live keeps %d", name, n)
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	a := sound()
	b := a
	b.Title, b.Body = "新标题", "答复。\n1. 多了一步。"
	var changed []DiffLine
	for _, l := range Diff(a, b) {
		if l.Op != Same {
			changed = append(changed, l)
		}
	}
	want := []DiffLine{{Removed, "title: 好条目"}, {Added, "title: 新标题"}, {Added, "1. 多了一步。"}}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Error(diff)
	}
	if n := len(Diff(a, a)); n != strings.Count(string(Format(a)), "\n") {
		t.Errorf("comparing with itself gives %d lines", n)
	}
}

func FuzzDiff(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\nd")
	f.Fuzz(func(t *testing.T, before, after string) {
		var a, b []string
		for _, l := range diffLines(strings.Split(before, "\n"), strings.Split(after, "\n")) {
			if l.Op != Added {
				a = append(a, l.Text)
			}
			if l.Op != Removed {
				b = append(b, l.Text)
			}
		}
		if strings.Join(a, "\n") != before || strings.Join(b, "\n") != after {
			t.Errorf("diff of %q and %q does not give them back", before, after)
		}
	})
}

func TestLoadForeign(t *testing.T) {
	t.Parallel()
	got, err := LoadForeign(strings.NewReader("\ufeff{\"id\":\"x\",\"q\":\"怎么换纸\",\"similar\":[\"没纸了\"],\"answer\":\"掀盖\",\"more\":1}\n\n{\"id\":7,\"q\":\"几点下班\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Article{
		{ID: "x", Title: "怎么换纸", Phrasings: []string{"没纸了"}, Body: "掀盖", Version: 1, Status: StatusPublished},
		{ID: "7", Title: "几点下班", Version: 1, Status: StatusPublished},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	ix := NewIndex(got, IndexOptions{})
	if r := ix.Search("没纸了", 2, Tags{}); len(r.Hits) == 0 || r.Hits[0].ID != "x" || !r.Confident {
		t.Errorf("foreign search: %+v", r)
	}
	for name, tt := range map[string]struct{ in, want string }{
		"not JSON":  {"{\"id\":\"x\",\"q\":\"a\"}\nnonsense", "第 2 行"},
		"no id":     {"{\"q\":\"a\"}", "id"},
		"no q":      {"{\"id\":\"x\"}", "q"},
		"twice":     {"{\"id\":\"x\",\"q\":\"a\"}\n{\"id\":\"x\",\"q\":\"b\"}", "重复"},
		"long line": {"{\"id\":\"" + strings.Repeat("x", 1<<20) + "\"}", "无法读取"},
	} {
		if _, err := LoadForeign(strings.NewReader(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

func FuzzLoadForeign(f *testing.F) {
	f.Add("{\"id\":\"x\",\"q\":\"a\",\"similar\":[\"b\"]}")
	f.Fuzz(func(_ *testing.T, in string) {
		articles, err := LoadForeign(strings.NewReader(in))
		if err == nil {
			NewIndex(articles, IndexOptions{}).Search(in, 3, Tags{})
		}
	})
}
