package alipay

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	sdk "github.com/smartwalle/alipay/v3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

const (
	// billReady is when the bill of the day before can be fetched, hours after
	// midnight in Beijing (document: made before 09:00, may be late; 10:00 is
	// advised).
	billReady = 10
	// billHost is where bills lie. The document's addresses begin with http; they
	// are asked for by https.
	billHost = "dwbillcenter.alipay.com"
	// maxBill bounds an unpacked bill, bytes; maxFiles what a package may hold.
	maxBill    = 32 << 20
	maxFiles   = 8
	maxColumns = 100
	// billsAtOnce bounds the bills fetched side by side.
	billsAtOnce = 4
)

// billAddress is the answer of alipay.data.dataservice.bill.downloadurl.query;
// the address is good for 30 seconds.
type billAddress struct {
	result
	URL string `json:"bill_download_url"`
}

// billed reads the bills of the days that are over, the newest bill_days of
// the look-up. A bill of type trade holds the trades that were made through an
// interface and succeeded, and refunds: what is not in it may still exist.
func (c *connector) billed(ctx context.Context, q sources.Query) ([]transactions.Transaction, error) {
	if c.s.BillDays == 0 || q.From.IsZero() || q.To.IsZero() {
		return nil, nil
	}
	first, last := transactions.DateOf(q.From), transactions.DateOf(q.To.Add(-time.Nanosecond))
	if newest := newestBill(q.Now); last.After(newest) {
		last = newest
	}
	if earliest := last.AddDays(1 - c.s.BillDays); first.Before(earliest) {
		first = earliest
	}
	var days []transactions.Date
	for day := first; !day.After(last); day = day.AddDays(1) {
		days = append(days, day)
	}
	bills, errs := make([][]transactions.Transaction, len(days)), make([]error, len(days))
	places := make(chan struct{}, billsAtOnce)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for i, day := range days {
		wg.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			if bills[i], errs[i] = c.bill(ctx, day); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	var out []transactions.Transaction
	for _, bill := range bills {
		out = append(out, bill...)
	}
	return out, firstError(errs)
}

// newestBill is the last day whose bill is there at an instant.
func newestBill(now time.Time) transactions.Date {
	return transactions.DateOf(now.In(transactions.Shanghai).Add(-billReady * time.Hour)).AddDays(-1)
}

// billAddress is where the bill of a day lies, "" when there is none: no trade
// on that day, or not made yet.
func (c *connector) billAddress(ctx context.Context, day transactions.Date) (string, error) {
	var a billAddress
	found, err := c.ask(ctx, sdk.BillDownloadURLQuery{AppAuthToken: c.s.AppAuthToken, BillType: "trade", BillDate: day.String()}, &a)
	if err == nil && found && a.URL == "" {
		return "", garbage("the answer has no address of the bill")
	}
	return a.URL, err
}

// firstError is the first that is not the cancelling of another's failure.
func firstError(errs []error) error {
	var canceled error
	for _, err := range errs {
		if e := wire.Of(err); e != nil && e.Kind == sources.KindCanceled {
			canceled = err
			continue
		}
		if err != nil {
			return err
		}
	}
	return canceled
}

func (c *connector) bill(ctx context.Context, day transactions.Date) ([]transactions.Transaction, error) {
	if rows, ok := c.bills.Get(day.String()); ok {
		return rows, nil
	}
	if ctx.Err() != nil {
		return nil, sources.Classify(ctx, ctx.Err())
	}
	address, err := c.billAddress(ctx, day)
	if err != nil || address == "" {
		return nil, err // none is asked for again next time
	}
	packed, err := c.download(ctx, address)
	if err != nil {
		return nil, err
	}
	text, err := unpack(packed)
	if err != nil {
		return nil, sources.Fail(sources.KindGarbage, "", "the bill cannot be unpacked: %w", err)
	}
	rows, err := parseBill(text, c.s.SellerID)
	if err != nil {
		return nil, sources.Fail(sources.KindGarbage, "", "the bill cannot be read: %w", err)
	}
	c.bills.Put(day.String(), rows)
	return rows, nil
}

// download gets the package of a bill, from Alipay only. Nothing signs it: the
// signed answer names the address, and the server's certificate vouches for it.
func (c *connector) download(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	base, _ := url.Parse(c.s.BaseURL)
	switch {
	case err == nil && u.Host == billHost:
		u.Scheme = "https"
	case err == nil && u.Scheme == base.Scheme && u.Host == base.Host:
	default:
		return nil, garbage("the address of the bill is not Alipay's")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, garbage("the address of the bill is not Alipay's")
	}
	resp, err := c.http.Do(req) //nolint:bodyclose // ReadBody closes it
	if err != nil {
		return nil, sources.Classify(ctx, err)
	}
	return sources.ReadBody(resp) //nolint:contextcheck // it has the request's
}

// billTitle is how the list of trades begins; the package holds a summary too.
const billTitle = "#支付宝业务明细查询"

// unpack finds the list of trades in the package (GBK within ZIP).
func unpack(packed []byte) (string, error) {
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil || len(z.File) > maxFiles {
		return "", errors.New("it is no ZIP file of a bill")
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return "", errors.New("a file of it cannot be opened")
		}
		raw, err := io.ReadAll(io.LimitReader(r, maxBill+1))
		_ = r.Close()
		if err != nil || len(raw) > maxBill {
			return "", errors.New("a file of it is damaged or too big")
		}
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
		if err == nil && bytes.HasPrefix(text, []byte(billTitle)) {
			return string(text), nil
		}
	}
	return "", errors.New("it holds no list of trades")
}

var errBill = errors.New("it is not written as a list of trades")

