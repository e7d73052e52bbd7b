package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"daozhang/bot/desk"
	"daozhang/transactions"
)

func (s *server) caseRoutes() {
	const tag = "Cases"
	handle(s, route{method: http.MethodGet, path: "/api/v1/cases", tag: tag, summary: "List, newest first", permission: desk.ReadConversations}, s.listCases)
	handle(s, route{method: http.MethodGet, path: "/api/v1/cases/{id}", tag: tag, summary: "Case card (audited)", permission: desk.ReadConversations}, s.getCase)
	handle(s, route{
		method: http.MethodGet, path: "/api/v1/conversations/{id}/ledger", tag: "Conversations",
		summary: "The bound shops' sales and payouts with diagnosis (audited)", permission: desk.ReadLedger,
	}, s.ledger)
}

func (s *server) listCases(ctx context.Context, in *struct {
	Page
	Status string `query:"status" enum:"open,waiting,human,closed,all" default:"open"`
	Mine   bool   `query:"mine"`
	Reason string `query:"reason" maxLength:"40"`
},
) (*body[CaseList], error) {
	before, err := parseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	f := desk.CaseFilter{Status: in.Status, Reason: in.Reason, Before: before, Limit: in.Limit + 1}
	if in.Mine {
		f.AssigneeID = who(ctx).user.ID
	}
	cases, err := s.Store.DeskCases(ctx, f)
	if err != nil {
		return nil, err
	}
	cases, next := pageOf(cases, in.Limit, func(c desk.Case) desk.Position {
		return desk.Position{At: c.OpenedAt.UnixMilli(), ID: c.ID}
	})
	return answer(CaseList{Items: mapped(cases, s.caseRow), NextCursor: next}), nil
}

func (s *server) getCase(ctx context.Context, in *struct {
	ID PathID `path:"id"`
},
) (*body[Case], error) {
	c, err := s.Store.DeskCase(ctx, int64(in.ID.id()))
	if err != nil {
		return nil, fromError(err, "工单")
	}
	if err := s.Store.Record(ctx, audit(ctx, "case.view", "case:"+itoa(c.ID), "")); err != nil {
		return nil, err
	}
	return answer(Case{CaseRow: s.caseRow(c), Card: c.Card}), nil
}

// The look-up panel shows 30 days when not said, and a quarter at most.
const (
	ledgerDays    = 30
	maxLedgerDays = 92
	ledgerLimit   = 200
	ledgerWait    = 10 * time.Second
)

func (s *server) ledger(ctx context.Context, in *struct {
	ID        PathID `path:"id"`
	From      string `query:"from" doc:"YYYY-MM-DD"`
	To        string `query:"to" doc:"YYYY-MM-DD, inclusive"`
	Reference string `query:"reference" maxLength:"64" doc:"order, reference or authorisation number"`
},
) (*body[LedgerView], error) {
	from, to, err := s.ledgerSpan(in.From, in.To)
	if err != nil {
		return nil, err
	}
	row, err := s.Store.DeskConversation(ctx, int64(in.ID.id()))
	if err != nil {
		return nil, fromError(err, "会话")
	}
	contact, err := s.Store.DeskContact(ctx, row.ContactID)
	if err != nil {
		return nil, fromError(err, "联系人")
	}
	shops := contact.MerchantNos()
	// The record comes first: nobody looks without leaving a trace.
	if err := s.Store.Record(ctx, audit(ctx, "ledger.view", "conversation:"+itoa(row.ID), "merchants:"+strings.Join(shops, ","))); err != nil {
		return nil, err
	}
	v := LedgerView{
		Merchants: []transactions.Merchant{}, Sales: []LedgerSale{}, Payouts: []transactions.Settlement{}, Silent: []string{}, From: from, To: to,
	}
	if len(shops) == 0 {
		return answer(v), nil
	}
	if s.Ledger == nil {
		return nil, problem(http.StatusServiceUnavailable, codeLedger, "没有配置账务查询，请联系管理员。")
	}
	wait, cancel := context.WithTimeout(ctx, ledgerWait)
	defer cancel()
	facts, err := s.Ledger.Facts(wait, transactions.Lookup{MerchantNos: shops, From: from, To: to, Reference: in.Reference, Limit: ledgerLimit})
	var unavailable *transactions.UnavailableError
	if errors.As(err, &unavailable) {
		v.Silent = slices.DeleteFunc(slices.Clone(shops), func(no string) bool { return !slices.Contains(unavailable.Merchants, no) })
	}
	switch {
	case len(v.Silent) > 0 && len(v.Silent) < len(shops): // the others could be asked
		s.log.WarnContext(ctx, "ledger look-up failed for some shops", slog.Any("error", err))
	case unavailable != nil, errors.Is(err, context.DeadlineExceeded):
		s.log.WarnContext(ctx, "ledger look-up failed", slog.Any("error", err))
		return nil, problem(http.StatusServiceUnavailable, codeLedger, "账务系统暂时查不到，请稍后再试；这期间不要向商户承诺到账时间。")
	case err != nil:
		return nil, err
	}
	if err := s.fillLedger(ctx, &v, facts, shops); err != nil {
		return nil, err
	}
	return answer(v), nil
}

