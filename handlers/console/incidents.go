package console

import (
	"context"
	"net/http"
	"time"

	"daozhang/bot/desk"
)

// IncidentStore keeps alarms.
type IncidentStore interface {
	Incidents(ctx context.Context, since time.Time) ([]desk.Incident, error)
	EndIncident(ctx context.Context, id int64, state desk.IncidentState, at time.Time, a desk.Audit) error
}

// incidentsShown is how far back closed alarms are listed.
const incidentsShown = 30 * 24 * time.Hour

// Incident is an alarm: more contacts report the same than usual.
type Incident struct {
	ID        ID              `json:"id"`
	Dimension string          `json:"dimension" enum:"brand,bank,code,region,cause"`
	Value     string          `json:"value"`
	Label     string          `json:"label" doc:"the key in Chinese"`
	State     string          `json:"state" enum:"open,over,dismissed"`
	StartedAt time.Time       `json:"started_at" doc:"first report of the window"`
	FoundAt   time.Time       `json:"found_at"`
	ClosedAt  time.Time       `json:"closed_at,omitempty,omitzero"`
	Contacts  int             `json:"contacts" doc:"contacts who reported it within the window"`
	Usual     float64         `json:"usual" doc:"contacts usual in such a window at that hour"`
	WindowMin int             `json:"window_min"`
	Causes    []IncidentCause `json:"causes"`
	NoticeID  ID              `json:"notice_id" doc:"the drafted notice: publish it as any other"`
	ClosedBy  string          `json:"closed_by,omitempty"`
}

// IncidentCause counts contacts by cause.
type IncidentCause struct {
	Cause    string `json:"cause"`
	Contacts int    `json:"contacts"`
}

// IncidentList is the open alarms and those of the last 30 days, newest first.
type IncidentList struct {
	Items []Incident `json:"items"`
}

func (s *server) incidentRoutes() {
	const tag, path = "Knowledge", "/api/v1/incidents"
	handle(s, route{method: http.MethodGet, path: path, tag: tag, summary: "Alarms: many report the same", permission: desk.ReadKnowledge}, s.listIncidents)
	handle(s, route{method: http.MethodPost, path: path + "/{id}/dismiss", tag: tag, summary: "No incident: quiet for four hours", permission: desk.WriteNotices, status: http.StatusNoContent}, s.dismissIncident)
}

func (s *server) listIncidents(ctx context.Context, _ *struct{}) (*body[IncidentList], error) {
	rows, err := s.Store.Incidents(ctx, s.now().Add(-incidentsShown))
	return answer(IncidentList{Items: mapped(rows, incidentView)}), err
}

func incidentView(i desk.Incident) Incident {
	v := Incident{
		ID: ID(i.ID), Dimension: string(i.Dimension), Value: i.Value, Label: i.Label(), State: string(i.State), StartedAt: i.StartedAt, FoundAt: i.FoundAt,
		ClosedAt: i.ClosedAt, Contacts: i.Contacts, Usual: i.Usual, WindowMin: int(i.Window.Minutes()), NoticeID: ID(i.NoticeID), ClosedBy: i.ClosedBy,
		Causes: []IncidentCause{},
	}
	for _, c := range i.Causes {
		v.Causes = append(v.Causes, IncidentCause(c))
	}
	return v
}

func (s *server) dismissIncident(ctx context.Context, in *byRow) (*none, error) {
	id := int64(in.ID.id())
	return nil, fromError(s.Store.EndIncident(ctx, id, desk.IncidentDismissed, s.now().In(zone), audit(ctx, "incident.dismiss", "incident:"+itoa(id), "")), "告警")
}
