package knowledge

import "testing"

func TestForbiddenWords(t *testing.T) {
	t.Parallel()
	words := []string{"保证金", "VIP通道", " ，"}
	for text, want := range map[string]int{
		"要先交保证金。": 1, "第一行\n保 证、金": 1, "走ｖｉｐ 通道": 1, "保证 资金安全": 0, "": 0, "保\u200b证金": 1,
	} {
		got := CheckForbidden(text, words)
		if len(got) != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if f := CheckForbidden("第一行\n保证金", words); f[0].Line != 2 {
		t.Errorf("line %+v", f)
	}
}

func TestSynonyms(t *testing.T) {
	t.Parallel()
	base := []Article{
		{ID: "card", Title: "怎么换结算卡", Phrasings: []string{"结算卡怎么换", "换结算卡"}, Body: "带证件去办。"},
		{ID: "paper", Title: "怎么换打印纸", Phrasings: []string{"打印纸怎么换", "换打印纸"}, Body: "打开盖子。"},
	}
	book := NewWordbook([]Word{
		{Kind: Synonym, Word: "葫芦", Means: "打印纸"}, {Kind: Synonym, Word: "葫芦娃", Means: "结算卡"}, {Kind: Synonym, Word: "自己", Means: "自己"},
	})
	ix := NewIndex(base, book.Options())
	for q, want := range map[string]string{"葫芦娃怎么换": "card", "葫芦怎么换": "paper"} {
		if r := ix.Search(q, 1, Tags{}); len(r.Hits) == 0 || r.Hits[0].ID != want {
			t.Errorf("%s: %+v", q, r)
		}
	}
	if NewWordbook(nil).Options().Normalize != nil {
		t.Error("no words, yet another folding")
	}
}
