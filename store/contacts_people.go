package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"daozhang/bot"
)

// maxPeople bounds the list of who is bound to some shops.
const maxPeople = 100

// People lists who is bound to shops, oldest binding first, at most maxPeople.
func (s *Store) People(ctx context.Context, merchantNos []string) ([]bot.Person, error) {
	if len(merchantNos) == 0 {
		return nil, nil
	}
	args := make([]any, len(merchantNos))
	marks := make([]string, len(merchantNos))
	for i, no := range merchantNos {
		args[i], marks[i] = no, "$"+strconv.Itoa(i+1)
	}
	return queryAll(ctx, s.db, func(r *sql.Rows) (p bot.Person, err error) {
		var nickname string
		var at int64
		err = r.Scan(&p.ContactID, &p.MerchantNo, &p.ShopName, &p.Role, &p.Name, &nickname, &at)
		if p.Name == "" {
			p.Name = nickname
		}
		p.BoundAt = atMS(at)
		return p, err //nolint:wrapcheck // wrapped by queryAll
	}, `SELECT b.contact_id, b.merchant_no, COALESCE(m.name, ''), b.role, b.name, k.nickname, b.bound_at
	    FROM bindings b JOIN contacts k ON k.id = b.contact_id LEFT JOIN merchants m ON m.merchant_no = b.merchant_no
	    WHERE b.merchant_no IN (`+strings.Join(marks, ", ")+`) ORDER BY b.bound_at, b.id LIMIT `+strconv.Itoa(maxPeople), args...)
}

// removePerson ends somebody else's binding, if the contact is an owner of the
// shop and the other one is none; otherwise the turn is a conflict and is run
// again on what is true now. Open promises about the shop end with it.
func (s *Store) removePerson(ctx context.Context, tx *sql.Tx, owner int64, r bot.Removal, at time.Time) error {
	var n int
	err := tx.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM bindings o JOIN bindings b ON b.merchant_no = o.merchant_no
		 WHERE o.contact_id = $1 AND o.merchant_no = $2 AND o.role = 'owner' AND b.contact_id = $3 AND b.role <> 'owner'`,
		owner, r.MerchantNo, r.ContactID).Scan(&n)
	if err != nil {
		return fmt.Errorf("check removal: %w", err)
	}
	if n != 1 || owner == r.ContactID {
		return bot.ErrConflict
	}
	if err := s.endBinding(ctx, tx, r.ContactID, r.MerchantNo, at); err != nil {
		return err
	}
	return s.record(ctx, tx, contactAudit(owner, "binding.remove", r.MerchantNo, "contact:"+strconv.FormatInt(r.ContactID, 10)))
}
