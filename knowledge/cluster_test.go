package knowledge

import (
	"fmt"
	"testing"
)

func TestClusters(t *testing.T) {
	t.Parallel()
	var asked []Asked
	for i, q := range []string{
		"机器纸卡住了怎么办", "发票怎么开", "机器卡纸了怎么办", "怎么开发票啊", "机器卡纸怎么办？", "可以分期吗", "机器卡纸了怎么办",
	} {
		asked = append(asked, Asked{int64(i + 1), q})
	}
	got := Clusters(asked)
	if len(got) != 3 || fmt.Sprint(got[0].IDs) != "[1 3 5 7]" || fmt.Sprint(got[1].IDs) != "[2 4]" || fmt.Sprint(got[2].IDs) != "[6]" {
		t.Fatalf("%+v", got)
	}
	if got[0].Text != "机器卡纸了怎么办" || len(got[0].Examples) != 3 {
		t.Errorf("%+v", got[0])
	}
	if len(Clusters(nil)) != 0 || len(Clusters([]Asked{{1, "？"}, {2, ""}})) == 0 {
		t.Error("nothing said")
	}
}

func BenchmarkClusters(b *testing.B) {
	var asked []Asked
	for i := range 1000 {
		asked = append(asked, Asked{int64(i), fmt.Sprintf("第%d种问题怎么办呢%d", i%97, i)})
	}
	for b.Loop() {
		Clusters(asked)
	}
}
