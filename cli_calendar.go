package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"daozhang/transactions"
)

// runCalendar imports holidays and make-up working days.
func runCalendar(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 || args[0] != "import" {
		return usagef("只有 import：calendar import FILE")
	}
	cfg, rest, err := configFlags(t, flag.NewFlagSet("calendar import", flag.ContinueOnError), args[1:])
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usagef("import 要一个文件：JSON 如 {\"2027\":{\"off\":[…],\"work\":[…]}}，或 CSV 每行 date,off|work")
	}
	data, err := os.ReadFile(rest[0])
	if err != nil {
		return fmt.Errorf("calendar file: %w", err)
	}
	cal, err := transactions.ParseCalendar(data)
	if err != nil {
		return fmt.Errorf("%s：%w", rest[0], err)
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // committed
	if err := saveCalendar(ctx, s, cal, time.Now()); err != nil {
		return err
	}
	years := make([]string, 0, 2)
	for _, y := range cal.Years() {
		off, work := special(cal, y)
		years = append(years, fmt.Sprintf("%d年（工作日放假%d天，周末上班%d天）", y, len(off), len(work)))
	}
	fmt.Fprintf(t.stdout, "已载入日历：%s。正在运行的服务在一分钟内生效。\n", strings.Join(years, "、"))
	return nil
}
