package wire

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"daozhang/transactions"
	"daozhang/transactions/sources"
)

// parallel is how many orders of one look-up are asked for at a time.
const parallel = 4

// Order is one question to an interface that tells of single orders only.
type Order struct {
	// Number is what to ask with: the ledger's id of the sale, or the number
	// that the merchant said.
	Number string
	// Known is the ledger's row; nil when only the number is known.
	Known *transactions.Transaction
}

// Orders lists what to ask for a look-up, at most limit: the number the
// merchant said first, then sales without an outcome, then the newest. Rows
// that wants refuses (another channel, say) are left out. cut is true when the
// limit left some out.
func Orders(q sources.Query, limit int, wants func(*transactions.Transaction) bool) (list []Order, cut bool) {
	known := make([]*transactions.Transaction, 0, len(q.Known))
	for i := range q.Known {
		if t := &q.Known[i]; t.ID != "" && wants(t) {
			known = append(known, t)
		}
	}
	rank := func(t *transactions.Transaction) int {
		switch {
		case q.Reference != "" && names(t, q.Reference):
			return 0
		case t.State == transactions.Pending || t.State == transactions.Unknown || t.State == "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(known, func(a, b *transactions.Transaction) int {
		if c := cmp.Compare(rank(a), rank(b)); c != 0 {
			return c
		}
		return b.Time.Compare(a.Time)
	})
	if ref := strings.TrimSpace(q.Reference); ref != "" && !slices.ContainsFunc(known, func(t *transactions.Transaction) bool { return names(t, ref) }) {
		list = append(list, Order{Number: ref})
	}
	for _, t := range known {
		list = append(list, Order{Number: t.ID, Known: t})
	}
	if len(list) > limit {
		return list[:limit], true
	}
	return list, false
}

func names(t *transactions.Transaction, ref string) bool {
	return t.ID == ref || t.RRN == ref || t.STAN == ref || t.AuthCode == ref
}

// Each asks for the orders, a few at a time, and gives the rows in their
// order. The first failure ends it: half a look-up must not be taken for the
// whole. ask returns nil rows for an order that the system does not know.
func Each(ctx context.Context, orders []Order, ask func(context.Context, Order) ([]transactions.Transaction, error)) ([]transactions.Transaction, error) {
	answers := make([][]transactions.Transaction, len(orders))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, o := range orders {
		g.Go(func() (err error) {
			answers[i], err = ask(ctx, o)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err //nolint:wrapcheck // *sources.Error, which says all
	}
	var out []transactions.Transaction
	seen := map[string]bool{}
	for _, rows := range answers {
		for _, t := range rows {
			if !seen[t.ID] {
				seen[t.ID] = true
				out = append(out, t)
			}
		}
	}
	return out, nil
}

// Plain reports whether a number may be put into a request: n1 to n2 letters,
// digits and the few signs that order numbers have.
func Plain(s string, n1, n2 int) bool {
	return len(s) >= n1 && len(s) <= n2 &&
		strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-|*") == ""
}

// tries bounds the terminals that a number without one is tried with.
const tries = 3

// Terminals are those to ask an order with where the interface wants one: the
// sale's own, else the shop's first few.
func Terminals(q sources.Query, o Order) []string {
	if o.Known != nil && o.Known.Terminal != "" {
		return []string{o.Known.Terminal}
	}
	return q.Merchant.Terminals[:min(len(q.Merchant.Terminals), tries)]
}

// noSuchOrder reads the words of interfaces that list no codes. "商户不存在" and
// "终端不存在" do not speak of an order.
var noSuchOrder = regexp.MustCompile(`(交易|订单|流水|记录)[^，。；,;]{0,6}不存在|(查无|未查到|未找到|没有找到|无法找到)[^，。；,;]{0,6}(交易|订单|流水|记录)|查无此单|无此交易`) //nolint:gochecknoglobals // read-only

// NoSuchOrder reports words that say that there is no such order.
func NoSuchOrder(words string) bool { return noSuchOrder.MatchString(words) }
