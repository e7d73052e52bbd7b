package console

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/desk"
	"daozhang/transactions"
)

var zone = transactions.Shanghai //nolint:gochecknoglobals // read-only

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// optional is nil for "none".
func optional(id int64) *ID {
	if id == 0 {
		return nil
	}
	v := ID(id)
	return &v
}

// some is a list that is never null.
func some[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

func mapped[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// Cursors are opaque: base64 of the position's three numbers.

func cursorOf(p desk.Position) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(p.Rank) + "." + itoa(p.At) + "." + itoa(p.ID)))
}

func parseCursor(s string) (desk.Position, error) {
	var p desk.Position
	if s == "" {
		return p, nil
	}
	bad := problem(http.StatusBadRequest, codeBadCursor, "翻页参数无效：请从第一页重新加载。")
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return p, bad
	}
	parts := strings.Split(string(raw), ".")
	if len(parts) != 3 {
		return p, bad
	}
	if p.Rank, err = strconv.Atoi(parts[0]); err != nil {
		return p, bad
	}
	if p.At, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
		return p, bad
	}
	if p.ID, err = strconv.ParseInt(parts[2], 10, 64); err != nil || p.ID <= 0 {
		return p, bad
	}
	return p, nil
}

// idCursor reads a cursor that is only an id; 0 = the first page.
func idCursor(s string) (int64, error) {
	p, err := parseCursor(s)
	return p.ID, err
}

// pageOf cuts the extra row off that tells whether there are more, and makes
// the cursor of the last one kept.
func pageOf[T any](rows []T, limit int, position func(T) desk.Position) ([]T, string) {
	if len(rows) <= limit {
		return rows, ""
	}
	rows = rows[:limit]
	return rows, cursorOf(position(rows[limit-1]))
}

func byID(id int64) desk.Position { return desk.Position{ID: id} }

// Views ------------------------------------------------------------------------

func (s *server) userView(u desk.User) User {
	v := User{
		ID: ID(u.ID), Name: u.Name, DisplayName: u.DisplayName, Role: string(u.Role), Disabled: u.Disabled,
		MustChange: u.MustChange, Presence: string(u.At(s.now())), CreatedAt: u.CreatedAt,
	}
	if u.LockedUntil.After(s.now()) {
		v.LockedUntil = u.LockedUntil
	}
	return v
}

func (s *server) conversationView(r desk.Row) Conversation {
	return Conversation{
		ID: ID(r.ID), Status: r.Status, AppID: r.AppID, ContactID: ID(r.ContactID),
		ContactName: desk.DisplayName(r.Nickname, r.OpenID), Shops: some(r.Shops),
		AssigneeID: optional(r.AssigneeID), AssigneeName: r.AssigneeName, Unread: r.Unread,
		LastText: r.LastText, LastAuthor: r.LastAuthor, LastKind: r.LastKind, LastMessageAt: r.LastMessageAt,
		CaseID: optional(r.CaseID), CaseNumber: r.CaseNumber, Reason: r.Reason, Priority: r.Priority,
		OpenedAt: r.OpenedAt, ExpectedAt: r.ExpectedAt, Overdue: r.Overdue(s.now()),
		Held: r.Held, Dead: r.Dead, Version: r.Version,
	}
}

func contactView(c desk.ContactView) Contact {
	return Contact{
		ID: ID(c.ID), AppID: c.AppID, OpenIDTail: desk.Tail(c.OpenID, 6), Name: desk.DisplayName(c.Nickname, c.OpenID),
		Followed: c.Followed, LastInboundAt: c.LastInboundAt, CreatedAt: c.CreatedAt,
		Bindings: mapped(c.Bindings, func(b desk.BindingView) Binding {
			return Binding{MerchantNo: b.MerchantNo, ShopName: b.ShopName, Brand: b.Brand, Role: b.Role, VerifiedBy: b.VerifiedBy, BoundAt: b.BoundAt}
		}),
	}
}

func (s *server) caseRow(c desk.Case) CaseRow {
	return CaseRow{
		ID: ID(c.ID), Number: c.Number, ConversationID: ID(c.ConversationID), ContactID: ID(c.ContactID),
		ContactName: desk.DisplayName(c.Nickname, c.OpenID), Status: c.Status, Reason: c.Reason, Priority: c.Priority,
		Summary: c.Card.Summary, AssigneeID: optional(c.AssigneeID), AssigneeName: c.AssigneeName,
		OpenedAt: c.OpenedAt, ExpectedAt: c.ExpectedAt, ClaimedAt: c.ClaimedAt, FirstReplyAt: c.FirstReplyAt,
		ClosedAt: c.ClosedAt, Outcome: c.Outcome, Rating: c.Rating, Overdue: c.Overdue(s.now()),
	}
}

// windowView tells what WeChat still lets us send.
func (s *server) windowView(q delivery.Quota, followed bool, held int64) Window {
	now := s.now()
	w := Window{EndAt: q.WindowEnd(now), Left: q.Remaining(now), Held: held}
	w.Open = !w.EndAt.IsZero() && w.Left > 0
	if !w.EndAt.IsZero() {
		w.EndAt = w.EndAt.In(zone)
	}
	switch {
	case !followed:
		w.Hint = "对方已取消关注，现在发不出去；重新关注并发消息后会自动补发。"
	case w.EndAt.IsZero():
		w.Hint = "已超过 48 小时没有互动，现在发的内容会先保存，等对方下次发消息时自动送达。"
	case w.Left == 0:
		w.Hint = "微信允许的条数已用完，现在发的内容会先保存，等对方下次发消息时自动送达。"
	case w.Left == 1:
		w.Hint = "只剩最后 1 条可以发，请一次说完。"
	}
	return w
}

