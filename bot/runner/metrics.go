package runner

import "time"

// Metrics are hooks for the operator's counters; nil ones are skipped. No hook
// is given customer data.
type Metrics struct {
	// Turn ended with an action after elapsed.
	Turn func(action string, elapsed time.Duration)
	// Handoff for a reason.
	Handoff func(reason string)
	// Conflict: an outcome was thrown away because somebody else was faster.
	Conflict func()
	// Sent by way "passive", "customer" or "template", age after it was said.
	Sent func(way string, age time.Duration)
	// Held until the contact writes.
	Held func()
	// DeadLetter of an error class.
	DeadLetter func(class string)
	// Incident was raised by a dimension (brand, bank, code, region, cause).
	Incident func(dimension string)
}

func (m Metrics) orNone() Metrics {
	if m.Turn == nil {
		m.Turn = func(string, time.Duration) {}
	}
	if m.Handoff == nil {
		m.Handoff = func(string) {}
	}
	if m.Conflict == nil {
		m.Conflict = func() {}
	}
	if m.Sent == nil {
		m.Sent = func(string, time.Duration) {}
	}
	if m.Held == nil {
		m.Held = func() {}
	}
	if m.DeadLetter == nil {
		m.DeadLetter = func(string) {}
	}
	if m.Incident == nil {
		m.Incident = func(string) {}
	}
	return m
}
