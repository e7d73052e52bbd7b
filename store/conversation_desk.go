package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"daozhang/bot"
)

// Act commits one action of an agent in one transaction: the move of ownership
// by the table of moves, the case with it, the words to the contact with their
// outbox row, the memory, the events. A turn that is running loses its lease:
// its commit is a conflict and it is run again under the new owner.
// ErrNotFound, ErrTaken, or the refusal of bot.Next.
func (s *Store) Act(ctx context.Context, a bot.DeskAct) (bot.Committed, error) {
	var done bot.Committed
	err := s.tx(ctx, func(tx *sql.Tx) error {
		var contact int64
		if err := s.contactOf(ctx, tx, a.ConversationID, &contact); err != nil {
			return err
		}
		quota, _, err := s.lockContact(ctx, tx, contact)
		if err != nil {
			return err
		}
		c, err := s.conversationRow(ctx, tx, a.ConversationID)
		if err != nil {
			return err
		}
		if a.ByOwner && c.status == bot.StatusHuman && c.assignee != a.Actor.ID {
			return bot.ErrTaken
		}
		if err := s.moveByDesk(ctx, tx, a, &c); err != nil {
			return err
		}
		if a.Text != "" {
			err := s.say(ctx, tx, c, quota, saying{author: a.Author, actor: a.Actor, text: a.Text, choices: a.Choices, at: a.At}, &done)
			if err != nil {
				return err
			}
		}
		if a.Author == "agent" && a.Text != "" && c.caseID != 0 {
			_, err := tx.ExecContext(ctx, `UPDATE cases SET first_reply_at = $1 WHERE id = $2 AND first_reply_at = 0`, ms(a.At), c.caseID)
			if err != nil {
				return fmt.Errorf("first reply: %w", err)
			}
		}
		done.Status = c.status
		return s.endAct(ctx, tx, a, c)
	})
	if err != nil {
		return bot.Committed{}, fmt.Errorf("desk: %w", err)
	}
	return done, nil
}

func (s *Store) contactOf(ctx context.Context, tx *sql.Tx, conversation int64, contact *int64) error {
	found, err := queryAll(ctx, tx, func(r *sql.Rows) (id int64, err error) {
		err = r.Scan(&id)
		return id, err //nolint:wrapcheck // wrapped by queryAll
	}, `SELECT contact_id FROM conversations WHERE id = $1`, conversation)
	if err != nil {
		return fmt.Errorf("find contact: %w", err)
	}
	if len(found) == 0 {
		return bot.ErrNotFound
	}
	*contact = found[0]
	return nil
}

// moveByDesk changes the owner and carries the case along.
func (s *Store) moveByDesk(ctx context.Context, tx *sql.Tx, a bot.DeskAct, c *conversationRow) error {
	if a.Move == bot.MoveClaim && c.status == bot.StatusHuman {
		return s.reassign(ctx, tx, a, c)
	}
	if a.Move == "" {
		return nil
	}
	if err := s.move(ctx, tx, c, a.Move, "agent:"+a.Actor.Name, a.Reason, a.At); err != nil {
		return err
	}
	var err error
	switch a.Move {
	case bot.MoveClaim:
		c.assignee = a.Actor.ID
		_, err = tx.ExecContext(ctx,
			`UPDATE cases SET status = 'human', assignee_id = $1, claimed_at = $2 WHERE id = $3 AND status = 'waiting'`,
			a.Actor.ID, ms(a.At), c.caseID)
	case bot.MoveGiveBack, bot.MoveClose:
		c.assignee = 0
		_, err = tx.ExecContext(ctx,
			`UPDATE cases SET status = 'closed', outcome = $1, closed_at = $2 WHERE id = $3 AND status IN ('waiting', 'human')`,
			a.Outcome, ms(a.At), c.caseID)
		c.caseID = 0
	}
	if err != nil {
		return fmt.Errorf("case of %s: %w", a.Move, err)
	}
	return nil
}

// reassign takes a conversation over from another agent; one's own stays.
func (s *Store) reassign(ctx context.Context, tx *sql.Tx, a bot.DeskAct, c *conversationRow) error {
	if c.assignee == a.Actor.ID {
		return nil
	}
	c.assignee = a.Actor.ID
	_, err := tx.ExecContext(ctx,
		`INSERT INTO status_changes (id, conversation_id, case_id, from_status, to_status, actor, reason, at)
		 VALUES ($1, $2, $3, $4, $4, $5, 'taken over', $6)`,
		s.NewID(), c.id, c.caseID, string(c.status), "agent:"+a.Actor.Name, ms(a.At))
	if err != nil {
		return fmt.Errorf("record take-over: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE cases SET assignee_id = $1 WHERE id = $2`, a.Actor.ID, c.caseID); err != nil {
		return fmt.Errorf("reassign case: %w", err)
	}
	return s.appendEvent(ctx, tx, bot.EventStatus, c.id, c.version, map[string]any{"from": "human", "to": "human"}, a.At)
}

// endAct stores the conversation and takes the lease from a running turn.
func (s *Store) endAct(ctx context.Context, tx *sql.Tx, a bot.DeskAct, c conversationRow) error {
	memory := c.memory
	if a.Memory != nil {
		var old bot.Memory
		if err := json.Unmarshal([]byte(c.memory), &old); err != nil {
			return fmt.Errorf("memory of conversation %d: %w", c.id, err)
		}
		fresh := *a.Memory
		fresh.CaseNumber, fresh.Greeted = old.CaseNumber, old.Greeted
		fresh.LastQuestion, fresh.LastArticle = old.LastQuestion, old.LastArticle
		b, err := json.Marshal(fresh)
		if err != nil {
			return fmt.Errorf("memory: %w", err)
		}
		memory = string(b)
	}
	due, err := s.dueAfter(ctx, tx, c, a.At)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`UPDATE conversations SET status = $1, memory = $2, case_id = $3, assignee_id = $4, due_at = $5,
		   lease_until = 0, lease_owner = '', attempts = 0, unread = 0, updated_at = $6 WHERE id = $7`,
		string(c.status), memory, c.caseID, c.assignee, due, ms(a.At), c.id)
	if err != nil {
		return fmt.Errorf("store conversation: %w", err)
	}
	return nil
}

// AddNote keeps a note for agents; the contact never sees it.
func (s *Store) AddNote(ctx context.Context, conversation int64, actor bot.Actor, text string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var contact int64
		if err := s.contactOf(ctx, tx, conversation, &contact); err != nil {
			return err
		}
		return s.note(ctx, tx, conversationRow{id: conversation, contact: contact}, actor, text, s.now())
	})
}
