package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"daozhang/bot"
	"daozhang/bot/delivery"
)

// conversationRow is a conversation inside a transaction that holds its lock.
type conversationRow struct {
	id, contact       int64
	appID, openID     string
	status            bot.Status
	version           int64
	caseID, assignee  int64
	dueAt, leaseUntil int64
	memory            string
}

const conversationColumns = `id, contact_id, app_id, openid, status, version, case_id, assignee_id, due_at, lease_until, memory`

func (c *conversationRow) scan(row *sql.Row) error {
	return row.Scan(&c.id, &c.contact, &c.appID, &c.openID, &c.status, &c.version, &c.caseID, &c.assignee,
		&c.dueAt, &c.leaseUntil, &c.memory)
}

// conversationRow locks a conversation and counts its version up: whatever a
// turn is about to commit on it becomes a conflict. ErrNotFound.
func (s *Store) conversationRow(ctx context.Context, tx *sql.Tx, id int64) (c conversationRow, err error) {
	err = c.scan(tx.QueryRowContext(ctx,
		`UPDATE conversations SET version = version + 1 WHERE id = $1 RETURNING `+conversationColumns, id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, bot.ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("lock conversation: %w", err)
	}
	return c, nil
}

// Commit stores everything that a turn or follow-up changes, in one
// transaction that holds only while the lease is still ours and nobody else
// has become the owner: bot.ErrConflict otherwise, and then nothing is stored.
func (s *Store) Commit(ctx context.Context, o bot.Outcome) (bot.Committed, error) {
	var done bot.Committed
	err := s.tx(ctx, func(tx *sql.Tx) error {
		quota, _, err := s.lockContact(ctx, tx, o.Work.Input.Contact.ID)
		if err != nil {
			return err
		}
		var c conversationRow
		err = c.scan(tx.QueryRowContext(ctx,
			`UPDATE conversations SET version = version + 1 WHERE id = $1 AND version = $2 AND status = $3 RETURNING `+conversationColumns,
			o.Work.ConversationID, o.Work.Version, string(o.Work.Input.Status)))
		if errors.Is(err, sql.ErrNoRows) {
			return bot.ErrConflict
		}
		if err != nil {
			return fmt.Errorf("guard: %w", err)
		}
		return s.commit(ctx, tx, o, c, quota, &done)
	})
	if err != nil {
		return bot.Committed{}, fmt.Errorf("commit turn: %w", err)
	}
	return done, nil
}

func (s *Store) commit(ctx context.Context, tx *sql.Tx, o bot.Outcome, c conversationRow, quota delivery.Quota, done *bot.Committed) error {
	owned := c.status == bot.StatusHuman // the bot is silent
	if err := s.keepSaid(ctx, tx, o, c); err != nil {
		return err
	}
	if err := s.changeIdentity(ctx, tx, o, c); err != nil {
		return err
	}
	if !owned {
		if err := s.handOff(ctx, tx, o, &c, done); err != nil {
			return err
		}
	}
	if err := s.reply(ctx, tx, o, c, quota, owned, done); err != nil {
		return err
	}
	if o.Decision.Rating > 0 {
		if err := s.rate(ctx, tx, c.id, o.Decision.Rating); err != nil {
			return err
		}
	}
	if err := s.learn(ctx, tx, o, c); err != nil {
		return err
	}
	if err := s.changeWatches(ctx, tx, o, c); err != nil {
		return err
	}
	if o.Decision.Unanswered {
		if err := s.appendEvent(ctx, tx, bot.EventUnanswered, c.id, c.version, nil, o.At); err != nil {
			return err
		}
	}
	if r := o.Decision.Report; r != nil {
		if err := s.addReport(ctx, tx, *r, c.contact, o.At); err != nil {
			return err
		}
	}
	done.Status = c.status
	return s.rest(ctx, tx, o, c)
}

// keepSaid stores what the contact said and marks it handled. A turn without
// a reply keeps its trace with the last of these messages.
func (s *Store) keepSaid(ctx context.Context, tx *sql.Tx, o bot.Outcome, c conversationRow) error {
	if err := s.markHandled(ctx, tx, o.Handled, o.ReplyTo, o.At); err != nil {
		return err
	}
	for i, u := range o.Handled {
		m := message{conversation: c.id, author: "contact", kind: u.Kind, text: u.Text, media: u.MediaID, inbox: u.InboxID, at: u.At}
		if u.Kind == string(delivery.KindEvent) {
			m.text = u.Event + " " + u.Key
		}
		if i == len(o.Handled)-1 && (len(o.Decision.Replies) == 0 || c.status == bot.StatusHuman) {
			m.trace = &o.Trace
		}
		if _, err := s.insertMessage(ctx, tx, m); err != nil {
			return err
		}
	}
	if len(o.Handled) == 0 {
		return nil
	}
	return s.appendEvent(ctx, tx, bot.EventMessage, c.id, c.version, map[string]any{"author": "contact"}, o.At)
}

// changeIdentity binds, unbinds, asks for a binding, forgets who unfollowed.
func (s *Store) changeIdentity(ctx context.Context, tx *sql.Tx, o bot.Outcome, c conversationRow) error {
	d := o.Decision
	if d.Bind != nil {
		if err := s.useScene(ctx, tx, c.contact, *d.Bind, o.At); err != nil {
			return err
		}
	}
	for _, no := range d.Unbind {
		if err := s.unbind(ctx, tx, c.contact, no, o.At); err != nil {
			return err
		}
	}
	if d.BindRequest != nil {
		if err := s.requestBinding(ctx, tx, c.contact, c.id, *d.BindRequest, o.At); err != nil {
			return err
		}
	}
	if d.Remove != nil {
		if err := s.removePerson(ctx, tx, c.contact, *d.Remove, o.At); err != nil {
			return err
		}
	}
	if d.CodeRequest != nil {
		if err := s.requestCode(ctx, tx, c, *d.CodeRequest, o.At); err != nil {
			return err
		}
	}
	if d.CodeAnswer != nil {
		if err := s.answerCode(ctx, tx, c, *d.CodeAnswer, o.At); err != nil {
			return err
		}
	}
	if d.Unfollowed {
		return s.unfollow(ctx, tx, c, o.At)
	}
	return nil
}

// unfollow drops what can no longer be delivered.
func (s *Store) unfollow(ctx context.Context, tx *sql.Tx, c conversationRow, at time.Time) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE outbox SET state = 'dead', last_error = 'unfollowed' WHERE conversation_id = $1 AND state IN ('pending', 'held')`, c.id)
	if err != nil {
		return fmt.Errorf("drop outbox: %w", err)
	}
	_, err = tx.ExecContext(ctx,
		`UPDATE watches SET state = 'closed', outcome = 'unfollowed', closed_at = $1 WHERE conversation_id = $2 AND state = 'open'`, ms(at), c.id)
	if err != nil {
		return fmt.Errorf("close watches: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE contacts SET followed = 0 WHERE id = $1`, c.contact); err != nil {
		return fmt.Errorf("unfollow: %w", err)
	}
	return s.saveQuota(ctx, tx, c.contact, delivery.Quota{}.Closed())
}

