package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"daozhang/transactions"
)

// MerchantByNo finds one merchant with its terminals; false when the ledger
// has no such number.
func (s *Store) MerchantByNo(ctx context.Context, no string) (transactions.Merchant, bool, error) {
	found, err := s.Merchants(ctx, []string{no})
	if err != nil || len(found) == 0 {
		return transactions.Merchant{}, false, err
	}
	return found[0], true, nil
}

// Merchants finds merchants with their terminals, in the order of nos; numbers
// that the ledger does not have are left out.
func (s *Store) Merchants(ctx context.Context, nos []string) ([]transactions.Merchant, error) {
	var out []transactions.Merchant
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		out, err = s.merchants(ctx, tx, distinct(nos))
		return err
	})
	return out, err
}

// SearchMerchants lists merchants whose number begins with q or whose name,
// brand or acquirer contains it, by number; "" lists all. limit ≤ 0 is 50.
func (s *Store) SearchMerchants(ctx context.Context, q string, limit int) ([]transactions.Merchant, error) {
	if limit <= 0 {
		limit = 50
	}
	like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.TrimSpace(q))
	var out []transactions.Merchant
	err := s.read(ctx, func(tx *sql.Tx) error {
		t := merchantTable()
		found, err := queryRows(ctx, tx, t, `SELECT `+t.selectList("t")+` FROM merchants t
			WHERE t.merchant_no LIKE $1 ESCAPE '\' OR t.name LIKE $2 ESCAPE '\' OR t.brand LIKE $2 ESCAPE '\' OR t.acquirer LIKE $2 ESCAPE '\'
			ORDER BY t.merchant_no LIMIT $3`, like+"%", "%"+like+"%", limit)
		if err != nil {
			return err
		}
		out, err = s.withTerminals(ctx, tx, found)
		return err
	})
	return out, err
}

// merchants reads merchants in the order of nos. A number without a row of
// its own but with terminals is a merchant of which nothing else is known.
func (s *Store) merchants(ctx context.Context, tx querier, nos []string) ([]transactions.Merchant, error) {
	found, err := selectRows(ctx, s, tx, merchantTable(), "merchants t", "t.merchant_no = k.value->>0", pairsOf(nos))
	if err != nil {
		return nil, err
	}
	byNo := make(map[string]transactions.Merchant, len(found))
	for _, m := range found {
		byNo[m.MerchantNo] = m
	}
	ordered := make([]transactions.Merchant, 0, len(nos))
	for _, no := range nos {
		if m, ok := byNo[no]; ok {
			ordered = append(ordered, m)
		} else {
			ordered = append(ordered, transactions.Merchant{MerchantNo: no})
		}
	}
	ordered, err = s.withTerminals(ctx, tx, ordered)
	if err != nil {
		return nil, err
	}
	known := ordered[:0]
	for _, m := range ordered {
		if _, ok := byNo[m.MerchantNo]; ok || len(m.Terminals) > 0 {
			known = append(known, m)
		}
	}
	return known, nil
}

// withTerminals fills in the terminals of merchants and what they reported.
func (s *Store) withTerminals(ctx context.Context, tx querier, ms []transactions.Merchant) ([]transactions.Merchant, error) {
	index := make(map[string]int, len(ms))
	nos := make([]string, 0, len(ms))
	for i, m := range ms {
		index[m.MerchantNo] = i
		nos = append(nos, m.MerchantNo)
	}
	if len(nos) == 0 {
		return ms, nil
	}
	t := terminalTable()
	rows, err := queryRows(ctx, tx, t, `SELECT `+t.selectList("t")+` FROM `+s.jsonRows("$1")+` k CROSS JOIN terminals t
		WHERE t.merchant_no = k.value->>0 ORDER BY t.merchant_no, t.terminal`, jsonText(pairsOf(nos)))
	if err != nil {
		return nil, fmt.Errorf("terminals: %w", err)
	}
	for _, r := range rows {
		m := &ms[index[r.MerchantNo]]
		m.Terminals = append(m.Terminals, r.Terminal)
		if r.Model == "" && r.LastSeen.IsZero() && r.SignedIn == nil && r.UnsentOffline == 0 {
			continue // listed only, never reported
		}
		if m.TerminalState == nil {
			m.TerminalState = map[string]transactions.TerminalState{}
		}
		m.TerminalState[r.Terminal] = r.State()
	}
	return ms, nil
}

// pairsOf is one-value key rows.
func pairsOf(values []string) [][]string {
	out := make([][]string, len(values))
	for i, v := range values {
		out[i] = []string{v}
	}
	return out
}
