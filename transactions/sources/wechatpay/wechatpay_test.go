package wechatpay

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
	"daozhang/transactions/sources/wiretest"
)

const platformNo = "4200001234202611211234567890"

func TestTroubles(t *testing.T) {
	t.Parallel()
	wiretest.Troubles(t, wiretest.Case{
		New:     func(t *testing.T, url string) sources.Connector { return open(t, settings(t, url)) },
		Query:   query(sale("A20261121001")),
		Secrets: []string{wiretest.PEM(t, "ours.key"), "WECHATPAY2", "signature="},
	})
}

func TestEveryStateOfAnOrder(t *testing.T) {
	t.Parallel()
	for state, want := range map[string][3]string{
		"SUCCESS": {transactions.Success}, "REFUND": {transactions.Success, "", transactions.RefundAccepted},
		"NOTPAY": {transactions.Pending}, "USERPAYING": {transactions.Pending}, "ACCEPT": {transactions.Pending},
		"CLOSED": {transactions.Closed}, "REVOKED": {transactions.Voided}, "PAYERROR": {transactions.Failed},
		"SOMETHING NEW": {transactions.Unknown, "SOMETHINGNEW"}, "": {transactions.Unknown},
	} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			s.orders["out-trade-no A20261121001"] = partnerOrder("A20261121001", platformNo, state)
			rows, err := open(t, settings(t, s.url)).Fetch(t.Context(), query(sale("A20261121001")))
			if err != nil {
				t.Fatal(err)
			}
			got := wiretest.Rows(t, rows, "A20261121001")
			if got.State != want[0] || got.RespCode != want[1] || got.RefundState != want[2] {
				t.Errorf("state %q code %q refund %q, want %q", got.State, got.RespCode, got.RefundState, want)
			}
			if got.AmountFen != 12300 || got.Channel != transactions.WeChat || got.CardKind != transactions.Debit ||
				!got.Time.Equal(time.Date(2026, 11, 21, 10, 34, 56, 0, transactions.Shanghai)) || got.Time.Location() != transactions.Shanghai {
				t.Errorf("row %+v", got)
			}
			if got.PayerRef == "" || strings.Contains(got.PayerRef, "oUpF8") {
				t.Errorf("payer reference %q", got.PayerRef)
			}
			if len(orderStates) != 8 {
				t.Error("a state was added: add it here")
			}
		})
	}
}

func TestFindsAnOrderByEitherNumber(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.orders["id "+platformNo] = partnerOrder("A20261121001", platformNo, "SUCCESS")
	c := open(t, settings(t, s.url))
	q := query()
	q.Reference = platformNo
	rows, err := c.Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if got := wiretest.Rows(t, rows, "A20261121001"); got.AmountFen != 12300 {
		t.Errorf("%+v", got)
	}
	if want := "/v3/pay/partner/transactions/id/" + platformNo + "?sp_mchid=1900000109&sub_mchid=1230000109"; s.asked[0] != want {
		t.Errorf("asked %s, want %s", s.asked[0], want)
	}
	// The ledger knows it by that number: it stays the row's.
	rows, err = c.Fetch(t.Context(), query(sale(platformNo)))
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Rows(t, rows, platformNo)
}

func TestDirectMode(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.orders["out-trade-no A20261121001"] = `{"appid":"wx1","mchid":"` + spMchID + `","out_trade_no":"A20261121001","transaction_id":"` + platformNo +
		`","trade_state":"SUCCESS","bank_type":"OTHERS","success_time":"2026-11-21T10:34:56+08:00","payer":{"openid":"o1"},"amount":{"total":1,"currency":"CNY"}}`
	set := settings(t, s.url)
	set.Mode = Direct
	c := open(t, set)
	q := query(sale("A20261121001"))
	wiretest.Failed(t, "another merchant", fetchErr(t.Context(), c, q), nil, sources.KindRefused)
	q.RemoteNo = spMchID
	rows, err := c.Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if got := wiretest.Rows(t, rows, "A20261121001"); got.AmountFen != 1 || got.CardKind != "" {
		t.Errorf("%+v", got)
	}
	if want := "/v3/pay/transactions/out-trade-no/A20261121001?mchid=1900000109"; s.asked[0] != want {
		t.Errorf("asked %s, want %s", s.asked[0], want)
	}
}

