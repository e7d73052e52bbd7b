package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"daozhang/bot/diagnose"
	"daozhang/transactions"
)

// A platform's own kind, the whole way: the ledger has a scanned sale without
// an outcome, the platform is asked with its number and what it says decides.
func TestPlatformDecidesASaleWithoutOutcome(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]struct {
		cause diagnose.Cause
		human bool
	}{
		"0": {diagnose.CycleNotDue, false}, "5余额不足": {diagnose.TxnDeclined, false}, "1": {diagnose.TxnUnknown, false},
		"77": {diagnose.TxnUnknown, true}, // a word that no table lists: never a success, and a person looks
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			var asked string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				asked = string(b)
				_, _ = fmt.Fprintf(w, `{"errCode":"00","queryResCode":%q,"originalTransactionAmount":50000,"originalTransactionTime":"20261118093000","merchantOrderId":"ORD20261118001","thirdPartyName":"微信"}`, code)
			}))
			t.Cleanup(server.Close)
			s := newShopTalkWith(t, strings.ReplaceAll(`
ledger:
  sources:
    - {name: ums, kind: chinaums, product: poslink, base_url: URL, app_id: app, app_key_env: ACQUIRER_SECRET, check_mid: "9001", check_tid: "1", merchant_map: {M1: "9001"}}
`, "URL", server.URL))
			sale := transactions.Transaction{
				ID: "ORD20261118001", MerchantNo: "M1", Terminal: "T1", Channel: transactions.WeChat, State: transactions.Pending, AmountFen: 50000,
				Time: time.Date(2026, 11, 18, 9, 30, 0, 0, transactions.Shanghai),
			}
			if _, err := s.store.UpsertTransactions(t.Context(), nil, []transactions.Transaction{sale}); err != nil {
				t.Fatal(err)
			}
			r := s.say("今天早上扫码收的500怎么没到账")
			if !strings.Contains(asked, `"merchantCode":"9001"`) || !strings.Contains(asked, sale.ID) {
				t.Errorf("asked %s", asked)
			}
			if r.Decision.Cause != want.cause || (r.Decision.Handoff != nil) != want.human {
				t.Errorf("%s %v, want %v\n%s", r.Decision.Cause, r.Decision.Handoff, want, words(r))
			}
		})
	}
}
