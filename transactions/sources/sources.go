// Package sources asks remote systems — acquirers, WeChat Pay, Alipay — about
// the transactions and payouts of a merchant, and answers as one
// transactions.Source beside the local ledger (Router).
//
// A connector (one folder below, or package httpjson for any signed HTTP
// interface described in the configuration) knows one protocol and nothing
// else: time limits, retries, the circuit breaker, the limit of calls at a
// time, the short cache, authorisation and merging are the router's.
package sources

import (
	"context"
	"time"

	"daozhang/transactions"
)

// Connector asks one remote system about one merchant. It is safe for
// concurrent use, honours ctx, starts no goroutine that outlives a call and
// never retries: the router does.
type Connector interface {
	// Fetch returns what the system says now. An order that the system does
	// not know is no error: the row is just not there. Errors: *Error; any
	// other error counts as KindDown and may be tried again.
	Fetch(ctx context.Context, q Query) (Rows, error)
	// Check makes one cheap authenticated call for daozhang doctor. Health may
	// be filled beside an error.
	Check(ctx context.Context) (Health, error)
}

// Query asks about one merchant and a span of time.
type Query struct {
	// Merchant is the row of the local ledger. MerchantNo is always set, the
	// rest may be empty.
	Merchant transactions.Merchant
	// RemoteNo is the number under which the remote system knows the merchant:
	// that of the configuration (merchant_map), else Merchant.MerchantNo. Ask
	// with it; Rows carry either number.
	RemoteNo string
	// From and To bound the transaction time, To exclusive, both Asia/Shanghai
	// and never in the future by more than a day. Payouts of these sales may
	// lie after To: look for them up to Now.
	From, To time.Time
	// Now is the instant of the look-up.
	Now time.Time
	// Reference is an order, retrieval or trace number that the merchant said;
	// "" = none. It may lie outside From..To.
	Reference string
	// Known are the sales of this merchant that the ledger has within the
	// look-up, oldest first: what an interface without lists asks about one by
	// one. IDs are the ledger's own; RRN, STAN and the like help to match.
	Known []transactions.Transaction
	// Payouts are those of the ledger that name one of Known.
	Payouts []transactions.Settlement
}

// Rows are an answer in terms of the unified model. MerchantNo "" means the
// merchant asked about; rows of any other merchant are dropped and counted by
// the router. Source and SeenAt are the router's to fill. A field that the
// interface does not tell stays empty: it then keeps what the ledger has.
type Rows struct {
	Transactions []transactions.Transaction
	Settlements  []transactions.Settlement
	// AllSales is true when every sale of From..To is in Transactions, so that
	// one that is missing there does not exist; AllPayouts the same for the
	// payouts of these sales. False for interfaces that only tell of single
	// orders, and when a bound (pages, rows) cut the list.
	AllSales, AllPayouts bool
	// Unlisted are the words of this answer for a state that the connector's
	// table does not list; the rows are UNKNOWN. For logs and metrics.
	Unlisted []string
	// Cut is true when a bound or the time ended a list that goes on: the rows
	// are good, but one that is not among them may exist.
	Cut bool
}

// Health is what a check learned.
type Health struct {
	// Skew is the remote clock minus ours (from the Date header), when
	// SkewKnown.
	Skew      time.Duration
	SkewKnown bool
	// Signed is true when the answer carried a signature that was verified.
	Signed bool
	// Note says in Chinese what was asked, for the operator; "" = nothing.
	Note string
}

// Deps are what the wiring gives to every connector.
type Deps struct {
	// Name of the source in the configuration, for errors.
	Name string
	// Now is the clock; never nil.
	Now func() time.Time
	// Timeout is the budget of one Fetch; the router sets it on ctx as well.
	Timeout time.Duration
	// Nonce gives n random characters of 0-9a-z for protocols that want them;
	// never nil.
	Nonce func(n int) string
}
