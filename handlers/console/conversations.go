package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"daozhang/bot"
	"daozhang/bot/delivery"
	"daozhang/bot/desk"
)

type byConversation struct {
	ID PathID `path:"id"`
}

type onConversation[T any] struct {
	ID   PathID `path:"id"`
	Body T
}

func (s *server) conversationRoutes() {
	const tag = "Conversations"
	const base = "/api/v1/conversations"
	handle(s, route{method: http.MethodGet, path: base, tag: tag, summary: "List with the numbers of the tabs", permission: desk.ReadConversations}, s.listConversations)
	handle(s, route{method: http.MethodGet, path: base + "/{id}", tag: tag, summary: "Everything about one (audited)", permission: desk.ReadConversations}, s.getConversation)
	handle(s, route{method: http.MethodGet, path: base + "/{id}/messages", tag: tag, summary: "Older messages (audited)", permission: desk.ReadConversations}, s.listMessages)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/claim", tag: tag, summary: "Take it", permission: desk.ActOnConversations}, s.claim)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/reply", tag: tag, summary: "Answer the merchant", permission: desk.ActOnConversations}, s.reply)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/give-back", tag: tag, summary: "Hand it to the bot", permission: desk.ActOnConversations}, s.giveBack)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/close", tag: tag, summary: "End the case", permission: desk.ActOnConversations}, s.closeConversation)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/handover", tag: tag, summary: "Give it to a colleague", permission: desk.ActOnConversations}, s.handover)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/note", tag: tag, summary: "Write a note for colleagues", permission: desk.ActOnConversations}, s.addNote)
	handle(s, route{method: http.MethodPost, path: base + "/{id}/read", tag: tag, summary: "Mark as read", permission: desk.ActOnConversations, status: http.StatusNoContent}, s.markRead)
	handle(s, route{method: http.MethodGet, path: "/api/v1/agents", tag: tag, summary: "Who may own a conversation", permission: desk.ReadConversations}, s.listAgents)
}

