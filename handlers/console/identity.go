package console

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strings"

	"daozhang/bot/desk"
)

func (s *server) identityRoutes() {
	const tag = "Identity"
	const requests = "/api/v1/bind-requests"
	handle(s, route{method: http.MethodGet, path: requests, tag: tag, summary: "Requests to tie a contact to a shop", permission: desk.ReadConversations}, s.listBindRequests)
	handle(s, route{method: http.MethodPost, path: requests + "/{id}/approve", tag: tag, summary: "Approve", permission: desk.DecideBindings}, s.approve)
	handle(s, route{method: http.MethodPost, path: requests + "/{id}/refuse", tag: tag, summary: "Refuse", permission: desk.DecideBindings}, s.refuseBinding)
	handle(s, route{method: http.MethodGet, path: "/api/v1/bind-codes", tag: tag, summary: "One-time codes of bindings, never the code itself", permission: desk.ReadConversations}, s.listBindCodes)
	handle(s, route{method: http.MethodGet, path: "/api/v1/bind-locks", tag: tag, summary: "Contacts and shops that get no more codes for now", permission: desk.ReadConversations}, s.listBindLocks)
	handle(s, route{
		method: http.MethodPost, path: "/api/v1/bind-locks/lift", tag: tag, summary: "Let a contact or shop begin anew (audited)",
		permission: desk.DecideBindings, status: http.StatusNoContent,
	}, s.liftBindLock)
	handle(s, route{method: http.MethodGet, path: "/api/v1/merchants", tag: tag, summary: "Find a shop by name or number", permission: desk.CreateScenes}, s.listMerchants)
	handle(s, route{method: http.MethodPost, path: "/api/v1/scenes", tag: tag, summary: "Make a one-time binding QR code for a shop", permission: desk.CreateScenes}, s.createScene)
	handle(s, route{method: http.MethodGet, path: "/api/v1/contacts/{id}", tag: tag, summary: "Contact with history (audited)", permission: desk.ReadConversations}, s.getContact)
	handle(s, route{
		method: http.MethodDelete, path: "/api/v1/contacts/{id}/bindings/{merchant_no}", tag: tag, summary: "Untie a contact from a shop",
		permission: desk.DeleteBindings, status: http.StatusNoContent,
	}, s.deleteBinding)
}

func bindRequestView(r desk.BindRequest) BindRequest {
	return BindRequest{
		ID: ID(r.ID), ContactID: ID(r.ContactID), ContactName: desk.DisplayName(r.Nickname, r.OpenID), ConversationID: optional(r.ConversationID),
		MerchantNo: r.MerchantNo, ShopName: r.ShopName, AccountLast4: r.AccountLast4, Matches: r.Matches,
		BoundContacts: r.BoundContacts, Recent: r.Recent, State: r.State, DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt,
		Reason: r.Reason, CreatedAt: r.CreatedAt,
	}
}

func (s *server) listBindRequests(ctx context.Context, in *struct {
	Page
	State string `query:"state" enum:"waiting,approved,refused,replaced,all" default:"waiting"`
},
) (*body[BindRequestList], error) {
	after, err := idCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.DeskBindRequests(ctx, in.State, 0, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Record(ctx, audit(ctx, "bind_request.list", "", in.State)); err != nil {
		return nil, err
	}
	rows, next := pageOf(rows, in.Limit, func(r desk.BindRequest) desk.Position { return byID(r.ID) })
	return answer(BindRequestList{Items: mapped(rows, bindRequestView), NextCursor: next}), nil
}

type onBindRequest struct {
	ID   PathID `path:"id"`
	Body BindDecision
}

func (s *server) approve(ctx context.Context, in *onBindRequest) (*body[BindRequest], error) {
	r, err := s.undecided(ctx, in.ID.id())
	if err != nil {
		return nil, err
	}
	if r.ShopName == "" {
		if _, err := s.Store.DeskShop(ctx, r.MerchantNo); err != nil {
			return nil, fromError(err, "商户号")
		}
	}
	if !r.Matches && !in.Body.Confirmed {
		return nil, problem(http.StatusUnprocessableEntity, codeNeedsConfirm,
			"商户号与结算卡尾号和账务记录对不上。请先用别的办法核实身份，确认无误后再勾选“已核实”。")
	}
	if !r.Matches && strings.TrimSpace(in.Body.Reason) == "" {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "资料对不上时，请写明是怎样核实身份的。")
	}
	role := in.Body.Role
	if role == "" {
		role = "owner"
	}
	return s.decide(ctx, in, true, role)
}

func (s *server) refuseBinding(ctx context.Context, in *onBindRequest) (*body[BindRequest], error) {
	if _, err := s.undecided(ctx, in.ID.id()); err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Body.Reason) == "" {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "请写明拒绝的原因，方便同事以后查看；商户看不到。")
	}
	return s.decide(ctx, in, false, "")
}

// undecided reads a request that still waits.
func (s *server) undecided(ctx context.Context, id ID) (desk.BindRequest, error) {
	r, err := s.Store.DeskBindRequest(ctx, int64(id))
	if err != nil {
		return r, fromError(err, "绑定申请")
	}
	if r.State != "waiting" {
		return r, fromError(&desk.Refusal{Kind: desk.Decided}, "绑定申请")
	}
	return r, nil
}