// fillLedger puts the facts on the panel, newest sale first. Rows of shops
// that are not bound, and of those that could not be asked, never pass,
// whatever the source returned.
func (s *server) fillLedger(ctx context.Context, v *LedgerView, facts transactions.Facts, shops []string) error {
	bound := func(no string) bool { return slices.Contains(shops, no) && !slices.Contains(v.Silent, no) }
	facts.Merchants = slices.DeleteFunc(slices.Clone(facts.Merchants), func(m transactions.Merchant) bool { return !slices.Contains(shops, m.MerchantNo) })
	facts.Transactions = slices.DeleteFunc(slices.Clone(facts.Transactions), func(t transactions.Transaction) bool { return !bound(t.MerchantNo) })
	facts.Settlements = slices.DeleteFunc(slices.Clone(facts.Settlements), func(p transactions.Settlement) bool {
		return p.MerchantNo != "" && !bound(p.MerchantNo)
	})
	explained := map[string]*Explained{}
	if s.Explain != nil {
		all, err := s.Explain.Explain(ctx, facts)
		if err != nil {
			return err
		}
		for i := range all {
			all[i].Schedule, all[i].Evidence, all[i].Doubt = some(all[i].Schedule), some(all[i].Evidence), some(all[i].Doubt)
			explained[all[i].TransactionID] = &all[i]
		}
	}
	v.Merchants = mapped(facts.Merchants, maskMerchant)
	v.Payouts = append(v.Payouts, facts.Settlements...)
	v.AsOf, v.Truncated = facts.AsOf, facts.Truncated
	for _, t := range slices.Backward(facts.Transactions) {
		sale := LedgerSale{Transaction: t, SettleIDs: []string{}, Diagnosis: explained[t.ID]}
		for _, p := range facts.Settlements {
			if slices.Contains(p.TransactionIDs, t.ID) {
				sale.SettleIDs = append(sale.SettleIDs, p.ID)
			}
		}
		v.Sales = append(v.Sales, sale)
	}
	return nil
}

// ledgerSpan is the time looked at; to is exclusive.
func (s *server) ledgerSpan(fromDay, toDay string) (from, to time.Time, err error) {
	a, err := dayParam("from", fromDay)
	if err != nil {
		return from, to, err
	}
	b, err := dayParam("to", toDay)
	if err != nil {
		return from, to, err
	}
	if b.IsZero() {
		b = transactions.DateOf(s.now())
	}
	if a.IsZero() {
		a = b.AddDays(-ledgerDays)
	}
	from, to = a.Start(), b.AddDays(1).Start()
	if !from.Before(to) || to.Sub(from) > maxLedgerDays*24*time.Hour {
		return from, to, problem(http.StatusUnprocessableEntity, codeInvalid, "起止日期不对：结束不能早于开始，最多查 %d 天。", maxLedgerDays)
	}
	return from, to, nil
}