func TestAnOrderThatIsNotThereIsNoError(t *testing.T) {
	t.Parallel()
	s := serve(t)
	rows, err := open(t, settings(t, s.url)).Fetch(t.Context(), query(sale("A20261121001"), sale("没有这样的号码"), sale("x")))
	if err != nil || len(rows.Transactions) != 0 || rows.AllSales {
		t.Errorf("%+v, %v", rows, err)
	}
	if len(s.asked) != 1 {
		t.Errorf("asked for numbers that cannot be WeChat Pay's: %q", s.asked)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]sources.FailureKind{
		"FREQUENCY_LIMITED 429": sources.KindLimited, "RATELIMIT_EXCEEDED 400": sources.KindLimited,
		"SYSTEM_ERROR 500": sources.KindDown, "BANK_ERROR 400": sources.KindDown,
		"SIGN_ERROR 401": sources.KindRefused, "NO_AUTH 403": sources.KindRefused, "PARAM_ERROR 400": sources.KindRefused,
		"MCH_NOT_EXISTS 400": sources.KindRefused, "NEVER_HEARD_OF 400": sources.KindRefused,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			s.orders["out-trade-no A20261121001"] = "!" + code
			err := fetchErr(t.Context(), open(t, settings(t, s.url)), query(sale("A20261121001")))
			wiretest.Failed(t, code, err, []string{"ECHO", wiretest.PEM(t, "ours.key")}, want)
		})
	}
}

func TestNothingUnsignedIsBelieved(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(http.Header, *string){
		"no signature":       func(h http.Header, _ *string) { h.Del("Wechatpay-Signature") },
		"another key's name": func(h http.Header, _ *string) { h.Set("Wechatpay-Serial", "PUB_KEY_ID_9") },
		"an old answer":      func(h http.Header, _ *string) { h.Set("Wechatpay-Timestamp", "1554208460") },
		"another nonce":      func(h http.Header, _ *string) { h.Set("Wechatpay-Nonce", "else") },
		"another amount":     func(_ http.Header, b *string) { *b = strings.Replace(*b, "12300", "12301", 1) },
		"another word":       func(_ http.Header, b *string) { *b += " " },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, there := range []bool{true, false} {
				s := serve(t)
				s.forge = forge
				if there {
					s.orders["out-trade-no A20261121001"] = partnerOrder("A20261121001", platformNo, "SUCCESS")
				} else if name == "another amount" {
					continue
				}
				err := fetchErr(t.Context(), open(t, settings(t, s.url)), query(sale("A20261121001")))
				wiretest.Failed(t, name, err, []string{wiretest.PEM(t, "ours.key")}, sources.KindSignature)
			}
		})
	}
}

// A signed answer about something else must not be taken for ours.
func TestAnswersAboutSomethingElse(t *testing.T) {
	t.Parallel()
	good := partnerOrder("A20261121001", platformNo, "SUCCESS")
	for name, body := range map[string]string{
		"order":     strings.ReplaceAll(good, "A20261121001", "B20261121001"),
		"merchant":  strings.ReplaceAll(good, subMchID, "1230000110"),
		"provider":  strings.ReplaceAll(good, spMchID, "1900000110"),
		"currency":  strings.Replace(good, `"currency":"CNY"`, `"currency":"HKD"`, 1),
		"decimals":  strings.Replace(good, `"total":12300`, `"total":123.005`, 1),
		"no amount": strings.Replace(good, `"total":12300,`, ``, 1),
		"a time":    strings.Replace(good, "2026-11-21T10:34:56+08:00", "yesterday", 1),
		"a list":    "[]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			s.orders["out-trade-no A20261121001"] = body
			err := fetchErr(t.Context(), open(t, settings(t, s.url)), query(sale("A20261121001")))
			wiretest.Failed(t, name, err, nil, sources.KindGarbage)
		})
	}
}

