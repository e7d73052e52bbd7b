// Command peers searches the same entries with daozhang's index, bleve's CJK
// analyser and SQLite's FTS5 trigram index, and prints quality, time and memory
// side by side. It is a module of its own, so that no peer enters the product's
// go.mod. Nothing leaves the machine.
package main

import (
	"cmp"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"daozhang/knowledge"
)

// engine is one way to search. Entries are known by their place in the base.
type engine interface {
	// search gives the best entries, best first, at most top.
	search(question string, top int) ([]string, error)
	close() error
}

type maker struct {
	name string
	make func([]knowledge.Article) (engine, error)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run() error {
	articles, err := knowledge.Shipped()
	if err != nil {
		return fmt.Errorf("articles: %w", err)
	}
	makers := []maker{{"daozhang", newOurs}, {"bleve, cjk", newBleve}, {"SQLite FTS5, trigram", newSQLite}}
	if err := quality(makers, articles); err != nil {
		return err
	}
	for _, n := range []int{200, 2_000, 10_000, 100_000} {
		use := makers
		if n > 2_000 {
			use = makers[:1] // the others take minutes to build
		}
		if err := speed(use, synthetic(articles, n), questions(articles)); err != nil {
			return err
		}
	}
	return nil
}

// quality keeps every third phrasing of the shipped entries back and asks it.
func quality(makers []maker, articles []knowledge.Article) error {
	fmt.Printf("%-24s %10s %10s %10s\n", "a third held back", "first", "in three", "to ours")
	var ours float64
	for _, m := range makers {
		var first, three, all float64
		for split := range 3 {
			base, asked := hold(articles, split)
			e, err := m.make(base)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			for _, q := range asked {
				hits, err := e.search(q.text, 3)
				if err != nil {
					return fmt.Errorf("%s: %w", m.name, err)
				}
				all++
				for i, id := range hits {
					if id == q.id {
						three++
						if i == 0 {
							first++
						}
					}
				}
			}
			if err := e.close(); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
		ours = cmp.Or(ours, first)
		fmt.Printf("%-24s %9.1f%% %9.1f%% %9.2fx  (%.0f questions)\n", m.name, 100*first/all, 100*three/all, first/ours, all)
	}
	return nil
}

type asked struct{ text, id string }

func hold(articles []knowledge.Article, split int) (base []knowledge.Article, out []asked) {
	for _, a := range articles {
		kept := knowledge.Article{ID: a.ID, Title: a.Title, Body: a.Body}
		for i, p := range a.Phrasings {
			if i%3 == split {
				out = append(out, asked{p, a.ID})
			} else {
				kept.Phrasings = append(kept.Phrasings, p)
			}
		}
		base = append(base, kept)
	}
	return base, out
}

func speed(makers []maker, articles []knowledge.Article, asked []string) error {
	fmt.Printf("\n%-24s %10s %10s %10s %10s\n", fmt.Sprintf("%d entries", len(articles)), "a query", "to ours", "build", "memory")
	var ours float64
	for _, m := range makers {
		before := resident()
		start := time.Now()
		e, err := m.make(articles)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		build := time.Since(start)
		memory := resident() - before
		var failed error
		r := testing.Benchmark(func(b *testing.B) {
			for i := range b.N {
				if _, err := e.search(asked[i%len(asked)], 3); err != nil {
					failed = err
				}
			}
		})
		if failed != nil {
			return fmt.Errorf("%s: %w", m.name, failed)
		}
		us := float64(r.NsPerOp()) / 1000
		ours = cmp.Or(ours, us)
		fmt.Printf("%-24s %7.1f µs %9.1fx %7.0f ms %7.1f MB\n", m.name, us, us/ours, float64(build.Microseconds())/1000, float64(memory)/1e6)
		if err := e.close(); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// resident is the memory of the process in bytes, after a collection.
func resident() int64 {
	runtime.GC()
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(data), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// questions are phrasings of the shipped entries.
func questions(articles []knowledge.Article) []string {
	var out []string
	for _, a := range articles {
		out = append(out, a.Phrasings[0])
	}
	return out
}

// synthetic makes n entries out of the shipped ones' words, six phrasings each,
// so that common words are as common as in real bases.
func synthetic(articles []knowledge.Article, n int) []knowledge.Article {
	var words []string
	for _, a := range articles {
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
	out := make([]knowledge.Article, n)
	for i := range out {
		out[i] = knowledge.Article{ID: fmt.Sprintf("a%06d", i), Title: text(4), Body: text(40)}
		for range 6 {
			out[i].Phrasings = append(out[i].Phrasings, text(4))
		}
	}
	return out
}
