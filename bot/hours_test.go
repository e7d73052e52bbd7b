package bot_test

import (
	"testing"

	"daozhang/bot"
)

func TestHoursExpected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hours     bot.Hours
		now, want string
	}{
		{bot.Hours{}, "2026-11-18 15:00", "2026-11-18 15:30"},
		{bot.Hours{}, "2026-11-18 15:01", "2026-11-18 15:40"},
		{bot.Hours{}, "2026-11-18 08:00", "2026-11-18 09:30"},
		{bot.Hours{}, "2026-11-18 09:00", "2026-11-18 09:30"},
		{bot.Hours{}, "2026-11-18 20:45", "2026-11-19 09:30"},
		{bot.Hours{}, "2026-11-18 21:00", "2026-11-19 09:30"},
		{bot.Hours{}, "2026-12-31 23:59", "2027-01-01 09:30"},
		{bot.Hours{From: "00:00", To: "24:00"}, "2026-11-18 23:50", "2026-11-19 00:20"},
		{bot.Hours{From: "18:00", To: "02:00"}, "2026-11-18 01:00", "2026-11-18 01:30"},
		{bot.Hours{From: "18:00", To: "02:00"}, "2026-11-18 03:00", "2026-11-18 18:30"},
		{bot.Hours{From: "nonsense", To: ""}, "2026-11-18 15:00", "2026-11-18 15:30"},
	} {
		if got := c.hours.Expected(at(c.now)); !got.Equal(at(c.want)) {
			t.Errorf("%v at %s: %v, want %s", c.hours, c.now, got, c.want)
		}
	}
}

func TestNextIsTheOnlyWay(t *testing.T) {
	t.Parallel()
	all := []bot.Status{bot.StatusBot, bot.StatusWaiting, bot.StatusHuman, bot.StatusClosed}
	legal := map[bot.Move]map[bot.Status]bot.Status{
		bot.MoveHandOff:  {bot.StatusBot: bot.StatusWaiting, bot.StatusClosed: bot.StatusWaiting},
		bot.MoveClaim:    {bot.StatusBot: bot.StatusHuman, bot.StatusWaiting: bot.StatusHuman, bot.StatusClosed: bot.StatusHuman},
		bot.MoveGiveBack: {bot.StatusHuman: bot.StatusBot, bot.StatusWaiting: bot.StatusBot},
		bot.MoveClose:    {bot.StatusHuman: bot.StatusClosed, bot.StatusWaiting: bot.StatusClosed},
		bot.MoveReopen:   {bot.StatusClosed: bot.StatusBot},
	}
	for move, ways := range legal {
		for _, from := range all {
			want, ok := ways[from]
			got, err := bot.Next(from, move)
			if ok != (err == nil) || ok && got != want || !ok && got != from {
				t.Errorf("%s %s: %s %v", from, move, got, err)
			}
		}
	}
}
