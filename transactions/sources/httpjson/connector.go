package httpjson

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
	"daozhang/transactions/sources"
)

// Connector asks one described interface. Build it with New.
type Connector struct {
	settings Settings
	deps     sources.Deps
	base     *url.URL
	client   *http.Client
	signer   signer
	verifier verifier
	code     []step

	sales, payouts, order *plan
}

// New builds a connector of settings that Kind's check accepted.
func New(s Settings, d sources.Deps) (*Connector, error) {
	c := &Connector{settings: s, deps: d, client: sources.NewClient(s.MaxBytes)}
	var err error
	if c.base, err = url.Parse(s.BaseURL); err != nil {
		return nil, sources.Fail(sources.KindRefused, "", "base_url is no address")
	}
	c.base.Path = strings.TrimSuffix(c.base.Path, "/")
	if c.signer, err = newSigner(s.Sign); err != nil {
		return nil, err
	}
	if c.verifier, err = newVerifier(s.Verify); err != nil {
		return nil, err
	}
	if c.code, err = parsePath(s.Answer.Code); err != nil {
		return nil, err
	}
	for _, r := range []struct {
		to   **plan
		of   Request
		kind ledgerfile.Kind
	}{{&c.sales, s.Transactions, ledgerfile.Transactions}, {&c.payouts, s.Settlements, ledgerfile.Settlements}, {&c.order, s.Order, ledgerfile.Transactions}} {
		if r.of.Path == "" {
			continue
		}
		if *r.to, err = newPlan(r.of, r.kind); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// maxOrders bounds the sales asked for one by one where there is no list.
const maxOrders = 10

// Fetch implements sources.Connector: the sales of the span, the one that was
// referred to, and the payouts up to now.
func (c *Connector) Fetch(ctx context.Context, q sources.Query) (sources.Rows, error) {
	var out sources.Rows
	if c.sales != nil {
		share := 1.0
		if c.payouts != nil {
			share = salesShare
		}
		b, whole, err := c.list(ctx, share, c.sales, q, q.From, q.To)
		if err != nil {
			return sources.Rows{}, err
		}
		out.Transactions, out.AllSales, out.Cut = b.Transactions, whole, !whole
	}
	if c.order != nil {
		for _, ref := range c.references(q, out.Transactions) {
			b, _, err := c.pages(ctx, c.order, c.values(q, c.order, q.From, q.To, ref), q.Merchant.MerchantNo, new(int))
			if err != nil {
				return sources.Rows{}, err
			}
			out.Transactions = append(out.Transactions, missing(out.Transactions, b.Transactions)...)
		}
	}
	if c.payouts != nil {
		until := transactions.DateOf(q.Now).AddDays(1).Start()
		if until.Before(q.To) {
			until = q.To
		}
		b, whole, err := c.list(ctx, 1, c.payouts, q, q.From, until)
		if err != nil {
			return sources.Rows{}, err
		}
		out.Settlements, out.AllPayouts, out.Cut = b.Settlements, whole, out.Cut || !whole
	}
	return out, nil
}

// references are the sales to ask for one by one: the one the merchant named,
// when the list does not have it; without a list, what the ledger knows and is
// not final, the latest first.
func (c *Connector) references(q sources.Query, have []transactions.Transaction) []string {
	var refs []string
	if q.Reference != "" && !slices.ContainsFunc(have, func(t transactions.Transaction) bool { return t.ID == q.Reference || t.RRN == q.Reference }) {
		refs = append(refs, q.Reference)
	}
	if c.sales != nil {
		return refs
	}
	for _, t := range slices.Backward(q.Known) {
		if len(refs) == maxOrders {
			break
		}
		final := t.State == transactions.Reversed || t.State == transactions.Voided || t.State == transactions.Closed || t.State == transactions.Failed
		if !final && !slices.Contains(refs, t.ID) {
			refs = append(refs, t.ID)
		}
	}
	return refs
}

func missing(have, more []transactions.Transaction) []transactions.Transaction {
	return slices.DeleteFunc(more, func(t transactions.Transaction) bool {
		return slices.ContainsFunc(have, func(h transactions.Transaction) bool { return h.ID == t.ID && h.MerchantNo == t.MerchantNo })
	})
}

// salesShare of the time is for the sales; the payouts get the rest.
const salesShare = 0.6

// list asks for a span in parts, the latest first, and goes through the pages
// of each. It may take its share of the time that is left. whole is false when
// a bound or the time ended it: what came by then is good.
func (c *Connector) list(ctx context.Context, share float64, p *plan, q sources.Query, from, to time.Time) (all ledgerfile.Batch, whole bool, err error) {
	if end, ok := ctx.Deadline(); ok && share < 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(float64(time.Until(end))*share))
		defer cancel()
	}
	calls := 0
	for _, part := range p.parts(from, to) {
		b, done, err := c.pages(ctx, p, c.values(q, p, part.from, part.to, q.Reference), q.Merchant.MerchantNo, &calls)
		all.Transactions = append(all.Transactions, b.Transactions...)
		all.Settlements = append(all.Settlements, b.Settlements...)
		var e *sources.Error
		if errors.As(err, &e) && e.Kind == sources.KindTimeout && calls > 1 {
			return all, false, nil
		}
		if err != nil {
			return ledgerfile.Batch{}, false, err
		}
		if !done {
			return all, false, nil
		}
	}
	return all, true, nil
}

// Check implements sources.Connector: one look-up of the last minute.
func (c *Connector) Check(ctx context.Context) (sources.Health, error) {
	now := c.deps.Now().In(transactions.Shanghai)
	if c.settings.CheckMerchant == "" {
		return c.reach(ctx, now)
	}
	q := sources.Query{
		Merchant: transactions.Merchant{MerchantNo: c.settings.CheckMerchant}, RemoteNo: c.settings.CheckMerchant,
		From: now.Add(-time.Minute), To: now, Now: now, Reference: "0",
	}
	p := c.sales
	note := "查了 check_merchant 最近一分钟的交易"
	if p == nil {
		if p = c.payouts; p == nil {
			p = c.order
		}
		note = "按 check_merchant 查了一次"
	}
	values := c.values(q, p, q.From, q.To, q.Reference)
	a, err := c.once(ctx, p, values)
	h := sources.Health{Note: note, Signed: err == nil && c.verifier.Type != ""}
	h.Skew, h.SkewKnown = sources.Skew(a.header, now)
	if err != nil {
		return h, err
	}
	_, err = p.rows(a.root, c.settings.CheckMerchant)
	return h, err
}

// reach only sees whether somebody answers.
func (c *Connector) reach(ctx context.Context, now time.Time) (sources.Health, error) {
	h := sources.Health{Note: "只查了连通，没有查签名：要查请填 check_merchant"}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, c.base.String(), nil)
	if err != nil {
		return h, sources.Fail(sources.KindRefused, "", "base_url is no address")
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return h, sources.Classify(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // a HEAD has none
	h.Skew, h.SkewKnown = sources.Skew(resp.Header, now)
	switch resp.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return h, sources.StatusError(resp.StatusCode)
	}
	return h, nil // whatever it says to a bare HEAD, somebody is there
}

// Close ends idle connections; the connector may still be used.
func (c *Connector) Close() { c.client.CloseIdleConnections() }
