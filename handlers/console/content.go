package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

type byRow struct {
	ID PathID `path:"id"`
}

type onRow[T any] struct {
	ID   PathID `path:"id"`
	Body T
}

// contentRoutes are the small tables beside the articles: channels, notices,
// macros.
func (s *server) contentRoutes() {
	const tag = "Knowledge"
	const channels, notices, macros = "/api/v1/channels", "/api/v1/notices", "/api/v1/macros"
	handle(s, route{method: http.MethodGet, path: channels, tag: tag, summary: "Verified ways to reach somebody", permission: desk.ReadKnowledge}, s.listChannels)
	handle(s, route{method: http.MethodPost, path: channels, tag: tag, summary: "New channel, verified in the user's name", permission: desk.WriteChannels}, s.createChannel)
	handle(s, route{method: http.MethodPut, path: channels + "/{id}", tag: tag, summary: "Change and verify again", permission: desk.WriteChannels}, s.updateChannel)
	handle(s, route{method: http.MethodDelete, path: channels + "/{id}", tag: tag, summary: "Remove", permission: desk.WriteChannels, status: http.StatusNoContent}, s.deleteChannel)
	handle(s, route{method: http.MethodGet, path: notices, tag: tag, summary: "Announcements", permission: desk.ReadKnowledge}, s.listNotices)
	handle(s, route{method: http.MethodPost, path: notices, tag: tag, summary: "New announcement", permission: desk.WriteNotices}, s.createNotice)
	handle(s, route{method: http.MethodPut, path: notices + "/{id}", tag: tag, summary: "Change", permission: desk.WriteNotices}, s.updateNotice)
	handle(s, route{method: http.MethodDelete, path: notices + "/{id}", tag: tag, summary: "Remove", permission: desk.WriteNotices, status: http.StatusNoContent}, s.deleteNotice)
	handle(s, route{method: http.MethodGet, path: macros, tag: tag, summary: "Canned replies", permission: desk.ReadMacros}, s.listMacros)
	handle(s, route{method: http.MethodPost, path: macros, tag: tag, summary: "New canned reply", permission: desk.WriteMacros}, s.createMacro)
	handle(s, route{method: http.MethodPut, path: macros + "/{id}", tag: tag, summary: "Change", permission: desk.WriteMacros}, s.updateMacro)
	handle(s, route{method: http.MethodDelete, path: macros + "/{id}", tag: tag, summary: "Remove", permission: desk.WriteMacros, status: http.StatusNoContent}, s.deleteMacro)
}

func (s *server) channelView(c desk.Channel) Channel {
	return Channel{
		ID: ID(c.ID), Brand: c.Brand, Kind: c.Kind, Value: c.Value, Label: c.Label, Source: c.Source,
		VerifiedBy: c.VerifiedBy, VerifiedAt: c.VerifiedAt, ExpiresAt: c.ExpiresAt, Live: knowledgeChannel(c).Verified(s.now()),
	}
}

func (s *server) listChannels(ctx context.Context, _ *struct{}) (*body[ChannelList], error) {
	rows, err := s.Store.Channels(ctx)
	return answer(ChannelList{Items: mapped(rows, s.channelView)}), err
}

func (s *server) createChannel(ctx context.Context, in *body[ChannelInput]) (*body[Channel], error) {
	return s.saveChannel(ctx, 0, in.Body, "channel.create")
}

func (s *server) updateChannel(ctx context.Context, in *onRow[ChannelInput]) (*body[Channel], error) {
	return s.saveChannel(ctx, int64(in.ID.id()), in.Body, "channel.update")
}

func (s *server) saveChannel(ctx context.Context, id int64, in ChannelInput, action string) (*body[Channel], error) {
	value := strings.TrimSpace(in.Value)
	if msg := badChannel(in.Kind, value); msg != "" {
		p := problem(http.StatusUnprocessableEntity, codeInvalid, "%s。", msg)
		p.Errors = []FieldError{{Location: "body.value", Message: msg}}
		return nil, p
	}
	now := s.now()
	if !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(now) {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "有效期已经过了，请改成以后的时间，或留空。")
	}
	c, err := s.Store.SaveChannel(ctx, desk.Channel{
		ID: id, Brand: strings.TrimSpace(in.Brand), Kind: in.Kind, Value: value, Label: strings.TrimSpace(in.Label), Source: strings.TrimSpace(in.Source),
		VerifiedBy: who(ctx).user.Name, VerifiedAt: now.In(zone), ExpiresAt: in.ExpiresAt,
	}, audit(ctx, action, "channel:"+in.Kind, value))
	if err != nil {
		return nil, fromError(err, "联系方式")
	}
	return answer(s.channelView(c)), nil
}

// badChannel says in Chinese what is wrong with a value; "" = good.
func badChannel(kind, value string) string {
	switch kind {
	case knowledge.KindPhone:
		digits := 0
		for _, r := range value {
			switch {
			case r >= '0' && r <= '9':
				digits++
			case r != '-' && r != ' ' && r != '+':
				return "电话只能有数字、空格和短横"
			}
		}
		if digits < 3 || digits > 15 {
			return "电话的位数不对"
		}
	case knowledge.KindURL:
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return "网址应以 https:// 开头"
		}
	case knowledge.KindWeChat:
		if strings.ContainsFunc(value, unicode.IsSpace) {
			return "微信号不能有空格"
		}
	}
	return ""
}

