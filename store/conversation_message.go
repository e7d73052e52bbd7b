package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
)

// message is one row of the conversation as contact, agent and auditor see it.
type message struct {
	conversation int64
	author       string // contact bot agent system
	actor        bot.Actor
	kind         string // "" = text
	text         string
	choices      []bot.Choice
	media        string
	inbox        int64
	trace        *bot.Trace
	at           time.Time
}

func (s *Store) insertMessage(ctx context.Context, tx *sql.Tx, m message) (int64, error) {
	if m.kind == "" {
		m.kind = "text"
	}
	if m.choices == nil {
		m.choices = []bot.Choice{}
	}
	choices, err := json.Marshal(m.choices)
	if err != nil {
		return 0, fmt.Errorf("choices: %w", err)
	}
	trace := []byte{}
	if m.trace != nil {
		if trace, err = json.Marshal(m.trace); err != nil {
			return 0, fmt.Errorf("trace: %w", err)
		}
	}
	// PostgreSQL stores no NUL. A text with one must not block its conversation.
	m.text = strings.ReplaceAll(m.text, "\x00", "")
	id := s.NewID()
	_, err = tx.ExecContext(ctx,
		`INSERT INTO messages (id, conversation_id, author, author_id, author_name, kind, text, choices, media_id, inbox_id, trace, created_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, m.conversation, m.author, m.actor.ID, m.actor.Name, m.kind, m.text, string(choices), m.media, m.inbox, string(trace), ms(m.at))
	if err != nil {
		return 0, fmt.Errorf("insert message: %w", err)
	}
	if m.kind == string(delivery.KindEvent) {
		return id, nil
	}
	return id, s.indexMessage(ctx, tx, id, m.conversation, m.text)
}

// saying is something that goes to the contact.
type saying struct {
	author   string // of the message: bot agent system
	by       delivery.Author
	actor    bot.Actor
	text     string
	choices  []bot.Choice
	trace    *bot.Trace
	replyTo  int64
	due      time.Time // the passive deadline; zero = at once
	template *bot.TemplateNotice
	at       time.Time
}

// say writes a message and its outbox row together. An agent's or the
// system's words that WeChat would refuse now (window closed, quota used up)
// are held visibly until the contact writes; the bot's are judged when they
// are sent, for a passive reply costs nothing.
func (s *Store) say(ctx context.Context, tx *sql.Tx, c conversationRow, quota delivery.Quota, w saying, done *bot.Committed) error {
	if w.by == "" {
		w.by = delivery.Author(w.author)
	}
	messageID, err := s.insertMessage(ctx, tx, message{
		conversation: c.id, author: w.author, actor: w.actor, text: w.text, choices: w.choices, trace: w.trace, at: w.at,
	})
	if err != nil {
		return err
	}
	row := delivery.Outbound{
		ID: s.NewID(), ConversationID: c.id, MessageID: messageID, AppID: c.appID, OpenID: c.openID,
		ReplyTo: w.replyTo, Author: w.by, Text: w.text, KfAccount: w.actor.KfAccount, State: delivery.Pending,
		DueAt: w.at, CreatedAt: w.at,
	}
	for _, ch := range w.choices {
		row.Choices = append(row.Choices, delivery.Choice{ID: ch.ID, Text: ch.Text})
	}
	if w.replyTo != 0 && w.due.After(w.at) {
		row.DueAt = w.due
	}
	if w.by != delivery.ByBot && quota.Remaining(w.at) == 0 {
		if w.template != nil {
			row.Template = &delivery.Template{ID: w.template.ID, Fields: w.template.Fields, URL: w.template.URL}
		} else {
			row.State, row.LastError = delivery.Held, shortage(quota, w.at)
		}
	}
	if err := s.insertOutbound(ctx, tx, row); err != nil {
		return err
	}
	done.Outbound = append(done.Outbound, row.ID)
	if row.State == delivery.Held {
		done.Held = append(done.Held, row.ID)
	}
	_, err = tx.ExecContext(ctx, `UPDATE conversations SET last_message_at = $1 WHERE id = $2`, ms(w.at), c.id)
	if err != nil {
		return fmt.Errorf("touch conversation: %w", err)
	}
	return s.appendEvent(ctx, tx, bot.EventMessage, c.id, c.version,
		map[string]any{"author": w.author, "state": string(row.State)}, w.at)
}

// shortage names why nothing may be sent: the class of the error that the
// platform would give.
func shortage(q delivery.Quota, now time.Time) string {
	if q.WindowEnd(now).IsZero() {
		return string(delivery.ClassWindow)
	}
	return string(delivery.ClassQuota)
}

// note is for agents only.
func (s *Store) note(ctx context.Context, tx *sql.Tx, c conversationRow, actor bot.Actor, text string, at time.Time) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO notes (id, conversation_id, author_id, author_name, text, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		s.NewID(), c.id, actor.ID, actor.Name, text, ms(at))
	if err != nil {
		return fmt.Errorf("note: %w", err)
	}
	return s.appendEvent(ctx, tx, bot.EventNote, c.id, c.version, nil, at)
}