func (s *server) listConversations(ctx context.Context, in *struct {
	Page
	Status string `query:"status" enum:"waiting,mine,human,bot,closed,all" default:"all"`
	Query  string `query:"q" maxLength:"100" doc:"message text, contact, shop, merchant number, or #case"`
},
) (*body[ConversationList], error) {
	after, err := parseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	tab := desk.Tab(in.Status)
	me := who(ctx).user.ID
	rows, err := s.Store.DeskConversations(ctx, desk.Filter{Tab: tab, UserID: me, Query: in.Query, After: after, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Query) != "" {
		if err := s.Store.Record(ctx, audit(ctx, "conversation.search", "", fmt.Sprintf("%d hits", len(rows)))); err != nil {
			return nil, err
		}
	}
	counts, err := s.Store.DeskCounts(ctx, me)
	if err != nil {
		return nil, err
	}
	rows, next := pageOf(rows, in.Limit, func(r desk.Row) desk.Position { return r.Position(tab) })
	return answer(ConversationList{Items: mapped(rows, s.conversationView), NextCursor: next, Counts: Counts(counts)}), nil
}

// firstMessages is the page that comes with a conversation.
const firstMessages = 50

func (s *server) getConversation(ctx context.Context, in *byConversation) (*body[ConversationDetail], error) {
	id := int64(in.ID.id())
	row, err := s.Store.DeskConversation(ctx, id)
	if err != nil {
		return nil, fromError(err, "会话")
	}
	if err := s.Store.Record(ctx, audit(ctx, "conversation.view", "conversation:"+itoa(id), "")); err != nil {
		return nil, err
	}
	contact, err := s.Store.DeskContact(ctx, row.ContactID)
	if err != nil {
		return nil, fromError(err, "联系人")
	}
	var quota delivery.Quota
	if err := json.Unmarshal([]byte(contact.Quota), &quota); err != nil {
		return nil, fmt.Errorf("quota of contact %d: %w", contact.ID, err)
	}
	d := ConversationDetail{
		Conversation: s.conversationView(row), Contact: contactView(contact),
		Window: s.windowView(quota, contact.Followed, row.Held), EarlierCases: []CaseRow{},
		Actions: actions(who(ctx), row),
	}
	if err := s.addCases(ctx, &d, row); err != nil {
		return nil, err
	}
	if d.Messages, d.OlderCursor, err = s.messagePage(ctx, id, 0, firstMessages); err != nil {
		return nil, err
	}
	notes, err := s.Store.DeskNotes(ctx, id)
	if err != nil {
		return nil, err
	}
	d.Notes = mapped(notes, noteView)
	changes, err := s.Store.DeskChanges(ctx, id)
	if err != nil {
		return nil, err
	}
	d.Changes = mapped(changes, func(c desk.StatusChange) StatusChange { return StatusChange(c) })
	return answer(d), nil
}

// addCases puts the open or last case in front and the earlier ones behind.
func (s *server) addCases(ctx context.Context, d *ConversationDetail, row desk.Row) error {
	cases, err := s.Store.DeskCases(ctx, desk.CaseFilter{Status: "all", ContactID: row.ContactID, Limit: 20})
	if err != nil {
		return err
	}
	for _, c := range cases {
		if d.Case == nil && (row.CaseID == 0 || c.ID == row.CaseID) {
			d.Case = &Case{CaseRow: s.caseRow(c), Card: c.Card}
			continue
		}
		d.EarlierCases = append(d.EarlierCases, s.caseRow(c))
	}
	return nil
}

// actions are what this user may do with a conversation now.
func actions(p principal, row desk.Row) []string {
	out := []string{}
	if p.user.ID == 0 {
		return out
	}
	actor := p.user.Actor()
	may := func(m bot.Move) bool {
		_, err := desk.Allow(actor, m, row.Status, row.AssigneeID, row.AssigneeName)
		return err == nil
	}
	mine := row.Status == bot.StatusHuman && row.AssigneeID == actor.ID
	if !mine && may(bot.MoveClaim) {
		out = append(out, "claim")
	}
	if may(bot.MoveClaim) && row.Status != bot.StatusClosed {
		out = append(out, "reply")
	}
	if may(bot.MoveGiveBack) {
		out = append(out, "give_back")
	}
	if may(bot.MoveClose) {
		out = append(out, "close")
	}
	if may(bot.MoveGiveBack) {
		out = append(out, "handover")
	}
	if actor.Role.Can(desk.ActOnConversations) {
		out = append(out, "note")
	}
	if actor.Role.Can(desk.ReadLedger) {
		out = append(out, "ledger")
	}
	return out
}

func noteView(n desk.Note) Note {
	return Note{ID: ID(n.ID), AuthorName: n.AuthorName, Text: n.Text, At: n.At}
}

func (s *server) messagePage(ctx context.Context, conversation, before int64, limit int) ([]Message, string, error) {
	in, err := s.Store.DeskMessages(ctx, conversation, before, limit+1)
	if err != nil {
		return nil, "", err
	}
	older := ""
	if len(in) > limit {
		in = in[len(in)-limit:]
		older = cursorOf(byID(in[0].ID))
	}
	out, err := s.messageViews(ctx, in)
	return out, older, err
}

func (s *server) listMessages(ctx context.Context, in *struct {
	Page
	ID PathID `path:"id"`
},
) (*body[MessageList], error) {
	before, err := idCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.DeskConversation(ctx, int64(in.ID.id())); err != nil {
		return nil, fromError(err, "会话")
	}
	if err := s.Store.Record(ctx, audit(ctx, "conversation.view", "conversation:"+itoa(int64(in.ID.id())), "older messages")); err != nil {
		return nil, err
	}
	list, older, err := s.messagePage(ctx, int64(in.ID.id()), before, in.Limit)
	return answer(MessageList{Messages: list, OlderCursor: older}), err
}

// allowed reads a conversation and decides whether the user may make a move.
func (s *server) allowed(ctx context.Context, id ID, m bot.Move) (desk.Row, error) {
	row, err := s.Store.DeskConversation(ctx, int64(id))
	if err != nil {
		return row, fromError(err, "会话")
	}
	_, err = desk.Allow(who(ctx).user.Actor(), m, row.Status, row.AssigneeID, row.AssigneeName)
	return row, fromError(err, "会话")
}

// acted records a change of a conversation and gives its present state.
func (s *server) acted(ctx context.Context, id ID, action, detail string) (*body[Conversation], error) {
	if err := s.Store.Record(ctx, audit(ctx, action, "conversation:"+itoa(int64(id)), detail)); err != nil {
		return nil, err
	}
	row, err := s.Store.DeskConversation(ctx, int64(id))
	if err != nil {
		return nil, fromError(err, "会话")
	}
	return answer(s.conversationView(row)), nil
}

func (s *server) claim(ctx context.Context, in *byConversation) (*body[Conversation], error) {
	row, err := s.allowed(ctx, in.ID.id(), bot.MoveClaim)
	if err != nil {
		return nil, err
	}
	if err := s.take(ctx, row); err != nil {
		return nil, err
	}
	return s.acted(ctx, in.ID.id(), "conversation.claim", "")
}

// take claims a conversation unless it is the user's already; a supervisor
// takes it from a colleague.
func (s *server) take(ctx context.Context, row desk.Row) error {
	me := who(ctx)
	switch {
	case row.Status == bot.StatusHuman && row.AssigneeID == me.user.ID:
		return nil
	case row.Status == bot.StatusHuman && row.AssigneeID != 0:
		return s.deskError(ctx, row.ID, bot.MoveClaim, s.Desk.TakeOver(ctx, row.ID, me.actor()))
	}
	return s.deskError(ctx, row.ID, bot.MoveClaim, s.Desk.Claim(ctx, row.ID, me.actor()))
}

// deskError explains a failed action by the state that somebody else made
// meanwhile, where that is the reason.
func (s *server) deskError(ctx context.Context, id int64, m bot.Move, err error) error {
	if err == nil {
		return nil
	}
	answer := fromError(err, "会话")
	var p *Problem
	if errors.As(answer, &p) {
		return p
	}
	if _, now := s.allowed(ctx, ID(id), m); errors.As(now, &p) {
		return p
	}
	return answer
}

func (s *server) reply(ctx context.Context, in *onConversation[ReplyInput]) (*body[ReplyResult], error) {
	text := strings.TrimSpace(s.Redact(in.Body.Text))
	if text == "" {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "请先输入要说的话。")
	}
	row, err := s.allowed(ctx, in.ID.id(), bot.MoveClaim)
	if err != nil {
		return nil, err
	}
	if row.Status == bot.StatusClosed {
		return nil, wrongStatus(row.Status)
	}
	if err := s.take(ctx, row); err != nil {
		return nil, err
	}
	held, err := s.Desk.Reply(ctx, row.ID, who(ctx).actor(), text)
	if err != nil {
		return nil, s.deskError(ctx, row.ID, bot.MoveClaim, err)
	}
	messages, _, err := s.messagePage(ctx, row.ID, 0, 5)
	if err != nil {
		return nil, err
	}
	result := ReplyResult{Held: held}
	for _, m := range messages { // the last of the agents is the one just committed
		if m.Author == string(delivery.ByAgent) {
			result.Message = m
		}
	}
	c, err := s.acted(ctx, in.ID.id(), "conversation.reply", "message:"+itoa(int64(result.Message.ID)))
	if err != nil {
		return nil, err
	}
	result.Conversation = c.Body
	return answer(result), nil
}

