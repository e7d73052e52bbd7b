package sources

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"daozhang/transactions"
)

// shelf is a ledger that answers as long as there is time.
type shelf struct{ nos []string }

func (s shelf) Facts(ctx context.Context, l transactions.Lookup) (transactions.Facts, error) {
	if ctx.Err() != nil {
		return transactions.Facts{}, &transactions.UnavailableError{Kind: "timeout", Err: ctx.Err()}
	}
	var f transactions.Facts
	for _, no := range s.nos {
		if slices.Contains(l.MerchantNos, no) {
			f.Merchants = append(f.Merchants, transactions.Merchant{MerchantNo: no})
			f.Transactions = append(f.Transactions, transactions.Transaction{MerchantNo: no, ID: "T" + no, State: transactions.Success})
		}
	}
	return f, nil
}

func (shelf) Absorb(context.Context, []transactions.Transaction, []transactions.Settlement) (int, error) {
	return 0, nil
}

// However many shops have the slow source, the look-up ends in its time, and
// the shop that has none is answered.
func TestSlowSourceLeavesTimeForTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := remote(func(ctx context.Context, _ Query) (Rows, error) {
			<-ctx.Done()
			return Rows{}, ctx.Err()
		})
		nos := []string{"A", "B", "C", "D", "E", "F", "local"}
		r, err := NewRouter(RouterDeps{
			Ledger: shelf{nos}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: func() float64 { return 0 },
			Sources: []Source{{
				Name: "slow", Kind: "x", Connector: slow, Route: Route{Merchants: nos[:6]}, Limits: Limits{Timeout: 2900 * time.Millisecond},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		f, err := r.Facts(ctx, transactions.Lookup{MerchantNos: nos, From: time.Now().Add(-time.Hour)})
		var u *transactions.UnavailableError
		if !errors.As(err, &u) || u.Kind != "timeout" || !slices.Equal(u.Merchants, nos[:6]) || len(f.Transactions) != 1 || f.Transactions[0].ID != "Tlocal" {
			t.Errorf("%v %+v", err, f)
		}
		if ctx.Err() != nil {
			t.Error("the whole time was used")
		}
	})
}
