// Command bench measures daozhang and prints figures beside a reference taken
// in the same run: the ratios hold on any machine, the absolute figures only
// on the one named. It sends traffic to this machine only, bounded in count
// and time.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	only := flag.String("only", "", "one of start, understand, search, answer, import, ledger; empty: all")
	keep := flag.String("ledger-dir", "", "keep the ledgers of -ledger-rows in `DIR` for the next run")
	rows := flag.Int("ledger-rows", 0, "also measure look-ups on a ledger of `N` transactions (10000000 takes ten minutes and 5 GB)")
	flag.Parse()
	if err := run(ctx, *only, *rows, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// figure is one line of the table.
type figure struct {
	name, value, reach, against string
}

func run(ctx context.Context, only string, rows int, keep string) error {
	dir, err := os.MkdirTemp("", "daozhang-bench")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	binary := filepath.Join(dir, "daozhang")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	size, err := os.Stat(binary)
	if err != nil {
		return fmt.Errorf("binary: %w", err)
	}
	fmt.Printf("machine: %s, %d CPUs, %s; binary %.1f MB\n\n", runtime.GOARCH, runtime.NumCPU(), runtime.Version(), float64(size.Size())/1e6)
	parts := []struct {
		name string
		run  func(context.Context, string, string) ([]figure, error)
	}{{"start", benchStart}, {"understand", benchUnderstand}, {"search", benchSearch}, {"answer", benchAnswer}, {"import", benchImport}, {"ledger", func(ctx context.Context, _, dir string) ([]figure, error) {
		return benchLookups(ctx, cmp.Or(keep, dir), rows)
	}}}
	fmt.Printf("%-46s %-22s %-12s %s\n", "what", "measured", "reach", "against")
	for _, p := range parts {
		if only != "" && only != p.name {
			continue
		}
		figures, err := p.run(ctx, binary, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		for _, f := range figures {
			fmt.Println(strings.TrimRight(fmt.Sprintf("%-46s %-22s %-12s %s", f.name, f.value, f.reach, f.against), " "))
		}
	}
	return nil
}
