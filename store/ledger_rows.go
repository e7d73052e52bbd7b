package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"daozhang/transactions"
)

// UpsertTransactions stores rows of a transactions file or push (contract
// section 7). columns are the names the file has (amount_fen, never amount);
// a column it lacks keeps the stored value; nil means all. One result a row.
// An error leaves the earlier batches of 1,000 stored and results for them.
func (s *Store) UpsertTransactions(ctx context.Context, columns []string, rows []transactions.Transaction) ([]RowResult, error) {
	type row = transactions.Transaction
	return upsert(ctx, s, transactionTable(), rules[row]{
		normalise: func(r *row) refusal {
			if r.Source == "" {
				r.Source = "file"
			}
			return missingKey("merchant_no", "商户号", r.MerchantNo, "id", "流水编号", r.ID)
		},
		merge:    mergeTransaction,
		after:    s.settleIDItems,
		merchant: func(r *row) string { return r.MerchantNo },
		touched: func(r *row) []string {
			if r.OrigID != "" {
				return []string{r.ID, r.OrigID}
			}
			return []string{r.ID}
		},
	}, columns, rows)
}

// mergeTransaction stores refund states as SUCCESS + refund_state and keeps
// final states final (contract section 7).
func mergeTransaction(old, incoming, merged *transactions.Transaction) refusal {
	if merged.State == "" && merged.RespCode == "" { // a response code stands in (rules 3)
		return refusal{"state", "缺少交易状态"}
	}
	if refund := refundState(merged.State); refund != "" {
		merged.State = transactions.Success
		if incoming.RefundState == "" {
			merged.RefundState = refund
		}
	}
	if old != nil && !transactions.MayFollow(old.State, merged.State) {
		return notBack(old.State, merged.State)
	}
	return refusal{}
}

// refundState is the refund_state behind a state that some acquirers write
// instead of SUCCESS; "" for any other state.
func refundState(state string) string {
	switch state {
	case "REFUND", "REFUNDED":
		return transactions.RefundedState
	case "PART_REFUND", "PART_REFUNDED":
		return transactions.PartRefunded
	case "REFUND_ACCEPTED":
		return transactions.RefundAccepted
	default:
		return ""
	}
}

// UpsertSettlements stores payouts, like UpsertTransactions.
func (s *Store) UpsertSettlements(ctx context.Context, columns []string, rows []transactions.Settlement) ([]RowResult, error) {
	type row = transactions.Settlement
	return upsert(ctx, s, settlementTable(), rules[row]{
		normalise: func(r *row) refusal {
			return missingKey("merchant_no", "商户号", r.MerchantNo, "id", "结算编号", r.ID)
		},
		merge: func(old, _, merged *row) refusal {
			if merged.State == "" {
				return refusal{"state", "缺少结算状态"}
			}
			if old != nil && !transactions.MayFollow(old.State, merged.State) {
				return notBack(old.State, merged.State)
			}
			return refusal{}
		},
		after:    s.payoutItems,
		merchant: func(r *row) string { return r.MerchantNo },
		touched:  func(r *row) []string { return r.TransactionIDs },
	}, columns, rows)
}

// UpsertTerminals stores what terminals last reported.
func (s *Store) UpsertTerminals(ctx context.Context, columns []string, rows []transactions.TerminalRow) ([]RowResult, error) {
	type row = transactions.TerminalRow
	return upsert(ctx, s, terminalTable(), rules[row]{
		normalise: func(r *row) refusal {
			return missingKey("merchant_no", "商户号", r.MerchantNo, "terminal", "终端号", r.Terminal)
		},
		merge:    func(_, _, _ *row) refusal { return refusal{} },
		merchant: func(r *row) string { return r.MerchantNo },
		touched:  func(*row) []string { return nil },
	}, columns, rows)
}

// UpsertMerchants stores merchants. The column "terminals" is the list of
// their terminals: new ones are added, and ones no longer listed go unless
// they have reported something. "terminal_state" (nested rows of scenarios)
// is stored with a nil column list or when named.
func (s *Store) UpsertMerchants(ctx context.Context, columns []string, rows []transactions.Merchant) ([]RowResult, error) {
	type row = transactions.Merchant
	withList := columns == nil || slices.Contains(columns, "terminals")
	withState := columns == nil || slices.Contains(columns, "terminal_state")
	own := columns
	if columns != nil {
		own = slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == "terminals" || c == "terminal_state" })
	}
	results, err := upsert(ctx, s, merchantTable(), rules[row]{
		normalise: func(r *row) refusal { return missingKey("merchant_no", "商户号", r.MerchantNo) },
		merge:     func(_, _, _ *row) refusal { return refusal{} },
		merchant:  func(r *row) string { return r.MerchantNo },
		touched:   func(*row) []string { return nil },
	}, own, rows)
	if err != nil || (!withList && !withState) {
		return results, err
	}
	return results, s.merchantTerminals(ctx, rows, results, withList, withState)
}

