package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"daozhang/bot"
	"daozhang/bot/scenario"
	"daozhang/bot/understand"
	"daozhang/store"
	"daozhang/transactions"
	"daozhang/transactions/sample"
	"daozhang/transactions/sources"
)

// runChat talks to the bot in a terminal: the configured database's ledger and
// knowledge where there is one, else the sample ledger. What is said here is
// kept in memory only.
func runChat(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("chat", flag.ContinueOnError)
	merchant := f.String("merchant", "", "以这个商户号 `NO` 的店主身份说话；- 表示没有绑定（默认：第一家示例店；配置了账务数据则没有绑定）")
	nowFlag := f.String("now", "", "时钟从这个时刻 `T` 开始")
	cfg, rest, err := configFlags(t, f, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("只有选项，%q 不是选项", rest[0])
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
	st.settings.Codes = false // nobody would receive one
	shelf, closeStore, err := st.chatSources(ctx, t, cfg, *merchant)
	if err != nil {
		return err
	}
	defer closeStore()
	if err := st.build(ctx, understand.New(cfg.Bot.Gazetteer.vocabulary()), shelf, newLog(t.stderr, "error")); err != nil {
		return err
	}
	defer st.store.Close() //nolint:errcheck // in memory
	return st.converse(ctx, t)
}

// chatSources chooses ledger, shop and knowledge: the configured database with
// a ledger in it, else the sample.
func (st *stage) chatSources(ctx context.Context, t terminal, cfg Config, merchant string) (bot.Knowledge, func(), error) {
	nothing := func() {}
	if mustExist(cfg) != nil { // nothing configured yet
		shelf, err := shippedShelf()
		if err != nil {
			return nil, nil, err
		}
		return shelf, nothing, st.chatSample(merchant)
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return nil, nil, err
	}
	lib, sample, err := st.chatStore(ctx, t, s, merchant)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	if sample {
		return lib, func() { _ = s.Close() }, st.chatSample(merchant) // only read
	}
	var closeSources func()
	if st.ledger, closeSources, err = connectSources(cfg, s, sources.Observer{}, newLog(t.stderr, "error"), time.Now); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return lib, func() { closeSources(); _ = s.Close() }, nil
}

// chatStore takes everything from the configured database; sample reports that
// its ledger is still empty.
func (st *stage) chatStore(ctx context.Context, t terminal, s *store.Store, merchant string) (lib *library, sample bool, err error) {
	if err := seedKnowledge(ctx, s); err != nil {
		return nil, false, err
	}
	if lib, err = newLibrary(ctx, s, time.Now); err != nil {
		return nil, false, err
	}
	if st.calendar, err = loadCalendar(ctx, s); err != nil {
		return nil, false, err
	}
	if some, err := s.SearchMerchants(ctx, "", 1); err != nil || len(some) == 0 {
		return lib, true, err
	}
	st.ledger, st.published = s, s.NoticesAt
	switch merchant {
	case "":
		fmt.Fprintln(t.stderr, "daozhang chat：您现在是没有绑定店铺的微信用户；-merchant NO 以店主身份说话")
	case "-":
	default:
		m, known, err := s.MerchantByNo(ctx, merchant)
		if err == nil && !known {
			err = fmt.Errorf("账务数据里没有商户 %s", merchant)
		}
		if err != nil {
			return nil, false, err
		}
		st.s.Contact.MerchantNo, st.s.Merchants = merchant, []transactions.Merchant{m}
	}
	return lib, false, nil
}

// chatSample fills the stage with the demo's ledger.
func (st *stage) chatSample(merchant string) error {
	cal := transactions.DefaultCalendar()
	l := sample.Generate(st.now, func(d transactions.Date) bool { work, _ := cal.IsWorkday(d); return work })
	at := map[string]int{}
	var known []string
	for i, m := range l.Merchants {
		at[m.MerchantNo] = i
		known = append(known, m.MerchantNo+" "+m.Name)
	}
	for _, row := range l.Terminals {
		m := &l.Merchants[at[row.MerchantNo]]
		if m.TerminalState == nil {
			m.TerminalState = map[string]transactions.TerminalState{}
		}
		m.TerminalState[row.Terminal] = row.State()
		if !slices.Contains(m.Terminals, row.Terminal) {
			m.Terminals = append(m.Terminals, row.Terminal)
		}
	}
	st.s = scenario.Scenario{Now: st.now, Rows: scenario.Rows{Merchants: l.Merchants, Transactions: l.Transactions, Settlements: l.Settlements}}
	st.notices = l.Notices
	switch _, ok := at[merchant]; {
	case merchant == "":
		merchant = l.Merchants[0].MerchantNo
	case merchant == "-":
		merchant = ""
	case !ok:
		return fmt.Errorf("示例数据里没有商户 %s；有的是 %s", merchant, strings.Join(known, ", "))
	}
	st.s.Contact.MerchantNo = merchant
	return nil
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
			fmt.Fprint(t.stdout, "（转人工等待中，机器人不再闲聊）\n\n")
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
