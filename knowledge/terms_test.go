package knowledge

import "testing"

func TestTermTable(t *testing.T) {
	t.Parallel()
	var table termTable
	if _, ok := table.find(7); ok {
		t.Error("an empty table finds something")
	}
	const n, limit = 5000, 4000
	gramOf := func(i int) gram { return gram(i+1)<<32 | gram(i*i+1) }
	for range 2 { // the second time nothing is new
		for i := range n {
			term, ok := table.number(gramOf(i), limit)
			if ok != (i < limit) || ok && term != int32(i) {
				t.Fatalf("gram %d: term %d %v", i, term, ok)
			}
		}
	}
	seen := map[int32]bool{}
	for g, term := range table.all() {
		if found, ok := table.find(g); !ok || found != term || seen[term] {
			t.Errorf("gram %d: found %d %v, want %d once", g, found, ok, term)
		}
		seen[term] = true
	}
	if len(seen) != limit || table.n != limit {
		t.Errorf("%d terms, n %d, want %d", len(seen), table.n, limit)
	}
	if _, ok := table.find(gramOf(n + 1)); ok {
		t.Error("finds what was never numbered")
	}
}
