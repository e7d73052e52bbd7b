package bot

import (
	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
)

// maxPromises bounds the dates kept for a card.
const maxPromises = 5

// keepTold remembers the date and the steps of this reply. Another sale starts
// afresh.
func (t *turn) keepTold(same bool) {
	if !same {
		t.mem.Promised, t.mem.Steps = nil, nil
	}
	due := t.dec.Due
	if due.IsZero() {
		return
	}
	if n := len(t.mem.Promised); n > 0 && t.mem.Promised[n-1].Due == due {
		return
	}
	t.mem.Promised = append(t.mem.Promised, Promise{At: t.in.Now, Due: due})
	if n := len(t.mem.Promised); n > maxPromises {
		t.mem.Promised = t.mem.Promised[n-maxPromises:]
	}
}

// review looks the sales last spoken about up again for the card of a
// hand-over that asked nothing of the ledger itself (转人工, 投诉 after an
// answer). Nothing of it is said; when the ledger cannot say, the card keeps
// what was told.
func (t *turn) review() {
	ids := t.mem.Focus
	if len(ids) == 0 {
		ids = t.mem.Offered
	}
	if t.result != nil || t.dec.Cause != "" || len(ids) == 0 || len(t.in.Contact.Bindings) == 0 {
		return
	}
	q := understand.Query{Intent: understand.MissingPayment, Role: understand.RoleUnknown, Urgency: understand.UrgencyNormal}
	facts, err := t.read(diagnose.Lookup(q, ids, t.in.Contact.MerchantNos(), t.in.Now))
	if err != nil {
		return
	}
	r := diagnose.Resolve(diagnose.Input{
		Query: q, Facts: facts, Focus: ids, Explained: t.mem.Explained, Now: t.in.Now,
		Calendar: t.e.d.Calendars.Calendar(), Notices: t.in.Notices, Limits: t.e.d.Settings.Limits(), Silent: t.silent,
	})
	about := r.Diagnoses[:0:0]
	for _, d := range r.Diagnoses {
		for _, tx := range d.Transactions {
			if contains(ids, tx.ID) {
				about = append(about, d)
				break
			}
		}
	}
	if len(about) == 0 {
		return
	}
	r.Diagnoses = about
	t.result, t.facts = &r, facts
	t.traceResult(r)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
