package knowledge

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAdvance(t *testing.T) {
	t.Parallel()
	article := func(s Status, v int) Article {
		return Article{ID: "a", Status: s, Version: v, ValidUntil: "2026-12-01"}
	}
	now := testNow()
	tests := map[string]struct {
		from    Article
		step    Step
		err     error
		version int
	}{
		"to review":          {article(StatusDraft, 0), Step{To: StatusReview, Actor: "甲", Author: "甲"}, nil, 0},
		"zero status":        {article("", 0), Step{To: StatusReview, Actor: "甲"}, nil, 0},
		"sent back":          {article(StatusReview, 2), Step{To: StatusDraft, Actor: "乙", Author: "甲"}, nil, 2},
		"published first":    {article(StatusReview, 0), Step{To: StatusPublished, Actor: "乙", Author: "甲"}, nil, 1},
		"published again":    {article(StatusReview, 3), Step{To: StatusPublished, Actor: "乙", Author: "甲", Published: 7}, nil, 8},
		"own words":          {article(StatusReview, 0), Step{To: StatusPublished, Actor: "甲", Author: " 甲 "}, ErrSecondPerson, 0},
		"author unknown":     {article(StatusReview, 0), Step{To: StatusPublished, Actor: "乙"}, ErrNobody, 0},
		"nobody":             {article(StatusDraft, 0), Step{To: StatusReview, Actor: " "}, ErrNobody, 0},
		"without review":     {article(StatusDraft, 0), Step{To: StatusPublished, Actor: "乙", Author: "甲"}, ErrStep, 0},
		"archived":           {article(StatusPublished, 4), Step{To: StatusArchived, Actor: "乙"}, nil, 4},
		"archived, alive":    {article(StatusArchived, 4), Step{To: StatusPublished, Actor: "乙", Author: "甲"}, ErrStep, 0},
		"published to draft": {article(StatusPublished, 4), Step{To: StatusDraft, Actor: "乙"}, ErrStep, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.step.Now = now
			got, err := Advance(tt.from, tt.step)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil && (got.Status != tt.step.To || got.Version != tt.version) {
				t.Errorf("got %s v%d, want %s v%d", got.Status, got.Version, tt.step.To, tt.version)
			}
		})
	}
	expired := article(StatusReview, 0)
	expired.ValidUntil = "2026-11-21"
	if _, err := Advance(expired, Step{To: StatusPublished, Actor: "乙", Author: "甲", Now: now}); !errors.Is(err, ErrExpired) {
		t.Errorf("expired: %v", err)
	}
	if got := Revise(article(StatusPublished, 4)); got.Status != StatusDraft || got.Version != 4 {
		t.Errorf("revised: %+v", got)
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
