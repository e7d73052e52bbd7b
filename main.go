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
		{"demo", "[-now T] [-keep]", "在本机跑完整产品：示例数据和模拟的微信", runDemo, nil},
		{"serve", "", "启动服务", runServe, nil},
		{"chat", "[-merchant NO] [-now T]", "在终端里和机器人对话", runChat, nil},
		{"replay", "[-expect] FILE…", "重放场景，每个输出一行 JSON；离线，只在内存里", runReplay, nil},
		{"understand", "[-now T]", "每行一句话，输出读懂了什么", runUnderstand, nil},
		{"knowledge", "lint|import|export|search|eval", "知识条目：Markdown 文件 ↔ 数据库，以及检索", runKnowledge, []action{
			{"lint", "[FILE|FOLDER…]", "检查条目；不给文件就检查随程序提供的"},
			{"import", "FILE|FOLDER…", "发布条目；有一处问题就一条也不导入"},
			{"export", "FOLDER", "把每个已发布的条目写成 ID.md"},
			{"search", "[-kb FILE.jsonl] [-top 10]", "从标准输入读问题，每句输出一行 JSON"},
			{"eval", "[GOLDEN.jsonl…]", "用有标准答案的问题给检索打分"},
		}},
		{"ledger", "import [-profile P] KIND FILE | profiles", "从 CSV 或 XLSX 导入商户、终端、交易、结算或绑定", runLedger, []action{
			{"import", "[-profile NAME|FILE.yaml] [-errors FILE.csv] [-json] merchants|terminals|transactions|settlements|bindings FILE", "可重复导入；逐行报告有问题的行（docs/ledger-files.md）"},
			{"profiles", "[NAME]", "导入认识的格式；给出名字则输出它的 YAML，可复制修改"},
		}},
		{"calendar", "import FILE", "导入一年的节假日和调休上班日", runCalendar, []action{
			{"import", "FILE", `JSON {"2027":{"off":["01-01"],"work":[]}}，或 CSV 每行 date,off|work`},
		}},
		{"user", "add|list|passwd|disable", "控制台用户", runUser, []action{
			{"add", "NAME [-role ROLE] [-display NAME] [-stdin]", "新建用户；显示一次性密码"},
			{"list", "", "列出所有用户"},
			{"passwd", "NAME [-stdin]", "换新密码；该用户的登录全部失效"},
			{"disable", "NAME", "停用：不能再登录，登录全部失效"},
		}},
		{"doctor", "[-ready]", "按配置逐项检查外部是否可用", runDoctor, nil},
		{"backup", "FILE", "备份内置数据库（一致的副本）", runBackup, nil},
		{"restore", "FILE", "用备份替换内置数据库", runRestore, nil},
		{"config", "", "显示生效的配置，密钥打码", runConfig, nil},
		{"version", "", "版本、提交、Go 版本、数据库结构版本", runVersion, nil},
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
		fmt.Fprintf(t.stderr, "daozhang: 没有命令 %q；daozhang help 列出所有命令\n", args[0])
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
		fmt.Fprintf(t.stderr, "daozhang %s: %s；用法见 daozhang %s -h\n", c.name, usage.msg, c.name)
		return exitUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(t.stderr, "daozhang %s: 已中断\n", c.name)
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
	fmt.Fprint(b, "daozhang（到账）：钱为什么没到，什么时候到\n\n用法：daozhang 命令\n\n")
	for _, c := range commands() {
		fmt.Fprintf(b, "  %-11s %-32s %s\n", c.name, c.args, c.summary)
	}
	fmt.Fprint(b, "\n每个命令都可加 -h。配置：-config FILE（默认 daozhang.yaml，有就用）、环境变量 DAOZHANG_…、命令行参数。\n")
	_ = b.Flush() // a closed pipe is the reader's wish
}

func printActions(w io.Writer, c command) {
	fmt.Fprintf(w, "daozhang %s：%s\n\n", c.name, c.summary)
	for _, a := range c.actions {
		fmt.Fprintf(w, "  %s\n      %s\n", strings.TrimRight("daozhang "+c.name+" "+a.name+" "+a.args, " "), a.summary)
	}
	fmt.Fprintf(w, "\n每个都可加 -h。\n")
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
			return nil, usageError{flagProblem(err)}
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
	fmt.Fprintf(w, "%s\n\n用法：%s\n", summary, strings.TrimRight("daozhang "+f.Name()+" "+args, " "))
	options := false
	f.VisitAll(func(*flag.Flag) { options = true })
	if options {
		fmt.Fprint(w, "\n选项：\n")
		f.VisitAll(func(o *flag.Flag) { printFlag(w, o) })
	}
}

func printFlag(w io.Writer, o *flag.Flag) {
	value, usage := flag.UnquoteUsage(o)
	fmt.Fprintf(w, "  %s\n        %s", strings.TrimRight("-"+o.Name+" "+value, " "), usage)
	if o.DefValue != "" && o.DefValue != "false" {
		fmt.Fprintf(w, "（默认 %s）", o.DefValue)
	}
	fmt.Fprintln(w)
}

// flagProblem says in Chinese what the flag package says in English; what it
// may say else stays as it is.
func flagProblem(err error) string {
	msg := err.Error()
	if name, ok := strings.CutPrefix(msg, "flag provided but not defined: "); ok {
		return "没有选项 " + name
	}
	if name, ok := strings.CutPrefix(msg, "flag needs an argument: "); ok {
		return "选项 " + name + " 后面要写值"
	}
	if rest, ok := strings.CutPrefix(msg, "bad flag syntax: "); ok {
		return "选项 " + rest + " 写法不对"
	}
	for _, kind := range []string{"invalid value ", "invalid boolean value "} {
		rest, ok := strings.CutPrefix(msg, kind)
		value, flagAndWhy, cut := strings.Cut(rest, " for ")
		if ok && cut {
			name, _, _ := strings.Cut(strings.TrimPrefix(flagAndWhy, "flag "), ":")
			return "选项 " + name + " 的值 " + value + " 不对"
		}
	}
	return msg
}
