package runner_test

import (
	"testing"

	"daozhang/bot/runner"
	"daozhang/bot/understand"
)

func TestFragments(t *testing.T) {
	t.Parallel()
	fragment := runner.Fragments(understand.New(understand.Vocabulary{}), newClock().now)
	for text, want := range map[string]bool{
		"在吗": true, "你好": true, "昨天刷的": true, "5000": true, "拉卡拉": true, "我想问一下": true, "刷了5000": true, "": true,
		"昨天下午刷了一笔5000到现在没到账": false, "没到账": false, "钱呢": false, "怎么还没到": false, "到了吗": false,
		"转人工": false, "第二个": false, "谢谢": false, "好的": false, "手续费多少": false, "POS机坏了": false,
		"我昨天下午在店里刷了一笔五千块的": false, "投诉你们": false,
	} {
		if got := fragment(text); got != want {
			t.Errorf("%q: fragment %t, want %t", text, got, want)
		}
	}
}
