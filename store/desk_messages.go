package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"daozhang/bot"
	"daozhang/bot/desk"
)

// DeskMessages are the messages of a conversation before an id (0 = the
// newest), oldest first, with their delivery.
func (s *Store) DeskMessages(ctx context.Context, conversationID, beforeID int64, limit int) ([]desk.MessageView, error) {
	var w where
	w.add("conversation_id = ?", conversationID)
	if beforeID > 0 {
		w.add("id < ?", beforeID)
	}
	q := `SELECT id, author, author_name, kind, text, choices, media_id, trace, created_at FROM messages` +
		w.sql() + ` ORDER BY id DESC` + w.limit(limit)
	out, err := scanAll(ctx, s.db, "list messages", q, w.args, scanMessage)
	if err != nil {
		return nil, err
	}
	slices.Reverse(out)
	return out, s.addDeliveries(ctx, out)
}

func scanMessage(row *sql.Rows, m *desk.MessageView) error {
	var choices, trace string
	var at int64
	if err := row.Scan(&m.ID, &m.Author, &m.AuthorName, &m.Kind, &m.Text, &choices, &m.MediaID, &trace, &at); err != nil {
		return err
	}
	m.At = shanghai(at)
	if choices != "" {
		if err := json.Unmarshal([]byte(choices), &m.Choices); err != nil {
			return fmt.Errorf("choices of message %d: %w", m.ID, err)
		}
	}
	if trace == "" || trace == "{}" {
		return nil
	}
	m.Trace = new(bot.Trace)
	if err := json.Unmarshal([]byte(trace), m.Trace); err != nil {
		return fmt.Errorf("trace of message %d: %w", m.ID, err)
	}
	return nil
}

// worse orders delivery states: the worst part speaks for the message.
func worse(a, b string) bool {
	order := []string{"sent", "passive", "sending", "pending", "held", "dead"}
	return slices.Index(order, a) > slices.Index(order, b)
}

func (s *Store) addDeliveries(ctx context.Context, ms []desk.MessageView) error {
	ids := make([]int64, 0, len(ms))
	for _, m := range ms {
		if m.Author != "contact" {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	type part struct {
		message int64
		d       desk.DeliveryView
	}
	var w where
	q := `SELECT message_id, id, state, attempts, last_error, sent_at FROM outbox WHERE message_id IN ` + w.inIDs(ids) + ` ORDER BY id`
	parts, err := scanAll(ctx, s.db, "list deliveries", q, w.args, func(row *sql.Rows, p *part) error {
		var sent int64
		err := row.Scan(&p.message, &p.d.OutboxID, &p.d.State, &p.d.Attempts, &p.d.Error, &sent)
		p.d.SentAt = shanghai(sent)
		return err
	})
	if err != nil {
		return err
	}
	byMessage := map[int64]*desk.DeliveryView{}
	for _, p := range parts {
		if have := byMessage[p.message]; have == nil || worse(p.d.State, have.State) {
			byMessage[p.message] = &p.d
		}
	}
	for i := range ms {
		ms[i].Delivery = byMessage[ms[i].ID]
	}
	return nil
}

// DeskNotes are the notes of a conversation, oldest first.
func (s *Store) DeskNotes(ctx context.Context, conversationID int64) ([]desk.Note, error) {
	return scanAll(ctx, s.db, "list notes",
		`SELECT id, author_name, text, created_at FROM notes WHERE conversation_id = $1 ORDER BY id`, []any{conversationID},
		func(row *sql.Rows, n *desk.Note) error {
			var at int64
			err := row.Scan(&n.ID, &n.AuthorName, &n.Text, &at)
			n.At = shanghai(at)
			return err
		})
}

// DeskAddNote writes a note that only agents see; desk.ErrNotFound when there is
// no such conversation.
func (s *Store) DeskAddNote(ctx context.Context, conversationID int64, by desk.Actor, text string, a desk.Audit) (desk.Note, error) {
	n := desk.Note{ID: s.NewID(), AuthorName: by.DisplayName, Text: text, At: s.now().In(zone)}
	err := s.audited(ctx, a, func(tx *sql.Tx) error {
		if err := execOne(ctx, tx, "add note", `INSERT INTO notes (id, conversation_id, author_id, author_name, text, created_at)
			SELECT $1, id, $2, $3, $4, $5 FROM conversations WHERE id = $6`,
			n.ID, by.ID, n.AuthorName, text, ms(n.At), conversationID); err != nil {
			return err
		}
		return s.tell(ctx, tx, bot.EventNote, conversationID, 0)
	})
	return n, err
}

// DeskChanges are the changes of ownership, oldest first, the last 100.
func (s *Store) DeskChanges(ctx context.Context, conversationID int64) ([]desk.StatusChange, error) {
	out, err := scanAll(ctx, s.db, "list status changes",
		`SELECT from_status, to_status, actor, reason, at FROM status_changes WHERE conversation_id = $1 ORDER BY id DESC LIMIT 100`,
		[]any{conversationID}, func(row *sql.Rows, c *desk.StatusChange) error {
			var at int64
			err := row.Scan(&c.From, &c.To, &c.Actor, &c.Reason, &at)
			c.At = shanghai(at)
			return err
		})
	slices.Reverse(out)
	return out, err
}

// DeadLetters are the messages that were given up, newest first, before an id
// (0 = the newest).
func (s *Store) DeadLetters(ctx context.Context, beforeID int64, limit int) ([]desk.DeadLetter, error) {
	var w where
	w.add("o.state = 'dead'")
	if beforeID > 0 {
		w.add("o.id < ?", beforeID)
	}
	q := `SELECT o.id, o.conversation_id, o.openid, COALESCE(t.nickname, ''), o.author, COALESCE(m.text, ''), o.attempts, o.last_error, o.created_at
		FROM outbox o LEFT JOIN conversations c ON c.id = o.conversation_id LEFT JOIN contacts t ON t.id = c.contact_id
		LEFT JOIN messages m ON m.id = o.message_id` + w.sql() + ` ORDER BY o.id DESC` + w.limit(limit)
	return scanAll(ctx, s.db, "list dead letters", q, w.args, func(row *sql.Rows, d *desk.DeadLetter) error {
		var at int64
		err := row.Scan(&d.ID, &d.ConversationID, &d.OpenID, &d.Nickname, &d.Author, &d.Text, &d.Attempts, &d.Error, &at)
		d.CreatedAt = shanghai(at)
		return err
	})
}

// RetryDeadLetter gives a dead letter back to the sender with a fresh count of
// attempts; desk.ErrNotFound when it is not dead (any more).
func (s *Store) RetryDeadLetter(ctx context.Context, id int64, a desk.Audit) error {
	return s.audited(ctx, a, func(tx *sql.Tx) error {
		var conversation int64
		if err := execOne(ctx, tx, "retry dead letter",
			`UPDATE outbox SET state = 'pending', due_at = $1, attempts = 0, lease_until = 0, reply_to = 0 WHERE id = $2 AND state = 'dead'`,
			ms(s.now()), id); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT conversation_id FROM outbox WHERE id = $1`, id).Scan(&conversation); err != nil {
			return fmt.Errorf("read dead letter: %w", err)
		}
		return s.tell(ctx, tx, bot.EventDelivery, conversation, 0)
	})
}
