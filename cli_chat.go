package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"daozhang/bot"
	"daozhang/bot/scenario"
	"daozhang/bot/understand"
	"daozhang/transactions"
	"daozhang/transactions/sample"
)

// runChat talks to the bot in a terminal: the configured database's ledger and
// knowledge where there is one, else the sample ledger. What is said here is
// kept in memory only.
func runChat(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("chat", flag.ContinueOnError)
	merchant := f.String("merchant", "", "speak as the owner of this merchant `NO` (default: the first sample shop; - = bound to none)")
	nowFlag := f.String("now", "", "start the clock at this `instant`")
	cfg, rest, err := configFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("takes only flags; %q is none", rest[0])
	}
	start, err := parseNow(*nowFlag)
	if err != nil {
		return err
	}
	began := time.Now()
	st := &stage{now: start, clock: func() time.Time { return start.Add(time.Since(began)) }}
	if st.settings, err = cfg.botSettings(); err != nil {
		return err
	}
	shelf, closeStore, err := st.chatSources(ctx, cfg, *merchant)
	if err != nil {
		return err
	}
	defer closeStore()
	if err := st.build(ctx, understand.New(understand.Vocabulary{}), shelf, newLog(t.stderr, "error")); err != nil {
		return err
	}
	defer st.store.Close() //nolint:errcheck // in memory
	return st.converse(ctx, t)
}

// chatSources chooses ledger, shop and knowledge.
func (st *stage) chatSources(ctx context.Context, cfg Config, merchant string) (bot.Knowledge, func(), error) {
	shelf, err := shippedShelf()
	if err != nil {
		return nil, nil, err
	}
	if mustExist(cfg) != nil { // nothing configured yet: the sample
		cal := transactions.DefaultCalendar()
		l := sample.Generate(st.now, func(d transactions.Date) bool { work, _ := cal.IsWorkday(d); return work })
		st.s = scenario.Scenario{Now: st.now, Rows: scenario.Rows{Merchants: l.Merchants, Transactions: l.Transactions, Settlements: l.Settlements}}
		if merchant == "" {
			merchant = l.Merchants[0].MerchantNo
		}
		st.s.Contact.MerchantNo = strings.TrimPrefix(merchant, "-")
		return shelf, func() {}, nil
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return nil, nil, err
	}
	done := func() { _ = s.Close() } // only read
	if merchant == "" {
		done()
		return nil, nil, usagef("-merchant NO is needed with a configured database (- = bound to none)")
	}
	lib, err := newLibrary(ctx, s, time.Now)
	if err != nil {
		done()
		return nil, nil, err
	}
	if merchant != "-" {
		m, known, err := s.MerchantByNo(ctx, merchant)
		if err == nil && !known {
			err = fmt.Errorf("there is no merchant %s in the ledger", merchant)
		}
		if err != nil {
			done()
			return nil, nil, err
		}
		st.s.Contact.MerchantNo, st.s.Merchants = merchant, []transactions.Merchant{m}
	}
	st.ledger = s
	return lib, done, nil
}

func (st *stage) converse(ctx context.Context, t terminal) error {
	prompt := ""
	if f, ok := t.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		prompt = "您> "
		fmt.Fprintln(t.stdout, "和到账助手对话。空行或 Ctrl+D 结束。")
		fmt.Fprint(t.stdout, prompt)
	}
	err := eachLine(ctx, t.stdin, func(line string) error {
		if strings.TrimSpace(line) == "" {
			if prompt != "" {
				return errQuit
			}
			return nil
		}
		st.now = st.clock()
		out, err := st.play(ctx, scenario.Step{Say: line, Kind: "text"})
		if err != nil {
			return err
		}
		for _, r := range out.Replies {
			fmt.Fprintf(t.stdout, "%s\n\n", r)
		}
		if out.Decision != nil && out.Decision.Action == bot.ActionNone && len(out.Replies) == 0 {
			fmt.Fprint(t.stdout, "(转人工等待中,机器人不再闲聊)\n\n")
		}
		fmt.Fprint(t.stdout, prompt)
		return nil
	})
	if errors.Is(err, errQuit) {
		return nil
	}
	return err
}

var errQuit = errors.New("quit") //nolint:gochecknoglobals // sentinel
