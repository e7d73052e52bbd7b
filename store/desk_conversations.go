package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"daozhang/bot"
	"daozhang/bot/desk"
)

// conversationRows selects what a list of conversations shows; cases are
// joined while they are open only.
const conversationRows = `SELECT c.id, c.status, c.app_id, c.openid, c.contact_id, t.nickname, c.assignee_id,
	COALESCE(u.display_name, ''), c.unread, c.last_message_at, c.version,
	COALESCE(k.id, 0), COALESCE(k.number, 0), COALESCE(k.reason, ''), COALESCE(k.priority, ''),
	COALESCE(k.opened_at, 0), COALESCE(k.expected_at, 0),
	(SELECT COUNT(*) FROM outbox o WHERE o.conversation_id = c.id AND o.state = 'held'),
	(SELECT COUNT(*) FROM outbox o WHERE o.conversation_id = c.id AND o.state = 'dead'),
	COALESCE(m.text, ''), COALESCE(m.author, ''), COALESCE(m.kind, '')
	FROM conversations c
	JOIN contacts t ON t.id = c.contact_id
	LEFT JOIN users u ON u.id = c.assignee_id
	LEFT JOIN cases k ON k.id = c.case_id AND k.status IN ('waiting', 'human')
	LEFT JOIN messages m ON m.id = (SELECT MAX(x.id) FROM messages x WHERE x.conversation_id = c.id)`

// rankSQL is desk.Rank in SQL.
const rankSQL = `(CASE k.priority WHEN 'urgent' THEN 2 WHEN 'high' THEN 1 ELSE 0 END)`

// lastTextRunes bounds the last message in a list.
const lastTextRunes = 80

func scanRow(row *sql.Rows, r *desk.Row) error {
	var last, opened, expected int64
	err := row.Scan(&r.ID, &r.Status, &r.AppID, &r.OpenID, &r.ContactID, &r.Nickname, &r.AssigneeID,
		&r.AssigneeName, &r.Unread, &last, &r.Version, &r.CaseID, &r.CaseNumber, &r.Reason, &r.Priority,
		&opened, &expected, &r.Held, &r.Dead, &r.LastText, &r.LastAuthor, &r.LastKind)
	r.LastMessageAt, r.OpenedAt, r.ExpectedAt = shanghai(last), shanghai(opened), shanghai(expected)
	if rs := []rune(r.LastText); len(rs) > lastTextRunes {
		r.LastText = string(rs[:lastTextRunes-1]) + "…"
	}
	return err
}

// DeskConversations lists conversations as an agent sees them. The waiting tab
// is ordered as desk.Less says, the others newest first.
func (s *Store) DeskConversations(ctx context.Context, f desk.Filter) ([]desk.Row, error) {
	var w where
	order := ` ORDER BY c.last_message_at DESC, c.id DESC`
	switch f.Tab {
	case desk.TabWaiting:
		w.add("c.status = ?", string(bot.StatusWaiting))
		order = ` ORDER BY ` + rankSQL + ` DESC, COALESCE(k.opened_at, 0) ASC, c.id ASC`
	case desk.TabMine:
		w.add("c.status = ?", string(bot.StatusHuman))
		w.add("c.assignee_id = ?", f.UserID)
	case desk.TabHuman, desk.TabBot, desk.TabClosed:
		w.add("c.status = ?", string(f.Tab))
	case desk.TabAll:
	default:
		return nil, fmt.Errorf("list conversations: unknown tab %q", f.Tab)
	}
	if !f.After.IsZero() {
		p := f.After
		if f.Tab == desk.TabWaiting {
			w.add("("+rankSQL+" < ? OR ("+rankSQL+" = ? AND (COALESCE(k.opened_at, 0) > ? OR (COALESCE(k.opened_at, 0) = ? AND c.id > ?))))",
				p.Rank, p.Rank, p.At, p.At, p.ID)
		} else {
			w.add("(c.last_message_at < ? OR (c.last_message_at = ? AND c.id < ?))", p.At, p.At, p.ID)
		}
	}
	searchConversations(&w, f.Query)
	q := conversationRows + w.sql() + order + w.limit(f.Limit)
	rows, err := scanAll(ctx, s.db, "list conversations", q, w.args, scanRow)
	if err != nil {
		return nil, err
	}
	return rows, s.nameShops(ctx, rows)
}

