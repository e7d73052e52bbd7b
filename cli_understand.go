package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"daozhang/bot/understand"
	"daozhang/transactions"
)

// maxLine bounds one line of stdin, in bytes.
const maxLine = 1 << 20

// hanNumerals may write a card number too.
const hanNumerals = "零〇一二三四五六七八九幺"

// byteOrderMark begins files of some editors.
const byteOrderMark = "\ufeff"

// runUnderstand: one message a line in, one JSON line out, empty lines too.
func runUnderstand(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("understand", flag.ContinueOnError)
	nowFlag := f.String("now", "", "相对时间从这个时刻 `T` 算起（RFC 3339；不写时区按 +08:00；默认现在）")
	path := f.String("config", "", "用这个配置文件 `FILE` 的 bot.gazetteer（默认 daozhang.yaml，有就用）")
	rest, err := parseFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("从标准输入读消息，每行一句；不带参数")
	}
	now, err := parseNow(*nowFlag)
	if err != nil {
		return err
	}
	words, err := fileGazetteer(*path)
	if err != nil {
		return err
	}
	parser := understand.New(words)
	out := bufio.NewWriter(t.stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	failed := false
	err = eachLine(ctx, t.stdin, func(line string) error {
		text, at := line, now
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), "{") {
			var in struct {
				Text string `json:"text"`
				Now  string `json:"now"`
			}
			err := json.Unmarshal([]byte(line), &in)
			if err == nil && in.Now != "" {
				if at, err = parseNow(in.Now); err != nil {
					err = errors.New("now is no instant: write it as 2026-11-18T16:00:00+08:00")
				}
			}
			if err != nil {
				failed = true
				why, _ := understand.Redact(err.Error()) // it may quote the line
				return enc.Encode(map[string]string{"error": "a line beginning with { is {\"text\",\"now\"?}: " + why})
			}
			text = in.Text
		}
		return enc.Encode(parser.Parse(text, understand.Context{}, at))
	})
	if err := errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("understand: %w", err)
	}
	if failed {
		return errSilent
	}
	return nil
}

// fileGazetteer reads the operator's words out of the configuration file and
// nothing else, so that secrets which only the server has are not missed here.
func fileGazetteer(path string) (understand.Vocabulary, error) {
	src := configSource{path: cmp.Or(path, defaultConfigFile), explicit: path != "", readFile: os.ReadFile}
	c := defaultConfig()
	if err := readYAML(src, &c); err != nil {
		return understand.Vocabulary{}, err
	}
	words := c.Bot.Gazetteer.vocabulary()
	if bad := words.Check(); len(bad) > 0 {
		return words, fmt.Errorf("configuration: bot.gazetteer: %w", errors.Join(bad...))
	}
	return words, nil
}

// parseNow reads -now; "" is the present.
func parseNow(s string) (time.Time, error) {
	if s == "" {
		return time.Now().In(transactions.Shanghai), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if v, err := time.ParseInLocation(layout, s, transactions.Shanghai); err == nil {
			return v.In(transactions.Shanghai), nil
		}
	}
	return time.Time{}, usagef("-now %q：请写成 2026-11-18T16:00:00+08:00", s)
}

// eachLine calls f with every line, without its ending and without a byte order
// mark; a line longer than maxLine bytes is cut there, before the number that
// the cut would tear (half a card number would no longer be known for one).
func eachLine(ctx context.Context, r io.Reader, f func(string) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = in.Discard(len(byteOrderMark)) // it was peeked
	}
	var line []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		part, err := in.ReadSlice('\n')
		if len(line) <= maxLine { // one part beyond it tells that it is longer
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read input: %w", err)
		}
		ended := errors.Is(err, io.EOF)
		if ended && len(line) == 0 {
			return nil
		}
		if len(line) > maxLine {
			line = bytes.TrimRightFunc(line[:maxLine], func(r rune) bool { return !unicode.IsLetter(r) || strings.ContainsRune(hanNumerals, r) })
		}
		if err := f(string(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")))); err != nil {
			return err
		}
		line = line[:0]
		if ended {
			return nil
		}
	}
}
