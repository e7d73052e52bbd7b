package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/knowledge/bulk"
	"daozhang/store"
)

// bulkFile reports a file of many entries.
func bulkFile(name string) bool {
	return slices.Contains([]string{".csv", ".xlsx", ".zip"}, strings.ToLower(filepath.Ext(name)))
}

// knowledgeImport publishes Markdown files, tables or zips; all or nothing.
func knowledgeImport(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("knowledge import", flag.ContinueOnError)
	dry := f.Bool("dry-run", false, "只显示会改什么，不写入")
	override := f.String("override", "", "标准问题会答错也照样导入，写明理由 `REASON`（记入审计）")
	cfg, paths, err := configFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return usagef("import 要 Markdown 文件或文件夹，或 .csv、.xlsx、.zip 文件")
	}
	files, err := articleFiles(paths)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // committed
	if err := seedKnowledge(ctx, s); err != nil {
		return err
	}
	lib, err := newLibrary(ctx, s, time.Now)
	if err != nil {
		return err
	}
	current, _, err := s.PublishedArticles(ctx)
	if err != nil {
		return fmt.Errorf("articles: %w", err)
	}
	articles, findings := bulk.Read(files, bulk.Options{Current: current, Channels: lib.Channels(), Forbidden: lib.Forbidden(), Now: time.Now()})
	if len(findings) > 0 {
		for _, f := range findings {
			fmt.Fprintln(t.stderr, f.String())
		}
		return fmt.Errorf("一条也没有导入：有 %d 处问题，全部改好才会导入", len(findings))
	}
	plan := bulk.Plan(current, articles)
	if *dry {
		printPlan(t, plan)
	}
	detail, err := goldenGate(ctx, t, s, current, articles, *override)
	if err != nil || *dry {
		return err
	}
	audit := cliAudit("article.import", "articles")
	audit.Detail = detail
	changed, err := s.ImportArticles(ctx, articles, desk.Actor{Name: "命令行", DisplayName: "命令行"}, audit)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	fmt.Fprintf(t.stdout, "导入%d个条目：%d个有变化，已发布；%d个没有变化\n", len(articles), changed, len(articles)-changed)
	return nil
}

// printPlan prints what an import would change.
func printPlan(t terminal, plan []bulk.Change) {
	count := map[bulk.Kind]int{}
	for _, c := range plan {
		count[c.Kind]++
		switch c.Kind {
		case bulk.New:
			fmt.Fprintf(t.stdout, "新增 %s %s\n", c.ID, c.Title)
		case bulk.Changed:
			fmt.Fprintf(t.stdout, "修改 %s %s\n", c.ID, c.Title)
			for _, l := range c.Lines {
				if l.Op != knowledge.Same {
					fmt.Fprintf(t.stdout, "  %c %s\n", l.Op, l.Text)
				}
			}
		case bulk.Same:
		}
	}
	fmt.Fprintf(t.stdout, "试运行，什么都没有改：新增%d个，修改%d个，没有变化%d个\n", count[bulk.New], count[bulk.Changed], count[bulk.Same])
}

// goldenGate refuses an import that breaks golden questions, with the
// difference on stderr, unless a reason overrides it. It gives the words for
// the audit record.
func goldenGate(ctx context.Context, t terminal, s *store.Store, current, incoming []knowledge.Article, override string) (string, error) {
	rows, err := s.GoldenQuestions(ctx)
	if err != nil {
		return "", fmt.Errorf("golden questions: %w", err)
	}
	words, err := s.Words(ctx)
	if err != nil {
		return "", fmt.Errorf("words: %w", err)
	}
	golden := make([]knowledge.Golden, len(rows))
	for i, r := range rows {
		golden[i] = r.Golden
	}
	options := knowledge.NewWordbook(words).Options()
	live := knowledge.Live(current, time.Now())
	after := slices.Clone(live)
	for _, a := range incoming {
		a.Status, a.ValidFrom = knowledge.StatusPublished, ""
		after = append(after, a)
	}
	broken := knowledge.GateGolden(knowledge.NewIndex(live, options), knowledge.NewIndex(after, options), golden)
	if len(broken) == 0 {
		return "", nil
	}
	for _, c := range broken {
		fmt.Fprintln(t.stderr, c.String())
	}
	if strings.TrimSpace(override) == "" {
		return "", fmt.Errorf("一条也没有导入：有 %d 个标准问题会答错；请修改条目，或用 -override 写明理由", len(broken))
	}
	return fmt.Sprintf("golden questions broken: %d, overridden: %s", len(broken), override), nil
}

// knowledgeExport writes every published entry: a folder of Markdown files, or
// one .csv, .xlsx or .zip file.
func knowledgeExport(ctx context.Context, t terminal, args []string) error {
	cfg, rest, err := configFlags(t, flag.NewFlagSet("knowledge export", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usagef("export 要写明输出的文件夹，或 .csv、.xlsx、.zip 文件")
	}
	articles, err := configuredArticles(ctx, cfg)
	if err != nil {
		return err
	}
	if err := exportTo(rest[0], articles); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	fmt.Fprintf(t.stdout, "已导出%d个条目到 %s\n", len(articles), rest[0])
	return nil
}

func exportTo(path string, articles []knowledge.Article) error {
	if bulkFile(path) {
		format := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
		if format == "zip" {
			format = "md"
		}
		data, err := bulk.Write(format, articles)
		if err != nil {
			return err //nolint:wrapcheck // says it all
		}
		return os.WriteFile(path, data, 0o600)
	}
	if err := os.MkdirAll(path, 0o750); err != nil {
		return err
	}
	for _, a := range articles {
		if err := os.WriteFile(filepath.Join(path, a.ID+".md"), knowledge.Format(a), 0o600); err != nil {
			return err
		}
	}
	return nil
}
