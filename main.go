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

	goredis "github.com/redis/go-redis/v9"
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

// command is one word of the command line. One with actions is followed by one
// of them, and only the actions have flags.
type command struct {
	name, args, summary string
	run                 func(ctx context.Context, t terminal, args []string) error
	actions             []action
}

// action is the second word of a command line.
type action struct{ name, args, summary string }

func commands() []command {
	return []command{
		{"demo", "[-now T] [-keep]", "the whole product on this machine with sample data and a simulated WeChat", runDemo, nil},
		{"serve", "", "the server", runServe, nil},
		{"chat", "[-merchant NO] [-now T]", "talk to the bot in this terminal", runChat, nil},
		{"replay", "[-expect] FILE…", "play scenarios, one JSON line each, offline and in memory", runReplay, nil},
		{"understand", "[-now T]", "one message a line in, what was understood out", runUnderstand, nil},
		{"knowledge", "lint|import|export|search|eval", "curated entries as Markdown files ↔ database, and their search", runKnowledge, []action{
			{"lint", "[FILE|FOLDER…]", "check entries; without any, those that come with the program"},
			{"import", "FILE|FOLDER…", "publish entries; all of them or none"},
			{"export", "FOLDER", "write every published entry as ID.md"},
			{"search", "[-kb FILE.jsonl] [-top 10]", "queries on standard input, one JSON line out each"},
			{"eval", "[GOLDEN.jsonl…]", "score the search on questions with known answers"},
		}},
		{"ledger", "import [-profile P] KIND FILE | profiles", "merchants, terminals, transactions, settlements or bindings from CSV or XLSX", runLedger, []action{
			{"import", "[-profile NAME|FILE.yaml] [-errors FILE.csv] [-json] merchants|terminals|transactions|settlements|bindings FILE", "idempotent; every bad row is reported (docs/ledger-files.md)"},
			{"profiles", "[NAME]", "formats that import knows; one as YAML, to copy and change"},
		}},
		{"calendar", "import FILE", "holidays and make-up working days of a year", runCalendar, []action{
			{"import", "FILE", `JSON {"2027":{"off":["01-01"],"work":[]}} or CSV lines date,off|work`},
		}},
		{"user", "add|list|passwd|disable", "console users", runUser, []action{
			{"add", "NAME [-role ROLE] [-display NAME] [-stdin]", "a new user; prints a one-time password"},
			{"list", "", "all users"},
			{"passwd", "NAME [-stdin]", "a new password; ends the user's sessions"},
			{"disable", "NAME", "no sign-in any more; ends the user's sessions"},
		}},
		{"doctor", "[-ready]", "check the configuration against the outside", runDoctor, nil},
		{"backup", "FILE", "a consistent copy of the embedded database", runBackup, nil},
		{"restore", "FILE", "put a backup in place of the embedded database", runRestore, nil},
		{"config", "", "print the effective configuration, secrets masked", runConfig, nil},
		{"version", "", "version, commit, Go version, schema version", runVersion, nil},
	}
}

func findCommand(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func main() {
	// The second signal kills at once: stop is called as soon as the first arrives.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { <-ctx.Done(); stop() }()
	goredis.SetLogger(silentRedis{})
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
	if len(args) > 1 && args[0] == "help" {
		args = []string{args[1], "-h"}
	}
	switch {
	case len(args) == 0 || isHelp(args[0]):
		printUsage(t.stdout)
		return exitDone
	case args[0] == "-version" || args[0] == "--version":
		args = append([]string{"version"}, args[1:]...)
	}
	c, known := findCommand(args[0])
	if !known {
		fmt.Fprintf(t.stderr, "daozhang: there is no command %q; daozhang help lists them\n", args[0])
		return exitUsage
	}
	if c.actions != nil && len(args) > 1 && isHelp(args[1]) {
		printActions(t.stdout, c)
		return exitDone
	}
	return exitCode(t, c, c.run(ctx, t, args[1:]))
}

func isHelp(word string) bool {
	return word == "help" || word == "-h" || word == "-help" || word == "--help"
}

func exitCode(t terminal, c command, err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.Is(err, errSilent):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(t.stderr, "daozhang %s: %s; daozhang %s -h explains it\n", c.name, usage.msg, c.name)
		return exitUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(t.stderr, "daozhang %s: interrupted\n", c.name)
		return exitFailed
	}
	// One line each; joined errors are several problems. Drivers indent what
	// belongs to the line before.
	for line := range strings.SplitSeq(strings.ReplaceAll(err.Error(), "\n\t", " "), "\n") {
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

func printActions(w io.Writer, c command) {
	fmt.Fprintf(w, "daozhang %s: %s\n\n", c.name, c.summary)
	for _, a := range c.actions {
		fmt.Fprintf(w, "  %s\n      %s\n", strings.TrimRight("daozhang "+c.name+" "+a.name+" "+a.args, " "), a.summary)
	}
	fmt.Fprintf(w, "\nEach takes -h.\n")
}

// parseFlags reads flags that may stand before, between and after arguments.
// -h prints the help of the command that f is named after.
func parseFlags(t terminal, f *flag.FlagSet, args []string) ([]string, error) {
	f.SetOutput(io.Discard) // an error is one line, printed by exitCode
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				printFlags(t.stdout, f)
				return nil, err
			}
			return nil, usageError{err.Error()}
		}
		if f.NArg() == 0 {
			return rest, nil
		}
		if n := len(args) - f.NArg(); n > 0 && args[n-1] == "--" { // what follows are arguments
			return append(rest, f.Args()...), nil
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
}

func printFlags(w io.Writer, f *flag.FlagSet) {
	name, word, _ := strings.Cut(f.Name(), " ")
	c, _ := findCommand(name)
	args, summary := c.args, c.summary
	for _, a := range c.actions {
		if a.name == word {
			args, summary = a.args, a.summary
		}
	}
	fmt.Fprintf(w, "%s\n\nusage: %s\n", summary, strings.TrimRight("daozhang "+f.Name()+" "+args, " "))
	options := false
	f.VisitAll(func(*flag.Flag) { options = true })
	if options {
		fmt.Fprint(w, "\noptions:\n")
		f.SetOutput(w)
		f.PrintDefaults()
	}
}
