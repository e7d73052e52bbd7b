package console

import (
	"context"
	"net/http"
	"strings"

	"daozhang/bot/desk"
)

func (s *server) listBindCodes(ctx context.Context, in *struct{ Page }) (*body[BindCodeList], error) {
	before, err := idCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.DeskCodes(ctx, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Record(ctx, audit(ctx, "bind_code.list", "", "")); err != nil {
		return nil, err
	}
	rows, next := pageOf(rows, in.Limit, func(c desk.BindCode) desk.Position { return byID(c.ID) })
	return answer(BindCodeList{NextCursor: next, Items: mapped(rows, func(c desk.BindCode) BindCode {
		return BindCode{
			ID: ID(c.ID), ContactID: ID(c.ContactID), ContactName: desk.DisplayName(c.Nickname, c.OpenID), ConversationID: optional(c.ConversationID),
			MerchantNo: c.MerchantNo, ShopName: c.ShopName, AccountLast4: c.AccountLast4, Phone: desk.MaskPhone(c.Phone), Matches: c.Matches,
			State: c.State, Why: c.Why, Wrong: c.Wrong, SentAt: c.SentAt, EndedAt: c.EndedAt, CreatedAt: c.CreatedAt,
		}
	})}), nil
}

func (s *server) listBindLocks(ctx context.Context, _ *struct{}) (*body[BindLockList], error) {
	locks, err := s.Store.DeskLocks(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Record(ctx, audit(ctx, "bind_lock.list", "", "")); err != nil {
		return nil, err
	}
	return answer(BindLockList{Items: mapped(locks, func(l desk.BindLock) BindLock {
		name := l.Name
		if l.Kind == "contact" {
			name = desk.DisplayName(l.Name, l.OpenID)
		}
		return BindLock{Kind: l.Kind, Subject: l.Subject, Name: name, Codes: l.Codes, Wrong: l.Wrong, Until: l.Until}
	})}), nil
}

func (s *server) liftBindLock(ctx context.Context, in *body[LiftInput]) (*none, error) {
	reason := strings.TrimSpace(s.Redact(in.Body.Reason))
	if reason == "" {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "请写明是怎样核实身份的，会留在审计记录里。")
	}
	a := audit(ctx, "bind_lock.lift", in.Body.Kind+":"+in.Body.Subject, reason)
	return nil, fromError(s.Store.LiftLock(ctx, in.Body.Kind, in.Body.Subject, a), "锁定")
}
