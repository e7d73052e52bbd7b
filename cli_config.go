package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"daozhang/store"
)

// version is set by the build; "" for go run and go install.
var version string //nolint:gochecknoglobals // set by -ldflags -X

// defaultConfigFile is read when no -config is given and it exists.
const defaultConfigFile = "daozhang.yaml"

// buildVersion is the version and commit of this binary.
func buildVersion() (v, commit string) {
	v, commit = version, "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	if v == "" {
		v = "dev"
	}
	return v, commit
}

func runVersion(_ context.Context, t terminal, args []string) error {
	rest, err := parseFlags(t, flag.NewFlagSet("version", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("不带参数")
	}
	v, commit := buildVersion()
	fmt.Fprintf(t.stdout, "daozhang %s\ncommit %s\n%s %s/%s\nschema %d\n", v, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, store.SchemaVersion())
	return nil
}

func runConfig(_ context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("config", flag.ContinueOnError)
	c, rest, err := configFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("不带参数")
	}
	return printConfig(t.stdout, c)
}

// configFlags adds the flags that every configured command has, reads the
// configuration and prints its warnings.
func configFlags(t terminal, f *flag.FlagSet, args []string) (Config, []string, error) {
	path := f.String("config", "", "配置文件 `FILE`（默认 daozhang.yaml，有就用）")
	over := map[string]*string{}
	for name, doc := range map[string]string{
		"listen": "HTTP 监听地址 `HOST:PORT`", "public-url": "微信和客服看到的地址 `URL`", "data-dir": "内置数据库和图片的文件夹 `DIR`",
		"database-url": "sqlite://`PATH` 或 postgres://…", "redis-url": "`redis://…`；空则在进程内", "metrics-listen": "指标和性能分析的地址 `HOST:PORT`",
		"log-level": "debug、info、warn 或 error",
	} {
		over[name] = f.String(name, "", doc)
	}
	rest, err := parseFlags(t, f, args)
	if err != nil {
		return Config{}, nil, err
	}
	src := configSource{path: *path, explicit: *path != "", environ: map[string]string{}, readFile: os.ReadFile}
	if src.path == "" {
		src.path = defaultConfigFile
	}
	for k, v := range t.environ {
		src.environ[k] = v
	}
	// A flag that was given beats the environment.
	f.Visit(func(g *flag.Flag) {
		if v, ok := over[g.Name]; ok {
			src.environ[envPrefix+strings.ToUpper(strings.ReplaceAll(g.Name, "-", "_"))] = *v
			delete(src.environ, envPrefix+strings.ToUpper(strings.ReplaceAll(g.Name, "-", "_"))+"_FILE")
		}
	})
	c, warnings, err := loadConfig(src)
	for _, w := range warnings {
		fmt.Fprintf(t.stderr, "daozhang: warning: %s\n", w)
	}
	if err != nil {
		return c, rest, fmt.Errorf("configuration: %w", unwrapJoined(err))
	}
	return c, rest, nil
}

// unwrapJoined numbers several problems so that each stands on its own line.
func unwrapJoined(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) < 2 {
		return err
	}
	lines := make([]string, 0, len(joined.Unwrap()))
	for i, e := range joined.Unwrap() {
		lines = append(lines, fmt.Sprintf("(%d) %s", i+1, e))
	}
	return errors.New(strings.Join(lines, "\n"))
}
