package knowledge

import (
	"fmt"
	"math/rand"
	"runtime"
	"strings"
	"testing"
)

// base makes n articles out of the shipped ones' words, six phrasings each, so
// that common grams are as common as in real bases.
func base(tb testing.TB, n int) []Article {
	tb.Helper()
	var words []string
	for _, a := range shipped(tb) {
		for _, p := range a.Phrasings {
			r := []rune(p)
			for i := 0; i+3 <= len(r); i += 3 {
				words = append(words, string(r[i:i+3]))
			}
		}
	}
	rnd := rand.New(rand.NewSource(1))
	text := func(k int) string {
		var b strings.Builder
		for range k {
			b.WriteString(words[rnd.Intn(len(words))])
		}
		return b.String()
	}
	out := make([]Article, n)
	for i := range out {
		out[i] = Article{ID: fmt.Sprintf("a%06d", i), Title: text(4), Body: text(40)}
		for range 6 {
			out[i].Phrasings = append(out[i].Phrasings, text(4))
		}
	}
	return out
}

func BenchmarkSearch(b *testing.B) {
	own := len(shipped(b))
	for _, n := range []int{own, 200, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if n == 100_000 && testing.Short() {
				b.Skip("large")
			}
			articles := shipped(b)
			if n > own {
				articles = base(b, n)
			}
			ix := NewIndex(articles, IndexOptions{})
			questions := labelled(b, "questions.jsonl")
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				ix.Search(questions[i%len(questions)].Q, 3, Tags{})
			}
		})
	}
}

func BenchmarkNewIndex10000(b *testing.B) {
	articles := base(b, 10_000)
	b.ResetTimer()
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		ix := NewIndex(articles, IndexOptions{})
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
		runtime.KeepAlive(ix)
	}
}

func BenchmarkCheckOutbound(b *testing.B) {
	a, _ := NewIndex(shipped(b), IndexOptions{}).Article("paid-not-noticed")
	text, rows := a.Body+"金额5000.00元，流水号032212345678，打12363。", PublicChannels()
	for range b.N {
		if f := CheckOutbound(text, rows, []string{"032212345678"}, testNow()); len(f) > 0 {
			b.Fatal(f)
		}
	}
}

func BenchmarkCheckOutboundLong(b *testing.B) {
	text, rows := strings.Repeat("金额5000.00元，参考号 032212345678。a.b", 1000), PublicChannels()
	for range b.N {
		CheckOutbound(text, rows, nil, testNow())
	}
}