// searchConversations narrows a list to what a query finds: a case number
// (#12), a message that holds the words, the contact's name, a bound shop's
// name or number.
func searchConversations(w *where, query string) {
	query = strings.TrimSpace(query)
	if query == "" {
		return
	}
	if n, err := strconv.ParseInt(strings.TrimPrefix(query, "#"), 10, 64); err == nil && strings.HasPrefix(query, "#") {
		w.add("EXISTS (SELECT 1 FROM cases x WHERE x.conversation_id = c.id AND x.number = ?)", n)
		return
	}
	like := "%" + escapeLike(strings.ToLower(query)) + "%"
	conds := []string{
		w.bind(`LOWER(t.nickname) LIKE ? ESCAPE '\'`, like),
		w.bind(`EXISTS (SELECT 1 FROM bindings b LEFT JOIN merchants s ON s.merchant_no = b.merchant_no
			WHERE b.contact_id = c.contact_id AND (b.merchant_no = ? OR LOWER(s.name) LIKE ? ESCAPE '\'))`, query, like),
	}
	if grams := desk.Grams(query); len(grams) > 0 {
		// All grams in one message; words of the query need not be neighbours.
		in := w.in(grams)
		conds = append(conds, `c.id IN (SELECT g.conversation_id FROM message_grams g WHERE g.gram IN `+in+
			w.bind(` GROUP BY g.message_id, g.conversation_id HAVING COUNT(*) = ?)`, len(grams)))
	}
	w.conds = append(w.conds, "("+strings.Join(conds, " OR ")+")")
}

// nameShops fills in the shops of a page of rows.
func (s *Store) nameShops(ctx context.Context, rows []desk.Row) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ContactID
	}
	type shop struct {
		contact int64
		name    string
	}
	var w where
	q := `SELECT b.contact_id, COALESCE(NULLIF(m.name, ''), b.merchant_no) FROM bindings b
		LEFT JOIN merchants m ON m.merchant_no = b.merchant_no WHERE b.contact_id IN ` + w.inIDs(ids) + ` ORDER BY b.id`
	shops, err := scanAll(ctx, s.db, "list shops", q, w.args, func(row *sql.Rows, v *shop) error {
		return row.Scan(&v.contact, &v.name)
	})
	if err != nil {
		return err
	}
	byContact := map[int64][]string{}
	for _, v := range shops {
		byContact[v.contact] = append(byContact[v.contact], v.name)
	}
	for i := range rows {
		rows[i].Shops = byContact[rows[i].ContactID]
	}
	return nil
}

// DeskConversation is one conversation; desk.ErrNotFound when there is none.
func (s *Store) DeskConversation(ctx context.Context, id int64) (desk.Row, error) {
	r, err := scanOne(ctx, s.db, "read conversation", conversationRows+` WHERE c.id = $1`, []any{id}, scanRow)
	if err != nil {
		return r, err
	}
	rows := []desk.Row{r}
	err = s.nameShops(ctx, rows)
	return rows[0], err
}

// DeskCounts are the numbers of the tabs for one agent.
func (s *Store) DeskCounts(ctx context.Context, userID int64) (desk.Counts, error) {
	var c desk.Counts
	type group struct {
		status string
		n, own int64
	}
	groups, err := scanAll(ctx, s.db, "count conversations",
		`SELECT status, COUNT(*), COALESCE(SUM(CASE WHEN assignee_id = $1 THEN 1 ELSE 0 END), 0) FROM conversations GROUP BY status`,
		[]any{userID}, func(row *sql.Rows, g *group) error { return row.Scan(&g.status, &g.n, &g.own) })
	if err != nil {
		return c, err
	}
	for _, g := range groups {
		switch bot.Status(g.status) {
		case bot.StatusWaiting:
			c.Waiting = g.n
		case bot.StatusHuman:
			c.Human, c.Mine = g.n, g.own
		case bot.StatusBot:
			c.Bot = g.n
		case bot.StatusClosed:
			c.Closed = g.n
		}
	}
	err = s.db.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM bind_requests WHERE state = 'waiting'),
		(SELECT COUNT(*) FROM outbox WHERE state = 'dead')`).Scan(&c.BindRequests, &c.DeadLetters)
	if err != nil {
		return c, fmt.Errorf("count conversations: %w", err)
	}
	return c, nil
}

// MarkRead sets the number of unread messages to 0. It does not touch the
// version: reading changes nothing that a turn depends on.
func (s *Store) MarkRead(ctx context.Context, id int64) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE conversations SET unread = 0 WHERE id = $1 AND unread > 0`, id)
		if err != nil {
			return fmt.Errorf("mark read: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.tell(ctx, tx, desk.EventRead, id, 0)
	})
}
