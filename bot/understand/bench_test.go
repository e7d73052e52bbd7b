package understand

import (
	"strings"
	"testing"
	"time"
)

// typical is a message of forty characters.
const typical = "你好,拉卡拉昨天下午3点多刷了一笔五千块,尾号6688的卡到现在还没到账,很着急"

func BenchmarkParse(b *testing.B) {
	p := New(Vocabulary{})
	now := time.Date(2026, 11, 18, 15, 0, 0, 0, zone)
	long := []rune(strings.Repeat(typical+"。", 50))[:2000]
	for _, c := range []struct{ name, text string }{
		{"short", "昨天5000没到"}, {"typical", typical}, {"long2000", string(long)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Parse(c.text, Context{}, now)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New(Vocabulary{})
	}
}
