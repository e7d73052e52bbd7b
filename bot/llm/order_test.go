package llm

import "testing"

// Whatever the model says, the places are given ones and each stands once.
func FuzzOrder(f *testing.F) {
	for _, s := range []string{`{"order":[3,1,2]}`, `{"order":[]}`, `x{"order":[1]}y`, `{"order":[1,1]}`, `{"order":null}`, `[1]`, `}{`, `{"order":[1e1]}`, "", `{"Order":[2]}`} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, answer string, n int) {
		n = min(max(n, 0), 8)
		order, err := parseOrder(answer, n)
		if err != nil {
			if order != nil {
				t.Error("an order beside an error")
			}
			return
		}
		seen := map[int]bool{}
		for _, i := range order {
			if i < 0 || i >= n || seen[i] {
				t.Fatalf("%q gave %v of %d", answer, order, n)
			}
			seen[i] = true
		}
	})
}