func (s *server) decide(ctx context.Context, in *onBindRequest, approve bool, role string) (*body[BindRequest], error) {
	reason := strings.TrimSpace(s.Redact(in.Body.Reason))
	if _, err := s.Bindings.DecideBinding(ctx, int64(in.ID.id()), who(ctx).actor(), approve, role, reason); err != nil {
		return nil, fromError(err, "绑定申请")
	}
	r, err := s.Store.DeskBindRequest(ctx, int64(in.ID.id()))
	if err != nil {
		return nil, fromError(err, "绑定申请")
	}
	action := "bind_request.refuse"
	if approve {
		action = "bind_request.approve"
	}
	detail := "contact:" + itoa(r.ContactID) + " merchant:" + r.MerchantNo
	if approve && !r.Matches {
		detail += " data did not match"
	}
	if err := s.Store.Record(ctx, audit(ctx, action, "bind_request:"+itoa(r.ID), detail)); err != nil {
		return nil, err
	}
	return answer(bindRequestView(r)), nil
}

func (s *server) listMerchants(ctx context.Context, in *struct {
	Page
	Query string `query:"q" maxLength:"60"`
},
) (*body[MerchantList], error) {
	// The position of this list is a merchant number, not an id.
	after, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil || !storable(string(after)) {
		return nil, problem(http.StatusBadRequest, codeBadCursor, "翻页参数无效：请从第一页重新加载。")
	}
	shops, err := s.Store.DeskShops(ctx, in.Query, string(after), in.Limit+1)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Record(ctx, audit(ctx, "merchant.search", "", "")); err != nil {
		return nil, err
	}
	next := ""
	if len(shops) > in.Limit {
		shops = shops[:in.Limit]
		next = base64.RawURLEncoding.EncodeToString([]byte(shops[in.Limit-1].MerchantNo))
	}
	return answer(MerchantList{Items: mapped(shops, func(m desk.Shop) Merchant { return Merchant(m) }), NextCursor: next}), nil
}

func (s *server) createScene(ctx context.Context, in *body[SceneInput]) (*body[Scene], error) {
	if s.Scenes == nil {
		return nil, problem(http.StatusServiceUnavailable, codeWeChat, "还没有配置公众号，无法生成二维码：请管理员先完成公众号设置。")
	}
	shop, err := s.Store.DeskShop(ctx, strings.TrimSpace(in.Body.MerchantNo))
	if err != nil {
		return nil, fromError(err, "商户号")
	}
	appID := in.Body.AppID
	if appID == "" && len(s.Settings.Accounts) > 0 {
		appID = s.Settings.Accounts[0].AppID
	}
	role := in.Body.Role
	if role == "" {
		role = "owner"
	}
	now := s.now()
	n := desk.Scene{
		Token: randomToken(24), MerchantNo: shop.MerchantNo, Role: role, CreatedBy: who(ctx).user.Name,
		CreatedAt: now, ExpiresAt: now.Add(desk.SceneTTL),
	}
	url, picture, err := s.Scenes.SceneCode(ctx, appID, n.Token, desk.SceneTTL)
	if err != nil {
		s.log.WarnContext(ctx, "scene code failed", slog.Any("error", err))
		return nil, problem(http.StatusServiceUnavailable, codeWeChat, "微信没有返回二维码，请稍后再试；若反复失败，请管理员运行 daozhang doctor 检查公众号权限。")
	}
	if err := s.Store.DeskCreateScene(ctx, n, audit(ctx, "scene.create", "merchant:"+shop.MerchantNo, "role "+role)); err != nil {
		return nil, err
	}
	return answer(Scene{
		Token: n.Token, MerchantNo: shop.MerchantNo, ShopName: shop.Name, Role: role, URL: url, PictureURL: picture, ExpiresAt: n.ExpiresAt.In(zone),
	}), nil
}

func (s *server) getContact(ctx context.Context, in *struct {
	ID PathID `path:"id"`
},
) (*body[ContactDetail], error) {
	c, err := s.Store.DeskContact(ctx, int64(in.ID.id()))
	if err != nil {
		return nil, fromError(err, "联系人")
	}
	if err := s.Store.Record(ctx, audit(ctx, "contact.view", "contact:"+itoa(c.ID), "")); err != nil {
		return nil, err
	}
	cases, err := s.Store.DeskCases(ctx, desk.CaseFilter{Status: "all", ContactID: c.ID, Limit: 50})
	if err != nil {
		return nil, err
	}
	requests, err := s.Store.DeskBindRequests(ctx, "all", c.ID, 0, 50)
	if err != nil {
		return nil, err
	}
	return answer(ContactDetail{
		Contact: contactView(c), ConversationID: optional(c.ConversationID),
		Cases: mapped(cases, s.caseRow), BindRequests: mapped(requests, bindRequestView),
	}), nil
}

func (s *server) deleteBinding(ctx context.Context, in *struct {
	ID         PathID `path:"id"`
	MerchantNo string `path:"merchant_no" maxLength:"64"`
},
) (*none, error) {
	a := audit(ctx, "binding.delete", "contact:"+itoa(int64(in.ID.id())), "merchant:"+in.MerchantNo)
	return nil, fromError(s.Store.DeleteBinding(ctx, int64(in.ID.id()), in.MerchantNo, a), "绑定")
}
