package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"daozhang/bot"
	"daozhang/bot/scenario"
	"daozhang/bot/understand"
	"daozhang/knowledge"
)

// runReplay plays scenario files: one JSON line a scenario, deterministic,
// offline and in memory.
func runReplay(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("replay", flag.ContinueOnError)
	expect := f.Bool("expect", false, "同时核对每个场景的 expect；有一个不符则退出码 1")
	files, err := parseFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return usagef("至少要一个场景文件（- 表示标准输入）")
	}
	shelf, err := shippedShelf()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(t.stdout)
	r := replayer{parser: understand.New(understand.Vocabulary{}), shelf: shelf, out: out, log: slog.New(slog.NewTextHandler(t.stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
	for _, name := range files {
		if err := r.file(ctx, t, name); err != nil {
			return errors.Join(err, out.Flush())
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if *expect {
		for _, p := range r.problems {
			fmt.Fprintln(t.stderr, p)
		}
		fmt.Fprintf(t.stderr, "场景 %d 个，核对 %d 个，问题 %d 处，读不出的 %d 行\n", r.played, r.judged, len(r.problems), r.bad)
	}
	if r.bad > 0 || *expect && len(r.problems) > 0 {
		return errSilent
	}
	return nil
}

// shippedShelf is the knowledge that comes with the program, as version 1.
func shippedShelf() (bot.Shelf, error) {
	articles, err := knowledge.Shipped()
	if err != nil {
		return bot.Shelf{}, fmt.Errorf("shipped articles: %w", err)
	}
	for i := range articles {
		articles[i].Version, articles[i].Status = 1, knowledge.StatusPublished
	}
	return bot.Shelf{Index: knowledge.NewIndex(articles, knowledge.IndexOptions{}), Rows: knowledge.PublicChannels()}, nil
}

// replayer plays lines and keeps the count.
type replayer struct {
	parser              *understand.Parser
	shelf               bot.Shelf
	out                 *bufio.Writer
	log                 *slog.Logger
	played, judged, bad int
	problems            []string
}

func (r *replayer) file(ctx context.Context, t terminal, name string) error {
	in := t.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("scenario file: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	lines := bufio.NewReaderSize(in, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 && string(trimmed) != byteOrderMark {
			if err := r.line(ctx, fmt.Sprintf("%s:%d", name, n), trimmed); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
}

func (r *replayer) line(ctx context.Context, at string, data []byte) error {
	s, err := scenario.Parse(data)
	var output any
	if err == nil {
		var played scenario.Output
		played, err = playScenario(ctx, s, r.parser, r.shelf, r.log)
		output = played
		if err == nil && s.Expect != nil {
			r.judged++
			for _, p := range scenario.Check(s, played) {
				r.problems = append(r.problems, fmt.Sprintf("%s: %s: %s", at, s.ID, strings.ReplaceAll(p.String(), "\n", "⏎")))
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.bad++
		output = scenario.ErrorOutput{ID: scenario.ID(data), Error: err.Error()}
	} else {
		r.played++
	}
	text, err := scenario.Line(output)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	_, err = r.out.Write(append(text, '\n'))
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