// merchantTerminals keeps the terminals table in step with merchant rows.
func (s *Store) merchantTerminals(ctx context.Context, rows []transactions.Merchant, results []RowResult, withList, withState bool) error {
	var listed, reported []transactions.TerminalRow
	var keep, owners [][]string
	source := []int{} // listed[i] came from rows[source[i]]
	for i, m := range rows {
		if results[i].Outcome == Rejected {
			continue
		}
		owners = append(owners, []string{m.MerchantNo})
		for _, no := range m.Terminals {
			keep = append(keep, []string{m.MerchantNo, no})
			listed, source = append(listed, transactions.TerminalRow{Terminal: no, MerchantNo: m.MerchantNo, SeenAt: m.SeenAt}), append(source, i)
		}
		for no, st := range m.TerminalState {
			keep = append(keep, []string{m.MerchantNo, no})
			reported = append(reported, transactions.TerminalRow{
				Terminal: no, MerchantNo: m.MerchantNo, Model: st.Model, LastSeen: st.LastSeen,
				SignedIn: st.SignedIn, UnsentOffline: st.UnsentOffline, SeenAt: m.SeenAt,
			})
		}
	}
	if withList {
		out, err := s.UpsertTerminals(ctx, []string{"merchant_no", "terminal"}, listed)
		if err != nil {
			return err
		}
		for i, r := range out {
			if res := &results[source[i]]; r.Outcome == Inserted && res.Outcome == Unchanged {
				res.Outcome = Updated
			}
		}
		if err := s.dropUnlisted(ctx, owners, keep); err != nil {
			return err
		}
	}
	if withState {
		if _, err := s.UpsertTerminals(ctx, nil, reported); err != nil {
			return err
		}
	}
	return nil
}

// dropUnlisted deletes terminals that left their merchant's list and never
// reported anything.
func (s *Store) dropUnlisted(ctx context.Context, owners, keep [][]string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM terminals
			WHERE merchant_no IN (SELECT value->>0 FROM `+s.jsonRows("$1")+`)
			AND model = '' AND last_seen = 0 AND signed_in IS NULL AND unsent_offline = 0
			AND NOT EXISTS (SELECT 1 FROM `+s.jsonRows("$2")+` k WHERE k.value->>0 = terminals.merchant_no AND k.value->>1 = terminals.terminal)`,
			jsonText(owners), jsonText(keep))
		if err != nil {
			return fmt.Errorf("drop unlisted terminals: %w", err)
		}
		return nil
	})
}

// UpsertBindings binds WeChat users to shops on the operator's word; a contact
// that never wrote is created. An empty name or role that the file lacks stays
// as stored; a new binding without a role is the owner's.
func (s *Store) UpsertBindings(ctx context.Context, columns []string, rows []transactions.BindingRow) ([]RowResult, error) {
	has := func(name string) bool { return columns == nil || slices.Contains(columns, name) }
	results := make([]RowResult, 0, len(rows))
	for chunk := range slices.Chunk(rows, batchRows) {
		var out []RowResult
		err := s.tx(ctx, func(tx *sql.Tx) error {
			out = nil
			if err := s.lockLedger(ctx, tx); err != nil {
				return err
			}
			for _, r := range chunk {
				res, err := s.upsertBinding(ctx, tx, r, has("role"), has("name"))
				if err != nil {
					return err
				}
				out = append(out, res)
			}
			return nil
		})
		if err != nil {
			return results, fmt.Errorf("write bindings: %w", err)
		}
		results = append(results, out...)
	}
	return results, nil
}

func (s *Store) upsertBinding(ctx context.Context, tx *sql.Tx, r transactions.BindingRow, hasRole, hasName bool) (RowResult, error) {
	if no := missingKey("app_id", "公众号", r.AppID, "openid", "用户标识", r.OpenID, "merchant_no", "商户号", r.MerchantNo); no.reason != "" {
		return no.result(), nil
	}
	now := ms(s.now())
	contact, err := s.contactID(ctx, tx, r.AppID, r.OpenID, now)
	if err != nil {
		return RowResult{}, err
	}
	role := r.Role
	if role == "" {
		role = "owner"
	}
	var id int64
	var oldRole, oldName string
	err = tx.QueryRowContext(ctx, `SELECT id, role, name FROM bindings WHERE contact_id = $1 AND merchant_no = $2`,
		contact, r.MerchantNo).Scan(&id, &oldRole, &oldName)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = tx.ExecContext(ctx, `INSERT INTO bindings (id, contact_id, merchant_no, role, name, verified_by, bound_at)
			VALUES ($1, $2, $3, $4, $5, 'import', $6)`, s.NewID(), contact, r.MerchantNo, role, r.Name, now)
		if err != nil {
			return RowResult{}, fmt.Errorf("insert binding: %w", err)
		}
		return RowResult{Outcome: Inserted}, nil
	}
	if err != nil {
		return RowResult{}, fmt.Errorf("read binding: %w", err)
	}
	name := r.Name
	if !hasRole {
		role = oldRole
	}
	if !hasName {
		name = oldName
	}
	if role == oldRole && name == oldName {
		return RowResult{Outcome: Unchanged}, nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE bindings SET role = $1, name = $2 WHERE id = $3`, role, name, id); err != nil {
		return RowResult{}, fmt.Errorf("update binding: %w", err)
	}
	return RowResult{Outcome: Updated}, nil
}