// messageViews turns messages into the transcript; traces lose what the viewer
// does not need.
func (s *server) messageViews(ctx context.Context, in []desk.MessageView) ([]Message, error) {
	var refs []string
	for _, m := range in {
		if m.Trace != nil {
			refs = append(refs, m.Trace.Articles...)
		}
	}
	titles := map[string]string{}
	if len(refs) > 0 {
		var err error
		if titles, err = s.Store.ArticleTitles(ctx, refs); err != nil {
			return nil, err
		}
	}
	return mapped(in, func(m desk.MessageView) Message { return messageView(m, titles) }), nil
}

func messageView(m desk.MessageView, titles map[string]string) Message {
	v := Message{
		ID: ID(m.ID), Author: m.Author, AuthorName: m.AuthorName, Kind: m.Kind, Text: m.Text, MediaID: m.MediaID, At: m.At,
		Choices: mapped(m.Choices, func(c bot.Choice) Tap { return Tap{ID: c.ID, Text: c.Text} }), Articles: []ArticleRef{},
	}
	if d := m.Delivery; d != nil {
		v.Delivery = &Delivery{
			State: d.State, Attempts: d.Attempts, Error: d.Error, Hint: deliveryHint(d.State, d.Error), SentAt: d.SentAt, OutboxID: ID(d.OutboxID),
		}
	}
	if m.Trace != nil {
		v.Trace = maskTrace(m.Trace)
		for _, ref := range m.Trace.Articles {
			v.Articles = append(v.Articles, articleRef(ref, titles[ref]))
		}
	}
	return v
}

func articleRef(ref, title string) ArticleRef {
	id, version, _ := strings.Cut(ref, "@")
	n, _ := strconv.Atoi(version)
	if title == "" {
		title = id
	}
	return ArticleRef{ID: id, Version: n, Title: title}
}

// maskTrace hides telephone numbers of the merchants in a trace.
func maskTrace(t *bot.Trace) *bot.Trace {
	if t.Facts == nil {
		return t
	}
	masked, facts := *t, *t.Facts
	facts.Merchants = mapped(facts.Merchants, maskMerchant)
	masked.Facts = &facts
	return &masked
}

func maskMerchant(m transactions.Merchant) transactions.Merchant {
	m.Phone = maskPhone(m.Phone)
	return m
}

// maskPhone keeps three digits in front and four at the end.
func maskPhone(s string) string {
	if len(s) < 8 {
		return strings.Repeat("*", len(s))
	}
	return s[:3] + strings.Repeat("*", len(s)-7) + s[len(s)-4:]
}

// deliveryHint says in Chinese what a delivery state means and what to do.
func deliveryHint(state, lastError string) string {
	class, _, _ := strings.Cut(lastError, " ")
	class = strings.TrimSuffix(class, ":")
	switch delivery.OutboundState(state) {
	case delivery.Held:
		switch delivery.Class(class) {
		case delivery.ClassQuota:
			return "微信允许的条数已用完：等对方下次发消息时自动送达。"
		case delivery.ClassForbidden:
			return "公众号没有主动发消息的权限：等对方下次发消息时送达。"
		}
		return "已超过 48 小时互动时间：等对方下次发消息时自动送达。"
	case delivery.Dead:
		switch delivery.Class(class) {
		case delivery.ClassOperator:
			return "公众号配置有问题（如 IP 白名单、AppSecret）：请管理员运行 daozhang doctor 检查后重发。"
		case delivery.ClassPermanent:
			return "微信拒绝了这条消息，对方可能已取消关注：请换个方式联系，或在对方再次关注后重发。"
		case delivery.ClassRetry, delivery.ClassToken:
			return "网络或微信接口多次出错：请确认网络正常后重发。"
		}
		return "没有送达：请稍后重发；若反复失败请联系管理员。"
	case delivery.Sending, delivery.Pending:
		if lastError != "" {
			return "发送遇到问题，正在自动重试。"
		}
	}
	return ""
}

// Years that a day of a query may have: far ones do not fit into JSON once a
// day or a time zone is added.
const minYear, maxYear = 2000, 2999

// dayParam reads YYYY-MM-DD; the zero Date for "".
func dayParam(name, v string) (transactions.Date, error) {
	if v == "" {
		return transactions.Date{}, nil
	}
	d, err := transactions.ParseDate(v)
	if err == nil && (d.Year < minYear || d.Year > maxYear) {
		err = errors.New("year out of bounds")
	}
	if err != nil {
		p := problem(http.StatusUnprocessableEntity, codeInvalid, "日期应写成 2026-11-18 这样的形式。")
		p.Errors = []FieldError{{Location: "query." + name, Message: "日期格式不对"}}
		return d, p
	}
	return d, nil
}

// dayStart is 00:00 of a day, or the fallback for the zero Date.
func dayStart(d transactions.Date, fallback time.Time) time.Time {
	if d.IsZero() {
		return fallback
	}
	return d.Start()
}
