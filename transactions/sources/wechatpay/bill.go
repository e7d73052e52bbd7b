package wechatpay

import (
	"context"
	"crypto/sha1" //nolint:gosec // the protocol's checksum, not a signature
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/credentials"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wire"
)

// billReady is when the bill of the day before can be fetched (doc: 申请交易账单:
// made from 09:00, to be fetched after 10:00), hours after midnight in Beijing.
const billReady = 10

// billRows are the sales that bills told of.
type billRows struct{ rows []transactions.Transaction }

func (b billRows) has(id string) bool {
	return slices.ContainsFunc(b.rows, func(t transactions.Transaction) bool { return t.ID == id })
}

// billed reads the bills of the days of the look-up that are over. all is true
// when they cover the whole look-up; a look-up of more than bill_days is left
// to the single questions.
func (c *connector) billed(ctx context.Context, q sources.Query) (billRows, bool, error) {
	if c.s.BillDays == 0 || q.From.IsZero() || q.To.IsZero() {
		return billRows{}, false, nil
	}
	first, last := transactions.DateOf(q.From), transactions.DateOf(q.To.Add(-time.Nanosecond))
	newest := transactions.DateOf(q.Now.In(transactions.Shanghai).Add(-billReady * time.Hour)).AddDays(-1)
	all := !last.After(newest)
	if !all {
		last = newest
	}
	if first.AddDays(c.s.BillDays).Before(last.AddDays(1)) {
		return billRows{}, false, nil
	}
	var out billRows
	for day := first; !day.After(last); day = day.AddDays(1) {
		rows, err := c.bill(ctx, q.RemoteNo, day)
		if err != nil {
			return billRows{}, false, err
		}
		for _, t := range rows {
			if !t.Time.Before(q.From) && t.Time.Before(q.To) {
				out.rows = append(out.rows, adopted(t, q.Known))
			}
		}
	}
	return out, all, nil
}

// adopted gives a row, and the sale that a refund names, the number under which
// the ledger has it: bills tell two.
func adopted(t transactions.Transaction, known []transactions.Transaction) transactions.Transaction {
	for _, k := range known {
		if k.ID == t.BatchNo { // WeChat Pay's own number, see parseBill
			t.ID = k.ID
		}
		if t.Kind == transactions.Refund && k.ID == t.STAN {
			t.OrigID = k.ID
		}
	}
	t.BatchNo, t.STAN = "", ""
	return t
}

func (c *connector) bill(ctx context.Context, remoteNo string, day transactions.Date) ([]transactions.Transaction, error) {
	key := remoteNo + " " + day.String()
	if rows, ok := c.bills.Get(key); ok {
		return rows, nil
	}
	v := url.Values{"bill_date": {day.String()}, "bill_type": {"ALL"}}
	if c.s.Mode == Partner {
		v.Set("sub_mchid", remoteNo)
	}
	body, found, _, err := c.ask(ctx, c.s.BaseURL+"/v3/bill/tradebill?"+v.Encode())
	if err != nil {
		return nil, err
	}
	var rows []transactions.Transaction
	if found { // else no sale on that day
		var a struct {
			DownloadURL string `json:"download_url"`
			HashType    string `json:"hash_type"`
			HashValue   string `json:"hash_value"`
		}
		if err := decode(body, &a); err != nil {
			return nil, err
		}
		if a.HashType != "SHA1" || len(a.HashValue) != 2*sha1.Size {
			return nil, sources.Fail(sources.KindGarbage, "", "the bill has no SHA1 to be checked by")
		}
		text, err := c.download(ctx, a.DownloadURL)
		if err != nil {
			return nil, err
		}
		// The file itself is not signed; its hash is, in the answer above.
		if sum := sha1.Sum(text); !strings.EqualFold(hex.EncodeToString(sum[:]), a.HashValue) { //nolint:gosec // see above
			return nil, sources.Fail(sources.KindSignature, "", "the bill is not the one whose hash was signed")
		}
		if rows, err = parseBill(string(text), c.merchantIs(remoteNo)); err != nil {
			return nil, sources.Fail(sources.KindGarbage, "", "the bill cannot be read: %w", err)
		}
	}
	c.bills.Put(key, rows)
	return rows, nil
}

// merchantIs tells whether a line of a bill is the merchant's.
func (c *connector) merchantIs(remoteNo string) func(mchID, subMchID string) bool {
	return func(mchID, subMchID string) bool {
		if c.s.Mode == Partner {
			return subMchID == remoteNo
		}
		return mchID == remoteNo
	}
}