func TestRefund(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{
		"SUCCESS": transactions.Success, "CLOSED": transactions.Closed, "PROCESSING": transactions.Pending,
		"ABNORMAL": transactions.Failed, "NEW": transactions.Unknown,
	} {
		s := serve(t)
		s.orders["out-trade-no A20261121001"] = partnerOrder("A20261121001", platformNo, "REFUND")
		s.orders["refunds R1"] = `{"refund_id":"50000000382019052709732678859","out_refund_no":"R1","transaction_id":"` + platformNo + `","out_trade_no":"A20261121001",` +
			`"channel":"ORIGINAL","user_received_account":"招商银行信用卡0403","create_time":"2026-11-22T09:00:00+08:00","status":"` + status + `","amount":{"total":12300,"refund":300,"currency":"CNY"}}`
		r := transactions.Transaction{ID: "R1", Kind: transactions.Refund, Channel: transactions.WeChat, AmountFen: 300, Time: now}
		rows, err := open(t, settings(t, s.url)).Fetch(t.Context(), query(sale("A20261121001"), r))
		if err != nil {
			t.Fatal(err)
		}
		got := wiretest.Rows(t, rows, "R1")
		if got.State != want || got.Kind != transactions.Refund || got.AmountFen != 300 || got.OrigID != "A20261121001" {
			t.Errorf("%s: %+v", status, got)
		}
	}
}

func TestRefundStateOfTheLedgerStays(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.orders["out-trade-no A20261121001"] = partnerOrder("A20261121001", platformNo, "REFUND")
	k := sale("A20261121001")
	k.RefundState = transactions.RefundedState
	rows, err := open(t, settings(t, s.url)).Fetch(t.Context(), query(k))
	if err != nil {
		t.Fatal(err)
	}
	if got := wiretest.Rows(t, rows, k.ID); got.RefundState != "" {
		t.Errorf("REFUND says less than the ledger's %s and wrote %q over it", k.RefundState, got.RefundState)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := serve(t)
	h, err := open(t, settings(t, s.url)).Check(t.Context())
	if err != nil || !h.Signed || !h.SkewKnown || h.Note == "" {
		t.Errorf("%+v, %v", h, err)
	}
	set := settings(t, s.url)
	set.PrivateKey = wiretest.PEM(t, "strangers.key")
	h, err = open(t, set).Check(t.Context())
	wiretest.Failed(t, "a stranger's key", err, []string{set.PrivateKey, "ECHO"}, sources.KindRefused)
	if h.Signed {
		t.Error("a refusal was reported as a good signature")
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := settings(t, "https://api.mch.weixin.qq.com")
	for name, spoil := range map[string]func(*Settings){
		"base_url": func(s *Settings) { s.BaseURL = "http://pay.example.com" }, "mode": func(s *Settings) { s.Mode = "both" },
		"mchid": func(s *Settings) { s.MchID = "x" }, "serial_no": func(s *Settings) { s.SerialNo = "" },
		"private_key": func(s *Settings) { s.PrivateKey = "SECRETSECRET" }, "public_key": func(s *Settings) { s.PublicKey = "" },
		"public_key_id": func(s *Settings) { s.PublicKeyID = "" }, "platform_certs": func(s *Settings) { s.PlatformCerts = "x" },
		"max_orders": func(s *Settings) { s.MaxOrders = 0 }, "bill_days": func(s *Settings) { s.BillDays = 32 },
	} {
		s := good
		spoil(&s)
		bad := check(s)
		if len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), name) || strings.Contains(bad[0].Error(), "SECRETSECRET") {
			t.Errorf("%s: %v", name, bad)
		}
	}
	if bad := check(good); len(bad) > 0 {
		t.Error(bad)
	}
	certs := good
	certs.PublicKey, certs.PublicKeyID, certs.PlatformCerts = "", "", wiretest.PEM(t, "theirs.crt")
	if bad := check(certs); len(bad) > 0 {
		t.Error(bad)
	}
}

func fetchErr(ctx context.Context, c sources.Connector, q sources.Query) error {
	_, err := c.Fetch(ctx, q)
	return err
}