// owned makes sure that the user owns a conversation before ending their part
// of it: a supervisor takes it over first, so that the record says so.
func (s *server) owned(ctx context.Context, id ID, m bot.Move) (desk.Row, error) {
	row, err := s.allowed(ctx, id, m)
	if err != nil || row.Status != bot.StatusHuman {
		return row, err
	}
	return row, s.take(ctx, row)
}

// remark keeps what an agent wrote beside an action as a note for colleagues.
func (s *server) remark(ctx context.Context, id ID, what, text string) error {
	text = strings.TrimSpace(s.Redact(text))
	if text == "" {
		return nil
	}
	_, err := s.Store.DeskAddNote(ctx, int64(id), who(ctx).user.Actor(), what+"："+text,
		audit(ctx, "conversation.note", "conversation:"+itoa(int64(id)), ""))
	return err
}

func (s *server) giveBack(ctx context.Context, in *onConversation[GiveBackInput]) (*body[Conversation], error) {
	row, err := s.owned(ctx, in.ID.id(), bot.MoveGiveBack)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.GiveBack(ctx, row.ID, who(ctx).actor()); err != nil {
		return nil, s.deskError(ctx, row.ID, bot.MoveGiveBack, err)
	}
	if err := s.remark(ctx, in.ID.id(), "交还机器人", in.Body.Note); err != nil {
		return nil, err
	}
	return s.acted(ctx, in.ID.id(), "conversation.give_back", "")
}

