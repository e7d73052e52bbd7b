package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"daozhang/bot/understand"
	"daozhang/knowledge"
	"daozhang/transactions"
)

// sentences are the labelled messages of the repository.
func sentences() ([]string, error) {
	files, err := filepath.Glob("testdata/understand/*.jsonl")
	if err != nil || len(files) == 0 {
		return nil, errors.New("no testdata/understand/*.jsonl: run from the repository's root")
	}
	var out []string
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open: %w", err)
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var row struct {
				Text string `json:"text"`
				Say  string `json:"say"`
			}
			if json.Unmarshal(lines.Bytes(), &row) == nil && row.Text+row.Say != "" {
				out = append(out, row.Text+row.Say)
			}
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return out, nil
}

// benchUnderstand: one message, against one pass of a small regular
// expression over the same text.
func benchUnderstand(_ context.Context, _, _ string) ([]figure, error) {
	texts, err := sentences()
	if err != nil {
		return nil, err
	}
	now := time.Date(2026, 11, 18, 16, 0, 0, 0, transactions.Shanghai)
	parser := understand.New(understand.Vocabulary{})
	ours := testing.Benchmark(func(b *testing.B) {
		for i := range b.N {
			parser.Parse(texts[i%len(texts)], understand.Context{}, now)
		}
	})
	digits := regexp.MustCompile(`[0-9一二三四五六七八九十百千万]+|[昨今前]天|元|块`)
	reference := testing.Benchmark(func(b *testing.B) {
		for i := range b.N {
			digits.FindAllStringIndex(texts[i%len(texts)], -1)
		}
	})
	us := float64(ours.NsPerOp()) / 1000
	forty := aroundForty(texts)
	median, allocs := medianParse(parser, forty, now)
	short, long := repeated(parser, 500, now), repeated(parser, 2000, now)
	return []figure{
		{fmt.Sprintf("understand: about 40 characters (%d messages)", len(forty)), fmt.Sprintf("%.1f µs median, %.0f allocs", float64(median.Nanoseconds())/1000, allocs), "≤ 60 µs, 20", fmt.Sprintf("%.1f × one small regexp", float64(median.Nanoseconds())/float64(reference.NsPerOp()))},
		{"understand: 2,000 characters", fmt.Sprintf("%.0f µs", float64(long.Nanoseconds())/1000), "linear", fmt.Sprintf("%.1f × 500 characters (%.0f µs)", float64(long)/float64(short), float64(short.Nanoseconds())/1000)},
		{fmt.Sprintf("understand: one message (mean of %d)", len(texts)), fmt.Sprintf("%.1f µs, %d allocs", us, ours.AllocsPerOp()), "≤ 100 µs", fmt.Sprintf("%.1f × one small regexp (%.1f µs)", float64(ours.NsPerOp())/float64(reference.NsPerOp()), float64(reference.NsPerOp())/1000)},
	}, nil
}

// aroundForty are the sentences of 36 to 44 characters.
func aroundForty(texts []string) []string {
	var out []string
	for _, t := range texts {
		if n := utf8.RuneCountInString(t); n >= 36 && n <= 44 {
			out = append(out, t)
		}
	}
	return out
}

// medianParse is the median over messages of the best of some readings, and
// the mean number of allocations.
func medianParse(parser *understand.Parser, texts []string, now time.Time) (time.Duration, float64) {
	took := make([]time.Duration, 0, len(texts))
	allocs := 0.0
	for _, text := range texts {
		best := time.Hour
		for range 50 {
			start := time.Now()
			parser.Parse(text, understand.Context{}, now)
			best = min(best, time.Since(start))
		}
		took = append(took, best)
		allocs += testing.AllocsPerRun(10, func() { parser.Parse(text, understand.Context{}, now) })
	}
	slices.Sort(took)
	return took[len(took)/2], allocs / float64(len(texts))
}

// repeated is the best time for a text of that many characters.
func repeated(parser *understand.Parser, chars int, now time.Time) time.Duration {
	const unit = "你好,拉卡拉昨天下午3点多刷了一笔五千块,尾号6688的卡到现在还没到账,很着急。"
	text := string([]rune(strings.Repeat(unit, chars/utf8.RuneCountInString(unit)+1))[:chars])
	best := time.Hour
	for range 50 {
		start := time.Now()
		parser.Parse(text, understand.Context{}, now)
		best = min(best, time.Since(start))
	}
	return best
}

// benchSearch: one look into the shipped knowledge, against a linear scan of
// all phrasings for the query's characters.
func benchSearch(_ context.Context, _, _ string) ([]figure, error) {
	articles, err := knowledge.Shipped()
	if err != nil {
		return nil, fmt.Errorf("articles: %w", err)
	}
	queries := make([]string, 0, len(articles))
	for _, a := range articles {
		queries = append(queries, a.Phrasings...)
	}
	build := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			knowledge.NewIndex(articles, knowledge.IndexOptions{Normalize: understand.Normalize})
		}
	})
	ix := knowledge.NewIndex(articles, knowledge.IndexOptions{Normalize: understand.Normalize})
	ours := testing.Benchmark(func(b *testing.B) {
		for i := range b.N {
			ix.Search(queries[i%len(queries)], 3, knowledge.Tags{})
		}
	})
	scan := testing.Benchmark(func(b *testing.B) {
		for i := range b.N {
			countShared(queries, queries[i%len(queries)])
		}
	})
	return []figure{
		{fmt.Sprintf("knowledge: one query, %d entries", len(articles)), fmt.Sprintf("%.1f µs, %d allocs", float64(ours.NsPerOp())/1000, ours.AllocsPerOp()), "≤ 30 µs", fmt.Sprintf("%.2f × a linear scan (%.0f µs)", float64(ours.NsPerOp())/float64(scan.NsPerOp()), float64(scan.NsPerOp())/1000)},
		{"knowledge: build the index", fmt.Sprintf("%.1f ms", float64(build.NsPerOp())/1e6), "", ""},
	}, nil
}

// countShared is the reference: how many phrasings share a character with q.
func countShared(phrasings []string, q string) int {
	set := map[rune]bool{}
	for _, r := range q {
		set[r] = true
	}
	n := 0
	for _, p := range phrasings {
		for _, r := range p {
			if set[r] {
				n++
			}
		}
	}
	return n
}
