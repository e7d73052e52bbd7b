package understand

import "testing"

func TestNormalize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"５０００元！", "5000元!"},
		{"昨天下午３點刷卡，錢還沒到帳", "昨天下午3点刷卡，钱还没到账"},
		{"帳戶與號碼", "账户与号码"},
		{"没到帐", "没到账"},
		{"刷KA卡", "刷卡"},
		{"银行ka卡", "银行卡"},
		{"七咋", "欺诈"},
		{"信XIN息", "信息"},
		{"身份zheng件", "身份证件"},
		{"zheng件", "证件"},
		{"FA票", "发票"},
		{"突pos况", "突发状况"},
		{"刷咔", "刷卡"},
		{"没到涨", "没到账"},
		{"秒道", "秒到"},
		{"拉咔啦", "拉卡拉"},
		{"盛付桐", "盛付通"},
		{"中富pos", "中付pos"},
		{"中富大厦", "中富大厦"},
		{"瑞银鑫", "瑞银信"},
		{"dao zhang", "到账"},
		{"mei dao", "没到"},
		{"wo de qian mei dao zhang", "我的钱没到账"},
		{"hello man", "hello man"},
		{"POS机", "pos机"},
		{"D0 app", "d0 app"},
		{"没到😭😭账", "没到账"},
		{"5 000", "5 000"},
		{"昨 天", "昨天"},
		{"a\u200bb", "ab"},
		{"\xff昨\xfe天", "昨天"},
		{"一行\r\n二行", "一行\n二行"},
		{"①②Ⅱ类", "122类"},
		{"冇收到錢", "没收到钱"},
		{"到张三家", "到张三家"},
	} {
		if got := Normalize(c.in); got != c.want {
			t.Errorf("Normalize(%q) = %q, want %q", c.in, got, c.want)
		}
		if again := Normalize(Normalize(c.in)); again != Normalize(c.in) {
			t.Errorf("Normalize(%q) is not stable: %q", c.in, again)
		}
	}
}

// TestSpellingsNeverGrow: replacements are written in place.
func TestSpellingsNeverGrow(t *testing.T) {
	t.Parallel()
	parent := make(map[int32]int32, len(spellings.edges))
	for key, node := range spellings.edges {
		parent[node] = int32(key >> 32)
	}
	for node, to := range spellings.out {
		depth := 0
		for n := node; n != 0; n = parent[n] {
			depth++
		}
		if len(to) > depth {
			t.Errorf("%q is longer than what it replaces (%d)", string(to), depth)
		}
	}
	for key, word := range pinyin {
		if n := len([]rune(word)); n > len(key)+1 {
			t.Errorf("%q is longer than %q", word, key)
		}
	}
}
