package wire_test

import (
	"slices"
	"testing"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

func TestUnlisted(t *testing.T) {
	t.Parallel()
	rows := sources.Rows{
		Transactions: []transactions.Transaction{
			{State: transactions.Unknown, RespCode: "NEW"},
			{State: transactions.Unknown, RespCode: "NEW"},
			{State: transactions.Unknown},
			{State: transactions.Failed, RespCode: "51"},
		},
		Settlements: []transactions.Settlement{{State: transactions.Unknown, FailCode: "Z"}, {State: transactions.Rejected, FailCode: "ACCT_CLOSED"}},
	}
	if got := wire.Told(rows).Unlisted; !slices.Equal(got, []string{"NEW", "Z"}) {
		t.Errorf("%v", got)
	}
}
