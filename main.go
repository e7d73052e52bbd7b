// Command daozhang tells a shopkeeper where the card and QR takings are that
// have not arrived: a WeChat official-account bot with a console for agents
// and administrators. `daozhang help` lists the commands.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit codes of the contract.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a wrong use of the command line: exit code 2.
type usageError struct{ msg string }

func (e usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// errSilent fails without a line of its own: the command has said everything.
var errSilent = errors.New("failed") //nolint:gochecknoglobals // sentinel

// terminal is the outside of a command; tests give their own.
type terminal struct {
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	environ map[string]string
}

// command is one word of the command line.
type command struct {
	name, args, summary string
	run                 func(ctx context.Context, t terminal, args []string) error
}

func commands() []command {
	return []command{
		{"demo", "[-now T]", "the whole product on this machine with sample data and a simulated WeChat", runDemo},
		{"serve", "", "the server", runServe},
		{"chat", "[-merchant NO] [-now T]", "talk to the bot in this terminal", runChat},
		{"replay", "[-expect] FILE…", "play scenarios, one JSON line each, offline and in memory", runReplay},
		{"understand", "[-now T]", "one message a line in, what was understood out", runUnderstand},
		{"knowledge", "lint|import|export|search|eval", "curated entries as Markdown files ↔ database, and their search", runKnowledge},
		{"ledger", "import KIND FILE", "merchants, terminals, transactions, settlements or bindings from CSV or XLSX", runLedger},
		{"calendar", "import FILE", "holidays and make-up working days of a year", runCalendar},
		{"user", "add|list|passwd|disable", "console users", runUser},
		{"doctor", "", "check the configuration against the outside", runDoctor},
		{"backup", "FILE", "a consistent copy of the embedded database", runBackup},
		{"restore", "FILE", "put a backup in place of the embedded database", runRestore},
		{"config", "", "print the effective configuration, secrets masked", runConfig},
		{"version", "", "version, commit, Go version, schema version", runVersion},
	}
}

func main() {
	// The second signal kills at once: stop is called as soon as the first arrives.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { <-ctx.Done(); stop() }()
	t := terminal{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: environment(os.Environ())}
	os.Exit(dispatch(ctx, t, os.Args[1:]))
}

func environment(pairs []string) map[string]string {
	env := make(map[string]string, len(pairs))
	for _, p := range pairs {
		k, v, _ := strings.Cut(p, "=")
		env[k] = v
	}
	return env
}

// dispatch runs one command line and gives its exit code.
func dispatch(ctx context.Context, t terminal, args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		printUsage(t.stdout)
		return exitDone
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, t, args[1:])
		return exitCode(t, c, err)
	}
	fmt.Fprintf(t.stderr, "daozhang: there is no command %q; daozhang help lists them\n", args[0])
	return exitUsage
}

func exitCode(t terminal, c command, err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.Is(err, errSilent):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(t.stderr, "daozhang %s: %s\nusage: daozhang %s %s\n", c.name, usage.msg, c.name, c.args)
		return exitUsage
	}
	// One line each; joined errors are several problems.
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(t.stderr, "daozhang %s: %s\n", c.name, line)
	}
	return exitFailed
}

func printUsage(w io.Writer) {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "daozhang (到账): why takings have not arrived, and when they come\n\nusage: daozhang COMMAND\n\n")
	for _, c := range commands() {
		fmt.Fprintf(b, "  %-11s %-32s %s\n", c.name, c.args, c.summary)
	}
	fmt.Fprint(b, "\nEvery command takes -h. Configuration: -config FILE (default daozhang.yaml if present), DAOZHANG_… variables, flags.\n")
	_ = b.Flush() // a closed pipe is the reader's wish
}

// parseFlags reads flags that may stand before, between and after arguments.
func parseFlags(t terminal, f *flag.FlagSet, args []string) ([]string, error) {
	f.SetOutput(t.stderr)
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err.Error()}
		}
		if f.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
}
