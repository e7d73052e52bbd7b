package console

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"daozhang/bot/desk"
	"daozhang/transactions"
)

var userNameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`) //nolint:gochecknoglobals // read-only

func validUserName(s string) bool { return userNameForm.MatchString(s) }

func (s *server) adminRoutes() {
	const tag = "Administration"
	const users, tokens, dead = "/api/v1/users", "/api/v1/tokens", "/api/v1/dead-letters"
	handle(s, route{method: http.MethodGet, path: users, tag: tag, summary: "Console users", permission: desk.WriteUsers}, s.listUsers)
	handle(s, route{method: http.MethodPost, path: users, tag: tag, summary: "New user", permission: desk.WriteUsers}, s.createUser)
	handle(s, route{method: http.MethodPut, path: users + "/{id}", tag: tag, summary: "Change name, role, disabled", permission: desk.WriteUsers}, s.updateUser)
	handle(s, route{method: http.MethodPost, path: users + "/{id}/password", tag: tag, summary: "New one-time password; unlocks", permission: desk.WriteUsers}, s.resetPassword)
	handle(s, route{method: http.MethodGet, path: "/api/v1/audit", tag: tag, summary: "Who did and saw what", permission: desk.ReadAudit}, s.listAudit)
	handle(s, route{method: http.MethodGet, path: "/api/v1/reports/summary", tag: tag, summary: "Counts of a span of days", permission: desk.ReadReports}, s.report)
	handle(s, route{method: http.MethodGet, path: dead, tag: tag, summary: "Messages that could not be delivered", permission: desk.RetryDelivery}, s.listDeadLetters)
	handle(s, route{method: http.MethodPost, path: dead + "/{id}/retry", tag: tag, summary: "Send again", permission: desk.RetryDelivery, status: http.StatusNoContent}, s.retryDeadLetter)
	handle(s, route{method: http.MethodGet, path: tokens, tag: tag, summary: "API tokens", permission: desk.WriteTokens}, s.listTokens)
	handle(s, route{method: http.MethodPost, path: tokens, tag: tag, summary: "New API token, shown once", permission: desk.WriteTokens}, s.createToken)
	handle(s, route{method: http.MethodDelete, path: tokens + "/{id}", tag: tag, summary: "Revoke", permission: desk.WriteTokens, status: http.StatusNoContent}, s.revokeToken)
}

func (s *server) listUsers(ctx context.Context, _ *struct{}) (*body[UserList], error) {
	users, err := s.Store.Users(ctx)
	return answer(UserList{Items: mapped(users, s.userView)}), err
}

func (s *server) createUser(ctx context.Context, in *body[UserCreate]) (*body[UserSecret], error) {
	password, once := in.Body.Password, ""
	if password == "" {
		once = oneTimePassword()
		password = once
	}
	hash, err := s.newPassword(ctx, in.Body.Name, password)
	if err != nil {
		return nil, err
	}
	u, err := s.Store.CreateUser(ctx, desk.User{
		Name: in.Body.Name, DisplayName: strings.TrimSpace(in.Body.DisplayName), Role: desk.Role(in.Body.Role), PasswordHash: hash, MustChange: true,
	}, audit(ctx, "user.create", "user:"+in.Body.Name, "role "+in.Body.Role))
	if err != nil {
		return nil, fromError(err, "用户")
	}
	return answer(UserSecret{User: s.userView(u), Password: once}), nil
}

func (s *server) updateUser(ctx context.Context, in *onRow[UserUpdate]) (*body[User], error) {
	u, err := s.Store.User(ctx, int64(in.ID.id()))
	if err != nil {
		return nil, fromError(err, "用户")
	}
	u.DisplayName, u.Role, u.Disabled = strings.TrimSpace(in.Body.DisplayName), desk.Role(in.Body.Role), in.Body.Disabled
	detail := "role " + in.Body.Role
	if u.Disabled {
		detail += " disabled"
	}
	if err := s.Store.UpdateUser(ctx, u, audit(ctx, "user.update", "user:"+u.Name, detail)); err != nil {
		return nil, fromError(err, "用户")
	}
	return answer(s.userView(u)), nil
}

func (s *server) resetPassword(ctx context.Context, in *byRow) (*body[UserSecret], error) {
	u, err := s.Store.User(ctx, int64(in.ID.id()))
	if err != nil {
		return nil, fromError(err, "用户")
	}
	once := oneTimePassword()
	hash, err := s.hasher.Hash(ctx, once)
	if err != nil {
		return nil, hashError(err)
	}
	if err := s.Store.SetPassword(ctx, u.ID, hash, true, "", audit(ctx, "user.password", "user:"+u.Name, "one-time")); err != nil {
		return nil, fromError(err, "用户")
	}
	u.MustChange, u.LockedUntil = true, time.Time{}
	return answer(UserSecret{User: s.userView(u), Password: once}), nil
}

func (s *server) listAudit(ctx context.Context, in *struct {
	Page
	Actor   string `query:"actor" maxLength:"80" doc:"exact, or a prefix ending in *"`
	Action  string `query:"action" maxLength:"80" doc:"exact, or a prefix ending in *"`
	Subject string `query:"subject" maxLength:"120" doc:"exact, or a prefix ending in *"`
	From    string `query:"from" doc:"YYYY-MM-DD"`
	To      string `query:"to" doc:"YYYY-MM-DD, inclusive"`
},
) (*body[AuditList], error) {
	before, err := idCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	from, err := dayParam("from", in.From)
	if err != nil {
		return nil, err
	}
	to, err := dayParam("to", in.To)
	if err != nil {
		return nil, err
	}
	f := desk.AuditFilter{Actor: in.Actor, Action: in.Action, Subject: in.Subject, BeforeID: before, Limit: in.Limit + 1, From: dayStart(from, time.Time{})}
	if !to.IsZero() {
		f.To = to.AddDays(1).Start()
	}
	rows, err := s.Store.AuditRecords(ctx, f)
	if err != nil {
		return nil, err
	}
	rows, next := pageOf(rows, in.Limit, func(a desk.Audit) desk.Position { return byID(a.ID) })
	return answer(AuditList{NextCursor: next, Items: mapped(rows, func(a desk.Audit) AuditRow {
		return AuditRow{ID: ID(a.ID), Actor: a.Actor, Action: a.Action, Subject: a.Subject, Detail: a.Detail, Client: a.Client, At: a.At}
	})}), nil
}

// maxReportDays bounds a report.
const maxReportDays = 92

func (s *server) report(ctx context.Context, in *struct {
	From string `query:"from" doc:"YYYY-MM-DD; default six days before to"`
	To   string `query:"to" doc:"YYYY-MM-DD, inclusive; default today"`
},
) (*body[Report], error) {
	from, err := dayParam("from", in.From)
	if err != nil {
		return nil, err
	}
	to, err := dayParam("to", in.To)
	if err != nil {
		return nil, err
	}
	if to.IsZero() {
		to = transactions.DateOf(s.now())
	}
	if from.IsZero() {
		from = to.AddDays(-6)
	}
	if from.After(to) || to.After(from.AddDays(maxReportDays-1)) {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "起止日期不对：结束不能早于开始，最多 %d 天。", maxReportDays)
	}
	r, err := s.Store.Summary(ctx, from.Start(), to.AddDays(1).Start())
	if err != nil {
		return nil, err
	}
	v := reportView(from, to, r)
	titles, err := s.Store.ArticleTitles(ctx, mapped(r.Articles, func(c desk.Count) string { return c.Name }))
	if err != nil {
		return nil, err
	}
	for i := range v.Articles {
		v.Articles[i].Title = titles[v.Articles[i].Name]
	}
	return answer(v), nil
}

func reportView(from, to transactions.Date, r desk.Report) Report {
	count := func(c desk.Count) ReportCount { return ReportCount{Name: c.Name, Count: c.Count} }
	return Report{
		From: from.String(), To: to.String(),
		Totals: ReportTotals{
			Conversations: r.Conversations, Inbound: r.Inbound, BotReplies: r.BotReplies, AgentReplies: r.AgentReplies,
			Cases: r.Cases, Closed: r.Closed, Contained: r.Contained(), FirstReplyMin: r.MedianFirstReply().Minutes(),
			Rated: r.Rated, RatingAverage: r.RatingAverage, Unacknowledged: r.Overdue,
		},
		Days:   mapped(r.Days, func(d desk.ReportDay) ReportDay { return ReportDay(d) }),
		Causes: mapped(r.Causes, count), Reasons: mapped(r.Reasons, count), Articles: mapped(r.Articles, count),
	}
}

func (s *server) listDeadLetters(ctx context.Context, in *struct{ Page }) (*body[DeadLetterList], error) {
	before, err := idCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.DeadLetters(ctx, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Record(ctx, audit(ctx, "dead_letter.list", "", "")); err != nil {
		return nil, err
	}
	rows, next := pageOf(rows, in.Limit, func(d desk.DeadLetter) desk.Position { return byID(d.ID) })
	return answer(DeadLetterList{NextCursor: next, Items: mapped(rows, func(d desk.DeadLetter) DeadLetter {
		return DeadLetter{
			ID: ID(d.ID), ConversationID: ID(d.ConversationID), ContactName: desk.DisplayName(d.Nickname, d.OpenID), Author: d.Author,
			Text: d.Text, Attempts: d.Attempts, Error: d.Error, Hint: deliveryHint("dead", d.Error), CreatedAt: d.CreatedAt,
		}
	})}), nil
}

func (s *server) retryDeadLetter(ctx context.Context, in *byRow) (*none, error) {
	return nil, fromError(s.Store.RetryDeadLetter(ctx, int64(in.ID.id()), audit(ctx, "dead_letter.retry", "outbox:"+itoa(int64(in.ID.id())), "")), "未送达消息")
}

func tokenView(t desk.Token) Token {
	return Token{
		ID: ID(t.ID), Name: t.Name, Scopes: mapped(t.Scopes, func(v desk.Scope) string { return string(v) }), CreatedBy: t.CreatedBy,
		CreatedAt: t.CreatedAt, LastUsedAt: t.LastUsedAt, Revoked: !t.RevokedAt.IsZero(),
	}
}

func (s *server) listTokens(ctx context.Context, _ *struct{}) (*body[TokenList], error) {
	rows, err := s.Store.Tokens(ctx)
	return answer(TokenList{Items: mapped(rows, tokenView)}), err
}

func (s *server) createToken(ctx context.Context, in *body[TokenInput]) (*body[TokenSecret], error) {
	secret := tokenPrefix + randomToken(32)
	t, err := s.Store.CreateToken(ctx, desk.Token{
		Name: strings.TrimSpace(in.Body.Name), Hash: hashToken(secret), CreatedBy: who(ctx).user.Name,
		Scopes: mapped(in.Body.Scopes, func(v string) desk.Scope { return desk.Scope(v) }),
	}, audit(ctx, "token.create", "token:"+in.Body.Name, strings.Join(in.Body.Scopes, " ")))
	if err != nil {
		return nil, err
	}
	return answer(TokenSecret{Token: tokenView(t), Secret: secret}), nil
}

func (s *server) revokeToken(ctx context.Context, in *byRow) (*none, error) {
	err := s.Store.RevokeToken(ctx, int64(in.ID.id()), audit(ctx, "token.revoke", "token:"+itoa(int64(in.ID.id())), ""))
	if errors.Is(err, desk.ErrNotFound) {
		return nil, notFound("令牌")
	}
	return nil, err
}
