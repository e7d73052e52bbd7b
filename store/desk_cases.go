package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"daozhang/bot/desk"
)

const caseRows = `SELECT k.id, k.number, k.conversation_id, k.contact_id, t.app_id, t.openid, t.nickname, k.status, k.reason,
	k.priority, k.card, k.assignee_id, COALESCE(u.display_name, ''), k.opened_at, k.expected_at, k.claimed_at, k.first_reply_at,
	k.closed_at, k.outcome, k.rating
	FROM cases k JOIN contacts t ON t.id = k.contact_id LEFT JOIN users u ON u.id = k.assignee_id`

func scanCase(row *sql.Rows, c *desk.Case) error {
	var card string
	var opened, expected, claimed, replied, closed int64
	if err := row.Scan(&c.ID, &c.Number, &c.ConversationID, &c.ContactID, &c.AppID, &c.OpenID, &c.Nickname, &c.Status, &c.Reason,
		&c.Priority, &card, &c.AssigneeID, &c.AssigneeName, &opened, &expected, &claimed, &replied, &closed, &c.Outcome, &c.Rating); err != nil {
		return err
	}
	c.OpenedAt, c.ExpectedAt, c.ClaimedAt = shanghai(opened), shanghai(expected), shanghai(claimed)
	c.FirstReplyAt, c.ClosedAt = shanghai(replied), shanghai(closed)
	if err := json.Unmarshal([]byte(card), &c.Card); err != nil {
		return fmt.Errorf("card of case %d: %w", c.Number, err)
	}
	return nil
}

// DeskCases lists cases, newest first.
func (s *Store) DeskCases(ctx context.Context, f desk.CaseFilter) ([]desk.Case, error) {
	var w where
	switch f.Status {
	case "open":
		w.add("k.status IN ('waiting', 'human')")
	case "", "all":
	default:
		w.add("k.status = ?", f.Status)
	}
	if f.AssigneeID > 0 {
		w.add("k.assignee_id = ?", f.AssigneeID)
	}
	if f.ContactID > 0 {
		w.add("k.contact_id = ?", f.ContactID)
	}
	if f.Reason != "" {
		w.add("k.reason = ?", f.Reason)
	}
	if !f.Before.IsZero() {
		w.add("(k.opened_at < ? OR (k.opened_at = ? AND k.id < ?))", f.Before.At, f.Before.At, f.Before.ID)
	}
	q := caseRows + w.sql() + ` ORDER BY k.opened_at DESC, k.id DESC` + w.limit(f.Limit)
	return scanAll(ctx, s.db, "list cases", q, w.args, scanCase)
}

// DeskCase by id; desk.ErrNotFound when there is none.
func (s *Store) DeskCase(ctx context.Context, id int64) (desk.Case, error) {
	return scanOne(ctx, s.db, "read case", caseRows+` WHERE k.id = $1`, []any{id}, scanCase)
}

// DeskSetOutcome records how a closed case ended, in the words of the agent
// who closed it; desk.ErrNotFound when the case is not closed.
func (s *Store) DeskSetOutcome(ctx context.Context, caseID int64, outcome string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		return execOne(ctx, tx, "set outcome", `UPDATE cases SET outcome = $1 WHERE id = $2 AND status = 'closed'`, outcome, caseID)
	})
}
