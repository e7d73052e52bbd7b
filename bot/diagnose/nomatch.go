package diagnose

import (
	"slices"

	"daozhang/transactions"
)

// unavailable answers when nothing could be looked up: no state, no date, no
// "not found" (rules 3, first row).
func unavailable(in Input) Result {
	r := Result{
		Cause: LedgerUnavailable, Transactions: []string{}, Human: true, Reason: string(LedgerUnavailable),
		Priority: LedgerUnavailable.Priority(), Steps: []Step{WaitRecovery},
		Evidence: []Evidence{{Row: "ledger", Field: "error", Value: "unavailable", Rule: "3.ledger_unavailable"}},
	}
	outageInstead(&r, in, append(brandsOf(in.Facts.Merchants), in.Query.Brand))
	return r
}

func brandsOf(shops []transactions.Merchant) []string {
	brands := make([]string, 0, len(shops)+1)
	for _, m := range shops {
		brands = append(brands, m.Brand)
	}
	return brands
}

// noMatch is rules 2.8.
func (t *turn) noMatch(f found) Result {
	r := Result{Transactions: []string{}, Unmatched: f.unmatched}
	terminals, late := t.unsent()
	switch {
	case speaksOfDebit(t.q):
		r.Cause, r.Steps = SingleSided, []Step{CollectDebitProof, DoNotReswipe}
		r.Human, r.Reason, r.Priority = true, string(SingleSided), SingleSided.Priority()
		r.Missing = t.missing()
		r.Evidence = []Evidence{{Row: "query", Field: "symptom", Value: "payer_debited", Rule: "2.8.single_sided"}}
	case len(terminals) > 0:
		r.Cause, r.Steps, r.Terminals = NotUploaded, []Step{UploadOffline, KeepReceipts}, terminals
		if late {
			r.Human, r.Reason, r.Priority = true, string(NotUploaded), NotUploaded.Priority()
		}
		for _, id := range terminals {
			r.Evidence = append(r.Evidence, Evidence{Row: id, Field: "unsent_offline", Value: "> 0", Rule: "2.8.not_uploaded"})
		}
	default:
		r.Cause, r.Steps, r.Missing = NotFound, []Step{TellOneMore}, t.missing()
		r.Evidence = []Evidence{{Row: "query", Field: "match", Value: "none", Rule: "2.8.not_found"}}
		var brands []string
		for _, m := range t.l.merchants {
			brands = append(brands, m.Brand)
		}
		r.Near = t.near()
		outageInstead(&r, t.in, append(brands, t.q.Brand))
	}
	return r
}

// unsent lists the terminals of the bound shops that hold transactions they
// have not sent (only the one named, if one was), and whether the sale spoken
// of would have been due by now.
func (t *turn) unsent() (terminals []string, late bool) {
	for _, m := range t.l.merchants {
		for id, state := range m.TerminalState {
			if state.UnsentOffline <= 0 || t.q.Terminal != "" && !sameTerminal(t.q.Terminal, id) {
				continue
			}
			terminals = append(terminals, id)
			at := state.LastSeen // the sale is not older than the last sign of life
			if t.n.time != nil {
				at = t.n.time.From
			}
			terms := transactions.TermsOf(transactions.Transaction{Time: at}, m, nil)
			late = late || !at.IsZero() && transactions.Plan(terms, t.in.Calendar).Missed(t.now)
		}
	}
	slices.Sort(terminals)
	return terminals, late
}

// replaceable are the causes that a published notice stands in for (rules 3).
func replaceable(c Cause) bool {
	switch c {
	case TxnUnknown, SettleProcessing, Overdue, NotFound, LedgerUnavailable:
		return true
	}
	return false
}

// notice is the published notice that covers now and one of the brands; the
// oldest of several.
func (in Input) notice(brands []string) *transactions.Notice {
	var best *transactions.Notice
	for i := range in.Notices {
		n := &in.Notices[i]
		if n.From.After(in.Now) || !n.Until.IsZero() && !in.Now.Before(n.Until) {
			continue
		}
		if n.Brand != "" && !slices.Contains(brands, n.Brand) {
			continue
		}
		if best == nil || n.From.Before(best.From) || n.From.Equal(best.From) && (n.ID < best.ID || n.ID == best.ID && n.Title < best.Title) {
			best = n
		}
	}
	return best
}

// outageInstead replaces a cause without a diagnosis: no hand-over for that
// alone.
func outageInstead(r *Result, in Input, brands []string) {
	n := in.notice(brands)
	if n == nil || !replaceable(r.Cause) {
		return
	}
	r.Evidence = append(r.Evidence, Evidence{Row: "notice", Field: "replaces", Value: string(r.Cause), Rule: "3.outage"})
	r.Cause, r.Notice, r.Missing, r.Steps, r.Near = Outage, n, "", []Step{WaitRecovery}, nil
	r.Human, r.Reason, r.Priority = false, "", ""
}

// applyNotices lets a notice of the shop's brand stand in for the causes it
// explains: no date, no hand-over for that alone.
func (t *turn) applyNotices(r *Result) {
	for i := range r.Diagnoses {
		d := &r.Diagnoses[i]
		n := t.in.notice([]string{d.Merchant.Brand})
		if n == nil || !replaceable(d.Cause) {
			continue
		}
		d.Evidence = append(d.Evidence, Evidence{Row: "notice", Field: "replaces", Value: string(d.Cause), Rule: "3.outage"})
		d.Steps = outageSteps(d.Cause)
		d.Cause, d.Due, d.DueMissed, d.NoDate = Outage, transactions.Date{}, transactions.Date{}, ""
		if d.Reason != ReasonHighValue && d.UnlistedCode == "" {
			d.Human, d.Reason, d.Priority = false, "", ""
		}
		if r.Notice == nil {
			r.Notice = n
		}
	}
	if len(r.Diagnoses) > 0 && r.Cause != Ambiguous {
		r.Cause = r.Diagnoses[0].Cause
	}
}

// outageSteps keeps the warning that matters while an outcome is unknown.
func outageSteps(was Cause) []Step {
	if was == TxnUnknown {
		return []Step{DoNotReswipe, WaitRecovery}
	}
	return []Step{WaitRecovery}
}
