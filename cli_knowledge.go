package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daozhang/knowledge"
	"daozhang/knowledge/bulk"
)

// runKnowledge works on curated entries.
func runKnowledge(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 {
		return usagef("要写明 lint、import、export、search 或 eval")
	}
	switch args[0] {
	case "lint":
		return knowledgeLint(t, args[1:])
	case "import":
		return knowledgeImport(ctx, t, args[1:])
	case "export":
		return knowledgeExport(ctx, t, args[1:])
	case "search":
		return knowledgeSearch(ctx, t, args[1:])
	case "eval":
		return knowledgeEval(ctx, t, args[1:])
	default:
		return usagef("%q 不是 lint、import、export、search、eval 之一", args[0])
	}
}

// knowledgeLint reads Markdown files or folders; without any, the entries that
// come with the program.
func knowledgeLint(t terminal, args []string) error {
	paths, err := parseFlags(t, flag.NewFlagSet("knowledge lint", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	files, err := articleFiles(paths)
	if err != nil {
		return err
	}
	o := bulk.Options{Channels: knowledge.PublicChannels(), Now: time.Now()}
	if len(paths) == 0 {
		o.Phrasings = knowledge.ShippedPhrasings
	}
	articles, findings := bulk.Read(files, o)
	for _, f := range findings {
		fmt.Fprintln(t.stdout, f.String())
	}
	fmt.Fprintf(t.stderr, "%d个条目，%d个问题\n", len(articles), len(findings))
	if len(findings) > 0 {
		return errSilent
	}
	return nil
}

// articleFiles reads .md files below the paths, and the tables and zips named
// themselves, in order of their names.
func articleFiles(paths []string) ([]knowledge.File, error) {
	if len(paths) == 0 {
		files, err := knowledge.ShippedFiles()
		if err != nil {
			return nil, fmt.Errorf("shipped articles: %w", err)
		}
		return files, nil
	}
	var names []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(name string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (filepath.Ext(name) == ".md" || name == p && bulkFile(name)) {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("articles: %w", err)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s 里没有 .md、.csv、.xlsx 或 .zip 文件", strings.Join(paths, ", "))
	}
	slices.Sort(names)
	files := make([]knowledge.File, 0, len(names))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("articles: %w", err)
		}
		files = append(files, knowledge.File{Name: name, Data: data})
	}
	return files, nil
}

// configuredArticles are the published ones of the configured database, or the
// shipped ones while there is none.
func configuredArticles(ctx context.Context, cfg Config) ([]knowledge.Article, error) {
	if mustExist(cfg) != nil {
		articles, err := knowledge.Shipped()
		if err != nil {
			return nil, fmt.Errorf("shipped articles: %w", err)
		}
		return articles, nil
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // only read
	if err := seedKnowledge(ctx, s); err != nil {
		return nil, err
	}
	articles, _, err := s.PublishedArticles(ctx)
	if err != nil {
		return nil, fmt.Errorf("articles: %w", err)
	}
	return articles, nil
}

// knowledgeSearch: queries on stdin, one a line; one JSON line out each.
func knowledgeSearch(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("knowledge search", flag.ContinueOnError)
	base := f.String("kb", "", "检索这个文件 `FILE` 里的外部知识库，每行 JSON {id,q,similar,answer}")
	top := f.Int("top", 10, "最多几条结果 `N`")
	cfg, rest, err := configFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 || *top < 1 {
		return usagef("问题从标准输入读；-top 至少为 1")
	}
	articles, err := searchBase(ctx, cfg, *base)
	if err != nil {
		return err
	}
	ix := knowledge.NewIndex(articles, knowledge.IndexOptions{})
	out := bufio.NewWriter(t.stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	type hit struct {
		ID    string  `json:"id"`
		Score float64 `json:"score"`
	}
	err = eachLine(ctx, t.stdin, func(q string) error {
		r := ix.Search(q, *top, knowledge.Tags{})
		hits := make([]hit, 0, len(r.Hits))
		for _, h := range r.Hits {
			hits = append(hits, hit{h.ID, h.Score})
		}
		return enc.Encode(struct {
			Q         string `json:"q"`
			Hits      []hit  `json:"hits"`
			Confident bool   `json:"confident"`
		}{q, hits, r.Confident})
	})
	if err := errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return nil
}

func searchBase(ctx context.Context, cfg Config, file string) ([]knowledge.Article, error) {
	if file == "" {
		articles, err := configuredArticles(ctx, cfg)
		return knowledge.Live(articles, time.Now()), err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	articles, err := knowledge.LoadForeign(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return articles, nil
}

// knowledgeEval scores the configured base against golden questions: those
// that come with the program, or a file of JSON lines {"q","id"}.
func knowledgeEval(ctx context.Context, t terminal, args []string) error {
	cfg, rest, err := configFlags(t, flag.NewFlagSet("knowledge eval", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	golden, err := goldenQuestions(rest)
	if err != nil {
		return err
	}
	articles, err := configuredArticles(ctx, cfg)
	if err != nil {
		return err
	}
	ix := knowledge.NewIndex(knowledge.Live(articles, time.Now()), knowledge.IndexOptions{})
	first, three, onTopic, refused, offTopic := 0, 0, 0, 0, 0
	for _, g := range golden {
		r := ix.Search(g.Question, 3, g.Tags)
		if g.ID == "" {
			offTopic++
			if r.OffTopic || len(r.Hits) == 0 {
				refused++
			}
			continue
		}
		onTopic++
		for i, h := range r.Hits {
			if h.ID == g.ID {
				three++
				if i == 0 {
					first++
				}
			}
		}
	}
	for _, f := range knowledge.CheckGolden(ix, golden) {
		fmt.Fprintln(t.stdout, f.String())
	}
	fmt.Fprintf(t.stdout, "%d个问题：首条命中 %s，前三命中 %s；离题%d个，拒答 %s\n", onTopic, percent(first, onTopic), percent(three, onTopic), offTopic, percent(refused, offTopic))
	return nil
}

func goldenQuestions(files []string) ([]knowledge.Golden, error) {
	if len(files) == 0 {
		golden, err := knowledge.ShippedGolden()
		if err != nil {
			return nil, fmt.Errorf("golden questions: %w", err)
		}
		return golden, nil
	}
	var out []knowledge.Golden
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("golden questions: %w", err)
		}
		for i, line := range strings.Split(string(data), "\n") {
			if strings.TrimSpace(line) == "" {
				continue
			}
			var g knowledge.Golden
			if err := json.Unmarshal([]byte(line), &g); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
			out = append(out, g)
		}
	}
	return out, nil
}

func percent(n, of int) string {
	if of == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}
