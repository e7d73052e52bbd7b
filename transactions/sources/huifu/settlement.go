package huifu

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

const (
	// spanDays is the longest span of one question (document: 100 days).
	spanDays = 100
	pageSize = 50
	maxPages = 20
)

// payout is a row of 结算记录查询; amounts are yuan. trans_amt is what is paid to
// the card; fee_amt is the fee of the payout itself.
type payout struct {
	TransID       string          `json:"trans_id"`
	TransStat     string          `json:"trans_stat"`
	HuifuID       string          `json:"huifu_id"`
	SettleCycle   string          `json:"settle_cycle"`
	CardNo        string          `json:"card_no"`
	TransAmt      wire.YuanAmount `json:"trans_amt"`
	FeeAmt        wire.YuanAmount `json:"fee_amt"`
	TransDate     string          `json:"trans_date"` // yyyyMMdd
	SettleBatchNo wire.Text       `json:"settle_batch_no"`
}

// payouts is the list, which some versions write as a text.
type payouts []payout

// UnmarshalJSON implements json.Unmarshaler.
func (p *payouts) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err //nolint:wrapcheck // the caller says what
		}
		if b = []byte(s); len(b) == 0 {
			return nil
		}
	}
	return json.Unmarshal(b, (*[]payout)(p)) //nolint:wrapcheck // the caller says what
}

// dated is a payout with the day of trans_date, which is a date of the payout's
// row only when it was paid.
type dated struct {
	transactions.Settlement
	day transactions.Date
}

type page struct {
	envelope
	ResultCount wire.Fen `json:"result_count"`
	List        payouts  `json:"trans_log_result_list"`
}

// payoutStates maps trans_stat of a payout. A word that is not listed makes this
// payout UNKNOWN with the word as its FailCode: a person reads it, the other
// payouts stay what they are.
var payoutStates = map[string]string{ //nolint:gochecknoglobals // read-only table
	"S": transactions.Paid, "F": transactions.Rejected, "P": transactions.Processing, "I": transactions.Scheduled,
}

// settlements lists the payouts from the first day of the look-up up to today.
// all is false when a bound cut the list.
func (c *connector) settlements(ctx context.Context, q sources.Query) (list []dated, all bool, err error) {
	first, last := transactions.DateOf(q.From), transactions.DateOf(q.Now)
	all = true
	if earliest := last.AddDays(1 - spanDays); first.Before(earliest) {
		first, all = earliest, false
	}
	if last.Before(first) {
		return nil, true, nil // nothing has been paid out tomorrow
	}
	seen := map[string]bool{}
	for n := 1; ; n++ {
		var a page
		found, _, err := c.ask(ctx, settlementPath, map[string]string{
			"huifu_id": q.RemoteNo, "begin_date": first.Start().Format(wire.DayOnly), "end_date": last.Start().Format(wire.DayOnly),
			"page_num": strconv.Itoa(n), "page_size": strconv.Itoa(pageSize),
			"req_date": last.Start().Format(wire.DayOnly), "req_seq_id": q.Now.In(transactions.Shanghai).Format(wire.Compact) + c.nonce(12),
		}, &a)
		if err != nil {
			return nil, false, err
		}
		if !found {
			return list, all, nil
		}
		fresh := 0
		for _, p := range a.List {
			s, err := p.row(q.RemoteNo)
			if err != nil {
				return nil, false, err
			}
			if !seen[s.ID] {
				seen[s.ID] = true
				fresh++
				list = append(list, s)
			}
		}
		switch {
		case len(a.List) < pageSize || a.ResultCount.Set && int64(len(seen)) >= a.ResultCount.Fen:
			return list, all, nil
		case fresh == 0 || n == maxPages: // a page said again, or more than anybody reads
			return list, false, nil
		}
	}
}

func (p payout) row(remoteNo string) (dated, error) {
	bad := func(why string) (dated, error) {
		return dated{}, sources.Fail(sources.KindGarbage, "", "a payout %s", why)
	}
	if p.HuifuID != "" && p.HuifuID != remoteNo {
		return bad("is of another merchant than the one asked for")
	}
	if p.TransID == "" {
		return bad("has no number")
	}
	day, err := wire.Day(wire.DayOnly, p.TransDate)
	if err != nil {
		return bad("has no readable date")
	}
	if wire.Word(p.TransStat) == "" {
		return bad("has no readable state")
	}
	s := transactions.Settlement{ID: p.TransID, AccountLast4: wire.Last4(p.CardNo)}
	var ok bool
	if s.State, ok = payoutStates[p.TransStat]; !ok {
		s.State, s.FailCode = transactions.Unknown, wire.Word(p.TransStat)
	}
	if transactions.ColCycle.Known(p.SettleCycle) {
		s.Cycle = p.SettleCycle
	}
	// With a fee of its own the interface does not say whether trans_amt is
	// before or after it: then no figure is told.
	if !p.FeeAmt.Set || p.FeeAmt.Fen == 0 {
		s.NetFen = p.TransAmt.Ptr()
	} else {
		s.SurchargeFen = p.FeeAmt.Ptr()
	}
	if s.State == transactions.Paid {
		// The day is told, the time of day is not: PaidAt would claim one.
		s.DueDate = day
	}
	return dated{s, day}, nil
}

// adopt gives a payout the number of the ledger's where both are clearly the
// same: one payout of the ledger is open, has exactly this sum, and was due on
// the day of 汇付's, and there is no second such pair. What it pays for is only
// known from the ledger: 汇付 does not name the sales.
func adopt(list []dated, known []transactions.Settlement) []transactions.Settlement {
	out := make([]transactions.Settlement, 0, len(list))
	for _, s := range list {
		s.ID = adopted(s, list, known)
		out = append(out, s.Settlement)
	}
	return out
}

func adopted(s dated, list []dated, known []transactions.Settlement) string {
	if slices.ContainsFunc(known, func(k transactions.Settlement) bool { return k.ID == s.ID }) {
		return s.ID
	}
	var same []transactions.Settlement
	for _, k := range known {
		if fits(s, k) {
			same = append(same, k)
		}
	}
	if len(same) != 1 {
		return s.ID
	}
	rivals := 0
	for _, other := range list {
		if fits(other, same[0]) {
			rivals++
		}
	}
	if rivals != 1 {
		return s.ID
	}
	return same[0].ID
}

func fits(s dated, k transactions.Settlement) bool {
	open := k.State == "" || k.State == transactions.Waiting || k.State == transactions.Scheduled || k.State == transactions.Processing || k.State == transactions.Unknown ||
		s.State == transactions.Unknown && k.State == transactions.Paid // what became of it is in doubt
	return open && s.NetFen != nil && k.NetFen != nil && *s.NetFen == *k.NetFen && !s.day.IsZero() && s.day == k.DueDate &&
		(s.AccountLast4 == "" || k.AccountLast4 == "" || s.AccountLast4 == k.AccountLast4)
}