// contactID finds or creates the contact of a WeChat user.
func (s *Store) contactID(ctx context.Context, tx *sql.Tx, appID, openID string, now int64) (int64, error) {
	_, err := tx.ExecContext(ctx, `INSERT INTO contacts (id, app_id, openid, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app_id, openid) DO NOTHING`, s.NewID(), appID, openID, now)
	if err != nil {
		return 0, fmt.Errorf("insert contact: %w", err)
	}
	var id int64
	if err := tx.QueryRowContext(ctx, `SELECT id FROM contacts WHERE app_id = $1 AND openid = $2`, appID, openID).Scan(&id); err != nil {
		return 0, fmt.Errorf("read contact: %w", err)
	}
	return id, nil
}

// missingKey takes triples of column, label and value.
func missingKey(triples ...string) refusal {
	for i := 0; i < len(triples); i += 3 {
		if triples[i+2] == "" {
			return refusal{triples[i], "缺少" + triples[i+1]}
		}
	}
	return refusal{}
}

func notBack(from, to string) refusal {
	return refusal{"state", fmt.Sprintf("状态 %s 已是终态，不能改回 %s，请核对文件是否过时", from, to)}
}

// settleIDItems keeps settlement_items in step with transactions.settle_id.
func (s *Store) settleIDItems(ctx context.Context, tx *sql.Tx, changes []change[transactions.Transaction]) error {
	var add [][]string
	for _, c := range changes {
		was := ""
		if c.old != nil {
			was = c.old.SettleID
		}
		if was == c.new.SettleID {
			continue
		}
		if c.new.SettleID != "" {
			add = append(add, []string{c.new.MerchantNo, c.new.ID, c.new.SettleID})
		}
		if was == "" {
			continue
		}
		// Stays when the payout itself names the transaction, or the row of
		// another source does.
		_, err := tx.ExecContext(ctx, `DELETE FROM settlement_items
			WHERE merchant_no = $1 AND transaction_id = $2 AND settlement_id = $3
			AND NOT EXISTS (SELECT 1 FROM settlements b WHERE b.merchant_no = $1 AND b.id = $3
				AND REPLACE(b.transaction_ids, $4, '') <> b.transaction_ids)
			AND NOT EXISTS (SELECT 1 FROM transactions t WHERE t.merchant_no = $1 AND t.id = $2 AND t.settle_id = $3)`,
			c.new.MerchantNo, c.new.ID, was, jsonText(c.new.ID))
		if err != nil {
			return fmt.Errorf("delete settlement item: %w", err)
		}
	}
	return s.addItems(ctx, tx, add)
}

// payoutItems keeps settlement_items in step with settlements.transaction_ids.
func (s *Store) payoutItems(ctx context.Context, tx *sql.Tx, changes []change[transactions.Settlement]) error {
	var add [][]string
	for _, c := range changes {
		var was []string
		if c.old != nil {
			was = c.old.TransactionIDs
		}
		if slices.Equal(was, c.new.TransactionIDs) {
			continue
		}
		now := make(map[string]bool, len(c.new.TransactionIDs))
		for _, id := range c.new.TransactionIDs {
			now[id] = true
			add = append(add, []string{c.new.MerchantNo, id, c.new.ID})
		}
		for _, id := range was {
			if now[id] {
				continue
			}
			_, err := tx.ExecContext(ctx, `DELETE FROM settlement_items
				WHERE merchant_no = $1 AND transaction_id = $2 AND settlement_id = $3
				AND NOT EXISTS (SELECT 1 FROM transactions t WHERE t.merchant_no = $1 AND t.id = $2 AND t.settle_id = $3)`,
				c.new.MerchantNo, id, c.new.ID)
			if err != nil {
				return fmt.Errorf("delete settlement item: %w", err)
			}
		}
	}
	return s.addItems(ctx, tx, add)
}

func (s *Store) addItems(ctx context.Context, tx *sql.Tx, rows [][]string) error {
	for chunk := range slices.Chunk(rows, 5*batchRows) {
		_, err := tx.ExecContext(ctx, `INSERT INTO settlement_items (merchant_no, transaction_id, settlement_id)
			SELECT value->>0, value->>1, value->>2 FROM `+s.jsonRows("$1")+` WHERE true
			ON CONFLICT (merchant_no, transaction_id, settlement_id) DO NOTHING`, jsonText(chunk))
		if err != nil {
			return fmt.Errorf("insert settlement items: %w", err)
		}
	}
	return nil
}
