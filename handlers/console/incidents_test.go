package console_test

import (
	"context"
	"testing"
	"time"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
)

func TestIncidentsListAndDismiss(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin, agent := e.as(desk.Admin), e.as(desk.Agent)
	var l console.IncidentList
	admin.call("GET", "/incidents", nil, 200, &l)
	if l.Items == nil || len(l.Items) != 0 {
		t.Fatalf("before: %+v", l)
	}
	i := desk.Incident{
		IncidentKey: desk.IncidentKey{Dimension: desk.ByBank, Value: "工商银行"}, State: desk.IncidentOpen,
		StartedAt: e.clock.now().Add(-10 * time.Minute), FoundAt: e.clock.now(), Contacts: 14, Usual: 0.4, Window: 15 * time.Minute,
		Causes: []desk.CauseCount{{Cause: "PAID_NOT_NOTICED", Contacts: 14}},
	}
	if raised, err := e.store.RaiseIncident(context.Background(), i, i.Draft(nil)); err != nil || !raised {
		t.Fatal(raised, err)
	}
	admin.call("GET", "/incidents", nil, 200, &l)
	if len(l.Items) != 1 || l.Items[0].State != "open" || l.Items[0].Label != "工商银行收款账户" || l.Items[0].Contacts != 14 || l.Items[0].WindowMin != 15 ||
		len(l.Items[0].Causes) != 1 || l.Items[0].NoticeID == 0 {
		t.Fatalf("listed %+v", l)
	}
	path := "/incidents/" + str(int64(l.Items[0].ID)) + "/dismiss"
	agent.refused("POST", path, struct{}{}, 403, "FORBIDDEN")
	admin.call("POST", path, struct{}{}, 204, nil)
	e.audited("incident.dismiss", "incident:"+str(int64(l.Items[0].ID)))
	admin.refused("POST", path, struct{}{}, 404, "NOT_FOUND")
	admin.call("GET", "/incidents", nil, 200, &l)
	if l.Items[0].State != "dismissed" || l.Items[0].ClosedAt.IsZero() || l.Items[0].ClosedBy == "" {
		t.Errorf("afterwards %+v", l.Items[0])
	}
}