// handOff reopens a closed conversation that goes on and hands over to a
// human when the decision asks for it and nobody has been asked yet.
func (s *Store) handOff(ctx context.Context, tx *sql.Tx, o bot.Outcome, c *conversationRow, done *bot.Committed) error {
	d := o.Decision
	if c.status == bot.StatusClosed && d.Handoff == nil && d.Status == bot.StatusBot {
		actor := "contact"
		if o.Watch != nil {
			actor = "bot" // a promise speaks first
		}
		return s.move(ctx, tx, c, bot.MoveReopen, actor, "", o.At)
	}
	if d.Handoff == nil {
		return nil
	}
	if _, err := bot.Next(c.status, bot.MoveHandOff); err != nil {
		return nil //nolint:nilerr // waiting already: nothing is handed over twice
	}
	var err error
	if c.caseID, done.CaseNumber, err = s.openCase(ctx, tx, *c, o); err != nil {
		return err
	}
	return s.move(ctx, tx, c, bot.MoveHandOff, "bot", string(d.Handoff.Reason), o.At)
}

// move changes the owner by the one table of moves and writes it down.
func (s *Store) move(ctx context.Context, tx *sql.Tx, c *conversationRow, m bot.Move, actor, reason string, at time.Time) error {
	next, err := bot.Next(c.status, m)
	if err != nil {
		return err //nolint:wrapcheck // names both
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO status_changes (id, conversation_id, case_id, from_status, to_status, actor, reason, at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		s.NewID(), c.id, c.caseID, string(c.status), string(next), actor, reason, ms(at))
	if err != nil {
		return fmt.Errorf("record %s: %w", m, err)
	}
	err = s.appendEvent(ctx, tx, bot.EventStatus, c.id, c.version,
		map[string]any{"from": string(c.status), "to": string(next), "reason": reason}, at)
	c.status = next
	return err
}

// reply enqueues what the bot says. While a human owns the conversation a
// follow-up becomes a note for the agent instead.
func (s *Store) reply(ctx context.Context, tx *sql.Tx, o bot.Outcome, c conversationRow, quota delivery.Quota, owned bool, done *bot.Committed) error {
	for i, r := range o.Decision.Replies {
		if owned {
			if o.Watch == nil {
				continue
			}
			if err := s.note(ctx, tx, c, bot.Actor{Name: "到账助手"}, r.Text, o.At); err != nil {
				return err
			}
			continue
		}
		say := saying{author: "bot", by: delivery.ByBot, text: r.Text, choices: r.Choices, at: o.At}
		if i == 0 {
			say.trace, say.replyTo, say.due = &o.Trace, o.ReplyTo, o.PassiveUntil
		}
		if o.Watch != nil {
			say.by, say.template = delivery.BySystem, o.Template
		}
		if err := s.say(ctx, tx, c, quota, say, done); err != nil {
			return err
		}
	}
	return nil
}

// rest ends the lease. What arrived during the turn is due as its arrival
// said; what the turn left is due at once or at NextDue.
func (s *Store) rest(ctx context.Context, tx *sql.Tx, o bot.Outcome, c conversationRow) error {
	due, err := s.dueAfter(ctx, tx, c, o.At)
	if err != nil {
		return err
	}
	if due > 0 && !o.NextDue.IsZero() {
		due = ms(o.NextDue)
	}
	unread := 0
	if c.status == bot.StatusWaiting || c.status == bot.StatusHuman {
		unread = len(o.Handled)
	}
	memory, err := json.Marshal(o.Decision.Memory)
	if err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	_, err = tx.ExecContext(ctx,
		`UPDATE conversations SET status = $1, memory = $2, case_id = $3, due_at = $4, lease_until = 0, lease_owner = '',
		   attempts = 0, unread = unread + $5, updated_at = $6 WHERE id = $7`,
		string(c.status), string(memory), c.caseID, due, unread, ms(o.At), c.id)
	if err != nil {
		return fmt.Errorf("rest conversation: %w", err)
	}
	return nil
}

// dueAfter is when the conversation is due again after its lease: 0 when no
// message waits.
func (s *Store) dueAfter(ctx context.Context, tx *sql.Tx, c conversationRow, now time.Time) (int64, error) {
	var waiting int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM inbox WHERE conversation_id = $1 AND handled_at = 0`, c.id).Scan(&waiting)
	switch {
	case err != nil:
		return 0, fmt.Errorf("count waiting messages: %w", err)
	case waiting == 0:
		return 0, nil
	case c.dueAt > 0 && c.dueAt < c.leaseUntil:
		return c.dueAt, nil // brought forward while the lease was held
	}
	return ms(now), nil
}