// download gets the file of a bill, from the same system only.
func (c *connector) download(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	base, _ := url.Parse(c.s.BaseURL)
	if err != nil || u.Scheme != base.Scheme || u.Host != base.Host && !strings.HasSuffix(u.Host, ".mch.weixin.qq.com") {
		return nil, sources.Fail(sources.KindGarbage, "", "the address of the bill is not WeChat Pay's")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, sources.Fail(sources.KindGarbage, "", "the address of the bill is not WeChat Pay's")
	}
	auth, err := (&credentials.WechatPayCredentials{Signer: c.signer}).GenerateAuthorizationHeader(ctx, http.MethodGet, u.RequestURI(), "")
	if err != nil {
		return nil, sources.Fail(sources.KindRefused, "", "the private key cannot sign")
	}
	req.Header.Set("Authorization", auth)
	req.Header.Set("Accept", "*/*")
	resp, err := c.plain.Do(req) //nolint:bodyclose // ReadBody closes it
	if err != nil {
		return nil, sources.Classify(ctx, err)
	}
	return sources.ReadBody(resp) //nolint:contextcheck // it has the request's
}

// errBill is the error of a bill that is not written as its document says.
var errBill = errors.New("it is no bill of 27 columns")

// parseBill reads a bill of type ALL (doc: 申请交易账单, 账单格式): a header, one
// line a sale or refund with a back-tick before each value, then a summary
// that begins with 总交易单数. Amounts are yuan. A failed payment is not in it.
// BatchNo carries WeChat Pay's own number for the caller, STAN that of the sale
// which a refund is of.
func parseBill(text string, ours func(mchID, subMchID string) bool) ([]transactions.Transaction, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	header, err := r.Read()
	if err != nil {
		return nil, errBill
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.TrimSpace(name)] = i
	}
	for _, name := range []string{"交易时间", "商户号", "特约商户号", "微信订单号", "商户订单号", "交易状态", "订单金额", "微信退款单号", "商户退款单号", "退款金额", "退款状态"} {
		if _, ok := at[name]; !ok {
			return nil, errBill
		}
	}
	var out []transactions.Transaction
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it ends without its summary")
		}
		if err != nil {
			return nil, errBill
		}
		if strings.HasPrefix(strings.TrimSpace(line[0]), "总交易单数") {
			return merged(out), nil
		}
		if len(line) < len(header) {
			return nil, errBill
		}
		cell := func(name string) string { return strings.TrimSpace(strings.TrimPrefix(line[at[name]], "`")) }
		if !ours(cell("商户号"), cell("特约商户号")) {
			continue
		}
		t, err := billLine(cell)
		if err != nil {
			return nil, err
		}
		if i, ok := at["设备号"]; ok {
			t.Terminal = strings.TrimPrefix(strings.TrimSpace(line[i]), "`")
		}
		if i, ok := at["付款银行"]; ok {
			t.CardKind = cardKind(strings.TrimPrefix(strings.TrimSpace(line[i]), "`"))
		}
		out = append(out, t)
	}
}

// billLine reads one line: a sale, a refund (交易状态 REFUND, with numbers of its
// own) or a sale taken back (REVOKED).
func billLine(cell func(string) string) (transactions.Transaction, error) {
	t := transactions.Transaction{ID: cell("商户订单号"), BatchNo: cell("微信订单号"), Channel: transactions.WeChat, Kind: transactions.Sale}
	amount := "订单金额"
	switch state := cell("交易状态"); state {
	case "SUCCESS":
		t.State = transactions.Success
	case "REVOKED":
		t.State = transactions.Voided
	case "REFUND":
		amount = "退款金额"
		t.Kind, t.OrigID, t.STAN, t.ID, t.BatchNo = transactions.Refund, t.ID, t.BatchNo, cell("商户退款单号"), cell("微信退款单号")
		var ok bool
		if t.State, ok = refundStates[cell("退款状态")]; !ok {
			t.State, t.RespCode = transactions.Unknown, wire.Word(cell("退款状态"))
		}
	default:
		t.State, t.RespCode = transactions.Unknown, wire.Word(state)
	}
	var err error
	if t.AmountFen, err = wire.ParseYuan(cell(amount)); err != nil {
		return t, err
	}
	if t.Time, err = wire.Time(wire.Readable, cell("交易时间")); err != nil || t.Time.IsZero() || t.ID == "" {
		return t, errBill
	}
	return t, nil
}

// merged tells sales what their refunds of the same bill came to.
func merged(rows []transactions.Transaction) []transactions.Transaction {
	type back struct {
		fen     int64
		pending bool
	}
	refunds := map[string]back{}
	for _, r := range rows {
		if r.Kind != transactions.Refund {
			continue
		}
		b := refunds[r.OrigID]
		b.pending = b.pending || r.State == transactions.Pending
		if r.State == transactions.Success {
			b.fen += r.AmountFen
		}
		refunds[r.OrigID] = b
	}
	for i := range rows {
		b, any := refunds[rows[i].ID]
		switch {
		case !any || rows[i].Kind != transactions.Sale:
		case b.pending:
			rows[i].RefundState = transactions.RefundAccepted
		case b.fen >= rows[i].AmountFen && b.fen > 0:
			rows[i].RefundState = transactions.RefundedState
		case b.fen > 0:
			rows[i].RefundState = transactions.PartRefunded
		}
	}
	return rows
}