func (s *server) deleteChannel(ctx context.Context, in *byRow) (*none, error) {
	return nil, fromError(s.Store.DeleteChannel(ctx, int64(in.ID.id()), audit(ctx, "channel.delete", "channel:"+itoa(int64(in.ID.id())), "")), "联系方式")
}

func (s *server) noticeView(n desk.Notice) Notice {
	return Notice{
		ID: ID(n.ID), Brand: n.Brand, Title: n.Title, Text: n.Text, From: n.From.In(zone), Until: n.Until.In(zone), Published: n.Published,
		Live: n.Live(s.now()), CreatedBy: n.CreatedBy, CreatedAt: n.CreatedAt,
	}
}

func (s *server) listNotices(ctx context.Context, _ *struct{}) (*body[NoticeList], error) {
	rows, err := s.Store.DeskNotices(ctx)
	return answer(NoticeList{Items: mapped(rows, s.noticeView)}), err
}

func (s *server) createNotice(ctx context.Context, in *body[NoticeInput]) (*body[Notice], error) {
	return s.saveNotice(ctx, 0, in.Body, "notice.create")
}

func (s *server) updateNotice(ctx context.Context, in *onRow[NoticeInput]) (*body[Notice], error) {
	return s.saveNotice(ctx, int64(in.ID.id()), in.Body, "notice.update")
}

func (s *server) saveNotice(ctx context.Context, id int64, in NoticeInput, action string) (*body[Notice], error) {
	if !in.From.Before(in.Until) {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "结束时间要晚于开始时间。")
	}
	channels, err := s.Store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	// What the bot says may hold no unverified number or link (rules 6).
	if bad := knowledge.CheckOutbound(in.Title+"\n"+in.Text, mapped(channels, knowledgeChannel), nil, s.now()); len(bad) > 0 {
		p := problem(http.StatusUnprocessableEntity, codeInvalid, "公告里有未经核实的电话、网址或微信号：%s。请先在“联系方式”里登记。", bad[0].Reason)
		p.Errors = []FieldError{{Location: "body.text", Message: bad[0].Reason}}
		return nil, p
	}
	n, err := s.Store.DeskSaveNotice(ctx, desk.Notice{
		ID: id, Brand: strings.TrimSpace(in.Brand), Title: strings.TrimSpace(in.Title), Text: strings.TrimSpace(in.Text),
		From: in.From, Until: in.Until, Published: in.Published, CreatedBy: who(ctx).user.Name, CreatedAt: s.now().In(zone),
	}, audit(ctx, action, "notice:"+itoa(id), in.Title))
	if err != nil {
		return nil, fromError(err, "公告")
	}
	return answer(s.noticeView(n)), nil
}

func (s *server) deleteNotice(ctx context.Context, in *byRow) (*none, error) {
	return nil, fromError(s.Store.DeskDeleteNotice(ctx, int64(in.ID.id()), audit(ctx, "notice.delete", "notice:"+itoa(int64(in.ID.id())), "")), "公告")
}

func macroView(m desk.Macro) Macro {
	return Macro{ID: ID(m.ID), Title: m.Title, Text: m.Text, Shortcut: m.Shortcut, CreatedBy: m.CreatedBy, UpdatedAt: m.UpdatedAt}
}

func (s *server) listMacros(ctx context.Context, _ *struct{}) (*body[MacroList], error) {
	rows, err := s.Store.Macros(ctx)
	return answer(MacroList{Items: mapped(rows, macroView)}), err
}

func (s *server) createMacro(ctx context.Context, in *body[MacroInput]) (*body[Macro], error) {
	return s.saveMacro(ctx, 0, in.Body, "macro.create")
}

func (s *server) updateMacro(ctx context.Context, in *onRow[MacroInput]) (*body[Macro], error) {
	return s.saveMacro(ctx, int64(in.ID.id()), in.Body, "macro.update")
}

func (s *server) saveMacro(ctx context.Context, id int64, in MacroInput, action string) (*body[Macro], error) {
	m, err := s.Store.SaveMacro(ctx, desk.Macro{
		ID: id, Title: strings.TrimSpace(in.Title), Text: strings.TrimSpace(in.Text), Shortcut: strings.TrimSpace(in.Shortcut), CreatedBy: who(ctx).user.Name,
	}, audit(ctx, action, "macro:"+itoa(id), in.Title))
	if err != nil {
		return nil, fromError(err, "快捷回复")
	}
	return answer(macroView(m)), nil
}

func (s *server) deleteMacro(ctx context.Context, in *byRow) (*none, error) {
	return nil, fromError(s.Store.DeleteMacro(ctx, int64(in.ID.id()), audit(ctx, "macro.delete", "macro:"+itoa(int64(in.ID.id())), "")), "快捷回复")
}