func (s *server) closeConversation(ctx context.Context, in *onConversation[CloseInput]) (*body[Conversation], error) {
	row, err := s.owned(ctx, in.ID.id(), bot.MoveClose)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.Close(ctx, row.ID, who(ctx).actor()); err != nil {
		return nil, s.deskError(ctx, row.ID, bot.MoveClose, err)
	}
	if row.CaseID != 0 {
		if err := s.Store.DeskSetOutcome(ctx, row.CaseID, in.Body.Outcome); err != nil {
			return nil, err
		}
	}
	if err := s.remark(ctx, in.ID.id(), "结束会话", in.Body.Note); err != nil {
		return nil, err
	}
	return s.acted(ctx, in.ID.id(), "conversation.close", in.Body.Outcome)
}

func (s *server) handover(ctx context.Context, in *onConversation[HandoverInput]) (*body[Conversation], error) {
	to, err := s.Store.User(ctx, int64(in.Body.ToUserID))
	if err != nil {
		return nil, fromError(err, "同事")
	}
	if to.Disabled || !to.Role.Can(desk.ActOnConversations) {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "%s 不能接待商户，请选另一位同事。", to.DisplayName)
	}
	row, err := s.allowed(ctx, in.ID.id(), bot.MoveGiveBack)
	if err != nil {
		return nil, err
	}
	// The new owner takes it, whoever has it or nobody; the note says who gave.
	if err := s.Desk.TakeOver(ctx, row.ID, botActor(to)); err != nil {
		return nil, s.deskError(ctx, row.ID, bot.MoveGiveBack, err)
	}
	note := in.Body.Note
	if strings.TrimSpace(note) == "" {
		note = "请接着处理"
	}
	if err := s.remark(ctx, in.ID.id(), "转交给 "+to.DisplayName, note); err != nil {
		return nil, err
	}
	return s.acted(ctx, in.ID.id(), "conversation.handover", "to user:"+to.Name)
}

func (s *server) addNote(ctx context.Context, in *onConversation[NoteInput]) (*body[Note], error) {
	text := strings.TrimSpace(s.Redact(in.Body.Text))
	if text == "" {
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, "备注不能为空。")
	}
	n, err := s.Store.DeskAddNote(ctx, int64(in.ID.id()), who(ctx).user.Actor(), text, audit(ctx, "conversation.note", "conversation:"+itoa(int64(in.ID.id())), ""))
	if err != nil {
		return nil, fromError(err, "会话")
	}
	return answer(noteView(n)), nil
}

func (s *server) markRead(ctx context.Context, in *byConversation) (*none, error) {
	return nil, s.Store.MarkRead(ctx, int64(in.ID.id()))
}

func (s *server) listAgents(ctx context.Context, _ *struct{}) (*body[AgentList], error) {
	loads, err := s.Store.Loads(ctx)
	if err != nil {
		return nil, err
	}
	return answer(AgentList{Items: mapped(loads, func(l desk.Load) Agent {
		return Agent{
			ID: ID(l.User.ID), DisplayName: l.User.DisplayName, Role: string(l.User.Role),
			Presence: string(l.User.At(s.now())), Open: l.Open,
		}
	})}), nil
}
