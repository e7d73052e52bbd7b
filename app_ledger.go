package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/handlers/console"
	"daozhang/store"
	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
)

// maxPushRows bounds one push (contract section 7).
const maxPushRows = 1000

// ledgerPush stores pushed rows.
type ledgerPush struct{ store *store.Store }

// Push implements console.LedgerPush.
func (p ledgerPush) Push(ctx context.Context, kind string, body []byte) (console.PushReport, error) {
	report := console.PushReport{Accepted: []string{}, Rejected: []console.RejectedRow{}}
	var in struct {
		Rows []map[string]json.RawMessage `json:"rows"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.Rows == nil {
		return report, &console.PushError{Detail: `请求体应为 {"rows":[{…}]}，字段名见账务文件说明。`}
	}
	if len(in.Rows) > maxPushRows {
		return report, &console.PushError{Detail: fmt.Sprintf("一次最多 %d 行，这次有 %d 行，请分批推送。", maxPushRows, len(in.Rows))}
	}
	batches, read := ledgerfile.FromJSON(ledgerfile.Kind(kind), in.Rows)
	for _, e := range read.Errors {
		report.Rejected = append(report.Rejected, console.RejectedRow{Row: e.Line + 1, ID: rowID(in.Rows, e.Line), Column: e.Column, Reason: e.Reason})
	}
	for _, b := range batches {
		results, err := upsertBatch(ctx, p.store, b)
		if err != nil {
			return report, fmt.Errorf("push %s: %w", kind, err)
		}
		for i, r := range results {
			line := b.Lines[i]
			if r.Outcome == store.Rejected {
				report.Rejected = append(report.Rejected, console.RejectedRow{Row: line + 1, ID: rowID(in.Rows, line), Column: r.Column, Reason: r.Reason})
				continue
			}
			report.Accepted = append(report.Accepted, rowID(in.Rows, line))
		}
	}
	slices.SortStableFunc(report.Rejected, func(a, b console.RejectedRow) int { return cmp.Compare(a.Row, b.Row) })
	return report, nil
}

// rowID is what the sender calls a row.
func rowID(rows []map[string]json.RawMessage, i int) string {
	if i < 0 || i >= len(rows) {
		return ""
	}
	for _, key := range []string{"id", "terminal", "merchant_no", "openid"} {
		var s string
		var n json.Number
		raw := rows[i][key]
		if json.Unmarshal(raw, &s) == nil && s != "" {
			return s
		}
		if json.Unmarshal(raw, &n) == nil && n != "" {
			return n.String()
		}
	}
	return ""
}

// upsertBatch stores the good rows of a file or push.
func upsertBatch(ctx context.Context, s *store.Store, b ledgerfile.Batch) ([]store.RowResult, error) {
	switch b.Kind {
	case ledgerfile.Merchants:
		return s.UpsertMerchants(ctx, b.Columns, b.Merchants)
	case ledgerfile.Terminals:
		return s.UpsertTerminals(ctx, b.Columns, b.Terminals)
	case ledgerfile.Transactions:
		return s.UpsertTransactions(ctx, b.Columns, b.Transactions)
	case ledgerfile.Settlements:
		return s.UpsertSettlements(ctx, b.Columns, b.Settlements)
	case ledgerfile.Bindings:
		return s.UpsertBindings(ctx, b.Columns, b.Bindings)
	default:
		return nil, errors.New("unknown kind of ledger rows: " + string(b.Kind))
	}
}

// explainer tells agents what the rules say of each sale on the panel.
type explainer struct{ app *app }

// Explain implements console.Explainer.
func (e explainer) Explain(_ context.Context, facts transactions.Facts) ([]console.Explained, error) {
	var out []console.Explained
	for _, t := range facts.Transactions {
		switch t.Kind {
		case "", "SALE", "PREAUTH", "PREAUTH_COMPLETE":
		default:
			continue
		}
		r := diagnose.Resolve(diagnose.Input{
			Query: understand.Query{Intent: understand.MissingPayment, Intents: []understand.Intent{understand.MissingPayment}, Reference: t.ID},
			Facts: neighbours(facts, t), Now: e.app.now().In(transactions.Shanghai), Calendar: e.app.calendars.Calendar(),
			Limits: diagnose.Limits{UnknownAfter: e.app.cfg.Bot.UnknownAfter, HighValueFen: e.app.cfg.Bot.HighValueFen},
		})
		if len(r.Diagnoses) == 0 {
			continue
		}
		d := r.Diagnoses[0]
		x := console.Explained{
			TransactionID: t.ID, Cause: string(d.Cause), Due: d.Due, NetFen: d.NetFen, FeeFen: d.FeeFen,
			Schedule: d.Schedule.Steps, Doubt: d.Doubt, Human: d.Human,
		}
		for _, ev := range d.Evidence {
			x.Evidence = append(x.Evidence, console.Evidence(ev))
		}
		out = append(out, x)
	}
	return out, nil
}

// neighbours keeps the rows that can explain one sale: its links, attempts of
// the same amount, and its payouts with their companions.
func neighbours(f transactions.Facts, t transactions.Transaction) transactions.Facts {
	out := transactions.Facts{AsOf: f.AsOf}
	for _, m := range f.Merchants {
		if m.MerchantNo == t.MerchantNo {
			out.Merchants = append(out.Merchants, m)
		}
	}
	payouts := map[string]bool{t.SettleID: t.SettleID != ""}
	for grown := true; grown; { // payouts name their successors
		grown = false
		for _, s := range f.Settlements {
			if s.MerchantNo != "" && s.MerchantNo != t.MerchantNo || payouts[s.ID] && (s.NextID == "" || payouts[s.NextID]) {
				continue
			}
			if payouts[s.ID] || contains(s.TransactionIDs, t.ID) {
				grown = !payouts[s.ID] || s.NextID != "" && !payouts[s.NextID]
				payouts[s.ID] = true
				if s.NextID != "" {
					payouts[s.NextID] = true
				}
			}
		}
	}
	companions := map[string]bool{}
	for _, s := range f.Settlements {
		if payouts[s.ID] && (s.MerchantNo == "" || s.MerchantNo == t.MerchantNo) {
			out.Settlements = append(out.Settlements, s)
			for _, id := range s.TransactionIDs {
				companions[id] = true
			}
		}
	}
	for _, o := range f.Transactions {
		linked := o.ID == t.ID || o.OrigID == t.ID || t.OrigID == o.ID && t.OrigID != "" || o.OrigID != "" && o.OrigID == t.OrigID
		if o.MerchantNo == t.MerchantNo && (linked || companions[o.ID]) {
			out.Transactions = append(out.Transactions, o)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
