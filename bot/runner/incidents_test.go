package runner_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/bot/diagnose"
	"daozhang/bot/runner"
	"daozhang/store"
	"daozhang/store/storetest"
)

// TestIncidentOfAnOutageDay plays a day through inbox, turn, commit and
// housekeeping: ordinary trouble for four weeks, then an outage. It is found
// within five minutes of the tenth report, drafted, said when published, and
// over when the reports stop.
func TestIncidentOfAnOutageDay(t *testing.T) {
	t.Parallel()
	c := newClock()
	storetest.Each(t, c.now, func(t *testing.T, s *store.Store) {
		c := newClock()
		var raised []string
		var notices int
		b := newBench(t, s, c, func(d *runner.Deps) {
			d.Notices = s
			d.Metrics.Incident = func(dimension string) { raised = append(raised, dimension) }
		})
		b.engine.turn = func(_ context.Context, in bot.Input) (bot.Decision, error) {
			notices = len(in.Notices)
			return bot.Decision{
				Status: bot.StatusBot, Action: bot.ActionAnswer, Replies: []bot.Reply{{Text: "好"}},
				Report: &bot.Report{Cause: diagnose.TxnUnknown, Brand: "拉卡拉", Bank: "工商银行", Code: "98", Region: "1000"},
			}, nil
		}
		trouble := func(i int) {
			b.say(t, fmt.Sprintf("o%d", i), "刷了没反应")
			b.step(t)
			if err := b.Upkeep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		open := func() []desk.Incident {
			t.Helper()
			all, err := s.Incidents(context.Background(), c.now().AddDate(0, 0, -1))
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		outage := c.now()
		c.add(-28 * 24 * time.Hour)
		for i := range 28 * 2 {
			trouble(1000 + i)
			c.add(12 * time.Hour)
		}
		if len(raised) > 0 || !c.now().Equal(outage) {
			t.Fatalf("four quiet weeks raised %v", raised)
		}
		var tenth, found time.Time
		for i := range 20 {
			trouble(i)
			if i == 9 {
				tenth = c.now()
			}
			if len(raised) > 0 && found.IsZero() {
				found = c.now()
			}
			c.add(30 * time.Second)
		}
		if len(raised) != 1 || raised[0] != "brand" || found.After(tenth.Add(5*time.Minute)) {
			t.Fatalf("raised %v at %s, the tenth report came at %s", raised, found, tenth)
		}
		all := open()
		if len(all) != 1 || all[0].Label() != "拉卡拉" || all[0].Contacts < 8 {
			t.Fatalf("incidents %+v", all)
		}
		if notices != 0 {
			t.Error("the draft was said before it was published")
		}
		drafts, err := s.DeskNotices(context.Background())
		if err != nil || len(drafts) != 1 || drafts[0].ID != all[0].NoticeID || !strings.Contains(drafts[0].Text, "拉卡拉") {
			t.Fatalf("draft %+v %v", drafts, err)
		}
		drafts[0].Published = true
		if _, err := s.DeskSaveNotice(context.Background(), drafts[0], desk.Audit{Actor: "user:admin", Action: "notice.update"}); err != nil {
			t.Fatal(err)
		}
		trouble(99)
		if notices != 1 {
			t.Error("the published notice does not reach the turn")
		}
		c.add(70 * time.Minute)
		if err := b.Upkeep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if all = open(); all[0].State != desk.IncidentOver || len(raised) != 1 {
			t.Errorf("an hour of silence later: %+v, raised %v", all[0], raised)
		}
		c.add(4 * time.Hour)
		trouble(100)
		if notices != 0 {
			t.Error("the notice did not end by itself")
		}
	})
}

// TestUnclaimedCaseIsToldAgain: every few minutes, inside business hours.
func TestUnclaimedCaseIsToldAgain(t *testing.T) {
	t.Parallel()
	c := newClock()
	storetest.Each(t, c.now, func(t *testing.T, s *store.Store) {
		c := newClock()
		var levels []int
		b := newBench(t, s, c, func(d *runner.Deps) {
			d.Alert = func(_ context.Context, _ bot.WaitingCase, level int) { levels = append(levels, level) }
		})
		b.engine.turn = func(context.Context, bot.Input) (bot.Decision, error) {
			return bot.Decision{
				Status: bot.StatusWaiting, Action: bot.ActionEscalate, Handoff: &bot.Handoff{Reason: bot.ReasonRequested, Priority: "normal"},
				Card: &bot.Card{Reason: bot.ReasonRequested}, Replies: []bot.Reply{{Text: "转人工"}},
			}, nil
		}
		b.say(t, "o1", "转人工")
		b.step(t)
		for range 3 {
			c.add(3 * time.Minute)
			if err := b.Upkeep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if fmt.Sprint(levels) != "[1 2 3]" {
			t.Errorf("levels %v", levels)
		}
		c.add(8 * time.Hour) // 23:09
		if err := b.Upkeep(context.Background()); err != nil || len(levels) != 3 {
			t.Errorf("told at night: %v %v", levels, err)
		}
	})
}
