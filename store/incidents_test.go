package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/bot/diagnose"
	"daozhang/store"
	"daozhang/store/storetest"
)

func TestIncidents(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		key := desk.IncidentKey{Dimension: desk.ByBrand, Value: "拉卡拉"}
		i := desk.Incident{
			IncidentKey: key, State: desk.IncidentOpen, StartedAt: fixed().Add(-10 * time.Minute), FoundAt: fixed(), Contacts: 12, Usual: 0.5,
			Window: 15 * time.Minute, Causes: []desk.CauseCount{{Cause: "TXN_UNKNOWN", Contacts: 12}},
		}
		raise := func() bool {
			t.Helper()
			raised, err := s.RaiseIncident(ctx, i, i.Draft(nil))
			if err != nil {
				t.Fatal(err)
			}
			return raised
		}
		list := func() []desk.Incident {
			t.Helper()
			got, err := s.Incidents(ctx, fixed().Add(-time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if !raise() || raise() {
			t.Error("an incident is raised once while it is open")
		}
		got := list()
		if len(got) != 1 || got[0].IncidentKey != key || got[0].Contacts != 12 || got[0].Usual != 0.5 || got[0].Window != i.Window || len(got[0].Causes) != 1 {
			t.Fatalf("read back: %+v", got)
		}
		notices, err := s.DeskNotices(ctx)
		if err != nil || len(notices) != 1 || notices[0].ID != got[0].NoticeID || notices[0].Published {
			t.Fatalf("the draft: %+v %v", notices, err)
		}
		if live, err := s.NoticesAt(ctx, fixed()); err != nil || len(live) != 0 {
			t.Errorf("a draft is said: %+v %v", live, err)
		}
		by := desk.Audit{Actor: "user:admin", Action: "incident.dismiss"}
		if err := s.EndIncident(ctx, got[0].ID, desk.IncidentDismissed, fixed(), by); err != nil {
			t.Fatal(err)
		}
		if err := s.EndIncident(ctx, got[0].ID, desk.IncidentOver, fixed(), by); !errors.Is(err, desk.ErrNotFound) {
			t.Errorf("ended twice: %v", err)
		}
		if got := list(); got[0].State != desk.IncidentDismissed || got[0].ClosedBy != "user:admin" || got[0].ClosedAt.IsZero() {
			t.Errorf("dismissed: %+v", got[0])
		}
		if !raise() || len(list()) != 2 {
			t.Error("the next one of the same key is raised")
		}
	})
}

func TestReportsAreCountedWithTheTurn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, fixed, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		report := bot.Report{Cause: diagnose.TxnUnknown, Brand: "拉卡拉", Bank: "工商银行", Code: "98", Region: "1000"}
		// An earlier day teaches what is usual; today's last hour does not.
		for _, at := range []time.Time{fixed().AddDate(0, 0, -10), fixed().AddDate(0, 0, -2), fixed().AddDate(0, 0, -1).Add(-6 * time.Hour), fixed().Add(-time.Minute)} {
			commitReport(t, s, at, report)
		}
		got, err := s.Reports(ctx, fixed().Add(-time.Hour), 10)
		if err != nil || len(got) != 1 || got[0].Report != report || !got[0].At.Equal(fixed().Add(-time.Minute)) || got[0].Contact == 0 {
			t.Fatalf("recent reports: %+v %v", got, err)
		}
		usual, err := s.UsualReports(ctx, fixed())
		if err != nil || usual.Days != 10 {
			t.Fatalf("usual: %+v %v", usual, err)
		}
		want := 2.0 / 30 // two reports in three hours of ten days
		for _, k := range []desk.IncidentKey{
			{Dimension: desk.ByBrand, Value: "拉卡拉"},
			{Dimension: desk.ByBank, Value: "工商银行"},
			{Dimension: desk.ByCode, Value: "98"},
			{Dimension: desk.ByRegion, Value: "1000"},
			{Dimension: desk.ByCause, Value: "TXN_UNKNOWN"},
		} {
			if d := usual.PerHour[k] - want; d > 1e-9 || d < -1e-9 {
				t.Errorf("usual of %v = %v, want %v", k, usual.PerHour[k], want)
			}
		}
		if n, err := s.PruneReports(ctx, fixed().AddDate(0, 0, -5)); err != nil || n != 1 {
			t.Errorf("pruned %d, %v", n, err)
		}
	})
}

// commitReport runs one turn of a new contact that met trouble.
func commitReport(t *testing.T, s *store.Store, at time.Time, r bot.Report) {
	t.Helper()
	ctx := context.Background()
	m := inbound(at.Format(time.RFC3339), "m", "没到账")
	m.ReceivedAt = at
	accept(t, s, m, at)
	w, ok := lease(t, s, at)
	if !ok {
		t.Fatal("nothing to lease")
	}
	_, err := s.Commit(ctx, bot.Outcome{Work: w, At: at, Handled: w.Input.Said, Decision: bot.Decision{Status: bot.StatusBot, Report: &r}})
	if err != nil {
		t.Fatal(err)
	}
}