// parseBill reads the list of trades: lines of # with the account and the
// bounds, a header, one line a trade or refund, and the line that ends it.
// Amounts are yuan. Numbers are those of the import profile alipay-bill: ID
// Alipay's, RRN the merchant's.
func parseBill(text, seller string) ([]transactions.Transaction, error) {
	_, account, _ := strings.Cut(text, "#账号：[")
	if account, _, _ = strings.Cut(account, "]"); account != seller && account != seller+"0156" {
		return nil, errors.New("it is of another account")
	}
	at := strings.Index(text, "支付宝交易号,")
	if at < 0 {
		return nil, errBill
	}
	body, _, ended := strings.Cut(text[at:], "业务明细列表结束")
	if !ended {
		return nil, errors.New("it ends without its last line")
	}
	r := csv.NewReader(strings.NewReader(body))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord, r.Comment = -1, true, true, '#'
	header, err := r.Read()
	if err != nil || len(header) > maxColumns {
		return nil, errBill
	}
	column, narrow := map[string]int{}, strings.NewReplacer("（", "(", "）", ")")
	for i, name := range header {
		column[narrow.Replace(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"支付宝交易号", "商户订单号", "业务类型", "完成时间", "终端号", "订单金额(元)", "商家实收(元)", "退款批次号/请求号"} {
		if _, ok := column[name]; !ok {
			return nil, errBill
		}
	}
	width := len(header)
	var out []transactions.Transaction
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return refunded(out), nil
		}
		if err != nil || len(line) < width {
			return nil, errBill
		}
		t, err := billLine(func(name string) string { return strings.TrimSpace(line[column[name]]) })
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
}

// billLine reads one line. A refund whose two sums differ has no amount that
// could be told (AmountFen 0): refunded leaves it out.
func billLine(cell func(string) string) (transactions.Transaction, error) {
	t := transactions.Transaction{
		ID: cell("支付宝交易号"), RRN: wire.Word(cell("商户订单号")), Channel: transactions.Alipay, Kind: transactions.Sale, State: transactions.Success,
		Terminal: cell("终端号"),
	}
	var err error
	if t.AmountFen, err = wire.ParseYuan(cell("订单金额(元)")); err != nil {
		return t, err
	}
	if t.Time, err = wire.Time(wire.Readable, cell("完成时间")); err != nil || t.Time.IsZero() || !platformNo(t.ID) {
		return t, errBill
	}
	switch cell("业务类型") {
	case "交易":
		if t.AmountFen <= 0 {
			return t, errors.New("a trade has no amount")
		}
	case "退款":
		net, err := wire.ParseYuan(cell("商家实收(元)"))
		if err != nil {
			return t, err
		}
		number := wire.Word(cell("退款批次号/请求号"))
		t.Kind, t.OrigID, t.RRN = transactions.Refund, t.ID, number
		t.ID += "-" + number
		if t.AmountFen = max(t.AmountFen, -t.AmountFen); t.AmountFen != max(net, -net) {
			t.AmountFen = 0
		}
	default:
		t.State, t.RespCode = transactions.Unknown, "BILL_TYPE"
	}
	return t, nil
}

// refunded tells trades what their refunds of the same bill came to, as far as
// the bill says how much.
func refunded(rows []transactions.Transaction) []transactions.Transaction {
	back, open := map[string]int64{}, map[string]bool{}
	out := rows[:0:0]
	for _, r := range rows {
		if r.Kind == transactions.Refund {
			back[r.OrigID] += r.AmountFen
			open[r.OrigID] = open[r.OrigID] || r.AmountFen == 0
			if r.AmountFen == 0 {
				continue
			}
		}
		out = append(out, r)
	}
	for i := range out {
		t := &out[i]
		switch {
		case t.Kind != transactions.Sale:
		case open[t.ID]:
			t.RefundState = transactions.RefundAccepted
		case back[t.ID] >= t.AmountFen:
			t.RefundState = transactions.RefundedState
		case back[t.ID] > 0:
			t.RefundState = transactions.PartRefunded
		}
	}
	return out
}

// together joins what was asked for one by one, which is of now, and what the
// bills tell, which is of the end of their day. The ledger's own numbers stay.
func together(asked, billed, known []transactions.Transaction) []transactions.Transaction {
	names := map[string]string{}
	for _, b := range billed {
		for _, k := range known {
			if k.ID == b.RRN && k.ID != "" && (k.Kind == transactions.Refund) == (b.Kind == transactions.Refund) {
				names[b.ID] = k.ID
			}
		}
	}
	of := func(id string) string {
		if ours := names[id]; ours != "" {
			return ours
		}
		return id
	}
	newer := func(b transactions.Transaction) bool { // what the ledger knows is later than the bill, but for the end
		return b.RefundState != transactions.RefundedState && slices.ContainsFunc(known, func(k transactions.Transaction) bool {
			return k.ID == b.ID && k.RefundState != "" && k.RefundState != "NONE"
		})
	}
	for _, b := range billed {
		number := b.RRN
		b.ID, b.OrigID = of(b.ID), of(b.OrigID)
		if newer(b) {
			b.RefundState = ""
		}
		i := 0
		for i < len(asked) && asked[i].ID != b.ID && (asked[i].ID != number || asked[i].Kind != b.Kind) {
			i++
		}
		if i == len(asked) {
			asked = append(asked, b)
			continue
		}
		a := &asked[i]
		a.ID = b.ID
		if a.RRN == "" && b.RRN != b.ID {
			a.RRN = b.RRN
		}
		if a.Terminal == "" {
			a.Terminal = b.Terminal
		}
		if a.RefundState == "" {
			a.RefundState = b.RefundState
		}
	}
	return asked
}
